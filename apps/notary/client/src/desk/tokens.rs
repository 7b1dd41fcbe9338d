//! Time-stamping authorities and their tokens, for programs that know no ledger.

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Values, Words, Work, words};
use tabella_prover::keyfile::{self, WorkFactor};

use super::{DIGEST, STAMPED};
use crate::{
    certificate::StampCertificate,
    log::is_of,
    token::{ANY_POLICY, TimeStamper, TokenError},
};

const AUTHORITY: Words = words("Authority", "인증 기관");
/// For how many days a certificate is valid, unless somebody says otherwise: ten years.
const DAYS: u32 = 3_653;

pub(super) fn new_authority(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (name, policy) = (values.text("name")?, values.optional_text("policy").unwrap_or(ANY_POLICY));
    let valid = (work.now, values.optional("days")?.unwrap_or(DAYS));
    let passphrase = values.new_passphrase("passphrase", "again")?;
    let stamper = TimeStamper::generate(name, policy, valid, &mut OsRng).map_err(|error| match error {
        TokenError::Name => Stop::at("name", error),
        TokenError::Policy(_) => Stop::at("policy", error),
        TokenError::Validity => Stop::at("days", error),
        other => other.into(),
    })?;
    let key = keyfile::seal(&stamper, &passphrase, WorkFactor::STANDARD)?;
    Ok(Outcome::new()
        .show(AUTHORITY, stamper.name())
        .give("time-stamping.age", key)
        .give("authority.pem", stamper.certificate_pem()?.into_bytes()))
}

pub(super) fn token(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let certificate: StampCertificate = values.decode("certificate")?;
    // Signed is what the ledger proves, and nothing that somebody says.
    let proved = certificate.check(work.signed()?.1).map_err(|error| Stop::at("certificate", error))?;
    is_of(work.log, proved.checkpoint()).map_err(|error| Stop::at("certificate", error))?;
    let stamper: TimeStamper = values.key_file("key", "passphrase")?;
    let token = stamper.issue(&proved).map_err(|error| match error {
        TokenError::NotValid(_) => Stop::at("key", error),
        other => other.into(),
    })?;
    let name = &values.file("certificate")?.name;
    let name = name.trim_end_matches(".stamp-certificate");
    let outcome = Outcome::new()
        .show(AUTHORITY, stamper.name())
        .show(STAMPED, proved.time())
        .show(DIGEST, super::code(proved.digest()));
    Ok(match values.flag("bare") {
        true => outcome.give(format!("{name}.tst"), token.to_der()?),
        false => outcome.give(format!("{name}.tsr"), token.to_response()?),
    })
}

//! Stamps and their certificates.

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Value, Values, Work, words};
use tabella_notary_rules::Notary;
use tabella_verifier::log::SignedCheckpoint;

use super::{AUTHOR, DIGEST, STAMP, STAMPED, author, code, digest_of, signed_log, unsigned};
use crate::{
    certificate::{self, StampCertificate, StampDraft, new_stamp},
    log::is_of,
};

pub(super) fn stamp(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let file = values.file("file")?;
    let digest = digest_of(file)?;
    work.rules::<Notary>()?;
    let key = if values.flag("author") { Some(author(values, work)?.public()) } else { None };
    let opening = new_stamp(digest, key, &mut OsRng);
    let outcome = Outcome::submit(certificate::stamp(work.state.id(), &opening))
        .show(DIGEST, code(digest))
        .show(words("Bytes", "바이트"), Value::number(file.bytes.len()))
        .show(STAMP, code(opening.id()))
        .give_file(format!("{}.stamp-draft", file.name), &StampDraft { opening });
    Ok(match key {
        Some(key) => outcome.show(AUTHOR, code(hex::encode(key))),
        None => outcome,
    })
}

pub(super) fn certificate(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let StampDraft { opening } = values.decode("draft")?;
    let stamped = work.rules::<Notary>()?.stamp(&opening.id());
    let stamped = stamped.ok_or_else(|| {
        Stop::at(
            "draft",
            words(
                "the ledger does not have this stamp: read it again, or stamp the file again",
                "원장에 없는 확인 도장입니다. 원장을 다시 읽거나 파일에 다시 찍으십시오",
            ),
        )
    })?;
    let made = StampCertificate::of_log(&signed_log(work)?, opening).ok_or_else(unsigned)?;
    // What whoever is given it will check.
    let proved = made.check(work.signed()?.1)?;
    let name = values.file("draft")?.name.trim_end_matches("-draft").to_owned();
    Ok(Outcome::new()
        .show(DIGEST, code(proved.digest()))
        .show(STAMPED, stamped)
        .give_file(format!("{name}-certificate"), &made))
}

pub(super) fn verify(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let certificate: StampCertificate = values.decode("certificate")?;
    let digest = digest_of(values.file("file")?)?;
    let (_, key) = work.signed()?;
    let proved = certificate.check_file(key, digest).map_err(|error| Stop::at("certificate", error))?;
    is_of(work.log, proved.checkpoint()).map_err(|error| Stop::at("certificate", error))?;
    if values.is_given("kept") {
        let kept = SignedCheckpoint::from_bytes(&values.file("kept")?.bytes);
        let kept = kept.map_err(|error| Stop::at("kept", error))?;
        let kept = key.verify(&kept, key.name()).map_err(|error| Stop::at("kept", error))?;
        is_of(work.log, kept).map_err(|error| Stop::at("kept", error))?;
    }
    let outcome = Outcome::new()
        .show(words("The file existed when it was stamped", "도장을 찍을 때 파일이 있었음"), true)
        .show(STAMPED, proved.time())
        .show(DIGEST, code(digest))
        .show(STAMP, code(proved.stamp()))
        .show(words("Entries of the log", "로그의 항목 수"), Value::number(proved.checkpoint().size()));
    Ok(match proved.author() {
        Some(key) => outcome.show(AUTHOR, code(hex::encode(key))),
        None => outcome,
    })
}

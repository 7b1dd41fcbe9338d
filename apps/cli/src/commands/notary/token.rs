//! Time-stamp tokens of RFC 3161.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use rand_core::OsRng;
use tabella_ledger::clock::Clock as _;
use tabella_notary::{StampCertificate, TimeStamper, token::ANY_POLICY};

use super::{
    Trust,
    show::{MadeToken, NewTimeStamper},
};
use crate::{
    cli::Context,
    commands::wallet::create_key,
    elections::{clock::CommandClock, files::read, keys, time::Time},
    paths::{Readers, refuse_existing, write_new},
};

#[derive(Args, Debug)]
struct AuthorityFile {
    /// Key file of the authority [default: time-stamping.age in TABELLA_HOME, else in the folder for data of applications]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl AuthorityFile {
    fn path(&self, context: &Context) -> anyhow::Result<PathBuf> {
        match &self.key_file {
            Some(path) => Ok(path.clone()),
            None => Ok(context.paths.home()?.join("time-stamping.age")),
        }
    }
}

/// Arguments of `notary new-authority`.
#[derive(Args, Debug)]
pub struct NewAuthority {
    /// Name in the certificate, up to 64 bytes
    #[arg(value_name = "NAME")]
    name: String,
    /// Policy under which tokens are signed, an object identifier
    #[arg(long, value_name = "OID", default_value = ANY_POLICY)]
    policy: String,
    /// For how many days the certificate is valid
    #[arg(long, value_name = "DAYS", default_value_t = 3_653)]
    days: u32,
    #[command(flatten)]
    file: AuthorityFile,
    /// File of the certificate (PEM), for whoever is to trust tokens
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `notary token`.
#[derive(Args, Debug)]
pub struct MakeToken {
    /// The certificate of the stamp: the token names its digest and its time
    #[arg(value_name = "CERTIFICATE")]
    certificate: PathBuf,
    #[command(flatten)]
    file: AuthorityFile,
    #[command(flatten)]
    trust: Trust,
    /// Write the token alone (.tst) instead of a response (.tsr)
    #[arg(long)]
    bare: bool,
    /// File of the token
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl NewAuthority {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let path = self.file.path(context)?;
        refuse_existing(&path)?;
        refuse_existing(&self.output)?;
        let from = CommandClock::new(context)?.now();
        let stamper = TimeStamper::generate(&self.name, &self.policy, (from, self.days), &mut OsRng)?;
        create_key(&path, &stamper, context)?;
        write_new(&self.output, stamper.certificate_pem()?.as_bytes(), Readers::Default)?;
        context.output.show(&NewTimeStamper { name: stamper.name(), key_file: path, certificate: self.output })
    }
}

impl MakeToken {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let certificate: StampCertificate = read(&self.certificate)?;
        // Signed is what the ledger proves, and nothing that somebody says.
        let proved = certificate
            .check(&self.trust.verifier(context)?)
            .with_context(|| format!("{} proves nothing: no token is signed for it", self.certificate.display()))?;
        let path = self.file.path(context)?;
        let (stamper, _) =
            keys::ask_and_open::<TimeStamper>(&path, "`tabella notary new-authority` makes one", context)?;
        let token = stamper.issue(&proved)?;
        let bytes = if self.bare { token.to_der()? } else { token.to_response()? };
        write_new(&self.output, &bytes, Readers::Default)?;
        context.output.show(&MadeToken {
            authority: stamper.name(),
            digest: proved.digest().to_string(),
            time: Time(proved.time()),
            bare: self.bare,
            token: self.output,
        })
    }
}

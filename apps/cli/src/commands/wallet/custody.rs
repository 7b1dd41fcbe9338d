//! A spending key that several hold: any t of n custodians sign together. A custodian's identity is a trustee's, in the
//! trustee's folder (`tabella trustee card` makes one); every message is a file.

mod make;
mod sign;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use tabella_protocol::{
    ceremony::{CeremonyId, RoundPayload, Signed},
    transaction::TransactionDigest,
};
use tabella_prover::{
    custody::{CustodyKey, message::Messages},
    trustee::TrusteeIdentity,
};

use crate::{
    cli::Context,
    commands::trustee,
    elections::{
        files::{self, PublicFile},
        keys,
    },
    passphrase::Passphrase,
};

/// What custodians and their coordinator do, in order.
#[derive(Debug, Subcommand)]
pub enum Custody {
    /// Somebody: write down who the custodians are, from their cards, and how many sign together
    Setup(make::Setup),
    /// Custodian, step 1: commit to a share
    Open(make::Open),
    /// Custodian, step 2: given all openings, send the others their shares, encrypted to each
    Share(make::Step),
    /// Custodian, step 3: given all shares, check them, and store the key
    Finish(make::Step),
    /// Custodian, step 4: given all agreements, write the account's file and show its address
    Confirm(make::Confirm),
    /// Custodian: copy the key to another medium, and try the copy
    Backup(make::Backup),
    /// Custodian: put a copy of the key back in place, after trying it
    Restore(make::Restore),
    /// Anyone with the account's file: show an address of the account
    Address(make::ShowAddress),
    /// Coordinator: prepare and prove a payment, for the custodians to sign
    Propose(Box<sign::Propose>),
    /// Custodian: see what is to be signed, and give nonces for it
    Commit(sign::Commit),
    /// Coordinator: put the nonces of at least t custodians together
    Package(sign::MakePackage),
    /// Custodian: see it again, and sign
    Sign(sign::SignPackage),
    /// Coordinator: put the signature together, and submit the transaction
    Submit(sign::Submit),
}

impl Custody {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Setup(command) => command.run(context),
            Self::Open(command) => command.run(context),
            Self::Share(step) => step.share(context),
            Self::Finish(step) => step.finish(context),
            Self::Confirm(command) => command.run(context),
            Self::Backup(command) => command.run(context),
            Self::Restore(command) => command.run(context),
            Self::Address(command) => command.run(context),
            Self::Propose(command) => command.run(context),
            Self::Commit(command) => command.run(context),
            Self::Package(command) => command.run(context),
            Self::Sign(command) => command.run(context),
            Self::Submit(command) => command.run(context),
        }
    }
}

/// Where a custodian's key files are.
#[derive(Args, Debug)]
struct Folder {
    /// Folder of the custodian's key files [default: trustee in TABELLA_HOME, else in the folder for data of applications]
    #[arg(long = "dir", value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Folder {
    fn path(&self, context: &Context, name: &str) -> anyhow::Result<PathBuf> {
        Ok(trustee::directory(self.directory.as_deref(), context)?.join(name))
    }

    /// The state of the ceremony.
    fn ceremony(&self, context: &Context, id: CeremonyId) -> anyhow::Result<PathBuf> {
        self.path(context, &format!("custody-{}.age", short(id.as_bytes())))
    }

    fn key(&self, context: &Context, id: CeremonyId) -> anyhow::Result<PathBuf> {
        self.path(context, &format!("custody-key-{}.age", short(id.as_bytes())))
    }

    /// What was committed to and signed of one transaction. Never copied: used nonces must not come back.
    fn session(&self, context: &Context, digest: TransactionDigest) -> anyhow::Result<PathBuf> {
        self.path(context, &format!("signing-{}.age", short(digest.as_bytes())))
    }

    /// The identity, and the passphrase that opens it and all other files of the custodian.
    fn identity(&self, context: &Context) -> anyhow::Result<(TrusteeIdentity, Passphrase)> {
        let path = self.path(context, "identity.age")?;
        keys::ask_and_open(&path, "`tabella trustee card` makes one", context)
    }

    /// The identity and the key of a custody.
    fn custodian(
        &self,
        context: &Context,
        id: CeremonyId,
    ) -> anyhow::Result<(TrusteeIdentity, CustodyKey, Passphrase)> {
        let path = self.key(context, id)?;
        std::fs::metadata(&path)
            .with_context(|| format!("there is no key of custody {id} here: no {}", path.display()))?;
        let (identity, passphrase) = self.identity(context)?;
        Ok((identity, keys::open(&path, &passphrase)?, passphrase))
    }
}

fn short(bytes: &[u8; 32]) -> String {
    hex::encode(bytes.get(..8).unwrap_or_default())
}

/// The messages of files, all of one custody.
fn read_messages<P: RoundPayload>(paths: &[PathBuf]) -> anyhow::Result<(CeremonyId, Vec<Signed<P>>)>
where
    Messages<P>: PublicFile,
{
    let mut found: Option<CeremonyId> = None;
    let mut messages = Vec::new();
    for path in paths {
        let file: Messages<P> = files::read(path)?;
        let custody = *found.get_or_insert(file.custody);
        if file.custody != custody {
            bail!("{} is of custody {}, and not of {custody}", path.display(), file.custody);
        }
        messages.extend(file.messages);
    }
    Ok((found.context("no messages")?, messages))
}

fn of<P>(custody: CeremonyId, message: Signed<P>) -> Vec<u8>
where
    Messages<P>: PublicFile,
{
    files::encode(&Messages { custody, messages: vec![message] })
}

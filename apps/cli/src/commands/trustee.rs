//! A trustee: its card, the key ceremony, the rehearsal, the tally, and copies of the key.

mod ceremony;
mod folder;
mod keys;
mod tally;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use folder::TrusteeFolder;
use rand_core::OsRng;
use serde::Serialize;
use tabella_protocol::ceremony::TrusteeName;
use tabella_prover::trustee::TrusteeIdentity;

use crate::{
    cli::Context,
    elections::{files, keys as key_files},
    paths::refuse_existing,
};

/// What a trustee does, in order.
#[derive(Debug, Subcommand)]
pub enum Trustee {
    /// Make an identity, and the card that the authority needs of it
    Card(Card),
    /// The rounds of the key ceremony: commit, reveal, confirm, share, finish
    #[command(subcommand)]
    Ceremony(ceremony::Ceremony),
    /// Copy the key to another medium, and try the copy
    Backup(keys::Backup),
    /// Put a copy of the key back in place, after trying it
    Restore(keys::Restore),
    /// Show before the election opens that the key works
    Rehearse(tally::Rehearse),
    /// Verify the record of a closed election, and decrypt the totals in it and nothing else
    Decrypt(tally::Decrypt),
}

/// Where a trustee's key files are.
#[derive(Args, Debug)]
struct Folder {
    /// Folder of the trustee's key files [default: trustee in TABELLA_HOME, else in the folder for data of applications]
    #[arg(long = "dir", value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Folder {
    fn open(&self, context: &Context) -> anyhow::Result<TrusteeFolder> {
        Ok(TrusteeFolder::new(directory(self.directory.as_deref(), context)?))
    }
}

/// The folder that was chosen, or the default one.
pub(super) fn directory(chosen: Option<&Path>, context: &Context) -> anyhow::Result<PathBuf> {
    match chosen {
        Some(directory) => Ok(directory.to_owned()),
        None => Ok(context.paths.home()?.join("trustee")),
    }
}

/// Arguments of `trustee card`.
#[derive(Args, Debug)]
pub struct Card {
    /// Name of the trustee, as everybody will read it
    #[arg(value_name = "NAME", value_parser = |text: &str| TrusteeName::new(text))]
    name: TrusteeName,
    #[command(flatten)]
    folder: Folder,
    /// File of the card
    #[arg(long, short, value_name = "FILE", default_value = "card.tabella")]
    output: PathBuf,
}

impl Trustee {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Card(command) => command.run(context),
            Self::Ceremony(command) => command.run(context),
            Self::Backup(command) => command.run(context),
            Self::Restore(command) => command.run(context),
            Self::Rehearse(command) => command.run(context),
            Self::Decrypt(command) => command.run(context),
        }
    }
}

impl Card {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open(context)?;
        let path = folder.identity();
        // An identity without its card (the first attempt could not write it) gets it now.
        let identity = if path.exists() && !self.output.exists() {
            let (identity, _) = key_files::ask_and_open::<TrusteeIdentity>(&path, "", context)?;
            if *identity.name() != self.name {
                anyhow::bail!("{} is the identity of {}, and not of {}", path.display(), identity.name(), self.name);
            }
            identity
        } else {
            refuse_existing(&self.output)?;
            refuse_existing(&path)?;
            let passphrase = context.passphrase.fresh(&format!("the key file {}", path.display()))?;
            let identity = TrusteeIdentity::generate(self.name, &mut OsRng);
            key_files::create(&path, &identity, &passphrase, context)?;
            identity
        };
        let card = identity.card();
        files::write(&self.output, &card)?;
        context.output.show(&MadeCard {
            name: identity.name().to_string(),
            key: hex::encode(card.key().as_bytes()),
            recipient: card.recipient().to_string(),
            key_file: path,
            card: self.output,
        })
    }
}

#[derive(Serialize)]
struct MadeCard {
    name: String,
    key: String,
    recipient: String,
    key_file: PathBuf,
    card: PathBuf,
}

impl fmt::Display for MadeCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "name       {}\nkey        {}\nrecipient  {}", self.name, self.key, self.recipient)?;
        writeln!(f, "key file   {}\ncard       {}\n", self.key_file.display(), self.card.display())?;
        writeln!(f, "Give the card to the authority, and read your key to the other trustees.")
    }
}

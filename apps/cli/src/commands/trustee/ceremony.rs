//! A trustee's rounds. Each command reads everybody's messages of the round before, replaces the stored state, and only then
//! writes this trustee's message: a trustee that could be led to take a round twice would let others choose.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::{
    ceremony::{RoundInput, Taken, begin},
    keys::StoredCeremony,
};
use tabella_protocol::ceremony::{CeremonyId, CeremonySetup, Commitment, Confirmation, Reveal, Round, Shares};
use tabella_prover::{keyfile::KeyFileError, trustee::TrusteeKey};
use zeroize::Zeroizing;

use super::{Folder, folder::TrusteeFolder};
use crate::{
    cli::Context,
    commands::authority::ceremony::{fork_warning, two_quorums},
    elections::{
        files::{self, PublicFile, RoundFile},
        keys,
    },
    passphrase::Passphrase,
    paths::{Readers, refuse_existing, write_new},
};

/// The rounds, in order.
#[derive(Debug, Subcommand)]
pub enum Ceremony {
    /// Round 0: draw this trustee's polynomial and commit to it
    Commit(Commit),
    /// Round 1: given all commitments, reveal the package
    Reveal(Step),
    /// Round 2: given all packages, check and confirm them
    Confirm(Step),
    /// Round 3: given all confirmations, send the other trustees their shares, encrypted to each
    Share(Step),
    /// Round 4: given all shares, check them, store the key, and acknowledge
    Finish(Step),
    /// Write the last message again, unchanged, after its file was lost
    Again(Again),
}

/// Arguments of `trustee ceremony commit`.
#[derive(Args, Debug)]
pub struct Commit {
    /// The ceremony's setup
    #[arg(value_name = "SETUP")]
    setup: PathBuf,
    #[command(flatten)]
    folder: Folder,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of the rounds after the first.
#[derive(Args, Debug)]
pub struct Step {
    /// The messages of all trustees in the round before: collected in one file, or each in its own
    #[arg(value_name = "MESSAGES", required = true)]
    messages: Vec<PathBuf>,
    #[command(flatten)]
    folder: Folder,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `trustee ceremony again`.
#[derive(Args, Debug)]
pub struct Again {
    /// Id of the ceremony
    #[arg(value_name = "CEREMONY_ID")]
    ceremony: CeremonyId,
    #[command(flatten)]
    folder: Folder,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl Ceremony {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Commit(command) => command.run(context),
            Self::Reveal(step) => step.run::<Commitment>(context),
            Self::Confirm(step) => step.run::<Reveal>(context),
            Self::Share(step) => step.run::<Confirmation>(context),
            Self::Finish(step) => step.run::<Shares>(context),
            Self::Again(command) => command.run(context),
        }
    }
}

impl Commit {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open(context)?;
        refuse_existing(&self.output)?;
        let setup: CeremonySetup = files::read(&self.setup)?;
        let path = folder.ceremony(setup.id());
        refuse_existing(&path)
            .with_context(|| format!("this trustee takes part in ceremony {} already", setup.id()))?;
        let (identity, passphrase) = folder.open_identity(context)?;
        let stored = begin(&identity, setup.clone(), &mut OsRng)?;
        keys::create(&path, &stored, &passphrase, context)?;
        write_new(&self.output, &stored.message, Readers::Default)?;
        context.output.show(&Said::new(&setup, Round::Commit, self.output))
    }
}

impl Step {
    fn run<P: RoundInput>(self, context: &Context) -> anyhow::Result<()>
    where
        RoundFile<P>: PublicFile,
    {
        let folder = self.folder.open(context)?;
        refuse_existing(&self.output)?;
        let first = self.messages.first().context("no messages")?;
        let ceremony = files::read::<RoundFile<P>>(first)?.ceremony;
        let messages = files::read_round::<P>(&self.messages, ceremony)?;
        let path = folder.ceremony(ceremony);
        fs::metadata(&path).with_context(|| {
            format!("this trustee takes no part in ceremony {ceremony}: there is no {}", path.display())
        })?;
        let (identity, passphrase) = folder.open_identity(context)?;
        let stored: StoredCeremony = keys::open(&path, &passphrase)?;
        let Some(state) = stored.state else {
            bail!(
                "the ceremony is finished; `tabella trustee ceremony again {ceremony}` writes the last message again"
            );
        };
        let setup = state.setup().clone();
        let Taken { round, state, key, message } = P::take(state, &identity, &messages)?;
        let key = match key {
            Some(key) => Some(store_key(&folder, &key, &passphrase, context)?),
            None => None,
        };
        let stored = StoredCeremony { state, message };
        keys::replace(&path, &stored, &passphrase, context)?;
        write_new(&self.output, &stored.message, Readers::Default).with_context(|| {
            format!(
                "the round is taken, and its message is kept: `tabella trustee ceremony again {ceremony}` writes it"
            )
        })?;
        context.output.show(&Said { key_file: key, ..Said::new(&setup, round, self.output) })
    }
}

/// Stores the key before the acknowledgement is given out. An attempt before this one may have come that far.
fn store_key(
    folder: &TrusteeFolder,
    key: &TrusteeKey,
    passphrase: &Passphrase,
    context: &Context,
) -> anyhow::Result<PathBuf> {
    let path = folder.key(key.ceremony());
    let Err(error) = keys::create(&path, key, passphrase, context) else { return Ok(path) };
    if matches!(error.downcast_ref(), Some(KeyFileError::Exists(_))) && is_same_key(&path, key, passphrase) {
        return Ok(path);
    }
    Err(error)
}

fn is_same_key(path: &Path, key: &TrusteeKey, passphrase: &Passphrase) -> bool {
    let bytes = |key: &TrusteeKey| Zeroizing::new(borsh::to_vec(key).expect("writing to memory"));
    keys::open::<TrusteeKey>(path, passphrase).is_ok_and(|other| bytes(&other) == bytes(key))
}

impl Again {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open(context)?;
        refuse_existing(&self.output)?;
        let path = folder.ceremony(self.ceremony);
        let remedy = "this trustee takes no part in that ceremony";
        let (stored, _) = keys::ask_and_open::<StoredCeremony>(&path, remedy, context)?;
        write_new(&self.output, &stored.message, Readers::Default)?;
        context.output.show(&Repeated { ceremony: self.ceremony.to_string(), file: self.output })
    }
}

#[derive(Serialize)]
struct Said {
    ceremony: String,
    title: String,
    trustees: Vec<String>,
    threshold: u16,
    /// Whether two groups without a common member can both decrypt.
    disjoint_quorums: bool,
    round: String,
    file: PathBuf,
    key_file: Option<PathBuf>,
}

impl Said {
    fn new(setup: &CeremonySetup, round: Round, file: PathBuf) -> Self {
        Self {
            ceremony: setup.id().to_string(),
            title: setup.title().to_owned(),
            trustees: setup.trustees().map(|(_, card)| card.name().to_string()).collect(),
            threshold: setup.threshold(),
            disjoint_quorums: two_quorums(setup.threshold(), setup.trustees().count()),
            round: round.to_string(),
            file,
            key_file: None,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: ceremony {}", self.title, self.ceremony)?;
        writeln!(f, "trustees  {} ({} of {} decrypt)", self.trustees.join(", "), self.threshold, self.trustees.len())?;
        writeln!(f, "round     {} done", self.round)?;
        writeln!(f, "message   {}", self.file.display())?;
        if self.round == Round::Commit.to_string()
            && let Some(warning) = fork_warning(self.threshold, self.trustees.len())
        {
            writeln!(f, "\n{warning}")?;
        }
        match &self.key_file {
            Some(path) => {
                writeln!(f, "key file  {}\n", path.display())?;
                writeln!(f, "Copy the key to another medium before you give the message to the authority:")?;
                writeln!(f, "`tabella trustee backup COPY --ceremony {}`", self.ceremony)
            }
            None => writeln!(f, "\nGive the message to the authority."),
        }
    }
}

#[derive(Serialize)]
struct Repeated {
    ceremony: String,
    file: PathBuf,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the last message in ceremony {}: {}", self.ceremony, self.file.display())
    }
}

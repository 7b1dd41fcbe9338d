//! The administrator's part of the ceremony: carries messages between trustees. It learns nothing and decides nothing.

use std::{collections::BTreeSet, fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_protocol::ceremony::{
    Acknowledgement, CeremonyRecord, CeremonySetup, Commitment, Confirmation, Reveal, Round, RoundPayload, Shares,
    collect_round,
};
use tabella_verifier::ceremony::verify;

use super::{ElectionFolder, Folder};
use crate::{
    cli::Context,
    elections::files::{self, PublicFile, RoundFile},
};

/// The administrator's steps.
#[derive(Debug, Subcommand)]
pub enum Ceremony {
    /// Put the trustees' cards into a setup file, which every trustee begins with
    Setup(SetUp),
    /// Put all trustees' messages of one round into one file, for all of them
    Collect(Collect),
    /// Assemble and verify the ceremony's record after the last round
    Assemble(Assemble),
}

/// Arguments of `authority ceremony setup`.
#[derive(Args, Debug)]
pub struct SetUp {
    #[command(flatten)]
    folder: Folder,
    /// How many trustees decrypt together; the others may be lost
    #[arg(long, value_name = "T")]
    threshold: u16,
    /// The trustees' cards
    #[arg(value_name = "CARD", required = true)]
    cards: Vec<PathBuf>,
}

/// Arguments of `authority ceremony collect`.
#[derive(Args, Debug)]
pub struct Collect {
    #[command(flatten)]
    folder: Folder,
    /// The trustees' messages of one round
    #[arg(value_name = "MESSAGE", required = true)]
    messages: Vec<PathBuf>,
}

/// Arguments of `authority ceremony assemble`.
#[derive(Args, Debug)]
pub struct Assemble {
    #[command(flatten)]
    folder: Folder,
}

impl Ceremony {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Setup(command) => command.run(context),
            Self::Collect(command) => command.run(context),
            Self::Assemble(command) => command.run(context),
        }
    }
}

impl SetUp {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let cards = files::read_all(&self.cards)?;
        let mut nonce = [0; 32];
        OsRng.fill_bytes(&mut nonce);
        let title: String = folder.draft()?.title.chars().filter(|c| !c.is_control()).collect();
        let title = title.get(..title.floor_char_boundary(CeremonySetup::MAX_TITLE_BYTES)).unwrap_or_default();
        let setup = CeremonySetup::new(title, self.threshold, cards, nonce)?;
        files::write(&folder.setup_path(), &setup)?;
        context.output.show(&MadeSetup {
            ceremony: setup.id().to_string(),
            trustees: setup.trustees().map(|(_, card)| card.name().to_string()).collect(),
            threshold: setup.threshold(),
            spare: setup.spare(),
            disjoint_quorums: two_quorums(setup.threshold(), setup.trustees().count()),
            file: folder.setup_path(),
        })
    }
}

impl Collect {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let kinds = self.messages.iter().map(|path| files::kind(path)).collect::<anyhow::Result<BTreeSet<_>>>()?;
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        let [kind] = kinds.as_slice() else {
            bail!("the files are of different rounds ({}): collect one round at a time", kinds.join(", "));
        };
        match *kind {
            <RoundFile<Commitment> as PublicFile>::KIND => self.collect::<Commitment>(&folder, context),
            <RoundFile<Reveal> as PublicFile>::KIND => self.collect::<Reveal>(&folder, context),
            <RoundFile<Confirmation> as PublicFile>::KIND => self.collect::<Confirmation>(&folder, context),
            <RoundFile<Shares> as PublicFile>::KIND => self.collect::<Shares>(&folder, context),
            <RoundFile<Acknowledgement> as PublicFile>::KIND => self.collect::<Acknowledgement>(&folder, context),
            other => bail!("a file \"{other}\" is no message of a ceremony's round"),
        }
    }

    fn collect<P: RoundPayload>(&self, folder: &ElectionFolder, context: &Context) -> anyhow::Result<()>
    where
        RoundFile<P>: PublicFile,
    {
        let setup = folder.setup()?;
        let messages = files::read_round::<P>(&self.messages, setup.id())?;
        let messages = collect_round(&setup, &messages)?;
        let file = folder.round_path(P::ROUND);
        let count = messages.len();
        files::write(&file, &RoundFile { ceremony: setup.id(), messages })?;
        context.output.show(&Collected { round: P::ROUND.to_string(), messages: count, file })
    }
}

impl Assemble {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let setup = folder.setup()?;
        let record = CeremonyRecord::assemble(
            setup.clone(),
            &read::<Commitment>(&folder, &setup, Round::Commit)?,
            &read::<Reveal>(&folder, &setup, Round::Reveal)?,
            &read::<Confirmation>(&folder, &setup, Round::Confirm)?,
            &read::<Acknowledgement>(&folder, &setup, Round::Finish)?,
        )?;
        let outcome = verify(&record).context("the ceremony does not verify")?;
        files::write(&folder.ceremony_path(), &record)?;
        context.output.show(&Assembled {
            ceremony: setup.id().to_string(),
            key: hex::encode(outcome.key().element().as_bytes()),
            trustees: outcome.names().to_vec(),
            threshold: outcome.threshold(),
            file: folder.ceremony_path(),
        })
    }
}

/// Whether two groups of trustees without a common member can both decrypt.
pub(in crate::commands) const fn two_quorums(threshold: u16, trustees: usize) -> bool {
    2 * threshold as usize <= trustees
}

/// Said where two groups could be shown two records, which differ by one ballot, and neither would know.
pub(in crate::commands) fn fork_warning(threshold: u16, trustees: usize) -> Option<String> {
    two_quorums(threshold, trustees).then(|| {
        let majority = trustees / 2 + 1;
        format!(
            "WARNING: {threshold} of {trustees} decrypt, so two groups without a common member can. A dishonest ledger and\n\
             authority could show each another record, and two results that differ by one ballot show that ballot.\n\
             Choose a threshold of {majority} or more; or else all trustees compare the checkpoint that `trustee decrypt`\n\
             shows before any of them gives its file away (--checkpoint insists on one)."
        )
    })
}

fn read<P: RoundPayload>(
    folder: &ElectionFolder,
    setup: &CeremonySetup,
    round: Round,
) -> anyhow::Result<Vec<tabella_protocol::ceremony::Signed<P>>>
where
    RoundFile<P>: PublicFile,
{
    let path = folder.round_path(round);
    std::fs::metadata(&path).with_context(|| {
        format!("the messages of round {round} are not there yet: `tabella authority ceremony collect` collects them")
    })?;
    files::read_round(&[path], setup.id())
}

#[derive(Serialize)]
struct MadeSetup {
    ceremony: String,
    trustees: Vec<String>,
    threshold: u16,
    spare: u16,
    /// Whether two groups without a common member can both decrypt.
    disjoint_quorums: bool,
    file: PathBuf,
}

impl fmt::Display for MadeSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ceremony  {}", self.ceremony)?;
        writeln!(f, "trustees  {}", self.trustees.join(", "))?;
        writeln!(f, "decrypt   {} of {}; {} may be lost", self.threshold, self.trustees.len(), self.spare)?;
        writeln!(f, "file      {}\n", self.file.display())?;
        if let Some(warning) = fork_warning(self.threshold, self.trustees.len()) {
            writeln!(f, "{warning}\n")?;
        }
        if self.spare == 0 {
            writeln!(f, "WARNING: if one trustee loses its key, the result is lost. Choose a lower threshold.\n")?;
        }
        writeln!(f, "Give the file to every trustee: `tabella trustee ceremony commit {}`", self.file.display())
    }
}

#[derive(Serialize)]
struct Collected {
    round: String,
    messages: usize,
    file: PathBuf,
}

impl fmt::Display for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "round {}: the messages of all {} trustees", self.round, self.messages)?;
        writeln!(f, "file  {}", self.file.display())
    }
}

#[derive(Serialize)]
struct Assembled {
    ceremony: String,
    key: String,
    trustees: Vec<String>,
    threshold: u16,
    file: PathBuf,
}

impl fmt::Display for Assembled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The ceremony verifies: {} of {}.", self.threshold, self.trustees.join(", "))?;
        writeln!(f, "joint key  {}\nfile       {}", self.key, self.file.display())
    }
}

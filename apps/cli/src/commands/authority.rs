//! The authority (election administrator): draft, roll, ceremony, manifest, opening, close, result.
//!
//! All its files are in one folder, ELECTION_DIR: nothing in it is secret but `authority.age`, which is encrypted, and, where
//! weights are hidden, the weights in `roll.txt`, which its owner alone can read.

pub(super) mod ceremony;
mod distribute;
mod distribution_audit;
mod folder;
mod init;
mod roll;
mod run;

use std::{fmt, path::PathBuf};

use clap::{Args, Subcommand};
use folder::ElectionFolder;
use serde::Serialize;

use crate::{cli::Context, elections::draft};

/// What an authority does, in order.
#[derive(Debug, Subcommand)]
pub enum Authority {
    /// Print a draft of an election, with comments, to fill in
    Template,
    /// Begin an election: makes ELECTION_DIR with the authority's key, and prints the registration id that voters need
    Init(init::Init),
    /// The roll of those who may vote
    #[command(subcommand)]
    Roll(roll::RollCommand),
    /// The administrator's part of the trustees' key ceremony
    #[command(subcommand)]
    Ceremony(ceremony::Ceremony),
    /// Freeze draft, roll and ceremony into the manifest, and print the election id
    Manifest(init::Manifest),
    /// Open the election on the ledger; needs the rehearsal of every trustee
    Open(run::Open),
    /// Hand out rights of hidden weight, before the election opens; run again, it goes on where it stopped
    Distribute(distribute::Distribute),
    /// Write the viewing key of the distribution for an auditor, who sees every weight with it
    ViewingKey(distribute::ViewingKey),
    /// An auditor: check by the viewing key that the whole weight went to the voters of the roll, and how much to whom
    AuditDistribution(distribution_audit::AuditDistribution),
    /// Turnout, ballots that count, time left
    Status(run::Status),
    /// Freeze the election after its closing time, and write the record that trustees decrypt from
    Close(run::Close),
    /// Combine the trustees' partial decryptions, publish the result, and write the election record
    Publish(run::Publish),
}

/// The folder of an election.
#[derive(Args, Debug)]
struct Folder {
    /// Folder of the election
    #[arg(value_name = "ELECTION_DIR")]
    directory: PathBuf,
}

impl Folder {
    fn open(&self) -> anyhow::Result<ElectionFolder> {
        ElectionFolder::open(&self.directory)
    }
}

impl Authority {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Template => context.output.show(&Template { template: draft::TEMPLATE }),
            Self::Init(command) => command.run(context),
            Self::Roll(command) => command.run(context),
            Self::Ceremony(command) => command.run(context),
            Self::Manifest(command) => command.run(context),
            Self::Open(command) => command.run(context),
            Self::Distribute(command) => command.run(context),
            Self::ViewingKey(command) => command.run(context),
            Self::AuditDistribution(command) => command.run(context),
            Self::Status(command) => command.run(context),
            Self::Close(command) => command.run(context),
            Self::Publish(command) => command.run(context),
        }
    }
}

#[derive(Serialize)]
struct Template {
    template: &'static str,
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.template)
    }
}

//! The authority (election administrator): draft, roll, ceremony, manifest, opening, close, result.
//!
//! All its files are in one folder, ELECTION_DIR: nothing in it is secret but `authority.age`, which is encrypted.

mod ceremony;
mod folder;
mod init;
mod roll;
mod run;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use folder::ElectionFolder;

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
            Self::Template => {
                // The template is a file, not a result: it is the same text with --json.
                print!("{}", draft::TEMPLATE);
                Ok(())
            }
            Self::Init(command) => command.run(context),
            Self::Roll(command) => command.run(context),
            Self::Ceremony(command) => command.run(context),
            Self::Manifest(command) => command.run(context),
            Self::Open(command) => command.run(context),
            Self::Status(command) => command.run(context),
            Self::Close(command) => command.run(context),
            Self::Publish(command) => command.run(context),
        }
    }
}

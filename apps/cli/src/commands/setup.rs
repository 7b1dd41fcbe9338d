//! Parameters of the proof system: for development, or by a ceremony of many people.

mod ceremony;
mod development;
mod export;
mod transcript;

use clap::Subcommand;

use crate::cli::Context;

/// Where parameters come from.
#[derive(Debug, Subcommand)]
pub enum Setup {
    /// Make the development parameters, or check those that are there. Anybody can forge proofs under them
    Dev(development::Dev),
    /// Ceremony: begin one, with a transcript that has no contributions
    Start(ceremony::Start),
    /// Ceremony: check a transcript and add a contribution of your own
    Contribute(ceremony::Contribute),
    /// Ceremony: end a phase with a public random value
    Beacon(ceremony::Beacon),
    /// Ceremony: check a transcript from its first byte to its last
    Verify(transcript::Verify),
    /// Ceremony: write the parameters and verifying keys that come out of a transcript
    Export(export::Export),
    /// Use a ceremony that you trust: check its transcript, and make and keep its parameters
    Import(export::Import),
}

impl Setup {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Dev(command) => command.run(context),
            Self::Start(command) => command.run(context),
            Self::Contribute(command) => command.run(context),
            Self::Beacon(command) => command.run(context),
            Self::Verify(command) => command.run(context),
            Self::Export(command) => command.run(context),
            Self::Import(command) => command.run(context),
        }
    }
}

//! The ledger in the folder that `--ledger` names: made once, then opened by every command that reads or writes it.

use std::{fmt, path::PathBuf, sync::Arc};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_ledger::{node::Ledger as Node, store::DATABASE_FILE};
use tabella_verifier::log::Origin;

use crate::{
    cli::Context,
    elections::{self, clock::CommandClock},
    output::ExitKind,
};

/// What can be done with a ledger.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Make an empty ledger, under a new signing key, in the folder that --ledger names
    Init(Init),
}

/// Arguments of `ledger init`.
#[derive(Args, Debug)]
pub struct Init {
    /// Name of the ledger, which its checkpoints carry: visible ASCII, by custom an address without a scheme
    #[arg(value_name = "NAME")]
    name: String,
}

impl Ledger {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Init(init) => init.run(context),
        }
    }
}

impl Init {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let directory = context.paths.ledger();
        if directory.join(DATABASE_FILE).try_exists().unwrap_or(false) {
            let text = format!("there is a ledger in {} already; nothing was written", directory.display());
            return Err(anyhow!(ExitKind::Exists).context(text));
        }
        let name = Origin::new(&self.name).context("not a name for a ledger")?;
        let clock = CommandClock::new(context)?;
        let (keys, applications) = (elections::ledger::accepted_keys(context)?, catalogue().applications());
        let node = Node::create_with(directory, name, keys, applications, Arc::new(clock))?;
        context.output.show(&NewLedger {
            ledger: node.id().to_string(),
            name: node.name().as_str().to_owned(),
            directory: directory.to_owned(),
            production: node.store().is_for_production(),
        })
    }
}

/// Opens the ledger that `--ledger` names.
///
/// # Errors
/// If there is none (exit code 66), or it cannot be read.
pub fn open(context: &Context) -> anyhow::Result<Node> {
    let directory = context.paths.ledger();
    if !directory.join(DATABASE_FILE).try_exists().unwrap_or(true) {
        let text = format!("there is no ledger in {}: `tabella ledger init NAME` makes one", directory.display());
        return Err(anyhow!(ExitKind::NoInput).context(text));
    }
    elections::ledger::open(context)
}

#[derive(Serialize)]
struct NewLedger {
    ledger: String,
    name: String,
    directory: PathBuf,
    /// Whether it refuses proofs under development parameters for ever.
    production: bool,
}

impl fmt::Display for NewLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ledger  {}\nname    {}\nfolder  {}", self.ledger, self.name, self.directory.display())?;
        let proofs = if self.production {
            "It is in production mode for ever: it takes proofs under the parameters of a ceremony only."
        } else {
            "It takes proofs under development parameters, which anybody can forge: for trying out only."
        };
        writeln!(f, "\n{proofs}")
    }
}

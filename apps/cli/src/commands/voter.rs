//! A voter, who may also be a delegate: registers, delegates, recalls, casts or audits, keeps receipts.
//!
//! Keys derive from the wallet's seed and the election's registration id: what is done in one election cannot be linked to
//! another, nor to payments.

mod audit;
mod cast;
mod choice;
mod receipt;
mod rights;
mod session;

use clap::{Args, Subcommand};
use tabella_protocol::election::{ElectionId, RegistrationId};

pub(super) use session::proving_keys;

use super::wallet::KeyFile;
use crate::cli::Context;

/// What a voter does, in order.
#[derive(Debug, Subcommand)]
pub enum Voter {
    /// Show the address to register for an election
    Register(rights::Register),
    /// List the rights that you hold, received or gave away
    Rights(rights::Rights),
    /// Show an address at which you receive others' rights as their delegate
    DelegateAddress(rights::DelegateAddress),
    /// Delegate a right of your own; you can recall it, or cast over the delegate
    Delegate(rights::Delegate),
    /// Recall a right that you delegated and that was not cast
    Recall(rights::Recall),
    /// Prepare a ballot, show its tracker, and cast it or have it opened
    Cast(cast::Cast),
    /// Prepare a ballot and open it, to check on another device that it holds your choice; it can never be cast
    Audit(audit::Audit),
    /// Check a ballot that was opened, on another device
    CheckAudit(audit::CheckAudit),
    /// Write the receipt of a ballot: that the ledger's log holds it
    Receipt(receipt::WriteReceipt),
    /// Check a receipt without the ledger, and against an election record
    CheckReceipt(receipt::CheckReceipt),
}

/// Which election, before it has a manifest.
#[derive(Args, Debug)]
struct Registration {
    /// Registration id of the election, as its authority published it
    #[arg(long, value_name = "ID")]
    registration: RegistrationId,
    #[command(flatten)]
    key: KeyFile,
}

/// Which election, and whose keys.
#[derive(Args, Debug)]
struct Place {
    /// Id of the election, as its authority published it
    #[arg(long, value_name = "ELECTION_ID")]
    election: ElectionId,
    #[command(flatten)]
    key: KeyFile,
}

impl Voter {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Register(command) => command.run(context),
            Self::Rights(command) => command.run(context),
            Self::DelegateAddress(command) => command.run(context),
            Self::Delegate(command) => command.run(context),
            Self::Recall(command) => command.run(context),
            Self::Cast(command) => command.run(context),
            Self::Audit(command) => command.run(context),
            Self::CheckAudit(command) => command.run(context),
            Self::Receipt(command) => command.run(context),
            Self::CheckReceipt(command) => command.run(context),
        }
    }
}

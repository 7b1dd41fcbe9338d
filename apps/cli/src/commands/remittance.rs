//! Remittance: a sender pays in one asset, a receiver gets another, at a provider's quote, in one transaction. What the parties hand to
//! each other are files.

mod demo;
mod list;
mod messages;
mod order;
mod provide;
mod receive;
mod show;

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::Subcommand;
use rand_core::{OsRng, RngCore as _};
use tabella_ledger::node::Ledger;
use tabella_payments::{amount, holder::Holder};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
};
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder},
    wallet::NoteKind,
};
use tabella_remittance::{
    RemittanceKeys,
    notice::escrow,
    rules::{Corridor, CorridorId, Remittance as Stored, RemittanceId, Remittances},
};

use super::work::{self, Sent};
use crate::{
    assets::AssetLabel,
    cli::Context,
    elections::time::Time,
    output::ExitKind,
    paths::{Readers, write_new},
};

/// What senders, providers and receivers' institutions do.
#[derive(Debug, Subcommand)]
pub enum Remittance {
    /// Provider, operator: show the keys by which others know this wallet
    Key(provide::Key),
    /// Operator: open a corridor between two assets, with a threshold below which payments stay
    OpenCorridor(provide::OpenCorridor),
    /// Anyone: list the corridors
    Corridors(show::Corridors),
    /// Provider: quote an exchange, for a time, in a file
    Quote(Box<provide::MakeQuote>),
    /// Receiver's institution: say where to deliver, in a file for one remittance
    Payee(receive::MakePayee),
    /// Sender: check a quote, and show what it costs
    CheckQuote(order::CheckQuote),
    /// Sender: take a quote; writes the order, waits for the provider's answer, and locks both legs
    Send(Box<order::Send>),
    /// Provider: check an order, and answer it with the leg that delivers
    Answer(Box<provide::AnswerOrder>),
    /// Sender: get the notice again, if the receiver's institution has got none
    Notice(order::NoticeAgain),
    /// Receiver's institution: check what arrived, and from whom
    Check(receive::Check),
    /// Receiver's institution: accept, so that both legs can be claimed
    Accept(receive::Accept),
    /// Receiver's institution: decline, so that both legs go back in time
    Decline(receive::Decline),
    /// Provider and receiver: claim what is theirs after it was accepted
    Claim(receive::Claim),
    /// Sender and provider: take a leg back that was not claimed
    Refund(receive::Refund),
    /// Anyone: list what this wallet has locked, and what it may claim
    List(list::List),
    /// Anyone: show a remittance as the ledger has it
    Show(show::ShowRemittance),
    /// Sender: list the orders of a pain.001 message
    Pain001(messages::Pain001),
    /// Sender's institution: write the pacs.008 message of a remittance
    Pacs008(messages::Pacs008),
    /// Receiver's institution: write the camt.054 message of a remittance that was claimed
    Camt054(messages::Camt054),
    /// Try out: a remittance from order to payout, one that comes back, and some who lie
    Demo(demo::Demo),
}

impl Remittance {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Key(command) => command.run(context),
            Self::OpenCorridor(command) => command.run(context),
            Self::Corridors(command) => command.run(context),
            Self::Quote(command) => command.run(context),
            Self::Payee(command) => command.run(context),
            Self::CheckQuote(command) => command.run(context),
            Self::Send(command) => command.run(context),
            Self::Answer(command) => command.run(context),
            Self::Notice(command) => command.run(context),
            Self::Check(command) => command.run(context),
            Self::Accept(command) => command.run(context),
            Self::Decline(command) => command.run(context),
            Self::Claim(command) => command.run(context),
            Self::Refund(command) => command.run(context),
            Self::List(command) => command.run(context),
            Self::Show(command) => command.run(context),
            Self::Pain001(command) => command.run(context),
            Self::Pacs008(command) => command.run(context),
            Self::Camt054(command) => command.run(context),
            Self::Demo(command) => command.run(context),
        }
    }
}

/// Whose keys.
type Me = work::Owner<RemittanceKeys>;

/// A sender, a provider or an institution at work.
type Work<'a> = work::Work<'a, RemittanceKeys>;

impl Work<'_> {
    fn state(&self) -> anyhow::Result<&Remittances> {
        state(&self.node)
    }

    fn corridor(&self, id: &CorridorId) -> anyhow::Result<Corridor> {
        corridor(&self.node, id)
    }

    /// Settles this wallet's side of a remittance whole. Gives what it came to, and of which asset.
    fn settle(&mut self, id: RemittanceId, path: SpendPath) -> anyhow::Result<(AssetId, NoteValue, Sent)> {
        let remittance = stored(&self.node, &id)?.clone();
        let terms = remittance.terms();
        let mut holder = self.holder()?;
        let kind = if path == SpendPath::Refund { NoteKind::EscrowToRefund } else { NoteKind::EscrowToClaim };
        let found = escrow(holder.wallet(), &remittance, kind).filter(|note| note.spent().is_none());
        let found = found.map(|note| (note.pool(), note.position(), note.note().asset, note.note().value));
        let verb = if path == SpendPath::Refund { "take back" } else { "claim" };
        let none =
            || anyhow!("this wallet has nothing to {verb} of remittance {id}: it is settled, or another wallet's");
        let (pool, position, asset, value) = found.ok_or_else(none)?;
        let now = self.node.now()?;
        if path == SpendPath::Refund && now < terms.refund_from {
            bail!("remittance {id} is taken back from {} on, and it is {}", Time(terms.refund_from), Time(now));
        }
        if path == SpendPath::Claim {
            if now >= terms.claim_until {
                bail!("remittance {id} was to be claimed before {}", Time(terms.claim_until));
            }
            if remittance.answer() != Some(tabella_remittance::rules::Answer::Accepted) {
                bail!("remittance {id} is not accepted: nothing can be claimed");
            }
        }
        let to = Settlement::To(holder.wallet().address(0), Memo::empty());
        let transfer = holder.prepare_settlement(&self.moment()?, (pool, position), path, to, &mut OsRng)?;
        let mut builder = TransactionBuilder::new(self.node.id());
        builder.add(transfer);
        let transaction = self.prove(&holder, builder.build()?, Vec::new())?;
        let sent = self.send(transaction)?;
        Ok((asset, value, sent))
    }
}

/// The application's state on a ledger.
fn state(node: &Ledger) -> anyhow::Result<&Remittances> {
    node.state().application().context("this ledger has no remittance: it was made by another version")
}

fn corridor(node: &Ledger, id: &CorridorId) -> anyhow::Result<Corridor> {
    let missing = || ExitKind::missing(format!("there is no corridor {id} on this ledger"));
    state(node)?.corridor(id).cloned().ok_or_else(missing)
}

/// A remittance on the ledger.
fn stored<'a>(node: &'a Ledger, id: &RemittanceId) -> anyhow::Result<&'a Stored> {
    let missing = || ExitKind::missing(format!("there is no remittance {id} on this ledger"));
    state(node)?.remittance(id).ok_or_else(missing)
}

/// An address of a wallet that was given to nobody: any of 2^31 that no other command counts up to.
fn fresh_address(holder: &Holder) -> Address {
    holder.wallet().address(OsRng.next_u32() | 1 << 31)
}

/// A number of smallest units.
fn units(text: &str, label: &AssetLabel) -> anyhow::Result<NoteValue> {
    Ok(NoteValue(amount::parse(text, label.decimals)?))
}

fn show_units(value: NoteValue, label: &AssetLabel) -> String {
    label.amount_and_name(u128::from(value.0))
}

fn after(now: Timestamp, seconds: u64) -> anyhow::Result<Timestamp> {
    now.seconds().checked_add(seconds).and_then(Timestamp::new).context("a time beyond those of a ledger")
}

/// Writes a new file that only its owner can read.
fn write_private<T: tabella_verifier::files::PublicFile>(path: &Path, content: &T) -> anyhow::Result<()> {
    write_new(path, &tabella_verifier::files::encode(content), Readers::Owner)
}

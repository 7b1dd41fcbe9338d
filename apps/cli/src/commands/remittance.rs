//! Remittance: a sender pays in one asset, a receiver gets another, at a provider's quote, in one transaction. What the parties hand to
//! each other are files.

mod demo;
mod messages;
mod order;
mod provide;
mod receive;
mod show;

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use rand_core::{OsRng, RngCore as _};
use tabella_ledger::node::Ledger;
use tabella_payments::{
    amount,
    holder::{Holder, Moment, Next, PaymentError, ProvingKeys, submit},
};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    statement::Shape,
    transaction::Transaction,
};
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder, UnprovenTransfer},
    keyfile::WalletKey,
    wallet::NoteKind,
};
use tabella_remittance::{
    RemittanceKeys,
    notice::escrow,
    rules::{Corridor, CorridorId, Remittance as Stored, RemittanceId, Remittances},
};

use super::{
    ledger,
    wallet::{KeyFile, read_key},
};
use crate::{
    assets::AssetLabel,
    cli::Context,
    elections::time::Time,
    output::ExitKind,
    paths::{Readers, write_new},
};

use show::Sent;

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
            Self::Check(command) => command.run(context),
            Self::Accept(command) => command.run(context),
            Self::Decline(command) => command.run(context),
            Self::Claim(command) => command.run(context),
            Self::Refund(command) => command.run(context),
            Self::Show(command) => command.run(context),
            Self::Pain001(command) => command.run(context),
            Self::Pacs008(command) => command.run(context),
            Self::Camt054(command) => command.run(context),
            Self::Demo(command) => command.run(context),
        }
    }
}

/// Whose keys.
#[derive(Args, Debug)]
struct Me {
    #[command(flatten)]
    file: KeyFile,
    /// Which of the wallet's keys for remittance; keys of different numbers cannot be linked
    #[arg(long, value_name = "N", default_value_t = 0)]
    number: u32,
}

/// A party at work on the ledger.
struct Work<'a> {
    context: &'a Context,
    node: Ledger,
    wallet: WalletKey,
    keys: RemittanceKeys,
}

impl Me {
    fn open(&self, context: &Context) -> anyhow::Result<(WalletKey, RemittanceKeys)> {
        let wallet = read_key(&self.file.path(context)?, context)?;
        let keys = RemittanceKeys::of_seed(wallet.seed(), self.number);
        Ok((wallet, keys))
    }

    fn begin<'a>(&self, context: &'a Context) -> anyhow::Result<Work<'a>> {
        let node = ledger::open(context)?;
        let (wallet, keys) = self.open(context)?;
        Ok(Work { context, node, wallet, keys })
    }
}

impl Work<'_> {
    fn state(&self) -> anyhow::Result<&Remittances> {
        state(&self.node)
    }

    fn corridor(&self, id: &CorridorId) -> anyhow::Result<Corridor> {
        corridor(&self.node, id)
    }

    fn label(&self, asset: &AssetId) -> AssetLabel {
        AssetLabel::of(self.node.state().assets(), asset)
    }

    /// The wallet's holder, at the ledger's present state.
    fn holder(&self) -> anyhow::Result<Holder> {
        let mut holder = Holder::new(self.wallet.seed(), 0);
        holder.read(&self.node)?;
        Ok(holder)
    }

    fn moment(&self) -> anyhow::Result<Moment<'_>> {
        let key_of = |shape| self.context.parameters.proving_key(shape);
        let keys = ProvingKeys { transfer: key_of(Shape::Transfer)?, cast: key_of(Shape::Cast)? };
        Ok(Moment { state: self.node.state(), keys, now: self.node.now()? })
    }

    /// Prepares a transfer, and makes the merges that it needs on the way.
    fn ready(
        &mut self,
        holder: &mut Holder,
        mut prepare: impl FnMut(&mut Holder, &Moment<'_>) -> Result<Next, PaymentError>,
    ) -> anyhow::Result<UnprovenTransfer> {
        loop {
            match prepare(holder, &self.moment()?)? {
                Next::Transfer(transfer) => return Ok(*transfer),
                Next::Merge(merge) => {
                    let remark = "More than two of the wallet's notes are needed: they are merged first.";
                    self.context.output.remark(remark);
                    let merge = holder.authorize(merge, &self.context.parameters.load(self.context)?, &mut OsRng)?;
                    submit(&mut self.node, merge)?;
                    holder.read(&self.node)?;
                }
            }
        }
    }

    /// Sends what is signed.
    fn send(&mut self, transaction: Transaction) -> anyhow::Result<Sent> {
        let accepted = submit(&mut self.node, transaction)?;
        Ok(Sent { time: Time(accepted.time), transaction: accepted.digest.to_string() })
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
        let parameters = self.context.parameters.load(self.context)?;
        let task = self.context.progress.spin("proving");
        let transaction = holder.authorize(builder.build()?, &parameters, &mut OsRng)?;
        task.finish();
        let sent = self.send(transaction)?;
        Ok((asset, value, sent))
    }
}

/// The application's state on a ledger.
fn state(node: &Ledger) -> anyhow::Result<&Remittances> {
    node.state().application().context("this ledger has no remittance: it was made by another version")
}

fn corridor(node: &Ledger, id: &CorridorId) -> anyhow::Result<Corridor> {
    let missing = || anyhow!(ExitKind::NoInput).context(format!("there is no corridor {id} on this ledger"));
    state(node)?.corridor(id).cloned().ok_or_else(missing)
}

/// A remittance on the ledger.
fn stored<'a>(node: &'a Ledger, id: &RemittanceId) -> anyhow::Result<&'a Stored> {
    let missing = || anyhow!(ExitKind::NoInput).context(format!("there is no remittance {id} on this ledger"));
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

//! Looking at a wallet: balances, history, viewing keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::{self, BufRead as _, Read as _},
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::{Serialize, Serializer};
use tabella_ledger::{node::Ledger, store::EntryNumber};
use tabella_payments::{
    holder::read_wallet,
    log::read_pool,
    outgoing::{self, OutgoingNote, OutgoingViewingKey, outgoing_notes},
    viewing::{IncomingNote, ViewingKey, incoming_notes},
};
use tabella_protocol::{
    asset::AssetClass,
    keys::{Account, FullViewingKey},
    note::{AssetId, Timestamp},
    note_encryption::{Memo, MemoContent},
};
use tabella_prover::wallet::{Balance, HistoryEntry, HistoryEvent, LogContent, LogEntry, NoteKind, Wallet};
use zeroize::Zeroizing;

use super::{KeyFile, read_key};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    elections::time::Time,
    output::{Table, visible},
};

/// Whose payments are looked at.
#[derive(Args, Debug)]
pub(super) struct Source {
    #[command(flatten)]
    file: KeyFile,
    /// Account of payments
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "viewing_key")]
    account: u32,
    /// Look with a viewing key instead of a wallet; `-` reads it from standard input, where no other process sees it
    #[arg(long, value_name = "KEY", conflicts_with = "key_file")]
    viewing_key: Option<String>,
}

/// What looks.
enum Seen {
    /// A wallet, or a full or incoming viewing key.
    Key(ViewingKey),
    /// An outgoing viewing key.
    Outgoing(OutgoingViewingKey),
}

impl Source {
    /// The wallet's key, or the viewing key, which is full or incoming.
    pub(super) fn key(&self, context: &Context) -> anyhow::Result<ViewingKey> {
        match self.seen(context)? {
            Seen::Key(key) => Ok(key),
            Seen::Outgoing(_) => bail!("an outgoing viewing key shows a history of what was sent, and nothing else"),
        }
    }

    fn seen(&self, context: &Context) -> anyhow::Result<Seen> {
        let Some(text) = &self.viewing_key else {
            let key = read_key(&self.file.path(context)?, context)?;
            let account = key.seed().account(&Account::Payment(self.account));
            return Ok(Seen::Key(ViewingKey::Full(account.full_viewing_key().clone())));
        };
        let line = key_text(text)?;
        if line.trim().to_lowercase().starts_with(outgoing::PREFIX) {
            return Ok(Seen::Outgoing(line.parse()?));
        }
        Ok(Seen::Key(line.parse()?))
    }
}

/// The text of a viewing key; `-` reads it from standard input.
fn key_text(text: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(1024));
    if text == "-" {
        let read = io::stdin().lock().take(1024).read_line(&mut line);
        read.context("cannot read the viewing key from standard input")?;
    } else {
        line.push_str(text);
    }
    Ok(line)
}

/// A viewing key, full or incoming, as it stands on the command line; `-` reads it from standard input.
pub(in crate::commands) fn viewing_key(text: &str) -> anyhow::Result<ViewingKey> {
    let line = key_text(text)?;
    if line.trim().to_lowercase().starts_with(outgoing::PREFIX) {
        bail!("an outgoing viewing key does not show what came in: a full or an incoming one is needed");
    }
    Ok(line.parse()?)
}

/// Arguments of `wallet balance`.
#[derive(Args, Debug)]
pub struct ShowBalance {
    #[command(flatten)]
    source: Source,
}

/// Arguments of `wallet history`.
#[derive(Args, Debug)]
pub struct ShowHistory {
    #[command(flatten)]
    source: Source,
}

/// Arguments of `wallet export-viewing-key`.
#[derive(Args, Debug)]
pub struct ExportViewingKey {
    #[command(flatten)]
    file: KeyFile,
    /// Account of payments
    #[arg(long, value_name = "N", default_value_t = 0)]
    account: u32,
    /// Only what comes in, change included: not to whom something is sent, or what is left
    #[arg(long)]
    incoming: bool,
    /// Only what was sent, to whom, and the change that came back: not what comes in from others, or what is left
    #[arg(long, conflicts_with = "incoming")]
    outgoing: bool,
}

impl ShowBalance {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        match self.source.key(context)? {
            ViewingKey::Full(key) => {
                let wallet = full_view(key, &node)?;
                context.output.show(&Balances::of(&wallet, &node, node.now()?))
            }
            ViewingKey::Incoming(key) => {
                let pools = read_pools(&node)?;
                let notes = incoming_notes(&key, &pools);
                context.output.show(&Receipts::of(&notes, &node))
            }
        }
    }
}

impl ShowHistory {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let pools = read_pools(&node)?;
        let issues = issue_entries(&pools);
        let rows: anyhow::Result<Vec<Row>> = match self.source.seen(context)? {
            Seen::Key(ViewingKey::Full(key)) => {
                let wallet = full_view(key, &node)?;
                let mut history: Vec<_> = wallet.history().iter().collect();
                history.sort_by_key(|entry| entry.at.index);
                history.into_iter().filter_map(|entry| Row::of(entry, &node, &issues).transpose()).collect()
            }
            Seen::Key(ViewingKey::Incoming(key)) => {
                let mut notes = incoming_notes(&key, &pools);
                notes.sort_by_key(|note| note.at.index);
                notes.iter().filter(|note| !note.change).map(|note| Row::incoming(note, &node, &issues)).collect()
            }
            Seen::Outgoing(key) => {
                let mut notes: Vec<_> = pools.iter().flat_map(|entries| outgoing_notes(&key, entries)).collect();
                notes.sort_by_key(|note| note.at.index);
                notes.iter().map(|note| Row::outgoing(note, &node)).collect()
            }
        };
        context.output.show(&History { entries: rows? })
    }
}

/// What the log holds of each pool of assets.
fn read_pools(node: &Ledger) -> anyhow::Result<Vec<Vec<LogEntry>>> {
    AssetClass::ALL.into_iter().map(|class| Ok(read_pool(node, class)?)).collect()
}

fn full_view(key: FullViewingKey, node: &Ledger) -> anyhow::Result<Wallet> {
    let mut wallet = Wallet::new(key);
    read_wallet(&mut wallet, node)?;
    Ok(wallet)
}

/// Entries that only issue: what came in by them came from the issuer.
fn issue_entries(pools: &[Vec<LogEntry>]) -> BTreeSet<u64> {
    let issues = pools.iter().flatten().filter(|entry| {
        entry.nullifiers.is_empty()
            && entry.outputs.iter().all(|output| matches!(output.content, LogContent::Issued(_)))
    });
    issues.map(|entry| entry.at.index).collect()
}

#[derive(Serialize)]
struct Balances {
    balances: Vec<AssetBalance>,
}

#[derive(Serialize)]
struct AssetBalance {
    #[serde(flatten)]
    label: AssetLabel,
    spendable: String,
    reserved: String,
    to_claim: String,
    to_refund: String,
}

impl Balances {
    fn of(wallet: &Wallet, node: &Ledger, now: Timestamp) -> Self {
        let pools = AssetClass::ALL.map(|class| node.state().pool(class).id());
        let balances = wallet.balances(now).into_iter().filter(|((id, _), _)| pools.contains(id));
        let balances = balances.filter_map(|((_, asset), balance)| {
            let label = AssetLabel::of(node.state().assets(), &AssetId::from_bytes(&asset)?);
            let Balance { spendable, reserved, to_claim, to_refund } = balance;
            Some(AssetBalance {
                spendable: label.amount(spendable),
                reserved: label.amount(reserved),
                to_claim: label.amount(to_claim),
                to_refund: label.amount(to_refund),
                label,
            })
        });
        Self { balances: balances.collect() }
    }
}

impl fmt::Display for Balances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.balances.is_empty() {
            return writeln!(f, "The wallet holds nothing on this ledger.");
        }
        let headings = ["name", ">spendable", ">reserved", ">to claim", ">to refund", ">decimals", "asset"];
        let mut table = Table::new(&headings);
        for AssetBalance { label, spendable, reserved, to_claim, to_refund } in &self.balances {
            let (name, decimals) = (visible(&label.name), label.decimals.to_string());
            table.row([&name, spendable, reserved, to_claim, to_refund, &decimals, &label.asset]);
        }
        write!(f, "{table}")
    }
}

/// What an incoming viewing key sees.
#[derive(Serialize)]
struct Receipts {
    received: Vec<AssetReceipts>,
}

#[derive(Serialize)]
struct AssetReceipts {
    #[serde(flatten)]
    label: AssetLabel,
    received: String,
    escrowed: String,
    change: String,
}

impl Receipts {
    fn of(notes: &[IncomingNote], node: &Ledger) -> Self {
        let mut sums: BTreeMap<[u8; 32], [u128; 3]> = BTreeMap::new();
        for note in notes {
            let [received, escrowed, change] = sums.entry(note.asset.to_bytes()).or_default();
            let sum = match (note.change, note.escrow) {
                (_, true) => escrowed,
                (true, false) => change,
                (false, false) => received,
            };
            // 2^32 notes below 2^64 fit in 96 bits.
            *sum += u128::from(note.value.0);
        }
        let received = sums.into_iter().filter_map(|(asset, [received, escrowed, change])| {
            let label = AssetLabel::of(node.state().assets(), &AssetId::from_bytes(&asset)?);
            Some(AssetReceipts {
                received: label.amount(received),
                escrowed: label.amount(escrowed),
                change: label.amount(change),
                label,
            })
        });
        Self { received: received.collect() }
    }
}

impl fmt::Display for Receipts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["name", ">received", ">under escrow", ">change", ">decimals", "asset"]);
        for AssetReceipts { label, received, escrowed, change } in &self.received {
            let (name, decimals) = (visible(&label.name), label.decimals.to_string());
            table.row([&name, received, escrowed, change, &decimals, &label.asset]);
        }
        writeln!(
            f,
            "{table}\nAn incoming viewing key sees what came in, change included, and not what was spent of it."
        )
    }
}

#[derive(Serialize)]
struct History {
    entries: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    time: Time,
    direction: &'static str,
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
    /// An address, `issuer KEY`, or nothing where the ledger does not tell.
    counterparty: Option<String>,
    memo: Option<String>,
    transaction: Option<String>,
}

impl Row {
    /// A line for what came or went; the wallet's own change and what was spent for a payment are part of another line.
    fn of(entry: &HistoryEntry, node: &Ledger, issues: &BTreeSet<u64>) -> anyhow::Result<Option<Self>> {
        let (direction, counterparty) = match entry.event {
            HistoryEvent::Received(NoteKind::Plain) => ("in", issuer(entry.asset, entry.at.index, node, issues)),
            HistoryEvent::Received(_) => ("in, escrow", None),
            HistoryEvent::Sent { to, escrow } => (if escrow { "out, escrow" } else { "out" }, Some(to.to_string())),
            HistoryEvent::Spent(NoteKind::EscrowToClaim | NoteKind::EscrowToRefund) => ("escrow ended", None),
            HistoryEvent::Returned | HistoryEvent::Spent(NoteKind::Plain) => return Ok(None),
        };
        let label = AssetLabel::of(node.state().assets(), &entry.asset);
        Ok(Some(Self {
            time: Time(entry.at.time),
            direction,
            amount: label.amount(u128::from(entry.value.0)),
            label,
            counterparty,
            memo: show_memo(&entry.memo),
            transaction: digest(node, entry.at.index)?,
        }))
    }

    fn incoming(note: &IncomingNote, node: &Ledger, issues: &BTreeSet<u64>) -> anyhow::Result<Self> {
        let label = AssetLabel::of(node.state().assets(), &note.asset);
        Ok(Self {
            time: Time(note.at.time),
            direction: if note.escrow { "in, escrow" } else { "in" },
            amount: label.amount(u128::from(note.value.0)),
            label,
            counterparty: issuer(note.asset, note.at.index, node, issues),
            memo: show_memo(&note.memo),
            transaction: digest(node, note.at.index)?,
        })
    }
}

impl Row {
    /// Change is shown as well: an outgoing key does not tell it from a payment to somebody's own address for change.
    fn outgoing(note: &OutgoingNote, node: &Ledger) -> anyhow::Result<Self> {
        let label = AssetLabel::of(node.state().assets(), &note.asset);
        Ok(Self {
            time: Time(note.at.time),
            direction: match (note.escrow, note.change) {
                (true, _) => "out, escrow",
                (false, true) => "out, or change",
                (false, false) => "out",
            },
            amount: label.amount(u128::from(note.value.0)),
            label,
            counterparty: Some(note.to.to_string()),
            memo: show_memo(&note.memo),
            transaction: digest(node, note.at.index)?,
        })
    }
}

fn issuer(asset: AssetId, index: u64, node: &Ledger, issues: &BTreeSet<u64>) -> Option<String> {
    let state = node.state().assets().get(&asset).filter(|_| issues.contains(&index))?;
    Some(format!("issuer {}", hex::encode(state.description.issuer)))
}

fn digest(node: &Ledger, index: u64) -> anyhow::Result<Option<String>> {
    Ok(node.store().entries_from(EntryNumber::new(index), 1)?.first().map(|entry| entry.digest.to_string()))
}

pub(super) fn show_memo(memo: &Memo) -> Option<String> {
    match memo.content() {
        MemoContent::Text(text) => Some(text.to_owned()),
        MemoContent::Empty => None,
        _ => Some("(not text)".into()),
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() {
            return writeln!(f, "Nothing came or went on this ledger.");
        }
        let mut table = Table::new(&["time", "what", ">amount", "asset", "memo", "counterparty"]);
        for row in &self.entries {
            let memo = row.memo.as_deref().map(visible).unwrap_or_default();
            let counterparty = row.counterparty.as_deref().unwrap_or("not known");
            table.row([
                &row.time.to_string(),
                row.direction,
                &row.amount,
                &visible(&row.label.name),
                &memo,
                counterparty,
            ]);
        }
        write!(f, "{table}")
    }
}

impl ExportViewingKey {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let key = read_key(&self.file.path(context)?, context)?;
        let account = key.seed().account(&Account::Payment(self.account));
        let full = account.full_viewing_key().clone();
        let (kind, reveals, key) = if self.incoming {
            (
                "incoming",
                "Whoever has it sees every payment that ever comes in to this account, with amounts and memos, and recognises \
                 all of its addresses. Change comes in, too, and lets one guess when and how much was sent; not to whom. It \
                 spends nothing. It cannot be taken back.",
                ViewingKey::Incoming(full.incoming().clone()).encode(),
            )
        } else if self.outgoing {
            (
                "outgoing",
                "Whoever has it sees every payment that this account has ever sent and will ever send, with amounts, recipients and                  memos, and the change that came back, which tells how much was spent for each. What comes in from others it                  does not show, nor what is left. It spends nothing. It cannot be taken back.",
                OutgoingViewingKey::of(&full).encode(),
            )
        } else {
            (
                "full",
                "Whoever has it sees everything that ever comes in to and goes out of this account: amounts, memos, to whom, \
                 and what is left. It spends nothing. It cannot be taken back.",
                ViewingKey::Full(full).encode(),
            )
        };
        context.output.remark(reveals);
        context.output.show(&ExportedKey { viewing_key: Text(key), kind, reveals })
    }
}

/// A viewing key's text: shown, never printed by Debug.
struct Text(Zeroizing<String>);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[derive(Serialize)]
struct ExportedKey {
    viewing_key: Text,
    kind: &'static str,
    reveals: &'static str,
}

impl fmt::Display for ExportedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.viewing_key.0)
    }
}

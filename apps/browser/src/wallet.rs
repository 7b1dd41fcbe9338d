//! A holder of assets.

use std::collections::{BTreeMap, BTreeSet};

use js_sys::Function;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use tabella_payments::{
    holder::{self, Holder, Moment, PaymentError, PaymentOrder, Step, read_wallet_log},
    log::pool_entries,
    outgoing::{self, OutgoingNote, OutgoingViewingKey, outgoing_notes},
    viewing::{IncomingNote, ViewingKey, incoming_notes},
};
use tabella_protocol::{
    asset::AssetClass,
    disclosure::PaymentDisclosure,
    keys::{AddressKind, IncomingViewingKey},
    note::{AssetId, NoteValue},
    note_encryption::{Memo, MemoContent},
    statement::Shape,
    transaction::Transaction,
};
use tabella_prover::wallet::{self, HistoryEntry, HistoryEvent, LogContent, LogEntry, NoteKind};
use tabella_verifier::files;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{Teller, bytes_to_js, from_js, hash, object, time, to_js},
    desk, error::{Code, Coded, EngineError},
    keys::{Seed, address},
    logs::{AssetJson, LedgerLog},
    proving::{Prover, payment_keys, require},
    voter::transaction,
};

/// A wallet, which may only look.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Wallet(Kind);

#[derive(Debug)]
enum Kind {
    Holder(Box<Holder>),
    Full(Box<wallet::Wallet>),
    Incoming { key: IncomingViewingKey, notes: Vec<IncomingNote> },
    Outgoing { key: OutgoingViewingKey, notes: Vec<OutgoingNote> },
}

#[derive(Serialize)]
struct BalanceJson {
    #[serde(flatten)]
    label: AssetJson,
    spendable: String,
    reserved: String,
    to_claim: String,
    to_refund: String,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MemoJson {
    Text(String),
    Hex(String),
}

#[derive(Serialize)]
struct RowJson {
    #[serde(flatten)]
    label: AssetJson,
    time: u64,
    entry: u64,
    transaction: String,
    direction: &'static str,
    amount: String,
    counterparty: Option<String>,
    memo: Option<MemoJson>,
}

#[derive(Deserialize)]
struct OrderJson {
    to: String,
    asset: String,
    amount: String,
    memo: String,
}

fn payment_error(error: PaymentError) -> EngineError {
    let code = match &error {
        PaymentError::Log(_) | PaymentError::Wallet(_) | PaymentError::Path(_) => Code::Log,
        PaymentError::Zero => Code::Argument,
        PaymentError::Insufficient { available, .. } => {
            return EngineError::new(Code::Insufficient, &error).with_detail(available);
        }
        PaymentError::Window(_) => Code::Time,
        PaymentError::Prove(_) => Code::Prove,
        _ => Code::Internal,
    };
    EngineError::new(code, error)
}

fn asset_id(text: &str) -> Result<AssetId, EngineError> {
    let id = AssetId::from_bytes(&hash(text, "an asset id")?);
    id.ok_or_else(|| EngineError::new(Code::Argument, "there is no such asset id"))
}

fn units(text: &str) -> Result<u64, EngineError> {
    let amount = text.parse::<u64>();
    amount.map_err(|_| EngineError::new(Code::Argument, "an amount is a whole number of smallest units, below 2^64"))
}

pub(crate) fn memo(memo: &Memo) -> Option<MemoJson> {
    match memo.content() {
        MemoContent::Text(text) => Some(MemoJson::Text(text.to_owned())),
        MemoContent::Empty => None,
        _ => Some(MemoJson::Hex(hex::encode(memo.as_bytes()))),
    }
}

/// The entries of both pools of assets.
fn pools(log: &LedgerLog) -> Result<Vec<Vec<LogEntry>>, EngineError> {
    let read = |class| pool_entries(log.state().pool(class), log.logged()).code(Code::Log);
    AssetClass::ALL.into_iter().map(read).collect()
}

/// Entries that only issue: what came in by them came from the issuer.
fn issues(pools: &[Vec<LogEntry>]) -> BTreeSet<u64> {
    let is_issue = |entry: &&LogEntry| {
        entry.nullifiers.is_empty()
            && entry.outputs.iter().all(|output| matches!(output.content, LogContent::Issued(_)))
    };
    pools.iter().flatten().filter(is_issue).map(|entry| entry.at.index).collect()
}

impl RowJson {
    fn new(log: &LedgerLog, at: wallet::LogPoint, asset: &AssetId, value: NoteValue) -> Self {
        let entry = usize::try_from(at.index).ok().and_then(|index| log.logged().get(index));
        Self {
            label: AssetJson::of(log.state().assets(), asset),
            time: at.time.seconds(),
            entry: at.index,
            transaction: entry.map(|entry| entry.transaction.effects.digest().to_string()).unwrap_or_default(),
            direction: "in",
            amount: value.0.to_string(),
            counterparty: None,
            memo: None,
        }
    }

    fn of(log: &LedgerLog, entry: &HistoryEntry, issues: &BTreeSet<u64>) -> Option<Self> {
        let (direction, counterparty) = match entry.event {
            HistoryEvent::Received(NoteKind::Plain) => ("in", issuer(log, entry.asset, entry.at.index, issues)),
            HistoryEvent::Received(_) => ("in-escrow", None),
            HistoryEvent::Sent { to, escrow } => (if escrow { "out-escrow" } else { "out" }, Some(to.to_string())),
            HistoryEvent::Spent(NoteKind::EscrowToClaim | NoteKind::EscrowToRefund) => ("escrow-ended", None),
            HistoryEvent::Returned | HistoryEvent::Spent(NoteKind::Plain) => return None,
        };
        let row = Self::new(log, entry.at, &entry.asset, entry.value);
        Some(Self { direction, counterparty, memo: memo(&entry.memo), ..row })
    }

    fn incoming(log: &LedgerLog, note: &IncomingNote, issues: &BTreeSet<u64>) -> Self {
        Self {
            direction: if note.escrow { "in-escrow" } else { "in" },
            counterparty: issuer(log, note.asset, note.at.index, issues),
            memo: memo(&note.memo),
            ..Self::new(log, note.at, &note.asset, note.value)
        }
    }

    fn outgoing(log: &LedgerLog, note: &OutgoingNote) -> Self {
        let direction = match (note.escrow, note.change) {
            (true, _) => "out-escrow",
            // Whose the address is, the key does not tell.
            (false, true) => "out-or-change",
            (false, false) => "out",
        };
        let counterparty = Some(note.to.to_string());
        Self { direction, counterparty, memo: memo(&note.memo), ..Self::new(log, note.at, &note.asset, note.value) }
    }
}

fn issuer(log: &LedgerLog, asset: AssetId, index: u64, issues: &BTreeSet<u64>) -> Option<String> {
    let state = log.state().assets().get(&asset).filter(|_| issues.contains(&index))?;
    Some(format!("issuer {}", hex::encode(state.description.issuer)))
}

#[wasm_bindgen]
impl Wallet {
    /// The wallet of a seed's account.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(seed: &Seed, account: u32) -> Wallet {
        Self(Kind::Holder(Box::new(Holder::new(seed.inner(), account))))
    }

    /// A wallet that looks only.
    ///
    /// # Errors
    /// If the text is no viewing key.
    pub fn view(viewing_key: &str) -> Result<Wallet, EngineError> {
        if is_outgoing(viewing_key) {
            let key = viewing_key.parse().code(Code::Argument)?;
            return Ok(Self(Kind::Outgoing { key, notes: Vec::new() }));
        }
        Ok(Self(match viewing_key.parse().code(Code::Argument)? {
            ViewingKey::Full(key) => Kind::Full(Box::new(wallet::Wallet::new(key))),
            ViewingKey::Incoming(key) => Kind::Incoming { key, notes: Vec::new() },
        }))
    }

    /// Whether it can spend.
    #[wasm_bindgen(getter, js_name = canSpend)]
    #[must_use]
    pub fn can_spend(&self) -> bool {
        matches!(self.0, Kind::Holder(_))
    }

    /// What it sees: "all", "incoming" or "outgoing".
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn sees(&self) -> String {
        match self.0 {
            Kind::Holder(_) | Kind::Full(_) => "all",
            Kind::Incoming { .. } => "incoming",
            Kind::Outgoing { .. } => "outgoing",
        }
        .to_owned()
    }

    /// An address.
    ///
    /// # Errors
    /// Of a wallet that sees only what comes in, or what goes out.
    pub fn address(&self, index: u32) -> Result<String, EngineError> {
        Ok(self.inner()?.address(index).encode(AddressKind::Payment))
    }

    /// The next address for a payer, which neither this nor a form has given out since the wallet was made; never that of index 0.
    ///
    /// # Errors
    /// Of a wallet that sees only what comes in, or what goes out.
    #[wasm_bindgen(js_name = nextAddress)]
    pub fn next_address(&mut self) -> Result<String, EngineError> {
        let address = match &mut self.0 {
            Kind::Holder(holder) => holder.next_address(),
            Kind::Full(wallet) => wallet.next_address(),
            Kind::Incoming { .. } | Kind::Outgoing { .. } => {
                return Err(EngineError::new(Code::Argument, "this key gives no addresses"));
            }
        };
        Ok(address.encode(AddressKind::Payment))
    }

    /// Reads what the log has beyond what was read before.
    ///
    /// # Errors
    /// If wallet and log do not fit.
    pub fn sync(&mut self, log: &LedgerLog, progress: Option<Function>) -> Result<(), EngineError> {
        let (teller, total) = (Teller::new(&progress), log.logged().len() as u64);
        teller.tell("scan", 0, total);
        match &mut self.0 {
            Kind::Holder(holder) => holder.read_log(log.state(), log.logged()).map_err(payment_error)?,
            Kind::Full(wallet) => read_wallet_log(wallet, log.state(), log.logged()).map_err(payment_error)?,
            Kind::Incoming { key, notes } => {
                *notes = incoming_notes(key, &pools(log)?);
            }
            Kind::Outgoing { key, notes } => {
                *notes = pools(log)?.iter().flat_map(|entries| outgoing_notes(key, entries)).collect();
            }
        }
        teller.tell("scan", total, total);
        Ok(())
    }

    /// What it holds.
    ///
    /// # Errors
    /// If the time is none.
    pub fn balances(&self, log: &LedgerLog, now: f64) -> Result<JsValue, EngineError> {
        let now = time(now)?;
        let label = |asset: &AssetId| AssetJson::of(log.state().assets(), asset);
        let zero = || "0".to_owned();
        if let Some(moved) = self.moved() {
            let mut sums: BTreeMap<[u8; 32], (u128, u128)> = BTreeMap::new();
            for (asset, value, escrow) in moved {
                let (plain, escrowed) = sums.entry(asset.to_bytes()).or_default();
                *(if escrow { escrowed } else { plain }) += u128::from(value.0);
            }
            let balance = |(asset, (plain, escrowed)): (_, (u128, u128))| {
                let label = label(&AssetId::from_bytes(&asset)?);
                let (spendable, to_claim) = (plain.to_string(), escrowed.to_string());
                Some(BalanceJson { label, spendable, reserved: zero(), to_claim, to_refund: zero() })
            };
            return to_js(&sums.into_iter().filter_map(balance).collect::<Vec<_>>());
        }
        let pools = AssetClass::ALL.map(|class| log.state().pool(class).id());
        let balances = self.inner()?.balances(now).into_iter().filter(|((id, _), _)| pools.contains(id));
        let balances = balances.filter_map(|((_, asset), balance)| {
            Some(BalanceJson {
                label: label(&AssetId::from_bytes(&asset)?),
                spendable: balance.spendable.to_string(),
                reserved: balance.reserved.to_string(),
                to_claim: balance.to_claim.to_string(),
                to_refund: balance.to_refund.to_string(),
            })
        });
        to_js(&balances.collect::<Vec<_>>())
    }

    /// What came and went.
    ///
    /// # Errors
    /// If the log is wrong.
    pub fn history(&self, log: &LedgerLog) -> Result<JsValue, EngineError> {
        let issues = issues(&pools(log)?);
        let mut rows: Vec<RowJson> = match &self.0 {
            Kind::Incoming { notes, .. } => {
                let notes = notes.iter().filter(|note| !note.change);
                notes.map(|note| RowJson::incoming(log, note, &issues)).collect()
            }
            Kind::Outgoing { notes, .. } => notes.iter().map(|note| RowJson::outgoing(log, note)).collect(),
            _ => self.inner()?.history().iter().filter_map(|entry| RowJson::of(log, entry, &issues)).collect(),
        };
        rows.sort_by_key(|row| row.entry);
        to_js(&rows)
    }

    /// A key that looks only.
    ///
    /// # Errors
    /// If this wallet cannot give it.
    #[wasm_bindgen(js_name = viewingKey)]
    pub fn viewing_key(&self, kind: &str) -> Result<String, EngineError> {
        let full = self.inner()?.key().clone();
        let key = match kind {
            "full" => ViewingKey::Full(full),
            "incoming" => ViewingKey::Incoming(full.incoming().clone()),
            "outgoing" => return Ok(OutgoingViewingKey::of(&full).encode().to_string()),
            _ => return Err(EngineError::new(Code::Argument, "a viewing key is full, incoming or outgoing")),
        };
        Ok(key.encode().to_string())
    }

    /// The next transaction towards a payment.
    ///
    /// # Errors
    /// If there is not enough, or the proving key is not loaded.
    pub fn send(
        &mut self,
        log: &LedgerLog,
        order: &JsValue,
        now: f64,
        prover: &Prover,
        progress: Option<Function>,
    ) -> Result<JsValue, EngineError> {
        let order: OrderJson = from_js(order, "the payment")?;
        let order = PaymentOrder {
            to: address(&order.to, AddressKind::Payment)?,
            asset: asset_id(&order.asset)?,
            amount: NoteValue(units(&order.amount)?),
            memo: Memo::from_text(&order.memo).code(Code::Argument)?,
        };
        require(prover, Shape::Transfer)?;
        let Kind::Holder(holder) = &mut self.0 else {
            return Err(EngineError::new(Code::Argument, "a wallet of a viewing key spends nothing"));
        };
        let keys: holder::ProvingKeys = payment_keys();
        let step = holder.prepare(&Moment { state: log.state(), keys, now: time(now)? }, &order, &mut OsRng).map_err(payment_error)?;
        let (name, prepared) = match step {
            Step::Merge(prepared) => ("merge", prepared),
            Step::Pay(prepared) => ("pay", prepared),
        };
        let teller = Teller::new(&progress);
        teller.tell("prove", 0, 1);
        let digest = prepared.digest().to_string();
        let effects = prepared.effects().clone();
        let authorized = holder.authorize(prepared, prover, &mut OsRng);
        let authorized = authorized.map_err(|error| {
            holder.release(&effects);
            payment_error(error)
        })?;
        teller.tell("prove", 1, 1);
        let bytes = bytes_to_js(&transaction(&authorized)?);
        Ok(object(&[("step", name.into()), ("transaction", bytes), ("digest", digest.into())]))
    }

    /// Hands in a form of an application.
    ///
    /// # Errors
    /// If it is refused, or the proving key is not loaded.
    #[expect(clippy::too_many_arguments, reason = "JavaScript's own call")]
    #[wasm_bindgen(js_name = handIn)]
    pub fn hand_in(
        &mut self,
        seed: &Seed,
        log: &LedgerLog,
        application: &str,
        form: &str,
        values: &JsValue,
        now: f64,
        prover: &Prover,
        progress: Option<Function>,
    ) -> Result<JsValue, EngineError> {
        let Kind::Holder(holder) = &mut self.0 else {
            return Err(EngineError::new(Code::Argument, "a wallet of a viewing key does nothing in applications"));
        };
        desk::hand_in((seed.inner(), holder), log, (application, form), values, now, (prover, &progress))
    }

    /// Discloses the payment of an entry.
    ///
    /// # Errors
    /// If there is nothing to disclose.
    pub fn disclose(&self, log: &LedgerLog, entry: u32) -> Result<Vec<u8>, EngineError> {
        let logged = usize::try_from(entry).ok().and_then(|index| log.logged().get(index));
        let logged = logged.ok_or_else(|| EngineError::new(Code::Argument, "the log has no such entry"))?;
        let disclosure = PaymentDisclosure::new(self.inner()?.key(), &logged.transaction.effects);
        Ok(files::encode(&disclosure.code(Code::Argument)?))
    }

    /// Makes the notes of a refused transaction available again, but those that something else under way spends.
    ///
    /// # Errors
    /// If it is no transaction.
    pub fn release(&mut self, transaction: &[u8]) -> Result<(), EngineError> {
        let transaction: Transaction = borsh::from_slice(transaction).code(Code::Argument)?;
        if let Kind::Holder(holder) = &mut self.0 {
            holder.release(&transaction.effects);
        }
        Ok(())
    }
}

impl Wallet {
    fn inner(&self) -> Result<&wallet::Wallet, EngineError> {
        match &self.0 {
            Kind::Holder(holder) => Ok(holder.wallet()),
            Kind::Full(wallet) => Ok(wallet),
            Kind::Incoming { .. } => Err(EngineError::new(Code::Argument, "this key sees only what comes in")),
            Kind::Outgoing { .. } => Err(EngineError::new(Code::Argument, "this key sees only what goes out")),
        }
    }

    /// What a key of one direction sees but change: asset, value, and whether it is under an escrow. None of other wallets.
    fn moved(&self) -> Option<Vec<(AssetId, NoteValue, bool)>> {
        match &self.0 {
            Kind::Incoming { notes, .. } => {
                let notes = notes.iter().filter(|note| !note.change);
                Some(notes.map(|note| (note.asset, note.value, note.escrow)).collect())
            }
            Kind::Outgoing { notes, .. } => {
                let notes = notes.iter().filter(|note| note.escrow || !note.change);
                Some(notes.map(|note| (note.asset, note.value, note.escrow)).collect())
            }
            Kind::Holder(_) | Kind::Full(_) => None,
        }
    }
}

/// Whether a text begins as outgoing keys do, which are read by themselves.
fn is_outgoing(text: &str) -> bool {
    text.trim().to_lowercase().starts_with(&format!("{}1", outgoing::PREFIX))
}

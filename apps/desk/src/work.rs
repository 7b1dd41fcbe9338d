//! A wallet at work on a ledger, and what comes of it.

use std::fmt::Display;

use rand_chacha::ChaCha20Rng;
use rand_core::OsRng;
use serde::Serialize;
use tabella_payments::{
    amount,
    holder::{Holder, Moment, Next, PaymentError, ProvingKeys},
};
use tabella_protocol::{
    asset::AssetClass,
    keys::{Address, Seed},
    note::{AssetId, NoteValue, Timestamp},
    transaction::{LoggedTransaction, ProofBytes, Transaction},
};
use tabella_prover::builder::{PreparedTransaction, ProvingJob, Unproven, UnprovenTransfer};
use tabella_verifier::{
    application::Application,
    files,
    files::PublicFile,
    log::{CheckpointVerifier, SignedCheckpoint},
    shielded::ShieldedPool,
    state::LedgerState,
};
use thiserror::Error;

use crate::{File, Stop, Values, Words, say, words};

/// A proof that could not be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ProofFailed(pub String);

/// What makes proofs.
pub type Prove<'a> = dyn Fn(ProvingJob<'_>, &mut ChaCha20Rng) -> Result<ProofBytes, ProofFailed> + Sync + 'a;

/// A wallet at work: its seed and notes, and the ledger as the wallet has read and checked it.
pub struct Work<'a> {
    /// The seed, from which every application derives its keys.
    pub seed: &'a Seed,
    /// The wallet's notes, read up to the log's end.
    pub holder: &'a mut Holder,
    /// The state that the log gives.
    pub state: &'a LedgerState,
    /// All entries of the ledger.
    pub log: &'a [LoggedTransaction],
    /// The keys that proofs are made under.
    pub keys: ProvingKeys,
    /// The newest checkpoint of the ledger's log, which was checked, and whose signature it bears. None before the first entry.
    pub checkpoint: Option<(&'a SignedCheckpoint, &'a CheckpointVerifier)>,
    /// The present time.
    pub now: Timestamp,
    /// Makes proofs.
    pub engine: &'a Prove<'a>,
}

impl std::fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Work<'a> {
    /// The ledger at this moment, apart from the wallet that is at work on it.
    #[must_use]
    pub const fn moment(&self) -> Moment<'a> {
        Moment { state: self.state, keys: self.keys, now: self.now }
    }

    /// The rules of an application, as they stand.
    ///
    /// # Errors
    /// If the ledger does not have it.
    pub fn rules<A: Application>(&self) -> Result<&A, Stop> {
        self.state.application().ok_or_else(|| {
            Stop::refuse(words("this ledger does not have this application", "이 원장에는 이 응용이 없습니다"))
        })
    }

    /// Where a form has something paid: to the wallet itself, unless it says so.
    ///
    /// # Errors
    /// If what is said is no address.
    pub fn recipient(&self, values: &Values, field: &str) -> Result<Address, Stop> {
        if values.is_given(field) { values.address(field) } else { Ok(self.holder.wallet().address(0)) }
    }

    /// The pool in which the notes of an asset are.
    #[must_use]
    pub fn pool(&self, asset: &AssetId) -> &'a ShieldedPool {
        let state = self.state;
        state.pool(state.assets().get(asset).map_or(AssetClass::Ordinary, |known| known.description.class))
    }

    /// That the wallet can spend so much, before anything is done.
    ///
    /// # Errors
    /// If not, with amounts as the asset shows them.
    pub fn afford(&self, asset: &AssetId, amount: NoteValue) -> Result<(), Stop> {
        let available = self.holder.wallet().balance(self.pool(asset).id(), *asset, self.now).spendable;
        if available >= u128::from(amount.0) {
            return Ok(());
        }
        Err(self.explain(PaymentError::Insufficient { available, amount: amount.0 }, asset))
    }

    /// The signed checkpoint of the log, for proofs that others check without the log.
    ///
    /// # Errors
    /// If the ledger has none yet.
    pub fn signed(&self) -> Result<(&SignedCheckpoint, &CheckpointVerifier), Stop> {
        let nothing = words("this ledger has signed nothing yet", "이 원장은 아직 아무것에도 서명하지 않았습니다");
        self.checkpoint.ok_or_else(|| Stop::refuse(nothing))
    }

    /// Prepares a transfer. If more than two notes are needed, two become one first: that is a transaction of its own, after which
    /// the form is handed in again.
    ///
    /// # Errors
    /// [`Stop::First`], or that of `prepare`.
    pub fn ready<E: Into<Stop>>(
        &mut self,
        prepare: impl FnOnce(&mut Holder, &Moment<'_>) -> Result<Next, E>,
    ) -> Result<UnprovenTransfer, Stop> {
        let moment = self.moment();
        let next = prepare(self.holder, &moment).map_err(Into::into)?;
        self.transfer(next)
    }

    /// The same of an amount of an asset: what is missing is said in the asset's decimals.
    ///
    /// # Errors
    /// As [`Self::ready`].
    pub fn ready_of(
        &mut self,
        asset: &AssetId,
        prepare: impl FnOnce(&mut Holder, &Moment<'_>) -> Result<Next, PaymentError>,
    ) -> Result<UnprovenTransfer, Stop> {
        let moment = self.moment();
        let next = prepare(self.holder, &moment).map_err(|error| self.explain(error, asset))?;
        self.transfer(next)
    }

    fn transfer(&self, next: Next) -> Result<UnprovenTransfer, Stop> {
        match next {
            Next::Transfer(transfer) => Ok(*transfer),
            Next::Merge(merge) => Err(Stop::First(Box::new(self.prove(merge, Vec::new())?))),
        }
    }

    /// Proves and signs. `proofs` are those of the actions.
    ///
    /// # Errors
    /// If a proof cannot be made.
    pub fn prove(&self, prepared: PreparedTransaction<Unproven>, proofs: Vec<Vec<u8>>) -> Result<Transaction, Stop> {
        Ok(self.holder.authorize_with(prepared, &self.engine, &mut OsRng, |_| proofs)?)
    }

    /// Why a payment is not made, with amounts as the asset shows them.
    #[must_use]
    pub fn explain(&self, error: PaymentError, asset: &AssetId) -> Stop {
        match error {
            PaymentError::Insufficient { available, amount } => {
                let (available, needed) =
                    (self.amount_and_name(asset, available), self.amount_and_name(asset, u128::from(amount)));
                Stop::refuse(say!(
                    "{available} can be spent, and {needed} is needed",
                    "잔액이 부족합니다. 쓸 수 있는 금액: {available}, 필요한 금액: {needed}"
                ))
            }
            other => other.into(),
        }
    }

    /// An amount with all of its decimals and the asset's name.
    #[must_use]
    pub fn amount_and_name(&self, asset: &AssetId, units: impl Into<u128>) -> String {
        let (name, decimals) = self.label(asset);
        format!("{} {name}", amount::format(units.into(), decimals))
    }

    /// An asset's name and digits after the point.
    fn label(&self, asset: &AssetId) -> (&str, u8) {
        let known = self.state.assets().get(asset).map(|state| &state.description);
        known.map_or(("?", 0), |description| (&description.name, description.decimals))
    }
}

/// The beginning of an id, for names of files.
#[must_use]
pub fn short(id: impl Display) -> String {
    id.to_string().chars().take(8).collect()
}

/// What came of a form.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For the ledger. What is shown and given holds once it is accepted.
    pub transaction: Option<Transaction>,
    /// What is shown.
    pub shown: Vec<Shown>,
    /// Files for whoever handed the form in: to keep, or to pass on.
    pub files: Vec<File>,
}

impl Outcome {
    /// Nothing for the ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A transaction for the ledger.
    #[must_use]
    pub fn submit(transaction: Transaction) -> Self {
        Self { transaction: Some(transaction), ..Self::default() }
    }

    /// The same with a line shown.
    #[must_use]
    pub fn show(mut self, label: Words, value: impl Into<Value>) -> Self {
        self.shown.push(Shown { label, value: value.into() });
        self
    }

    /// The same with a file given.
    #[must_use]
    pub fn give(mut self, name: impl Into<String>, bytes: Vec<u8>) -> Self {
        self.files.push(File { name: name.into(), bytes });
        self
    }

    /// The same with a file of a kind given.
    #[must_use]
    pub fn give_file<T: PublicFile>(self, name: impl Into<String>, content: &T) -> Self {
        self.give(name, files::encode(content))
    }
}

/// A line that is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What it is.
    pub label: Words,
    /// The value.
    pub value: Value,
}

/// What is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "is")]
pub enum Value {
    /// Text as it is: a name, a number, an amount with its asset.
    Text(String),
    /// A text of the application's.
    Words(Words),
    /// An id, a key, an address: something to copy.
    Code(String),
    /// A point in time, in seconds since 1970.
    Time(u64),
    /// Yes or no.
    Flag(bool),
    /// A picture: SVG.
    Picture(String),
    /// A table; each row has as many values as there are columns.
    Table {
        /// What the columns are.
        columns: Vec<Words>,
        /// The rows.
        rows: Vec<Vec<Value>>,
    },
}

impl Value {
    /// Something to copy.
    #[must_use]
    pub fn code(code: impl Display) -> Self {
        Self::Code(code.to_string())
    }

    /// A number.
    #[must_use]
    pub fn number(number: impl Display) -> Self {
        Self::Text(number.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Words> for Value {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Time(time.seconds())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

//! A holder of ordinary assets: reads the ledger, prepares payments, proves and signs them.

use rand_core::{CryptoRng, RngCore};
#[cfg(feature = "ledger")]
use tabella_ledger::node::{Accepted, Ledger, NodeError, Refusal};
use tabella_protocol::{
    asset::AssetClass,
    keys::{Account, Address, Seed, SpendingKey},
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    statement::EmptyWindow,
    transaction::{LoggedTransaction, Transaction, TransactionDigest, TransactionEffects, VerifyingKeyId},
    tree::Position,
};
use tabella_prover::{
    builder::{
        Blinding, BuildError, FinishError, Payer, PoolSetting, PreparedTransaction, ProvingEngine, SigningError,
        SpendableNote, TransactionBuilder, Unproven, UnprovenTransfer, WindowPolicy,
    },
    wallet::{LogEntry, SelectionError, SelectionRequest, Wallet, WalletError},
};
use tabella_verifier::{shielded::ShieldedPool, state::LedgerState};
use thiserror::Error;

#[cfg(feature = "ledger")]
use crate::log::read_pool;
use crate::log::{LogError, pool_entries};

/// Why a payment is refused before it reaches the ledger.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The wallet and the log do not fit together.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// Nothing to pay.
    #[error("an amount of 0 cannot be sent")]
    Zero,
    /// Not enough.
    #[error("the wallet holds {available} of this asset (smallest units) and {amount} is needed")]
    Insufficient {
        /// What can be spent now.
        available: u128,
        /// What is needed.
        amount: u64,
    },
    /// A note of the wallet is not in the tree: the ledger's state is older than the wallet's.
    #[error("the note at position {0} is not in the ledger's state; read the ledger again")]
    Path(u32),
    /// No window at this time.
    #[error(transparent)]
    Window(#[from] EmptyWindow),
    /// The transfer cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// The transaction cannot be signed.
    #[error(transparent)]
    Sign(#[from] SigningError),
    /// A proof failed.
    #[error("{0}")]
    Prove(String),
}

/// Why a transaction is not on the ledger.
#[cfg(feature = "ledger")]
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The ledger as a whole.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The ledger refuses this transaction.
    #[error("the ledger refuses the transaction: {0}")]
    Refused(#[from] Refusal),
}

/// The keys that proofs of payments are made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvingKeys {
    /// Of the Transfer shape.
    pub transfer: VerifyingKeyId,
    /// Of the Cast shape.
    pub cast: VerifyingKeyId,
}

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct PaymentOrder {
    /// To whom.
    pub to: Address,
    /// Of which asset.
    pub asset: AssetId,
    /// How much, at least 1.
    pub amount: NoteValue,
    /// For the recipient.
    pub memo: Memo,
}

/// The next transaction on the way to a payment.
#[derive(Debug)]
pub enum Step {
    /// Two notes become one of the holder's own, because the payment would need more than two. Submit it, read the ledger,
    /// and ask again.
    Merge(PreparedTransaction<Unproven>),
    /// The payment itself.
    Pay(PreparedTransaction<Unproven>),
}

/// The next step on the way out of the pool.
#[derive(Debug)]
pub enum Exit {
    /// Two notes become one of the holder's own first, as in [`Step::Merge`].
    Merge(PreparedTransaction<Unproven>),
    /// What takes the amount out of the pool, for an action that uses it.
    Leave(Box<UnprovenTransfer>),
}

/// Notes that a payment spends, or that are merged first.
struct Chosen {
    inputs: Vec<SpendableNote>,
    merge: bool,
}

/// A person with an account of payments.
#[derive(Debug)]
pub struct Holder {
    key: SpendingKey,
    wallet: Wallet,
}

impl Holder {
    /// The holder of a seed's account.
    #[must_use]
    pub fn new(seed: &Seed, account: u32) -> Self {
        let key = seed.account(&Account::Payment(account));
        let wallet = Wallet::new(key.full_viewing_key().clone());
        Self { key, wallet }
    }

    /// The wallet.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Reads what the ledger's state has beyond what was read before.
    ///
    /// # Errors
    /// [`PaymentError::Log`], [`PaymentError::Wallet`].
    #[cfg(feature = "ledger")]
    pub fn read(&mut self, ledger: &Ledger) -> Result<(), PaymentError> {
        read_wallet(&mut self.wallet, ledger)
    }

    /// Reads what a log has beyond what was read before: all of it from the first entry, and the state that it gives.
    ///
    /// # Errors
    /// [`PaymentError::Log`], [`PaymentError::Wallet`].
    pub fn read_log(&mut self, state: &LedgerState, log: &[LoggedTransaction]) -> Result<(), PaymentError> {
        read_wallet_log(&mut self.wallet, state, log)
    }

    /// Prepares the next transaction on the way to a payment; the notes that it spends are reserved while it may be
    /// accepted.
    ///
    /// # Errors
    /// [`PaymentError`] tells why not.
    pub fn prepare(
        &mut self,
        state: &LedgerState,
        keys: ProvingKeys,
        order: &PaymentOrder,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Step, PaymentError> {
        if order.amount == NoteValue(0) {
            return Err(PaymentError::Zero);
        }
        let PaymentOrder { asset, amount, .. } = *order;
        let setting = setting(state, keys, asset, now)?;
        let Chosen { inputs, merge } = self.choose(state, asset, amount, now)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        let transfer = if merge {
            payer.merge(inputs, rng)?
        } else {
            payer.send(inputs, order.to, amount, order.memo.clone(), rng)?
        };
        self.wallet.reserve(setting.pool, transfer.effects().nullifiers(), setting.window.end());
        let transaction = lone(state, transfer)?;
        Ok(if merge { Step::Merge(transaction) } else { Step::Pay(transaction) })
    }

    /// Prepares a transfer that takes an amount out of the pool, or a merge before it.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    #[expect(clippy::too_many_arguments, reason = "one more than seven, and none belongs to another")]
    pub fn prepare_exit(
        &mut self,
        state: &LedgerState,
        keys: ProvingKeys,
        asset: AssetId,
        amount: NoteValue,
        blinding: Blinding,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Exit, PaymentError> {
        if amount == NoteValue(0) {
            return Err(PaymentError::Zero);
        }
        let setting = setting(state, keys, asset, now)?;
        let Chosen { inputs, merge } = self.choose(state, asset, amount, now)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        let transfer = if merge { payer.merge(inputs, rng)? } else { payer.exit(inputs, amount, blinding, rng)? };
        self.wallet.reserve(setting.pool, transfer.effects().nullifiers(), setting.window.end());
        if merge { Ok(Exit::Merge(lone(state, transfer)?)) } else { Ok(Exit::Leave(Box::new(transfer))) }
    }

    /// Prepares a transfer that brings an amount into the pool, to an address.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    #[expect(clippy::too_many_arguments, reason = "two more than seven, and none belongs to another")]
    pub fn prepare_entry(
        &mut self,
        state: &LedgerState,
        keys: ProvingKeys,
        asset: AssetId,
        to: Address,
        amount: NoteValue,
        blinding: Blinding,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, PaymentError> {
        let setting = setting(state, keys, asset, now)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        Ok(payer.enter(asset, to, amount, Memo::empty(), blinding, rng)?)
    }

    fn choose(
        &self,
        state: &LedgerState,
        asset: AssetId,
        amount: NoteValue,
        now: Timestamp,
    ) -> Result<Chosen, PaymentError> {
        let pool = state.pool(class_of(state, asset));
        let tree_size = pool.tree().len();
        let chosen = self.wallet.select(&SelectionRequest { pool: pool.id(), asset, amount, now, tree_size });
        let (positions, merge) = match chosen {
            Ok(selection) => (selection.notes().iter().map(|note| note.position()).collect(), false),
            Err(SelectionError::NeedsConsolidation { merge, .. }) => (merge.to_vec(), true),
            Err(SelectionError::Insufficient { available, amount }) => {
                return Err(PaymentError::Insufficient { available, amount });
            }
            // The enum is open; what is not understood is not paid.
            Err(other) => return Err(PaymentError::Prove(other.to_string())),
        };
        Ok(Chosen { inputs: self.inputs(pool, positions)?, merge })
    }

    fn inputs(&self, pool: &ShieldedPool, positions: Vec<Position>) -> Result<Vec<SpendableNote>, PaymentError> {
        let input = |position: Position| {
            let missing = PaymentError::Path(position.0);
            match (self.wallet.note(pool.id(), position), pool.tree().path(position)) {
                (Some(note), Some(path)) => Ok(SpendableNote { note: note.clone(), path }),
                _ => Err(missing),
            }
        };
        positions.into_iter().map(input).collect()
    }

    /// Proves and signs a transaction.
    ///
    /// # Errors
    /// [`PaymentError::Prove`], [`PaymentError::Sign`].
    pub fn authorize<E: ProvingEngine>(
        &self,
        transaction: PreparedTransaction<Unproven>,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Transaction, PaymentError> {
        self.authorize_with(transaction, engine, rng, |_| Vec::new())
    }

    /// Proves and signs a transaction with actions, whose proofs are made once the digest is fixed, in the order of the actions.
    ///
    /// # Errors
    /// [`PaymentError::Prove`], [`PaymentError::Sign`], [`PaymentError::Finish`].
    pub fn authorize_with<E: ProvingEngine>(
        &self,
        transaction: PreparedTransaction<Unproven>,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
        action_proofs: impl FnOnce(TransactionDigest) -> Vec<Vec<u8>>,
    ) -> Result<Transaction, PaymentError> {
        let action_proofs = action_proofs(transaction.digest());
        let proven = transaction.prove(engine, rng).map_err(|error| PaymentError::Prove(error.to_string()))?;
        Ok(proven.sign(&self.key.spend_authorizing_key(), rng)?.finish(action_proofs)?)
    }

    /// Makes the notes of a refused or abandoned transaction available again.
    pub fn release(&mut self, effects: &TransactionEffects) {
        for transfer in &effects.transfers {
            self.wallet.release(transfer.pool, transfer.nullifiers());
        }
    }
}

fn class_of(state: &LedgerState, asset: AssetId) -> AssetClass {
    state.assets().get(&asset).map_or(AssetClass::Ordinary, |known| known.description.class)
}

/// Where and when a transfer of an asset stands.
fn setting(state: &LedgerState, keys: ProvingKeys, asset: AssetId, now: Timestamp) -> Result<PoolSetting, EmptyWindow> {
    let class = class_of(state, asset);
    let pool = state.pool(class);
    Ok(PoolSetting {
        pool: pool.id(),
        anchor: pool.tree().root(),
        window: WindowPolicy::default().window(now)?,
        transfer_key: keys.transfer,
        cast_key: keys.cast,
        reveal: class == AssetClass::Named,
    })
}

/// A transaction of one transfer.
fn lone(state: &LedgerState, transfer: UnprovenTransfer) -> Result<PreparedTransaction<Unproven>, FinishError> {
    let mut builder = TransactionBuilder::new(state.id());
    builder.add(transfer);
    builder.build()
}

/// Brings any wallet up to the ledger's state: one that only views, for example.
///
/// # Errors
/// [`PaymentError::Log`], [`PaymentError::Wallet`].
#[cfg(feature = "ledger")]
pub fn read_wallet(wallet: &mut Wallet, ledger: &Ledger) -> Result<(), PaymentError> {
    for class in AssetClass::ALL {
        apply_new(wallet, ledger.state().pool(class), read_pool(ledger, class)?)?;
    }
    Ok(())
}

/// Brings any wallet up to a log: all of it from the first entry, and the state that it gives.
///
/// # Errors
/// [`PaymentError::Log`], [`PaymentError::Wallet`].
pub fn read_wallet_log(
    wallet: &mut Wallet,
    state: &LedgerState,
    log: &[LoggedTransaction],
) -> Result<(), PaymentError> {
    for class in AssetClass::ALL {
        apply_new(wallet, state.pool(class), pool_entries(state.pool(class), log)?)?;
    }
    Ok(())
}

/// Applies the entries of a pool that the wallet has not read.
fn apply_new(wallet: &mut Wallet, pool: &ShieldedPool, mut entries: Vec<LogEntry>) -> Result<(), PaymentError> {
    let (next, synced) = (wallet.next_position(pool.id()), wallet.synced(pool.id()).map(|at| at.index));
    entries.retain(|entry| {
        let is_new = synced.is_none_or(|synced| entry.at.index > synced);
        is_new && entry.outputs.first().is_none_or(|output| u64::from(output.position.0) >= next)
    });
    wallet.apply(pool.id(), &entries)?;
    Ok(())
}

/// Submits one transaction.
///
/// # Errors
/// [`SubmitError`].
#[cfg(feature = "ledger")]
pub fn submit(ledger: &mut Ledger, transaction: Transaction) -> Result<Accepted, SubmitError> {
    let outcome = ledger.submit(vec![transaction])?.pop().expect("one outcome for one transaction");
    Ok(outcome?)
}

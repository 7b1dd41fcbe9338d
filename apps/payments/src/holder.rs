//! A holder of ordinary assets: reads the ledger, prepares payments, proves and signs them.

mod reading;
mod with_proofs;

use rand_core::{CryptoRng, RngCore};
#[cfg(feature = "ledger")]
use tabella_ledger::node::{Accepted, Ledger, NodeError, Refusal};
use tabella_protocol::{
    asset::AssetClass,
    keys::{Account, Address, Seed, SpendingKey},
    note::{AssetId, Guard, Lock, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    statement::EmptyWindow,
    transaction::{LoggedTransaction, PoolId, Transaction, TransactionDigest, VerifyingKeyId},
    tree::Position,
};
use tabella_prover::{
    builder::{
        Authorized, Blinding, BuildError, EscrowOrder, FinishError, Payer, PoolSetting, PreparedTransaction,
        ProvingEngine, Settlement, SigningError, SpendPath, SpendableNote, TransactionBuilder, Unproven,
        UnprovenTransfer, WindowPolicy,
    },
    wallet::{NoteKind, ReceivedNote, SelectionError, SelectionRequest, Wallet, WalletError},
};
use tabella_verifier::{shielded::ShieldedPool, state::LedgerState};
use thiserror::Error;

use crate::{log::LogError, many::Sending};

#[cfg(feature = "ledger")]
pub use reading::read_wallet;
pub use reading::read_wallet_log;
pub use with_proofs::{WithTransfer, WithTransfers};

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
    /// Not an escrow that this wallet can settle.
    #[error("the note at position {0} is no unspent escrow of this wallet")]
    NoEscrow(u32),
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

/// The ledger as it stands when a transaction is prepared.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Its state, to which the wallet has read.
    pub state: &'a LedgerState,
    /// The keys that proofs are made under.
    pub keys: ProvingKeys,
    /// The time around which the transaction is to be accepted.
    pub now: Timestamp,
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// The next step on the way to a transfer.
#[derive(Debug)]
pub enum Next {
    /// Two notes become one of the holder's own first, as in [`Step::Merge`].
    Merge(PreparedTransaction<Unproven>),
    /// The transfer, for a transaction of the caller's.
    Transfer(Box<UnprovenTransfer>),
}

/// An amount to be put under an escrow.
#[derive(Clone, Debug)]
pub struct LockOrder {
    /// Who may claim it: an address made for this contract alone.
    pub claimant: Address,
    /// Until when it may be claimed, from when it may be taken back.
    pub terms: Terms,
    /// Who else must agree to a claim.
    pub guard: Guard,
    /// The amount, at least 1.
    pub amount: NoteValue,
    /// For the claimant.
    pub memo: Memo,
    /// Whether the transfer commits to the amount, for an action that uses it (mode tag).
    pub is_tagged: bool,
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
    pub(crate) wallet: Wallet,
    /// Payments under way; see [`Self::prepare_together`].
    pub(crate) under_way: Option<Sending>,
}

impl Holder {
    /// The holder of a seed's account.
    #[must_use]
    pub fn new(seed: &Seed, account: u32) -> Self {
        let key = seed.account(&Account::Payment(account));
        let wallet = Wallet::new(key.full_viewing_key().clone());
        Self { key, wallet, under_way: None }
    }

    /// The wallet.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// An address of the wallet for the next payer; see [`Wallet::next_address`].
    pub fn next_address(&mut self) -> Address {
        self.wallet.next_address()
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
        at: &Moment<'_>,
        order: &PaymentOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Step, PaymentError> {
        Ok(match self.prepare_send(at, order, rng)? {
            Next::Merge(transaction) => Step::Merge(transaction),
            Next::Transfer(transfer) => Step::Pay(lone(at.state, *transfer)?),
        })
    }

    /// Prepares the transfer of a payment for a transaction of the caller's, or a merge before it.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn prepare_send(
        &mut self,
        at: &Moment<'_>,
        order: &PaymentOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Next, PaymentError> {
        let PaymentOrder { to, asset, amount, ref memo } = *order;
        self.spend(at, asset, amount, rng, |payer, inputs, rng| payer.send(inputs, to, amount, memo.clone(), rng))
    }

    /// Prepares a transfer that takes an amount out of the pool, or a merge before it.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn prepare_exit(
        &mut self,
        at: &Moment<'_>,
        asset: AssetId,
        amount: NoteValue,
        blinding: Blinding,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Next, PaymentError> {
        self.spend(at, asset, amount, rng, |payer, inputs, rng| payer.exit(inputs, amount, blinding, rng))
    }

    /// Prepares a transfer that puts an amount under an escrow of which this holder is the refund party, or a merge before it.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn prepare_lock(
        &mut self,
        at: &Moment<'_>,
        asset: AssetId,
        order: &LockOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Next, PaymentError> {
        let LockOrder { claimant, terms, guard, amount, ref memo, is_tagged } = *order;
        let refund = self.wallet.next_internal();
        self.spend(at, asset, amount, rng, |payer, inputs, rng| {
            let order = EscrowOrder { claimant, terms, guard, refund, amount, memo: memo.clone() };
            if is_tagged { payer.lock_tagged(inputs, order, rng) } else { payer.lock(inputs, order, rng) }
        })
    }

    /// Prepares a transfer that settles an escrow whole, as its claimant or as its refund party.
    ///
    /// # Errors
    /// [`PaymentError::NoEscrow`] if the note is no escrow of this holder's; [`PaymentError::Window`] outside its terms;
    /// else as [`Self::prepare`].
    pub fn prepare_settlement(
        &mut self,
        at: &Moment<'_>,
        escrow: (PoolId, Position),
        path: SpendPath,
        settlement: Settlement,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, PaymentError> {
        let (pool, position) = escrow;
        let missing = PaymentError::NoEscrow(position.0);
        let note = self.wallet.note(pool, position).filter(|note| note.spent().is_none()).ok_or(missing)?.clone();
        let Lock::Escrow(terms) = note.note().lock else { return Err(PaymentError::NoEscrow(position.0)) };
        let asset = note.note().asset;
        let mut setting = setting(at, asset, WindowPolicy::default())?;
        setting.window = WindowPolicy::default().window_for(at.now, &terms.contract.terms, path)?;
        let input = self.input(at.state.pool(class_of(at.state, asset)), position)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        let transfer = match path {
            SpendPath::Refund => payer.refund(input, settlement, rng)?,
            SpendPath::Claim | SpendPath::Own => payer.claim(input, settlement, rng)?,
        };
        self.wallet.reserve(setting.pool, transfer.effects().nullifiers(), setting.window.end());
        Ok(transfer)
    }

    /// Prepares a transaction that sends a plain note whole to the holder's own, whatever it is set aside for. Once it is accepted, nothing
    /// else that spends the note can be; until then, and if it is refused, the note stays set aside for that as well.
    ///
    /// # Errors
    /// [`PaymentError::Path`] if it is no unspent note of this holder's; else as [`Self::prepare`].
    pub fn prepare_return(
        &mut self,
        at: &Moment<'_>,
        (pool, position): (PoolId, Position),
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Unproven>, PaymentError> {
        let is_held = |note: &&ReceivedNote| note.spent().is_none() && note.kind() == NoteKind::Plain;
        let note = self.wallet.note(pool, position).filter(is_held).ok_or(PaymentError::Path(position.0))?;
        let asset = note.note().asset;
        let setting = setting(at, asset, WindowPolicy::default())?;
        let input = self.input(at.state.pool(class_of(at.state, asset)), position)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        let transfer = payer.merge(vec![input], rng)?;
        self.wallet.reserve(setting.pool, transfer.effects().nullifiers(), setting.window.end());
        Ok(lone(at.state, transfer)?)
    }

    /// Prepares a transfer that brings an amount into the pool, to an address.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn prepare_entry(
        &mut self,
        at: &Moment<'_>,
        asset: AssetId,
        to: Address,
        amount: NoteValue,
        blinding: Blinding,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, PaymentError> {
        let setting = setting(at, asset, WindowPolicy::default())?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        Ok(payer.enter(asset, to, amount, Memo::empty(), blinding, rng)?)
    }

    /// Chooses notes for an amount, and plans the transfer that spends them, or the merge before it.
    fn spend<R: RngCore + CryptoRng>(
        &mut self,
        at: &Moment<'_>,
        asset: AssetId,
        amount: NoteValue,
        rng: &mut R,
        plan: impl FnOnce(Payer<'_>, Vec<SpendableNote>, &mut R) -> Result<UnprovenTransfer, BuildError>,
    ) -> Result<Next, PaymentError> {
        if amount == NoteValue(0) {
            return Err(PaymentError::Zero);
        }
        let setting = setting(at, asset, WindowPolicy::default())?;
        let Chosen { inputs, merge } = self.choose(at, asset, amount)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        let transfer = if merge { payer.merge(inputs, rng)? } else { plan(payer, inputs, rng)? };
        self.wallet.reserve(setting.pool, transfer.effects().nullifiers(), setting.window.end());
        if merge { Ok(Next::Merge(lone(at.state, transfer)?)) } else { Ok(Next::Transfer(Box::new(transfer))) }
    }

    fn choose(&self, at: &Moment<'_>, asset: AssetId, amount: NoteValue) -> Result<Chosen, PaymentError> {
        let pool = at.state.pool(class_of(at.state, asset));
        let tree_size = pool.tree().len();
        let chosen = self.wallet.select(&SelectionRequest { pool: pool.id(), asset, amount, now: at.now, tree_size });
        let (positions, merge): (Vec<_>, _) = match chosen {
            Ok(selection) => (selection.notes().iter().map(|note| note.position()).collect(), false),
            Err(SelectionError::NeedsConsolidation { merge, .. }) => (merge.to_vec(), true),
            Err(SelectionError::Insufficient { available, amount }) => {
                return Err(PaymentError::Insufficient { available, amount });
            }
            // The enum is open; what is not understood is not paid.
            Err(other) => return Err(PaymentError::Prove(other.to_string())),
        };
        let inputs = positions.into_iter().map(|position| self.input(pool, position)).collect::<Result<_, _>>()?;
        Ok(Chosen { inputs, merge })
    }

    fn input(&self, pool: &ShieldedPool, position: Position) -> Result<SpendableNote, PaymentError> {
        spendable(&self.wallet, pool, position)
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
        Ok(self.authorize_own(transaction, engine, rng)?.finish(action_proofs)?)
    }

    /// Proves and signs the holder's own transfers of a transaction that other parties authorize as well.
    ///
    /// # Errors
    /// [`PaymentError::Prove`], [`PaymentError::Sign`].
    pub fn authorize_own<E: ProvingEngine>(
        &self,
        transaction: PreparedTransaction<Unproven>,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Authorized>, PaymentError> {
        let proven = transaction.prove(engine, rng).map_err(|error| PaymentError::Prove(error.to_string()))?;
        Ok(proven.sign(&self.key.spend_authorizing_key(), rng)?)
    }
}

pub(crate) fn class_of(state: &LedgerState, asset: AssetId) -> AssetClass {
    state.assets().get(&asset).map_or(AssetClass::Ordinary, |known| known.description.class)
}

/// A note of a wallet with its path in a pool.
pub(crate) fn spendable(
    wallet: &Wallet,
    pool: &ShieldedPool,
    position: Position,
) -> Result<SpendableNote, PaymentError> {
    match (wallet.note(pool.id(), position), pool.tree().path(position)) {
        (Some(note), Some(path)) => Ok(SpendableNote { note: note.clone(), path }),
        _ => Err(PaymentError::Path(position.0)),
    }
}

/// Where and when a transfer of an asset stands.
pub(crate) fn setting(at: &Moment<'_>, asset: AssetId, policy: WindowPolicy) -> Result<PoolSetting, EmptyWindow> {
    let class = class_of(at.state, asset);
    let pool = at.state.pool(class);
    Ok(PoolSetting {
        pool: pool.id(),
        anchor: pool.tree().root(),
        window: policy.window(at.now)?,
        transfer_key: at.keys.transfer,
        cast_key: at.keys.cast,
        reveal: class == AssetClass::Named,
    })
}

/// A transaction of one transfer.
fn lone(state: &LedgerState, transfer: UnprovenTransfer) -> Result<PreparedTransaction<Unproven>, FinishError> {
    let mut builder = TransactionBuilder::new(state.id());
    builder.add(transfer);
    builder.build()
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

//! The owner of an account (Spec § 5.2): reads it from the ledger, and makes the transactions that change it.
//!
//! Nothing is kept but the seed: [`read_log`] finds balances and their openings in the ledger's entries.

use rand_core::{CryptoRng, RngCore};
#[cfg(feature = "ledger")]
use tabella_ledger::node::Ledger;
use tabella_protocol::{
    account::{
        APPLICATION, AccountAction, AccountId, AccountProof, Amount, DepositId, MAX_ACCEPTED_DEPOSITS,
        OpeningStatement, ReturnTo,
    },
    note::{AssetId, NoteValue, Timestamp},
    ristretto::Element,
    transaction::{Action, LedgerId, LoggedTransaction, Transaction, TransactionEffects, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountBook, AccountError, AccountHistory, AccountKeys, AmountOpening, HistoryError},
    bridge::BridgeProveError,
    builder::{Blinding, FinishError, TransactionBuilder, UnprovenTransfer},
};
use tabella_verifier::{accounts::Accounts, state::LedgerState};
use thiserror::Error;

pub use crate::holder::WithTransfer;
use crate::log::LogError;
#[cfg(feature = "ledger")]
use crate::log::read_entries;

/// Why something cannot be done with an account.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The accounts cannot be found in its entries.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// What was found is not what the ledger holds.
    #[error("the balance of account {0} that follows from the entries is not the one that the ledger holds")]
    Differs(AccountId),
    /// The amounts do not allow it.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The transfer is of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The transfer is in a mode or shape that no account uses.
    #[error("the transfer moves no amount into or out of the pool")]
    Transfer,
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// The accounts of an owner, as the ledger's entries give them; compared with the ledger's state.
///
/// # Errors
/// [`AccountsError`].
#[cfg(feature = "ledger")]
pub fn read_accounts<'k>(keys: &'k AccountKeys, ledger: &Ledger) -> Result<AccountHistory<'k>, AccountsError> {
    let mut history = AccountHistory::new(keys);
    read_entries(ledger, |_, logged| Ok::<_, AccountsError>(history.read(&logged.transaction)?))?;
    compare(&history, ledger.state())?;
    Ok(history)
}

/// The same from a whole log, from the first entry, and the state that it gives.
///
/// # Errors
/// [`AccountsError`].
pub fn read_log<'k>(
    keys: &'k AccountKeys,
    state: &LedgerState,
    log: &[LoggedTransaction],
) -> Result<AccountHistory<'k>, AccountsError> {
    let mut history = AccountHistory::new(keys);
    for logged in log {
        history.read(&logged.transaction)?;
    }
    compare(&history, state)?;
    Ok(history)
}

fn compare(history: &AccountHistory<'_>, state: &LedgerState) -> Result<(), AccountsError> {
    let known = state.application::<Accounts>();
    for book in history.books() {
        let held = known.and_then(|accounts| accounts.account(&book.id()));
        if held.map(|account| (account.version, account.balance)) != Some((book.version(), book.commitment())) {
            return Err(AccountsError::Differs(book.id()));
        }
    }
    Ok(())
}

/// What an account can accept now, no more than one action does: what waits for it, in time, and opens with its owner's keys.
#[must_use]
pub fn acceptable(
    history: &AccountHistory<'_>,
    state: &LedgerState,
    account: AccountId,
    now: Timestamp,
) -> Vec<Acceptable> {
    let known = state.application::<Accounts>();
    let waiting = history
        .deposits()
        .filter(|(_, deposit)| deposit.account == account && deposit.until.is_none_or(|(deadline, _)| now < deadline));
    let opened = waiting.filter_map(|(id, deposit)| {
        let amount = known?.deposit(&id)?.amount;
        Some(Acceptable { deposit: id, amount, opening: deposit.opening.clone()? })
    });
    opened.take(MAX_ACCEPTED_DEPOSITS).collect()
}

/// An amount that enters or leaves an account.
#[derive(Clone, Debug)]
pub enum Moved {
    /// Everybody sees it.
    Public(NoteValue),
    /// Only the parties know it.
    Hidden(AmountOpening),
}

impl Moved {
    /// An amount, hidden unless it is to be public.
    #[must_use]
    pub fn new(value: NoteValue, public: bool, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        if public { Self::Public(value) } else { Self::Hidden(AmountOpening::hidden(value, rng)) }
    }

    /// How the transfer that carries it is blinded.
    #[must_use]
    pub const fn blinding(&self) -> Blinding {
        match self {
            Self::Public(_) => Blinding::Public,
            Self::Hidden(_) => Blinding::Random,
        }
    }

    fn opening(&self) -> AmountOpening {
        match self {
            Self::Public(value) => AmountOpening::public(*value),
            Self::Hidden(opening) => opening.clone(),
        }
    }

    fn amount(&self) -> Amount {
        match self {
            Self::Public(value) => Amount::Public(*value),
            Self::Hidden(opening) => opening.amount(),
        }
    }

    const fn hidden(&self) -> Option<&AmountOpening> {
        match self {
            Self::Public(_) => None,
            Self::Hidden(opening) => Some(opening),
        }
    }
}

/// A deposit that is to be accepted.
#[derive(Clone, Debug)]
pub struct Acceptable {
    /// Which.
    pub deposit: DepositId,
    /// As the ledger holds it.
    pub amount: Amount,
    /// Its opening.
    pub opening: AmountOpening,
}

/// Where value goes, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The account.
    pub account: AccountId,
    /// The key to which openings for it are sealed.
    pub viewer: &'a Element,
    /// Until when it is accepted.
    pub deadline: Timestamp,
}

fn action(action: &AccountAction) -> Action {
    Action { application: APPLICATION, body: borsh::to_vec(action).expect("writing to memory") }
}

/// The place of the one action of a transaction.
fn place(effects: &TransactionEffects) -> ProofContext {
    ProofContext { ledger: effects.ledger, digest: effects.digest(), index: 0 }
}

/// A transaction that is one action without a transfer.
fn alone(
    ledger: LedgerId,
    one: &AccountAction,
    prove: impl FnOnce(&ProofContext) -> Result<AccountProof, AccountsError>,
) -> Result<Transaction, AccountsError> {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![action(one)]);
    let proof = prove(&place(&effects))?;
    let action_proofs = vec![borsh::to_vec(&proof).expect("writing to memory")];
    Ok(Transaction { effects, transfers: Vec::new(), action_proofs })
}

/// A transaction that is one transfer and one action, which is given the bridge of a hidden amount.
fn together<R: RngCore + CryptoRng>(
    ledger: LedgerId,
    transfer: UnprovenTransfer,
    moved: &Moved,
    one: &AccountAction,
    rng: &mut R,
    prove: impl FnOnce(&ProofContext, AccountProof, &mut R) -> Result<AccountProof, AccountsError>,
) -> Result<WithTransfer, AccountsError> {
    let (commitment, value) = match (&transfer.effects().statement, transfer.opening()) {
        (TransferStatement::Transfer { instance, .. }, Some(value)) => (instance.value_commitment, value),
        _ => return Err(AccountsError::Transfer),
    };
    let mut builder = TransactionBuilder::new(ledger);
    builder.add(transfer);
    builder.add_action(action(one));
    let context = place(builder.effects());
    let bridge = moved.hidden().map(|opening| opening.bridge(&context, commitment, &value, rng)).transpose()?;
    let proof = prove(&context, AccountProof { bridge, ..AccountProof::default() }, rng)?;
    Ok(WithTransfer { transaction: builder.build()?, proof: borsh::to_vec(&proof).expect("writing to memory") })
}

/// Opens the account of an asset under these keys.
///
/// # Errors
/// [`AccountsError`].
pub fn open(keys: &AccountKeys, ledger: LedgerId, asset: AssetId) -> Result<Transaction, AccountsError> {
    alone(ledger, &AccountAction::Open(keys.opening(asset)), |context| {
        Ok(AccountProof { signature: Some(keys.sign(context.digest)), ..AccountProof::default() })
    })
}

/// Accepts deposits into the balance.
///
/// # Errors
/// [`AccountsError::Account`] if the balance would be too great.
pub fn accept(
    keys: &AccountKeys,
    ledger: LedgerId,
    book: &AccountBook,
    deposits: &[Acceptable],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Transaction, AccountsError> {
    book.accepting(deposits.iter().map(|each| &each.opening))?;
    let (account, version) = (book.id(), book.version());
    let ids = deposits.iter().map(|each| each.deposit).collect();
    alone(ledger, &AccountAction::Accept { account, version, deposits: ids }, |context| {
        let hidden = deposits.iter().filter_map(|each| match each.amount {
            Amount::Public(_) => None,
            Amount::Hidden(commitment) => Some((each, commitment)),
        });
        let openings = hidden.map(|(each, commitment)| {
            let statement = OpeningStatement { account, deposit: each.deposit, commitment };
            each.opening.prove(context, &statement, rng)
        });
        let openings = openings.collect();
        Ok(AccountProof { signature: Some(keys.sign(context.digest)), openings, ..AccountProof::default() })
    })
}

/// Pays from an account to another one.
///
/// # Errors
/// [`AccountsError::Account`] if there is not enough.
pub fn pay(
    keys: &AccountKeys,
    ledger: LedgerId,
    book: &AccountBook,
    to: &Recipient<'_>,
    moved: &Moved,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Transaction, AccountsError> {
    let action = AccountAction::Pay {
        account: book.id(),
        version: book.version(),
        to: to.account,
        amount: moved.amount(),
        sealed: moved.hidden().map(|opening| keys.seal(opening, to.viewer)),
        deadline: to.deadline,
    };
    alone(ledger, &action, |context| {
        let spending = book.pay(context, &moved.opening(), moved.hidden().is_some(), rng)?;
        let signature = Some(keys.sign(context.digest));
        Ok(AccountProof { signature, range: Some(spending.range), ..AccountProof::default() })
    })
}

/// Deposits what a transfer takes out of the pool; what is not accepted comes back to an account of the payer's.
///
/// # Errors
/// [`AccountsError`].
pub fn deposit(
    keys: &AccountKeys,
    ledger: LedgerId,
    transfer: UnprovenTransfer,
    to: &Recipient<'_>,
    back: AccountId,
    moved: &Moved,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfer, AccountsError> {
    let action = AccountAction::Deposit {
        account: to.account,
        transfer: 0,
        amount: moved.amount(),
        sealed: moved.hidden().map(|opening| keys.seal(opening, to.viewer)),
        return_to: ReturnTo::Account(back),
        deadline: to.deadline,
    };
    together(ledger, transfer, moved, &action, rng, |_, proof, _| Ok(proof))
}

/// Withdraws what a transfer brings into the pool.
///
/// # Errors
/// [`AccountsError::Account`] if there is not enough.
pub fn withdraw<R: RngCore + CryptoRng>(
    keys: &AccountKeys,
    ledger: LedgerId,
    book: &AccountBook,
    transfer: UnprovenTransfer,
    moved: &Moved,
    rng: &mut R,
) -> Result<WithTransfer, AccountsError> {
    let action = AccountAction::Withdraw {
        account: book.id(),
        version: book.version(),
        transfer: 0,
        amount: moved.amount(),
        sealed: moved.hidden().map(|opening| keys.seal(opening, &keys.viewer())),
    };
    together(ledger, transfer, moved, &action, rng, |context, proof, rng| {
        let spending = book.withdraw(context, &moved.opening(), rng)?;
        Ok(AccountProof { signature: Some(keys.sign(context.digest)), range: Some(spending.range), ..proof })
    })
}

/// Sends a deposit back that was not accepted in time: to the account it came from, whoever asks for it.
///
/// # Errors
/// [`AccountsError`].
pub fn give_back(ledger: LedgerId, deposit: DepositId) -> Result<Transaction, AccountsError> {
    alone(ledger, &AccountAction::Return { deposit, transfer: None }, |_| Ok(AccountProof::default()))
}

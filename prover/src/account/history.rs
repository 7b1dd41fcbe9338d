//! The accounts of an owner, found again from the keys and the ledger's entries. Spec § 5.2.
//!
//! Every hidden amount that goes into or out of an account is sealed to its owner in some action: what arrives and what is
//! withdrawn to the viewer, what is paid to the viewer of the other account by an ephemeral key that the payer can derive again.

use std::{collections::BTreeMap, fmt};

use tabella_protocol::{
    account::{APPLICATION, AccountAction, AccountId, Amount, DepositId, ReturnTo, SealedOpening},
    note::Timestamp,
    ristretto::Element,
    transaction::Transaction,
};
use thiserror::Error;

use super::{AccountBook, AccountError, AccountKeys, AmountOpening};

/// Why an account is not found again.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryError {
    /// An action that the ledger cannot have accepted, or an entry was left out.
    #[error("the entries are not those of a ledger from its beginning, each once and in order")]
    Entries,
    /// A deposit was accepted whose opening was told by other means than the ledger.
    #[error("deposit {0} was accepted, and the ledger does not hold its opening for these keys")]
    Deposit(DepositId),
    /// A hidden amount was taken, and was not sealed under these keys.
    #[error(
        "version {version} of account {account} took an amount whose opening the ledger does not hold for these keys"
    )]
    Taken {
        /// Of which account.
        account: AccountId,
        /// The version that it was taken from.
        version: u64,
    },
    /// The amounts do not add up.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// A deposit that waits for one of the owner's accounts, or will come back to it.
#[derive(Clone, Debug)]
pub struct WaitingDeposit {
    /// For which account it waits.
    pub account: AccountId,
    /// Until when it can be accepted, and where it goes then; none of what came back.
    pub until: Option<(Timestamp, ReturnTo)>,
    /// What it is; `None` if the keys cannot open it: such a deposit is not to be accepted.
    pub opening: Option<AmountOpening>,
}

/// What the keys of an owner find in the entries of a ledger, read in order from the first.
pub struct AccountHistory<'k> {
    keys: &'k AccountKeys,
    viewers: BTreeMap<AccountId, Element>,
    books: BTreeMap<AccountId, AccountBook>,
    deposits: BTreeMap<DepositId, WaitingDeposit>,
}

impl fmt::Debug for AccountHistory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountHistory").field("books", &self.books).finish_non_exhaustive()
    }
}

impl<'k> AccountHistory<'k> {
    /// Before the first entry.
    #[must_use]
    pub const fn new(keys: &'k AccountKeys) -> Self {
        Self { keys, viewers: BTreeMap::new(), books: BTreeMap::new(), deposits: BTreeMap::new() }
    }

    /// The accounts of the owner. Whoever uses one compares its commitment and version with the ledger's.
    pub fn books(&self) -> impl Iterator<Item = &AccountBook> {
        self.books.values()
    }

    /// One of them.
    #[must_use]
    pub fn book(&self, account: &AccountId) -> Option<&AccountBook> {
        self.books.get(account)
    }

    /// The deposits that wait for an account, or go back to it.
    pub fn deposits(&self) -> impl Iterator<Item = (DepositId, &WaitingDeposit)> {
        self.deposits.iter().map(|(id, deposit)| (*id, deposit))
    }

    /// The key to which openings for an account are sealed.
    #[must_use]
    pub fn viewer(&self, account: &AccountId) -> Option<&Element> {
        self.viewers.get(account)
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn read(&mut self, transaction: &Transaction) -> Result<(), HistoryError> {
        let effects = &transaction.effects;
        let mut digest = None;
        for (index, action) in (0..).zip(&effects.actions).filter(|(_, action)| action.application == APPLICATION) {
            let id = DepositId::derive(*digest.get_or_insert_with(|| effects.digest()), index);
            match borsh::from_slice(&action.body).map_err(|_| HistoryError::Entries)? {
                AccountAction::Open(open) => {
                    let account = open.id(effects.ledger);
                    self.viewers.insert(account, open.viewer);
                    if open.owner == self.keys.owner() && open.viewer == self.keys.viewer() {
                        self.books.insert(account, AccountBook::new(account));
                    }
                }
                AccountAction::Deposit { account, amount, sealed, return_to, deadline, .. } => {
                    self.note(id, account, &amount, sealed.as_ref(), (deadline, return_to))?;
                }
                AccountAction::Accept { account, version, deposits } => self.accept(&account, version, &deposits)?,
                AccountAction::Return { deposit, .. } => self.give_back(deposit),
                AccountAction::Withdraw { account, version, amount, sealed, .. } => {
                    let opening = open(&amount, sealed.as_ref(), |c, sealed| self.keys.unseal(c, sealed));
                    self.take(account, version, opening.as_ref())?;
                }
                AccountAction::Pay { account, version, to, amount, sealed, deadline } => {
                    let viewer = self.viewers.get(&to).ok_or(HistoryError::Entries)?;
                    let sent = |c: &Element, sealed: &SealedOpening| self.keys.unseal_sent(viewer, c, sealed);
                    let opening = open(&amount, sealed.as_ref(), sent);
                    self.take(account, version, opening.as_ref())?;
                    self.note(id, to, &amount, sealed.as_ref(), (deadline, ReturnTo::Account(account)))?;
                }
            }
        }
        Ok(())
    }

    fn is_own(&self, account: &AccountId) -> bool {
        self.books.contains_key(account)
    }

    /// A deposit that concerns the owner.
    fn note(
        &mut self,
        id: DepositId,
        account: AccountId,
        amount: &Amount,
        sealed: Option<&SealedOpening>,
        until: (Timestamp, ReturnTo),
    ) -> Result<(), HistoryError> {
        let comes_back = matches!(until.1, ReturnTo::Account(payer) if self.is_own(&payer));
        if !self.is_own(&account) && !comes_back {
            return Ok(());
        }
        let viewer = self.viewers.get(&account).ok_or(HistoryError::Entries)?;
        let keys = self.keys;
        let opening =
            open(amount, sealed, |c, sealed| keys.unseal(c, sealed).or_else(|| keys.unseal_sent(viewer, c, sealed)));
        self.deposits.insert(id, WaitingDeposit { account, until: Some(until), opening });
        Ok(())
    }

    fn accept(&mut self, account: &AccountId, version: u64, deposits: &[DepositId]) -> Result<(), HistoryError> {
        let accepted: Vec<_> = deposits.iter().map(|id| (*id, self.deposits.remove(id))).collect();
        let Some(book) = self.books.get_mut(account) else { return Ok(()) };
        if book.version != version {
            return Err(HistoryError::Entries);
        }
        let mut openings = Vec::with_capacity(accepted.len());
        for (id, deposit) in accepted {
            let deposit = deposit.ok_or(HistoryError::Entries)?;
            openings.push(deposit.opening.ok_or(HistoryError::Deposit(id))?);
        }
        *book = book.accepting(&openings)?;
        Ok(())
    }

    /// To the payer's account, where it waits; or into a pool.
    fn give_back(&mut self, id: DepositId) {
        match self.deposits.remove(&id) {
            Some(WaitingDeposit { until: Some((_, ReturnTo::Account(payer))), opening, .. }) if self.is_own(&payer) => {
                self.deposits.insert(id, WaitingDeposit { account: payer, until: None, opening });
            }
            _ => {}
        }
    }

    fn take(&mut self, account: AccountId, version: u64, opening: Option<&AmountOpening>) -> Result<(), HistoryError> {
        let Some(book) = self.books.get_mut(&account) else { return Ok(()) };
        if book.version != version {
            return Err(HistoryError::Entries);
        }
        *book = book.taking(opening.ok_or(HistoryError::Taken { account, version })?)?;
        Ok(())
    }
}

fn open(
    amount: &Amount,
    sealed: Option<&SealedOpening>,
    unseal: impl FnOnce(&Element, &SealedOpening) -> Option<AmountOpening>,
) -> Option<AmountOpening> {
    match amount {
        Amount::Public(value) => Some(AmountOpening::public(*value)),
        Amount::Hidden(commitment) => unseal(commitment, sealed?),
    }
}

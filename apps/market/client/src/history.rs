//! What a party was credited with and has withdrawn, from the log and the seed alone.

use std::collections::BTreeMap;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
#[cfg(feature = "ledger")]
use tabella_ledger::node::Ledger;
use tabella_market_rules::{
    Market,
    journal::{Credit, Event, Journal, JournalError},
    market::Account,
    price::Balance,
    work::{AccountId, PARTS_PER_UNIT, WorkId},
};
use tabella_payments::log::LogError;
use tabella_protocol::{
    note::NoteValue,
    transaction::{LoggedTransaction, TransactionDigest},
};
use tabella_verifier::state::LedgerState;
use thiserror::Error;

use crate::keys::MarketKeys;

/// Why a party's accounts are not found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log is none.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A price whose mask lies, and that is not among those that were searched.
    #[error(
        "the price of transaction {transaction} is masked wrongly, and is not below 2^{bits} smallest units: search further \
         (--search-bits, up to 44); the money is there all the same"
    )]
    Price {
        /// In which transaction.
        transaction: TransactionDigest,
        /// How far was searched.
        bits: u32,
    },
    /// A withdrawal that these keys cannot read: somebody else has them, too, and masked it wrongly.
    #[error("a withdrawal from account {0} cannot be read")]
    Withdrawal(AccountId),
    /// More than there can be.
    #[error("the amounts of account {0} do not add up")]
    Sum(AccountId),
    /// What was found is not what the ledger holds.
    #[error("the balance of account {0} that follows from the log is not the one that the ledger holds")]
    Differs(AccountId),
}

/// A credit, and its price.
#[derive(Clone, Debug)]
pub struct ReadCredit {
    /// As the log has it.
    pub credit: Credit,
    /// The whole price, of which the party has its part.
    pub price: NoteValue,
}

impl ReadCredit {
    /// What was credited, in parts of 1/10^8 of the smallest unit: exact.
    #[must_use]
    pub fn parts(&self) -> u128 {
        u128::from(self.credit.weight) * u128::from(self.price.0)
    }
}

/// An account of the party, in parts of 1/10^8 of the smallest unit.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    /// Of which work.
    pub work: WorkId,
    /// Its id.
    pub id: AccountId,
    /// Its version.
    pub version: u64,
    /// What can be withdrawn from.
    pub settled: u128,
    /// What was credited since the party collected.
    pub incoming: u128,
}

impl OwnAccount {
    /// All that it holds.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.settled + self.incoming
    }

    /// The whole smallest units of a balance: what can be withdrawn. The remainder stays.
    #[must_use]
    pub fn whole(parts: u128) -> u64 {
        u64::try_from(parts / u128::from(PARTS_PER_UNIT)).unwrap_or(u64::MAX)
    }
}

/// What the keys of a party find in a log, read in order from the first entry.
#[derive(Debug)]
pub struct MarketHistory<'k> {
    keys: &'k MarketKeys,
    search_bits: u32,
    journal: Journal,
    accounts: BTreeMap<WorkId, OwnAccount>,
    credits: Vec<ReadCredit>,
}

impl<'k> MarketHistory<'k> {
    /// Before the first entry. Prices that are masked wrongly are searched for up to 2^`search_bits`.
    #[must_use]
    pub fn new(keys: &'k MarketKeys, search_bits: u32) -> Self {
        let (journal, accounts, credits) = (Journal::default(), BTreeMap::new(), Vec::new());
        Self { keys, search_bits, journal, accounts, credits }
    }

    /// The party's accounts, one for each work.
    pub fn accounts(&self) -> impl Iterator<Item = &OwnAccount> {
        self.accounts.values()
    }

    /// The party's account of a work.
    #[must_use]
    pub fn account(&self, work: &WorkId) -> Option<&OwnAccount> {
        self.accounts.get(work)
    }

    /// What the party was credited with, in order.
    #[must_use]
    pub fn credits(&self) -> &[ReadCredit] {
        &self.credits
    }

    /// The works.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn read(&mut self, entry: &LoggedTransaction) -> Result<(), HistoryError> {
        let party = self.keys.party();
        for event in self.journal.read(entry)? {
            match event {
                Event::Credited(credit) if credit.party == party => self.credit(*credit)?,
                Event::Collected(work, id) => {
                    if let Some(account) = self.own(&work, id) {
                        account.settled += account.incoming;
                        account.incoming = 0;
                        account.version += 1;
                    }
                }
                Event::Withdrawn(withdrawal) => {
                    let (keys, bits) = (self.keys, self.search_bits);
                    if let Some(account) = self.own(&withdrawal.work, withdrawal.account) {
                        let amount = keys.read(&withdrawal.amount, 0, bits);
                        let amount = amount.ok_or(HistoryError::Withdrawal(withdrawal.account))?;
                        let parts = u128::from(amount.0) * u128::from(PARTS_PER_UNIT);
                        account.settled =
                            account.settled.checked_sub(parts).ok_or(HistoryError::Sum(withdrawal.account))?;
                        account.version += 1;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Compares what was found with what the ledger holds.
    ///
    /// # Errors
    /// [`HistoryError::Differs`].
    pub fn compare(&self, market: &Market) -> Result<(), HistoryError> {
        let inverse = self.keys.inverse();
        let holds = |balance: &Balance, parts: u128| {
            let value = &Scalar::from(parts) * RISTRETTO_BASEPOINT_TABLE;
            balance.amount.point() - *inverse * balance.handle.point() == value
        };
        for own in self.accounts.values() {
            let is_same = |account: &Account| {
                account.version == own.version
                    && holds(&account.settled, own.settled)
                    && holds(&account.incoming, own.incoming)
            };
            if !market.account(own.work, own.id).is_some_and(is_same) {
                return Err(HistoryError::Differs(own.id));
            }
        }
        Ok(())
    }

    fn own(&mut self, work: &WorkId, id: AccountId) -> Option<&mut OwnAccount> {
        self.accounts.get_mut(work).filter(|account| account.id == id)
    }

    fn credit(&mut self, credit: Credit) -> Result<(), HistoryError> {
        let (transaction, bits) = (credit.transaction, self.search_bits);
        let price = self.keys.read(&credit.price, credit.part, bits);
        let price = price.ok_or(HistoryError::Price { transaction, bits })?;
        let (work, id) = (credit.work, credit.party.account(credit.work));
        let new = OwnAccount { work, id, version: 0, settled: 0, incoming: 0 };
        let account = self.accounts.entry(work).or_insert(new);
        let read = ReadCredit { credit, price };
        account.incoming = account.incoming.checked_add(read.parts()).ok_or(HistoryError::Sum(id))?;
        self.credits.push(read);
        Ok(())
    }
}

/// What a party has on a ledger, compared with the ledger's state.
///
/// # Errors
/// [`HistoryError`].
#[cfg(feature = "ledger")]
pub fn read_history<'k>(
    keys: &'k MarketKeys,
    ledger: &Ledger,
    search_bits: u32,
) -> Result<MarketHistory<'k>, HistoryError> {
    let mut history = MarketHistory::new(keys, search_bits);
    tabella_payments::log::read_entries(ledger, |_, entry| history.read(&entry))?;
    if let Some(market) = ledger.state().application::<Market>() {
        history.compare(market)?;
    }
    Ok(history)
}

/// The same from all entries of a log, and the state that it gives.
///
/// # Errors
/// [`HistoryError`].
pub fn history_of_log<'k>(
    keys: &'k MarketKeys,
    state: &LedgerState,
    log: &[LoggedTransaction],
    search_bits: u32,
) -> Result<MarketHistory<'k>, HistoryError> {
    let mut history = MarketHistory::new(keys, search_bits);
    log.iter().try_for_each(|entry| history.read(entry))?;
    if let Some(market) = state.application::<Market>() {
        history.compare(market)?;
    }
    Ok(history)
}

/// All credits of a ledger, of anybody: what statements are checked against.
///
/// # Errors
/// [`HistoryError`].
#[cfg(feature = "ledger")]
pub fn read_credits(ledger: &Ledger) -> Result<(Journal, Vec<Credit>), HistoryError> {
    let (mut journal, mut credits) = (Journal::default(), Vec::new());
    tabella_payments::log::read_entries(ledger, |_, entry| {
        credits.extend(credited(journal.read(&entry)?));
        Ok::<_, HistoryError>(())
    })?;
    Ok((journal, credits))
}

/// The same from all entries of a log.
///
/// # Errors
/// [`HistoryError::Journal`].
pub fn credits_of_log(log: &[LoggedTransaction]) -> Result<Vec<Credit>, HistoryError> {
    let (mut journal, mut credits) = (Journal::default(), Vec::new());
    for entry in log {
        credits.extend(credited(journal.read(entry)?));
    }
    Ok(credits)
}

fn credited(events: Vec<Event>) -> impl Iterator<Item = Credit> {
    events.into_iter().filter_map(|event| if let Event::Credited(credit) = event { Some(*credit) } else { None })
}

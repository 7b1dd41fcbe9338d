//! A party's rentals, found again from its keys and the ledger's entries. Nothing is kept but the seed.

use std::{collections::BTreeMap, fmt};

use tabella_access_rules::{
    Rental, Stage, UsedRight,
    action::{APPLICATION, AccessAction},
    terms::{Party, RentalId, RentalTerms},
};
use tabella_protocol::{
    note::{NoteValue, Timestamp},
    transaction::{LoggedTransaction, Transaction},
};
use thiserror::Error;

use crate::{keys::AccessKeys, offer::Prices};

/// Why rentals are not found again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Log(#[from] tabella_payments::log::LogError),
    /// An action that the ledger cannot have accepted.
    #[error("an entry holds an action of access that does not decode")]
    Entries,
}

/// A rental of the party's.
#[derive(Clone, Debug)]
pub struct OwnRental {
    /// Which.
    pub id: RentalId,
    /// On which side.
    pub party: Party,
    /// What was agreed to.
    pub terms: RentalTerms,
    /// The prices; `None` if the ledger does not hold them for these keys, which no wallet of ours lets happen.
    pub prices: Option<Prices>,
}

impl OwnRental {
    /// How many parts of the deposit this party may withdraw now, and what they are worth; `None` if nothing.
    #[must_use]
    pub fn due(&self, state: &Rental, now: Timestamp) -> Option<(u32, NoteValue)> {
        let Stage::Settled { parts } = state.stage(now) else { return None };
        let share = state.share(self.party, parts);
        if share == 0 || state.is_paid(self.party) {
            return None;
        }
        Some((share, self.prices.as_ref()?.share(share)?.value()))
    }
}

/// What the keys of a party find in the entries of a ledger, read in order from the first.
pub struct OwnRentals<'k> {
    keys: &'k AccessKeys,
    rentals: BTreeMap<RentalId, OwnRental>,
    /// All uses of rights, whoever's: number of the entry, and what it says.
    uses: BTreeMap<RentalId, (u64, UsedRight)>,
}

impl fmt::Debug for OwnRentals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnRentals").field("rentals", &self.rentals).finish_non_exhaustive()
    }
}

impl<'k> OwnRentals<'k> {
    /// Before the first entry.
    #[must_use]
    pub const fn new(keys: &'k AccessKeys) -> Self {
        Self { keys, rentals: BTreeMap::new(), uses: BTreeMap::new() }
    }

    /// All entries of a ledger.
    ///
    /// # Errors
    /// [`HistoryError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(keys: &'k AccessKeys, ledger: &tabella_ledger::node::Ledger) -> Result<Self, HistoryError> {
        let mut rentals = Self::new(keys);
        tabella_payments::log::read_entries(ledger, |number, logged| rentals.read(number, &logged.transaction))?;
        Ok(rentals)
    }

    /// All entries of a log, from the first one.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn of_log(keys: &'k AccessKeys, log: &[LoggedTransaction]) -> Result<Self, HistoryError> {
        let mut rentals = Self::new(keys);
        (0..).zip(log).try_for_each(|(number, logged)| rentals.read(number, &logged.transaction))?;
        Ok(rentals)
    }

    /// Reads the next entry, whose number in the ledger is this.
    ///
    /// # Errors
    /// [`HistoryError::Entries`].
    pub fn read(&mut self, number: u64, transaction: &Transaction) -> Result<(), HistoryError> {
        let effects = &transaction.effects;
        for action in effects.actions.iter().filter(|action| action.application == APPLICATION) {
            match borsh::from_slice(&action.body).map_err(|_| HistoryError::Entries)? {
                AccessAction::Rent { terms, .. } => {
                    let own = self.keys.signer();
                    let party = [Party::Renter, Party::Owner].into_iter().find(|party| *terms.signer(*party) == own);
                    let Some(party) = party else { continue };
                    let id = terms.id(effects.ledger);
                    let prices = Prices::read(&terms, self.keys, party);
                    self.rentals.insert(id, OwnRental { id, party, terms: *terms, prices });
                }
                AccessAction::Use(used) => {
                    self.uses.insert(RentalId(used.rental), (number, used));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &RentalId) -> Option<&OwnRental> {
        self.rentals.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &OwnRental> {
        self.rentals.values()
    }

    /// How the right of a rental was used, if these keys used it: number of the entry, and what it says.
    #[must_use]
    pub fn own_use(&self, id: &RentalId) -> Option<(u64, &UsedRight)> {
        let (number, used) = self.uses.get(id)?;
        (used.key == self.keys.use_key(*id)).then_some((*number, used))
    }
}

/// How the right of a rental was used, whoever used it: number of the entry in a log, and what it says.
///
/// # Errors
/// [`HistoryError::Entries`].
pub fn find_use(log: &[LoggedTransaction], id: &RentalId) -> Result<Option<(u64, UsedRight)>, HistoryError> {
    for (number, logged) in (0..).zip(log) {
        let actions = &logged.transaction.effects.actions;
        for action in actions.iter().filter(|action| action.application == APPLICATION) {
            match borsh::from_slice(&action.body).map_err(|_| HistoryError::Entries)? {
                AccessAction::Use(used) if used.rental == id.0 => return Ok(Some((number, used))),
                _ => {}
            }
        }
    }
    Ok(None)
}

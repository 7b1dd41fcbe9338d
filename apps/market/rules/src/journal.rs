//! The log as a party or an auditor of the marketplace reads it: who was credited with what, in order.

use std::collections::BTreeMap;

use tabella_protocol::{
    note::Timestamp,
    transaction::{LoggedTransaction, TransactionDigest},
};
use thiserror::Error;

use crate::{
    APPLICATION,
    action::{MarketAction, Sale, Withdrawal},
    price::Price,
    work::{AccountId, ListingId, Party, Work, WorkId},
};

/// An entry that a ledger cannot have accepted, or entries that were left out.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the entries are not those of a ledger from its beginning, each once and in order")]
pub struct JournalError;

/// What was paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sale of so many licences.
    Sale(u32),
    /// A resale of so many licences.
    Resale(u32),
}

/// What one party was credited with: `weight` times the price.
#[derive(Clone, Debug)]
pub struct Credit {
    /// When.
    pub time: Timestamp,
    /// In which transaction.
    pub transaction: TransactionDigest,
    /// For which work.
    pub work: WorkId,
    /// Whom.
    pub party: Party,
    /// In parts of 1/10^8 for each smallest unit of the price.
    pub weight: u64,
    /// The price.
    pub price: Price,
    /// Which part of it is the party's.
    pub part: usize,
    /// What was paid for.
    pub kind: Kind,
    /// Digest of the invoice; zeros of a resale.
    pub invoice: [u8; 32],
}

/// What an action did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A work was registered.
    Registered(WorkId),
    /// A party was credited.
    Credited(Box<Credit>),
    /// An account's credits were taken into its balance.
    Collected(WorkId, AccountId),
    /// Something was withdrawn.
    Withdrawn(Box<Withdrawal>),
}

/// Reads entries in order, from the first.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    works: BTreeMap<WorkId, Work>,
    listings: BTreeMap<ListingId, (WorkId, Party, u32)>,
}

impl Journal {
    /// A work that was registered.
    #[must_use]
    pub fn work(&self, id: &WorkId) -> Option<&Work> {
        self.works.get(id)
    }

    /// The works, by id.
    pub fn works(&self) -> impl Iterator<Item = (&WorkId, &Work)> {
        self.works.iter()
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(&mut self, entry: &LoggedTransaction) -> Result<Vec<Event>, JournalError> {
        let effects = &entry.transaction.effects;
        let mut events = Vec::new();
        if !effects.actions.iter().any(|action| action.application == APPLICATION) {
            return Ok(events);
        }
        let digest = effects.digest();
        let own = (0..).zip(&effects.actions).filter(|(_, action)| action.application == APPLICATION);
        for (index, action) in own {
            match borsh::from_slice(&action.body).map_err(|_| JournalError)? {
                MarketAction::Register(work) => {
                    let id = work.id(effects.ledger);
                    self.works.insert(id, *work);
                    events.push(Event::Registered(id));
                }
                MarketAction::Sale(Sale { work: id, licences, price, invoice, .. }) => {
                    let work = self.works.get(&id).ok_or(JournalError)?;
                    let parties = work.holders.iter().map(|holder| holder.party);
                    let of = (entry.time, digest, id, Kind::Sale(licences), invoice);
                    events.extend(credits(&of, &price, parties.zip(work.weights_of_sale())));
                }
                MarketAction::List(list) => {
                    let id = ListingId::derive(digest, index);
                    self.listings.insert(id, (list.work, list.reseller, list.licences));
                }
                MarketAction::Unlist { listing, .. } => {
                    self.listings.remove(&listing).ok_or(JournalError)?;
                }
                MarketAction::Resale(resale) => {
                    let (id, reseller, licences) = self.listings.remove(&resale.listing).ok_or(JournalError)?;
                    let work = self.works.get(&id).ok_or(JournalError)?;
                    let parties = work.holders.iter().map(|holder| holder.party).chain([reseller]);
                    let of = (entry.time, digest, id, Kind::Resale(licences), [0; 32]);
                    events.extend(credits(&of, &resale.price, parties.zip(work.weights_of_resale())));
                }
                MarketAction::Collect { work, account, .. } => events.push(Event::Collected(work, account)),
                // No ledger accepts one.
                MarketAction::Present { .. } => return Err(JournalError),
                MarketAction::Withdraw(withdrawal) => events.push(Event::Withdrawn(Box::new(withdrawal))),
            }
        }
        Ok(events)
    }
}

fn credits(
    of: &(Timestamp, TransactionDigest, WorkId, Kind, [u8; 32]),
    price: &Price,
    parties: impl Iterator<Item = (Party, u64)>,
) -> Vec<Event> {
    let (time, transaction, work, kind, invoice) = *of;
    let credit = |(part, (party, weight))| {
        let price = price.clone();
        Event::Credited(Box::new(Credit { time, transaction, work, party, weight, price, part, kind, invoice }))
    };
    parties.enumerate().map(credit).collect()
}

//! What the ledger keeps: letters of credit, and the keys of debtors.

use std::collections::BTreeMap;

use rpds::RedBlackTreeMapSync;
use tabella_protocol::{
    note::{Guard, NoteCommitment, Timestamp},
    ristretto::Element,
};

use crate::{
    action::{Discrepancy, PresentedDocument},
    letter::{Conditions, LetterId, LetterTerms},
};

/// Most amendments of one letter.
pub const MAX_AMENDMENTS: u32 = 64;

/// Documents that were presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// Which presentation of the letter, from 1.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// In the order of the letter's list.
    pub documents: Vec<PresentedDocument>,
    /// The goods were shipped too late: only those who pay can take it.
    pub is_late: bool,
    /// From when on an examiner who has said nothing has accepted it.
    pub accepted_by_silence: Option<Timestamp>,
}

/// Where a letter stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing is presented.
    Awaiting,
    /// Documents wait for the examiner.
    Presented(Presentation),
    /// The examiner found something wrong.
    Refused(Presentation, Vec<Discrepancy>),
    /// The guard is open: the examiner accepted.
    Accepted(Presentation, Timestamp),
    /// The guard is open: those who pay waived what was wrong.
    Waived(Presentation, Timestamp),
    /// The guard stays shut for good.
    Cancelled(Timestamp),
}

/// A letter of credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// As it was issued.
    pub terms: LetterTerms,
    /// As amended.
    pub conditions: Conditions,
    /// How often it was amended.
    pub version: u32,
    /// The amount with all increases, hidden.
    pub amount: Element,
    /// The escrows that hold it.
    pub escrows: Vec<NoteCommitment>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Which version the advising bank called genuine last.
    pub advised: Option<u32>,
    /// How often documents were presented.
    pub presentations: u32,
    /// Where it stands.
    pub status: Status,
}

impl Letter {
    /// Whether the guard is open at a time. Once it is, it is for good: every action that would leave an open status is refused.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        match &self.status {
            Status::Accepted(..) | Status::Waived(..) => true,
            Status::Presented(presentation) => presentation.accepted_by_silence.is_some_and(|from| now >= from),
            Status::Awaiting | Status::Refused(..) | Status::Cancelled(_) => false,
        }
    }
}

/// A debtor's key for the confirmation of invoices: registered once, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debtor {
    /// `K`.
    pub key: Element,
    /// Since when.
    pub since: Timestamp,
}

/// The state of the application.
#[derive(Clone, Debug, Default)]
pub struct TradeFinance {
    pub(crate) letters: RedBlackTreeMapSync<LetterId, Letter>,
    pub(crate) guards: RedBlackTreeMapSync<[u8; 32], LetterId>,
    pub(crate) debtors: RedBlackTreeMapSync<[u8; 32], Debtor>,
}

/// What the actions of one transaction change.
#[derive(Debug, Default)]
pub struct TradeChanges {
    pub(crate) letters: BTreeMap<LetterId, Letter>,
    pub(crate) debtors: BTreeMap<[u8; 32], Debtor>,
}

impl TradeFinance {
    /// A letter of credit.
    #[must_use]
    pub fn letter(&self, id: &LetterId) -> Option<&Letter> {
        self.letters.get(id)
    }

    /// All letters of credit, by id.
    pub fn letters(&self) -> impl Iterator<Item = (LetterId, &Letter)> {
        self.letters.iter().map(|(id, letter)| (*id, letter))
    }

    /// The letter that a guard belongs to.
    #[must_use]
    pub fn letter_of(&self, guard: &Guard) -> Option<(LetterId, &Letter)> {
        let id = self.guards.get(&guard.to_bytes())?;
        Some((*id, self.letters.get(id)?))
    }

    /// A debtor, by its Ed25519 key.
    #[must_use]
    pub fn debtor(&self, key: &[u8; 32]) -> Option<&Debtor> {
        self.debtors.get(key)
    }

    pub(crate) fn apply(&mut self, changes: TradeChanges) {
        for (id, letter) in changes.letters {
            if let Some(guard) = id.guard() {
                self.guards.insert_mut(guard.to_bytes(), id);
            }
            self.letters.insert_mut(id, letter);
        }
        for (key, debtor) in changes.debtors {
            self.debtors.insert_mut(key, debtor);
        }
    }
}

//! Corridors and remittances on the ledger, and what everybody is shown of them.

use std::ops::Bound;

use rpds::{HashTrieSetSync, RedBlackTreeMapSync};
use serde::Serialize;
use tabella_protocol::note::{Guard, NoteCommitment, Timestamp};
use tabella_verifier::application::{InstanceId, Readable};

use crate::{
    action::NAME,
    terms::{Corridor, CorridorId, RemittanceId, RemittanceTerms},
};

/// What the receiver's institution has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Both legs can be claimed.
    Accepted,
    /// Both legs go back from `refund_from` on.
    Declined,
}

/// A remittance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remittance {
    terms: RemittanceTerms,
    legs: [NoteCommitment; 2],
    answer: Option<Answer>,
}

impl Remittance {
    pub(crate) const fn new(terms: RemittanceTerms, legs: [NoteCommitment; 2]) -> Self {
        Self { terms, legs, answer: None }
    }

    /// The escrows: of what is paid, and of what is delivered. Anybody can make other escrows that name the same guard: these two
    /// and no others are the remittance's.
    #[must_use]
    pub const fn legs(&self) -> &[NoteCommitment; 2] {
        &self.legs
    }

    /// What the parties agreed to.
    #[must_use]
    pub const fn terms(&self) -> &RemittanceTerms {
        &self.terms
    }

    /// What was answered, if anything.
    #[must_use]
    pub const fn answer(&self) -> Option<Answer> {
        self.answer
    }

    pub(crate) const fn answered(mut self, answer: Answer) -> Self {
        self.answer = Some(answer);
        self
    }
}

/// The corridors and remittances of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Remittances {
    pub(crate) corridors: RedBlackTreeMapSync<CorridorId, Corridor>,
    pub(crate) remittances: RedBlackTreeMapSync<RemittanceId, Remittance>,
    /// Keys of the quotes that were used.
    pub(crate) quotes: HashTrieSetSync<[u8; 32]>,
    /// Remittances by their guard.
    pub(crate) guards: RedBlackTreeMapSync<[u8; 32], RemittanceId>,
}

impl Remittances {
    /// A corridor.
    #[must_use]
    pub fn corridor(&self, id: &CorridorId) -> Option<&Corridor> {
        self.corridors.get(id)
    }

    /// All corridors, in the order of their ids.
    pub fn corridors(&self) -> impl Iterator<Item = (CorridorId, &Corridor)> {
        self.corridors.iter().map(|(id, corridor)| (*id, corridor))
    }

    /// A remittance.
    #[must_use]
    pub fn remittance(&self, id: &RemittanceId) -> Option<&Remittance> {
        self.remittances.get(id)
    }

    /// All remittances, in the order of their ids.
    pub fn remittances(&self) -> impl Iterator<Item = (RemittanceId, &Remittance)> {
        self.remittances.iter().map(|(id, remittance)| (*id, remittance))
    }

    /// Whether a quote was used, by its key.
    #[must_use]
    pub fn is_used(&self, quote_key: &[u8; 32]) -> bool {
        self.quotes.contains(quote_key)
    }

    pub(crate) fn opened(&self, guard: &Guard) -> Option<[u8; 32]> {
        let id = self.guards.get(&guard.to_bytes())?;
        let remittance = self.remittances.get(id)?;
        (remittance.answer == Some(Answer::Accepted)).then_some(id.0)
    }
}

/// What everybody may know of a corridor or a remittance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum RemittanceRow {
    /// A corridor.
    Corridor {
        /// Its name.
        name: String,
        /// Who opened it.
        operator: String,
        /// What senders pay in.
        pays: String,
        /// What receivers get.
        receives: String,
        /// Each payment is below this, in smallest units, as text.
        below: String,
    },
    /// A remittance. Nothing in it names a person or an amount.
    Remittance {
        /// Its corridor.
        corridor: String,
        /// `locked`, `accepted`, `declined` or `expired` (not answered in time).
        stage: &'static str,
        /// It is answered before this, in seconds after 1970.
        answer_until: u64,
        /// Both legs are claimed before this, in seconds after 1970.
        claim_until: u64,
        /// Both legs are taken back from this on, in seconds after 1970.
        refund_from: u64,
    },
}

impl Remittance {
    /// Where it stands at a time, in a word.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> &'static str {
        match self.answer {
            Some(Answer::Accepted) => "accepted",
            Some(Answer::Declined) => "declined",
            None if now >= self.terms.answer_until => "expired",
            None => "locked",
        }
    }
}

impl Readable for Remittances {
    const NAME: &'static str = NAME;
    type Row = RemittanceRow;

    /// Corridors, then remittances, merged in the order of their ids.
    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let start = |id: InstanceId| id.0;
        let corridors = after.map_or(Bound::Unbounded, |id| Bound::Excluded(CorridorId(start(id))));
        let remittances = after.map_or(Bound::Unbounded, |id| Bound::Excluded(RemittanceId(start(id))));
        let mut left = self.corridors.range((corridors, Bound::Unbounded)).map(|(id, _)| id.0).peekable();
        let mut right = self.remittances.range((remittances, Bound::Unbounded)).map(|(id, _)| id.0).peekable();
        std::iter::from_fn(move || {
            let takes_left = match (left.peek(), right.peek()) {
                (Some(left), Some(right)) => left <= right,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if takes_left { left.next() } else { right.next() }.map(InstanceId)
        })
    }

    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<RemittanceRow> {
        if let Some(Corridor { operator, name, pays, receives, below }) = self.corridor(&CorridorId(id.0)) {
            return Some(RemittanceRow::Corridor {
                name: name.clone(),
                operator: hex::encode(operator),
                pays: pays.to_string(),
                receives: receives.to_string(),
                below: below.0.to_string(),
            });
        }
        let remittance = self.remittance(&RemittanceId(id.0))?;
        let terms = remittance.terms();
        Some(RemittanceRow::Remittance {
            corridor: terms.corridor.to_string(),
            stage: remittance.stage(now),
            answer_until: terms.answer_until.seconds(),
            claim_until: terms.claim_until.seconds(),
            refund_from: terms.refund_from.seconds(),
        })
    }
}

//! Who takes part in a ceremony, and how many of them decrypt.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use super::{Culprit, HashUse, MAX_TRUSTEES, MIN_THRESHOLD, MIN_TRUSTEES, TrusteeCard, TrusteeIndex, invalid};
use crate::{
    domain::{FORMAT_VERSION, personal},
    hash::blake2b_256,
    list::read_list,
    transaction::hash_newtype,
};

hash_newtype! {
    /// Which ceremony: BLAKE2b-256 (`Tabella_Ceremony`) of `0 || version || setup`.
    CeremonyId
}

/// Why a setup is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The title is empty, too long or holds control characters.
    #[error("the title is empty, longer than {} bytes or holds control characters", CeremonySetup::MAX_TITLE_BYTES)]
    Title,
    /// Too few or too many trustees.
    #[error("{found} trustees; a ceremony has {MIN_TRUSTEES} to {MAX_TRUSTEES}")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// The threshold is below 2 or above the number of trustees.
    #[error("threshold {threshold} of {trustees}; it is at least {MIN_THRESHOLD} and at most the number of trustees")]
    Threshold {
        /// The threshold.
        threshold: u16,
        /// How many trustees there are.
        trustees: usize,
    },
    /// Two cards share a name, a verifying key or a recipient.
    #[error("{second} has the name, the key or the recipient of {first}")]
    Duplicate {
        /// The earlier card.
        first: Culprit,
        /// The later card.
        second: Culprit,
    },
    /// A card is not signed by its own key.
    #[error("the card of {0} is not signed by its own key")]
    CardSignature(Culprit),
}

/// Title, threshold, cards in order and a nonce. Valid by construction: 2 to 64 distinct trustees with self-signed cards,
/// and `2 <= threshold <= trustees`. Encoding: borsh of (title, threshold, cards, nonce).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct CeremonySetup {
    title: String,
    threshold: u16,
    cards: Vec<TrusteeCard>,
    nonce: [u8; 32],
}

impl CeremonySetup {
    /// Longest title.
    pub const MAX_TITLE_BYTES: usize = 256;

    /// Checks and makes a setup. The nonce is fresh random for each ceremony, so that a repetition has another id.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(
        title: impl Into<String>,
        threshold: u16,
        cards: Vec<TrusteeCard>,
        nonce: [u8; 32],
    ) -> Result<Self, SetupError> {
        let title = title.into();
        if title.is_empty() || title.len() > Self::MAX_TITLE_BYTES || title.chars().any(char::is_control) {
            return Err(SetupError::Title);
        }
        if !(MIN_TRUSTEES..=MAX_TRUSTEES).contains(&cards.len()) {
            return Err(SetupError::Count { found: cards.len() });
        }
        if threshold < MIN_THRESHOLD || usize::from(threshold) > cards.len() {
            return Err(SetupError::Threshold { threshold, trustees: cards.len() });
        }
        let setup = Self { title, threshold, cards, nonce };
        for (index, card) in setup.trustees() {
            let same = |other: &TrusteeCard| {
                other.name() == card.name() || other.key() == card.key() || other.recipient() == card.recipient()
            };
            if let Some((first, _)) = setup.trustees().find(|(first, other)| *first < index && same(other)) {
                return Err(SetupError::Duplicate { first: setup.culprit(first), second: setup.culprit(index) });
            }
            card.verify().map_err(|_| SetupError::CardSignature(setup.culprit(index)))?;
        }
        Ok(setup)
    }

    /// The id, which every message signs.
    #[must_use]
    pub fn id(&self) -> CeremonyId {
        let body = borsh::to_vec(self).expect("writing to memory");
        CeremonyId(blake2b_256(personal::CEREMONY, &[&[HashUse::Setup as u8, FORMAT_VERSION], &body]))
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How many trustees decrypt together, t.
    #[must_use]
    pub const fn threshold(&self) -> u16 {
        self.threshold
    }

    /// How many trustees there are, n.
    #[must_use]
    pub fn count(&self) -> u16 {
        u16::try_from(self.cards.len()).expect("at most 64 cards")
    }

    /// How many trustees may be lost before the result is, n - t. With 0 one lost key loses the election.
    #[must_use]
    pub fn spare(&self) -> u16 {
        self.count() - self.threshold
    }

    /// The trustees in order.
    pub fn trustees(&self) -> impl Iterator<Item = (TrusteeIndex, &TrusteeCard)> {
        self.cards
            .iter()
            .enumerate()
            .map(|(position, card)| (TrusteeIndex::at(position).expect("at most 64 cards"), card))
    }

    /// A trustee's card; `None` for an index beyond the last one.
    #[must_use]
    pub fn card(&self, index: TrusteeIndex) -> Option<&TrusteeCard> {
        self.cards.get(index.position())
    }

    /// A trustee's index and name, for messages.
    #[must_use]
    pub fn culprit(&self, index: TrusteeIndex) -> Culprit {
        let name = self.card(index).map_or_else(|| "unknown".to_owned(), |card| card.name().to_string());
        Culprit { index, name }
    }
}

impl BorshDeserialize for CeremonySetup {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let title = read_list::<{ Self::MAX_TITLE_BYTES }, u8, R>(reader)?;
        let title = String::from_utf8(title).map_err(invalid)?;
        let threshold = u16::deserialize_reader(reader)?;
        let cards = read_list::<MAX_TRUSTEES, TrusteeCard, R>(reader)?;
        let nonce = <[u8; 32]>::deserialize_reader(reader)?;
        Self::new(title, threshold, cards, nonce).map_err(invalid)
    }
}

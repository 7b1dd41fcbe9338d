//! A verifier's question: is whoever answers the author, or the present owner, of a work? An answer is good for this question only.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{hash::blake2b_256, note::Timestamp, transaction::LedgerId};
use tabella_verifier::files::PublicFile;
use thiserror::Error;

use crate::{
    domain,
    id::WorkId,
    work::{MAX_TEXT_BYTES, is_line},
};

/// Longest time in which a question may be answered, in seconds: 30 days.
pub const MAX_SECONDS: u64 = 30 * 86_400;

/// What is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Claim {
    /// That one has the key under which the work was registered.
    Authorship,
    /// That one can spend the work's note.
    Ownership,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorship => "authorship",
            Self::Ownership => "ownership",
        })
    }
}

/// A question. It names who asks: whoever answers sees it, so a verifier cannot pass another's question on as its own.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Challenge {
    /// On which ledger.
    pub ledger: LedgerId,
    /// Which work.
    pub work: WorkId,
    /// What is to be proved.
    pub claim: Claim,
    /// Who asks, 1 to 128 bytes without control characters.
    pub verifier: String,
    /// Random.
    pub nonce: [u8; 32],
    /// When it was asked.
    pub issued: Timestamp,
    /// An answer at this time or later is none.
    pub expires: Timestamp,
}

impl PublicFile for Challenge {
    const KIND: &'static str = "work challenge";
}

/// Hash of a question: what an answer is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ChallengeHash(pub [u8; 32]);

/// Why a question is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The name.
    #[error("a verifier's name has 1 to {MAX_TEXT_BYTES} bytes and no control characters")]
    Verifier,
    /// The times.
    #[error("a challenge expires after it was issued, and within 30 days")]
    Times,
}

impl Challenge {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`ChallengeError`] names the rule.
    pub fn check(&self) -> Result<(), ChallengeError> {
        if !is_line(&self.verifier) {
            return Err(ChallengeError::Verifier);
        }
        match self.expires.seconds().checked_sub(self.issued.seconds()) {
            Some(1..=MAX_SECONDS) => Ok(()),
            _ => Err(ChallengeError::Times),
        }
    }

    /// Whether an answer of this time is in time.
    #[must_use]
    pub fn admits(&self, time: Timestamp) -> bool {
        self.issued <= time && time < self.expires
    }

    /// `BLAKE2b-256("Notary_Challenge", borsh of the challenge)`.
    #[must_use]
    pub fn hash(&self) -> ChallengeHash {
        ChallengeHash(blake2b_256(domain::CHALLENGE, &[&borsh::to_vec(self).expect("writing to memory")]))
    }
}

/// What an author signs in answer: `BLAKE2b-256("Notary_Author___", hash of the challenge || time (8 bytes))`. The challenge names
/// ledger and work.
#[must_use]
pub fn author_message(challenge: ChallengeHash, time: Timestamp) -> [u8; 32] {
    blake2b_256(domain::AUTHOR, &[&challenge.0, &time.seconds().to_le_bytes()])
}

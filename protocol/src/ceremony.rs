//! The trustees' key ceremony: who takes part, what each says in which round, and the public record of it. Spec § 6.
//!
//! Distributed key generation of FROST (RFC 9591's ciphersuite ristretto255, Pedersen's scheme with proofs of knowledge)
//! behind a round of commitments, so that nobody can choose a package after seeing another's. Each message is signed
//! over ceremony id, round, trustee and payload. A ceremony completes or stops: whoever breaks a rule is named, and the
//! others begin again without them. The encrypted shares of round 3 are no part of the record.

mod card;
mod joint;
mod message;
mod package;
mod record;
mod setup;

pub use card::{
    AgeRecipient, BadSignature, NameError, NotAnAgeRecipient, SignatureBytes, TrusteeCard, TrusteeName,
    TrusteeVerifyingKey,
};
pub use joint::{IdentityKey, JointKey, OutcomeHash};
pub use message::{
    Acknowledgement, Commitment, Confirmation, EncryptedShare, MessageError, Reveal, Round, RoundPayload, Shares,
    Signed, check_round, collect_round,
};
pub use package::{PackageError, PackageHash, ProofOfKnowledge, Round1Package};
pub use record::{CeremonyHash, CeremonyRecord, TranscriptHash};
pub use setup::{CeremonyId, CeremonySetup, SetupError};

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;

/// Fewest trustees of a ceremony.
pub const MIN_TRUSTEES: usize = 2;
/// Most trustees of a ceremony.
pub const MAX_TRUSTEES: usize = 64;
/// Lowest threshold: one trustee alone never decrypts.
pub const MIN_THRESHOLD: u16 = 2;

/// What a hash under the personalisation `Tabella_Ceremony` is of: its first byte.
#[derive(Clone, Copy)]
#[repr(u8)]
enum HashUse {
    Setup = 0,
    Card = 1,
    Payload = 2,
    Message = 3,
    Package = 4,
    Transcript = 5,
    Outcome = 6,
}

/// A trustee's place in the ceremony: 1 to 64, which is also the point at which its share is evaluated.
/// Encoding: two bytes, little-endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct TrusteeIndex(u16);

impl TrusteeIndex {
    /// The index; `None` unless it is 1 to 64.
    #[must_use]
    pub const fn new(index: u16) -> Option<Self> {
        if index >= 1 && index as usize <= MAX_TRUSTEES { Some(Self(index)) } else { None }
    }

    /// The index of the card at a position (0 to 63) of the setup.
    #[must_use]
    pub fn at(position: usize) -> Option<Self> {
        Self::new(u16::try_from(position).ok()?.checked_add(1)?)
    }

    /// The number, 1 to 64.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The position of the trustee's card in the setup, from 0.
    #[must_use]
    pub const fn position(self) -> usize {
        self.0 as usize - 1
    }

    /// The point of evaluation.
    #[must_use]
    pub fn scalar(self) -> Scalar {
        Scalar::from(self.0)
    }
}

impl BorshDeserialize for TrusteeIndex {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        Self::new(u16::deserialize_reader(reader)?).ok_or_else(|| invalid("a trustee's index is 1 to 64"))
    }
}

impl fmt::Debug for TrusteeIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrusteeIndex({})", self.0)
    }
}

impl fmt::Display for TrusteeIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Whom an error names: the trustee's index and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// The index.
    pub index: TrusteeIndex,
    /// The name on the card.
    pub name: String,
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trustee {} ({})", self.index, self.name)
    }
}

fn invalid(reason: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_string())
}

#[cfg(test)]
mod tests;

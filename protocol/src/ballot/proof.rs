//! The proof that a ballot is well formed, of either kind.
//!
//! Both kinds prove the same statement, in the same numbers: each ciphertext encrypts the ballot's weight times 0 to *most*
//! points, each question's sum of points is within its limits, and whoever proves knows the ciphertexts' randomness. The
//! manifest says which kind an election's ballots carry.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::ballot::{CompressedProof, DisjunctiveProof};

/// How the ballots of an election are proved. Encoding: 1 byte, 00 or 01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum BallotProofKind {
    /// One sigma protocol for the whole ballot: small and fast. See [`super::compressed`].
    Compressed,
    /// A disjunction for each option and each sum, the construction that elections have used for decades: larger, and
    /// slower to verify. See [`super::disjunctive`].
    Disjunctive,
}

/// The proof that a ballot is well formed. Encoding: borsh; the kind in the first byte.
#[expect(clippy::large_enum_variant, reason = "all proofs of an election are of one kind")]
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum BallotProof {
    /// One sigma protocol for the whole ballot.
    Compressed(CompressedProof),
    /// A disjunction for each option and each sum.
    Disjunctive(DisjunctiveProof),
}

impl BallotProof {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> BallotProofKind {
        match self {
            Self::Compressed(_) => BallotProofKind::Compressed,
            Self::Disjunctive(_) => BallotProofKind::Disjunctive,
        }
    }
}

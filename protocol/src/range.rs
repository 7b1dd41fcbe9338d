//! What a range proof is about, and its bytes. Spec § 5.3.

use borsh::{BorshDeserialize, BorshSerialize};
use merlin::Transcript;

use crate::{
    domain::proof,
    ristretto::Element,
    transcript::{ProofContext, TranscriptProtocol},
};

/// Every value is below 2 to this.
pub const RANGE_BITS: usize = 64;
/// Most commitments that share a proof.
pub const MAX_RANGE_COMMITMENTS: usize = 16;

/// That each of 1, 2, 4, 8 or 16 commitments `w·B + s·B~` holds a value below 2^64, for a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeStatement {
    /// Canonical bytes of what the commitments are for: the application, and the place in its state.
    pub purpose: Vec<u8>,
    /// The commitments.
    pub commitments: Vec<Element>,
}

impl RangeStatement {
    /// A transcript that has absorbed the statement and its place; the proof goes on from here.
    #[must_use]
    pub fn transcript(&self, context: &ProofContext) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::RANGE, context);
        transcript.append_message(b"purpose", &self.purpose);
        transcript.append_u64(b"commitments", self.commitments.len() as u64);
        for commitment in &self.commitments {
            transcript.append_element(b"C'", commitment);
        }
        transcript
    }
}

/// An aggregated Bulletproof: 32·(9 + 2·log2(64·m)) bytes for m commitments.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RangeProofBytes(pub Vec<u8>);

impl RangeProofBytes {
    /// The length of a proof for a number of commitments.
    #[must_use]
    pub const fn length(commitments: usize) -> usize {
        32 * (9 + 2 * (RANGE_BITS * commitments).ilog2() as usize)
    }
}

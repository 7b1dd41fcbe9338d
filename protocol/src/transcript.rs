//! What every Fiat-Shamir transcript absorbs, and how; prover and verifier call the same methods.

use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;

use crate::{
    domain::{self, FORMAT_VERSION},
    ristretto::{CanonicalScalar, Element},
    transaction::{LedgerId, TransactionDigest},
};

/// Where a proof stands: absorbed first in every transcript, so that a proof is good in one place only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofContext {
    /// The ledger.
    pub ledger: LedgerId,
    /// The digest of the transaction that carries the proof; zeros for proofs outside a transaction.
    pub digest: TransactionDigest,
    /// The index of the action in its transaction, or of the party in a list.
    pub index: u32,
}

/// Typed append and challenge methods.
pub trait TranscriptProtocol {
    /// A transcript for one proof type (a label of [`domain::proof`]) at one place.
    fn for_proof(label: &'static [u8], context: &ProofContext) -> Self;
    /// Absorbs an element by its canonical encoding.
    fn append_element(&mut self, label: &'static [u8], element: &Element);
    /// Absorbs a scalar by its canonical encoding.
    fn append_scalar(&mut self, label: &'static [u8], scalar: &CanonicalScalar);
    /// A challenge scalar from 64 uniform bytes.
    fn challenge_scalar(&mut self, label: &'static [u8]) -> Scalar;
    /// A challenge of 128 bits.
    fn challenge_u128(&mut self, label: &'static [u8]) -> u128;
}

impl TranscriptProtocol for Transcript {
    fn for_proof(label: &'static [u8], context: &ProofContext) -> Self {
        let mut transcript = Self::new(label);
        transcript.append_message(b"version", &[FORMAT_VERSION]);
        transcript.append_message(b"generators", domain::RISTRETTO_GENERATORS);
        transcript.append_message(b"ledger", context.ledger.as_bytes());
        transcript.append_message(b"digest", context.digest.as_bytes());
        transcript.append_u64(b"index", u64::from(context.index));
        transcript
    }

    fn append_element(&mut self, label: &'static [u8], element: &Element) {
        self.append_message(label, element.as_bytes());
    }

    fn append_scalar(&mut self, label: &'static [u8], scalar: &CanonicalScalar) {
        self.append_message(label, scalar.0.as_bytes());
    }

    fn challenge_scalar(&mut self, label: &'static [u8]) -> Scalar {
        let mut bytes = [0; 64];
        self.challenge_bytes(label, &mut bytes);
        Scalar::from_bytes_mod_order_wide(&bytes)
    }

    fn challenge_u128(&mut self, label: &'static [u8]) -> u128 {
        let mut bytes = [0; 16];
        self.challenge_bytes(label, &mut bytes);
        u128::from_le_bytes(bytes)
    }
}

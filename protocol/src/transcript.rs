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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn transcript() -> Transcript {
        let context = ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 3 };
        Transcript::for_proof(domain::proof::BALLOT, &context)
    }

    #[test]
    fn message_with_zeros_appended_or_moved_to_the_next_gives_another_challenge() {
        let lists: [&[&[u8]]; 6] = [&[], &[&[5]], &[&[5, 0]], &[&[5], &[0]], &[&[5], &[]], &[&[], &[5]]];
        let challenge = |list: &[&[u8]]| {
            let mut transcript = transcript();
            list.iter().for_each(|part| transcript.append_message(b"part", part));
            transcript.challenge_scalar(b"c").to_bytes()
        };
        assert_eq!(lists.map(challenge).into_iter().collect::<HashSet<_>>().len(), lists.len());
    }

    #[test]
    fn challenge_is_not_reduced_from_few_bytes() {
        for length in [16, 32, 48, 64] {
            let mut bytes = [0; 64];
            transcript().challenge_bytes(b"c", &mut bytes[..length]);
            let reduced = Scalar::from_bytes_mod_order_wide(&bytes);
            assert_eq!(transcript().challenge_scalar(b"c") == reduced, length == 64, "{length}");
        }
        let mut wide = [0; 64];
        transcript().challenge_bytes(b"c", &mut wide);
        wide[32..].fill(0);
        assert_ne!(transcript().challenge_scalar(b"c"), Scalar::from_bytes_mod_order_wide(&wide));
    }
}

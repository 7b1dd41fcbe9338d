//! Range proofs: that Pedersen commitments on Ristretto hold values below 2^64. Spec § 5.3; Bulletproofs (eprint 2017/1066)
//! as the crate `bulletproofs` 5 has them.
//!
//! Several commitments of one action share one aggregated proof. Proofs of different actions have no common batch equation in
//! that crate; they are verified side by side on all cores.

use std::sync::OnceLock;

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek::ristretto::CompressedRistretto;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use rayon::prelude::*;
use tabella_protocol::{
    range::{MAX_RANGE_COMMITMENTS, RANGE_BITS, RangeProofBytes, RangeStatement},
    transcript::ProofContext,
};
use thiserror::Error;

use crate::batch::BatchError;

/// Why a range proof is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeError {
    /// 1, 2, 4, 8 or 16 commitments share a proof.
    #[error("1, 2, 4, 8 or 16 commitments share a range proof")]
    Count,
    /// Not the bytes of a proof, or not their only form.
    #[error("these are not the bytes of a range proof for so many commitments")]
    Encoding,
    /// A value is out of range, or the proof is of another statement or place.
    #[error("the range proof does not show for this statement, at this place, that every value is below 2^64")]
    Proof,
}

/// A range proof to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeObligation {
    /// Where it stands.
    pub context: ProofContext,
    /// What it is about.
    pub statement: RangeStatement,
    /// The proof.
    pub proof: RangeProofBytes,
}

/// Verifies one range proof.
///
/// # Errors
/// [`RangeError`] names the check that fails.
pub fn verify_range(
    context: &ProofContext,
    statement: &RangeStatement,
    proof: &RangeProofBytes,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), RangeError> {
    let count = statement.commitments.len();
    if !count.is_power_of_two() || count > MAX_RANGE_COMMITMENTS {
        return Err(RangeError::Count);
    }
    if proof.0.len() != RangeProofBytes::length(count) {
        return Err(RangeError::Encoding);
    }
    let decoded = RangeProof::from_bytes(&proof.0).map_err(|_| RangeError::Encoding)?;
    if decoded.to_bytes() != proof.0 {
        return Err(RangeError::Encoding);
    }
    let commitments: Vec<_> =
        statement.commitments.iter().map(|element| CompressedRistretto(*element.as_bytes())).collect();
    let mut transcript = statement.transcript(context);
    decoded
        .verify_multiple_with_rng(
            generators(),
            &PedersenGens::default(),
            &mut transcript,
            &commitments,
            RANGE_BITS,
            rng,
        )
        .map_err(|_| RangeError::Proof)
}

/// Verifies many, in parallel, each under weights of its own.
///
/// # Errors
/// [`BatchError`] names all that [`verify_range`] refuses.
pub fn verify_ranges(batch: &[&RangeObligation], rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
    let seeds: Vec<[u8; 32]> = batch
        .iter()
        .map(|_| {
            let mut seed = [0; 32];
            rng.fill_bytes(&mut seed);
            seed
        })
        .collect();
    let culprits: Vec<usize> = (batch, seeds)
        .into_par_iter()
        .enumerate()
        .filter(|(_, (item, seed))| {
            let mut rng = ChaCha20Rng::from_seed(*seed);
            verify_range(&item.context, &item.statement, &item.proof, &mut rng).is_err()
        })
        .map(|(index, _)| index)
        .collect();
    if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
}

/// Generators for 16 values of 64 bits.
fn generators() -> &'static BulletproofGens {
    static GENERATORS: OnceLock<BulletproofGens> = OnceLock::new();
    GENERATORS.get_or_init(|| BulletproofGens::new(RANGE_BITS, MAX_RANGE_COMMITMENTS))
}

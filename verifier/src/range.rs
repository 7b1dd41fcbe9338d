//! Range proofs: that Pedersen commitments on Ristretto hold values below 2^64. Spec § 5.3; Bulletproofs (Bünz et al. 2018,
//! eprint 2017/1066) whose bytes, labels and generators are those of the crate `bulletproofs` 5.
//!
//! Several commitments of one action share one aggregated proof; all proofs of a batch share one equation, with one
//! multiscalar multiplication. That crate has no such equation (ADR 0011): it is written here, in `equation`.

mod equation;
mod generators;
#[cfg(test)]
mod tests;

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::IsIdentity};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;
use tabella_protocol::{
    range::{RangeProofBytes, RangeStatement},
    transcript::ProofContext,
};
use thiserror::Error;

use crate::{batch::BatchError, sigma::draw_weight};

use equation::{RangeEquation, sum};

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
    /// A value is out of range, or the proof is of another statement or place, or a point of it is the identity.
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

/// Verifies one range proof. `rng` must be unpredictable to its author.
///
/// # Errors
/// [`RangeError`] names the check that fails.
pub fn verify_range(
    context: &ProofContext,
    statement: &RangeStatement,
    proof: &RangeProofBytes,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), RangeError> {
    let equation = RangeEquation::new(context, statement, proof, draw_weights(rng))?;
    if sum([&equation]).is_identity() { Ok(()) } else { Err(RangeError::Proof) }
}

/// Verifies many range proofs, of any numbers of commitments, with one multiscalar multiplication on all cores. Where that
/// fails, the batch is divided until the culprits are found.
///
/// `rng` must be unpredictable to the authors of the proofs. It is used after the batch is given.
///
/// # Errors
/// [`BatchError`] names all range proofs that [`verify_range`] refuses.
pub fn verify_ranges(batch: &[&RangeObligation], rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
    let weights: Vec<[Scalar; 2]> = batch.iter().map(|_| draw_weights(rng)).collect();
    let read: Vec<Result<RangeEquation, RangeError>> = batch
        .par_iter()
        .zip(weights)
        .map(|(item, weights)| RangeEquation::new(&item.context, &item.statement, &item.proof, weights))
        .collect();
    let mut culprits = Vec::new();
    let mut items = Vec::with_capacity(read.len());
    for (index, equation) in read.into_iter().enumerate() {
        match equation {
            Ok(equation) => items.push((index, equation)),
            Err(_) => culprits.push(index),
        }
    }
    find_culprits(&items, sum(items.iter().map(|(_, equation)| equation)), &mut culprits);
    culprits.sort_unstable();
    if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
}

/// Finds the equations that are false, given the sum of all.
///
/// Each keeps its weights, so that the sum of one half is that of both less that of the other, and a batch in which all are false
/// takes no more multiplications than it has members. Who is accused is so by its own equation alone. A false one goes unseen only if
/// it is part of a sum that is the identity by chance: one in 2^128 for each.
fn find_culprits(equations: &[(usize, RangeEquation)], total: RistrettoPoint, culprits: &mut Vec<usize>) {
    if total.is_identity() {
        return;
    }
    if let [(index, _)] = equations {
        culprits.push(*index);
        return;
    }
    let (left, right) = equations.split_at(equations.len() / 2);
    let of_left = sum(left.iter().map(|(_, equation)| equation));
    find_culprits(left, of_left, culprits);
    find_culprits(right, total - of_left, culprits);
}

/// Weights of the two equations of a proof.
fn draw_weights(rng: &mut (impl RngCore + CryptoRng)) -> [Scalar; 2] {
    [draw_weight(rng), draw_weight(rng)]
}

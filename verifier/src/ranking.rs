//! Verifies the proofs of sealed rankings. Spec § 6.8.

use curve25519_dalek::ristretto::RistrettoPoint;
use tabella_protocol::ranking::{RankingError, RankingProof, RankingStatement, challenge};
use thiserror::Error;

/// Why a sealed ranking is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RankedBallotError {
    /// Not of the length that the rule gives, or not randomised.
    #[error("a sealed ranking has another length than the rule gives, or is not randomised")]
    Shape(#[from] RankingError),
    /// The proof does not hold: it is of another ballot, right, question or place, or r is not known.
    #[error("the proof of a sealed ranking is of another ballot or place, or its randomness is not known")]
    Proof,
}

/// Verifies one sealed ranking: `z·B = R + c·c1`.
///
/// # Errors
/// [`RankedBallotError`].
pub fn verify_ranking(statement: &RankingStatement<'_>, proof: &RankingProof) -> Result<(), RankedBallotError> {
    statement.sealed.check_shape(&statement.rule)?;
    let c = challenge(&mut statement.transcript(), &proof.nonce);
    let found =
        RistrettoPoint::vartime_double_scalar_mul_basepoint(&-c, statement.sealed.c1.point(), &proof.response.0);
    if found == *proof.nonce.point() { Ok(()) } else { Err(RankedBallotError::Proof) }
}

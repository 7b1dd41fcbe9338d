//! Verifies the proofs of sealed rankings. Spec § 6.8.

use curve25519_dalek::scalar::Scalar;
use tabella_protocol::ranking::{RankingError, RankingProof, RankingStatement, challenge};
use thiserror::Error;

use crate::sigma::Equation;

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

/// The equation of one sealed ranking, whose shape is right: `z·B - R - c·c1 = 0`.
///
/// # Errors
/// [`RankedBallotError::Shape`].
pub fn ranking_equation(statement: &RankingStatement<'_>, proof: &RankingProof) -> Result<Equation, RankedBallotError> {
    statement.sealed.check_shape(&statement.rule)?;
    let c = challenge(&mut statement.transcript(), &proof.nonce);
    let terms = vec![(-Scalar::ONE, *proof.nonce.point()), (-c, *statement.sealed.c1.point())];
    Ok(Equation { base: proof.response.0, terms, ..Equation::default() })
}

/// Verifies one sealed ranking.
///
/// # Errors
/// [`RankedBallotError`].
pub fn verify_ranking(statement: &RankingStatement<'_>, proof: &RankingProof) -> Result<(), RankedBallotError> {
    if ranking_equation(statement, proof)?.holds() { Ok(()) } else { Err(RankedBallotError::Proof) }
}

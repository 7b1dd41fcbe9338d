//! The queries of a shape from the powers of the first phase.

use ark_bls12_381::{G1Affine, G2Affine};
use tabella_verifier::setup::{Circuit, Part, Powers, Progress, ProgressFn, Queries};

use super::group::{Part as BasisAndMatrix, combine, lagrange};

/// The points that the parameters take from the first phase alone.
pub(super) struct FixedQueries {
    /// `A_j(τ)` in G1 for each variable.
    pub(super) a: Vec<G1Affine>,
    /// `B_j(τ)` in G1.
    pub(super) b_g1: Vec<G1Affine>,
    /// `B_j(τ)` in G2.
    pub(super) b_g2: Vec<G2Affine>,
}

/// The queries for δ = 1. `None` if the powers are too short for the circuit.
pub(super) fn initial_queries(circuit: &Circuit, powers: &Powers, progress: &ProgressFn<'_>) -> Option<Queries> {
    let size = circuit.description().domain();
    let variables = circuit.variables();
    let steps = 3 * transform_steps(size) + variables;
    progress(Progress::Begin(Part::Deriving, steps as u64));
    let done = |steps| progress(Progress::Done(steps));

    let tau = lagrange(powers.tau_g1.get(..size)?, &done)?;
    let alpha = lagrange(powers.alpha_g1.get(..size)?, &done)?;
    let beta = lagrange(powers.beta_g1.get(..size)?, &done)?;
    let [a, b, c] = circuit.columns();
    let parts: [BasisAndMatrix<'_, _>; 3] = [(&beta, &a), (&alpha, &b), (&tau, &c)];
    let mut inputs = combine(&parts, 0..variables, &done);
    let l = inputs.split_off(circuit.instance());

    let upper = powers.tau_g1.get(size..2 * size - 1)?;
    let differences: Vec<_> =
        upper.iter().zip(&powers.tau_g1).map(|(upper, lower)| ark_ec::AffineRepr::into_group(*upper) - lower).collect();
    let h = ark_ec::CurveGroup::normalize_batch(&differences);
    Some(Queries { inputs, h, l })
}

/// The rest of the parameters. `None` if the powers are too short for the circuit.
pub(super) fn fixed_queries(circuit: &Circuit, powers: &Powers, progress: &ProgressFn<'_>) -> Option<FixedQueries> {
    let size = circuit.description().domain();
    let variables = circuit.variables();
    let steps = 2 * transform_steps(size) + 3 * variables;
    progress(Progress::Begin(Part::Deriving, steps as u64));
    let done = |steps| progress(Progress::Done(steps));

    let in_g1 = lagrange(powers.tau_g1.get(..size)?, &done)?;
    let in_g2 = lagrange(powers.tau_g2.get(..size)?, &done)?;
    let [a, b, _] = circuit.columns();
    Some(FixedQueries {
        a: combine(&[(in_g1.as_slice(), a.as_slice())], 0..variables, &done),
        b_g1: combine(&[(in_g1.as_slice(), b.as_slice())], 0..variables, &done),
        b_g2: combine(&[(in_g2.as_slice(), b.as_slice())], 0..variables, &done),
    })
}

/// Multiplications of a Fourier transform.
const fn transform_steps(size: usize) -> usize {
    size / 2 * size.trailing_zeros() as usize
}

//! Sums over long lists of points, and the comparison of ratios by pairings.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::{
    CurveGroup, VariableBaseMSM,
    pairing::Pairing,
    short_weierstrass::{Affine, Projective, SWCurveConfig},
};
use ark_ff::{BigInt, PrimeField, Zero};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

/// Points that one thread sums at once.
const CHUNK: usize = 4096;

/// `Σ scalar_i · point_i` over the shorter of both.
pub(super) fn sum<P: SWCurveConfig>(points: &[Affine<P>], scalars: &[P::ScalarField]) -> Affine<P>
where
    Projective<P>: VariableBaseMSM<MulBase = Affine<P>, ScalarField = P::ScalarField>,
{
    let chunks = points.par_chunks(CHUNK).zip(scalars.par_chunks(CHUNK));
    let sums = chunks.map(|(points, scalars)| {
        let length = points.len().min(scalars.len());
        let (points, scalars) = (points.get(..length).unwrap_or_default(), scalars.get(..length).unwrap_or_default());
        Projective::<P>::msm_unchecked(points, scalars)
    });
    sums.reduce(Projective::<P>::zero, |a, b| a + b).into_affine()
}

/// Random weights of 128 bits, drawn after everything that they weigh is fixed.
pub(super) fn weights(count: usize, rng: &mut (impl RngCore + CryptoRng)) -> Vec<Fr> {
    let draw = |_| Fr::from_bigint(BigInt([rng.next_u64(), rng.next_u64(), 0, 0]));
    (0..count).map(draw).map(|weight| weight.expect("128 bits are below the modulus")).collect()
}

/// `e(a, b) = e(c, d)`.
pub(super) fn pairings_equal(a: G1Affine, b: G2Affine, c: G1Affine, d: G2Affine) -> bool {
    Bls12_381::multi_pairing([a, -c], [b, d]).is_zero()
}

//! Arithmetic on long lists of points, side by side.

use ark_bls12_381::Fr;
use ark_ec::{
    AffineRepr, CurveGroup, VariableBaseMSM,
    short_weierstrass::{Affine, Projective, SWCurveConfig},
};
use ark_ff::{FftField, Field, One, Zero};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

/// Points that one thread takes at once.
const CHUNK: usize = 256;
/// Terms from which on a sum is faster by buckets than one by one.
const BUCKETS: usize = 4;

/// Multiplies point i by `first · ratio^i`. `done` is told how many points are ready, from time to time.
pub(super) fn multiply_by_powers<P: SWCurveConfig<ScalarField = Fr>>(
    points: &mut [Affine<P>],
    first: &Fr,
    ratio: &Fr,
    done: &(dyn Fn(u64) + Sync),
) {
    points.par_chunks_mut(CHUNK).enumerate().for_each(|(index, points)| {
        let mut factor = Zeroizing::new(*first * ratio.pow([(index * CHUNK) as u64]));
        let mut products = Vec::with_capacity(points.len());
        for point in points.iter() {
            products.push(*point * *factor);
            *factor *= ratio;
        }
        for (point, product) in points.iter_mut().zip(Projective::normalize_batch(&products)) {
            *point = product;
        }
        done(points.len() as u64);
    });
}

/// The Lagrange basis at τ of a domain: from `τ^i` for i below its size, `L_i(τ)`. (The inverse Fourier transform.)
pub(super) fn lagrange<P: SWCurveConfig<ScalarField = Fr>>(
    powers: &[Affine<P>],
    done: &(dyn Fn(u64) + Sync),
) -> Option<Vec<Affine<P>>> {
    let size = powers.len();
    if !size.is_power_of_two() {
        return None;
    }
    let root = Fr::get_root_of_unity(size as u64)?.inverse()?;
    let mut points: Vec<Projective<P>> = powers.iter().map(|point| point.into_group()).collect();
    let bits = size.trailing_zeros();
    for index in 0..size {
        let other = index.reverse_bits() >> (usize::BITS - bits).min(usize::BITS - 1);
        if index < other {
            points.swap(index, other);
        }
    }
    let mut half = 1;
    while half < size {
        let step = root.pow([(size / (2 * half)) as u64]);
        let twiddles: Vec<Fr> = std::iter::successors(Some(Fr::one()), |last| Some(*last * step)).take(half).collect();
        let butterfly = |((low, high), twiddle): ((&mut Projective<P>, &mut Projective<P>), &Fr)| {
            let product = if twiddle.is_one() { *high } else { *high * *twiddle };
            *high = *low - product;
            *low += product;
        };
        points.par_chunks_mut(2 * half).for_each(|block| {
            let (low, high) = block.split_at_mut(half);
            if half < CHUNK {
                low.iter_mut().zip(high).zip(&twiddles).for_each(butterfly);
            } else {
                low.par_iter_mut().zip(high).zip(&twiddles).for_each(butterfly);
            }
        });
        done((size / 2) as u64);
        half *= 2;
    }
    let scale = Fr::from(size as u64).inverse()?;
    let scaled: Vec<Projective<P>> = points.par_iter().map(|point| *point * scale).collect();
    Some(Projective::normalize_batch(&scaled))
}

/// A basis by rows, and a matrix by columns.
pub(super) type Part<'a, P> = (&'a [Affine<P>], &'a [Vec<(Fr, usize)>]);

/// For each column, `Σ coefficient · basis_row` over its entries. The coefficients are public.
pub(super) fn combine<P: SWCurveConfig<ScalarField = Fr>>(
    parts: &[Part<'_, P>],
    columns: std::ops::Range<usize>,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<Affine<P>>
where
    Projective<P>: VariableBaseMSM<MulBase = Affine<P>, ScalarField = Fr>,
{
    let columns: Vec<usize> = columns.collect();
    let sums = columns.par_chunks(CHUNK).flat_map_iter(|columns| {
        let sums: Vec<Projective<P>> = columns.iter().map(|column| combine_column(parts, *column)).collect();
        done(columns.len() as u64);
        Projective::normalize_batch(&sums)
    });
    sums.collect()
}

fn combine_column<P: SWCurveConfig<ScalarField = Fr>>(parts: &[Part<'_, P>], column: usize) -> Projective<P>
where
    Projective<P>: VariableBaseMSM<MulBase = Affine<P>, ScalarField = Fr>,
{
    let (mut sum, mut bases, mut scalars) = (Projective::<P>::zero(), Vec::new(), Vec::new());
    for (basis, matrix) in parts {
        for (coefficient, row) in matrix.get(column).into_iter().flatten() {
            let Some(point) = basis.get(*row) else { continue };
            if coefficient.is_one() {
                sum += point;
            } else if (-*coefficient).is_one() {
                sum -= point;
            } else {
                bases.push(*point);
                scalars.push(*coefficient);
            }
        }
    }
    if bases.len() < BUCKETS {
        bases.iter().zip(&scalars).fold(sum, |sum, (point, scalar)| sum + *point * *scalar)
    } else {
        sum + Projective::<P>::msm_unchecked(&bases, &scalars)
    }
}

/// A scalar that is wiped.
pub(super) fn wiped(scalar: &mut Fr) -> Zeroizing<Fr> {
    let moved = Zeroizing::new(*scalar);
    scalar.zeroize();
    moved
}

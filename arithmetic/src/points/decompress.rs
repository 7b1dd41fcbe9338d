//! Many compressed points at once: solving the curves' equations.

use ark_bls12_381::{Fq, Fq2, G1Affine, G2Affine};
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};

use super::{square_roots_in_fq, square_roots_in_fq2};
use crate::backend::AnyBackend;

/// Length of a compressed coordinate.
const COORDINATE: usize = 48;
/// Set in every compressed encoding.
const COMPRESSED: u8 = 0x80;
/// Set for infinity alone.
const INFINITY: u8 = 0x40;
/// Set where y is the larger of the two.
const LARGER: u8 = 0x20;

/// The points that these encodings (big-endian, three flag bits at the top) stand for. `None` for everything but the canonical
/// encoding of a finite point of the curve. Whether it is in the subgroup of prime order is for the caller to see.
#[must_use]
pub fn solve_g1(backend: AnyBackend, encodings: &[[u8; COORDINATE]]) -> Vec<Option<G1Affine>> {
    let parsed: Vec<Option<(Fq, bool)>> = encodings
        .iter()
        .map(|bytes| {
            let larger = read_flags(bytes[0])?;
            Some((read_coordinate(without_flags(*bytes))?, larger))
        })
        .collect();
    let squares: Vec<Fq> =
        parsed.iter().map(|parsed| parsed.map_or(Fq::ZERO, |(x, _)| x.square() * x + Fq::from(4u64))).collect();
    parsed
        .iter()
        .zip(square_roots_in_fq(backend, &squares))
        .map(|(parsed, root)| {
            let ((x, larger), root) = (parsed.as_ref()?, root?);
            let y = if is_larger(root) == *larger { root } else { -root };
            Some(G1Affine::new_unchecked(*x, y))
        })
        .collect()
}

/// As [`solve_g1`]; the coefficient of u comes first.
#[must_use]
pub fn solve_g2(backend: AnyBackend, encodings: &[[u8; 2 * COORDINATE]]) -> Vec<Option<G2Affine>> {
    let parsed: Vec<Option<(Fq2, bool)>> = encodings
        .iter()
        .map(|bytes| {
            let larger = read_flags(bytes[0])?;
            let (c1, c0) = (*bytes.first_chunk()?, *bytes.last_chunk()?);
            Some((Fq2::new(read_coordinate(c0)?, read_coordinate(without_flags(c1))?), larger))
        })
        .collect();
    let constant = Fq2::new(Fq::from(4u64), Fq::from(4u64));
    let squares: Vec<Fq2> =
        parsed.iter().map(|parsed| parsed.map_or(Fq2::ZERO, |(x, _)| x.square() * x + constant)).collect();
    parsed
        .iter()
        .zip(square_roots_in_fq2(backend, &squares))
        .map(|(parsed, root)| {
            let ((x, larger), root) = (parsed.as_ref()?, root?);
            // The order of Fq2 compares the coefficient of u first.
            let is_larger = if root.c1 == Fq::ZERO { is_larger(root.c0) } else { is_larger(root.c1) };
            let y = if is_larger == *larger { root } else { -root };
            Some(G2Affine::new_unchecked(*x, y))
        })
        .collect()
}

/// Whether y is the larger one; `None` unless the point is compressed and finite.
fn read_flags(first: u8) -> Option<bool> {
    (first & COMPRESSED != 0 && first & INFINITY == 0).then_some(first & LARGER != 0)
}

fn without_flags(mut bytes: [u8; COORDINATE]) -> [u8; COORDINATE] {
    bytes[0] &= !(COMPRESSED | INFINITY | LARGER);
    bytes
}

/// A big-endian number below the modulus.
fn read_coordinate(bytes: [u8; COORDINATE]) -> Option<Fq> {
    let mut words = [0; 6];
    for (word, chunk) in words.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    Fq::from_bigint(BigInt(words))
}

/// Whether y is larger than -y, as numbers.
fn is_larger(y: Fq) -> bool {
    y.into_bigint() > Fq::MODULUS_MINUS_ONE_DIV_TWO
}

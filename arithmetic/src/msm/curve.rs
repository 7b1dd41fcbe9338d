//! The two groups, their endomorphisms, and the scalars that these divide.

use std::fmt::Debug;

use ark_bls12_381::{Fq, Fq2, Fr, g1, g2};
use ark_ec::CurveConfig;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};

use crate::backend::Backend;
use crate::inverse::inverse;
use crate::lanes::PackedLanes;

/// The absolute value of the parameter `x` of BLS12-381; `x` itself is negative. The order of the groups is
/// `r = x⁴ - x² + 1`.
pub(crate) const X: u64 = 0xd201_0000_0001_0000;

/// `x²`.
pub(crate) const X_SQUARED: u128 = X as u128 * X as u128;

/// A group of prime order in which multiplications are summed.
pub trait Curve: Copy + Debug + Send + Sync + 'static {
    /// The field of the coordinates.
    type Field: Field;
    /// arkworks' name for the curve.
    type Config: SWCurveConfig + CurveConfig<BaseField = Self::Field, ScalarField = Fr>;
    /// Eight coordinates.
    type Lanes<B: Backend>: PackedLanes<Element = Self::Field, Backend = B>;

    /// How many bases take the place of one, and how many parts a scalar has.
    const PARTS: usize;
    /// The parts are below `2^(PART_BITS - 1)` in absolute value.
    const PART_BITS: u32;

    /// The bases for the parts of the scalar: `[P, m P, m² P, …]`, where `m` is `x²` or `|x|`. Only the first `PARTS`
    /// count. `base` must be finite and in the group of order `r`.
    fn images(base: &Affine<Self::Config>) -> [Affine<Self::Config>; 4];

    /// The parts `kᵢ` of a scalar: `Σ kᵢ mⁱ` is congruent to it.
    fn split(scalar: &Fr) -> [i128; 4];

    /// The inverse of a coordinate; `None` of zero.
    fn inverse(coordinate: &Self::Field) -> Option<Self::Field>;
}

/// The group of points over the base field.
#[derive(Clone, Copy, Debug)]
pub struct G1;

impl Curve for G1 {
    type Field = Fq;
    type Config = g1::Config;
    type Lanes<B: Backend> = B::Fq8;

    const PARTS: usize = 2;
    const PART_BITS: u32 = 128;

    /// Multiplying the abscissa by arkworks' cube root of one is multiplication of the point by `-x²`.
    fn images(base: &Affine<g1::Config>) -> [Affine<g1::Config>; 4] {
        let root = g1::Config::ENDO_COEFFS[0];
        let infinity = Affine::identity();
        [*base, Affine::new_unchecked(base.x * root, -base.y), infinity, infinity]
    }

    fn split(scalar: &Fr) -> [i128; 4] {
        let (negative, number) = absolute(scalar);
        let (quotient, remainder) = divide_by_x_squared(number);
        let [mut low, mut high] = [remainder.cast_signed(), quotient.cast_signed()];
        if remainder > X_SQUARED / 2 {
            // The remainder may exceed 2^127; the difference wraps to the right value.
            low = remainder.wrapping_sub(X_SQUARED).cast_signed();
            high += 1;
        }
        if negative { [-low, -high, 0, 0] } else { [low, high, 0, 0] }
    }

    fn inverse(coordinate: &Fq) -> Option<Fq> {
        inverse(coordinate)
    }
}

/// The group of points over the extension field.
#[derive(Clone, Copy, Debug)]
pub struct G2;

impl Curve for G2 {
    type Field = Fq2;
    type Config = g2::Config;
    type Lanes<B: Backend> = B::Fq2x8;

    const PARTS: usize = 4;
    const PART_BITS: u32 = 64;

    fn images(base: &Affine<g2::Config>) -> [Affine<g2::Config>; 4] {
        let times_x = frobenius(base);
        let times_x_squared = frobenius(&times_x);
        [*base, -times_x, times_x_squared, -frobenius(&times_x_squared)]
    }

    fn split(scalar: &Fr) -> [i128; 4] {
        let (negative, number) = absolute(scalar);
        let (quotient, remainder) = divide_by_x_squared(number);
        let (d1, d0) = divide_by_x(remainder);
        let (d3, d2) = divide_by_x(quotient);
        let mut parts = [d0, d1, d2, d3].map(i128::from);
        for i in 0..3 {
            if parts[i] > i128::from(X / 2) {
                parts[i] -= i128::from(X);
                parts[i + 1] += 1;
            }
        }
        if negative { parts.map(|part| -part) } else { parts }
    }

    /// `1 / (a + b u) = (a - b u) / (a² + b²)`.
    fn inverse(coordinate: &Fq2) -> Option<Fq2> {
        let norm = inverse(&(coordinate.c0.square() + coordinate.c1.square()))?;
        Some(Fq2::new(coordinate.c0 * norm, -coordinate.c1 * norm))
    }
}

/// Untwist, Frobenius, twist: on the group of order `r` this is multiplication by `x`.
pub(crate) fn frobenius(point: &Affine<g2::Config>) -> Affine<g2::Config> {
    static COEFFICIENTS: std::sync::OnceLock<[Fq2; 2]> = std::sync::OnceLock::new();
    let [for_x, for_y] = COEFFICIENTS.get_or_init(|| {
        // 1 / (1 + u)^((p-1)/3) and 1 / (1 + u)^((p-1)/2).
        let inverse = Fq2::new(Fq::ONE, Fq::ONE).inverse().unwrap_or(Fq2::ZERO);
        let mut third = Fq::MODULUS;
        let mut remainder = 0;
        for word in third.0.iter_mut().rev() {
            let value = u128::from(remainder) << 64 | u128::from(*word);
            // The quotient of a number below 3 · 2^64 is below 2^64.
            *word = (value / 3) as u64;
            remainder = (value % 3) as u64;
        }
        [inverse.pow(third), inverse.pow(Fq::MODULUS_MINUS_ONE_DIV_TWO)]
    });
    let conjugate = |z: Fq2| Fq2::new(z.c0, -z.c1);
    Affine::new_unchecked(conjugate(point.x) * for_x, conjugate(point.y) * for_y)
}

/// The scalar as a number in `-(r-1)/2 ..= (r-1)/2`: whether it is negative, and its absolute value.
fn absolute(scalar: &Fr) -> (bool, BigInt<4>) {
    let number = scalar.into_bigint();
    if number > Fr::MODULUS_MINUS_ONE_DIV_TWO { (true, (-*scalar).into_bigint()) } else { (false, number) }
}

/// Quotient and remainder by `x²` of a number below `2^254`.
fn divide_by_x_squared(number: BigInt<4>) -> (u128, u128) {
    /// `⌊2^254 / x²⌋`: from `2^254 = 4 (2^126)²`, by long division at compile time.
    const RECIPROCAL: u128 = {
        let mut quotient = 0u128;
        let mut remainder = 1u128;
        let mut step = 0;
        while step < 254 {
            // The remainder is below x² < 2^128, so its double may carry.
            let carry = remainder >> 127 == 1;
            remainder <<= 1;
            quotient <<= 1;
            if carry || remainder >= X_SQUARED {
                remainder = remainder.wrapping_sub(X_SQUARED);
                quotient |= 1;
            }
            step += 1;
        }
        quotient
    };
    let [a, b, c, d] = number.0.map(u128::from);
    let (low, high) = (b << 64 | a, d << 64 | c);
    // At most three too small: each of the three roundings takes less than one.
    let mut quotient = multiply(high << 2 | low >> 126, RECIPROCAL).1;
    let (product_low, product_high) = multiply(quotient, X_SQUARED);
    let (mut remainder, borrow) = low.overflowing_sub(product_low);
    let mut remainder_high = high - product_high - u128::from(borrow);
    while remainder_high > 0 || remainder >= X_SQUARED {
        let (difference, borrow) = remainder.overflowing_sub(X_SQUARED);
        remainder = difference;
        remainder_high -= u128::from(borrow);
        quotient += 1;
    }
    (quotient, remainder)
}

/// Quotient and remainder by `|x|` of a number below `x²`.
fn divide_by_x(number: u128) -> (u64, u64) {
    /// `⌊2^128 / |x|⌋`; `|x|` is no power of two, so the largest word does.
    const RECIPROCAL: u128 = u128::MAX / X as u128;
    // At most three too small, as above. The product is below 2^128, because `number < x²`.
    let mut quotient = ((number >> 64) * RECIPROCAL) >> 64;
    let mut remainder = number - quotient * u128::from(X);
    while remainder >= u128::from(X) {
        remainder -= u128::from(X);
        quotient += 1;
    }
    // Both are below |x|.
    (quotient as u64, remainder as u64)
}

/// The product's low and high halves.
fn multiply(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let [a0, a1, b0, b1] = [a & LOW, a >> 64, b & LOW, b >> 64];
    let low = a0 * b0;
    let first = a1 * b0 + (low >> 64);
    let second = a0 * b1 + (first & LOW);
    (second << 64 | low & LOW, a1 * b1 + (first >> 64) + (second >> 64))
}

#[cfg(test)]
mod tests {
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::UniformRand;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn scalars() -> Vec<Fr> {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let x = Fr::from(X);
        let mut scalars: Vec<Fr> = (0..2000).map(|_| Fr::rand(&mut rng)).collect();
        for edge in [
            Fr::ZERO,
            x,
            x.square(),
            x * x * x,
            x / Fr::from(2u64),
            x.square() / Fr::from(2u64),
            Fr::from(2u64).inverse().unwrap(),
        ] {
            for near in 0..4u64 {
                scalars.extend([edge + Fr::from(near), edge - Fr::from(near), -edge + Fr::from(near)]);
            }
        }
        scalars
    }

    fn parts_make_the_scalar<G: Curve>(multiplier: Fr) {
        for scalar in scalars() {
            let parts = G::split(&scalar);
            let sum = parts.iter().rev().fold(Fr::ZERO, |sum, part| sum * multiplier + Fr::from(*part));
            assert_eq!(sum, scalar);
            for part in parts {
                assert!(part.unsigned_abs() < 1 << (G::PART_BITS - 1), "{scalar}: {part}");
            }
        }
    }

    #[test]
    fn inverses_of_coordinates_are_those_of_arkworks() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let [a, b] = [Fq::rand(&mut rng), Fq::rand(&mut rng)];
        for (c0, c1) in [(a, b), (a, Fq::ZERO), (Fq::ZERO, b), (Fq::ZERO, Fq::ZERO), (Fq::ONE, -Fq::ONE)] {
            assert_eq!(G1::inverse(&c0), c0.inverse());
            let element = Fq2::new(c0, c1);
            assert_eq!(G2::inverse(&element), element.inverse());
        }
    }

    #[test]
    fn scalar_parts_are_short_and_make_the_scalar() {
        parts_make_the_scalar::<G1>(Fr::from(X).square());
        parts_make_the_scalar::<G2>(Fr::from(X));
    }

    fn images_are_multiples<G: Curve>(multiplier: Fr) {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let mut expected = (Affine::<G::Config>::generator() * Fr::rand(&mut rng)).into_affine();
        for image in &G::images(&expected)[..G::PARTS] {
            assert_eq!(*image, expected);
            expected = (expected * multiplier).into_affine();
        }
    }

    #[test]
    fn images_of_a_base_are_its_multiples() {
        images_are_multiples::<G1>(Fr::from(X).square());
        images_are_multiples::<G2>(Fr::from(X));
    }
}

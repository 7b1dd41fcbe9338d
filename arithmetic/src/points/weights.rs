//! Random weights for points that somebody sends, and membership of the subgroup, in one walk.
//!
//! Both need the doubles of a point: that `x²·P` is `-φ(P)` shows membership, where `φ(x, y) = (ζ x, y)` (eprint 2021/1130,
//! section 6), and a weight is a sum of doubles. φ costs one multiplication, so that a weight's digits are taken from the
//! Eisenstein integers `Z[ω]`, ω standing for φ: thirty-two additions make a weight of 128 bits.

use ark_bls12_381::{Fr, G1Affine, G1Projective, g1};
use ark_ec::AffineRepr;
use ark_ec::scalar_mul::glv::GLVConfig;

use super::{Points, in_eights};
use crate::backend::{AnyBackend, Backend, Kernel};
use crate::lanes::{FieldLanes, LANES, Mask};
use crate::msm::X_SQUARED;

/// Digits of a weight, and bits of a digit.
const DIGITS: u32 = 32;
const DIGIT_BITS: u32 = 4;
/// The units of `Z[ω]` as `(a, b)` for `a + b ω`: 1, -1, ω, -ω, ω², -ω².
const UNITS: [(i128, i128); 6] = [(1, 0), (-1, 0), (0, 1), (0, -1), (-1, -1), (1, 1)];

/// One of 2^128 factors, for an equation that holds for one factor at most if what it multiplies is wrong.
///
/// Digit d of the 32 hexadecimal digits stands for the Eisenstein integer `2^(d / 6)` times unit `d mod 6`, with base 16. The
/// sixteen values differ modulo 16, so that different weights are different Eisenstein integers and none is 0. All are below
/// `4 (16^32 - 1) / 15 < 2^126.1` in absolute value, hence differences below 2^127.1, with norms below 2^254.2. The ring
/// maps to the scalar field with a prime ideal of norm r > 2^254.8 as its kernel, in which nothing but 0 has a smaller norm:
/// **different weights are different scalars, and none is 0.**
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight(u128);

impl Weight {
    /// The weight of 128 bits. To be of use they must be unpredictable to whoever made what is weighed.
    #[must_use]
    pub fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// The factor in the scalar field.
    #[must_use]
    pub fn scalar(self) -> Fr {
        let (mut a, mut b) = (0i128, 0i128);
        for place in (0..DIGITS).rev() {
            let (shift, unit) = self.digit(place);
            let (unit_a, unit_b) = UNITS[unit];
            a = (a << DIGIT_BITS) + (unit_a << shift);
            b = (b << DIGIT_BITS) + (unit_b << shift);
        }
        // On the subgroup φ multiplies by -x².
        Fr::from(a) - Fr::from(b) * Fr::from(X_SQUARED)
    }

    /// The power of two and the unit of a digit.
    #[inline(always)]
    fn digit(self, place: u32) -> (usize, usize) {
        let digit = (self.0 >> (DIGIT_BITS * place) & 15) as usize;
        (digit / UNITS.len(), digit % UNITS.len())
    }
}

/// Each point of the curve times its weight; `None` for a point outside the subgroup of prime order, and for infinity.
#[must_use]
pub fn weigh_in_g1(backend: AnyBackend, points: &[(G1Affine, Weight)]) -> Vec<Option<G1Projective>> {
    let finite: Vec<(G1Affine, Weight)> = points
        .iter()
        .map(|&(point, weight)| (if point.is_zero() { G1Affine::generator() } else { point }, weight))
        .collect();
    in_eights(&finite, (G1Affine::generator(), Weight(0)), |chunk| backend.run(Weigh(chunk)))
        .into_iter()
        .zip(points)
        .map(|(product, (point, _))| product.filter(|_| !point.is_zero()))
        .collect()
}

/// Eight finite points with their weights.
struct Weigh<'a>(&'a [(G1Affine, Weight); LANES]);

impl Weigh<'_> {
    /// For the digits at a place: of each power of two, and of each unit, the lanes that have it.
    #[inline(always)]
    fn lanes_at(&self, place: u32) -> ([Mask; 3], [Mask; UNITS.len()]) {
        let (mut of_shift, mut of_unit) = ([0; 3], [0; UNITS.len()]);
        for (lane, (_, weight)) in self.0.iter().enumerate() {
            let (shift, unit) = weight.digit(place);
            of_shift[shift] |= 1 << lane;
            of_unit[unit] |= 1 << lane;
        }
        (of_shift, of_unit)
    }
}

impl Kernel for Weigh<'_> {
    type Output = [Option<G1Projective>; LANES];

    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Self::Output {
        let x = B::Fq8::load(backend, &self.0.map(|(point, _)| point.x));
        let y = B::Fq8::load(backend, &self.0.map(|(point, _)| point.y));
        let root = B::Fq8::splat(backend, g1::Config::ENDO_COEFFS[0]);
        let infinity = Points { x: B::Fq8::zero(backend), y: B::Fq8::one(backend), z: B::Fq8::zero(backend) };
        let (mut square_multiple, mut sum) = (infinity, infinity);
        let mut double = Points::affine(backend, x, y);
        for place in 0..DIGITS {
            let mut doubles = [double; 3];
            for shift in 0..DIGIT_BITS {
                if let Some(kept) = doubles.get_mut(shift as usize) {
                    *kept = double;
                }
                if X_SQUARED >> (DIGIT_BITS * place + shift) & 1 == 1 {
                    square_multiple = square_multiple.add(double);
                }
                double = double.double();
            }
            let (of_shift, of_unit) = self.lanes_at(place);
            let [first, second, third] = doubles;
            let chosen = Points::select(of_shift[2], third, Points::select(of_shift[1], second, first));
            let by_omega = chosen.x.mul(root);
            let by_omega_squared = chosen.x.add(by_omega).neg();
            let x = B::Fq8::select(of_unit[2] | of_unit[3], by_omega, chosen.x);
            let x = B::Fq8::select(of_unit[4] | of_unit[5], by_omega_squared, x);
            let y = B::Fq8::select(of_unit[1] | of_unit[3] | of_unit[5], chosen.y.neg(), chosen.y);
            sum = sum.add(Points { x, y, z: chosen.z });
        }
        let members = square_multiple.equals_affine(x.mul(root), y.neg());
        // arkworks' coordinates are Jacobian: (x z, y z², z) are the same point.
        let (x, y, z) = (sum.x.mul(sum.z).store(), sum.y.mul(sum.z.square()).store(), sum.z.store());
        std::array::from_fn(|lane| {
            (members >> lane & 1 == 1).then(|| G1Projective::new_unchecked(x[lane], y[lane], z[lane]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the argument at [`Weight`] rests upon.
    #[test]
    fn digits_differ_modulo_the_base_and_weights_are_short() {
        let base = 1i128 << DIGIT_BITS;
        let residue = |digit: u128| {
            let (shift, unit) = Weight(digit).digit(0);
            let (a, b) = UNITS[unit];
            ((a << shift).rem_euclid(base), (b << shift).rem_euclid(base))
        };
        let residues: std::collections::BTreeSet<(i128, i128)> = (0..16).map(residue).collect();
        assert_eq!(residues.len(), 16);
        assert!(!residues.contains(&(0, 0)));
        // A digit's absolute value is at most 4: so the greatest sum is below 2^126.1, where 2^127.1 squared is below r.
        let greatest = 4.0 * (16f64.powi(32) - 1.0) / 15.0;
        assert!((2.0 * greatest).powi(2) < 2f64.powf(254.8));
        assert_eq!(DIGITS * DIGIT_BITS, u128::BITS);
    }
}

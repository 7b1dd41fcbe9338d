//! Jubjub, the twisted Edwards curve `-x² + y² = 1 + d x² y²` over the scalar field: reading points, and weighted sums of many.
//!
//! -1 is a square and d is none, so the formulas for addition (Hisil, Wong, Carter and Dawson, eprint 2008/522, section 3.1) hold for
//! any two points of the curve, those of small order too.

use std::array::from_fn;

use ark_bls12_381::Fr;
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective, JubjubConfig};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField};
use rayon::prelude::*;

use crate::backend::{AnyBackend, Backend, Kernel};
use crate::lanes::{FieldLanes, LANES, Mask};
use crate::roots::{root_of_ratio, roots_of_ratios};
use crate::words;

/// The point that an encoding stands for: y, little-endian and below the modulus, and the lowest bit of x at the top. `None` where there is
/// no such point, and where x is 0 and its bit is not (ZIP 216).
#[must_use]
pub fn solve(encoding: &[u8; 32]) -> Option<EdwardsAffine> {
    let parsed = Parsed::read(*encoding)?;
    let (u, v) = parsed.x_squared();
    parsed.with(root_of_ratio(u, v)?)
}

/// [`solve`] of each of many encodings.
#[must_use]
pub fn solve_each(backend: AnyBackend, encodings: &[[u8; 32]]) -> Vec<Option<EdwardsAffine>> {
    let parsed: Vec<_> = encodings.iter().copied().map(Parsed::read).collect();
    let ratio = |parsed: &Option<Parsed>| parsed.as_ref().map_or((Fr::ZERO, Fr::ONE), Parsed::x_squared);
    let ratios: Vec<_> = parsed.iter().map(ratio).collect();
    let roots = roots_of_ratios(backend, &ratios);
    parsed.into_iter().zip(roots).map(|(parsed, root)| parsed?.with(root?)).collect()
}

struct Parsed {
    y: Fr,
    x_is_odd: bool,
}

impl Parsed {
    fn read(mut bytes: [u8; 32]) -> Option<Self> {
        let x_is_odd = bytes[31] >> 7 == 1;
        bytes[31] &= 0x7f;
        let mut words = [0; 4];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Some(Self { y: Fr::from_bigint(BigInt(words))?, x_is_odd })
    }

    /// Numerator and denominator of x². The denominator is not 0, for -1/d is not a square.
    fn x_squared(&self) -> (Fr, Fr) {
        let y_squared = words::square(self.y);
        (y_squared - Fr::ONE, words::mul(JubjubConfig::COEFF_D, y_squared) + Fr::ONE)
    }

    fn with(&self, x: Fr) -> Option<EdwardsAffine> {
        if x == Fr::ZERO && self.x_is_odd {
            return None;
        }
        let x = if x.into_bigint().is_odd() == self.x_is_odd { x } else { -x };
        Some(EdwardsAffine::new_unchecked(x, self.y))
    }
}

/// `Σ weightsᵢ pointsᵢ`. Weights are numbers below 2^255, and not reduced: a point may be of any order. Runs on all threads; the weights steer
/// it, so that they must not be secret.
///
/// # Panics
/// If there are not as many weights as points, or a weight is not below 2^255.
pub fn weighted_sum(backend: AnyBackend, points: &[EdwardsAffine], weights: &[BigInt<4>]) -> EdwardsProjective {
    assert_eq!(points.len(), weights.len(), "a weight for each point");
    assert!(weights.iter().all(|weight| weight.0[3] >> 63 == 0), "weights are below 2^255");
    let of_task = points.len().div_ceil(rayon::current_num_threads()).next_multiple_of(LANES).max(POINTS_OF_TASK);
    points
        .par_chunks(of_task)
        .zip(weights.par_chunks(of_task))
        .map(|(points, weights)| backend.run(WeightedSum { points, weights }))
        .sum()
}

/// A task with fewer points spends more on doubling than on adding.
const POINTS_OF_TASK: usize = 64;
/// Signed digits of four bits of a number below 2^255.
const DIGITS: usize = 64;
/// Multiples that a digit may ask for, without 0: 1 to 8.
const MULTIPLES: usize = 8;

/// Digits from -8 to 7 and at the top to 8, from the lowest, of which `Σ digitᵢ 16^i` is the number.
fn signed_digits(number: &BigInt<4>) -> [i8; DIGITS] {
    let mut carry = 0;
    from_fn(|i| {
        let digit = (number.0[i / 16] >> (4 * (i % 16)) & 15) as i8 + carry;
        carry = i8::from(digit >= 8 && i + 1 < DIGITS);
        digit - 16 * carry
    })
}

/// Eight points: x = X/Z, y = Y/Z, x y = T/Z.
#[derive(Clone, Copy)]
struct Points<L> {
    x: L,
    y: L,
    z: L,
    t: L,
}

/// Eight points in the form in which they are added: Y - X, Y + X, 2 Z, 2 d T, all tight.
#[derive(Clone, Copy)]
struct Addends<L> {
    minus: L,
    plus: L,
    z_2: L,
    t_2d: L,
}

impl<L: FieldLanes<Element = Fr>> Points<L> {
    #[inline(always)]
    fn identity(backend: L::Backend) -> Self {
        Self { x: L::zero(backend), y: L::one(backend), z: L::one(backend), t: L::zero(backend) }
    }

    #[inline(always)]
    fn of_efgh(e: L, f: L, g: L, h: L) -> Self {
        Self { x: e.mul(f), y: g.mul(h), z: f.mul(g), t: e.mul(h) }
    }

    #[inline(always)]
    fn add(self, other: &Addends<L>) -> Self {
        let a = self.y.sub_loose(self.x).mul(other.minus);
        let b = self.y.add_loose(self.x).mul(other.plus);
        let c = self.t.mul(other.t_2d);
        let d = self.z.mul(other.z_2);
        Self::of_efgh(b.sub_loose(a), d.sub_loose(c), d.add_loose(c), b.add_loose(a))
    }

    #[inline(always)]
    fn double(self) -> Self {
        let (a, b) = (self.x.square(), self.y.square());
        let c = self.z.square().double();
        let e = self.x.add_loose(self.y).square().sub(a).sub(b);
        let g = b.sub(a);
        Self::of_efgh(e, g.sub_loose(c), g, a.add(b).neg())
    }

    #[inline(always)]
    fn addends(&self, d_2: L) -> Addends<L> {
        Addends { minus: self.y.sub(self.x), plus: self.y.add(self.x), z_2: self.z.double(), t_2d: self.t.mul(d_2) }
    }
}

impl<L: FieldLanes<Element = Fr>> Addends<L> {
    #[inline(always)]
    fn select(mask: Mask, yes: &Self, no: Self) -> Self {
        Self {
            minus: L::select(mask, yes.minus, no.minus),
            plus: L::select(mask, yes.plus, no.plus),
            z_2: L::select(mask, yes.z_2, no.z_2),
            t_2d: L::select(mask, yes.t_2d, no.t_2d),
        }
    }

    /// In each lane the multiple that a digit asks for; `multiples` has those of 1 to 8.
    #[inline(always)]
    fn look_up(identity: Self, multiples: &[Self; MULTIPLES], digits: [i8; LANES]) -> Self {
        let mut found = identity;
        for (multiple, addends) in (1..).zip(multiples) {
            found = Self::select(mask(digits.map(|digit| digit.unsigned_abs() == multiple)), addends, found);
        }
        let negative = mask(digits.map(|digit| digit < 0));
        let negated = Self { minus: found.plus, plus: found.minus, z_2: found.z_2, t_2d: found.t_2d.neg() };
        Self::select(negative, &negated, found)
    }
}

#[inline(always)]
fn mask(lanes: [bool; LANES]) -> Mask {
    let mut mask = 0;
    for (lane, is_in) in lanes.into_iter().enumerate() {
        mask |= Mask::from(is_in) << lane;
    }
    mask
}

struct WeightedSum<'a> {
    points: &'a [EdwardsAffine],
    weights: &'a [BigInt<4>],
}

impl Kernel for WeightedSum<'_> {
    type Output = EdwardsProjective;

    /// In each lane the points that fall to it. The sums for each digit are kept apart, so that only the multiples of eight points are in
    /// memory at a time.
    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> EdwardsProjective {
        let d_2 = B::Fr8::splat(backend, JubjubConfig::COEFF_D.double());
        let identity = Points::<B::Fr8>::identity(backend);
        let mut sums = [identity; DIGITS];
        let mut length = 0;
        for (points, weights) in self.points.chunks(LANES).zip(self.weights.chunks(LANES)) {
            let mut filled = [EdwardsAffine::zero(); LANES];
            let mut digits = [[0; LANES]; DIGITS];
            for (lane, (point, weight)) in points.iter().zip(weights).enumerate() {
                filled[lane] = *point;
                for (digits, digit) in digits.iter_mut().zip(signed_digits(weight)) {
                    digits[lane] = digit;
                }
            }
            let used = DIGITS - digits.iter().rev().take_while(|digits| **digits == [0; LANES]).count();
            length = length.max(used);
            backend.call(Group { points: &filled, digits: &digits[..used], d_2, sums: &mut sums });
        }
        let mut total = identity;
        for sum in sums[..length].iter().rev() {
            total = total.double().double().double().double().add(&sum.addends(d_2));
        }
        let (x, y, z, t) = (total.x.store(), total.y.store(), total.z.store(), total.t.store());
        let mut sum = EdwardsProjective::ZERO;
        for lane in 0..LANES {
            sum += EdwardsProjective::new_unchecked(x[lane], y[lane], t[lane], z[lane]);
        }
        sum
    }
}

/// Eight points with their digits, to be added to the sum of each digit.
struct Group<'a, L> {
    points: &'a [EdwardsAffine; LANES],
    digits: &'a [[i8; LANES]],
    d_2: L,
    sums: &'a mut [Points<L>; DIGITS],
}

impl<B: Backend> crate::backend::KernelOn<B> for Group<'_, B::Fr8> {
    type Output = ();

    #[inline(always)]
    fn run(self, backend: B) {
        let x = B::Fr8::load(backend, &self.points.map(|point| point.x));
        let y = B::Fr8::load(backend, &self.points.map(|point| point.y));
        let mut point = Points { x, y, z: B::Fr8::one(backend), t: x.mul(y) };
        let first = point.addends(self.d_2);
        let mut multiples = [first; MULTIPLES];
        for multiple in &mut multiples[1..] {
            point = point.add(&first);
            *multiple = point.addends(self.d_2);
        }
        let identity = Points::<B::Fr8>::identity(backend).addends(self.d_2);
        for (sum, digits) in self.sums.iter_mut().zip(self.digits) {
            *sum = sum.add(&Addends::look_up(identity, &multiples, *digits));
        }
    }
}

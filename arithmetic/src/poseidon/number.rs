//! What the permutation computes with: one element in 64-bit words, one whose sums are computed in lanes, or eight in lanes.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

#[cfg(target_arch = "x86_64")]
use crate::{
    backend::Ifma,
    lanes::{
        FieldLanes,
        ifma::{Fr8, Fr8Constant, Numbers, Weights},
    },
};
use crate::{lanes::LANES, words};

pub(super) trait Number: Copy {
    /// The form of constants.
    type Constant: std::fmt::Debug + Send + Sync;
    /// Eight factors.
    type Weights: std::fmt::Debug + Send + Sync;
    /// Eight numbers that are weighed together.
    type Several;

    fn constant(element: &Fr) -> Self::Constant;
    fn weights(factors: [Fr; LANES]) -> Self::Weights;
    fn add_constant(self, constant: &Self::Constant) -> Self;
    fn mul_constant(self, constant: &Self::Constant) -> Self;
    /// For lanes the bounds add up.
    fn add_loose(self, other: Self) -> Self;
    /// `self⁵`. For lanes: takes values below 5p, and returns tight ones.
    fn fifth(self) -> Self;
    /// Eight times zero (not `self`, which says where).
    fn zeros(self) -> Self::Several;
    /// Puts the number at a place.
    fn put(self, place: usize, several: &mut Self::Several);
    /// The first `count` numbers (not `self`, which says where), each times its factor, and the constant; the others are zero. For
    /// lanes: the sum of the bounds may be at most 32; the result is below 3p.
    fn weigh(self, several: &Self::Several, count: usize, weights: &Self::Weights, plus: &Self::Constant) -> Self;
}

impl Number for Fr {
    type Constant = Fr;
    type Weights = [Fr; LANES];
    type Several = [Fr; LANES];

    fn constant(element: &Fr) -> Fr {
        *element
    }

    fn weights(factors: [Fr; LANES]) -> [Fr; LANES] {
        factors
    }

    #[inline(always)]
    fn add_constant(self, constant: &Fr) -> Self {
        self + constant
    }

    #[inline(always)]
    fn mul_constant(self, constant: &Fr) -> Self {
        self * constant
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn fifth(self) -> Self {
        words::mul(words::square(words::square(self)), self)
    }

    #[inline(always)]
    fn zeros(self) -> [Fr; LANES] {
        [Fr::ZERO; LANES]
    }

    #[inline(always)]
    fn put(self, place: usize, several: &mut [Fr; LANES]) {
        several[place] = self;
    }

    #[inline(always)]
    fn weigh(self, several: &[Fr; LANES], count: usize, weights: &[Fr; LANES], plus: &Fr) -> Self {
        words::combine(&several[..count], &weights[..count], plus)
    }
}

/// One element in 64-bit words on a processor that has IFMA: a sum's products are computed together, each in a lane.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Single(pub(super) Ifma, pub(super) Fr);

#[cfg(target_arch = "x86_64")]
impl Number for Single {
    type Constant = Fr;
    type Weights = Weights;
    type Several = Numbers;

    fn constant(element: &Fr) -> Fr {
        *element
    }

    fn weights(factors: [Fr; LANES]) -> Weights {
        Weights::new(&factors.map(|factor| factor.0.0))
    }

    #[inline(always)]
    fn add_constant(self, constant: &Fr) -> Self {
        Self(self.0, self.1 + constant)
    }

    #[inline(always)]
    fn mul_constant(self, constant: &Fr) -> Self {
        Self(self.0, self.1 * constant)
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        Self(self.0, self.1 + other.1)
    }

    #[inline(always)]
    fn fifth(self) -> Self {
        Self(self.0, Number::fifth(self.1))
    }

    #[inline(always)]
    fn zeros(self) -> Numbers {
        Numbers::zero(self.0)
    }

    #[inline(always)]
    fn put(self, place: usize, several: &mut Numbers) {
        several.put(place, self.1.0.0);
    }

    #[inline(always)]
    fn weigh(self, several: &Numbers, _: usize, weights: &Weights, plus: &Fr) -> Self {
        Self(self.0, words::reduce_sum(several.weigh(weights), plus))
    }
}

#[cfg(target_arch = "x86_64")]
impl Number for Fr8 {
    type Constant = Fr8Constant;
    type Weights = [Fr8Constant; LANES];
    type Several = [Fr8; LANES];

    fn constant(element: &Fr) -> Fr8Constant {
        Fr8Constant::new(element)
    }

    fn weights(factors: [Fr; LANES]) -> [Fr8Constant; LANES] {
        factors.map(|factor| Fr8Constant::new(&factor))
    }

    #[inline(always)]
    fn add_constant(self, constant: &Fr8Constant) -> Self {
        FieldLanes::add_loose(self, constant.splat(self.backend()))
    }

    #[inline(always)]
    fn mul_constant(self, constant: &Fr8Constant) -> Self {
        self.mul(constant.splat(self.backend()))
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        FieldLanes::add_loose(self, other)
    }

    #[inline(always)]
    fn fifth(self) -> Self {
        self.square().square().mul(self)
    }

    #[inline(always)]
    fn zeros(self) -> [Fr8; LANES] {
        [FieldLanes::zero(self.backend()); LANES]
    }

    #[inline(always)]
    fn put(self, place: usize, several: &mut [Fr8; LANES]) {
        several[place] = self;
    }

    #[inline(always)]
    fn weigh(self, several: &[Fr8; LANES], count: usize, weights: &[Fr8Constant; LANES], plus: &Fr8Constant) -> Self {
        Fr8::combine(self.backend(), &several[..count], &weights[..count], plus)
    }
}

//! What the permutation computes with: one element in 64-bit words, or eight in lanes.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

#[cfg(target_arch = "x86_64")]
use crate::lanes::{
    FieldLanes,
    ifma::{Fr8, Fr8Constant},
};
use crate::words;

pub(super) trait Number: Copy {
    /// The form of constants.
    type Constant: std::fmt::Debug + Send + Sync;

    fn constant(element: &Fr) -> Self::Constant;
    fn zero(self) -> Self;
    fn add_constant(self, constant: &Self::Constant) -> Self;
    fn mul_constant(self, constant: &Self::Constant) -> Self;
    /// For lanes the bounds add up.
    fn add_loose(self, other: Self) -> Self;
    /// `self⁵`. For lanes: takes values below 5p, and returns tight ones.
    fn fifth(self) -> Self;
    /// Both lists' values (not `self`, which says where), at most eight, each times its factor, and the constant. For lanes: takes values below 5p; the
    /// result is below 3p.
    fn combine(self, values: [&[Self]; 2], factors: &[Self::Constant], plus: &Self::Constant) -> Self;
}

impl Number for Fr {
    type Constant = Fr;

    fn constant(element: &Fr) -> Fr {
        *element
    }

    #[inline(always)]
    fn zero(self) -> Self {
        Fr::ZERO
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
    fn combine(self, values: [&[Self]; 2], factors: &[Fr], plus: &Fr) -> Self {
        words::combine(values, factors, plus)
    }
}

#[cfg(target_arch = "x86_64")]
impl Number for Fr8 {
    type Constant = Fr8Constant;

    fn constant(element: &Fr) -> Fr8Constant {
        Fr8Constant::new(element)
    }

    #[inline(always)]
    fn zero(self) -> Self {
        FieldLanes::zero(self.backend())
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
    fn combine(self, values: [&[Self]; 2], factors: &[Fr8Constant], plus: &Fr8Constant) -> Self {
        Fr8::combine(self.backend(), values, factors, plus)
    }
}

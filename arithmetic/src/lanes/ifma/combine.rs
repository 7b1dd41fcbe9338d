//! Sums of products with constants.

use ark_bls12_381::Fr;
use ark_ff::BigInt;

use super::prime::Fr8;
use super::words::Words;
use crate::backend::Ifma;
use crate::lanes::constants::to_limbs;
use crate::lanes::unroll;

/// An element that stands in every lane, kept once.
#[derive(Clone, Copy, Debug)]
pub struct Fr8Constant([u64; 5]);

impl Fr8Constant {
    /// From arkworks' form.
    #[must_use]
    pub fn new(element: &Fr) -> Self {
        // arkworks' Montgomery factor is 2^256, ours is 2^260.
        let BigInt(words) = (*element * Fr::from(16u64)).0;
        Self(to_limbs::<52, _, _>(words))
    }

    /// In all lanes.
    #[inline(always)]
    #[must_use]
    pub fn splat(&self, backend: Ifma) -> Fr8 {
        Fr8::constant(backend, &self.0)
    }
}

impl Fr8 {
    /// The values, each times its factor, and the constant `plus`: with one reduction. Takes loose values; the sum of their
    /// bounds may be at most 32. The result is below `3p`.
    #[inline(always)]
    #[must_use]
    pub fn combine(backend: Ifma, values: &[Self], factors: &[Fr8Constant], plus: &Fr8Constant) -> Self {
        let mut columns = [Words::zero(backend); 10];
        unroll!(I in [0 1 2 3 4] {
            // The upper half is what the reduction leaves.
            columns[5 + I] = Words::splat(backend, plus.0[I]);
        });
        for (value, factor) in values.iter().zip(factors) {
            columns = value.add_mul_wide(factor.splat(backend), columns);
        }
        Self::reduce(columns)
    }
}

//! The quadratic extension `Fq[u] / (u² + 1)`.

use super::prime::Fq8;
use crate::backend::Quads;
use crate::lanes::{BaseLanes, FieldLanes, Quadratic};

/// Eight elements `c0 + c1 u`.
pub type Fq2x8 = Quadratic<Fq8>;

impl BaseLanes for Fq8 {
    /// Four products and two reductions: as many multiplications of words as Karatsuba's three products with a reduction
    /// each, and fewer additions.
    #[inline(always)]
    fn mul_extended(a: &Fq2x8, b: &Fq2x8) -> Fq2x8 {
        let minus_c1 = Self::zero(Quads).sub_far(&a.c1);
        Quadratic { c0: Self::mul_sum(&a.c0, &b.c0, &minus_c1, &b.c1), c1: Self::mul_sum(&a.c0, &b.c1, &a.c1, &b.c0) }
    }

    /// `(c0 + c1)(c0 - c1) + 2 c0 c1 u`.
    #[inline(always)]
    fn square_extended(a: &Fq2x8) -> Fq2x8 {
        Quadratic { c0: a.c0.add_loose(a.c1).mul_far(a.c0.sub_far(&a.c1)), c1: a.c0.add_loose(a.c0).mul(a.c1) }
    }
}

//! The quadratic extension `Fq[u] / (u² + 1)`.

use super::prime::Fq8;
use crate::lanes::{BaseLanes, FieldLanes, Quadratic};

/// Eight elements `c0 + c1 u`.
pub type Fq2x8 = Quadratic<Fq8>;

impl BaseLanes for Fq8 {
    /// Four products and two reductions.
    #[inline(always)]
    fn mul_extended(a: &Fq2x8, b: &Fq2x8) -> Fq2x8 {
        let backend = a.backend();
        let minus_c1 = Self::zero(backend).sub_far(a.c1);
        Quadratic {
            c0: Self::sum_of_products(backend, [[&a.c0, &b.c0], [&minus_c1, &b.c1]]),
            c1: Self::sum_of_products(backend, [[&a.c0, &b.c1], [&a.c1, &b.c0]]),
        }
    }

    /// `(c0 + c1)(c0 - c1) + 2 c0 c1 u`.
    #[inline(always)]
    fn square_extended(a: &Fq2x8) -> Fq2x8 {
        Quadratic { c0: a.c0.add_loose(a.c1).mul(a.c0.sub_far(a.c1)), c1: a.c0.add_loose(a.c0).mul(a.c1) }
    }
}

//! The quadratic extension `Fq[u] / (u² + 1)`.

use super::prime::Fq8;
use crate::lanes::{BaseLanes, FieldLanes, Quadratic, unroll};

/// Eight elements `c0 + c1 u`.
pub type Fq2x8 = Quadratic<Fq8>;

impl BaseLanes for Fq8 {
    /// Four products and two reductions. Karatsuba's three products would save multiplications, but the columns of three
    /// products are more than there are registers, and moving them costs more than it saves.
    #[inline(always)]
    fn mul_extended(a: &Fq2x8, b: &Fq2x8) -> Fq2x8 {
        let minus_c1 = Self::zero(a.backend()).sub_far(a.c1);
        Quadratic {
            c0: Self::reduce(minus_c1.add_mul_wide(b.c1, a.c0.mul_wide(b.c0))),
            c1: Self::reduce(a.c1.add_mul_wide(b.c0, a.c0.mul_wide(b.c1))),
        }
    }

    /// `(c0 + c1)(c0 - c1) + 2 c0 c1 u`.
    #[inline(always)]
    fn square_extended(a: &Fq2x8) -> Fq2x8 {
        let mut imaginary = a.c0.mul_wide(a.c1);
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            imaginary[I] = imaginary[I].add(imaginary[I]);
        });
        Quadratic { c0: a.c0.add_loose(a.c1).mul(a.c0.sub_far(a.c1)), c1: Self::reduce(imaginary) }
    }
}

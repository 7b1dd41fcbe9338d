//! The quadratic extension `Fq[u] / (u² + 1)`.

use super::prime::{FQ, Fq8};
use super::words::Words;
use crate::backend::{Backend, Ifma, KernelOn};
use crate::lanes::{BaseLanes, FieldLanes, Quadratic, unroll};

/// Eight elements `c0 + c1 u`.
pub type Fq2x8 = Quadratic<Fq8>;

impl BaseLanes for Fq8 {
    /// Karatsuba's three products, and two reductions: `(a0 + a1)(b0 + b1) - a0 b0 - a1 b1` is the second coordinate.
    #[inline(always)]
    fn mul_extended(a: &Fq2x8, b: &Fq2x8) -> Fq2x8 {
        a.backend().call(Product(a, b))
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

/// The product, in a function of its own: copied to each place, those of an addition of points are more code than the processor
/// keeps decoded.
struct Product<'a>(&'a Fq2x8, &'a Fq2x8);

impl KernelOn<Ifma> for Product<'_> {
    type Output = Fq2x8;

    #[inline(always)]
    fn run(self, backend: Ifma) -> Fq2x8 {
        let Self(a, b) = self;
        /// 2^41 p, which at column 7 is 2^405 p: no product of loose values is as much, since 2^24 p is below 2^405.
        const FAR: [u64; 8] = FQ.multiple_with_top(1 << 41);
        let [first, second] = [a.c0.mul_wide(b.c0), a.c1.mul_wide(b.c1)];
        let (mut real, mut both) = (first, first);
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            real[I] = real[I].sub(second[I]);
            both[I] = both[I].add(second[I]);
        });
        unroll!(I in [0 1 2 3 4 5 6 7] {
            real[7 + I] = real[7 + I].add(Words::splat(backend, FAR[I]));
        });
        let mut imaginary = a.c0.add_loose(a.c1).mul_wide(b.c0.add_loose(b.c1));
        unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            imaginary[I] = imaginary[I].sub(both[I]);
        });
        Quadratic { c0: Fq8::reduce(real), c1: Fq8::reduce(imaginary) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Far([[u64; 8]; 2]);
    impl KernelOn<Ifma> for Far {
        type Output = [[ark_bls12_381::Fq; 8]; 2];
        #[inline(always)]
        fn run(self, backend: Ifma) -> Self::Output {
            let [a, b] = self.0.map(|limbs| Fq8::constant(backend, &limbs));
            let zero = Fq8::zero(backend);
            let product = Fq8::mul_extended(&Quadratic { c0: zero, c1: a }, &Quadratic { c0: zero, c1: b });
            [product.c0.store(), zero.sub(a.mul(b)).store()]
        }
    }

    /// `a b = 2^404 (p + 2^12 v)` is nearly `2^24 p²`, and 2^404 p less a b is a multiple of `R`: nothing is added to it.
    #[test]
    fn first_coordinates_far_below_zero() {
        let Some(backend) = Ifma::detect() else { return };
        let a = [0, 0, 0, 0xec00000000000, 0x774b84f38512b, 0x7b6434bacd764, 0x397fe69a4b1ba, 0x1a0111ea];
        let b = [0, 0, 0, 0x4400000000000, 0x774b84f385100, 0x7b6434bacd764, 0x397fe69a4b1ba, 0x1a0111ea];
        let power = [0, 0, 0, 0, 1, 0, 0, 0];
        for pair in [[a, b], [b, a], [power, power]] {
            let [real, expected] = backend.call(Far(pair));
            assert_eq!(real, expected);
        }
    }
}

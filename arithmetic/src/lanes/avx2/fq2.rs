//! The quadratic extension `Fq[u] / (u² + 1)`.

use ark_bls12_381::Fq2;

use super::prime::Fq8;
use crate::backend::Avx2;
use crate::lanes::{FieldLanes, LANES, Mask, PackedLanes, Row};

/// Eight elements `c0 + c1 u`.
#[derive(Clone, Copy, Debug)]
pub struct Fq2x8 {
    c0: Fq8,
    c1: Fq8,
}

impl Fq2x8 {
    /// From the two coordinates.
    #[inline(always)]
    pub fn new(c0: Fq8, c1: Fq8) -> Self {
        Self { c0, c1 }
    }

    /// The coordinate of 1.
    #[inline(always)]
    pub fn c0(self) -> Fq8 {
        self.c0
    }

    /// The coordinate of `u`.
    #[inline(always)]
    pub fn c1(self) -> Fq8 {
        self.c1
    }
}

impl FieldLanes for Fq2x8 {
    type Element = Fq2;
    type Backend = Avx2;

    #[inline(always)]
    fn backend(self) -> Avx2 {
        self.c0.backend()
    }

    #[inline(always)]
    fn zero(backend: Avx2) -> Self {
        Self { c0: Fq8::zero(backend), c1: Fq8::zero(backend) }
    }

    #[inline(always)]
    fn one(backend: Avx2) -> Self {
        Self { c0: Fq8::one(backend), c1: Fq8::zero(backend) }
    }

    #[inline(always)]
    fn splat(backend: Avx2, element: Fq2) -> Self {
        Self { c0: Fq8::splat(backend, element.c0), c1: Fq8::splat(backend, element.c1) }
    }

    #[inline(always)]
    fn load(backend: Avx2, elements: &[Fq2; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = elements;
        Self {
            c0: Fq8::load(backend, &[a.c0, b.c0, c.c0, d.c0, e.c0, f.c0, g.c0, h.c0]),
            c1: Fq8::load(backend, &[a.c1, b.c1, c.c1, d.c1, e.c1, f.c1, g.c1, h.c1]),
        }
    }

    #[inline(always)]
    fn store(self) -> [Fq2; LANES] {
        let [c0, c1] = [self.c0.store(), self.c1.store()];
        std::array::from_fn(|lane| Fq2::new(c0[lane], c1[lane]))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { c0: self.c0.add(other.c0), c1: self.c1.add(other.c1) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self { c0: self.c0.sub(other.c0), c1: self.c1.sub(other.c1) }
    }

    #[inline(always)]
    fn double(self) -> Self {
        Self { c0: self.c0.double(), c1: self.c1.double() }
    }

    #[inline(always)]
    fn neg(self) -> Self {
        Self { c0: self.c0.neg(), c1: self.c1.neg() }
    }

    /// Four products and two reductions.
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let backend = self.backend();
        let minus_c1 = Fq8::zero(backend).sub_far(self.c1);
        Self {
            c0: Fq8::sum_of_products(backend, [[&self.c0, &other.c0], [&minus_c1, &other.c1]]),
            c1: Fq8::sum_of_products(backend, [[&self.c0, &other.c1], [&self.c1, &other.c0]]),
        }
    }

    /// `(c0 + c1)(c0 - c1) + 2 c0 c1 u`.
    #[inline(always)]
    fn square(self) -> Self {
        Self {
            c0: self.c0.add_loose(self.c1).mul(self.c0.sub_far(self.c1)),
            c1: self.c0.add_loose(self.c0).mul(self.c1),
        }
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        Self { c0: self.c0.add_loose(other.c0), c1: self.c1.add_loose(other.c1) }
    }

    #[inline(always)]
    fn sub_loose(self, other: Self) -> Self {
        Self { c0: self.c0.sub_loose(other.c0), c1: self.c1.sub_loose(other.c1) }
    }

    #[inline(always)]
    fn neg_nonzero(self, mask: Mask) -> Self {
        // A coordinate may be zero where the element is not.
        Self::select(mask, self.neg(), self)
    }

    #[inline(always)]
    fn is_zero(self) -> Mask {
        self.c0.is_zero() & self.c1.is_zero()
    }

    #[inline(always)]
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        Self { c0: Fq8::select(mask, yes.c0, no.c0), c1: Fq8::select(mask, yes.c1, no.c1) }
    }
}

impl PackedLanes for Fq2x8 {
    type Packed = [Row; 2];

    fn pack(backend: Avx2, element: Fq2) -> [Row; 2] {
        [Fq8::pack(backend, element.c0), Fq8::pack(backend, element.c1)]
    }

    fn unpack(backend: Avx2, place: &[Row; 2]) -> Fq2 {
        Fq2::new(Fq8::unpack(backend, &place[0]), Fq8::unpack(backend, &place[1]))
    }

    fn is_zero_packed([c0, c1]: &[Row; 2]) -> bool {
        Fq8::is_zero_packed(c0) && Fq8::is_zero_packed(c1)
    }

    #[inline(always)]
    fn gather(backend: Avx2, places: [&[Row; 2]; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = places;
        Self {
            c0: Fq8::gather(backend, [&a[0], &b[0], &c[0], &d[0], &e[0], &f[0], &g[0], &h[0]]),
            c1: Fq8::gather(backend, [&a[1], &b[1], &c[1], &d[1], &e[1], &f[1], &g[1], &h[1]]),
        }
    }

    #[inline(always)]
    fn scatter(self) -> [[Row; 2]; LANES] {
        let [c0, c1] = [self.c0.scatter(), self.c1.scatter()];
        std::array::from_fn(|lane| [c0[lane], c1[lane]])
    }
}

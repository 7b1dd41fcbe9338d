//! Lanes of the quadratic extension `Fq[u] / (u² + 1)`, made of a backend's lanes of the base field.

use ark_bls12_381::{Fq, Fq2};

use super::{FieldLanes, LANES, Mask, PackedLanes, QuadraticLanes};

/// Lanes of the base field that know their backend's fastest way to multiply in the extension.
pub trait BaseLanes: PackedLanes<Element = Fq> {
    /// `a · b`. Takes loose values.
    fn mul_extended(a: &Quadratic<Self>, b: &Quadratic<Self>) -> Quadratic<Self>;
    /// `a²`. Takes loose values.
    fn square_extended(a: &Quadratic<Self>) -> Quadratic<Self>;
}

/// Eight elements `c0 + c1 u`.
#[derive(Clone, Copy, Debug)]
pub struct Quadratic<B> {
    pub(super) c0: B,
    pub(super) c1: B,
}

impl<B: BaseLanes> FieldLanes for Quadratic<B> {
    type Element = Fq2;
    type Backend = B::Backend;

    #[inline(always)]
    fn backend(self) -> B::Backend {
        self.c0.backend()
    }

    #[inline(always)]
    fn zero(backend: B::Backend) -> Self {
        Self { c0: B::zero(backend), c1: B::zero(backend) }
    }

    #[inline(always)]
    fn one(backend: B::Backend) -> Self {
        Self { c0: B::one(backend), c1: B::zero(backend) }
    }

    #[inline(always)]
    fn splat(backend: B::Backend, element: Fq2) -> Self {
        Self { c0: B::splat(backend, element.c0), c1: B::splat(backend, element.c1) }
    }

    #[inline(always)]
    fn load(backend: B::Backend, elements: &[Fq2; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = elements;
        Self {
            c0: B::load(backend, &[a.c0, b.c0, c.c0, d.c0, e.c0, f.c0, g.c0, h.c0]),
            c1: B::load(backend, &[a.c1, b.c1, c.c1, d.c1, e.c1, f.c1, g.c1, h.c1]),
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

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        B::mul_extended(&self, &other)
    }

    #[inline(always)]
    fn square(self) -> Self {
        B::square_extended(&self)
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
        Self { c0: B::select(mask, yes.c0, no.c0), c1: B::select(mask, yes.c1, no.c1) }
    }
}

impl<B: BaseLanes> PackedLanes for Quadratic<B> {
    type Packed = [B::Packed; 2];

    fn pack(backend: B::Backend, element: Fq2) -> [B::Packed; 2] {
        [B::pack(backend, element.c0), B::pack(backend, element.c1)]
    }

    fn unpack(backend: B::Backend, place: &[B::Packed; 2]) -> Fq2 {
        Fq2::new(B::unpack(backend, &place[0]), B::unpack(backend, &place[1]))
    }

    fn is_zero_packed([c0, c1]: &[B::Packed; 2]) -> bool {
        B::is_zero_packed(c0) && B::is_zero_packed(c1)
    }

    #[inline(always)]
    fn gather(backend: B::Backend, places: [&[B::Packed; 2]; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = places;
        Self {
            c0: B::gather(backend, [&a[0], &b[0], &c[0], &d[0], &e[0], &f[0], &g[0], &h[0]]),
            c1: B::gather(backend, [&a[1], &b[1], &c[1], &d[1], &e[1], &f[1], &g[1], &h[1]]),
        }
    }

    #[inline(always)]
    fn scatter(self) -> [[B::Packed; 2]; LANES] {
        let [c0, c1] = [self.c0.scatter(), self.c1.scatter()];
        std::array::from_fn(|lane| [c0[lane], c1[lane]])
    }
}

impl<B: BaseLanes> QuadraticLanes for Quadratic<B> {
    type Base = B;

    #[inline(always)]
    fn from_coordinates(c0: B, c1: B) -> Self {
        Self { c0, c1 }
    }

    #[inline(always)]
    fn coordinates(self) -> (B, B) {
        (self.c0, self.c1)
    }
}

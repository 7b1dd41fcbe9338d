//! Eight elements of the fields above `Fq2`: `Fq6 = Fq2[v] / (v³ - (1 + u))` and `Fq12 = Fq6[w] / (w² - v)`.
//!
//! Multiplications of `Fq2` are calls here: an iteration of the Miller loop has some forty of them, which would not
//! fit the processor's instruction cache if each was written out.

use ark_bls12_381::{Fq6, Fq12};

use crate::backend::{Backend, Kernel};
use crate::lanes::{FieldLanes, LANES, QuadraticLanes};

struct Product<'a, Q>(&'a Q, &'a Q);

impl<Q: FieldLanes> Kernel for Product<'_, Q> {
    type Output = Q;

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> Q {
        self.0.mul(*self.1)
    }
}

struct Square<'a, Q>(&'a Q);

impl<Q: FieldLanes> Kernel for Square<'_, Q> {
    type Output = Q;

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> Q {
        self.0.square()
    }
}

struct Store<'a, Q>(&'a Q);

impl<Q: FieldLanes> Kernel for Store<'_, Q> {
    type Output = [Q::Element; LANES];

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> [Q::Element; LANES] {
        self.0.store()
    }
}

/// The eight elements, as a call.
#[inline(always)]
fn stored<B: Backend, Q: FieldLanes<Backend = B>>(backend: B, a: Q) -> [Q::Element; LANES] {
    backend.call(Store(&a))
}

/// `a · b`, as a call. Takes loose values.
#[inline(always)]
pub(super) fn product<B: Backend, Q: FieldLanes<Backend = B>>(backend: B, a: Q, b: Q) -> Q {
    backend.call(Product(&a, &b))
}

/// `a²`, as a call. Takes loose values.
#[inline(always)]
pub(super) fn square<B: Backend, Q: FieldLanes<Backend = B>>(backend: B, a: Q) -> Q {
    backend.call(Square(&a))
}

/// Eight elements `c0 + c1 v + c2 v²`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fq6x8<Q> {
    c0: Q,
    c1: Q,
    c2: Q,
}

impl<B: Backend, Q: QuadraticLanes<Backend = B>> Fq6x8<Q> {
    #[inline(always)]
    fn zero(backend: B) -> Self {
        let zero = Q::zero(backend);
        Self { c0: zero, c1: zero, c2: zero }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { c0: self.c0.add(other.c0), c1: self.c1.add(other.c1), c2: self.c2.add(other.c2) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self { c0: self.c0.sub(other.c0), c1: self.c1.sub(other.c1), c2: self.c2.sub(other.c2) }
    }

    /// `self · v`.
    #[inline(always)]
    fn mul_by_v(self) -> Self {
        Self { c0: self.c2.mul_by_one_plus_u(), c1: self.c0, c2: self.c1 }
    }

    /// Karatsuba's six products.
    #[inline(always)]
    fn mul(self, other: Self, backend: B) -> Self {
        let v0 = product(backend, self.c0, other.c0);
        let v1 = product(backend, self.c1, other.c1);
        let v2 = product(backend, self.c2, other.c2);
        let c12 = product(backend, self.c1.add_loose(self.c2), other.c1.add_loose(other.c2));
        let c01 = product(backend, self.c0.add_loose(self.c1), other.c0.add_loose(other.c1));
        let c02 = product(backend, self.c0.add_loose(self.c2), other.c0.add_loose(other.c2));
        Self {
            c0: c12.sub(v1).sub(v2).mul_by_one_plus_u().add(v0),
            c1: c01.sub(v0).sub(v1).add(v2.mul_by_one_plus_u()),
            c2: c02.sub(v0).sub(v2).add(v1),
        }
    }

    /// `self · (b0 + b1 v)`.
    #[inline(always)]
    fn mul_by_01(self, b0: Q, b1: Q, backend: B) -> Self {
        let v0 = product(backend, self.c0, b0);
        let v1 = product(backend, self.c1, b1);
        let c12 = product(backend, self.c1.add_loose(self.c2), b1);
        let c02 = product(backend, self.c0.add_loose(self.c2), b0);
        let c01 = product(backend, self.c0.add_loose(self.c1), b0.add_loose(b1));
        Self { c0: c12.sub(v1).mul_by_one_plus_u().add(v0), c1: c01.sub(v0).sub(v1), c2: c02.sub(v0).add(v1) }
    }

    /// `self · b1 v`.
    #[inline(always)]
    fn mul_by_1(self, b1: Q, backend: B) -> Self {
        Self {
            c0: product(backend, self.c2, b1).mul_by_one_plus_u(),
            c1: product(backend, self.c0, b1),
            c2: product(backend, self.c1, b1),
        }
    }

    #[inline(always)]
    fn store(self, backend: B) -> [Fq6; LANES] {
        let [c0, c1, c2] = [stored(backend, self.c0), stored(backend, self.c1), stored(backend, self.c2)];
        std::array::from_fn(|lane| Fq6::new(c0[lane], c1[lane], c2[lane]))
    }
}

/// Eight elements `c0 + c1 w`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fq12x8<Q> {
    c0: Fq6x8<Q>,
    c1: Fq6x8<Q>,
}

impl<B: Backend, Q: QuadraticLanes<Backend = B>> Fq12x8<Q> {
    #[inline(always)]
    pub(super) fn one(backend: B) -> Self {
        let zero = Fq6x8::zero(backend);
        Self { c0: Fq6x8 { c0: Q::one(backend), ..zero }, c1: zero }
    }

    /// `(c0 + c1)(c0 + v c1) - (1 + v) c0 c1 + 2 c0 c1 w`.
    #[inline(always)]
    pub(super) fn square(self, backend: B) -> Self {
        let both = self.c0.mul(self.c1, backend);
        let mixed = self.c0.add(self.c1).mul(self.c0.add(self.c1.mul_by_v()), backend);
        Self { c0: mixed.sub(both).sub(both.mul_by_v()), c1: both.add(both) }
    }

    /// `self · (b0 + b1 v + b4 v w)`: a line has no other coefficients.
    #[inline(always)]
    pub(super) fn mul_by_line(self, [b0, b1, b4]: [Q; 3], backend: B) -> Self {
        let v0 = self.c0.mul_by_01(b0, b1, backend);
        let v1 = self.c1.mul_by_1(b4, backend);
        let mixed = self.c0.add(self.c1).mul_by_01(b0, b1.add(b4), backend);
        Self { c0: v0.add(v1.mul_by_v()), c1: mixed.sub(v0).sub(v1) }
    }

    #[inline(always)]
    pub(super) fn store(self, backend: B) -> [Fq12; LANES] {
        let (c0, c1) = (self.c0.store(backend), self.c1.store(backend));
        std::array::from_fn(|lane| Fq12::new(c0[lane], c1[lane]))
    }
}

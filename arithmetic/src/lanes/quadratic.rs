//! The coordinates of lanes in the quadratic extension `Fq[u] / (u² + 1)`.

use ark_bls12_381::{Fq, Fq2};

use super::{FieldLanes, portable};
use crate::backend::Portable;

/// Eight elements `c0 + c1 u`, whose coordinates can be taken apart.
pub trait QuadraticLanes: FieldLanes<Element = Fq2> {
    /// Eight coordinates.
    type Base: FieldLanes<Element = Fq, Backend = Self::Backend>;

    /// From the coordinates of 1 and of `u`, with their bounds.
    fn from_coordinates(c0: Self::Base, c1: Self::Base) -> Self;
    /// The coordinates of 1 and of `u`.
    fn coordinates(self) -> (Self::Base, Self::Base);

    /// `self · factor`, for a factor in the base field. Takes loose values.
    #[inline(always)]
    fn mul_base(self, factor: Self::Base) -> Self {
        let (c0, c1) = self.coordinates();
        Self::from_coordinates(c0.mul(factor), c1.mul(factor))
    }

    /// `self · (1 + u)`. Takes and returns tight values.
    #[inline(always)]
    fn mul_by_one_plus_u(self) -> Self {
        let (c0, c1) = self.coordinates();
        Self::from_coordinates(c0.sub(c1), c0.add(c1))
    }

    /// `c0 - c1 u`. Takes and returns tight values.
    #[inline(always)]
    fn conjugate(self) -> Self {
        let (c0, c1) = self.coordinates();
        Self::from_coordinates(c0, c1.neg())
    }
}

impl QuadraticLanes for portable::Lanes<Fq2> {
    type Base = portable::Lanes<Fq>;

    #[inline(always)]
    fn from_coordinates(c0: Self::Base, c1: Self::Base) -> Self {
        let (c0, c1) = (c0.store(), c1.store());
        Self::load(Portable, &std::array::from_fn(|lane| Fq2::new(c0[lane], c1[lane])))
    }

    #[inline(always)]
    fn coordinates(self) -> (Self::Base, Self::Base) {
        let elements = self.store();
        (
            Self::Base::load(Portable, &elements.map(|element| element.c0)),
            Self::Base::load(Portable, &elements.map(|element| element.c1)),
        )
    }
}

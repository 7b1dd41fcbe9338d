//! The coordinates of lanes in the quadratic extension `Fq[u] / (u² + 1)`.

use ark_bls12_381::{Fq, Fq2};

use super::FieldLanes;

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

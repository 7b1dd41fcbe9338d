//! Lanes for any processor: arkworks' elements side by side.

use ark_bls12_381::{Fq, Fq2, Fr};
use ark_ff::{AdditiveGroup, Field};

use super::{FieldLanes, LANES, Mask, PackedLanes, QuadraticLanes, TurnedLanes};
use crate::backend::{Backend, Portable};

/// Eight elements of `F`, each canonical, for a backend that has nothing better.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<F, B = Portable>([F; LANES], B);

macro_rules! portable_lanes {
    ($field:ty) => {
        impl<B: Backend> FieldLanes for Lanes<$field, B> {
            type Element = $field;
            type Backend = B;

            #[inline(always)]
            fn backend(self) -> B {
                self.1
            }

            #[inline(always)]
            fn zero(backend: B) -> Self {
                Self([<$field>::ZERO; LANES], backend)
            }

            #[inline(always)]
            fn one(backend: B) -> Self {
                Self([<$field>::ONE; LANES], backend)
            }

            #[inline(always)]
            fn splat(backend: B, element: $field) -> Self {
                Self([element; LANES], backend)
            }

            #[inline(always)]
            fn load(backend: B, elements: &[$field; LANES]) -> Self {
                Self(*elements, backend)
            }

            #[inline(always)]
            fn store(self) -> [$field; LANES] {
                self.0
            }

            #[inline(always)]
            fn add(mut self, other: Self) -> Self {
                for (a, b) in self.0.iter_mut().zip(&other.0) {
                    *a += b;
                }
                self
            }

            #[inline(always)]
            fn sub(mut self, other: Self) -> Self {
                for (a, b) in self.0.iter_mut().zip(&other.0) {
                    *a -= b;
                }
                self
            }

            #[inline(always)]
            fn double(mut self) -> Self {
                for a in &mut self.0 {
                    a.double_in_place();
                }
                self
            }

            #[inline(always)]
            fn neg(mut self) -> Self {
                for a in &mut self.0 {
                    a.neg_in_place();
                }
                self
            }

            #[inline(always)]
            fn mul(mut self, other: Self) -> Self {
                for (a, b) in self.0.iter_mut().zip(&other.0) {
                    *a *= b;
                }
                self
            }

            #[inline(always)]
            fn square(mut self) -> Self {
                for a in &mut self.0 {
                    a.square_in_place();
                }
                self
            }

            #[inline(always)]
            fn add_loose(self, other: Self) -> Self {
                self.add(other)
            }

            #[inline(always)]
            fn sub_loose(self, other: Self) -> Self {
                self.sub(other)
            }

            #[inline(always)]
            fn neg_nonzero(self, mask: Mask) -> Self {
                Self::select(mask, self.neg(), self)
            }

            #[inline(always)]
            fn is_zero(self) -> Mask {
                let mut mask = 0;
                for (lane, a) in self.0.iter().enumerate() {
                    mask |= Mask::from(*a == <$field>::ZERO) << lane;
                }
                mask
            }

            #[inline(always)]
            fn select(mask: Mask, yes: Self, mut no: Self) -> Self {
                for (lane, (a, b)) in no.0.iter_mut().zip(yes.0).enumerate() {
                    if mask >> lane & 1 == 1 {
                        *a = b;
                    }
                }
                no
            }
        }
    };
}

portable_lanes!(Fq);
portable_lanes!(Fq2);
portable_lanes!(Fr);

macro_rules! portable_packed {
    ($field:ty) => {
        impl PackedLanes for Lanes<$field> {
            type Packed = $field;

            #[inline(always)]
            fn pack(_: Portable, element: $field) -> $field {
                element
            }

            #[inline(always)]
            fn unpack(_: Portable, place: &$field) -> $field {
                *place
            }

            #[inline(always)]
            fn is_zero_packed(place: &$field) -> bool {
                *place == <$field>::ZERO
            }

            #[inline(always)]
            fn gather(backend: Portable, places: [&$field; LANES]) -> Self {
                Self(places.map(|place| *place), backend)
            }

            #[inline(always)]
            fn scatter(self) -> [$field; LANES] {
                self.0
            }
        }
    };
}

portable_packed!(Fq);
portable_packed!(Fq2);

impl<B: Backend> TurnedLanes for Lanes<Fr, B> {
    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        std::array::from_fn(|i| Self(std::array::from_fn(|j| rows[j].0[i]), rows[i].1))
    }
}

impl QuadraticLanes for Lanes<Fq2> {
    type Base = Lanes<Fq>;

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

//! Eight field elements in one value.
//!
//! # Bounds
//!
//! A lane holds a number that stands for its residue modulo the field's prime `p`. The number may exceed `p`:
//!
//! - **tight**: below `2p`. Every operation returns a tight value except those named `_loose`.
//! - **loose**: below `bound · p`, where each `_loose` operation states its result's bound. A loose value may only be
//!   multiplied or squared (which makes it tight again), or go into a further `_loose` operation.
//!
//! For [`Backend::Fq8`] and [`Backend::Fq2x8`] a factor may be as large as `2^12 p`; for [`Backend::Fr8`] the product
//! of the factors' bounds may be at most 32, so `(a ± b)(c ± d)` of tight values is the limit. In the portable backend
//! every value is canonical.

use std::fmt::Debug;

use crate::backend::Backend;

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(any(target_arch = "x86_64", target_arch = "wasm32", debug_assertions))]
mod constants;
#[cfg(any(target_arch = "x86_64", target_arch = "wasm32", debug_assertions))]
mod extension;
#[cfg(target_arch = "x86_64")]
pub mod ifma;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub mod portable;
mod quadratic;
#[cfg(any(target_arch = "wasm32", debug_assertions))]
pub mod quads;

#[cfg(any(target_arch = "x86_64", target_arch = "wasm32", debug_assertions))]
pub use extension::{BaseLanes, Quadratic};
pub use quadratic::QuadraticLanes;

/// `unroll!(I in [0 1 2] { … })` is the block three times, with a constant `I` that is 0, 1, 2.
macro_rules! unroll {
    ($index:ident in [$($value:literal)*] $body:block) => {
        $({
            #[allow(dead_code, reason = "a block need not use its index")]
            const $index: usize = $value;
            $body
        })*
    };
}
pub(crate) use unroll;

/// How many elements one value holds.
pub const LANES: usize = 8;

/// A set of lanes: bit `i` is lane `i`.
pub type Mask = u8;

/// Eight elements of one field. See the [module's documentation](self) for the words *tight* and *loose*.
pub trait FieldLanes: Copy + Debug + Send + Sync + 'static {
    /// The element of one lane, as arkworks has it.
    type Element: Copy;
    /// The instructions that operate on this type.
    type Backend: Backend;

    /// The permission that a value carries.
    fn backend(self) -> Self::Backend;
    /// Eight times zero.
    fn zero(backend: Self::Backend) -> Self;
    /// Eight times one.
    fn one(backend: Self::Backend) -> Self;
    /// Eight times the same element.
    fn splat(backend: Self::Backend, element: Self::Element) -> Self;
    /// Eight elements; costs a multiplication.
    fn load(backend: Self::Backend, elements: &[Self::Element; LANES]) -> Self;
    /// The eight elements; costs a multiplication. Takes loose values.
    fn store(self) -> [Self::Element; LANES];

    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `2 · self`.
    fn double(self) -> Self;
    /// `-self`.
    fn neg(self) -> Self;
    /// `self · other`. Takes loose values.
    fn mul(self, other: Self) -> Self;
    /// `self²`. Takes loose values.
    fn square(self) -> Self;

    /// `self + other`, not reduced: the bounds add up. Takes loose values.
    fn add_loose(self, other: Self) -> Self;
    /// `self - other`, not reduced: the result's bound is that of `self` plus 2. `other` is tight, `self` may be loose.
    fn sub_loose(self, other: Self) -> Self;

    /// `-self` in the lanes that are in `mask`, where it must not be zero; `self` in the others.
    fn neg_nonzero(self, mask: Mask) -> Self;

    /// The lanes that are zero.
    fn is_zero(self) -> Mask;
    /// The lanes of `yes` that are in `mask`, the others of `no`. Takes loose values.
    fn select(mask: Mask, yes: Self, no: Self) -> Self;

    /// The lanes in which `self` and `other` are equal.
    #[inline(always)]
    fn equals(self, other: Self) -> Mask {
        self.sub(other).is_zero()
    }
}

/// Lanes that come from, and go to, eight unrelated places in memory without conversion.
pub trait PackedLanes: FieldLanes {
    /// One element as this backend keeps it in memory: whole cache lines.
    type Packed: Copy + Debug + Send + Sync + 'static;

    /// One element in this backend's form of storage.
    fn pack(backend: Self::Backend, element: Self::Element) -> Self::Packed;
    /// The element of a place.
    fn unpack(backend: Self::Backend, place: &Self::Packed) -> Self::Element;
    /// Whether the element of a place is zero.
    fn is_zero_packed(place: &Self::Packed) -> bool;
    /// The values at eight places. They must come from this backend's `scatter` or `pack`.
    fn gather(backend: Self::Backend, places: [&Self::Packed; LANES]) -> Self;
    /// The lanes, one by one. Takes loose values and keeps their bounds.
    fn scatter(self) -> [Self::Packed; LANES];
}

/// Lanes that can be turned over, eight values at a time.
pub trait TurnedLanes: FieldLanes {
    /// Rows to columns: lane `j` of result `i` is lane `i` of argument `j`. Takes loose values and keeps their bounds.
    fn transpose(rows: [Self; LANES]) -> [Self; LANES];
}

/// One prime field element in memory: eight words, one cache line. What they mean is the backend's affair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Row(pub(crate) [u64; 8]);

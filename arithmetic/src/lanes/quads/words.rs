//! Vectors: the only place that names vector instructions.
//!
//! No `unsafe`: the instructions are part of the module or it does not load, so the functions of the standard library
//! that stand for them are safe to call.

/// One limb of four lanes.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Quad(platform::Four);

/// Columns of two lanes.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Pair(platform::Two);

/// One prime field element in memory: sixteen 32-bit limbs, one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct PackedRow(pub(super) [Quad; 4]);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod platform {
    use std::arch::wasm32::*;

    use super::{Pair, Quad};

    pub(super) type Four = v128;
    pub(super) type Two = v128;

    impl Quad {
        /// One word for each lane.
        #[inline(always)]
        pub(in super::super) const fn from_array([a, b, c, d]: [u32; 4]) -> Self {
            Self(u32x4(a, b, c, d))
        }

        /// The words lane by lane.
        #[inline(always)]
        pub(in super::super) fn to_array(self) -> [u32; 4] {
            [
                u32x4_extract_lane::<0>(self.0),
                u32x4_extract_lane::<1>(self.0),
                u32x4_extract_lane::<2>(self.0),
                u32x4_extract_lane::<3>(self.0),
            ]
        }

        #[inline(always)]
        pub(in super::super) fn add(self, other: Self) -> Self {
            Self(u32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn sub(self, other: Self) -> Self {
            Self(u32x4_sub(self.0, other.0))
        }

        /// The low words of the products.
        #[inline(always)]
        pub(in super::super) fn mul(self, other: Self) -> Self {
            Self(u32x4_mul(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn xor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }

        /// Division by `2^BITS` of signed words, rounded down.
        #[inline(always)]
        pub(in super::super) fn shift_right_signed<const BITS: u32>(self) -> Self {
            Self(i32x4_shr(self.0, BITS))
        }

        /// All ones in the lanes that are equal, zero in the others.
        #[inline(always)]
        pub(in super::super) fn equals(self, other: Self) -> Self {
            Self(u32x4_eq(self.0, other.0))
        }

        /// The highest bit of each lane.
        #[inline(always)]
        pub(in super::super) fn top_bits(self) -> u8 {
            u32x4_bitmask(self.0)
        }

        /// The bits of `yes` that are set in `mask`, the others of `no`.
        #[inline(always)]
        pub(in super::super) fn select(mask: Self, yes: Self, no: Self) -> Self {
            Self(v128_bitselect(yes.0, no.0, mask.0))
        }

        /// The products of lanes 0 and 1.
        #[inline(always)]
        pub(in super::super) fn products_low(self, other: Self) -> Pair {
            Pair(u64x2_extmul_low_u32x4(self.0, other.0))
        }

        /// The products of lanes 2 and 3.
        #[inline(always)]
        pub(in super::super) fn products_high(self, other: Self) -> Pair {
            Pair(u64x2_extmul_high_u32x4(self.0, other.0))
        }

        /// The low words of four columns.
        #[inline(always)]
        pub(in super::super) fn of_columns(low: Pair, high: Pair) -> Self {
            Self(u32x4_shuffle::<0, 2, 4, 6>(low.0, high.0))
        }

        /// Rows to columns: word `j` of result `i` is word `i` of argument `j`.
        #[inline(always)]
        pub(in super::super) fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let ab_low = u32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
            let ab_high = u32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
            let cd_low = u32x4_shuffle::<0, 4, 1, 5>(c.0, d.0);
            let cd_high = u32x4_shuffle::<2, 6, 3, 7>(c.0, d.0);
            [
                Self(u32x4_shuffle::<0, 1, 4, 5>(ab_low, cd_low)),
                Self(u32x4_shuffle::<2, 3, 6, 7>(ab_low, cd_low)),
                Self(u32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high)),
                Self(u32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high)),
            ]
        }
    }

    impl Pair {
        pub(in super::super) const ZERO: Self = Self(u64x2(0, 0));

        #[inline(always)]
        pub(in super::super) fn add(self, other: Self) -> Self {
            Self(u64x2_add(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn shift_right<const BITS: u32>(self) -> Self {
            Self(u64x2_shr(self.0, BITS))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod platform {
    use std::array::from_fn;

    use super::{Pair, Quad};

    pub(super) type Four = [u32; 4];
    pub(super) type Two = [u64; 2];

    impl Quad {
        #[inline(always)]
        pub(in super::super) const fn from_array(words: [u32; 4]) -> Self {
            Self(words)
        }

        #[inline(always)]
        pub(in super::super) fn to_array(self) -> [u32; 4] {
            self.0
        }

        #[inline(always)]
        pub(in super::super) fn add(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i].wrapping_add(other.0[i])))
        }

        #[inline(always)]
        pub(in super::super) fn sub(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i].wrapping_sub(other.0[i])))
        }

        #[inline(always)]
        pub(in super::super) fn mul(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i].wrapping_mul(other.0[i])))
        }

        #[inline(always)]
        pub(in super::super) fn and(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i] & other.0[i]))
        }

        #[inline(always)]
        pub(in super::super) fn or(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i] | other.0[i]))
        }

        #[inline(always)]
        pub(in super::super) fn xor(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i] ^ other.0[i]))
        }

        #[inline(always)]
        pub(in super::super) fn shift_right_signed<const BITS: u32>(self) -> Self {
            Self(self.0.map(|word| (word.cast_signed() >> BITS).cast_unsigned()))
        }

        #[inline(always)]
        pub(in super::super) fn equals(self, other: Self) -> Self {
            Self(from_fn(|i| if self.0[i] == other.0[i] { u32::MAX } else { 0 }))
        }

        #[inline(always)]
        pub(in super::super) fn top_bits(self) -> u8 {
            (0..4).map(|i| ((self.0[i] >> 31) as u8) << i).sum()
        }

        #[inline(always)]
        pub(in super::super) fn select(mask: Self, yes: Self, no: Self) -> Self {
            Self(from_fn(|i| yes.0[i] & mask.0[i] | no.0[i] & !mask.0[i]))
        }

        #[inline(always)]
        pub(in super::super) fn products_low(self, other: Self) -> Pair {
            Pair(from_fn(|i| u64::from(self.0[i]) * u64::from(other.0[i])))
        }

        #[inline(always)]
        pub(in super::super) fn products_high(self, other: Self) -> Pair {
            Pair(from_fn(|i| u64::from(self.0[i + 2]) * u64::from(other.0[i + 2])))
        }

        #[inline(always)]
        pub(in super::super) fn of_columns(Pair([a, b]): Pair, Pair([c, d]): Pair) -> Self {
            Self([a as u32, b as u32, c as u32, d as u32])
        }

        #[inline(always)]
        pub(in super::super) fn transpose(rows: [Self; 4]) -> [Self; 4] {
            from_fn(|i| Self(from_fn(|j| rows[j].0[i])))
        }
    }

    impl Pair {
        pub(in super::super) const ZERO: Self = Self([0, 0]);

        /// Overflow is an error here, so that tests see a column that is too large.
        #[inline(always)]
        pub(in super::super) fn add(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i].checked_add(other.0[i]).expect("columns are bounded")))
        }

        #[inline(always)]
        pub(in super::super) fn shift_right<const BITS: u32>(self) -> Self {
            Self(self.0.map(|word| word >> BITS))
        }
    }
}

impl Quad {
    pub(super) const ZERO: Self = Self::splat(0);

    /// All lanes the same word.
    #[inline(always)]
    pub(super) const fn splat(word: u32) -> Self {
        Self::from_array([word; 4])
    }

    /// All ones in the lanes whose bit is set, zero in the others.
    #[inline(always)]
    pub(super) fn spread(bits: u8) -> Self {
        const LANE_BITS: Quad = Quad::from_array([1, 2, 4, 8]);
        Self::splat(u32::from(bits)).and(LANE_BITS).equals(LANE_BITS)
    }
}

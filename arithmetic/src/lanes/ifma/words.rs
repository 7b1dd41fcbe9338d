//! Eight 64-bit words in one register: the only place that names vector instructions.

use std::arch::x86_64::*;

use crate::backend::Ifma;
use crate::lanes::{LANES, Mask};

/// Eight words. A value exists only on a processor that has the instructions of [`Ifma`]: each is made from an `Ifma`
/// or from another value.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Words(__m512i);

/// Calls an intrinsic.
macro_rules! vector {
    ($call:expr) => {
        // SAFETY: every function in which this stands takes an `Ifma` or a `Words`, which exist only if
        // `Ifma::detect` found the features that the intrinsic needs (avx512f, avx512dq, avx512ifma).
        unsafe { $call }
    };
}

impl Words {
    /// All lanes the same word.
    #[inline(always)]
    pub(super) fn splat(_: Ifma, word: u64) -> Self {
        Self(vector!(_mm512_set1_epi64(word.cast_signed())))
    }

    /// One word for each lane.
    #[inline(always)]
    pub(super) fn from_array(_: Ifma, words: [u64; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = words.map(u64::cast_signed);
        Self(vector!(_mm512_set_epi64(h, g, f, e, d, c, b, a)))
    }

    /// The words lane by lane.
    #[inline(always)]
    pub(super) fn to_array(self) -> [u64; LANES] {
        // SAFETY: both types are 64 bytes of plain data, and every bit pattern is valid in both.
        unsafe { std::mem::transmute::<__m512i, [u64; LANES]>(self.0) }
    }

    /// The words of one cache line.
    #[inline(always)]
    pub(super) fn from_row(_: Ifma, row: &[u64; LANES]) -> Self {
        // SAFETY: `row` is 64 readable bytes, and this load has no demand on alignment. The features: see `vector`.
        Self(unsafe { _mm512_loadu_si512(row.as_ptr().cast()) })
    }

    /// All lanes zero.
    #[inline(always)]
    pub(super) fn zero(_: Ifma) -> Self {
        Self(vector!(_mm512_setzero_si512()))
    }

    /// One lane with another word.
    #[inline(always)]
    pub(super) fn with_lane(self, lane: usize, word: u64) -> Self {
        Self(vector!(_mm512_mask_set1_epi64(self.0, 1 << lane, word.cast_signed())))
    }

    /// The permission that this value carries.
    #[inline(always)]
    pub(super) fn backend(self) -> Ifma {
        Ifma::of_existing_vector()
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Self(vector!(_mm512_add_epi64(self.0, other.0)))
    }

    #[inline(always)]
    pub(super) fn sub(self, other: Self) -> Self {
        Self(vector!(_mm512_sub_epi64(self.0, other.0)))
    }

    #[inline(always)]
    pub(super) fn and(self, other: Self) -> Self {
        Self(vector!(_mm512_and_si512(self.0, other.0)))
    }

    #[inline(always)]
    pub(super) fn or(self, other: Self) -> Self {
        Self(vector!(_mm512_or_si512(self.0, other.0)))
    }

    #[inline(always)]
    pub(super) fn shift_left<const BITS: u32>(self) -> Self {
        Self(vector!(_mm512_slli_epi64::<BITS>(self.0)))
    }

    #[inline(always)]
    pub(super) fn shift_right<const BITS: u32>(self) -> Self {
        Self(vector!(_mm512_srli_epi64::<BITS>(self.0)))
    }

    /// Division by `2^BITS` of signed words, rounded down.
    #[inline(always)]
    pub(super) fn shift_right_signed<const BITS: u32>(self) -> Self {
        Self(vector!(_mm512_srai_epi64::<BITS>(self.0)))
    }

    /// `self + (a · b mod 2^52)`; only the low 52 bits of `a` and `b` count.
    #[inline(always)]
    pub(super) fn add_product_low(self, a: Self, b: Self) -> Self {
        Self(vector!(_mm512_madd52lo_epu64(self.0, a.0, b.0)))
    }

    /// `self + ⌊a · b / 2^52⌋`; only the low 52 bits of `a` and `b` count.
    #[inline(always)]
    pub(super) fn add_product_high(self, a: Self, b: Self) -> Self {
        Self(vector!(_mm512_madd52hi_epu64(self.0, a.0, b.0)))
    }

    /// The lanes that are equal.
    #[inline(always)]
    pub(super) fn equals(self, other: Self) -> Mask {
        vector!(_mm512_cmpeq_epi64_mask(self.0, other.0))
    }

    /// The lanes that are negative as signed words.
    #[inline(always)]
    pub(super) fn is_negative(self) -> Mask {
        vector!(_mm512_movepi64_mask(self.0))
    }

    /// The lanes of `yes` that are in `mask`, the others of `no`.
    #[inline(always)]
    pub(super) fn select(mask: Mask, yes: Self, no: Self) -> Self {
        Self(vector!(_mm512_mask_blend_epi64(mask, no.0, yes.0)))
    }
}

/// Rows to columns: word `j` of result `i` is word `i` of argument `j`.
#[inline(always)]
pub(super) fn transpose(rows: [Words; 8]) -> [Words; 8] {
    let [a, b, c, d, e, f, g, h] = rows.map(|row| row.0);
    // Pairs of words, then pairs of pairs, then halves.
    vector!({
        let ab_even = _mm512_unpacklo_epi64(a, b);
        let ab_odd = _mm512_unpackhi_epi64(a, b);
        let cd_even = _mm512_unpacklo_epi64(c, d);
        let cd_odd = _mm512_unpackhi_epi64(c, d);
        let ef_even = _mm512_unpacklo_epi64(e, f);
        let ef_odd = _mm512_unpackhi_epi64(e, f);
        let gh_even = _mm512_unpacklo_epi64(g, h);
        let gh_odd = _mm512_unpackhi_epi64(g, h);

        let abcd_04 = _mm512_shuffle_i64x2::<0b10_00_10_00>(ab_even, cd_even);
        let abcd_26 = _mm512_shuffle_i64x2::<0b11_01_11_01>(ab_even, cd_even);
        let abcd_15 = _mm512_shuffle_i64x2::<0b10_00_10_00>(ab_odd, cd_odd);
        let abcd_37 = _mm512_shuffle_i64x2::<0b11_01_11_01>(ab_odd, cd_odd);
        let efgh_04 = _mm512_shuffle_i64x2::<0b10_00_10_00>(ef_even, gh_even);
        let efgh_26 = _mm512_shuffle_i64x2::<0b11_01_11_01>(ef_even, gh_even);
        let efgh_15 = _mm512_shuffle_i64x2::<0b10_00_10_00>(ef_odd, gh_odd);
        let efgh_37 = _mm512_shuffle_i64x2::<0b11_01_11_01>(ef_odd, gh_odd);

        [
            Words(_mm512_shuffle_i64x2::<0b10_00_10_00>(abcd_04, efgh_04)),
            Words(_mm512_shuffle_i64x2::<0b10_00_10_00>(abcd_15, efgh_15)),
            Words(_mm512_shuffle_i64x2::<0b10_00_10_00>(abcd_26, efgh_26)),
            Words(_mm512_shuffle_i64x2::<0b10_00_10_00>(abcd_37, efgh_37)),
            Words(_mm512_shuffle_i64x2::<0b11_01_11_01>(abcd_04, efgh_04)),
            Words(_mm512_shuffle_i64x2::<0b11_01_11_01>(abcd_15, efgh_15)),
            Words(_mm512_shuffle_i64x2::<0b11_01_11_01>(abcd_26, efgh_26)),
            Words(_mm512_shuffle_i64x2::<0b11_01_11_01>(abcd_37, efgh_37)),
        ]
    })
}

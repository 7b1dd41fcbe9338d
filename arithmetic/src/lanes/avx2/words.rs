//! Four 64-bit words or doubles in one register: the only place that names vector instructions.
//!
//! # How a product is split
//!
//! Let `a`, `b` be integers with `|a b| <= 2^102`. The doubles between `2^103` and `2^104` are the multiples of `2^51`, so
//! `3·2^102 + a b`, rounded to a double, is `3·2^102 + 2^51 h` for an integer `h`, and `l = a b - 2^51 h` is at most
//! `2^50` in absolute value. The rounded sum's bits are those of `3·2^102` plus `h`. Subtracting it from
//! `3·2^102 + 3·2^51` is exact, and adding `a b` to the difference gives `3·2^51 + l`, also exactly; its bits are those of
//! `3·2^51` plus `l`, because the doubles between `2^52` and `2^53` are the integers. So the bits can be summed as
//! integers, and the constants be taken off all at once ([`LOW_BITS`], [`HIGH_BITS`]).
//!
//! This holds for the default rounding, to nearest, that Rust relies on everywhere.

use std::arch::asm;
use std::arch::x86_64::*;

use crate::backend::Avx2;

/// How many bits a limb has.
pub(super) const BITS: u32 = 51;
/// The low bits of a word, as many as a limb has.
const LIMB_MASK: u64 = (1 << BITS) - 1;

/// What is added to a product to split it.
const SPLIT: f64 = 3.0 * (1u128 << 102) as f64;
/// What the lower half comes on top of.
const LOW: f64 = 3.0 * (1u64 << 51) as f64;
/// What [`add_product`] adds to the lower column besides the lower half.
pub(super) const LOW_BITS: u64 = LOW.to_bits();
/// What [`add_product`] adds to the higher column besides the upper half.
pub(super) const HIGH_BITS: u64 = SPLIT.to_bits();

/// Four words. A value exists only on a processor that has the instructions of [`Avx2`]: each is made from an `Avx2` or
/// from another value.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Words(__m256i);

/// Four doubles. As [`Words`], a value is the proof that the processor has the instructions.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Doubles(__m256d);

/// The limbs of a factor as doubles, in memory: one row for each limb, one column for each lane.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Factor(pub(super) [[f64; 4]; 8]);

/// Calls an intrinsic.
macro_rules! vector {
    ($call:expr) => {
        // SAFETY: every function in which this stands takes an `Avx2`, a `Words` or a `Doubles`, which exist only if
        // `Avx2::detect` found the features that the intrinsic needs (avx2, fma).
        unsafe { $call }
    };
}

impl Words {
    /// All lanes the same word.
    #[inline(always)]
    pub(super) fn splat(_: Avx2, word: u64) -> Self {
        Self(vector!(_mm256_set1_epi64x(word.cast_signed())))
    }

    /// Half a cache line: words 0 to 3 of it, or 4 to 7.
    #[inline(always)]
    pub(super) fn from_row<const HALF: usize>(_: Avx2, row: &[u64; 8]) -> Self {
        const { assert!(HALF < 2, "a row has two halves") }
        // SAFETY: 32 bytes from word 0 or 4 on are inside `row`, and this load has no demand on alignment. The features: see
        // `vector`.
        Self(unsafe { _mm256_loadu_si256(row.as_ptr().add(4 * HALF).cast()) })
    }

    /// The words lane by lane.
    #[inline(always)]
    pub(super) fn to_array(self) -> [u64; 4] {
        // SAFETY: both types are 32 bytes of plain data, and every bit pattern is valid in both.
        unsafe { std::mem::transmute::<__m256i, [u64; 4]>(self.0) }
    }

    /// The permission that this value carries.
    #[inline(always)]
    pub(super) fn backend(self) -> Avx2 {
        Avx2::of_existing_vector()
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Self(vector!(_mm256_add_epi64(self.0, other.0)))
    }

    #[inline(always)]
    pub(super) fn sub(self, other: Self) -> Self {
        Self(vector!(_mm256_sub_epi64(self.0, other.0)))
    }

    /// The part of a word that a limb holds.
    #[inline(always)]
    pub(super) fn limb(self) -> Self {
        Self(vector!(_mm256_and_si256(self.0, _mm256_set1_epi64x(LIMB_MASK.cast_signed()))))
    }

    /// The part of a word above what a limb holds. The word counts as unsigned.
    #[inline(always)]
    pub(super) fn carry(self) -> Self {
        Self(vector!(_mm256_srli_epi64::<{ BITS as i32 }>(self.0)))
    }

    /// All ones in the lanes that are equal, zero in the others.
    #[inline(always)]
    pub(super) fn equals(self, other: Self) -> Self {
        Self(vector!(_mm256_cmpeq_epi64(self.0, other.0)))
    }

    #[inline(always)]
    pub(super) fn and(self, other: Self) -> Self {
        Self(vector!(_mm256_and_si256(self.0, other.0)))
    }

    /// The highest bit of each lane.
    #[inline(always)]
    pub(super) fn top_bits(self) -> u8 {
        // Four bits.
        vector!(_mm256_movemask_pd(_mm256_castsi256_pd(self.0))) as u8
    }

    /// All ones in the lanes whose bit is set among the lowest four, zero in the others.
    #[inline(always)]
    pub(super) fn spread(backend: Avx2, bits: u8) -> Self {
        let lanes = Self(vector!(_mm256_set_epi64x(8, 4, 2, 1)));
        Self::splat(backend, u64::from(bits)).and(lanes).equals(lanes)
    }

    /// The lanes of `yes` where the highest bit of `mask` is set, those of `no` elsewhere.
    #[inline(always)]
    pub(super) fn select(mask: Self, yes: Self, no: Self) -> Self {
        Self(vector!(_mm256_castpd_si256(_mm256_blendv_pd(
            _mm256_castsi256_pd(no.0),
            _mm256_castsi256_pd(yes.0),
            _mm256_castsi256_pd(mask.0)
        ))))
    }

    /// As doubles. The words are below `2^52`.
    #[inline(always)]
    pub(super) fn to_doubles(self) -> Doubles {
        /// The doubles from here to `2^53` are the integers, and their low bits are those of the integers.
        const FIRST: f64 = (1u64 << 52) as f64;
        Doubles(vector!({
            let first = _mm256_set1_pd(FIRST);
            _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(self.0), first), first)
        }))
    }

    /// Rows to columns: word `j` of result `i` is word `i` of argument `j`.
    #[inline(always)]
    pub(super) fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        vector!({
            let ab_even = _mm256_unpacklo_epi64(a.0, b.0);
            let ab_odd = _mm256_unpackhi_epi64(a.0, b.0);
            let cd_even = _mm256_unpacklo_epi64(c.0, d.0);
            let cd_odd = _mm256_unpackhi_epi64(c.0, d.0);
            [
                Self(_mm256_permute2x128_si256::<0x20>(ab_even, cd_even)),
                Self(_mm256_permute2x128_si256::<0x20>(ab_odd, cd_odd)),
                Self(_mm256_permute2x128_si256::<0x31>(ab_even, cd_even)),
                Self(_mm256_permute2x128_si256::<0x31>(ab_odd, cd_odd)),
            ]
        })
    }
}

impl Doubles {
    /// All lanes the same number.
    #[inline(always)]
    pub(super) fn splat(_: Avx2, number: f64) -> Self {
        Self(vector!(_mm256_set1_pd(number)))
    }

    /// In memory.
    #[inline(always)]
    pub(super) fn store(self, row: &mut [f64; 4]) {
        // SAFETY: `row` is 32 writable bytes, and this store has no demand on alignment. The features: see `vector`.
        unsafe { _mm256_storeu_pd(row.as_mut_ptr(), self.0) }
    }

    /// The lower half of the product: between `-2^50` and `2^50`, and congruent to the product modulo `2^51`.
    #[inline(always)]
    pub(super) fn product_low(self, other: Self, splitter: Splitter) -> Self {
        Self(vector!({
            let rounded = _mm256_fmadd_pd(self.0, other.0, splitter.split.0);
            _mm256_fmadd_pd(self.0, other.0, _mm256_sub_pd(splitter.split.0, rounded))
        }))
    }
}

/// The constants that split products, kept in registers over many of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Splitter {
    split: Doubles,
    split_and_low: Doubles,
}

impl Splitter {
    #[inline(always)]
    pub(super) fn new(backend: Avx2) -> Self {
        Self { split: Doubles::splat(backend, SPLIT), split_and_low: Doubles::splat(backend, SPLIT + LOW) }
    }
}

/// Adds the halves of `a` times limb `J` of `factor` to two columns, and with them [`LOW_BITS`] and [`HIGH_BITS`].
///
/// In assembly because of its order: from intrinsics the compiler computes all halves of a column first, for which there
/// are not enough registers, and takes twice the time.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn add_product<const J: usize>(
    [low, high]: [&mut Words; 2],
    a: Doubles,
    factor: &Factor,
    Splitter { split, split_and_low }: Splitter,
) {
    const { assert!(J < 8, "a factor has eight limbs") }
    // SAFETY: these instructions write only the registers named as outputs and read, besides registers, 32 bytes at
    // `32 J` of `factor`, which is 256 bytes long; such operands need no alignment. They do not use the stack. Their
    // features (avx2, fma) are those of this function. The flags, which count as clobbered, include those that
    // record that a result was rounded.
    unsafe {
        asm!(
            "vmovapd {upper}, {split}",
            "vfmadd231pd {upper}, {a}, ymmword ptr [{factor} + {offset}]",
            "vsubpd {lower}, {split_and_low}, {upper}",
            "vpaddq {high}, {high}, {upper}",
            "vfmadd231pd {lower}, {a}, ymmword ptr [{factor} + {offset}]",
            "vpaddq {low}, {low}, {lower}",
            upper = out(ymm_reg) _,
            lower = out(ymm_reg) _,
            low = inout(ymm_reg) low.0,
            high = inout(ymm_reg) high.0,
            a = in(ymm_reg) a.0,
            factor = in(reg) factor,
            split = in(ymm_reg) split.0,
            split_and_low = in(ymm_reg) split_and_low.0,
            offset = const 32 * J,
            options(pure, readonly, nostack),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integers at which the halves change: the ends of the range, ties of the rounding, and their neighbours.
    fn edges() -> Vec<i64> {
        let limb = 1i64 << BITS;
        let mut edges = vec![0, 1, 2, 3, limb - 1, limb - 2, limb / 2, limb / 2 - 1, limb / 2 + 1, 0x5_5555_5555_5555];
        edges.extend((0..51).map(|bit| 1i64 << bit));
        edges
    }

    #[test]
    fn halves_of_products_are_those_of_integers() {
        let Some(backend) = Avx2::detect() else { return };
        let splitter = Splitter::new(backend);
        let negative = edges().into_iter().filter(|edge| *edge <= 1 << 50).map(|edge| -edge);
        for a in edges().into_iter().chain(negative) {
            for b in edges() {
                let factor = Factor([[b as f64; 4]; 8]);
                let (mut low, mut high) = (Words::splat(backend, 7), Words::splat(backend, 9));
                let first = Doubles::splat(backend, a as f64);
                // SAFETY: `Avx2::detect` has found the features.
                unsafe { add_product::<3>([&mut low, &mut high], first, &factor, splitter) };
                let low = low.to_array()[0].wrapping_sub(7).wrapping_sub(LOW_BITS).cast_signed();
                let high = high.to_array()[3].wrapping_sub(9).wrapping_sub(HIGH_BITS).cast_signed();
                assert!(low.unsigned_abs() <= 1 << 50, "{a} {b}");
                assert_eq!((i128::from(high) << BITS) + i128::from(low), i128::from(a) * i128::from(b));

                let mut row = [0.0; 4];
                first.product_low(Doubles::splat(backend, b as f64), splitter).store(&mut row);
                assert_eq!(row, [low as f64; 4], "{a} {b}");
            }
        }
    }

    #[test]
    fn words_become_the_doubles_of_the_same_value() {
        let Some(backend) = Avx2::detect() else { return };
        for edge in edges().into_iter().chain([(1 << 52) - 1]) {
            let mut row = [0.0; 4];
            Words::splat(backend, edge.cast_unsigned()).to_doubles().store(&mut row);
            assert_eq!(row, [edge as f64; 4]);
        }
    }
}

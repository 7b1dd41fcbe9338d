//! Sums of products, column by column, and their reduction.
//!
//! Column `k` of a product weighs `2^(51 k)`. Columns are words that may wrap: they start with what makes up for the
//! constants that products bring along, and with an offset of `2^62`, so that what they stand for, of either sign, is
//! carried on by a logical shift (there is no arithmetic one). The next column starts with minus what the shift makes
//! of the offset.

use super::prime::{FQ, Half};
use super::words::{BITS, Doubles, Factor, HIGH_BITS, LOW_BITS, Splitter, Words, add_product};
use crate::backend::Avx2;
use crate::lanes::unroll;

/// What a word starts with that stands for a signed number.
const OFFSET: u64 = 1 << 62;

/// Limbs that may be made smaller by up to `2^62` in absolute value before they are normalised: an offset in all but the
/// highest, which keeps its sign.
pub(super) const fn with_offsets<const L: usize>(mut limbs: [u64; L]) -> [u64; L] {
    let mut i = 0;
    while i + 1 < L {
        limbs[i] = limbs[i].wrapping_add(OFFSET);
        limbs[i + 1] = limbs[i + 1].wrapping_sub(OFFSET >> BITS);
        i += 1;
    }
    limbs
}

/// How the columns start to which so many products are added, and in the end those of the reduction. With the prime in
/// the upper half, which the reduction leaves.
const fn start(products: usize) -> [u64; 16] {
    // One more for the reduction.
    let count = products as u64 + 1;
    let mut columns = [0u64; 16];
    let mut i = 0;
    while i < 8 {
        columns[8 + i] = columns[8 + i].wrapping_add(FQ.modulus[i]);
        let mut j = 0;
        while j < 8 {
            columns[i + j] = columns[i + j].wrapping_sub(LOW_BITS.wrapping_mul(count));
            columns[i + j + 1] = columns[i + j + 1].wrapping_sub(HIGH_BITS.wrapping_mul(count));
            j += 1;
        }
        i += 1;
    }
    with_offsets(columns)
}

/// The prime as doubles.
static MODULUS: Factor = {
    let mut rows = [[0.0; 4]; 8];
    let mut i = 0;
    while i < 8 {
        rows[i] = [FQ.modulus[i] as f64; 4];
        i += 1;
    }
    Factor(rows)
};

/// The columns of sums of products in four lanes. At most three products may be added, so that what a column stands for
/// is below `2^58`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Columns([Words; 16]);

impl Columns {
    /// For as many products as will be added.
    #[inline(always)]
    pub(super) fn for_products<const PRODUCTS: usize>(backend: Avx2) -> Self {
        const { assert!(PRODUCTS <= 3, "columns are bounded") }
        let words = const { start(PRODUCTS) };
        let mut columns = [Words::splat(backend, words[0]); 16];
        unroll!(K in [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] {
            columns[K] = Words::splat(backend, words[K]);
        });
        Self(columns)
    }

    /// Adds a product.
    #[inline(always)]
    pub(super) fn add_product(&mut self, a: &Half, b: &Half) {
        // SAFETY: a `Words` exists, so the processor has the features.
        unsafe { add_product_to(self, a, b) }
    }

    /// The columns of a square.
    #[inline(always)]
    pub(super) fn square(a: &Half) -> Self {
        let mut columns = Self([a.0[0]; 16]);
        // SAFETY: a `Words` exists, so the processor has the features.
        unsafe { square_into(&mut columns, a) };
        columns
    }
}

/// Montgomery reduction of both halves: `T / R mod p`, where `T` is the number that the columns stand for and is not
/// negative. The result is above 0 and below `T / R + 1.51 p`, so tight for `T` below `2^26 p²`.
#[inline(always)]
pub(super) fn reduce(columns: &[Columns; 2]) -> [Half; 2] {
    let mut halves = [Half([columns[0].0[0]; 8]); 2];
    // SAFETY: a `Words` exists, so the processor has the features.
    unsafe { reduce_into(&mut halves, columns) };
    halves
}

/// The index if it is one of a limb; 0 where the code around it does not run.
const fn limb(index: usize) -> usize {
    if index < 8 { index } else { 0 }
}

/// Whether the limb has a partner in a column, which is `least` or a higher one.
const fn meets(column: usize, limb: usize, least: usize) -> bool {
    limb + least <= column && column < limb + 8
}

#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn add_product_to(columns: &mut Columns, a: &Half, b: &Half) {
    let splitter = Splitter::new(a.0[0].backend());
    let factor = b.to_factor();
    let first = a.to_doubles();
    let mut column = columns.0[0];
    unroll!(K in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14] {
        let mut next = columns.0[K + 1];
        unroll!(I in [0 1 2 3 4 5 6 7] {
            if meets(K, I, 0) {
                add_product::<{ limb(K.wrapping_sub(I)) }>([&mut column, &mut next], first[I], &factor, splitter);
            }
        });
        columns.0[K] = column;
        column = next;
    });
    columns.0[15] = column;
}

#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn square_into(columns: &mut Columns, a: &Half) {
    const START: [u64; 16] = start(1);
    let backend = a.0[0].backend();
    let splitter = Splitter::new(backend);
    let factor = a.to_factor();
    let first = a.to_doubles();
    // The products of different limbs, which count twice.
    let mut column = Words::splat(backend, 0);
    unroll!(K in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14] {
        let mut next = Words::splat(backend, 0);
        unroll!(I in [0 1 2 3 4 5 6 7] {
            if meets(K, I, I + 1) {
                add_product::<{ limb(K.wrapping_sub(I)) }>([&mut column, &mut next], first[I], &factor, splitter);
            }
        });
        columns.0[K] = column.add(column).add(Words::splat(backend, START[K]));
        column = next;
    });
    columns.0[15] = column.add(column).add(Words::splat(backend, START[15]));
    unroll!(I in [0 1 2 3 4 5 6 7] {
        let [mut low, mut high] = [columns.0[2 * I], columns.0[2 * I + 1]];
        add_product::<I>([&mut low, &mut high], first[I], &factor, splitter);
        [columns.0[2 * I], columns.0[2 * I + 1]] = [low, high];
    });
}

/// Both halves in turns: each column waits for the one before, and in the meantime the other half is computed.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn reduce_into(halves: &mut [Half; 2], columns: &[Columns; 2]) {
    let backend = columns[0].0[0].backend();
    let splitter = Splitter::new(backend);
    let negative_inverse = Doubles::splat(backend, FQ.negative_inverse as f64);
    let mut multiples = [[Doubles::splat(backend, 0.0); 8]; 2];
    let mut column = [columns[0].0[0], columns[1].0[0]];
    unroll!(K in [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14] {
        let mut next = [columns[0].0[K + 1], columns[1].0[K + 1]];
        unroll!(I in [0 1 2 3 4 5 6 7] {
            if meets(K, I, 1) {
                unroll!(H in [0 1] {
                    let sums = [&mut column[H], &mut next[H]];
                    add_product::<{ limb(K.wrapping_sub(I)) }>(sums, multiples[H][I], &MODULUS, splitter);
                });
            }
        });
        if K < 8 {
            // Adding m·p makes the column a multiple of 2^51. m is signed: |m| <= 2^50.
            unroll!(H in [0 1] {
                multiples[H][limb(K)] =
                    column[H].limb().to_doubles().product_low(negative_inverse, splitter);
            });
            unroll!(H in [0 1] {
                add_product::<0>([&mut column[H], &mut next[H]], multiples[H][limb(K)], &MODULUS, splitter);
                next[H] = next[H].add(column[H].carry());
            });
        } else {
            unroll!(H in [0 1] {
                next[H] = next[H].add(column[H].carry());
                halves[H].0[limb(K.wrapping_sub(8))] = column[H].limb();
            });
        }
        column = next;
    });
    unroll!(H in [0 1] {
        halves[H].0[7] = column[H];
    });
}

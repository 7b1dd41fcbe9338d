//! Scalars to signed digits, and the points sorted by the bucket that their digit names.

use ark_bls12_381::Fr;
use rayon::prelude::*;

use super::add::Signed;
use super::curve::Curve;
use crate::wiped::{Wiped, wipe};

/// The widths that windows may have. From 3 bits on, a part and its bias together fit in an `i128`: with 2, the bias is two
/// thirds of 2^126, and a part of a scalar for G1 may be more than four thirds of it.
pub(super) const WIDTHS: std::ops::RangeInclusive<u32> = 3..=20;

/// So many scalars are worth another thread.
const SMALLEST_SHARE: usize = 1 << 10;

/// How scalars are cut: windows of `width` bits, one of [`WIDTHS`], from the lowest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub(super) width: u32,
    pub(super) count: u32,
}

impl Windows {
    /// The windows of this width for the scalars of a curve.
    pub(super) fn new<G: Curve>(width: u32) -> Self {
        Self { width, count: G::PART_BITS.div_ceil(width) }
    }

    /// How many buckets a window has: digits are at most `2^(width - 1)` in absolute value, and bucket 0 stays empty.
    pub(super) fn buckets(self) -> usize {
        (1 << (self.width - 1)) + 1
    }

    /// What makes each digit but the highest non-negative: half a window's range in each.
    fn bias(self) -> i128 {
        (0..self.count - 1).map(|window| 1i128 << (self.width * (window + 1) - 1)).sum()
    }
}

/// The parts of many scalars, biased so that each window can be read by itself.
#[derive(Debug)]
pub(super) struct Digits {
    windows: Windows,
    parts: Wiped<i128>,
}

impl Digits {
    /// `origins` says which scalar belongs to each kept base.
    pub(super) fn new<G: Curve>(windows: Windows, origins: &[u32], scalars: &[Fr]) -> Self {
        let bias = windows.bias();
        let mut parts = Wiped::new(vec![0; origins.len() * G::PARTS], 0);
        let shares = parts.par_chunks_mut(G::PARTS * SMALLEST_SHARE).zip(origins.par_chunks(SMALLEST_SHARE));
        shares.for_each(|(parts, origins)| {
            for (parts, &origin) in parts.chunks_exact_mut(G::PARTS).zip(origins) {
                // Bases without a scalar are multiplied by zero.
                let split = scalars.get(origin as usize).map_or([0; 4], G::split);
                for (part, split) in parts.iter_mut().zip(split) {
                    *part = split + bias;
                }
            }
        });
        Self { windows, parts }
    }

    #[inline(always)]
    fn digit(&self, part: i128, window: u32) -> i32 {
        let shifted = part >> (self.windows.width * window);
        if window + 1 == self.windows.count {
            // What is left is below half a window's range, by the bound on the parts.
            shifted as i32
        } else {
            let mask = (1i32 << self.windows.width) - 1;
            (shifted as i32 & mask) - (1 << (self.windows.width - 1))
        }
    }

    /// The points by the absolute value of their digit in each of the given windows. The points for window
    /// `windows[i]` begin at index `i · stride`. So many threads share the work.
    pub(super) fn sort(&self, windows: &[u32], stride: usize, threads: usize) -> Sorted {
        let count = self.parts.len().max(1);
        let share = count.div_ceil(threads).max(SMALLEST_SHARE);
        let mut digits = Wiped::new(vec![0; self.parts.len() * windows.len()], 0);
        let pieces: Vec<_> = digits
            .chunks_mut(count)
            .zip(windows)
            .flat_map(|(digits, window)| {
                digits.chunks_mut(share).zip(self.parts.chunks(share)).map(move |p| (*window, p))
            })
            .collect();
        let none = || vec![0u32; self.windows.buckets() + 1];
        let tally = |mut ends: Vec<u32>, (window, (digits, parts)): (u32, (&mut [i32], &[i128]))| {
            for (digit, &part) in digits.iter_mut().zip(parts) {
                *digit = self.digit(part, window);
                ends[digit.unsigned_abs() as usize + 1] += 1;
            }
            ends
        };
        let mut ends = if threads == 1 {
            pieces.into_iter().fold(none(), tally)
        } else {
            let sum = |mut one: Vec<u32>, other: Vec<u32>| {
                one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
                one
            };
            pieces.into_par_iter().fold(none, tally).reduce(none, sum)
        };
        // Bucket 0 has weight 0.
        ends[1] = 0;
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut entries = vec![0; total as usize];
        let tables = || digits.chunks(count).enumerate();
        Range::cut(&mut ends, &mut entries, threads).into_par_iter().for_each(|range| range.fill(tables(), stride));
        // Each end was its bucket's start and has moved to its end.
        ends.pop();
        Sorted { entries, ends }
    }
}

/// Consecutive buckets, which one thread fills.
struct Range<'a> {
    /// The first of them.
    bucket: usize,
    /// Where the next entry of each goes, counted from where those of the first bucket of all begin.
    next: &'a mut [u32],
    /// Where the first entry of these goes.
    start: u32,
    entries: &'a mut [Signed],
}

impl<'a> Range<'a> {
    /// Cuts the buckets, so that each range has about as many entries. `ends` has one number more than there are buckets.
    fn cut(mut ends: &'a mut [u32], mut entries: &'a mut [Signed], threads: usize) -> Vec<Self> {
        let each = (entries.len() as u32).div_ceil(threads as u32).max(1);
        let mut ranges = Vec::with_capacity(threads);
        let mut bucket = 0;
        while let Some(&start) = ends.first() {
            if ends.len() == 1 {
                break;
            }
            let last = ends.partition_point(|&end| end < start.saturating_add(each)).clamp(1, ends.len() - 1);
            let length = (ends[last] - start) as usize;
            let (next, after) = std::mem::take(&mut ends).split_at_mut(last);
            let (own, others) = std::mem::take(&mut entries).split_at_mut(length);
            (ends, entries) = (after, others);
            ranges.push(Self { bucket, next, start, entries: own });
            bucket += last;
        }
        ranges
    }

    fn fill<'d>(self, tables: impl Iterator<Item = (usize, &'d [i32])>, stride: usize) {
        let Self { bucket, next, start, entries } = self;
        for (table, digits) in tables {
            for (index, digit) in digits.iter().enumerate() {
                // Below the first bucket it wraps to more than there are.
                let place = (digit.unsigned_abs() as usize).wrapping_sub(bucket);
                if *digit != 0
                    && let Some(next) = next.get_mut(place)
                {
                    entries[(*next - start) as usize] =
                        ((table * stride + index) as Signed) << 1 | Signed::from(*digit < 0);
                    *next += 1;
                }
            }
        }
    }
}

/// Points grouped under keys `0, 1, 2, …`.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) entries: Vec<Signed>,
    /// Where the entries of each key end.
    pub(super) ends: Vec<u32>,
}

impl Drop for Sorted {
    fn drop(&mut self) {
        wipe(&mut self.entries, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msm::{G1, G2, X, X_SQUARED};

    /// The greatest part, of either sign, is read as it should be through windows of every width.
    fn extreme_parts_are_read<G: Curve>(greatest: i128) {
        for width in WIDTHS {
            let windows = Windows::new::<G>(width);
            for part in [greatest, -greatest] {
                let biased = part.checked_add(windows.bias()).expect("part and bias fit");
                let digits = Digits { windows, parts: Wiped::new(vec![biased], 0) };
                let read: Vec<i32> = (0..windows.count).map(|window| digits.digit(biased, window)).collect();
                assert!(read.iter().all(|digit| (digit.unsigned_abs() as usize) < windows.buckets()), "{width}");
                // From the highest: every value on the way is below the part in size, so that nothing overflows.
                let sum = read.iter().rev().fold(0i128, |sum, digit| (sum << width) + i128::from(*digit));
                assert_eq!(sum, part, "{width}");
            }
        }
    }

    /// However many threads share the work, each bucket has the same points.
    #[test]
    fn threads_sort_alike() {
        let windows = Windows::new::<G1>(5);
        // More than one share for each thread, a bucket with most of the points, and empty ones.
        let value = |i: i128| if i % 3 == 0 { 7 } else { i * i % 29 };
        let parts: Vec<i128> = (0..5_000).map(|i| value(i) + windows.bias()).collect();
        let digits = Digits { windows, parts: Wiped::new(parts, 0) };
        for chosen in [&[0][..], &[0, 1], &[2, 0, 1]] {
            let one = digits.sort(chosen, 6_000, 1);
            for threads in [2, 3, 7, 64] {
                let many = digits.sort(chosen, 6_000, threads);
                assert_eq!((&one.entries, &one.ends), (&many.entries, &many.ends), "{threads} threads");
            }
        }
    }

    #[test]
    fn no_scalars_are_sorted_too() {
        let windows = Windows::new::<G1>(5);
        let digits = Digits { windows, parts: Wiped::new(Vec::new(), 0) };
        for threads in [1, 4] {
            let sorted = digits.sort(&[0, 1], 0, threads);
            assert!(sorted.entries.is_empty());
            assert_eq!(sorted.ends, vec![0; windows.buckets()]);
        }
    }

    #[test]
    fn extreme_parts_of_scalars_are_read_through_windows_of_every_width() {
        // Half of the divisor, and one for what the part below carries.
        extreme_parts_are_read::<G1>((X_SQUARED / 2 + 1).cast_signed());
        extreme_parts_are_read::<G2>(i128::from(X / 2) + 1);
    }
}

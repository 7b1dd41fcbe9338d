//! Scalars to signed digits, and the points sorted by the bucket that their digit names.

use ark_bls12_381::Fr;

use super::add::Signed;
use super::curve::Curve;
use crate::wiped::{Wiped, wipe};

/// The widths that windows may have. From 3 bits on, a part and its bias together fit in an `i128`: with 2, the bias is two
/// thirds of 2^126, and a part of a scalar for G1 may be more than four thirds of it.
pub(super) const WIDTHS: std::ops::RangeInclusive<u32> = 3..=20;

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
        let mut parts = Vec::with_capacity(origins.len() * G::PARTS);
        for &origin in origins {
            // Bases without a scalar are multiplied by zero.
            let split = scalars.get(origin as usize).map_or([0; 4], G::split);
            parts.extend(split[..G::PARTS].iter().map(|part| part + bias));
        }
        Self { windows, parts: Wiped::new(parts, 0) }
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
    /// `windows[i]` begin at index `i · stride`.
    pub(super) fn sort(&self, windows: &[u32], stride: usize) -> Sorted {
        let mut digits = Vec::with_capacity(self.parts.len() * windows.len());
        let mut ends = vec![0u32; self.windows.buckets() + 1];
        for &window in windows {
            for &part in &*self.parts {
                let digit = self.digit(part, window);
                digits.push(digit);
                ends[digit.unsigned_abs() as usize + 1] += 1;
            }
        }
        // Bucket 0 has weight 0.
        ends[1] = 0;
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut entries = vec![0; total as usize];
        for (table, digits) in digits.chunks(self.parts.len().max(1)).enumerate() {
            for (index, digit) in digits.iter().enumerate() {
                if *digit != 0 {
                    let next = &mut ends[digit.unsigned_abs() as usize];
                    entries[*next as usize] = ((table * stride + index) as Signed) << 1 | Signed::from(*digit < 0);
                    *next += 1;
                }
            }
        }
        wipe(&mut digits, 0);
        // Each end was its bucket's start and has moved to its end.
        ends.pop();
        Sorted { entries, ends }
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

    #[test]
    fn extreme_parts_of_scalars_are_read_through_windows_of_every_width() {
        // Half of the divisor, and one for what the part below carries.
        extreme_parts_are_read::<G1>((X_SQUARED / 2 + 1).cast_signed());
        extreme_parts_are_read::<G2>(i128::from(X / 2) + 1);
    }
}

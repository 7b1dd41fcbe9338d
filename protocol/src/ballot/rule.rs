//! What a ballot may say to one question: points for each option, and their sum. Spec § 6.5.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use super::MAX_OPTIONS;

/// Most points that a ballot may give to one option.
pub const MAX_POINTS: u16 = 1024;

/// The points that a ballot gives to the options of one question: each option from 0 to `most`, all together from `min` to
/// `max`.
///
/// A *choice* is the case `most = 1`, where the sum is the number of options chosen; one choice is `min = max = 1`, and a
/// blank vote is an option like any other. *Scores* have a sum that says nothing, or is at least 1; *split* points have
/// limits on the sum.
///
/// Encoding: `options`, `most` (2 bytes each), `min`, `max` (4 bytes each), little-endian; 1 <= options <= 1024,
/// 1 <= most <= 1024, min <= max <= options · most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct QuestionRule {
    options: u16,
    most: u16,
    min: u32,
    max: u32,
}

/// The numbers make no rule.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a question needs 1 to {MAX_OPTIONS} options of 1 to {MAX_POINTS} points and min <= max <= options times points; got \
     {options} options, {most} points, {min} to {max}"
)]
pub struct QuestionRuleError {
    /// Number of options.
    pub options: u16,
    /// Most points of one option.
    pub most: u16,
    /// Fewest points of all options together.
    pub min: u32,
    /// Most points of all options together.
    pub max: u32,
}

impl QuestionRule {
    /// A rule.
    ///
    /// # Errors
    /// [`QuestionRuleError`] unless `1 <= options <= 1024`, `1 <= most <= 1024` and `min <= max <= options · most`.
    pub const fn new(options: u16, most: u16, min: u32, max: u32) -> Result<Self, QuestionRuleError> {
        let in_range = 1 <= options && options <= MAX_OPTIONS && 1 <= most && most <= MAX_POINTS;
        if !in_range || min > max || max > options as u32 * most as u32 {
            return Err(QuestionRuleError { options, most, min, max });
        }
        Ok(Self { options, most, min, max })
    }

    /// At least `min` and at most `max` of the options are chosen.
    ///
    /// # Errors
    /// [`QuestionRuleError`] unless `1 <= options <= 1024` and `min <= max <= options`.
    pub const fn choose(options: u16, min: u16, max: u16) -> Result<Self, QuestionRuleError> {
        Self::new(options, 1, min as u32, max as u32)
    }

    /// Exactly one of the options is chosen.
    ///
    /// # Errors
    /// [`QuestionRuleError`] unless `1 <= options <= 1024`.
    pub const fn one_of(options: u16) -> Result<Self, QuestionRuleError> {
        Self::choose(options, 1, 1)
    }

    /// Number of options.
    #[must_use]
    pub const fn options(&self) -> u16 {
        self.options
    }

    /// Most points of one option.
    #[must_use]
    pub const fn most(&self) -> u16 {
        self.most
    }

    /// Fewest points of all options together.
    #[must_use]
    pub const fn min(&self) -> u32 {
        self.min
    }

    /// Most points of all options together.
    #[must_use]
    pub const fn max(&self) -> u32 {
        self.max
    }

    /// Whether all options together may have this many points.
    #[must_use]
    pub const fn allows(&self, sum: u64) -> bool {
        self.min as u64 <= sum && sum <= self.max as u64
    }

    /// Coefficients of an option's bits: sums of subsets of them are exactly the points from 0 to `most`. The first is 1.
    #[must_use]
    pub fn point_coefficients(&self) -> Vec<u32> {
        subset_coefficients(u32::from(self.most))
    }

    /// Coefficients of the slack bits: sums of subsets of them are exactly the numbers from 0 to `max - min`.
    #[must_use]
    pub fn slack_coefficients(&self) -> Vec<u32> {
        subset_coefficients(self.max - self.min)
    }

    /// Number of bits that stand for the points of all options.
    #[must_use]
    pub fn bits(&self) -> usize {
        usize::from(self.options) * bit_length(u32::from(self.most))
    }
}

impl BorshDeserialize for QuestionRule {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let (options, most, min, max) = <(u16, u16, u32, u32)>::deserialize_reader(reader)?;
        Self::new(options, most, min, max).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

const fn bit_length(number: u32) -> usize {
    (u32::BITS - number.leading_zeros()) as usize
}

/// Numbers of whose subsets the sums are exactly 0, …, `range`.
///
/// With k bits in `range` they are 1, 2, 4, …, 2^(k-2) and `range - (2^(k-1) - 1)`, all positive; none if `range` is 0.
fn subset_coefficients(range: u32) -> Vec<u32> {
    let bits = bit_length(range);
    (0..bits).map(|bit| if bit + 1 < bits { 1 << bit } else { range - ((1 << bit) - 1) }).collect()
}

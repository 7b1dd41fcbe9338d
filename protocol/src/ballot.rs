//! Ballots: what a voter encrypts, and what is proved of it. Spec § 6.
//!
//! A [`BallotBody`] holds one ElGamal ciphertext for each option of each question; it is part of the transaction digest.
//! A [`BallotProof`] shows that every value is 0 or the ballot's weight, and that every question's selections lie within
//! its [`SelectionRule`]; it is not part of the digest. The proof and its soundness argument are in [`proof`].

pub mod opening;
pub mod proof;

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{elgamal::Ciphertext, ristretto::Element};

pub use opening::{AuditOpening, AuditWeight, BallotOpening, WeightOpening};
pub use proof::{BallotProof, BallotStatement};

/// Most options of one question.
pub const MAX_OPTIONS: u16 = 1024;
/// Most questions of one ballot.
pub const MAX_QUESTIONS: usize = 64;
/// Most options of one ballot, all questions together.
pub const MAX_BALLOT_OPTIONS: usize = 4096;

/// How many of a question's options a ballot selects: at least `min`, at most `max`. One choice is `min = max = 1`;
/// a blank vote is an option like any other.
///
/// Encoding: `options`, `min`, `max`, each 2 bytes little-endian; 1 <= options <= 1024, min <= max <= options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct SelectionRule {
    options: u16,
    min: u16,
    max: u16,
}

/// The numbers make no rule.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a question needs 1 to {MAX_OPTIONS} options and min <= max <= options; got {options} options, {min} to {max}")]
pub struct SelectionRuleError {
    /// Number of options.
    pub options: u16,
    /// Fewest selections.
    pub min: u16,
    /// Most selections.
    pub max: u16,
}

impl SelectionRule {
    /// A rule.
    ///
    /// # Errors
    /// [`SelectionRuleError`] unless `1 <= options <= 1024` and `min <= max <= options`.
    pub const fn new(options: u16, min: u16, max: u16) -> Result<Self, SelectionRuleError> {
        if options == 0 || options > MAX_OPTIONS || min > max || max > options {
            return Err(SelectionRuleError { options, min, max });
        }
        Ok(Self { options, min, max })
    }

    /// Exactly one of the options.
    ///
    /// # Errors
    /// [`SelectionRuleError`] unless `1 <= options <= 1024`.
    pub const fn one_of(options: u16) -> Result<Self, SelectionRuleError> {
        Self::new(options, 1, 1)
    }

    /// Number of options.
    #[must_use]
    pub const fn options(&self) -> u16 {
        self.options
    }

    /// Fewest selections.
    #[must_use]
    pub const fn min(&self) -> u16 {
        self.min
    }

    /// Most selections.
    #[must_use]
    pub const fn max(&self) -> u16 {
        self.max
    }

    /// Whether this many selections are allowed.
    #[must_use]
    pub const fn allows(&self, selected: usize) -> bool {
        self.min as usize <= selected && selected <= self.max as usize
    }

    /// Coefficients of the slack bits: sums of subsets of them are exactly the numbers from 0 to `max - min`.
    ///
    /// With N = max - min of k bits they are 1, 2, 4, …, 2^(k-2) and N - (2^(k-1) - 1); none if N = 0.
    #[must_use]
    pub fn slack_coefficients(&self) -> Vec<u16> {
        let range = self.max - self.min;
        let bits = u16::BITS - range.leading_zeros();
        (0..bits).map(|bit| if bit + 1 < bits { 1 << bit } else { range - ((1 << bit) - 1) }).collect()
    }
}

impl BorshDeserialize for SelectionRule {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let (options, min, max) = <(u16, u16, u16)>::deserialize_reader(reader)?;
        Self::new(options, min, max).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// How much a ballot weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Weight {
    /// 1, or a public weight by which the tally multiplies the ciphertexts: the values are 0 and 1.
    Unit,
    /// `w`, hidden in `C' = w·B + s·B~`, which the bridge ties to the note: the values are 0 and `w`.
    Hidden {
        /// `C'`.
        commitment: Element,
    },
}

/// The encrypted choice: for each question one ciphertext an option.
///
/// Encoding: borsh; 1 to 64 questions of 1 to 1024 options, at most 4096 in all, checked before anything is allocated.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct BallotBody {
    questions: Vec<Vec<Ciphertext>>,
    weight: Weight,
}

/// Why a body, or a list of rules, is out of bounds.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundsError {
    /// No question, or too many.
    #[error("a ballot has 1 to {MAX_QUESTIONS} questions")]
    Questions,
    /// A question without options, or with too many.
    #[error("question {question} of a ballot must have 1 to {MAX_OPTIONS} options")]
    Options {
        /// 0-based index of the question.
        question: usize,
    },
    /// Too many options in all.
    #[error("a ballot has at most {MAX_BALLOT_OPTIONS} options")]
    Total,
}

impl BallotBody {
    /// A body.
    ///
    /// # Errors
    /// [`BoundsError`] if there are no questions or options, or too many.
    pub fn new(questions: Vec<Vec<Ciphertext>>, weight: Weight) -> Result<Self, BoundsError> {
        check_bounds(questions.iter().map(Vec::len))?;
        Ok(Self { questions, weight })
    }

    /// The ciphertexts: for each question one an option.
    #[must_use]
    pub fn questions(&self) -> &[Vec<Ciphertext>] {
        &self.questions
    }

    /// The weight.
    #[must_use]
    pub const fn weight(&self) -> &Weight {
        &self.weight
    }
}

impl BorshDeserialize for BallotBody {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let invalid = |error: BoundsError| io::Error::new(io::ErrorKind::InvalidData, error);
        let mut room = MAX_BALLOT_OPTIONS;
        let mut questions = Vec::new();
        let count = read_length(reader, MAX_QUESTIONS).ok_or_else(|| invalid(BoundsError::Questions))?;
        for question in 0..count {
            let options = read_length(reader, usize::from(MAX_OPTIONS))
                .ok_or_else(|| invalid(BoundsError::Options { question }))?;
            room = room.checked_sub(options).ok_or_else(|| invalid(BoundsError::Total))?;
            questions.push((0..options).map(|_| Ciphertext::deserialize_reader(reader)).collect::<io::Result<_>>()?);
        }
        Self::new(questions, Weight::deserialize_reader(reader)?).map_err(invalid)
    }
}

/// Checks the number of options of each question against the limits of a ballot.
///
/// # Errors
/// [`BoundsError`] names the question.
pub fn check_bounds(options: impl ExactSizeIterator<Item = usize>) -> Result<(), BoundsError> {
    if options.len() == 0 || options.len() > MAX_QUESTIONS {
        return Err(BoundsError::Questions);
    }
    let mut total = 0;
    for (question, count) in options.enumerate() {
        if count == 0 || count > usize::from(MAX_OPTIONS) {
            return Err(BoundsError::Options { question });
        }
        total += count;
    }
    if total > MAX_BALLOT_OPTIONS { Err(BoundsError::Total) } else { Ok(()) }
}

/// Reads a borsh length (4 bytes) and refuses it if it is above the limit.
pub(crate) fn read_length<R: io::Read>(reader: &mut R, limit: usize) -> Option<usize> {
    let length = usize::try_from(u32::deserialize_reader(reader).ok()?).ok()?;
    (length <= limit).then_some(length)
}

#[cfg(test)]
mod tests;

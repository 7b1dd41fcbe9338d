//! Ballots: what a voter encrypts, and what is proved of it. Spec § 6.
//!
//! A [`BallotBody`] holds one ElGamal ciphertext for each option of each question; it is part of the transaction digest.
//! A [`BallotProof`] shows that every value is the ballot's weight times the points of the option, and that the points are
//! within the question's [`QuestionRule`]; it is not part of the digest. There are two kinds, each with its soundness
//! argument: [`compressed`] and [`disjunctive`].

pub mod compressed;
pub mod disjunctive;
pub mod opening;
mod proof;
mod rule;
mod statement;

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{elgamal::Ciphertext, ristretto::Element};

pub use compressed::CompressedProof;
pub use disjunctive::DisjunctiveProof;
pub use opening::{AuditOpening, AuditWeight, BallotOpening, WeightOpening};
pub use proof::{BallotProof, BallotProofKind};
pub use rule::{MAX_POINTS, QuestionRule, QuestionRuleError};
pub use statement::{BallotStatement, BallotTerms, ShapeError};

/// Most options of one question.
pub const MAX_OPTIONS: u16 = 1024;
/// Most questions of one ballot.
pub const MAX_QUESTIONS: usize = 64;
/// Most options of one ballot, all questions together; also most bits of their points.
pub const MAX_BALLOT_OPTIONS: usize = 4096;

/// How much a ballot weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Weight {
    /// 1, or a public weight by which the tally multiplies the ciphertexts: the values are the points.
    Unit,
    /// `w`, hidden in `C' = w·B + s·B~`, which the bridge ties to the note: the values are `w` times the points.
    Hidden {
        /// `C'`.
        commitment: Element,
    },
}

/// The encrypted choice: for each question with points one ciphertext an option.
///
/// Encoding: borsh; at most 64 questions of 1 to 1024 options, at most 4096 in all, checked before anything is allocated.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct BallotBody {
    questions: Vec<Vec<Ciphertext>>,
    weight: Weight,
}

/// Why a body, or a list of rules, is out of bounds.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundsError {
    /// Too many questions.
    #[error("a ballot has at most {MAX_QUESTIONS} questions")]
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
    /// Too many bits of points in all.
    #[error(
        "the points of a ballot take at most {MAX_BALLOT_OPTIONS} bits: ask for fewer options, or for fewer points"
    )]
    Bits,
}

impl BallotBody {
    /// A body.
    ///
    /// # Errors
    /// [`BoundsError`] if there are too many questions, no options, or too many.
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
    // Where all questions are ranked, none has points.
    if options.len() > MAX_QUESTIONS {
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

/// Checks the rules of all questions against the limits of a ballot.
///
/// # Errors
/// [`BoundsError`] if there are too many questions, options or bits of points.
pub fn check_rules(rules: &[QuestionRule]) -> Result<(), BoundsError> {
    check_bounds(rules.iter().map(|rule| usize::from(rule.options())))?;
    if rules.iter().map(QuestionRule::bits).sum::<usize>() > MAX_BALLOT_OPTIONS {
        return Err(BoundsError::Bits);
    }
    Ok(())
}

/// Reads a borsh length (4 bytes) and refuses it if it is above the limit.
pub(crate) fn read_length<R: io::Read>(reader: &mut R, limit: usize) -> Option<usize> {
    let length = usize::try_from(u32::deserialize_reader(reader).ok()?).ok()?;
    (length <= limit).then_some(length)
}

#[cfg(test)]
mod tests;

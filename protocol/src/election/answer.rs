//! What a ballot answers to one question: one number for each option.

use thiserror::Error;

use crate::{
    ballot::QuestionRule,
    ranking::{Ranking, RankingError, RankingRule},
};

/// What a ballot may answer to one question. An *answer* is a number for each option: its points, 1 for a chosen option; or,
/// of a ranked question, its rank from 1, and 0 for an option that is not ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerRule {
    /// Points, which are encrypted and added up.
    Points(QuestionRule),
    /// A ranking, which is sealed.
    Ranking(RankingRule),
}

/// Why an answer is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// Not one number for each option.
    #[error("there are {found} numbers for {expected} options")]
    Length {
        /// Numbers found.
        found: usize,
        /// Options of the question.
        expected: usize,
    },
    /// An option with too many points.
    #[error("option {} is given {points} points, and at most {most} are allowed", option + 1)]
    Points {
        /// 0-based index of the option.
        option: usize,
        /// Its points.
        points: u16,
        /// The most that are allowed.
        most: u16,
    },
    /// Too few or too many points, or options chosen, in all.
    #[error("{sum} in all, and {min} to {max} are allowed")]
    Sum {
        /// The sum.
        sum: u64,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// No ranking.
    #[error(transparent)]
    Ranking(#[from] RankingError),
}

impl AnswerRule {
    /// Number of options.
    #[must_use]
    pub const fn options(&self) -> u16 {
        match self {
            Self::Points(rule) => rule.options(),
            Self::Ranking(rule) => rule.options(),
        }
    }

    /// Checks an answer.
    ///
    /// # Errors
    /// [`AnswerError`] names the option or rank.
    pub fn check(&self, answer: &[u16]) -> Result<(), AnswerError> {
        let (found, expected) = (answer.len(), usize::from(self.options()));
        if found != expected {
            return Err(AnswerError::Length { found, expected });
        }
        let rule = match self {
            Self::Ranking(rule) => return Ok(Ranking::from_ranks(rule, answer).map(drop)?),
            Self::Points(rule) => rule,
        };
        let most = rule.most();
        if let Some((option, points)) = answer.iter().enumerate().find(|(_, points)| **points > most) {
            return Err(AnswerError::Points { option, points: *points, most });
        }
        let sum = answer.iter().copied().map(u64::from).sum();
        if rule.allows(sum) { Ok(()) } else { Err(AnswerError::Sum { sum, min: rule.min(), max: rule.max() }) }
    }
}

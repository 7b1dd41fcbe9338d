//! Ranked questions: what a voter seals, what is proved of it, and how opened rankings are counted. Spec § 6.8.
//!
//! A ranking has no sum, so that each ballot that counts is decrypted by itself, after the close: it is anonymous by then.
//! A ballot holds `c1 = r·B` and the ranking under ChaCha20-Poly1305 with a key from `r·Y`, c1, the election, the nullifier of
//! the right and the question. The trustees give `r·Y`, from which everybody opens it.
//!
//! # What the proof is for
//! A Schnorr proof shows that whoever casts the ballot knows r. Without it, c1 could be taken from another ballot (of this
//! question or of one that is only ever decrypted in sums), and the trustees would give away that ballot's `r·Y`. It says
//! nothing of the plaintext: a ballot whose content is no ranking is *spoiled*, counted as such, and listed. The nullifier is
//! in the key, so that a sealed ranking that is shown again under another right opens to nothing even for somebody who could
//! prove it.
//!
//! # What the length tells
//! Nothing: the plaintext has one byte for each rank that the rule allows, whether used or not.

mod count;
mod result;
mod seal;
#[cfg(test)]
mod tests;

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use count::{RankedCount, Round, count_rankings};
pub use result::RankedResult;
pub use seal::{RankingProof, RankingStatement, SealedRanking, SealingPlace, challenge};

/// Most options of a ranked question: an option's number is one byte.
pub const MAX_RANKED_OPTIONS: u16 = 255;

/// How many of a question's options a ballot ranks: at least `min`, at most `max`.
///
/// Encoding: `options`, `min`, `max`, each 2 bytes little-endian; 1 <= options <= 255, min <= max <= options, 1 <= max.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct RankingRule {
    options: u16,
    min: u16,
    max: u16,
}

/// The numbers make no rule.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a ranked question needs 1 to {MAX_RANKED_OPTIONS} options, min <= max <= options and max at least 1; got {options} options, \
     {min} to {max}"
)]
pub struct RankingRuleError {
    /// Number of options.
    pub options: u16,
    /// Fewest ranks.
    pub min: u16,
    /// Most ranks.
    pub max: u16,
}

impl RankingRule {
    /// A rule.
    ///
    /// # Errors
    /// [`RankingRuleError`] unless `1 <= options <= 255`, `min <= max <= options` and `1 <= max`.
    pub const fn new(options: u16, min: u16, max: u16) -> Result<Self, RankingRuleError> {
        if options == 0 || options > MAX_RANKED_OPTIONS || min > max || max > options || max == 0 {
            return Err(RankingRuleError { options, min, max });
        }
        Ok(Self { options, min, max })
    }

    /// Number of options.
    #[must_use]
    pub const fn options(&self) -> u16 {
        self.options
    }

    /// Fewest ranks.
    #[must_use]
    pub const fn min(&self) -> u16 {
        self.min
    }

    /// Most ranks.
    #[must_use]
    pub const fn max(&self) -> u16 {
        self.max
    }

    /// Bytes of a ranking's plaintext: the same for every ranking.
    #[must_use]
    pub fn plaintext_bytes(&self) -> usize {
        usize::from(self.max)
    }
}

/// A ranked question of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankedQuestion {
    /// 0-based index among all questions of the manifest: it is in the key of every sealed ranking.
    pub question: u16,
    /// What a ranking may be.
    pub rule: RankingRule,
}

impl BorshDeserialize for RankingRule {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let (options, min, max) = <(u16, u16, u16)>::deserialize_reader(reader)?;
        Self::new(options, min, max).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Why bytes or numbers are no ranking under a rule. Says nothing of which options are ranked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RankingError {
    /// Too few or too many ranks.
    #[error("rank at least {min} and at most {max} options")]
    Ranks {
        /// Fewest ranks.
        min: u16,
        /// Most ranks.
        max: u16,
    },
    /// An option that does not exist.
    #[error("rank {0} names an option that does not exist")]
    UnknownOption(usize),
    /// An option that was ranked before.
    #[error("rank {0} names an option that has a better rank already")]
    Twice(usize),
    /// Two options of the same rank.
    #[error("two options have rank {0}")]
    Shared(u16),
    /// A rank that no option has, though a lower one is given.
    #[error("no option has rank {0}, and one has a lower rank")]
    Gap(u16),
    /// Not the length that the rule gives.
    #[error("the plaintext is not of the length that the rule gives")]
    Length,
    /// A rank after an empty one: a second encoding.
    #[error("there is a rank after an empty one")]
    Padding,
}

/// Options from the best: 0-based indices, each at most once. Wiped on drop; `Debug` prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Ranking(Vec<u8>);

impl std::fmt::Debug for Ranking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ranking(<secret>)")
    }
}

impl Drop for Ranking {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Ranking {}

impl Ranking {
    /// A ranking under a rule: indices of options from 0, the best first.
    ///
    /// # Errors
    /// [`RankingError`] names the rank, from 1.
    pub fn new(rule: &RankingRule, options: Vec<u8>) -> Result<Self, RankingError> {
        let ranking = Self(options);
        if !(usize::from(rule.min)..=usize::from(rule.max)).contains(&ranking.0.len()) {
            return Err(RankingError::Ranks { min: rule.min, max: rule.max });
        }
        for (position, option) in ranking.0.iter().enumerate() {
            if u16::from(*option) >= rule.options {
                return Err(RankingError::UnknownOption(position + 1));
            }
            if ranking.0.iter().take(position).any(|better| better == option) {
                return Err(RankingError::Twice(position + 1));
            }
        }
        Ok(ranking)
    }

    /// A ranking under a rule, from the rank of each option: 1 for the best, 0 for one that is not ranked.
    ///
    /// # Errors
    /// [`RankingError`]: the ranks given are exactly 1, 2, …, and no two options share one.
    pub fn from_ranks(rule: &RankingRule, ranks: &[u16]) -> Result<Self, RankingError> {
        if ranks.len() != usize::from(rule.options) {
            return Err(RankingError::Length);
        }
        let mut given: Vec<(u16, u8)> = ranks
            .iter()
            .zip(0..=u8::MAX)
            .filter(|(rank, _)| **rank > 0)
            .map(|(rank, option)| (*rank, option))
            .collect();
        given.sort_unstable();
        let order = (1..).zip(&given).map(|(expected, (rank, option))| match rank.cmp(&expected) {
            std::cmp::Ordering::Equal => Ok(*option),
            std::cmp::Ordering::Less => Err(RankingError::Shared(*rank)),
            std::cmp::Ordering::Greater => Err(RankingError::Gap(expected)),
        });
        let order = order.collect::<Result<_, _>>();
        given.zeroize();
        Self::new(rule, order?)
    }

    /// The rank of each of so many options: 1 for the best, 0 for one that is not ranked.
    #[must_use]
    pub fn ranks(&self, options: u16) -> Vec<u16> {
        let mut ranks = vec![0; usize::from(options)];
        for (rank, option) in (1..).zip(&self.0) {
            if let Some(cell) = ranks.get_mut(usize::from(*option)) {
                *cell = rank;
            }
        }
        ranks
    }

    /// Indices of options from 0, the best first.
    #[must_use]
    pub fn options(&self) -> &[u8] {
        &self.0
    }

    /// The plaintext: for each rank the number of its option from 1, then 0 for each rank that is not used.
    #[must_use]
    pub fn to_plaintext(&self, rule: &RankingRule) -> zeroize::Zeroizing<Vec<u8>> {
        let mut bytes = zeroize::Zeroizing::new(vec![0; rule.plaintext_bytes()]);
        for (byte, option) in bytes.iter_mut().zip(&self.0) {
            // An index is below 255 by the rule.
            *byte = option.saturating_add(1);
        }
        bytes
    }

    /// Reads a plaintext: there is one for each ranking.
    ///
    /// # Errors
    /// [`RankingError`].
    pub fn from_plaintext(rule: &RankingRule, bytes: &[u8]) -> Result<Self, RankingError> {
        if bytes.len() != rule.plaintext_bytes() {
            return Err(RankingError::Length);
        }
        let used = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let (ranks, padding) = bytes.split_at(used);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(RankingError::Padding);
        }
        // No byte is 0 here.
        Self::new(rule, ranks.iter().map(|number| number.wrapping_sub(1)).collect())
    }
}

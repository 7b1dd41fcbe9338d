//! What is published of a ranked question: every ranking that counts, and the count.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{MAX_RANKED_OPTIONS, RankedCount, Ranking, count_rankings};
use crate::{decryption::MAX_CIPHERTEXTS, list::read_list};

/// The result of one ranked question. All of it follows from the ballots that count and the trustees' decryptions.
///
/// Encoding: borsh of the fields in order; at most 2^20 rankings of at most 255 options.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RankedResult {
    /// For each ballot that counts, in the ascending order of the bytes of their nullifiers, the ranking that it opens to:
    /// 0-based indices of options, the best first. `None` for a spoiled one.
    #[borsh(deserialize_with = "read_rankings")]
    pub rankings: Vec<Option<Vec<u8>>>,
    /// The count of the rankings.
    pub count: RankedCount,
}

impl RankedResult {
    /// The result of rankings as they were opened, in the order above.
    #[must_use]
    pub fn of(options: u16, opened: &[Option<Ranking>]) -> Self {
        let rankings: Vec<Ranking> = opened.iter().flatten().cloned().collect();
        Self {
            rankings: opened.iter().map(|ranking| ranking.as_ref().map(|ranking| ranking.options().to_vec())).collect(),
            count: count_rankings(options, &rankings),
        }
    }

    /// How many ballots that count open to no ranking.
    #[must_use]
    pub fn spoiled(&self) -> u64 {
        self.rankings.iter().filter(|ranking| ranking.is_none()).count() as u64
    }

    /// The first preferences of each option.
    #[must_use]
    pub fn first_preferences(&self) -> &[u64] {
        self.count.rounds.first().map_or(&[], |round| &round.votes)
    }
}

fn read_rankings<R: io::Read>(reader: &mut R) -> io::Result<Vec<Option<Vec<u8>>>> {
    Ok(read_list::<MAX_CIPHERTEXTS, Published, R>(reader)?.into_iter().map(|Published(ranking)| ranking).collect())
}

/// One published ranking, read with its bounds.
struct Published(Option<Vec<u8>>);

impl BorshDeserialize for Published {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        if !bool::deserialize_reader(reader)? {
            return Ok(Self(None));
        }
        Ok(Self(Some(read_list::<{ MAX_RANKED_OPTIONS as usize }, u8, R>(reader)?)))
    }
}

//! The count of opened rankings: first preferences, and instant runoff.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{MAX_RANKED_OPTIONS, Ranking};
use crate::list::read_list;

/// One round of an instant runoff.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Round {
    /// For each option, the ballots whose best continuing option it is; 0 for options that are out.
    #[borsh(deserialize_with = "read_list::<{ MAX_RANKED_OPTIONS as usize }, u64, _>")]
    pub votes: Vec<u64>,
    /// Ballots that rank no continuing option.
    pub exhausted: u64,
    /// 0-based index of the option that goes out after this round; none in the last.
    pub eliminated: Option<u8>,
}

/// The count of one question. It follows from the rankings alone, whatever their order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RankedCount {
    /// The rounds; the votes of the first are the first preferences.
    #[borsh(deserialize_with = "read_list::<{ MAX_RANKED_OPTIONS as usize }, Round, _>")]
    pub rounds: Vec<Round>,
    /// 0-based index of the option that wins; none if no ballot ranks anything.
    pub winner: Option<u8>,
}

/// Counts rankings by instant runoff.
///
/// In each round every ballot counts for the best of its options that is not out. An option with more than half of the
/// ballots that count in the round wins, and so does the last that is left. Otherwise the option with the fewest votes goes
/// out. **Ties:** of those with equally few, the one with the fewest votes in the latest earlier round in which they differ
/// goes out; if they were equal in all, the one that stands last in the manifest.
#[must_use]
pub fn count_rankings(options: u16, rankings: &[Ranking]) -> RankedCount {
    let mut continuing: Vec<u8> = (0..options).filter_map(|option| u8::try_from(option).ok()).collect();
    let mut rounds: Vec<Round> = Vec::new();
    loop {
        let mut votes = vec![0_u64; usize::from(options)];
        let mut exhausted = 0;
        for ranking in rankings {
            let best = ranking.options().iter().find(|option| continuing.contains(option));
            match best.and_then(|option| votes.get_mut(usize::from(*option))) {
                Some(votes) => *votes += 1,
                None => exhausted += 1,
            }
        }
        let of = |votes: &[u64], option: u8| votes.get(usize::from(option)).copied().unwrap_or_default();
        let cast: u64 = votes.iter().sum();
        let leader = continuing.iter().copied().max_by_key(|option| (of(&votes, *option), std::cmp::Reverse(*option)));
        let won = leader.filter(|leader| cast > 0 && (of(&votes, *leader) * 2 > cast || continuing.len() == 1));
        if won.is_some() || cast == 0 {
            rounds.push(Round { votes, exhausted, eliminated: None });
            return RankedCount { rounds, winner: won };
        }
        // Votes of this round, then of the earlier ones from the latest, then the place in the manifest from the end.
        let history = |option: u8| -> Vec<u64> {
            std::iter::once(of(&votes, option))
                .chain(rounds.iter().rev().map(|round| of(&round.votes, option)))
                .collect()
        };
        let out = continuing.iter().copied().min_by_key(|option| (history(*option), std::cmp::Reverse(*option)));
        continuing.retain(|option| Some(*option) != out);
        rounds.push(Round { votes, exhausted, eliminated: out });
    }
}

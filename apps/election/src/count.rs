//! A count of ballots as they were before they were encrypted, to compare a result with.

use tabella_protocol::ranking::RankedCount;

/// What ballots say of the options of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainCount {
    /// The weight of each option, times its points.
    Totals(Vec<u64>),
    /// The rounds of an instant runoff, and who won.
    Ranked(RankedCount),
}

impl PlainCount {
    /// One number for each option: its total, or its first preferences.
    #[must_use]
    pub fn votes(&self) -> &[u64] {
        match self {
            Self::Totals(totals) => totals,
            Self::Ranked(count) => count.rounds.first().map_or(&[], |round| &round.votes),
        }
    }
}

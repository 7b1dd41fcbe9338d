//! The count of a ranked question, as it is shown.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use tabella_protocol::{
    election::{Question, QuestionResult},
    ranking::RankedCount,
};

/// The rounds of an instant runoff, with options by their ids.
#[derive(Clone, Debug, Serialize)]
pub struct Runoff {
    /// Who wins; nobody if no ballot ranks anything.
    elected: Option<String>,
    /// Ballots that count and open to no ranking.
    spoiled: u64,
    rounds: Vec<RunoffRound>,
}

#[derive(Clone, Debug, Serialize)]
struct RunoffRound {
    /// For each option that is still in, the rankings whose best option it is.
    votes: BTreeMap<String, u64>,
    /// Rankings that name nobody who is still in.
    exhausted: u64,
    /// Who goes out after this round; nobody after the last.
    eliminated: Option<String>,
}

impl Runoff {
    /// The published count of a question, if it is a ranked one.
    #[must_use]
    pub fn of(question: &Question, result: QuestionResult<'_>) -> Option<Self> {
        let ids: Vec<&str> = question.options.iter().map(|option| option.id.as_str()).collect();
        match result {
            QuestionResult::Totals(_) => None,
            QuestionResult::Ranked(result) => Some(Self::new(&ids, &result.count, result.spoiled())),
        }
    }

    /// The count over options of these ids.
    #[must_use]
    pub fn new(ids: &[&str], count: &RankedCount, spoiled: u64) -> Self {
        let id = |option: u8| ids.get(usize::from(option)).map(|id| (*id).to_owned());
        let mut out = Vec::new();
        let rounds = count.rounds.iter().map(|round| {
            let still_in = ids.iter().zip(&round.votes).filter(|(id, _)| !out.contains(*id));
            let votes = still_in.map(|(id, votes)| ((*id).to_owned(), *votes)).collect();
            out.extend(round.eliminated.and_then(|option| ids.get(usize::from(option)).copied()));
            RunoffRound { votes, exhausted: round.exhausted, eliminated: round.eliminated.and_then(id) }
        });
        let rounds = rounds.collect();
        Self { elected: count.winner.and_then(id), spoiled, rounds }
    }
}

impl fmt::Display for Runoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, round) in (1..).zip(&self.rounds) {
            let mut votes: Vec<_> = round.votes.iter().collect();
            votes.sort_by_key(|(id, votes)| (std::cmp::Reverse(**votes), id.as_str()));
            let votes: Vec<String> = votes.iter().map(|(id, votes)| format!("{id} {votes}")).collect();
            write!(f, "round {number}: {}", votes.join(", "))?;
            if round.exhausted > 0 {
                write!(f, " ({} name nobody who is left)", round.exhausted)?;
            }
            match &round.eliminated {
                Some(id) => writeln!(f, "; {id} goes out")?,
                None => writeln!(f)?,
            }
        }
        if self.spoiled > 0 {
            writeln!(f, "spoiled: {}", self.spoiled)?;
        }
        writeln!(f, "elected: {}", self.elected.as_deref().unwrap_or("nobody"))
    }
}

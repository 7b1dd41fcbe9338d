//! What a rehearsal does with the ballots it is given.

use tabella_protocol::{
    ballot::BallotProofKind,
    election::{QuestionKind, QuestionOption},
};

/// The election to be rehearsed, and its ballots.
#[derive(Clone, Debug)]
pub struct RehearsalPlan {
    /// What the voter reads.
    pub title: String,
    /// The options of the one question.
    pub options: Vec<QuestionOption>,
    /// What a ballot says to it.
    pub kind: QuestionKind,
    /// One ballot for each voter: the points of each option, 1 if it is chosen; or its rank from 1, 0 if it is not ranked.
    pub ballots: Vec<Vec<u16>>,
    /// The weight of each voter's right, in the same order, for an election of hidden weights; `None` if each weighs 1.
    pub weights: Option<Vec<u64>>,
    /// How ballots are proved.
    pub ballot_proofs: BallotProofKind,
    /// How many voters of a hundred delegate their right.
    pub delegate_percent: u8,
}

/// Who does what: each voter plays one part. Every voter's final choice is the ballot of the file, whoever casts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Voters who delegate, each with the delegate's index in the roll.
    pub delegations: Vec<(usize, usize)>,
    /// Of those, who recalls before the delegate has cast, and votes in person.
    pub recalls: Vec<usize>,
    /// Of those, who casts over the delegate's ballot.
    pub overrides: Vec<usize>,
    /// Voters in person who first vote otherwise, and then vote again.
    pub revotes: Vec<usize>,
}

/// Rights per delegate, at most about this many.
const RIGHTS_PER_DELEGATE: usize = 12;

impl Parts {
    /// Deals the parts: the last `percent` of the voters delegate to the first few; of those who delegate one in eight
    /// (at least one) recalls and one in eight (if there are two or more) overrides; one voter in person in twenty votes
    /// again.
    #[must_use]
    pub fn deal(voters: usize, percent: u8) -> Self {
        let delegating = (voters * usize::from(percent.min(90)) / 100).max(usize::from(percent > 0 && voters > 1));
        let in_person = voters - delegating;
        let delegates = delegating.div_ceil(RIGHTS_PER_DELEGATE).clamp(1, in_person.max(1));
        let delegations: Vec<_> = (in_person..voters).map(|voter| (voter, (voter - in_person) % delegates)).collect();
        let some = delegating / 8;
        let recalls = (in_person..voters).take(some.max(usize::from(delegating > 0))).collect::<Vec<_>>();
        let overrides = (in_person..voters).rev().take(some.max(usize::from(delegating > 1))).collect::<Vec<_>>();
        let revotes = (0..in_person).rev().step_by(20).collect();
        Self { delegations, recalls, overrides, revotes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_plays_two_parts_and_delegates_vote_in_person() {
        for voters in 0..200 {
            for percent in [0, 1, 10, 50, 90, 100] {
                let parts = Parts::deal(voters, percent);
                let delegating: Vec<_> = parts.delegations.iter().map(|(voter, _)| *voter).collect();
                assert!(parts.recalls.iter().all(|voter| delegating.contains(voter)));
                assert!(parts.overrides.iter().all(|voter| delegating.contains(voter)));
                assert!(parts.recalls.iter().all(|voter| !parts.overrides.contains(voter)));
                assert!(parts.revotes.iter().all(|voter| !delegating.contains(voter)));
                assert!(parts.delegations.iter().all(|(_, delegate)| !delegating.contains(delegate)));
            }
        }
    }
}

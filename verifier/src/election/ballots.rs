//! Which ballot counts: the state of one nullifier, and what may happen to it. Spec § 6 (which ballot counts).

use std::fmt;

/// Level of a ballot, proved by the circuit: 1 exactly on the refund path of an escrow, which is the voter's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Cast by the holder of the right, or by a delegate.
    Plain,
    /// Cast by the voter over a delegation.
    Override,
}

impl From<bool> for Level {
    fn from(level: bool) -> Self {
        if level { Self::Override } else { Self::Plain }
    }
}

/// What comes in on a nullifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// T: an internal transfer (delegation, recall).
    Transfer,
    /// V0 or V1: a ballot.
    Ballot {
        /// Its level.
        level: Level,
        /// Its revision.
        revision: u32,
    },
}

/// The ballot that counts for a nullifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedBallot {
    /// Its level.
    pub level: Level,
    /// Its revision.
    pub revision: u32,
    /// Index of its entry in the election's log.
    pub entry: u64,
}

/// The state of a nullifier that has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BallotState {
    /// Spent by a transfer.
    Spent,
    /// Holds a ballot; superseded ones stay in the record and are never decrypted.
    Holds(CountedBallot),
}

/// Why a submission is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The right was recalled or moved.
    Moved,
    /// The right was cast already; the owner of a delegated right overrides by a ballot.
    AlreadyCast,
    /// The voter has overridden the delegate.
    Overridden,
    /// The election does not allow re-voting.
    NoRevoting,
    /// The revision is not later than the one that is held.
    StaleRevision {
        /// The revision held.
        held: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved => f.write_str("this right was delegated, recalled or moved: use the note that took its place"),
            Self::AlreadyCast => f.write_str("a ballot was cast with this right: it can be overridden, not moved"),
            Self::Overridden => f.write_str("the voter has cast a ballot over this delegation"),
            Self::NoRevoting => {
                f.write_str("a ballot was cast with this right, and the election does not allow re-voting")
            }
            Self::StaleRevision { held } => {
                write!(f, "a ballot of revision {held} is held; a new one needs a later revision")
            }
        }
    }
}

/// The table of section 6: what a submission does to the state of its nullifier.
///
/// # Errors
/// [`Refusal`] when the table says refuse.
pub(super) fn transition(
    state: Option<&BallotState>,
    submission: Submission,
    revoting: bool,
    entry: u64,
) -> Result<BallotState, Refusal> {
    let ballot = |level, revision| BallotState::Holds(CountedBallot { level, revision, entry });
    match (state, submission) {
        (None, Submission::Transfer) => Ok(BallotState::Spent),
        (None, Submission::Ballot { level, revision }) => Ok(ballot(level, revision)),
        (Some(BallotState::Spent), _) => Err(Refusal::Moved),
        (Some(BallotState::Holds(_)), Submission::Transfer) => Err(Refusal::AlreadyCast),
        (Some(BallotState::Holds(held)), Submission::Ballot { level, revision }) => match level.cmp(&held.level) {
            std::cmp::Ordering::Less => Err(Refusal::Overridden),
            std::cmp::Ordering::Greater => Ok(ballot(level, revision)),
            std::cmp::Ordering::Equal if !revoting => Err(Refusal::NoRevoting),
            std::cmp::Ordering::Equal if revision <= held.revision => {
                Err(Refusal::StaleRevision { held: held.revision })
            }
            std::cmp::Ordering::Equal => Ok(ballot(level, revision)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Submission = Submission::Transfer;

    fn v(level: Level, revision: u32) -> Submission {
        Submission::Ballot { level, revision }
    }

    fn run(revoting: bool, submissions: &[Submission]) -> (Option<BallotState>, Vec<Result<(), Refusal>>) {
        let mut state = None;
        let mut results = Vec::new();
        for (entry, submission) in (0..).zip(submissions) {
            match transition(state.as_ref(), *submission, revoting, entry) {
                Ok(next) => {
                    state = Some(next);
                    results.push(Ok(()));
                }
                Err(refusal) => results.push(Err(refusal)),
            }
        }
        (state, results)
    }

    #[test]
    fn every_cell_of_the_table() {
        use Level::{Override as L1, Plain as L0};
        use Refusal::{AlreadyCast, Moved, NoRevoting, Overridden, StaleRevision};
        for revoting in [false, true] {
            let last = |submissions: &[Submission]| run(revoting, submissions).1.pop().expect("not empty");
            // unused
            assert_eq!(last(&[T]), Ok(()));
            assert_eq!(last(&[v(L0, 0)]), Ok(()));
            assert_eq!(last(&[v(L1, 0)]), Ok(()));
            // spent by T
            assert_eq!(last(&[T, T]), Err(Moved));
            assert_eq!(last(&[T, v(L0, 9)]), Err(Moved));
            assert_eq!(last(&[T, v(L1, 9)]), Err(Moved));
            // holds V0
            assert_eq!(last(&[v(L0, 3), T]), Err(AlreadyCast));
            assert_eq!(last(&[v(L0, 3), v(L0, 4)]), if revoting { Ok(()) } else { Err(NoRevoting) });
            assert_eq!(last(&[v(L0, 3), v(L0, 3)]), Err(if revoting { StaleRevision { held: 3 } } else { NoRevoting }));
            assert_eq!(last(&[v(L0, 3), v(L0, 2)]), Err(if revoting { StaleRevision { held: 3 } } else { NoRevoting }));
            assert_eq!(last(&[v(L0, 3), v(L1, 0)]), Ok(()));
            // holds V1
            assert_eq!(last(&[v(L1, 3), T]), Err(AlreadyCast));
            assert_eq!(last(&[v(L1, 3), v(L0, 9)]), Err(Overridden));
            assert_eq!(last(&[v(L1, 3), v(L1, 4)]), if revoting { Ok(()) } else { Err(NoRevoting) });
            assert_eq!(last(&[v(L1, 3), v(L1, 3)]), Err(if revoting { StaleRevision { held: 3 } } else { NoRevoting }));
        }
    }

    // An operator who holds ballots back and chooses their order cannot choose which of V0 and V1 counts.
    #[test]
    fn owner_beats_delegate_in_every_order() {
        let ballots = [v(Level::Plain, 0), v(Level::Plain, 7), v(Level::Override, 0)];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for revoting in [false, true] {
                let (state, _) = run(revoting, &order.map(|i| ballots[i]));
                assert!(matches!(state, Some(BallotState::Holds(held)) if held.level == Level::Override));
            }
        }
    }

    // With re-voting, the highest revision counts whatever the order.
    #[test]
    fn highest_revision_counts_in_every_order() {
        let ballots = [v(Level::Plain, 0), v(Level::Plain, 1), v(Level::Plain, 2)];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (state, _) = run(true, &order.map(|i| ballots[i]));
            assert!(matches!(state, Some(BallotState::Holds(held)) if held.revision == 2));
        }
    }
}

//! The rights that a voter finds in the log, and what can be done with each.

use std::collections::BTreeMap;

use tabella_protocol::{
    election::Weights,
    note::{Lock, Note},
    tree::Position,
};
use tabella_prover::wallet::{NoteKind, ReceivedNote};
use tabella_verifier::election::{BallotState, ElectionPool};
use thiserror::Error;

use super::{Voter, VoterError};

/// How the voter came to hold a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// The voter's own.
    Own,
    /// Delegated to the voter by somebody.
    Delegated,
    /// Delegated by the voter to somebody, and recallable.
    GivenAway,
}

/// A right that the voter can use.
#[derive(Clone, Debug)]
pub struct Right {
    /// Position of its note: the name by which commands call it.
    pub position: Position,
    /// Its weight.
    pub weight: u64,
    /// How the voter came to hold it.
    pub holding: Holding,
    /// What was done with it, if anything.
    pub state: Option<BallotState>,
    /// Why no ballot can be cast with it, if so.
    pub unusable: Option<UnusableRight>,
}

/// Why a right cannot be used in some way.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnusableRight {
    /// No right of one's own.
    #[error("you hold no right of your own")]
    NoneOwn,
    /// No right of somebody else's.
    #[error("no right was delegated to you")]
    NoneDelegated,
    /// No right that was given away.
    #[error("you have delegated no right")]
    NoneGivenAway,
    /// Its note was spent by a transfer.
    #[error("this right was delegated, recalled or moved on")]
    Moved,
    /// Its asset is another one.
    #[error("it is no right of this election")]
    Foreign,
    /// Of more than weight 1, where all rights weigh 1.
    #[error("several rights were merged into it, and this election counts rights of weight 1")]
    Merged,
    /// Delegated under a guard.
    #[error("it was delegated under a guard, and ballots cannot be cast with guarded rights")]
    Guarded,
    /// Delegated for too short a time.
    #[error("it was delegated for a time that ends before the election closes")]
    Expires,
    /// Delegated until too late a time.
    #[error("you delegated it until a time after the election opens, and so cannot cast over the delegate")]
    Bound,
    /// Only one's own can be delegated.
    #[error("only a right of your own can be delegated; recall it first")]
    NotOwn,
    /// Only what was given away can be recalled.
    #[error("only a right that you delegated can be recalled")]
    NotGivenAway,
    /// Too late to recall.
    #[error("the delegate has cast this right already: override it with a ballot")]
    CastByDelegate,
    /// A second ballot, where there is no re-voting.
    #[error("a ballot was cast with this right, and this election does not allow re-voting")]
    Revoting,
    /// No number is left for another ballot.
    #[error("4294967296 ballots were cast with this right, and no number is left for another")]
    Revisions,
    /// Too late for the delegate.
    #[error("the voter has cast a ballot over this delegation")]
    Overridden,
}

impl UnusableRight {
    /// A stable name, for programs that say it in other words or languages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoneOwn => "none-own",
            Self::NoneDelegated => "none-delegated",
            Self::NoneGivenAway => "none-given-away",
            Self::Moved => "moved",
            Self::Foreign => "foreign",
            Self::Merged => "merged",
            Self::Guarded => "guarded",
            Self::Expires => "expires",
            Self::Bound => "bound",
            Self::NotOwn => "not-own",
            Self::NotGivenAway => "not-given-away",
            Self::CastByDelegate => "cast-by-delegate",
            Self::Revoting => "revoting",
            Self::Revisions => "revisions",
            Self::Overridden => "overridden",
        }
    }
}

impl Voter {
    /// The voter's rights that were not moved on.
    #[must_use]
    pub fn rights(&self, pool: &ElectionPool) -> Vec<Right> {
        let mut rights: BTreeMap<u32, Right> = BTreeMap::new();
        for note in self.wallet.notes().filter(|note| note.pool() == pool.pool()) {
            let state = pool.nullifier(note.nullifier()).copied();
            if state == Some(BallotState::Spent) {
                continue;
            }
            let holding = match note.kind() {
                NoteKind::Plain => Holding::Own,
                NoteKind::EscrowToClaim => Holding::Delegated,
                NoteKind::EscrowToRefund => Holding::GivenAway,
            };
            let (position, weight) = (note.position(), note.note().value.0);
            let unusable = unusable(pool, note.note(), holding);
            rights.insert(position.0, Right { position, weight, holding, state, unusable });
        }
        rights.into_values().collect()
    }

    /// The first right that is held in some way.
    ///
    /// # Errors
    /// [`VoterError::Unusable`] if there is none.
    pub fn held(&self, pool: &ElectionPool, holding: Holding) -> Result<Position, VoterError> {
        let rights = self.rights(pool);
        rights.iter().find(|right| right.holding == holding).map(|right| right.position).ok_or(VoterError::Unusable(
            match holding {
                Holding::Own => UnusableRight::NoneOwn,
                Holding::Delegated => UnusableRight::NoneDelegated,
                Holding::GivenAway => UnusableRight::NoneGivenAway,
            },
        ))
    }

    /// The right at a position, if it was not moved on.
    pub(super) fn right(&self, pool: &ElectionPool, position: Position) -> Result<ReceivedNote, VoterError> {
        let note = self.wallet.note(pool.pool(), position).ok_or(VoterError::NoSuchRight(position.0))?;
        if pool.nullifier(note.nullifier()) == Some(&BallotState::Spent) {
            return Err(UnusableRight::Moved.into());
        }
        Ok(note.clone())
    }
}

/// Why no ballot can be cast with a note, whoever made it as it is: its transfer would not fulfil the rules of the election,
/// or nobody could prove it.
pub(super) fn unusable(pool: &ElectionPool, note: &Note, holding: Holding) -> Option<UnusableRight> {
    let manifest = pool.manifest();
    if note.asset != pool.asset() {
        return Some(UnusableRight::Foreign);
    }
    if manifest.rules.weights == Weights::One && note.value.0 != 1 {
        return Some(UnusableRight::Merged);
    }
    let Lock::Escrow(escrow) = &note.lock else { return None };
    let terms = &escrow.contract.terms;
    match holding {
        Holding::Delegated if !escrow.contract.guard.is_none() => Some(UnusableRight::Guarded),
        Holding::Delegated if terms.claim_until < manifest.closes => Some(UnusableRight::Expires),
        Holding::GivenAway if terms.refund_from > manifest.opens => Some(UnusableRight::Bound),
        _ => None,
    }
}

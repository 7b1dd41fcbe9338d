//! The rights that a voter finds in the log, and what can be done with each.

use std::collections::BTreeMap;

use tabella_protocol::{
    election::Weights,
    note::{Lock, Note},
    tree::Position,
};
use tabella_prover::wallet::{NoteKind, ReceivedNote};
use tabella_verifier::election::{BallotState, ElectionPool};

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
    pub unusable: Option<&'static str>,
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
                Holding::Own => "you hold no right of your own",
                Holding::Delegated => "no right was delegated to you",
                Holding::GivenAway => "you have delegated no right",
            },
        ))
    }

    /// The right at a position, if it was not moved on.
    pub(super) fn right(&self, pool: &ElectionPool, position: Position) -> Result<ReceivedNote, VoterError> {
        let note = self.wallet.note(pool.pool(), position).ok_or(VoterError::NoSuchRight(position.0))?;
        if pool.nullifier(note.nullifier()) == Some(&BallotState::Spent) {
            return Err(VoterError::Unusable("this right was delegated, recalled or moved on"));
        }
        Ok(note.clone())
    }
}

/// Why no ballot can be cast with a note, whoever made it as it is: its transfer would not fulfil the rules of the election,
/// or nobody could prove it.
pub(super) fn unusable(pool: &ElectionPool, note: &Note, holding: Holding) -> Option<&'static str> {
    let manifest = pool.manifest();
    if note.asset != pool.asset() {
        return Some("it is no right of this election");
    }
    if manifest.rules.weights == Weights::One && note.value.0 != 1 {
        return Some("several rights were merged into it, and this election counts rights of weight 1");
    }
    let Lock::Escrow(escrow) = &note.lock else { return None };
    let terms = &escrow.contract.terms;
    match holding {
        Holding::Delegated if !escrow.contract.guard.is_none() => {
            Some("it was delegated under a guard, and ballots cannot be cast with guarded rights")
        }
        Holding::Delegated if terms.claim_until < manifest.closes => {
            Some("it was delegated for a time that ends before the election closes")
        }
        Holding::GivenAway if terms.refund_from > manifest.opens => {
            Some("you delegated it until a time after the election opens, and so cannot cast over the delegate")
        }
        _ => None,
    }
}

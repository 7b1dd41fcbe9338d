//! A ballot between its preparation and the voter's choice: to be cast, or audited.

use std::fmt;

use tabella_protocol::{
    ballot::{BallotBody, BallotOpening},
    election::{ElectionId, OpenedBallot},
    transaction::{TransactionDigest, TransactionEffects},
    tree::Position,
};
use tabella_prover::{
    bridge::BridgeOpening,
    builder::{PreparedTransaction, Unproven},
};

/// A ballot that is committed to, and neither proved nor signed: to be cast or audited.
///
/// Its tracker is the digest of its transaction. An audit takes it apart without ever signing it. `Debug` prints the tracker
/// only.
pub struct PreparedBallot {
    pub(super) transaction: PreparedTransaction<Unproven>,
    pub(super) body: BallotBody,
    pub(super) opening: BallotOpening,
    /// The opening of the transfer's `C` and the ballot's `C'`, where weights are hidden.
    pub(super) bridge: Option<BridgeOpening>,
    pub(super) election: ElectionId,
    pub(super) nullifier_position: Position,
}

impl fmt::Debug for PreparedBallot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedBallot").field("tracker", &self.tracker()).finish_non_exhaustive()
    }
}

impl PreparedBallot {
    /// The tracker: what the voter notes down before choosing between cast and audit.
    #[must_use]
    pub const fn tracker(&self) -> TransactionDigest {
        self.transaction.digest()
    }

    /// What the tracker is the digest of.
    #[must_use]
    pub const fn effects(&self) -> &TransactionEffects {
        self.transaction.effects()
    }

    /// Opens the ballot for an audit, whole: the other device recomputes the tracker that was shown before. It can never be
    /// cast after this.
    #[must_use]
    pub fn audit(self) -> OpenedBallot {
        OpenedBallot { effects: self.transaction.effects().clone(), opening: self.opening.disclose() }
    }

    /// Position of the right that it uses.
    #[must_use]
    pub const fn right(&self) -> Position {
        self.nullifier_position
    }
}

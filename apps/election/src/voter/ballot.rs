//! A ballot between its preparation and the voter's choice: to be cast, or audited.

use std::fmt;

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::{BallotBody, BallotOpening},
    election::{ElectionId, OpenedBallot},
    transaction::{TransactionDigest, TransactionEffects},
    tree::Position,
};
use tabella_prover::{
    bridge::BridgeOpening,
    builder::{PreparedTransaction, Proven, ProvingEngine, Unproven},
};

use super::{VoterError, prove_error};

/// The transaction of a ballot: proved or not, and never signed.
pub(super) enum BallotTransaction {
    Unproven(PreparedTransaction<Unproven>),
    Proven(PreparedTransaction<Proven>),
}

/// A ballot that is committed to, and not signed: to be cast or audited.
///
/// Its tracker is the digest of its transaction. An audit takes it apart without ever signing it. `Debug` prints the tracker
/// only.
pub struct PreparedBallot {
    pub(super) transaction: BallotTransaction,
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
        match &self.transaction {
            BallotTransaction::Unproven(transaction) => transaction.digest(),
            BallotTransaction::Proven(transaction) => transaction.digest(),
        }
    }

    /// What the tracker is the digest of.
    #[must_use]
    pub const fn effects(&self) -> &TransactionEffects {
        match &self.transaction {
            BallotTransaction::Unproven(transaction) => transaction.effects(),
            BallotTransaction::Proven(transaction) => transaction.effects(),
        }
    }

    /// Proves the transfer ahead of the choice between cast and audit, while the voter reads: casting then only signs. The proof
    /// stays here, and an audit drops it. Does nothing the second time.
    ///
    /// # Errors
    /// [`VoterError::Prove`].
    pub fn prove<E: ProvingEngine>(
        &mut self,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), VoterError> {
        if let BallotTransaction::Unproven(transaction) = &self.transaction {
            self.transaction = BallotTransaction::Proven(transaction.clone().prove(engine, rng).map_err(prove_error)?);
        }
        Ok(())
    }

    /// Whether the transfer is proved.
    #[must_use]
    pub const fn is_proved(&self) -> bool {
        matches!(self.transaction, BallotTransaction::Proven(_))
    }

    /// Opens the ballot for an audit, whole: the other device recomputes the tracker that was shown before. It can never be
    /// cast after this.
    #[must_use]
    pub fn audit(self) -> OpenedBallot {
        OpenedBallot { effects: self.effects().clone(), opening: self.opening.disclose() }
    }

    /// Position of the right that it uses.
    #[must_use]
    pub const fn right(&self) -> Position {
        self.nullifier_position
    }
}

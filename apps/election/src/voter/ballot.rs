//! A ballot between its preparation and the voter's choice: to be cast, or audited.

use std::fmt;

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::{BallotBody, BallotOpening},
    election::{AuditRanking, ElectionId, OpenedBallot},
    note::Nullifier,
    ranking::{RankedQuestion, Ranking, RankingProof, RankingStatement, SealedRanking, SealingPlace},
    ristretto::CanonicalScalar,
    transaction::{TransactionDigest, TransactionEffects},
    transcript::ProofContext,
    tree::Position,
};
use tabella_prover::{
    bridge::BridgeOpening,
    builder::{PreparedTransaction, Proven, ProvingEngine, Unproven},
    ranking::{RankingOpening, prove, seal},
};
use tabella_verifier::election::ElectionPool;

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
    pub(super) rankings: Vec<PreparedRanking>,
    /// The opening of the transfer's `C` and the ballot's `C'`, where weights are hidden.
    pub(super) bridge: Option<BridgeOpening>,
    pub(super) election: ElectionId,
    /// Nullifier of the right: it is in the key of each sealed ranking.
    pub(super) nullifier: Nullifier,
    pub(super) nullifier_position: Position,
}

/// A sealed ranking of a prepared ballot, with what opens it.
pub(super) struct PreparedRanking {
    pub(super) question: RankedQuestion,
    pub(super) ranking: Ranking,
    pub(super) sealed: SealedRanking,
    pub(super) opening: RankingOpening,
}

impl PreparedRanking {
    /// Seals the answer to a ranked question.
    pub(super) fn seal(
        pool: &ElectionPool,
        nullifier: Nullifier,
        question: RankedQuestion,
        answer: &[u16],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, VoterError> {
        let number = usize::from(question.question) + 1;
        let ranking = Ranking::from_ranks(&question.rule, answer)
            .map_err(|error| VoterError::Ranking { question: number, error })?;
        let (id, key) = (pool.id(), &pool.manifest().key);
        let place = SealingPlace { election: id.as_bytes(), nullifier, question: question.question };
        let (sealed, opening) = seal(&place, &question.rule, key, &ranking, rng);
        Ok(Self { question, ranking, sealed, opening })
    }

    /// Proves that its randomness is known, at the place of its ballot.
    pub(super) fn prove(
        &self,
        pool: &ElectionPool,
        context: ProofContext,
        nullifier: Nullifier,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> RankingProof {
        let (id, key) = (pool.id(), &pool.manifest().key);
        let place = SealingPlace { election: id.as_bytes(), nullifier, question: self.question.question };
        let statement = RankingStatement { context, place, key, rule: self.question.rule, sealed: &self.sealed };
        prove(&statement, &self.opening, rng)
    }
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
        let rankings = self.rankings.iter().map(|ranking| AuditRanking {
            options: ranking.ranking.options().to_vec(),
            randomness: CanonicalScalar(*ranking.opening.randomness().expose()),
        });
        let rankings = rankings.collect();
        OpenedBallot { effects: self.effects().clone(), opening: self.opening.disclose(), rankings }
    }

    /// Position of the right that it uses.
    #[must_use]
    pub const fn right(&self) -> Position {
        self.nullifier_position
    }
}

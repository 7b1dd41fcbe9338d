//! What an open election accepts, and what each entry does to it.

use std::sync::Arc;

use ed25519_dalek::{Signature, VerifyingKey};
use tabella_protocol::{
    ballot::{BallotBody, Weight},
    bridge::BridgeStatement,
    election::{
        APPLICATION, BallotCast, CastProof, Close, ElectionAction, Publication, Results, Weights, authority_message,
    },
    note::{NoteCommitment, Nullifier, Timestamp},
    ranking::SealedRanking,
    statement::{Mode, TransferInstance},
    transaction::{LoggedTransaction, Transaction, TransactionDigest, TransferStatement},
    transcript::ProofContext,
};
use thiserror::Error;

use crate::{
    election::{
        ballots::{Refusal, Submission, transition},
        pool::{AnchorKind, CountedContent, ElectionPool, Stage, WrongStage, log_leaf},
        tally::{TallyError, verify_tally},
    },
    groth16::VerifyingKeys,
    log::LogHash,
    obligations::{BallotObligation, BridgeObligation, Obligations},
    sigma::Equation,
    transaction::{StructureError, check_structure, proof_obligations, signature_obligations},
};

/// Why an entry is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The transaction is wrong by itself.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// Accepted before.
    #[error("this transaction was accepted before")]
    Replayed,
    /// Time runs backwards.
    #[error("the block's time {time} is before that of the last entry, {last}")]
    Time {
        /// Of the block.
        time: u64,
        /// Of the last entry.
        last: u64,
    },
    /// It touches another pool or application besides this election, or is neither a transfer nor an action of an election.
    #[error(
        "a transaction of an election holds one internal transfer, or one ballot with its transfer, or one action of the authority: {0}"
    )]
    Form(&'static str),
    /// An action that does not decode.
    #[error("the action does not decode: {0}")]
    Decode(String),
    /// The action names another election.
    #[error("the action is of another election")]
    OtherElection,
    /// The election is frozen.
    #[error("the election closed at {0} and is frozen")]
    Frozen(u64),
    /// Outside the window that the transfer states.
    #[error("the transfer's window does not contain the block's time {0}")]
    Window(u64),
    /// A ballot whose window is not exactly that of the election.
    #[error("a ballot's window is exactly the election's")]
    BallotWindow,
    /// The anchor is not one of the election's.
    #[error(
        "the anchor is not a root that the election accepts: prove against the root at the start of the present epoch"
    )]
    Anchor,
    /// Delegation is not allowed.
    #[error("this election does not allow delegation")]
    Delegation,
    /// A mode other than internal, or a revealed contract, where the election allows none.
    #[error("rights move by internal transfers only and are cast whole: {0}")]
    Mode(&'static str),
    /// A cast of another asset.
    #[error("the transfer is not of this election's rights")]
    Asset,
    /// A weight other than 1 where rights are equal.
    #[error("a right of this election weighs 1")]
    Weight,
    /// The kind of ballot or transfer does not fit the manifest's rule on weights.
    #[error("the manifest's rule on weights asks for another kind of ballot")]
    BallotKind,
    /// A bridge is missing, or there is one where no weight is hidden.
    #[error("a ballot carries a bridge from its right's weight exactly if weights are hidden")]
    Bridge,
    /// The ballot's questions and options are not those of the manifest.
    #[error("the ballot does not have the manifest's questions and options")]
    BallotShape,
    /// The sealed rankings, or their proofs, are not one for each ranked question, or of another length than the rule gives.
    #[error(
        "a ballot has one sealed ranking of the length that the rule gives, and one proof of it, for each ranked question"
    )]
    Rankings,
    /// The table of which ballot counts says no.
    #[error("{0}")]
    Refused(Refusal),
    /// The authority's signature is wrong.
    #[error("the authority's signature is wrong")]
    AuthoritySignature,
    /// Closed too early, or twice.
    #[error(transparent)]
    Stage(WrongStage),
    /// The close names another state.
    #[error(
        "the close counts {found} ballots after {entries} entries, and the election has {counted} after {expected}"
    )]
    CloseMismatch {
        /// Ballots it counts.
        found: u64,
        /// Entries it names.
        entries: u64,
        /// Ballots that count.
        counted: u64,
        /// Entries there are.
        expected: u64,
    },
    /// The close is signed over another log: entries were dropped, replaced or put in another order since, or before the
    /// authority saw them.
    #[error(
        "the close is of a log of {entries} entries with root {found}, and the entries before it have root {expected}"
    )]
    CloseRoot {
        /// Entries that it names.
        entries: u64,
        /// The root that it names.
        found: LogHash,
        /// The root of the entries before it.
        expected: LogHash,
    },
    /// Too few ballots for a result that does not reveal single votes.
    #[error(
        "the manifest publishes no result of fewer than {smallest} ballots, and the number that count is {counted}"
    )]
    SmallGroup {
        /// Ballots that count.
        counted: u64,
        /// The manifest's minimum.
        smallest: u64,
    },
    /// The tally is wrong.
    #[error("the tally is wrong: {0}")]
    Tally(#[from] TallyError),
    /// The tree is full.
    #[error("the election's tree is full")]
    TreeFull,
    /// The log is full.
    #[error("the election's log is full")]
    LogFull,
}

/// What an entry will do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Spends two notes and makes two.
    Transfer {
        /// Nullifiers of the inputs.
        nullifiers: [Nullifier; 2],
        /// Commitments of the outputs.
        commitments: [NoteCommitment; 2],
    },
    /// Casts a ballot.
    Cast {
        /// Nullifier of the right.
        nullifier: Nullifier,
        /// The state it leaves.
        submission: Submission,
        /// The encrypted choice.
        ballot: BallotBody,
        /// The sealed rankings.
        rankings: Vec<SealedRanking>,
    },
    /// Freezes the election.
    Close,
    /// Publishes the result.
    Publish(Results),
}

/// An entry that passed the cheap checks, with what remains to be verified.
#[derive(Debug)]
pub struct Checked {
    digest: TransactionDigest,
    time: Timestamp,
    /// The entry as the log holds it.
    leaf: LogHash,
    /// Entries of the election when this one was checked.
    entries: u64,
    effect: Effect,
}

impl Checked {
    /// What it will do.
    #[must_use]
    pub const fn effect(&self) -> &Effect {
        &self.effect
    }

    /// Its digest.
    #[must_use]
    pub const fn digest(&self) -> TransactionDigest {
        self.digest
    }
}

/// A ballot that passed the cheap checks, with what remains to be verified.
struct CheckedCast {
    effect: Effect,
    ballot: BallotObligation,
    rankings: Vec<Equation>,
    bridge: Option<BridgeObligation>,
}

impl ElectionPool {
    /// Checks an entry against the state, and adds the proofs that remain to be verified to `obligations`, under its index
    /// in the election's log. The tally of a publication is verified at once.
    ///
    /// # Errors
    /// [`Rejection`]: one variant per rule; nothing is added then.
    pub fn check(
        &self,
        entry: &LoggedTransaction,
        keys: &VerifyingKeys,
        index: u64,
        obligations: &mut Obligations,
    ) -> Result<Checked, Rejection> {
        let (tx, time) = (&entry.transaction, entry.time);
        check_structure(tx, self.manifest.ledger, keys)?;
        let digest = tx.effects.digest();
        if self.digests.contains(&digest) {
            return Err(Rejection::Replayed);
        }
        if time < self.time {
            return Err(Rejection::Time { time: time.seconds(), last: self.time.seconds() });
        }
        let effect = match (tx.effects.transfers.as_slice(), tx.effects.actions.as_slice()) {
            ([_], []) => self.check_transfer(tx, time)?,
            ([_], [_]) => {
                let CheckedCast { effect, ballot, rankings, bridge } = self.check_cast(tx, time, digest)?;
                obligations.push_ballot(index, ballot);
                for ranking in rankings {
                    obligations.push_ranking(index, ranking);
                }
                if let Some(bridge) = bridge {
                    obligations.push_bridge(index, bridge);
                }
                effect
            }
            ([], [_]) => self.check_authority(tx, time, digest)?,
            _ => return Err(Rejection::Form("more than one transfer or action")),
        };
        for proof in proof_obligations(tx) {
            obligations.push_proof(index, proof);
        }
        for signature in signature_obligations(tx, digest) {
            obligations.push_signature(index, signature);
        }
        let leaf = log_leaf(entry);
        Ok(Checked { digest, time, leaf, entries: self.entries(), effect })
    }

    /// Applies a checked entry. The caller has verified its obligations, or verifies them before anyone relies on the state.
    ///
    /// # Errors
    /// [`Rejection`] when the state changed since the check and now excludes the entry, and for a close or a publication when
    /// it changed at all; nothing is changed then.
    pub fn execute(&mut self, checked: Checked) -> Result<(), Rejection> {
        let Checked { digest, time, leaf, entries, effect } = checked;
        if self.digests.contains(&digest) {
            return Err(Rejection::Replayed);
        }
        if time < self.time {
            return Err(Rejection::Time { time: time.seconds(), last: self.time.seconds() });
        }
        let mut log = self.log.clone();
        log.append_hash(leaf).map_err(|_| Rejection::LogFull)?;
        match &effect {
            Effect::Transfer { commitments, .. } if !self.tree.has_room(commitments.len()) => {
                return Err(Rejection::TreeFull);
            }
            Effect::Transfer { .. } | Effect::Cast { .. } if self.stage != Stage::Open => {
                return Err(Rejection::Frozen(self.manifest.closes.seconds()));
            }
            Effect::Close | Effect::Publish(_) if entries != self.entries() => {
                return Err(Rejection::Stage(WrongStage::Changed));
            }
            _ => {}
        }
        match effect {
            Effect::Transfer { nullifiers, commitments } => {
                for nullifier in &nullifiers {
                    transition(self.nullifier(nullifier), Submission::Transfer, false, self.entries())
                        .map_err(Rejection::Refused)?;
                }
                self.advance(time);
                self.tree.append(&commitments).map_err(|_| Rejection::TreeFull)?;
                for nullifier in &nullifiers {
                    self.nullifiers.insert(nullifier.to_bytes(), super::BallotState::Spent);
                }
                self.transfers += 1;
                if time < self.manifest.opens {
                    self.early_transfers += 1;
                    self.early_anchors.insert(self.tree.root().to_bytes());
                }
            }
            Effect::Cast { nullifier, submission, ballot, rankings } => {
                let revoting = self.manifest.rules.revoting;
                let state = transition(self.nullifier(&nullifier), submission, revoting, self.entries())
                    .map_err(Rejection::Refused)?;
                self.advance(time);
                self.nullifiers.insert(nullifier.to_bytes(), state);
                let questions = ballot.questions().to_vec();
                self.counted.insert(nullifier.to_bytes(), CountedContent { nullifier, questions, rankings });
                self.ballots += 1;
            }
            Effect::Close => {
                self.advance(time);
                self.stage = Stage::Closed;
            }
            Effect::Publish(results) => {
                self.advance(time);
                self.stage = Stage::Published(results);
            }
        }
        self.digests.insert(digest);
        self.log = log;
        Ok(())
    }

    fn check_transfer(&self, tx: &Transaction, time: Timestamp) -> Result<Effect, Rejection> {
        let [transfer] = tx.effects.transfers.as_slice() else {
            return Err(Rejection::Form("more than one transfer"));
        };
        self.check_pool_and_time(transfer.pool == self.pool, time)?;
        let TransferStatement::Transfer { instance, .. } = &transfer.statement else {
            return Err(Rejection::Form("a cast comes with its ballot"));
        };
        if instance.mode != Mode::Internal {
            return Err(Rejection::Mode("a transfer without a ballot is internal"));
        }
        if transfer.contract.is_some() {
            return Err(Rejection::Mode("rights have no guarded escrows"));
        }
        let distributing = self.manifest.rules.weights == Weights::Hidden && time < self.manifest.opens;
        if !self.manifest.rules.delegation && !distributing {
            return Err(Rejection::Delegation);
        }
        if !transfer.window().contains(time) {
            return Err(Rejection::Window(time.seconds()));
        }
        if !self.accepts_anchor(&instance.anchor, time, AnchorKind::Early) {
            return Err(Rejection::Anchor);
        }
        for nullifier in &instance.nullifiers {
            transition(self.nullifier(nullifier), Submission::Transfer, false, self.entries())
                .map_err(Rejection::Refused)?;
        }
        Ok(Effect::Transfer { nullifiers: instance.nullifiers, commitments: instance.commitments })
    }

    fn check_cast(
        &self,
        tx: &Transaction,
        time: Timestamp,
        digest: TransactionDigest,
    ) -> Result<CheckedCast, Rejection> {
        let ([transfer], [proof]) = (tx.effects.transfers.as_slice(), tx.action_proofs.as_slice()) else {
            return Err(Rejection::Form("a ballot has one transfer"));
        };
        let ElectionAction::Cast(BallotCast { election, revision, ballot, rankings }) = self.decode_action(tx)? else {
            return Err(Rejection::Form("an action of the authority has no transfer"));
        };
        self.check_pool_and_time(transfer.pool == self.pool, time)?;
        if election != self.id {
            return Err(Rejection::OtherElection);
        }
        if transfer.contract.is_some() {
            return Err(Rejection::Mode("rights have no guarded escrows"));
        }
        let (nullifier, level, asset, value_commitment) = match (&transfer.statement, self.manifest.rules.weights) {
            (TransferStatement::Cast(instance), Weights::One) => {
                if instance.weight != 1 {
                    return Err(Rejection::Weight);
                }
                (instance.nullifier, instance.level, instance.asset.element(), None)
            }
            (TransferStatement::Transfer { instance, .. }, Weights::Hidden) => {
                if instance.mode != Mode::Consume {
                    return Err(Rejection::Mode("a ballot consumes its right"));
                }
                let TransferInstance { nullifiers, level, asset_revealed, value_commitment, .. } = instance;
                (nullifiers[0], *level, *asset_revealed, Some(*value_commitment))
            }
            _ => return Err(Rejection::BallotKind),
        };
        if asset != self.asset.element() {
            return Err(Rejection::Asset);
        }
        if *transfer.window() != self.window {
            return Err(Rejection::BallotWindow);
        }
        if !self.window.contains(time) {
            return Err(Rejection::Window(time.seconds()));
        }
        if !self.accepts_anchor(&transfer.anchor(), time, AnchorKind::Epoch) {
            return Err(Rejection::Anchor);
        }
        let submission = Submission::Ballot { level: level.into(), revision };
        transition(self.nullifier(&nullifier), submission, self.manifest.rules.revoting, self.entries())
            .map_err(Rejection::Refused)?;
        let options = ballot.questions().iter().map(Vec::len);
        if !options.eq(self.parameters.rules.iter().map(|rule| usize::from(rule.options()))) {
            return Err(Rejection::BallotShape);
        }
        let commitments = match (ballot.weight(), value_commitment) {
            (Weight::Unit, None) => None,
            (Weight::Hidden { commitment }, Some(value_commitment)) => Some((value_commitment, *commitment)),
            _ => return Err(Rejection::BallotKind),
        };
        let CastProof { ballot: proof, bridge, rankings: ranking_proofs } =
            borsh::from_slice(proof).map_err(|error| Rejection::Decode(error.to_string()))?;
        // Both proofs are of this action, the first of the transaction; the digest names election, pool, C and C'.
        let context = ProofContext { ledger: self.manifest.ledger, digest, index: 0 };
        let bridge = match (commitments, bridge) {
            (None, None) => None,
            (Some((jubjub, ristretto)), Some(proof)) => {
                Some(BridgeObligation { context, statement: BridgeStatement::of_one(jubjub, ristretto), proof })
            }
            _ => return Err(Rejection::Bridge),
        };
        let equations = self.ranking_equations(context, nullifier, &rankings, &ranking_proofs)?;
        let obligation =
            BallotObligation { context, body: ballot.clone(), proof, parameters: Arc::clone(&self.parameters) };
        let effect = Effect::Cast { nullifier, submission, ballot, rankings };
        Ok(CheckedCast { effect, ballot: obligation, rankings: equations, bridge })
    }

    fn check_authority(
        &self,
        tx: &Transaction,
        time: Timestamp,
        digest: TransactionDigest,
    ) -> Result<Effect, Rejection> {
        let action = self.decode_action(tx)?;
        verify_authority(&self.manifest.authority, digest, tx)?;
        match action {
            ElectionAction::Close(Close { election, entries, root, counted }) => {
                if election != self.id {
                    return Err(Rejection::OtherElection);
                }
                if self.stage != Stage::Open {
                    return Err(Rejection::Stage(WrongStage::Closed));
                }
                if time < self.manifest.closes {
                    return Err(Rejection::Stage(WrongStage::Early));
                }
                let (found, expected) = (LogHash::new(root), self.log_root());
                if found != expected {
                    return Err(Rejection::CloseRoot { entries, found, expected });
                }
                if entries != self.entries() || counted != self.counted() {
                    let (found, expected) = (counted, self.entries());
                    return Err(Rejection::CloseMismatch { found, entries, counted: self.counted(), expected });
                }
                Ok(Effect::Close)
            }
            ElectionAction::Publish(Publication { election, partials, results }) => {
                if election != self.id {
                    return Err(Rejection::OtherElection);
                }
                if self.stage != Stage::Closed {
                    return Err(Rejection::Stage(WrongStage::Publication));
                }
                let smallest = self.manifest.rules.smallest_group;
                if self.counted() < smallest {
                    return Err(Rejection::SmallGroup { counted: self.counted(), smallest });
                }
                verify_tally(self, &partials, &results)?;
                Ok(Effect::Publish(results))
            }
            ElectionAction::Open(_) => Err(Rejection::Stage(WrongStage::Open)),
            ElectionAction::Cast(_) => Err(Rejection::Form("a ballot comes with its transfer")),
        }
    }

    fn check_pool_and_time(&self, same_pool: bool, time: Timestamp) -> Result<(), Rejection> {
        if !same_pool {
            return Err(Rejection::Form("it touches another pool"));
        }
        if self.stage != Stage::Open || time >= self.manifest.closes {
            return Err(Rejection::Frozen(self.manifest.closes.seconds()));
        }
        Ok(())
    }

    fn decode_action(&self, tx: &Transaction) -> Result<ElectionAction, Rejection> {
        let [action] = tx.effects.actions.as_slice() else {
            return Err(Rejection::Form("more than one action"));
        };
        if action.application != APPLICATION {
            return Err(Rejection::Form("an action of another application"));
        }
        borsh::from_slice(&action.body).map_err(|error| Rejection::Decode(error.to_string()))
    }
}

/// Verifies the authority's Ed25519 signature (strictly) over an action's transaction.
pub(super) fn verify_authority(key: &[u8; 32], digest: TransactionDigest, tx: &Transaction) -> Result<(), Rejection> {
    let [proof] = tx.action_proofs.as_slice() else {
        return Err(Rejection::Form("one signature of the authority"));
    };
    let key = VerifyingKey::from_bytes(key).map_err(|_| Rejection::AuthoritySignature)?;
    let signature = Signature::from_slice(proof).map_err(|_| Rejection::AuthoritySignature)?;
    key.verify_strict(&authority_message(digest), &signature).map_err(|_| Rejection::AuthoritySignature)
}

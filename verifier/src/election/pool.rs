//! The state of one election: its tree, its anchors, its nullifiers, and the ballots that count.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tabella_protocol::{
    ballot::{BallotTerms, QuestionRule},
    election::{ElectionId, ElectionManifest, Results, Weights},
    elgamal::Ciphertext,
    note::{AssetId, Nullifier, Timestamp},
    ranking::{RankedQuestion, SealedRanking},
    statement::Window,
    transaction::{LoggedTransaction, PoolId, TransactionDigest},
    tree::{Anchor, NoteCommitmentTree},
};
use thiserror::Error;

use crate::{
    ceremony::CeremonyOutcome,
    election::ballots::BallotState,
    log::{CompactTree, LogHash},
    obligations::BallotParameters,
};

/// Which roots a transfer may prove against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnchorKind {
    /// The tree as it stood at the start of an epoch, at or after opening. Ballots need one of these.
    Epoch,
    /// The tree after an entry from before the opening. Internal transfers may use these too.
    Early,
}

/// The tree as it stood at the start of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochAnchor {
    /// The root.
    pub anchor: Anchor,
    /// Leaves below it.
    pub size: u64,
}

/// What stage the election is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Transfers and ballots come in.
    Open,
    /// Frozen for the tally.
    Closed,
    /// The result is out.
    Published(Results),
}

/// Why the authority's action does not come at this stage.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WrongStage {
    /// It was checked against another state.
    #[error("the election has changed since this was checked")]
    Changed,
    /// A second close.
    #[error("the election is closed already")]
    Closed,
    /// A close before its time.
    #[error("the election cannot close before the time in its manifest")]
    Early,
    /// A result before the close, or a second one.
    #[error("a result is published once, after the election was closed")]
    Publication,
    /// A second opening.
    #[error("the election is open already")]
    Open,
}

/// The state of one election. Made by [`super::open()`], changed by [`ElectionPool::execute`].
#[derive(Clone, Debug)]
pub struct ElectionPool {
    pub(super) id: ElectionId,
    pub(super) manifest: ElectionManifest,
    pub(super) parameters: Arc<BallotParameters>,
    pub(super) window: Window,
    pub(super) pool: PoolId,
    pub(super) asset: AssetId,
    pub(super) trustees: CeremonyOutcome,
    pub(super) total_weight: u64,
    pub(super) voters: usize,
    pub(super) tree: NoteCommitmentTree,
    pub(super) epoch_anchors: BTreeSet<[u8; 32]>,
    pub(super) early_anchors: BTreeSet<[u8; 32]>,
    /// Epoch of the last entry at or after opening.
    pub(super) epoch: Option<u64>,
    /// The latest recorded epoch anchor.
    pub(super) latest: EpochAnchor,
    pub(super) nullifiers: BTreeMap<[u8; 32], BallotState>,
    /// What the ballots that count hold, by nullifier: the order of its bytes is that of published rankings.
    pub(super) counted: BTreeMap<[u8; 32], CountedContent>,
    pub(super) digests: BTreeSet<TransactionDigest>,
    /// The election's log so far, the opening first.
    pub(super) log: CompactTree,
    pub(super) ballots: u64,
    pub(super) transfers: u64,
    pub(super) early_transfers: u64,
    pub(super) time: Timestamp,
    pub(super) stage: Stage,
}

/// What a ballot that counts holds.
#[derive(Clone, Debug)]
pub(super) struct CountedContent {
    /// Its nullifier.
    pub(super) nullifier: Nullifier,
    /// Its ciphertexts: one row for each question with points.
    pub(super) questions: Vec<Vec<Ciphertext>>,
    /// Its sealed rankings: one for each ranked question.
    pub(super) rankings: Vec<SealedRanking>,
}

/// The leaf of an election's log that an entry is. Spec § 9.
pub(super) fn log_leaf(entry: &LoggedTransaction) -> LogHash {
    LogHash::of_leaf(&borsh::to_vec(entry).expect("writing to memory"))
}

impl ElectionPool {
    /// The election's id.
    #[must_use]
    pub const fn id(&self) -> ElectionId {
        self.id
    }

    /// The manifest.
    #[must_use]
    pub const fn manifest(&self) -> &ElectionManifest {
        &self.manifest
    }

    /// The rule of each question with points.
    #[must_use]
    pub fn question_rules(&self) -> &[QuestionRule] {
        &self.parameters.rules
    }

    /// What ballots are proved against.
    #[must_use]
    pub fn ballot_terms(&self) -> BallotTerms<'_> {
        self.parameters.terms()
    }

    /// The ranked questions.
    #[must_use]
    pub fn ranked_questions(&self) -> &[RankedQuestion] {
        &self.parameters.rankings
    }

    /// The window that every ballot states.
    #[must_use]
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// The pool of the election's rights.
    #[must_use]
    pub const fn pool(&self) -> PoolId {
        self.pool
    }

    /// The asset of the election's rights.
    #[must_use]
    pub const fn asset(&self) -> AssetId {
        self.asset
    }

    /// The trustees.
    #[must_use]
    pub const fn trustees(&self) -> &CeremonyOutcome {
        &self.trustees
    }

    /// Sum of all weights.
    #[must_use]
    pub const fn total_weight(&self) -> u64 {
        self.total_weight
    }

    /// Entries of the roll.
    #[must_use]
    pub const fn voters(&self) -> usize {
        self.voters
    }

    /// The tree of rights.
    #[must_use]
    pub const fn tree(&self) -> &NoteCommitmentTree {
        &self.tree
    }

    /// Entries of the election's log so far.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.log.size()
    }

    /// Root of the election's log so far. A close names it.
    #[must_use]
    pub fn log_root(&self) -> LogHash {
        self.log.root()
    }

    /// Ballots accepted so far, superseded ones included.
    #[must_use]
    pub const fn ballots(&self) -> u64 {
        self.ballots
    }

    /// Internal transfers accepted so far.
    #[must_use]
    pub const fn transfers(&self) -> u64 {
        self.transfers
    }

    /// Those of them that were accepted before the opening time. With hidden weights the authority's distribution to n voters is
    /// n - 1 of these (one for one voter); any further one moved rights otherwise.
    #[must_use]
    pub const fn early_transfers(&self) -> u64 {
        self.early_transfers
    }

    /// How many transfers the distribution of hidden weights takes; none where every right weighs 1.
    #[must_use]
    pub const fn distribution_transfers(&self) -> u64 {
        match (self.manifest.rules.weights, self.voters) {
            (Weights::One, _) => 0,
            (Weights::Hidden, 0 | 1) => 1,
            (Weights::Hidden, voters) => voters as u64 - 1,
        }
    }

    /// The states of all nullifiers that have been seen.
    pub fn nullifier_states(&self) -> impl Iterator<Item = &BallotState> {
        self.nullifiers.values()
    }

    /// Ballots that count.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.counted.len() as u64
    }

    /// Time of the last entry.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The stage.
    #[must_use]
    pub const fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The state of a nullifier; `None` if it has not been seen.
    #[must_use]
    pub fn nullifier(&self, nullifier: &Nullifier) -> Option<&BallotState> {
        self.nullifiers.get(&nullifier.to_bytes())
    }

    /// The anchor for a ballot or transfer at `time`: the tree as it stood at the start of the epoch of `time`.
    #[must_use]
    pub fn anchor_at(&self, time: Timestamp) -> EpochAnchor {
        if self.epoch_begins(time) || time < self.manifest.opens { self.present_anchor() } else { self.latest }
    }

    /// The sums over all ballots that count: for each question with points, one ciphertext for each option.
    #[must_use]
    pub fn tally_ciphertexts(&self) -> Vec<Vec<Ciphertext>> {
        // Option by option, because a sum is encoded once, at its end: encoding costs ten times what adding does.
        let sum = |question: usize, option: usize| {
            let given = |content: &CountedContent| content.questions.get(question)?.get(option).copied();
            self.counted.values().filter_map(given).sum()
        };
        let options = |(question, rule): (usize, &QuestionRule)| {
            (0..usize::from(rule.options())).map(|option| sum(question, option)).collect()
        };
        self.parameters.rules.iter().enumerate().map(options).collect()
    }

    pub(super) fn present_anchor(&self) -> EpochAnchor {
        EpochAnchor { anchor: self.tree.root(), size: self.tree.len() }
    }

    /// Whether an entry at `time` would be the first of its epoch.
    pub(super) fn epoch_begins(&self, time: Timestamp) -> bool {
        time >= self.manifest.opens && self.epoch.is_none_or(|epoch| self.manifest.epoch(time) > epoch)
    }

    pub(super) fn accepts_anchor(&self, anchor: &Anchor, time: Timestamp, kind: AnchorKind) -> bool {
        let bytes = anchor.to_bytes();
        self.epoch_anchors.contains(&bytes)
            || (self.epoch_begins(time) && self.tree.root() == *anchor)
            || (kind == AnchorKind::Early && self.early_anchors.contains(&bytes))
    }

    /// Records the epoch anchor of an entry that begins an epoch.
    pub(super) fn advance(&mut self, time: Timestamp) {
        if self.epoch_begins(time) {
            self.latest = self.present_anchor();
            self.epoch_anchors.insert(self.latest.anchor.to_bytes());
            self.epoch = Some(self.manifest.epoch(time));
        }
        self.time = time;
    }
}

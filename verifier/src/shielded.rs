//! The shielded pool of ordinary assets: issue and internal transfers. Spec § 3 and 4.
//!
//! Value leaves and enters the pool only through applications; a transfer in another mode without one is refused.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::{Signature, VerifyingKey};
use tabella_protocol::{
    asset::{self, AssetDescription, AssetError, Issue, MAX_ISSUED_NOTES},
    note::{AssetId, NoteCommitment, Nullifier, Timestamp},
    statement::Mode,
    transaction::{Action, LedgerId, PoolId, Transaction, TransactionDigest, TransferStatement},
    tree::{Anchor, NoteCommitmentTree},
};
use thiserror::Error;

/// What is known of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetState {
    /// Its description.
    pub description: AssetDescription,
    /// Units issued so far, at most the cap.
    pub issued: u64,
    /// The sequence number of the next issue.
    pub next: u64,
    /// Whether nothing more can be issued.
    pub sealed: bool,
}

/// Why the shielded pool refuses a transaction.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShieldedRejection {
    /// A pool that does not exist.
    #[error("transfer {0}: no such pool on this ledger")]
    UnknownPool(usize),
    /// A mode that needs an application.
    #[error("transfer {0}: value leaves or enters a pool only through an application's action")]
    Mode(usize),
    /// A guarded contract whose guard nobody answers for.
    #[error("transfer {0}: no application on this ledger answers for this escrow's guard")]
    Guard(usize),
    /// The block's time is outside the window.
    #[error("transfer {transfer}: its window does not contain the block's time {time}")]
    Window {
        /// Index of the transfer.
        transfer: usize,
        /// Of the block.
        time: u64,
    },
    /// The anchor is not a root of the pool.
    #[error("transfer {0}: the anchor is not a root of the pool")]
    Anchor(usize),
    /// Spent before.
    #[error("transfer {transfer}: note already spent (nullifier {nullifier})")]
    Spent {
        /// Index of the transfer.
        transfer: usize,
        /// The nullifier.
        nullifier: Nullifier,
    },
    /// An action that does not decode.
    #[error("action {index}: {reason}")]
    Decode {
        /// Index of the action.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// An application that this ledger does not have.
    #[error("action {0}: no such application on this ledger")]
    UnknownApplication(usize),
    /// The description is wrong.
    #[error("action {index}: {error}")]
    Asset {
        /// Index of the action.
        index: usize,
        /// What is wrong.
        error: AssetError,
    },
    /// The issuer's signature is wrong.
    #[error("action {0}: the issuer's signature is wrong")]
    IssuerSignature(usize),
    /// Not the next sequence number.
    #[error("action {index}: issue number {found}, and number {expected} is next")]
    Sequence {
        /// Index of the action.
        index: usize,
        /// The next number.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The asset is sealed.
    #[error("action {0}: the asset is sealed, nothing more can be issued")]
    Sealed(usize),
    /// More than the cap.
    #[error("action {index}: the issued total would exceed the cap {cap}")]
    Cap {
        /// Index of the action.
        index: usize,
        /// The cap.
        cap: u64,
    },
    /// No note, too many notes, or a note of value 0.
    #[error("action {0}: an issue makes 1 to {MAX_ISSUED_NOTES} notes, each of value 1 or more")]
    Notes(usize),
    /// The tree is full.
    #[error("the pool's tree is full")]
    TreeFull,
}

/// What a transaction will do to the pool.
#[derive(Clone, Debug, Default)]
pub struct ShieldedEffect {
    nullifiers: Vec<Nullifier>,
    commitments: Vec<NoteCommitment>,
    /// Each asset's next sequence number when it was checked, and its state afterwards.
    assets: BTreeMap<[u8; 32], (u64, AssetState)>,
}

impl ShieldedEffect {
    /// The nullifiers that it records.
    #[must_use]
    pub fn nullifiers(&self) -> &[Nullifier] {
        &self.nullifiers
    }
}

/// The state of the shielded pool.
#[derive(Clone, Debug)]
pub struct ShieldedPool {
    id: PoolId,
    tree: NoteCommitmentTree,
    anchors: BTreeSet<[u8; 32]>,
    nullifiers: BTreeSet<[u8; 32]>,
    assets: BTreeMap<[u8; 32], AssetState>,
}

impl ShieldedPool {
    /// The empty pool of a ledger.
    #[must_use]
    pub fn new(ledger: LedgerId) -> Self {
        Self {
            id: asset::shielded_pool(ledger),
            tree: NoteCommitmentTree::new(),
            anchors: BTreeSet::new(),
            nullifiers: BTreeSet::new(),
            assets: BTreeMap::new(),
        }
    }

    /// The pool's id.
    #[must_use]
    pub const fn id(&self) -> PoolId {
        self.id
    }

    /// The pool's tree.
    #[must_use]
    pub const fn tree(&self) -> &NoteCommitmentTree {
        &self.tree
    }

    /// Whether a nullifier was spent.
    #[must_use]
    pub fn is_spent(&self, nullifier: &Nullifier) -> bool {
        self.nullifiers.contains(&nullifier.to_bytes())
    }

    /// What is known of an asset.
    #[must_use]
    pub fn asset(&self, asset: &AssetId) -> Option<&AssetState> {
        self.assets.get(&asset.to_bytes())
    }

    /// All assets.
    pub fn assets(&self) -> impl Iterator<Item = (AssetId, &AssetState)> {
        self.assets.iter().filter_map(|(id, state)| Some((AssetId::from_bytes(id)?, state)))
    }

    /// Checks a transaction against the pool.
    ///
    /// # Errors
    /// [`ShieldedRejection`]: one variant per rule.
    pub fn check(
        &self,
        tx: &Transaction,
        digest: TransactionDigest,
        time: Timestamp,
    ) -> Result<ShieldedEffect, ShieldedRejection> {
        let mut effect = ShieldedEffect::default();
        for (index, transfer) in tx.effects.transfers.iter().enumerate() {
            if transfer.pool != self.id {
                return Err(ShieldedRejection::UnknownPool(index));
            }
            let TransferStatement::Transfer { instance, .. } = &transfer.statement else {
                return Err(ShieldedRejection::Mode(index));
            };
            if instance.mode != Mode::Internal {
                return Err(ShieldedRejection::Mode(index));
            }
            if transfer.contract.is_some() {
                return Err(ShieldedRejection::Guard(index));
            }
            if !transfer.window().contains(time) {
                return Err(ShieldedRejection::Window { transfer: index, time: time.seconds() });
            }
            if !self.accepts_anchor(&instance.anchor) {
                return Err(ShieldedRejection::Anchor(index));
            }
            for nullifier in instance.nullifiers {
                if self.is_spent(&nullifier) {
                    return Err(ShieldedRejection::Spent { transfer: index, nullifier });
                }
                effect.nullifiers.push(nullifier);
            }
            effect.commitments.extend(instance.commitments);
        }
        for (index, (action, proof)) in tx.effects.actions.iter().zip(&tx.action_proofs).enumerate() {
            self.check_issue(index, action, proof, digest, &mut effect)?;
        }
        Ok(effect)
    }

    /// Applies a checked transaction.
    ///
    /// # Errors
    /// [`ShieldedRejection::TreeFull`], or [`ShieldedRejection::Spent`] or [`ShieldedRejection::Sequence`] when the state
    /// changed since the check; nothing is changed then.
    pub fn execute(&mut self, effect: ShieldedEffect) -> Result<(), ShieldedRejection> {
        if let Some(nullifier) = effect.nullifiers.iter().find(|nullifier| self.is_spent(nullifier)) {
            return Err(ShieldedRejection::Spent { transfer: 0, nullifier: *nullifier });
        }
        for (id, (found, _)) in &effect.assets {
            let expected = self.assets.get(id).map_or(0, |state| state.next);
            if *found != expected {
                return Err(ShieldedRejection::Sequence { index: 0, expected, found: *found });
            }
        }
        self.tree.append(&effect.commitments).map_err(|_| ShieldedRejection::TreeFull)?;
        self.nullifiers.extend(effect.nullifiers.iter().map(Nullifier::to_bytes));
        self.assets.extend(effect.assets.into_iter().map(|(id, (_, state))| (id, state)));
        self.anchors.insert(self.tree.root().to_bytes());
        Ok(())
    }

    fn accepts_anchor(&self, anchor: &Anchor) -> bool {
        self.anchors.contains(&anchor.to_bytes())
    }

    fn check_issue(
        &self,
        index: usize,
        action: &Action,
        proof: &[u8],
        digest: TransactionDigest,
        effect: &mut ShieldedEffect,
    ) -> Result<(), ShieldedRejection> {
        if action.application != asset::APPLICATION {
            return Err(ShieldedRejection::UnknownApplication(index));
        }
        let decode = |reason: String| ShieldedRejection::Decode { index, reason };
        let issue: Issue = borsh::from_slice(&action.body).map_err(|error| decode(error.to_string()))?;
        issue.asset.check().map_err(|error| ShieldedRejection::Asset { index, error })?;
        let id = issue.asset.id().ok_or_else(|| decode("its asset id is 0".into()))?;
        let signature = Signature::from_slice(proof).map_err(|_| ShieldedRejection::IssuerSignature(index))?;
        VerifyingKey::from_bytes(&issue.asset.issuer)
            .and_then(|key| key.verify_strict(&asset::issuer_message(digest), &signature))
            .map_err(|_| ShieldedRejection::IssuerSignature(index))?;
        let before = self.assets.get(&id.to_bytes());
        let known = effect.assets.get(&id.to_bytes()).map(|(_, state)| state).or(before);
        let mut state = known.cloned().unwrap_or_else(|| AssetState {
            description: issue.asset.clone(),
            issued: 0,
            next: 0,
            sealed: false,
        });
        if state.sealed {
            return Err(ShieldedRejection::Sealed(index));
        }
        if issue.sequence != state.next {
            return Err(ShieldedRejection::Sequence { index, expected: state.next, found: issue.sequence });
        }
        let empty = issue.notes.is_empty() && !issue.seal;
        if empty || issue.notes.len() > MAX_ISSUED_NOTES || issue.notes.iter().any(|note| note.value.0 == 0) {
            return Err(ShieldedRejection::Notes(index));
        }
        let cap = issue.asset.cap;
        for note in &issue.notes {
            state.issued = state
                .issued
                .checked_add(note.value.0)
                .filter(|issued| *issued <= cap)
                .ok_or(ShieldedRejection::Cap { index, cap })?;
            effect.commitments.push(note.commitment(id));
        }
        state.next += 1;
        state.sealed = issue.seal;
        effect.assets.insert(id.to_bytes(), (before.map_or(0, |state| state.next), state));
        Ok(())
    }
}

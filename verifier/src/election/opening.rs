//! Opening an election: everything that must be right before the first ballot. Spec § 6.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rand_core::OsRng;
use tabella_protocol::{
    ceremony::CeremonyHash,
    election::{APPLICATION, ElectionAction, ManifestError, Opening, Roll, RollDigest, RollError, Weights},
    note::Note,
    transaction::{LedgerId, LoggedTransaction},
    tree::NoteCommitmentTree,
};
use thiserror::Error;

use crate::{
    ceremony::CeremonyError,
    decryption::{RehearsalError, verify_canaries},
    election::{
        pool::{ElectionPool, EpochAnchor, Stage, log_leaf},
        rules::{Rejection, verify_authority},
    },
    groth16::VerifyingKeys,
    log::CompactTree,
    obligations::BallotParameters,
    transaction::{StructureError, check_structure},
};

/// Why an election does not open.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The transaction is wrong by itself.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// Not a single opening action without transfers.
    #[error("an opening is a transaction with one action of the election application and no transfer")]
    Form,
    /// The action does not decode.
    #[error("the opening does not decode: {0}")]
    Decode(String),
    /// The authority's signature is wrong.
    #[error("the authority's signature on the opening is wrong")]
    Signature,
    /// The manifest is wrong by itself.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Opened after it should have closed.
    #[error("the election would open after its closing time")]
    TooLate,
    /// Rights of hidden weight are distributed between the opening entry and the opening time.
    #[error("rights of hidden weight are distributed before the election opens, and it would be open at once")]
    NoDistribution,
    /// The manifest is for another ledger.
    #[error("the manifest names another ledger")]
    Ledger,
    /// The ceremony is not the one the manifest names.
    #[error("the manifest names ceremony {expected}, and this one is {found}")]
    CeremonyHash {
        /// Named by the manifest.
        expected: CeremonyHash,
        /// Of the ceremony shown.
        found: CeremonyHash,
    },
    /// The ceremony does not verify.
    #[error("the trustees' ceremony is wrong: {0}")]
    Ceremony(#[from] CeremonyError),
    /// The manifest's key is not the one the ceremony made.
    #[error("the manifest's key is not the one that the trustees' ceremony made")]
    Key,
    /// A trustee has not shown that it can decrypt.
    #[error("the election cannot open: {0}")]
    Canary(#[from] RehearsalError),
    /// The canaries are right, and listed in another order than that of their trustees.
    #[error("the canaries are not listed in the order of their trustees")]
    CanaryOrder,
    /// The roll is not the one the manifest names.
    #[error("the manifest names roll {expected}, and this one is {found}")]
    RollDigest {
        /// Named by the manifest.
        expected: RollDigest,
        /// Of the roll shown.
        found: RollDigest,
    },
    /// The roll is wrong.
    #[error("the roll is wrong: {0}")]
    Roll(#[from] RollError),
}

/// Opens an election from the first entry of its log.
///
/// # Errors
/// [`OpenError`]: one variant per rule, naming the culprit.
pub fn open(entry: &LoggedTransaction, ledger: LedgerId, keys: &VerifyingKeys) -> Result<ElectionPool, OpenError> {
    let tx = &entry.transaction;
    check_structure(tx, ledger, keys)?;
    let ([], [action]) = (tx.effects.transfers.as_slice(), tx.effects.actions.as_slice()) else {
        return Err(OpenError::Form);
    };
    if action.application != APPLICATION {
        return Err(OpenError::Form);
    }
    let action = borsh::from_slice(&action.body).map_err(|error| OpenError::Decode(error.to_string()))?;
    let ElectionAction::Open(opening) = action else { return Err(OpenError::Form) };
    let Opening { manifest, ceremony, canaries, roll } = *opening;

    let digest = tx.effects.digest();
    verify_authority(&manifest.authority, digest, tx).map_err(|rejection| match rejection {
        Rejection::AuthoritySignature => OpenError::Signature,
        _ => OpenError::Form,
    })?;
    manifest.check()?;
    if manifest.ledger != ledger {
        return Err(OpenError::Ledger);
    }
    if entry.time >= manifest.closes {
        return Err(OpenError::TooLate);
    }
    if manifest.rules.weights == Weights::Hidden && entry.time >= manifest.opens {
        return Err(OpenError::NoDistribution);
    }
    let id = manifest.id();

    let found = ceremony.hash();
    if found != manifest.ceremony {
        return Err(OpenError::CeremonyHash { expected: manifest.ceremony, found });
    }
    let trustees = crate::ceremony::verify(&ceremony)?;
    if trustees.key() != &manifest.key {
        return Err(OpenError::Key);
    }
    verify_canaries(manifest.ledger, id.as_bytes(), &trustees, &canaries, &mut OsRng)?;
    if !canaries.is_sorted_by_key(|canary| canary.trustee) {
        return Err(OpenError::CanaryOrder);
    }

    let found = roll.digest();
    if found != manifest.roll {
        return Err(OpenError::RollDigest { expected: manifest.roll, found });
    }
    let total_weight = roll.check(manifest.rules.weights)?;
    let rules = manifest.question_rules()?;
    Roll::check_points(total_weight, &rules)?;
    let rankings = manifest.ranked_questions()?;
    roll.check_rankings(&rules, &rankings, trustees.threshold())?;
    let asset = id.asset(&manifest.authority).ok_or(RollError::Degenerate)?;
    let notes = roll.notes(id, asset)?;
    let mut tree = NoteCommitmentTree::new();
    tree.append(&Note::commitments(&notes)).map_err(|_| RollError::Total)?;

    let window = manifest.window()?;
    let latest = EpochAnchor { anchor: tree.root(), size: tree.len() };
    let proofs = manifest.rules.ballot_proofs;
    let parameters = Arc::new(BallotParameters { election: id, key: manifest.key, rules, proofs, rankings });
    let mut log = CompactTree::new();
    log.append_hash(log_leaf(entry)).expect("an empty log is not full");
    let mut pool = ElectionPool {
        id,
        parameters,
        window,
        pool: id.pool(ledger),
        asset,
        trustees,
        total_weight,
        voters: roll.voters(),
        tree,
        epoch_anchors: BTreeSet::new(),
        early_anchors: BTreeSet::from([latest.anchor.to_bytes()]),
        epoch: None,
        latest,
        nullifiers: BTreeMap::new(),
        counted: BTreeMap::new(),
        digests: BTreeSet::from([digest]),
        log,
        ballots: 0,
        transfers: 0,
        early_transfers: 0,
        time: entry.time,
        stage: Stage::Open,
        manifest,
    };
    pool.advance(entry.time);
    Ok(pool)
}

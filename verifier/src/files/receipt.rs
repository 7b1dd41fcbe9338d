//! The file of a receipt: that the log of an election holds a ballot.

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::VerifyingKey;
use tabella_protocol::{
    election::{APPLICATION, ElectionAction, ElectionId, ElectionManifest},
    note::Timestamp,
    transaction::{LedgerId, LoggedTransaction, TransactionDigest},
};
use thiserror::Error;

use super::PublicFile;
use crate::{
    election::election_log,
    log::{
        Checkpoint, CheckpointVerifier, InclusionProof, NoteError, Origin, OriginError, ProofError, SignedCheckpoint,
        VerifierKeyError,
    },
    record::VerifiedElection,
};

/// That a ballot is in the log. It verifies from itself: the election's id is the hash of the manifest, which names the
/// ledger, whose id is the hash of name and key, which signed the checkpoint.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct ReceiptFile {
    /// The manifest.
    pub manifest: ElectionManifest,
    /// Name of the ledger.
    pub ledger_name: String,
    /// Ed25519 key of the ledger.
    pub ledger_key: [u8; 32],
    /// The tracker.
    pub tracker: TransactionDigest,
    /// The entry: borsh of the logged transaction.
    pub leaf: Vec<u8>,
    /// That the entry is in the log.
    pub inclusion: InclusionProof,
    /// The signed checkpoint.
    pub checkpoint: Vec<u8>,
}

impl PublicFile for ReceiptFile {
    const KIND: &'static str = "ballot receipt";
}

/// Why a receipt proves nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Manifest and receipt name different ledgers.
    #[error("the manifest names another ledger than the receipt")]
    Ledger,
    /// The ledger's name.
    #[error("the ledger's name: {0}")]
    Origin(#[from] OriginError),
    /// The ledger's key.
    #[error("the ledger's key is no Ed25519 key")]
    Key,
    /// The ledger's key is not one that checkpoints verify under.
    #[error(transparent)]
    VerifierKey(#[from] VerifierKeyError),
    /// The checkpoint is malformed, not signed by the ledger, or of another log.
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The entry is not in the log.
    #[error(transparent)]
    Inclusion(#[from] ProofError),
    /// The entry does not decode.
    #[error("the entry is damaged: {0}")]
    Entry(String),
    /// The entry is another one.
    #[error("the entry in the log is not that of the tracker")]
    Tracker,
    /// The entry is no ballot.
    #[error("the entry is no ballot of the election")]
    NoBallot,
}

/// Why a record does not hold a ballot that the ledger signed for.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordLookupError {
    /// The record is of another election.
    #[error("the record is of election {record}, and the receipt of {receipt}")]
    OtherElection {
        /// The record's.
        record: ElectionId,
        /// The receipt's.
        receipt: ElectionId,
    },
    /// The ledger has shown two logs.
    #[error(
        "the record does not hold the ballot that the ledger signed for: the receipt proves it; show both to others"
    )]
    Missing,
}

/// What a valid receipt proves.
#[derive(Clone, Debug)]
pub struct ProvedReceipt {
    /// When the ledger accepted the ballot.
    pub time: Timestamp,
    /// The log that holds it, as the ledger signed it.
    pub checkpoint: Checkpoint,
}

impl ReceiptFile {
    /// Checks the receipt from itself. That the election is the one that was announced is for the caller to compare.
    ///
    /// # Errors
    /// [`ReceiptError`], one variant per check.
    pub fn check(&self) -> Result<ProvedReceipt, ReceiptError> {
        let election = self.manifest.id();
        if LedgerId::derive(&self.ledger_name, &self.ledger_key) != self.manifest.ledger {
            return Err(ReceiptError::Ledger);
        }
        let name = Origin::new(&self.ledger_name)?;
        let log = election_log(&name, election)?;
        let key = VerifyingKey::from_bytes(&self.ledger_key).map_err(|_| ReceiptError::Key)?;
        let signed = SignedCheckpoint::from_bytes(&self.checkpoint)?;
        let checkpoint = CheckpointVerifier::new(name, key)?.verify(&signed, &log)?.clone();
        self.inclusion.verify(&self.leaf, &checkpoint)?;
        let entry: LoggedTransaction =
            borsh::from_slice(&self.leaf).map_err(|error| ReceiptError::Entry(error.to_string()))?;
        if entry.transaction.effects.digest() != self.tracker {
            return Err(ReceiptError::Tracker);
        }
        let is_ballot = entry.transaction.effects.actions.iter().any(|action| {
            action.application == APPLICATION
                && matches!(borsh::from_slice(&action.body), Ok(ElectionAction::Cast(cast)) if cast.election == election)
        });
        if !is_ballot {
            return Err(ReceiptError::NoBallot);
        }
        Ok(ProvedReceipt { time: entry.time, checkpoint })
    }

    /// Looks the ballot up in an election that was verified from its record; tells whether it counts there. `ledger_key` is
    /// that of the record.
    ///
    /// # Errors
    /// [`RecordLookupError::Missing`] if the ledger has signed two logs.
    pub fn look_up(
        &self,
        proved: &ProvedReceipt,
        election: &VerifiedElection,
        ledger_key: &[u8; 32],
    ) -> Result<bool, RecordLookupError> {
        let (record, receipt) = (election.pool.id(), self.manifest.id());
        if record != receipt {
            return Err(RecordLookupError::OtherElection { record, receipt });
        }
        let size = usize::try_from(proved.checkpoint.size()).map_err(|_| RecordLookupError::Missing)?;
        let root = size.checked_sub(1).and_then(|index| election.roots.get(index));
        if root != Some(&proved.checkpoint.root()) || *ledger_key != self.ledger_key {
            return Err(RecordLookupError::Missing);
        }
        Ok(election.find(self.tracker).ok_or(RecordLookupError::Missing)?.counts)
    }
}

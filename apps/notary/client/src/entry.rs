//! An entry of a ledger's log that verifies with nothing but the key of the ledger. Whom the key belongs to, the verifier knows
//! from elsewhere: nothing here names a key to be believed.

use borsh::{BorshDeserialize, BorshSerialize};
#[cfg(feature = "ledger")]
use tabella_ledger::{
    node::{Ledger, NodeError},
    store::StoreError,
};
use tabella_notary_rules::{APPLICATION, NotaryAction};
#[cfg(feature = "ledger")]
use tabella_protocol::transaction::TransactionDigest;
use tabella_protocol::{
    note::Timestamp,
    transaction::{LedgerId, LoggedTransaction},
};
use tabella_verifier::{
    files::PublicFile,
    log::{Checkpoint, CheckpointVerifier, ConsistencyProof, InclusionProof, NoteError, ProofError, SignedCheckpoint},
};
use thiserror::Error;

/// An entry, the proof that it is in the log, and the ledger's signature on the log.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LoggedEntry {
    /// Borsh of the logged transaction.
    pub leaf: Vec<u8>,
    /// That the leaf is in the log.
    pub inclusion: InclusionProof,
    /// The signed checkpoint, as text.
    pub checkpoint: Vec<u8>,
}

/// Why an entry proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryError {
    /// The checkpoint is malformed, of another ledger, or not signed by the ledger's key.
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The entry is not in the log that the checkpoint signs.
    #[error("the entry is not in the log: {0}")]
    Inclusion(#[from] ProofError),
    /// The entry does not decode.
    #[error("the entry is damaged: {0}")]
    Damaged(String),
    /// The transaction is of another ledger.
    #[error("the entry is of another ledger than the checkpoint")]
    Ledger,
    /// The checkpoint does not tell its time, or one before the entry's.
    #[error("the checkpoint was signed before the entry was made, by its own time")]
    Time,
}

/// Why two checkpoints do not agree.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForkError {
    /// Two logs of one ledger.
    #[error(
        "the ledger has signed two different logs of {0} entries: one of them is a forgery by whoever has its key; keep both checkpoints"
    )]
    Fork(u64),
    /// Without a proof, nothing is known of logs of different length.
    #[error("the checkpoints are of {0} and {1} entries: a consistency proof between them is needed")]
    NoProof(u64, u64),
    /// The proof does not connect them.
    #[error("the shorter log is not the beginning of the longer one: {0}")]
    Inconsistent(#[from] ProofError),
}

/// Why a ledger gives no entry.
#[cfg(feature = "ledger")]
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The ledger.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such transaction.
    #[error("the ledger has no transaction {0}")]
    Missing(TransactionDigest),
}

/// What an entry proves.
#[derive(Clone, Debug)]
pub struct ProvedEntry {
    ledger: LedgerId,
    entry: LoggedTransaction,
    checkpoint: Checkpoint,
}

impl ProvedEntry {
    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// When the ledger accepted it.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.entry.time
    }

    /// The log that holds it, as the ledger signed it.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The first that is found among the actions of this application.
    pub(crate) fn find<T>(&self, choose: impl FnMut(NotaryAction) -> Option<T>) -> Option<T> {
        find(&self.entry, choose)
    }
}

/// The first that is found among an entry's actions of this application.
pub(crate) fn find<T>(entry: &LoggedTransaction, mut choose: impl FnMut(NotaryAction) -> Option<T>) -> Option<T> {
    let mut own = entry.transaction.effects.actions.iter().filter(|action| action.application == APPLICATION);
    own.find_map(|action| choose(borsh::from_slice(&action.body).ok()?))
}

impl LoggedEntry {
    /// An entry under the ledger's latest checkpoint.
    ///
    /// # Errors
    /// [`LookupError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(ledger: &Ledger, digest: TransactionDigest) -> Result<Self, LookupError> {
        let (store, missing) = (ledger.store(), LookupError::Missing(digest));
        let Some(entry) = store.entry_by_digest(digest)? else { return Err(missing) };
        let Some(checkpoint) = store.latest_checkpoint(ledger.name())? else { return Err(missing) };
        let size = store.verifier().verify(&checkpoint, ledger.name()).map_err(StoreError::from)?.size();
        let inclusion = store.inclusion_proof(ledger.name(), entry.number.get(), size)?;
        Ok(Self { leaf: entry.bytes, inclusion, checkpoint: checkpoint.to_bytes() })
    }

    /// Checks it under the name and key of the ledger that the verifier means.
    ///
    /// # Errors
    /// [`EntryError`], one variant per check.
    pub fn check(&self, ledger: &CheckpointVerifier) -> Result<ProvedEntry, EntryError> {
        let signed = SignedCheckpoint::from_bytes(&self.checkpoint)?;
        let checkpoint = ledger.verify(&signed, ledger.name())?.clone();
        self.inclusion.verify(&self.leaf, &checkpoint)?;
        let entry: LoggedTransaction =
            borsh::from_slice(&self.leaf).map_err(|error| EntryError::Damaged(error.to_string()))?;
        if entry.transaction.effects.ledger != ledger.ledger_id() {
            return Err(EntryError::Ledger);
        }
        if checkpoint.stamp().is_none_or(|stamp| stamp.time < entry.time) {
            return Err(EntryError::Time);
        }
        Ok(ProvedEntry { ledger: ledger.ledger_id(), entry, checkpoint })
    }
}

/// A consistency proof between two checkpoints of a ledger's log.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsistencyFile {
    /// The proof.
    pub proof: ConsistencyProof,
}

impl PublicFile for ConsistencyFile {
    const KIND: &'static str = "log consistency";
}

/// Checks that two checkpoints of a ledger, both verified, are of one log: a verifier who keeps a checkpoint cannot be shown a fork.
///
/// # Errors
/// [`ForkError`].
pub fn agree(one: &Checkpoint, other: &Checkpoint, proof: Option<&ConsistencyProof>) -> Result<(), ForkError> {
    if one.size() == other.size() {
        return if one.root() == other.root() { Ok(()) } else { Err(ForkError::Fork(one.size())) };
    }
    let (older, newer) = if one.size() < other.size() { (one, other) } else { (other, one) };
    let proof = proof.ok_or(ForkError::NoProof(older.size(), newer.size()))?;
    Ok(proof.verify(older, newer)?)
}

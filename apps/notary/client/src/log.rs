//! The log as somebody has read it, under a checkpoint that the ledger has signed: what certificates are made from where there is
//! no store of the ledger's, as in a browser.

use tabella_notary_rules::NotaryAction;
use tabella_payments::merkle;
use tabella_protocol::transaction::{LedgerId, LoggedTransaction};
use tabella_verifier::log::{Checkpoint, CheckpointVerifier, InclusionProof, LogHash, NoteError, SignedCheckpoint};
use thiserror::Error;

use crate::entry::{LoggedEntry, find};

/// Why a checkpoint and the entries that were read do not fit together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedLogError {
    /// The checkpoint is of another ledger, or not signed by the ledger's key.
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
    /// It is of entries that were not read.
    #[error("the checkpoint is of {signed} entries, and {read} have been read: read the ledger again")]
    Unread {
        /// Entries of the checkpoint.
        signed: u64,
        /// Entries that were read.
        read: usize,
    },
    /// It is of other entries.
    #[error("the ledger has signed another log of {0} entries than the one that was read: keep the checkpoint")]
    Fork(u64),
}

/// The entries that a checkpoint signs, as they were read.
#[derive(Debug)]
pub struct SignedLog<'a> {
    ledger: LedgerId,
    entries: &'a [LoggedTransaction],
    leaves: Vec<LogHash>,
    checkpoint: Vec<u8>,
}

impl<'a> SignedLog<'a> {
    /// All entries from the first that were read, and a signed checkpoint of them or of their beginning.
    ///
    /// # Errors
    /// [`SignedLogError`].
    pub fn new(
        ledger: &CheckpointVerifier,
        read: &'a [LoggedTransaction],
        signed: &SignedCheckpoint,
    ) -> Result<Self, SignedLogError> {
        let (entries, leaves) = signed_part(read, ledger.verify(signed, ledger.name())?)?;
        Ok(Self { ledger: ledger.ledger_id(), entries, leaves, checkpoint: signed.to_bytes() })
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The first entry with an action of this application that is meant, certified.
    #[must_use]
    pub fn certify(&self, is_meant: impl Fn(&NotaryAction) -> bool) -> Option<LoggedEntry> {
        let is_there = |entry: &LoggedTransaction| find(entry, |action| is_meant(&action).then_some(())).is_some();
        let index = self.entries.iter().position(is_there)?;
        Some(LoggedEntry {
            leaf: leaf(self.entries.get(index)?),
            inclusion: InclusionProof::new(
                index as u64,
                self.leaves.len() as u64,
                merkle::inclusion(&self.leaves, index),
            ),
            checkpoint: self.checkpoint.clone(),
        })
    }
}

/// Checks that a checkpoint, which is verified, is of the log that was read.
///
/// # Errors
/// [`SignedLogError::Unread`], [`SignedLogError::Fork`].
pub fn is_of(read: &[LoggedTransaction], checkpoint: &Checkpoint) -> Result<(), SignedLogError> {
    signed_part(read, checkpoint).map(|_| ())
}

/// The entries that a checkpoint signs, with their hashes.
fn signed_part<'a>(
    read: &'a [LoggedTransaction],
    checkpoint: &Checkpoint,
) -> Result<(&'a [LoggedTransaction], Vec<LogHash>), SignedLogError> {
    let signed = checkpoint.size();
    let entries = usize::try_from(signed).ok().and_then(|size| read.get(..size));
    let entries = entries.ok_or(SignedLogError::Unread { signed, read: read.len() })?;
    let leaves: Vec<_> = entries.iter().map(|entry| LogHash::of_leaf(&leaf(entry))).collect();
    if merkle::root(&leaves) == checkpoint.root() { Ok((entries, leaves)) } else { Err(SignedLogError::Fork(signed)) }
}

/// The bytes that the log has of an entry.
fn leaf(entry: &LoggedTransaction) -> Vec<u8> {
    borsh::to_vec(entry).expect("writing to memory")
}

//! What an audit can find.

use std::fmt;

use tabella_verifier::log::{Height, NoteError, Origin};
use thiserror::Error;

use crate::store::{EntryNumber, StoreError};

/// One thing that no honest store would hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFinding {
    /// SQLite finds its own file broken.
    #[error("the database file is damaged: {0}")]
    File(String),
    /// A block is missing, is earlier than the one before, or counts its entries wrongly.
    #[error("block {0} does not follow the block before it")]
    Block(Height),
    /// An entry is missing, or is not in the block that counts it.
    #[error("entry {0} is missing or not in its place")]
    Entry(EntryNumber),
    /// A leaf is missing, or names no entry, or an entry out of order.
    #[error("leaf {leaf} of log {log} is missing or not in its place")]
    Leaf {
        /// The log.
        log: Origin,
        /// The leaf's index.
        leaf: u64,
    },
    /// A node is missing or is not the hash of what is below it: it, or the entry, was altered.
    #[error("node {position} of level {level} in log {log} is not the hash of what is below it")]
    Node {
        /// The log.
        log: Origin,
        /// Height above the leaves.
        level: u8,
        /// Number from the left.
        position: u64,
    },
    /// There are nodes that belong to no leaf.
    #[error("log {log} has {found} nodes instead of {expected}")]
    NodeCount {
        /// The log.
        log: Origin,
        /// Nodes that its leaves call for.
        expected: u64,
        /// Nodes that it has.
        found: u64,
    },
    /// A log grew in a block and has no checkpoint of it.
    #[error("log {log} has no checkpoint of block {height}")]
    CheckpointMissing {
        /// The log.
        log: Origin,
        /// The block.
        height: Height,
    },
    /// A checkpoint is malformed, of another log, or not signed by the ledger.
    #[error("the checkpoint of log {log} at block {height}: {error}")]
    CheckpointNote {
        /// The log.
        log: Origin,
        /// The block.
        height: Height,
        /// What is wrong.
        error: NoteError,
    },
    /// A signed checkpoint tells another size, root or block than the log has: an entry was altered, or the signer lied.
    #[error("the signed checkpoint of log {log} at block {height} contradicts the entries")]
    CheckpointContent {
        /// The log.
        log: Origin,
        /// The block.
        height: Height,
    },
    /// An entry is stored under another digest than it has.
    #[error("entry {0} is stored under another digest, or is unreadable")]
    Digest(EntryNumber),
    /// The nullifiers that are kept for an entry are not those that it uses.
    #[error("the nullifiers kept for entry {0} are not those that it uses")]
    Nullifiers(EntryNumber),
    /// The claims that are kept for an entry are not those that it makes.
    #[error("the claims kept for entry {0} are not those that it makes")]
    Claims(EntryNumber),
}

/// The outcome of an audit that did not pass.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The store was tampered with or is damaged. Never empty; at most [`MAX_FINDINGS`].
    #[error("the audit found: {}", Listed(.0))]
    Findings(Vec<AuditFinding>),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AuditError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Findings that are told, at most.
pub const MAX_FINDINGS: usize = 100;

struct Listed<'a>(&'a [AuditFinding]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.0.iter().enumerate() {
            write!(f, "{}{finding}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

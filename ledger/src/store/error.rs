//! What can go wrong with a store, its blocks and its files.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;
use tabella_protocol::{note::Nullifier, transaction::TransactionDigest};
use tabella_verifier::log::{CheckpointVerifier, Height, LogFull, NoteError, Origin};
use thiserror::Error;

use super::key::UnlockError;
use crate::clock::BlockTimeError;

/// Why a ledger could not be made, opened or read. Each message says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is something at the place of a new ledger.
    #[error("{} exists already: choose another directory, or open the ledger that is there", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file of the ledger is not there.
    #[error("{} is missing: {remedy}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others may read the signing key.
    #[error("{} can be read by others (mode {mode:03o}): run `chmod 600` on it, and make a new ledger if somebody may have copied it", path.display())]
    KeyExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file holds no signing key.
    #[error("{} holds no signing key: restore it from the backup that was made with the ledger", path.display())]
    KeyMalformed {
        /// The key file.
        path: PathBuf,
    },
    /// The signing key is encrypted, and the ledger was opened with no way to ask for its passphrase.
    #[error("{} is encrypted: open the ledger with its passphrase, or for reading only", path.display())]
    KeyEncrypted {
        /// The key file.
        path: PathBuf,
    },
    /// The signing key is encrypted, and could not be read.
    #[error("the signing key in {} is encrypted and was not read; no block was made", path.display())]
    KeyLocked {
        /// The key file.
        path: PathBuf,
        /// Why, and what to do.
        source: UnlockError,
    },
    /// The signing key is another ledger's.
    #[error("{} holds the key {found}, but this ledger is signed by {expected}: restore the right key file", path.display())]
    KeyMismatch {
        /// The key file.
        path: PathBuf,
        /// The key that the database names.
        expected: Box<CheckpointVerifier>,
        /// The public side of the key in the file.
        found: Box<CheckpointVerifier>,
    },
    /// The database is something else.
    #[error("{} is not a ledger's database: check the directory's name", path.display())]
    NotALedger {
        /// The database.
        path: PathBuf,
    },
    /// The database was made by another version of this program.
    #[error("{} has format {found}, this program reads format {expected}: use the program's version that made it", path.display())]
    Version {
        /// The database.
        path: PathBuf,
        /// The database's format.
        found: i64,
        /// The format of this program.
        expected: i64,
    },
    /// The file system is full.
    #[error("the disk is full: nothing of the block was kept; free some space and try again")]
    Full,
    /// Another process held the database for too long.
    #[error("another process holds the database: try again, or stop that process")]
    Busy,
    /// The database says things that no ledger would have written.
    #[error("the database is damaged ({what}): restore a backup, and audit it against a checkpoint that somebody kept")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// No such log.
    #[error("there is no log of origin {0}")]
    UnknownLog(Origin),
    /// A proof was asked for that does not exist.
    #[error("there is no proof from {first} to {second} in a log of {size} leaves")]
    NoSuchProof {
        /// The leaf's index, or the older size.
        first: u64,
        /// The size of the tree, or the newer size.
        second: u64,
        /// The present size of the log.
        size: u64,
    },
    /// Any other error of SQLite.
    #[error("database: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::damaged(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

impl From<NoteError> for StoreError {
    fn from(error: NoteError) -> Self {
        Self::damaged(format!("checkpoint: {error}"))
    }
}

/// Why a block was not committed. Nothing of it was kept then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The ledger was opened for reading.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
    /// Another process committed first: read its blocks, then decide anew.
    #[error("the ledger is at height {found}, the block was made for {expected}")]
    Stale {
        /// The height that the block was made on.
        expected: Height,
        /// The ledger's height.
        found: Height,
    },
    /// The block's time is not right.
    #[error(transparent)]
    Time(#[from] BlockTimeError),
    /// More than [`super::MAX_BLOCK_ENTRIES`].
    #[error("a block has at most {} entries, not {entries}", super::MAX_BLOCK_ENTRIES)]
    TooManyEntries {
        /// Entries of the block.
        entries: usize,
    },
    /// More than [`super::MAX_ENTRY_BYTES`].
    #[error("entry {entry} of the block has {bytes} bytes; the limit is {}", super::MAX_ENTRY_BYTES)]
    EntryTooLarge {
        /// Index in the block.
        entry: usize,
        /// Its length.
        bytes: usize,
    },
    /// An entry goes into each log once, and into the ledger's own log without being told.
    #[error("entry {entry} of the block names log {log} twice, or names the ledger's own log")]
    RepeatedLog {
        /// Index in the block.
        entry: usize,
        /// The log.
        log: Origin,
    },
    /// The digest was accepted before.
    #[error("entry {entry} of the block: {digest} was accepted before")]
    DuplicateDigest {
        /// Index in the block.
        entry: usize,
        /// The digest.
        digest: TransactionDigest,
    },
    /// The nullifier was used before, in a way that excludes this use.
    #[error("entry {entry} of the block: nullifier {nullifier} (number {index}) is in use")]
    NullifierInUse {
        /// Index in the block.
        entry: usize,
        /// Index among the entry's nullifiers.
        index: usize,
        /// The nullifier.
        nullifier: Nullifier,
    },
    /// Something that is accepted once was accepted before.
    #[error("entry {entry} of the block: claim number {index} was made before")]
    ClaimTaken {
        /// Index in the block.
        entry: usize,
        /// Index among the entry's claims.
        index: usize,
    },
    /// A log is full.
    #[error(transparent)]
    LogFull(#[from] LogFull),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

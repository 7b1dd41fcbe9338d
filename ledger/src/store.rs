//! The ledger's memory: one directory with an SQLite database and the key that signs checkpoints.
//!
//! A block is kept whole or not at all, and is acknowledged only after it is on the disk. Nothing is ever changed or
//! removed. Entries are opaque here: what they mean, and whether they may stand, was decided before. The store still
//! refuses, by itself, what must never happen twice: a digest, a nullifier, a claim.
//!
//! Several processes may open one directory. Each reads what the others committed; a block that was made on an older
//! height is refused ([`CommitError::Stale`]).
//!
//! What the store cannot know is that the whole directory was replaced by an older copy of itself: keep checkpoints
//! elsewhere and compare ([`Store::check_against`]).

mod audit;
mod commit;
mod error;
mod files;
mod key;
mod read;
mod survey;
mod types;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tabella_protocol::transaction::{LedgerId, MAX_TRANSACTION_BYTES};
use tabella_verifier::log::{CheckpointVerifier, Origin};

use key::Key;

use crate::signer::CheckpointSigner;

pub use audit::{AuditError, AuditFinding, AuditSummary, EntryKeys, MAX_FINDINGS};
pub use error::{CommitError, StoreError};
pub use files::DATABASE_FILE;
pub use key::{KEY_FILE, KeyFile, Unlock, UnlockError};
pub use survey::{BallotCount, EntrySummary, TILE_WIDTH};
pub use types::{
    BallotLevel, Block, BlockCommit, Claim, Committed, EntryNumber, NewEntry, NullifierRecord, NullifierUse,
    StoredEntry,
};

/// Entries of a block, at most.
pub const MAX_BLOCK_ENTRIES: usize = 10_000;
/// Bytes of an entry, at most: the largest transaction, with its time.
pub const MAX_ENTRY_BYTES: usize = MAX_TRANSACTION_BYTES + 64;

/// Number of the ledger's own log.
const LEDGER_LOG: i64 = 0;

/// An open ledger.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    directory: PathBuf,
    verifier: CheckpointVerifier,
    production: bool,
    key: Key,
}

impl Store {
    /// Makes a ledger in a directory, which is made too if it is not there. The ledger's name, and the origin of its own
    /// log, is the signer's name; the key is written to a file that only its owner can read.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is a ledger or part of one; errors of files and database.
    pub fn create(directory: &Path, signer: CheckpointSigner) -> Result<Self, StoreError> {
        let file = KeyFile::Plain(Box::new(signer.clone()));
        Self::create_with(directory, signer, &file, false)
    }

    /// Makes a ledger like [`Self::create`] that is in production mode for ever: whoever opens it must refuse proofs under
    /// development parameters.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_for_production(directory: &Path, signer: CheckpointSigner) -> Result<Self, StoreError> {
        let file = KeyFile::Plain(Box::new(signer.clone()));
        Self::create_with(directory, signer, &file, true)
    }

    /// Makes a ledger, in production mode or not, with this as its key file: the same key as the signer's, encrypted where it must
    /// never lie in plain text.
    ///
    /// # Errors
    /// As [`Self::create`]; [`StoreError::KeyMismatch`] if a plain key file holds another key, and nothing is made then.
    pub fn create_with(
        directory: &Path,
        signer: CheckpointSigner,
        file: &KeyFile,
        production: bool,
    ) -> Result<Self, StoreError> {
        if let KeyFile::Plain(key) = file
            && key.verifier() != signer.verifier()
        {
            return Err(StoreError::KeyMismatch {
                path: directory.join(KEY_FILE),
                expected: Box::new(signer.verifier().clone()),
                found: Box::new(key.verifier().clone()),
            });
        }
        files::create(directory, signer.verifier(), file, production)?;
        let store = Self::open_with(directory, true)?;
        Ok(Self { key: Key::Known(Box::new(signer)), ..store })
    }

    /// Opens a ledger for reading and for committing blocks.
    ///
    /// # Errors
    /// [`StoreError`], one variant for each thing that can be wrong with the directory; [`StoreError::KeyEncrypted`] where
    /// [`Self::open_unlocking`] is needed.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let store = Self::open_with(directory, true)?;
        match KeyFile::read(directory)? {
            KeyFile::Plain(signer) => store.with_signer(signer),
            KeyFile::Encrypted(_) => Err(StoreError::KeyEncrypted { path: directory.join(KEY_FILE) }),
        }
    }

    /// Opens a ledger like [`Self::open`], whether its key file is encrypted or not. If it is, `unlock` is called when the key is
    /// needed: at the first block, or by [`Self::unlock`]. Who only reads is asked for nothing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_unlocking(directory: &Path, unlock: Unlock) -> Result<Self, StoreError> {
        let store = Self::open_with(directory, true)?;
        match KeyFile::read(directory)? {
            KeyFile::Plain(signer) => store.with_signer(signer),
            KeyFile::Encrypted(file) => Ok(Self { key: Key::Locked { file, unlock }, ..store }),
        }
    }

    /// Opens a ledger for reading; the signing key is not touched.
    ///
    /// # Errors
    /// [`StoreError`], like [`Self::open`] but for the key file.
    pub fn open_for_reading(directory: &Path) -> Result<Self, StoreError> {
        Self::open_with(directory, false)
    }

    fn open_with(directory: &Path, writable: bool) -> Result<Self, StoreError> {
        let (connection, verifier, production) = files::open(directory, writable)?;
        Ok(Self { connection, directory: directory.to_owned(), verifier, production, key: Key::Absent })
    }

    fn with_signer(self, signer: Box<CheckpointSigner>) -> Result<Self, StoreError> {
        self.check_key(&signer)?;
        Ok(Self { key: Key::Known(signer), ..self })
    }

    /// Reads the signing key now, if it is encrypted and was not read yet.
    ///
    /// # Errors
    /// [`StoreError::KeyLocked`] if it cannot be read, [`StoreError::KeyMismatch`] if it is another ledger's; whoever has the
    /// right passphrase may try again.
    pub fn unlock(&mut self) -> Result<(), StoreError> {
        let Key::Locked { file, unlock } = &self.key else { return Ok(()) };
        let path = || self.directory.join(KEY_FILE);
        let signer = unlock(file).map_err(|source| StoreError::KeyLocked { path: path(), source })?;
        self.check_key(&signer)?;
        self.key = Key::Known(Box::new(signer));
        Ok(())
    }

    /// Whether this is the key that signs this ledger.
    ///
    /// # Errors
    /// [`StoreError::KeyMismatch`] if it is not.
    pub fn check_key(&self, signer: &CheckpointSigner) -> Result<(), StoreError> {
        if *signer.verifier() == self.verifier {
            return Ok(());
        }
        Err(StoreError::KeyMismatch {
            path: self.directory.join(KEY_FILE),
            expected: Box::new(self.verifier.clone()),
            found: Box::new(signer.verifier().clone()),
        })
    }

    /// Where the ledger is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The ledger's name: the origin of its own log, which holds every entry.
    #[must_use]
    pub const fn name(&self) -> &Origin {
        self.verifier.name()
    }

    /// The key that checkpoints verify under.
    #[must_use]
    pub const fn verifier(&self) -> &CheckpointVerifier {
        &self.verifier
    }

    /// Whether the ledger refuses proofs under development parameters.
    #[must_use]
    pub const fn is_for_production(&self) -> bool {
        self.production
    }

    /// The ledger's id: hash of name and key.
    #[must_use]
    pub fn ledger_id(&self) -> LedgerId {
        self.verifier.ledger_id()
    }
}

#[cfg(test)]
mod tests;

//! Committing a block: all of it in one transaction, checkpoints included.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, ffi};
use tabella_protocol::note::Timestamp;
use tabella_verifier::log::{BlockStamp, Checkpoint, CompactTree, Origin, SignedCheckpoint};

use super::{
    LEDGER_LOG, MAX_BLOCK_ENTRIES, MAX_ENTRY_BYTES, Store,
    error::{CommitError, StoreError},
    key::Key,
    read,
    types::{Block, BlockCommit, Committed, EntryNumber, NewEntry},
};
use crate::{
    clock::{Clock, check_block_time},
    signer::CheckpointSigner,
};

impl Store {
    /// Commits a block: its entries, their leaves, nullifiers and claims, and a signed checkpoint of each log that grew.
    /// When this returns, all of it is on the disk. On an error nothing is; only after an error of the disk itself should
    /// the ledger be opened anew and its height read, because the disk's answer may have been lost.
    ///
    /// # Errors
    /// [`CommitError`], one variant for each rule.
    pub fn commit_block(&mut self, block: &BlockCommit, clock: &dyn Clock) -> Result<Committed, CommitError> {
        self.unlock()?;
        let Key::Known(signer) = &self.key else { return Err(CommitError::ReadOnly) };
        check_limits(block, self.verifier.name())?;
        // Immediate: from here to the commit no other process writes, so that what is read stays true.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last = read::last_block(&transaction)?;
        let height = last.map_or_else(Default::default, |last| last.height);
        if height != block.expected_height {
            return Err(CommitError::Stale { expected: block.expected_height, found: height });
        }
        check_block_time(last.map_or(Timestamp::ZERO, |last| last.time), block.time, clock)?;

        let block_stamp = BlockStamp { height: height.next(), time: block.time };
        let first = last.map_or(0, |last| last.first_entry.get() + last.entries);
        let entries = first + block.entries.len() as u64;
        transaction.execute(
            "INSERT INTO blocks (height, time, entries) VALUES (?1, ?2, ?3)",
            (column(block_stamp.height.get())?, column(block.time.seconds())?, column(entries)?),
        )?;

        let mut writer = Writer { transaction: &transaction, stamp: block_stamp, logs: BTreeMap::new() };
        writer.log(self.verifier.name())?;
        for (index, entry) in block.entries.iter().enumerate() {
            let number = column(first + index as u64)?;
            writer.add_entry(index, number, entry)?;
            writer.add_leaf(self.verifier.name(), number, entry)?;
            for log in &entry.logs {
                writer.add_leaf(log, number, entry)?;
            }
        }
        for log in &block.checkpoint_logs {
            writer.log(log)?;
        }
        let checkpoints = writer.sign_checkpoints(signer)?;
        transaction.commit()?;

        let entries = block.entries.len() as u64;
        let block =
            Block { height: block_stamp.height, time: block.time, first_entry: EntryNumber::new(first), entries };
        Ok(Committed { block, checkpoints })
    }
}

/// What can be refused before the database is locked.
fn check_limits(block: &BlockCommit, ledger: &Origin) -> Result<(), CommitError> {
    if block.entries.len() > MAX_BLOCK_ENTRIES {
        return Err(CommitError::TooManyEntries { entries: block.entries.len() });
    }
    for (entry, new) in block.entries.iter().enumerate() {
        if new.bytes.len() > MAX_ENTRY_BYTES {
            return Err(CommitError::EntryTooLarge { entry, bytes: new.bytes.len() });
        }
        for (i, log) in new.logs.iter().enumerate() {
            if log == ledger || new.logs.iter().take(i).any(|earlier| earlier == log) {
                return Err(CommitError::RepeatedLog { entry, log: log.clone() });
            }
        }
    }
    Ok(())
}

/// A log that the block touches, with the tree as far as it has grown.
struct OpenLog {
    id: i64,
    tree: CompactTree,
}

struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    stamp: BlockStamp,
    logs: BTreeMap<Origin, OpenLog>,
}

impl Writer<'_> {
    /// The log of an origin, begun if it is new.
    fn log(&mut self, origin: &Origin) -> Result<&mut OpenLog, StoreError> {
        if !self.logs.contains_key(origin) {
            let id = match read::log_id(self.transaction, origin)? {
                Some(id) => id,
                None => {
                    self.transaction.execute("INSERT INTO logs (origin) VALUES (?1)", [origin.as_str()])?;
                    self.transaction.last_insert_rowid()
                }
            };
            let tree = read::tree(self.transaction, id)?;
            self.logs.insert(origin.clone(), OpenLog { id, tree });
        }
        self.logs.get_mut(origin).ok_or_else(|| StoreError::damaged("a log vanished"))
    }

    fn add_entry(&self, index: usize, number: i64, entry: &NewEntry) -> Result<(), CommitError> {
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO entries (number, height, digest, bytes) VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute((number, column(self.stamp.height.get())?, entry.digest.as_bytes(), &entry.bytes)).map_err(
            |error| {
                let duplicate = CommitError::DuplicateDigest { entry: index, digest: entry.digest };
                refused(error, &[ffi::SQLITE_CONSTRAINT_UNIQUE], duplicate)
            },
        )?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO nullifiers (pool, nullifier, slot, revision, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (i, record) in entry.nullifiers.iter().enumerate() {
            let (slot, revision) = record.columns();
            let nullifier = record.nullifier;
            insert.execute((record.pool.as_bytes(), nullifier.to_bytes(), slot, revision, number)).map_err(
                |error| {
                    let codes = [ffi::SQLITE_CONSTRAINT_TRIGGER, ffi::SQLITE_CONSTRAINT_PRIMARYKEY];
                    refused(error, &codes, CommitError::NullifierInUse { entry: index, index: i, nullifier })
                },
            )?;
        }
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO claims (space, key, entry) VALUES (?1, ?2, ?3)")?;
        for (i, claim) in entry.claims.iter().enumerate() {
            insert.execute((&claim.space, &claim.key, number)).map_err(|error| {
                refused(error, &[ffi::SQLITE_CONSTRAINT_PRIMARYKEY], CommitError::ClaimTaken { entry: index, index: i })
            })?;
        }
        Ok(())
    }

    fn add_leaf(&mut self, origin: &Origin, number: i64, entry: &NewEntry) -> Result<(), CommitError> {
        let transaction = self.transaction;
        let log = self.log(origin)?;
        let position = column(log.tree.size())?;
        transaction
            .prepare_cached("INSERT INTO leaves (log, position, entry) VALUES (?1, ?2, ?3)")?
            .execute((log.id, position, number))?;
        let mut insert =
            transaction.prepare_cached("INSERT INTO nodes (log, level, position, hash) VALUES (?1, ?2, ?3, ?4)")?;
        for node in log.tree.append(&entry.bytes)? {
            insert.execute((log.id, node.index.level, column(node.index.position)?, node.hash.as_bytes()))?;
        }
        Ok(())
    }

    /// The ledger's own log first, as in its table.
    fn sign_checkpoints(&self, signer: &CheckpointSigner) -> Result<Vec<SignedCheckpoint>, StoreError> {
        let mut logs: Vec<_> = self.logs.iter().collect();
        logs.sort_by_key(|(_, log)| log.id != LEDGER_LOG);
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO checkpoints (log, height, size, note) VALUES (?1, ?2, ?3, ?4)")?;
        logs.into_iter()
            .map(|(origin, log)| {
                let checkpoint = Checkpoint::new(origin.clone(), log.tree.size(), log.tree.root());
                let signed = signer.sign(checkpoint.with_stamp(self.stamp));
                let height = column(self.stamp.height.get())?;
                insert.execute((log.id, height, column(log.tree.size())?, signed.to_bytes()))?;
                Ok(signed)
            })
            .collect()
    }
}

/// The typed error for a constraint that says so, any other error as it is.
fn refused(error: rusqlite::Error, codes: &[i32], refusal: CommitError) -> CommitError {
    match error.sqlite_error() {
        Some(sqlite) if codes.contains(&sqlite.extended_code) => refusal,
        _ => error.into(),
    }
}

/// A number as SQLite keeps it.
pub(super) fn column(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::damaged("a number beyond 63 bits"))
}

/// The row of a query, if there is one.
pub(super) fn optional<T>(row: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    Ok(row.optional()?)
}

//! Reading: blocks, entries, logs, checkpoints and proofs.

use std::cell::RefCell;

use rusqlite::{Connection, Row, types::Type};
use tabella_protocol::{
    note::{Nullifier, Timestamp},
    transaction::{PoolId, TransactionDigest},
};
use tabella_verifier::log::{
    Checkpoint, CompactTree, ConsistencyProof, Height, InclusionProof, LogHash, NodeIndex, Origin, SignedCheckpoint,
};
use tlog_tiles::{Hash, HashReader};

use super::{
    Store,
    commit::{column, optional},
    error::StoreError,
    types::{Block, EntryNumber, NullifierUse, StoredEntry},
};

const ENTRY_COLUMNS: &str = "entries.number, entries.height, blocks.time, entries.digest, entries.bytes";
const BLOCK_COLUMNS: &str = "height, time, entries, \
    COALESCE((SELECT before.entries FROM blocks AS before WHERE before.height = blocks.height - 1), 0)";

impl Store {
    /// The number of blocks, as all processes together committed them.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn height(&self) -> Result<Height, StoreError> {
        Ok(self.last_block()?.map_or(Height::ZERO, |block| block.height))
    }

    /// The last block, if there is any.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn last_block(&self) -> Result<Option<Block>, StoreError> {
        last_block(&self.connection)
    }

    /// Up to `limit` blocks from a height on.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn blocks_from(&self, first: Height, limit: u32) -> Result<Vec<Block>, StoreError> {
        let query = format!("SELECT {BLOCK_COLUMNS} FROM blocks WHERE height >= ?1 ORDER BY height LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map((column(first.get())?, limit), read_block)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Up to `limit` entries from a number on, in order.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn entries_from(&self, first: EntryNumber, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let query = format!(
            "SELECT {ENTRY_COLUMNS} FROM entries JOIN blocks USING (height) \
             WHERE number >= ?1 ORDER BY number LIMIT ?2"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map((column(first.get())?, limit), read_entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Up to `limit` entries of a log from a leaf's index on, in order.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn entries_of_log(&self, log: &Origin, first: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let query = format!(
            "SELECT {ENTRY_COLUMNS} FROM leaves JOIN entries ON entries.number = leaves.entry \
             JOIN blocks USING (height) WHERE leaves.log = ?1 AND leaves.position >= ?2 \
             ORDER BY leaves.position LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map((self.known_log(log)?, column(first)?, limit), read_entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The entry of a digest.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn entry_by_digest(&self, digest: TransactionDigest) -> Result<Option<StoredEntry>, StoreError> {
        let query = format!("SELECT {ENTRY_COLUMNS} FROM entries JOIN blocks USING (height) WHERE digest = ?1");
        optional(self.connection.prepare_cached(&query)?.query_row([digest.as_bytes()], read_entry))
    }

    /// The index of an entry's leaf in a log; `None` if the entry is not in it.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn leaf_of(&self, log: &Origin, entry: EntryNumber) -> Result<Option<u64>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT position FROM leaves WHERE log = ?1 AND entry = ?2")?;
        optional(statement.query_row((self.known_log(log)?, column(entry.get())?), |row| number(row, 0)))
    }

    /// All logs, the ledger's own first, then in the order in which they began.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn logs(&self) -> Result<Vec<Origin>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT origin FROM logs ORDER BY id")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|origin| Origin::new(&origin?).map_err(|error| StoreError::damaged(error.to_string()))).collect()
    }

    /// The number of a log's leaves.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn log_size(&self, log: &Origin) -> Result<u64, StoreError> {
        log_size(&self.connection, self.known_log(log)?)
    }

    /// The newest checkpoint of a log; `None` before its first block.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn latest_checkpoint(&self, log: &Origin) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.checkpoint_at(log, Height::new(i64::MAX.unsigned_abs()))
    }

    /// The newest checkpoint of a log at or before a block.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn checkpoint_at(&self, log: &Origin, height: Height) -> Result<Option<SignedCheckpoint>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT note FROM checkpoints WHERE log = ?1 AND height <= ?2 ORDER BY height DESC LIMIT 1",
        )?;
        let row = statement.query_row((self.known_log(log)?, column(height.get())?), |row| row.get::<_, Vec<u8>>(0));
        Ok(optional(row)?.map(|note| SignedCheckpoint::from_bytes(&note)).transpose()?)
    }

    /// Shows that the leaf of an index is in the tree that the log had at a size.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; [`StoreError::NoSuchProof`] unless `leaf < size <= log_size`; errors of the database.
    pub fn inclusion_proof(&self, log: &Origin, leaf: u64, size: u64) -> Result<InclusionProof, StoreError> {
        let id = self.known_log(log)?;
        let present = log_size(&self.connection, id)?;
        if leaf >= size || size > present {
            return Err(StoreError::NoSuchProof { first: leaf, second: size, size: present });
        }
        let path = Nodes::new(&self.connection, id).collect(|nodes| tlog_tiles::prove_record(size, leaf, nodes))?;
        Ok(InclusionProof::new(leaf, size, path))
    }

    /// Shows that the tree of size `newer` begins with all leaves of the tree of size `older`.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; [`StoreError::NoSuchProof`] unless `older <= newer <= log_size`; errors of the database.
    pub fn consistency_proof(&self, log: &Origin, older: u64, newer: u64) -> Result<ConsistencyProof, StoreError> {
        let id = self.known_log(log)?;
        let present = log_size(&self.connection, id)?;
        if older > newer || newer > present {
            return Err(StoreError::NoSuchProof { first: older, second: newer, size: present });
        }
        let path = match older {
            0 => Vec::new(),
            _ => Nodes::new(&self.connection, id).collect(|nodes| tlog_tiles::prove_tree(newer, older, nodes))?,
        };
        Ok(ConsistencyProof::new(older, newer, path))
    }

    /// Checks that this ledger still holds everything that a checkpoint from elsewhere covers: that it was not replaced by
    /// an older copy or another history. The caller has verified the checkpoint's signature.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; [`StoreError::Damaged`] if leaves are missing or others; errors of the database.
    pub fn check_against(&self, known: &Checkpoint) -> Result<(), StoreError> {
        let id = self.known_log(known.origin())?;
        let present = log_size(&self.connection, id)?;
        if known.size() > present {
            let what = format!("log {} has {present} leaves, a checkpoint covers {}", known.origin(), known.size());
            return Err(StoreError::Damaged { what });
        }
        let root = tree_at(&self.connection, id, known.size())?.root();
        if root == known.root() {
            return Ok(());
        }
        let what = format!("log {} has another root at size {} than a checkpoint", known.origin(), known.size());
        Err(StoreError::Damaged { what })
    }

    /// What was done with a nullifier, by slot and revision.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn nullifier_uses(&self, pool: PoolId, nullifier: Nullifier) -> Result<Vec<NullifierUse>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT slot, revision FROM nullifiers WHERE pool = ?1 AND nullifier = ?2 ORDER BY slot, revision",
        )?;
        let rows =
            statement.query_map((pool.as_bytes(), nullifier.to_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (slot, revision) = row?;
            NullifierUse::from_columns(slot, revision).ok_or_else(|| StoreError::damaged("a nullifier's slot"))
        })
        .collect()
    }

    pub(super) fn known_log(&self, log: &Origin) -> Result<i64, StoreError> {
        log_id(&self.connection, log)?.ok_or_else(|| StoreError::UnknownLog(log.clone()))
    }
}

pub(super) fn last_block(connection: &Connection) -> Result<Option<Block>, StoreError> {
    let query = format!("SELECT {BLOCK_COLUMNS} FROM blocks ORDER BY height DESC LIMIT 1");
    optional(connection.prepare_cached(&query)?.query_row([], read_block))
}

pub(super) fn log_id(connection: &Connection, origin: &Origin) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM logs WHERE origin = ?1")?;
    optional(statement.query_row([origin.as_str()], |row| row.get(0)))
}

pub(super) fn log_size(connection: &Connection, log: i64) -> Result<u64, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT COALESCE(MAX(position) + 1, 0) FROM leaves WHERE log = ?1")?;
    Ok(statement.query_row([log], |row| number(row, 0))?)
}

/// The tree of a log as it is.
pub(super) fn tree(connection: &Connection, log: i64) -> Result<CompactTree, StoreError> {
    tree_at(connection, log, log_size(connection, log)?)
}

/// The tree of a log as it was at a size.
fn tree_at(connection: &Connection, log: i64, size: u64) -> Result<CompactTree, StoreError> {
    let peaks = CompactTree::peak_indices(size).map(|index| node(connection, log, index));
    let peaks = peaks.collect::<Result<_, _>>()?;
    CompactTree::from_peaks(size, peaks).ok_or_else(|| StoreError::damaged("a log's size"))
}

fn node(connection: &Connection, log: i64, index: NodeIndex) -> Result<LogHash, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT hash FROM nodes WHERE log = ?1 AND level = ?2 AND position = ?3")?;
    let row = statement.query_row((log, index.level, column(index.position)?), |row| row.get(0));
    let missing = || StoreError::damaged(format!("node {} of level {} is missing", index.position, index.level));
    optional(row)?.map(LogHash::new).ok_or_else(missing)
}

pub(super) fn read_block(row: &Row<'_>) -> rusqlite::Result<Block> {
    let (entries, before) = (number(row, 2)?, number(row, 3)?);
    let entries = entries.checked_sub(before).ok_or_else(|| conversion(2, "a block with fewer entries than before"))?;
    let first_entry = EntryNumber::new(before);
    Ok(Block { height: Height::new(number(row, 0)?), time: read_time(row, 1)?, first_entry, entries })
}

pub(super) fn read_entry(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    Ok(StoredEntry {
        number: EntryNumber::new(number(row, 0)?),
        height: Height::new(number(row, 1)?),
        time: read_time(row, 2)?,
        digest: TransactionDigest(row.get(3)?),
        bytes: row.get(4)?,
    })
}

pub(super) fn number(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(index)?).map_err(|_| conversion(index, "a negative number"))
}

pub(super) fn read_time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::new(number(row, index)?).ok_or_else(|| conversion(index, "a time beyond 2^40"))
}

fn conversion(index: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Integer, what.into())
}

/// The nodes of one log, for the makers of proofs. They know only their own errors, so that of the database is kept aside.
struct Nodes<'a> {
    connection: &'a Connection,
    log: i64,
    failure: RefCell<Option<StoreError>>,
}

impl<'a> Nodes<'a> {
    const fn new(connection: &'a Connection, log: i64) -> Self {
        Self { connection, log, failure: RefCell::new(None) }
    }

    fn collect(
        self,
        prove: impl FnOnce(&Self) -> Result<Vec<Hash>, tlog_tiles::Error>,
    ) -> Result<Vec<LogHash>, StoreError> {
        match prove(&self) {
            Ok(path) => Ok(path.into_iter().map(LogHash::from).collect()),
            Err(error) => Err(self.failure.take().unwrap_or_else(|| StoreError::damaged(error.to_string()))),
        }
    }
}

impl HashReader for Nodes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|index| {
                let (level, position) = tlog_tiles::split_stored_hash_index(*index);
                node(self.connection, self.log, NodeIndex { level, position }).map(Hash::from).map_err(|error| {
                    self.failure.replace(Some(error));
                    tlog_tiles::Error::IndexesNotInTree
                })
            })
            .collect()
    }
}

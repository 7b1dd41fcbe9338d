//! Reading about many entries at once without reading them: what a node tells people and charts.

use tabella_protocol::{
    note::Timestamp,
    transaction::{PoolId, TransactionDigest},
};
use tabella_verifier::log::{LogHash, Origin};

use super::{
    Store,
    commit::{column, optional},
    error::StoreError,
    read::{number, read_time},
    types::EntryNumber,
};

/// Hashes of a full tile (c2sp.org/tlog-tiles).
pub const TILE_WIDTH: u16 = 256;
/// Levels of a tree that one level of tiles spans.
const TILE_HEIGHT: u8 = 8;

/// An entry without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntrySummary {
    /// Its number.
    pub number: EntryNumber,
    /// Its digest.
    pub digest: TransactionDigest,
    /// How long it is.
    pub bytes: u64,
}

/// The ballots that a pool had accepted after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BallotCount {
    /// Time of the block.
    pub time: Timestamp,
    /// Ballots so far, replaced ones included.
    pub ballots: u64,
    /// Rights that were used so far: the ballots that count.
    pub counted: u64,
}

impl Store {
    /// Up to `limit` entries from a number on, without their bytes.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn summaries_from(&self, first: EntryNumber, limit: u32) -> Result<Vec<EntrySummary>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, digest, length(bytes) FROM entries WHERE number >= ?1 ORDER BY number LIMIT ?2",
        )?;
        let rows = statement.query_map((column(first.get())?, limit), |row| {
            Ok(EntrySummary {
                number: EntryNumber::new(number(row, 0)?),
                digest: TransactionDigest(row.get(1)?),
                bytes: number(row, 2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The bytes of the first `size` entries of a log, all together.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn log_bytes(&self, log: &Origin, size: u64) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT COALESCE(SUM(length(entries.bytes)), 0) FROM leaves JOIN entries ON entries.number = leaves.entry \
             WHERE leaves.log = ?1 AND leaves.position < ?2",
        )?;
        Ok(statement.query_row((self.known_log(log)?, column(size)?), |row| number(row, 0))?)
    }

    /// A tile of a log's tree (c2sp.org/tlog-tiles): its first `width` hashes. `None` if the log does not have them all.
    ///
    /// # Errors
    /// [`StoreError::UnknownLog`]; errors of the database.
    pub fn tile(&self, log: &Origin, level: u8, index: u64, width: u16) -> Result<Option<Vec<LogHash>>, StoreError> {
        let id = self.known_log(log)?;
        let place = level.checked_mul(TILE_HEIGHT).zip(index.checked_mul(TILE_WIDTH.into()));
        let Some((level, first)) = place.filter(|_| (1..=TILE_WIDTH).contains(&width)) else { return Ok(None) };
        let Some(end) = first.checked_add(width.into()).and_then(|end| i64::try_from(end).ok()) else {
            return Ok(None);
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT hash FROM nodes WHERE log = ?1 AND level = ?2 AND position >= ?3 AND position < ?4 ORDER BY position",
        )?;
        let rows = statement.query_map((id, level, column(first)?, end), |row| row.get(0).map(LogHash::new))?;
        let hashes: Vec<LogHash> = rows.collect::<Result<_, _>>()?;
        Ok((hashes.len() == usize::from(width)).then_some(hashes))
    }

    /// How many ballots a pool had accepted, after each block that brought some.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn ballots_over_time(&self, pool: PoolId) -> Result<Vec<BallotCount>, StoreError> {
        // A right counts from its first ballot on; later ones replace it.
        let mut statement = self.connection.prepare_cached(
            "SELECT blocks.time, COUNT(*), SUM(used.entry = used.first) FROM \
               (SELECT entry, MIN(entry) OVER (PARTITION BY nullifier) AS first FROM nullifiers \
                WHERE pool = ?1 AND slot > 0) AS used \
             JOIN entries ON entries.number = used.entry JOIN blocks USING (height) GROUP BY height ORDER BY height",
        )?;
        let rows =
            statement.query_map([pool.as_bytes()], |row| Ok((read_time(row, 0)?, number(row, 1)?, number(row, 2)?)))?;
        let (mut ballots, mut counted) = (0, 0);
        rows.map(|row| {
            let (time, more, new) = row?;
            ballots += more;
            counted += new;
            Ok(BallotCount { time, ballots, counted })
        })
        .collect()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn probe(&self) -> Result<(), StoreError> {
        optional(self.connection.query_row("SELECT 1 FROM ledger", [], |row| row.get::<_, i64>(0)))?;
        Ok(())
    }
}

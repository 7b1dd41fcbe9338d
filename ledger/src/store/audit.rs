//! Auditing: everything in the database that follows from something else is computed anew and compared.

mod finding;

use std::collections::BTreeMap;

use rusqlite::Connection;
use tabella_protocol::{note::Nullifier, transaction::TransactionDigest};
use tabella_verifier::log::{BlockStamp, CompactTree, Height, LogHash, Origin, SignedCheckpoint};

use super::{
    Store,
    error::StoreError,
    read::{self, number},
    types::{Block, Claim, EntryNumber, NullifierRecord, NullifierUse, StoredEntry},
};

pub use finding::{AuditError, AuditFinding, MAX_FINDINGS};

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditSummary {
    /// Blocks.
    pub blocks: u64,
    /// Entries.
    pub entries: u64,
    /// Logs.
    pub logs: u64,
    /// Leaves of all logs.
    pub leaves: u64,
    /// Signed checkpoints.
    pub checkpoints: u64,
}

/// What an entry's bytes say that the store keeps beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKeys {
    /// The transaction's digest.
    pub digest: TransactionDigest,
    /// The nullifiers that it uses.
    pub nullifiers: Vec<NullifierRecord>,
    /// The claims that it makes.
    pub claims: Vec<Claim>,
}

impl Store {
    /// Reads the whole store and computes anew what follows from the entries: order, logs, nodes and signed checkpoints.
    /// What only the entries' meaning can tell, digests, nullifiers and claims, is checked by [`Self::audit_keys`].
    ///
    /// # Errors
    /// [`AuditError::Findings`] with everything that does not fit; errors of the database.
    pub fn audit(&self) -> Result<AuditSummary, AuditError> {
        // One view of the database, whatever others commit meanwhile.
        let view = self.connection.unchecked_transaction()?;
        let mut audit = Audit { store: self, view: &view, findings: Vec::new(), summary: AuditSummary::default() };
        audit.check_file()?;
        let blocks = audit.check_blocks()?;
        for origin in self.logs()? {
            audit.check_log(&origin, &blocks)?;
        }
        audit.finish()
    }

    /// Checks digests, nullifiers and claims against the entries. `decode` reads them from an entry's bytes.
    ///
    /// # Errors
    /// [`AuditError::Findings`] with every entry that does not fit; errors of the database.
    pub fn audit_keys(&self, decode: &mut dyn FnMut(&[u8]) -> Option<EntryKeys>) -> Result<AuditSummary, AuditError> {
        let view = self.connection.unchecked_transaction()?;
        let mut audit = Audit { store: self, view: &view, findings: Vec::new(), summary: AuditSummary::default() };
        audit.check_keys(decode)?;
        audit.finish()
    }
}

struct Audit<'a> {
    store: &'a Store,
    view: &'a Connection,
    findings: Vec<AuditFinding>,
    summary: AuditSummary,
}

impl Audit<'_> {
    fn find(&mut self, finding: AuditFinding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    fn finish(self) -> Result<AuditSummary, AuditError> {
        if self.findings.is_empty() { Ok(self.summary) } else { Err(AuditError::Findings(self.findings)) }
    }

    fn check_file(&mut self) -> Result<(), StoreError> {
        let mut statement = self.view.prepare("PRAGMA integrity_check(10)")?;
        let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for line in lines.into_iter().filter(|line| line != "ok") {
            self.find(AuditFinding::File(line));
        }
        let mut statement = self.view.prepare("PRAGMA foreign_key_check")?;
        let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for table in tables {
            self.find(AuditFinding::File(format!("a row of {table} names something that is not there")));
        }
        Ok(())
    }

    /// Blocks are consecutive, their times do not decrease, and they share out the entries.
    fn check_blocks(&mut self) -> Result<Vec<Block>, StoreError> {
        let mut statement = self.view.prepare("SELECT height, time, entries FROM blocks ORDER BY height")?;
        let rows = statement.query_map([], |row| Ok((number(row, 0)?, number(row, 1)?, number(row, 2)?)))?;
        let mut blocks = Vec::<Block>::new();
        let (mut last_time, mut total) = (0, 0);
        for row in rows {
            let (height, time, entries) = row?;
            let expected = Height::new(blocks.len() as u64 + 1);
            if height != expected.get() || time < last_time || entries < total {
                self.find(AuditFinding::Block(expected));
            }
            let first_entry = EntryNumber::new(total);
            let stamp = tabella_protocol::note::Timestamp::new(time);
            let time_of_block = stamp.ok_or_else(|| StoreError::damaged("a time beyond 2^40"))?;
            blocks.push(Block {
                height: Height::new(height),
                time: time_of_block,
                first_entry,
                entries: entries.saturating_sub(total),
            });
            (last_time, total) = (time, entries);
        }
        self.summary.blocks = blocks.len() as u64;

        let mut statement = self.view.prepare("SELECT number, height FROM entries ORDER BY number")?;
        let mut rows = statement.query([])?;
        let mut places = blocks.iter().flat_map(|block| std::iter::repeat_n(block.height, count(block.entries)));
        let mut next = 0;
        while let Some(row) = rows.next()? {
            let (entry, height) = (number(row, 0)?, number(row, 1)?);
            if entry != next || places.next() != Some(Height::new(height)) {
                self.find(AuditFinding::Entry(EntryNumber::new(next)));
                // What follows is only shifted.
                return Ok(blocks);
            }
            next += 1;
        }
        if places.next().is_some() {
            self.find(AuditFinding::Entry(EntryNumber::new(next)));
        }
        self.summary.entries = next;
        Ok(blocks)
    }

    /// A log's leaves, nodes and checkpoints.
    fn check_log(&mut self, origin: &Origin, blocks: &[Block]) -> Result<(), StoreError> {
        let id = self.store.known_log(origin)?;
        self.summary.logs += 1;
        let ledger = origin == self.store.name();
        let mut heads = BTreeMap::<Height, (u64, LogHash)>::new();
        let mut tree = CompactTree::new();
        let mut nodes = 0u64;
        let mut last_entry = None;

        let mut select = self.view.prepare(
            "SELECT position, entry, entries.height, entries.bytes FROM leaves \
             LEFT JOIN entries ON entries.number = leaves.entry WHERE leaves.log = ?1 ORDER BY position",
        )?;
        let mut select_node =
            self.view.prepare("SELECT hash FROM nodes WHERE log = ?1 AND level = ?2 AND position = ?3")?;
        let mut rows = select.query([id])?;
        while let Some(row) = rows.next()? {
            let (leaf, entry) = (number(row, 0)?, number(row, 1)?);
            let (height, bytes) = (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<Vec<u8>>>(3)?);
            let in_order = if ledger { entry == leaf } else { last_entry.is_none_or(|last| last < entry) };
            let (Some(height), Some(bytes)) = (height, bytes) else {
                self.find(AuditFinding::Leaf { log: origin.clone(), leaf: tree.size() });
                return Ok(());
            };
            if leaf != tree.size() || !in_order {
                self.find(AuditFinding::Leaf { log: origin.clone(), leaf: tree.size() });
                return Ok(());
            }
            last_entry = Some(entry);
            for node in tree.append(&bytes).map_err(|full| StoreError::damaged(full.to_string()))? {
                nodes += 1;
                let (level, position) = (node.index.level, node.index.position);
                let column = super::commit::column(position)?;
                let stored = super::commit::optional(select_node.query_row((id, level, column), |row| row.get(0)))?;
                if stored.map(LogHash::new) != Some(node.hash) {
                    self.find(AuditFinding::Node { log: origin.clone(), level, position });
                }
            }
            heads.insert(Height::new(height.unsigned_abs()), (tree.size(), tree.root()));
        }
        self.summary.leaves += tree.size();
        if ledger && tree.size() != self.summary.entries {
            self.find(AuditFinding::Leaf { log: origin.clone(), leaf: tree.size() });
        }
        let found = self.view.query_row("SELECT COUNT(*) FROM nodes WHERE log = ?1", [id], |row| number(row, 0))?;
        if found != nodes {
            self.find(AuditFinding::NodeCount { log: origin.clone(), expected: nodes, found });
        }
        self.check_checkpoints(origin, id, blocks, &heads)
    }

    fn check_checkpoints(
        &mut self,
        origin: &Origin,
        id: i64,
        blocks: &[Block],
        heads: &BTreeMap<Height, (u64, LogHash)>,
    ) -> Result<(), StoreError> {
        let mut select =
            self.view.prepare("SELECT height, size, note FROM checkpoints WHERE log = ?1 ORDER BY height")?;
        let rows = select.query_map([id], |row| Ok((number(row, 0)?, number(row, 1)?, row.get::<_, Vec<u8>>(2)?)))?;
        let mut notes = BTreeMap::new();
        for row in rows {
            let (height, size, note) = row?;
            notes.insert(Height::new(height), (size, note));
        }
        let ledger = origin == self.store.name();
        for block in blocks {
            let log = origin.clone();
            let height = block.height;
            let (size, root) = heads.range(..=height).next_back().map_or((0, LogHash::EMPTY), |(_, head)| *head);
            let Some((stored_size, note)) = notes.remove(&height) else {
                if ledger || heads.contains_key(&height) {
                    self.find(AuditFinding::CheckpointMissing { log, height });
                }
                continue;
            };
            self.summary.checkpoints += 1;
            let signed = SignedCheckpoint::from_bytes(&note);
            let verified = signed.and_then(|signed| self.store.verifier().verify(&signed, origin).cloned());
            match verified {
                Err(error) => self.find(AuditFinding::CheckpointNote { log, height, error }),
                Ok(checkpoint) => {
                    let stamp = Some(BlockStamp { height, time: block.time });
                    let told = (checkpoint.size(), checkpoint.root(), checkpoint.stamp());
                    if told != (size, root, stamp) || stored_size != size {
                        self.find(AuditFinding::CheckpointContent { log, height });
                    }
                }
            }
        }
        for height in notes.into_keys() {
            self.find(AuditFinding::CheckpointContent { log: origin.clone(), height });
        }
        Ok(())
    }

    fn check_keys(&mut self, decode: &mut dyn FnMut(&[u8]) -> Option<EntryKeys>) -> Result<(), StoreError> {
        let mut select = self.view.prepare(
            "SELECT entries.number, entries.height, blocks.time, entries.digest, entries.bytes \
             FROM entries JOIN blocks USING (height) ORDER BY number",
        )?;
        let mut select_nullifiers =
            self.view.prepare("SELECT pool, nullifier, slot, revision FROM nullifiers WHERE entry = ?1")?;
        let mut select_claims = self.view.prepare("SELECT space, key FROM claims WHERE entry = ?1")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let StoredEntry { number: entry, digest, bytes, .. } = read::read_entry(row)?;
            self.summary.entries += 1;
            let keys = decode(&bytes).filter(|keys| keys.digest == digest);
            let Some(keys) = keys else {
                self.find(AuditFinding::Digest(entry));
                continue;
            };
            let id = super::commit::column(entry.get())?;
            let nullifiers = select_nullifiers.query_map([id], |row| {
                Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, [u8; 32]>(1)?, row.get(2)?, row.get(3)?))
            })?;
            let mut kept = Vec::new();
            for row in nullifiers {
                let (pool, nullifier, slot, revision): (_, _, i64, i64) = row?;
                kept.push((
                    pool,
                    Nullifier::from_bytes(&nullifier).map(|_| nullifier),
                    NullifierUse::from_columns(slot, revision),
                ));
            }
            let mut used: Vec<_> = keys
                .nullifiers
                .iter()
                .map(|record| (*record.pool.as_bytes(), Some(record.nullifier.to_bytes()), Some(record.usage)))
                .collect();
            kept.sort_unstable();
            used.sort_unstable();
            if kept != used {
                self.find(AuditFinding::Nullifiers(entry));
            }
            let rows = select_claims.query_map([id], |row| Ok(Claim { space: row.get(0)?, key: row.get(1)? }))?;
            let mut kept: Vec<Claim> = rows.collect::<Result<_, _>>()?;
            let mut made = keys.claims;
            kept.sort_unstable();
            made.sort_unstable();
            if kept != made {
                self.find(AuditFinding::Claims(entry));
            }
        }
        Ok(())
    }
}

/// A number of entries as a length; a count beyond memory is as good as endless.
fn count(entries: u64) -> usize {
    usize::try_from(entries).unwrap_or(usize::MAX)
}

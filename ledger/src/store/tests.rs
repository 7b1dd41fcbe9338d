mod blocks;
mod directory;
mod faults;
mod key;
mod tampering;
mod uniqueness;

use ed25519_dalek::SigningKey;
use tabella_protocol::{
    note::{Nullifier, Timestamp},
    transaction::{PoolId, TransactionDigest},
};
use tabella_verifier::log::{Height, Origin};
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;

const START: u64 = 1_700_000_000;

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds).unwrap()
}

fn clock() -> ManualClock {
    ManualClock::new(time(0))
}

fn origin(text: &str) -> Origin {
    Origin::new(text).unwrap()
}

fn signer(seed: u8) -> CheckpointSigner {
    CheckpointSigner::new(origin("ledger.example"), SigningKey::from_bytes(&[seed; 32]))
}

fn new_store() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(&directory.path().join("ledger"), signer(1)).unwrap();
    (directory, store)
}

/// An entry whose digest is made of a number; `logs` beside the ledger's own.
fn entry(number: u32, logs: &[&str]) -> NewEntry {
    let mut digest = [7; 32];
    digest[..4].copy_from_slice(&number.to_le_bytes());
    NewEntry {
        digest: TransactionDigest(digest),
        bytes: format!("entry {number}").into_bytes(),
        logs: logs.iter().map(|log| origin(log)).collect(),
        nullifiers: Vec::new(),
        claims: Vec::new(),
    }
}

fn nullifier(number: u8, usage: NullifierUse) -> NullifierRecord {
    let mut bytes = [0; 32];
    bytes[0] = number;
    NullifierRecord { pool: PoolId([1; 32]), nullifier: Nullifier::from_bytes(&bytes).unwrap(), usage }
}

fn block(store: &Store, seconds: u64, entries: Vec<NewEntry>) -> BlockCommit {
    let expected_height = store.height().unwrap();
    BlockCommit { expected_height, time: time(seconds), entries, checkpoint_logs: Vec::new() }
}

fn commit(store: &mut Store, entries: Vec<NewEntry>) -> Result<Committed, CommitError> {
    let block = block(store, 0, entries);
    store.commit_block(&block, &clock())
}

/// Rows of each table: what a refused block must leave as it was.
fn rows(store: &Store) -> Vec<i64> {
    ["blocks", "entries", "logs", "leaves", "nodes", "checkpoints", "nullifiers", "claims"]
        .iter()
        .map(|table| {
            let query = format!("SELECT COUNT(*) FROM {table}");
            store.connection.query_row(&query, [], |row| row.get(0)).unwrap()
        })
        .collect()
}

/// Three blocks of entries in the ledger's and a pool's log.
fn filled_store() -> (TempDir, Store) {
    let (directory, mut store) = new_store();
    for first in [0, 4, 8] {
        let entries = (first..first + 4).map(|i| {
            let mut entry = entry(i, if i % 2 == 0 { &["ledger.example/pool/1"] } else { &[] });
            entry.nullifiers.push(nullifier(i as u8, NullifierUse::Spend));
            entry.claims.push(Claim { space: "invoice".to_owned(), key: vec![i as u8] });
            entry
        });
        let entries = entries.collect();
        commit(&mut store, entries).unwrap();
    }
    store.audit().unwrap();
    (directory, store)
}

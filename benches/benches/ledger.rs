//! How fast the ledger keeps blocks, and how fast it makes and checks proofs about them.

#![expect(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::SigningKey;
use tabella_ledger::{
    clock::ManualClock,
    signer::CheckpointSigner,
    store::{BlockCommit, NewEntry, NullifierRecord, NullifierUse, Store},
};
use tabella_protocol::{
    note::{Nullifier, Timestamp},
    transaction::{PoolId, TransactionDigest},
};
use tabella_verifier::log::{CompactTree, Origin};
use tempfile::TempDir;

/// About the length of a ballot with its proofs.
const ENTRY_BYTES: usize = 4_000;

fn new_store() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let signer = CheckpointSigner::new(Origin::new("bench.example").unwrap(), SigningKey::from_bytes(&[1; 32]));
    let store = Store::create(directory.path(), signer).unwrap();
    (directory, store)
}

fn next_block(store: &Store, length: u64) -> BlockCommit {
    let last = store.last_block().unwrap();
    let first = last.map_or(0, |last| last.first_entry.get() + last.entries);
    let entries = (first..first + length).map(|number| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        let nullifier = Nullifier::from_bytes(&bytes).unwrap();
        NewEntry {
            digest: TransactionDigest(bytes),
            bytes: bytes.repeat(ENTRY_BYTES / 32),
            logs: vec![Origin::new("bench.example/pool/1").unwrap()],
            nullifiers: vec![NullifierRecord { pool: PoolId([1; 32]), nullifier, usage: NullifierUse::Spend }],
            claims: Vec::new(),
        }
    });
    let expected_height = store.height().unwrap();
    BlockCommit { expected_height, time: Timestamp::ZERO, entries: entries.collect(), checkpoint_logs: Vec::new() }
}

fn commit(c: &mut Criterion) {
    let clock = ManualClock::new(Timestamp::ZERO);
    let mut group = c.benchmark_group("store::commit_block");
    for length in [1, 10, 100, 1_000] {
        let (_directory, store) = new_store();
        // Preparing a block reads the store that committing it writes.
        let store = std::cell::RefCell::new(store);
        group.throughput(Throughput::Elements(length));
        group.bench_function(BenchmarkId::new("entries", length), |b| {
            b.iter_batched(
                || next_block(&store.borrow(), length),
                |block| store.borrow_mut().commit_block(&block, &clock).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn prove(c: &mut Criterion) {
    let clock = ManualClock::new(Timestamp::ZERO);
    let (_directory, mut store) = new_store();
    for _ in 0..10 {
        let block = next_block(&store, 1_000);
        store.commit_block(&block, &clock).unwrap();
    }
    let log = store.name().clone();
    let signed = store.latest_checkpoint(&log).unwrap().unwrap();
    let entry = store.entry_by_digest(digest_of(7_777)).unwrap().unwrap();
    c.bench_function("store::inclusion_proof/leaves=10000", |b| {
        b.iter(|| store.inclusion_proof(&log, 7_777, 10_000).unwrap());
    });
    let proof = store.inclusion_proof(&log, 7_777, 10_000).unwrap();
    c.bench_function("log::verify_checkpoint_and_inclusion/leaves=10000", |b| {
        b.iter(|| proof.verify(&entry.bytes, store.verifier().verify(&signed, &log).unwrap()).unwrap());
    });
    let mut group = c.benchmark_group("store::audit");
    group.sample_size(10).throughput(Throughput::Elements(10_000));
    group.bench_function("entries=10000", |b| b.iter(|| store.audit().unwrap()));
    group.finish();
}

fn digest_of(number: u64) -> TransactionDigest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    TransactionDigest(bytes)
}

fn append(c: &mut Criterion) {
    let leaf = vec![7; ENTRY_BYTES];
    c.bench_function("log::append/bytes=4000", |b| {
        let mut tree = CompactTree::new();
        b.iter(|| tree.append(&leaf).unwrap());
    });
}

criterion_group!(benches, commit, prove, append);
criterion_main!(benches);

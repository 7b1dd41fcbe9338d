//! A process that commits blocks is killed at random instants. What it had acknowledged is there; nothing is there by half.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ed25519_dalek::SigningKey;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use tabella_ledger::{
    clock::{SystemClock, next_block_time},
    signer::CheckpointSigner,
    store::{BlockCommit, EntryNumber, NewEntry, NullifierRecord, NullifierUse, Store},
};
use tabella_protocol::{
    note::{Nullifier, Timestamp},
    transaction::{PoolId, TransactionDigest},
};
use tabella_verifier::log::{CompactTree, Height, Origin};

/// Names the ledger's directory to the child process, which is this test program again.
const DIRECTORY: &str = "TABELLA_CRASH_TEST_DIRECTORY";
const POOL: &str = "crash.example/pool/1";

/// Block `height` has `1 + height mod 5` entries.
fn entries_of(height: u64, first: u64) -> Vec<NewEntry> {
    (first..first + 1 + height % 5)
        .map(|number| {
            let mut digest = [3; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            let mut nullifier = [0; 32];
            nullifier[..8].copy_from_slice(&number.to_le_bytes());
            let nullifier = Nullifier::from_bytes(&nullifier).unwrap();
            NewEntry {
                digest: TransactionDigest(digest),
                bytes: format!("{number};").repeat(1 + number as usize % 700).into_bytes(),
                logs: if number % 3 == 0 { vec![Origin::new(POOL).unwrap()] } else { vec![] },
                nullifiers: vec![NullifierRecord { pool: PoolId([1; 32]), nullifier, usage: NullifierUse::Spend }],
                claims: vec![],
            }
        })
        .collect()
}

/// Run as the child: commits until it is killed, and says each height once it is acknowledged.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn commit_until_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let mut store = Store::open(Path::new(&directory)).unwrap();
    loop {
        let last = store.last_block().unwrap();
        let height = last.map_or(Height::ZERO, |last| last.height);
        let first = last.map_or(0, |last| last.first_entry.get() + last.entries);
        let block = BlockCommit {
            expected_height: height,
            time: next_block_time(last.map_or(Timestamp::ZERO, |last| last.time), &SystemClock).unwrap(),
            entries: entries_of(height.get() + 1, first),
            checkpoint_logs: vec![],
        };
        let committed = store.commit_block(&block, &SystemClock).unwrap();
        println!("\nacknowledged {}", committed.block.height);
    }
}

/// Runs the child for `lifetime` after its first word, kills it, and returns the last height that it acknowledged.
fn run_and_kill(directory: &Path, lifetime: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commit_until_killed", "--ignored", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let heights = output.lines().map_while(Result::ok);
        heights.filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok()).last().unwrap_or(0)
    });
    std::thread::sleep(lifetime);
    // SIGKILL: no handler runs, nothing is flushed.
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn acknowledged_blocks_survive_being_killed_at_any_instant() {
    let directory = tempfile::tempdir().unwrap();
    let signer = CheckpointSigner::new(Origin::new("crash.example").unwrap(), SigningKey::from_bytes(&[9; 32]));
    drop(Store::create(directory.path(), signer).unwrap());

    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let start = Instant::now();
    let mut rounds = 0;
    let (mut last, mut heard) = (0, 0);
    while rounds < 60 && start.elapsed() < Duration::from_secs(10) {
        let acknowledged = run_and_kill(directory.path(), Duration::from_millis(5 + u64::from(rng.next_u32() % 150)));
        // Killed before its first acknowledgement, the child says nothing.
        heard += u32::from(acknowledged > 0);
        let acknowledged = acknowledged.max(last);
        let store = Store::open(directory.path()).unwrap();
        last = store.height().unwrap().get();
        // And no other, but at most the one whose acknowledgement the kill swallowed.
        assert!((acknowledged..=acknowledged + 1).contains(&last), "acknowledged {acknowledged}, found {last}");
        rounds += 1;
    }
    assert!(heard >= 5 && last >= 20, "{heard} of {rounds} rounds, {last} blocks: too few to mean anything");

    // Everything that can be computed anew agrees, and each entry is the one that was committed.
    let store = Store::open(directory.path()).unwrap();
    let summary = store.audit().unwrap();
    assert_eq!(summary.blocks, last);
    let mut tree = CompactTree::new();
    for block in store.blocks_from(Height::new(1), u32::MAX).unwrap() {
        let expected = entries_of(block.height.get(), block.first_entry.get());
        assert_eq!(block.entries, expected.len() as u64);
        let entries = store.entries_from(block.first_entry, expected.len() as u32).unwrap();
        for (entry, expected) in entries.iter().zip(&expected) {
            assert_eq!((entry.digest, &entry.bytes), (expected.digest, &expected.bytes));
            let record = expected.nullifiers[0];
            assert_eq!(store.nullifier_uses(record.pool, record.nullifier).unwrap(), [NullifierUse::Spend]);
            tree.append(&entry.bytes).unwrap();
        }
    }
    assert_eq!(store.entries_from(EntryNumber::new(tree.size()), 1).unwrap(), []);
    let signed = store.latest_checkpoint(store.name()).unwrap().unwrap();
    let checkpoint = store.verifier().verify(&signed, store.name()).unwrap();
    assert_eq!((checkpoint.size(), checkpoint.root()), (tree.size(), tree.root()));
    eprintln!("{rounds} kills, {last} blocks, {} entries", tree.size());
}

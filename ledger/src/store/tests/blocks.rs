use tabella_verifier::log::LogHash;

use super::*;
use crate::clock::BlockTimeError;

/// `MTH` of RFC 6962 section 2.1.
fn naive_root(leaves: &[Vec<u8>]) -> LogHash {
    match leaves {
        [] => LogHash::EMPTY,
        [leaf] => LogHash::of_leaf(leaf),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            LogHash::of_children(naive_root(left), naive_root(right))
        }
    }
}

#[test]
fn a_block_is_read_back_as_it_was_committed() {
    let (directory, mut store) = new_store();
    let pool = origin("ledger.example/pool/1");
    let committed = commit(&mut store, vec![entry(0, &[]), entry(1, &[pool.as_str()])]).unwrap();
    assert_eq!(committed.block.height, Height::new(1));
    assert_eq!(committed.checkpoints.len(), 2);
    let second = commit(&mut store, vec![entry(2, &[pool.as_str()])]).unwrap();
    drop(store);

    let store = Store::open(&directory.path().join("ledger")).unwrap();
    assert_eq!(store.name(), &origin("ledger.example"));
    assert_eq!(store.height().unwrap(), Height::new(2));
    assert_eq!(store.blocks_from(Height::new(1), 10).unwrap(), [committed.block, second.block]);
    assert_eq!(store.blocks_from(Height::new(2), 10).unwrap(), [second.block]);
    let entries = store.entries_from(EntryNumber::new(1), 10).unwrap();
    let bytes: Vec<_> = entries.iter().map(|entry| entry.bytes.as_slice()).collect();
    assert_eq!(bytes, [b"entry 1", b"entry 2"]);
    assert_eq!(entries[1].height, Height::new(2));
    assert_eq!(store.entries_from(EntryNumber::new(1), 1).unwrap().len(), 1);
    assert_eq!(store.entries_of_log(&pool, 0, 10).unwrap(), entries);
    assert_eq!(store.entries_of_log(&pool, 1, 10).unwrap(), entries[1..]);
    assert_eq!(store.entry_by_digest(entries[0].digest).unwrap().as_ref(), Some(&entries[0]));
    assert_eq!(store.leaf_of(&pool, EntryNumber::new(2)).unwrap(), Some(1));
    assert_eq!(store.leaf_of(&pool, EntryNumber::new(0)).unwrap(), None);
    assert_eq!(store.logs().unwrap(), [origin("ledger.example"), pool]);
}

#[test]
fn checkpoints_verify_and_tell_the_block() {
    let (_directory, store) = filled_store();
    for (log, size) in [("ledger.example", 12), ("ledger.example/pool/1", 6)] {
        let log = origin(log);
        let signed = store.latest_checkpoint(&log).unwrap().unwrap();
        let checkpoint = store.verifier().verify(&signed, &log).unwrap();
        let stamp = checkpoint.stamp().unwrap();
        assert_eq!((checkpoint.size(), stamp.height, stamp.time), (size, Height::new(3), time(0)));
        let earlier = store.checkpoint_at(&log, Height::new(2)).unwrap().unwrap();
        let earlier = store.verifier().verify(&earlier, &log).unwrap();
        let proof = store.consistency_proof(&log, earlier.size(), checkpoint.size()).unwrap();
        proof.verify(earlier, checkpoint).unwrap();
        store.check_against(earlier).unwrap();
    }
}

#[test]
fn an_empty_block_tells_that_time_passed_and_checkpoints_the_logs_it_names() {
    let (_directory, mut store) = new_store();
    let pool = origin("ledger.example/pool/1");
    let mut open = block(&store, 0, vec![]);
    open.checkpoint_logs.push(pool.clone());
    let committed = store.commit_block(&open, &clock()).unwrap();
    let opening = store.verifier().verify(&committed.checkpoints[1], &pool).unwrap();
    assert_eq!((opening.size(), opening.root()), (0, LogHash::EMPTY));
    commit(&mut store, vec![entry(0, &[pool.as_str()])]).unwrap();
    let mut close = block(&store, 30, vec![]);
    close.checkpoint_logs.push(pool.clone());
    let committed = store.commit_block(&close, &clock()).unwrap();
    let closing = store.verifier().verify(&committed.checkpoints[1], &pool).unwrap();
    assert_eq!(closing.size(), 1);
    assert_eq!(closing.stamp().unwrap().time, time(30));
    assert_eq!(store.audit().unwrap().checkpoints, 6);
}

#[test]
fn proofs_verify_at_all_sizes_against_naive_recomputation() {
    let (_directory, mut store) = new_store();
    let pool = origin("ledger.example/pool/1");
    let log = store.name().clone();
    let mut leaves = Vec::new();
    let mut number = 0;
    // Blocks of different lengths; the pool's log takes two of three entries.
    for length in [1, 2, 3, 5, 7, 11, 13, 28] {
        let entries: Vec<_> = (number..number + length)
            .map(|i| entry(i, if i % 3 == 0 { &[] } else { &["ledger.example/pool/1"] }))
            .collect();
        leaves.extend(entries.iter().map(|entry| entry.bytes.clone()));
        commit(&mut store, entries).unwrap();
        number += length;
    }
    let pool_leaves: Vec<_> = (0..number).filter(|i| i % 3 != 0).map(|i| entry(i, &[]).bytes).collect();
    for (log, leaves) in [(&log, &leaves), (&pool, &pool_leaves)] {
        assert_eq!(store.log_size(log).unwrap(), leaves.len() as u64);
        let roots: Vec<_> = (0..=leaves.len()).map(|size| naive_root(&leaves[..size])).collect();
        for newer in 0..=leaves.len() {
            for (leaf, bytes) in leaves[..newer].iter().enumerate() {
                let proof = store.inclusion_proof(log, leaf as u64, newer as u64).unwrap();
                proof.verify_root(LogHash::of_leaf(bytes), roots[newer]).unwrap();
            }
            for older in 0..=newer {
                let proof = store.consistency_proof(log, older as u64, newer as u64).unwrap();
                proof.verify_roots(roots[older], roots[newer]).unwrap();
            }
        }
        let size = leaves.len() as u64;
        for (leaf, tree) in [(size, size), (0, size + 1), (3, 2)] {
            let refused = store.inclusion_proof(log, leaf, tree).unwrap_err();
            assert!(
                matches!(refused, StoreError::NoSuchProof { first, second, .. } if (first, second) == (leaf, tree))
            );
        }
        let refused = store.consistency_proof(log, 3, 2).unwrap_err();
        assert!(matches!(refused, StoreError::NoSuchProof { first: 3, second: 2, .. }));
    }
    let refused = store.inclusion_proof(&origin("nowhere"), 0, 1).unwrap_err();
    assert!(matches!(refused, StoreError::UnknownLog(log) if log == origin("nowhere")));
}

#[test]
fn a_process_that_did_not_see_anothers_block_is_refused() {
    let (directory, mut first) = new_store();
    let mut second = Store::open(&directory.path().join("ledger")).unwrap();
    let (ours, theirs) = (block(&first, 0, vec![entry(0, &[])]), block(&second, 0, vec![entry(1, &[])]));
    first.commit_block(&ours, &clock()).unwrap();
    let refused = second.commit_block(&theirs, &clock()).unwrap_err();
    assert!(matches!(refused, CommitError::Stale { expected: Height::ZERO, found } if found == Height::new(1)));
    // It reads what it missed, and goes on.
    assert_eq!(second.entries_from(EntryNumber::default(), 10).unwrap()[0].bytes, b"entry 0");
    commit(&mut second, vec![entry(1, &[])]).unwrap();
    assert_eq!(first.height().unwrap(), Height::new(2));
    first.audit().unwrap();
}

#[test]
fn processes_that_commit_at_the_same_time_take_turns() {
    let (directory, store) = new_store();
    let path = directory.path().join("ledger");
    std::thread::scope(|scope| {
        for writer in 0..3u32 {
            let path = &path;
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                for i in 0..12 {
                    while let Err(error) = commit(&mut store, vec![entry(writer * 100 + i, &[])]) {
                        assert!(matches!(error, CommitError::Stale { .. }), "{error}");
                    }
                }
            });
        }
    });
    assert_eq!(store.height().unwrap(), Height::new(36));
    assert_eq!(store.audit().unwrap().entries, 36);
}

#[test]
fn block_time_never_decreases_and_is_near_the_clock() {
    let (_directory, mut store) = new_store();
    let early = block(&store, 0, vec![]);
    store.commit_block(&BlockCommit { time: time(20), ..early.clone() }, &clock()).unwrap();
    let decreasing = BlockCommit { expected_height: Height::new(1), time: time(19), ..early.clone() };
    let refused = store.commit_block(&decreasing, &clock()).unwrap_err();
    assert!(matches!(refused, CommitError::Time(BlockTimeError::Decreases { .. })));
    let far = BlockCommit { expected_height: Height::new(1), time: time(61), ..early };
    let refused = store.commit_block(&far, &clock()).unwrap_err();
    assert!(matches!(refused, CommitError::Time(BlockTimeError::FarFromClock { .. })));
    assert_eq!(store.height().unwrap(), Height::new(1));
}

#[test]
fn blocks_beyond_the_limits_are_refused() {
    let (_directory, mut store) = new_store();
    let refused = commit(&mut store, vec![entry(0, &[]); MAX_BLOCK_ENTRIES + 1]).unwrap_err();
    assert!(matches!(refused, CommitError::TooManyEntries { entries } if entries == MAX_BLOCK_ENTRIES + 1));
    let large = NewEntry { bytes: vec![0; MAX_ENTRY_BYTES + 1], ..entry(1, &[]) };
    let refused = commit(&mut store, vec![entry(0, &[]), large]).unwrap_err();
    assert!(matches!(refused, CommitError::EntryTooLarge { entry: 1, .. }));
    for logs in [&["ledger.example"][..], &["a", "b", "a"]] {
        let refused = commit(&mut store, vec![entry(0, logs)]).unwrap_err();
        assert!(matches!(refused, CommitError::RepeatedLog { entry: 0, .. }));
    }
    assert_eq!(store.height().unwrap(), Height::ZERO);
}

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt,
};

use super::*;

#[test]
fn a_full_disk_refuses_the_block_and_keeps_nothing_of_it() {
    let (_directory, mut store) = filled_store();
    let before = rows(&store);
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |store: &Store, pages: i64| {
        store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    let large = |number| NewEntry { bytes: vec![5; 60_000], ..entry(number, &["new.log"]) };
    // It fills up at another place each time.
    for more in 0..40 {
        limit(&store, pages + more);
        let error = commit(&mut store, vec![large(20), large(21), large(22)]).unwrap_err();
        assert!(matches!(error, CommitError::Store(StoreError::Full)), "{error}");
        assert!(error.to_string().contains("free some space"));
        assert_eq!(rows(&store), before);
    }
    store.audit().unwrap();
    limit(&store, pages + 1_000);
    commit(&mut store, vec![large(20), large(21), large(22)]).unwrap();
    store.audit().unwrap();
}

/// A disk that lost or mangled the end of the write-ahead log: what is left is whole blocks, from the first on.
#[test]
fn a_torn_write_ahead_log_leaves_whole_blocks() {
    let (directory, mut store) = filled_store();
    store.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0;").unwrap();
    for i in 0..6 {
        commit(&mut store, vec![entry(20 + 2 * i, &["new.log"]), entry(21 + 2 * i, &[])]).unwrap();
    }
    let wal = fs::read(store.directory().join("ledger.db-wal")).unwrap();
    let mut heights = std::collections::BTreeSet::new();
    for cut in (0..wal.len()).step_by(wal.len() / 60).chain([wal.len()]) {
        for mangle in [false, true] {
            let copy = directory.path().join(format!("copy-{cut}-{mangle}"));
            fs::create_dir(&copy).unwrap();
            for file in [DATABASE_FILE, KEY_FILE] {
                fs::copy(store.directory().join(file), copy.join(file)).unwrap();
            }
            let torn = copy.join("ledger.db-wal");
            if mangle {
                fs::write(&torn, &wal).unwrap();
                let file = OpenOptions::new().write(true).open(&torn).unwrap();
                file.write_all_at(&[0xa5; 16], (cut as u64).min(wal.len() as u64 - 16)).unwrap();
            } else {
                fs::write(&torn, &wal[..cut]).unwrap();
            }
            let mut store = Store::open(&copy).unwrap();
            let summary = store.audit().unwrap();
            assert_eq!(summary.entries, 12 + 2 * (summary.blocks - 3));
            heights.insert(summary.blocks);
            // And it goes on from there.
            commit(&mut store, vec![entry(99, &[])]).unwrap();
            store.audit().unwrap();
            fs::remove_dir_all(&copy).unwrap();
        }
    }
    assert_eq!(heights, (3..=9).collect());
}

#[test]
fn a_ledger_replaced_by_its_older_copy_is_found_by_a_checkpoint_from_elsewhere() {
    let (directory, mut store) = filled_store();
    store.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let copy = directory.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for file in [DATABASE_FILE, KEY_FILE] {
        fs::copy(store.directory().join(file), copy.join(file)).unwrap();
    }
    let committed = commit(&mut store, vec![entry(20, &[])]).unwrap();
    let log = store.name().clone();
    let known = store.verifier().verify(&committed.checkpoints[0], &log).unwrap();
    store.check_against(known).unwrap();

    let mut older = Store::open(&copy).unwrap();
    older.audit().unwrap();
    assert!(matches!(older.check_against(known), Err(StoreError::Damaged { what }) if what.contains("12 leaves")));
    commit(&mut older, vec![entry(21, &[])]).unwrap();
    assert!(matches!(older.check_against(known), Err(StoreError::Damaged { what }) if what.contains("another root")));
}

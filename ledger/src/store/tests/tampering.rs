//! Somebody who can write to the database, past all of its triggers.

use tabella_verifier::log::{BlockStamp, Checkpoint, LogHash, NoteError, SignedCheckpoint};

use super::*;

const POOL: &str = "ledger.example/pool/1";

/// Runs statements with nothing in their way.
fn tamper(store: &Store, statements: &str) {
    let mut drop = String::new();
    let mut triggers = store.connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    for name in triggers.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        drop.push_str(&format!("DROP TRIGGER {};", name.unwrap()));
    }
    std::mem::drop(triggers);
    let pragmas = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
    store.connection.execute_batch(&format!("{pragmas}{drop}{statements}")).unwrap();
}

fn findings(store: &Store) -> Vec<AuditFinding> {
    match store.audit().unwrap_err() {
        AuditError::Findings(findings) => findings,
        error => panic!("{error}"),
    }
}

/// What the audit finds in a filled store after the statements.
fn after(statements: &str) -> Vec<AuditFinding> {
    let (_directory, store) = filled_store();
    tamper(&store, statements);
    findings(&store)
}

fn node(log: &str, level: u8, position: u64) -> AuditFinding {
    AuditFinding::Node { log: origin(log), level, position }
}

fn replace_checkpoint(signed: &SignedCheckpoint, log: i64) -> Vec<AuditFinding> {
    let (_directory, store) = filled_store();
    let height = signed.unverified().stamp().unwrap().height.get();
    let note = hex::encode(signed.to_bytes());
    tamper(&store, &format!("UPDATE checkpoints SET note = x'{note}' WHERE log = {log} AND height = {height}"));
    findings(&store)
}

fn checkpoint(log: &str, size: u64, root: LogHash, height: u64) -> Checkpoint {
    let stamp = BlockStamp { height: Height::new(height), time: time(0) };
    Checkpoint::new(origin(log), size, root).with_stamp(stamp)
}

#[test]
fn an_altered_entry_is_found_in_each_of_its_logs() {
    let found = after("UPDATE entries SET bytes = x'00' WHERE number = 4");
    // Its leaf and all nodes above it, and the checkpoints that cover it.
    for expected in [
        node("ledger.example", 0, 4),
        node("ledger.example", 1, 2),
        node("ledger.example", 2, 1),
        node("ledger.example", 3, 0),
        node(POOL, 0, 2),
        AuditFinding::CheckpointContent { log: origin("ledger.example"), height: Height::new(2) },
        AuditFinding::CheckpointContent { log: origin("ledger.example"), height: Height::new(3) },
        AuditFinding::CheckpointContent { log: origin(POOL), height: Height::new(2) },
    ] {
        assert!(found.contains(&expected), "{expected} not in {found:?}");
    }
    let untouched = AuditFinding::CheckpointContent { log: origin("ledger.example"), height: Height::new(1) };
    assert!(!found.contains(&untouched));
}

#[test]
fn an_entry_altered_with_all_nodes_above_it_is_found_by_the_signatures() {
    let (_directory, store) = filled_store();
    let mut tree = tabella_verifier::log::CompactTree::new();
    let mut statements = "UPDATE entries SET bytes = x'00' WHERE number = 11;".to_owned();
    for entry in store.entries_from(EntryNumber::default(), 20).unwrap() {
        let altered = entry.number == EntryNumber::new(11);
        for node in tree.append(if altered { &[0] } else { &entry.bytes }).unwrap() {
            statements.push_str(&format!(
                "UPDATE nodes SET hash = x'{}' WHERE log = 0 AND level = {} AND position = {};",
                node.hash, node.index.level, node.index.position
            ));
        }
    }
    tamper(&store, &statements);
    let log = origin("ledger.example");
    assert_eq!(findings(&store), [AuditFinding::CheckpointContent { log, height: Height::new(3) }]);
}

#[test]
fn a_removed_leaf_entry_or_block_is_found() {
    let leaf = |log: &str, leaf| AuditFinding::Leaf { log: origin(log), leaf };
    assert!(after("DELETE FROM leaves WHERE log = 0 AND position = 5").contains(&leaf("ledger.example", 5)));
    assert!(after("DELETE FROM leaves WHERE log = 1 AND position = 5").contains(&AuditFinding::NodeCount {
        log: origin(POOL),
        expected: 8,
        found: 10
    }));
    assert!(after("DELETE FROM leaves WHERE log = 0 AND position = 11").contains(&leaf("ledger.example", 11)));
    let found = after("DELETE FROM entries WHERE number = 5");
    assert!(found.contains(&AuditFinding::Entry(EntryNumber::new(5))) && found.contains(&leaf("ledger.example", 5)));
    let found = after("DELETE FROM entries WHERE number = 11");
    assert!(found.contains(&AuditFinding::Entry(EntryNumber::new(11))));
    let found = after("DELETE FROM blocks WHERE height = 2");
    assert!(found.contains(&AuditFinding::Block(Height::new(2))));
    let found = after("UPDATE blocks SET time = 5 WHERE height = 2");
    assert!(found.contains(&AuditFinding::Block(Height::new(2))));
}

#[test]
fn leaves_in_another_order_are_found() {
    let swap = "UPDATE leaves SET entry = 99 WHERE log = 1 AND position = 1; \
                UPDATE leaves SET entry = 2 WHERE log = 1 AND position = 2; \
                UPDATE leaves SET entry = 4 WHERE log = 1 AND position = 1;";
    assert!(after(swap).contains(&AuditFinding::Leaf { log: origin(POOL), leaf: 2 }));
}

#[test]
fn an_altered_removed_or_added_node_is_found() {
    let zeros = hex::encode([0; 32]);
    let at = "log = 0 AND level = 1 AND position = 2";
    assert_eq!(after(&format!("UPDATE nodes SET hash = x'{zeros}' WHERE {at}")), [node("ledger.example", 1, 2)]);
    let removed = after(&format!("DELETE FROM nodes WHERE {at}"));
    assert!(removed.contains(&node("ledger.example", 1, 2)));
    let added = after(&format!("INSERT INTO nodes VALUES (1, 3, 7, x'{zeros}')"));
    assert_eq!(added, [AuditFinding::NodeCount { log: origin(POOL), expected: 10, found: 11 }]);
}

#[test]
fn a_checkpoint_of_another_key_or_log_is_found() {
    let (_directory, store) = filled_store();
    let log = origin("ledger.example");
    let honest = store.latest_checkpoint(&log).unwrap().unwrap();
    let found = replace_checkpoint(&signer(2).sign(honest.unverified().clone()), 0);
    let error = NoteError::NotSigned(log.clone());
    assert_eq!(found, [AuditFinding::CheckpointNote { log: log.clone(), height: Height::new(3), error }]);

    let pool = store.latest_checkpoint(&origin(POOL)).unwrap().unwrap();
    let error = NoteError::WrongOrigin { expected: log.clone(), found: origin(POOL) };
    assert_eq!(replace_checkpoint(&pool, 0), [AuditFinding::CheckpointNote { log, height: Height::new(3), error }]);
}

#[test]
fn a_checkpoint_that_the_signer_signed_falsely_is_found() {
    let (_directory, store) = filled_store();
    let log = origin("ledger.example");
    let root = store.latest_checkpoint(&log).unwrap().unwrap().unverified().root();
    for lie in [
        checkpoint("ledger.example", 11, root, 3),
        checkpoint("ledger.example", 12, LogHash::of_leaf(b"another root"), 3),
    ] {
        let expected = AuditFinding::CheckpointContent { log: log.clone(), height: Height::new(3) };
        assert_eq!(replace_checkpoint(&signer(1).sign(lie), 0), [expected]);
    }
}

#[test]
fn a_removed_checkpoint_is_found() {
    for (id, log) in [(0, "ledger.example"), (1, POOL)] {
        let found = after(&format!("DELETE FROM checkpoints WHERE log = {id} AND height = 2"));
        assert_eq!(found, [AuditFinding::CheckpointMissing { log: origin(log), height: Height::new(2) }]);
    }
}

#[test]
fn altered_digests_nullifiers_and_claims_are_found_by_reading_the_entries() {
    let decode = |bytes: &[u8]| {
        let number: u32 = std::str::from_utf8(bytes).ok()?.strip_prefix("entry ")?.parse().ok()?;
        let small = u8::try_from(number).ok()?;
        Some(EntryKeys {
            digest: entry(number, &[]).digest,
            nullifiers: vec![nullifier(small, NullifierUse::Spend)],
            claims: vec![Claim { space: "invoice".to_owned(), key: vec![small] }],
        })
    };
    let seven = EntryNumber::new(7);
    let zeros = hex::encode([0; 32]);
    for (statement, finding) in [
        (format!("UPDATE entries SET digest = x'{zeros}' WHERE number = 7"), AuditFinding::Digest(seven)),
        ("UPDATE entries SET bytes = x'ff' WHERE number = 7".to_owned(), AuditFinding::Digest(seven)),
        ("DELETE FROM nullifiers WHERE entry = 7".to_owned(), AuditFinding::Nullifiers(seven)),
        ("UPDATE nullifiers SET slot = 1 WHERE entry = 7".to_owned(), AuditFinding::Nullifiers(seven)),
        (format!("UPDATE nullifiers SET pool = x'{zeros}' WHERE entry = 7"), AuditFinding::Nullifiers(seven)),
        ("DELETE FROM claims WHERE entry = 7".to_owned(), AuditFinding::Claims(seven)),
    ] {
        let (_directory, store) = filled_store();
        store.audit_keys(&mut |bytes| decode(bytes)).unwrap();
        tamper(&store, &statement);
        let Err(AuditError::Findings(found)) = store.audit_keys(&mut |bytes| decode(bytes)) else {
            panic!("{finding}")
        };
        assert_eq!(found, [finding]);
    }
}

#[test]
fn a_damaged_file_is_an_error_not_a_panic() {
    let (directory, store) = filled_store();
    let path = store.directory().to_owned();
    drop(store);
    let bytes = std::fs::read(path.join(DATABASE_FILE)).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 150) {
        let mut damaged = bytes.clone();
        let end = (at + 200).min(damaged.len());
        damaged[at..end].fill(0xff);
        let copy = directory.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        std::fs::copy(path.join(KEY_FILE), copy.join(KEY_FILE)).unwrap();
        std::fs::write(copy.join(DATABASE_FILE), &damaged).unwrap();
        // Damage to unused bytes of a page is no damage; where it is one, it is told.
        let read = Store::open(&copy).map_err(AuditError::from).and_then(|store| {
            store.audit()?;
            Ok(store.entries_from(EntryNumber::default(), 20)?)
        });
        if let Ok(entries) = read {
            let expected: Vec<_> = (0..12).map(|i| entry(i, &[]).bytes).collect();
            assert_eq!(entries.into_iter().map(|entry| entry.bytes).collect::<Vec<_>>(), expected, "damage at {at}");
        }
        std::fs::remove_dir_all(&copy).unwrap();
    }
}

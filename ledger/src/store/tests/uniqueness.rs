use super::*;

const ORDINARY: BallotLevel = BallotLevel::Ordinary;
const OVERRIDE: BallotLevel = BallotLevel::Override;

fn ballot(level: BallotLevel, revision: u32) -> NullifierUse {
    NullifierUse::Ballot { level, revision }
}

#[test]
fn a_digest_is_accepted_once() {
    let (_directory, mut store) = filled_store();
    let before = rows(&store);
    let known = entry(5, &[]).digest;
    let refused = commit(&mut store, vec![entry(20, &["new.log"]), entry(5, &[])]).unwrap_err();
    assert!(matches!(refused, CommitError::DuplicateDigest { entry: 1, digest } if digest == known));
    let refused = commit(&mut store, vec![entry(20, &[]), entry(20, &[])]).unwrap_err();
    assert!(matches!(refused, CommitError::DuplicateDigest { entry: 1, .. }));
    // Nothing of the refused blocks was kept, not even the log that they would have begun; and their digests are free.
    assert_eq!(rows(&store), before);
    commit(&mut store, vec![entry(20, &[])]).unwrap();
    store.audit().unwrap();
}

#[test]
fn a_nullifier_is_spent_once_also_within_one_entry() {
    let (_directory, mut store) = filled_store();
    let before = rows(&store);
    let spend = |number| nullifier(number, NullifierUse::Spend);
    let again = NewEntry { nullifiers: vec![spend(100), spend(3)], ..entry(20, &[]) };
    let refused = commit(&mut store, vec![entry(21, &[]), again]).unwrap_err();
    let culprit = spend(3).nullifier;
    assert!(matches!(refused, CommitError::NullifierInUse { entry: 1, index: 1, nullifier } if nullifier == culprit));
    let twice = NewEntry { nullifiers: vec![spend(100), spend(100)], ..entry(20, &[]) };
    let refused = commit(&mut store, vec![twice]).unwrap_err();
    assert!(matches!(refused, CommitError::NullifierInUse { entry: 0, index: 1, .. }));
    assert_eq!(rows(&store), before);
    // The same nullifier in another pool is another nullifier.
    let elsewhere = NullifierRecord { pool: PoolId([2; 32]), ..spend(3) };
    commit(&mut store, vec![NewEntry { nullifiers: vec![elsewhere], ..entry(20, &[]) }]).unwrap();
    assert_eq!(store.nullifier_uses(elsewhere.pool, elsewhere.nullifier).unwrap(), [NullifierUse::Spend]);
}

/// The table of section 6, cell by cell, with re-voting allowed.
#[test]
fn uses_of_a_nullifier_follow_the_table() {
    let spend = NullifierUse::Spend;
    let cases = [
        (spend, spend, false),
        (spend, ballot(ORDINARY, 0), false),
        (spend, ballot(OVERRIDE, 0), false),
        (ballot(ORDINARY, 4), spend, false),
        (ballot(ORDINARY, 4), ballot(ORDINARY, 3), false),
        (ballot(ORDINARY, 4), ballot(ORDINARY, 4), false),
        (ballot(ORDINARY, 4), ballot(ORDINARY, 5), true),
        (ballot(ORDINARY, 4), ballot(OVERRIDE, 0), true),
        (ballot(OVERRIDE, 4), spend, false),
        (ballot(OVERRIDE, 4), ballot(ORDINARY, 9), false),
        (ballot(OVERRIDE, 4), ballot(OVERRIDE, 4), false),
        (ballot(OVERRIDE, 4), ballot(OVERRIDE, u32::MAX), true),
    ];
    let (_directory, mut store) = new_store();
    for (i, (held, next, accepted)) in (0u8..).zip(cases) {
        let used = |number: u32, usage| NewEntry { nullifiers: vec![nullifier(i, usage)], ..entry(number, &[]) };
        commit(&mut store, vec![used(1_000 + u32::from(i), held)]).unwrap();
        match commit(&mut store, vec![used(2_000 + u32::from(i), next)]) {
            Ok(_) => assert!(accepted, "{held:?} then {next:?}"),
            Err(CommitError::NullifierInUse { .. }) => assert!(!accepted, "{held:?} then {next:?}"),
            Err(error) => panic!("{error}"),
        }
    }
    let overridden = nullifier(7, NullifierUse::Spend);
    let uses = store.nullifier_uses(overridden.pool, overridden.nullifier).unwrap();
    assert_eq!(uses, [ballot(ORDINARY, 4), ballot(OVERRIDE, 0)]);
}

#[test]
fn a_claim_is_made_once() {
    let (_directory, mut store) = filled_store();
    let before = rows(&store);
    let claim = |space: &str| Claim { space: space.to_owned(), key: vec![3] };
    let taken = NewEntry { claims: vec![claim("meter"), claim("invoice")], ..entry(20, &[]) };
    let refused = commit(&mut store, vec![taken]).unwrap_err();
    assert!(matches!(refused, CommitError::ClaimTaken { entry: 0, index: 1 }));
    assert_eq!(rows(&store), before);
    commit(&mut store, vec![NewEntry { claims: vec![claim("meter")], ..entry(20, &[]) }]).unwrap();
}

#[test]
fn rows_are_neither_changed_nor_removed() {
    let (_directory, store) = filled_store();
    for table in ["ledger", "blocks", "entries", "logs", "leaves", "nodes", "checkpoints", "nullifiers", "claims"] {
        let removed = store.connection.execute(&format!("DELETE FROM {table}"), []).unwrap_err();
        assert_eq!(removed.to_string(), format!("{table} only grows"));
        let column: String = store
            .connection
            .query_row("SELECT name FROM pragma_table_info(?1) LIMIT 1", [table], |row| row.get(0))
            .unwrap();
        let changed = store.connection.execute(&format!("UPDATE {table} SET {column} = {column}"), []).unwrap_err();
        assert_eq!(changed.to_string(), format!("{table} only grows"));
    }
}

use std::fs;

use super::*;

fn refused(path: &Path) -> StoreError {
    Store::open(path).unwrap_err()
}

#[test]
fn a_ledger_is_never_made_over_another() {
    let (_directory, store) = new_store();
    let refused = Store::create(store.directory(), signer(2)).unwrap_err();
    assert!(matches!(refused, StoreError::Exists { path } if path.ends_with(DATABASE_FILE)));
    fs::remove_file(store.directory().join(DATABASE_FILE)).unwrap();
    let refused = Store::create(store.directory(), signer(2)).unwrap_err();
    assert!(matches!(refused, StoreError::Exists { path } if path.ends_with(KEY_FILE)));
}

#[test]
fn an_empty_directory_is_no_ledger_and_the_error_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let error = refused(&directory.path().join("nowhere"));
    assert!(matches!(&error, StoreError::Missing { path, .. } if path.ends_with(DATABASE_FILE)));
    let message = error.to_string();
    assert!(message.contains(&directory.path().display().to_string()) && message.contains("make a ledger"));
}

#[cfg(unix)]
#[test]
fn key_and_directory_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (_directory, store) = new_store();
    let key = store.directory().join(KEY_FILE);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&key), mode(store.directory())), (0o600, 0o700));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let error = refused(store.directory());
    assert!(matches!(error, StoreError::KeyExposed { mode: 0o640, .. }));
    assert!(error.to_string().contains("chmod 600"));
    // Who only reads does not need the key.
    Store::open_for_reading(store.directory()).unwrap();
}

#[test]
fn a_missing_malformed_or_foreign_key_is_told() {
    let (_directory, store) = new_store();
    let key = store.directory().join(KEY_FILE);
    let overwrite = |text: &str| fs::write(&key, text).unwrap();
    overwrite(&signer(2).to_secret_text());
    let error = refused(store.directory());
    let StoreError::KeyMismatch { expected, found, .. } = &error else { panic!("{error}") };
    assert_eq!((&**expected, &**found), (store.verifier(), signer(2).verifier()));
    assert!(!error.to_string().contains("PRIVATE"));
    for text in ["", "PRIVATE+KEY+x", &signer(1).to_secret_text()[1..]] {
        overwrite(text);
        assert!(matches!(refused(store.directory()), StoreError::KeyMalformed { .. }));
    }
    fs::remove_file(&key).unwrap();
    assert!(matches!(refused(store.directory()), StoreError::Missing { path, .. } if path == key));
}

#[test]
fn other_databases_and_versions_are_told() {
    let (_directory, store) = new_store();
    let path = store.directory().to_owned();
    store.connection.pragma_update(None, "user_version", 3).unwrap();
    let error = refused(&path);
    assert!(matches!(error, StoreError::Version { found: 3, expected: 2, .. }), "{error}");
    store.connection.pragma_update(None, "application_id", 5).unwrap();
    assert!(matches!(refused(&path), StoreError::NotALedger { .. }));
    drop(store);
    let database = path.join(DATABASE_FILE);
    fs::write(&database, vec![b'x'; 10_000]).unwrap();
    assert!(matches!(refused(&path), StoreError::NotALedger { .. }));
    // What a crash between the two steps of making a ledger leaves.
    fs::write(&database, "").unwrap();
    let error = refused(&path);
    assert!(matches!(&error, StoreError::Missing { .. }) && error.to_string().contains("never made completely"));
}

#[test]
fn a_reader_reads_what_others_commit_and_commits_nothing() {
    let (_directory, mut store) = filled_store();
    let mut reader = Store::open_for_reading(store.directory()).unwrap();
    commit(&mut store, vec![entry(20, &[])]).unwrap();
    assert_eq!(reader.height().unwrap(), Height::new(4));
    assert!(matches!(commit(&mut reader, vec![]), Err(CommitError::ReadOnly)));
    reader.connection.execute("INSERT INTO blocks VALUES (5, 1, 13)", []).unwrap_err();
    reader.audit().unwrap();
}

#[test]
fn production_mode_is_remembered_and_cannot_be_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    assert!(Store::create_for_production(&path, signer(1)).unwrap().is_for_production());
    let store = Store::open(&path).unwrap();
    assert!(store.is_for_production() && Store::open_for_reading(&path).unwrap().is_for_production());
    assert!(store.connection.execute("UPDATE ledger SET production = 0", []).is_err());
    let (_other, other) = new_store();
    assert!(!other.is_for_production());
}

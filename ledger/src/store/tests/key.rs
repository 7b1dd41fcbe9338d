use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

/// Stands for an age file: what is in it, only [`Unlock`] knows.
const SEALED: &[u8] = b"age-encryption.org/v1\n-> scrypt\nciphertext";

/// Gives the key of this seed for that file, and counts how often it is asked.
fn unlock(seed: u8) -> (Unlock, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let unlock: Unlock = Arc::new(move |file: &[u8]| {
        assert_eq!(file, SEALED);
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(signer(seed))
    });
    (unlock, asked)
}

fn refusing() -> Unlock {
    Arc::new(|_: &[u8]| Err("wrong passphrase".into()))
}

fn encrypted_store() -> (TempDir, PathBuf) {
    let (directory, store) = filled_store();
    KeyFile::Encrypted(SEALED.to_vec()).replace(store.directory()).unwrap();
    let path = store.directory().to_owned();
    (directory, path)
}

#[test]
fn encrypted_key_is_asked_for_once_when_the_first_block_is_made() {
    let (_directory, path) = encrypted_store();
    let (unlock, asked) = unlock(1);
    let mut store = Store::open_unlocking(&path, unlock).unwrap();
    store.audit().unwrap();
    assert_eq!((store.height().unwrap(), asked.load(Ordering::SeqCst)), (Height::new(3), 0), "who reads is not asked");
    commit(&mut store, vec![entry(20, &[])]).unwrap();
    commit(&mut store, vec![entry(21, &[])]).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Signed by the key that the ledger was made with.
    store.audit().unwrap();
    Store::open_for_reading(&path).unwrap().audit().unwrap();
}

#[test]
fn encrypted_key_that_is_not_opened_makes_no_block() {
    let (_directory, path) = encrypted_store();
    let mut store = Store::open_unlocking(&path, refusing()).unwrap();
    let before = rows(&store);
    let error = commit(&mut store, vec![entry(20, &[])]).unwrap_err();
    assert!(matches!(&error, CommitError::Store(StoreError::KeyLocked { path, .. }) if path.ends_with(KEY_FILE)));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "wrong passphrase");
    assert_eq!(rows(&store), before);
    assert!(matches!(store.unlock(), Err(StoreError::KeyLocked { .. })));
}

#[test]
fn encrypted_key_of_another_ledger_makes_no_block() {
    let (_directory, path) = encrypted_store();
    let mut store = Store::open_unlocking(&path, unlock(2).0).unwrap();
    let before = rows(&store);
    let error = commit(&mut store, vec![entry(20, &[])]).unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::KeyMismatch { .. })), "{error}");
    assert_eq!(rows(&store), before);
}

#[test]
fn encrypted_key_is_told_to_who_cannot_ask_for_it_and_not_needed_for_reading() {
    let (_directory, path) = encrypted_store();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(&error, StoreError::KeyEncrypted { path } if path.ends_with(KEY_FILE)));
    assert!(error.to_string().contains("open the ledger with its passphrase, or for reading only"));
    Store::open_for_reading(&path).unwrap().audit().unwrap();
    // A reader makes no block, whatever the key file is.
    let mut reader = Store::open_for_reading(&path).unwrap();
    reader.unlock().unwrap();
    assert!(matches!(commit(&mut reader, vec![]), Err(CommitError::ReadOnly)));
}

#[test]
fn key_file_is_converted_both_ways_and_nothing_else_is_left() {
    let (_directory, store) = new_store();
    let file = store.directory().join(KEY_FILE);
    let names = || {
        let entries = fs::read_dir(store.directory()).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("signing")).count()
    };
    let plain = fs::read(&file).unwrap();
    KeyFile::Encrypted(SEALED.to_vec()).replace(store.directory()).unwrap();
    assert_eq!((fs::read(&file).unwrap().as_slice(), names()), (SEALED, 1));
    let read = KeyFile::read(store.directory()).unwrap();
    assert!(matches!(read, KeyFile::Encrypted(bytes) if bytes == SEALED));
    KeyFile::Plain(Box::new(signer(1))).replace(store.directory()).unwrap();
    assert_eq!((fs::read(&file).unwrap(), names()), (plain, 1));
    Store::open(store.directory()).unwrap();
    assert!(matches!(store.check_key(&signer(2)), Err(StoreError::KeyMismatch { .. })));
    store.check_key(&signer(1)).unwrap();
}

#[cfg(unix)]
#[test]
fn replaced_key_is_its_owners_alone_and_a_link_stays_one() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (directory, store) = new_store();
    let (file, elsewhere) = (store.directory().join(KEY_FILE), directory.path().join("elsewhere.key"));
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    KeyFile::Encrypted(SEALED.to_vec()).replace(store.directory()).unwrap();
    assert_eq!(fs::read_link(&file).unwrap(), elsewhere);
    assert_eq!(fs::read(&elsewhere).unwrap(), SEALED);
    assert_eq!(fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o777, 0o600);
    // An encrypted key that others may read could be guessed at by them.
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Store::open_unlocking(store.directory(), unlock(1).0).unwrap_err();
    assert!(matches!(error, StoreError::KeyExposed { mode: 0o644, .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn key_or_folder_of_another_user_is_refused_and_left_alone() {
    use std::os::unix::fs::chown;

    let (_directory, store) = new_store();
    let file = store.directory().join(KEY_FILE);
    let plain = fs::read(&file).unwrap();
    for foreign in [file.as_path(), store.directory()] {
        // Only an administrator can give a file away, or run into another user's.
        if chown(foreign, Some(1), None).is_err() {
            return;
        }
        let error = KeyFile::Encrypted(SEALED.to_vec()).replace(store.directory()).unwrap_err();
        let denied = matches!(&error, StoreError::File { source, .. }
            if source.kind() == std::io::ErrorKind::PermissionDenied);
        assert!(denied && error.to_string().contains("run this as the user that"), "{error}");
        assert_eq!((fs::read(&file).unwrap(), drafts(&store)), (plain.clone(), 0));
        chown(foreign, Some(0), None).unwrap();
    }
}

/// Files beside the key whose names begin like its own.
fn drafts(store: &Store) -> usize {
    let entries = fs::read_dir(store.directory()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("signing.key.")).count()
}

#[test]
fn draft_that_a_crash_left_is_removed_and_nothing_else() {
    let (_directory, store) = new_store();
    let beside = |name: &str| store.directory().join(name);
    let others = ["signing.key.old", "signing.key.0123456789abcde.new", "signing.key.0123456789abcdeg.new", "x.new"];
    for name in others.into_iter().chain(["signing.key.0123456789abcdef.new"]) {
        fs::write(beside(name), "left").unwrap();
    }
    KeyFile::Encrypted(SEALED.to_vec()).replace(store.directory()).unwrap();
    assert!(!beside("signing.key.0123456789abcdef.new").exists());
    assert!(others.iter().all(|name| beside(name).exists()));
    assert_eq!(drafts(&store), 3);
}

#[test]
fn ledger_is_not_made_with_the_plain_key_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let error = Store::create_with(&path, signer(1), &KeyFile::Plain(Box::new(signer(2))), false).unwrap_err();
    assert!(matches!(error, StoreError::KeyMismatch { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn debug_does_not_print_the_key_file() {
    let shown = format!("{:?}", KeyFile::Encrypted(SEALED.to_vec()));
    assert_eq!(shown, format!("Encrypted(<{} bytes>)", SEALED.len()));
    let secret = signer(1).to_secret_text();
    let shown = format!("{:?}", KeyFile::Plain(Box::new(signer(1))));
    assert!(!shown.contains(secret.as_str().rsplit('+').next().unwrap()), "{shown}");
}

#[test]
fn key_file_that_cannot_be_replaced_stays_as_it_is() {
    let (_directory, store) = new_store();
    let file = store.directory().join(KEY_FILE);
    fs::remove_file(&file).unwrap();
    let error = KeyFile::Encrypted(SEALED.to_vec()).replace(store.directory()).unwrap_err();
    assert!(matches!(error, StoreError::File { path, .. } if path == file));
    assert!(!file.exists(), "nothing is made where there was no key");
}

#[test]
fn ledger_that_is_made_with_an_encrypted_key_never_holds_it_in_plain_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let sealed = KeyFile::Encrypted(SEALED.to_vec());
    let mut store = Store::create_with(&path, signer(1), &sealed, true).unwrap();
    assert!(store.is_for_production());
    commit(&mut store, vec![entry(1, &[])]).unwrap();
    let secret = signer(1).to_secret_text();
    for file in fs::read_dir(&path).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    drop(store);
    let mut store = Store::open_unlocking(&path, unlock(1).0).unwrap();
    commit(&mut store, vec![entry(2, &[])]).unwrap();
}

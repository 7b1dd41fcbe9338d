//! The file of a ledger's signing key: encrypted, decrypted, its passphrase changed; and who needs the passphrase.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const AGE: &[u8] = b"age-encryption.org/v1\n-> scrypt ";
const PASSPHRASE: &str = "correct horse battery staple";
const OTHER: &str = "wrong horse battery staple";
const LEDGER: &str = "TABELLA_LEDGER_PASSPHRASE";
const GENERAL: &str = "TABELLA_PASSPHRASE";
const NEW: &str = "TABELLA_NEW_LEDGER_PASSPHRASE";
const RIGHT: [(&str, &str); 1] = [(LEDGER, PASSPHRASE)];

/// A folder with a ledger.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("contract"), "we agree").unwrap();
        Self { folder }
    }

    /// The ledger's key is in plain text.
    fn plain() -> Self {
        let place = Self::empty();
        done(&place.output(&["ledger", "init", "ledger.test"], &[]));
        place
    }

    /// The ledger's key never was in plain text.
    fn encrypted() -> Self {
        let place = Self::empty();
        let made = done(&place.output(&["ledger", "init", "ledger.test", "--encrypt-key"], &RIGHT));
        assert_eq!(made["key_encrypted"], true);
        place
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("ledger").join("signing.key")
    }

    /// The bytes of the key file, which is the one of its name, and its owner's alone.
    fn key(&self) -> Vec<u8> {
        let mode = fs::metadata(self.key_file()).unwrap().permissions().mode() & 0o777;
        let files = fs::read_dir(self.folder.path().join("ledger")).unwrap();
        let keys = files.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("signing"));
        assert_eq!((mode, keys.count()), (0o600, 1));
        fs::read(self.key_file()).unwrap()
    }

    /// A command of somebody without a terminal.
    fn output(&self, arguments: &[&str], passphrases: &[(&str, &str)]) -> Output {
        // Whoever runs the tests at a terminal would be asked there: a session of its own has none.
        Command::new("setsid")
            .args(["--wait", env!("CARGO_BIN_EXE_tabella"), "--json"])
            .args(arguments)
            .env("TABELLA_HOME", self.folder.path())
            .env("TABELLA_LEDGER", self.folder.path().join("ledger"))
            .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
            .env_remove("TABELLA_PRODUCTION")
            .env_remove("TABELLA_PARAMETERS")
            .env_remove(LEDGER)
            .env_remove(GENERAL)
            .env_remove(NEW)
            .envs(passphrases.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Writes to the ledger, which needs no passphrase but that of the ledger's key.
    fn stamp(&self, name: &str, passphrases: &[(&str, &str)]) -> Output {
        let (contract, certificate) = (self.path("contract"), self.path(name));
        self.output(&["notary", "stamp", &contract, "--output", &certificate], passphrases)
    }

    /// The newest checkpoint: reading needs no passphrase, whatever the key file is.
    fn checkpoint(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        done(&self.output(&["notary", "checkpoint", "--output", &path], &[]));
        fs::read(path).unwrap()
    }

    fn convert(&self, how: &[&str], passphrases: &[(&str, &str)]) -> Output {
        self.output(&[&["ledger", "key"], how].concat(), passphrases)
    }
}

#[track_caller]
fn done(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a refused command says, its causes included.
#[track_caller]
fn refused(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(output.stdout.is_empty());
    said
}

#[test]
fn encrypted_key_writes_with_its_passphrase_alone_and_reading_needs_none() {
    let place = Place::encrypted();
    assert!(place.key().starts_with(AGE));
    done(&place.output(&["asset", "list"], &[]));
    done(&place.stamp("first", &RIGHT));
    let before = place.checkpoint("before");

    let said = refused(&place.stamp("second", &[]), 77);
    assert!(said.contains("no block was made"), "{said}");
    assert!(said.contains("give --ledger-passphrase-file FILE, or set TABELLA_LEDGER_PASSPHRASE"), "{said}");
    let said = refused(&place.stamp("second", &[(LEDGER, OTHER)]), 77);
    assert!(said.contains("the passphrase is not that of the ledger's key"), "{said}");
    assert!(said.contains("wrong passphrase"), "{said}");
    // That of the command's own key file is another one, and is not tried.
    let said = refused(&place.stamp("second", &[(GENERAL, PASSPHRASE)]), 77);
    assert!(said.contains("TABELLA_LEDGER_PASSPHRASE"), "{said}");
    assert_eq!(place.checkpoint("after"), before, "nothing was written");

    fs::write(place.path("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
    let (contract, second, file) = (place.path("contract"), place.path("second"), place.path("passphrase"));
    let stamp = ["--ledger-passphrase-file", &file, "notary", "stamp", &contract, "--output", &second];
    done(&place.output(&stamp, &[(LEDGER, OTHER)]));
    assert_ne!(place.checkpoint("last"), before);
}

#[test]
fn key_is_converted_both_ways_and_stays_the_same() {
    let place = Place::plain();
    let plain = place.key();
    done(&place.stamp("first", &[]));
    let ledger = done(&place.convert(&["encrypt"], &RIGHT));
    assert_eq!((&ledger["encrypted"], &ledger["key_file"]), (&true.into(), &place.key_file().to_str().into()));
    let sealed = place.key();
    let secret = String::from_utf8(plain.clone()).unwrap();
    let secret = secret.trim_end().splitn(5, '+').nth(4).unwrap().as_bytes();
    assert!(sealed.starts_with(AGE) && !sealed.windows(secret.len()).any(|window| window == secret));
    refused(&place.stamp("second", &[]), 77);
    done(&place.stamp("second", &RIGHT));

    // These read no other key file: the general name serves them, too.
    let again = done(&place.convert(&["decrypt"], &[(GENERAL, PASSPHRASE)]));
    assert_eq!((&again["encrypted"], &again["ledger"]), (&false.into(), &ledger["ledger"]));
    assert_eq!(place.key(), plain);
    done(&place.stamp("third", &[]));
}

#[test]
fn passphrase_of_the_key_is_changed() {
    let place = Place::encrypted();
    let change = |passphrases: &[(&str, &str)]| place.convert(&["change-passphrase"], passphrases);
    let new = (NEW, OTHER);
    let before = place.key();
    refused(&change(&[(LEDGER, OTHER), new]), 77);
    refused(&change(&[(LEDGER, PASSPHRASE), (new.0, "too short")]), 77);
    let said = refused(&change(&RIGHT), 77);
    assert!(said.contains("--new-passphrase-file FILE, or set TABELLA_NEW_LEDGER_PASSPHRASE"), "{said}");
    assert_eq!(place.key(), before, "nothing was written");

    assert_eq!(done(&change(&[(LEDGER, PASSPHRASE), new]))["encrypted"], true);
    refused(&place.stamp("first", &RIGHT), 77);
    done(&place.stamp("first", &[(LEDGER, OTHER)]));
}

#[test]
fn conversion_that_cannot_be_leaves_the_file_alone() {
    let place = Place::plain();
    let plain = place.key();
    let said = refused(&place.convert(&["decrypt"], &RIGHT), 1);
    assert!(said.contains("lies in plain text: `tabella ledger key encrypt`"), "{said}");
    refused(&place.convert(&["change-passphrase"], &RIGHT), 1);
    refused(&place.convert(&["encrypt"], &[]), 77);
    // What may be a wallet's passphrase does not become the ledger's.
    let said = refused(&place.convert(&["encrypt"], &[(GENERAL, PASSPHRASE)]), 77);
    assert!(said.contains("give --ledger-passphrase-file FILE, or set TABELLA_LEDGER_PASSPHRASE"), "{said}");
    let said = refused(&place.convert(&["encrypt"], &[(LEDGER, "too short")]), 77);
    assert!(said.contains("a new one needs at least 12"), "{said}");
    assert_eq!(place.key(), plain);

    // The key of another ledger is not made to look like this one's.
    fs::write(place.key_file(), Place::plain().key()).unwrap();
    let (foreign, said) = (place.key(), refused(&place.convert(&["encrypt"], &RIGHT), 1));
    assert!(said.contains("restore the right key file"), "{said}");
    assert_eq!(place.key(), foreign);
    fs::write(place.key_file(), plain).unwrap();

    done(&place.convert(&["encrypt"], &RIGHT));
    let sealed = place.key();
    let said = refused(&place.convert(&["encrypt"], &RIGHT), 1);
    assert!(said.contains("encrypted already: `tabella ledger key change-passphrase`"), "{said}");
    refused(&place.convert(&["decrypt"], &[(LEDGER, OTHER)]), 77);
    refused(&place.convert(&["decrypt"], &[]), 77);
    assert_eq!(place.key(), sealed);

    let nowhere = place.path("nowhere");
    let said = refused(&place.output(&["--ledger", &nowhere, "ledger", "key", "encrypt"], &RIGHT), 66);
    assert!(said.contains("there is no ledger in"), "{said}");
}

#[test]
fn passphrase_that_is_no_text_is_not_taken_for_none() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let place = Place::encrypted();
    let output = Command::new(env!("CARGO_BIN_EXE_tabella"))
        .args(["--json", "ledger", "key", "decrypt"])
        .env("TABELLA_LEDGER", place.folder.path().join("ledger"))
        .env(LEDGER, OsStr::from_bytes(b"correct horse \xff"))
        .env(GENERAL, PASSPHRASE)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(refused(&output, 77).contains("TABELLA_LEDGER_PASSPHRASE is not UTF-8 text"));
    assert!(place.key().starts_with(AGE));
}

#[test]
fn damaged_key_file_is_told_with_the_remedy() {
    let place = Place::encrypted();
    done(&place.stamp("first", &RIGHT));
    let (before, sealed) = (place.checkpoint("before"), place.key());
    let mut damaged = sealed.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bytes in [damaged.as_slice(), &sealed[..sealed.len() - 20]] {
        fs::write(place.key_file(), bytes).unwrap();
        for said in [refused(&place.stamp("second", &RIGHT), 1), refused(&place.convert(&["decrypt"], &RIGHT), 1)] {
            assert!(said.contains("restore the file from the backup") && said.contains("damaged"), "{said}");
        }
        assert_eq!(place.key(), bytes);
    }
    fs::write(place.key_file(), &sealed).unwrap();
    assert_eq!(place.checkpoint("after"), before);
    done(&place.stamp("second", &RIGHT));
}

#[test]
fn ledger_is_not_made_without_a_passphrase_for_its_key() {
    let place = Place::empty();
    let init = ["ledger", "init", "ledger.test", "--encrypt-key"];
    refused(&place.output(&init, &[]), 77);
    refused(&place.output(&init, &[(LEDGER, "too short")]), 77);
    refused(&place.output(&init, &[(GENERAL, PASSPHRASE)]), 77);
    assert!(!place.folder.path().join("ledger").exists());
}

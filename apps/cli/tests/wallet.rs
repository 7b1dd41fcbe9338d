//! Wallets through the command: made, restored from their words, refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tabella_protocol::keys::{Account, Address, AddressKind, Diversifier, Seed};

const PASSPHRASE: &str = "correct horse battery staple";

fn tabella(home: &Path, passphrase: Option<&str>, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabella"));
    command.args(arguments).env("TABELLA_HOME", home).env_remove("TABELLA_PASSPHRASE");
    if let Some(passphrase) = passphrase {
        command.env("TABELLA_PASSPHRASE", passphrase);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that needs no input may have ended already.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the command ends")
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("one line of JSON")
}

fn string(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn wallet_is_made_and_restored_from_its_words() {
    let home = tempfile::tempdir().unwrap();
    let run = tabella(home.path(), Some(PASSPHRASE), &["--json", "wallet", "new"], "");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let made = json(&run.stdout);
    let seed = Seed::from_words(string(&made["words"])).unwrap();
    let expected = seed.account(&Account::Payment(0)).address(Diversifier::from_index(0));
    assert_eq!(string(&made["address"]).parse(), Ok(expected));

    // The file is an age file, and does not hold the seed in plain.
    let sealed = fs::read(home.path().join("wallet.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert!(!sealed.windows(32).any(|window| window == seed.expose()));

    let shown = tabella(home.path(), Some(PASSPHRASE), &["wallet", "address"], "");
    assert_eq!(String::from_utf8_lossy(&shown.stdout), format!("{}\n", string(&made["address"])));

    let other = tempfile::tempdir().unwrap();
    let words = string(&made["words"]).to_uppercase().replace(' ', "  ");
    let run = tabella(other.path(), Some(PASSPHRASE), &["--json", "wallet", "restore"], &words);
    assert_eq!(json(&run.stdout)["address"], made["address"]);
}

#[test]
fn election_address_is_of_an_account_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let made = json(&tabella(home.path(), Some(PASSPHRASE), &["--json", "wallet", "new"], "").stdout);
    let seed = Seed::from_words(string(&made["words"])).unwrap();
    let id = "07".repeat(32);
    let run = tabella(home.path(), Some(PASSPHRASE), &["wallet", "address", "--election", &id, "--index", "3"], "");
    let expected = seed.account(&Account::Election([7; 32])).address(Diversifier::from_index(3));
    let shown = String::from_utf8_lossy(&run.stdout);
    assert_eq!(Address::decode(&shown, AddressKind::Election), Ok(expected));
    let run = tabella(home.path(), Some(PASSPHRASE), &["wallet", "address", "--election", "07"], "");
    assert_eq!(run.status.code(), Some(2));
}

#[test]
fn existing_key_file_is_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("wallet.age");
    fs::write(&path, "precious").unwrap();
    for command in ["new", "restore"] {
        let run = tabella(home.path(), Some(PASSPHRASE), &["--json", "wallet", command], "");
        assert_eq!(run.status.code(), Some(73));
        assert_eq!(json(&run.stderr)["error"]["kind"], "exists");
    }
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn wrong_passphrase_is_refused_with_code_77() {
    let home = tempfile::tempdir().unwrap();
    let made = tabella(home.path(), Some(PASSPHRASE), &["wallet", "new"], "");
    assert!(String::from_utf8_lossy(&made.stdout).contains("They are not shown again."));
    let run = tabella(home.path(), Some("another passphrase"), &["--json", "wallet", "address"], "");
    assert_eq!(run.status.code(), Some(77));
    assert!(run.stdout.is_empty());
}

#[test]
fn new_wallet_needs_a_long_passphrase() {
    let home = tempfile::tempdir().unwrap();
    let run = tabella(home.path(), Some("short"), &["wallet", "new"], "");
    assert_eq!(run.status.code(), Some(77));
    assert!(!home.path().join("wallet.age").exists());
}

#[test]
fn wrong_words_are_refused_and_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    let words = format!("{} zebra", "abandon ".repeat(23));
    let run = tabella(home.path(), Some(PASSPHRASE), &["wallet", "restore"], &words);
    assert_eq!(run.status.code(), Some(1));
    let text = String::from_utf8_lossy(&run.stderr);
    assert!(text.contains("not 24 words") && !text.contains("zebra"), "{text}");
    assert!(!home.path().join("wallet.age").exists());
}

#[test]
fn absent_wallet_is_code_66_and_tells_how_to_make_one() {
    let home = tempfile::tempdir().unwrap();
    let run = tabella(home.path(), None, &["wallet", "address"], "");
    assert_eq!(run.status.code(), Some(66));
    assert!(String::from_utf8_lossy(&run.stderr).contains("`tabella wallet new` makes one"));
}

//! The command as its users see it: text, JSON, exit codes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

const REAL_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/poland_lodz_2020_nad-nerem.pb");

fn tabella(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a temporary folder");
    Command::new(env!("CARGO_BIN_EXE_tabella"))
        .args(arguments)
        .env("TABELLA_HOME", home.path())
        .env_remove("TABELLA_PASSPHRASE")
        .env_remove("TABELLA_LEDGER")
        .output()
        .expect("the command starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn one_line_of_json(bytes: &[u8]) -> Value {
    let text = text(bytes);
    assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true), "{text}");
    serde_json::from_str(text).expect("JSON")
}

fn written(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a temporary file");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn plain_count_of_the_real_file_is_shown_beside_the_published_one() {
    let run = tabella(&["rehearse", "--count", "--ballots", REAL_FILE]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(text(&run.stdout).contains("G030NN    217        217  Zakup"), "{}", text(&run.stdout));
    assert!(text(&run.stdout).ends_with("Every count is the published one.\n"));
    assert!(run.stderr.is_empty());
}

#[test]
fn json_is_one_line_on_standard_output() {
    let run = tabella(&["--json", "rehearse", "--count", "--limit", "10", "--ballots", REAL_FILE]);
    assert_eq!(run.status.code(), Some(0));
    let result = one_line_of_json(&run.stdout);
    assert_eq!((&result["ballots"], &result["agrees"]), (&10.into(), &Value::Null));
    assert!(run.stderr.is_empty());
}

#[test]
fn missing_file_is_code_66_and_names_the_file() {
    let run = tabella(&["rehearse", "--count", "--ballots", "/nonexistent/votes.pb"]);
    assert_eq!(run.status.code(), Some(66));
    assert!(text(&run.stderr).starts_with("error: /nonexistent/votes.pb: cannot read the file"));
    assert!(run.stdout.is_empty());
}

#[test]
fn invalid_ballot_is_code_1_and_names_line_and_column() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = written(folder.path(), "votes.csv", "A,B\n1,0\n1,2\n");
    let run = tabella(&["--json", "rehearse", "--count", "--ballots", &file]);
    assert_eq!(run.status.code(), Some(1));
    let error = &one_line_of_json(&run.stderr)["error"];
    assert_eq!((&error["kind"], &error["code"]), (&"refused".into(), &1.into()));
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.ends_with("votes.csv:3: column 2 (B): \"2\" is neither 0 (not chosen) nor 1 (chosen)"),
        "{message}"
    );
    assert_eq!(error["causes"], Value::Array(vec![]), "the message says it all");
}

#[test]
fn false_published_counts_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = written(folder.path(), "votes.csv", "# published: 2,0\nA,B\n1,0\n");
    let run = tabella(&["rehearse", "--count", "--ballots", &file]);
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(text(&run.stderr), "error: the plain count differs from the published one\n");
}

#[test]
fn wrong_command_line_is_code_2() {
    let run = tabella(&["rehearse", "--count"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("<FILE>"));
    let run = tabella(&["--json", "divine"]);
    assert_eq!(run.status.code(), Some(2));
    assert_eq!(one_line_of_json(&run.stderr)["error"]["kind"], "usage");
}

#[test]
fn help_lists_commands_options_and_exit_codes() {
    let run = tabella(&["--help"]);
    assert_eq!(run.status.code(), Some(0));
    let parts = [
        "\nElections:\n",
        "\nEverybody:\n",
        "\n  rehearse ",
        "\nPayments:\n",
        "\nApplications:\n",
        "\nOperators:\n",
        "\nOptions of every command:\n",
        "--json",
        "--ledger",
        "--passphrase-file",
        "--help",
        "Exit codes",
    ];
    let mut rest = text(&run.stdout);
    for part in parts {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{part}")).1;
    }
}

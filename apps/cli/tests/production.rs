//! Production mode, and the setup ceremony that it asks for, through the command.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

#[path = "election/imported.rs"]
mod imported;

use std::{fs, path::Path, process::Command};

use imported::imported;
use serde_json::Value;
use tabella_verifier::groth16::{ParametersOrigin, VerifyingKeyFile, VerifyingKeys};

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/election.tabella");
const BALLOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/poland_lodz_2020_nad-nerem.pb");

/// Runs the command with a folder of its own for everything; gives the exit code and the line of JSON.
fn tabella(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let run = Command::new(env!("CARGO_BIN_EXE_tabella"))
        .args(["--json"])
        .args(arguments)
        .current_dir(folder)
        .env("TABELLA_HOME", folder.join("home"))
        .env("TABELLA_CACHE", folder.join("cache"))
        .env_remove("TABELLA_PRODUCTION")
        .env_remove("TABELLA_PARAMETERS")
        .env_remove("TABELLA_LEDGER")
        .env_remove("TABELLA_PASSPHRASE")
        .output()
        .expect("the command starts");
    let said = if run.stdout.is_empty() { &run.stderr } else { &run.stdout };
    (run.status.code().unwrap(), serde_json::from_slice(said).expect("one line of JSON"))
}

fn says(answer: &Value, text: &str) -> bool {
    answer.to_string().contains(text)
}

#[test]
fn production_mode_refuses_development_keys_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        ["ledger", "init", "production.example"].as_slice(),
        &["rehearse", "--limit", "2", "--ballots", BALLOTS],
        &["verify", RECORD],
    ] {
        let (code, answer) = tabella(folder.path(), &[&["--production"], arguments].concat());
        assert_eq!((code, says(&answer, "tabella setup import")), (1, true), "{answer}");
    }
    let (code, answer) = tabella(folder.path(), &["--production", "setup", "dev"]);
    assert_eq!((code, says(&answer, "production mode refuses")), (1, true), "{answer}");
    assert!(!folder.path().join("tabella-ledger").exists() && !folder.path().join("rehearsal").exists());

    // A development key, as such and under the name of a ceremony.
    let key = VerifyingKeys::development().iter().next().cloned().unwrap();
    let (honest, relabelled) = (folder.path().join("development.vk"), folder.path().join("relabelled.vk"));
    fs::write(&honest, key.to_bytes()).unwrap();
    fs::write(&relabelled, VerifyingKeyFile { origin: ParametersOrigin::Ceremony, ..key }.to_bytes()).unwrap();
    for (file, reason) in [(honest, "development setup"), (relabelled, "two origins")] {
        let arguments = ["--production", "verify", RECORD, "--verifying-key", file.to_str().unwrap()];
        let (code, answer) = tabella(folder.path(), &arguments);
        assert_eq!((code, says(&answer, reason)), (1, true), "{answer}");
    }
}

#[test]
fn record_under_development_parameters_is_not_valid_in_production() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path());
    let parameters = folder.path().to_str().unwrap();
    let (code, answer) = tabella(folder.path(), &["--production", "--parameters", parameters, "verify", RECORD]);
    assert_eq!((code, &answer["valid"]), (1, &Value::Bool(false)), "{answer}");
    assert!(says(&answer, "it is a development key, which is not accepted here"), "{answer}");
    let (code, answer) = tabella(folder.path(), &["verify", RECORD]);
    assert_eq!((code, &answer["election"]["development_parameters"]), (0, &Value::Bool(true)), "{answer}");
}

#[test]
fn ledger_made_in_production_mode_stays_in_it() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path());
    let parameters = folder.path().to_str().unwrap();
    let production = ["--production", "--parameters", parameters];
    let (code, made) = tabella(folder.path(), &[&production[..], &["ledger", "init", "production.example"]].concat());
    assert_eq!((code, &made["production"]), (0, &Value::Bool(true)), "{made}");
    let (code, answer) = tabella(folder.path(), &[&production[..], &["asset", "list"]].concat());
    assert_eq!(code, 0, "{answer}");
    let (code, answer) = tabella(folder.path(), &["--parameters", parameters, "asset", "list"]);
    assert_eq!((code, says(&answer, "give --production")), (1, true), "{answer}");
}

#[test]
fn import_whose_files_were_exchanged_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let files = imported(folder.path());
    let [transfer, cast] = [&files[0], &files[1]];
    let path =
        |file: &VerifyingKeyFile| tabella_prover::parameters::verifying_key_path(folder.path(), file.key.shape());
    fs::write(path(cast), transfer.to_bytes()).unwrap();
    let parameters = folder.path().to_str().unwrap();
    let (code, answer) = tabella(folder.path(), &["--production", "--parameters", parameters, "verify", RECORD]);
    assert_eq!((code, says(&answer, "import the ceremony's transcript again")), (1, true), "{answer}");
}

#[test]
fn bytes_that_are_no_transcript_are_refused_and_files_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "no transcript").unwrap();
    for command in ["verify", "export", "contribute"] {
        let arguments: &[&str] = match command {
            "verify" => &["setup", "verify", "a"],
            "export" => &["setup", "export", "a", "out"],
            _ => &["setup", "contribute", "a", "b", "--name", "Ada"],
        };
        let (code, answer) = tabella(folder.path(), arguments);
        assert_eq!((code, says(&answer, "not a setup transcript")), (1, true), "{answer}");
    }
    let (code, _) = tabella(folder.path(), &["setup", "contribute", "a", "a", "--name", "Ada"]);
    assert_eq!(code, 73);
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"no transcript");
}

/// The whole of it for the real circuits: some minutes.
#[test]
fn ceremony_for_the_real_circuits_gives_parameters_for_an_election_in_production() {
    if std::env::var_os("TABELLA_EXHAUSTIVE").is_none_or(|value| value != "1") {
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let run = |arguments: &[&str]| {
        let (code, answer) = tabella(folder, arguments);
        assert_eq!(code, 0, "{arguments:?}: {answer}");
        answer
    };
    let beacon = |from, to| {
        run(&["setup", "beacon", from, to, "--value", "00ff", "--description", "a die", "--rounds", "10"]);
    };
    run(&["setup", "start", "--name", "test", "0"]);
    run(&["setup", "contribute", "0", "1", "--name", "Ada"]);
    let second = run(&["setup", "contribute", "1", "2", "--name", "Bertha"]);
    beacon("2", "3");
    run(&["setup", "contribute", "3", "4", "--name", "Ada"]);
    beacon("4", "5");
    let verified = run(&["setup", "verify", "5", "--hash", second["hash"].as_str().unwrap()]);
    assert_eq!(verified["state"], "complete");
    let hash = verified["hash"].as_str().unwrap();
    let (code, answer) = tabella(folder, &["setup", "import", "5", "--hash", second["hash"].as_str().unwrap()]);
    assert_eq!((code, says(&answer, "nothing was imported")), (1, true), "{answer}");
    let imported = run(&["setup", "import", "5", "--hash", hash]);
    assert_eq!(imported["shapes"][0]["verifying_key_id"], verified["verifying_keys"][0]);
    let rehearsal = run(&["--production", "rehearse", "--limit", "3", "--ballots", BALLOTS]);
    assert_eq!((&rehearsal["valid"], &rehearsal["agrees"]), (&Value::Bool(true), &Value::Bool(true)));
    let record = rehearsal["record"].as_str().unwrap();
    let keys = [0, 1].map(|shape: usize| imported["shapes"][shape]["verifying_key"].as_str().unwrap());
    let elsewhere = ["--parameters", "elsewhere", "--production", "verify", record];
    let given = ["--verifying-key", keys[0], "--verifying-key", keys[1]];
    let verdict = run(&[&elsewhere[..], &given[..]].concat());
    assert_eq!(verdict["election"]["development_parameters"], Value::Bool(false));
    let (code, answer) = tabella(folder, &["--parameters", "elsewhere", "verify", record]);
    assert_eq!((code, &answer["valid"]), (1, &Value::Bool(false)), "{answer}");
}

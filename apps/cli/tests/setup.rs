//! Development parameters through the command.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{fs, path::Path, process::Command};

use serde_json::Value;

fn setup_dev(directory: &Path) -> (Option<i32>, Value) {
    let run = Command::new(env!("CARGO_BIN_EXE_tabella"))
        .args(["--json", "setup", "dev", "--directory"])
        .arg(directory)
        .output()
        .expect("the command starts");
    let said = if run.status.success() { &run.stdout } else { &run.stderr };
    (run.status.code(), serde_json::from_slice(said).expect("one line of JSON"))
}

fn states(report: &Value) -> Vec<bool> {
    let shapes = report["shapes"].as_array().expect("a list");
    shapes.iter().map(|shape| shape["made"].as_bool().expect("a truth value")).collect()
}

#[test]
fn development_parameters_are_made_once_and_made_again_when_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (code, made) = setup_dev(folder.path());
    assert_eq!((code, states(&made)), (Some(0), vec![true, true]), "{made}");
    let (_, checked) = setup_dev(folder.path());
    assert_eq!(states(&checked), [false, false]);

    let file = Path::new(checked["shapes"][1]["file"].as_str().unwrap());
    let whole = fs::read(file).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(file, damaged).unwrap();
    let (_, mended) = setup_dev(folder.path());
    assert_eq!(states(&mended), [false, true]);
    assert_eq!(fs::read(file).unwrap(), whole);
    assert_eq!(mended["shapes"][1]["verifying_key"], made["shapes"][1]["verifying_key"]);
}

#[test]
fn folder_that_cannot_be_made_is_an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let (code, error) = setup_dev(&file);
    assert_eq!((code, &error["error"]["kind"]), (Some(74), &Value::from("io")));
}

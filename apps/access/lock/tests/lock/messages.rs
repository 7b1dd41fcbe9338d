//! Messages, entries, and the command.

use std::{fs, process::Command};

use ed25519_dalek::Signer as _;
use rand_core::OsRng;
use tabella_access_lock::{
    Challenge, Interval, Opening, SeenLog, UsedRight, entry::Entry, message::MessageError, right::opening_message,
};

use crate::{NOW, SECONDS, Scene, log::Log, user};

#[test]
fn debug_prints_no_secret_and_messages_are_bounded() {
    let mut scene = Scene::new(false);
    let secret = fs::read_to_string(scene.folder.path().join("door/device.key")).unwrap();
    assert!(!format!("{:?} {:?}", scene.device, scene.device.status()).contains(&secret));
    let challenge = scene.device.ask(NOW, &mut OsRng).unwrap();
    assert!(challenge.is_by(&scene.right.device) && !challenge.is_by(&[1; 32]));
    assert_eq!(Challenge::from_json(challenge.to_json().as_bytes()), Ok(challenge.clone()));
    for forged in [
        Challenge { nonce: [1; 32], ..challenge.clone() },
        Challenge { seen: SeenLog { size: 1, root: [0; 32] }, ..challenge },
    ] {
        assert!(!forged.is_by(&scene.right.device));
    }
    let opening = scene.answer(NOW);
    let text = opening.to_json();
    assert_eq!(Opening::from_json(text.as_bytes()), Ok(opening));
    assert_eq!(Opening::from_json(&vec![b' '; 1 << 20]), Err(MessageError::TooLong));
    for other in
        [text.replace("\"nonce\"", "\"nonsense\""), text.replace("\"index\":5", "\"index\":5,\"index\":5"), text + "x"]
    {
        assert!(matches!(Opening::from_json(other.as_bytes()), Err(MessageError::Form(_))));
    }
}

#[test]
fn entries_are_read_to_the_last_byte() {
    let scene = Scene::new(false);
    let bytes = scene.log.leaf(scene.index);
    let entry = Entry::from_bytes(bytes).unwrap();
    assert_eq!((entry.time, entry.rights.as_slice()), (NOW, [scene.right].as_slice()));
    for cut in 0..bytes.len() {
        assert_eq!(Entry::from_bytes(&bytes[..cut]), None, "{cut}");
    }
    assert_eq!(Entry::from_bytes(&[bytes, &[0]].concat()), None);
    let mut other_version = bytes.to_vec();
    other_version[8] += 1;
    assert_eq!(Entry::from_bytes(&other_version), None);
}

/// The command: what a device's program calls. It needs less memory than 20 MiB.
#[test]
fn command_sets_up_asks_opens_and_stays_shut() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::new("ledger.test", 1);
    let door = folder.path().join("door").to_str().unwrap().to_owned();
    // All that it may have of addresses, which is more than it has of memory.
    let limited = "ulimit -v 20480; exec \"$0\" \"$@\"";
    let lock = |arguments: &[&str]| {
        let mut shell = Command::new("sh");
        shell.args(["-c", limited, env!("CARGO_BIN_EXE_tabella-lock")]);
        let output = shell.args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let clock = NOW.to_string();
    let owner = "06".repeat(32);
    let key = log.key_text();
    let (code, shown, _) = lock(&["init", &door, "--ledger", &key, "--owner", &owner]);
    assert_eq!(code, Some(0));
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let mut device = [0; 32];
    hex::decode_to_slice(shown["device"].as_str().unwrap(), &mut device).unwrap();
    let right = UsedRight {
        rental: [5; 32],
        owner: [6; 32],
        device,
        key: user().verifying_key().to_bytes(),
        seconds: SECONDS,
        transfer: 0,
    };
    log.append(b"first");
    let index = log.use_right(NOW, &[right]);
    let (_, challenge, _) = lock(&["challenge", &door, "--clock", &clock]);
    let challenge = Challenge::from_json(challenge.as_bytes()).unwrap();
    let interval = Interval { from: NOW, until: NOW + SECONDS };
    let mut opening = log.opening(&challenge, index, NOW, interval);
    let message = opening_message(&log.ledger(), &right.rental, &device, &opening.nonce, interval);
    opening.signature = user().sign(&message).to_bytes();
    let file = folder.path().join("answer.json");
    fs::write(&file, opening.to_json()).unwrap();
    let file = file.to_str().unwrap();
    let (code, shown, _) = lock(&["open", &door, file, "--clock", &clock]);
    assert_eq!(code, Some(0));
    assert!(shown.contains(&format!("\"until\": {}", NOW + SECONDS)), "{shown}");
    let (code, shown, said) = lock(&["open", &door, file, "--clock", &clock]);
    assert_eq!((code, shown.as_str()), (Some(1), ""));
    assert!(said.contains("ask for a new one"), "{said}");
    for wrong in
        [&["open", &door, "/nowhere"][..], &["open", &door, file, "--what"], &["shut", &door], &["init", &door], &[]]
    {
        let (code, shown, said) = lock(wrong);
        assert_eq!((code, shown.as_str()), (Some(1), ""), "{said}");
    }
    assert!(lock(&["status", &door]).1.contains("\"remembered\": 1"));
    assert!(lock(&["--help"]).1.contains("Usage: tabella-lock"));
}

//! Messages, entries, and the command.

use std::{fs, process::Command};

use ed25519_dalek::Signer as _;
use rand_core::OsRng;
use tabella_access_lock::{
    Challenge, Device, DeviceError, Interval, Opening, SeenLog, UsedRight, entry::Entry, message::MessageError,
    right::opening_message,
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

/// Every text in which one member of one object stands twice.
fn with_a_repeated_key(text: &str) -> Vec<String> {
    text.match_indices("\":")
        .map(|(end, _)| {
            let from = text[..end].rfind('"').unwrap();
            let mut value = serde_json::Deserializer::from_str(&text[end + 2..]).into_iter::<serde_json::Value>();
            value.next().unwrap().unwrap();
            let member = &text[from..end + 2 + value.byte_offset()];
            format!("{}{member},{}", &text[..from], &text[from..])
        })
        .collect()
}

// Two programs may believe two different ones of two members of one name.
#[test]
fn message_in_which_a_key_stands_twice_is_refused() {
    let mut scene = Scene::new(false);
    let challenge = scene.device.ask(NOW, &mut OsRng).unwrap().to_json();
    let opening = scene.answer(NOW).to_json();
    let texts = (with_a_repeated_key(&challenge), with_a_repeated_key(&opening));
    assert_eq!((texts.0.len(), texts.1.len()), (6, 10), "the members of both, and of what is in them");
    for text in texts.0 {
        let Err(MessageError::Form(why)) = Challenge::from_json(text.as_bytes()) else { panic!("{text}") };
        assert!(why.starts_with("duplicate field"), "{why}: {text}");
    }
    for text in texts.1 {
        let Err(MessageError::Form(why)) = Opening::from_json(text.as_bytes()) else { panic!("{text}") };
        assert!(why.starts_with("duplicate field"), "{why}: {text}");
    }
}

#[test]
fn configuration_in_which_a_key_stands_twice_is_refused() {
    let Scene { folder, device, .. } = Scene::new(false);
    // Its folder is free for the next.
    drop(device);
    let path = folder.path().join("door/config.json");
    let texts = with_a_repeated_key(&fs::read_to_string(&path).unwrap());
    assert_eq!(texts.len(), 4);
    for text in texts {
        fs::write(&path, &text).unwrap();
        let loaded = Device::load(&folder.path().join("door"));
        assert!(matches!(loaded, Err(DeviceError::Config(why)) if why.starts_with("duplicate field")), "{text}");
    }
}

// A program that knows doubles alone reads 2^53 + 1 as 2^53.
#[test]
fn numbers_of_messages_are_read_exactly_or_not_at_all() {
    let mut scene = Scene::new(false);
    for index in [(1 << 53) + 1, u64::MAX] {
        let opening = Opening { index, ..scene.answer(NOW) };
        assert_eq!(Opening::from_json(opening.to_json().as_bytes()), Ok(opening));
    }
    let challenge = scene.device.ask(NOW, &mut OsRng).unwrap();
    let rounded = Challenge { seen: SeenLog { size: 1 << 53, ..challenge.seen }, ..challenge };
    assert!(!rounded.is_by(&scene.right.device), "a size that was rounded on its way is not what was signed");
    let text = scene.answer(NOW).to_json();
    for number in ["5.0", "5e0", "-5", "05", "\"5\"", "18446744073709551616", "1e19", "null"] {
        let other = text.replace("\"index\":5", &format!("\"index\":{number}"));
        assert_ne!(other, text);
        assert!(matches!(Opening::from_json(other.as_bytes()), Err(MessageError::Form(_))), "{number}");
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
    // Another one, which knows the log from the start; and none with a checkpoint of another key.
    let [pinned, kept] = ["pinned", "checkpoint"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let init = ["init", &pinned, "--ledger", &key, "--owner", &owner, "--checkpoint", &kept];
    for wrong in [None, Some(log.with_key(2).note(NOW)), Some("x".repeat(40_000))] {
        wrong.iter().for_each(|note| fs::write(&kept, note).unwrap());
        let (code, shown, said) = lock(&init);
        assert_eq!((code, shown.as_str()), (Some(1), ""), "{said}");
        assert!(said.contains("checkpoint"), "{said}");
    }
    fs::write(&kept, log.note(NOW)).unwrap();
    // A device that is set up takes none, also where it would otherwise do what it is asked.
    for command in [&["status", &door][..], &["challenge", &door], &["open", &door, file]] {
        let (code, shown, said) = lock(&[command, &["--clock", &clock, "--checkpoint", &kept]].concat());
        assert_eq!((code, shown.as_str()), (Some(1), ""), "{command:?}: {said}");
        assert!(said.contains("--checkpoint is for init alone"), "{said}");
    }
    let (code, shown, said) = lock(&init);
    assert_eq!(code, Some(0), "{said}");
    assert!(shown.contains("\"size\": 2"), "{shown}");
    assert!(lock(&["--help"]).1.contains("Usage: tabella-lock"));
}

//! Checkpoints: of other keys, old ones, forks.

use rand_core::OsRng;
use tabella_access_lock::{
    Config, Device, DeviceError, Opening, Refusal, UsedRight, checkpoint::CheckpointError, device::CLOCK_TOLERANCE,
};

use crate::{MAX_AGE, NOW, Scene, refused};

#[test]
fn checkpoint_is_the_ledgers_and_young() {
    let mut scene = Scene::new(false);
    let challenge = scene.device.ask(NOW, &mut OsRng).unwrap();
    let honest = scene.answer_to(&challenge, NOW);
    let with = |note: String| Opening { checkpoint: note, ..honest.clone() };
    let checkpoint = |error| Refusal::Checkpoint(error);
    // Another key, also under the ledger's name; another log; no time, and two.
    let other = scene.log.with_key(2);
    assert_eq!(refused(scene.open(&with(other.note(NOW)), NOW)), checkpoint(CheckpointError::Signature));
    let forged = honest.checkpoint.replace("\n7\n", "\n8\n");
    assert_eq!(refused(scene.open(&with(forged), NOW)), checkpoint(CheckpointError::Signature));
    let pool = scene.log.note_of("ledger.test/pool", &[&scene.log.block_line(NOW)]);
    assert_eq!(refused(scene.open(&with(pool), NOW)), checkpoint(CheckpointError::Origin));
    let lines = [scene.log.block_line(NOW), scene.log.block_line(NOW + 1)];
    for lines in
        [Vec::new(), vec![lines[0].as_str(), &lines[1]], vec!["tabella/v1/block 01 5"], vec!["tabella/v1/block 1"]]
    {
        let note = scene.log.note_of("ledger.test", &lines);
        assert_eq!(refused(scene.open(&with(note), NOW)), checkpoint(CheckpointError::Time));
    }
    for text in ["", "\n", "nonsense\n\n— x y\n"] {
        assert_eq!(refused(scene.open(&with(text.to_owned()), NOW)), checkpoint(CheckpointError::Form));
    }
    // Other lines are the ledger's affair.
    let annotated = scene.log.note_of("ledger.test", &["note", &scene.log.block_line(NOW)]);
    scene.open(&with(annotated), NOW).unwrap();
    // Too old, too far ahead, and at the limits.
    for (time, expected) in [
        (NOW, Some(Refusal::TooOld { age: MAX_AGE + 1, limit: MAX_AGE })),
        (NOW + MAX_AGE + 1 + CLOCK_TOLERANCE + 1, Some(Refusal::Ahead(CLOCK_TOLERANCE + 1))),
        (NOW + 1, None),
        (NOW + MAX_AGE + 1 + CLOCK_TOLERANCE, None),
    ] {
        let mut scene = Scene::new(false);
        let now = NOW + MAX_AGE + 1;
        let challenge = scene.device.ask(now, &mut OsRng).unwrap();
        let opening = scene.answer_to(&challenge, time);
        let outcome = scene.open(&opening, now);
        match expected {
            Some(refusal) => assert_eq!(refused(outcome), refusal),
            None => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
}

#[test]
fn checkpoint_of_a_fork_or_of_the_past_is_refused() {
    let mut scene = Scene::new(true);
    let opening = scene.answer(NOW);
    scene.open(&opening, NOW).unwrap();
    // A history that is the same up to the entry, and another one after it; signed by the ledger's own key.
    let mut fork = scene.log.up_to(scene.index + 1);
    for i in 0..9 {
        fork.append(&[100 + i; 40]);
    }
    let honest = std::mem::replace(&mut scene.log, fork);
    let forked = scene.answer(NOW + 60);
    assert_eq!(refused(scene.open(&forked, NOW + 60)), Refusal::Fork);
    // Of the same size, with no proof to give.
    scene.log = scene.log.up_to(7);
    let forked = scene.answer(NOW + 60);
    assert_eq!(refused(scene.open(&forked, NOW + 60)), Refusal::Fork);
    // Shorter; or of the right log, and of a block before.
    scene.log = honest.up_to(6);
    let short = scene.answer(NOW + 60);
    assert_eq!(refused(scene.open(&short, NOW + 60)), Refusal::Older);
    scene.log = honest;
    let challenge = scene.device.ask(NOW + 60, &mut OsRng).unwrap();
    let before = scene.answer_to(&challenge, NOW - 1);
    assert_eq!(refused(scene.open(&before, NOW + 60)), Refusal::Older);
    // The honest log goes on, but the proof that it does is missing, or another's.
    for i in 0..6 {
        scene.log.append(&[50 + i; 40]);
    }
    let longer = scene.answer(NOW + 61);
    let unproved = Opening { consistency: Vec::new(), ..longer.clone() };
    assert_eq!(refused(scene.open(&unproved, NOW + 61)), Refusal::Fork);
    let mut bent = longer.clone();
    bent.consistency[0].0[0] ^= 1;
    assert_eq!(refused(scene.open(&bent, NOW + 61)), Refusal::Fork);
    scene.open(&longer, NOW + 61).unwrap();
    assert_eq!(scene.device.status().seen.size, 13);
}

/// Whoever has the ledger's key makes a history in which a right was used that nobody paid, and shows it to a new door.
#[test]
fn new_device_that_knows_a_checkpoint_takes_no_fork_as_its_first_answer() {
    let mut scene = Scene::new(false);
    let pinned = scene.folder.path().join("pinned");
    let config = || Config { ledger: scene.log.key_text(), owner: [6; 32], max_age: MAX_AGE, reopens: false };
    // Nothing is set up with a checkpoint of another key, of another log, or of an empty log.
    let others = [
        (scene.log.with_key(2).note(NOW), CheckpointError::Signature),
        (scene.log.note_of("ledger.test/pool", &[&scene.log.block_line(NOW)]), CheckpointError::Origin),
        (scene.log.up_to(0).note(NOW), CheckpointError::Empty),
        (String::new(), CheckpointError::Form),
    ];
    for (note, expected) in others {
        let outcome = Device::create_pinned(&pinned, config(), &note, &mut OsRng);
        assert!(matches!(&outcome, Err(DeviceError::Pinned(error)) if *error == expected), "{outcome:?}");
        assert!(!pinned.exists());
    }
    let device = Device::create_pinned(&pinned, config(), &scene.log.note(NOW), &mut OsRng).unwrap();
    assert_eq!(device.status().seen.size, 7);
    let naive = Scene::device(scene.folder.path(), &scene.log, "naive", false);
    let right = UsedRight { device: device.public_key(), ..scene.right };
    let naive_right = UsedRight { device: naive.public_key(), ..scene.right };
    // Up to the fifth entry both histories are the same; the right is in the sixth of the one that nobody else has.
    let mut fork = scene.log.up_to(5);
    let in_fork = fork.use_right(NOW, &[right, naive_right]);
    for i in 0..4 {
        fork.append(&[100 + i; 40]);
    }
    let in_log = scene.log.use_right(NOW, &[right]);
    let honest = std::mem::replace(&mut scene.log, fork);
    (scene.device, scene.right, scene.index) = (device, right, in_fork);
    let forked = scene.answer(NOW);
    assert_eq!(refused(scene.open(&forked, NOW)), Refusal::Fork);
    let unproved = Opening { consistency: Vec::new(), ..forked };
    assert_eq!(refused(scene.open(&unproved, NOW)), Refusal::Fork);
    // As long as the log that it knows, and shorter.
    scene.log = scene.log.up_to(7);
    let as_long = scene.answer(NOW);
    assert_eq!(refused(scene.open(&as_long, NOW)), Refusal::Fork);
    scene.log = scene.log.up_to(6);
    let shorter = scene.answer(NOW);
    assert_eq!(refused(scene.open(&shorter, NOW)), Refusal::Older);
    // A door that was given no checkpoint believes the fork.
    let pinned_device = std::mem::replace(&mut scene.device, naive);
    scene.right = naive_right;
    let believed = scene.answer(NOW);
    scene.open(&believed, NOW).unwrap();
    // The other one opens for what is in the ledger's own log.
    (scene.device, scene.right, scene.index, scene.log) = (pinned_device, right, in_log, honest);
    let opening = scene.answer(NOW + 1);
    scene.open(&opening, NOW + 1).unwrap();
}

#[test]
fn newest_checkpoint_is_remembered_also_of_an_answer_that_is_refused() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    let unsigned = Opening { signature: [0; 64], ..opening };
    assert_eq!(refused(scene.open(&unsigned, NOW)), Refusal::Signature);
    assert_eq!(scene.device.status().seen.size, 7);
    // A fork that was never shown to the device at this size has no way back.
    let mut fork = scene.log.up_to(scene.index + 1);
    fork.append(&[77; 40]);
    scene.log = fork;
    let forked = scene.answer(NOW);
    assert_eq!(refused(scene.open(&forked, NOW)), Refusal::Fork);
}

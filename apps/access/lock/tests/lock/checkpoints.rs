//! Checkpoints: of other keys, old ones, forks.

use rand_core::OsRng;
use tabella_access_lock::{Opening, Refusal, checkpoint::CheckpointError, device::CLOCK_TOLERANCE};

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

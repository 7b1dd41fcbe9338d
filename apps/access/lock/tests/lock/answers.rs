//! Answers to a nonce: replayed, late, of other devices, about something else.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_access_lock::{
    Challenge, Interval, Opened, Opening, Refusal, UsedRight,
    device::{CHALLENGE_SECONDS, CLOCK_TOLERANCE},
    message::Bytes32,
    right::{MAX_SECONDS, challenge_message, opening_message},
};

use crate::{NOW, SECONDS, Scene, refused, user};

#[test]
fn device_opens_for_the_paid_time_and_remembers() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW + 5);
    let opened = scene.open(&opening, NOW + 6).unwrap();
    assert_eq!(opened, Opened { rental: [5; 32], until: NOW + SECONDS });
    let status = scene.device.status();
    assert_eq!((status.seen.size, status.remembered, status.asked), (7, 1, false));
    assert_eq!((status.checkpoint_time, status.latest_time), (Some(NOW + 5), NOW + 6));
    assert_eq!(scene.restart().device.status(), status);
}

#[test]
fn replays_are_refused_also_after_a_restart() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    scene.open(&opening, NOW).unwrap();
    assert_eq!(refused(scene.open(&opening, NOW + 1)), Refusal::NothingAsked);
    // The same right by a fresh nonce.
    let fresh = scene.answer(NOW + 1);
    assert_eq!(refused(scene.open(&fresh, NOW + 1)), Refusal::Used);
    // The old answer to a new nonce, with its nonce, and with the new one.
    let challenge = scene.device.ask(NOW + 2, &mut OsRng).unwrap();
    assert_eq!(refused(scene.open(&opening, NOW + 2)), Refusal::Nonce);
    let renamed = Opening { nonce: challenge.nonce, consistency: Vec::new(), ..opening.clone() };
    assert_eq!(refused(scene.open(&renamed, NOW + 2)), Refusal::Older);
    let mut scene = scene.restart();
    assert_eq!(refused(scene.open(&opening, NOW + 3)), Refusal::Nonce);
    let fresh = scene.answer(NOW + 3);
    assert_eq!(refused(scene.open(&fresh, NOW + 3)), Refusal::Used);
}

#[test]
fn nonce_is_the_devices_last_and_young() {
    let mut scene = Scene::new(false);
    let never_asked = scene.answer_to(
        &Challenge { device: scene.right.device, nonce: [1; 32], seen: scene.device.status().seen, signature: [0; 64] },
        NOW,
    );
    assert_eq!(refused(scene.open(&never_asked, NOW)), Refusal::NothingAsked);
    let first = scene.answer(NOW);
    let second = scene.answer(NOW);
    assert_eq!(refused(scene.open(&first, NOW)), Refusal::Nonce);
    assert_eq!(refused(scene.open(&second, NOW + CHALLENGE_SECONDS + 1)), Refusal::NonceExpired);
    let third = scene.answer(NOW + CHALLENGE_SECONDS + 1);
    scene.open(&third, NOW + 2 * CHALLENGE_SECONDS + 1).unwrap();
}

#[test]
fn expired_rights_open_nothing() {
    let mut scene = Scene::new(false);
    let end = NOW + SECONDS;
    let late = scene.answer(end);
    assert_eq!(refused(scene.open(&late, end)), Refusal::Expired);
    let mut scene = Scene::new(false);
    let just = scene.answer(end - 1);
    scene.open(&just, end - 1).unwrap();
}

#[test]
fn door_that_reopens_does_so_by_a_fresh_nonce_until_the_time_is_over() {
    let mut scene = Scene::new(true);
    for minute in 0..3 {
        let now = NOW + 60 * minute;
        let opening = scene.answer(now);
        scene.open(&opening, now).unwrap();
        assert_eq!(refused(scene.open(&opening, now)), Refusal::NothingAsked);
        assert_eq!(scene.device.status().remembered, 1);
    }
    let end = NOW + SECONDS;
    let late = scene.answer(end);
    assert_eq!(refused(scene.open(&late, end)), Refusal::Expired);
    assert_eq!(scene.device.status().remembered, 0);
}

#[test]
fn rights_to_other_devices_and_of_other_owners_are_refused() {
    let mut scene = Scene::new(false);
    // The right was used for another device: this is an impostor, of the same configuration and with a key of its own.
    let door = std::mem::replace(&mut scene.device, Scene::device(scene.folder.path(), &scene.log, "impostor", false));
    let at_impostor = scene.answer(NOW);
    assert_eq!(refused(scene.open(&at_impostor, NOW)), Refusal::Device);
    drop(door);
    // Somebody let the door to themselves.
    let mut scene = Scene::new(false);
    scene.right.owner = [8; 32];
    scene.index = scene.log.use_right(NOW, &[scene.right]);
    let pretended = scene.answer(NOW);
    assert_eq!(refused(scene.open(&pretended, NOW)), Refusal::Owner);
    // In an entry in which the door was let by its owner as well.
    let honest = UsedRight { owner: [6; 32], key: [3; 32], ..scene.right };
    scene.index = scene.log.use_right(NOW, &[scene.right, honest]);
    let pretended = scene.answer(NOW);
    assert_eq!(refused(scene.open(&pretended, NOW)), Refusal::Signature);
    // An entry without any right.
    scene.index = scene.log.use_right(NOW, &[]);
    let nothing = scene.answer(NOW);
    assert_eq!(refused(scene.open(&nothing, NOW)), Refusal::Device);
}

#[test]
fn answer_is_signed_by_the_key_of_the_entry_over_all_that_it_says() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    let (ledger, interval) = (scene.log.ledger(), opening.interval);
    let UsedRight { rental, device, .. } = scene.right;
    let other = [9; 32];
    let messages = [
        opening_message(&other, &rental, &device, &opening.nonce, interval),
        opening_message(&ledger, &other, &device, &opening.nonce, interval),
        opening_message(&ledger, &rental, &other, &opening.nonce, interval),
        opening_message(&ledger, &rental, &device, &other, interval),
        opening_message(&ledger, &rental, &device, &opening.nonce, Interval { from: NOW + 1, ..interval }),
        opening_message(&ledger, &rental, &device, &opening.nonce, Interval { until: interval.until + 1, ..interval }),
        challenge_message(&device, &opening.nonce, 7, &other),
    ];
    for message in messages {
        let lie = Opening { signature: user().sign(&message).to_bytes(), ..opening.clone() };
        assert_eq!(refused(scene.open(&lie, NOW)), Refusal::Signature);
    }
    let stranger = SigningKey::from_bytes(&[8; 32]);
    let honest = opening_message(&ledger, &rental, &device, &opening.nonce, interval);
    let lie = Opening { signature: stranger.sign(&honest).to_bytes(), ..opening.clone() };
    assert_eq!(refused(scene.open(&lie, NOW)), Refusal::Signature);
    // None of this has used the nonce or the right.
    scene.open(&opening, NOW).unwrap();
}

#[test]
fn time_that_was_not_paid_is_refused() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    for interval in [
        Interval { from: NOW, until: NOW + SECONDS + 900 },
        Interval { from: NOW + 900, until: NOW + SECONDS + 900 },
        Interval { from: 0, until: u64::MAX },
    ] {
        let lie = scene.sign(Opening { interval, ..opening.clone() });
        assert_eq!(refused(scene.open(&lie, NOW)), Refusal::Interval);
    }
    // Not even a ledger that has gone mad opens a device for ever.
    scene.right.seconds = MAX_SECONDS + 1;
    scene.index = scene.log.use_right(NOW, &[scene.right]);
    let endless = scene.answer(NOW);
    assert_eq!(refused(scene.open(&endless, NOW)), Refusal::Interval);
}

#[test]
fn time_that_has_not_begun_or_that_no_block_had_yet_is_refused() {
    let attempt = |from: u64, checkpoint: u64| {
        let mut scene = Scene::new(false);
        scene.index = scene.log.use_right(from, &[scene.right]);
        let challenge = scene.device.ask(NOW, &mut OsRng).unwrap();
        let interval = Interval { from, until: from + SECONDS };
        let opening = scene.sign(Opening { interval, ..scene.answer_to(&challenge, checkpoint) });
        scene.open(&opening, NOW)
    };
    let early = CLOCK_TOLERANCE + 1;
    for checkpoint in [NOW, NOW + CLOCK_TOLERANCE] {
        assert_eq!(refused(attempt(NOW + early, checkpoint)), Refusal::NotYet(early));
    }
    // An entry is no later than the checkpoint of a log that holds it.
    assert_eq!(refused(attempt(NOW + 1, NOW)), Refusal::Later);
    // The ledger's clock may be ahead by the tolerance.
    attempt(NOW + CLOCK_TOLERANCE, NOW + CLOCK_TOLERANCE).unwrap();
}

#[test]
fn entry_that_is_not_in_the_log_is_refused() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    let mut lies = Vec::new();
    let mut altered = opening.clone();
    // The time of the entry: a day later.
    altered.entry[..8].copy_from_slice(&(NOW + 86_400).to_le_bytes());
    lies.push(altered);
    lies.push(Opening { index: opening.index + 1, ..opening.clone() });
    lies.push(Opening { index: u64::MAX, ..opening.clone() });
    let mut short = opening.clone();
    short.inclusion.pop();
    lies.push(short);
    let mut long = opening.clone();
    long.inclusion.push(Bytes32([0; 32]));
    lies.push(long);
    lies.push(Opening { inclusion: vec![Bytes32([0; 32]); 1_000], ..opening.clone() });
    let mut bent = opening.clone();
    bent.inclusion[0].0[0] ^= 1;
    lies.push(bent);
    for lie in lies {
        assert_eq!(refused(scene.open(&scene.sign(lie), NOW)), Refusal::NotIncluded);
    }
    // In the log, and no entry.
    scene.index = scene.log.append(&[1; 40]);
    let noise = scene.answer(NOW);
    assert_eq!(refused(scene.open(&noise, NOW)), Refusal::Entry);
    // Of another ledger, whose transaction got into this log.
    scene.index = scene.log.use_right_of([4; 32], NOW, &[scene.right]);
    let foreign = scene.answer(NOW);
    assert_eq!(refused(scene.open(&foreign, NOW)), Refusal::Ledger);
}

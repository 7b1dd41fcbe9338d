//! What a device remembers: its clock, its memory, its folder.

use std::{fs, io, os::unix::fs::PermissionsExt as _};

use rand_core::OsRng;
use tabella_access_lock::{
    Config, Device, DeviceError, LedgerKey, Opening, Refusal,
    checkpoint::CheckpointError,
    device::{CHALLENGE_SECONDS, CLOCK_TOLERANCE, Status},
    storage::Step,
};

use crate::{MAX_AGE, NOW, SECONDS, Scene, refused};

#[test]
fn clock_that_was_set_back_is_noticed_also_after_a_restart() {
    let mut scene = Scene::new(false);
    let end = NOW + SECONDS;
    // The time is over; then somebody sets the clock back into the paid time.
    let late = scene.answer(end + 5);
    assert_eq!(refused(scene.open(&late, end + 5)), Refusal::Expired);
    let back = refused(scene.open(&late, end - 1));
    assert_eq!(back, Refusal::ClockBack { now: end - 1, seen: end + 5 });
    let mut scene = scene.restart();
    let back = scene.device.ask(end + 4, &mut OsRng).unwrap_err();
    assert!(matches!(back, DeviceError::Refused(Refusal::ClockBack { seen, .. }) if seen == end + 5));
    scene.device.ask(end + 5, &mut OsRng).unwrap();
}

/// Whoever has the clock set forward and back again finds it noticed, whatever the attempt in between was refused for.
#[test]
fn clock_reading_of_a_refused_attempt_is_remembered() {
    type Attempt<'a> = &'a dyn Fn(&mut Scene) -> Opening;
    let later = NOW + 20;
    let known = |scene: &mut Scene| {
        let unsigned = Opening { signature: [0; 64], ..scene.answer(NOW) };
        assert_eq!(refused(scene.open(&unsigned, NOW)), Refusal::Signature);
    };
    let at = |scene: &mut Scene, time| {
        let challenge = scene.device.ask(NOW, &mut OsRng).unwrap();
        scene.answer_to(&challenge, time)
    };
    let ahead = CLOCK_TOLERANCE + 1;
    let attempts: [(Refusal, u64, Attempt<'_>); 9] = [
        (Refusal::NothingAsked, later, &|scene| {
            let opening = scene.answer(NOW);
            scene.open(&opening, NOW).unwrap();
            opening
        }),
        (Refusal::Nonce, later, &|scene| Opening { nonce: [1; 32], ..scene.answer(NOW) }),
        (Refusal::NonceExpired, NOW + CHALLENGE_SECONDS + 1, &|scene| scene.answer(NOW)),
        (Refusal::Checkpoint(CheckpointError::Form), later, &|scene| Opening {
            checkpoint: String::new(),
            ..scene.answer(NOW)
        }),
        (Refusal::Older, later, &|scene| {
            known(scene);
            at(scene, NOW - 1)
        }),
        (Refusal::Fork, later, &|scene| {
            known(scene);
            scene.log.append(&[1; 40]);
            Opening { consistency: Vec::new(), ..scene.answer(NOW) }
        }),
        (Refusal::TooOld { age: MAX_AGE + 1, limit: MAX_AGE }, later, &|scene| at(scene, later - MAX_AGE - 1)),
        (Refusal::Ahead(ahead), later, &|scene| at(scene, later + ahead)),
        (Refusal::Signature, later, &|scene| Opening { signature: [0; 64], ..scene.answer(NOW) }),
    ];
    for (refusal, now, attempt) in attempts {
        let mut scene = Scene::new(false);
        let opening = attempt(&mut scene);
        let before = scene.device.status();
        assert_eq!(refused(scene.open(&opening, now)), refusal);
        let status = scene.device.status();
        assert_eq!(status.latest_time, now, "{refusal}");
        if refusal != Refusal::Signature {
            // Nothing else is: neither the nonce nor the checkpoint.
            assert_eq!(status, Status { latest_time: now, ..before });
        }
        let mut scene = scene.restart();
        let back = scene.device.ask(now - 1, &mut OsRng).unwrap_err();
        assert!(matches!(back, DeviceError::Refused(Refusal::ClockBack { seen, .. }) if seen == now), "{refusal}");
        assert_eq!(refused(scene.open(&opening, NOW)), Refusal::ClockBack { now: NOW, seen: now });
    }
}

#[test]
fn clock_behind_the_ledgers_is_noticed() {
    let mut scene = Scene::new(false);
    let challenge = scene.device.ask(NOW, &mut OsRng).unwrap();
    let ahead = scene.answer_to(&challenge, NOW + CLOCK_TOLERANCE);
    scene.open(&ahead, NOW).unwrap();
    // The ledger's time counts, less the tolerance.
    assert!(scene.device.ask(NOW - 1, &mut OsRng).is_err());
}

/// The power is cut after each step of writing: the device knows what it has opened for, or has not opened, or stays shut.
#[test]
fn power_cut_at_any_step_loses_nothing() {
    for cut in Step::ALL {
        let mut scene = Scene::new(false);
        let opening = scene.answer(NOW);
        let mut power = |step| if step == cut { Err(io::Error::other("no power")) } else { Ok(()) };
        let outcome = scene.device.open_watched(&opening, NOW, &mut power);
        assert!(matches!(outcome, Err(DeviceError::File { .. })), "it does not open at {cut:?}");
        let mut scene = scene.restart();
        let renamed = cut == Step::Renamed;
        assert_eq!(scene.device.status().remembered, usize::from(renamed), "{cut:?}");
        // It opens once in all.
        let outcome = scene.open(&opening, NOW + 1);
        if renamed {
            assert_eq!(refused(outcome), Refusal::NothingAsked);
        } else {
            outcome.unwrap();
            let again = scene.answer(NOW + 2);
            assert_eq!(refused(scene.open(&again, NOW + 2)), Refusal::Used);
        }
    }
}

/// Somebody copies a device's folder, key and memory included. No rule tells the two apart: each is a device, and opens by its own
/// memory.
#[test]
fn copied_folder_is_a_second_device_of_the_same_key() {
    let mut scene = Scene::new(false);
    let copy_as = |scene: &Scene, name: &str| {
        let (from, to) = (scene.folder.path().join("door"), scene.folder.path().join(name));
        fs::create_dir(&to).unwrap();
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        Device::load(&to).unwrap()
    };
    let mut copy = copy_as(&scene, "copy");
    assert_eq!(copy.public_key(), scene.device.public_key());
    // The user answers the door: the answer is to the door's nonce, and the copy has asked nothing, or something else.
    let opening = scene.answer(NOW);
    assert_eq!(refused(copy.open(&opening, NOW)), Refusal::NothingAsked);
    let asked_by_copy = copy.ask(NOW, &mut OsRng).unwrap();
    assert_eq!(refused(copy.open(&opening, NOW)), Refusal::Nonce);
    scene.open(&opening, NOW).unwrap();
    // What the copy asks bears the device's signature: a user who answers it opens the copy, once more for the one right.
    assert!(asked_by_copy.is_by(&scene.device.public_key()));
    let to_copy = scene.answer_to(&asked_by_copy, NOW);
    copy.open(&to_copy, NOW).unwrap();
    // Each of them opens once: it remembers.
    let again = scene.answer(NOW + 1);
    assert_eq!(refused(scene.open(&again, NOW + 1)), Refusal::Used);
    let asked = copy.ask(NOW + 1, &mut OsRng).unwrap();
    assert_eq!(refused(copy.open(&scene.answer_to(&asked, NOW + 1), NOW + 1)), Refusal::Used);
    // A copy that is made now knows that the right was used.
    let mut late = copy_as(&scene, "late");
    let asked = late.ask(NOW + 2, &mut OsRng).unwrap();
    assert_eq!(refused(late.open(&scene.answer_to(&asked, NOW + 2), NOW + 2)), Refusal::Used);

    // One that is made while a nonce waits takes the answer to it as well.
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    let mut twin = copy_as(&scene, "twin");
    scene.open(&opening, NOW).unwrap();
    twin.open(&opening, NOW).unwrap();
}

#[test]
fn torn_missing_or_altered_memory_keeps_the_device_shut() {
    let mut scene = Scene::new(false);
    let opening = scene.answer(NOW);
    scene.open(&opening, NOW).unwrap();
    let Scene { folder, device, .. } = scene;
    drop(device);
    let door = folder.path().join("door");
    let memory = door.join("memory");
    let whole = fs::read(&memory).unwrap();
    let load = || Device::load(&door);
    for cut in 0..whole.len() {
        fs::write(&memory, &whole[..cut]).unwrap();
        assert!(matches!(load(), Err(DeviceError::Memory)), "{cut} bytes");
    }
    let mut altered = whole.clone();
    *altered.last_mut().unwrap() ^= 1;
    for bytes in [altered, vec![0; whole.len()], [whole.clone(), vec![0]].concat()] {
        fs::write(&memory, bytes).unwrap();
        assert!(matches!(load(), Err(DeviceError::Memory)));
    }
    fs::remove_file(&memory).unwrap();
    assert!(matches!(load(), Err(DeviceError::Memory)));
    // Nor is a file that was begun and never finished taken for it.
    fs::write(door.join("memory.next"), &whole).unwrap();
    assert!(matches!(load(), Err(DeviceError::Memory)));
    fs::write(&memory, whole).unwrap();
    load().unwrap();
}

#[test]
fn folder_is_of_one_process_and_its_key_of_its_owner() {
    let scene = Scene::new(false);
    assert!(matches!(scene.load(), Err(DeviceError::File { .. })), "another process works in it");
    let Scene { folder, device, log, .. } = scene;
    drop(device);
    let door = folder.path().join("door");
    let key = door.join("device.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Device::load(&door), Err(DeviceError::Key)));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    Device::load(&door).unwrap();
    let config = |change: &dyn Fn(&mut Config)| {
        let mut config = Config { ledger: log.key_text(), owner: [6; 32], max_age: 1, reopens: false };
        change(&mut config);
        Device::create(&folder.path().join("new"), config, &mut OsRng).map(|_| ())
    };
    for max_age in [0, 86_401] {
        assert!(matches!(config(&|config| config.max_age = max_age), Err(DeviceError::Config(_))));
    }
    let malformed = ["", "ledger.test", "ledger.test+00000000+AQ=="];
    for text in malformed {
        assert!(matches!(config(&|config| config.ledger = text.to_owned()), Err(DeviceError::Config(_))));
    }
    // A key of small order, for which anybody can sign.
    let weak = ed25519_dalek::VerifyingKey::from_bytes(&{
        let mut identity = [0; 32];
        identity[0] = 1;
        identity
    });
    let weak = signed_note::new_ed25519_verifier_key("ledger.test", &weak.unwrap());
    assert!(weak.parse::<LedgerKey>().is_err());
    assert!(config(&|_| ()).is_ok());
    assert!(config(&|_| ()).is_err(), "there is one already");
}

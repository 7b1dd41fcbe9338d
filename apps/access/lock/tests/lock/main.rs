//! A device, a log made by the test, and whoever wants the device open without having paid.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod answers;
mod checkpoints;
mod log;
mod messages;
mod remembering;

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use log::Log;
use rand_core::OsRng;
use tabella_access_lock::{
    Challenge, Config, Device, DeviceError, Interval, Opened, Opening, Refusal, UsedRight, right::opening_message,
};

const NOW: u64 = 1_800_000_000;
const SECONDS: u64 = 3_600;
const MAX_AGE: u64 = 600;

fn user() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A device in a folder, the ledger, and the entry in which a right was used for the device.
struct Scene {
    folder: tempfile::TempDir,
    device: Device,
    log: Log,
    right: UsedRight,
    index: u64,
}

impl Scene {
    fn new(reopens: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::new("ledger.test", 1);
        let device = Self::device(folder.path(), &log, "door", reopens);
        for i in 0..5 {
            log.append(&[i; 40]);
        }
        let right = UsedRight {
            rental: [5; 32],
            owner: [6; 32],
            device: device.public_key(),
            key: user().verifying_key().to_bytes(),
            seconds: SECONDS,
            transfer: 0,
        };
        let index = log.use_right(NOW, &[right]);
        log.append(&[9; 40]);
        Self { folder, device, log, right, index }
    }

    fn device(folder: &Path, log: &Log, name: &str, reopens: bool) -> Device {
        let config = Config { ledger: log.key_text(), owner: [6; 32], max_age: MAX_AGE, reopens };
        Device::create(&folder.join(name), config, &mut OsRng).unwrap()
    }

    fn load(&self) -> Result<Device, DeviceError> {
        Device::load(&self.folder.path().join("door"))
    }

    /// The device's program ends, and starts again.
    fn restart(self) -> Self {
        let Self { folder, device, log, right, index } = self;
        drop(device);
        let device = Device::load(&folder.path().join("door")).unwrap();
        Self { folder, device, log, right, index }
    }

    /// The honest answer of the user at a time, with a checkpoint of that time.
    fn answer(&mut self, now: u64) -> Opening {
        let challenge = self.device.ask(now, &mut OsRng).unwrap();
        self.answer_to(&challenge, now)
    }

    fn answer_to(&self, challenge: &Challenge, checkpoint_time: u64) -> Opening {
        let interval = Interval { from: NOW, until: NOW + SECONDS };
        let opening = self.log.opening(challenge, self.index, checkpoint_time, interval);
        self.sign(opening)
    }

    fn sign(&self, mut opening: Opening) -> Opening {
        let UsedRight { rental, device, .. } = self.right;
        let message = opening_message(&self.log.ledger(), &rental, &device, &opening.nonce, opening.interval);
        opening.signature = user().sign(&message).to_bytes();
        opening
    }

    fn open(&mut self, opening: &Opening, now: u64) -> Result<Opened, DeviceError> {
        self.device.open(opening, now)
    }
}

#[track_caller]
fn refused(outcome: Result<Opened, DeviceError>) -> Refusal {
    match outcome {
        Err(DeviceError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

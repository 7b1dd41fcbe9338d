//! The device: asks, decides, remembers.

use std::{io, path::Path};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    checkpoint::{CheckpointError, LedgerKey, SeenCheckpoint},
    entry::Entry,
    memory::{Asked, MAX_REMEMBERED, Memory, Remembered},
    message::{Challenge, Opening, SeenLog},
    right::{END_OF_TIME, Interval, UsedRight, challenge_message, opening_message},
    storage::{Folder, Step},
};

/// How far the clock of the ledger may be ahead of the device's, in seconds. By so much the paid time may begin early.
pub const CLOCK_TOLERANCE: u64 = 60;
/// How long a nonce may be answered, in seconds.
pub const CHALLENGE_SECONDS: u64 = 300;
/// Longest limit for the age of a checkpoint, in seconds: a day.
pub const MAX_AGE_LIMIT: u64 = 86_400;

const CONFIG: &str = "config.json";
const KEY: &str = "device.key";
const MEMORY: &str = "memory";
const MAX_FILE_BYTES: usize = 1 << 20;

/// How a device is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The key that signs the ledger's checkpoints, in its text form.
    pub ledger: String,
    /// Ed25519 key of the device's owner: only rights that this owner let count.
    #[serde(with = "crate::hexadecimal")]
    pub owner: [u8; 32],
    /// How old a checkpoint may be, in seconds: 1 to a day.
    pub max_age: u64,
    /// Whether a right opens again while its interval lasts, by a fresh nonce each time: a door, not a socket.
    pub reopens: bool,
}

/// Why a device cannot work at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A file.
    #[error("{what} in {folder}: {error}")]
    File {
        /// Which.
        what: &'static str,
        /// Where.
        folder: String,
        /// What happened.
        error: io::Error,
    },
    /// The configuration.
    #[error("the configuration is wrong: {0}")]
    Config(String),
    /// The checkpoint that it was to know from the start.
    #[error("the checkpoint that the device is to know from the start is not the ledger's: {0}")]
    Pinned(CheckpointError),
    /// The secret key.
    #[error("device.key must be 64 hexadecimal digits in a file that only its owner may read (mode 0600)")]
    Key,
    /// The memory.
    #[error(
        "the lock's memory is torn or missing, so it does not know what it has opened for: it stays shut. Set it up anew, under \
         a new key, by `tabella-lock init`"
    )]
    Memory,
    /// A decision.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why a device does not open: one variant for each rule.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The clock shows less than it has shown, or than the ledger's.
    #[error("the device's clock was set back: it shows {now}, and {seen} has been seen")]
    ClockBack {
        /// What it shows.
        now: u64,
        /// The latest time that was seen.
        seen: u64,
    },
    /// Nothing was asked, or the nonce was used.
    #[error("no nonce waits for an answer: ask for a new one")]
    NothingAsked,
    /// The answer to another nonce.
    #[error("the answer is to another nonce than the device's last: ask for a new one")]
    Nonce,
    /// The nonce is too old.
    #[error("the nonce is older than {CHALLENGE_SECONDS} seconds: ask for a new one")]
    NonceExpired,
    /// No checkpoint of the ledger.
    #[error("the checkpoint is not the ledger's: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint before one that the device knows.
    #[error("the checkpoint is older than one that the device has seen: bring the newest")]
    Older,
    /// Two histories.
    #[error(
        "the checkpoint is not shown to go on from the one that the device has seen: the ledger has forked, or the proof is wrong"
    )]
    Fork,
    /// Too old.
    #[error("the checkpoint is {age} seconds old, and at most {limit} are allowed: bring a newer one")]
    TooOld {
        /// Its age.
        age: u64,
        /// The device's limit.
        limit: u64,
    },
    /// From the future.
    #[error("the checkpoint is {0} seconds ahead of the device's clock: set the clock")]
    Ahead(u64),
    /// No entry.
    #[error("the entry does not read")]
    Entry,
    /// Not in the log.
    #[error("the entry is not shown to be in the checkpoint's log")]
    NotIncluded,
    /// Of another ledger.
    #[error("the entry is of another ledger")]
    Ledger,
    /// For another device.
    #[error("the entry uses no right to this device")]
    Device,
    /// Somebody else let the device.
    #[error("the right was let by somebody who does not own this device")]
    Owner,
    /// Not what was paid.
    #[error("the interval is not the one that was paid")]
    Interval,
    /// Not begun.
    #[error("the paid time begins in {0} seconds by the device's clock: wait, or set the clock")]
    NotYet(u64),
    /// An entry later than its log.
    #[error("the entry is later than the checkpoint whose log it is in")]
    Later,
    /// Over.
    #[error("the paid time is over")]
    Expired,
    /// Used before.
    #[error("this right has opened the device already")]
    Used,
    /// Not by the key of the entry.
    #[error("the answer is not signed by the key that the entry names")]
    Signature,
    /// Too many at once.
    #[error("the device remembers {MAX_REMEMBERED} rights whose time is not over, and has room for no more")]
    Full,
}

/// The device opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// For which rental.
    #[serde(with = "crate::hexadecimal")]
    pub rental: [u8; 32],
    /// When it shuts, in seconds after 1970.
    pub until: u64,
}

/// What a device is and knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its Ed25519 key.
    #[serde(with = "crate::hexadecimal")]
    pub device: [u8; 32],
    /// How it is set up.
    pub config: Config,
    /// The log as far as it has seen it.
    pub seen: SeenLog,
    /// Time of the newest checkpoint, in seconds after 1970.
    pub checkpoint_time: Option<u64>,
    /// The latest time that its clock has shown.
    pub latest_time: u64,
    /// Whether a nonce waits for an answer.
    pub asked: bool,
    /// How many rights it remembers.
    pub remembered: usize,
}

/// A device, which alone works in its folder.
pub struct Device {
    folder: Folder,
    config: Config,
    ledger: LedgerKey,
    key: SigningKey,
    memory: Memory,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Config {
    fn check(&self) -> Result<LedgerKey, DeviceError> {
        if !(1..=MAX_AGE_LIMIT).contains(&self.max_age) {
            return Err(DeviceError::Config(format!(
                "the limit for a checkpoint's age is 1 to {MAX_AGE_LIMIT} seconds"
            )));
        }
        self.ledger.parse().map_err(|error: crate::LedgerKeyError| DeviceError::Config(error.to_string()))
    }
}

impl Device {
    /// Sets up a device in a new folder: a new key, and a memory that knows nothing. The first checkpoint that it is shown it
    /// believes on the ledger's signature alone.
    ///
    /// # Errors
    /// [`DeviceError::Config`]; [`DeviceError::File`] if there is such a folder.
    pub fn create(path: &Path, config: Config, rng: &mut (impl RngCore + CryptoRng)) -> Result<Self, DeviceError> {
        let ledger = config.check()?;
        Self::set_up(path, (config, ledger), Memory::default(), rng)
    }

    /// The same, and the device knows a checkpoint from the start: it takes no history that does not go on from that one.
    ///
    /// # Errors
    /// As [`Self::create`]; [`DeviceError::Pinned`] if it is no checkpoint of the ledger's, or one of an empty log.
    pub fn create_pinned(
        path: &Path,
        config: Config,
        checkpoint: &str,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, DeviceError> {
        let ledger = config.check()?;
        let newest = ledger.read(checkpoint).map_err(DeviceError::Pinned)?;
        if newest.size == 0 {
            return Err(DeviceError::Pinned(CheckpointError::Empty));
        }
        Self::set_up(path, (config, ledger), Memory { newest: Some(newest), ..Memory::default() }, rng)
    }

    fn set_up(
        path: &Path,
        (config, ledger): (Config, LedgerKey),
        memory: Memory,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, DeviceError> {
        let failed = |what| move |error| DeviceError::File { what, folder: path.display().to_string(), error };
        let folder = Folder::create(path).map_err(failed("a new folder"))?;
        let key = SigningKey::generate(rng);
        let mut secret = Zeroizing::new([0; 64]);
        hex::encode_to_slice(key.as_bytes(), secret.as_mut_slice()).map_err(|_| DeviceError::Key)?;
        let text = serde_json::to_vec_pretty(&config).map_err(|error| DeviceError::Config(error.to_string()))?;
        folder.replace(KEY, secret.as_slice()).map_err(failed(KEY))?;
        folder.replace(CONFIG, &text).map_err(failed(CONFIG))?;
        // Last: without it the device does not work.
        folder.replace(MEMORY, &memory.to_bytes()).map_err(failed(MEMORY))?;
        Ok(Self { folder, config, ledger, key, memory })
    }

    /// Opens the folder of a device.
    ///
    /// # Errors
    /// [`DeviceError`]; [`DeviceError::Memory`] if it does not know any more what it has opened for.
    pub fn load(path: &Path) -> Result<Self, DeviceError> {
        let failed = |what| move |error| DeviceError::File { what, folder: path.display().to_string(), error };
        let folder = Folder::open(path).map_err(failed("the device's folder"))?;
        let text = folder.read(CONFIG, MAX_FILE_BYTES).map_err(failed(CONFIG))?;
        let config: Config = serde_json::from_slice(&text).map_err(|error| DeviceError::Config(error.to_string()))?;
        let ledger = config.check()?;
        if !folder.is_private(KEY).map_err(failed(KEY))? {
            return Err(DeviceError::Key);
        }
        let text = Zeroizing::new(folder.read(KEY, MAX_FILE_BYTES).map_err(failed(KEY))?);
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.as_slice(), secret.as_mut_slice()).map_err(|_| DeviceError::Key)?;
        let key = SigningKey::from_bytes(&secret);
        let memory = match folder.read(MEMORY, MAX_FILE_BYTES) {
            Ok(bytes) => Memory::from_bytes(&bytes).ok_or(DeviceError::Memory)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(DeviceError::Memory),
            Err(error) => return Err(failed(MEMORY)(error)),
        };
        Ok(Self { folder, config, ledger, key, memory })
    }

    /// The device's Ed25519 key, which offers name.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// What it is and knows.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            device: self.public_key(),
            config: self.config.clone(),
            seen: self.seen(),
            checkpoint_time: self.memory.newest.map(|newest| newest.time),
            latest_time: self.memory.latest,
            asked: self.memory.asked.is_some(),
            remembered: self.memory.opened.len(),
        }
    }

    /// Asks: a fresh nonce, in place of any before.
    ///
    /// # Errors
    /// [`Refusal::ClockBack`]; [`DeviceError::File`] if it cannot be remembered.
    pub fn ask(&mut self, now: u64, rng: &mut (impl RngCore + CryptoRng)) -> Result<Challenge, DeviceError> {
        let mut next = self.at(now)?;
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        next.asked = Some(Asked { nonce, time: now });
        self.remember(next, &mut |_| Ok(()))?;
        let (device, seen) = (self.public_key(), self.seen());
        let signature = self.key.sign(&challenge_message(&device, &nonce, seen.size, &seen.root)).to_bytes();
        Ok(Challenge { device, nonce, seen, signature })
    }

    /// Decides on an answer. When this returns that the device opens, it is on the disk that it has.
    ///
    /// # Errors
    /// [`Refusal`] names the rule; [`DeviceError::File`] if the decision cannot be remembered.
    pub fn open(&mut self, opening: &Opening, now: u64) -> Result<Opened, DeviceError> {
        self.open_watched(opening, now, &mut |_| Ok(()))
    }

    /// The same, and whoever watches can cut the power after each step of writing.
    ///
    /// # Errors
    /// As [`Self::open`], and those of `after`.
    pub fn open_watched(
        &mut self,
        opening: &Opening,
        now: u64,
        after: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<Opened, DeviceError> {
        let mut next = self.at(now)?;
        let checked = self.check_nonce(&next, opening, now).and_then(|()| self.check_checkpoint(&next, opening, now));
        let checkpoint = match checked {
            Ok(checkpoint) => checkpoint,
            Err(refusal) => {
                // What the clock has shown counts, whoever asked for it.
                if now > self.memory.latest {
                    self.remember(Memory { latest: now, ..self.memory.clone() }, after)?;
                }
                return Err(refusal.into());
            }
        };
        // From here on it is remembered, whatever becomes of the right: whoever brings the next one must go on from it.
        next.newest = Some(checkpoint);
        let decision = self.check_right(&next, &checkpoint, opening, now);
        if let Ok((_, remembered)) = decision {
            next.asked = None;
            if !next.opened.contains(&remembered) {
                next.opened.push(remembered);
            }
        }
        self.remember(next, after)?;
        Ok(decision?.0)
    }

    /// The memory at a time: the clock never goes back, and what is over is forgotten.
    fn at(&self, now: u64) -> Result<Memory, Refusal> {
        // The ledger's clock counts too: a device that was without power for a month knows at least that.
        let ledger = self.memory.newest.map_or(0, |newest| newest.time.saturating_sub(CLOCK_TOLERANCE));
        let seen = self.memory.latest.max(ledger);
        if now < seen || now >= END_OF_TIME {
            return Err(Refusal::ClockBack { now, seen });
        }
        let mut next = self.memory.clone();
        next.latest = now;
        next.opened.retain(|remembered| now < remembered.until);
        Ok(next)
    }

    fn check_nonce(&self, memory: &Memory, opening: &Opening, now: u64) -> Result<(), Refusal> {
        let Asked { nonce, time } = memory.asked.ok_or(Refusal::NothingAsked)?;
        if opening.nonce != nonce {
            return Err(Refusal::Nonce);
        }
        if now - time > CHALLENGE_SECONDS { Err(Refusal::NonceExpired) } else { Ok(()) }
    }

    fn check_checkpoint(&self, memory: &Memory, opening: &Opening, now: u64) -> Result<SeenCheckpoint, Refusal> {
        let checkpoint = self.ledger.read(&opening.checkpoint)?;
        let path: Vec<_> = opening.consistency.iter().map(|hash| hash.0).collect();
        match memory.newest {
            Some(newest) if checkpoint.size < newest.size || checkpoint.time < newest.time => {
                return Err(Refusal::Older);
            }
            Some(newest) if !checkpoint.extends(&newest, &path) => return Err(Refusal::Fork),
            None if !path.is_empty() => return Err(Refusal::Fork),
            _ => {}
        }
        let age = now.saturating_sub(checkpoint.time);
        if age > self.config.max_age {
            return Err(Refusal::TooOld { age, limit: self.config.max_age });
        }
        match checkpoint.time.saturating_sub(now) {
            ahead if ahead > CLOCK_TOLERANCE => Err(Refusal::Ahead(ahead)),
            _ => Ok(checkpoint),
        }
    }

    fn check_right(
        &self,
        memory: &Memory,
        checkpoint: &SeenCheckpoint,
        opening: &Opening,
        now: u64,
    ) -> Result<(Opened, Remembered), Refusal> {
        let path: Vec<_> = opening.inclusion.iter().map(|hash| hash.0).collect();
        if !checkpoint.includes(&opening.entry, opening.index, &path) {
            return Err(Refusal::NotIncluded);
        }
        let entry = Entry::from_bytes(&opening.entry).ok_or(Refusal::Entry)?;
        if entry.ledger != self.ledger.ledger_id() {
            return Err(Refusal::Ledger);
        }
        let device = self.public_key();
        let mut rights = entry.rights.iter().filter(|right| right.device == device).peekable();
        rights.peek().ok_or(Refusal::Device)?;
        // The ledger lets an owner's device be used once at a time, so that there is at most one.
        let right = rights.find(|right| right.owner == self.config.owner).ok_or(Refusal::Owner)?;
        let interval = Interval::paid(entry.time, right.seconds).ok_or(Refusal::Interval)?;
        if opening.interval != interval {
            return Err(Refusal::Interval);
        }
        match interval.from.saturating_sub(now) {
            early if early > CLOCK_TOLERANCE => return Err(Refusal::NotYet(early)),
            _ if checkpoint.time < entry.time => return Err(Refusal::Later),
            _ => {}
        }
        if now >= interval.until {
            return Err(Refusal::Expired);
        }
        let remembered = Remembered { entry: opening.index, until: interval.until };
        let before = memory.opened.contains(&remembered);
        if before && !self.config.reopens {
            return Err(Refusal::Used);
        }
        if !before && memory.opened.len() >= MAX_REMEMBERED {
            return Err(Refusal::Full);
        }
        if !is_signed(&entry.ledger, right, opening, interval) {
            return Err(Refusal::Signature);
        }
        Ok((Opened { rental: right.rental, until: interval.until }, remembered))
    }

    fn seen(&self) -> SeenLog {
        self.memory
            .newest
            .map_or(SeenLog { size: 0, root: [0; 32] }, |SeenCheckpoint { size, root, .. }| SeenLog { size, root })
    }

    fn remember(&mut self, next: Memory, after: &mut dyn FnMut(Step) -> io::Result<()>) -> Result<(), DeviceError> {
        self.folder.replace_watched(MEMORY, &next.to_bytes(), after).map_err(|error| DeviceError::File {
            what: "the lock's memory",
            folder: self.folder.file("").display().to_string(),
            error,
        })?;
        self.memory = next;
        Ok(())
    }
}

fn is_signed(ledger: &[u8; 32], right: &UsedRight, opening: &Opening, interval: Interval) -> bool {
    let message = opening_message(ledger, &right.rental, &right.device, &opening.nonce, interval);
    let signature = Signature::from_bytes(&opening.signature);
    VerifyingKey::from_bytes(&right.key).is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
}

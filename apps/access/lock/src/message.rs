//! What a lock and the user's client send each other: JSON, numbers as numbers, bytes in hexadecimal.

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    checkpoint::MAX_NOTE_BYTES,
    entry::MAX_ENTRY_BYTES,
    right::{Interval, challenge_message},
};

/// Bytes of a message, at most: an entry in hexadecimal, a checkpoint whose newlines are escaped, two proofs.
pub const MAX_MESSAGE_BYTES: usize = 2 * (MAX_ENTRY_BYTES + MAX_NOTE_BYTES) + 32_768;

/// Why a text is no message.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// Longer than [`MAX_MESSAGE_BYTES`].
    #[error("a message between lock and client has at most {MAX_MESSAGE_BYTES} bytes")]
    TooLong,
    /// Not the JSON of this message.
    #[error("the message does not read: {0}")]
    Form(String),
}

/// The log as far as a lock has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenLog {
    /// Number of leaves; 0 before the first checkpoint.
    pub size: u64,
    /// Root; zeros before the first checkpoint.
    #[serde(with = "crate::hexadecimal")]
    pub root: [u8; 32],
}

/// What a lock asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Ed25519 key of the device.
    #[serde(with = "crate::hexadecimal")]
    pub device: [u8; 32],
    /// Fresh and random. It is good for one opening.
    #[serde(with = "crate::hexadecimal")]
    pub nonce: [u8; 32],
    /// From where on the lock wants to be shown that the log only grew.
    pub seen: SeenLog,
    /// The device's signature of [`challenge_message`].
    #[serde(with = "crate::hexadecimal")]
    pub signature: [u8; 64],
}

impl Challenge {
    /// Reads a challenge. That it is the device's is for [`Self::is_by`] to say.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn from_json(text: &[u8]) -> Result<Self, MessageError> {
        read(text)
    }

    /// The message.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(self)
    }

    /// Whether a device asks this: nobody else's nonce is worth an answer.
    #[must_use]
    pub fn is_by(&self, device: &[u8; 32]) -> bool {
        let message = challenge_message(device, &self.nonce, self.seen.size, &self.seen.root);
        let signature = Signature::from_bytes(&self.signature);
        self.device == *device
            && VerifyingKey::from_bytes(device).is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
    }
}

/// The answer of whoever wants the lock open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The nonce that is answered.
    #[serde(with = "crate::hexadecimal")]
    pub nonce: [u8; 32],
    /// A checkpoint of the ledger's own log: the signed note.
    pub checkpoint: String,
    /// That the checkpoint's log begins with the one that the lock has seen.
    pub consistency: Vec<Bytes32>,
    /// The entry that uses the right: the leaf's bytes.
    #[serde(with = "crate::hexadecimal")]
    pub entry: Vec<u8>,
    /// The leaf's index.
    pub index: u64,
    /// That the leaf is in the checkpoint's log.
    pub inclusion: Vec<Bytes32>,
    /// The paid interval.
    pub interval: Interval,
    /// Signature of [`crate::right::opening_message`] by the key that the entry names.
    #[serde(with = "crate::hexadecimal")]
    pub signature: [u8; 64],
}

impl Opening {
    /// The message.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(self)
    }

    /// Reads an opening. Nothing of it is believed before [`crate::device::Device::open`].
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn from_json(text: &[u8]) -> Result<Self, MessageError> {
        read(text)
    }
}

/// A hash in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes32(#[serde(with = "crate::hexadecimal")] pub [u8; 32]);

fn write(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("numbers and texts are JSON")
}

fn read<T: for<'a> Deserialize<'a>>(text: &[u8]) -> Result<T, MessageError> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(MessageError::TooLong);
    }
    serde_json::from_slice(text).map_err(|error| MessageError::Form(error.to_string()))
}

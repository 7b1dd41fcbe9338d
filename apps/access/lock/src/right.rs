//! The use of a right as the ledger's entry tells it, and what is signed between a lock and whoever wants it open.

use blake2b_simd::Params;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The application's name in actions: `access` and two zero bytes.
pub const APPLICATION: [u8; 8] = *b"access\0\0";
/// First byte of the body of an action that uses a right; [`UsedRight`] follows.
pub const USE_ACTION: u8 = 1;
/// Longest interval that one right pays for, in seconds: a year.
pub const MAX_SECONDS: u64 = 366 * 86_400;
/// Times are below this, in seconds after 1970: 2^40.
pub const END_OF_TIME: u64 = 1 << 40;

/// What a device signs when it asks. BLAKE2b personalisations, 16 bytes each, used once; the application's others are in
/// its rules.
const CHALLENGE: &[u8; 16] = b"Access_Challenge";
/// What the user of a right signs.
const OPENING: &[u8; 16] = b"Access_Opening__";

/// The body of the action that uses a right: all that a lock must know of it. The ledger has checked it against the rental.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UsedRight {
    /// Which rental.
    pub rental: [u8; 32],
    /// Ed25519 key of the device's owner: anybody can let a device that is not theirs, to themselves.
    pub owner: [u8; 32],
    /// Ed25519 key of the device.
    pub device: [u8; 32],
    /// Ed25519 key, made for this use alone, that signs the answers to the device's nonces.
    pub key: [u8; 32],
    /// How long the device is open, from the time of the entry's block on.
    pub seconds: u64,
    /// Index of the transfer that consumes the right.
    pub transfer: u32,
}

/// A paid interval: open at `from`, shut again at `until`. Seconds after 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The first second.
    pub from: u64,
    /// The first second after it.
    pub until: u64,
}

impl Interval {
    /// The interval that a number of seconds pays for, from the time of the entry on; `None` unless it is from 1 second to a year
    /// and ends before the end of time.
    #[must_use]
    pub fn paid(from: u64, seconds: u64) -> Option<Self> {
        let until = from.checked_add(seconds)?;
        let possible = (1..=MAX_SECONDS).contains(&seconds) && until < END_OF_TIME;
        possible.then_some(Self { from, until })
    }
}

fn hash(personal: &[u8; 16], parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Params::new().hash_length(32).personal(personal).to_state();
    for part in parts {
        state.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(state.finalize().as_bytes());
    out
}

/// What a device signs when it asks:
/// `BLAKE2b-256("Access_Challenge", device || nonce || size of the log that it knows (8 bytes) || root)`.
#[must_use]
pub fn challenge_message(device: &[u8; 32], nonce: &[u8; 32], size: u64, root: &[u8; 32]) -> [u8; 32] {
    hash(CHALLENGE, &[device, nonce, &size.to_le_bytes(), root])
}

/// What the key that a use names signs, to have the device opened:
/// `BLAKE2b-256("Access_Opening__", ledger || rental || device || nonce || from (8 bytes) || until (8 bytes))`.
#[must_use]
pub fn opening_message(
    ledger: &[u8; 32],
    rental: &[u8; 32],
    device: &[u8; 32],
    nonce: &[u8; 32],
    interval: Interval,
) -> [u8; 32] {
    let Interval { from, until } = interval;
    hash(OPENING, &[ledger, rental, device, nonce, &from.to_le_bytes(), &until.to_le_bytes()])
}

//! The last contribution of a phase: made from a public random value, so that anybody can make it again.

use std::ops::RangeInclusive;

use ark_bls12_381::Fr;
use ark_ff::PrimeField;
use sha2::{Digest, Sha256};
use tabella_protocol::{domain::personal, hash::blake2b_512};

use super::{Part, Progress, ProgressFn, Secret, Text, TranscriptHash};

/// Rounds of hashing, as a power of two. 2^30 keep a verifier busy for a minute.
pub const ROUNDS_LOG2: RangeInclusive<u8> = 1..=30;
/// Longest value, in bytes.
pub(super) const MAX_VALUE_BYTES: usize = 256;

/// A public random value that nobody could know when the last contribution was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// Where the value comes from, for whoever wants to look it up.
    pub description: Text,
    /// The value: 1 to 256 bytes.
    value: Vec<u8>,
    /// It is hashed 2^rounds_log2 times, so that whoever has a say in the value cannot try many in time.
    rounds_log2: u8,
}

impl Beacon {
    /// A beacon; `None` for an empty or overlong value, or rounds that are not in [`ROUNDS_LOG2`].
    #[must_use]
    pub fn new(description: Text, value: Vec<u8>, rounds_log2: u8) -> Option<Self> {
        let fits = (1..=MAX_VALUE_BYTES).contains(&value.len()) && ROUNDS_LOG2.contains(&rounds_log2);
        fits.then_some(Self { description, value, rounds_log2 })
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Binary logarithm of the number of hashes.
    #[must_use]
    pub const fn rounds_log2(&self) -> u8 {
        self.rounds_log2
    }

    /// SHA-256 of the value, of that hash, and so on, 2^rounds_log2 times.
    #[must_use]
    pub fn seed(&self, progress: &ProgressFn<'_>) -> [u8; 32] {
        const STEP: u64 = 1 << 16;
        let rounds = 1u64 << self.rounds_log2;
        progress(Progress::Begin(Part::Beacon, rounds.div_ceil(STEP)));
        let mut hash: [u8; 32] = Sha256::digest(&self.value).into();
        for round in 1..rounds {
            hash = Sha256::digest(hash).into();
            if round % STEP == 0 {
                progress(Progress::Done(1));
            }
        }
        hash
    }

    /// The factor that the beacon multiplies into a secret:
    /// `BLAKE2b-512("Tabella_SetupSec", "beacon" || transcript before || seed || name of the secret)` modulo r.
    #[must_use]
    pub fn factor(seed: &[u8; 32], previous: &TranscriptHash, secret: Secret) -> Fr {
        let parts: [&[u8]; 4] = [b"beacon", &previous.0, seed, secret.name().as_bytes()];
        Fr::from_le_bytes_mod_order(&blake2b_512(personal::SETUP_SECRET, &parts))
    }
}

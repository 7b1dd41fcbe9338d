//! The ledger's key, and checkpoints under it: `c2sp.org/signed-note`, `c2sp.org/tlog-checkpoint`, RFC 6962 proofs.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use blake2b_simd::Params;
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signature, VerifyingKey};
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use thiserror::Error;
use tlog_tiles::{Checkpoint, Hash, check_record, check_tree};

use crate::right::END_OF_TIME;

/// Bytes of a signed checkpoint, at most.
pub const MAX_NOTE_BYTES: usize = 32_768;
/// Hashes of a proof, at most: a log has fewer than 2^62 leaves.
pub const MAX_PATH: usize = 64;
/// Leaves of a log, at most.
const MAX_SIZE: u64 = 1 << 62;
/// First byte of an encoded key: Ed25519.
const ED25519: u8 = 1;
/// Begins the extension line that tells a checkpoint's block: `tabella/v1/block <height> <time>`.
const BLOCK: &str = "tabella/v1/block";
/// Personalisation of a ledger's id, as in the ledger's protocol.
const LEDGER_ID: &[u8; 16] = b"Tabella_LedgerId";

/// The key that signs a ledger's checkpoints, and the ledger's name, which is the origin of its log. Text form:
/// `<name>+<key id, 8 hexadecimal digits>+<base64 of 0x01 || key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

/// The text is no key of a ledger.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a ledger's key has the form <name>+<8 hexadecimal digits>+<base64>, as `tabella access ledger-key` prints it")]
pub struct LedgerKeyError;

impl LedgerKey {
    /// The ledger's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ledger's id: `BLAKE2b-256("Tabella_LedgerId", length of name (8 bytes) || name || key)`.
    #[must_use]
    pub fn ledger_id(&self) -> [u8; 32] {
        let mut state = Params::new().hash_length(32).personal(LEDGER_ID).to_state();
        state.update(&(self.name.len() as u64).to_le_bytes()).update(self.name.as_bytes()).update(self.key.as_bytes());
        let mut id = [0; 32];
        id.copy_from_slice(state.finalize().as_bytes());
        id
    }

    /// Reads a checkpoint of the ledger's own log that this key has signed.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn read(&self, note: &str) -> Result<SeenCheckpoint, CheckpointError> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(CheckpointError::Form);
        }
        let read = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Form)?;
        read.verify(&VerifierList::new(vec![Box::new(self.clone())])).map_err(|_| CheckpointError::Signature)?;
        let checkpoint = Checkpoint::from_bytes(read.text()).map_err(|_| CheckpointError::Form)?;
        if checkpoint.origin() != self.name {
            return Err(CheckpointError::Origin);
        }
        let mut blocks = checkpoint.extension().lines().filter(|line| line.split(' ').next() == Some(BLOCK));
        let time = match (blocks.next(), blocks.next()) {
            (Some(line), None) => time_of(line).ok_or(CheckpointError::Time)?,
            _ => return Err(CheckpointError::Time),
        };
        if checkpoint.size() > MAX_SIZE {
            return Err(CheckpointError::Form);
        }
        Ok(SeenCheckpoint { size: checkpoint.size(), root: checkpoint.hash().0, time })
    }
}

/// The time of `tabella/v1/block <height> <time>`, both decimal and canonical.
fn time_of(line: &str) -> Option<u64> {
    let mut words = line.split(' ').skip(1);
    let height: u64 = words.next()?.parse().ok()?;
    let time: u64 = words.next()?.parse().ok()?;
    (format!("{BLOCK} {height} {time}") == line && time < END_OF_TIME).then_some(time)
}

impl Verifier for LedgerKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // Strict: one signature has one encoding, and keys of small order never verify.
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&signed_note::new_ed25519_verifier_key(&self.name, &self.key))
    }
}

impl FromStr for LedgerKey {
    type Err = LedgerKeyError;

    fn from_str(text: &str) -> Result<Self, LedgerKeyError> {
        let text = text.trim();
        // The library checks form and key id; the key itself it keeps to itself.
        let standard = StandardVerifier::new(text).map_err(|_| LedgerKeyError)?;
        let encoded = text.splitn(3, '+').nth(2).ok_or(LedgerKeyError)?;
        let encoded = STANDARD.decode(encoded).map_err(|_| LedgerKeyError)?;
        let key = encoded.strip_prefix(&[ED25519]).ok_or(LedgerKeyError)?;
        let key = VerifyingKey::try_from(key).map_err(|_| LedgerKeyError)?;
        let read = Self { name: standard.name().to_owned(), id: standard.key_id(), key };
        if key.is_weak() || read.to_string() != text { Err(LedgerKeyError) } else { Ok(read) }
    }
}

/// Why a text is no checkpoint of the ledger.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// No signed note, or no checkpoint in it.
    #[error("it is no signed checkpoint")]
    Form,
    /// Not by the ledger's key.
    #[error("it is not signed by the ledger's key")]
    Signature,
    /// Of another log of the same ledger.
    #[error("it is of another log than the ledger's own")]
    Origin,
    /// It does not tell its time.
    #[error("it does not tell the time of its block")]
    Time,
    /// Of a log without entries: every history goes on from it.
    #[error("it is of an empty log, from which every history goes on: take a later one")]
    Empty,
}

/// A checkpoint that the ledger's key has signed, as far as a lock remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SeenCheckpoint {
    /// Number of leaves.
    pub size: u64,
    /// Root of the log's tree.
    pub root: [u8; 32],
    /// Time of its block, in seconds after 1970.
    pub time: u64,
}

impl SeenCheckpoint {
    /// Whether this tree begins with all leaves of an older one.
    #[must_use]
    pub fn extends(&self, older: &Self, path: &[[u8; 32]]) -> bool {
        if older.size == 0 {
            return path.is_empty();
        }
        if older.size > self.size || path.len() > MAX_PATH {
            return false;
        }
        let path = path.iter().copied().map(Hash).collect();
        check_tree(&path, self.size, Hash(self.root), older.size, Hash(older.root)).is_ok()
    }

    /// Whether this tree has a leaf at an index.
    #[must_use]
    pub fn includes(&self, leaf: &[u8], index: u64, path: &[[u8; 32]]) -> bool {
        if index >= self.size || path.len() > MAX_PATH {
            return false;
        }
        let path = path.iter().copied().map(Hash).collect();
        check_record(&path, self.size, Hash(self.root), index, tlog_tiles::record_hash(leaf)).is_ok()
    }
}

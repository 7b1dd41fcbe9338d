//! The election record: one file that anyone verifies with nothing else.
//!
//! Encoding: the 16 bytes of [`MAGIC`], then borsh of [`ElectionRecord`]. The encoding is canonical: a file that decodes
//! re-encodes to the same bytes.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::transaction::LoggedTransaction;

/// The first 16 bytes of a record: kind and version of the format.
pub const MAGIC: &[u8; 16] = b"tabella record 1";
/// Longest record that is read, in bytes.
pub const MAX_RECORD_BYTES: u64 = 1 << 32;

/// Everything of one election. Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ElectionRecord {
    /// Name of the ledger; with the key it hashes to the ledger id that every entry names.
    pub ledger_name: String,
    /// Ed25519 key that signs the ledger's checkpoints.
    pub ledger_key: [u8; 32],
    /// The verifying keys that the entries name, each with its origin.
    pub verifying_keys: Vec<Vec<u8>>,
    /// The entries of the election's log, the opening first.
    pub entries: Vec<LoggedTransaction>,
    /// The ledger's signed checkpoint of the election's log at the number of entries above (C2SP tlog-checkpoint).
    pub checkpoint: String,
}

/// Why bytes are no record.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordDecodeError {
    /// Another kind of file.
    #[error("this is not an election record (it does not begin with \"tabella record\")")]
    Magic,
    /// Another version of the format.
    #[error("this record has a format version that this program does not read; get a newer one")]
    Version,
    /// Damaged, cut off, or with trailing bytes.
    #[error("the record is damaged: {0}")]
    Content(String),
    /// Too long.
    #[error("the record is longer than {MAX_RECORD_BYTES} bytes")]
    Length,
}

impl ElectionRecord {
    /// The file's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        self.serialize(&mut bytes).expect("writing to memory");
        bytes
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`RecordDecodeError`] tells what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordDecodeError> {
        if bytes.len() as u64 > MAX_RECORD_BYTES {
            return Err(RecordDecodeError::Length);
        }
        let Some((magic, content)) = bytes.split_at_checked(MAGIC.len()) else { return Err(RecordDecodeError::Magic) };
        if magic != MAGIC {
            let other_version = magic.starts_with(b"tabella record ");
            return Err(if other_version { RecordDecodeError::Version } else { RecordDecodeError::Magic });
        }
        borsh::from_slice(content).map_err(|error| RecordDecodeError::Content(error.to_string()))
    }
}

//! Files that people hand to one another. They are public but for [`ViewingKeyFile`], which one auditor is given, [`AuditFile`],
//! which is the voter's own, and a disclosed payment, which is for whoever is to believe it.
//!
//! Form: a line of text `tabella <kind> 1`, then borsh of the content. The line lets a person see what a file is, and a
//! program say which file it was given instead of the one it needs.

mod audit;
mod disclosure;
mod parties;
mod receipt;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

pub use audit::{AuditFile, AuditFileError};
pub use parties::{
    CanaryFile, ManifestFile, ManifestFileError, PartialFile, RoundFile, RoundFileError, ViewingKeyFile, decode_round,
};
pub use receipt::{ProvedReceipt, ReceiptError, ReceiptFile, RecordLookupError};

/// The longest line that names a kind.
pub const MAX_HEADER_BYTES: usize = 64;

/// Content of a file.
pub trait PublicFile: BorshSerialize + BorshDeserialize {
    /// The kind, in the words of messages.
    const KIND: &'static str;
}

/// Why bytes are not the file that is needed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileError {
    /// A file of Tabella, of another kind.
    #[error("it is a file \"{found}\", and a file \"{needed}\" is needed")]
    Kind {
        /// What is needed.
        needed: &'static str,
        /// What the file says it is.
        found: String,
    },
    /// Something else.
    #[error("it is no file of tabella, and a file \"{0}\" is needed")]
    Foreign(&'static str),
    /// The content does not decode, canonically and to the last byte.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// The bytes of a file.
#[must_use]
pub fn encode<T: PublicFile>(content: &T) -> Vec<u8> {
    let mut bytes = header(T::KIND).into_bytes();
    content.serialize(&mut bytes).expect("writing to memory");
    bytes
}

/// Reads the bytes of a file.
///
/// # Errors
/// [`FileError`] tells what the bytes are instead.
pub fn decode<T: PublicFile>(bytes: &[u8]) -> Result<T, FileError> {
    let Some(content) = bytes.strip_prefix(header(T::KIND).as_bytes()) else {
        return Err(match kind_of(bytes) {
            Some(found) => FileError::Kind { needed: T::KIND, found },
            None => FileError::Foreign(T::KIND),
        });
    };
    borsh::from_slice(content).map_err(|error| FileError::Damaged(error.to_string()))
}

/// The kind that the bytes of a file state, if they state one.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(MAX_HEADER_BYTES))?;
    let line = head.split(|byte| *byte == b'\n').next()?;
    // An election record has no line of its own, but 16 bytes that read like one.
    if bytes.starts_with(tabella_protocol::election::MAGIC) {
        return Some("election record".to_owned());
    }
    let line = std::str::from_utf8(line).ok()?;
    if line.chars().any(char::is_control) {
        return None;
    }
    Some(line.strip_prefix("tabella ")?.strip_suffix(" 1")?.to_owned())
}

/// The line with which a file of a kind begins.
#[must_use]
pub fn header(kind: &str) -> String {
    format!("tabella {kind} 1\n")
}

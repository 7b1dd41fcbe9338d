//! What the parties give each other: files of one line that says what they are, and borsh.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_trade_rules::confirmation::Confirmation;
use thiserror::Error;

use crate::{
    documents::SignedDocument,
    exchange::{Answer, Offer},
    letters::{AmendmentFile, LetterFile, SignedConsent},
};

/// Longest file of any kind.
pub const MAX_FILE_BYTES: usize = 1 << 17;

/// Something that is handed over in a file.
pub trait TradeFile: BorshSerialize + BorshDeserialize {
    /// The first line, without its end.
    const HEADER: &'static str;

    /// The file's bytes.
    fn to_file(&self) -> Vec<u8> {
        let mut bytes = format!("{}\n", Self::HEADER).into_bytes();
        self.serialize(&mut bytes).expect("writing to memory");
        bytes
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// [`FileError`].
    fn from_file(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(FileError::Length);
        }
        let content = bytes.strip_prefix(Self::HEADER.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n"));
        let content = content.ok_or(FileError::Kind(Self::HEADER))?;
        borsh::from_slice(content).map_err(|error| FileError::Decode(error.to_string()))
    }
}

/// Why a file is not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileError {
    /// Too long.
    #[error("the file is longer than {MAX_FILE_BYTES} bytes")]
    Length,
    /// Another kind of file.
    #[error("the file does not begin with the line \"{0}\": is it another file?")]
    Kind(&'static str),
    /// Damaged.
    #[error("the file is damaged: {0}")]
    Decode(String),
}

impl TradeFile for LetterFile {
    const HEADER: &'static str = "tabella trade letter 1";
}

impl TradeFile for AmendmentFile {
    const HEADER: &'static str = "tabella trade amendment 1";
}

impl TradeFile for SignedConsent {
    const HEADER: &'static str = "tabella trade consent 1";
}

impl TradeFile for SignedDocument {
    const HEADER: &'static str = "tabella trade document 1";
}

impl TradeFile for Confirmation {
    const HEADER: &'static str = "tabella trade confirmation 1";
}

impl TradeFile for Offer {
    const HEADER: &'static str = "tabella trade offer 1";
}

impl TradeFile for Answer {
    const HEADER: &'static str = "tabella trade answer 1";
}

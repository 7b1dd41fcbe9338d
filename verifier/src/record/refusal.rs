//! Why a record is refused before its election opens, and by its log.

use tabella_protocol::{
    election::{ElectionId, RecordDecodeError},
    reason::{Reason, ReasonCode as Code, Reasoned},
    statement::Shape,
    transaction::{LedgerId, VerifyingKeyId},
};
use thiserror::Error;

use crate::{
    groth16::VerifyingKeyFileError,
    log::{LogHash, NoteError, OriginError},
};

/// Why a record is refused. Keys are counted from 0.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordRefusal {
    /// It does not decode.
    #[error(transparent)]
    Decode(#[from] RecordDecodeError),
    /// A verifying key does not decode.
    #[error("verifying key {index}: {error}")]
    KeyFile {
        /// Which key.
        index: usize,
        /// What is wrong with it.
        error: VerifyingKeyFileError,
    },
    /// Keys are listed in another order than that of their shapes and ids.
    #[error("verifying key {index} ({id}) is not listed in the order of shapes and ids")]
    KeyOrder {
        /// Which key.
        index: usize,
        /// Its id.
        id: VerifyingKeyId,
    },
    /// A key is listed twice.
    #[error("verifying key {index} ({id}) is listed twice")]
    KeyTwice {
        /// Which key.
        index: usize,
        /// Its id.
        id: VerifyingKeyId,
    },
    /// A key is said to be of a ceremony or of development, and is not.
    #[error("verifying key {index} ({id}) misstates its origin")]
    KeyOrigin {
        /// Which key.
        index: usize,
        /// Its id.
        id: VerifyingKeyId,
    },
    /// A key of a ceremony that the caller does not know.
    #[error(
        "verifying key {index} ({id}) for {} is not known: give the key of the ceremony that made it, if you trust that ceremony",
        .shape.name()
    )]
    UnknownKey {
        /// Which key.
        index: usize,
        /// Its id.
        id: VerifyingKeyId,
        /// Its shape.
        shape: Shape,
    },
    /// A development key where none is accepted.
    #[error(
        "verifying key {index} ({id}) for {} is not known: it is a development key, which is not accepted here",
        .shape.name()
    )]
    DevelopmentKey {
        /// Which key.
        index: usize,
        /// Its id.
        id: VerifyingKeyId,
        /// Its shape.
        shape: Shape,
    },
    /// An entry names a key that is not listed.
    #[error("it is under verifying key {0}, which the record does not list")]
    UnlistedKey(VerifyingKeyId),
    /// A key is listed that no entry names.
    #[error("verifying key {id} for {} is listed, and no entry names it", .shape.name())]
    UnusedKey {
        /// Its id.
        id: VerifyingKeyId,
        /// Its shape.
        shape: Shape,
    },
    /// An entry is of another ledger than the record.
    #[error("it was made for another ledger than {expected}")]
    OtherLedger {
        /// The record's.
        expected: LedgerId,
        /// The entry's.
        found: LedgerId,
    },
    /// There are no entries.
    #[error("the record has no entries")]
    Empty,
    /// More entries than a log has.
    #[error("the log is full")]
    LogFull,
    /// The name of the ledger is none, or too long for the name of the election's log.
    #[error("the ledger's name: {0}")]
    LedgerName(OriginError),
    /// The ledger's key is no Ed25519 key, or of small order.
    #[error("the ledger's key is no Ed25519 key, or one for which anybody can sign")]
    LedgerKey,
    /// The checkpoint is malformed, of another log, or not signed by the ledger.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The checkpoint is of another number of entries.
    #[error("the checkpoint is of {found} entries, and the record has {expected}")]
    CheckpointSize {
        /// What the checkpoint says.
        found: u64,
        /// Entries of the record.
        expected: u64,
    },
    /// The checkpoint is of other entries.
    #[error("the checkpoint's root is not that of the record's entries")]
    CheckpointRoot {
        /// What the checkpoint says.
        found: LogHash,
        /// The root of the record's entries.
        expected: LogHash,
    },
    /// It is of another election than the announced one.
    #[error("the record is of election {found}, not of {expected}")]
    OtherElection {
        /// The one that was announced.
        expected: ElectionId,
        /// The record's.
        found: ElectionId,
    },
}

impl Reasoned for RecordRefusal {
    fn reason(&self) -> Reason {
        let key =
            |code: Code, index: &usize, id: &VerifyingKeyId| Reason::from(code).number("index", *index).text("key", id);
        match self {
            Self::Decode(error) => error.reason(),
            Self::KeyFile { index, error } => Reason::from(Code::KeyUnreadable).number("index", *index).detail(error),
            Self::KeyOrder { index, id } => key(Code::KeyOrder, index, id),
            Self::KeyTwice { index, id } => key(Code::KeyTwice, index, id),
            Self::KeyOrigin { index, id } => key(Code::KeyOrigin, index, id),
            Self::UnknownKey { index, id, shape } => key(Code::KeyUnknown, index, id).text("shape", shape.name()),
            Self::DevelopmentKey { index, id, shape } => {
                key(Code::KeyDevelopment, index, id).text("shape", shape.name())
            }
            Self::UnlistedKey(id) => Reason::from(Code::KeyUnlisted).text("key", id),
            Self::UnusedKey { id, shape } => Reason::from(Code::KeyUnused).text("key", id).text("shape", shape.name()),
            Self::OtherLedger { expected, found } => {
                Reason::from(Code::OtherLedger).text("expected", expected).text("found", found)
            }
            Self::Empty => Code::RecordEmpty.into(),
            Self::LogFull => Code::LogFull.into(),
            Self::LedgerName(error) => Reason::from(Code::LedgerName).detail(error),
            Self::LedgerKey => Code::LedgerKey.into(),
            Self::Checkpoint(error) => error.reason(),
            Self::CheckpointSize { found, expected } => {
                Reason::from(Code::CheckpointSize).number("found", *found).number("expected", *expected)
            }
            Self::CheckpointRoot { found, expected } => {
                Reason::from(Code::CheckpointRoot).text("found", found).text("expected", expected)
            }
            Self::OtherElection { expected, found } => {
                Reason::from(Code::OtherElection).text("expected", expected).text("found", found)
            }
        }
    }
}

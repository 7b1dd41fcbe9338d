//! What came and went, one line a note.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, Lock, NoteValue},
    note_encryption::{Memo, SentNote},
    transaction::PoolId,
};

use super::{LogPoint, NoteKind, ReceivedNote};

/// What happened to a note.
#[expect(clippy::large_enum_variant, reason = "a memo of 512 bytes stands beside it in every entry")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum HistoryEvent {
    /// Somebody else sent it, or it was issued.
    Received(NoteKind),
    /// The wallet sent it to itself: change.
    Returned,
    /// The wallet sent it to another address.
    Sent {
        /// To whom.
        to: Address,
        /// Under an escrow.
        escrow: bool,
    },
    /// Its nullifier was recorded. An escrow may have been spent by either party.
    Spent(NoteKind),
}

/// One line of the history. `Debug` prints its place only.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Where in the log.
    pub at: LogPoint,
    /// In which pool.
    pub pool: PoolId,
    /// What happened.
    pub event: HistoryEvent,
    /// The note's asset.
    pub asset: AssetId,
    /// The note's amount.
    pub value: NoteValue,
    /// The note's memo.
    pub memo: Memo,
}

impl HistoryEntry {
    pub(super) fn of(note: &ReceivedNote, at: LogPoint, event: HistoryEvent) -> Self {
        let (asset, value) = (note.note.asset, note.note.value);
        Self { at, pool: note.pool, event, asset, value, memo: note.memo.clone() }
    }

    pub(super) fn sent(pool: PoolId, at: LogPoint, sent: &SentNote) -> Self {
        let escrow = matches!(sent.note.lock, Lock::Escrow(_));
        let event = HistoryEvent::Sent { to: sent.recipient, escrow };
        Self { at, pool, event, asset: sent.note.asset, value: sent.note.value, memo: sent.memo.clone() }
    }
}

impl fmt::Debug for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryEntry").field("at", &self.at).field("pool", &self.pool).finish_non_exhaustive()
    }
}

//! An election's log as a wallet reads it: which leaves each entry appended, and which nullifiers it recorded.

use tabella_protocol::{
    election::{APPLICATION, ElectionAction, Opening},
    note::Nullifier,
    statement::Mode,
    transaction::{LoggedTransaction, TransferEffects, TransferStatement},
    tree::Position,
};
use tabella_prover::wallet::{IssuedNote, LogContent, LogEntry, LogOutput, LogPoint};
use thiserror::Error;

/// Why a log cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogError {
    /// The first entry is not an opening.
    #[error("the log does not begin with an election's opening")]
    Opening,
    /// The roll does not give notes.
    #[error("the roll is wrong: {0}")]
    Roll(#[from] tabella_protocol::election::RollError),
    /// More leaves than a tree holds.
    #[error("the log appends more than 2^32 leaves")]
    TooLong,
}

/// The opening that an entry holds, if it holds one.
#[must_use]
pub fn opening(entry: &LoggedTransaction) -> Option<Opening> {
    let [action] = entry.transaction.effects.actions.as_slice() else { return None };
    if action.application != APPLICATION {
        return None;
    }
    match borsh::from_slice(&action.body).ok()? {
        ElectionAction::Open(opening) => Some(*opening),
        _ => None,
    }
}

/// Translates a whole log, from its opening on.
///
/// # Errors
/// [`LogError`] if it does not begin with an opening.
pub fn wallet_entries(entries: &[LoggedTransaction]) -> Result<Vec<LogEntry>, LogError> {
    let mut next = 0u32;
    let mut place = |content: LogContent| -> Result<LogOutput, LogError> {
        let position = Position(next);
        next = next.checked_add(1).ok_or(LogError::TooLong)?;
        Ok(LogOutput { position, content })
    };
    let mut translated = Vec::with_capacity(entries.len());
    for (index, entry) in (0..).zip(entries) {
        let at = LogPoint { index, time: entry.time };
        let mut outputs = Vec::new();
        let mut nullifiers = Vec::new();
        if index == 0 {
            for note in roll_notes(entry)? {
                outputs.push(place(note)?);
            }
        }
        for transfer in &entry.transaction.effects.transfers {
            for content in transfer_outputs(transfer) {
                outputs.push(place(content)?);
            }
            nullifiers.extend(recorded_nullifiers(transfer));
        }
        translated.push(LogEntry { at, outputs, nullifiers });
    }
    Ok(translated)
}

fn roll_notes(entry: &LoggedTransaction) -> Result<Vec<LogContent>, LogError> {
    let Opening { manifest, roll, .. } = opening(entry).ok_or(LogError::Opening)?;
    let id = manifest.id();
    let asset = id.asset(&manifest.authority).ok_or(LogError::Opening)?;
    let notes = roll.notes(id, asset)?;
    Ok(notes
        .iter()
        .map(|note| {
            LogContent::Issued(IssuedNote { asset, value: note.value, lock: note.lock.commitment(), rcm: note.rcm })
        })
        .collect())
}

fn transfer_outputs(transfer: &TransferEffects) -> Vec<LogContent> {
    let TransferStatement::Transfer { instance, ciphertexts } = &transfer.statement else { return Vec::new() };
    instance
        .commitments
        .iter()
        .zip(ciphertexts)
        .map(|(commitment, ciphertext)| LogContent::Encrypted {
            commitment: *commitment,
            ciphertext: ciphertext.clone(),
        })
        .collect()
}

fn recorded_nullifiers(transfer: &TransferEffects) -> Vec<Nullifier> {
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. } if instance.mode == Mode::Consume => {
            vec![instance.nullifiers[0]]
        }
        _ => transfer.nullifiers().to_vec(),
    }
}

//! Which notes pay an amount: at most two, for a transfer has two inputs.

use tabella_protocol::{
    note::{AssetId, NoteValue, Timestamp},
    transaction::PoolId,
    tree::Position,
};
use thiserror::Error;

use super::{NoteKind, ReceivedNote};

/// What is to be paid.
#[derive(Clone, Copy, Debug)]
pub struct SelectionRequest {
    /// The pool.
    pub pool: PoolId,
    /// The asset.
    pub asset: AssetId,
    /// The amount.
    pub amount: NoteValue,
    /// Now: notes reserved for longer are left alone.
    pub now: Timestamp,
    /// Number of leaves at the anchor: notes at or beyond it are not under that root.
    pub tree_size: u64,
}

/// One or two notes that suffice.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    notes: Vec<&'a ReceivedNote>,
    change: NoteValue,
}

impl<'a> Selection<'a> {
    /// The notes: one or two.
    #[must_use]
    pub fn notes(&self) -> &[&'a ReceivedNote] {
        &self.notes
    }

    /// What is left over.
    #[must_use]
    pub const fn change(&self) -> NoteValue {
        self.change
    }
}

/// Why no two notes suffice.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionError {
    /// All notes together do not suffice.
    #[error("{available} available and {amount} needed")]
    Insufficient {
        /// The sum of all spendable notes.
        available: u128,
        /// What is needed.
        amount: u64,
    },
    /// All notes together suffice, but no two: send the two largest to yourself first, then ask again.
    #[error(
        "{amount} needs more than two notes: first merge the notes at positions {} and {} ({available} available)",
        merge[0].0,
        merge[1].0
    )]
    NeedsConsolidation {
        /// The sum of all spendable notes.
        available: u128,
        /// What is needed.
        amount: u64,
        /// The positions of the two largest notes.
        merge: [Position; 2],
    },
}

/// The smallest single note that suffices, or else the pair with the smallest sum that does.
pub(super) fn select<'a>(
    notes: impl Iterator<Item = &'a ReceivedNote>,
    request: &SelectionRequest,
) -> Result<Selection<'a>, SelectionError> {
    let amount = request.amount.0;
    let mut notes: Vec<&ReceivedNote> = notes
        .filter(|note| {
            note.kind() == NoteKind::Plain
                && note.pool() == request.pool
                && note.note().asset == request.asset
                && !note.is_reserved(request.now)
                && u64::from(note.position().0) < request.tree_size
        })
        .collect();
    notes.sort_by_key(|note| (note.note().value, note.position()));
    let value = |note: &ReceivedNote| u128::from(note.note().value.0);
    let chosen = |notes: Vec<&'a ReceivedNote>| {
        let sum: u128 = notes.iter().map(|note| value(note)).sum();
        // The change is below 2^64: it is less than the larger note, because no single note suffices when a pair is tried.
        let change = sum.checked_sub(u128::from(amount)).and_then(|change| u64::try_from(change).ok())?;
        Some(Selection { notes, change: NoteValue(change) })
    };
    if let Some(selection) = notes.iter().find(|note| value(note) >= u128::from(amount)).and_then(|n| chosen(vec![n])) {
        return Ok(selection);
    }
    // Two fingers: for each lower note, the smallest higher one that makes the sum suffice.
    let mut best: Option<Selection<'a>> = None;
    let (mut low, mut high) = (0, notes.len().saturating_sub(1));
    while let (true, Some(&a), Some(&b)) = (low < high, notes.get(low), notes.get(high)) {
        if value(a) + value(b) < u128::from(amount) {
            low += 1;
            continue;
        }
        if let Some(pair) = chosen(vec![a, b])
            && best.as_ref().is_none_or(|best| pair.change < best.change)
        {
            best = Some(pair);
        }
        high -= 1;
    }
    if let Some(best) = best {
        return Ok(best);
    }
    let available = notes.iter().map(|note| value(note)).sum();
    match notes.as_slice() {
        [.., a, b] if available >= u128::from(amount) => {
            Err(SelectionError::NeedsConsolidation { available, amount, merge: [a.position(), b.position()] })
        }
        _ => Err(SelectionError::Insufficient { available, amount }),
    }
}

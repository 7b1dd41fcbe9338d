//! Notes that transactions under way spend. One note may be set aside for several transactions, of which one at most will happen.

use std::mem;

use tabella_protocol::{
    note::{Nullifier, Timestamp},
    transaction::PoolId,
};

use super::Wallet;

/// What a transfer under way spends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Of which pool.
    pub pool: PoolId,
    /// The transfer's nullifiers, which tell it from any other.
    pub nullifiers: Vec<Nullifier>,
    /// When it can be accepted no longer.
    pub until: Timestamp,
}

impl Wallet {
    /// Keeps notes that a transfer under way spends from being picked again, until its window ends.
    pub fn reserve(&mut self, pool: PoolId, nullifiers: &[Nullifier], until: Timestamp) {
        let made = Reservation { pool, nullifiers: nullifiers.to_vec(), until };
        self.reservations.retain(|other| (other.pool, &other.nullifiers) != (pool, &made.nullifiers));
        self.reservations.push(made.clone());
        self.mark_reserved(&made);
    }

    /// Makes the notes of an abandoned transfer available again, but those that another transfer under way spends.
    pub fn release(&mut self, pool: PoolId, nullifiers: &[Nullifier]) {
        self.keep_reservations(|one| {
            one.pool != pool || one.nullifiers.iter().any(|nullifier| !nullifiers.contains(nullifier))
        });
    }

    /// What is reserved; also what has expired.
    #[must_use]
    pub fn reservations(&self) -> &[Reservation] {
        &self.reservations
    }

    /// Makes the notes of all transfers available again but of those that are to be kept.
    pub fn keep_reservations(&mut self, keep: impl FnMut(&Reservation) -> bool) {
        let (kept, gone): (Vec<_>, Vec<_>) = mem::take(&mut self.reservations).into_iter().partition(keep);
        self.reservations = kept;
        for one in &gone {
            self.mark_reserved(one);
        }
    }

    /// Marks the notes of a transfer as the reservations now have them.
    fn mark_reserved(&mut self, of: &Reservation) {
        let Some(view) = self.pools.get_mut(&of.pool) else { return };
        for nullifier in &of.nullifiers {
            let spend_it = |one: &&Reservation| one.pool == of.pool && one.nullifiers.contains(nullifier);
            let until = self.reservations.iter().filter(spend_it).map(|one| one.until).max();
            let position = view.by_nullifier.get(&nullifier.to_bytes());
            if let Some(note) = position.and_then(|position| view.notes.get_mut(position)) {
                note.set_reserved(until);
            }
        }
    }
}

//! Notes that a transaction under way spends: they are reserved until it can be accepted no longer, and freed when nothing comes of it.

use std::collections::BTreeSet;

use tabella_protocol::{
    note::Timestamp,
    transaction::{PoolId, TransactionEffects},
    tree::Position,
};
use tabella_prover::wallet::Reservation;

use crate::holder::Holder;

impl Holder {
    /// The notes that are reserved for transactions under way.
    #[must_use]
    pub fn reserved(&self, now: Timestamp) -> BTreeSet<(PoolId, Position)> {
        let reserved = self.wallet.unspent().filter(|note| note.is_reserved(now));
        reserved.map(|note| (note.pool(), note.position())).collect()
    }

    /// Makes all notes available again but those that were reserved before, and those that a transaction spends.
    pub fn keep_reserved(&mut self, before: &[Reservation], transaction: Option<&TransactionEffects>) {
        let is_of = |one: &Reservation| {
            let mut transfers = transaction.iter().flat_map(|effects| &effects.transfers);
            transfers.any(|transfer| transfer.pool == one.pool && transfer.nullifiers() == one.nullifiers)
        };
        self.wallet.keep_reservations(|one| before.contains(one) || is_of(one));
    }

    /// Makes the notes of a refused or abandoned transaction available again. What is reserved for something else as well stays so.
    pub fn release(&mut self, effects: &TransactionEffects) {
        for transfer in &effects.transfers {
            self.wallet.release(transfer.pool, transfer.nullifiers());
        }
    }
}

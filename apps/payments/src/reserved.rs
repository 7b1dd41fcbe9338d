//! Notes that a transaction under way spends: they are reserved until it can be accepted no longer, and freed when nothing comes of it.

use std::collections::BTreeSet;

use tabella_protocol::{
    note::Timestamp,
    transaction::{PoolId, TransactionEffects},
    tree::Position,
};
use tabella_prover::wallet::ReceivedNote;

use crate::holder::Holder;

impl Holder {
    /// The notes that are reserved for transactions under way.
    #[must_use]
    pub fn reserved(&self, now: Timestamp) -> BTreeSet<(PoolId, Position)> {
        let reserved = self.wallet.unspent().filter(|note| note.is_reserved(now));
        reserved.map(|note| (note.pool(), note.position())).collect()
    }

    /// Makes all notes available again but those that were reserved before, and those that a transaction spends.
    pub fn keep_reserved(
        &mut self,
        before: &BTreeSet<(PoolId, Position)>,
        transaction: Option<&TransactionEffects>,
        now: Timestamp,
    ) {
        let spends = |note: &ReceivedNote| {
            let mut transfers = transaction.iter().flat_map(|effects| &effects.transfers);
            transfers.any(|transfer| transfer.pool == note.pool() && transfer.nullifiers().contains(note.nullifier()))
        };
        let kept = |note: &&ReceivedNote| before.contains(&(note.pool(), note.position())) || spends(note);
        let freed = self.wallet.unspent().filter(|note| note.is_reserved(now) && !kept(note));
        let freed: Vec<_> = freed.map(|note| (note.pool(), *note.nullifier())).collect();
        for (pool, nullifier) in freed {
            self.wallet.release(pool, &[nullifier]);
        }
    }

    /// Makes the notes of a refused or abandoned transaction available again.
    pub fn release(&mut self, effects: &TransactionEffects) {
        for transfer in &effects.transfers {
            self.wallet.release(transfer.pool, transfer.nullifiers());
        }
    }
}

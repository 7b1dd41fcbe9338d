//! What a party finds on the ledger: the escrows of a letter in its wallet, whether they were claimed, and the invoices that it
//! holds.

use tabella_protocol::{
    note::{AssetId, Guard, Lock, NoteValue},
    statement::Mode,
    transaction::{TransactionEffects, TransferStatement},
};
use tabella_prover::wallet::{NoteKind, ReceivedNote, Wallet};
use tabella_trade_rules::{domain::INVOICE_ASSET, letter::LetterId, state::Letter};
use tabella_verifier::assets::Assets;
use thiserror::Error;

/// Why a beneficiary should not rely on a letter.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreliable {
    /// The wallet cannot open an escrow.
    #[error(
        "{found} of the letter's {expected} escrows open in this wallet: whoever issued it did not send what opens the others, so \
         they could not be claimed. Do not ship"
    )]
    Escrows {
        /// How many there are.
        expected: usize,
        /// How many open.
        found: usize,
    },
}

/// The unspent notes of a wallet that are escrows of a letter.
pub fn escrows(wallet: &Wallet, letter: LetterId, kind: NoteKind) -> impl Iterator<Item = &ReceivedNote> {
    let guard = letter.guard();
    wallet.unspent().filter(move |note| note.kind() == kind && guard_of(note) == guard)
}

fn guard_of(note: &ReceivedNote) -> Option<Guard> {
    match &note.note().lock {
        Lock::Escrow(escrow) => Some(escrow.contract.guard),
        Lock::Plain(_) => None,
    }
}

/// What the beneficiary can claim once the guard is open: its wallet has recomputed the commitment of every escrow from its whole
/// opening. The sum of fewer than 2^32 values.
///
/// # Errors
/// [`Unreliable`].
pub fn acknowledge(wallet: &Wallet, id: LetterId, letter: &Letter) -> Result<u128, Unreliable> {
    let ours: Vec<_> = escrows(wallet, id, NoteKind::EscrowToClaim)
        .filter(|note| letter.escrows.contains(&note.note().commitment()))
        .collect();
    if ours.len() == letter.escrows.len() {
        Ok(ours.iter().map(|note| u128::from(note.note().value.0)).sum())
    } else {
        Err(Unreliable::Escrows { expected: letter.escrows.len(), found: ours.len() })
    }
}

/// What an unspent escrow of a letter holds, for whoever made it.
#[must_use]
pub fn locked(wallet: &Wallet, id: LetterId) -> Vec<NoteValue> {
    escrows(wallet, id, NoteKind::EscrowToRefund).map(|note| note.note().value).collect()
}

/// The units of confirmed invoices that a wallet holds, each with its debtor.
pub fn held_invoices(wallet: &Wallet, assets: &Assets) -> impl Iterator<Item = (AssetId, [u8; 32])> {
    let units = wallet.unspent().filter(|note| note.kind() == NoteKind::Plain).map(|note| note.note().asset);
    units.filter_map(move |unit| {
        let description = &assets.get(&unit)?.description;
        let is_invoice = description.name == INVOICE_ASSET && description.uid.is_some();
        is_invoice.then_some((unit, description.issuer))
    })
}

/// How many escrows under a guard a transaction claims: everybody sees a guarded claim, but not how much it is.
#[must_use]
pub fn claims(effects: &TransactionEffects, guard: &Guard) -> usize {
    let is_claim = |transfer: &&tabella_protocol::transaction::TransferEffects| {
        let is_tag =
            matches!(&transfer.statement, TransferStatement::Transfer { instance, .. } if instance.mode == Mode::Tag);
        !is_tag && transfer.contract.is_some_and(|contract| contract.guard == *guard)
    };
    effects.transfers.iter().filter(is_claim).count()
}

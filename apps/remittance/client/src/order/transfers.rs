//! What the transfers of an exchange do, as either side reads them.

use tabella_payments::holder::Holder;
use tabella_protocol::{
    jubjub::JubjubPoint,
    note::{AssetId, Contract, Lock, NoteValue},
    note_encryption::{Role, decrypt},
    statement::Mode,
    transaction::{TransferEffects, TransferStatement},
};
use tabella_prover::builder::{UnprovenTransfer, ValueOpening};

/// C of a transfer that locks some amount of an asset under a contract.
pub(super) fn locks(transfer: &TransferEffects, asset: AssetId, contract: &Contract) -> Option<JubjubPoint> {
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. }
            if instance.mode == Mode::Tag
                && instance.reveal
                && AssetId::new(instance.asset_revealed) == asset
                && transfer.contract.as_ref() == Some(contract) =>
        {
            Some(instance.value_commitment)
        }
        _ => None,
    }
}

/// C of a transfer, and what opens it.
pub(super) fn crossing(transfer: &UnprovenTransfer) -> Option<(JubjubPoint, ValueOpening)> {
    match &transfer.effects().statement {
        TransferStatement::Transfer { instance, .. } => Some((instance.value_commitment, transfer.opening()?)),
        TransferStatement::Cast(_) => None,
    }
}

/// Whether a tagged escrow of exactly this amount opens in a wallet, as its claimant's.
pub(super) fn reaches(
    holder: &Holder,
    transfer: &TransferEffects,
    asset: AssetId,
    amount: NoteValue,
    under: &Contract,
) -> bool {
    let TransferStatement::Transfer { instance, ciphertexts } = &transfer.statement else { return false };
    let incoming = holder.wallet().key().incoming();
    let opened = ciphertexts.first().and_then(|ciphertext| decrypt(incoming, instance.commitments[0], ciphertext).ok());
    opened.is_some_and(|received| {
        let note = received.note;
        received.role == Role::Claimant
            && (note.asset, note.value) == (asset, amount)
            && matches!(&note.lock, Lock::Escrow(escrow) if escrow.contract == *under)
    })
}

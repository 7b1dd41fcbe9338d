//! A payment, disclosed to a third party. Spec § 4.6.
//!
//! Whoever sent or received a payment shows it to somebody who has neither key nor account: to whom, how much of what, and the
//! memo. What is shown is checked against the transaction on the ledger. It says nothing of who paid.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    asset::AssetClass,
    keys::FullViewingKey,
    note::{Lock, NoteCommitment},
    note_encryption::{DecryptionError, NoteCiphertext, NoteDisclosure, SentNote},
    statement::Mode,
    transaction::{LedgerId, TransactionDigest, TransactionEffects, TransferStatement},
};

/// A disclosed payment: one output of a transaction, opened. Whoever has it reads this output for ever, and nothing else.
///
/// Encoding: borsh of the fields in order, 165 bytes.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct PaymentDisclosure {
    /// The ledger.
    pub ledger: LedgerId,
    /// The transaction.
    pub transaction: TransactionDigest,
    /// Index of the transfer.
    pub transfer: u32,
    /// 0 or 1.
    pub output: u8,
    /// What opens its ciphertext.
    pub note: NoteDisclosure,
}

/// Why a transaction gives no disclosure, or a disclosure proves no payment.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisclosureError {
    /// The wallet sent nothing to others in this transaction, and received nothing from others but by issues or under escrows.
    #[error("there is nothing to disclose: this transaction brings no payment of the wallet's to or from others")]
    Nothing,
    /// More than one payment.
    #[error("{0} payments of the wallet's are in this transaction, and a disclosure shows exactly one")]
    Several(usize),
    /// Of another ledger.
    #[error("the payment is of another ledger, {0}")]
    Ledger(LedgerId),
    /// Of another transaction.
    #[error("the payment is of another transaction, {0}")]
    Transaction(TransactionDigest),
    /// The transaction has no such output in a pool of assets.
    #[error("the transaction has no output {output} of transfer {transfer} in a pool of assets")]
    Output {
        /// Index of the transfer.
        transfer: u32,
        /// Index of the output.
        output: u8,
    },
    /// What is disclosed is not what is on the ledger.
    #[error(transparent)]
    Note(#[from] DecryptionError),
    /// Value under an escrow was locked, and may have gone back; its opening would show who may take it, and when it was taken.
    #[error("the note is under an escrow: it is not paid yet, and its disclosure would show more than a payment")]
    Escrow,
    /// A note of no value.
    #[error("the note has no value")]
    Zero,
}

impl PaymentDisclosure {
    /// Discloses the payment that the key's holder sent to others in a transaction, or received from them. Change is none.
    ///
    /// # Errors
    /// [`DisclosureError::Nothing`], [`DisclosureError::Several`].
    pub fn new(key: &FullViewingKey, effects: &TransactionEffects) -> Result<Self, DisclosureError> {
        let (ledger, transaction) = (effects.ledger, effects.digest());
        let payments = outputs(effects).filter_map(|(transfer, output, cm, ciphertext)| {
            let by_sender = NoteDisclosure::by_sender(key.outgoing(), cm, ciphertext).ok();
            let by_recipient = NoteDisclosure::by_recipient(key.incoming(), cm, ciphertext).ok();
            let note = match (by_sender, by_recipient) {
                (Some(note), None) | (None, Some(note)) => note,
                _ => return None,
            };
            let disclosure = Self { ledger, transaction, transfer, output, note };
            disclosure.open(cm, ciphertext).is_ok().then_some(disclosure)
        });
        let mut payments: Vec<Self> = payments.collect();
        match (payments.pop(), payments.len()) {
            (None, _) => Err(DisclosureError::Nothing),
            (Some(payment), 0) => Ok(payment),
            (Some(_), others) => Err(DisclosureError::Several(others + 1)),
        }
    }

    /// The note that the disclosure proves to be an output of a transaction, plain and of some value. That the transaction was
    /// accepted, and whose the address is, is for the caller to check.
    ///
    /// # Errors
    /// [`DisclosureError`].
    pub fn check(&self, effects: &TransactionEffects) -> Result<SentNote, DisclosureError> {
        if effects.ledger != self.ledger {
            return Err(DisclosureError::Ledger(self.ledger));
        }
        if effects.digest() != self.transaction {
            return Err(DisclosureError::Transaction(self.transaction));
        }
        let (transfer, output) = (self.transfer, self.output);
        let place = outputs(effects).find(|(t, o, ..)| (*t, *o) == (transfer, output));
        let (.., cm, ciphertext) = place.ok_or(DisclosureError::Output { transfer, output })?;
        self.open(cm, ciphertext)
    }

    fn open(&self, cm: NoteCommitment, ciphertext: &NoteCiphertext) -> Result<SentNote, DisclosureError> {
        let sent = self.note.open(cm, ciphertext)?;
        match (&sent.note.lock, sent.note.value.0) {
            (Lock::Escrow(_), _) => Err(DisclosureError::Escrow),
            (Lock::Plain(_), 0) => Err(DisclosureError::Zero),
            (Lock::Plain(_), _) => Ok(sent),
        }
    }
}

/// The outputs of a transaction's transfers that the ledger appends to the pools of assets.
fn outputs(effects: &TransactionEffects) -> impl Iterator<Item = (u32, u8, NoteCommitment, &NoteCiphertext)> {
    let pools = AssetClass::ALL.map(|class| class.pool(effects.ledger));
    (0..).zip(&effects.transfers).flat_map(move |(index, transfer)| {
        let appended = match &transfer.statement {
            TransferStatement::Transfer { instance, ciphertexts }
                if instance.mode != Mode::Consume && pools.contains(&transfer.pool) =>
            {
                Some(instance.commitments.iter().zip(ciphertexts))
            }
            _ => None,
        };
        (0..)
            .zip(appended.into_iter().flatten())
            .map(move |(output, (cm, ciphertext))| (index, output, *cm, ciphertext))
    })
}

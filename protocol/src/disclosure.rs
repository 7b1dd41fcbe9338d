//! A payment, disclosed to a third party. Spec § 4.6.
//!
//! Whoever sent or received a payment shows it to somebody who has neither key nor account: to whom, how much of what, and the
//! memo. What is shown is checked against the transaction on the ledger. It says nothing of who paid.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    ceremony::read_list,
    keys::FullViewingKey,
    note::NoteCommitment,
    note_encryption::{DecryptionError, NoteCiphertext, NoteDisclosure, SentNote},
    statement::Mode,
    transaction::{LedgerId, MAX_TRANSFERS, TransactionDigest, TransactionEffects, TransferStatement},
};

const MAX_NOTES: usize = 2 * MAX_TRANSFERS;

/// One output of a transaction, opened.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct DisclosedOutput {
    /// Index of the transfer.
    pub transfer: u32,
    /// 0 or 1.
    pub output: u8,
    /// What opens its ciphertext.
    pub note: NoteDisclosure,
}

/// A disclosed payment. Whoever has it reads these outputs for ever; it opens nothing else.
///
/// Encoding: borsh of the fields in order; 1 to 128 outputs, by transfer and output, each once.
#[derive(Clone, Debug, BorshSerialize)]
pub struct PaymentDisclosure {
    /// The ledger.
    pub ledger: LedgerId,
    /// The transaction.
    pub transaction: TransactionDigest,
    outputs: Vec<DisclosedOutput>,
}

/// Why a transaction gives no disclosure, or a disclosure proves no payment.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisclosureError {
    /// The wallet sent nothing to others in this transaction, and received nothing encrypted from others.
    #[error("there is nothing to disclose: this transaction brings no payment of the wallet's to or from others")]
    Nothing,
    /// Of another ledger.
    #[error("the payment is of another ledger, {0}")]
    Ledger(LedgerId),
    /// Of another transaction.
    #[error("the payment is of another transaction, {0}")]
    Transaction(TransactionDigest),
    /// The transaction has no such output.
    #[error("the transaction has no output {output} of transfer {transfer}")]
    Output {
        /// Index of the transfer.
        transfer: u32,
        /// Index of the output.
        output: u8,
    },
    /// What is disclosed of an output is not what is on the ledger.
    #[error("output {output} of transfer {transfer}: {error}")]
    Note {
        /// Index of the transfer.
        transfer: u32,
        /// Index of the output.
        output: u8,
        /// What is wrong.
        error: DecryptionError,
    },
}

impl PaymentDisclosure {
    /// Discloses what the key's holder sent to others in a transaction; or, if that is nothing, what others sent to him. Change
    /// and notes of no value are left out.
    ///
    /// # Errors
    /// [`DisclosureError::Nothing`].
    pub fn new(key: &FullViewingKey, effects: &TransactionEffects) -> Result<Self, DisclosureError> {
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for (transfer, output, cm, ciphertext) in outputs(effects) {
            let place = |note| DisclosedOutput { transfer, output, note };
            let is_payment = |note: &NoteDisclosure| note.open(cm, ciphertext).is_ok_and(|note| note.note.value.0 > 0);
            let by_sender = NoteDisclosure::by_sender(key.outgoing(), cm, ciphertext).ok();
            let by_recipient = NoteDisclosure::by_recipient(key.incoming(), cm, ciphertext).ok();
            match (by_sender, by_recipient) {
                (Some(note), None) if is_payment(&note) => sent.push(place(note)),
                (None, Some(note)) if is_payment(&note) => received.push(place(note)),
                _ => {}
            }
        }
        let outputs = if sent.is_empty() { received } else { sent };
        if outputs.is_empty() {
            return Err(DisclosureError::Nothing);
        }
        Ok(Self { ledger: effects.ledger, transaction: effects.digest(), outputs })
    }

    /// The notes that the disclosure proves to be outputs of a transaction. That the transaction was accepted, and that
    /// somebody's address is one of those that were paid, is for the caller to check.
    ///
    /// # Errors
    /// [`DisclosureError`] names the output.
    pub fn check(&self, effects: &TransactionEffects) -> Result<Vec<SentNote>, DisclosureError> {
        if effects.ledger != self.ledger {
            return Err(DisclosureError::Ledger(self.ledger));
        }
        if effects.digest() != self.transaction {
            return Err(DisclosureError::Transaction(self.transaction));
        }
        let open = |disclosed: &DisclosedOutput| {
            let DisclosedOutput { transfer, output, note } = disclosed;
            let (transfer, output) = (*transfer, *output);
            let place = outputs(effects).find(|(t, o, ..)| (*t, *o) == (transfer, output));
            let (.., cm, ciphertext) = place.ok_or(DisclosureError::Output { transfer, output })?;
            note.open(cm, ciphertext).map_err(|error| DisclosureError::Note { transfer, output, error })
        };
        self.outputs.iter().map(open).collect()
    }
}

/// The outputs of a transaction's transfers that the ledger appends.
fn outputs(effects: &TransactionEffects) -> impl Iterator<Item = (u32, u8, NoteCommitment, &NoteCiphertext)> {
    (0..).zip(&effects.transfers).flat_map(|(index, transfer)| {
        let appended = match &transfer.statement {
            TransferStatement::Transfer { instance, ciphertexts } if instance.mode != Mode::Consume => {
                Some(instance.commitments.iter().zip(ciphertexts))
            }
            _ => None,
        };
        (0..)
            .zip(appended.into_iter().flatten())
            .map(move |(output, (cm, ciphertext))| (index, output, *cm, ciphertext))
    })
}

impl BorshDeserialize for PaymentDisclosure {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let ledger = LedgerId::deserialize_reader(reader)?;
        let transaction = TransactionDigest::deserialize_reader(reader)?;
        let outputs = read_list::<MAX_NOTES, DisclosedOutput, _>(reader)?;
        let in_order = outputs.is_sorted_by(|a, b| (a.transfer, a.output) < (b.transfer, b.output));
        if outputs.is_empty() || !in_order {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "outputs are disclosed in order, each once"));
        }
        Ok(Self { ledger, transaction, outputs })
    }
}

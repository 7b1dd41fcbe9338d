//! Two parties exchange notes in one transaction: all of it happens, or nothing. The one pays, the other delivers.
//!
//! Both transfers hide their assets and amounts, and the transaction has no action: the public sees that two transfers happened
//! together. The payer offers its transfer; the seller answers with its own and signs the whole; the payer checks, signs, and
//! submits.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_payments::holder::{Holder, PaymentError};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, Lock, NoteValue},
    note_encryption::{Role, decrypt},
    statement::Mode,
    transaction::{LedgerId, Transaction, TransferAuthorization, TransferEffects, TransferStatement},
};
use tabella_prover::{
    builder::{FinishError, ProvingEngine, SigningError, TransactionBuilder, UnprovenTransfer},
    wallet::Wallet,
};
use thiserror::Error;

/// Why an exchange does not happen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The other side's transfer brings something else.
    #[error("the other side's transfer does not bring {amount} of asset {asset} to this wallet, as agreed")]
    NotAsAgreed {
        /// What was agreed.
        asset: AssetId,
        /// How much.
        amount: u64,
    },
    /// For another ledger.
    #[error("the offer is for another ledger")]
    Ledger,
    /// The wallet.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// The other side's signature is wrong.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// The payer's side of an exchange: its transfer, and what it wants for it. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {
    /// The ledger.
    pub ledger: LedgerId,
    /// The payment.
    pub payment: TransferEffects,
    /// In which asset it pays.
    pub asset: AssetId,
    /// How much it pays.
    pub price: NoteValue,
    /// What it wants: one unit or more of this.
    pub wanted: AssetId,
    /// How much of it.
    pub quantity: NoteValue,
    /// Where it wants it.
    pub deliver_to: Address,
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Offer(<secret>)")
    }
}

/// The seller's side: its transfer, and its authorization of the whole.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {
    /// The delivery.
    pub delivery: TransferEffects,
    /// Its proof, and its signature of the whole transaction.
    pub authorization: TransferAuthorization,
}

/// Whether a transfer brings at least one plain note of exactly this amount to a wallet, or to one address of it.
fn brings(wallet: &Wallet, transfer: &TransferEffects, asset: AssetId, amount: NoteValue, to: Option<Address>) -> bool {
    let TransferStatement::Transfer { instance, ciphertexts } = &transfer.statement else { return false };
    instance.mode == Mode::Internal
        && instance.commitments.iter().zip(ciphertexts).any(|(commitment, ciphertext)| {
            decrypt(wallet.key().incoming(), *commitment, ciphertext).is_ok_and(|received| {
                let note = received.note;
                received.role == Role::Owner
                    && matches!(note.lock, Lock::Plain(_))
                    && (note.asset, note.value) == (asset, amount)
                    && to.is_none_or(|to| received.recipient == to)
            })
        })
}

impl Offer {
    /// The seller checks the payment, and answers with its delivery, proved and signed: good for this whole transaction and no other.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub fn answer<E: ProvingEngine>(
        &self,
        seller: &Holder,
        ledger: LedgerId,
        delivery: UnprovenTransfer,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Answer, ExchangeError> {
        self.check(seller, ledger)?;
        let effects = delivery.effects().clone();
        let mut builder = TransactionBuilder::new(ledger);
        builder.add_foreign(self.payment.clone());
        let index = builder.add(delivery);
        let authorized = seller.authorize_own(builder.build()?, engine, rng)?;
        let authorization = authorized.authorizations().get(index).copied().flatten();
        let authorization = authorization.ok_or(FinishError::NotAuthorized(index))?;
        Ok(Answer { delivery: effects, authorization })
    }

    /// Whether it wants one unit of this, and no more, and pays in this asset. A seller knows what it sells and for what: an
    /// offer says so of itself.
    #[must_use]
    pub fn is_for(&self, wanted: AssetId, asset: AssetId) -> bool {
        (self.wanted, self.quantity, self.asset) == (wanted, NoteValue(1), asset)
    }

    /// Whether the payment brings the seller's wallet what it says.
    ///
    /// # Errors
    /// [`ExchangeError::Ledger`], [`ExchangeError::NotAsAgreed`].
    pub fn check(&self, seller: &Holder, ledger: LedgerId) -> Result<(), ExchangeError> {
        if self.ledger != ledger {
            return Err(ExchangeError::Ledger);
        }
        if !brings(seller.wallet(), &self.payment, self.asset, self.price, None) {
            return Err(ExchangeError::NotAsAgreed { asset: self.asset, amount: self.price.0 });
        }
        Ok(())
    }

    /// The payer checks the delivery, authorizes its payment, and has the whole transaction.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub fn complete<E: ProvingEngine>(
        &self,
        payer: &Holder,
        payment: UnprovenTransfer,
        answer: &Answer,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Transaction, ExchangeError> {
        let to = Some(self.deliver_to);
        if !brings(payer.wallet(), &answer.delivery, self.wanted, self.quantity, to) {
            return Err(ExchangeError::NotAsAgreed { asset: self.wanted, amount: self.quantity.0 });
        }
        let mut builder = TransactionBuilder::new(self.ledger);
        builder.add(payment);
        builder.add_foreign(answer.delivery.clone());
        let mut authorized = payer.authorize_own(builder.build()?, engine, rng)?;
        authorized.add_authorization(1, answer.authorization)?;
        Ok(authorized.finish(Vec::new())?)
    }
}

//! Where licences are issued to, and showing that one holds one: a transfer of it that no ledger accepts, made for whoever asks.
//!
//! What is shown is that somebody can spend a note of the licence's asset that is not spent yet, bound to a challenge. Not shown
//! is who, and how many more. The same note shows the same nullifier each time, and again when it is sold.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_market_rules::{
    APPLICATION,
    action::{MarketAction, MarketProof, presentation_time},
    work::WorkId,
};
use tabella_payments::holder::{Holder, Moment, Next, PaymentError, ProvingKeys};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue, Nullifier},
    transaction::{LoggedTransaction, Transaction, TransferStatement},
};
use tabella_prover::{
    builder::{Blinding, ProvingEngine, TransactionBuilder, UnprovenTransfer},
    wallet::Wallet,
};
use tabella_verifier::{
    files::PublicFile,
    groth16::VerifyingKeys,
    obligations::Obligations,
    state::{LedgerRejection, LedgerState},
};
use thiserror::Error;

use crate::order::OrderError;

/// The buyer's address for licences that are ordered of a seller with a payment. Licences are issued in public, to what tells addresses
/// apart, so that two orders with one address would show that their buyer is the same. It follows from the first note that pays: of
/// the orders that have it at most one is ever executed, and all of them show that they spend this note.
///
/// # Errors
/// [`OrderError::Foreign`] if the payment is another wallet's.
pub fn order_address(wallet: &Wallet, payment: &UnprovenTransfer) -> Result<Address, OrderError> {
    let nullifiers = payment.effects().nullifiers();
    let paying = wallet.unspent().find(|note| nullifiers.contains(note.nullifier()));
    paying.map(|note| wallet.address_paid_with(note)).ok_or(OrderError::Foreign)
}

/// A presentation of a licence: for whoever asked, and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Presentation {
    /// The transaction that no ledger accepts.
    pub transaction: Transaction,
}

impl PublicFile for Presentation {
    const KIND: &'static str = "market licence";
}

/// Why a presentation is not believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresentationError {
    /// It is not one transfer and one presentation.
    #[error("this is no presentation of a licence")]
    Form,
    /// Of another work.
    #[error("the licence is of another work, {0}")]
    Work(WorkId),
    /// An answer to another question.
    #[error("it answers another challenge: it was made for somebody else, or before you asked")]
    Challenge,
    /// The licence is spent, of another ledger, or its transfer is wrong.
    #[error("the licence cannot be spent on this ledger: {0}")]
    Ledger(#[from] LedgerRejection),
    /// A proof is wrong.
    #[error("the proof is wrong: nobody who made it holds a licence")]
    Proof,
}

/// Shows a licence of a work in answer to a challenge. Nothing is submitted, and the licence stays where it is.
///
/// # Errors
/// [`PaymentError::Insufficient`] if the holder has none.
pub fn present<E: ProvingEngine>(
    holder: &mut Holder,
    at: (&LedgerState, ProvingKeys),
    (work, licence): (WorkId, AssetId),
    challenge: [u8; 32],
    engine: &E,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Presentation, PaymentError> {
    let (state, keys) = at;
    // The wallet believes it is that late: so does whoever checks.
    let moment = Moment { state, keys, now: presentation_time() };
    let Next::Transfer(transfer) = holder.prepare_exit(&moment, licence, NoteValue(1), Blinding::Public, rng)? else {
        return Err(PaymentError::Insufficient { available: 0, amount: 1 });
    };
    let mut builder = TransactionBuilder::new(state.id());
    builder.add(*transfer);
    builder.add_action(MarketAction::Present { work, transfer: 0, challenge }.action());
    let prepared = builder.build()?;
    let effects = prepared.effects().clone();
    let proof = borsh::to_vec(&MarketProof::default()).expect("writing to memory");
    let transaction = holder.authorize_with(prepared, engine, rng, |_| vec![proof]);
    holder.release(&effects);
    Ok(Presentation { transaction: transaction? })
}

impl Presentation {
    /// Checks it against the state of a ledger, as whoever asked. One of the nullifiers is the licence's, by which it is known again;
    /// the other may be made up.
    ///
    /// # Errors
    /// [`PresentationError`].
    pub fn check(
        &self,
        state: &LedgerState,
        keys: &VerifyingKeys,
        work: WorkId,
        challenge: [u8; 32],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<[Nullifier; 2], PresentationError> {
        let effects = &self.transaction.effects;
        let ([transfer], [action]) = (effects.transfers.as_slice(), effects.actions.as_slice()) else {
            return Err(PresentationError::Form);
        };
        if action.application != APPLICATION {
            return Err(PresentationError::Form);
        }
        match borsh::from_slice(&action.body) {
            Ok(MarketAction::Present { work: of, .. }) if of != work => return Err(PresentationError::Work(of)),
            Ok(MarketAction::Present { challenge: to, .. }) if to != challenge => {
                return Err(PresentationError::Challenge);
            }
            Ok(MarketAction::Present { .. }) => {}
            _ => return Err(PresentationError::Form),
        }
        let TransferStatement::Transfer { instance, .. } = &transfer.statement else {
            return Err(PresentationError::Form);
        };
        let entry = LoggedTransaction { time: presentation_time(), transaction: self.transaction.clone() };
        let mut obligations = Obligations::new();
        state.check(&entry, 0, &mut obligations)?;
        if !obligations.verify(keys, rng, |_, _, _| {}).is_empty() {
            return Err(PresentationError::Proof);
        }
        Ok(instance.nullifiers)
    }
}

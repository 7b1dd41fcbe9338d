//! The transactions of a session. Those with a transfer are proved and signed by the wallet that made it.

use rand_core::{CryptoRng, RngCore};
pub use tabella_payments::holder::WithTransfer;
use tabella_protocol::{
    account::Amount,
    bridge::BridgeProof,
    jubjub::JubjubPoint,
    note::NoteValue,
    transaction::{Action, LedgerId, Transaction, TransactionDigest, TransactionEffects, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    bridge::BridgeProveError,
    builder::{Blinding, FinishError, TransactionBuilder, UnprovenTransfer, ValueOpening},
};
use tabella_streaming_rules::{
    action::{APPLICATION, StreamingAction, StreamingProof},
    terms::{Party, SessionId, SessionTerms},
};
use thiserror::Error;

use crate::{
    history::OwnSession,
    keys::StreamingKeys,
    meter::{SignedEnd, SignedTick},
    offer::Offer,
};

/// Why a transaction cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StreamingError {
    /// The rate is not known.
    #[error("the price of session {0} is sealed to other keys than these")]
    Rate(SessionId),
    /// The two ends are not of one session and number of ticks.
    #[error("the two ends are not of the same session and number of ticks")]
    Ends,
    /// The transfer is of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The transfer is in a mode or shape that no session uses.
    #[error("the transfer moves no amount into or out of the pool")]
    Transfer,
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// An action of this application.
#[must_use]
pub fn action(action: &StreamingAction) -> Action {
    Action { application: APPLICATION, body: borsh::to_vec(action).expect("writing to memory") }
}

/// The bytes of a proof.
#[must_use]
pub fn proof_bytes(proof: &StreamingProof) -> Vec<u8> {
    borsh::to_vec(proof).expect("writing to memory")
}

/// How the transfer of a session is blinded: not at all if its rate is public.
#[must_use]
pub const fn blinding(terms: &SessionTerms) -> Blinding {
    match terms.rate {
        Amount::Public(_) => Blinding::Public,
        Amount::Hidden(_) => Blinding::Random,
    }
}

/// The prepayment of an offer whose rate the viewer has read.
#[must_use]
pub fn prepayment(terms: &SessionTerms, rate: &AmountOpening) -> Option<NoteValue> {
    Some(rate.times(u64::from(terms.max_ticks))?.value())
}

/// Opens a session, with a transfer in mode exit of the prepayment, blinded as [`blinding`] says. `rate` is what
/// [`Offer::check`] gave.
///
/// # Errors
/// [`StreamingError`].
pub fn open(
    keys: &StreamingKeys,
    offer: &Offer,
    rate: &AmountOpening,
    transfer: UnprovenTransfer,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfer, StreamingError> {
    let terms = &offer.terms;
    let amount = rate.times(u64::from(terms.max_ticks)).ok_or_else(|| StreamingError::Rate(offer.session()))?;
    let body = StreamingAction::Open { terms: Box::new(terms.clone()), transfer: 0 };
    let provider = offer.consent;
    together(offer.ledger, transfer, (terms, &amount), &body, rng, |digest, bridge| StreamingProof::Open {
        viewer: keys.sign(digest),
        provider,
        bridge,
    })
}

/// Ends a session alone, or answers the other's end: with the viewer's highest tick, or none for tick 0.
#[must_use]
pub fn close(
    keys: &StreamingKeys,
    ledger: LedgerId,
    session: SessionId,
    by: Party,
    tick: Option<&SignedTick>,
) -> Transaction {
    let ticks = tick.map_or(0, |tick| tick.ticks);
    alone(ledger, &StreamingAction::Close { session, by, ticks }, |digest| StreamingProof::Close {
        party: keys.sign(digest),
        watched: tick.map(|tick| tick.signature),
    })
}

/// Ends a session at once, as both have signed. Whoever has both signatures can.
///
/// # Errors
/// [`StreamingError::Ends`].
pub fn settle(ledger: LedgerId, viewer: &SignedEnd, provider: &SignedEnd) -> Result<Transaction, StreamingError> {
    let SignedEnd { session, ticks, .. } = *viewer;
    if (session, ticks) != (provider.session, provider.ticks) {
        return Err(StreamingError::Ends);
    }
    Ok(alone(ledger, &StreamingAction::Settle { session, ticks }, |_| StreamingProof::Settle {
        viewer: viewer.signature,
        provider: provider.signature,
    }))
}

/// Withdraws the price of a number of ticks, by a transfer in mode entry of this amount, blinded as [`blinding`] says.
///
/// # Errors
/// [`StreamingError`].
pub fn withdraw(
    keys: &StreamingKeys,
    ledger: LedgerId,
    own: &OwnSession,
    ticks: u32,
    transfer: UnprovenTransfer,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfer, StreamingError> {
    let amount = own.price(ticks).ok_or(StreamingError::Rate(own.id))?;
    let body = StreamingAction::Withdraw { session: own.id, by: own.party, ticks, transfer: 0 };
    together(ledger, transfer, (&own.terms, &amount), &body, rng, |digest, bridge| StreamingProof::Withdraw {
        party: keys.sign(digest),
        bridge,
    })
}

/// A transaction that is one action without a transfer.
fn alone(
    ledger: LedgerId,
    body: &StreamingAction,
    prove: impl FnOnce(TransactionDigest) -> StreamingProof,
) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![action(body)]);
    let proof = proof_bytes(&prove(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] }
}

/// A transaction that is one transfer and one action, which is given the bridge of a hidden amount.
fn together(
    ledger: LedgerId,
    transfer: UnprovenTransfer,
    (terms, amount): (&SessionTerms, &AmountOpening),
    body: &StreamingAction,
    rng: &mut (impl RngCore + CryptoRng),
    prove: impl FnOnce(TransactionDigest, Option<BridgeProof>) -> StreamingProof,
) -> Result<WithTransfer, StreamingError> {
    let (commitment, value) = crossing(&transfer)?;
    let mut builder = TransactionBuilder::new(ledger);
    builder.add(transfer);
    builder.add_action(action(body));
    let context = ProofContext { ledger, digest: builder.effects().digest(), index: 0 };
    let bridge = match terms.rate {
        Amount::Public(_) => None,
        Amount::Hidden(_) => Some(amount.bridge(&context, commitment, &value, rng)?),
    };
    let proof = proof_bytes(&prove(context.digest, bridge));
    Ok(WithTransfer { transaction: builder.build()?, proof })
}

/// C of a transfer and what opens it.
fn crossing(transfer: &UnprovenTransfer) -> Result<(JubjubPoint, ValueOpening), StreamingError> {
    match (&transfer.effects().statement, transfer.opening()) {
        (TransferStatement::Transfer { instance, .. }, Some(value)) => Ok((instance.value_commitment, value)),
        _ => Err(StreamingError::Transfer),
    }
}

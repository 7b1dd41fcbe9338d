//! The exchange itself: the sender orders, the provider answers with its leg, the sender completes and submits.
//!
//! Both legs stand in one transaction, which both sign whole: either both are locked, or neither. Whoever stops half-way holds
//! the other's transfer without a signature that is good for anything, and the notes are free again when the window ends.

pub mod kept;
mod transfers;

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_payments::holder::{Holder, LockOrder, PaymentError};
use tabella_protocol::{
    bridge::{BridgeProof, BridgeStatement},
    keys::Address,
    note::{NoteValue, Timestamp},
    note_encryption::Memo,
    ristretto::CanonicalScalar,
    secret::Secret,
    transaction::{LedgerId, SignatureBytes, Transaction, TransferAuthorization, TransferEffects},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountError, AmountOpening, prove_range},
    bridge::BridgeProveError,
    builder::{FinishError, ProvingEngine, SigningError, TransactionBuilder, UnprovenTransfer},
};
use tabella_remittance_rules::{
    Corridor, CorridorId, RemittanceAction, RemittanceId, RemittanceProof, RemittanceTerms, Remittances, TermsError,
    terms::{party_message, travel_digest},
};
use tabella_verifier::{
    application::signed_by,
    bridge::{BridgeError, verify_bridge},
    files::PublicFile,
};
use thiserror::Error;

use self::transfers::{crossing, locks, reaches};
use crate::{
    keys::{RemittanceKeys, proof_bytes, wrap},
    notice::Notice,
    payee::Payee,
    quote::{Quote, QuoteError, SignedQuote},
    travel::{Particulars, TravelError, TravelMessage},
};

/// Which transfer of the transaction is whose.
const PAY: u32 = 0;
const DELIVER: u32 = 1;

/// Why a remittance does not come about.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The quote.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// The quote is somebody else's.
    #[error("the quote is not of these keys: --number names those it was made with")]
    NotMine,
    /// A quote is good once.
    #[error("this quote was used before")]
    Used,
    /// For another ledger.
    #[error("it is for ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// The receiver trusts another corridor.
    #[error("the quote is in corridor {found}, and the payee takes deliveries in corridor {wanted} only")]
    Corridor {
        /// Of the payee.
        wanted: CorridorId,
        /// Of the quote.
        found: CorridorId,
    },
    /// The terms break a rule.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The terms are not those of the quote.
    #[error("the terms of the order are not those of the quote: {0}")]
    NotAsQuoted(&'static str),
    /// The receiver's address hides nothing.
    #[error("anybody could read what is sent to the receiver's address")]
    Receiver,
    /// The quote's key has not signed.
    #[error("the provider has not signed this transaction by the key of its quote")]
    Unsigned,
    /// A transfer does not do what was agreed.
    #[error("the {0}'s transfer does not lock what was agreed, for whom it was agreed")]
    Transfer(&'static str),
    /// The other side's proof of its amount is wrong.
    #[error("the provider does not show that it delivers what it quoted: {0}")]
    Delivered(#[from] BridgeError),
    /// Travel-rule data.
    #[error(transparent)]
    Travel(#[from] TravelError),
    /// The wallet.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// A transfer of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The limit cannot be shown.
    #[error(transparent)]
    Limit(#[from] AccountError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// The other side's signature is wrong.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// What a sender has agreed to, with what opens it. `Debug` prints the id.
#[derive(Clone)]
pub struct Agreed {
    signed: SignedQuote,
    terms: RemittanceTerms,
    paid: AmountOpening,
    blindings: Secret<[Scalar; 2]>,
    receiver: Address,
    travel: Vec<u8>,
}

impl fmt::Debug for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreed").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// The sender's side of an exchange, for the provider. `Debug` prints the id.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Order {
    /// What was quoted.
    pub quote: SignedQuote,
    /// What is agreed to.
    pub terms: RemittanceTerms,
    /// What opens `paid`, beside the quoted amount.
    pub paid_blinding: CanonicalScalar,
    /// What opens `delivered`, beside the quoted amount.
    pub delivered_blinding: CanonicalScalar,
    /// Where the receiver claims.
    pub receiver: Address,
    /// The sealed travel-rule message.
    pub travel: Vec<u8>,
    /// The sender's transfer.
    pub payment: TransferEffects,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl PublicFile for Order {
    const KIND: &'static str = "remittance order";
}

/// The provider's side: its transfer, authorized for the whole transaction and no other.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {
    /// The provider's transfer.
    pub delivery: TransferEffects,
    /// Its proof, and its signature of the whole transaction.
    pub authorization: TransferAuthorization,
    /// From C of the delivery to `delivered`.
    pub bridge: BridgeProof,
    /// The signature of the whole transaction by the quote's key.
    pub quote: SignatureBytes,
}

impl PublicFile for Answer {
    const KIND: &'static str = "remittance answer";
}

impl Agreed {
    /// The sender takes a quote: after it was told pay, fee and delivery, and what is told about it and the receiver to both
    /// institutions.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn new(
        signed: SignedQuote,
        (ledger, corridor, now): (LedgerId, &Corridor, Timestamp),
        payee: &Payee,
        told: Particulars,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, OrderError> {
        signed.check(ledger, corridor, now)?;
        if payee.ledger != ledger {
            return Err(OrderError::Ledger(payee.ledger));
        }
        if payee.address.transmission_key().is_identity() {
            return Err(OrderError::Receiver);
        }
        let quote = signed.quote.clone();
        if payee.corridor != quote.corridor {
            return Err(OrderError::Corridor { wanted: payee.corridor, found: quote.corridor });
        }
        let message = TravelMessage::new(&quote, corridor, told)?;
        let travel = message.seal(&[quote.recipient, payee.recipient])?;
        let blindings = [Scalar::random(rng), Scalar::random(rng)];
        let paid = AmountOpening::new(quote.priced.pay, blindings[0]);
        let delivered = AmountOpening::new(quote.priced.deliver, blindings[1]);
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let (answer_until, claim_until) = times(&quote)?;
        let terms = RemittanceTerms {
            corridor: quote.corridor,
            quote: quote.digest(),
            quote_key: quote.key,
            quote_expires: quote.expires,
            paid: paid.commitment(),
            delivered: delivered.commitment(),
            provider: quote.claim.owner(),
            receiver: payee.address.owner(),
            answerer: payee.answerer,
            travel: travel_digest(&travel),
            answer_until,
            claim_until,
            refund_from: claim_until,
            nonce,
        };
        terms.check()?;
        Ok(Self { signed, terms, paid, blindings: Secret::new(blindings), receiver: payee.address, travel })
    }

    /// The remittance's id.
    #[must_use]
    pub fn id(&self) -> RemittanceId {
        self.terms.id(self.signed.quote.ledger)
    }

    /// What is agreed to.
    #[must_use]
    pub const fn terms(&self) -> &RemittanceTerms {
        &self.terms
    }

    /// What was quoted.
    #[must_use]
    pub const fn quote(&self) -> &Quote {
        &self.signed.quote
    }

    /// What the sender locks.
    ///
    /// # Errors
    /// [`OrderError::NotAsQuoted`] with negligible probability: the guard's hash is 0.
    pub fn lock_order(&self, memo: Memo) -> Result<LockOrder, OrderError> {
        lock_order(self.signed.quote.ledger, &self.terms, self.signed.quote.claim, self.signed.quote.priced.pay, memo)
    }

    /// The order for the provider, with the transfer that [`Self::lock_order`] describes.
    #[must_use]
    pub fn order(&self, payment: &UnprovenTransfer) -> Order {
        Order {
            quote: self.signed.clone(),
            terms: self.terms.clone(),
            paid_blinding: CanonicalScalar(self.blindings.expose()[0]),
            delivered_blinding: CanonicalScalar(self.blindings.expose()[1]),
            receiver: self.receiver,
            travel: self.travel.clone(),
            payment: payment.effects().clone(),
        }
    }

    /// What the receiver's institution is told once both legs are locked.
    #[must_use]
    pub fn notice(&self) -> Notice {
        Notice {
            ledger: self.signed.quote.ledger,
            terms: self.terms.clone(),
            paid: self.signed.quote.priced.pay,
            paid_blinding: CanonicalScalar(self.blindings.expose()[0]),
            delivered: self.signed.quote.priced.deliver,
            delivered_blinding: CanonicalScalar(self.blindings.expose()[1]),
            travel: self.travel.clone(),
        }
    }

    /// The sender checks the provider's answer, authorizes its own leg, and has the whole transaction.
    ///
    /// # Errors
    /// [`OrderError`]; nothing that the sender signed is given away then.
    pub fn complete<E: ProvingEngine>(
        &self,
        corridor: &Corridor,
        payer: &Holder,
        payment: UnprovenTransfer,
        answer: &Answer,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Transaction, OrderError> {
        let ledger = self.signed.quote.ledger;
        let [_, delivered] = self.terms.contracts(ledger).ok_or(OrderError::Transfer("sender"))?;
        let wrong = OrderError::Transfer("provider");
        let c = locks(&answer.delivery, corridor.receives, &delivered).ok_or(wrong)?;
        let (own, opening) = crossing(&payment).ok_or(OrderError::Transfer("sender"))?;
        let mut builder = TransactionBuilder::new(ledger);
        builder.add(payment);
        builder.add_foreign(answer.delivery.clone());
        builder.add_action(wrap(&lock(&self.terms)));
        let context = ProofContext { ledger, digest: builder.effects().digest(), index: 0 };
        verify_bridge(&context, &BridgeStatement::of_one(c, self.terms.delivered), &answer.bridge)?;
        if !signed_by(&self.terms.quote_key, &party_message(context.digest), &answer.quote.0) {
            return Err(OrderError::Unsigned);
        }
        let pay = self.paid.bridge(&context, own, &opening, rng)?;
        let room = corridor.below.0.saturating_sub(1).saturating_sub(self.signed.quote.priced.pay.0);
        let room = AmountOpening::new(NoteValue(room), -self.blindings.expose()[0]);
        let statement = corridor.limit_statement(self.id(), &self.terms.paid);
        let limit = prove_range(&context, &statement, &[room], rng)?;
        let mut authorized = payer.authorize_own(builder.build()?, engine, rng)?;
        authorized.add_authorization(DELIVER, answer.authorization)?;
        let proof = RemittanceProof::Lock { quote: answer.quote, pay, deliver: answer.bridge, limit };
        Ok(authorized.finish(vec![proof_bytes(&proof)])?)
    }
}

impl Order {
    /// The remittance's id.
    #[must_use]
    pub fn id(&self) -> RemittanceId {
        self.terms.id(self.quote.quote.ledger)
    }

    /// What the receiver's institution is told once both legs are locked.
    #[must_use]
    pub fn notice(&self) -> Notice {
        let quote = &self.quote.quote;
        Notice {
            ledger: quote.ledger,
            terms: self.terms.clone(),
            paid: quote.priced.pay,
            paid_blinding: self.paid_blinding,
            delivered: quote.priced.deliver,
            delivered_blinding: self.delivered_blinding,
            travel: self.travel.clone(),
        }
    }

    /// The provider checks that the order is its quote, to the last byte, and that what is paid reaches its wallet. Gives what the
    /// law wants told.
    ///
    /// # Errors
    /// [`OrderError`] tells what is wrong.
    pub fn check(
        &self,
        keys: &RemittanceKeys,
        (ledger, corridor, now): (LedgerId, &Corridor, Timestamp),
        state: &Remittances,
        provider: &Holder,
    ) -> Result<TravelMessage, OrderError> {
        let quote = &self.quote.quote;
        self.quote.check(ledger, corridor, now)?;
        let message = self.verify(keys, ledger, corridor)?;
        if state.is_used(&quote.key) {
            return Err(OrderError::Used);
        }
        let [paid, _] = self.terms.contracts(ledger).ok_or(OrderError::Transfer("sender"))?;
        if locks(&self.payment, corridor.pays, &paid).is_none()
            || !reaches(provider, &self.payment, corridor.pays, quote.priced.pay, &paid)
        {
            return Err(OrderError::Transfer("sender"));
        }
        Ok(message)
    }

    /// What does not depend on the time, the ledger's state or the wallet: that the terms are those of this provider's quote, and
    /// everything beside them opens what they hide.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn verify(
        &self,
        keys: &RemittanceKeys,
        ledger: LedgerId,
        corridor: &Corridor,
    ) -> Result<TravelMessage, OrderError> {
        let quote = &self.quote.quote;
        self.quote.verify(ledger, corridor)?;
        if quote.provider != keys.signer() || quote.key != keys.quote_key(&quote.nonce) {
            return Err(OrderError::NotMine);
        }
        self.terms.check()?;
        let differs = |what| Err(OrderError::NotAsQuoted(what));
        let terms = &self.terms;
        if (terms.corridor, terms.quote, terms.quote_key) != (quote.corridor, quote.digest(), quote.key) {
            return differs("they name another quote");
        }
        let (answer_until, claim_until) = times(quote)?;
        let times = (terms.quote_expires, terms.answer_until, terms.claim_until, terms.refund_from);
        if times != (quote.expires, answer_until, claim_until, claim_until) {
            return differs("their times");
        }
        if terms.provider != quote.claim.owner() {
            return differs("who claims what is paid");
        }
        if terms.receiver != self.receiver.owner() || self.receiver.transmission_key().is_identity() {
            return Err(OrderError::Receiver);
        }
        let opens = |value, blinding: CanonicalScalar, commitment| {
            AmountOpening::new(value, blinding.0).commitment() == commitment
        };
        if !opens(quote.priced.pay, self.paid_blinding, terms.paid)
            || !opens(quote.priced.deliver, self.delivered_blinding, terms.delivered)
        {
            return differs("their amounts");
        }
        if terms.travel != travel_digest(&self.travel) {
            return differs("their travel-rule message");
        }
        let message = TravelMessage::open(keys, &self.travel, quote.expires)?;
        message.expect(quote.digest(), corridor, quote.priced.pay, quote.priced.deliver)?;
        Ok(message)
    }

    /// What the provider locks.
    ///
    /// # Errors
    /// As [`Agreed::lock_order`].
    pub fn lock_order(&self, memo: Memo) -> Result<LockOrder, OrderError> {
        let quote = &self.quote.quote;
        lock_order(quote.ledger, &self.terms, self.receiver, quote.priced.deliver, memo)
    }

    /// The provider answers an order that it has checked, with the transfer that [`Self::lock_order`] describes.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn answer<E: ProvingEngine>(
        &self,
        keys: &RemittanceKeys,
        provider: &Holder,
        delivery: UnprovenTransfer,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Answer, OrderError> {
        let quote = &self.quote.quote;
        let (commitment, opening) = crossing(&delivery).ok_or(OrderError::Transfer("provider"))?;
        let effects = delivery.effects().clone();
        let mut builder = TransactionBuilder::new(quote.ledger);
        builder.add_foreign(self.payment.clone());
        let index = builder.add(delivery);
        builder.add_action(wrap(&lock(&self.terms)));
        let context = ProofContext { ledger: quote.ledger, digest: builder.effects().digest(), index: 0 };
        let delivered = AmountOpening::new(quote.priced.deliver, self.delivered_blinding.0);
        let bridge = delivered.bridge(&context, commitment, &opening, rng)?;
        let authorized = provider.authorize_own(builder.build()?, engine, rng)?;
        let authorization = authorized.authorizations().get(index).copied().flatten();
        let authorization = authorization.ok_or(FinishError::NotAuthorized(index))?;
        let quote = keys.sign_lock(&quote.nonce, context.digest);
        Ok(Answer { delivery: effects, authorization, bridge, quote })
    }
}

fn lock(terms: &RemittanceTerms) -> RemittanceAction {
    RemittanceAction::Lock { terms: Box::new(terms.clone()), pay: PAY, deliver: DELIVER }
}

fn times(quote: &Quote) -> Result<(Timestamp, Timestamp), QuoteError> {
    quote.answer_until().zip(quote.claim_until()).ok_or(QuoteError::Times)
}

fn lock_order(
    ledger: LedgerId,
    terms: &RemittanceTerms,
    claimant: Address,
    amount: NoteValue,
    memo: Memo,
) -> Result<LockOrder, OrderError> {
    let guard = terms.id(ledger).guard().ok_or(OrderError::NotAsQuoted("their guard is 0: order again"))?;
    Ok(LockOrder { claimant, terms: terms.lock(), guard, amount, memo, is_tagged: true })
}

//! A quote: what a provider offers to exchange, for a time, signed.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::AgeRecipient,
    keys::Address,
    note::Timestamp,
    transaction::{LedgerId, SignatureBytes},
};
use tabella_remittance_rules::{
    Corridor, CorridorId,
    terms::{MIN_CLAIM_SECONDS, quote_digest},
};
use tabella_verifier::{application::signed_by, files::PublicFile};
use thiserror::Error;

use crate::{
    keys::RemittanceKeys,
    price::{Price, PriceError, Priced},
};

/// What a provider quotes.
#[derive(Clone, Copy, Debug)]
pub struct QuoteRequest {
    /// In which corridor.
    pub corridor: CorridorId,
    /// At which price.
    pub price: Price,
    /// Which exchange.
    pub priced: Priced,
    /// Where the provider claims what is paid: an address made for this quote alone.
    pub claim: Address,
    /// Until when it holds.
    pub expires: Timestamp,
    /// Seconds from the expiry in which the receiver's institution answers, at least 1.
    pub answer_seconds: u32,
    /// Seconds after that in which both legs are claimed, at least 3,600.
    pub claim_seconds: u32,
}

/// A quote. Encoding: borsh of the fields in order.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Quote {
    /// The ledger.
    pub ledger: LedgerId,
    /// The corridor.
    pub corridor: CorridorId,
    /// Ed25519 key of the provider.
    pub provider: [u8; 32],
    /// To whom travel-rule messages for the provider are sealed.
    pub recipient: AgeRecipient,
    /// Where the provider claims what is paid.
    pub claim: Address,
    /// The price.
    pub price: Price,
    /// The exchange at this price.
    pub priced: Priced,
    /// Both legs are locked before this.
    pub expires: Timestamp,
    /// Answers come at most so many seconds after that.
    pub answer_seconds: u32,
    /// Claims come at most so many seconds after answers end.
    pub claim_seconds: u32,
    /// Random: nobody finds a quote by its digest, and each has a key of its own.
    pub nonce: [u8; 32],
    /// Ed25519 key of this quote: what locks both legs is signed with it, once.
    pub key: [u8; 32],
}

impl fmt::Debug for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quote").field("corridor", &self.corridor).finish_non_exhaustive()
    }
}

/// A quote under its provider's signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedQuote {
    /// The quote.
    pub quote: Quote,
    /// The provider's signature of its digest.
    pub signature: SignatureBytes,
}

impl PublicFile for SignedQuote {
    const KIND: &'static str = "remittance quote";
}

/// Why a quote is not made, or not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuoteError {
    /// Of another ledger.
    #[error("the quote is for ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// Of another corridor.
    #[error("the quote is for another corridor")]
    Corridor,
    /// There is no such exchange.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The amounts do not follow from the price.
    #[error("the amounts of the quote are not those of its price: do not take it")]
    Amounts,
    /// Not below the threshold.
    #[error("the corridor takes payments below {below}, and this one is {pay} (smallest units)")]
    Threshold {
        /// The threshold.
        below: u64,
        /// What would be paid.
        pay: u64,
    },
    /// Times that cannot be.
    #[error("a quote leaves at least a second for the answer and {MIN_CLAIM_SECONDS} s for claims")]
    Times,
    /// Its address hides nothing.
    #[error("anybody could read what is sent to the provider's address")]
    Claim,
    /// Not signed.
    #[error("the quote is not signed by its provider")]
    Signature,
    /// Too late.
    #[error("the quote has expired: ask the provider for a new one")]
    Expired,
}

impl Quote {
    /// What its provider signs, and what terms name: the digest of its canonical bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        quote_digest(&borsh::to_vec(self).expect("writing to memory"))
    }

    /// When the receiver's institution has answered at the latest. `None` after the end of time.
    #[must_use]
    pub fn answer_until(&self) -> Option<Timestamp> {
        Timestamp::new(self.expires.seconds().checked_add(self.answer_seconds.into())?)
    }

    /// When claims end, and refunds begin. `None` after the end of time.
    #[must_use]
    pub fn claim_until(&self) -> Option<Timestamp> {
        Timestamp::new(self.answer_until()?.seconds().checked_add(self.claim_seconds.into())?)
    }

    /// What does not depend on the time or on the signature.
    fn check(&self, corridor: &Corridor) -> Result<(), QuoteError> {
        if corridor.id(self.ledger) != self.corridor {
            return Err(QuoteError::Corridor);
        }
        if !self.price.fits(&self.priced) {
            // What is wrong with the price itself is said first.
            self.price.paying(self.priced.pay)?;
            return Err(QuoteError::Amounts);
        }
        if self.priced.pay >= corridor.below {
            return Err(QuoteError::Threshold { below: corridor.below.0, pay: self.priced.pay.0 });
        }
        if self.answer_seconds == 0 || u64::from(self.claim_seconds) < MIN_CLAIM_SECONDS || self.claim_until().is_none()
        {
            return Err(QuoteError::Times);
        }
        if self.claim.transmission_key().is_identity() { Err(QuoteError::Claim) } else { Ok(()) }
    }
}

impl SignedQuote {
    /// A quote, signed by its provider.
    ///
    /// # Errors
    /// [`QuoteError`].
    pub fn new(
        keys: &RemittanceKeys,
        ledger: LedgerId,
        corridor: &Corridor,
        request: &QuoteRequest,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, QuoteError> {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let QuoteRequest { corridor: id, price, priced, claim, expires, answer_seconds, claim_seconds } = *request;
        let quote = Quote {
            ledger,
            corridor: id,
            provider: keys.signer(),
            recipient: keys.recipient(),
            claim,
            price,
            priced,
            expires,
            answer_seconds,
            claim_seconds,
            nonce,
            key: keys.quote_key(&nonce),
        };
        quote.check(corridor)?;
        Ok(Self { signature: keys.sign_message(&quote.digest()), quote })
    }

    /// Checks, as whoever is to rely on it, that the provider offers exactly this, now, on this ledger.
    ///
    /// # Errors
    /// [`QuoteError`] names what is wrong.
    pub fn check(&self, ledger: LedgerId, corridor: &Corridor, now: Timestamp) -> Result<(), QuoteError> {
        self.verify(ledger, corridor)?;
        if now >= self.quote.expires { Err(QuoteError::Expired) } else { Ok(()) }
    }

    /// The same at any time: that the provider offered it.
    ///
    /// # Errors
    /// [`QuoteError`], but for [`QuoteError::Expired`].
    pub fn verify(&self, ledger: LedgerId, corridor: &Corridor) -> Result<(), QuoteError> {
        let quote = &self.quote;
        if quote.ledger != ledger {
            return Err(QuoteError::Ledger(quote.ledger));
        }
        quote.check(corridor)?;
        if !signed_by(&quote.provider, &quote.digest(), &self.signature.0) {
            return Err(QuoteError::Signature);
        }
        Ok(())
    }
}

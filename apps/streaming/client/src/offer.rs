//! An offer: terms that a provider has signed for one viewer. The viewer checks it, and opens the session with it.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    account::Amount,
    note::{AssetId, NoteValue, Timestamp},
    transaction::{LedgerId, SignatureBytes},
};
use tabella_prover::account::AmountOpening;
use tabella_streaming_rules::terms::{Party, SessionId, SessionTerms, TermsError, ViewerKeys, consent_message};
use tabella_verifier::{application::signed_by, files::PublicFile};
use thiserror::Error;

use crate::keys::StreamingKeys;

/// What a provider offers.
#[derive(Clone, Debug)]
pub struct OfferOrder {
    /// To whom.
    pub viewer: ViewerKeys,
    /// What is paid with.
    pub asset: AssetId,
    /// What a tick costs, in the asset's smallest units.
    pub rate: NoteValue,
    /// Whether everybody may see that.
    pub public: bool,
    /// How many ticks are prepaid.
    pub max_ticks: u32,
    /// How long a tick lasts.
    pub tick_seconds: u32,
    /// Until when it can be watched.
    pub expires: Timestamp,
    /// How long a higher tick may be shown.
    pub dispute_seconds: u32,
}

/// Terms under the provider's signature. The file shows nobody a hidden rate but the two parties.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {
    /// The ledger.
    pub ledger: LedgerId,
    /// The terms.
    pub terms: SessionTerms,
    /// The provider's signature of them.
    pub consent: SignatureBytes,
}

impl PublicFile for Offer {
    const KIND: &'static str = "streaming offer";
}

/// Why an offer is not made, or not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfferError {
    /// The terms are none.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// All ticks together cost more than can be paid, or nothing.
    #[error("a tick costs at least 1 smallest unit, and all ticks together less than 2^64")]
    Price,
    /// Of another ledger.
    #[error("the offer is for ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// The provider did not sign it.
    #[error("the offer is not signed by its provider")]
    Consent,
    /// For somebody else.
    #[error("the offer is for another viewer: give the provider the keys that `tabella streaming key` shows")]
    Viewer,
    /// Too late.
    #[error("the offer has expired: ask the provider for a new one")]
    Expired,
    /// The price that the provider sealed is not the one that is committed to.
    #[error("the price that the offer tells is not the one that the session would charge: do not take it")]
    Rate,
}

impl Offer {
    /// An offer, signed.
    ///
    /// # Errors
    /// [`OfferError::Terms`], [`OfferError::Price`].
    pub fn new(
        keys: &StreamingKeys,
        ledger: LedgerId,
        order: &OfferOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, OfferError> {
        if order.rate.0.checked_mul(u64::from(order.max_ticks)).is_none_or(|price| price == 0) {
            return Err(OfferError::Price);
        }
        let (rate, sealed) = if order.public {
            (Amount::Public(order.rate), None)
        } else {
            let opening = AmountOpening::hidden(order.rate, rng);
            (opening.amount(), Some(keys.reader.seal(&opening, &order.viewer.reader)))
        };
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let terms = SessionTerms {
            viewer: order.viewer,
            provider: keys.signer(),
            asset: order.asset,
            rate,
            sealed,
            max_ticks: order.max_ticks,
            tick_seconds: order.tick_seconds,
            expires: order.expires,
            dispute_seconds: order.dispute_seconds,
            nonce,
        };
        terms.check()?;
        let consent = keys.consent(terms.id(ledger));
        Ok(Self { ledger, terms, consent })
    }

    /// The session that it opens.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.terms.id(self.ledger)
    }

    /// Checks, as the viewer, all that the ledger will check and what it cannot: that the price is the one that is told. Returns it.
    ///
    /// # Errors
    /// [`OfferError`] names what is wrong.
    pub fn check(&self, keys: &StreamingKeys, ledger: LedgerId, now: Timestamp) -> Result<AmountOpening, OfferError> {
        if self.ledger != ledger {
            return Err(OfferError::Ledger(self.ledger));
        }
        self.terms.check()?;
        if !signed_by(&self.terms.provider, &consent_message(self.session()), &self.consent.0) {
            return Err(OfferError::Consent);
        }
        if self.terms.viewer != keys.public() {
            return Err(OfferError::Viewer);
        }
        if now >= self.terms.expires {
            return Err(OfferError::Expired);
        }
        let rate = open_rate(&self.terms, keys, Party::Viewer).ok_or(OfferError::Rate)?;
        match rate.times(u64::from(self.terms.max_ticks)) {
            Some(price) if price.value() != NoteValue(0) => Ok(rate),
            _ => Err(OfferError::Price),
        }
    }
}

/// What a tick costs, as a party reads it in the terms: the viewer by her own key, the provider by the key it sealed it under.
pub(crate) fn open_rate(terms: &SessionTerms, keys: &StreamingKeys, party: Party) -> Option<AmountOpening> {
    match (terms.rate, &terms.sealed, party) {
        (Amount::Public(rate), ..) => Some(AmountOpening::public(rate)),
        (Amount::Hidden(rate), Some(sealed), Party::Viewer) => keys.reader.unseal(&rate, sealed),
        (Amount::Hidden(rate), Some(sealed), Party::Provider) => {
            keys.reader.unseal_sent(&terms.viewer.reader, &rate, sealed)
        }
        (Amount::Hidden(_), None, _) => None,
    }
}

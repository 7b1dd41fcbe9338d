//! An offer: terms that an owner has signed for one renter. The renter checks it, and rents with it.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_access_rules::terms::{
    Party, RentalId, RentalTerms, RenterKeys, SealedPrices, TermsError, consent_message,
};
use tabella_payments::holder::LockOrder;
use tabella_protocol::{
    account::{Amount, SealedOpening},
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    transaction::{LedgerId, SignatureBytes},
};
use tabella_prover::account::AmountOpening;
use tabella_verifier::{application::signed_by, files::PublicFile};
use thiserror::Error;

use crate::keys::AccessKeys;

/// What an owner offers.
#[derive(Clone, Debug)]
pub struct OfferOrder {
    /// To whom.
    pub renter: RenterKeys,
    /// Where the rent is claimed: an address that was given out for this rental alone.
    pub payee: Address,
    /// Who decides disputes.
    pub arbiter: [u8; 32],
    /// Which device.
    pub device: [u8; 32],
    /// What is paid with.
    pub asset: AssetId,
    /// What a unit of time costs, in the asset's smallest units.
    pub price: NoteValue,
    /// How many units of time are let.
    pub units: u32,
    /// How long one is.
    pub unit_seconds: u32,
    /// What a part of the deposit is worth.
    pub part: NoteValue,
    /// How many parts the deposit has.
    pub parts: u32,
    /// Whether everybody may see price and deposit.
    pub public: bool,
    /// Until when the right can be used.
    pub use_until: Timestamp,
    /// The delay for claim, dispute and decision.
    pub delay_seconds: u32,
}

/// Terms under the owner's signature. The file shows nobody hidden prices but the two parties.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {
    /// The ledger.
    pub ledger: LedgerId,
    /// The terms.
    pub terms: RentalTerms,
    /// The owner's signature of them.
    pub consent: SignatureBytes,
}

impl PublicFile for Offer {
    const KIND: &'static str = "access offer";
}

/// The openings of a rental's prices. `Debug` prints nothing of them.
#[derive(Clone, Debug)]
pub struct Prices {
    /// Of a unit of time.
    pub price: AmountOpening,
    /// Of a part of the deposit.
    pub part: AmountOpening,
}

/// Why an offer is not made, or not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfferError {
    /// The terms are none.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// Nothing to pay, or more than can be.
    #[error("rent and deposit are at least 1 smallest unit each, and less than 2^64")]
    Price,
    /// Of another ledger.
    #[error("the offer is for ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// The owner did not sign it.
    #[error("the offer is not signed by its owner")]
    Consent,
    /// For somebody else.
    #[error("the offer is for another renter: give the owner the keys that `tabella access key` shows")]
    Renter,
    /// Too late.
    #[error("the offer has expired: ask the owner for a new one")]
    Expired,
    /// The owner could keep the renter waiting for too long.
    #[error("the right could be used for more than 366 days from now: ask the owner for an offer that ends sooner")]
    TooFar,
    /// The prices that the owner sealed are not those that are committed to.
    #[error("the prices that the offer tells are not those that the rental would charge: do not take it")]
    Sealed,
}

impl Offer {
    /// An offer, signed.
    ///
    /// # Errors
    /// [`OfferError::Terms`], [`OfferError::Price`].
    pub fn new(
        keys: &AccessKeys,
        ledger: LedgerId,
        order: &OfferOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, OfferError> {
        let prices = if order.public {
            Prices { price: AmountOpening::public(order.price), part: AmountOpening::public(order.part) }
        } else {
            Prices { price: AmountOpening::hidden(order.price, rng), part: AmountOpening::hidden(order.part, rng) }
        };
        let amount = |opening: &AmountOpening| {
            if order.public { Amount::Public(opening.value()) } else { opening.amount() }
        };
        let seal = |opening: &AmountOpening| keys.reader.seal(opening, &order.renter.reader);
        let sealed = (!order.public).then(|| SealedPrices { price: seal(&prices.price), part: seal(&prices.part) });
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let terms = RentalTerms {
            renter: order.renter,
            owner: keys.signer(),
            payee: order.payee,
            arbiter: order.arbiter,
            device: order.device,
            asset: order.asset,
            price: amount(&prices.price),
            units: order.units,
            unit_seconds: order.unit_seconds,
            part: amount(&prices.part),
            parts: order.parts,
            sealed,
            use_until: order.use_until,
            delay_seconds: order.delay_seconds,
            nonce,
        };
        terms.check()?;
        prices.check(&terms)?;
        let consent = keys.consent(terms.id(ledger));
        Ok(Self { ledger, terms, consent })
    }

    /// The rental that it makes.
    #[must_use]
    pub fn rental(&self) -> RentalId {
        self.terms.id(self.ledger)
    }

    /// Checks, as the renter, all that the ledger will check and what it cannot: that the prices are those that are told. Returns
    /// them.
    ///
    /// # Errors
    /// [`OfferError`] names what is wrong.
    pub fn check(&self, keys: &AccessKeys, ledger: LedgerId, now: Timestamp) -> Result<Prices, OfferError> {
        if self.ledger != ledger {
            return Err(OfferError::Ledger(self.ledger));
        }
        self.terms.check()?;
        if !signed_by(&self.terms.owner, &consent_message(self.rental()), &self.consent.0) {
            return Err(OfferError::Consent);
        }
        if self.terms.renter != keys.public() {
            return Err(OfferError::Renter);
        }
        if now >= self.terms.use_until {
            return Err(OfferError::Expired);
        }
        if !self.terms.is_near(now) {
            return Err(OfferError::TooFar);
        }
        let prices = Prices::read(&self.terms, keys, Party::Renter).ok_or(OfferError::Sealed)?;
        prices.check(&self.terms)?;
        Ok(prices)
    }
}

impl Prices {
    /// What a party reads in the terms: the renter by its own key, the owner by the key it sealed them under.
    pub(crate) fn read(terms: &RentalTerms, keys: &AccessKeys, party: Party) -> Option<Self> {
        let read = |amount: Amount, sealed: Option<&SealedOpening>| match (amount, sealed) {
            (Amount::Public(amount), None) => Some(AmountOpening::public(amount)),
            (Amount::Hidden(amount), Some(sealed)) => match party {
                Party::Renter => keys.reader.unseal(&amount, sealed),
                Party::Owner => keys.reader.unseal_sent(&terms.renter.reader, &amount, sealed),
            },
            _ => None,
        };
        let sealed = terms.sealed.as_ref();
        let price = read(terms.price, sealed.map(|sealed| &sealed.price))?;
        Some(Self { price, part: read(terms.part, sealed.map(|sealed| &sealed.part))? })
    }

    /// The rent; `None` above 2^64 - 1, which a checked offer excludes.
    #[must_use]
    pub fn rent(&self, terms: &RentalTerms) -> Option<AmountOpening> {
        self.price.times(u64::from(terms.units))
    }

    /// So many parts of the deposit; `None` as for the rent.
    #[must_use]
    pub fn share(&self, parts: u32) -> Option<AmountOpening> {
        self.part.times(u64::from(parts))
    }

    /// What the renter puts under escrow; `None` with negligible probability.
    #[must_use]
    pub fn lock_order(&self, terms: &RentalTerms, rental: RentalId) -> Option<LockOrder> {
        let contract = terms.contract(rental)?;
        Some(LockOrder {
            claimant: terms.payee,
            terms: contract.terms,
            guard: contract.guard,
            amount: self.rent(terms)?.value(),
            memo: Memo::empty(),
            is_tagged: true,
        })
    }

    /// Hidden prices are checked by the parties, public ones by the terms too.
    fn check(&self, terms: &RentalTerms) -> Result<(), OfferError> {
        for amount in [self.rent(terms), self.share(terms.parts)] {
            amount.filter(|amount| amount.value() != NoteValue(0)).ok_or(OfferError::Price)?;
        }
        Ok(())
    }
}

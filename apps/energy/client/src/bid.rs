//! A bidder's bids: made under keys of their own, and found again from the seed and the ledger's state.

use std::fmt;

use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_energy_rules::{
    EnergyMarkets, Interval,
    action::BidId,
    bid::{Bid, BidTerms, SealedBid, Side, Stage, lock, seal},
    domain,
    terms::{MarketId, MarketTerms, party_message},
};
use tabella_protocol::{
    note::{AssetId, NoteValue, Timestamp},
    ristretto::CanonicalScalar,
    secret::Secret,
    transaction::{SignatureBytes, TransactionDigest},
};
use tabella_prover::account::AmountOpening;
use thiserror::Error;

use crate::keys::{EnergyKeys, half, scalar};

/// Why a bid is not made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BidError {
    /// Lots or price out of bounds.
    #[error(
        "a bid is of 1 to {max_lots} lots, at a price from {tick} to {max_price} in steps of {tick} (smallest units)"
    )]
    Bounds {
        /// Most lots.
        max_lots: u32,
        /// The tick.
        tick: u64,
        /// The highest price.
        max_price: u64,
    },
    /// Not in the window of its interval.
    #[error("bids for interval {interval} are taken from {from} until {until} (seconds after 1970)")]
    Window {
        /// The interval.
        interval: u32,
        /// From when on.
        from: u64,
        /// Until when.
        until: u64,
    },
    /// The asset of energy has no id.
    #[error("the market has no asset of energy")]
    Energy,
}

/// The secrets of one bid.
struct BidSecrets {
    key: SigningKey,
    seed: Secret<[u8; 32]>,
}

impl BidSecrets {
    /// `BLAKE2b-512("Energy_BidKeys__", bids || market || interval (4 bytes) || nonce || label)`.
    fn new(keys: &EnergyKeys, market: MarketId, interval: u32, nonce: &[u8; 32]) -> Self {
        let interval = interval.to_le_bytes();
        let derive = |label: &[u8]| half(domain::BID_KEYS, &[keys.bids().expose(), &market.0, &interval, nonce, label]);
        Self { key: SigningKey::from_bytes(&derive(b"key")), seed: Secret::new(*derive(b"seed")) }
    }

    fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// s, which depends on what is said: two bids of one nonce do not share it.
    fn blinding(&self, said: &BidTerms) -> Scalar {
        let parts: [&[u8]; 4] = [self.seed.expose(), b"blinding", &said.lots.to_le_bytes(), &said.price.to_le_bytes()];
        *scalar(domain::BID_KEYS, &parts)
    }

    fn mask(&self, mut bytes: [u8; 12]) -> [u8; 12] {
        let pad = half(domain::BID_KEYS, &[self.seed.expose(), b"pad"]);
        bytes.iter_mut().zip(pad.iter()).for_each(|(byte, pad)| *byte ^= pad);
        bytes
    }
}

fn written(said: &BidTerms) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&said.lots.to_le_bytes());
    bytes[4..].copy_from_slice(&said.price.to_le_bytes());
    bytes
}

fn read(bytes: [u8; 12]) -> BidTerms {
    let [a, b, c, d, price @ ..] = bytes;
    BidTerms { lots: u32::from_le_bytes([a, b, c, d]), price: u64::from_le_bytes(price) }
}

/// A bid with what only its bidder knows. `Debug` does not print what it says.
pub struct OwnBid {
    /// As the ledger has it, or will have it.
    pub sealed: SealedBid,
    /// Which; none before the ledger has it.
    pub id: Option<BidId>,
    said: BidTerms,
    blinding: Secret<Scalar>,
    key: SigningKey,
}

impl fmt::Debug for OwnBid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnBid").field("sealed", &self.sealed).field("id", &self.id).finish_non_exhaustive()
    }
}

impl OwnBid {
    /// A new bid, in the window of its interval.
    ///
    /// # Errors
    /// [`BidError`].
    pub fn new(
        keys: &EnergyKeys,
        (market, terms): (MarketId, &MarketTerms),
        (interval, side): (u32, Side),
        said: BidTerms,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, BidError> {
        if !said.is_within(terms) {
            let max_lots = tabella_energy_rules::terms::MAX_LOTS;
            return Err(BidError::Bounds { max_lots, tick: terms.tick, max_price: terms.max_price });
        }
        let (from, until) = (terms.ends(interval), terms.closes(interval));
        let seconds = |time: Option<Timestamp>| time.unwrap_or(Timestamp::MAX).seconds();
        let (from, until) = (seconds(from), seconds(until));
        if !(from..until).contains(&now.seconds()) {
            return Err(BidError::Window { interval, from, until });
        }
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        Ok(Self::with_nonce(keys, (market, terms.lot), (interval, side), said, nonce))
    }

    fn with_nonce(
        keys: &EnergyKeys,
        (market, lot): (MarketId, u32),
        (interval, side): (u32, Side),
        said: BidTerms,
        nonce: [u8; 32],
    ) -> Self {
        let secrets = BidSecrets::new(keys, market, interval, &nonce);
        let (bidder, blinding) = (secrets.public(), secrets.blinding(&said));
        let sealed = SealedBid {
            market,
            interval,
            side,
            bidder,
            lock: lock(said.amount(side, lot), &blinding),
            seal: seal((market, interval, side), &bidder, &said, &CanonicalScalar(blinding)),
            nonce,
            masked: secrets.mask(written(&said)),
        };
        Self { sealed, id: None, said, blinding: Secret::new(blinding), key: secrets.key }
    }

    /// The bid behind one that the ledger has, if it is of these keys.
    #[must_use]
    pub fn recover(keys: &EnergyKeys, lot: u32, number: u32, bid: &Bid) -> Option<Self> {
        let SealedBid { market, interval, side, bidder, nonce, masked, .. } = bid.sealed;
        let secrets = BidSecrets::new(keys, market, interval, &nonce);
        if secrets.public() != bidder {
            return None;
        }
        let said = read(secrets.mask(masked));
        let own = Self::with_nonce(keys, (market, lot), (interval, side), said, nonce);
        let id = Some(BidId { market, interval, number });
        (own.sealed == bid.sealed).then_some(Self { id, ..own })
    }

    /// The bids of these keys in an interval, by number.
    pub fn of_interval<'s>(
        keys: &'s EnergyKeys,
        lot: u32,
        interval: &'s Interval,
    ) -> impl Iterator<Item = (Self, Stage)> + 's {
        let bids = interval.bids.iter();
        bids.filter_map(move |(number, bid)| Some((Self::recover(keys, lot, *number, bid)?, bid.stage)))
    }

    /// All bids of these keys in a market.
    pub fn of_market<'s>(
        keys: &'s EnergyKeys,
        state: &'s EnergyMarkets,
        market: MarketId,
    ) -> impl Iterator<Item = (Self, Stage)> + 's {
        let lot = state.market(&market).map_or(0, |market| market.terms.lot);
        state.intervals(market).flat_map(move |(_, interval)| Self::of_interval(keys, lot, interval))
    }

    /// What it says.
    #[must_use]
    pub const fn said(&self) -> BidTerms {
        self.said
    }

    /// s of its lock.
    #[must_use]
    pub const fn blinding(&self) -> CanonicalScalar {
        CanonicalScalar(*self.blinding.expose())
    }

    /// The asset that it locks.
    ///
    /// # Errors
    /// [`BidError::Energy`].
    pub fn asset(&self, terms: &MarketTerms) -> Result<AssetId, BidError> {
        match self.sealed.side {
            Side::Buy => Ok(terms.payment),
            Side::Sell => terms.energy_id().map_err(|_| BidError::Energy),
        }
    }

    /// What it locks.
    #[must_use]
    pub fn locked(&self, terms: &MarketTerms) -> AmountOpening {
        AmountOpening::new(NoteValue(self.said.amount(self.sealed.side, terms.lot)), *self.blinding.expose())
    }

    /// Signs for what a transaction does with it.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        SignatureBytes(self.key.sign(&party_message(digest)).to_bytes())
    }
}

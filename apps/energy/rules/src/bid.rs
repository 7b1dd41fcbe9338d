//! Bids: sealed with what backs them, opened after the close.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use tabella_protocol::{
    hash::blake2b_256,
    ristretto::{CanonicalScalar, Element, blinding_base},
};

use crate::{
    clearing::Order,
    domain,
    terms::{MAX_LOTS, MarketId, MarketTerms},
};

/// Which side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Side {
    /// Locks money, and wants energy.
    Buy,
    /// Locks energy, and wants money.
    Sell,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// The bid of somebody at an auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SealedBid {
    /// Of which market.
    pub market: MarketId,
    /// In the auction of which interval.
    pub interval: u32,
    /// Which side: the asset of what is locked shows it anyway.
    pub side: Side,
    /// Ed25519 key of this bid alone, that signs for what it comes to.
    pub bidder: [u8; 32],
    /// `L = w·B + s·B~`: what is locked, exactly what the bid comes to at most.
    pub lock: Element,
    /// [`seal`] of lots, price and s.
    pub seal: [u8; 32],
    /// Random; the bidder finds the bid's key again by it.
    pub nonce: [u8; 32],
    /// Lots (4 bytes) and price (8 bytes), masked for the bidder.
    pub masked: [u8; 12],
}

/// What a bid says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BidTerms {
    /// How many lots, at least 1.
    pub lots: u32,
    /// The price of a lot: at most so much if it buys, at least so much if it sells.
    pub price: u64,
}

impl BidTerms {
    /// Whether a market takes it.
    #[must_use]
    pub const fn is_within(&self, terms: &MarketTerms) -> bool {
        let is_lots = self.lots >= 1 && self.lots <= MAX_LOTS;
        let is_price = self.price >= terms.tick && self.price <= terms.max_price;
        is_lots && is_price && self.price.is_multiple_of(terms.tick)
    }

    /// What is locked: lots times price in smallest units of the asset of payment, or lots in Wh. Below 2^64 for what a market takes.
    #[must_use]
    pub fn amount(&self, side: Side, lot: u32) -> u64 {
        match side {
            Side::Buy => u64::from(self.lots).saturating_mul(self.price),
            Side::Sell => u64::from(self.lots) * u64::from(lot),
        }
    }
}

/// `BLAKE2b-256("Energy_BidSeal__", market || interval (4 bytes) || side (1 byte) || bidder || lots (4 bytes) || price (8 bytes) || s)`.
/// s is uniform, and so hides the rest.
#[must_use]
pub fn seal(
    (market, interval, side): (MarketId, u32, Side),
    bidder: &[u8; 32],
    said: &BidTerms,
    blinding: &CanonicalScalar,
) -> [u8; 32] {
    let side = match side {
        Side::Buy => [0],
        Side::Sell => [1],
    };
    let (lots, price) = (said.lots.to_le_bytes(), said.price.to_le_bytes());
    let parts: [&[u8]; 7] = [&market.0, &interval.to_le_bytes(), &side, bidder, &lots, &price, blinding.0.as_bytes()];
    blake2b_256(domain::SEAL, &parts)
}

/// `w·B + s·B~`.
#[must_use]
pub fn lock(amount: u64, blinding: &Scalar) -> Element {
    (&Scalar::from(amount) * RISTRETTO_BASEPOINT_TABLE + blinding * blinding_base()).into()
}

/// How far a bid has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody but the bidder knows what it says.
    Sealed,
    /// Everybody knows.
    Revealed(BidTerms),
    /// What it came to was paid out.
    Paid(Option<BidTerms>),
}

/// A bid on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// As it was made.
    pub sealed: SealedBid,
    /// How far it has come.
    pub stage: Stage,
}

impl Bid {
    /// What it says, once that is known.
    #[must_use]
    pub const fn revealed(&self) -> Option<BidTerms> {
        match self.stage {
            Stage::Sealed | Stage::Paid(None) => None,
            Stage::Revealed(said) | Stage::Paid(Some(said)) => Some(said),
        }
    }

    /// As the auction has it, under its number.
    #[must_use]
    pub fn order(&self, number: u32) -> Option<Order> {
        self.revealed().map(|BidTerms { lots, price }| Order { number, lots, price })
    }
}

/// What a bid comes to, in smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payout {
    /// Energy, in Wh.
    pub energy: u64,
    /// Money.
    pub money: u64,
}

/// What a bid comes to of which so many lots were filled, at a price that is not worse than its own.
#[must_use]
pub fn payout(side: Side, said: &BidTerms, filled: u32, price: u64, lot: u32) -> Payout {
    let (energy, money) = (u64::from(filled) * u64::from(lot), u64::from(filled).saturating_mul(price));
    let locked = said.amount(side, lot);
    match side {
        Side::Buy => Payout { energy, money: locked.saturating_sub(money) },
        Side::Sell => Payout { energy: locked.saturating_sub(energy), money },
    }
}

//! What the ledger keeps of markets, meters, readings and auctions.

use std::collections::BTreeMap;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};
use tabella_protocol::{note::AssetId, ristretto::Element, transaction::SignatureBytes};

use crate::{
    bid::{Bid, Payout, Side, payout},
    clearing::{Clearing, Order, clear},
    reading::{Flow, MeterRecord},
    terms::{MarketId, MarketTerms},
    totals::Totals,
};

/// A market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// What was agreed to.
    pub terms: MarketTerms,
    /// Penalties that wait for the operator: money of buys, energy of sells.
    pub penalties: [u64; 2],
}

impl Market {
    pub(crate) const fn penalty(&mut self, side: Side) -> &mut u64 {
        let [money, energy] = &mut self.penalties;
        match side {
            Side::Buy => money,
            Side::Sell => energy,
        }
    }
}

/// Two readings that a meter has signed for one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which interval.
    pub interval: u32,
    /// What was signed, each time.
    pub messages: [[u8; 32]; 2],
    /// The signatures.
    pub signatures: [SignatureBytes; 2],
}

/// A meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// What was certified.
    pub record: MeterRecord,
    /// The next interval that it may read.
    pub next: u32,
    /// Which of the market's certifiers has certified it, and may stop it.
    pub certifier: u8,
    /// The first interval that it does not read, once its certifier has stopped it.
    pub until: Option<u32>,
    /// Why it was stopped for good.
    pub stopped: Option<Evidence>,
}

impl Meter {
    /// Whether it may read an interval, and mint what it has read there.
    #[must_use]
    pub fn runs(&self, interval: u32) -> bool {
        self.stopped.is_none() && self.until.is_none_or(|until| interval < until)
    }
}

/// A reading on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredReading {
    /// What the meter has signed.
    pub message: [u8; 32],
    /// Its signature.
    pub signature: SignatureBytes,
    /// The commitments to what was produced, and to what was consumed.
    pub commitments: [Element; 2],
    /// Whether what was produced has become a note.
    pub is_minted: bool,
    /// Whether it was taken out of the totals of its interval.
    pub is_left_out: bool,
}

impl StoredReading {
    /// One of the two commitments.
    #[must_use]
    pub const fn commitment(&self, flow: Flow) -> Element {
        let [produced, consumed] = self.commitments;
        match flow {
            Flow::Produced => produced,
            Flow::Consumed => consumed,
        }
    }
}

/// What an auction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody has stated it yet.
    Open,
    /// No buy met a sell.
    Nothing,
    /// Something was traded.
    Cleared(Clearing),
}

/// An interval of a market: what was read, and its auction.
#[derive(Clone, Debug)]
pub struct Interval {
    /// The readings, added up.
    pub totals: Totals,
    /// The bids, by number.
    pub bids: RedBlackTreeMapSync<u32, Bid>,
    /// What the auction came to.
    pub outcome: Outcome,
}

impl Interval {
    /// Of a market with so many collectors, before anything has happened in it.
    #[must_use]
    pub fn new(collectors: usize) -> Self {
        Self { totals: Totals::new(collectors), bids: RedBlackTreeMapSync::new_sync(), outcome: Outcome::Open }
    }

    /// What the bids that were revealed come to.
    #[must_use]
    pub fn clear(&self, tick: u64) -> Outcome {
        let orders = |side: Side| -> Vec<Order> {
            let of_side = self.bids.iter().filter(|(_, bid)| bid.sealed.side == side);
            of_side.filter_map(|(number, bid)| bid.order(*number)).collect()
        };
        clear(orders(Side::Buy), orders(Side::Sell), tick).map_or(Outcome::Nothing, Outcome::Cleared)
    }

    /// What a revealed bid comes to; `None` before the auction is cleared, and of bids that were not revealed.
    #[must_use]
    pub fn payout(&self, number: u32, lot: u32) -> Option<Payout> {
        let bid = self.bids.get(&number)?;
        let said = bid.revealed()?;
        let (filled, price) = match &self.outcome {
            Outcome::Open => return None,
            Outcome::Nothing => (0, 0),
            Outcome::Cleared(clearing) => (clearing.fills.get(&number).copied().unwrap_or(0), clearing.price),
        };
        Some(payout(bid.sealed.side, &said, filled, price, lot))
    }
}

/// The markets of a ledger.
#[derive(Clone, Debug, Default)]
pub struct EnergyMarkets {
    pub(crate) markets: RedBlackTreeMapSync<MarketId, Market>,
    pub(crate) meters: RedBlackTreeMapSync<[u8; 32], Meter>,
    pub(crate) readings: RedBlackTreeMapSync<([u8; 32], u32), StoredReading>,
    pub(crate) intervals: RedBlackTreeMapSync<(MarketId, u32), Interval>,
    pub(crate) energies: RedBlackTreeSetSync<[u8; 32]>,
}

/// What the actions of a transaction change.
#[derive(Debug, Default)]
pub struct Changes {
    pub(crate) markets: BTreeMap<MarketId, Market>,
    pub(crate) meters: BTreeMap<[u8; 32], Meter>,
    pub(crate) readings: BTreeMap<([u8; 32], u32), StoredReading>,
    pub(crate) intervals: BTreeMap<(MarketId, u32), Interval>,
    /// Of markets that are new.
    pub(crate) energies: Vec<AssetId>,
}

impl EnergyMarkets {
    /// A market.
    #[must_use]
    pub fn market(&self, id: &MarketId) -> Option<&Market> {
        self.markets.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn markets(&self) -> impl Iterator<Item = (MarketId, &Market)> {
        self.markets.iter().map(|(id, market)| (*id, market))
    }

    /// A meter, by its signer.
    #[must_use]
    pub fn meter(&self, signer: &[u8; 32]) -> Option<&Meter> {
        self.meters.get(signer)
    }

    /// The meters of a market.
    pub fn meters(&self, market: MarketId) -> impl Iterator<Item = &Meter> {
        self.meters.values().filter(move |meter| meter.record.market == market)
    }

    /// The reading of a meter.
    #[must_use]
    pub fn reading(&self, meter: &[u8; 32], interval: u32) -> Option<&StoredReading> {
        self.readings.get(&(*meter, interval))
    }

    /// An interval in which something has happened.
    #[must_use]
    pub fn interval(&self, market: MarketId, interval: u32) -> Option<&Interval> {
        self.intervals.get(&(market, interval))
    }

    /// The intervals of a market in which something has happened, in order.
    pub fn intervals(&self, market: MarketId) -> impl DoubleEndedIterator<Item = (u32, &Interval)> {
        self.intervals.range((market, 0)..=(market, u32::MAX)).map(|((_, number), interval)| (*number, interval))
    }

    pub(crate) fn apply(&mut self, changes: Changes) {
        let Changes { markets, meters, readings, intervals, energies } = changes;
        for (id, market) in markets {
            self.markets.insert_mut(id, market);
        }
        for (signer, meter) in meters {
            self.meters.insert_mut(signer, meter);
        }
        for (key, reading) in readings {
            self.readings.insert_mut(key, reading);
        }
        for (key, interval) in intervals {
            self.intervals.insert_mut(key, interval);
        }
        for energy in energies {
            self.energies.insert_mut(energy.to_bytes());
        }
    }
}

//! One price for all: the double auction of an interval, by integers alone.
//!
//! Buys are sorted by falling price, sells by rising price, those of one price by their numbers, which are the order in which
//! the ledger took them. Lot by lot the best buy meets the best sell, as long as its price is not below: k lots are traded, as
//! many as can be at any one price. With b and a the prices of the last lots that meet, and b', a' those of the first that do
//! not, every price from `max(a, b')` to `min(b, a')` suits everybody who trades, and leaves nobody out who would have traded
//! at it and was not merely later. The middle of these is taken, rounded down to a tick.

use std::{cmp::Reverse, collections::BTreeMap};

/// A bid that was revealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number in the auction.
    pub number: u32,
    /// How many lots, at least 1.
    pub lots: u32,
    /// The limit for a lot, a multiple of the tick.
    pub price: u64,
}

/// What an auction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// The price of a lot, a multiple of the tick.
    pub price: u64,
    /// How many lots were traded, at least 1.
    pub lots: u64,
    /// How many lots of each bid, by its number; bids without any are left out.
    pub fills: BTreeMap<u32, u32>,
}

/// The orders of one side, best first, with what is left of the first.
struct Book {
    orders: Vec<Order>,
    next: usize,
    filled: u32,
}

impl Book {
    fn best(&self) -> Option<(Order, u32)> {
        let order = *self.orders.get(self.next)?;
        Some((order, order.lots - self.filled))
    }

    fn fill(&mut self, lots: u32, fills: &mut BTreeMap<u32, u32>) {
        let Some((order, left)) = self.best() else { return };
        *fills.entry(order.number).or_default() += lots;
        if lots == left {
            (self.next, self.filled) = (self.next + 1, 0);
        } else {
            self.filled += lots;
        }
    }
}

/// What the auction of these orders comes to; `None` if no buy meets a sell. Numbers differ.
#[must_use]
pub fn clear(mut buys: Vec<Order>, mut sells: Vec<Order>, tick: u64) -> Option<Clearing> {
    buys.sort_unstable_by_key(|order| (Reverse(order.price), order.number));
    sells.sort_unstable_by_key(|order| (order.price, order.number));
    let book = |orders| Book { orders, next: 0, filled: 0 };
    let (mut buys, mut sells) = (book(buys), book(sells));
    let (mut fills, mut traded, mut last) = (BTreeMap::new(), 0_u64, None);
    while let (Some((buy, wanted)), Some((sell, offered))) = (buys.best(), sells.best()) {
        if buy.price < sell.price {
            break;
        }
        let lots = wanted.min(offered);
        buys.fill(lots, &mut fills);
        sells.fill(lots, &mut fills);
        traded += u64::from(lots);
        last = Some((buy.price, sell.price));
    }
    let (highest, lowest) = last?;
    let low = buys.best().map_or(lowest, |(next, _)| lowest.max(next.price));
    let high = sells.best().map_or(highest, |(next, _)| highest.min(next.price));
    // Both are multiples of the tick, and low <= high: b' <= b and a <= a' by the order, a <= b of the last that met, and
    // b' < a' of those that did not.
    let ticks = high.saturating_sub(low).checked_div(tick)?;
    Some(Clearing { price: low + ticks / 2 * tick, lots: traded, fills })
}

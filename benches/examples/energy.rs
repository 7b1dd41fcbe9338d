//! The two figures of the market for energy: what a reading costs a meter, and what an auction of 1,000 bids costs whoever checks it.
//!
//! `cargo run --release -p tabella-benches --example energy`. One thread. The auction is everything from the sealed bids: every bid
//! is opened (hash and lock), the market is cleared, and every payout is computed and added up. Proofs of the transfers behind
//! the bids are the ledger's to verify, and not in it: `cargo bench -p tabella-benches --bench ledger`.

#![allow(clippy::unwrap_used, reason = "it stops where something unforeseen happens")]

use std::{hint::black_box, time::Instant};

use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use tabella_energy::{
    EnergyKeys, MeterDevice, OwnBid,
    meter::MeterKey,
    rules::{
        BidTerms, Interval, MarketTerms, Side,
        bid::{Bid, SealedBid, Stage, lock, seal},
        state::Outcome,
    },
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Seed,
    note::{AssetId, Timestamp},
    ristretto::CanonicalScalar,
    transaction::LedgerId,
};

const BIDS: u32 = 1_000;
const READINGS: u32 = 2_000;

fn keys(person: u8) -> EnergyKeys {
    EnergyKeys::of_seed(&Seed::new([person; 32]), 0)
}

fn terms() -> MarketTerms {
    MarketTerms {
        name: "Elm Street".into(),
        operator: [3; 32],
        certifiers: vec![[3; 32]],
        collectors: [101, 102].map(|person| keys(person).public()).into(),
        energy: AssetDescription {
            issuer: [3; 32],
            name: "kWh".into(),
            decimals: 3,
            cap: 1,
            class: AssetClass::Ordinary,
            uid: None,
            body: [0; 32],
        },
        payment: AssetId::from_bytes(&[1; 32]).unwrap(),
        start: Timestamp::new(1_800_000_000).unwrap(),
        interval_seconds: 900,
        bid_seconds: 600,
        reveal_seconds: 300,
        lot: 100,
        tick: 1,
        max_price: 10_000,
        max_bids: BIDS,
        penalty: 1_000,
        smallest_group: 3,
        nonce: [0; 32],
    }
}

fn meter(terms: &MarketTerms) {
    let market = terms.id(LedgerId([1; 32]));
    let key = MeterKey::new(Seed::new([51; 32]), terms, (market, keys(1).public()), 0);
    let mut device = MeterDevice::start(&key, 0);
    let start = Instant::now();
    for interval in 0..READINGS {
        black_box(device.sign(interval, [1_000 + u64::from(interval), 500]).unwrap());
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(READINGS);
    println!(
        "a reading, committed to for household and {} collectors, and signed: {micros:.0} us",
        terms.collectors.len()
    );
}

/// A bid as the ledger has it, and what opens it.
type Sealed = (SealedBid, BidTerms, CanonicalScalar);

fn check(terms: &MarketTerms, bids: &[Sealed]) -> (u64, u64) {
    let mut interval = Interval::new(terms.collectors.len());
    let mut locked = [0_u64; 2];
    for (number, (sealed, said, blinding)) in (0..).zip(bids) {
        assert_eq!(seal((sealed.market, sealed.interval, sealed.side), &sealed.bidder, said, blinding), sealed.seal);
        let amount = said.amount(sealed.side, terms.lot);
        assert_eq!(lock(amount, &blinding.0), sealed.lock);
        locked[usize::from(sealed.side == Side::Sell)] += amount;
        interval.bids.insert_mut(number, Bid { sealed: *sealed, stage: Stage::Revealed(*said) });
    }
    interval.outcome = interval.clear(terms.tick);
    let payouts = (0..).zip(bids).map(|(number, _)| interval.payout(number, terms.lot).unwrap());
    let paid = payouts.fold([0, 0], |[money, energy], payout| [money + payout.money, energy + payout.energy]);
    assert_eq!(paid, locked, "nothing is made or lost");
    let Outcome::Cleared(clearing) = interval.outcome else { return (0, 0) };
    (clearing.price, clearing.lots)
}

fn main() {
    let terms = terms();
    meter(&terms);
    let (rng, market, own) = (&mut ChaCha20Rng::from_seed([7; 32]), terms.id(LedgerId([1; 32])), keys(1));
    let now = terms.ends(0).unwrap();
    let bids: Vec<Sealed> = (0..BIDS)
        .map(|index| {
            let side = if index % 2 == 0 { Side::Buy } else { Side::Sell };
            // Prices that overlap, and lots that do not fit.
            let said = BidTerms { lots: 1 + index * 7 % 23, price: 1 + u64::from(index) * 7_919 % 10_000 };
            let bid = OwnBid::new(&own, (market, &terms), (0, side), said, now, rng).unwrap();
            (bid.sealed, said, bid.blinding())
        })
        .collect();
    let start = Instant::now();
    let (price, lots) = check(&terms, &bids);
    let millis = start.elapsed().as_secs_f64() * 1e3;
    println!("{BIDS} bids opened, cleared ({lots} lots at {price}) and paid out: {millis:.0} ms");
}

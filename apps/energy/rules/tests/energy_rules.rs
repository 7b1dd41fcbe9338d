//! Terms, clearing and hashes: limits, properties, and what the second implementation computes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::collections::BTreeSet;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use proptest::prelude::*;
use tabella_energy_rules::{
    BidTerms, Clearing, MarketId, MarketTerms, MeterRecord, Opening, Order, PartyKeys, Reading, Register, Side,
    TermsError,
    bid::{Payout, payout, seal},
    clearing::clear,
    terms::{MAX_BIDS, MAX_LOTS, MAX_PRICE, MAX_SECONDS, MIN_SECONDS, PartyKeysError, party_message},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::{AssetId, Timestamp},
    ristretto::{CanonicalScalar, Element},
    transaction::{LedgerId, TransactionDigest},
};

fn element(factor: u64) -> Element {
    (Scalar::from(factor) * RISTRETTO_BASEPOINT_POINT).into()
}

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn asset(first: u8) -> AssetId {
    let mut bytes = [0; 32];
    bytes[0] = first;
    AssetId::from_bytes(&bytes).unwrap()
}

fn collector(byte: u8) -> PartyKeys {
    PartyKeys { signer: [byte; 32], reader: element(u64::from(byte)) }
}

fn terms() -> MarketTerms {
    MarketTerms {
        name: "Elm Street".into(),
        operator: [1; 32],
        certifiers: vec![[1; 32], [2; 32]],
        collectors: vec![collector(7), collector(9)],
        energy: AssetDescription {
            issuer: [1; 32],
            name: "kWh of Elm Street".into(),
            decimals: 3,
            cap: 1,
            class: AssetClass::Ordinary,
            uid: None,
            body: [0; 32],
        },
        payment: asset(5),
        start: time(1_800_000_000),
        interval_seconds: 900,
        bid_seconds: 600,
        reveal_seconds: 300,
        lot: 100,
        tick: 5,
        max_price: 100,
        max_bids: 1_000,
        penalty: 1_000,
        smallest_group: 3,
        nonce: [4; 32],
    }
}

type Change = fn(&mut MarketTerms, u32);

#[test]
fn limits_of_terms_are_enforced_on_both_sides() {
    let with = |change: &dyn Fn(&mut MarketTerms)| {
        let mut terms = terms();
        change(&mut terms);
        terms.check()
    };
    assert_eq!(with(&|_| ()), Ok(()));
    for name in [String::new(), " ".into(), "x".repeat(129)] {
        assert_eq!(with(&|terms| terms.name.clone_from(&name)), Err(TermsError::Name));
    }
    for certifiers in [vec![], vec![[1; 32]; 2], (0..9).map(|byte| [byte; 32]).collect()] {
        assert_eq!(with(&|terms| terms.certifiers.clone_from(&certifiers)), Err(TermsError::Certifiers));
    }
    let (identity, signer) = (collector(0), PartyKeys { signer: [7; 32], ..collector(9) });
    let too_many = (1..6).map(collector).collect();
    for collectors in [
        vec![],
        vec![collector(7)],
        vec![collector(7); 2],
        vec![collector(7), signer],
        vec![collector(7), identity],
        too_many,
    ] {
        assert_eq!(with(&|terms| terms.collectors.clone_from(&collectors)), Err(TermsError::Collectors));
    }
    let kinds: [fn(&mut AssetDescription); 4] = [
        |energy| energy.issuer = [9; 32],
        |energy| energy.decimals = 2,
        |energy| energy.class = AssetClass::Named,
        |energy| energy.uid = Some([1; 32]),
    ];
    for change in kinds {
        assert_eq!(with(&|terms| change(&mut terms.energy)), Err(TermsError::EnergyKind));
    }
    assert_eq!(with(&|terms| terms.payment = terms.energy_id().unwrap()), Err(TermsError::Payment));
    for (seconds, is_good) in
        [(MIN_SECONDS - 1, false), (MIN_SECONDS, true), (MAX_SECONDS, true), (MAX_SECONDS + 1, false)]
    {
        let lengths: [(_, Change); 3] = [
            ("interval", |terms, seconds| {
                terms.interval_seconds = seconds;
                terms.bid_seconds = terms.bid_seconds.min(seconds);
            }),
            ("window of bids", |terms, seconds| {
                terms.interval_seconds = terms.interval_seconds.max(seconds.min(MAX_SECONDS));
                terms.bid_seconds = seconds;
            }),
            ("window of revealing", |terms, seconds| terms.reveal_seconds = seconds),
        ];
        for (what, change) in lengths {
            let expected = if is_good { Ok(()) } else { Err(TermsError::Length(what)) };
            assert_eq!(with(&|terms| change(terms, seconds)), expected, "{what} of {seconds} s");
        }
    }
    assert_eq!(with(&|terms| terms.bid_seconds = terms.interval_seconds), Ok(()));
    assert_eq!(with(&|terms| terms.bid_seconds = terms.interval_seconds + 1), Err(TermsError::Overlap));
    assert_eq!(with(&|terms| terms.lot = 0), Err(TermsError::Lot));
    for (tick, most, is_good) in [
        (0, 100, false),
        (1, 0, false),
        (3, 100, false),
        (200, 100, false),
        (1, MAX_PRICE, true),
        (1, MAX_PRICE + 1, false),
    ] {
        let expected = if is_good { Ok(()) } else { Err(TermsError::Price) };
        assert_eq!(with(&|terms| (terms.tick, terms.max_price) = (tick, most)), expected, "{tick}, {most}");
    }
    for (bids, is_good) in [(1, false), (2, true), (MAX_BIDS, true), (MAX_BIDS + 1, false)] {
        assert_eq!(with(&|terms| terms.max_bids = bids), if is_good { Ok(()) } else { Err(TermsError::Bids) });
    }
    for (penalty, is_good) in [(0, true), (10_000, true), (10_001, false)] {
        assert_eq!(with(&|terms| terms.penalty = penalty), if is_good { Ok(()) } else { Err(TermsError::Penalty) });
    }
    assert_eq!(with(&|terms| terms.smallest_group = 2), Err(TermsError::Group));
    let last = Timestamp::MAX.seconds() - 1_800;
    for (start, expected) in [(last, Ok(())), (last + 1, Err(TermsError::Start))] {
        assert_eq!(with(&|terms| terms.start = time(start)), expected);
    }
}

#[test]
fn lists_are_bounded_where_they_are_read_and_keys_are_read_as_they_are_shown() {
    let mut many = terms();
    many.certifiers = vec![[1; 32]; 9];
    assert!(borsh::from_slice::<MarketTerms>(&borsh::to_vec(&many).unwrap()).is_err());
    let mut many = reading();
    many.produced.shares = vec![element(1); 5];
    assert!(borsh::from_slice::<Reading>(&borsh::to_vec(&many).unwrap()).is_err());
    let keys = record().meter;
    assert_eq!(keys.to_string().parse(), Ok(keys));
    for text in ["", "01", &"zz".repeat(64), &format!("{}{}", "01".repeat(32), "ff".repeat(32)), &format!("{keys}00")] {
        assert_eq!(text.parse::<PartyKeys>(), Err(PartyKeysError), "{text}");
    }
}

#[test]
fn every_field_of_the_terms_and_the_ledger_are_in_the_id() {
    let ledger = LedgerId([6; 32]);
    let changes: [fn(&mut MarketTerms); 17] = [
        |terms| terms.name.push('x'),
        |terms| terms.operator[0] ^= 1,
        |terms| terms.certifiers.truncate(1),
        |terms| terms.collectors.swap(0, 1),
        |terms| terms.energy.cap += 1,
        |terms| terms.payment = asset(6),
        |terms| terms.start = time(1),
        |terms| terms.interval_seconds += 1,
        |terms| terms.bid_seconds += 1,
        |terms| terms.reveal_seconds += 1,
        |terms| terms.lot += 1,
        |terms| terms.tick += 1,
        |terms| terms.max_price += 1,
        |terms| terms.max_bids += 1,
        |terms| terms.penalty += 1,
        |terms| terms.smallest_group += 1,
        |terms| terms.nonce[31] ^= 1,
    ];
    let mut ids = BTreeSet::from([terms().id(ledger), terms().id(LedgerId([7; 32]))]);
    for change in changes {
        let mut terms = terms();
        change(&mut terms);
        assert!(ids.insert(terms.id(ledger)));
    }
    assert_eq!(ids.len(), 19);
}

#[test]
fn times_and_penalties_follow_the_terms() {
    let terms = terms();
    let start = terms.start.seconds();
    assert_eq!(
        (terms.ends(0), terms.closes(0), terms.revealed_by(0)),
        (Some(time(start + 900)), Some(time(start + 1_500)), Some(time(start + 1_800)))
    );
    for (seconds, interval) in [(start, Some(0)), (start + 899, Some(0)), (start + 900, Some(1)), (start - 1, None)] {
        assert_eq!(terms.interval_at(time(seconds)), interval);
    }
    assert_eq!(terms.ends(u32::MAX), Timestamp::new(start + 900 * (1 << 32)));
    for (amount, penalty) in [(0, 0), (1, 1), (9, 1), (10, 1), (665, 67), (u64::MAX, u64::MAX / 10 + 1)] {
        assert_eq!(terms.penalty_of(amount), penalty);
    }
    assert_eq!(MarketTerms { penalty: 10_000, ..terms }.penalty_of(u64::MAX), u64::MAX);
}

fn order(number: u32, lots: u32, price: u64) -> Order {
    Order { number, lots, price }
}

fn cleared(buys: &[Order], sells: &[Order]) -> Option<(u64, u64)> {
    clear(buys.to_vec(), sells.to_vec(), 5).map(|clearing| (clearing.price, clearing.lots))
}

#[test]
fn price_is_the_middle_of_what_suits_everybody() {
    assert_eq!(cleared(&[order(0, 1, 40)], &[order(1, 1, 20)]), Some((30, 1)));
    // Rounded down to a tick.
    assert_eq!(cleared(&[order(0, 1, 45)], &[order(1, 1, 20)]), Some((30, 1)));
    // Who is left out would not have traded at the price.
    assert_eq!(cleared(&[order(0, 1, 90), order(2, 1, 80)], &[order(1, 1, 10)]), Some((85, 1)));
    assert_eq!(cleared(&[order(0, 1, 90)], &[order(1, 1, 10), order(2, 1, 20)]), Some((15, 1)));
    // A bid that is filled in part sets the price on its side.
    assert_eq!(cleared(&[order(0, 3, 60)], &[order(1, 2, 20)]), Some((60, 2)));
    assert_eq!(cleared(&[order(0, 2, 60)], &[order(1, 3, 20)]), Some((20, 2)));
    for (buys, sells) in
        [(vec![], vec![]), (vec![order(0, 1, 50)], vec![]), (vec![order(0, 1, 45)], vec![order(1, 1, 50)])]
    {
        assert_eq!(cleared(&buys, &sells), None);
    }
    // Of one price, whoever was first.
    let fills = clear(vec![order(4, 2, 50), order(3, 2, 50)], vec![order(1, 3, 50)], 5).unwrap().fills;
    assert_eq!(fills.into_iter().collect::<Vec<_>>(), [(1, 3), (3, 2), (4, 1)]);
}

fn arb_orders(first: u32) -> impl Strategy<Value = Vec<Order>> {
    prop::collection::vec((1_u32..6, 1_u64..9), 0..9).prop_map(move |orders| {
        (first..).zip(orders).map(|(number, (lots, ticks))| order(number, lots, ticks * 5)).collect()
    })
}

/// Lot by lot, without any cleverness: the most that can be traded at one price.
fn most(buys: &[Order], sells: &[Order]) -> u64 {
    let at = |price: u64| {
        let wanted: u64 = buys.iter().filter(|order| order.price >= price).map(|order| u64::from(order.lots)).sum();
        let offered: u64 = sells.iter().filter(|order| order.price <= price).map(|order| u64::from(order.lots)).sum();
        wanted.min(offered)
    };
    (0..=50).map(at).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn clearing_is_the_largest_fair_one_and_loses_nothing(
        buys in arb_orders(0),
        sells in arb_orders(100),
        seed in any::<u64>(),
    ) {
        let result = clear(buys.clone(), sells.clone(), 5);
        // In whatever order they come.
        let turned = |orders: &[Order]| {
            let mut orders = orders.to_vec();
            let by = (seed as usize).checked_rem(orders.len()).unwrap_or(0);
            orders.rotate_left(by);
            orders
        };
        prop_assert_eq!(&clear(turned(&buys), turned(&sells), 5), &result);
        prop_assert_eq!(result.as_ref().map_or(0, |result| result.lots), most(&buys, &sells));
        let Some(Clearing { price, lots, fills }) = result else { return Ok(()) };
        prop_assert_eq!(price % 5, 0);
        let filled = |order: &Order| fills.get(&order.number).copied().unwrap_or(0);
        let (mut energy, mut money, mut locked) = (0_u64, 0_u64, [0_u64; 2]);
        for (side, orders) in [(Side::Buy, &buys), (Side::Sell, &sells)] {
            prop_assert_eq!(orders.iter().map(|order| u64::from(filled(order))).sum::<u64>(), lots);
            for order in orders {
                let suits = |limit: u64| if side == Side::Buy { limit >= price } else { limit <= price };
                let better = |limit: u64| if side == Side::Buy { limit > price } else { limit < price };
                prop_assert!(filled(order) <= order.lots);
                prop_assert!(filled(order) == 0 || suits(order.price), "nobody trades at a loss");
                prop_assert!(filled(order) == order.lots || !better(order.price), "nobody is left out who would have traded");
                let said = BidTerms { lots: order.lots, price: order.price };
                let Payout { energy: wh, money: units } = payout(side, &said, filled(order), price, 100);
                (energy, money) = (energy + wh, money + units);
                locked[usize::from(side == Side::Sell)] += said.amount(side, 100);
            }
        }
        prop_assert_eq!([money, energy], locked, "what is paid out is what was locked");
    }
}

#[test]
fn greatest_bids_do_not_overflow() {
    let said = BidTerms { lots: MAX_LOTS, price: MAX_PRICE };
    assert_eq!(said.amount(Side::Buy, 1), 1 << 60);
    assert_eq!(said.amount(Side::Sell, u32::MAX), u64::from(MAX_LOTS) * u64::from(u32::MAX));
    let all = payout(Side::Sell, &said, MAX_LOTS, MAX_PRICE, u32::MAX);
    assert_eq!((all.energy, all.money), (0, 1 << 60));
}

fn record() -> MeterRecord {
    MeterRecord {
        market: MarketId([8; 32]),
        meter: PartyKeys { signer: [2; 32], reader: element(11) },
        household: PartyKeys { signer: [3; 32], reader: element(7) },
        first: 5,
        ceiling: 25_000,
    }
}

fn reading() -> Reading {
    let scalar = |value: u64| CanonicalScalar(value.into());
    let register = |factor: u64| Register {
        shares: vec![element(factor), element(9)],
        rest: Opening { value: scalar(factor), blinding: scalar(1_000) },
        masked: [4; 8],
    };
    Reading { market: MarketId([8; 32]), meter: [2; 32], interval: 6, produced: register(7), consumed: register(11) }
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let file = include_str!("../../../../tests/vectors/applications/energy.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let (ledger, digest) = (LedgerId([6; 32]), TransactionDigest([10; 32]));
    let (said, blinding) = (BidTerms { lots: 12, price: 45 }, CanonicalScalar(77_u64.into()));
    let small = MeterRecord { ceiling: 18, ..record() }.ceiling_statement(6, &[element(7), element(9)]);
    let commitments = small.commitments.iter().flat_map(|commitment| *commitment.as_bytes());
    let ceiling = small.purpose.iter().copied().chain(commitments).collect();
    for (name, found) in [
        ("terms", borsh::to_vec(&terms()).unwrap()),
        ("market", terms().id(ledger).0.to_vec()),
        ("meter", record().message().to_vec()),
        ("reading", reading().message().to_vec()),
        ("ceiling", ceiling),
        ("seal_buy", seal((MarketId([8; 32]), 6, Side::Buy), &[12; 32], &said, &blinding).to_vec()),
        ("seal_sell", seal((MarketId([8; 32]), 6, Side::Sell), &[12; 32], &said, &blinding).to_vec()),
        ("party", party_message(digest).to_vec()),
    ] {
        assert_eq!(hex::encode(found), vectors[name].as_str().unwrap(), "{name}");
    }
    // Auctions, computed lot by lot there.
    let auctions = vectors["auctions"].as_array().unwrap();
    assert!(auctions.len() >= 20);
    for auction in auctions {
        let number = |value: &serde_json::Value| value.as_u64().unwrap();
        let orders = |side: &str| -> Vec<Order> {
            let all = auction[side].as_array().unwrap().iter();
            all.map(|one| order(number(&one[0]) as u32, number(&one[1]) as u32, number(&one[2]))).collect()
        };
        let result = clear(orders("buys"), orders("sells"), number(&auction["tick"]));
        let found = result.map_or(serde_json::Value::Null, |result| {
            let fills: Vec<_> = result.fills.into_iter().map(|(number, lots)| [number, lots]).collect();
            serde_json::json!({ "price": result.price, "lots": result.lots, "fills": fills })
        });
        assert_eq!(found, auction["result"]);
    }
}

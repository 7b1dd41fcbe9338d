//! Auctions from bid to payout: nothing is made and nothing is lost.

use tabella_energy::{
    OwnBid,
    audit::{Auction, Difference},
    build,
    rules::{
        BidTerms, EnergyAction, EnergyRejection as Rejection, Interval, MarketTerms, Side,
        action::{APPLICATION, Traded},
        bid::{Stage, lock, seal},
        state::Outcome,
    },
};
use tabella_protocol::transaction::LoggedTransaction;
use tabella_prover::builder::Blinding;

use crate::scene::{BIDDING, LOT, REVEALING, Scene, accepted, end, keys, rule, time};

const SELLER: u8 = 1;
const BUYERS: [u8; 3] = [2, 3, 4];

#[test]
fn neighbours_trade_at_one_price_and_every_unit_is_paid_out() {
    let mut scene = Scene::new();
    scene.produce(SELLER, 1_234);
    let money = scene.holds(scene.terms.payment);
    // 12 lots are offered from 20 on; 5 are wanted up to 60, 5 up to 40, 5 up to 30.
    let ask = scene.placed(SELLER, Side::Sell, 12, 20);
    let bids: Vec<u32> =
        BUYERS.into_iter().zip([60, 40, 30]).map(|(buyer, price)| scene.placed(buyer, Side::Buy, 5, price)).collect();
    assert_eq!(scene.holds(scene.energy), 34);
    assert_eq!(scene.holds(scene.terms.payment), money - 5 * (60 + 40 + 30));
    scene.close();
    accepted(scene.reveal(SELLER, ask));
    for (buyer, bid) in BUYERS.into_iter().zip(&bids) {
        accepted(scene.reveal(buyer, *bid));
    }
    scene.over();
    accepted(scene.clear());
    let Outcome::Cleared(clearing) = scene.interval(0).outcome.clone() else { panic!("something was traded") };
    // The last lots that meet are at 30 and 20; the first that do not are at 30 (of the same bid), and none is offered.
    assert_eq!((clearing.lots, clearing.price), (12, 30));
    assert_eq!(clearing.fills.into_iter().collect::<Vec<_>>(), [(ask, 12), (bids[0], 5), (bids[1], 5), (bids[2], 2)]);
    accepted(scene.take(SELLER, ask, [0, 12 * 30]));
    for (buyer, bid, filled, price) in [(2, bids[0], 5, 60), (3, bids[1], 5, 40), (4, bids[2], 2, 30)] {
        let amounts = [filled * u64::from(LOT), 5 * price - filled * 30];
        accepted(scene.take(buyer, bid, amounts));
    }
    assert_eq!((scene.holds(scene.energy), scene.holds(scene.terms.payment)), (1_234, money));
}

/// Nobody has cleared the auction: whoever takes first does it in the same transaction, the seller here and the buyer there.
#[test]
fn whoever_takes_first_clears_the_auction_in_the_same_transaction() {
    for seller_is_first in [true, false] {
        let mut scene = Scene::new();
        scene.produce(SELLER, 1_000);
        let money = scene.holds(scene.terms.payment);
        let ask = scene.placed(SELLER, Side::Sell, 10, 20);
        let bid = scene.placed(2, Side::Buy, 6, 40);
        scene.close();
        accepted(scene.reveal(SELLER, ask));
        accepted(scene.reveal(2, bid));
        let at = (scene.market, &scene.terms);
        assert!(build::settled(at, (0, scene.interval(0)), time(scene.now)).is_none(), "bids are still revealed");
        scene.over();
        let mut order = [(SELLER, ask), (2, bid)];
        if !seller_is_first {
            order.reverse();
        }
        accepted(scene.settle(order[0].0, order[0].1));
        let Outcome::Cleared(clearing) = scene.interval(0).outcome.clone() else { panic!("something was traded") };
        // What is left of the seller's keeps the price at his own.
        assert_eq!((clearing.lots, clearing.price), (6, 20));
        assert_eq!(rule(scene.clear()), Rejection::Cleared(0));
        accepted(scene.settle(order[1].0, order[1].1));
        assert_eq!((scene.holds(scene.energy), scene.holds(scene.terms.payment)), (1_000, money));
    }
}

#[test]
fn auction_in_which_nobody_meets_gives_everything_back() {
    let mut scene = Scene::new();
    scene.produce(SELLER, 1_000);
    let ask = scene.placed(SELLER, Side::Sell, 10, 80);
    let bid = scene.placed(2, Side::Buy, 3, 75);
    scene.close();
    accepted(scene.reveal(SELLER, ask));
    accepted(scene.reveal(2, bid));
    scene.over();
    accepted(scene.clear());
    assert_eq!(scene.interval(0).outcome, Outcome::Nothing);
    accepted(scene.take(SELLER, ask, [1_000, 0]));
    accepted(scene.take(2, bid, [0, 225]));
    assert_eq!(scene.holds(scene.energy), 1_000);
}

#[test]
fn bid_that_is_not_revealed_is_left_out_and_comes_back_less_the_penalty() {
    let mut scene = Scene::new();
    scene.produce(SELLER, 1_000);
    let ask = scene.placed(SELLER, Side::Sell, 10, 20);
    let shy = scene.placed(2, Side::Buy, 7, 95);
    let bid = scene.placed(3, Side::Buy, 10, 40);
    scene.close();
    accepted(scene.reveal(SELLER, ask));
    accepted(scene.reveal(3, bid));
    let early = Rejection::Early { what: "what was not revealed is reclaimed", from: scene.now + 300 };
    assert_eq!(rule(scene.reclaim(2, shy, 665, 598)), early);
    scene.over();
    accepted(scene.clear());
    assert_eq!(rule(scene.take(2, shy, [700, 0])), Rejection::NotRevealed(shy));
    // A tenth of 665, rounded up, is lost.
    assert_eq!(rule(scene.reclaim(2, shy, 664, 597)), Rejection::Unbacked { number: shy, amount: 664 });
    assert!(matches!(rule(scene.reclaim(2, shy, 665, 601)), Rejection::Use(_)));
    assert!(matches!(rule(scene.reclaim(2, shy, 665, 0)), Rejection::Transfer { amount: 598, .. }));
    accepted(scene.reclaim(2, shy, 665, 598));
    assert_eq!(rule(scene.reclaim(2, shy, 665, 598)), Rejection::Paid(shy));
    assert_eq!(rule(scene.reclaim(3, bid, 400, 360)), Rejection::Revealed(bid));
    // It is the operator's.
    assert_eq!(scene.markets().market(&scene.market).unwrap().penalties, [67, 0]);
    let penalties = |scene: &mut Scene, amount: u64, taken: u64, key: &ed25519_dalek::SigningKey| {
        let entry = scene.entry(scene.terms.payment, taken, Blinding::Public);
        let of = (Side::Buy, tabella_protocol::note::NoteValue(amount));
        let with = tabella_energy::build::penalties(key, scene.ledger(), scene.market, of, entry).unwrap();
        scene.finish(with)
    };
    let (operator, stranger) = (crate::scene::operator(), ed25519_dalek::SigningKey::from_bytes(&[5; 32]));
    assert_eq!(rule(penalties(&mut scene, 67, 67, &stranger)), Rejection::Signature("operator"));
    assert_eq!(rule(penalties(&mut scene, 68, 68, &operator)), Rejection::Penalties(67));
    assert!(matches!(rule(penalties(&mut scene, 67, 68, &operator)), Rejection::Use(_)));
    accepted(penalties(&mut scene, 67, 67, &operator));
    assert_eq!(rule(penalties(&mut scene, 1, 1, &operator)), Rejection::Penalties(0));
}

#[test]
fn bids_are_found_again_from_the_seed_and_tell_others_nothing() {
    let mut scene = Scene::new();
    scene.now = end(0);
    let own = scene.bid(2, Side::Buy, 7, 45);
    accepted(scene.place(&own));
    let found: Vec<_> = OwnBid::of_market(&keys(2), scene.markets(), scene.market).collect();
    let [(again, Stage::Sealed)] = found.as_slice() else { panic!("one sealed bid") };
    assert_eq!((again.sealed, again.said(), again.id), (own.sealed, own.said(), Some(scene.id(0))));
    assert_eq!(OwnBid::of_market(&keys(3), scene.markets(), scene.market).count(), 0);
    // The same bid once more has nothing in common with it.
    let twin = scene.bid(2, Side::Buy, 7, 45).sealed;
    assert!(twin.bidder != own.sealed.bidder && twin.seal != own.sealed.seal && twin.lock != own.sealed.lock);
    assert!(twin.masked != own.sealed.masked);
}

/// Whoever doubts a result computes it again from the log. Here somebody shows him a ledger that has another one.
#[test]
fn altered_result_is_found_by_whoever_computes_the_auction_again() {
    let mut scene = Scene::new();
    scene.produce(SELLER, 1_000);
    let ask = scene.placed(SELLER, Side::Sell, 10, 20);
    let bid = scene.placed(2, Side::Buy, 6, 40);
    let shy = scene.placed(3, Side::Buy, 1, 90);
    scene.close();
    accepted(scene.reveal(SELLER, ask));
    accepted(scene.reveal(2, bid));
    scene.over();
    let audit = |scene: &Scene, change: &dyn Fn(&mut Interval)| {
        let mut interval = scene.interval(0).clone();
        change(&mut interval);
        Auction::of_log(&scene.log, (scene.market, 0)).unwrap().check(scene.ledger(), &scene.terms, &interval)
    };
    let open = audit(&scene, &|_| ());
    assert!(!open.is_cleared && open.differences.is_empty());
    accepted(scene.clear());
    let honest = audit(&scene, &|_| ());
    let found = Some(Traded { price: 20, lots: 6 });
    assert_eq!((honest.is_cleared, honest.found), (true, found));
    assert!(honest.differences.is_empty(), "{:?}", honest.differences);
    let rows: Vec<_> = honest.bids.iter().map(|row| (row.number, row.side, row.said, row.filled)).collect();
    let said = |lots, price| Some(BidTerms { lots, price });
    let expected = [(ask, Side::Sell, said(10, 20), 6), (bid, Side::Buy, said(6, 40), 6), (shy, Side::Buy, None, 0)];
    assert_eq!(rows, expected);

    type Lie<'l> = (&'l dyn Fn(&mut Interval), Difference);
    let of = |outcome: &mut Outcome, change: &dyn Fn(&mut tabella_energy::rules::Clearing)| match outcome {
        Outcome::Cleared(clearing) => change(clearing),
        other => panic!("{other:?}"),
    };
    let dearer = Some(Traded { price: 25, lots: 6 });
    let lies: [Lie<'_>; 5] = [
        (&|lie| of(&mut lie.outcome, &|clearing| clearing.price = 25), Difference::Result { ledger: dearer, found }),
        (&|lie| lie.outcome = Outcome::Nothing, Difference::Result { ledger: None, found }),
        (
            &|lie| of(&mut lie.outcome, &|clearing| *clearing.fills.get_mut(&bid).unwrap() = 5),
            Difference::Fill { number: bid, ledger: 5, found: 6 },
        ),
        (
            &|lie| {
                let mut other = *lie.bids.get(&bid).unwrap();
                other.stage = Stage::Revealed(BidTerms { lots: 6, price: 45 });
                lie.bids.insert_mut(bid, other);
            },
            Difference::Bid(bid),
        ),
        (
            &|lie| {
                lie.bids.remove_mut(&shy);
            },
            Difference::Bids { ledger: 2, log: 3 },
        ),
    ];
    for (lie, difference) in lies {
        let found = audit(&scene, lie).differences;
        assert!(found.contains(&difference), "{difference}: {found:?}");
    }
    // A log that states something else, and one in which a bid is opened to what it does not lock.
    let mut log = scene.log.clone();
    let alter = |log: &mut Vec<LoggedTransaction>, change: &dyn Fn(&mut EnergyAction) -> bool| {
        for action in log.iter_mut().flat_map(|entry| &mut entry.transaction.effects.actions) {
            let Ok(mut body) = borsh::from_slice::<EnergyAction>(&action.body) else { continue };
            if action.application == APPLICATION && change(&mut body) {
                *action = body.action();
            }
        }
    };
    alter(&mut log, &|body| match body {
        EnergyAction::Clear { traded, .. } => {
            *traded = dearer;
            true
        }
        EnergyAction::Reveal { said, .. } if said.lots == 6 => {
            said.price = 45;
            true
        }
        _ => false,
    });
    let audit =
        Auction::of_log(&log, (scene.market, 0)).unwrap().check(scene.ledger(), &scene.terms, scene.interval(0));
    for difference in [Difference::Opening(bid), Difference::Stated { stated: dearer, found }] {
        assert!(audit.differences.contains(&difference), "{difference}: {:?}", audit.differences);
    }
}

/// Seal, lock and bounds are each compared: of every lie the other two hold.
#[test]
fn bid_that_is_opened_to_what_it_does_not_say_lock_or_may_say_is_found() {
    let mut scene = Scene::new();
    scene.now = end(0);
    let bid = scene.placed(2, Side::Buy, 6, 40);
    scene.close();
    accepted(scene.reveal(2, bid));
    scene.over();
    accepted(scene.clear());
    let place = (scene.market, 0, Side::Buy);
    let altered = |sealed: Option<BidTerms>, said: BidTerms, locked: u64| {
        let mut log = scene.log.clone();
        let actions = || log.iter().flat_map(|entry| &entry.transaction.effects.actions);
        let bodies = actions().filter(|action| action.application == APPLICATION);
        let blinding = bodies.map(|action| borsh::from_slice(&action.body).unwrap()).find_map(|body| match body {
            EnergyAction::Reveal { blinding, .. } => Some(blinding),
            _ => None,
        });
        let blinding = blinding.unwrap();
        for action in log.iter_mut().flat_map(|entry| &mut entry.transaction.effects.actions) {
            if action.application != APPLICATION {
                continue;
            }
            let mut body = borsh::from_slice::<EnergyAction>(&action.body).unwrap();
            match &mut body {
                EnergyAction::Bid { bid, .. } => {
                    bid.lock = lock(locked, &blinding.0);
                    if let Some(sealed) = &sealed {
                        bid.seal = seal(place, &bid.bidder, sealed, &blinding);
                    }
                }
                EnergyAction::Reveal { said: shown, .. } => *shown = said,
                _ => continue,
            }
            *action = body.action();
        }
        let audit = Auction::of_log(&log, (scene.market, 0)).unwrap();
        audit.check(scene.ledger(), &scene.terms, scene.interval(0)).differences.contains(&Difference::Opening(bid))
    };
    let terms = |lots, price| BidTerms { lots, price };
    assert!(!altered(None, terms(6, 40), 240), "the log as it is");
    assert!(altered(None, terms(8, 30), 240), "sealed was another one of the same amount");
    assert!(altered(None, terms(6, 40), 239), "less is locked");
    assert!(altered(Some(terms(6, 105)), terms(6, 105), 630), "more than the highest price");
}

/// A log whose entries with some action are of another time.
fn moved(log: &[LoggedTransaction], is_meant: fn(&EnergyAction) -> bool, to: u64) -> Vec<LoggedTransaction> {
    let mut log = log.to_vec();
    for entry in &mut log {
        let own = entry.transaction.effects.actions.iter().filter(|action| action.application == APPLICATION);
        if own.map(|action| borsh::from_slice(&action.body).unwrap()).any(|action| is_meant(&action)) {
            entry.time = time(to);
        }
    }
    log
}

#[test]
fn missing_result_other_terms_and_what_was_done_out_of_time_are_found() {
    let mut scene = Scene::new();
    scene.produce(SELLER, 1_000);
    let ask = scene.placed(SELLER, Side::Sell, 10, 20);
    let bid = scene.placed(2, Side::Buy, 6, 40);
    scene.close();
    accepted(scene.reveal(SELLER, ask));
    accepted(scene.reveal(2, bid));
    scene.over();
    accepted(scene.clear());
    let found = |log: &[LoggedTransaction], terms: &MarketTerms, interval: &Interval| {
        Auction::of_log(log, (scene.market, 0)).unwrap().check(scene.ledger(), terms, interval).differences
    };
    let (log, terms, honest) = (scene.log.as_slice(), &scene.terms, scene.interval(0));
    assert!(found(log, terms, honest).is_empty());
    // The log states a result and the ledger has none, and the other way round.
    let open = Interval { outcome: Outcome::Open, ..honest.clone() };
    assert_eq!(found(log, terms, &open), [Difference::Cleared { ledger: false, log: true }]);
    let [before @ .., _] = log else { panic!("the last entry clears") };
    assert_eq!(found(before, terms, honest), [Difference::Cleared { ledger: true, log: false }]);
    let other = MarketTerms { penalty: 0, ..terms.clone() };
    assert_eq!(found(log, &other, honest), [Difference::Terms]);

    let is_bid = |action: &EnergyAction| matches!(action, EnergyAction::Bid { .. });
    let is_reveal = |action: &EnergyAction| matches!(action, EnergyAction::Reveal { .. });
    let is_clear = |action: &EnergyAction| matches!(action, EnergyAction::Clear { .. });
    let closes = end(0) + BIDDING;
    for (first, last) in [(end(0) - 1, closes - 1), (closes, closes + REVEALING)] {
        let early_or_late = found(&moved(log, is_bid, first), terms, honest);
        assert_eq!(early_or_late, [Difference::Made(ask), Difference::Made(bid)]);
        let early_or_late = found(&moved(log, is_reveal, last), terms, honest);
        assert_eq!(early_or_late, [Difference::Opened(ask), Difference::Opened(bid)]);
    }
    assert_eq!(found(&moved(log, is_clear, closes + REVEALING - 1), terms, honest), [Difference::Early]);
}

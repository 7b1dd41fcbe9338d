//! Auctions from bid to payout: nothing is made and nothing is lost.

use tabella_energy::{
    OwnBid,
    rules::{EnergyRejection as Rejection, Side, bid::Stage, state::Outcome},
};
use tabella_prover::builder::Blinding;

use crate::scene::{LOT, Scene, accepted, end, keys, rule};

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

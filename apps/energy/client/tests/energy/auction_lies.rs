//! Lies at an auction.

use rand_core::OsRng;
use tabella_energy::{
    OwnBid, build,
    rules::{
        BidTerms, EnergyAction, EnergyProof, EnergyRejection as Rejection, Side,
        action::Traded,
        bid::{lock, seal},
    },
};
use tabella_protocol::{note::NoteValue, ristretto::CanonicalScalar, statement::Mode, transcript::ProofContext};
use tabella_prover::{account::AmountOpening, builder::Blinding};
use tabella_verifier::application::UseError;

use crate::scene::{BIDDING, Crossing, Outcome, REVEALING, Scene, accepted, end, keys, only_the_bridge, rule};

const BUYER: u8 = 2;

fn at_the_end() -> Scene {
    let mut scene = Scene::new();
    scene.now = end(0);
    scene
}

/// A bid whose lock is bridged to what the author says.
fn placed_with(scene: &mut Scene, own: &OwnBid, amount: u64, opening: &AmountOpening) -> Outcome {
    let exit = scene.exit(scene.terms.payment, amount, Blinding::Random);
    let crossing = Crossing::of(&exit);
    let body = EnergyAction::Bid { bid: Box::new(own.sealed), transfer: 0 };
    scene.attempt(vec![exit], &[body], |at| EnergyProof::Bridge(crossing.bridge(at, opening)))
}

fn reveal_as(scene: &mut Scene, number: u32, said: BidTerms, blinding: CanonicalScalar) -> Outcome {
    let bid = scene.id(number);
    scene.attempt(Vec::new(), &[EnergyAction::Reveal { bid, said, blinding }], |_| EnergyProof::None)
}

#[test]
fn bid_is_backed_by_a_transfer_of_its_own_of_exactly_what_it_comes_to() {
    let mut scene = at_the_end();
    let own = scene.bid(BUYER, Side::Buy, 10, 50);
    // Less is locked than the lock says, or a lock is bridged that is not the bid's.
    for amount in [499, 501, 1] {
        let lie = AmountOpening::new(NoteValue(amount), own.blinding().0);
        only_the_bridge(placed_with(&mut scene, &own, amount, &lie));
    }
    let random = AmountOpening::hidden(NoteValue(500), &mut OsRng);
    only_the_bridge(placed_with(&mut scene, &own, 500, &random));
    // One lock for two bids.
    let second = scene.bid(BUYER, Side::Buy, 10, 50);
    let exit = scene.exit(scene.terms.payment, 500, Blinding::Random);
    let crossing = Crossing::of(&exit);
    let bids = [&own, &second].map(|own| EnergyAction::Bid { bid: Box::new(own.sealed), transfer: 0 });
    let locked = [&own, &second].map(|own| own.locked(&scene.terms));
    let outcome =
        scene.attempt(vec![exit], &bids, |at| EnergyProof::Bridge(crossing.bridge(at, &locked[at.index as usize])));
    assert_eq!(rule(outcome), Rejection::Use(UseError::Used(0)));
    // None, or one that brings something in, or of energy for a buy.
    let body = EnergyAction::Bid { bid: Box::new(own.sealed), transfer: 0 };
    let entry = scene.entry(scene.terms.payment, 500, Blinding::Random);
    let crossing = Crossing::of(&entry);
    let proof = |at: &ProofContext| EnergyProof::Bridge(crossing.bridge(at, &locked[0]));
    let mode = UseError::Mode { transfer: 0, expected: Mode::Exit };
    assert_eq!(rule(scene.attempt(vec![entry.clone()], std::slice::from_ref(&body), proof)), Rejection::Use(mode));
    let outcome = scene.attempt(Vec::new(), &[body], proof);
    assert_eq!(rule(outcome), Rejection::Use(UseError::NoSuchTransfer(0)));
    let mut selling = own.sealed;
    selling.side = Side::Sell;
    let exit = scene.exit(scene.terms.payment, 500, Blinding::Random);
    let crossing = Crossing::of(&exit);
    let body = EnergyAction::Bid { bid: Box::new(selling), transfer: 0 };
    let outcome = scene.attempt(vec![exit], &[body], |at| EnergyProof::Bridge(crossing.bridge(at, &locked[0])));
    assert_eq!(rule(outcome), Rejection::Use(UseError::Asset(0)));
    accepted(scene.place(&own));
}

#[test]
fn bid_is_opened_in_its_window_once_and_to_what_was_sealed() {
    let mut scene = at_the_end();
    let [first, second] = [0, 1].map(|_| scene.placed(BUYER, Side::Buy, 10, 50));
    let own = scene.found(BUYER, first);
    scene.now = end(0) + BIDDING - 1;
    assert_eq!(
        rule(scene.reveal(BUYER, first)),
        Rejection::Early { what: "bids are revealed", from: end(0) + BIDDING }
    );
    scene.close();
    let honest = own.said();
    let others = [
        BidTerms { lots: 11, ..honest },
        BidTerms { price: 55, ..honest },
        // Of the same amount.
        BidTerms { lots: 5, price: 100 },
    ];
    for said in others {
        assert_eq!(rule(reveal_as(&mut scene, first, said, own.blinding())), Rejection::OtherBid(first));
    }
    let other = scene.found(BUYER, second).blinding();
    assert_eq!(rule(reveal_as(&mut scene, first, honest, other)), Rejection::OtherBid(first));
    assert_eq!(rule(reveal_as(&mut scene, second, honest, own.blinding())), Rejection::OtherBid(second));
    assert_eq!(rule(reveal_as(&mut scene, 9, honest, other)), Rejection::UnknownBid { interval: 0, number: 9 });
    accepted(scene.reveal(BUYER, first));
    // Once more, in a transaction that is another one.
    let again = EnergyAction::Reveal { bid: scene.id(first), said: honest, blinding: own.blinding() };
    let outcome = scene.attempt(Vec::new(), &[again.clone(), again], |_| EnergyProof::None);
    assert_eq!(rule(outcome), Rejection::Revealed(first));
    scene.over();
    assert_eq!(
        rule(scene.reveal(BUYER, second)),
        Rejection::Late { what: "bids are revealed", until: end(0) + BIDDING + REVEALING }
    );
}

#[test]
fn sealed_bid_of_more_than_is_locked_or_out_of_bounds_is_never_opened() {
    let mut scene = at_the_end();
    let honest = scene.bid(BUYER, Side::Buy, 10, 50);
    // Sealed: more lots, out of steps, too dear, nothing. Locked: 500.
    let lies = [(1_000, 50), (10, 51), (10, 105), (0, 50)];
    let place = (scene.market, 0, Side::Buy);
    for (number, (lots, price)) in (0..).zip(lies) {
        let said = BidTerms { lots, price };
        let mut own = scene.bid(BUYER, Side::Buy, 10, 50);
        own.sealed.seal = seal(place, &own.sealed.bidder, &said, &honest.blinding());
        own.sealed.lock = lock(500, &honest.blinding().0);
        let locked = AmountOpening::new(NoteValue(500), honest.blinding().0);
        accepted(placed_with(&mut scene, &own, 500, &locked));
        let now = scene.now;
        scene.close();
        let expected = match number {
            0 => Rejection::Unbacked { number, amount: 50_000 },
            _ => Rejection::OutOfBounds(number),
        };
        assert_eq!(rule(reveal_as(&mut scene, number, said, honest.blinding())), expected);
        scene.now = now;
    }
}

#[test]
fn copied_seal_is_of_no_use_to_another_bidder() {
    let mut scene = at_the_end();
    let own = scene.bid(BUYER, Side::Buy, 10, 50);
    let mut copy = scene.bid(3, Side::Buy, 10, 50);
    copy.sealed.seal = own.sealed.seal;
    let locked = copy.locked(&scene.terms);
    accepted(placed_with(&mut scene, &copy, 500, &locked));
    accepted(scene.place(&own));
    scene.close();
    accepted(scene.reveal(BUYER, 1));
    // Now everybody knows what it says.
    assert_eq!(rule(reveal_as(&mut scene, 0, own.said(), own.blinding())), Rejection::OtherBid(0));
}

#[test]
fn bids_are_taken_in_their_window_up_to_their_number() {
    let mut scene = at_the_end();
    let own = scene.bid(BUYER, Side::Buy, 1, 50);
    scene.now = end(0) - 1;
    assert_eq!(rule(scene.place(&own)), Rejection::Early { what: "bids are taken", from: end(0) });
    scene.now = end(0) + BIDDING;
    assert_eq!(rule(scene.place(&own)), Rejection::Late { what: "bids are taken", until: end(0) + BIDDING });
    scene.now -= 1;
    for _ in 0..6 {
        scene.placed(BUYER, Side::Buy, 1, 50);
    }
    assert_eq!(rule(scene.place(&own)), Rejection::Full(0));
}

/// A seller at 20 and a buyer at 40, both revealed: 10 lots at 30.
fn revealed() -> Scene {
    let mut scene = Scene::new();
    scene.produce(1, 1_000);
    let ask = scene.placed(1, Side::Sell, 10, 20);
    let bid = scene.placed(BUYER, Side::Buy, 10, 40);
    scene.close();
    accepted(scene.reveal(1, ask));
    accepted(scene.reveal(BUYER, bid));
    scene
}

#[test]
fn nobody_states_another_result_than_the_bids_have() {
    let mut scene = revealed();
    let state = |scene: &mut Scene, traded| {
        let body = EnergyAction::Clear { market: scene.market, interval: 0, traded };
        scene.attempt(Vec::new(), &[body], |_| EnergyProof::None)
    };
    let honest = Traded { price: 30, lots: 10 };
    let early = Rejection::Early { what: "an auction is cleared", from: end(0) + BIDDING + REVEALING };
    assert_eq!(rule(state(&mut scene, Some(honest))), early);
    scene.over();
    let other = Rejection::OtherResult { interval: 0, lots: 10, price: 30 };
    let lies = [Some(Traded { price: 35, ..honest }), Some(Traded { lots: 9, ..honest }), None];
    for lie in lies {
        assert_eq!(rule(state(&mut scene, lie)), other);
    }
    accepted(state(&mut scene, Some(honest)));
    assert_eq!(rule(state(&mut scene, None)), Rejection::Cleared(0));
}

/// In one transaction with what somebody takes, too: the ledger computes the result before it pays.
#[test]
fn nobody_takes_by_a_result_of_his_own_or_before_he_states_one() {
    let mut scene = revealed();
    scene.over();
    let own = scene.found(1, 0);
    let take = EnergyAction::Take { bid: scene.id(0), energy: None, money: Some(0) };
    let clear =
        |price| EnergyAction::Clear { market: scene.market, interval: 0, traded: Some(Traded { price, lots: 10 }) };
    let lies = [
        ([clear(40), take.clone()], 400, Rejection::OtherResult { interval: 0, lots: 10, price: 30 }),
        ([take.clone(), clear(30)], 300, Rejection::NotCleared(0)),
        ([clear(30), take], 400, Rejection::Use(UseError::Amount(0))),
    ];
    for (actions, amount, expected) in lies {
        let entry = scene.entry(scene.terms.payment, amount, Blinding::Public);
        let outcome = scene.attempt(vec![entry], &actions, |at| match &actions[at.index as usize] {
            EnergyAction::Clear { .. } => EnergyProof::None,
            _ => EnergyProof::Signature(own.sign(at.digest)),
        });
        assert_eq!(rule(outcome), expected);
    }
    assert_eq!(scene.interval(0).outcome, tabella_energy::rules::state::Outcome::Open, "nothing of it was applied");
    accepted(scene.settle(1, 0));
}

#[test]
fn nobody_takes_early_twice_more_or_what_is_anothers() {
    let mut scene = revealed();
    let [ask, bid] = [0, 1];
    scene.over();
    assert_eq!(rule(scene.take(1, ask, [0, 300])), Rejection::NotCleared(0));
    accepted(scene.clear());
    let thief = scene.found(BUYER, bid);
    assert_eq!(rule(scene.take_as(ask, &thief, [0, 300])), Rejection::Signature("bidder"));
    for amounts in [[0, 301], [0, 299], [1, 300], [0, 0]] {
        let refused = rule(scene.take(1, ask, amounts));
        assert!(matches!(refused, Rejection::Use(UseError::Amount(0)) | Rejection::Transfer { .. }), "{refused:?}");
    }
    accepted(scene.take(1, ask, [0, 300]));
    assert_eq!(rule(scene.take(1, ask, [0, 300])), Rejection::Paid(ask));
    // Twice in one transaction.
    let own = scene.found(BUYER, bid);
    let amounts = [(scene.energy, 1_000), (scene.terms.payment, 100)];
    let entries: Vec<_> =
        amounts.iter().chain(&amounts).map(|(asset, amount)| scene.entry(*asset, *amount, Blinding::Public)).collect();
    let take = |energy, money| EnergyAction::Take { bid: scene.id(bid), energy: Some(energy), money: Some(money) };
    let twice = [take(0, 1), take(2, 3)];
    let outcome = scene.attempt(entries, &twice, |at| EnergyProof::Signature(own.sign(at.digest)));
    assert_eq!(rule(outcome), Rejection::Paid(bid));
    accepted(scene.take(BUYER, bid, [1_000, 100]));
}

#[test]
fn proof_of_another_kind_is_refused() {
    let mut scene = revealed();
    scene.over();
    let body = EnergyAction::Clear { market: scene.market, interval: 0, traded: None };
    let outcome = scene.attempt(Vec::new(), &[body], |at| EnergyProof::Signature(keys(1).sign(at.digest)));
    assert_eq!(rule(outcome), Rejection::Proof);
    let nowhere = tabella_energy::rules::MarketId([9; 32]);
    let lie = build::subtotal(&keys(1), scene.ledger(), (nowhere, 0), (0, [tabella_energy::rules::Opening::ZERO; 2]));
    assert_eq!(rule(scene.submit(lie)), Rejection::UnknownMarket(nowhere));
}

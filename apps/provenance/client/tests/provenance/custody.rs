//! Who had a stone: disclosed by those who handed it over, and checked.

use rand_core::OsRng;
use tabella_payments::{
    holder::{Holder, PaymentError, read_wallet_log},
    issuer::{next_issue, sign_issue},
    viewing::ViewingKey,
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::FullViewingKey,
    note::{AssetId, NoteValue},
    transaction::LedgerId,
};
use tabella_provenance::{
    build::{lift, report},
    custody::{Custody, CustodyError, Event, Step, read_entry},
    epcis::{CONTEXT, EpcisError, Subject, document},
    rules::action::Authority,
    sight::{Part, Sighting, Viewer, is_in, own_addresses, sightings},
};
use tabella_prover::{
    builder::{SigningError, TransactionBuilder},
    wallet::Wallet,
};
use tabella_trade::exchange::Offer;
use tabella_verifier::files;

use crate::scene::{Scene, accepted, no_proof, time};

fn history(scene: &Scene, asset: AssetId) -> Vec<Event> {
    let mut history = Vec::new();
    for (entry, logged) in (0..).zip(&scene.log) {
        read_entry(scene.provenance(), asset, entry, logged, &mut history);
    }
    history
}

/// Alice hands a stone to Bob, who hands it back: its history.
fn handed_over() -> (Scene, AssetId, Vec<Event>) {
    let mut scene = Scene::new();
    let (asset, _) = scene.claimed(1);
    scene.claimed(2);
    for from_alice in [true, false] {
        let moved = scene.hand_over(asset, from_alice);
        accepted(scene.submit(moved));
    }
    let history = history(&scene, asset);
    (scene, asset, history)
}

#[test]
fn chain_is_whole_when_every_hand_over_is_disclosed() {
    let (mut scene, asset, history) = handed_over();
    scene.read();
    let (ledger, alice, bob) = (scene.ledger(), scene.alice.wallet(), scene.bob.wallet());
    let mut custody = Custody::new(ledger, asset);
    let unknown = custody.check(ledger, &history).unwrap();
    assert_eq!(unknown.len(), 3, "one claim and two transfers, and nobody's name");
    assert!(unknown.iter().all(|custodian| custodian.to.is_none()));
    // Bob took part in both; that the note was made for Alice only she can tell.
    assert_eq!(custody.add_own(bob.key(), &[bob.address(0)], &history), 2);
    assert_eq!(custody.add_own(alice.key(), &[alice.address(0)], &history), 1);
    let custody: Custody = files::decode(&files::encode(&custody)).unwrap();
    let chain = custody.check(ledger, &history).unwrap();
    let to: Vec<_> = chain.iter().map(|custodian| custodian.to.unwrap()).collect();
    assert_eq!(to, [alice.address(0), bob.address(0), alice.address(0)]);
    let steps: Vec<_> = history.iter().map(|event| std::mem::discriminant(&event.step)).collect();
    assert_eq!(steps[0], std::mem::discriminant(&Step::Registered));
    assert_eq!(steps.len(), 4);
}

#[test]
fn chain_with_lies_in_it_is_refused() {
    let (mut scene, asset, events) = handed_over();
    let (other, _) = scene.claimed(3);
    let moved = scene.hand_over(other, true);
    accepted(scene.submit(moved));
    scene.read();
    let (ledger, alice, bob) = (scene.ledger(), scene.alice.wallet(), scene.bob.wallet());
    let whole = {
        let mut custody = Custody::new(ledger, asset);
        custody.add_own(alice.key(), &[alice.address(0)], &events);
        custody
    };
    let check = |custody: &Custody| custody.check(ledger, &events).unwrap_err();
    assert_eq!(check(&Custody { first: Some(bob.address(0)), ..whole.clone() }), CustodyError::First);
    assert_eq!(check(&Custody { ledger: LedgerId([9; 32]), ..whole.clone() }), CustodyError::Ledger(LedgerId([9; 32])));
    // A hand-over of another stone; the same one twice; one opened by the other's key.
    let mut foreign = Custody::new(ledger, other);
    assert_eq!(foreign.add_own(alice.key(), &[], &history(&scene, other)), 1);
    let mut mixed = whole.clone();
    mixed.hand_overs.extend(foreign.hand_overs);
    assert_eq!(check(&mixed), CustodyError::Foreign(2));
    let mut twice = whole.clone();
    twice.hand_overs.push(whole.hand_overs[0].clone());
    assert_eq!(check(&twice), CustodyError::Foreign(2));
    let mut swapped = whole.clone();
    let note = swapped.hand_overs[1].note.clone();
    swapped.hand_overs[0].note = note;
    assert!(matches!(check(&swapped), CustodyError::Disclosure { index: 0, .. }));
    // The change of a hand-over, which has no value, is none.
    let mut change = whole.clone();
    change.hand_overs[0].output ^= 1;
    assert!(matches!(check(&change), CustodyError::Disclosure { index: 0, .. }));
    // Somebody who had no part discloses nothing.
    let stranger = tabella_payments::holder::Holder::new(&crate::scene::seed(9), 0);
    let mut nothing = Custody::new(ledger, asset);
    assert_eq!(nothing.add_own(stranger.wallet().key(), &[stranger.wallet().address(0)], &events), 0);
}

/// The wallet of a full viewing key, brought up to the ledger.
fn read(key: &FullViewingKey, scene: &Scene) -> Wallet {
    let mut wallet = Wallet::new(key.clone());
    read_wallet_log(&mut wallet, &scene.state, &scene.log).unwrap();
    wallet
}

fn seen_by(key: &ViewingKey, scene: &Scene, asset: AssetId, history: &[Event]) -> Vec<Sighting> {
    match key {
        ViewingKey::Full(full) => sightings(Viewer::Full(&read(full, scene)), asset, history),
        ViewingKey::Incoming(key) => sightings(Viewer::Incoming(key), asset, history),
    }
}

#[test]
fn full_key_sees_a_stone_wherever_the_wallet_recognises_it() {
    let mut scene = Scene::new();
    let (asset, _) = scene.claimed_at(1, 19);
    let events = history(&scene, asset);
    let (alice, key) = (scene.alice.wallet(), scene.alice.wallet().key());
    assert!(is_in(&read(key, &scene), asset));
    let made: Vec<_> = seen_by(&ViewingKey::Full(key.clone()), &scene, asset, &events)
        .into_iter()
        .map(|Sighting { part, to, .. }| (part, to))
        .collect();
    assert_eq!(made, [(Part::Made, alice.address(19))]);
    // Its owner discloses it as well.
    let mut custody = Custody::new(scene.ledger(), asset);
    assert_eq!(custody.add_own(key, &own_addresses(alice, asset), &events), 1);
    assert_eq!(custody.first, Some(alice.address(19)));
    assert!(own_addresses(scene.bob.wallet(), asset).is_empty());
}

#[test]
fn insurer_sees_a_stone_by_viewing_key_and_moves_nothing() {
    let (mut scene, asset, events) = handed_over();
    scene.read();
    let keys = |holder: &Holder| {
        let full = holder.wallet().key().clone();
        let incoming = ViewingKey::Incoming(full.incoming().clone());
        // As the insurer is given them: as text.
        [ViewingKey::Full(full), incoming].map(|key| key.encode().parse::<ViewingKey>().unwrap())
    };
    let ([alices, alices_incoming], [bobs, bobs_incoming]) = (keys(&scene.alice), keys(&scene.bob));
    let (alice, bob) = (scene.alice.wallet().address(0), scene.bob.wallet().address(0));
    let seen = |key: &ViewingKey| {
        let seen = seen_by(key, &scene, asset, &events);
        assert!(seen.iter().all(|Sighting { event, .. }| *event < events.len()));
        seen.into_iter().map(|Sighting { part, to, .. }| (part, to)).collect::<Vec<_>>()
    };
    assert_eq!(seen(&alices), [(Part::Made, alice), (Part::WentOut, bob), (Part::CameIn, alice)]);
    assert_eq!(seen(&bobs), [(Part::CameIn, bob), (Part::WentOut, alice)]);
    // A key of what comes in: the arrivals alone.
    assert_eq!(seen(&alices_incoming), [(Part::Made, alice), (Part::CameIn, alice)]);
    assert_eq!(seen(&bobs_incoming), [(Part::CameIn, bob)]);
    // A wallet that had no part; a stone that the wallet never had.
    let ines = Holder::new(&crate::scene::seed(9), 0);
    assert!(keys(&ines).iter().all(|key| seen_by(key, &scene, asset, &events).is_empty()));
    let (other, _) = scene.claimed(3);
    assert!(seen_by(&bobs, &scene, other, &history(&scene, other)).is_empty());

    // Whether it is there now, a full key tells.
    let has = |key: &ViewingKey| {
        let ViewingKey::Full(full) = key else { panic!("a full key") };
        is_in(&read(full, &scene), asset)
    };
    assert!(has(&alices) && !has(&bobs));
    // All that the key knows makes the transfer, and only the owner's seed signs it.
    let transfer = scene.transfer(asset, true);
    let mut builder = TransactionBuilder::new(scene.ledger());
    builder.add(transfer);
    let moved = ines.authorize(builder.build().unwrap(), &no_proof, &mut OsRng);
    assert!(matches!(moved, Err(PaymentError::Sign(SigningError::NotThisKey(0)))), "{moved:?}");
}

/// Bob buys the stone for 90,000 Crown, in one transaction.
fn sold(scene: &mut Scene, asset: AssetId) {
    let issuer = ed25519_dalek::SigningKey::from_bytes(&[6; 32]);
    let crown = AssetDescription {
        issuer: issuer.verifying_key().to_bytes(),
        name: "Crown".into(),
        decimals: 0,
        cap: 100_000,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    };
    let notes = [(scene.bob.wallet().address(0), NoteValue(100_000))];
    let (crown, issue) = next_issue(scene.state.assets(), crown, &notes, true, &mut OsRng).unwrap();
    accepted(scene.submit(sign_issue(&issuer, scene.ledger(), &issue).unwrap()));
    let ledger = scene.ledger();
    let payment = scene.pay(crown, 90_000, false);
    let offer = Offer {
        ledger,
        payment: payment.effects().clone(),
        asset: crown,
        price: NoteValue(90_000),
        wanted: asset,
        quantity: NoteValue(1),
        deliver_to: scene.bob.wallet().address(0),
    };
    let delivery = scene.transfer(asset, true);
    let answer = offer.answer(&scene.alice, ledger, delivery, &no_proof, &mut OsRng).unwrap();
    let sale = offer.complete(&scene.bob, payment, &answer, &no_proof, &mut OsRng).unwrap();
    accepted(scene.submit(sale));
}

#[test]
fn sale_shows_in_custody_and_events_and_its_price_does_not() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let (asset, _) = scene.claimed(1);
    sold(&mut scene, asset);
    assert_eq!((scene.holds(asset, true), scene.holds(asset, false)), (0, 1));
    accepted(scene.submit(report(&crate::scene::keys(2), ledger, asset, 0, Authority::Issuer)));
    accepted(scene.submit(lift(&crate::scene::keys(1), ledger, asset, 1, Authority::Registrar)));
    let history = history(&scene, asset);
    scene.read();
    let mut custody = Custody::new(ledger, asset);
    let (alice, bob) = (scene.alice.wallet(), scene.bob.wallet());
    assert_eq!(custody.add_own(alice.key(), &[], &history), 1, "the delivery, and not the payment beside it");
    let chain = custody.check(ledger, &history).unwrap();
    assert_eq!(chain.iter().map(|custodian| custodian.to).collect::<Vec<_>>(), [None, Some(bob.address(0))]);

    let subject = Subject::of(scene.provenance(), asset).unwrap();
    let made = document(&subject, &history, &chain, "https://registry.example/diamonds", time(scene.now)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&made.to_json()).unwrap();
    assert_eq!(json["@context"][0], CONTEXT);
    let steps: Vec<_> = json["epcisBody"]["eventList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["bizStep"].as_str().unwrap()))
        .collect();
    assert_eq!(
        steps,
        [
            ("ObjectEvent", "commissioning"),
            ("ObjectEvent", "receiving"),
            ("ObjectEvent", "shipping"),
            ("ObjectEvent", "receiving"),
            ("TransactionEvent", "accepting"),
            ("ObjectEvent", "holding"),
            ("ObjectEvent", "inspecting"),
        ]
    );
    let ids: std::collections::BTreeSet<_> = made.events().iter().map(|event| event.id()).collect();
    assert_eq!(ids.len(), 7);
    assert!(ids.iter().all(|id| id.starts_with("ni:///sha-256;") && id.ends_with("?ver=CBV2.0")));
    for base in ["http://registry.example", "https://", "https://a b", "https://registry.example/", "https://a/?x=1"] {
        let refused = document(&subject, &history, &chain, base, time(scene.now)).unwrap_err();
        assert_eq!(refused, EpcisError::Base(base.into()));
    }
}

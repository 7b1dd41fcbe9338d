//! What a street has used in all, and nobody's share of it.

use ed25519_dalek::SigningKey;
use tabella_energy::{
    build,
    meter::{MeterDevice, MeterKey},
    reading::{ReadingError, subtotal},
    rules::{EnergyAction, EnergyProof, EnergyRejection as Rejection, MarketTerms, Reading},
};
use tabella_protocol::{keys::Seed, note::Timestamp, ristretto::CanonicalScalar};
use tabella_verifier::{
    application::{InstanceId, Readable as _},
    state::LedgerRejection,
};

use crate::scene::{
    BIDDING, CEILING, COLLECTORS, REVEALING, Scene, accepted, certifier, end, keys, operator, rule, terms, time,
    wrong_signature,
};

/// Three households have read interval 0: 600 Wh produced and 90 consumed in all.
fn street(households: u8) -> Scene {
    let mut scene = Scene::new();
    let mut meters: Vec<_> = (1..=households).map(|household| scene.meter(household)).collect();
    scene.now = end(0);
    for (meter, factor) in meters.iter_mut().zip(1..) {
        accepted(scene.attest(&meter.sign(0, [100 * factor, 15 * factor]).unwrap()));
    }
    scene.over();
    scene
}

#[test]
fn all_collectors_together_show_the_totals_and_nothing_else() {
    let mut scene = street(3);
    assert_eq!(scene.interval(0).totals.readings(), 3);
    for collector in [1, 0] {
        assert_eq!(scene.interval(0).totals.total(), None);
        accepted(scene.subtotal(collector));
    }
    assert_eq!(scene.interval(0).totals.total(), Some([600, 90]));
}

#[test]
fn false_total_is_refused() {
    let mut scene = street(3);
    let (place, first) = ((scene.market, 0), keys(COLLECTORS[0]));
    let (collector, sums) =
        subtotal(&keys(COLLECTORS[0]), scene.markets(), &scene.readings(), 0, Timestamp::MAX).unwrap();
    let one = CanonicalScalar(1_u64.into());
    let [mut more, mut swapped, mut other] = [sums; 3];
    more[0].value.0 += one.0;
    swapped.swap(0, 1);
    other[1].blinding.0 += one.0;
    for lie in [more, swapped, other] {
        let outcome = scene.submit(build::subtotal(&first, scene.ledger(), place, (collector, lie)));
        assert_eq!(rule(outcome), Rejection::Subtotal(0));
    }
    // The other collector's.
    let outcome = scene.submit(build::subtotal(&keys(COLLECTORS[1]), scene.ledger(), place, (1, sums)));
    assert_eq!(rule(outcome), Rejection::Subtotal(1));
    let outcome = scene.submit(build::subtotal(&first, scene.ledger(), place, (2, sums)));
    assert_eq!(rule(outcome), Rejection::Collector(2));
    accepted(scene.subtotal(0));
    let again = EnergyAction::Subtotal { market: scene.market, interval: 0, collector, sums };
    let outcome =
        scene.attempt(Vec::new(), &[again.clone(), again], |at| EnergyProof::Signature(first.sign(at.digest)));
    assert_eq!(rule(outcome), Rejection::Told(0));
}

#[test]
fn nothing_is_added_up_of_too_few_or_before_all_have_read() {
    let mut scene = street(2);
    let told = subtotal(&keys(COLLECTORS[0]), scene.markets(), &scene.readings(), 0, Timestamp::MAX);
    assert!(matches!(told, Err(ReadingError::SmallGroup { found: 2, needed: 3 })), "{told:?}");
    let zero = [tabella_energy::rules::Opening::ZERO; 2];
    let lie = build::subtotal(&keys(COLLECTORS[0]), scene.ledger(), (scene.market, 0), (0, zero));
    assert_eq!(rule(scene.submit(lie)), Rejection::SmallGroup { found: 2, needed: 3 });
    let mut scene = street(3);
    scene.now -= 1;
    let early = Rejection::Early { what: "an interval is added up", from: scene.now + 1 };
    assert_eq!(rule(scene.subtotal(0)), early);
    let until = end(0) + BIDDING + REVEALING;
    for now in [end(0), end(0) + BIDDING, until - 1] {
        let told = subtotal(&keys(COLLECTORS[0]), scene.markets(), &scene.readings(), 0, time(now));
        let Err(ReadingError::Waiting { interval: 0, readings: 3, closes, from }) = told else { panic!("{told:?}") };
        assert_eq!((closes, from), (end(0) + BIDDING, until));
    }
    let told = subtotal(&keys(1), scene.markets(), &scene.readings(), 0, Timestamp::MAX);
    assert!(matches!(told, Err(ReadingError::NoCollector)), "{told:?}");
}

/// A certified meter chooses its shares so that they cancel those of all others, and would tell the sums in the place of the collectors.
#[test]
fn meter_does_not_choose_the_total_in_place_of_the_collectors() {
    let mut scene = street(3);
    let stranger = keys(1);
    let (collector, sums) =
        subtotal(&keys(COLLECTORS[0]), scene.markets(), &scene.readings(), 0, Timestamp::MAX).unwrap();
    // Even with sums that open the commitments: only the collector itself, who has opened each share, tells them.
    let lie = build::subtotal(&stranger, scene.ledger(), (scene.market, 0), (collector, sums));
    assert_eq!(rule(scene.submit(lie)), Rejection::Signature("collector"));
    let other = build::subtotal(&keys(COLLECTORS[1]), scene.ledger(), (scene.market, 0), (collector, sums));
    assert_eq!(rule(scene.submit(other)), Rejection::Signature("collector"));
    let body = EnergyAction::Subtotal { market: scene.market, interval: 0, collector, sums };
    assert_eq!(rule(scene.attempt(Vec::new(), &[body], |_| EnergyProof::None)), Rejection::Proof);
    accepted(scene.subtotal(0));
}

#[test]
fn collector_tells_nothing_of_a_set_that_is_not_the_ledgers() {
    let whole = street(4);
    let part = street(3);
    let told = subtotal(&keys(COLLECTORS[0]), whole.markets(), &part.readings(), 0, Timestamp::MAX);
    assert!(matches!(told, Err(ReadingError::Incomplete)), "{told:?}");
}

/// A meter of a household, which shares with others than the collectors, has read interval 0.
fn bad_meter(scene: &mut Scene, household: u8) -> [u8; 32] {
    scene.now = end(0);
    let friends = MarketTerms { collectors: [1, 2].map(|person| keys(person).public()).into(), ..scene.terms.clone() };
    let place = (scene.market, keys(household).public());
    let key = MeterKey::new(Seed::new([50 + household; 32]), &friends, place, (0, CEILING));
    let certificate = key.request().certify(&operator(), &scene.terms).unwrap();
    accepted(scene.submit(build::register(scene.ledger(), &certificate)));
    let signed = MeterDevice::start(&key, 0).sign(0, [400, 60]).unwrap();
    accepted(scene.attest(&signed));
    signed.reading.meter
}

/// A street whose fourth meter, which it is given, is a bad one.
fn street_with_a_bad_share() -> (Scene, [u8; 32]) {
    let mut scene = street(3);
    let bad = bad_meter(&mut scene, 4);
    (scene, bad)
}

/// The other half: a certified meter that shares with others than the collectors knows what opens its shares, and the collector does not.
#[test]
fn collector_signs_no_sum_of_shares_that_it_cannot_open() {
    let (scene, bad) = street_with_a_bad_share();
    for collector in COLLECTORS {
        // Also while the meter can still be stopped.
        for now in [time(end(0) + BIDDING), Timestamp::MAX] {
            let told = subtotal(&keys(collector), scene.markets(), &scene.readings(), 0, now);
            let Err(ReadingError::Shares { meters, interval: 0, until }) = told else { panic!("{told:?}") };
            assert_eq!((meters, until), (vec![bad], end(0) + BIDDING + REVEALING));
        }
    }
}

/// No block comes after the last reading, and there are fewer readings than a total needs.
#[test]
fn every_bad_share_is_named_on_a_quiet_ledger_and_in_a_group_that_is_too_small() {
    for (honest, is_small) in [(0, true), (1, false)] {
        let mut scene = street(honest);
        let bad = [4, 5].map(|household| bad_meter(&mut scene, household));
        assert_eq!(scene.interval(0).totals.readings() < scene.terms.smallest_group, is_small);
        for now in [scene.state.time(), Timestamp::MAX] {
            let told = subtotal(&keys(COLLECTORS[1]), scene.markets(), &scene.readings(), 0, now).unwrap_err();
            assert!(matches!(&told, ReadingError::Shares { meters, .. } if *meters == bad), "{told:?}");
            assert!(bad.iter().all(|meter| told.to_string().contains(&hex::encode(meter))), "{told}");
        }
    }
}

#[test]
fn leaving_one_out_of_the_smallest_group_costs_the_total() {
    let mut scene = street(2);
    let bad = bad_meter(&mut scene, 4);
    assert_eq!(scene.interval(0).totals.readings(), scene.terms.smallest_group);
    accepted(scene.stop(bad, 0, &operator()));
    scene.over();
    let told = subtotal(&keys(COLLECTORS[0]), scene.markets(), &scene.readings(), 0, time(scene.now));
    assert!(matches!(told, Err(ReadingError::SmallGroup { found: 2, needed: 3 })), "{told:?}");
}

/// A note says of no interval: what is minted stays minted, and everybody sees that its reading is in no total.
#[test]
fn what_was_minted_before_its_reading_is_left_out_stays_minted_and_is_counted() {
    let (mut scene, bad) = street_with_a_bad_share();
    accepted(scene.mint(4, 0));
    accepted(scene.stop(bad, 0, &operator()));
    assert_eq!(scene.holds(scene.energy), 400);
    scene.over();
    accepted(scene.subtotal(0));
    accepted(scene.subtotal(1));
    assert_eq!(scene.interval(0).totals.total(), Some([600, 90]));
    let row = scene.markets().row(&InstanceId(scene.market.0), time(scene.now)).unwrap();
    let interval = &row.intervals[0];
    assert_eq!((interval.readings, interval.left_out, interval.left_out_minted), (3, 1, 1));
}

#[test]
fn meter_with_a_bad_share_is_stopped_and_this_and_the_next_total_are_told() {
    let (mut scene, bad) = street_with_a_bad_share();
    accepted(scene.stop(bad, 0, &operator()));
    let totals = &scene.interval(0).totals;
    assert_eq!((totals.readings(), totals.left_out()), (3, 1));
    // It mints nothing of what it has read there, and reads nothing more.
    let own = scene.own(4, 0);
    assert_eq!(rule(scene.mint_as(&own, 400, 4)), Rejection::StoppedFrom(0));
    let mut meters: Vec<_> =
        (1..=3).map(|household| MeterDevice::start(&scene.device_of(household, &scene.terms), 1)).collect();
    scene.now = end(1);
    let late = MeterDevice::start(&scene.device_of(4, &scene.terms), 1).sign(1, [1, 1]).unwrap();
    assert_eq!(rule(scene.attest(&late)), Rejection::StoppedFrom(0));
    for meter in &mut meters {
        accepted(scene.attest(&meter.sign(1, [10, 20]).unwrap()));
    }
    scene.now = end(1) + BIDDING + REVEALING;
    for interval in [0, 1] {
        for collector in COLLECTORS {
            let told = subtotal(&keys(collector), scene.markets(), &scene.readings(), interval, time(scene.now));
            let tell = build::subtotal(&keys(collector), scene.ledger(), (scene.market, interval), told.unwrap());
            accepted(scene.submit(tell));
        }
    }
    assert_eq!(scene.interval(0).totals.total(), Some([600, 90]));
    assert_eq!(scene.interval(1).totals.total(), Some([30, 60]));
    // Everybody sees who was stopped, from when on, and by whom.
    let row = scene.markets().row(&InstanceId(scene.market.0), time(scene.now)).unwrap();
    let [ended] = row.ended.as_slice() else { panic!("one was stopped") };
    let certifier = hex::encode(operator().verifying_key().to_bytes());
    assert_eq!((&ended.meter, ended.from, &ended.certifier), (&hex::encode(bad), 0, &certifier));
    let interval = &row.intervals[0];
    assert_eq!((interval.readings, interval.left_out, interval.left_out_minted), (3, 1, 0));
}

#[test]
fn nobody_but_its_certifier_stops_a_meter_and_never_for_what_was_told() {
    let (mut scene, bad) = street_with_a_bad_share();
    // A stranger, another certifier of the market, a signature of another transaction, and none.
    let stranger = SigningKey::from_bytes(&[5; 32]);
    for other in [stranger, certifier()] {
        assert_eq!(rule(scene.stop(bad, 0, &other)), Rejection::Signature("certifier of the meter"));
    }
    let body = EnergyAction::Stop { meter: bad, interval: 1 };
    let replayed = build::stop(&operator(), scene.ledger(), (bad, 0), []);
    let signature = replayed.action_proofs[0].clone();
    let other = scene.attempt(Vec::new(), std::slice::from_ref(&body), |_| borsh::from_slice(&signature).unwrap());
    assert_eq!(rule(other), Rejection::Signature("certifier of the meter"));
    let forged = scene.attempt(Vec::new(), std::slice::from_ref(&body), |_| EnergyProof::Signature(wrong_signature()));
    assert_eq!(rule(forged), Rejection::Signature("certifier of the meter"));
    assert_eq!(rule(scene.attempt(Vec::new(), &[body], |_| EnergyProof::None)), Rejection::Proof);
    let nobody = build::stop(&operator(), scene.ledger(), ([9; 32], 0), []);
    assert_eq!(rule(scene.submit(nobody)), Rejection::UnknownMeter([9; 32]));
    // A certifier of another market, which has the first place there as the operator has the second here.
    let elsewhere = SigningKey::from_bytes(&[6; 32]);
    let oak = MarketTerms { certifiers: vec![elsewhere.verifying_key().to_bytes()], ..terms("Oak Street") };
    accepted(scene.submit(build::open(&operator(), scene.ledger(), &oak)));
    assert_eq!(rule(scene.stop(bad, 0, &elsewhere)), Rejection::Signature("certifier of the meter"));

    // Readings of a meter that is not stopped, or not from there on, stay in.
    let (readings, ledger) = (scene.readings(), scene.ledger());
    let of = |meter: [u8; 32]| readings.of_interval(0).find(|reading| reading.meter == meter).unwrap().clone();
    let honest = of(scene.device_of(1, &scene.terms).record().meter.signer);
    let leave = |reading: &Reading| build::leave_out(ledger, [reading]);
    assert_eq!(rule(scene.submit(leave(&of(bad)))), Rejection::NotStopped(0));
    accepted(scene.submit(build::stop(&operator(), ledger, (bad, 1), [])));
    assert_eq!(rule(scene.submit(leave(&of(bad)))), Rejection::NotStopped(0));
    assert_eq!(scene.submit(build::stop(&operator(), ledger, (bad, 1), [])), Err(LedgerRejection::Replayed));
    assert_eq!(rule(scene.submit(build::stop(&operator(), ledger, (bad, 2), []))), Rejection::StoppedFrom(1));
    accepted(scene.submit(build::stop(&operator(), ledger, (bad, 0), [])));
    assert_eq!(rule(scene.submit(leave(&honest))), Rejection::NotStopped(0));
    let other = Reading { produced: honest.produced.clone(), ..of(bad) };
    assert_eq!(rule(scene.submit(leave(&other))), Rejection::OtherReading(0));
    let never = Reading { interval: 1, ..of(bad) };
    assert_eq!(rule(scene.submit(leave(&never))), Rejection::NotRead(1));
    // Twice in one transaction.
    let twice = build::leave_out(ledger, [&of(bad), &of(bad)]);
    assert_eq!(rule(scene.submit(twice)), Rejection::LeftOut(0));
    accepted(scene.submit(leave(&of(bad))));
    let third = of(scene.device_of(3, &scene.terms).record().meter.signer);
    accepted(scene.submit(build::stop(&operator(), ledger, (third.meter, 0), [])));
    // When totals are told, the readings of an interval stay as they are, and so does what was read before.
    scene.over();
    accepted(scene.subtotal(0));
    let until = end(0) + BIDDING + REVEALING;
    let late = Rejection::Late { what: "a reading is left out", until };
    assert_eq!(rule(scene.submit(leave(&third))), late);
    let late = Rejection::Late { what: "a meter is stopped from an interval on", until };
    assert_eq!(rule(scene.submit(build::stop(&operator(), ledger, (honest.meter, 0), []))), late);
    accepted(scene.submit(build::stop(&operator(), ledger, (honest.meter, 1), [])));
    accepted(scene.mint(1, 0));
    accepted(scene.subtotal(1));
    assert_eq!(scene.interval(0).totals.total(), Some([600, 90]));
}

/// Two sums of one collector whose difference is a reading cannot be had: none is told before the readings stay as they are.
#[test]
fn nobody_tells_a_sum_while_a_reading_may_still_be_left_out() {
    let (mut scene, bad) = street_with_a_bad_share();
    scene.now = end(0) + BIDDING + REVEALING - 1;
    let sums = [tabella_energy::rules::Opening::ZERO; 2];
    let tell = build::subtotal(&keys(COLLECTORS[0]), scene.ledger(), (scene.market, 0), (0, sums));
    let early = Rejection::Early { what: "an interval is added up", from: scene.now + 1 };
    assert_eq!(rule(scene.submit(tell)), early);
    accepted(scene.stop(bad, 0, &operator()));
    scene.over();
    accepted(scene.subtotal(0));
    accepted(scene.subtotal(1));
    assert_eq!(scene.interval(0).totals.total(), Some([600, 90]));
}

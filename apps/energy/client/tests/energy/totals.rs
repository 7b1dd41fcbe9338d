//! What a street has used in all, and nobody's share of it.

use tabella_energy::{
    build,
    meter::{MeterDevice, MeterKey},
    reading::{ReadingError, subtotal},
    rules::{EnergyAction, EnergyProof, EnergyRejection as Rejection, MarketTerms},
};
use tabella_protocol::{keys::Seed, note::Timestamp, ristretto::CanonicalScalar};

use crate::scene::{BIDDING, COLLECTORS, Scene, accepted, end, keys, operator, rule, time};

/// Three households have read interval 0: 600 Wh produced and 90 consumed in all.
fn street(households: u8) -> Scene {
    let mut scene = Scene::new();
    let mut meters: Vec<_> = (1..=households).map(|household| scene.meter(household)).collect();
    scene.now = end(0);
    for (meter, factor) in meters.iter_mut().zip(1..) {
        accepted(scene.attest(&meter.sign(0, [100 * factor, 15 * factor]).unwrap()));
    }
    scene.now = end(0) + BIDDING;
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
    let told = subtotal(&keys(COLLECTORS[0]), scene.markets(), &scene.readings(), 0, time(scene.now));
    assert!(matches!(told, Err(ReadingError::Open)), "{told:?}");
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

/// The other half: a certified meter that shares with others than the collectors knows what opens its shares, and the collector does not.
#[test]
fn collector_signs_no_sum_of_shares_that_it_cannot_open() {
    let mut scene = street(3);
    scene.now = end(0);
    let friends = MarketTerms { collectors: [1, 2].map(|person| keys(person).public()).into(), ..scene.terms.clone() };
    let place = (scene.market, keys(4).public());
    let key = MeterKey::new(Seed::new([54; 32]), &friends, place, 0);
    let certificate = key.request().certify(&operator(), &scene.terms).unwrap();
    accepted(scene.submit(build::register(scene.ledger(), &certificate)));
    let signed = MeterDevice::start(&key, 0).sign(0, [400, 60]).unwrap();
    accepted(scene.attest(&signed));
    for collector in COLLECTORS {
        let told = subtotal(&keys(collector), scene.markets(), &scene.readings(), 0, Timestamp::MAX);
        assert!(matches!(told, Err(ReadingError::Share(meter)) if meter == signed.reading.meter), "{told:?}");
    }
}

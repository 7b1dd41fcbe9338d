//! Meters and their readings: what is minted, and who tries to mint more.

use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_energy::{
    MeterDevice, SignedReading,
    build::{self, EnergyError},
    keys::Which,
    meter::MeterError,
    rules::{
        EnergyAction, EnergyProof, EnergyRejection as Rejection, MeterRecord, PartyKeys, Reading, domain, reading::Flow,
    },
};
use tabella_protocol::{
    hash::blake2b_512, note::NoteValue, range::RangeProofBytes, statement::Mode, transaction::SignatureBytes,
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AmountOpening, prove_range},
    builder::Blinding,
};
use tabella_verifier::application::{InstanceId, Readable as _, UseError};

use crate::scene::{
    BIDDING, CEILING, Crossing, START, Scene, accepted, end, keys, only_the_bridge, only_the_range, operator, rule,
    seed_of_device, terms, time, wrong_signature,
};

const ANNA: u8 = 1;
const BEN: u8 = 2;

#[test]
fn what_a_meter_has_read_is_minted_exactly_and_once() {
    let mut scene = Scene::new();
    let mut meter = scene.meter(ANNA);
    scene.now = end(0);
    let signed = meter.sign(0, [1_234, 567]).unwrap();
    accepted(scene.attest(&signed));
    let own = scene.own(ANNA, 0);
    assert_eq!((own.produced.value().0, own.consumed.value().0), (1_234, 567));
    // More than was read, and less.
    for amount in [1_235, 1_233, 1, u64::MAX] {
        only_the_bridge(scene.mint_as(&own, amount, ANNA));
    }
    assert_eq!(rule(scene.mint_as(&own, 1_234, BEN)), Rejection::Signature("household"));
    accepted(scene.mint(ANNA, 0));
    assert_eq!(scene.holds(scene.energy), 1_234);
    assert_eq!(rule(scene.mint_as(&own, 1_234, ANNA)), Rejection::Minted(0));
}

#[test]
fn nobody_mints_twice_in_one_transaction_or_by_a_transfer_that_brings_nothing_in() {
    let mut scene = Scene::new();
    let mut meter = scene.meter(ANNA);
    scene.now = end(0);
    accepted(scene.attest(&meter.sign(0, [500, 0]).unwrap()));
    let own = scene.own(ANNA, 0);
    let mint = |transfer| EnergyAction::Mint { meter: own.meter, interval: 0, transfer };
    let entries = [0, 1].map(|_| scene.entry(scene.energy, 500, Blinding::Random));
    let crossings = entries.each_ref().map(Crossing::of);
    let outcome = scene.attempt(entries.to_vec(), &[mint(0), mint(1)], |at| {
        EnergyProof::Mint(keys(ANNA).sign(at.digest), crossings[at.index as usize].bridge(at, &own.produced))
    });
    assert_eq!(rule(outcome), Rejection::Minted(0));
    let money = scene.entry(scene.terms.payment, 500, Blinding::Random);
    let exit = scene.exit(scene.terms.payment, 500, Blinding::Random);
    let refused = [(money, UseError::Asset(0)), (exit, UseError::Mode { transfer: 0, expected: Mode::Entry })];
    for (transfer, expected) in refused {
        let crossing = Crossing::of(&transfer);
        let outcome = scene.attempt(vec![transfer], &[mint(0)], |at| {
            EnergyProof::Mint(keys(ANNA).sign(at.digest), crossing.bridge(at, &own.produced))
        });
        assert_eq!(rule(outcome), Rejection::Use(expected));
    }
}

#[test]
fn reading_of_another_interval_meter_or_place_mints_nothing() {
    let mut scene = Scene::new();
    let (mut anna, mut ben) = (scene.meter(ANNA), scene.meter(BEN));
    for interval in [0, 1] {
        scene.now = end(interval);
        accepted(scene.attest(&anna.sign(interval, [700 + u64::from(interval), 0]).unwrap()));
        accepted(scene.attest(&ben.sign(interval, [900, 0]).unwrap()));
    }
    // The proof of interval 1 for interval 0, and Ben's for Anna's.
    let (first, second, bens) = (scene.own(ANNA, 0), scene.own(ANNA, 1), scene.own(BEN, 0));
    for other in [&second, &bens] {
        let entry = scene.entry(scene.energy, other.produced.value().0, Blinding::Random);
        let crossing = Crossing::of(&entry);
        let body = EnergyAction::Mint { meter: first.meter, interval: 0, transfer: 0 };
        let outcome = scene.attempt(vec![entry], &[body], |at| {
            EnergyProof::Mint(keys(ANNA).sign(at.digest), crossing.bridge(at, &other.produced))
        });
        only_the_bridge(outcome);
    }
    // The right bridge, made for another action.
    let entry = scene.entry(scene.energy, 700, Blinding::Random);
    let crossing = Crossing::of(&entry);
    let body = EnergyAction::Mint { meter: first.meter, interval: 0, transfer: 0 };
    let outcome = scene.attempt(vec![entry], &[body], |at| {
        let elsewhere = tabella_protocol::transcript::ProofContext { index: 1, ..*at };
        EnergyProof::Mint(keys(ANNA).sign(at.digest), crossing.bridge(&elsewhere, &first.produced))
    });
    only_the_bridge(outcome);
    let never = EnergyAction::Mint { meter: first.meter, interval: 2, transfer: 0 };
    let entry = scene.entry(scene.energy, 700, Blinding::Random);
    let crossing = Crossing::of(&entry);
    let outcome = scene.attempt(vec![entry], &[never], |at| {
        EnergyProof::Mint(keys(ANNA).sign(at.digest), crossing.bridge(at, &first.produced))
    });
    assert_eq!(rule(outcome), Rejection::NotRead(2));
}

#[test]
fn signed_reading_is_good_for_its_interval_and_market_alone() {
    let mut scene = Scene::new();
    let other = terms("Oak Street");
    accepted(scene.submit(build::open(&operator(), scene.ledger(), &other)));
    let mut meter = scene.meter(ANNA);
    scene.now = end(1);
    let signed = meter.sign(1, [100, 0]).unwrap();
    let replayed = |change: &dyn Fn(&mut SignedReading)| {
        let mut lie = signed.clone();
        change(&mut lie);
        lie
    };
    scene.now = end(2);
    assert_eq!(rule(scene.attest(&replayed(&|lie| lie.reading.interval = 2))), Rejection::ReadingSignature);
    scene.now = end(1);
    let market = other.id(scene.ledger());
    let elsewhere = replayed(&|lie| lie.reading.market = market);
    assert_eq!(rule(scene.attest(&elsewhere)), Rejection::UnknownMeter(signed.reading.meter));
    let more = replayed(&|lie| lie.reading.produced = signed.reading.consumed.clone());
    let forged = replayed(&|lie| lie.signature = wrong_signature());
    for lie in [more, forged] {
        assert_eq!(rule(scene.attest(&lie)), Rejection::ReadingSignature);
    }
    let short = replayed(&|lie| lie.reading.produced.shares.truncate(1));
    assert_eq!(rule(scene.attest(&short)), Rejection::Shares(2));
    accepted(scene.attest(&signed));
}

#[test]
fn readings_come_in_order_and_in_time() {
    let mut scene = Scene::new();
    let key = scene.device_of(ANNA, &scene.terms);
    let mut meter = scene.meter(ANNA);
    let late = MeterDevice::start(&key, 0).sign(0, [5, 5]).unwrap();
    let signed = meter.sign(1, [100, 0]).unwrap();
    scene.now = end(1) - 1;
    let early = Rejection::Early { what: "an interval is read", from: end(1) };
    assert_eq!(rule(scene.attest(&signed)), early);
    scene.now = end(1) + BIDDING;
    let over = Rejection::Late { what: "an interval is read", until: end(1) + BIDDING };
    assert_eq!(rule(scene.attest(&signed)), over);
    scene.now = end(1) + BIDDING - 1;
    accepted(scene.attest(&signed));
    assert_eq!(rule(scene.attest(&late)), Rejection::Order { expected: 2, found: 0 });
    // The device itself signs once.
    assert_eq!(meter.sign(1, [100, 0]), Err(MeterError::Signed { next: 2 }));
    assert_eq!(MeterDevice::start(&key, 5).sign(4, [0, 0]), Err(MeterError::Signed { next: 5 }));
}

/// Signs whatever somebody likes with the key in the device of a household, which he has opened.
fn sign_with_opened_device(household: u8, signed: &mut SignedReading) {
    let seed = seed_of_device(household);
    let parts: [&[u8]; 3] = [seed.expose(), &0_u32.to_le_bytes(), b"signer"];
    let key: [u8; 32] = blake2b_512(domain::KEYS, &parts)[..32].try_into().unwrap();
    let signer = SigningKey::from_bytes(&key);
    assert_eq!(signer.verifying_key().to_bytes(), signed.reading.meter);
    signed.signature = SignatureBytes(signer.sign(&signed.reading.message()).to_bytes());
}

/// What a household proves of a reading of its meter, as if this had been read.
fn prove_as(
    household: u8,
    record: &MeterRecord,
    reading: &Reading,
    [produced, consumed]: [u64; 2],
    at: &ProofContext,
) -> RangeProofBytes {
    let shared = keys(household).share(&record.meter.reader);
    let Reading { market, meter, interval, .. } = *reading;
    let [p, c] = Flow::BOTH.map(|flow| *shared.blinding(Which { market, meter, interval, flow }));
    let below = |value: u64| record.ceiling.wrapping_sub(value);
    let openings = [(produced, p), (consumed, c), (below(produced), -p), (below(consumed), -c)]
        .map(|(value, blinding)| AmountOpening::new(NoteValue(value), blinding));
    let commitments = Flow::BOTH.map(|flow| reading.register(flow).commitment());
    prove_range(at, &record.ceiling_statement(interval, &commitments), &openings, &mut OsRng).unwrap()
}

#[test]
fn nothing_above_the_ceiling_and_nothing_below_zero_is_ever_read() {
    let mut scene = Scene::new();
    let mut meter = scene.meter(ANNA);
    let key = scene.device_of(ANNA, &scene.terms);
    let record = *key.record();
    scene.now = end(0);
    let refused = MeterError::Ceiling { interval: 0, found: CEILING + 1, ceiling: CEILING };
    assert_eq!(meter.sign(0, [0, CEILING + 1]), Err(refused));
    // Whoever opens the device signs it all the same. The household knows what opens the commitment, and helps.
    let opened = scene.device_for(ANNA, &scene.terms, u64::MAX);
    for wh in [[CEILING + 1, 0], [0, CEILING + 1], [u64::MAX, 1]] {
        let signed = MeterDevice::start(&opened, 0).sign(0, wh).unwrap();
        let told = build::attest(&keys(ANNA), scene.ledger(), &record, &signed, &mut OsRng);
        assert!(matches!(told, Err(EnergyError::OverCeiling { interval: 0, ceiling: CEILING })), "{told:?}");
        for claimed in [wh, [CEILING, 0], [0, CEILING]] {
            only_the_range(scene.attest_as(&signed, |at| prove_as(ANNA, &record, &signed.reading, claimed, at)));
        }
    }
    // 90 Wh below zero were consumed: the street would seem to have used less.
    let mut negative = MeterDevice::start(&key, 0).sign(0, [5, 10]).unwrap();
    negative.reading.consumed.rest.value.0 -= Scalar::from(100_u64);
    sign_with_opened_device(ANNA, &mut negative);
    let told = build::attest(&keys(ANNA), scene.ledger(), &record, &negative, &mut OsRng);
    assert!(matches!(told, Err(EnergyError::Unreadable(0))), "{told:?}");
    for claimed in [[5, 90_u64.wrapping_neg()], [5, 10], [5, 0]] {
        only_the_range(scene.attest_as(&negative, |at| prove_as(ANNA, &record, &negative.reading, claimed, at)));
    }
    // Exactly the ceiling is no lie, and the device has signed nothing yet.
    accepted(scene.attest(&meter.sign(0, [CEILING, CEILING]).unwrap()));
}

#[test]
fn range_proof_is_good_for_its_reading_ceiling_and_place_alone() {
    let mut scene = Scene::new();
    let (mut anna, mut ben) = (scene.meter(ANNA), scene.meter(BEN));
    let [record, bens] = [ANNA, BEN].map(|household| *scene.device_of(household, &scene.terms).record());
    scene.now = end(0);
    let (signed, other) = (anna.sign(0, [5, 5]).unwrap(), ben.sign(0, [5, 5]).unwrap());
    let next = anna.sign(1, [5, 5]).unwrap();
    only_the_range(scene.attest_as(&signed, |at| prove_as(BEN, &bens, &other.reading, [5, 5], at)));
    only_the_range(scene.attest_as(&signed, |at| prove_as(ANNA, &record, &next.reading, [5, 5], at)));
    let higher = MeterRecord { ceiling: 2 * CEILING, ..record };
    only_the_range(scene.attest_as(&signed, |at| prove_as(ANNA, &higher, &signed.reading, [5, 5], at)));
    only_the_range(scene.attest_as(&signed, |at| {
        let elsewhere = ProofContext { index: 1, ..*at };
        prove_as(ANNA, &record, &signed.reading, [5, 5], &elsewhere)
    }));
    only_the_range(scene.attest_as(&signed, |_| RangeProofBytes(Vec::new())));
    // Without any, as before a meter had a ceiling.
    let body = EnergyAction::Attest(Box::new(signed.reading.clone()));
    assert_eq!(
        rule(scene.attempt(Vec::new(), &[body], |_| EnergyProof::Signature(signed.signature))),
        Rejection::Proof
    );
    accepted(scene.attest_as(&signed, |at| prove_as(ANNA, &record, &signed.reading, [5, 5], at)));
}

/// Whoever has the device knows w and s of what it signs, and proves its range as the household does.
#[test]
fn nobody_puts_a_reading_on_the_ledger_against_the_will_of_its_household() {
    let mut scene = Scene::new();
    let mut meter = scene.meter(ANNA);
    let record = *scene.device_of(ANNA, &scene.terms).record();
    scene.now = end(0);
    let signed = meter.sign(0, [5, 5]).unwrap();
    let body = [EnergyAction::Attest(Box::new(signed.reading.clone()))];
    // Another household's signature, the meter's own, and the household's of another transaction.
    let replayed = keys(ANNA).sign(build::expose(scene.ledger(), &[signed.clone(), signed.clone()]).effects.digest());
    let by_ben = |at: &ProofContext| keys(BEN).sign(at.digest);
    let lies: [&dyn Fn(&ProofContext) -> SignatureBytes; 3] = [&by_ben, &|_| signed.signature, &|_| replayed];
    for household in lies {
        let outcome = scene.attempt(Vec::new(), &body, |at| {
            let range = prove_as(ANNA, &record, &signed.reading, [5, 5], at);
            EnergyProof::Reading([signed.signature, household(at)], range)
        });
        assert_eq!(rule(outcome), Rejection::Signature("household"));
    }
    accepted(scene.attest(&signed));
}

#[test]
fn clone_of_a_device_is_refused_and_stops_it_for_good() {
    let mut scene = Scene::new();
    let key = scene.device_of(ANNA, &scene.terms);
    let mut meter = scene.meter(ANNA);
    scene.now = end(0);
    let honest = meter.sign(0, [100, 0]).unwrap();
    let cloned = MeterDevice::start(&key, 0).sign(0, [100_000, 0]).unwrap();
    assert_eq!(MeterDevice::start(&key, 0).sign(0, [100, 0]).unwrap(), honest, "a device signs the same twice");
    accepted(scene.attest(&honest));
    let messages = [honest.reading.message(), cloned.reading.message()];
    let refused = Rejection::AlreadyRead { interval: 0, before: messages[0], now: messages[1] };
    let said = refused.to_string();
    assert!(messages.iter().all(|message| said.contains(&hex::encode(message))), "{said}");
    assert_eq!(rule(scene.attest(&cloned)), refused);

    // What is no evidence.
    let ledger = scene.ledger();
    let next = meter.sign(1, [100, 0]).unwrap();
    let forged = SignedReading { signature: wrong_signature(), ..cloned.clone() };
    for other in [&honest, &next, &forged] {
        let lie = build::expose(ledger, &[honest.clone(), other.clone()]);
        assert_eq!(rule(scene.submit(lie)), Rejection::NoEvidence);
    }
    accepted(scene.submit(build::expose(ledger, &[honest.clone(), cloned])));
    let own = scene.own(ANNA, 0);
    assert_eq!(rule(scene.mint_as(&own, 100, ANNA)), Rejection::Stopped(0));
    scene.now = end(1);
    assert_eq!(rule(scene.attest(&next)), Rejection::Stopped(0));
    let row = scene.markets().row(&InstanceId(scene.market.0), time(scene.now)).unwrap();
    assert_eq!((row.stopped.len(), row.stopped[0].interval), (1, 0));
    assert_eq!(row.stopped[0].messages, messages.map(hex::encode));
}

#[test]
fn meter_that_its_certifier_has_stopped_is_still_exposed_by_what_its_clone_signed() {
    let mut scene = Scene::new();
    let key = scene.device_of(ANNA, &scene.terms);
    let honest = scene.meter(ANNA).sign(0, [100, 0]).unwrap();
    let cloned = MeterDevice::start(&key, 0).sign(0, [100_000, 0]).unwrap();
    accepted(scene.stop(honest.reading.meter, 1, &operator()));
    let evidence = build::expose(scene.ledger(), &[honest, cloned]);
    accepted(scene.submit(evidence));
}

#[test]
fn meter_is_registered_once_by_a_certifier_and_with_the_device() {
    let mut scene = Scene::new();
    let key = scene.device_of(ANNA, &scene.terms);
    let request = key.request();
    let stranger = SigningKey::generate(&mut OsRng);
    assert_eq!(request.certify(&stranger, &scene.terms), Err(MeterError::Certifier));
    let mut moved = request;
    moved.record.household = keys(BEN).public();
    assert_eq!(moved.certify(&operator(), &scene.terms), Err(MeterError::Request));
    let honest = request.certify(&operator(), &scene.terms).unwrap();
    assert_eq!(honest.certifier, 1);
    let ledger = scene.ledger();
    let register = |change: &dyn Fn(&mut tabella_energy::MeterCertificate)| {
        let mut lie = honest;
        change(&mut lie);
        build::register(ledger, &lie)
    };
    let refused = [
        (register(&|lie| lie.certifier = 0), Rejection::Signature("certifier")),
        (register(&|lie| lie.certifier = 2), Rejection::Certifier(2)),
        (register(&|lie| lie.certified = wrong_signature()), Rejection::Signature("certifier")),
        (register(&|lie| lie.request.agreed = wrong_signature()), Rejection::Signature("meter")),
        (register(&|lie| lie.request.record.household = keys(BEN).public()), Rejection::Signature("certifier")),
        (register(&|lie| lie.request.record.ceiling += 1), Rejection::Signature("certifier")),
        (register(&|lie| lie.request.record.ceiling = 0), Rejection::Ceiling(0)),
        (register(&|lie| lie.request.record.ceiling = (1 << 40) + 1), Rejection::Ceiling((1 << 40) + 1)),
    ];
    for (lie, expected) in refused {
        assert_eq!(rule(scene.submit(lie)), expected);
    }
    accepted(scene.submit(build::register(ledger, &honest)));
    // In another market of the ledger it would sell the same energy twice.
    let other = terms("Oak Street");
    accepted(scene.submit(build::open(&operator(), ledger, &other)));
    let again = scene.device_of(ANNA, &other).request().certify(&operator(), &other).unwrap();
    assert_eq!(rule(scene.submit(build::register(ledger, &again))), Rejection::Registered(scene.market));
}

#[test]
fn market_is_opened_by_its_operator_over_energy_that_nobody_has_issued() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let again = EnergyAction::Open(Box::new(scene.terms.clone()));
    let outcome = scene
        .attempt(Vec::new(), &[again], |at| EnergyProof::Signature(build::sign_as_operator(&operator(), at.digest)));
    assert_eq!(rule(outcome), Rejection::Exists(scene.market));
    let other = terms("Oak Street");
    let stranger = SigningKey::generate(&mut OsRng);
    assert_eq!(rule(scene.submit(build::open(&stranger, ledger, &other))), Rejection::Signature("operator"));
    let mut same = other.clone();
    same.energy = scene.terms.energy.clone();
    let outcome = scene.submit(build::open(&operator(), ledger, &same));
    assert_eq!(rule(outcome), Rejection::Use(UseError::NotNew(scene.energy)));
    let mut unpaid = other;
    unpaid.payment = tabella_protocol::note::AssetId::from_bytes(&[1; 32]).unwrap();
    assert_eq!(rule(scene.submit(build::open(&operator(), ledger, &unpaid))), Rejection::Payment(unpaid.payment));
    // Nobody issues energy beside the meters: it is sealed, and governed.
    let state = scene.state.assets().get(&scene.energy).unwrap();
    assert!(state.sealed && state.issued == 0);
}

#[test]
fn reading_hides_what_was_read_from_all_but_household_and_all_collectors_together() {
    let mut scene = Scene::new();
    let mut meter = scene.meter(ANNA);
    let signed = meter.sign(0, [42, 43]).unwrap();
    let record = scene.markets().meter(&signed.reading.meter).unwrap().record;
    assert!(tabella_energy::reading::open(&keys(ANNA), &record, &signed.reading).is_some());
    for other in [BEN, 101, 102] {
        assert!(tabella_energy::reading::open(&keys(other), &record, &signed.reading).is_none());
    }
    // Whoever lacks one share is left with a number that is not small.
    let register = signed.reading.register(Flow::Produced);
    let which = tabella_energy::keys::Which {
        market: scene.market,
        meter: record.meter.signer,
        interval: 0,
        flow: Flow::Produced,
    };
    let shares = [101, 102].map(|collector| keys(collector).share(&record.meter.reader).opening(which));
    for share in &shares {
        let partial = register.rest.value.0 + share.value.0;
        assert!(partial.as_bytes()[8..].iter().any(|byte| *byte != 0));
    }
    let all = shares.iter().fold(register.rest, |sum, share| sum.plus(share));
    assert_eq!((all.value.0, all.point().into()), (42_u64.into(), register.commitment()));
    let text = record.meter.to_string();
    assert_eq!(text.parse(), Ok(record.meter));
    let identity = format!("{}{}", "01".repeat(32), "00".repeat(32));
    assert!(identity.parse::<PartyKeys>().is_err());
    assert!(START < end(0));
}

//! Terms of rentals: limits, ids, prices, and the hashes of the vectors.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::collections::BTreeSet;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use tabella_access_lock::right::{challenge_message, opening_message};
use tabella_access_rules::{
    AccessAction, Interval, RentalId, RentalTerms, RenterKeys, SealedPrices, Stage, Standing, TermsError, UsedRight,
    terms::{
        MAX_DELAY_SECONDS, MAX_PARTS, MAX_UNIT_SECONDS, MAX_UNITS, MIN_DELAY_SECONDS, RenterKeysError, consent_message,
        decision_message, division_message, party_message,
    },
};
use tabella_protocol::{
    account::{Amount, SealedOpening},
    note::{AssetId, NoteValue, Timestamp},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};

fn element(factor: u64) -> Element {
    (Scalar::from(factor) * RISTRETTO_BASEPOINT_POINT).into()
}

fn asset(byte: u8) -> AssetId {
    let mut asset = [0; 32];
    asset[0] = byte;
    AssetId::from_bytes(&asset).unwrap()
}

fn terms() -> RentalTerms {
    let payee = [&[12; 11][..], &asset(13).to_bytes(), element(7).as_bytes()].concat();
    RentalTerms {
        renter: RenterKeys { signer: [1; 32], reader: element(11) },
        owner: [2; 32],
        payee: borsh::from_slice(&payee).unwrap(),
        arbiter: [3; 32],
        device: [9; 32],
        asset: asset(5),
        price: Amount::Public(NoteValue(75)),
        units: 4,
        unit_seconds: 900,
        part: Amount::Public(NoteValue(20)),
        parts: 100,
        sealed: None,
        use_until: Timestamp::new(1_800_000_000).unwrap(),
        delay_seconds: 3_600,
        nonce: [4; 32],
    }
}

fn hidden() -> RentalTerms {
    let price = SealedOpening { epk: element(7), sealed: [8; 56] };
    let part = SealedOpening { epk: element(9), sealed: [14; 56] };
    let sealed = Some(SealedPrices { price, part });
    RentalTerms { price: Amount::Hidden(element(9)), part: Amount::Hidden(element(11)), sealed, ..terms() }
}

#[test]
fn limits_of_terms_are_enforced_on_both_sides() {
    let refused = |change: &dyn Fn(&mut RentalTerms)| {
        let mut terms = terms();
        change(&mut terms);
        terms.check()
    };
    let limits = |good: bool, error| if good { Ok(()) } else { Err(error) };
    assert_eq!(refused(&|_| ()), Ok(()));
    assert_eq!(hidden().check(), Ok(()));
    let keys: [fn(&mut RentalTerms); 3] =
        [|terms| terms.owner = [1; 32], |terms| terms.arbiter = [2; 32], |terms| terms.device = [3; 32]];
    for same in keys {
        assert_eq!(refused(&same), Err(TermsError::SameKey));
    }
    for (units, good) in [(0, false), (1, true), (MAX_UNITS, true), (MAX_UNITS + 1, false)] {
        let change = |terms: &mut RentalTerms| (terms.units, terms.unit_seconds) = (units, 1);
        assert_eq!(refused(&change), limits(good, TermsError::Units), "{units} units");
    }
    // 11 units of 31 days are less than a year, 12 are more.
    for (units, seconds, good) in [
        (4, 0, false),
        (4, 1, true),
        (11, MAX_UNIT_SECONDS, true),
        (12, MAX_UNIT_SECONDS, false),
        (1, MAX_UNIT_SECONDS + 1, false),
    ] {
        let change = |terms: &mut RentalTerms| (terms.units, terms.unit_seconds) = (units, seconds);
        assert_eq!(refused(&change), limits(good, TermsError::UnitLength), "{units} of {seconds} s");
    }
    for (parts, good) in [(0, false), (1, true), (MAX_PARTS, true), (MAX_PARTS + 1, false)] {
        assert_eq!(refused(&|terms| terms.parts = parts), limits(good, TermsError::Parts), "{parts} parts");
    }
    let delays = [(MIN_DELAY_SECONDS - 1, false), (MIN_DELAY_SECONDS, true), (MAX_DELAY_SECONDS, true)];
    for (delay, good) in delays.into_iter().chain([(MAX_DELAY_SECONDS + 1, false)]) {
        assert_eq!(refused(&|terms| terms.delay_seconds = delay), limits(good, TermsError::Delay), "{delay} s");
    }
    for (most, set) in [
        (u64::MAX / 4, (|terms, amount| terms.price = amount) as fn(&mut RentalTerms, Amount)),
        (u64::MAX / 100, |terms, amount| terms.part = amount),
    ] {
        for (amount, good) in [(0, false), (1, true), (most, true), (most + 1, false)] {
            let change = |terms: &mut RentalTerms| set(terms, Amount::Public(NoteValue(amount)));
            assert_eq!(refused(&change), limits(good, TermsError::Price), "{amount}");
        }
    }
    assert_eq!(refused(&|terms| terms.sealed = hidden().sealed), Err(TermsError::Sealed));
    assert_eq!(refused(&|terms| terms.price = hidden().price), Err(TermsError::Sealed));
    assert_eq!(RentalTerms { sealed: None, ..hidden() }.check(), Err(TermsError::Sealed));
    let last = Timestamp::MAX.seconds() - 3_600 - 3 * 3_600;
    for (until, good) in [(last, true), (last + 1, false)] {
        let change = |terms: &mut RentalTerms| terms.use_until = Timestamp::new(until).unwrap();
        assert_eq!(refused(&change), limits(good, TermsError::End));
    }
}

#[test]
fn shares_of_every_division_add_up_to_the_deposit() {
    for terms in [terms(), hidden()] {
        let all = terms.share(terms.parts).unwrap().commitment();
        for kept in 0..=terms.parts {
            let shares = [kept, terms.parts - kept].map(|parts| *terms.share(parts).unwrap().commitment().point());
            assert_eq!(Element::new(shares[0] + shares[1]), all);
        }
    }
}

#[test]
fn every_field_of_the_terms_and_the_ledger_are_in_the_id() {
    let ledger = LedgerId([6; 32]);
    let changes: [fn(&mut RentalTerms); 16] = [
        |terms| terms.renter.signer[0] ^= 1,
        |terms| terms.renter.reader = element(13),
        |terms| terms.owner[31] ^= 1,
        |terms| {
            let payee = [&[11; 11][..], &asset(13).to_bytes(), element(7).as_bytes()].concat();
            terms.payee = borsh::from_slice(&payee).unwrap();
        },
        |terms| terms.arbiter[0] ^= 1,
        |terms| terms.device[0] ^= 1,
        |terms| terms.asset = asset(6),
        |terms| terms.price = Amount::Public(NoteValue(76)),
        |terms| terms.units += 1,
        |terms| terms.unit_seconds += 1,
        |terms| terms.part = Amount::Public(NoteValue(21)),
        |terms| terms.parts += 1,
        |terms| terms.sealed = hidden().sealed,
        |terms| terms.use_until = Timestamp::MAX,
        |terms| terms.delay_seconds += 1,
        |terms| terms.nonce[31] ^= 1,
    ];
    let mut ids = BTreeSet::from([terms().id(ledger), terms().id(LedgerId([7; 32]))]);
    for change in changes {
        let mut terms = terms();
        change(&mut terms);
        assert!(ids.insert(terms.id(ledger)));
    }
    assert_eq!(ids.len(), 18);
    // And the right names the rental: no two rentals have the same.
    let rights: BTreeSet<_> = ids.iter().map(|id| terms().right(*id).id().unwrap().to_bytes()).collect();
    assert_eq!(rights.len(), 18);
}

#[test]
fn keys_are_read_as_they_are_shown_and_nothing_else_is() {
    let keys = terms().renter;
    assert_eq!(keys.to_string().parse(), Ok(keys));
    let not_a_point = format!("{}{}", "01".repeat(32), "ff".repeat(32));
    for text in ["", "01", &"zz".repeat(64), &not_a_point, &format!("{keys}00")] {
        assert_eq!(text.parse::<RenterKeys>(), Err(RenterKeysError), "{text}");
    }
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let file = include_str!("../../../../tests/vectors/applications/access.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let (ledger, digest) = (LedgerId([6; 32]), TransactionDigest([10; 32]));
    let rental: RentalId = terms().id(ledger);
    let used =
        UsedRight { rental: rental.0, owner: [2; 32], device: [9; 32], key: [17; 32], seconds: 3_600, transfer: 0 };
    let interval = Interval::paid(1_800_000_000, used.seconds).unwrap();
    let until = Timestamp::new(1_800_000_000).unwrap();
    let division = |stage, used| division_message(rental, 15, Standing { stage, used }).to_vec();
    let expected = |name: &str| vectors[name].as_str().unwrap().to_owned();
    for (name, found) in [
        ("terms_public", borsh::to_vec(&terms()).unwrap()),
        ("rental_public", rental.0.to_vec()),
        ("terms_hidden", borsh::to_vec(&hidden()).unwrap()),
        ("rental_hidden", hidden().id(ledger).0.to_vec()),
        ("consent", consent_message(rental).to_vec()),
        ("division_15_rented", division(Stage::Rented, None)),
        ("division_15_accepted", division(Stage::Accepted, None)),
        ("division_15_used", division(Stage::Used { claim_until: until }, Some(until))),
        ("division_15_claimed", division(Stage::Claimed { parts: 60, until }, Some(until))),
        ("division_15_disputed", division(Stage::Disputed { parts: 60, until }, Some(until))),
        ("decision_15", decision_message(rental, 15).to_vec()),
        ("party", party_message(digest).to_vec()),
        ("use_body", borsh::to_vec(&AccessAction::Use(used)).unwrap()),
        ("challenge", challenge_message(&[9; 32], &[15; 32], 7, &[16; 32]).to_vec()),
        ("opening", opening_message(ledger.as_bytes(), &rental.0, &[9; 32], &[15; 32], interval).to_vec()),
    ] {
        assert_eq!(hex::encode(found), expected(name), "{name}");
    }
}

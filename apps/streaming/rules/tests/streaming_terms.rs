//! Terms of sessions: limits, ids, prices, and the hashes of the vectors.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::collections::BTreeSet;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use tabella_protocol::{
    account::{Amount, SealedOpening},
    note::{AssetId, NoteValue, Timestamp},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use tabella_streaming_rules::{
    SessionTerms, TermsError, ViewerKeys,
    terms::{
        MAX_DISPUTE_SECONDS, MAX_TICK_SECONDS, MAX_TICKS, MIN_DISPUTE_SECONDS, ViewerKeysError, consent_message,
        final_message, party_message, tick_message,
    },
};

fn element(factor: u64) -> Element {
    (Scalar::from(factor) * RISTRETTO_BASEPOINT_POINT).into()
}

fn terms() -> SessionTerms {
    let mut asset = [0; 32];
    asset[0] = 5;
    SessionTerms {
        viewer: ViewerKeys { signer: [1; 32], reader: element(11) },
        provider: [2; 32],
        asset: AssetId::from_bytes(&asset).unwrap(),
        rate: Amount::Public(NoteValue(3)),
        sealed: None,
        max_ticks: 90,
        tick_seconds: 60,
        expires: Timestamp::new(1_800_000_000).unwrap(),
        dispute_seconds: 3_600,
        nonce: [4; 32],
    }
}

fn hidden() -> SessionTerms {
    let sealed = Some(SealedOpening { epk: element(7), sealed: [8; 56] });
    SessionTerms { rate: Amount::Hidden(element(9)), sealed, ..terms() }
}

#[test]
fn limits_of_terms_are_enforced_on_both_sides() {
    let refused = |change: &dyn Fn(&mut SessionTerms)| {
        let mut terms = terms();
        change(&mut terms);
        terms.check()
    };
    assert_eq!(refused(&|_| ()), Ok(()));
    assert_eq!(hidden().check(), Ok(()));
    assert_eq!(refused(&|terms| terms.provider = terms.viewer.signer), Err(TermsError::SameKey));
    for (ticks, expected) in
        [(0, Err(TermsError::Ticks)), (1, Ok(())), (MAX_TICKS, Ok(())), (MAX_TICKS + 1, Err(TermsError::Ticks))]
    {
        assert_eq!(refused(&|terms| terms.max_ticks = ticks), expected, "{ticks} ticks");
    }
    for (seconds, is_good) in [(0, false), (1, true), (MAX_TICK_SECONDS, true), (MAX_TICK_SECONDS + 1, false)] {
        let expected = if is_good { Ok(()) } else { Err(TermsError::TickLength) };
        assert_eq!(refused(&|terms| terms.tick_seconds = seconds), expected, "a tick of {seconds} s");
    }
    for (seconds, is_good) in [
        (MIN_DISPUTE_SECONDS - 1, false),
        (MIN_DISPUTE_SECONDS, true),
        (MAX_DISPUTE_SECONDS, true),
        (MAX_DISPUTE_SECONDS + 1, false),
    ] {
        let expected = if is_good { Ok(()) } else { Err(TermsError::Dispute) };
        assert_eq!(refused(&|terms| terms.dispute_seconds = seconds), expected, "a delay of {seconds} s");
    }
    let most = u64::MAX / 90;
    for (rate, is_good) in [(0, false), (1, true), (most, true), (most + 1, false)] {
        let expected = if is_good { Ok(()) } else { Err(TermsError::Rate) };
        assert_eq!(refused(&|terms| terms.rate = Amount::Public(NoteValue(rate))), expected, "a rate of {rate}");
    }
    assert_eq!(refused(&|terms| terms.sealed = hidden().sealed), Err(TermsError::Sealed));
    assert_eq!(SessionTerms { sealed: None, ..hidden() }.check(), Err(TermsError::Sealed));
    let last = Timestamp::MAX.seconds() - 3_600;
    for (expires, expected) in [(last, Ok(())), (last + 1, Err(TermsError::End))] {
        assert_eq!(refused(&|terms| terms.expires = Timestamp::new(expires).unwrap()), expected);
    }
}

#[test]
fn shares_of_every_tick_add_up_to_the_price_of_all() {
    for terms in [terms(), hidden()] {
        let all = terms.price(terms.max_ticks).unwrap().commitment();
        for ticks in 0..=terms.max_ticks {
            let shares =
                [ticks, terms.max_ticks - ticks].map(|ticks| *terms.price(ticks).unwrap().commitment().point());
            assert_eq!(Element::new(shares[0] + shares[1]), all);
        }
    }
}

#[test]
fn every_field_of_the_terms_and_the_ledger_are_in_the_id() {
    let ledger = LedgerId([6; 32]);
    let changes: [fn(&mut SessionTerms); 11] = [
        |terms| terms.viewer.signer[0] ^= 1,
        |terms| terms.viewer.reader = element(13),
        |terms| terms.provider[31] ^= 1,
        |terms| terms.asset = AssetId::from_bytes(&[1; 32]).unwrap(),
        |terms| terms.rate = Amount::Public(NoteValue(9)),
        |terms| terms.sealed = hidden().sealed,
        |terms| terms.max_ticks += 1,
        |terms| terms.tick_seconds += 1,
        |terms| terms.expires = Timestamp::MAX,
        |terms| terms.dispute_seconds += 1,
        |terms| terms.nonce[31] ^= 1,
    ];
    let mut ids = BTreeSet::from([terms().id(ledger), terms().id(LedgerId([7; 32]))]);
    for change in changes {
        let mut terms = terms();
        change(&mut terms);
        assert!(ids.insert(terms.id(ledger)));
    }
    assert_eq!(ids.len(), 13);
}

#[test]
fn keys_are_read_as_they_are_shown_and_nothing_else_is() {
    let keys = terms().viewer;
    assert_eq!(keys.to_string().parse(), Ok(keys));
    let not_a_point = format!("{}{}", "01".repeat(32), "ff".repeat(32));
    for text in ["", "01", &"zz".repeat(64), &not_a_point, &format!("{keys}00")] {
        assert_eq!(text.parse::<ViewerKeys>(), Err(ViewerKeysError), "{text}");
    }
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let file = include_str!("../../../../tests/vectors/applications/streaming.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let (ledger, digest) = (LedgerId([6; 32]), TransactionDigest([10; 32]));
    let session = terms().id(ledger);
    let expected = |name: &str| vectors[name].as_str().unwrap().to_owned();
    for (name, found) in [
        ("terms_public", borsh::to_vec(&terms()).unwrap()),
        ("session_public", session.0.to_vec()),
        ("terms_hidden", borsh::to_vec(&hidden()).unwrap()),
        ("session_hidden", hidden().id(ledger).0.to_vec()),
        ("consent", consent_message(session).to_vec()),
        ("tick_42", tick_message(session, 42).to_vec()),
        ("final_42", final_message(session, 42).to_vec()),
        ("party", party_message(digest).to_vec()),
    ] {
        assert_eq!(hex::encode(found), expected(name), "{name}");
    }
}

//! Corridors and terms: what is in their ids, and the hashes of the vectors.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::collections::BTreeSet;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use tabella_protocol::{
    keys::OwnerCommitment,
    note::{AssetId, NoteValue, Timestamp},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use tabella_remittance_rules::{
    Corridor, RemittanceTerms,
    terms::{party_message, quote_digest, travel_digest},
};

const LEDGER: LedgerId = LedgerId([6; 32]);

fn small(byte: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = byte;
    bytes
}

fn element(factor: u64) -> Element {
    (Scalar::from(factor) * RISTRETTO_BASEPOINT_POINT).into()
}

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn owner(byte: u8) -> OwnerCommitment {
    borsh::from_slice(&small(byte)).unwrap()
}

fn corridor() -> Corridor {
    Corridor {
        operator: [1; 32],
        name: "Łódź to Seoul".into(),
        pays: AssetId::from_bytes(&small(5)).unwrap(),
        receives: AssetId::from_bytes(&small(7)).unwrap(),
        below: NoteValue(100_000),
    }
}

fn terms() -> RemittanceTerms {
    RemittanceTerms {
        corridor: corridor().id(LEDGER),
        quote: [2; 32],
        quote_key: [9; 32],
        quote_expires: time(1_800_000_900),
        paid: element(7),
        delivered: element(9),
        provider: owner(11),
        receiver: owner(13),
        answerer: [3; 32],
        travel: [4; 32],
        answer_until: time(1_800_087_300),
        claim_until: time(1_800_260_100),
        refund_from: time(1_800_260_100),
        nonce: [8; 32],
    }
}

#[test]
fn every_field_and_the_ledger_are_in_the_ids() {
    corridor().check().unwrap();
    terms().check().unwrap();
    let corridors: [fn(&mut Corridor); 5] = [
        |corridor| corridor.operator[31] ^= 1,
        |corridor| corridor.name.push('x'),
        |corridor| corridor.pays = AssetId::from_bytes(&small(9)).unwrap(),
        |corridor| corridor.receives = AssetId::from_bytes(&small(9)).unwrap(),
        |corridor| corridor.below = NoteValue(100_001),
    ];
    let mut ids = BTreeSet::from([corridor().id(LEDGER), corridor().id(LedgerId([7; 32]))]);
    for change in corridors {
        let mut changed = corridor();
        change(&mut changed);
        assert!(ids.insert(changed.id(LEDGER)));
    }
    let changes: [fn(&mut RemittanceTerms); 14] = [
        |terms| terms.corridor.0[0] ^= 1,
        |terms| terms.quote[0] ^= 1,
        |terms| terms.quote_key[0] ^= 1,
        |terms| terms.quote_expires = time(5),
        |terms| terms.paid = element(13),
        |terms| terms.delivered = element(13),
        |terms| terms.provider = owner(15),
        |terms| terms.receiver = owner(15),
        |terms| terms.answerer[0] ^= 1,
        |terms| terms.travel[0] ^= 1,
        |terms| terms.answer_until = time(5),
        |terms| terms.claim_until = time(5),
        |terms| terms.refund_from = time(5),
        |terms| terms.nonce[31] ^= 1,
    ];
    let mut ids = BTreeSet::from([terms().id(LEDGER), terms().id(LedgerId([7; 32]))]);
    for change in changes {
        let mut changed = terms();
        change(&mut changed);
        assert!(ids.insert(changed.id(LEDGER)));
    }
}

// Threshold and payment are integers below 2^64: of the difference nothing wraps around.
#[test]
fn limit_is_the_commitment_to_what_is_left_below_the_threshold() {
    let (paid, s) = (99_999_u64, Scalar::from(5_u64));
    let blinding = tabella_protocol::ristretto::blinding_base();
    let commit = |value: u64, s: Scalar| Element::new(Scalar::from(value) * RISTRETTO_BASEPOINT_POINT + s * blinding);
    let statement = corridor().limit_statement(terms().id(LEDGER), &commit(paid, s));
    assert_eq!(statement.commitments, [commit(0, -s)]);
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let file = include_str!("../../../../tests/vectors/applications/remittance.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let expected = |name: &str| vectors[name].as_str().unwrap().to_owned();
    let id = terms().id(LEDGER);
    for (name, found) in [
        ("corridor", borsh::to_vec(&corridor()).unwrap()),
        ("corridor_id", corridor().id(LEDGER).0.to_vec()),
        ("terms", borsh::to_vec(&terms()).unwrap()),
        ("remittance_id", id.0.to_vec()),
        ("limit_purpose", corridor().limit_statement(id, &terms().paid).purpose),
        ("quote_digest", quote_digest(b"a quote").to_vec()),
        ("travel_digest", travel_digest(b"a sealed message").to_vec()),
        ("party_message", party_message(TransactionDigest([10; 32])).to_vec()),
    ] {
        assert_eq!(hex::encode(found), expected(name), "{name}");
    }
}

//! Every hash of the application, against values that another program computed from the specification.

#![allow(clippy::unwrap_used, reason = "a test")]

use serde_json::Value;
use tabella_market_rules::{
    action::party_message,
    domain::{personal, proof},
    metadata::{Metadata, PartyName},
    price::mask,
    work::{Holder, ListingId, Party, ViewerKey, Work},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::AssetId,
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/applications/market.json")).unwrap()
}

fn base() -> Element {
    Element::new(curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT)
}

fn metadata() -> Metadata {
    Metadata {
        title: "Song".into(),
        artist: "Ann".into(),
        isrc: String::new(),
        release: "R1".into(),
        parties: vec![PartyName { name: "Ann".into(), role: "Composer".into(), id: String::new() }],
        salt: "00".into(),
    }
}

// The digest is of what was read: a reader who believes the other of two titles would have another work before it.
#[test]
fn metadata_in_which_a_key_stands_twice_or_is_unknown_are_refused() {
    let text = serde_json::to_string(&metadata()).unwrap();
    assert_eq!(serde_json::from_str::<Metadata>(&text).unwrap(), metadata());
    let keys = ["title", "artist", "isrc", "release", "parties", "salt", "name", "role", "id"];
    for key in keys {
        let member = format!("\"{key}\":");
        let value = if key == "parties" { "[]" } else { "\"other\"" };
        let twice = text.replacen(&member, &format!("{member}{value},{member}"), 1);
        let why = serde_json::from_str::<Metadata>(&twice).unwrap_err().to_string();
        assert!(why.starts_with(&format!("duplicate field `{key}`")), "{why}: {twice}");
        let unknown = text.replacen(&member, &format!("\"{key} \":{value},{member}"), 1);
        assert!(serde_json::from_str::<Metadata>(&unknown).unwrap_err().to_string().starts_with("unknown field"));
    }
    assert_eq!(text.matches("\":").count(), keys.len(), "these are all keys");
    assert!(serde_json::from_str::<Metadata>(&format!("{text}{text}")).is_err());
}

#[test]
fn hashes_and_encodings_are_those_of_the_specification() {
    let vectors = vectors();
    let expect = |name: &str, bytes: &[u8]| assert_eq!(vectors[name], hex::encode(bytes), "{name}");
    let party = Party { owner: [2; 32], viewer: ViewerKey::new(base()).unwrap() };
    let metadata = metadata();
    expect("metadata", &metadata.digest());
    let mut payment = [0; 32];
    payment[0] = 6;
    let work = Work {
        title: "Song".into(),
        metadata: metadata.digest(),
        holders: vec![Holder { party, share: 10_000 }],
        licence: AssetDescription {
            issuer: [3; 32],
            name: "Licence".into(),
            decimals: 0,
            cap: 10,
            class: AssetClass::Named,
            uid: None,
            body: [0; 32],
        },
        payment: AssetId::from_bytes(&payment).unwrap(),
        royalty: 500,
        minimum: 7,
        resale_minimum: 8,
        nonce: [4; 32],
    };
    expect("work_bytes", &borsh::to_vec(&work).unwrap());
    let id = work.id(LedgerId([1; 32]));
    expect("work_id", &id.0);
    expect("account_id", &party.account(id).0);
    expect("listing_id", &ListingId::derive(TransactionDigest([5; 32]), 3).0);
    expect("party_message", &party_message(TransactionDigest([5; 32])));
    expect("mask", &mask(&base(), &base(), &party.viewer, &base()));
}

#[test]
fn every_label_is_used_once() {
    let personal = [
        personal::METADATA,
        personal::WORK_ID,
        personal::ACCOUNT_ID,
        personal::LISTING_ID,
        personal::SIGN,
        personal::SEAL,
        personal::KEYS,
    ];
    let distinct: std::collections::BTreeSet<_> = personal.iter().collect();
    assert_eq!(distinct.len(), personal.len());
    let proofs = [proof::CREDIT, proof::REST, proof::STATEMENT, proof::SEAL_RANDOMNESS];
    let distinct: std::collections::BTreeSet<_> = proofs.iter().collect();
    assert_eq!(distinct.len(), proofs.len());
    assert!(proofs.iter().all(|label| label.starts_with(b"tabella/market/v1/")));
}

#[test]
fn identity_is_no_viewer_key_and_lists_are_bounded() {
    use curve25519_dalek::{ristretto::RistrettoPoint, traits::Identity as _};
    assert!(ViewerKey::new(Element::new(RistrettoPoint::identity())).is_none());
    assert!(borsh::from_slice::<ViewerKey>(&[0; 32]).is_err());
    // A hidden price of 34 parts.
    let mut bytes = vec![1];
    bytes.extend_from_slice(base().as_bytes());
    bytes.extend_from_slice(base().as_bytes());
    bytes.extend_from_slice(&34_u32.to_le_bytes());
    for _ in 0..34 {
        bytes.extend_from_slice(base().as_bytes());
        bytes.extend_from_slice(&[0; 8]);
    }
    assert!(borsh::from_slice::<tabella_market_rules::price::Price>(&bytes).is_err());
}

//! Ids, messages, marks and the commitment to attributes agree with a second implementation: `scripts/vectors/provenance.py`.

use std::collections::BTreeMap;

use tabella_protocol::{
    hash::blake2b_256,
    secret::Secret,
    transaction::{LedgerId, TransactionDigest},
};
use tabella_provenance::{
    Ask, Certificate, Wanted,
    rules::{
        action::{Role, message},
        attribute::{Opening, description, number_leaf},
        domain,
        presentation::{Challenge, Shown},
        registry::{BatchId, Registry},
        schema::Schema,
    },
};

use crate::scene::{diamond, keys};

const LEDGER: LedgerId = LedgerId([1; 32]);
const DIGEST: TransactionDigest = TransactionDigest([2; 32]);
const ISSUER: [u8; 32] = [6; 32];

#[test]
fn hashes_agree_with_the_second_implementation() {
    let file = include_str!("../../../../../tests/vectors/applications/provenance.json");
    let vectors: BTreeMap<String, String> = serde_json::from_str(file).unwrap();
    let same = |name: &str, found: &[u8]| assert_eq!(hex::encode(found), vectors[name], "{name}");

    let party = keys(5);
    let mark_key = party.mark_key();
    let terms = Registry {
        name: "Diamonds of the world".into(),
        registrar: [3; 32],
        mark_key: mark_key.digest(),
        nonce: [4; 32],
    };
    let registry = terms.id(LEDGER);
    same("mark_key", &mark_key.digest());
    same("terms", &borsh::to_vec(&terms).unwrap());
    same("registry", &registry.0);
    let batch = BatchId::derive(registry, &ISSUER, 7);
    same("batch", &batch.0);
    let own = tabella_protocol::hash::blake2b_512(domain::KEYS, &[&[5; 32], &0u32.to_le_bytes(), b"secrets"]);
    let secret = blake2b_256(domain::SECRET, &[&own[..32], &batch.0, &9u32.to_le_bytes()]);
    same("secret", &secret);

    let values = diamond(&[
        ("inscription", "GIA 2141-438-171"),
        ("laboratory", "GIA"),
        ("certificate", "2141438171"),
        ("carat", "1.203"),
        ("colour", "E"),
        ("clarity", "VS1"),
        ("length", "6.41"),
        ("width", "6.434"),
        ("height", "3.965"),
        ("depth", "61.5"),
    ]);
    let marks = mark_key.marks(Schema::Diamond, &values).unwrap();
    same("marks", &marks.identity.iter().flat_map(|mark| mark.0).collect::<Vec<_>>());
    same("likeness", &marks.likeness.unwrap().0);
    let certificate = Certificate::new(LEDGER, registry, ISSUER, Schema::Diamond, values, Secret::new(secret)).unwrap();
    let root = certificate.tree().root();
    same("root", &root);
    let thing = description(registry, Schema::Diamond, ISSUER, &root);
    same("body", &thing.body);
    same("asset", &certificate.asset().unwrap().to_bytes());
    let asks =
        ["inscription", "certificate-date", "carat"].map(|name| Ask { attribute: name.into(), wanted: Wanted::Value });
    let presentation = certificate.present(&asks, Challenge([0; 32]), &mut rand_core::OsRng).unwrap();
    for (name, shown) in ["leaf_text", "leaf_empty", "leaf_number"].into_iter().zip(&presentation.shown) {
        let Shown::Opened { attribute, opening, .. } = shown else { panic!("an opening") };
        same(name, &opening.leaf(*attribute));
        if let Opening::Number { number, blinding } = opening {
            let commitment = tabella_provenance::rules::attribute::pedersen(*number, &blinding.0);
            same(name, &number_leaf(*attribute, &commitment));
        }
    }
    for (name, role) in
        [("message_registrar", Role::Registrar), ("message_issuer", Role::Issuer), ("message_holder", Role::Holder)]
    {
        same(name, &message(role, DIGEST));
    }
    same("challenge", &Challenge::new(&[8; 32], "Bruno, jeweller").0);
}

use ark_bls12_381::Fr;
use curve25519_dalek::scalar::Scalar;
use serde_json::{Map, Value, json};
use tabella_protocol::{
    ballot::compressed::vector_bases,
    domain::{Use, personal},
    hash::{blake2b_256, blake2b_512, bytes_to_field, poseidon_hash},
    keys::{Account, AddressKind, Diversifier, Seed},
    note::{AssetId, NoteValue},
    note_encryption::{Memo, NoteCiphertext, NoteDisclosure, NoteSeed, OutputNote},
    ristretto::Element,
    transaction::LedgerId,
    tree::NoteCommitmentTree,
};

use crate::{array, borshed, element, hexed, part, read, scalar, step, unhex};

fn keys() -> Value {
    let accounts = [
        ([0; 32], "payment 0", Account::Payment(0)),
        ([0; 32], "election 00…", Account::Election([0; 32])),
        ([7; 32], "payment 0", Account::Payment(0)),
        ([7; 32], "payment 1", Account::Payment(1)),
        ([7; 32], "election 09…", Account::Election([9; 32])),
    ];
    let described = accounts.map(|(seed, name, account)| {
        let key = Seed::new(seed).account(&account);
        let full = key.full_viewing_key();
        let incoming = full.incoming();
        let encoded = borsh::to_vec(&account).unwrap();
        let ask: [u8; 32] = key.spend_authorizing_key().into();
        let address = key.address(Diversifier::from_index(0));
        let kind = if name.starts_with("payment") { AddressKind::Payment } else { AddressKind::Election };
        json!({
            "seed": hexed(seed), "account": name, "account borsh": hexed(&encoded),
            "sk": hexed(blake2b_256(personal::ACCOUNT, &[&seed, &encoded])), "ask": hexed(ask),
            "nk": element(&full.nullifier_key().element()), "ivk": hexed(incoming.scalar().expose().as_bytes()),
            "ovk": hexed(full.outgoing().expose()), "ak": hexed(full.spend_validating_key().point().to_bytes()),
            "ok": element(&incoming.owner_key().element()), "pk at d = 0": address.owner().to_string(),
            "tk at d = 0": hexed(address.transmission_key().as_bytes()), "address at d = 0": address.encode(kind),
        })
    });
    described.to_vec().into()
}

fn constants() -> Map<String, Value> {
    let numbers = |count: u64| (1..=count).map(Fr::from).collect::<Vec<_>>();
    let [two, four]: [Vec<Fr>; 2] = [numbers(2), numbers(4)];
    let values = [
        ("B_d, d = 0", hexed(Element::new(Diversifier::from_index(0).base()).as_bytes())),
        ("G_2", hexed(Element::new(*vector_bases(2).nth(1).unwrap()).as_bytes())),
        ("H_2(1, 2)", element(&poseidon_hash::<2>(Use::Owner, two.try_into().unwrap()))),
        ("H_3(1, 2, 3, 4)", element(&poseidon_hash::<4>(Use::Note, four.try_into().unwrap()))),
        ("H_7(0, 0, 0, 0)", element(&poseidon_hash(Use::Node, [Fr::from(0u64); 4]))),
        ("root of the empty tree", NoteCommitmentTree::new().root().to_string()),
        (
            "bytes-to-field, label `asset`, parts of 32 zeros twice",
            element(&bytes_to_field("asset", &[&[0; 32], &[0; 32]]).unwrap()),
        ),
        (
            "ledger id of `ledger.example` and a key of 32 zeros",
            LedgerId::derive("ledger.example", &[0; 32]).to_string(),
        ),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

#[test]
fn keys_agree_with_the_second_implementation_from_the_spending_key_on() {
    assert_eq!(keys(), step("keys"));
}

#[test]
fn constants_agree_with_the_second_implementation() {
    assert_eq!(Value::Object(constants()), step("constants"));
}

/// The rows of a table of values: name, and what stands in backticks.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter_map(|line| line.split_once(" | "))
        // Not the heads of the tables, which have no name, and the lines under them.
        .filter(|(name, _)| !name.starts_with(['|', '-']))
        .map(|(name, values)| (name, values.split('`').skip(1).step_by(2).collect()))
        .collect()
}

#[test]
fn test_values_at_the_end_of_the_specification_are_those_of_the_code() {
    let page = include_str!("../../../docs/protocol.md");
    let (_, page) = page.split_once("\n# Test values\n").unwrap();
    let (keys, constants) = (keys(), constants());
    let found = rows(page);
    let mut compared = 0;
    for (name, values) in &found {
        let expected: Vec<&str> = match constants.get(*name) {
            Some(value) => vec![value.as_str().unwrap()],
            None => [0, 1].map(|account| keys[account][*name].as_str().unwrap_or_else(|| panic!("{name}"))).to_vec(),
        };
        assert_eq!(*values, expected, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 9 + constants.len());
    assert!(page.contains(keys[0]["address at d = 0"].as_str().unwrap()));
    let words = Seed::new([0; 32]).to_words();
    assert!(words.ends_with(" art") && words.split(' ').filter(|word| *word == "abandon").count() == 23);
}

#[test]
fn note_is_encrypted_as_the_second_implementation_does() {
    let (given, pinned) = (part("protocol.json", "/ciphertexts"), step("note"));
    let account = |name: &str| Seed::new(array(&given[name])).account(&Account::Payment(0));
    let (alice, bob) = (account("sender seed"), account("recipient seed"));
    let to = bob.address(Diversifier(array(&given["recipient diversifier"])));
    let memo = Memo::from_text(given["memo"].as_str().unwrap()).unwrap();
    let value = NoteValue(given["value"].as_u64().unwrap());
    let seed = NoteSeed::new(array(&given["rseed"]));
    let output = OutputNote::plain(to, AssetId::new(Fr::from(11u64)), value, memo, &seed).unwrap();
    let ciphertext: NoteCiphertext = read(&given["ciphertext"]);
    let cm = output.commitment();
    assert_eq!(element(&output.note().rcm.element()), pinned["rcm"]);
    assert_eq!(hexed(ciphertext.epk.as_bytes()), pinned["epk"]);
    // What sender and recipient derive alike, and from what.
    let by_sender = NoteDisclosure::by_sender(alice.full_viewing_key().outgoing(), cm, &ciphertext).unwrap();
    let by_recipient = NoteDisclosure::by_recipient(bob.full_viewing_key().incoming(), cm, &ciphertext).unwrap();
    assert_eq!(borshed(&by_sender), borshed(&by_recipient));
    assert_eq!(borshed(&by_sender)[128..], *pinned["esk"].as_str().unwrap());
    let (esk, plaintext) = (scalar(&pinned["esk"]), unhex(&pinned["recipient's plaintext"]));
    let (cm_bytes, tk) = (borsh::to_vec(&cm).unwrap(), to.transmission_key());
    let derived = blake2b_512(personal::EXPAND_NOTE, &[&[2], &plaintext, &cm_bytes, tk.as_bytes()]);
    assert_eq!(Scalar::from_bytes_mod_order_wide(&derived), esk);
    let shared = Element::new(tk.point() * esk);
    let key = blake2b_256(personal::NOTE_KDF, &[shared.as_bytes(), ciphertext.epk.as_bytes(), &cm_bytes]);
    assert_eq!(hexed(key), pinned["key of enc"]);
    let ovk = alice.full_viewing_key().outgoing();
    let key = blake2b_256(personal::OUTGOING_KDF, &[ovk.expose(), &cm_bytes, ciphertext.epk.as_bytes()]);
    assert_eq!(hexed(key), pinned["key of out"]);
}

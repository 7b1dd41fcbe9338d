//! The hashes agree with the second implementation, `scripts/vectors/poseidon.py`; and all files of vectors are listed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{collections::BTreeSet, fs, path::Path};

use ark_bls12_381::Fr;
use serde::Deserialize;
use tabella_protocol::{
    domain::{self, Use},
    field,
    hash::{bytes_to_field, poseidon_hash},
    jubjub::{self, JubjubPoint},
};

const VECTORS: &str = include_str!("../vectors/poseidon.json");

#[derive(Deserialize)]
struct Vectors {
    poseidon: Vec<Hash>,
    bytes_to_field: Vec<ToField>,
    hash_to_jubjub: Vec<ToJubjub>,
}

#[derive(Deserialize)]
struct Hash {
    #[serde(rename = "use")]
    purpose: String,
    inputs: Vec<String>,
    hash: String,
}

#[derive(Deserialize)]
struct ToField {
    label: String,
    parts: Vec<String>,
    element: String,
}

#[derive(Deserialize)]
struct ToJubjub {
    label: String,
    point: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).expect("the script writes this form")
}

fn element(text: &str) -> Fr {
    let bytes: [u8; 32] = hex::decode(text).expect("hexadecimal").try_into().expect("32 bytes");
    field::from_bytes(&bytes).expect("canonical")
}

/// The hash for a use by its name, and how many inputs that use has.
fn hash(purpose: Use, inputs: &[Fr]) -> Fr {
    fn of<const N: usize>(purpose: Use, inputs: &[Fr]) -> Fr {
        poseidon_hash::<N>(purpose, inputs.try_into().expect("each use has one length"))
    }
    // Exhaustive: a new use needs vectors too.
    match purpose {
        Use::Owner => of::<2>(purpose, inputs),
        Use::OwnerKey | Use::Nullifier | Use::Contract | Use::Escrow => of::<3>(purpose, inputs),
        Use::Note | Use::Node => of::<4>(purpose, inputs),
    }
}

const USES: [Use; 7] = [Use::OwnerKey, Use::Owner, Use::Note, Use::Nullifier, Use::Contract, Use::Escrow, Use::Node];

#[test]
fn poseidon_of_every_use_agrees_with_the_second_implementation() {
    let vectors = vectors().poseidon;
    let mut seen = BTreeSet::new();
    let mut hashes = BTreeSet::new();
    for vector in &vectors {
        let purpose = USES
            .into_iter()
            .find(|purpose| format!("{purpose:?}") == vector.purpose)
            .expect("a use of this name is in protocol::domain");
        let inputs: Vec<Fr> = vector.inputs.iter().map(|input| element(input)).collect();
        assert_eq!(hash(purpose, &inputs), element(&vector.hash), "{} {:?}", vector.purpose, vector.inputs);
        seen.insert(vector.purpose.as_str());
        hashes.insert(vector.hash.as_str());
    }
    assert_eq!(seen.len(), USES.len(), "every use has vectors");
    assert_eq!(hashes.len(), vectors.len(), "no two hashes are equal, whatever their use");
}

#[test]
fn bytes_to_field_agrees_with_the_second_implementation() {
    let mut elements = BTreeSet::new();
    let vectors = vectors().bytes_to_field;
    for vector in &vectors {
        let label: &'static str = Box::leak(vector.label.clone().into_boxed_str());
        let parts: Vec<Vec<u8>> = vector.parts.iter().map(|part| hex::decode(part).expect("hexadecimal")).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(bytes_to_field(label, &parts), Some(element(&vector.element)), "{label} {parts:?}");
        elements.insert(vector.element.as_str());
    }
    assert_eq!(elements.len(), vectors.len(), "where one part ends and the next begins is hashed too");
}

#[test]
fn jubjub_generators_agree_with_the_second_implementation() {
    let vectors = vectors().hash_to_jubjub;
    let point = |label: &[u8]| {
        let vector = vectors.iter().find(|vector| vector.label.as_bytes() == label).expect("a vector of this label");
        vector.point.clone()
    };
    let encoded = |point| hex::encode(JubjubPoint::new(point).to_bytes());
    assert_eq!(encoded(*jubjub::value_base()), point(domain::JUBJUB_VALUE_BASE));
    assert_eq!(encoded(*jubjub::blinding_base()), point(domain::JUBJUB_BLINDING_BASE));
    for vector in &vectors {
        assert_eq!(encoded(jubjub::hash_to_jubjub(vector.label.as_bytes())), vector.point, "{}", vector.label);
    }
}

/// The files below a folder, by their paths from it.
fn files(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name);
        }
    }
}

#[test]
fn every_file_of_vectors_is_listed_with_what_checks_and_makes_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut there = BTreeSet::new();
    files(&root.join("tests/vectors"), "", &mut there);
    assert!(there.remove("README.md"));
    let page = fs::read_to_string(root.join("tests/vectors/README.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> =
        rows.skip(1).filter(|row| !row.starts_with("---")).map(|row| row.split(" | ").collect()).collect();
    let listed: BTreeSet<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(listed.len(), rows.len(), "no file is listed twice");
    assert_eq!(listed, there);
    for row in &rows {
        let [file, _, checks, made] = row[..] else { panic!("not a row of four cells: {row:?}") };
        for path in [checks, made].iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
            assert!(!path.contains('/') || root.join(path).exists(), "{file}: there is no {path}");
        }
    }
}

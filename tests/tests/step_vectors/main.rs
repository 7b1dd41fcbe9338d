//! The values of `tests/vectors/steps.json`, which `scripts/second_verifier/vectors.py` computed with no code of this workspace:
//! keys, hashes of the ceremony, logs, challenges, public inputs, signatures. They are compared, never written, from here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod board;
mod keys;
mod logs;
mod proofs;
mod record;

use std::{fs, path::PathBuf};

use ark_bls12_381::Fr;
use curve25519_dalek::scalar::Scalar;
use serde_json::Value;
use tabella_protocol::field;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

/// A part of a file of vectors.
fn part(name: &str, pointer: &str) -> Value {
    let content: Value = serde_json::from_str(&fs::read_to_string(file(name)).unwrap()).unwrap();
    content.pointer(pointer).unwrap_or_else(|| panic!("{name} has nothing at {pointer}")).clone()
}

fn step(section: &str) -> Value {
    part("steps.json", &format!("/{section}"))
}

fn hexed(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}

fn borshed(value: &impl borsh::BorshSerialize) -> String {
    hexed(borsh::to_vec(value).unwrap())
}

fn element(element: &Fr) -> String {
    hexed(field::to_bytes(element))
}

fn unhex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    unhex(value).try_into().unwrap()
}

fn read<T: borsh::BorshDeserialize>(value: &Value) -> T {
    borsh::from_slice(&unhex(value)).unwrap()
}

fn scalar(value: &Value) -> Scalar {
    Scalar::from_canonical_bytes(array(value)).unwrap()
}

//! A ledger that is made with the keys of ceremonies only.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::sync::Arc;

use tabella_ledger::{
    clock::SystemClock,
    node::{Ledger, NodeError},
};
use tabella_verifier::{
    groth16::{ParametersOrigin, VerifyingKey, VerifyingKeyFile, VerifyingKeys},
    log::Origin,
};

/// Keys as a ceremony could have made them: those for development with two points exchanged.
fn ceremony_keys() -> VerifyingKeys {
    let mut keys = VerifyingKeys::new();
    for file in VerifyingKeys::development().iter() {
        let mut bytes = file.key.as_bytes().to_vec();
        let inputs = bytes.len() - 96;
        let (last_but_one, last) = bytes[inputs..].split_at_mut(48);
        last_but_one.swap_with_slice(last);
        let key = VerifyingKey::from_bytes(file.key.shape(), &bytes).unwrap();
        keys.insert(VerifyingKeyFile { origin: ParametersOrigin::Ceremony, key }).unwrap();
    }
    keys
}

#[test]
fn ledger_in_production_mode_is_never_opened_with_a_development_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let name = Origin::new("production.example").unwrap();
    drop(Ledger::create(&path, name, ceremony_keys(), Arc::new(SystemClock)).unwrap());
    Ledger::open(&path, ceremony_keys(), Arc::new(SystemClock)).unwrap();
    let mut both = VerifyingKeys::development();
    for file in ceremony_keys().iter() {
        both.insert(file.clone()).unwrap();
    }
    for keys in [VerifyingKeys::development(), both] {
        let refused = Ledger::open(&path, keys, Arc::new(SystemClock)).unwrap_err();
        assert!(matches!(refused, NodeError::Production { .. }), "{refused}");
    }
}

#[test]
fn ledger_that_takes_development_keys_is_not_in_production_mode() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let name = Origin::new("trial.example").unwrap();
    let ledger = Ledger::create(&path, name, VerifyingKeys::development(), Arc::new(SystemClock)).unwrap();
    assert!(!ledger.store().is_for_production());
}

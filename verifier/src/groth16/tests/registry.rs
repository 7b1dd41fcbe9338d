use crate::groth16::{DevelopmentKey, RegistryError, VerifyingKeyFile, VerifyingKeyFileError, VerifyingKeys};

use super::*;
use crate::groth16::ParametersOrigin::{Ceremony, Development};

fn file(origin: crate::groth16::ParametersOrigin) -> VerifyingKeyFile {
    VerifyingKeyFile { origin, key: setup(Shape::Cast).key.clone() }
}

// Attack 26.
#[test]
fn development_key_is_refused_in_production() {
    let mut keys = VerifyingKeys::new();
    assert_eq!(keys.require_production(), Ok(()));
    keys.insert(file(Development)).unwrap();
    let id = setup(Shape::Cast).key.id();
    assert_eq!(keys.require_production(), Err(DevelopmentKey { shape: Shape::Cast, id }));
    assert_eq!(keys.origin(Shape::Cast, id), Some(Development));
    // Nor does it become one of a ceremony by being listed again.
    assert_eq!(keys.insert(file(Ceremony)), Err(RegistryError::TwoOrigins { shape: Shape::Cast, id }));
    keys.retire(Shape::Cast, id);
    keys.insert(file(Ceremony)).unwrap();
    assert_eq!(keys.require_production(), Ok(()));
}

#[test]
fn key_is_found_by_shape_and_id_until_it_is_retired() {
    let mut keys = VerifyingKeys::new();
    keys.insert(file(Ceremony)).unwrap();
    let key = &setup(Shape::Cast).key;
    assert_eq!(keys.key(Shape::Cast, key.id()), Some(key));
    assert_eq!(keys.key(Shape::Transfer, key.id()), None);
    assert!(keys.retire(Shape::Cast, key.id()).is_some());
    assert_eq!(keys.key(Shape::Cast, key.id()), None);
}

#[test]
fn key_file_reads_back_and_nothing_else_does() {
    let bytes = file(Development).to_bytes();
    assert_eq!(VerifyingKeyFile::from_bytes(&bytes), Ok(file(Development)));
    for index in 0..11 {
        let mut other = bytes.clone();
        other[index] ^= 0x40;
        assert_eq!(VerifyingKeyFile::from_bytes(&other), Err(VerifyingKeyFileError::Header), "byte {index}");
    }
    assert_eq!(VerifyingKeyFile::from_bytes(&bytes[..10]), Err(VerifyingKeyFileError::Header));
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(VerifyingKeyFile::from_bytes(&longer), Err(VerifyingKeyFileError::Key(_))));
}

// Attack 26.
#[test]
fn embedded_development_keys_say_what_they_are() {
    let keys = VerifyingKeys::development();
    for shape in Shape::ALL {
        let found: Vec<_> = keys.of_shape(shape).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(keys.origin(shape, found[0].id()), Some(Development));
    }
    assert!(keys.require_production().is_err());
}

#[test]
fn development_key_does_not_pass_for_that_of_a_ceremony() {
    for file in VerifyingKeys::development().iter() {
        let (shape, id) = (file.key.shape(), file.key.id());
        let mut relabelled = file.to_bytes();
        relabelled[9] = 1;
        let relabelled = VerifyingKeyFile::from_bytes(&relabelled).unwrap();
        assert_eq!(relabelled.origin, Ceremony);
        let mut keys = VerifyingKeys::new();
        assert_eq!(keys.insert(relabelled), Err(RegistryError::TwoOrigins { shape, id }));
        assert!(keys.is_empty());
    }
}

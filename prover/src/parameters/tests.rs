use std::{collections::BTreeMap, fs, sync::Mutex};

use crate::groth16::ProverOptions;

use super::{
    ParametersOrigin::{Ceremony, Development},
    *,
};

fn pin(shape: Shape) -> &'static ParametersPin {
    DEVELOPMENT.iter().find(|pin| pin.shape == shape).unwrap()
}

/// The bytes of the Cast parameters, from the cache that all tests share.
fn cast_bytes() -> Vec<u8> {
    let directory = default_directory().unwrap();
    cache::load_or_create(&directory, Development, pin(Shape::Cast), &mut |_| ()).unwrap();
    fs::read(file_path(&directory, Development, Shape::Cast)).unwrap()
}

fn load(directory: &Path, origin: ParametersOrigin) -> (Result<ParametersFile, ParametersError>, Vec<String>) {
    let mut steps = Vec::new();
    let mut progress = |step: Progress<'_>| {
        steps.push(match step {
            Progress::Loading(..) => "loading".into(),
            Progress::Corrupted(..) => "corrupted".into(),
            Progress::Generating(_) => "generating".into(),
            Progress::Saved(..) => "saved".into(),
        });
    };
    let loaded = cache::load_or_create(directory, origin, pin(Shape::Cast), &mut progress);
    (loaded, steps)
}

#[test]
fn every_shape_has_a_development_pin_and_no_ceremony_is_claimed() {
    assert!(Shape::ALL.iter().all(|shape| DEVELOPMENT.iter().filter(|pin| pin.shape == *shape).count() == 1));
    let directory = tempfile::tempdir().unwrap();
    let refused =
        Parameters::load_or_create(directory.path(), Ceremony, ProverOptions::default(), &mut |_| ()).unwrap_err();
    assert!(matches!(refused, ParametersError::NotPinned { origin: Ceremony, shape: Shape::Transfer }));
}

#[test]
fn damaged_development_file_is_reported_and_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = file_path(directory.path(), Development, Shape::Cast);
    let mut bytes = cast_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (loaded, steps) = load(directory.path(), Development);
    assert!(loaded.is_ok());
    assert_eq!(steps, ["loading", "corrupted", "generating", "saved"]);
    assert_eq!(fs::read(&path).unwrap(), cast_bytes());
    let (loaded, steps) = load(directory.path(), Development);
    assert!(loaded.is_ok());
    assert_eq!(steps, ["loading"]);
}

#[test]
fn damaged_or_missing_ceremony_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(load(directory.path(), Ceremony).0, Err(ParametersError::Missing { origin: Ceremony, .. })));
    let path = file_path(directory.path(), Ceremony, Shape::Cast);
    let mut damaged = cast_bytes();
    damaged.pop();
    fs::write(&path, &damaged).unwrap();
    let refused = load(directory.path(), Ceremony).0;
    assert!(matches!(refused, Err(ParametersError::Corrupted { error: FileError::Digest { .. }, .. })));
    assert_eq!(fs::read(&path).unwrap(), damaged);
    fs::File::create(&path).unwrap().set_len(file::MAX_FILE_BYTES + 1).unwrap();
    let refused = load(directory.path(), Ceremony).0;
    assert!(matches!(refused, Err(ParametersError::Corrupted { error: FileError::TooLarge, .. })));
}

// Attack 26: development parameters under the name, and even under the pinned hash, of a ceremony.
#[test]
fn development_parameters_do_not_pass_for_those_of_a_ceremony() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(file_path(directory.path(), Ceremony, Shape::Cast), cast_bytes()).unwrap();
    let wrong = FileError::Kind { origin: Development, shape: Shape::Cast };
    let refused = load(directory.path(), Ceremony).0;
    assert!(matches!(refused, Err(ParametersError::Corrupted { error, .. }) if error == wrong));
    let refused = prover_from_bytes(Ceremony, pin(Shape::Cast), cast_bytes());
    assert!(matches!(refused, Err(ParametersError::Download { error, .. }) if error == wrong));
}

#[test]
fn file_of_another_shape_is_refused() {
    let pin = ParametersPin { shape: Shape::Transfer, ..*pin(Shape::Cast) };
    let refused = prover_from_bytes(Development, &pin, cast_bytes());
    let wrong = FileError::Kind { origin: Development, shape: Shape::Cast };
    assert!(matches!(refused, Err(ParametersError::Download { error, .. }) if error == wrong));
}

#[test]
fn pinned_bytes_that_are_no_parameters_are_refused() {
    let read = |bytes: &[u8]| ParametersFile::from_pinned_bytes(bytes, ParametersDigest::of(bytes)).unwrap_err();
    let bytes = cast_bytes();
    assert_eq!(read(b"short"), FileError::Header);
    assert_eq!(read(&[b"TabellaQ", &bytes[8..]].concat()), FileError::Header);
    assert_eq!(read(&bytes[..bytes.len() - 1]), FileError::Key);
    assert_eq!(read(&[&bytes[..], &[0]].concat()), FileError::Key);
}

#[test]
fn other_pins_than_those_of_the_setup_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let other = ParametersPin { file: ParametersDigest([7; 32]), ..*pin(Shape::Cast) };
    let refused = cache::load_or_create(directory.path(), Development, &other, &mut |_| ());
    assert!(matches!(refused, Err(ParametersError::NotReproduced { shape: Shape::Cast, .. })));
    let other = ParametersPin { verifying_key: VerifyingKeyId([7; 32]), ..*pin(Shape::Cast) };
    let refused = prover_from_bytes(Development, &other, cast_bytes());
    assert!(matches!(refused, Err(ParametersError::OtherVerifyingKey { shape: Shape::Cast, .. })));
}

#[test]
fn parameters_are_made_once_for_all_who_wait() {
    let directory = tempfile::tempdir().unwrap();
    let generated = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut progress = |step: Progress<'_>| {
                    if matches!(step, Progress::Generating(_)) {
                        *generated.lock().unwrap() += 1;
                    }
                };
                cache::load_or_create(directory.path(), Development, pin(Shape::Cast), &mut progress).unwrap();
            });
        }
    });
    assert_eq!(generated.into_inner().unwrap(), 1);
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the lock and one file: {names:?}");
}

#[test]
fn cache_directory_follows_the_environment() {
    let directory = |variables: &[(&str, &str)]| {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        cache::directory_from(|name| variables.get(name).map(Into::into)).ok()
    };
    let home = ("HOME", "/home/ann");
    assert_eq!(directory(&[home]), Some("/home/ann/.cache/tabella/parameters".into()));
    assert_eq!(directory(&[home, ("XDG_CACHE_HOME", "/c")]), Some("/c/tabella/parameters".into()));
    assert_eq!(directory(&[home, ("TABELLA_CACHE", "/t"), ("XDG_CACHE_HOME", "/c")]), Some("/t/parameters".into()));
    assert_eq!(directory(&[("TABELLA_CACHE", "relative")]), None);
    assert_eq!(directory(&[]), None);
}

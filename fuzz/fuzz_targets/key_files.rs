//! What everybody keeps for themselves. Key files: the age file around them, the head within, and the secrets; what a trustee notes
//! down beside the key; parameters of the proof system; what a lock remembers. What is read, is written as the same bytes.
//! Nothing panics.

#![no_main]

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::LazyLock,
};

use borsh::{BorshDeserialize, BorshSerialize};
use libfuzzer_sys::fuzz_target;
use rand_core::OsRng;
use tabella_access_lock::{Config, Device};
use tabella_election::{
    keys::{AuthorityKey, StoredCeremony},
    trustee::TallyJournal,
};
use tabella_energy::meter::MeterKey;
use tabella_protocol::{hash::blake2b_256, statement::Shape};
use tabella_prover::{
    account::AccountBook,
    custody::{CustodyKey, ceremony, signing},
    keyfile::{self, KeyFileContent, KeyFileError, Passphrase, WalletKey},
    parameters::{ImportedCeremony, ParametersDigest, ParametersFile, pinned_matrices},
    trustee::{TrusteeIdentity, TrusteeKey},
    wallet::Wallet,
};

fn canonical<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) {
    if let Ok(value) = borsh::from_slice::<T>(bytes) {
        assert_eq!(borsh::to_vec(&value).expect("writing to memory"), bytes, "a second encoding was accepted");
    }
}

/// The plaintext of a key file that holds the bytes.
fn within<T: KeyFileContent>(bytes: &[u8]) {
    let head = [b"TABELLA KEY FILE\x01".as_slice(), &borsh::to_vec(T::KIND).expect("writing to memory")].concat();
    let length = u32::try_from(bytes.len()).expect("the input is short").to_le_bytes();
    let read = keyfile::parse::<T>(&[&head, length.as_slice(), bytes].concat());
    assert_eq!(read.is_ok(), borsh::from_slice::<T>(bytes).is_ok());
    canonical::<T>(bytes);
}

/// Whether an age file asks for work that would take long; that this is refused above a limit, a test shows.
fn is_expensive(bytes: &[u8]) -> bool {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"-> scrypt"))
        .filter_map(|line| std::str::from_utf8(line).ok()?.split_whitespace().last()?.parse::<u64>().ok())
        .any(|work| work > 6)
}

/// A folder of this process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("tabella-fuzz-{}", process::id()));
    // What an earlier process of this number has left.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder
});

/// The folder of a lock.
static LOCK: LazyLock<PathBuf> = LazyLock::new(|| {
    let ledger = "vectors.example+9b94ef5c+Af0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY".to_owned();
    let folder = FOLDER.join("lock");
    let config = Config { ledger, owner: [2; 32], max_age: 600, reopens: true };
    Device::create(&folder, config, &mut OsRng).expect("a lock");
    folder
});

/// The memory of a lock that holds the bytes, their checksum right: what the lock knows by it, it can show.
fn remembered(bytes: &[u8]) {
    let checksum = blake2b_256(b"Access_LockState", &[bytes]);
    let memory = [b"tabella lock 1\n\0".as_slice(), &checksum, bytes].concat();
    fs::write(LOCK.join("memory"), memory).expect("a temporary file");
    if let Ok(device) = Device::load(&LOCK) {
        let _ = device.status();
    }
}

/// A parameters file. Its points are not checked, and a point at infinity has more than one encoding.
fn parameters(bytes: &[u8]) {
    if let Ok(file) = ParametersFile::from_pinned_bytes(bytes, ParametersDigest::of(bytes)) {
        let written = file.to_bytes();
        let again = ParametersFile::from_pinned_bytes(&written, ParametersDigest::of(&written));
        assert!(again.is_ok_and(|again| again.to_bytes() == written), "what was written does not read");
    }
}

/// The pins of a ceremony's parameters, whose keys are not there.
fn pins(bytes: &[u8]) {
    let digest = |shape| pinned_matrices(shape).get(..8).expect("a digest is longer");
    let name = format!("ceremony-{}-{}.pins", digest(Shape::Transfer), digest(Shape::Cast));
    fs::write(FOLDER.join(name), bytes).expect("a temporary file");
    let directory: &Path = &FOLDER;
    if let Ok(found) = ImportedCeremony::find(directory) {
        let found = found.expect("the file is there");
        assert!(found.verifying_keys(directory).is_err(), "there are no keys");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 16 {
        0 => within::<WalletKey>(bytes),
        1 => within::<AuthorityKey>(bytes),
        2 => within::<StoredCeremony>(bytes),
        3 => within::<TrusteeIdentity>(bytes),
        4 => within::<TrusteeKey>(bytes),
        5 => canonical::<Wallet>(bytes),
        6 => canonical::<AccountBook>(bytes),
        7 => canonical::<TallyJournal>(bytes),
        8 => within::<CustodyKey>(bytes),
        9 => within::<ceremony::Stored>(bytes),
        10 => within::<signing::Session>(bytes),
        11 => within::<MeterKey>(bytes),
        12 => remembered(bytes),
        13 => {
            let head = [b"TabellaP\x01\0\x01".as_slice(), &[7; 32]].concat();
            parameters(bytes);
            parameters(&[head.as_slice(), bytes].concat());
        }
        14 => {
            pins(bytes);
            pins(&[b"TabellaI\x01".as_slice(), bytes].concat());
        }
        _ => {
            let _ = keyfile::parse::<WalletKey>(bytes);
            let head = b"age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 2\nZV/AhotwSGqaPCU43cepl4WYUouAa17a3xpu4G2yi5k\n";
            for bytes in [bytes, &[head.as_slice(), bytes].concat()] {
                if !is_expensive(bytes) {
                    let opened = keyfile::open::<WalletKey>(bytes, &Passphrase::new("fuzz".to_owned()));
                    assert!(!matches!(opened, Ok(_) | Err(KeyFileError::Encrypt(_))), "opened without the key");
                }
            }
        }
    }
});

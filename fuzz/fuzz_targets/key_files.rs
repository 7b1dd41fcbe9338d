//! Key files: the age file around them, the head within, and the secrets; and what a trustee notes down beside the key. What
//! is read, is written as the same bytes. Nothing panics.

#![no_main]

use borsh::{BorshDeserialize, BorshSerialize};
use libfuzzer_sys::fuzz_target;
use tabella_election::{
    keys::{AuthorityKey, StoredCeremony},
    trustee::TallyJournal,
};
use tabella_prover::{
    account::AccountBook,
    keyfile::{self, KeyFileContent, KeyFileError, Passphrase, WalletKey},
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

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 9 {
        0 => within::<WalletKey>(bytes),
        1 => within::<AuthorityKey>(bytes),
        2 => within::<StoredCeremony>(bytes),
        3 => within::<TrusteeIdentity>(bytes),
        4 => within::<TrusteeKey>(bytes),
        5 => canonical::<Wallet>(bytes),
        6 => canonical::<AccountBook>(bytes),
        7 => canonical::<TallyJournal>(bytes),
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

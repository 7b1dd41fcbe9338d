//! Attack 38: a trustee who can never decrypt, found out at the end.
//!
//! IACR 2025: three trustees of three, one lost its key, and the election was void. Basel 2026: the keys on the sticks
//! would not open when the votes were to be counted. Here a threshold below n survives the first, and the rehearsal
//! finds both before the election opens.

use tabella_prover::{
    keyfile::{self, KeyFileError, Passphrase, WorkFactor},
    trustee::{TrusteeIdentity, TrusteeKey},
};
use tabella_verifier::decryption::{CombineError, RehearsalError, combine, verify_canaries};

use crate::{
    decryption::{decrypt, encrypt, verified},
    parties::{ELECTION, LEDGER, Table, culprit, rng},
};

const FAST: WorkFactor = WorkFactor::INSECURE_FAST;

#[test]
fn losing_spare_trustees_loses_nothing_and_one_more_is_said_plainly() {
    for (threshold, count) in [(2, 3), (3, 5)] {
        let table = Table::new(threshold, count, 50);
        let (keys, _, outcome) = table.run(51);
        let spare = usize::from(table.setup.spare());
        let ciphertexts = encrypt(outcome.key(), &[12, 30]);
        let left: Vec<_> = keys[spare..].iter().map(|key| decrypt(key, &ciphertexts)).collect();
        let left = verified(&outcome, &ciphertexts, &left).unwrap();
        combine(&outcome, &left).unwrap().check_totals(&[12, 30]).unwrap();
        let found = threshold - 1;
        assert_eq!(combine(&outcome, &left[1..]).unwrap_err(), CombineError::TooFew { found, threshold });
    }
}

#[test]
fn iacr_2025_a_lost_key_voids_n_of_n_but_not_t_of_n_and_the_rehearsal_finds_it_before_opening() {
    // Three of three, and Bea's key is gone.
    let table = Table::new(3, 3, 52);
    assert_eq!(table.setup.spare(), 0);
    let (keys, _, outcome) = table.run(53);
    let rehearsed: Vec<_> = [&keys[0], &keys[2]]
        .map(|key| key.rehearse(LEDGER, &ELECTION, outcome.key(), &mut rng(1)).unwrap())
        .into_iter()
        .collect();
    let opening = verify_canaries(LEDGER, &ELECTION, &outcome, &rehearsed, &mut rng(2));
    assert_eq!(opening, Err(RehearsalError::Missing(vec![culprit(2)])));
    let ciphertexts = encrypt(outcome.key(), &[1]);
    let partials = [decrypt(&keys[0], &ciphertexts), decrypt(&keys[2], &ciphertexts)];
    let partials = verified(&outcome, &ciphertexts, &partials).unwrap();
    assert_eq!(combine(&outcome, &partials).unwrap_err(), CombineError::TooFew { found: 2, threshold: 3 });

    // Two of three: lost after the opening, it does no harm.
    let (keys, _, outcome) = Table::new(2, 3, 54).run(55);
    let ciphertexts = encrypt(outcome.key(), &[1]);
    let partials = [decrypt(&keys[0], &ciphertexts), decrypt(&keys[2], &ciphertexts)];
    let partials = verified(&outcome, &ciphertexts, &partials).unwrap();
    combine(&outcome, &partials).unwrap().check_totals(&[1]).unwrap();
}

#[test]
fn basel_2026_keys_that_do_not_open_are_found_in_the_rehearsal_and_restored_from_a_copy() {
    let (keys, record, outcome) = Table::new(2, 3, 56).run(57);
    let folder = tempfile::tempdir().unwrap();
    let passphrases: Vec<_> = (0..3).map(|i| Passphrase::new(format!("secret {i}"))).collect();
    let stick = |i: usize| folder.path().join(format!("trustee-{i}.key"));
    for (i, key) in keys.iter().enumerate() {
        keyfile::create(&stick(i), key, &passphrases[i], FAST).unwrap();
    }
    let copy = folder.path().join("copy-1.key");
    std::fs::copy(stick(1), &copy).unwrap();

    // Stick 1 is damaged, and trustee 2 writes down the wrong code: both are told apart, neither takes part.
    let mut bytes = std::fs::read(stick(1)).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x40;
    std::fs::write(stick(1), bytes).unwrap();
    let damaged = keyfile::read::<TrusteeKey>(&stick(1), &passphrases[1]).unwrap_err();
    assert!(matches!(damaged, KeyFileError::Damaged(_)));
    let wrong = keyfile::read::<TrusteeKey>(&stick(2), &Passphrase::new("secret 3".to_owned())).unwrap_err();
    assert!(matches!(wrong, KeyFileError::WrongPassphrase));
    let kind = keyfile::read::<TrusteeIdentity>(&stick(0), &passphrases[0]).unwrap_err();
    assert!(matches!(kind, KeyFileError::WrongKind { expected: "trustee identity", .. }));

    let rehearse = |path: &std::path::Path, i: usize| {
        let key: TrusteeKey = keyfile::read(path, &passphrases[i]).unwrap();
        key.check_record(&record).unwrap();
        key.rehearse(LEDGER, &ELECTION, outcome.key(), &mut rng(3)).unwrap()
    };
    let first = rehearse(&stick(0), 0);
    let opening = verify_canaries(LEDGER, &ELECTION, &outcome, &[first], &mut rng(4));
    assert_eq!(opening, Err(RehearsalError::Missing(vec![culprit(2), culprit(3)])));

    // The copy is a backup: it is tried by decrypting the canary, and then the election may open.
    let all = [first, rehearse(&copy, 1), rehearse(&stick(2), 2)];
    assert_eq!(verify_canaries(LEDGER, &ELECTION, &outcome, &all, &mut rng(5)), Ok(()));
    let restored: TrusteeKey = keyfile::read(&copy, &passphrases[1]).unwrap();
    let ciphertexts = encrypt(outcome.key(), &[9]);
    let partials = [decrypt(&keys[0], &ciphertexts), decrypt(&restored, &ciphertexts)];
    let partials = verified(&outcome, &ciphertexts, &partials).unwrap();
    combine(&outcome, &partials).unwrap().check_totals(&[9]).unwrap();
}

#[test]
fn key_whose_share_does_not_fit_is_not_even_read() {
    let (keys, ..) = Table::new(2, 3, 58).run(59);
    let mut bytes = borsh::to_vec(&keys[0]).unwrap();
    let at = bytes.len() - 32;
    bytes[at] ^= 1;
    assert!(borsh::from_slice::<TrusteeKey>(&bytes).is_err());
    bytes[at] ^= 1;
    assert!(borsh::from_slice::<TrusteeKey>(&bytes).is_ok());
    bytes.push(0);
    assert!(borsh::from_slice::<TrusteeKey>(&bytes).is_err());
}

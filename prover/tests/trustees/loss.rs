//! Attack 38: a trustee who can never decrypt, found out at the end.
//!
//! IACR 2025: three trustees of three, one lost its key, and the election was void. Basel 2026: the keys on the sticks
//! would not open when 2,048 votes were to be counted. Here a threshold below n survives the first, a copy of one key the
//! second, and the rehearsal finds both before the election opens.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tabella_protocol::{
    ballot::{BallotBody, QuestionRule},
    elgamal::{Ciphertext, ElectionKey},
    ristretto::Element,
};
use tabella_prover::{
    ballot,
    keyfile::{self, KeyFileError, Passphrase, WorkFactor},
    tally::{DiscreteLogTable, NoSuchResult},
    trustee::{TrusteeIdentity, TrusteeKey},
};
use tabella_verifier::{
    ceremony::CeremonyOutcome,
    decryption::{CombineError, DecryptionError, RehearsalError, combine, verify_canaries},
};
use tempfile::TempDir;

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

/// Options of the one question of an election; each voter chooses one of them.
const OPTIONS: usize = 3;

/// An election: the sums of its encrypted ballots, and the plain count.
struct Votes {
    sums: Vec<Ciphertext>,
    counted: [u64; OPTIONS],
}

impl Votes {
    /// Each voter's ballot is encrypted by itself: 1 for the option that is chosen, 0 for each other one.
    fn cast(key: &ElectionKey, voters: usize) -> Self {
        let rules = [QuestionRule::one_of(OPTIONS as u16).unwrap()];
        let mut rng = rng(99);
        let mut counted = [0; OPTIONS];
        let mut ballots = Vec::new();
        for voter in 0..voters {
            let choice = [0, 1, 0, 2, 0, 1, 0, 1, 0, 2, 1][voter % 11];
            counted[choice] += 1;
            let points: Vec<u16> = (0..OPTIONS).map(|option| u16::from(option == choice)).collect();
            ballots.push(ballot::encrypt(&rules, key, None, &[points], &mut rng).unwrap().0);
        }
        let sum = |option| ballots.iter().map(|ballot: &BallotBody| ballot.questions()[0][option]).sum();
        assert_eq!((ballots.len(), counted.iter().sum::<u64>()), (voters, voters as u64));
        Self { sums: (0..OPTIONS).map(sum).collect(), counted }
    }

    /// The totals, found by these trustees together and by nothing else.
    fn totals(&self, outcome: &CeremonyOutcome, keys: &[&TrusteeKey]) -> Result<Vec<u64>, CombineError> {
        let partials: Vec<_> = keys.iter().map(|key| decrypt(key, &self.sums)).collect();
        let decryption = combine(outcome, &verified(outcome, &self.sums, &partials).unwrap())?;
        Ok(DiscreteLogTable::new(self.counted.iter().sum()).unwrap().solve_all(&decryption.messages()).unwrap())
    }

    /// Takes one trustee's shares for the whole key, and looks for totals in what is left.
    fn totals_of_one_share(&self, key: &TrusteeKey) -> Result<Vec<u64>, NoSuchResult> {
        let shares = decrypt(key, &self.sums).shares;
        let opened: Vec<Element> =
            self.sums.iter().zip(&shares).map(|(sum, share)| Element::new(sum.c2.point() - share.point())).collect();
        DiscreteLogTable::new(self.counted.iter().sum()).unwrap().solve_all(&opened)
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
    // Had it opened all the same, the votes would be void.
    let votes = Votes::cast(outcome.key(), 40);
    let refused = votes.totals(&outcome, &[&keys[0], &keys[2]]).unwrap_err();
    assert_eq!(refused, CombineError::TooFew { found: 2, threshold: 3 });

    // Two of three: lost after the opening, it does no harm.
    let (keys, _, outcome) = Table::new(2, 3, 54).run(55);
    let votes = Votes::cast(outcome.key(), 40);
    assert_eq!(votes.totals(&outcome, &[&keys[0], &keys[2]]).unwrap(), votes.counted);
    assert_eq!(votes.counted, [19, 14, 7]);
}

/// The key files of three trustees, each on a stick of its own, and one copy of the second.
struct Sticks {
    folder: TempDir,
}

impl Sticks {
    fn write(keys: &[TrusteeKey]) -> Self {
        let sticks = Self { folder: tempfile::tempdir().unwrap() };
        for (i, key) in keys.iter().enumerate() {
            keyfile::create(&sticks.stick(i), key, &passphrase(i), FAST).unwrap();
        }
        fs::copy(sticks.stick(1), sticks.copy()).unwrap();
        sticks
    }

    fn stick(&self, i: usize) -> PathBuf {
        self.folder.path().join(format!("trustee-{i}.key"))
    }

    fn copy(&self) -> PathBuf {
        self.folder.path().join("copy-1.key")
    }

    /// Stick 1 is damaged, and trustee 2 wrote down the wrong code: both are told apart, and no key comes of either.
    fn lose_two(&self) {
        let mut bytes = fs::read(self.stick(1)).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 0x40;
        fs::write(self.stick(1), bytes).unwrap();
        let damaged = keyfile::read::<TrusteeKey>(&self.stick(1), &passphrase(1)).unwrap_err();
        assert!(matches!(damaged, KeyFileError::Damaged(_)));
        let wrong = keyfile::read::<TrusteeKey>(&self.stick(2), &passphrase(3)).unwrap_err();
        assert!(matches!(wrong, KeyFileError::WrongPassphrase));
    }
}

fn read(path: &Path, i: usize) -> TrusteeKey {
    keyfile::read(path, &passphrase(i)).unwrap()
}

fn passphrase(i: usize) -> Passphrase {
    Passphrase::new(format!("secret {i}"))
}

#[test]
fn basel_2026_keys_that_do_not_open_are_found_in_the_rehearsal_and_restored_from_a_copy() {
    let (keys, record, outcome) = Table::new(2, 3, 56).run(57);
    let sticks = Sticks::write(&keys);
    sticks.lose_two();
    let kind = keyfile::read::<TrusteeIdentity>(&sticks.stick(0), &passphrase(0)).unwrap_err();
    assert!(matches!(kind, KeyFileError::WrongKind { expected: "trustee identity", .. }));

    let rehearse = |path: &Path, i: usize| {
        let key = read(path, i);
        key.check_record(&record).unwrap();
        key.rehearse(LEDGER, &ELECTION, outcome.key(), &mut rng(3)).unwrap()
    };
    let first = rehearse(&sticks.stick(0), 0);
    let opening = verify_canaries(LEDGER, &ELECTION, &outcome, &[first], &mut rng(4));
    assert_eq!(opening, Err(RehearsalError::Missing(vec![culprit(2), culprit(3)])));

    // The copy is a backup: it is tried by decrypting the canary, and then the election may open.
    let all = [first, rehearse(&sticks.copy(), 1), rehearse(&sticks.stick(2), 2)];
    assert_eq!(verify_canaries(LEDGER, &ELECTION, &outcome, &all, &mut rng(5)), Ok(()));
}

#[test]
fn basel_2026_votes_of_2048_voters_stay_closed_while_two_of_three_keys_are_lost_and_one_copy_counts_them() {
    let table = Table::new(2, 3, 60);
    assert_eq!(table.setup.spare(), 1);
    let (keys, _, outcome) = table.run(61);
    let sticks = Sticks::write(&keys);
    drop(keys);
    let votes = Votes::cast(outcome.key(), 2_048);

    // One more key is lost than may be. Nothing comes of the third but the refusal, whoever takes its share for the whole.
    sticks.lose_two();
    let left = read(&sticks.stick(0), 0);
    let refused = votes.totals(&outcome, &[&left]).unwrap_err();
    assert_eq!(refused, CombineError::TooFew { found: 1, threshold: 2 });
    assert_eq!(refused.to_string(), "decryptions by trustees: 1; needed: 2, so 1 more");
    let [one, again] = [&left, &left].map(|key| decrypt(key, &votes.sums));
    let twice = verified(&outcome, &votes.sums, &[one, again]).unwrap_err();
    assert_eq!(twice, DecryptionError::Duplicate(culprit(1)));
    assert_eq!(votes.totals_of_one_share(&left), Err(NoSuchResult { index: 0, bound: 2_048 }));

    // With the copy it is two of three again: all votes are counted, as they were cast.
    let restored = read(&sticks.copy(), 1);
    assert_eq!(votes.totals(&outcome, &[&left, &restored]).unwrap(), votes.counted);
    assert_eq!(votes.counted, [931, 745, 372]);
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

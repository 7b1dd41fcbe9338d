//! A trustee's part of the tally: replays the record, recomputes what is to be decrypted, and decrypts that and nothing else.
//!
//! It decrypts one tally under a key, ever. An authority and a ledger that work together can close the same election
//! twice, the second time without one voter's ballot: each record verifies, and the difference of the two results is
//! that vote. A [`TallyJournal`] remembers what was decrypted; the trustee keeps it beside the key. Where the threshold
//! is more than half of the trustees, two tallies then need a trustee who is dishonest.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::QuestionRule,
    decryption::{DecryptionContext, PartialDecryption},
    domain::personal,
    election::{ElectionId, Results},
    elgamal::Ciphertext,
    hash::blake2b_256,
    note::Timestamp,
};
use tabella_prover::{
    tally::DiscreteLogTable,
    trustee::{DecryptError, TrusteeKey},
};
use tabella_verifier::{
    decryption::{CombineError, DecryptionError, combine, verify_partials},
    election::{ElectionPool, Stage},
    groth16::VerifyingKeys,
    record::{Progress, verify_record},
    report::{CheckId, Report},
};
use thiserror::Error;

/// Why a trustee does not decrypt.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// The record is not valid.
    #[error("this trustee decrypts nothing of a record that does not verify: {}", .0.first_failure().map_or_else(String::new, |check| format!("{} ({})", check.detail, check.id)))]
    Record(Box<Report>),
    /// The record is of another election.
    #[error("the record is of election {found}, not of {expected}")]
    OtherElection {
        /// The one that the trustee expects.
        expected: ElectionId,
        /// The record's.
        found: ElectionId,
    },
    /// The record says that the election is closed, and it cannot be yet.
    #[error(
        "the election takes ballots until {closes} (seconds since 1970), and this computer's clock shows {now}: the times of the record are false"
    )]
    TooEarly {
        /// When it closes.
        closes: u64,
        /// What the trustee's clock shows.
        now: u64,
    },
    /// The election is not closed, or its result is out.
    #[error("the election is not between its closing and its result")]
    Stage,
    /// Too few ballots for a result that does not reveal single votes.
    #[error(
        "the manifest publishes no result of fewer than {smallest} ballots, and the number that count is {counted}"
    )]
    SmallGroup {
        /// Ballots that count.
        counted: u64,
        /// The manifest's minimum.
        smallest: u64,
    },
    /// Another tally was decrypted under this key before.
    #[error(
        "this trustee has decrypted another tally under this key: two results that differ by one ballot show that ballot"
    )]
    SecondTally,
    /// The share is of another ceremony.
    #[error(transparent)]
    Share(#[from] DecryptError),
}

/// What a trustee has decrypted: for each joint key, the hash of the one tally. Encoding: borsh. Write it to the disk
/// **before** publishing a partial decryption, and never go back to an older copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TallyJournal(BTreeMap<[u8; 32], [u8; 32]>);

impl TallyJournal {
    /// A trustee who has decrypted nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a tally down; noting the same one again changes nothing.
    ///
    /// # Errors
    /// [`TrusteeError::SecondTally`] if another one is noted for its key.
    fn admit(&mut self, context: &DecryptionContext, ciphertexts: &[Ciphertext]) -> Result<(), TrusteeError> {
        let list = borsh::to_vec(ciphertexts).expect("writing to memory");
        let tally = blake2b_256(personal::TALLY, &[context.ledger.as_bytes(), &context.election, &list]);
        let noted = self.0.entry(*context.key.element().as_bytes()).or_insert(tally);
        if *noted == tally { Ok(()) } else { Err(TrusteeError::SecondTally) }
    }
}

/// Decrypts the totals of a closed election from its record, after verifying it whole.
///
/// `now` is the time of the trustee's own clock: the times in a record are the ledger's word, and a ledger and an authority
/// who together date a close ahead would have a result before the close.
///
/// # Errors
/// [`TrusteeError`] tells why nothing was decrypted.
#[expect(clippy::too_many_arguments, reason = "one more than seven, and none belongs to another")]
pub fn decrypt_tally(
    key: &TrusteeKey,
    journal: &mut TallyJournal,
    expected: ElectionId,
    record: &[u8],
    accepted: &VerifyingKeys,
    now: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
    progress: impl FnMut(Progress),
) -> Result<PartialDecryption, TrusteeError> {
    let verification = verify_record(record, accepted, rng, progress);
    let election = verification.election.filter(|_| verification.report.holds_but_for(CheckId::TallyResult));
    let Some(election) = election else { return Err(TrusteeError::Record(Box::new(verification.report))) };
    let closes = election.pool.manifest().closes;
    if now < closes {
        return Err(TrusteeError::TooEarly { closes: closes.seconds(), now: now.seconds() });
    }
    decrypt_pool(key, journal, expected, &election.pool, rng)
}

/// Decrypts the totals of a closed election whose record was verified.
///
/// # Errors
/// [`TrusteeError`] tells why nothing was decrypted.
pub fn decrypt_pool(
    key: &TrusteeKey,
    journal: &mut TallyJournal,
    expected: ElectionId,
    pool: &ElectionPool,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<PartialDecryption, TrusteeError> {
    if pool.id() != expected {
        return Err(TrusteeError::OtherElection { expected, found: pool.id() });
    }
    if *pool.stage() != Stage::Closed {
        return Err(TrusteeError::Stage);
    }
    let (counted, smallest) = (pool.counted(), pool.manifest().rules.smallest_group);
    if counted < smallest {
        return Err(TrusteeError::SmallGroup { counted, smallest });
    }
    let (context, ciphertexts) = pool.tally_statement();
    journal.admit(&context, &ciphertexts)?;
    Ok(key.decrypt_tally(context.ledger, &context.election, &context.key, &ciphertexts, rng)?)
}

/// Why partial decryptions give no result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResultError {
    /// A partial decryption is wrong.
    #[error(transparent)]
    Decryption(#[from] DecryptionError),
    /// Too few.
    #[error(transparent)]
    Combine(#[from] CombineError),
    /// A total is greater than all weights with all points, which no valid election gives.
    #[error("a total is greater than the sum of all weights with the most points")]
    Total,
}

/// Combines partial decryptions to the result: for each question with points the weight, times points, of each option; for
/// each ranked question the rankings and their count.
///
/// # Errors
/// [`ResultError`] names the trustee.
pub fn combine_result(
    pool: &ElectionPool,
    partials: &[PartialDecryption],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Results, ResultError> {
    let (context, ciphertexts) = pool.tally_statement();
    let verified = verify_partials(&context, pool.trustees(), &ciphertexts, partials, rng)?;
    let rules = pool.question_rules();
    let options = rules.iter().map(|rule| usize::from(rule.options())).sum();
    let (sums, shared) = combine(pool.trustees(), &verified)?.split_at(options);
    let most = rules.iter().map(QuestionRule::most).max().unwrap_or(1);
    let bound = pool.total_weight().saturating_mul(u64::from(most));
    let table = DiscreteLogTable::new(bound).map_err(|_| ResultError::Total)?;
    let mut totals = table.solve_all(&sums.messages()).map_err(|_| ResultError::Total)?.into_iter();
    let totals = rules.iter().map(|rule| totals.by_ref().take(usize::from(rule.options())).collect()).collect();
    Ok(Results { totals, rankings: pool.open_rankings(&shared) })
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
    use tabella_protocol::{decryption::Purpose, elgamal::ElectionKey, transaction::LedgerId};

    use super::*;

    fn context(election: u8, key: u64) -> DecryptionContext {
        let key = ElectionKey::new((&Scalar::from(key) * RISTRETTO_BASEPOINT_TABLE).into()).expect("not the identity");
        DecryptionContext { ledger: LedgerId([1; 32]), election: [election; 32], purpose: Purpose::Tally, key }
    }

    fn sums(value: u64) -> Vec<Ciphertext> {
        vec![Ciphertext::encrypt(&context(1, 5).key, &Scalar::from(value), &Scalar::from(7_u64))]
    }

    // The second record lacks one voter's ballot, or is of another election under the same key.
    #[test]
    fn second_tally_under_one_key_is_refused() {
        let mut journal = TallyJournal::new();
        journal.admit(&context(1, 5), &sums(10)).expect("the first");
        journal.admit(&context(1, 5), &sums(10)).expect("the same again");
        for (context, sums) in [(context(1, 5), sums(9)), (context(2, 5), sums(10))] {
            assert!(matches!(journal.admit(&context, &sums), Err(TrusteeError::SecondTally)));
        }
        // A refusal forgets nothing, and the journal survives its encoding.
        let bytes = borsh::to_vec(&journal).expect("writing to memory");
        let mut journal: TallyJournal = borsh::from_slice(&bytes).expect("canonical");
        assert!(matches!(journal.admit(&context(1, 5), &sums(9)), Err(TrusteeError::SecondTally)));
        journal.admit(&context(1, 5), &sums(10)).expect("the same again");
        journal.admit(&context(2, 6), &sums(3)).expect("another key");
    }

    #[test]
    fn noted_tally_is_that_of_the_second_implementation() {
        let read = |name: &str| -> serde_json::Value {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/").to_owned() + name;
            serde_json::from_str(&std::fs::read_to_string(file).expect("the file is there")).expect("JSON")
        };
        let (given, pinned) = (read("domains.json"), read("steps.json"));
        let given =
            |name: &str| hex::decode(given["proof::DECRYPTION"][name].as_str().expect("text")).expect("hexadecimal");
        let context = DecryptionContext {
            ledger: LedgerId(given("ledger").try_into().expect("32 bytes")),
            election: given("election").try_into().expect("32 bytes"),
            purpose: Purpose::Tally,
            key: borsh::from_slice(&given("key")).expect("a key"),
        };
        let ciphertexts: [Ciphertext; 2] = borsh::from_slice(&given("ciphertexts")).expect("two ciphertexts");
        let mut journal = TallyJournal::new();
        journal.admit(&context, &ciphertexts).expect("the first");
        let noted = journal.0.get(context.key.element().as_bytes()).expect("noted under its key");
        assert_eq!(hex::encode(noted), pinned["tally note"]["hash"]);
    }

    // Of two tallies noted for one key, a decoder that keeps the last would forget the first.
    #[test]
    fn journal_with_a_key_twice_or_out_of_order_is_refused() {
        let journal =
            |keys: [u8; 2]| borsh::to_vec(keys.map(|key| ([key; 32], [key; 32])).as_slice()).expect("in memory");
        assert!(borsh::from_slice::<TallyJournal>(&journal([1, 2])).is_ok());
        for keys in [[1, 1], [2, 1]] {
            assert!(borsh::from_slice::<TallyJournal>(&journal(keys)).is_err(), "{keys:?}");
        }
    }
}

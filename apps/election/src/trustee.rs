//! A trustee's part of the tally: replays the record, recomputes what is to be decrypted, and decrypts that and nothing else.

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{decryption::PartialDecryption, election::ElectionId, note::Timestamp};
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
    #[error("{counted} ballots count, and the manifest publishes no result below {smallest}")]
    SmallGroup {
        /// Ballots that count.
        counted: u64,
        /// The manifest's minimum.
        smallest: u64,
    },
    /// The share is of another ceremony.
    #[error(transparent)]
    Share(#[from] DecryptError),
}

/// Decrypts the totals of a closed election from its record, after verifying it whole.
///
/// `now` is the time of the trustee's own clock: the times in a record are the ledger's word, and a ledger and an authority
/// who together date a close ahead would have a result before the close.
///
/// # Errors
/// [`TrusteeError`] tells why nothing was decrypted.
pub fn decrypt_tally(
    key: &TrusteeKey,
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
    decrypt_pool(key, expected, &election.pool, rng)
}

/// Decrypts the totals of a closed election whose record was verified.
///
/// # Errors
/// [`TrusteeError`] tells why nothing was decrypted.
pub fn decrypt_pool(
    key: &TrusteeKey,
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
    /// A total is greater than the sum of all weights, which no valid election gives.
    #[error("a total is greater than the sum of all weights")]
    Total,
}

/// Combines partial decryptions to the result: for each question the weight of each option.
///
/// # Errors
/// [`ResultError`] names the trustee.
pub fn combine_result(
    pool: &ElectionPool,
    partials: &[PartialDecryption],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<Vec<u64>>, ResultError> {
    let (context, ciphertexts) = pool.tally_statement();
    let verified = verify_partials(&context, pool.trustees(), &ciphertexts, partials, rng)?;
    let messages = combine(pool.trustees(), &verified)?.messages();
    let table = DiscreteLogTable::new(pool.total_weight()).map_err(|_| ResultError::Total)?;
    let mut totals = table.solve_all(&messages).map_err(|_| ResultError::Total)?.into_iter();
    Ok(pool.selection_rules().iter().map(|rule| totals.by_ref().take(usize::from(rule.options())).collect()).collect())
}

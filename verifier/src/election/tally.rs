//! The result of an election: the decryption of the sums of the ballots that count. Spec § 6 (tally).

use rand_core::OsRng;
use tabella_protocol::{
    decryption::{DecryptionContext, PartialDecryption, Purpose},
    elgamal::Ciphertext,
};
use thiserror::Error;

use crate::{
    decryption::{CombineError, DecryptionError, TotalError, combine, verify_partials},
    election::pool::ElectionPool,
};

/// Why a published result is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TallyError {
    /// Not one number for each option of each question.
    #[error("the result does not have one number for each option of each question")]
    Shape,
    /// A partial decryption is wrong.
    #[error(transparent)]
    Decryption(#[from] DecryptionError),
    /// Too few trustees, or shares of something else.
    #[error(transparent)]
    Combine(#[from] CombineError),
    /// A number is not what the ciphertexts decrypt to; options are counted through all questions.
    #[error(transparent)]
    Total(#[from] TotalError),
}

impl ElectionPool {
    /// What the trustees decrypt, and under which context.
    #[must_use]
    pub fn tally_statement(&self) -> (DecryptionContext, Vec<Ciphertext>) {
        let context = DecryptionContext {
            ledger: self.manifest.ledger,
            election: *self.id.as_bytes(),
            purpose: Purpose::Tally,
            key: self.manifest.key,
        };
        (context, self.tally_ciphertexts().concat())
    }
}

/// Verifies partial decryptions and the result that they give.
///
/// # Errors
/// [`TallyError`] names the trustee, or the question and option.
pub(super) fn verify_tally(
    pool: &ElectionPool,
    partials: &[PartialDecryption],
    results: &[Vec<u64>],
) -> Result<(), TallyError> {
    let rules = pool.question_rules();
    let shape = rules.iter().map(|rule| usize::from(rule.options()));
    if !results.iter().map(Vec::len).eq(shape) {
        return Err(TallyError::Shape);
    }
    let (context, ciphertexts) = pool.tally_statement();
    let verified = verify_partials(&context, pool.trustees(), &ciphertexts, partials, &mut OsRng)?;
    combine(pool.trustees(), &verified)?.check_totals(&results.concat())?;
    Ok(())
}

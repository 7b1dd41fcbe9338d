//! The result of an election: the decryption of the sums of the ballots that count. Spec § 6 (tally).

use rand_core::OsRng;
use tabella_protocol::{
    decryption::{DecryptionContext, PartialDecryption, Purpose},
    election::Results,
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
    /// The partial decryptions are listed in another order than that of their trustees.
    #[error("the partial decryptions are not listed in the order of their trustees")]
    Order,
    /// Too few trustees, or shares of something else.
    #[error(transparent)]
    Combine(#[from] CombineError),
    /// A number is not what the ciphertexts decrypt to; options are counted through all questions.
    #[error(transparent)]
    Total(#[from] TotalError),
    /// Not one result for each ranked question.
    #[error("the result has {found} counts for {expected} ranked questions")]
    RankedCount {
        /// Counts found.
        found: usize,
        /// Ranked questions.
        expected: usize,
    },
    /// The published rankings are not those that the ballots open to.
    #[error("the rankings of ranked question {question} are not those that the ballots open to{}", .ballot.map(|n| format!(": the first that differs is number {n}")).unwrap_or_default())]
    Rankings {
        /// Which of the ranked questions, from 1.
        question: usize,
        /// The first ballot that differs, from 1 in the order of nullifiers; none if there are too few or too many.
        ballot: Option<usize>,
    },
    /// The rankings are right, and their count is another.
    #[error("the count of ranked question {question} is not that of its rankings")]
    Rounds {
        /// Which of the ranked questions, from 1.
        question: usize,
    },
}

impl ElectionPool {
    /// What the trustees decrypt, and under which context: the sums of points, question by question, then the rankings,
    /// question by question, in the order of the bytes of their ballots' nullifiers.
    #[must_use]
    pub fn tally_statement(&self) -> (DecryptionContext, Vec<Ciphertext>) {
        let context = DecryptionContext {
            ledger: self.manifest.ledger,
            election: *self.id.as_bytes(),
            purpose: Purpose::Tally,
            key: self.manifest.key,
        };
        let mut ciphertexts = self.tally_ciphertexts().concat();
        ciphertexts.extend(self.ranking_ciphertexts());
        (context, ciphertexts)
    }
}

/// Verifies partial decryptions and the result that they give.
///
/// # Errors
/// [`TallyError`] names the trustee, or the question and option.
pub(super) fn verify_tally(
    pool: &ElectionPool,
    partials: &[PartialDecryption],
    results: &Results,
) -> Result<(), TallyError> {
    let rules = pool.question_rules();
    let shape = rules.iter().map(|rule| usize::from(rule.options()));
    if !results.totals.iter().map(Vec::len).eq(shape) {
        return Err(TallyError::Shape);
    }
    let (found, expected) = (results.rankings.len(), pool.ranked_questions().len());
    if found != expected {
        return Err(TallyError::RankedCount { found, expected });
    }
    let (context, ciphertexts) = pool.tally_statement();
    let verified = verify_partials(&context, pool.trustees(), &ciphertexts, partials, &mut OsRng)?;
    if !partials.is_sorted_by_key(|partial| partial.trustee) {
        return Err(TallyError::Order);
    }
    let totals = results.totals.concat();
    let (sums, shared) = combine(pool.trustees(), &verified)?.split_at(totals.len());
    sums.check_totals(&totals)?;
    for (question, (found, right)) in (1..).zip(results.rankings.iter().zip(pool.open_rankings(&shared))) {
        if found.rankings != right.rankings {
            let ballot = found.rankings.iter().zip(&right.rankings).position(|(found, right)| found != right);
            return Err(TallyError::Rankings { question, ballot: ballot.map(|index| index + 1) });
        }
        if found.count != right.count {
            return Err(TallyError::Rounds { question });
        }
    }
    Ok(())
}

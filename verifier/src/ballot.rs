//! Verifies ballots, one by one or many at once, and opened ballots of an audit. Spec § 6; the equations and the argument
//! for them are in [`tabella_protocol::ballot::proof`].

mod audit;

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;
use tabella_protocol::{
    ballot::{
        BallotBody, BallotProof, BallotStatement, QuestionRule, Weight,
        proof::{QuestionEntries, ShapeError, answer_challenge, combine, entry_challenge, powers},
    },
    elgamal::ElectionKey,
    transcript::ProofContext,
};
use thiserror::Error;

use crate::sigma::{Accumulator, Equation, draw_weight};

pub use audit::{AuditError, audit_opened_ballot, open_audit};

/// Why a ballot is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BallotError {
    /// The body does not fit the rules.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The proof has another number of answers than the ballot has entries.
    #[error("the proof has {found} answers, the ballot needs {expected}")]
    AnswerCount {
        /// Answers of the proof.
        found: usize,
        /// Answers that are needed.
        expected: usize,
    },
    /// The proof is of a hidden weight and the ballot is not, or the reverse.
    #[error("the ballot's weight and its proof are not of the same kind")]
    WeightKind,
    /// Equation *opening*: the proof is not of this ballot at this place (ledger, transaction, index, election, key, rules).
    #[error("the proof does not belong to this ballot at this place, or was altered")]
    NotThisStatement,
    /// Equation *randomness*: the prover does not know the randomness of the ciphertexts.
    #[error("the proof does not show the randomness of the ciphertexts")]
    Randomness,
    /// Equation *encryption*: the ciphertexts encrypt something else than what the proof commits to.
    #[error("the ciphertexts do not encrypt the points that the proof is about")]
    Encryption,
    /// Equation *weight*: the weight of the points is not the one in the ballot's commitment.
    #[error("the weight in the points is not the committed one")]
    Weight,
    /// Equation *sum*: too few or too many choices or points.
    #[error("question {question}: the number of choices, or the sum of points, is outside of the limits")]
    Sum {
        /// 0-based index of the question.
        question: usize,
    },
    /// Equation *choice*: some value is neither 0 nor the weight, so that an option may have more points than the rule allows,
    /// or less than none.
    #[error("what an option is given is not made of bits times the ballot's weight")]
    Choice,
}

/// One ballot of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BallotItem<'a> {
    /// Where it stands.
    pub context: ProofContext,
    /// The election's id.
    pub election: &'a [u8; 32],
    /// The election's key.
    pub key: &'a ElectionKey,
    /// The rule of each question.
    pub rules: &'a [QuestionRule],
    /// The ballot.
    pub body: &'a BallotBody,
    /// Its proof.
    pub proof: &'a BallotProof,
}

/// Some ballots of a batch are refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{} ballots of the batch are refused; the first is number {}", culprits.len(), culprits.first().map_or(0, |i| i + 1))]
pub struct BatchError {
    /// 0-based indices of all refused ballots, increasing.
    pub culprits: Vec<usize>,
    /// For each culprit, why.
    pub reasons: Vec<BallotError>,
}

/// Verifies one ballot.
///
/// # Errors
/// [`BallotError`] names the first rule that the ballot breaks.
pub fn verify_ballot(
    context: &ProofContext,
    election: &[u8; 32],
    key: &ElectionKey,
    rules: &[QuestionRule],
    body: &BallotBody,
    proof: &BallotProof,
) -> Result<(), BallotError> {
    let checks = Checks::new(&BallotItem { context: *context, election, key, rules, body, proof })?;
    let broken =
        checks.equations.iter().find(|(rule, equation)| !matches!(rule, BallotError::Choice) && !equation.holds());
    if let Some((rule, _)) = broken {
        return Err(*rule);
    }
    // In this order an overvote is named as such.
    checks.sums?;
    checks.equations.iter().find(|(_, equation)| !equation.holds()).map_or(Ok(()), |(rule, _)| Err(*rule))
}

/// Verifies many ballots, with one multiscalar multiplication for each core. Where that fails, each ballot of the part is
/// verified by itself, so that all culprits are found.
///
/// `rng` must be unpredictable to the voters: the operating system's, or seeded from it. It is used after the batch is given.
///
/// # Errors
/// [`BatchError`] names all ballots that [`verify_ballot`] refuses.
pub fn verify_ballots(batch: &[BallotItem<'_>], rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
    let weights: Vec<[Scalar; MAX_EQUATIONS]> =
        batch.iter().map(|_| std::array::from_fn(|_| draw_weight(rng))).collect();
    let part = batch.len().div_ceil(rayon::current_num_threads().max(1)).clamp(1, MAX_PART);
    let refused: Vec<(usize, BallotError)> = batch
        .par_chunks(part)
        .zip(weights.par_chunks(part))
        .enumerate()
        .flat_map_iter(|(index, (items, weights))| verify_part(items, weights, index * part))
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    let (culprits, reasons) = refused.into_iter().unzip();
    Err(BatchError { culprits, reasons })
}

/// The refused ballots of one part, whose first ballot has the given index in the batch.
fn verify_part(
    items: &[BallotItem<'_>],
    weights: &[[Scalar; MAX_EQUATIONS]],
    first: usize,
) -> Vec<(usize, BallotError)> {
    let mut sum = Accumulator::default();
    let well_formed = items.iter().zip(weights).all(|(item, weights)| {
        let Ok(checks) = Checks::new(item) else { return false };
        for (weight, (_, equation)) in weights.iter().zip(&checks.equations) {
            sum.add(weight, equation);
        }
        checks.sums.is_ok() && checks.equations.len() <= weights.len()
    });
    if well_formed && sum.vanishes() {
        return Vec::new();
    }
    (first..)
        .zip(items)
        .filter_map(|(index, item)| {
            let BallotItem { context, election, key, rules, body, proof } = item;
            verify_ballot(context, election, key, rules, body, proof).err().map(|reason| (index, reason))
        })
        .collect()
}

/// Most equations of one ballot.
const MAX_EQUATIONS: usize = 5;
/// Most ballots of one multiscalar multiplication: bounds the memory.
const MAX_PART: usize = 1024;

/// Everything that must hold for one ballot: the check in scalars, and the equations with the rule that each stands for.
struct Checks {
    sums: Result<(), BallotError>,
    equations: Vec<(BallotError, Equation)>,
}

impl Checks {
    /// Recomputes the challenges, and writes the equations of [`tabella_protocol::ballot::proof`] down.
    fn new(item: &BallotItem<'_>) -> Result<Self, BallotError> {
        let statement = BallotStatement::new(&item.context, item.election, item.key, item.rules, item.body)?;
        let (commitments, responses) = (&item.proof.commitments, &item.proof.responses);
        let (found, expected) = (responses.entries.len(), statement.entries());
        if found != expected {
            return Err(BallotError::AnswerCount { found, expected });
        }
        let mut transcript = statement.transcript();
        let x = entry_challenge(&mut transcript, &commitments.vector);
        let c = answer_challenge(&mut transcript, commitments);

        // z_w, and the equation of a hidden weight.
        let (weight, weight_equation) = match (item.body.weight(), &commitments.weight_nonce, &responses.weight) {
            (Weight::Unit, None, None) => (c, None),
            (Weight::Hidden { commitment }, Some(nonce), Some((value, blinding))) => {
                let terms = vec![(Scalar::ONE, *nonce.point()), (c, *commitment.point())];
                (value.0, Some(Equation { base: -value.0, blinding: -blinding.0, terms, ..Equation::default() }))
            }
            _ => return Err(BallotError::WeightKind),
        };

        let entries: Vec<Scalar> = responses.entries.iter().map(|z| z.0).collect();
        let powers = powers(&x, entries.len());
        let layout = statement.layout();
        let sums = check_sums(&layout, &entries, &weight);
        let options = layout.iter().flat_map(|question| &question.options);
        let points: Scalar = powers.iter().zip(options).map(|(x, bits)| x * combine(bits, &entries)).sum();
        let product: Scalar = powers.iter().zip(&entries).map(|(x, z)| x * z * (weight - z)).sum();

        let opening = Equation {
            blinding: -responses.vector.0,
            vector: entries.iter().map(|z| -z).collect(),
            terms: vec![(Scalar::ONE, *commitments.vector_nonce.point()), (c, *commitments.vector.point())],
            ..Equation::default()
        };
        let mut randomness = Equation {
            base: -responses.randomness.0,
            terms: vec![(Scalar::ONE, *commitments.randomness_nonce.point())],
            ..Equation::default()
        };
        let mut encryption = Equation {
            base: -points,
            key: Some((-responses.randomness.0, *item.key)),
            terms: vec![(Scalar::ONE, *commitments.encryption_nonce.point())],
            ..Equation::default()
        };
        for (power, ciphertext) in powers.iter().zip(statement.ciphertexts()) {
            let coefficient = c * power;
            randomness.terms.push((coefficient, *ciphertext.c1.point()));
            encryption.terms.push((coefficient, *ciphertext.c2.point()));
        }
        let choice = Equation {
            base: -product,
            blinding: -responses.product.0,
            terms: vec![(Scalar::ONE, *commitments.constant.point()), (c, *commitments.linear.point())],
            ..Equation::default()
        };
        let mut equations = vec![
            (BallotError::NotThisStatement, opening),
            (BallotError::Randomness, randomness),
            (BallotError::Encryption, encryption),
            (BallotError::Choice, choice),
        ];
        equations.extend(weight_equation.map(|equation| (BallotError::Weight, equation)));
        Ok(Self { sums, equations })
    }
}

/// For each question `Σ_j [z]_j + Σ a_i·z_i = max·z_w`.
fn check_sums(layout: &[QuestionEntries], entries: &[Scalar], weight: &Scalar) -> Result<(), BallotError> {
    for (question, layout) in layout.iter().enumerate() {
        let points: Scalar = layout.options.iter().map(|bits| combine(bits, entries)).sum();
        if points + combine(&layout.slack, entries) != layout.max * weight {
            return Err(BallotError::Sum { question });
        }
    }
    Ok(())
}

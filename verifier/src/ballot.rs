//! Verifies ballots, one by one or many at once, and opened ballots of an audit. Spec § 6; the equations and the arguments
//! for them are in [`tabella_protocol::ballot::compressed`] and [`tabella_protocol::ballot::disjunctive`].

mod audit;
mod compressed;
mod disjunctive;

use std::ops::Range;

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;
use tabella_protocol::{
    ballot::{BallotBody, BallotProof, BallotProofKind, BallotStatement, BallotTerms, ShapeError},
    transcript::ProofContext,
};
use thiserror::Error;

use crate::sigma::{Accumulator, draw_weight};

pub use audit::{AuditError, audit_opened_ballot, open_audit};

/// Why a ballot is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BallotError {
    /// The body does not fit the rules.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The proof has another number of answers than the ballot has entries, or of first messages, challenges or answers than it
    /// has branches.
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
    /// Equation *opening*, or all *branches*: the proof is not of this ballot at this place (ledger, transaction, index, election, key, rules).
    #[error("the proof does not belong to this ballot at this place, or was altered")]
    NotThisStatement,
    /// Equation *randomness*: the prover does not know the randomness of the ciphertexts.
    #[error("the proof does not show the randomness of the ciphertexts")]
    Randomness,
    /// Equation *encryption*: the ciphertexts encrypt something else than what the proof commits to.
    #[error("the ciphertexts do not encrypt the points that the proof is about")]
    Encryption,
    /// A unit without randomness shows the weight.
    #[error("the encryption of the weight is not randomised")]
    UnitNotRandomised,
    /// Equations *unit* and *weight*: the weight of the points is not the one in the ballot's commitment.
    #[error("the weight in the points is not the committed one")]
    Weight,
    /// Equation *sum*, or *branches* of a sum: too few or too many choices or points.
    #[error("question {question}: the number of choices, or the sum of points, is outside of the limits")]
    Sum {
        /// 0-based index of the question.
        question: usize,
    },
    /// The proof is of the other kind than the election's ballots have.
    #[error("the ballot is not proved in the way that the manifest asks for")]
    ProofKind,
    /// *Branches* of an option: it is not shown to be given a number of points that the rule allows.
    #[error("question {question}, option {option}: what it is given is not shown to be within the rule")]
    Option {
        /// 0-based index of the question.
        question: usize,
        /// 0-based index of the option.
        option: usize,
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
    /// What ballots of its election are proved against.
    pub terms: BallotTerms<'a>,
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
    terms: BallotTerms<'_>,
    body: &BallotBody,
    proof: &BallotProof,
) -> Result<(), BallotError> {
    Checks::new(&BallotItem { context: *context, terms, body, proof })?.verdict()
}

/// Verifies many ballots, with one multiscalar multiplication for each core, or more of them where one would be large. Where one
/// fails, each of its ballots is verified by itself, so that all culprits are found.
///
/// `rng` must be unpredictable to the voters: the operating system's, or seeded from it. It is used after the batch is given.
///
/// # Errors
/// [`BatchError`] names all ballots that [`verify_ballot`] refuses.
pub fn verify_ballots(batch: &[BallotItem<'_>], rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
    let weights: Vec<Vec<Scalar>> =
        batch.iter().map(|item| (0..equations(item.proof)).map(|_| draw_weight(rng)).collect()).collect();
    let refused: Vec<(usize, BallotError)> = parts(batch)
        .into_par_iter()
        .flat_map_iter(|part| {
            let refused = verify_part(&batch[part.clone()], &weights[part.clone()]);
            refused.into_iter().map(move |(index, reason)| (part.start + index, reason))
        })
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    let (culprits, reasons) = refused.into_iter().unzip();
    Err(BatchError { culprits, reasons })
}

/// Most points of one multiscalar multiplication, but for a single ballot that has more: bounds the memory.
const MAX_PART: usize = 1 << 17;

/// Cuts a batch into parts of about as many points: one for each core, or more where they would be too large.
fn parts(batch: &[BallotItem<'_>]) -> Vec<Range<usize>> {
    let total: usize = batch.iter().map(points).sum();
    let most = total.div_ceil(rayon::current_num_threads().max(1)).min(MAX_PART);
    let (mut parts, mut start, mut size) = (Vec::new(), 0, 0);
    for (index, item) in batch.iter().enumerate() {
        let more = points(item);
        if index > start && size + more > most {
            parts.push(start..index);
            (start, size) = (index, 0);
        }
        size += more;
    }
    parts.push(start..batch.len());
    parts
}

/// About how many points a ballot and its proof have.
fn points(item: &BallotItem<'_>) -> usize {
    let options: usize = item.body.questions().iter().map(Vec::len).sum();
    let sent = match item.proof {
        BallotProof::Compressed(_) => 7,
        BallotProof::Disjunctive(proof) => 2 * proof.nonces.len() + 2 * item.body.questions().len() + 5,
    };
    2 * options + sent
}

/// The refused ballots of one part. Where the sum of all fails, each is summed by itself, and only those that fail then are looked
/// at equation by equation.
fn verify_part(items: &[BallotItem<'_>], weights: &[Vec<Scalar>]) -> Vec<(usize, BallotError)> {
    let mut refused = Vec::new();
    let mut formed = Vec::with_capacity(items.len());
    for (index, (item, weights)) in items.iter().zip(weights).enumerate() {
        match Checks::new(item) {
            Ok(checks) => formed.push((index, checks, weights)),
            Err(reason) => refused.push((index, reason)),
        }
    }
    let mut sum = Accumulator::default();
    if formed.iter().all(|(_, checks, weights)| checks.add_weighted(weights, &mut sum)) && sum.vanishes() {
        return refused;
    }
    for (index, checks, weights) in formed {
        let mut sum = Accumulator::default();
        if checks.add_weighted(weights, &mut sum) && sum.vanishes() {
            continue;
        }
        refused.extend(checks.verdict().err().map(|reason| (index, reason)));
    }
    refused.sort_unstable_by_key(|(index, _)| *index);
    refused
}

/// How many equations a proof stands for, at most; each needs a weight of its own.
const fn equations(proof: &BallotProof) -> usize {
    match proof {
        BallotProof::Compressed(_) => compressed::MAX_EQUATIONS,
        BallotProof::Disjunctive(proof) => disjunctive::equations(proof),
    }
}

/// Everything that must hold for one ballot.
#[expect(clippy::large_enum_variant, reason = "all proofs of an election are of one kind")]
enum Checks {
    Compressed(compressed::Checks),
    Disjunctive(disjunctive::Checks),
}

impl Checks {
    /// Checks the form of a proof, and writes its equations down.
    fn new(item: &BallotItem<'_>) -> Result<Self, BallotError> {
        let statement = BallotStatement::new(&item.context, item.terms, item.body)?;
        match (item.terms.proofs, item.proof) {
            (BallotProofKind::Compressed, BallotProof::Compressed(proof)) => {
                compressed::Checks::new(&statement, proof).map(Self::Compressed)
            }
            (BallotProofKind::Disjunctive, BallotProof::Disjunctive(proof)) => {
                disjunctive::Checks::new(&statement, proof).map(Self::Disjunctive)
            }
            _ => Err(BallotError::ProofKind),
        }
    }

    /// The first rule that is broken.
    fn verdict(&self) -> Result<(), BallotError> {
        match self {
            Self::Compressed(checks) => checks.verdict(),
            Self::Disjunctive(checks) => checks.verdict(),
        }
    }

    /// Adds each equation times a weight of its own. False if what is not in the equations fails, or weights are missing.
    fn add_weighted(&self, weights: &[Scalar], sum: &mut Accumulator) -> bool {
        match self {
            Self::Compressed(checks) => checks.add_weighted(weights, sum),
            Self::Disjunctive(checks) => checks.add_weighted(weights, sum),
        }
    }
}

//! Encrypts the points that a voter gives and proves the ballot well formed. Spec § 6; the protocols are in
//! [`tabella_protocol::ballot::compressed`] and [`tabella_protocol::ballot::disjunctive`].
//!
//! Nothing here branches or indexes on which options have points and how many, nor on their sum: group operations with secret
//! scalars are dalek's constant-time ones. Only points against the rule are told apart, and reported.

mod compressed;
mod disjunctive;

use curve25519_dalek::scalar::Scalar;
use merlin::{Transcript, TranscriptRng};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::{
        BallotBody, BallotOpening, BallotProof, BallotProofKind, BallotStatement, BallotTerms, BoundsError,
        QuestionRule, ShapeError, Weight, WeightOpening, check_rules, disjunctive::MAX_BRANCHES,
    },
    domain::{FORMAT_VERSION, randomness},
    elgamal::{Ciphertext, ElectionKey},
    transcript::{ProofContext, TranscriptProtocol as _},
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// Why points cannot be encrypted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptError {
    /// The rules are more than a ballot can hold.
    #[error("the rules are out of bounds: {0}")]
    Rules(#[from] BoundsError),
    /// Another number of questions.
    #[error("{found} questions answered, the election has {expected}")]
    Questions {
        /// Questions answered.
        found: usize,
        /// Questions of the election.
        expected: usize,
    },
    /// Another number of options.
    #[error("question {question}: {found} options given, the election has {expected}")]
    Options {
        /// 0-based index of the question.
        question: usize,
        /// Options given.
        found: usize,
        /// Options of the election.
        expected: usize,
    },
    /// An option has more points than the rule allows.
    #[error("question {question}, option {option}: give at most {most} points")]
    Points {
        /// 0-based index of the question.
        question: usize,
        /// 0-based index of the option.
        option: usize,
        /// Most points of one option.
        most: u16,
    },
    /// Too few or too many points in all.
    #[error("question {question}: all options together have at least {min} and at most {max} points (or choices)")]
    Sum {
        /// 0-based index of the question.
        question: usize,
        /// Fewest points.
        min: u32,
        /// Most points.
        max: u32,
    },
    /// A right of weight 0 has no meaning.
    #[error("the weight is 0")]
    Weight,
}

/// Why a ballot cannot be proved.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProveError {
    /// The body does not fit the rules.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The opening is not of this body.
    #[error("the opening is not of this ballot")]
    Opening,
    /// Disjunctions of more numbers than a proof holds; no manifest asks for it.
    #[error("the questions have more than {MAX_BRANCHES} branches for a disjunctive proof")]
    Branches,
}

/// Encrypts points: for each question those of each option, 1 for one that is chosen. `weight` is `None` where ballots weigh 1 (or
/// the weight is public), else the opening of `C'`.
///
/// # Errors
/// [`EncryptError`] names the question whose points do not fit its rule.
pub fn encrypt(
    rules: &[QuestionRule],
    key: &ElectionKey,
    weight: Option<WeightOpening>,
    points: &[Vec<u16>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(BallotBody, BallotOpening), EncryptError> {
    check_rules(rules)?;
    check_points(rules, points)?;
    let value = match &weight {
        None => Zeroizing::new(Scalar::ONE),
        Some(opening) if *opening.weight().expose() == 0 => return Err(EncryptError::Weight),
        Some(opening) => Zeroizing::new(Scalar::from(*opening.weight().expose())),
    };
    let mut rng = randomness_rng(rules, key, weight.as_ref(), points, rng);
    let randomness: Vec<Vec<Scalar>> =
        points.iter().map(|row| row.iter().map(|_| Scalar::random(&mut rng)).collect()).collect();
    let encrypt_option = |(points, r): (&u16, &Scalar)| {
        let value = Zeroizing::new(Scalar::from(*points) * *value);
        Ciphertext::encrypt(key, &value, r)
    };
    let questions =
        points.iter().zip(&randomness).map(|(points, r)| points.iter().zip(r).map(encrypt_option).collect()).collect();
    let commitment =
        weight.as_ref().map_or(Weight::Unit, |opening| Weight::Hidden { commitment: opening.commitment() });
    Ok((BallotBody::new(questions, commitment)?, BallotOpening::new(points.to_vec(), randomness, weight)))
}

/// Proves that a body of [`encrypt`] is well formed, under the terms of an election, for one place: ledger, digest of the
/// transaction that holds the body, and index of the action.
///
/// # Errors
/// [`ProveError`] if body, rules and opening do not fit together.
pub fn prove(
    context: &ProofContext,
    terms: BallotTerms<'_>,
    body: &BallotBody,
    opening: &BallotOpening,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BallotProof, ProveError> {
    let statement = BallotStatement::new(context, terms, body)?;
    Ok(match terms.proofs {
        BallotProofKind::Compressed => {
            BallotProof::Compressed(compressed::Witness::new(&statement, opening)?.prove(&statement, rng))
        }
        BallotProofKind::Disjunctive => {
            BallotProof::Disjunctive(disjunctive::Witness::new(&statement, opening)?.prove(&statement, rng))
        }
    })
}

/// The r of a ballot depend on its points, weight, key and rules as well as on fresh randomness. With `rng` alone, a generator
/// that repeats itself (a copied or restored machine) gives two ballots the same r: the difference of their ciphertexts is
/// that of their votes, and an opened ballot opens the other one.
fn randomness_rng(
    rules: &[QuestionRule],
    key: &ElectionKey,
    weight: Option<&WeightOpening>,
    points: &[Vec<u16>],
    rng: &mut (impl RngCore + CryptoRng),
) -> TranscriptRng {
    let mut transcript = Transcript::new(randomness::BALLOT);
    transcript.append_message(b"version", &[FORMAT_VERSION]);
    transcript.append_element(b"key", key.element());
    transcript.append_message(b"rules", &borsh::to_vec(rules).expect("writing to memory"));
    let mut builder = transcript.build_rng();
    if let Some(opening) = weight {
        builder = builder
            .rekey_with_witness_bytes(b"weight", &*Zeroizing::new(opening.weight().expose().to_le_bytes()))
            .rekey_with_witness_bytes(b"blinding", opening.blinding().expose().as_bytes());
    }
    for row in points {
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(row.iter().flat_map(|points| points.to_le_bytes()).collect());
        builder = builder.rekey_with_witness_bytes(b"points", &bytes);
    }
    builder.finalize(rng)
}

fn check_points(rules: &[QuestionRule], points: &[Vec<u16>]) -> Result<(), EncryptError> {
    if points.len() != rules.len() {
        return Err(EncryptError::Questions { found: points.len(), expected: rules.len() });
    }
    for (question, (rule, row)) in rules.iter().zip(points).enumerate() {
        let (found, expected) = (row.len(), usize::from(rule.options()));
        if found != expected {
            return Err(EncryptError::Options { question, found, expected });
        }
        if let Some(option) = row.iter().position(|points| *points > rule.most()) {
            return Err(EncryptError::Points { question, option, most: rule.most() });
        }
        if !rule.allows(row.iter().copied().map(u64::from).sum()) {
            return Err(EncryptError::Sum { question, min: rule.min(), max: rule.max() });
        }
    }
    Ok(())
}

/// What a proof needs of an opening besides the points. Wiped on drop.
struct Secrets {
    /// `r_j` of all options in order.
    randomness: Vec<Scalar>,
    /// `w`.
    weight: Scalar,
    /// `s`, where the weight is hidden.
    blinding: Option<Scalar>,
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.randomness.zeroize();
        self.weight.zeroize();
        self.blinding.zeroize();
    }
}

impl Secrets {
    /// Of an opening that has the form of the statement's body, and opens its weight.
    fn new(statement: &BallotStatement<'_>, opening: &BallotOpening) -> Result<Self, ProveError> {
        let widths = |rows: &mut dyn Iterator<Item = usize>| rows.eq(statement.body().questions().iter().map(Vec::len));
        if !widths(&mut opening.points().iter().map(Vec::len))
            || !widths(&mut opening.randomness().iter().map(Vec::len))
        {
            return Err(ProveError::Opening);
        }
        let (weight, blinding) = match (statement.body().weight(), opening.weight()) {
            (Weight::Unit, None) => (Scalar::ONE, None),
            (Weight::Hidden { commitment }, Some(opening)) if opening.commitment() == *commitment => {
                (Scalar::from(*opening.weight().expose()), Some(*opening.blinding().expose()))
            }
            _ => return Err(ProveError::Opening),
        };
        // With room for all: a list that grows leaves copies behind.
        let mut randomness = Vec::with_capacity(statement.options());
        randomness.extend(opening.randomness().iter().flatten());
        Ok(Self { randomness, weight, blinding })
    }

    /// A generator for the nonces of a proof. They depend on the statement, on all secrets and on fresh randomness: a repeated
    /// state of `rng` repeats none.
    fn nonce_rng(
        &self,
        transcript: &Transcript,
        values: &[Scalar],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> TranscriptRng {
        let secrets = values.iter().chain(&self.randomness).chain([&self.weight]).chain(&self.blinding);
        secrets
            .fold(transcript.build_rng(), |builder, secret| {
                builder.rekey_with_witness_bytes(b"ballot", secret.as_bytes())
            })
            .finalize(rng)
    }
}

#[cfg(test)]
mod tests;

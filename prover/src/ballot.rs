//! Encrypts a voter's selections and proves the ballot well formed. Spec § 6; the protocol is in
//! [`tabella_protocol::ballot::proof`].
//!
//! Nothing here branches or indexes on which options are selected, nor on how many of the allowed number are: group operations
//! with secret scalars are dalek's constant-time ones. Only selections against the rule are told apart, and reported.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar, traits::MultiscalarMul,
};
use merlin::TranscriptRng;
use rand_core::{CryptoRng, RngCore};
use subtle::{ConditionallySelectable, ConstantTimeGreater};
use tabella_protocol::{
    ballot::{
        BallotBody, BallotOpening, BallotProof, BallotStatement, BoundsError, SelectionRule, Weight, WeightOpening,
        check_bounds,
        proof::{
            BallotCommitments, BallotResponses, QuestionEntries, ShapeError, answer_challenge, entry_challenge, powers,
            vector_bases,
        },
    },
    elgamal::{Ciphertext, ElectionKey},
    ristretto::{CanonicalScalar, Element, blinding_base},
    transcript::ProofContext,
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// Why selections cannot be encrypted.
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
    /// Too few or too many selections.
    #[error("question {question}: select at least {min} and at most {max} options")]
    Selections {
        /// 0-based index of the question.
        question: usize,
        /// Fewest selections.
        min: u16,
        /// Most selections.
        max: u16,
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
}

/// Encrypts selections: for each question, whether each option is selected. `weight` is `None` where ballots weigh 1 (or
/// the weight is public), else the opening of `C'`.
///
/// # Errors
/// [`EncryptError`] names the question whose selections do not fit its rule.
pub fn encrypt(
    rules: &[SelectionRule],
    key: &ElectionKey,
    weight: Option<WeightOpening>,
    selections: &[Vec<bool>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(BallotBody, BallotOpening), EncryptError> {
    check_bounds(rules.iter().map(|rule| usize::from(rule.options())))?;
    check_selections(rules, selections)?;
    let value = match &weight {
        None => Zeroizing::new(Scalar::ONE),
        Some(opening) if *opening.weight().expose() == 0 => return Err(EncryptError::Weight),
        Some(opening) => Zeroizing::new(Scalar::from(*opening.weight().expose())),
    };
    let randomness: Vec<Vec<Scalar>> =
        selections.iter().map(|row| row.iter().map(|_| Scalar::random(rng)).collect()).collect();
    let encrypt_option = |(selected, r): (&bool, &Scalar)| {
        let value = Zeroizing::new(Scalar::from(u8::from(*selected)) * *value);
        Ciphertext::encrypt(key, &value, r)
    };
    let questions = selections
        .iter()
        .zip(&randomness)
        .map(|(selected, r)| selected.iter().zip(r).map(encrypt_option).collect())
        .collect();
    let commitment =
        weight.as_ref().map_or(Weight::Unit, |opening| Weight::Hidden { commitment: opening.commitment() });
    Ok((BallotBody::new(questions, commitment)?, BallotOpening::new(selections.to_vec(), randomness, weight)))
}

/// Proves that a body of [`encrypt`] is well formed, for one place: ledger, digest of the transaction that holds the body,
/// and index of the action.
///
/// # Errors
/// [`ProveError`] if body, rules and opening do not fit together.
pub fn prove(
    context: &ProofContext,
    election: &[u8; 32],
    key: &ElectionKey,
    rules: &[SelectionRule],
    body: &BallotBody,
    opening: &BallotOpening,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BallotProof, ProveError> {
    let statement = BallotStatement::new(context, election, key, rules, body)?;
    let witness = Witness::new(&statement, opening)?;
    Ok(witness.prove(&statement, rng))
}

fn check_selections(rules: &[SelectionRule], selections: &[Vec<bool>]) -> Result<(), EncryptError> {
    if selections.len() != rules.len() {
        return Err(EncryptError::Questions { found: selections.len(), expected: rules.len() });
    }
    for (question, (rule, row)) in rules.iter().zip(selections).enumerate() {
        let (found, expected) = (row.len(), usize::from(rule.options()));
        if found != expected {
            return Err(EncryptError::Options { question, found, expected });
        }
        if !rule.allows(row.iter().map(|selected| usize::from(*selected)).sum()) {
            return Err(EncryptError::Selections { question, min: rule.min(), max: rule.max() });
        }
    }
    Ok(())
}

/// What the proof shows knowledge of, in the order of the entries. Wiped on drop.
struct Witness {
    /// `v_k`.
    values: Vec<Scalar>,
    /// `r_j`.
    randomness: Vec<Scalar>,
    /// `w`.
    weight: Scalar,
    /// `s`, where the weight is hidden.
    blinding: Option<Scalar>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.values.zeroize();
        self.randomness.zeroize();
        self.weight.zeroize();
        self.blinding.zeroize();
    }
}

impl Witness {
    /// Lays the opening out, and adds the slack values.
    fn new(statement: &BallotStatement<'_>, opening: &BallotOpening) -> Result<Self, ProveError> {
        let widths = |rows: &mut dyn Iterator<Item = usize>| rows.eq(statement.body().questions().iter().map(Vec::len));
        if !widths(&mut opening.selections().iter().map(Vec::len))
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
        let mut bits: Vec<u8> = opening.selections().iter().flatten().map(|selected| u8::from(*selected)).collect();
        for (rule, row) in statement.rules().iter().zip(opening.selections()) {
            let selected = row.iter().map(|selected| u16::from(*selected)).sum::<u16>();
            bits.extend(slack_bits(rule, rule.max().wrapping_sub(selected)));
        }
        let values = bits.iter().map(|bit| Scalar::from(*bit) * weight).collect();
        bits.zeroize();
        Ok(Self { values, randomness: opening.randomness().iter().flatten().copied().collect(), weight, blinding })
    }

    fn prove(&self, statement: &BallotStatement<'_>, rng: &mut (impl RngCore + CryptoRng)) -> BallotProof {
        let mut transcript = statement.transcript();
        let mut rng = self.nonce_rng(&transcript, rng);
        let blind = |value: &Scalar, blinding: &Scalar| -> Element {
            (value * RISTRETTO_BASEPOINT_TABLE + blinding * blinding_base()).into()
        };

        let vector_blinding = Zeroizing::new(Scalar::random(&mut rng));
        let vector = commit_vector(&self.values, &vector_blinding);
        let x = entry_challenge(&mut transcript, &vector);
        let powers = powers(&x, self.values.len());

        // ω is 0 where the weight is public: then z_w = c, which the verifier knows.
        let weight_nonce = Zeroizing::new(self.blinding.map_or(Scalar::ZERO, |_| Scalar::random(&mut rng)));
        let weight_blinding_nonce = Zeroizing::new(Scalar::random(&mut rng));
        let nonces = entry_nonces(&statement.layout(), self.values.len(), &weight_nonce, &mut rng);
        let vector_blinding_nonce = Zeroizing::new(Scalar::random(&mut rng));
        let randomness_nonce = Zeroizing::new(Scalar::random(&mut rng));
        let (linear_blinding, constant_blinding) =
            (Zeroizing::new(Scalar::random(&mut rng)), Zeroizing::new(Scalar::random(&mut rng)));
        let selection_nonce: Zeroizing<Scalar> =
            Zeroizing::new(powers.iter().zip(nonces.iter()).take(statement.options()).map(|(x, n)| x * n).sum());
        // e1 and e0: the coefficients of Σ x^k·(n_k + c·v_k)·(ω - n_k + c·(w - v_k)) at c and 1.
        let entries = || powers.iter().zip(nonces.iter().zip(&self.values));
        let linear: Zeroizing<Scalar> =
            Zeroizing::new(entries().map(|(x, (n, v))| x * (n * (self.weight - v) + v * (*weight_nonce - n))).sum());
        let constant: Zeroizing<Scalar> =
            Zeroizing::new(entries().map(|(x, (n, _))| x * n * (*weight_nonce - n)).sum());

        let commitments = BallotCommitments {
            vector,
            vector_nonce: commit_vector(&nonces, &vector_blinding_nonce),
            randomness_nonce: (&*randomness_nonce * RISTRETTO_BASEPOINT_TABLE).into(),
            encryption_nonce: (&*selection_nonce * RISTRETTO_BASEPOINT_TABLE
                + *randomness_nonce * statement.key().point())
            .into(),
            linear: blind(&linear, &linear_blinding),
            constant: blind(&constant, &constant_blinding),
            weight_nonce: self.blinding.map(|_| blind(&weight_nonce, &weight_blinding_nonce)),
        };
        let c = answer_challenge(&mut transcript, &commitments);

        let randomness: Zeroizing<Scalar> =
            Zeroizing::new(powers.iter().zip(&self.randomness).map(|(x, r)| x * r).sum());
        let answer = |nonce: &Scalar, secret: &Scalar| CanonicalScalar(nonce + c * secret);
        let responses = BallotResponses {
            entries: nonces.iter().zip(&self.values).map(|(n, v)| answer(n, v)).collect(),
            vector: answer(&vector_blinding_nonce, &vector_blinding),
            randomness: answer(&randomness_nonce, &randomness),
            product: answer(&constant_blinding, &linear_blinding),
            weight: self
                .blinding
                .as_ref()
                .map(|blinding| (answer(&weight_nonce, &self.weight), answer(&weight_blinding_nonce, blinding))),
        };
        BallotProof { commitments, responses }
    }

    /// Nonces depend on the statement, on all secrets and on fresh randomness: a repeated state of `rng` repeats none.
    fn nonce_rng(&self, transcript: &merlin::Transcript, rng: &mut (impl RngCore + CryptoRng)) -> TranscriptRng {
        let secrets = self.values.iter().chain(&self.randomness).chain([&self.weight]).chain(&self.blinding);
        secrets
            .fold(transcript.build_rng(), |builder, secret| {
                builder.rekey_with_witness_bytes(b"ballot", secret.as_bytes())
            })
            .finalize(rng)
    }
}

/// `Σ value_k·G_k + blinding·B~`, in constant time.
fn commit_vector(values: &[Scalar], blinding: &Scalar) -> Element {
    let points: Vec<&RistrettoPoint> = vector_bases(values.len()).chain([blinding_base()]).collect();
    RistrettoPoint::multiscalar_mul(values.iter().chain([blinding]), points).into()
}

/// Uniform nonces that fulfil each question's sum rule with ω in place of the weight: its last option's nonce follows from
/// the others.
fn entry_nonces(
    layout: &[QuestionEntries],
    count: usize,
    weight_nonce: &Scalar,
    rng: &mut TranscriptRng,
) -> Zeroizing<Vec<Scalar>> {
    let mut nonces: Zeroizing<Vec<Scalar>> = Zeroizing::new((0..count).map(|_| Scalar::random(rng)).collect());
    for question in layout {
        let last = question.options.end - 1; // a question has an option
        let options: Scalar = nonces[question.options.start..last].iter().sum();
        let slack: Scalar = question.slack.iter().map(|(index, a)| a * nonces[*index]).sum();
        nonces[last] = question.max * weight_nonce - options - slack;
    }
    nonces
}

/// The slack bits of a rest in [0, max - min], in constant time: the greatest coefficient is taken exactly if the smaller
/// ones do not suffice.
fn slack_bits(rule: &SelectionRule, rest: u16) -> Vec<u8> {
    let coefficients = rule.slack_coefficients();
    let smaller: u16 = coefficients.iter().rev().skip(1).sum();
    let last = coefficients.last().copied().unwrap_or_default();
    let take = rest.ct_gt(&smaller);
    let rest = rest.wrapping_sub(u16::conditional_select(&0, &last, take));
    (0..coefficients.len())
        .map(|bit| {
            let of_rest = (rest >> bit & 1) as u8;
            if bit + 1 == coefficients.len() { take.unwrap_u8() } else { of_rest }
        })
        .collect()
}

#[cfg(test)]
mod tests;

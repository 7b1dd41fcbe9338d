//! Encrypts the points that a voter gives and proves the ballot well formed. Spec § 6; the protocol is in
//! [`tabella_protocol::ballot::proof`].
//!
//! Nothing here branches or indexes on which options have points and how many, nor on their sum: group operations with secret
//! scalars are dalek's constant-time ones. Only points against the rule are told apart, and reported.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar, traits::MultiscalarMul,
};
use merlin::{Transcript, TranscriptRng};
use rand_core::{CryptoRng, RngCore};
use subtle::{ConditionallySelectable, ConstantTimeGreater};
use tabella_protocol::{
    ballot::{
        BallotBody, BallotOpening, BallotProof, BallotStatement, BoundsError, QuestionRule, Weight, WeightOpening,
        check_rules,
        proof::{
            BallotCommitments, BallotResponses, QuestionEntries, ShapeError, answer_challenge, combine,
            entry_challenge, powers, vector_bases,
        },
    },
    domain::{FORMAT_VERSION, randomness},
    elgamal::{Ciphertext, ElectionKey},
    ristretto::{CanonicalScalar, Element, blinding_base},
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

/// Proves that a body of [`encrypt`] is well formed, for one place: ledger, digest of the transaction that holds the body,
/// and index of the action.
///
/// # Errors
/// [`ProveError`] if body, rules and opening do not fit together.
pub fn prove(
    context: &ProofContext,
    election: &[u8; 32],
    key: &ElectionKey,
    rules: &[QuestionRule],
    body: &BallotBody,
    opening: &BallotOpening,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BallotProof, ProveError> {
    let statement = BallotStatement::new(context, election, key, rules, body)?;
    let witness = Witness::new(&statement, opening)?;
    Ok(witness.prove(&statement, rng))
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
    /// Lays the opening out in bits, and adds the slack values.
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
        let mut bits: Vec<u8> = Vec::with_capacity(statement.entries());
        for (rule, row) in statement.rules().iter().zip(opening.points()) {
            let coefficients = rule.point_coefficients();
            bits.extend(row.iter().flat_map(|points| subset_bits(&coefficients, u32::from(*points))));
        }
        for (rule, row) in statement.rules().iter().zip(opening.points()) {
            let sum = row.iter().copied().map(u32::from).sum::<u32>();
            bits.extend(subset_bits(&rule.slack_coefficients(), rule.max().wrapping_sub(sum)));
        }
        let values = bits.iter().map(|bit| Scalar::from(*bit) * weight).collect();
        bits.zeroize();
        Ok(Self { values, randomness: opening.randomness().iter().flatten().copied().collect(), weight, blinding })
    }

    fn prove(&self, statement: &BallotStatement<'_>, rng: &mut (impl RngCore + CryptoRng)) -> BallotProof {
        let mut transcript = statement.transcript();
        let nonces = self.draw_nonces(statement, &mut self.nonce_rng(&transcript, rng));
        let vector = self.vector(&nonces);
        let x = entry_challenge(&mut transcript, &vector);
        let commitments = self.commit(statement, &nonces, vector, &x);
        let c = answer_challenge(&mut transcript, &commitments);
        BallotProof { responses: self.answer(&nonces, &x, &c), commitments }
    }

    /// Everything random of a proof; nothing of it depends on a challenge.
    fn draw_nonces(&self, statement: &BallotStatement<'_>, rng: &mut TranscriptRng) -> Nonces {
        let vector_blinding = Scalar::random(rng);
        // ω is 0 where the weight is public: then z_w = c, which the verifier knows.
        let weight = self.blinding.map_or(Scalar::ZERO, |_| Scalar::random(rng));
        let weight_blinding = Scalar::random(rng);
        Nonces {
            vector_blinding,
            weight,
            weight_blinding,
            entries: entry_nonces(&statement.layout(), self.values.len(), &weight, rng),
            vector: Scalar::random(rng),
            randomness: Scalar::random(rng),
            linear_blinding: Scalar::random(rng),
            constant_blinding: Scalar::random(rng),
        }
    }

    /// `V`.
    fn vector(&self, nonces: &Nonces) -> Element {
        commit_vector(&self.values, &nonces.vector_blinding)
    }

    /// The first messages, once x is known.
    fn commit(
        &self,
        statement: &BallotStatement<'_>,
        nonces: &Nonces,
        vector: Element,
        x: &Scalar,
    ) -> BallotCommitments {
        let blind = |value: &Scalar, blinding: &Scalar| -> Element {
            (value * RISTRETTO_BASEPOINT_TABLE + blinding * blinding_base()).into()
        };
        let powers = powers(x, self.values.len());
        let layout = statement.layout();
        let options = layout.iter().flat_map(|question| &question.options);
        let points_nonce: Zeroizing<Scalar> =
            Zeroizing::new(powers.iter().zip(options).map(|(x, bits)| x * combine(bits, &nonces.entries)).sum());
        // e1 and e0: the coefficients of Σ x^k·(n_k + c·v_k)·(ω - n_k + c·(w - v_k)) at c and 1.
        let entries = || powers.iter().zip(nonces.entries.iter().zip(&self.values));
        let linear: Zeroizing<Scalar> =
            Zeroizing::new(entries().map(|(x, (n, v))| x * (n * (self.weight - v) + v * (nonces.weight - n))).sum());
        let constant: Zeroizing<Scalar> =
            Zeroizing::new(entries().map(|(x, (n, _))| x * n * (nonces.weight - n)).sum());
        BallotCommitments {
            vector,
            vector_nonce: commit_vector(&nonces.entries, &nonces.vector),
            randomness_nonce: (&nonces.randomness * RISTRETTO_BASEPOINT_TABLE).into(),
            encryption_nonce: (&*points_nonce * RISTRETTO_BASEPOINT_TABLE
                + nonces.randomness * statement.key().point())
            .into(),
            linear: blind(&linear, &nonces.linear_blinding),
            constant: blind(&constant, &nonces.constant_blinding),
            weight_nonce: self.blinding.map(|_| blind(&nonces.weight, &nonces.weight_blinding)),
        }
    }

    /// The answers to both challenges.
    fn answer(&self, nonces: &Nonces, x: &Scalar, c: &Scalar) -> BallotResponses {
        let powers = powers(x, self.randomness.len());
        let randomness: Zeroizing<Scalar> =
            Zeroizing::new(powers.iter().zip(&self.randomness).map(|(x, r)| x * r).sum());
        let answer = |nonce: &Scalar, secret: &Scalar| CanonicalScalar(nonce + c * secret);
        BallotResponses {
            entries: nonces.entries.iter().zip(&self.values).map(|(n, v)| answer(n, v)).collect(),
            vector: answer(&nonces.vector, &nonces.vector_blinding),
            randomness: answer(&nonces.randomness, &randomness),
            product: answer(&nonces.constant_blinding, &nonces.linear_blinding),
            weight: self
                .blinding
                .as_ref()
                .map(|blinding| (answer(&nonces.weight, &self.weight), answer(&nonces.weight_blinding, blinding))),
        }
    }

    /// Nonces depend on the statement, on all secrets and on fresh randomness: a repeated state of `rng` repeats none.
    fn nonce_rng(&self, transcript: &Transcript, rng: &mut (impl RngCore + CryptoRng)) -> TranscriptRng {
        let secrets = self.values.iter().chain(&self.randomness).chain([&self.weight]).chain(&self.blinding);
        secrets
            .fold(transcript.build_rng(), |builder, secret| {
                builder.rekey_with_witness_bytes(b"ballot", secret.as_bytes())
            })
            .finalize(rng)
    }
}

/// What a proof hides its secrets behind. Wiped on drop.
struct Nonces {
    /// t.
    vector_blinding: Scalar,
    /// ω, 0 where the weight is public.
    weight: Scalar,
    /// ψ.
    weight_blinding: Scalar,
    /// `n_k`.
    entries: Zeroizing<Vec<Scalar>>,
    /// θ.
    vector: Scalar,
    /// ρ.
    randomness: Scalar,
    /// τ1.
    linear_blinding: Scalar,
    /// τ0.
    constant_blinding: Scalar,
}

impl Drop for Nonces {
    fn drop(&mut self) {
        let Self { vector_blinding, weight, weight_blinding, vector, randomness, .. } = self;
        for secret in [vector_blinding, weight, weight_blinding, vector, randomness] {
            secret.zeroize();
        }
        self.linear_blinding.zeroize();
        self.constant_blinding.zeroize();
    }
}

/// `Σ value_k·G_k + blinding·B~`, in constant time.
fn commit_vector(values: &[Scalar], blinding: &Scalar) -> Element {
    let points: Vec<&RistrettoPoint> = vector_bases(values.len()).chain([blinding_base()]).collect();
    RistrettoPoint::multiscalar_mul(values.iter().chain([blinding]), points).into()
}

/// Uniform nonces that fulfil each question's sum rule with ω in place of the weight: that of its last option's first bit,
/// whose coefficient is 1, follows from the others.
fn entry_nonces(
    layout: &[QuestionEntries],
    count: usize,
    weight_nonce: &Scalar,
    rng: &mut TranscriptRng,
) -> Zeroizing<Vec<Scalar>> {
    let mut nonces: Zeroizing<Vec<Scalar>> = Zeroizing::new((0..count).map(|_| Scalar::random(rng)).collect());
    for question in layout {
        let last = question.options.last().and_then(|bits| bits.first());
        let (last, _) = *last.expect("a question has an option, and an option a bit");
        nonces[last] = Scalar::ZERO;
        let points: Scalar = question.options.iter().map(|bits| combine(bits, &nonces)).sum();
        nonces[last] = question.max * weight_nonce - points - combine(&question.slack, &nonces);
    }
    nonces
}

/// Bits of a number that sums of subsets of the coefficients reach, in constant time: the last coefficient is taken exactly
/// if the others do not suffice, and the others are powers of two.
fn subset_bits(coefficients: &[u32], number: u32) -> Vec<u8> {
    let others: u32 = coefficients.iter().rev().skip(1).sum();
    let last = coefficients.last().copied().unwrap_or_default();
    let take = number.ct_gt(&others);
    let rest = number.wrapping_sub(u32::conditional_select(&0, &last, take));
    (0..coefficients.len())
        .map(|bit| {
            let of_rest = (rest >> bit & 1) as u8;
            if bit + 1 == coefficients.len() { take.unwrap_u8() } else { of_rest }
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! The compressed proof: one sigma protocol for all options of a ballot together.
//!
//! # What is proved
//! The ciphertexts `(c1_j, c2_j)` of all options j of a ballot, its weight and the rules are public. There are `r_j`, points
//! `p_j` and one `w` such that for all j `c1_j = r_j·B` and `c2_j = w·p_j·B + r_j·Y`: each ciphertext encrypts w times its
//! points. For each question with the rule *(most, min, max)*, `0 <= p_j <= most` for its options and
//! `min <= Σ p_j <= max`. Where the weight is hidden, `C' = w·B + s·B~` opens to the same w; otherwise w = 1. A choice is
//! the case most = 1, scores and split points are others: a rule is nothing but these numbers.
//!
//! # How
//! Points are sums of bits with public coefficients: `p_j = Σ_i e_i·b_ji`, where the sums of subsets of the `e_i` are exactly
//! 0, …, most ([`QuestionRule::point_coefficients`]; the one coefficient 1 for a choice). All bits are committed to once, in a
//! Pedersen vector commitment, and one sigma protocol ties it to all ciphertexts. *Entries* are the values `v_k = w·b_ji` of
//! the options' bits, followed by slack values `w·d_i` of bits `d_i`, such that for each question
//! `Σ_j Σ_i e_i·v_ji + Σ a_i·(w·d_i) = max·w`, where the sums of subsets of the `a_i` are exactly 0, …, max - min
//! ([`QuestionRule::slack_coefficients`]). Write `[y]_j = Σ_i e_i·y_ji` for what entries y say of option j.
//!  1. The prover sends `V = Σ_k v_k·G_k + t·B~` over all entries. Challenge x; powers `x^1, x^2, …` weigh options and entries.
//!  2. With uniform `n_k` (which fulfil the sum rule with ω in place of w), ρ, θ, τ1, τ0, and ω, ψ (ω = 0 where w = 1), it sends
//!     `W = Σ n_k·G_k + θ·B~`, `A1 = ρ·B`, `A2 = (Σ_j x^j·[n]_j)·B + ρ·Y`, `T1 = e1·B + τ1·B~`, `T0 = e0·B + τ0·B~`,
//!     `K = ω·B + ψ·B~`, where `Σ_k x^k·(n_k + c·v_k)·(ω - n_k + c·(w - v_k)) = e0 + e1·c` as polynomials in c: the square
//!     term is `Σ_k x^k·v_k·(w - v_k) = 0`. Challenge c.
//!  3. It sends `z_k = n_k + c·v_k`, `z_t = θ + c·t`, `z_r = ρ + c·Σ_j x^j·r_j`, `z_τ = τ0 + c·τ1`, `z_w = ω + c·w`, `z_s = ψ + c·s`.
//!
//! The verifier checks, with `z_w = c` where w = 1 (sums over j are over options, over k over all entries):
//! ```text
//! opening      W + c·V              = Σ_k z_k·G_k + z_t·B~
//! randomness   A1 + c·Σ_j x^j·c1_j  = z_r·B
//! encryption   A2 + c·Σ_j x^j·c2_j  = (Σ_j x^j·[z]_j)·B + z_r·Y
//! choice       T0 + c·T1            = (Σ_k x^k·z_k·(z_w - z_k))·B + z_τ·B~
//! weight       K + c·C'             = z_w·B + z_s·B~                          (hidden weight only)
//! sum          Σ_j [z]_j + Σ_i a_i·z_i = max·z_w                              for each question, in scalars
//! ```
//!
//! # Why it is sound
//! `B~` and the `G_k` are hashed to the group: nobody, and no set of trustees, knows a relation among B, B~ and the `G_k`. Y
//! occurs in no commitment, so that the trustees' secret helps nobody. A prover who answers often enough is rewound: same
//! first messages, other challenges. In order:
//!  1. *One opening.* Accepting answers to three different c with the same first messages give, by *opening*,
//!     `W + c·V = Σ z_k·G_k + z_t·B~` three times. Two of them open V to some `(v_k, t)` and W to some `(n_k, θ)`; the third
//!     has `z_k = n_k + c·v_k`, or there is a relation among the generators. In the same way *choice* opens T1 to e1 and T0 to
//!     e0, and *weight* C' to w and K to ω, with `z_w = ω + c·w`; where w = 1 is public, ω = 0. V and C' were fixed before x, so
//!     the same `v_k` and w come out for every x, or again there is a relation.
//!  2. *Plaintexts.* There are unique `r*_j`, `v*_j` with `c1_j = r*_j·B`, `c2_j = v*_j·B + r*_j·Y`. *Randomness* for two c gives
//!     `z_r = ρ + c·Σ x^j·r*_j`, then *encryption* gives `Σ_j x^j·v*_j = Σ_j x^j·[v]_j`, without any assumption; the
//!     coefficients `e_i` are public and the same for every c, so `[z]_j = [n]_j + c·[v]_j`. Both sides are polynomials in x of
//!     degree at most 4,096 whose coefficients were fixed before x: unless `v*_j = [v]_j` for all j, they agree for at most
//!     4,096 of the 2^252 values of x.
//!  3. *Bits.* In *choice* the right side is a polynomial in c of degree 2 that equals `e0 + e1·c` at three c: its square
//!     coefficient vanishes, `Σ_k x^k·v_k·(w - v_k) = 0`. There are at most [`MAX_ENTRIES`] < 2^13 entries: for all but so many
//!     x every `v_k·(w - v_k) = 0`, so each `v_k` is 0 or w.
//!  4. *Points.* So `[v]_j = w·p_j` with `p_j` a sum of a subset of the `e_i`, which is one of 0, …, most and nothing else: no
//!     negative points and none above most. Which entries belong to which option, and the coefficients, follow from the
//!     rules, which stand in the transcript.
//!  5. *Sum.* It holds for two c, so `Σ_j [v]_j + Σ a_i·v_i = max·w`. Dividing by w: `Σ_j p_j + Σ a_i·d_i = max` modulo l. The left
//!     side is an integer of at most `2·options·most <= 2^21`, far below l, so it is equal in fact, and
//!     `Σ p_j = max - Σ a_i·d_i` lies in [min, max]. (For w = 0 nothing is voted; the circuit excludes it, and the bridge
//!     shows w < 2^64.)
//!
//! Answers for many x also give every `r_j`: whoever proves knows the ciphertexts' randomness, so no ciphertext that is copied
//! from another ballot, re-randomised or not, can be proved. (Three c for each of as many x as there are options are
//! enough: `prover/src/ballot/tests/extractor.rs` does it.) As x and c are hashes of everything before them, a forger who
//! makes q hashes succeeds with probability of about q·2^13 / 2^252, or finds a relation among the generators.
//!
//! # Why it hides
//! V and T1 are uniform, given x and c the answers are uniform among those that fulfil the sum rule, and the other messages
//! follow from the equations: a simulator needs no witness. The answers' number depends on the rules only. Points have
//! several representations as bits where most + 1 is not a power of two; which one is taken is as hidden as the bits.

use std::{io, sync::OnceLock};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use merlin::Transcript;

use crate::{
    ballot::{BallotStatement, MAX_BALLOT_OPTIONS, MAX_QUESTIONS, QuestionRule, read_length},
    domain::BALLOT_VECTOR_BASE,
    ristretto::{CanonicalScalar, Element, hash_to_ristretto},
    transcript::TranscriptProtocol,
};

/// Most slack bits of one question: the bits of 1,024 · 1,024.
const MAX_SLACK_BITS: usize = 21;
/// Most entries of one ballot.
pub const MAX_ENTRIES: usize = MAX_BALLOT_OPTIONS + MAX_SLACK_BITS * MAX_QUESTIONS;

/// The first messages of the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CompressedCommitments {
    /// `V`, sent before x.
    pub vector: Element,
    /// `W`.
    pub vector_nonce: Element,
    /// `A1`.
    pub randomness_nonce: Element,
    /// `A2`.
    pub encryption_nonce: Element,
    /// `T1`.
    pub linear: Element,
    /// `T0`.
    pub constant: Element,
    /// `K`; present exactly where the weight is hidden.
    pub weight_nonce: Option<Element>,
}

/// The answers of the proof.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct CompressedResponses {
    /// `z_k` of each entry: bits of the options in order, then slack bits in order of their questions.
    pub entries: Vec<CanonicalScalar>,
    /// `z_t`.
    pub vector: CanonicalScalar,
    /// `z_r`.
    pub randomness: CanonicalScalar,
    /// `z_τ`.
    pub product: CanonicalScalar,
    /// `z_w` and `z_s`; present exactly where the weight is hidden.
    pub weight: Option<(CanonicalScalar, CanonicalScalar)>,
}

impl BorshDeserialize for CompressedResponses {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let count = read_length(reader, MAX_ENTRIES)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "more answers than a ballot can have"))?;
        Ok(Self {
            entries: (0..count).map(|_| CanonicalScalar::deserialize_reader(reader)).collect::<io::Result<_>>()?,
            vector: CanonicalScalar::deserialize_reader(reader)?,
            randomness: CanonicalScalar::deserialize_reader(reader)?,
            product: CanonicalScalar::deserialize_reader(reader)?,
            weight: Option::deserialize_reader(reader)?,
        })
    }
}

/// The compressed proof: 32 bytes for each bit of an option's points and some 300 bytes. Encoding: borsh, bounded.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CompressedProof {
    /// The first messages.
    pub commitments: CompressedCommitments,
    /// The answers.
    pub responses: CompressedResponses,
}

/// One question's entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionEntries {
    /// Of each option, indices and coefficients of its bits; the first coefficient is 1.
    pub options: Vec<Vec<(usize, Scalar)>>,
    /// Indices and coefficients of its slack bits.
    pub slack: Vec<(usize, Scalar)>,
    /// The greatest sum of points.
    pub max: Scalar,
}

/// `Σ a_i·y_i` over some of the entries y: what they say of an option, or of a question's slack.
#[must_use]
pub fn combine(terms: &[(usize, Scalar)], entries: &[Scalar]) -> Scalar {
    terms.iter().filter_map(|(index, coefficient)| Some(coefficient * entries.get(*index)?)).sum()
}

impl BallotStatement<'_> {
    /// The entries of each question: the bits of all options come first, then all slack bits.
    #[must_use]
    pub fn layout(&self) -> Vec<QuestionEntries> {
        let (mut bit, mut slack) = (0, self.rules().iter().map(QuestionRule::bits).sum());
        let take = |first: &mut usize, coefficients: &[u32]| {
            let terms = (*first..).zip(coefficients.iter().map(|&a| Scalar::from(a))).collect();
            *first += coefficients.len();
            terms
        };
        self.rules()
            .iter()
            .map(|rule| {
                let points = rule.point_coefficients();
                QuestionEntries {
                    options: (0..rule.options()).map(|_| take(&mut bit, &points)).collect(),
                    slack: take(&mut slack, &rule.slack_coefficients()),
                    max: Scalar::from(rule.max()),
                }
            })
            .collect()
    }

    /// The number of entries: bits of points and slack bits.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.rules().iter().map(|rule| rule.bits() + rule.slack_coefficients().len()).sum()
    }
}

/// The challenge x, after `V`.
pub fn entry_challenge(transcript: &mut Transcript, vector: &Element) -> Scalar {
    transcript.append_element(b"V", vector);
    transcript.challenge_scalar(b"x")
}

/// The challenge c, after all first messages; `V` is absorbed before x.
pub fn answer_challenge(transcript: &mut Transcript, commitments: &CompressedCommitments) -> Scalar {
    transcript.append_element(b"W", &commitments.vector_nonce);
    transcript.append_element(b"A1", &commitments.randomness_nonce);
    transcript.append_element(b"A2", &commitments.encryption_nonce);
    transcript.append_element(b"T1", &commitments.linear);
    transcript.append_element(b"T0", &commitments.constant);
    if let Some(nonce) = &commitments.weight_nonce {
        transcript.append_element(b"K", nonce);
    }
    transcript.challenge_scalar(b"c")
}

/// `x^1, x^2, …, x^count`.
#[must_use]
pub fn powers(x: &Scalar, count: usize) -> Vec<Scalar> {
    std::iter::successors(Some(*x), |power| Some(power * x)).take(count).collect()
}

/// `G_1, …, G_count`, computed in blocks when first needed: `G_k` is the hash to Ristretto of
/// `tabella/v1/ballot/G` and k (8 bytes, little-endian, from 1). A count above [`MAX_ENTRIES`] gives only so many.
pub fn vector_bases(count: usize) -> impl Iterator<Item = &'static RistrettoPoint> {
    const BLOCK: usize = 64;
    static BLOCKS: [OnceLock<Vec<RistrettoPoint>>; MAX_ENTRIES.div_ceil(BLOCK)] =
        [const { OnceLock::new() }; MAX_ENTRIES.div_ceil(BLOCK)];
    let base = |k: usize| hash_to_ristretto(BALLOT_VECTOR_BASE, &[&(k as u64 + 1).to_le_bytes()]);
    BLOCKS
        .iter()
        .take(count.div_ceil(BLOCK))
        .enumerate()
        .flat_map(move |(index, block)| {
            block.get_or_init(|| (index * BLOCK..(index + 1) * BLOCK).map(base).collect()).iter()
        })
        .take(count)
}

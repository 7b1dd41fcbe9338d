//! Makes compressed proofs.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar, traits::MultiscalarMul,
};
use merlin::TranscriptRng;
use rand_core::{CryptoRng, RngCore};
use subtle::{ConditionallySelectable, ConstantTimeGreater};
use tabella_protocol::{
    ballot::{
        BallotOpening, BallotStatement, CompressedProof,
        compressed::{
            CompressedCommitments, CompressedResponses, QuestionEntries, answer_challenge, combine, entry_challenge,
            powers, vector_bases,
        },
    },
    ristretto::{CanonicalScalar, Element, blinding_base},
};
use zeroize::{Zeroize, Zeroizing};

use super::{ProveError, Secrets};

/// What the proof shows knowledge of. Wiped on drop.
pub(super) struct Witness {
    /// `v_k` of all entries in order.
    pub(super) values: Zeroizing<Vec<Scalar>>,
    pub(super) secrets: Secrets,
}

impl Witness {
    /// Lays the opening out in bits, and adds the slack values.
    pub(super) fn new(statement: &BallotStatement<'_>, opening: &BallotOpening) -> Result<Self, ProveError> {
        let secrets = Secrets::new(statement, opening)?;
        let mut bits: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(statement.entries()));
        for (rule, row) in statement.rules().iter().zip(opening.points()) {
            let coefficients = rule.point_coefficients();
            bits.extend(row.iter().flat_map(|points| subset_bits(&coefficients, u32::from(*points))));
        }
        for (rule, row) in statement.rules().iter().zip(opening.points()) {
            let sum = row.iter().copied().map(u32::from).sum::<u32>();
            bits.extend(subset_bits(&rule.slack_coefficients(), rule.max().wrapping_sub(sum)));
        }
        let values = Zeroizing::new(bits.iter().map(|bit| Scalar::from(*bit) * secrets.weight).collect());
        Ok(Self { values, secrets })
    }

    pub(super) fn prove(
        &self,
        statement: &BallotStatement<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> CompressedProof {
        let mut transcript = statement.transcript();
        let nonces = self.draw_nonces(statement, &mut self.secrets.nonce_rng(&transcript, &self.values, rng));
        let vector = self.vector(&nonces);
        let x = entry_challenge(&mut transcript, &vector);
        let commitments = self.commit(statement, &nonces, vector, &x);
        let c = answer_challenge(&mut transcript, &commitments);
        CompressedProof { responses: self.answer(&nonces, &x, &c), commitments }
    }

    /// Everything random of a proof; nothing of it depends on a challenge.
    pub(super) fn draw_nonces(&self, statement: &BallotStatement<'_>, rng: &mut TranscriptRng) -> Nonces {
        let vector_blinding = Scalar::random(rng);
        // ω is 0 where the weight is public: then z_w = c, which the verifier knows.
        let weight = self.secrets.blinding.map_or(Scalar::ZERO, |_| Scalar::random(rng));
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
    pub(super) fn vector(&self, nonces: &Nonces) -> Element {
        commit_vector(&self.values, &nonces.vector_blinding)
    }

    /// The first messages, once x is known.
    pub(super) fn commit(
        &self,
        statement: &BallotStatement<'_>,
        nonces: &Nonces,
        vector: Element,
        x: &Scalar,
    ) -> CompressedCommitments {
        let blind = |value: &Scalar, blinding: &Scalar| -> Element {
            (value * RISTRETTO_BASEPOINT_TABLE + blinding * blinding_base()).into()
        };
        let powers = powers(x, self.values.len());
        let layout = statement.layout();
        let options = layout.iter().flat_map(|question| &question.options);
        let points_nonce: Zeroizing<Scalar> =
            Zeroizing::new(powers.iter().zip(options).map(|(x, bits)| x * combine(bits, &nonces.entries)).sum());
        // e1 and e0: the coefficients of Σ x^k·(n_k + c·v_k)·(ω - n_k + c·(w - v_k)) at c and 1.
        let entries = || powers.iter().zip(nonces.entries.iter().zip(self.values.iter()));
        let linear: Zeroizing<Scalar> = Zeroizing::new(
            entries().map(|(x, (n, v))| x * (n * (self.secrets.weight - v) + v * (nonces.weight - n))).sum(),
        );
        let constant: Zeroizing<Scalar> =
            Zeroizing::new(entries().map(|(x, (n, _))| x * n * (nonces.weight - n)).sum());
        CompressedCommitments {
            vector,
            vector_nonce: commit_vector(&nonces.entries, &nonces.vector),
            randomness_nonce: (&nonces.randomness * RISTRETTO_BASEPOINT_TABLE).into(),
            encryption_nonce: (&*points_nonce * RISTRETTO_BASEPOINT_TABLE
                + nonces.randomness * statement.key().point())
            .into(),
            linear: blind(&linear, &nonces.linear_blinding),
            constant: blind(&constant, &nonces.constant_blinding),
            weight_nonce: self.secrets.blinding.map(|_| blind(&nonces.weight, &nonces.weight_blinding)),
        }
    }

    /// The answers to both challenges.
    pub(super) fn answer(&self, nonces: &Nonces, x: &Scalar, c: &Scalar) -> CompressedResponses {
        let powers = powers(x, self.secrets.randomness.len());
        let randomness: Zeroizing<Scalar> =
            Zeroizing::new(powers.iter().zip(&self.secrets.randomness).map(|(x, r)| x * r).sum());
        let answer = |nonce: &Scalar, secret: &Scalar| CanonicalScalar(nonce + c * secret);
        CompressedResponses {
            entries: nonces.entries.iter().zip(self.values.iter()).map(|(n, v)| answer(n, v)).collect(),
            vector: answer(&nonces.vector, &nonces.vector_blinding),
            randomness: answer(&nonces.randomness, &randomness),
            product: answer(&nonces.constant_blinding, &nonces.linear_blinding),
            weight: self.secrets.blinding.as_ref().map(|blinding| {
                (answer(&nonces.weight, &self.secrets.weight), answer(&nonces.weight_blinding, blinding))
            }),
        }
    }
}

/// What a proof hides its secrets behind. Wiped on drop.
pub(super) struct Nonces {
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
pub(super) fn commit_vector(values: &[Scalar], blinding: &Scalar) -> Element {
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
pub(super) fn subset_bits(coefficients: &[u32], number: u32) -> Vec<u8> {
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

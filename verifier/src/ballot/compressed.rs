//! The equations of compressed proofs.

use curve25519_dalek::scalar::Scalar;
use tabella_protocol::ballot::{
    BallotStatement, CompressedProof, Weight,
    compressed::{QuestionEntries, answer_challenge, combine, entry_challenge, powers},
};

use super::BallotError;
use crate::sigma::{Accumulator, Equation};

/// Most equations of one ballot.
pub(super) const MAX_EQUATIONS: usize = 5;

/// Everything that must hold for one ballot: the check in scalars, and the equations with the rule that each stands for.
pub(super) struct Checks {
    sums: Result<(), BallotError>,
    equations: Vec<(BallotError, Equation)>,
}

impl Checks {
    /// Recomputes the challenges, and writes the equations of [`tabella_protocol::ballot::compressed`] down.
    pub(super) fn new(statement: &BallotStatement<'_>, proof: &CompressedProof) -> Result<Self, BallotError> {
        let (commitments, responses) = (&proof.commitments, &proof.responses);
        let (found, expected) = (responses.entries.len(), statement.entries());
        if found != expected {
            return Err(BallotError::AnswerCount { found, expected });
        }
        let mut transcript = statement.transcript();
        let x = entry_challenge(&mut transcript, &commitments.vector);
        let c = answer_challenge(&mut transcript, commitments);

        // z_w, and the equation of a hidden weight.
        let (weight, weight_equation) = match (statement.body().weight(), &commitments.weight_nonce, &responses.weight)
        {
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
            key: Some((-responses.randomness.0, *statement.key())),
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

    pub(super) fn verdict(&self) -> Result<(), BallotError> {
        let mut equations = self.equations.iter();
        let broken = equations.find(|(rule, equation)| !matches!(rule, BallotError::Choice) && !equation.holds());
        if let Some((rule, _)) = broken {
            return Err(*rule);
        }
        // In this order an overvote is named as such.
        self.sums?;
        self.equations.iter().find(|(_, equation)| !equation.holds()).map_or(Ok(()), |(rule, _)| Err(*rule))
    }

    pub(super) fn add_weighted(&self, weights: &[Scalar], sum: &mut Accumulator) -> bool {
        for (weight, (_, equation)) in weights.iter().zip(&self.equations) {
            sum.add(weight, equation);
        }
        self.sums.is_ok() && self.equations.len() <= weights.len()
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

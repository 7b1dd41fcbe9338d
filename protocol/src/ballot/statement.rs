//! What a ballot's proof is about, whichever kind of proof it is.

use merlin::Transcript;
use thiserror::Error;

use crate::{
    ballot::{BallotBody, BallotProofKind, BoundsError, QuestionRule, Weight, check_rules},
    domain::{BALLOT_VECTOR_BASE, proof},
    elgamal::{Ciphertext, ElectionKey},
    transcript::{ProofContext, TranscriptProtocol},
};

/// Why a body does not fit the rules.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeError {
    /// The rules are more than a ballot can hold.
    #[error("the rules are out of bounds: {0}")]
    Rules(BoundsError),
    /// Another number of questions.
    #[error("the ballot answers {found} questions, the election has {expected}")]
    Questions {
        /// Questions of the ballot.
        found: usize,
        /// Questions of the election.
        expected: usize,
    },
    /// Another number of options.
    #[error("question {question}: the ballot has {found} options, the election {expected}")]
    Options {
        /// 0-based index of the question.
        question: usize,
        /// Options of the ballot.
        found: usize,
        /// Options of the election.
        expected: usize,
    },
    /// A ciphertext without randomness shows its vote.
    #[error("question {question}, option {option}: the ciphertext is not randomised")]
    NotRandomised {
        /// 0-based index of the question.
        question: usize,
        /// 0-based index of the option.
        option: usize,
    },
}

/// What all ballots of an election are proved against.
#[derive(Clone, Copy, Debug)]
pub struct BallotTerms<'a> {
    /// The election's id.
    pub election: &'a [u8; 32],
    /// The trustees' joint key.
    pub key: &'a ElectionKey,
    /// The rule of each question with points.
    pub rules: &'a [QuestionRule],
    /// How ballots are proved.
    pub proofs: BallotProofKind,
}

/// Everything that a ballot's proof is about; made only of a body that fits its rules.
#[derive(Clone, Debug)]
pub struct BallotStatement<'a> {
    context: ProofContext,
    terms: BallotTerms<'a>,
    body: &'a BallotBody,
}

impl<'a> BallotStatement<'a> {
    /// The statement about a body at a place, under the terms of an election.
    ///
    /// # Errors
    /// [`ShapeError`] if the body does not fit the rules.
    pub fn new(context: &ProofContext, terms: BallotTerms<'a>, body: &'a BallotBody) -> Result<Self, ShapeError> {
        let rules = terms.rules;
        check_rules(rules).map_err(ShapeError::Rules)?;
        if body.questions().len() != rules.len() {
            return Err(ShapeError::Questions { found: body.questions().len(), expected: rules.len() });
        }
        for (question, (rule, ciphertexts)) in rules.iter().zip(body.questions()).enumerate() {
            let (found, expected) = (ciphertexts.len(), usize::from(rule.options()));
            if found != expected {
                return Err(ShapeError::Options { question, found, expected });
            }
            if let Some(option) = ciphertexts.iter().position(|ciphertext| ciphertext.c1.is_identity()) {
                return Err(ShapeError::NotRandomised { question, option });
            }
        }
        Ok(Self { context: *context, terms, body })
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &'a BallotBody {
        self.body
    }

    /// The election key.
    #[must_use]
    pub const fn key(&self) -> &'a ElectionKey {
        self.terms.key
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &'a [QuestionRule] {
        self.terms.rules
    }

    /// All ciphertexts in the order of their options.
    pub fn ciphertexts(&self) -> impl Iterator<Item = &'a Ciphertext> {
        self.body.questions().iter().flatten()
    }

    /// The number of options, all questions together.
    #[must_use]
    pub fn options(&self) -> usize {
        self.body.questions().iter().map(Vec::len).sum()
    }

    /// A transcript that has absorbed the whole statement: kind of proof, place, election, key, rules, weight and all
    /// ciphertexts.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        let BallotTerms { election, key, rules, proofs } = self.terms;
        let label = match (proofs, self.body.weight()) {
            (BallotProofKind::Compressed, Weight::Unit) => proof::BALLOT,
            (BallotProofKind::Compressed, Weight::Hidden { .. }) => proof::WEIGHTED_BALLOT,
            (BallotProofKind::Disjunctive, Weight::Unit) => proof::DISJUNCTIVE_BALLOT,
            (BallotProofKind::Disjunctive, Weight::Hidden { .. }) => proof::WEIGHTED_DISJUNCTIVE_BALLOT,
        };
        let mut transcript = Transcript::for_proof(label, &self.context);
        transcript.append_message(b"election", election);
        transcript.append_element(b"key", key.element());
        if proofs == BallotProofKind::Compressed {
            transcript.append_message(b"vector generators", BALLOT_VECTOR_BASE.as_bytes());
        }
        if let Weight::Hidden { commitment } = self.body.weight() {
            transcript.append_element(b"weight", commitment);
        }
        transcript.append_u64(b"questions", rules.len() as u64);
        let mut bytes = Vec::new();
        for (index, (rule, ciphertexts)) in (0..).zip(rules.iter().zip(self.body.questions())) {
            transcript.append_u64(b"question", index);
            let rule = borsh::to_vec(rule).expect("writing to memory");
            transcript.append_message(b"rule", &rule);
            bytes.clear();
            // c1 || c2 of each option: 64 bytes each; their number is in the rule.
            for ciphertext in ciphertexts {
                bytes.extend_from_slice(ciphertext.c1.as_bytes());
                bytes.extend_from_slice(ciphertext.c2.as_bytes());
            }
            transcript.append_message(b"ciphertexts", &bytes);
        }
        transcript
    }
}

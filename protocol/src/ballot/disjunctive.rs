//! The disjunctive proof: for each option, and for each question's sum, that one of the numbers it may be is encrypted.
//!
//! Disjunctions of Chaum and Pedersen's proof, composed as Cramer, Damgård and Schoenmakers do it (CRYPTO '94), under one
//! challenge: what Helios and Belenios prove their ballots with.
//!
//! # What is proved
//! The statement of [`super::compressed`], word for word: there are `r_j`, points `p_j` and one `w` such that
//! `c1_j = r_j·B` and `c2_j = w·p_j·B + r_j·Y`, `0 <= p_j <= most`, `min <= Σ p_j <= max` for each question, and `w = 1`, or
//! `C' = w·B + s·B~`.
//!
//! # How
//! The *unit* `E = (E1, E2)` encrypts the weight. Where it is 1, `E = (0, B)` and everybody knows that. Where it is hidden,
//! the prover sends `E = (ρ·B, w·B + ρ·Y)` with fresh ρ, and shows that it encrypts what `C'` commits to.
//! *Targets* are the ciphertexts of all options in order, each with the numbers 0, …, most; then for each question in order the
//! sum of its ciphertexts, with min, …, max. A target `D = (D1, D2)` encrypts n times the weight exactly if `D - n·E` encrypts 0:
//! if there is an r with `D1 - n·E1 = r·B` and `D2 - n·E2 = r·Y`. A *branch* is a target with one of its numbers.
//!  1. The prover sends, for the hidden weight, `E1`, `E2` and `K1 = α·B`, `K2 = ω·B + α·Y`, `K = ω·B + ψ·B~`; and `(P, Q)` for each
//!     branch: `(t·B, t·Y)` for the number that is encrypted, and for every other, with challenge e and answer z drawn
//!     beforehand, what makes its equations true. Challenge c.
//!  2. It sends e and z of each branch, such that the challenges of a target add up to c: the last one follows from the others
//!     and is not sent. For the number that is encrypted, `z = t + e·r`. For the hidden weight it sends `z_ρ = α + c·ρ`,
//!     `z_w = ω + c·w`, `z_s = ψ + c·s`.
//!
//! The verifier checks, with the last challenge of each target computed as c less the others:
//! ```text
//! branch       P + e·(D1 - n·E1) = z·B    and    Q + e·(D2 - n·E2) = z·Y       for each branch of each target
//! unit         K1 + c·E1 = z_ρ·B          and    K2 + c·E2 = z_w·B + z_ρ·Y     (hidden weight only)
//! weight       K + c·C'  = z_w·B + z_s·B~                                      (hidden weight only)
//! ```
//!
//! # Why it is sound
//! Two accepting answers to different challenges c with the same first messages differ, for each target, in the challenge of
//! some branch, since those challenges add up to c. Its two equations, subtracted and divided by the difference of the
//! challenges, give an r with `D1 - n·E1 = r·B` and `D2 - n·E2 = r·Y`: the target encrypts n times what E does. This needs no assumption: the
//! trustees' secret is of no use to a forger, and neither are relations among generators. *Unit* gives ρ and w with
//! `E = (ρ·B, w·B + ρ·Y)`; *weight* gives an s with `C' = w·B + s·B~` for the same w, as `z_w` is the same in both. Another
//! opening of `C'` would be a relation between B and B~.
//!
//! So each `c_j` encrypts `w·p_j` with `0 <= p_j <= most`, and each question's sum `w·m` with `min <= m <= max`. It also encrypts
//! `w·Σ p_j`; for w ≠ 0, `Σ p_j = m` modulo l, and in fact, for both are at most 2^20. (For w = 0 nothing is voted; the
//! circuit excludes it.) The r of an option's branch and ρ give `r_j = r + n·ρ`: whoever proves knows the ciphertexts' randomness,
//! and a ballot copied from another one, re-randomised or not, cannot be proved.
//!
//! # Why it hides
//! Given c, all e but one of each target and all z are uniform, and every first message but the unit follows from the
//! equations: a simulator needs no witness, but a unit. With a hidden weight the unit is an ElGamal ciphertext of w under the
//! trustees' key: a threshold of trustees who break their word can decrypt it, as they can the ballot.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity};
use merlin::Transcript;

use crate::{
    ballot::{BallotStatement, QuestionRule, read_length},
    elgamal::Ciphertext,
    ristretto::{CanonicalScalar, Element},
    transcript::TranscriptProtocol,
};

/// Most branches of one ballot, 512 KiB of proof. Choices among 1,344 options fit, however many questions they are divided into: an
/// option has two branches, and a sum at most one more than its question has options.
pub const MAX_BRANCHES: usize = 4096;

/// The first messages of one branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BranchNonces {
    /// `P`.
    pub first: Element,
    /// `Q`.
    pub second: Element,
}

/// The first messages about a hidden weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnitCommitments {
    /// `E`: the encryption of the weight.
    pub unit: Ciphertext,
    /// `K1`.
    pub first_nonce: Element,
    /// `K2`.
    pub second_nonce: Element,
    /// `K`.
    pub weight_nonce: Element,
}

/// The answers about a hidden weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnitResponses {
    /// `z_ρ`.
    pub randomness: CanonicalScalar,
    /// `z_w`.
    pub weight: CanonicalScalar,
    /// `z_s`.
    pub blinding: CanonicalScalar,
}

/// The disjunctive proof: 128 bytes a branch, less 32 a target. Encoding: borsh of the fields in order, lists of at most [`MAX_BRANCHES`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct DisjunctiveProof {
    /// The first messages about the weight; present exactly where it is hidden.
    pub unit: Option<UnitCommitments>,
    /// `(P, Q)` of each branch: the numbers of a target in increasing order, the targets one after the other.
    pub nonces: Vec<BranchNonces>,
    /// e of each branch but the last of each target.
    pub challenges: Vec<CanonicalScalar>,
    /// z of each branch.
    pub answers: Vec<CanonicalScalar>,
    /// The answers about the weight; present exactly where it is hidden.
    pub weight: Option<UnitResponses>,
}

impl BorshDeserialize for DisjunctiveProof {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        fn list<T: BorshDeserialize, R: io::Read>(reader: &mut R) -> io::Result<Vec<T>> {
            let count = read_length(reader, MAX_BRANCHES)
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "more branches than a ballot can have"))?;
            (0..count).map(|_| T::deserialize_reader(reader)).collect()
        }
        Ok(Self {
            unit: Option::deserialize_reader(reader)?,
            nonces: list(reader)?,
            challenges: list(reader)?,
            answers: list(reader)?,
            weight: Option::deserialize_reader(reader)?,
        })
    }
}

/// What of a ballot a target is; indices are from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The ciphertext of an option.
    Option {
        /// Index of the question.
        question: usize,
        /// Index of the option in its question.
        option: usize,
    },
    /// The sum of a question's ciphertexts.
    Sum {
        /// Index of the question.
        question: usize,
    },
}

/// What one disjunction is about: a ciphertext, and the numbers of which one times the weight is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// `D1`.
    pub first: RistrettoPoint,
    /// `D2`.
    pub second: RistrettoPoint,
    /// What it is of the ballot.
    pub place: Place,
    /// The least number.
    pub least: u32,
    /// The greatest number.
    pub greatest: u32,
}

impl Target {
    /// How many branches it has: at least 1.
    #[must_use]
    pub const fn branches(&self) -> usize {
        (self.greatest - self.least) as usize + 1
    }
}

impl QuestionRule {
    /// How many branches the disjunctions of this question have: `options·(most + 1) + max - min + 1`.
    #[must_use]
    pub const fn branches(&self) -> usize {
        self.options() as usize * (self.most() as usize + 1) + (self.max() - self.min()) as usize + 1
    }
}

impl BallotStatement<'_> {
    /// The targets: all options in order, then the sum of each question.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        let none = RistrettoPoint::identity;
        let questions = || self.rules().iter().zip(self.body().questions()).enumerate();
        let options = questions().flat_map(|(question, (rule, ciphertexts))| {
            ciphertexts.iter().enumerate().map(move |(option, ciphertext)| Target {
                first: *ciphertext.c1.point(),
                second: *ciphertext.c2.point(),
                place: Place::Option { question, option },
                least: 0,
                greatest: u32::from(rule.most()),
            })
        });
        let sums = questions().map(|(question, (rule, ciphertexts))| Target {
            first: ciphertexts.iter().fold(none(), |sum, ciphertext| sum + ciphertext.c1.point()),
            second: ciphertexts.iter().fold(none(), |sum, ciphertext| sum + ciphertext.c2.point()),
            place: Place::Sum { question },
            least: rule.min(),
            greatest: rule.max(),
        });
        options.chain(sums).collect()
    }

    /// The number of branches of all targets.
    #[must_use]
    pub fn branches(&self) -> usize {
        self.rules().iter().map(QuestionRule::branches).sum()
    }
}

/// The challenge c, after all first messages: those about a hidden weight, then `P || Q` of each branch of each target, target
/// by target.
pub fn branch_challenge(
    transcript: &mut Transcript,
    unit: Option<&UnitCommitments>,
    targets: &[Target],
    nonces: &[BranchNonces],
) -> Scalar {
    if let Some(UnitCommitments { unit, first_nonce, second_nonce, weight_nonce }) = unit {
        transcript.append_element(b"E1", &unit.c1);
        transcript.append_element(b"E2", &unit.c2);
        transcript.append_element(b"K1", first_nonce);
        transcript.append_element(b"K2", second_nonce);
        transcript.append_element(b"K", weight_nonce);
    }
    let (mut nonces, mut bytes) = (nonces.iter(), Vec::new());
    for (index, target) in (0..).zip(targets) {
        transcript.append_u64(b"target", index);
        bytes.clear();
        for BranchNonces { first, second } in nonces.by_ref().take(target.branches()) {
            bytes.extend_from_slice(first.as_bytes());
            bytes.extend_from_slice(second.as_bytes());
        }
        transcript.append_message(b"branches", &bytes);
    }
    transcript.challenge_scalar(b"c")
}

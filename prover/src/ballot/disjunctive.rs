//! Makes disjunctive proofs.
//!
//! The branch of the number that is encrypted is computed as all others are, with a challenge that is 0 until c is known: no
//! operation tells which one it is.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_TABLE,
    ristretto::{RistrettoBasepointTable, RistrettoPoint},
    scalar::Scalar,
};
use merlin::TranscriptRng;
use rand_core::{CryptoRng, RngCore};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use tabella_protocol::{
    ballot::{
        BallotOpening, BallotStatement, DisjunctiveProof,
        disjunctive::{BranchNonces, MAX_BRANCHES, Target, UnitCommitments, UnitResponses, branch_challenge},
    },
    elgamal::{Ciphertext, ElectionKey},
    ristretto::{CanonicalScalar, blinding_base},
};
use zeroize::{Zeroize, Zeroizing};

use super::{ProveError, Secrets};

/// What the proof shows knowledge of. Wiped on drop.
pub(super) struct Witness {
    /// Of each target, how many times the weight it encrypts.
    pub(super) numbers: Zeroizing<Vec<u32>>,
    /// Of each target, its randomness.
    pub(super) randomness: Zeroizing<Vec<Scalar>>,
    pub(super) secrets: Secrets,
}

impl Witness {
    /// The options' points and the questions' sums.
    pub(super) fn new(statement: &BallotStatement<'_>, opening: &BallotOpening) -> Result<Self, ProveError> {
        if statement.branches() > MAX_BRANCHES {
            return Err(ProveError::Branches);
        }
        let secrets = Secrets::new(statement, opening)?;
        // With room for all: a list that grows leaves copies behind.
        let targets = statement.options() + statement.rules().len();
        let mut numbers: Zeroizing<Vec<u32>> = Zeroizing::new(Vec::with_capacity(targets));
        let mut randomness: Zeroizing<Vec<Scalar>> = Zeroizing::new(Vec::with_capacity(targets));
        let points = || opening.points().iter().map(|row| row.iter().copied().map(u32::from));
        numbers.extend(points().flatten());
        numbers.extend(points().map(Iterator::sum::<u32>));
        randomness.extend(&secrets.randomness);
        randomness.extend(opening.randomness().iter().map(|row| row.iter().sum::<Scalar>()));
        Ok(Self { numbers, randomness, secrets })
    }

    pub(super) fn prove(
        &self,
        statement: &BallotStatement<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> DisjunctiveProof {
        let mut transcript = statement.transcript();
        let values: Zeroizing<Vec<Scalar>> = Zeroizing::new(self.numbers.iter().copied().map(Scalar::from).collect());
        let targets = statement.targets();
        let nonces = self.draw_nonces(&targets, &mut self.secrets.nonce_rng(&transcript, &values, rng));
        let commitments = self.commit(statement.key(), &nonces);
        let c = branch_challenge(&mut transcript, commitments.unit.as_ref(), &targets, &commitments.branches);
        self.answer(&nonces, commitments, &c)
    }

    /// Everything random of a proof, target by target; nothing of it depends on a challenge.
    pub(super) fn draw_nonces(&self, targets: &[Target], rng: &mut TranscriptRng) -> Nonces {
        let unit = self.secrets.blinding.as_ref().map(|blinding| Unit::draw(blinding, rng));
        let unit_randomness = Zeroizing::new(unit.as_ref().map_or(Scalar::ZERO, |unit| unit.randomness));
        let mut branch = |encrypted: u32, randomness: &Scalar, number: u32| {
            let real = number.ct_eq(&encrypted);
            let number = Scalar::from(number);
            Branch {
                real: real.unwrap_u8(),
                randomness: randomness - number * *unit_randomness,
                difference: (Scalar::from(encrypted) - number) * self.secrets.weight,
                challenge: Scalar::conditional_select(&Scalar::random(rng), &Scalar::ZERO, real),
                nonce: Scalar::random(rng),
            }
        };
        let branches = targets
            .iter()
            .zip(self.numbers.iter().zip(self.randomness.iter()))
            .map(|(target, (encrypted, randomness))| {
                (target.least..=target.greatest).map(|number| branch(*encrypted, randomness, number)).collect()
            })
            .collect();
        Nonces { unit, branches }
    }

    /// The first messages.
    pub(super) fn commit(&self, key: &ElectionKey, nonces: &Nonces) -> Commitments {
        let table = RistrettoBasepointTable::create(key.point());
        Commitments {
            unit: nonces.unit.as_ref().map(|unit| unit.commit(key, &self.secrets.weight)),
            branches: nonces.branches.iter().flatten().map(|branch| branch.commit(&table)).collect(),
        }
    }

    /// The answers to the challenge.
    pub(super) fn answer(&self, nonces: &Nonces, commitments: Commitments, c: &Scalar) -> DisjunctiveProof {
        let (mut challenges, mut answers) = (Vec::new(), Vec::with_capacity(commitments.branches.len()));
        for branches in &nonces.branches {
            let rest = Zeroizing::new(c - branches.iter().map(|branch| branch.challenge).sum::<Scalar>());
            for branch in branches {
                let missing = Scalar::conditional_select(&Scalar::ZERO, &rest, Choice::from(branch.real));
                let challenge = branch.challenge + missing;
                answers.push(CanonicalScalar(branch.nonce + challenge * branch.randomness));
                challenges.push(CanonicalScalar(challenge));
            }
            // The last one of a target follows from the others.
            challenges.pop();
        }
        let weight = nonces.unit.as_ref().map(|unit| unit.answer(&self.secrets.weight, c));
        DisjunctiveProof { unit: commitments.unit, nonces: commitments.branches, challenges, answers, weight }
    }
}

/// The first messages of a proof.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Commitments {
    pub(super) unit: Option<UnitCommitments>,
    pub(super) branches: Vec<BranchNonces>,
}

/// What a proof hides its secrets behind. Wiped on drop.
pub(super) struct Nonces {
    /// Present exactly where the weight is hidden.
    pub(super) unit: Option<Unit>,
    /// The branches of each target.
    branches: Vec<Vec<Branch>>,
}

/// One branch of a target: whether this number n is the one that is encrypted. Wiped on drop.
struct Branch {
    /// 1 if it is, else 0.
    real: u8,
    /// r of `D - n·E`.
    randomness: Scalar,
    /// The value that `D - n·E` encrypts: 0 in the real branch.
    difference: Scalar,
    /// e; in the real branch 0 until c is known.
    challenge: Scalar,
    /// `z - e·r`: t in the real branch.
    nonce: Scalar,
}

impl Drop for Branch {
    fn drop(&mut self) {
        self.real.zeroize();
        self.randomness.zeroize();
        self.difference.zeroize();
        self.challenge.zeroize();
        self.nonce.zeroize();
    }
}

impl Branch {
    /// `(z·B - e·(D1 - n·E1), z·Y - e·(D2 - n·E2))`, with what is encrypted in place of the points.
    fn commit(&self, key: &RistrettoBasepointTable) -> BranchNonces {
        let value = Zeroizing::new(self.challenge * self.difference);
        BranchNonces {
            first: (&self.nonce * RISTRETTO_BASEPOINT_TABLE).into(),
            second: (&self.nonce * key - &*value * RISTRETTO_BASEPOINT_TABLE).into(),
        }
    }
}

/// What the proof hides a weight behind, and the opening of its commitment. Wiped on drop.
pub(super) struct Unit {
    /// s.
    blinding: Scalar,
    /// ρ.
    pub(super) randomness: Scalar,
    /// α.
    randomness_nonce: Scalar,
    /// ω.
    weight_nonce: Scalar,
    /// ψ.
    blinding_nonce: Scalar,
}

impl Drop for Unit {
    fn drop(&mut self) {
        let Self { blinding, randomness, randomness_nonce, weight_nonce, blinding_nonce } = self;
        for secret in [blinding, randomness, randomness_nonce, weight_nonce, blinding_nonce] {
            secret.zeroize();
        }
    }
}

impl Unit {
    fn draw(blinding: &Scalar, rng: &mut TranscriptRng) -> Self {
        Self {
            blinding: *blinding,
            randomness: Scalar::random(rng),
            randomness_nonce: Scalar::random(rng),
            weight_nonce: Scalar::random(rng),
            blinding_nonce: Scalar::random(rng),
        }
    }

    fn commit(&self, key: &ElectionKey, weight: &Scalar) -> UnitCommitments {
        let Ciphertext { c1, c2 } = Ciphertext::encrypt(key, &self.weight_nonce, &self.randomness_nonce);
        let weight_nonce: RistrettoPoint =
            &self.weight_nonce * RISTRETTO_BASEPOINT_TABLE + self.blinding_nonce * blinding_base();
        UnitCommitments {
            unit: Ciphertext::encrypt(key, weight, &self.randomness),
            first_nonce: c1,
            second_nonce: c2,
            weight_nonce: weight_nonce.into(),
        }
    }

    fn answer(&self, weight: &Scalar, c: &Scalar) -> UnitResponses {
        let answer = |nonce: &Scalar, secret: &Scalar| CanonicalScalar(nonce + c * secret);
        UnitResponses {
            randomness: answer(&self.randomness_nonce, &self.randomness),
            weight: answer(&self.weight_nonce, weight),
            blinding: answer(&self.blinding_nonce, &self.blinding),
        }
    }
}

//! The disjunctive proof: a forger's tool, and the verifier's equations as the argument states them.

mod argument;
mod forgeries;
mod places;

use curve25519_dalek::traits::Identity;
use tabella_protocol::ballot::{
    DisjunctiveProof,
    disjunctive::{BranchNonces, MAX_BRANCHES, Target, UnitResponses, branch_challenge},
};

use super::{
    super::disjunctive::{Commitments, Witness},
    *,
};

const PROOFS: BallotProofKind = BallotProofKind::Disjunctive;

/// What a cheating voter encrypts and claims. Values are small integers, negative ones modulo l.
struct Forgery {
    rules: Vec<QuestionRule>,
    key: ElectionKey,
    /// Encrypted for each option, all questions in a row.
    encrypted: Vec<i64>,
    /// Claimed of each target: options, then sums. What no branch has leaves all branches of the target without a witness.
    claimed: Vec<u32>,
    /// Committed in C', if the weight is hidden.
    committed: Option<i64>,
    /// Used as w in the proof.
    weight: i64,
    /// Added to the randomness of each target before the proof is made.
    shift: Scalar,
}

fn scalar(value: i64) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

impl Forgery {
    fn new(rules: &[QuestionRule], encrypted: &[i64], claimed: &[u32]) -> Self {
        let (rules, encrypted, claimed) = (rules.to_vec(), encrypted.to_vec(), claimed.to_vec());
        Self { rules, key: key(), encrypted, claimed, committed: None, weight: 1, shift: Scalar::ZERO }
    }

    /// With a committed weight, and the one that the proof uses.
    fn weighing(self, committed: i64, weight: i64) -> Self {
        Self { committed: Some(committed), weight, ..self }
    }

    fn cast(&self) -> Cast {
        let mut rng = rng(77);
        let (mut questions, mut randomness, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        let mut values = self.encrypted.iter();
        for rule in &self.rules {
            let drawn: Vec<Scalar> = (0..rule.options()).map(|_| Scalar::random(&mut rng)).collect();
            let encrypt = |(r, v): (&Scalar, &i64)| Ciphertext::encrypt(&self.key, &scalar(*v), r);
            questions.push(drawn.iter().zip(values.by_ref()).map(encrypt).collect());
            sums.push(drawn.iter().sum::<Scalar>());
            randomness.extend(drawn);
        }
        let blinding = self.committed.map(|_| Scalar::random(&mut rng));
        let weight = match (self.committed, blinding) {
            (Some(w), Some(s)) => {
                Weight::Hidden { commitment: (scalar(w) * RISTRETTO_BASEPOINT_POINT + s * blinding_base()).into() }
            }
            _ => Weight::Unit,
        };
        let witness = Witness {
            numbers: Zeroizing::new(self.claimed.clone()),
            randomness: Zeroizing::new(randomness.iter().chain(&sums).map(|r| r + self.shift).collect()),
            secrets: Secrets { randomness, weight: scalar(self.weight), blinding },
        };
        let body = BallotBody::new(questions, weight).expect("in bounds");
        let statement = BallotStatement::new(&context(), terms(&self.key, &self.rules, PROOFS), &body).expect("fits");
        let proof = BallotProof::Disjunctive(witness.prove(&statement, &mut rng));
        let (key, rules) = (self.key, self.rules.clone());
        Cast { context: context(), election: ELECTION, key, rules, proofs: PROOFS, body, proof }
    }

    fn refusal(&self) -> BallotError {
        let forged = self.cast();
        let error = forged.verify().expect_err("a forgery");
        let batch = verify_ballots(&[forged.item()], &mut rng(3));
        assert_eq!(batch, Err(BatchError { culprits: vec![0], reasons: vec![error] }));
        error
    }
}

impl Cast {
    fn disjunctive(&self) -> &DisjunctiveProof {
        let BallotProof::Disjunctive(proof) = &self.proof else { panic!("another kind") };
        proof
    }

    fn disjunctive_mut(&mut self) -> &mut DisjunctiveProof {
        let BallotProof::Disjunctive(proof) = &mut self.proof else { panic!("another kind") };
        proof
    }
}

const fn option(question: usize, option: usize) -> BallotError {
    BallotError::Option { question, option }
}

const fn sum(question: usize) -> BallotError {
    BallotError::Sum { question }
}

fn of_weight(cast: &mut Cast) -> &mut UnitResponses {
    cast.disjunctive_mut().weight.as_mut().expect("hidden")
}

/// An honest ballot of hidden weight, but for what is done to its first messages before the challenge.
fn cast_with_altered_commitments(change: impl Fn(&mut Commitments)) -> Cast {
    let weight = WeightOpening::new(6, Scalar::ONE);
    let rules = [rule(2, 1, 1)];
    let (body, opening) = encrypt(&rules, &key(), Some(weight), &[vec![0, 1]], &mut rng(1)).expect("allowed points");
    let key = key();
    let statement = BallotStatement::new(&context(), terms(&key, &rules, PROOFS), &body).expect("fits");
    let (targets, witness) = (statement.targets(), Witness::new(&statement, &opening).expect("fits"));
    let mut transcript = statement.transcript();
    let nonces = witness.draw_nonces(&targets, &mut witness.secrets.nonce_rng(&transcript, &[], &mut rng(4)));
    let mut commitments = witness.commit(&key, &nonces);
    change(&mut commitments);
    let c = branch_challenge(&mut transcript, commitments.unit.as_ref(), &targets, &commitments.branches);
    let proof = BallotProof::Disjunctive(witness.answer(&nonces, commitments, &c));
    Cast { context: context(), election: ELECTION, key, rules: rules.to_vec(), proofs: PROOFS, body, proof }
}

/// Every challenge of a proof, target by target, for a challenge c.
fn all_challenges(targets: &[Target], proof: &DisjunctiveProof, c: &Scalar) -> Vec<Vec<Scalar>> {
    let mut sent = proof.challenges.iter().map(|e| e.0);
    targets
        .iter()
        .map(|target| {
            let mut challenges: Vec<Scalar> = sent.by_ref().take(target.branches() - 1).collect();
            challenges.push(c - challenges.iter().sum::<Scalar>());
            challenges
        })
        .collect()
}

/// The verifier's equations as the argument states them, for any challenge.
fn accepts(cast: &Cast, c: &Scalar) -> bool {
    let (statement, proof) = (cast.statement(), cast.disjunctive());
    let (b, y) = (RISTRETTO_BASEPOINT_POINT, cast.key.point());
    let (unit, weight) = match (cast.body.weight(), &proof.unit, &proof.weight) {
        (Weight::Unit, None, None) => ((RistrettoPoint::identity(), b), true),
        (Weight::Hidden { commitment }, Some(sent), Some(answers)) => {
            let (e1, e2) = (*sent.unit.c1.point(), *sent.unit.c2.point());
            let (z_rho, z_w, z_s) = (answers.randomness.0, answers.weight.0, answers.blinding.0);
            let holds = sent.first_nonce.point() + c * e1 == z_rho * b
                && sent.second_nonce.point() + c * e2 == z_w * b + z_rho * y
                && sent.weight_nonce.point() + c * commitment.point() == z_w * b + z_s * blinding_base();
            ((e1, e2), holds)
        }
        _ => return false,
    };
    let targets = statement.targets();
    let mut sent = proof.nonces.iter().zip(&proof.answers);
    let branches = targets.iter().zip(all_challenges(&targets, proof, c)).all(|(target, challenges)| {
        (target.least..=target.greatest).zip(challenges).all(|(number, e)| {
            let (nonces, z) = sent.next().expect("a branch");
            let n = Scalar::from(number);
            nonces.first.point() + e * (target.first - n * unit.0) == z.0 * b
                && nonces.second.point() + e * (target.second - n * unit.1) == z.0 * y
        })
    });
    weight && branches
}

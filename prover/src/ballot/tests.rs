//! Honest ballots are accepted; everything that a ballot must not do is tried with the prover's own code and a false witness.

mod disjunctive;
mod extractor;
mod forgeries;
mod honest;
mod points;

use curve25519_dalek::{
    constants::{RISTRETTO_BASEPOINT_POINT, RISTRETTO_BASEPOINT_TABLE},
    ristretto::RistrettoPoint,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    ballot::CompressedProof,
    ristretto::{CanonicalScalar, Element, blinding_base, hash_to_ristretto},
    transaction::{LedgerId, TransactionDigest},
};
use tabella_verifier::ballot::{BallotError, BallotItem, BatchError, verify_ballot, verify_ballots};

use super::*;

const ELECTION: [u8; 32] = [7; 32];

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn key() -> ElectionKey {
    ElectionKey::new(hash_to_ristretto("election key of tests", &[]).into()).expect("not the identity")
}

fn context() -> ProofContext {
    ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 3 }
}

fn rule(options: u16, min: u16, max: u16) -> QuestionRule {
    QuestionRule::choose(options, min, max).expect("in bounds")
}

fn points(options: u16, most: u16, min: u32, max: u32) -> QuestionRule {
    QuestionRule::new(options, most, min, max).expect("in bounds")
}

/// A ballot with everything it is verified under.
#[derive(Clone)]
struct Cast {
    context: ProofContext,
    election: [u8; 32],
    key: ElectionKey,
    rules: Vec<QuestionRule>,
    proofs: BallotProofKind,
    body: BallotBody,
    proof: BallotProof,
}

impl Cast {
    fn terms(&self) -> BallotTerms<'_> {
        let Self { election, key, rules, proofs, .. } = self;
        BallotTerms { election, key, rules, proofs: *proofs }
    }

    fn statement(&self) -> BallotStatement<'_> {
        BallotStatement::new(&self.context, self.terms(), &self.body).expect("fits")
    }

    fn verify(&self) -> Result<(), BallotError> {
        verify_ballot(&self.context, self.terms(), &self.body, &self.proof)
    }

    fn item(&self) -> BallotItem<'_> {
        BallotItem { context: self.context, terms: self.terms(), body: &self.body, proof: &self.proof }
    }

    fn compressed(&self) -> &CompressedProof {
        let BallotProof::Compressed(proof) = &self.proof else { panic!("another kind") };
        proof
    }

    fn compressed_mut(&mut self) -> &mut CompressedProof {
        let BallotProof::Compressed(proof) = &mut self.proof else { panic!("another kind") };
        proof
    }
}

fn terms<'a>(key: &'a ElectionKey, rules: &'a [QuestionRule], proofs: BallotProofKind) -> BallotTerms<'a> {
    BallotTerms { election: &ELECTION, key, rules, proofs }
}

/// An honest ballot with a compressed proof.
fn cast(rules: &[QuestionRule], weight: Option<WeightOpening>, points: &[&[u16]], seed: u64) -> Cast {
    cast_with(BallotProofKind::Compressed, rules, weight, points, seed)
}

/// An honest ballot.
fn cast_with(
    proofs: BallotProofKind,
    rules: &[QuestionRule],
    weight: Option<WeightOpening>,
    points: &[&[u16]],
    seed: u64,
) -> Cast {
    let mut rng = rng(seed);
    let points: Vec<Vec<u16>> = points.iter().map(|row| row.to_vec()).collect();
    let (body, opening) = encrypt(rules, &key(), weight, &points, &mut rng).expect("allowed points");
    let proof = prove(&context(), terms(&key(), rules, proofs), &body, &opening, &mut rng).expect("fits");
    Cast { context: context(), election: ELECTION, key: key(), rules: rules.to_vec(), proofs, body, proof }
}

/// Adds B.
fn bump(element: &mut Element) {
    *element = (element.point() + RISTRETTO_BASEPOINT_POINT).into();
}

/// Changes what is encrypted, after the proof was made.
fn with_body(cast: &mut Cast, change: impl Fn(&mut Vec<Vec<Ciphertext>>, &mut Weight)) {
    let (mut questions, mut weight) = (cast.body.questions().to_vec(), *cast.body.weight());
    change(&mut questions, &mut weight);
    cast.body = BallotBody::new(questions, weight).expect("in bounds");
}

/// What is done to a ballot, by name, and the rule that refuses it then.
type Change = (&'static str, BallotError, fn(&mut Cast));

/// Each change is refused by its rule and by no other, alone and beside an honest ballot.
fn refuse_each<'a>(honest: &Cast, changes: impl Iterator<Item = &'a Change>) {
    for (name, error, change) in changes {
        let mut altered = honest.clone();
        change(&mut altered);
        assert_eq!(altered.verify(), Err(*error), "{name}");
        let batch = verify_ballots(&[honest.item(), altered.item()], &mut rng(1));
        assert_eq!(batch, Err(BatchError { culprits: vec![1], reasons: vec![*error] }), "{name}");
    }
}

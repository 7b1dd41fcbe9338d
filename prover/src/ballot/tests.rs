//! Honest ballots are accepted; everything that a ballot must not do is tried with the prover's own code and a false witness.

mod extractor;
mod forgeries;
mod honest;
mod points;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    ristretto::hash_to_ristretto,
    transaction::{LedgerId, TransactionDigest},
};
use tabella_verifier::ballot::{BallotError, BallotItem, verify_ballot};

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
    body: BallotBody,
    proof: BallotProof,
}

impl Cast {
    fn verify(&self) -> Result<(), BallotError> {
        verify_ballot(&self.context, &self.election, &self.key, &self.rules, &self.body, &self.proof)
    }

    fn item(&self) -> BallotItem<'_> {
        let Self { context, election, key, rules, body, proof } = self;
        BallotItem { context: *context, election, key, rules, body, proof }
    }
}

/// An honest ballot.
fn cast(rules: &[QuestionRule], weight: Option<WeightOpening>, points: &[&[u16]], seed: u64) -> Cast {
    let mut rng = rng(seed);
    let points: Vec<Vec<u16>> = points.iter().map(|row| row.to_vec()).collect();
    let (body, opening) = encrypt(rules, &key(), weight, &points, &mut rng).expect("allowed points");
    let proof = prove(&context(), &ELECTION, &key(), rules, &body, &opening, &mut rng).expect("fits");
    Cast { context: context(), election: ELECTION, key: key(), rules: rules.to_vec(), body, proof }
}

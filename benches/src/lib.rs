//! What several benchmarks set up.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where its scene cannot be set up")]

use std::path::Path;

use rand::{Rng, SeedableRng, rngs::OsRng};
use rand_chacha::ChaCha20Rng;
use tabella_election::{
    rehearsal::{Observer, RehearsalPlan, StageName, rehearse},
    voter::ProvingKeys,
};
use tabella_protocol::{
    ballot::{BallotBody, BallotProof, BallotProofKind, BallotTerms, QuestionRule},
    election::{QuestionKind, QuestionOption},
    elgamal::ElectionKey,
    note::NoteCommitment,
    ristretto::hash_to_ristretto,
    transaction::{LedgerId, TransactionDigest},
    transcript::ProofContext,
};
use tabella_prover::{
    ballot::{encrypt, prove},
    parameters::Parameters,
};
use tabella_verifier::{
    ballot::{BallotItem, verify_ballot, verify_ballots},
    groth16::VerifyingKeys,
};

/// A generator that gives every run of a benchmark the same scene.
#[must_use]
pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

/// Random leaves of a tree.
#[must_use]
pub fn leaves(count: usize) -> Vec<NoteCommitment> {
    let mut rng = rng();
    let leaf = || {
        loop {
            let mut bytes: [u8; 32] = rng.r#gen();
            bytes[31] &= 0x3f;
            if let Some(leaf) = NoteCommitment::from_bytes(&bytes) {
                return leaf;
            }
        }
    };
    std::iter::repeat_with(leaf).take(count).collect()
}

/// One question of approval, a place where ballots stand, and a voter who selects every second option.
#[derive(Debug)]
pub struct Booth {
    context: ProofContext,
    election: [u8; 32],
    key: ElectionKey,
    rules: Vec<QuestionRule>,
    proofs: BallotProofKind,
    points: Vec<Vec<u16>>,
}

impl Booth {
    /// A booth with so many options.
    #[must_use]
    pub fn new(options: u16, proofs: BallotProofKind) -> Self {
        Self {
            context: ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 0 },
            election: [3; 32],
            key: ElectionKey::new(hash_to_ristretto("key of benchmarks", &[]).into()).unwrap(),
            rules: vec![QuestionRule::choose(options, 0, options).unwrap()],
            proofs,
            points: vec![(0..options).map(|i| u16::from(i % 2 == 0)).collect()],
        }
    }

    fn terms(&self) -> BallotTerms<'_> {
        let Self { election, key, rules, proofs, .. } = self;
        BallotTerms { election, key, rules, proofs: *proofs }
    }

    /// Encrypts and proves a ballot.
    #[must_use]
    pub fn build(&self) -> (BallotBody, BallotProof) {
        let (body, opening) = encrypt(&self.rules, &self.key, None, &self.points, &mut OsRng).unwrap();
        let proof = prove(&self.context, self.terms(), &body, &opening, &mut OsRng).unwrap();
        (body, proof)
    }

    /// Verifies one ballot.
    pub fn verify(&self, (body, proof): &(BallotBody, BallotProof)) {
        verify_ballot(&self.context, self.terms(), body, proof).unwrap();
    }

    /// Verifies many at once.
    pub fn verify_all(&self, ballots: &[(BallotBody, BallotProof)]) {
        let (context, terms) = (self.context, self.terms());
        let items: Vec<_> = ballots.iter().map(|(body, proof)| BallotItem { context, terms, body, proof }).collect();
        verify_ballots(&items, &mut OsRng).unwrap();
    }
}

/// The record of a whole election of so many ballots over eight options, a tenth of them delegated, made in a folder.
#[must_use]
pub fn record(ballots: usize, directory: &Path) -> Vec<u8> {
    struct Silent;
    impl Observer for Silent {
        fn begin(&mut self, _: StageName, _: u64) {}
        fn done(&mut self, _: u64) {}
        fn end(&mut self) {}
    }
    let parameters = Parameters::development().unwrap();
    let keys = ProvingKeys::of(|shape| parameters.verifying_key(shape).id());
    let option = |i| QuestionOption { id: format!("{i}"), name: format!("Option {i}") };
    let plan = RehearsalPlan {
        title: "Benchmark".into(),
        options: (1..=8).map(option).collect(),
        kind: QuestionKind::Choose { min: 1, max: 5 },
        ballots: (0..ballots).map(|i| (0..8).map(|option| u16::from(option <= i % 5)).collect()).collect(),
        weights: None,
        ballot_proofs: BallotProofKind::Compressed,
        delegate_percent: 10,
    };
    let outcome = rehearse(&plan, directory, &parameters, keys, &VerifyingKeys::development(), &mut Silent).unwrap();
    std::fs::read(outcome.record).unwrap()
}

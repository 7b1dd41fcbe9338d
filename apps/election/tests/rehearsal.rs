//! A whole election, small, with real proofs.

#![allow(clippy::unwrap_used, reason = "a test")]

use tabella_election::{
    rehearsal::{Observer, RehearsalPlan, StageName, rehearse},
    voter::ProvingKeys,
};
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{QuestionKind, QuestionOption},
};
use tabella_prover::parameters::Parameters;
use tabella_verifier::groth16::VerifyingKeys;

struct Silent;

impl Observer for Silent {
    fn begin(&mut self, _: StageName, _: u64) {}
    fn done(&mut self, _: u64) {}
    fn end(&mut self) {}
}

#[test]
fn a_whole_election_with_delegation_recall_revote_and_override_gives_the_plain_count() {
    let parameters = Parameters::development().unwrap();
    let keys = ProvingKeys::of(|shape| parameters.verifying_key(shape).id());
    let option = |id: &str| QuestionOption { id: id.into(), name: id.into() };
    let plan = RehearsalPlan {
        title: "Which tree shall we plant?".into(),
        options: vec![option("oak"), option("lime"), option("larch")],
        kind: QuestionKind::Choose { min: 1, max: 2 },
        ballots: (0..12).map(|i| vec![1, u16::from(i % 3 == 1), u16::from(i % 3 == 2)]).collect(),
        weights: None,
        ballot_proofs: BallotProofKind::Compressed,
        delegate_percent: 40,
    };
    let directory = tempfile::tempdir().unwrap();
    let outcome =
        rehearse(&plan, directory.path(), &parameters, keys, &VerifyingKeys::development(), &mut Silent).unwrap();
    assert!(outcome.report.valid, "{:#?}", outcome.report);
    assert_eq!(outcome.result, outcome.plain_count);
    assert_eq!(outcome.counted, 12);
    assert!(!outcome.parts.recalls.is_empty() && !outcome.parts.overrides.is_empty());
    assert!(!outcome.parts.revotes.is_empty());
    println!("{:?} {} bytes", outcome.seconds, outcome.record_bytes);
}

#[test]
fn a_whole_election_of_hidden_weights_gives_the_weighted_plain_count() {
    let parameters = Parameters::development().unwrap();
    let keys = ProvingKeys::of(|shape| parameters.verifying_key(shape).id());
    let option = |id: &str| QuestionOption { id: id.into(), name: id.into() };
    let plan = RehearsalPlan {
        title: "Shall we buy the mill?".into(),
        options: vec![option("yes"), option("no")],
        kind: QuestionKind::Choose { min: 1, max: 1 },
        ballots: vec![vec![1, 0], vec![0, 1], vec![0, 1], vec![1, 0], vec![0, 1]],
        weights: Some(vec![1, 20, 300, 4_000, 50_000]),
        ballot_proofs: BallotProofKind::Compressed,
        delegate_percent: 40,
    };
    assert_eq!(plan.plain_count().unwrap().votes(), [4_001, 50_320]);
    let directory = tempfile::tempdir().unwrap();
    let outcome =
        rehearse(&plan, directory.path(), &parameters, keys, &VerifyingKeys::development(), &mut Silent).unwrap();
    assert!(outcome.report.valid, "{:#?}", outcome.report);
    assert_eq!(outcome.result, outcome.plain_count);
    assert!(!outcome.parts.recalls.is_empty() && !outcome.parts.overrides.is_empty());
    assert!(outcome.seconds.contains_key(&StageName::Distribution));
}

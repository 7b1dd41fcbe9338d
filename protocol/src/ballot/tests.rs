use std::collections::BTreeSet;

use curve25519_dalek::scalar::Scalar;
use proptest::prelude::*;

use super::*;
use crate::{
    election::{ManifestError, Question, QuestionKind, QuestionOption, Rules, Weights, check_terms},
    elgamal::ElectionKey,
    note::Timestamp,
    ristretto::hash_to_ristretto,
};

fn ciphertext(r: u64) -> Ciphertext {
    let key = ElectionKey::new(hash_to_ristretto("test key", &[]).into()).expect("not the identity");
    Ciphertext::encrypt(&key, &Scalar::ONE, &Scalar::from(r))
}

#[test]
fn rules_out_of_bounds_are_refused() {
    assert!(QuestionRule::choose(1, 0, 1).is_ok() && QuestionRule::choose(1024, 1024, 1024).is_ok());
    assert!(QuestionRule::new(1024, 1024, 0, 1024 * 1024).is_ok());
    for (options, most, min, max) in
        [(0, 1, 0, 0), (1025, 1, 1, 1), (3, 1, 2, 1), (3, 1, 0, 4), (3, 0, 0, 0), (1, 1025, 0, 1), (3, 10, 0, 31)]
    {
        assert_eq!(QuestionRule::new(options, most, min, max), Err(QuestionRuleError { options, most, min, max }));
        let bytes = borsh::to_vec(&(options, most, min, max)).expect("memory");
        assert!(borsh::from_slice::<QuestionRule>(&bytes).is_err());
    }
}

#[test]
fn rules_of_too_many_bits_are_refused() {
    let of = |options, most| QuestionRule::new(options, most, 0, 1).expect("in bounds");
    assert_eq!(check_rules(&[of(1024, 1); 4]), Ok(()));
    assert_eq!(check_rules(&[of(1024, 15)]), Ok(()));
    assert_eq!(check_rules(&[of(1024, 15), of(1, 1)]), Err(BoundsError::Bits));
    assert_eq!(check_rules(&[of(1024, 16)]), Err(BoundsError::Bits));
    assert_eq!(check_rules(&[of(1000, 1); 5]), Err(BoundsError::Total));
}

#[test]
fn manifest_with_too_many_branches_is_refused() {
    let question = |options: usize, kind| Question {
        title: "Which?".into(),
        options: (0..options).map(|id| QuestionOption { id: id.to_string(), name: "One".into() }).collect(),
        kind,
    };
    let check = |ballot_proofs, questions: &[Question]| {
        let rules = Rules {
            delegation: false,
            revoting: false,
            weights: Weights::One,
            ballot_proofs,
            smallest_group: 1,
            epoch_seconds: 60,
        };
        check_terms("Election", questions, (Timestamp::ZERO, Timestamp::MAX), &rules)
    };
    // n options that may all be chosen have 2n + n + 1 branches: 3,073 and, if one must be, 1,023.
    let choices = |min| {
        let all = QuestionKind::Choose { min: 0, max: 1024 };
        [question(1024, all), question(341, QuestionKind::Choose { min, max: 341 })]
    };
    assert_eq!(check(BallotProofKind::Disjunctive, &choices(1)), Ok(()));
    assert_eq!(check(BallotProofKind::Disjunctive, &choices(0)), Err(ManifestError::Branches { found: 4_097 }));
    assert_eq!(check(BallotProofKind::Compressed, &choices(0)), Ok(()));
    let divided = vec![question(21, QuestionKind::Choose { min: 0, max: 21 }); 64];
    assert_eq!(check(BallotProofKind::Disjunctive, &divided), Ok(()), "1,344 options in 64 questions");
    let scores = [question(64, QuestionKind::Score { most: 100, blank: true })];
    assert_eq!(check(BallotProofKind::Compressed, &scores), Ok(()));
    let found = 64 * 101 + 6_401;
    assert_eq!(check(BallotProofKind::Disjunctive, &scores), Err(ManifestError::Branches { found }));
}

fn sums_of_subsets(coefficients: &[u32]) -> Vec<u32> {
    let mut sums = BTreeSet::from([0]);
    for coefficient in coefficients {
        assert!(*coefficient > 0);
        sums = sums.iter().flat_map(|sum| [*sum, sum + coefficient]).collect();
    }
    sums.into_iter().collect()
}

proptest! {
    // The bits of an option reach every number of points and no other, the slack bits every sum from min to max and no other.
    #[test]
    fn bits_reach_exactly_the_allowed_ranges(most in 1_u16..=1024, a in 0_u32..=3000, b in 0_u32..=3000) {
        let (min, max) = (a.min(b).min(u32::from(most) * 10), a.max(b).min(u32::from(most) * 10));
        let rule = QuestionRule::new(10, most, min, max).expect("in bounds");
        prop_assert_eq!(sums_of_subsets(&rule.point_coefficients()), (0..=u32::from(most)).collect::<Vec<_>>());
        prop_assert_eq!(sums_of_subsets(&rule.slack_coefficients()), (0..=max - min).collect::<Vec<_>>());
        prop_assert_eq!(rule.point_coefficients()[0], 1);
        prop_assert_eq!(rule.bits(), 10 * rule.point_coefficients().len());
    }
}

#[test]
fn widest_ranges_fit_the_vector_bases() {
    let rule = QuestionRule::choose(1024, 0, 1024).expect("in bounds");
    assert_eq!(rule.slack_coefficients(), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1]);
    assert_eq!(rule.point_coefficients(), [1]);
    let rule = QuestionRule::new(1024, 1024, 0, 1024 * 1024).expect("in bounds");
    assert_eq!(rule.slack_coefficients().len(), 21);
}

// Attack 43: lengths that would allocate gigabytes, empty questions, trailing bytes.
#[test]
fn bodies_out_of_bounds_are_refused() {
    let body =
        BallotBody::new(vec![vec![ciphertext(1), ciphertext(2)], vec![ciphertext(3)]], Weight::Unit).expect("ok");
    let bytes = borsh::to_vec(&body).expect("memory");
    assert_eq!(borsh::from_slice::<BallotBody>(&bytes).expect("canonical"), body);
    assert!(borsh::from_slice::<BallotBody>(&[bytes.as_slice(), &[0]].concat()).is_err());

    let mut many_questions = bytes.clone();
    many_questions[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut many_options = bytes;
    many_options[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    for (bytes, message) in
        [(many_questions, BoundsError::Questions), (many_options, BoundsError::Options { question: 0 })]
    {
        let error = borsh::from_slice::<BallotBody>(&bytes).expect_err("out of bounds");
        assert_eq!(error.to_string(), message.to_string());
    }

    // All questions may be ranked.
    assert!(BallotBody::new(vec![], Weight::Unit).is_ok());
    assert_eq!(
        BallotBody::new(vec![vec![ciphertext(1)]; MAX_QUESTIONS + 1], Weight::Unit),
        Err(BoundsError::Questions)
    );
    assert_eq!(
        BallotBody::new(vec![vec![ciphertext(1)], vec![]], Weight::Unit),
        Err(BoundsError::Options { question: 1 })
    );
    assert_eq!(BallotBody::new(vec![vec![ciphertext(1); 1000]; 5], Weight::Unit), Err(BoundsError::Total));
}

#[test]
fn vector_bases_are_distinct_and_independent_of_how_many_are_asked_for() {
    let few: Vec<_> = compressed::vector_bases(70).collect();
    let more: Vec<_> = compressed::vector_bases(130).collect();
    assert_eq!((few.len(), more.len()), (70, 130));
    assert_eq!(few, more[..70]);
    let encodings: BTreeSet<[u8; 32]> = more.iter().map(|point| point.compress().to_bytes()).collect();
    assert_eq!(encodings.len(), 130);
    assert_eq!(compressed::vector_bases(usize::MAX).count(), compressed::MAX_ENTRIES);
}

#[test]
fn opening_prints_nothing() {
    let opening = BallotOpening::new(vec![vec![1, 0]], vec![vec![Scalar::ONE; 2]], None);
    assert_eq!(format!("{opening:?}"), "BallotOpening(<secret>)");
    assert_eq!(
        format!("{:?}", WeightOpening::new(77, Scalar::ONE)),
        "WeightOpening { weight: <secret>, blinding: <secret> }"
    );
    let disclosed = opening.disclose();
    let bytes = borsh::to_vec(&disclosed).expect("memory");
    assert_eq!(borsh::from_slice::<AuditOpening>(&bytes).expect("canonical"), disclosed);
}

use std::collections::BTreeSet;

use curve25519_dalek::scalar::Scalar;
use proptest::prelude::*;

use super::*;
use crate::{elgamal::ElectionKey, ristretto::hash_to_ristretto};

fn ciphertext(r: u64) -> Ciphertext {
    let key = ElectionKey::new(hash_to_ristretto("test key", &[]).into()).expect("not the identity");
    Ciphertext::encrypt(&key, &Scalar::ONE, &Scalar::from(r))
}

#[test]
fn rules_out_of_bounds_are_refused() {
    assert!(SelectionRule::new(1, 0, 1).is_ok() && SelectionRule::new(1024, 1024, 1024).is_ok());
    for (options, min, max) in [(0, 0, 0), (1025, 1, 1), (3, 2, 1), (3, 0, 4)] {
        assert_eq!(SelectionRule::new(options, min, max), Err(SelectionRuleError { options, min, max }));
        let bytes = borsh::to_vec(&(options, min, max)).expect("memory");
        assert!(borsh::from_slice::<SelectionRule>(&bytes).is_err());
    }
}

proptest! {
    // The slack bits reach every number of selections from min to max, and no other.
    #[test]
    fn slack_reaches_exactly_the_allowed_range(options in 1_u16..=200, a in 0_u16..=200, b in 0_u16..=200) {
        let (min, max) = (a.min(b).min(options), a.max(b).min(options));
        let rule = SelectionRule::new(options, min, max).expect("in bounds");
        let mut sums = BTreeSet::from([0]);
        for coefficient in rule.slack_coefficients() {
            prop_assert!(coefficient > 0);
            sums = sums.iter().flat_map(|sum| [*sum, sum + coefficient]).collect();
        }
        prop_assert_eq!(sums.into_iter().collect::<Vec<_>>(), (0..=max - min).collect::<Vec<_>>());
    }
}

#[test]
fn widest_range_needs_eleven_bits() {
    let rule = SelectionRule::new(1024, 0, 1024).expect("in bounds");
    assert_eq!(rule.slack_coefficients(), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1]);
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

    assert_eq!(BallotBody::new(vec![], Weight::Unit), Err(BoundsError::Questions));
    assert_eq!(
        BallotBody::new(vec![vec![ciphertext(1)], vec![]], Weight::Unit),
        Err(BoundsError::Options { question: 1 })
    );
    assert_eq!(BallotBody::new(vec![vec![ciphertext(1); 1000]; 5], Weight::Unit), Err(BoundsError::Total));
}

#[test]
fn vector_bases_are_distinct_and_independent_of_how_many_are_asked_for() {
    let few: Vec<_> = proof::vector_bases(70).collect();
    let more: Vec<_> = proof::vector_bases(130).collect();
    assert_eq!((few.len(), more.len()), (70, 130));
    assert_eq!(few, more[..70]);
    let encodings: BTreeSet<[u8; 32]> = more.iter().map(|point| point.compress().to_bytes()).collect();
    assert_eq!(encodings.len(), 130);
    assert_eq!(proof::vector_bases(usize::MAX).count(), proof::MAX_ENTRIES);
}

#[test]
fn opening_prints_nothing() {
    let opening = BallotOpening::new(vec![vec![true, false]], vec![vec![Scalar::ONE; 2]], None);
    assert_eq!(format!("{opening:?}"), "BallotOpening(<secret>)");
    assert_eq!(
        format!("{:?}", WeightOpening::new(77, Scalar::ONE)),
        "WeightOpening { weight: <secret>, blinding: <secret> }"
    );
    let disclosed = opening.disclose();
    let bytes = borsh::to_vec(&disclosed).expect("memory");
    assert_eq!(borsh::from_slice::<AuditOpening>(&bytes).expect("canonical"), disclosed);
}

//! Ballots that break the statement, proved with the prover's own code and a false witness.

use super::*;

#[test]
fn forgery_tool_makes_honest_ballots_too() {
    assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[0, 1, 0], &[0, 1, 0, 1]).cast().verify(), Ok(()));
    let weighted = Forgery::new(&[rule(2, 0, 2)], &[5, 0], &[1, 0, 1]).weighing(5, 5);
    assert_eq!(weighted.cast().verify(), Ok(()));
    let scored = Forgery::new(&[points(2, 6, 5, 7)], &[18, 3], &[6, 1, 7]).weighing(3, 3);
    assert_eq!(scored.cast().verify(), Ok(()));
}

#[test]
fn ballot_with_overvote_is_rejected() {
    // Said as it is, and as the rule wants it.
    for claimed in [2, 1] {
        assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[1, 1, 0], &[1, 1, 0, claimed]).refusal(), sum(0));
    }
    let second = Forgery::new(&[rule(2, 1, 1), rule(3, 0, 1)], &[0, 1, 1, 1, 0], &[0, 1, 1, 1, 0, 1, 1]);
    assert_eq!(second.refusal(), sum(1));
}

#[test]
fn ballot_with_undervote_is_rejected() {
    for claimed in [0, 1] {
        assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[0; 3], &[0, 0, 0, claimed]).refusal(), sum(0));
    }
    for claimed in 1..=4 {
        assert_eq!(Forgery::new(&[rule(4, 2, 4)], &[1, 0, 0, 0], &[1, 0, 0, 0, claimed]).refusal(), sum(0));
    }
}

// Attack 36.
#[test]
fn ballot_with_two_and_minus_one_is_rejected() {
    for claimed in [0, 1, 2] {
        let forgery = Forgery::new(&[rule(3, 1, 1)], &[2, 0, -1], &[claimed, 0, 0, 1]);
        assert_eq!(forgery.refusal(), option(0, 0));
        let forgery = Forgery::new(&[rule(3, 1, 1)], &[-1, 0, 2], &[claimed, 0, 1, 1]);
        assert_eq!(forgery.refusal(), option(0, 0));
    }
    assert_eq!(
        Forgery::new(&[rule(2, 0, 0), rule(2, 1, 1)], &[1, -1, 0, 1], &[1, 0, 0, 1, 0, 1]).refusal(),
        option(0, 1)
    );
}

#[test]
fn points_outside_of_the_rule_are_rejected() {
    let scores = points(3, 5, 1, 15);
    for most in [6, 7, 1_000, -1] {
        for claimed in [0, 5, 6] {
            let forgery = Forgery::new(&[scores], &[1, most, 0], &[1, claimed, 0, 6]);
            assert_eq!(forgery.refusal(), option(0, 1));
        }
    }
    assert_eq!(Forgery::new(&[scores], &[0; 3], &[0; 4]).refusal(), sum(0));
    let split = points(2, 6, 6, 6);
    assert_eq!(Forgery::new(&[split], &[6, 1], &[6, 1, 6]).refusal(), sum(0));
    assert_eq!(Forgery::new(&[split], &[3, 2], &[3, 2, 6]).refusal(), sum(0));
    assert_eq!(Forgery::new(&[split], &[7, -1], &[6, 0, 6]).refusal(), option(0, 0));
}

#[test]
fn points_moved_between_questions_are_rejected() {
    let forgery = Forgery::new(&[rule(2, 1, 1), rule(2, 1, 1)], &[1, 1, 0, 0], &[1, 1, 0, 0, 1, 1]);
    assert_eq!(forgery.refusal(), sum(0));
}

// Each question has numbers of its own.
#[test]
fn numbers_of_another_question_are_rejected() {
    let rules = [points(1, 3, 0, 3), points(1, 2, 0, 2)];
    assert_eq!(Forgery::new(&rules, &[3, 2], &[3, 2, 3, 2]).cast().verify(), Ok(()));
    assert_eq!(Forgery::new(&rules, &[3, 3], &[3, 3, 3, 3]).refusal(), option(1, 0));
}

#[test]
fn hidden_weights_that_differ_between_options_are_rejected() {
    // The sum is right: 3 + 7 = 2·5.
    assert_eq!(Forgery::new(&[rule(2, 2, 2)], &[3, 7], &[1, 1, 2]).weighing(5, 5).refusal(), option(0, 0));
    assert_eq!(Forgery::new(&[rule(2, 0, 2)], &[5, 3], &[1, 1, 2]).weighing(5, 5).refusal(), option(0, 1));
    assert_eq!(Forgery::new(&[rule(2, 1, 1)], &[5, 5], &[1, 1, 1]).weighing(5, 5).refusal(), sum(0));
}

#[test]
fn hidden_weight_that_differs_from_the_commitment_is_rejected() {
    for weight in [5, -3, 0] {
        let forgery = Forgery::new(&[rule(2, 1, 1)], &[weight, 0], &[1, 0, 1]).weighing(3, weight);
        assert_eq!(forgery.refusal(), BallotError::Weight);
    }
}

// The unit encrypts 5, and all answers about it are those of the committed 3.
#[test]
fn unit_of_another_weight_than_the_answers_is_rejected() {
    let mut forged = Forgery::new(&[rule(2, 1, 1)], &[3, 0], &[1, 0, 1]).weighing(3, 3).cast();
    let unit = forged.disjunctive_mut().unit.as_mut().expect("hidden");
    unit.unit.c2 = (unit.unit.c2.point() + scalar(2) * RISTRETTO_BASEPOINT_POINT).into();
    assert_eq!(forged.verify(), Err(BallotError::NotThisStatement));
    // The same before the challenge: made by a prover who adds 2·B to E2, and encrypts 5.
    let forgery = Forgery::new(&[rule(2, 1, 1)], &[5, 0], &[1, 0, 1]).weighing(3, 3);
    let honest = forgery.cast();
    let statement = honest.statement();
    let mut randomness = rng(77);
    let drawn = [Scalar::random(&mut randomness), Scalar::random(&mut randomness)];
    let blinding = Scalar::random(&mut randomness);
    let witness = Witness {
        numbers: Zeroizing::new(vec![1, 0, 1]),
        randomness: Zeroizing::new(vec![drawn[0], drawn[1], drawn[0] + drawn[1]]),
        secrets: Secrets { randomness: drawn.to_vec(), weight: scalar(3), blinding: Some(blinding) },
    };
    let targets = statement.targets();
    let mut transcript = statement.transcript();
    let nonces = witness.draw_nonces(&targets, &mut witness.secrets.nonce_rng(&transcript, &[], &mut rng(4)));
    let mut commitments = witness.commit(statement.key(), &nonces);
    let unit = commitments.unit.as_mut().expect("hidden");
    unit.unit.c2 = (unit.unit.c2.point() + scalar(2) * RISTRETTO_BASEPOINT_POINT).into();
    let c = branch_challenge(&mut transcript, commitments.unit.as_ref(), &targets, &commitments.branches);
    let proof = BallotProof::Disjunctive(witness.answer(&nonces, commitments, &c));
    assert_eq!(Cast { proof, ..honest.clone() }.verify(), Err(BallotError::Weight));
}

// Whoever knows the trustees' secret y can write 5·B + r·Y as 3·B + (r + 2/y)·Y; that randomness must also be the one in c1.
#[test]
fn collusion_with_the_trustees_does_not_change_what_is_encrypted() {
    let secret = Scalar::from(1_234_567_u64);
    let key = ElectionKey::new((secret * RISTRETTO_BASEPOINT_POINT).into()).expect("not the identity");
    let shift = scalar(2) * secret.invert();
    let rules = [rule(1, 1, 1)];
    let forgery = Forgery { key, shift, ..Forgery::new(&rules, &[3], &[1, 1]) };
    assert_eq!(forgery.refusal(), BallotError::NotThisStatement);
    let forgery = Forgery { key, shift, ..Forgery::new(&rules, &[5], &[1, 1]).weighing(3, 3) };
    assert_eq!(forgery.refusal(), BallotError::NotThisStatement);
}

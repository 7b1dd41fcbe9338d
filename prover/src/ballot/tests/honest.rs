use ark_bls12_381::Fr;
use tabella_protocol::{
    ballot::AuditWeight,
    election::{APPLICATION, AnswerRule, BallotCast, ElectionAction, ElectionId, OpenedBallot},
    jubjub::JubjubPoint,
    note::{AssetId, Nullifier, Timestamp},
    statement::{CastInstance, Window},
    transaction::{
        Action, ApplicationId, LedgerId, PoolId, TransactionEffects, TransferEffects, TransferStatement, VerifyingKeyId,
    },
    tree::Anchor,
};
use tabella_verifier::ballot::{AuditError, audit_opened_ballot, open_audit};

use super::{compressed::subset_bits, *};

const KINDS: [BallotProofKind; 2] = [BallotProofKind::Compressed, BallotProofKind::Disjunctive];

#[test]
fn bits_add_up_to_every_number() {
    for range in [0_u32, 1, 2, 3, 7, 8, 100, 1_024, 3_000] {
        let coefficients = QuestionRule::new(1024, 1024, 0, range).expect("in bounds").slack_coefficients();
        for number in 0..=range {
            let bits = subset_bits(&coefficients, number);
            let sum: u32 = bits.iter().zip(&coefficients).map(|(bit, a)| u32::from(*bit) * a).sum();
            assert_eq!(sum, number);
            assert!(bits.iter().all(|bit| *bit < 2));
        }
    }
}

#[test]
fn ballots_of_every_rule_are_accepted() {
    let weight = || WeightOpening::new(u64::MAX, Scalar::from(99_u64));
    let mut seed = 0;
    for (rule, rows) in [
        (rule(1, 0, 0), vec![vec![0_u16]]),
        (rule(1, 1, 1), vec![vec![1]]),
        (rule(3, 1, 1), vec![vec![1, 0, 0], vec![0, 0, 1]]),
        (rule(4, 0, 4), vec![vec![0, 0, 0, 0], vec![1, 0, 1, 0], vec![1, 1, 1, 1]]),
        (points(3, 10, 0, 30), vec![vec![0, 0, 0], vec![10, 0, 7], vec![10, 10, 10]]),
        (points(3, 5, 1, 15), vec![vec![0, 1, 0], vec![5, 5, 4]]),
        (points(4, 100, 100, 100), vec![vec![100, 0, 0, 0], vec![25, 25, 25, 25], vec![0, 1, 99, 0]]),
        (points(2, 1024, 3, 900), vec![vec![900, 0], vec![1, 2]]),
        (rule(5, 2, 4), vec![vec![1, 1, 0, 0, 0], vec![1, 1, 1, 0, 0], vec![1, 1, 0, 1, 1]]),
    ] {
        for row in rows {
            for weight in [None, Some(weight())] {
                for kind in KINDS {
                    seed += 1;
                    let cast = cast_with(kind, &[rule], weight.clone(), &[&row], seed);
                    assert_eq!(cast.verify(), Ok(()), "{kind:?} {rule:?} {row:?}");
                    assert_eq!(verify_ballots(&[cast.item()], &mut rng(seed)), Ok(()), "{kind:?} {rule:?} {row:?}");
                }
            }
        }
    }
}

#[test]
fn ballot_of_several_questions_survives_its_encoding() {
    let rules = [rule(3, 1, 1), rule(4, 0, 3), rule(2, 0, 2)];
    let weight = || WeightOpening::new(1_000, Scalar::from(5_u64));
    for (kind, weight) in KINDS.into_iter().flat_map(|kind| [(kind, None), (kind, Some(weight()))]) {
        let mut cast = cast_with(kind, &rules, weight, &[&[0, 1, 0], &[1, 0, 0, 1], &[0, 0]], 1);
        cast.body = borsh::from_slice(&borsh::to_vec(&cast.body).expect("memory")).expect("canonical");
        cast.proof = borsh::from_slice(&borsh::to_vec(&cast.proof).expect("memory")).expect("canonical");
        assert_eq!(cast.verify(), Ok(()));
    }
}

#[test]
fn batch_of_honest_ballots_is_accepted() {
    let single = cast(&[rule(3, 1, 1)], None, &[&[0, 1, 0]], 1);
    let weight = WeightOpening::new(9, Scalar::ONE);
    let weighted = cast(&[rule(2, 0, 2), rule(2, 1, 1)], Some(weight), &[&[1, 1], &[0, 1]], 2);
    assert_eq!(verify_ballots(&[single.item(), weighted.item(), single.item()], &mut rng(9)), Ok(()));
    let weight = WeightOpening::new(9, Scalar::ONE);
    let rules = [rule(2, 0, 2), rule(2, 1, 1)];
    let other = cast_with(BallotProofKind::Disjunctive, &rules, Some(weight), &[&[1, 1], &[0, 1]], 2);
    let other_single = cast_with(BallotProofKind::Disjunctive, &[rule(3, 1, 1)], None, &[&[0, 1, 0]], 1);
    let mixed = [single.item(), other.item(), weighted.item(), other_single.item(), other.item()];
    assert_eq!(verify_ballots(&mixed, &mut rng(9)), Ok(()));
    assert_eq!(verify_ballots(&[], &mut rng(9)), Ok(()));
}

#[test]
fn points_against_the_rule_are_not_encrypted() {
    let rules = [rule(3, 1, 2)];
    let error = |rows: &[Vec<u16>], weight| encrypt(&rules, &key(), weight, rows, &mut rng(1)).map(|_| ()).unwrap_err();
    assert_eq!(error(&[vec![0; 3]], None), EncryptError::Sum { question: 0, min: 1, max: 2 });
    assert_eq!(error(&[vec![1; 3]], None), EncryptError::Sum { question: 0, min: 1, max: 2 });
    assert_eq!(error(&[vec![0, 2, 0]], None), EncryptError::Points { question: 0, option: 1, most: 1 });
    assert_eq!(error(&[vec![1; 2]], None), EncryptError::Options { question: 0, found: 2, expected: 3 });
    assert_eq!(error(&[vec![1; 2], vec![]], None), EncryptError::Questions { found: 2, expected: 1 });
    let weightless = Some(WeightOpening::new(0, Scalar::ONE));
    assert_eq!(error(&[vec![1, 0, 0]], weightless), EncryptError::Weight);
}

#[test]
fn opening_of_another_weight_is_refused_by_the_prover() {
    let rules = [rule(2, 1, 1)];
    let encrypt = |weight, seed| encrypt(&rules, &key(), weight, &[vec![1, 0]], &mut rng(seed)).expect("allowed");
    let (body, _) = encrypt(Some(WeightOpening::new(3, Scalar::ONE)), 1);
    for weight in [None, Some(WeightOpening::new(4, Scalar::ONE))] {
        let (_, opening) = encrypt(weight, 2);
        for kind in KINDS {
            let result = prove(&context(), terms(&key(), &rules, kind), &body, &opening, &mut rng(3));
            assert_eq!(result, Err(ProveError::Opening));
        }
    }
}

#[test]
fn opened_ballot_shows_its_points_and_lies_are_found() {
    let rules = [rule(3, 1, 1), points(2, 9, 0, 12)];
    let selections = [vec![0, 1, 0], vec![1, 8]];
    for weight in [None, Some(WeightOpening::new(12, Scalar::from(8_u64)))] {
        let (body, opening) = encrypt(&rules, &key(), weight, &selections, &mut rng(4)).expect("allowed");
        let opening = opening.disclose();
        assert_eq!(open_audit(&key(), &rules, &body, &opening), Ok(selections.to_vec()));
        let audit = |lie: &dyn Fn(&mut tabella_protocol::ballot::AuditOpening)| {
            let mut opening = opening.clone();
            lie(&mut opening);
            open_audit(&key(), &rules, &body, &opening).unwrap_err()
        };

        // The booth encrypted another option than it shows.
        let error = audit(&|opening| opening.points[0] = vec![1, 0, 0]);
        assert_eq!(error, AuditError::Ciphertext { question: 0, option: 0 });
        let error = audit(&|opening| opening.randomness[1][1].0 += Scalar::ONE);
        assert_eq!(error, AuditError::Ciphertext { question: 1, option: 1 });
        let error = audit(&|opening| {
            opening.weight = match opening.weight {
                None => Some(AuditWeight { weight: 1, blinding: CanonicalScalar(Scalar::ZERO) }),
                Some(weight) => Some(AuditWeight { weight: weight.weight + 1, ..weight }),
            }
        });
        assert_eq!(error, AuditError::Weight);
        assert_eq!(audit(&|opening| opening.points[1].truncate(1)), AuditError::OpeningShape { question: 1 });
        assert_eq!(audit(&|opening| opening.randomness.truncate(1)), AuditError::QuestionCount);
        for strict in [points(2, 9, 0, 8), points(2, 7, 0, 12)] {
            let audit = open_audit(&key(), &[rules[0], strict], &body, &opening);
            assert_eq!(audit, Err(AuditError::Rule { question: 1 }));
        }
    }
}

fn effects_of(body: &BallotBody) -> TransactionEffects {
    let instance = CastInstance {
        anchor: Anchor::new(Fr::from(1)),
        nullifier: Nullifier::new(Fr::from(2)),
        rk: JubjubPoint::identity(),
        asset: AssetId::new(Fr::from(3)),
        contract_revealed: Fr::from(0),
        weight: 1,
        level: false,
        window: Window::new(Timestamp::ZERO, Timestamp::MAX).expect("in order"),
    };
    let transfer = TransferEffects {
        pool: PoolId([4; 32]),
        verifying_key: VerifyingKeyId([5; 32]),
        statement: TransferStatement::Cast(instance),
        contract: None,
    };
    let cast = BallotCast { election: ElectionId(ELECTION), revision: 0, ballot: body.clone(), rankings: Vec::new() };
    let action = borsh::to_vec(&ElectionAction::Cast(cast)).expect("writing to memory");
    let action = Action { application: APPLICATION, body: action };
    TransactionEffects::new(LedgerId([1; 32]), vec![transfer], vec![action])
}

// A booth that shows the tracker of a false ballot, and opens an honest one when the voter chooses to audit.
#[test]
fn booth_that_opens_another_ballot_than_it_committed_to_is_found() {
    let rules = [rule(3, 1, 1)];
    let (wanted, false_choice) = ([vec![0, 1, 0]], [vec![1, 0, 0]]);
    let (committed, _) = encrypt(&rules, &key(), None, &false_choice, &mut rng(4)).expect("allowed");
    let (shown, opening) = encrypt(&rules, &key(), None, &wanted, &mut rng(5)).expect("allowed");
    let opening = opening.disclose();
    let tracker = effects_of(&committed).digest();
    // The ciphertexts that it shows are right; only the tracker tells.
    assert_eq!(open_audit(&key(), &rules, &shown, &opening), Ok(wanted.to_vec()));
    let election = ElectionId(ELECTION);
    let answers = rules.map(AnswerRule::Points);
    let audit = |tracker, opened: &OpenedBallot| audit_opened_ballot(tracker, election, &key(), &answers, opened);
    let opened = OpenedBallot { effects: effects_of(&shown), opening: opening.clone(), rankings: vec![] };
    assert_eq!(audit(tracker, &opened), Err(AuditError::Tracker));
    let opened = OpenedBallot { effects: effects_of(&committed), opening: opening.clone(), rankings: vec![] };
    assert!(matches!(audit(tracker, &opened), Err(AuditError::Ciphertext { .. })));
    let honest = OpenedBallot { effects: effects_of(&shown), opening, rankings: vec![] };
    let tracker = honest.effects.digest();
    assert_eq!(audit(tracker, &honest), Ok(wanted.to_vec()));
    let bytes = borsh::to_vec(&honest).expect("writing to memory");
    assert_eq!(borsh::from_slice::<OpenedBallot>(&bytes).ok(), Some(honest.clone()));

    // Its tracker is right, and it could never count.
    let other = audit_opened_ballot(tracker, ElectionId([8; 32]), &key(), &answers, &honest);
    assert_eq!(other, Err(AuditError::OtherElection));
    let alter = |alteration: &dyn Fn(&mut TransactionEffects)| {
        let mut opened = honest.clone();
        alteration(&mut opened.effects);
        audit(opened.effects.digest(), &opened).unwrap_err()
    };
    assert_eq!(alter(&|effects| effects.transfers.clear()), AuditError::NoBallot);
    assert_eq!(alter(&|effects| effects.actions.push(effects.actions[0].clone())), AuditError::NoBallot);
    assert_eq!(alter(&|effects| effects.actions[0].application = ApplicationId([0; 8])), AuditError::NoBallot);
    assert_eq!(alter(&|effects| effects.actions[0].body.push(0)), AuditError::NoBallot);
}

/// A machine that is copied or restored gives the same "random" bytes again. Whoever sees two such ballots (of one right or of
/// two) must not see how they differ, and whoever saw one opened must not open the other.
#[test]
fn ballots_of_a_generator_that_repeats_itself_share_no_randomness() {
    let rules = [rule(4, 1, 1)];
    let weight = |value| WeightOpening::new(value, Scalar::from(9_u64));
    let encrypted = |points: &[u16], weight: Option<WeightOpening>, key: &ElectionKey| {
        encrypt(&rules, key, weight, &[points.to_vec()], &mut rng(5)).expect("allowed points")
    };
    let other_key = ElectionKey::new(hash_to_ristretto("another election key", &[]).into()).expect("not the identity");
    let ballots = [
        encrypted(&[1, 0, 0, 0], None, &key()),
        encrypted(&[0, 0, 1, 0], None, &key()),
        encrypted(&[1, 0, 0, 0], None, &other_key),
        encrypted(&[1, 0, 0, 0], Some(weight(1)), &key()),
        encrypted(&[1, 0, 0, 0], Some(weight(2)), &key()),
    ];
    for (index, (first, opened)) in ballots.iter().enumerate() {
        for (second, _) in ballots.iter().skip(index + 1) {
            let pairs = || first.questions()[0].iter().zip(&second.questions()[0]);
            // With equal r the difference of c2 is that of the votes times B.
            assert!(pairs().all(|(a, b)| a.c1 != b.c1));
            let (r, y) = (&opened.randomness()[0], key());
            let opens = |(r, (_, b)): (&Scalar, (&Ciphertext, &Ciphertext))| {
                let vote = b.c2.point() - r * y.point();
                [0_u64, 1].iter().any(|guess| vote == &Scalar::from(*guess) * RISTRETTO_BASEPOINT_TABLE)
            };
            assert!(!r.iter().zip(pairs()).any(opens));
        }
    }
    // Each r is drawn for itself, too.
    let c1: std::collections::BTreeSet<[u8; 32]> =
        ballots.iter().flat_map(|(body, _)| &body.questions()[0]).map(|c| *c.c1.as_bytes()).collect();
    assert_eq!(c1.len(), 4 * ballots.len());
}

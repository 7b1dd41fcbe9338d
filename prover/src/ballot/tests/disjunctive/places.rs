//! Proofs that are moved, copied, altered, of the wrong size, or made to cancel in a batch.

use super::*;

// Attack 23, 27 and 28: everything public is in the challenge.
#[test]
fn proof_moved_elsewhere_is_rejected() {
    for weight in [None, Some(WeightOpening::new(4, Scalar::ONE))] {
        let rules = [rule(3, 1, 1), rule(3, 1, 1)];
        let honest = cast_with(PROOFS, &rules, weight, &[&[0, 1, 0], &[1, 0, 0]], 1);
        let moves: [&dyn Fn(&mut Cast); 9] = [
            &|cast| cast.context.ledger = LedgerId([9; 32]),
            &|cast| cast.context.digest = TransactionDigest([9; 32]),
            &|cast| cast.context.index += 1,
            &|cast| cast.election = [9; 32],
            &|cast| cast.key = ElectionKey::new(hash_to_ristretto("another key", &[]).into()).expect("a key"),
            &|cast| cast.rules[0] = rule(3, 0, 0),
            &|cast| cast.rules[1] = rule(3, 2, 2),
            &|cast| with_body(cast, |questions, _| questions.swap(0, 1)),
            &|cast| with_body(cast, |questions, _| questions[0].swap(0, 1)),
        ];
        for (number, change) in moves.iter().enumerate() {
            let mut moved = honest.clone();
            change(&mut moved);
            assert_eq!(moved.verify(), Err(BallotError::NotThisStatement), "move {number}");
        }
        let mut wider = honest.clone();
        wider.rules[0] = rule(3, 0, 1);
        assert_eq!(wider.verify(), Err(BallotError::AnswerCount { found: 14, expected: 15 }));
    }
}

#[test]
fn proof_of_the_other_kind_is_rejected() {
    let rules = [rule(2, 1, 1)];
    for kind in [BallotProofKind::Compressed, BallotProofKind::Disjunctive] {
        let mut other = cast_with(kind, &rules, None, &[&[0, 1]], 1);
        assert_eq!(other.verify(), Ok(()));
        other.proofs = match kind {
            BallotProofKind::Compressed => BallotProofKind::Disjunctive,
            BallotProofKind::Disjunctive => BallotProofKind::Compressed,
        };
        assert_eq!(other.verify(), Err(BallotError::ProofKind));
        let batch = verify_ballots(&[other.item()], &mut rng(1));
        assert_eq!(batch, Err(BatchError { culprits: vec![0], reasons: vec![BallotError::ProofKind] }));
    }
}

// Attack 28: with a false ciphertext, choose the key that makes the equations true. This forger answers every challenge that does
// not depend on the key; were the key not hashed, he would give a thousand points.
#[test]
fn key_chosen_after_the_proof_is_rejected() {
    let rules = [rule(1, 1, 1)];
    let mut forged = Forgery::new(&rules, &[1_000], &[1, 1]).cast();
    let (r, p) = (Scalar::from(77_u64), Scalar::from(88_u64));
    with_body(&mut forged, |questions, _| questions[0][0].c1 = (r * RISTRETTO_BASEPOINT_POINT).into());
    // The branch of 0 is nothing at all, those of 1 have P = p·B and some Q.
    let nothing = Element::new(RistrettoPoint::identity());
    let q = hash_to_ristretto("Q", &[]);
    let branch = BranchNonces { first: (p * RISTRETTO_BASEPOINT_POINT).into(), second: q.into() };
    let proof = forged.disjunctive_mut();
    proof.nonces = vec![BranchNonces { first: nothing, second: nothing }, branch, branch];
    proof.challenges = vec![CanonicalScalar(Scalar::ZERO)];
    let nonces = proof.nonces.clone();
    let (statement, targets) = (forged.statement(), forged.statement().targets());
    let c = branch_challenge(&mut statement.transcript(), None, &targets, &nonces);
    let z = p + c * r;
    let key = z.invert() * (q + c * (targets[0].second - RISTRETTO_BASEPOINT_POINT));
    let answers = [Scalar::ZERO, z, z].map(CanonicalScalar).to_vec();
    forged.disjunctive_mut().answers = answers;
    forged.key = ElectionKey::new(key.into()).expect("not the identity");
    assert!(accepts(&forged, &c), "the equations hold for the challenge of another key");
    assert_eq!(forged.verify(), Err(BallotError::NotThisStatement));
}

// Attack 33.
#[test]
fn copied_ballot_is_rejected() {
    let victim = cast_with(PROOFS, &[rule(2, 1, 1)], None, &[&[0, 1]], 5);
    // As it is, in the copier's own transaction.
    let mut copy = victim.clone();
    copy.context.digest = TransactionDigest([8; 32]);
    assert_eq!(copy.verify(), Err(BallotError::NotThisStatement));

    // Re-randomised, in the victim's own place, with the answers adapted as far as one can: e is known of every branch.
    let shift = Scalar::from(31_337_u64);
    let mut moved = victim.clone();
    with_body(&mut moved, |questions, _| {
        for ciphertext in &mut questions[0] {
            *ciphertext = *ciphertext + Ciphertext::encrypt(&key(), &Scalar::ZERO, &shift);
        }
    });
    let targets = victim.statement().targets();
    let c = branch_challenge(&mut victim.statement().transcript(), None, &targets, &victim.disjunctive().nonces);
    let shifts = [shift, shift, shift + shift];
    for (branch, e) in all_challenges(&targets, victim.disjunctive(), &c).into_iter().flatten().enumerate() {
        moved.disjunctive_mut().answers[branch].0 += e * shifts[(branch / 2).min(2)];
    }
    assert!(accepts(&moved, &c), "the equations hold for the victim's challenge");
    assert_eq!(moved.verify(), Err(BallotError::NotThisStatement));

    // With a new proof, by a copier who even guesses the choice: the randomness is missing.
    let witness = Witness {
        numbers: Zeroizing::new(vec![0, 1, 1]),
        randomness: Zeroizing::new(shifts.to_vec()),
        secrets: Secrets { randomness: vec![shift; 2], weight: Scalar::ONE, blinding: None },
    };
    moved.proof = BallotProof::Disjunctive(witness.prove(&moved.statement(), &mut rng(6)));
    assert_eq!(moved.verify(), Err(BallotError::NotThisStatement));
}

// Attack 34.
#[test]
fn ciphertext_without_randomness_is_rejected() {
    let mut honest = cast_with(PROOFS, &[rule(2, 1, 1)], None, &[&[0, 1]], 5);
    with_body(&mut honest, |questions, _| questions[0][1].c1 = Element::new(RistrettoPoint::identity()));
    let refusal = ShapeError::NotRandomised { question: 0, option: 1 };
    assert_eq!(honest.verify(), Err(BallotError::Shape(refusal)));
}

// Attack 27: every field of body and proof.
#[test]
fn altered_ballot_or_proof_is_rejected() {
    use BallotError::{NotThisStatement, Weight as WeightError, WeightKind};
    let count = |found, expected| BallotError::AnswerCount { found, expected };
    // Options 0 and 1 of each question have branches 0 to 7; the sums have branches 8 and 9 to 11.
    let changes: [Change; 18] = [
        ("c1", NotThisStatement, |cast| with_body(cast, |questions, _| bump(&mut questions[0][1].c1))),
        ("c2", NotThisStatement, |cast| with_body(cast, |questions, _| bump(&mut questions[1][0].c2))),
        ("first P", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().nonces[0].first)),
        ("last Q", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().nonces[11].second)),
        ("two branches", NotThisStatement, |cast| cast.disjunctive_mut().nonces.swap(0, 1)),
        ("first e", option(0, 0), |cast| cast.disjunctive_mut().challenges[0].0 += Scalar::ONE),
        ("e of an option", option(1, 1), |cast| cast.disjunctive_mut().challenges[3].0 += Scalar::ONE),
        ("e of a sum", sum(1), |cast| cast.disjunctive_mut().challenges[5].0 += Scalar::ONE),
        ("first z", option(0, 0), |cast| cast.disjunctive_mut().answers[0].0 += Scalar::ONE),
        ("z of a last branch", option(0, 1), |cast| cast.disjunctive_mut().answers[3].0 += Scalar::ONE),
        ("z of the one branch", sum(0), |cast| cast.disjunctive_mut().answers[8].0 += Scalar::ONE),
        ("last z", sum(1), |cast| cast.disjunctive_mut().answers[11].0 += Scalar::ONE),
        ("missing z", count(11, 12), |cast| cast.disjunctive_mut().answers.truncate(11)),
        ("more z", count(13, 12), |cast| cast.disjunctive_mut().answers.push(CanonicalScalar(Scalar::ZERO))),
        ("missing e", count(5, 6), |cast| cast.disjunctive_mut().challenges.truncate(5)),
        ("more e", count(7, 6), |cast| cast.disjunctive_mut().challenges.push(CanonicalScalar(Scalar::ZERO))),
        ("more branches", count(13, 12), |cast| {
            let last = cast.disjunctive().nonces[11];
            cast.disjunctive_mut().nonces.push(last);
        }),
        ("missing branch", count(11, 12), |cast| cast.disjunctive_mut().nonces.truncate(11)),
    ];
    let of_hidden: [Change; 12] = [
        ("C'", NotThisStatement, |cast| {
            with_body(cast, |_, weight| {
                if let Weight::Hidden { commitment } = weight {
                    bump(commitment);
                }
            });
        }),
        ("E1", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().unit.as_mut().expect("hidden").unit.c1)),
        ("E2", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().unit.as_mut().expect("hidden").unit.c2)),
        ("K1", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().unit.as_mut().expect("hidden").first_nonce)),
        ("K2", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().unit.as_mut().expect("hidden").second_nonce)),
        ("K", NotThisStatement, |cast| bump(&mut cast.disjunctive_mut().unit.as_mut().expect("hidden").weight_nonce)),
        ("z_rho", NotThisStatement, |cast| of_weight(cast).randomness.0 += Scalar::ONE),
        ("z_w", WeightError, |cast| of_weight(cast).weight.0 += Scalar::ONE),
        ("z_s", WeightError, |cast| of_weight(cast).blinding.0 += Scalar::ONE),
        ("no E", WeightKind, |cast| cast.disjunctive_mut().unit = None),
        ("no z_w", WeightKind, |cast| cast.disjunctive_mut().weight = None),
        ("no C'", WeightKind, |cast| with_body(cast, |_, weight| *weight = Weight::Unit)),
    ];
    let of_unit: [Change; 2] = [
        ("z_w", WeightKind, |cast| {
            let zero = CanonicalScalar(Scalar::ZERO);
            cast.disjunctive_mut().weight = Some(UnitResponses { randomness: zero, weight: zero, blinding: zero });
        }),
        ("C'", WeightKind, |cast| {
            with_body(cast, |questions, weight| *weight = Weight::Hidden { commitment: questions[0][0].c1 });
        }),
    ];
    for (weight, special) in
        [(None, of_unit.as_slice()), (Some(WeightOpening::new(6, Scalar::ONE)), of_hidden.as_slice())]
    {
        let honest = cast_with(PROOFS, &[rule(2, 1, 1), rule(2, 0, 2)], weight, &[&[0, 1], &[1, 0]], 3);
        refuse_each(&honest, changes.iter().chain(special));
    }
}

// Attack 29: errors that cancel if two equations have the same weight: of one target, of two, of the weight, of two ballots.
#[test]
fn errors_that_cancel_under_equal_weights_are_rejected() {
    let weight = WeightOpening::new(6, Scalar::ONE);
    let honest = cast_with(PROOFS, &[rule(2, 1, 1)], Some(weight), &[&[0, 1]], 1);
    type Change = fn(&mut Cast);
    let changes: [(BallotError, Change); 3] = [
        (option(0, 0), |cast| {
            cast.disjunctive_mut().answers[0].0 += Scalar::ONE;
            cast.disjunctive_mut().answers[1].0 -= Scalar::ONE;
        }),
        (option(0, 0), |cast| {
            cast.disjunctive_mut().answers[1].0 += Scalar::ONE;
            cast.disjunctive_mut().answers[2].0 -= Scalar::ONE;
        }),
        (BallotError::NotThisStatement, |cast| {
            of_weight(cast).randomness.0 += Scalar::ONE;
            cast.disjunctive_mut().answers[0].0 -= Scalar::ONE;
        }),
    ];
    for (error, change) in changes {
        let mut altered = honest.clone();
        change(&mut altered);
        let batch = verify_ballots(&[altered.item()], &mut rng(2));
        assert_eq!(batch, Err(BatchError { culprits: vec![0], reasons: vec![error] }));
    }
    let (mut plus, mut minus) = (honest.clone(), honest);
    plus.disjunctive_mut().answers[0].0 += Scalar::ONE;
    minus.disjunctive_mut().answers[0].0 -= Scalar::ONE;
    let batch = verify_ballots(&[plus.item(), minus.item()], &mut rng(2));
    assert_eq!(batch, Err(BatchError { culprits: vec![0, 1], reasons: vec![option(0, 0); 2] }));
}

// Attack 29 again, within one branch and within the equations of the weight: errors that a prover plans.
#[test]
fn planned_errors_that_cancel_under_equal_weights_are_rejected() {
    fn shift(plus: &mut Element, minus: &mut Element) {
        let error = hash_to_ristretto("error", &[]);
        *plus = (plus.point() + error).into();
        *minus = (minus.point() - error).into();
    }
    type Change = fn(&mut Commitments);
    let changes: [(BallotError, Change); 6] = [
        (option(0, 0), |sent| {
            let branch = &mut sent.branches[0];
            shift(&mut branch.first, &mut branch.second);
        }),
        (option(0, 0), |sent| {
            let [first, second, ..] = sent.branches.as_mut_slice() else { panic!("branches") };
            shift(&mut first.second, &mut second.second);
        }),
        (option(0, 1), |sent| {
            let [.., second, sum] = sent.branches.as_mut_slice() else { panic!("branches") };
            shift(&mut second.first, &mut sum.first);
        }),
        (BallotError::Weight, |sent| {
            let unit = sent.unit.as_mut().expect("hidden");
            shift(&mut unit.second_nonce, &mut unit.weight_nonce);
        }),
        (BallotError::NotThisStatement, |sent| {
            let unit = sent.unit.as_mut().expect("hidden");
            shift(&mut unit.first_nonce, &mut unit.second_nonce);
        }),
        (BallotError::NotThisStatement, |sent| {
            let unit = sent.unit.as_mut().expect("hidden");
            shift(&mut unit.first_nonce, &mut sent.branches[0].first);
        }),
    ];
    assert_eq!(cast_with_altered_commitments(|_| ()).verify(), Ok(()));
    for (number, (error, change)) in changes.into_iter().enumerate() {
        let altered = cast_with_altered_commitments(change);
        assert_eq!(altered.verify(), Err(error), "change {number}");
        let batch = verify_ballots(&[altered.item()], &mut rng(2));
        assert_eq!(batch, Err(BatchError { culprits: vec![0], reasons: vec![error] }), "change {number}");
    }
}

// First messages about the weight are hashed: an answer that fits the altered message comes too late.
#[test]
fn unit_and_nonce_chosen_after_the_challenge_are_rejected() {
    let honest = cast_with_altered_commitments(|_| ());
    let (targets, proof) = (honest.statement().targets(), honest.disjunctive());
    let c = branch_challenge(&mut honest.statement().transcript(), proof.unit.as_ref(), &targets, &proof.nonces);
    let mut nonce = honest.clone();
    bump(&mut nonce.disjunctive_mut().unit.as_mut().expect("hidden").first_nonce);
    of_weight(&mut nonce).randomness.0 += Scalar::ONE;
    // The second equation of the unit has the answer too, times the key: its nonce is adapted as well.
    let second = &mut nonce.disjunctive_mut().unit.as_mut().expect("hidden").second_nonce;
    *second = (second.point() + key().point()).into();
    assert!(accepts(&nonce, &c), "the equations hold for the old challenge");
    assert!(nonce.verify().is_err());
}

#[test]
fn unit_without_randomness_is_rejected() {
    let mut honest = cast_with_altered_commitments(|_| ());
    honest.disjunctive_mut().unit.as_mut().expect("hidden").unit.c1 = Element::new(RistrettoPoint::identity());
    assert_eq!(honest.verify(), Err(BallotError::UnitNotRandomised));
}

// A malformed ballot, a wrong one and honest ones: the malformed one does not condemn the others.
#[test]
fn batch_names_all_bad_ballots() {
    let honest = cast_with_altered_commitments(|_| ());
    let wrong = Forgery::new(&[rule(2, 1, 1)], &[3, 0], &[1, 0, 1]).weighing(5, 5).cast();
    let mut malformed = honest.clone();
    malformed.disjunctive_mut().answers.pop();
    let mut batch: Vec<&Cast> = vec![&honest; 9];
    (batch[2], batch[7]) = (&wrong, &malformed);
    let items: Vec<_> = batch.iter().map(|cast| cast.item()).collect();
    let reasons = vec![option(0, 0), BallotError::AnswerCount { found: 4, expected: 5 }];
    assert_eq!(verify_ballots(&items, &mut rng(2)), Err(BatchError { culprits: vec![2, 7], reasons }));
    assert_eq!(verify_ballots(&items[3..7], &mut rng(2)), Ok(()));
}

#[test]
fn lists_longer_than_a_proof_are_not_read() {
    let honest = cast_with(PROOFS, &[rule(2, 1, 1)], None, &[&[0, 1]], 1);
    let bytes = borsh::to_vec(honest.disjunctive()).expect("memory");
    assert!(borsh::from_slice::<DisjunctiveProof>(&bytes).is_ok());
    // After the byte that says that the weight is public: 5 branches of 64 bytes, 2 challenges, 5 answers.
    for place in [1, 1 + 4 + 5 * 64, 1 + 4 + 5 * 64 + 4 + 2 * 32] {
        let mut longer = bytes.clone();
        longer[place..place + 4].copy_from_slice(&(MAX_BRANCHES as u32 + 1).to_le_bytes());
        let error = borsh::from_slice::<DisjunctiveProof>(&longer).unwrap_err();
        assert_eq!(error.to_string(), "more branches than a ballot can have");
    }
}

#[test]
fn more_branches_than_a_proof_holds_are_not_proved() {
    let rules = [points(13, 1024, 0, 0)];
    let (body, opening) = encrypt(&rules, &key(), None, &[vec![0; 13]], &mut rng(1)).expect("allowed");
    let result = prove(&context(), terms(&key(), &rules, PROOFS), &body, &opening, &mut rng(2));
    assert_eq!(result, Err(ProveError::Branches));
}

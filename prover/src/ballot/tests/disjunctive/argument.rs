//! The argument of soundness and of hiding, run: an extractor, a simulator, and what a proof shows.

use super::*;

// What is sent of a proof hides: no branch shows by a 0, a c or a repetition that it is the real one.
#[test]
fn nothing_sent_is_trivial_or_repeated() {
    let weight = || WeightOpening::new(6, Scalar::ONE);
    let rules = [rule(3, 1, 2)];
    let mut seen = std::collections::BTreeSet::new();
    let mut sent = |bytes: &[u8; 32]| {
        assert_ne!(bytes, &[0; 32], "the identity, or 0");
        assert!(seen.insert(*bytes), "sent twice");
    };
    // The same generator each time: what differs is the ballot, its place, its weight.
    let honest = |weight, choice: &[u16], place: u8| {
        let points = [choice.to_vec()];
        let (body, opening) = encrypt(&rules, &key(), weight, &points, &mut rng(5)).expect("allowed points");
        let context = ProofContext { digest: TransactionDigest([place; 32]), ..context() };
        let proof = prove(&context, terms(&key(), &rules, PROOFS), &body, &opening, &mut rng(6)).expect("fits");
        Cast { context, election: ELECTION, key: key(), rules: rules.to_vec(), proofs: PROOFS, body, proof }
    };
    for cast in [
        honest(None, &[0, 1, 0], 1),
        honest(None, &[0, 1, 0], 2),
        honest(None, &[0, 1, 1], 1),
        honest(Some(weight()), &[0, 1, 0], 1),
        honest(Some(weight()), &[0, 1, 0], 2),
        honest(Some(WeightOpening::new(7, Scalar::ONE)), &[0, 1, 0], 1),
    ] {
        assert_eq!(cast.verify(), Ok(()));
        let (targets, proof) = (cast.statement().targets(), cast.disjunctive());
        let c = branch_challenge(&mut cast.statement().transcript(), proof.unit.as_ref(), &targets, &proof.nonces);
        sent(c.as_bytes());
        all_challenges(&targets, proof, &c).iter().flatten().for_each(|e| sent(e.as_bytes()));
        proof.answers.iter().for_each(|z| sent(z.0.as_bytes()));
        proof.nonces.iter().for_each(|nonces| [nonces.first, nonces.second].iter().for_each(|p| sent(p.as_bytes())));
        if let (Some(unit), Some(answers)) = (&proof.unit, &proof.weight) {
            let points = [unit.unit.c1, unit.unit.c2, unit.first_nonce, unit.second_nonce, unit.weight_nonce];
            points.iter().for_each(|point| sent(point.as_bytes()));
            [answers.randomness, answers.weight, answers.blinding].iter().for_each(|z| sent(z.0.as_bytes()));
        }
    }
}

// Rewinds the prover: from answers to two challenges, points, sums, weight and all randomness follow.
#[test]
fn rewound_prover_gives_up_the_whole_witness() {
    let rules = [rule(3, 1, 1), points(2, 5, 1, 10), points(3, 9, 9, 9)];
    let choice = [vec![0_u16, 1, 0], vec![5, 3], vec![6, 0, 3]];
    let numbers = [0, 1, 0, 5, 3, 6, 0, 3, 1, 8, 9];
    for weight in [None, Some(WeightOpening::new(77, Scalar::from(9_u64)))] {
        let mut rng = rng(11);
        let rows: Vec<&[u16]> = choice.iter().map(Vec::as_slice).collect();
        let cast = cast_with(PROOFS, &rules, weight.clone(), &rows, 11);
        let (body, opening) = encrypt(&rules, &key(), weight.clone(), &choice, &mut rng).expect("allowed points");
        let cast = Cast { body, ..cast };
        let statement = cast.statement();
        let (targets, witness) = (statement.targets(), Witness::new(&statement, &opening).expect("fits"));
        let nonces =
            witness.draw_nonces(&targets, &mut witness.secrets.nonce_rng(&statement.transcript(), &[], &mut rng));
        let run = |c: Scalar| -> (Cast, Commitments, Scalar) {
            let commitments = witness.commit(statement.key(), &nonces);
            let proof = BallotProof::Disjunctive(witness.answer(&nonces, commitments.clone(), &c));
            (Cast { proof, ..cast.clone() }, commitments, c)
        };
        let (one, first, c) = run(Scalar::random(&mut rng));
        let (two, second, d) = run(Scalar::random(&mut rng));
        assert_eq!(first, second, "same first messages");
        assert!(accepts(&one, &c) && accepts(&two, &d));

        // w, s, ρ.
        let slope = |part: fn(&UnitResponses) -> Scalar| {
            let of = |cast: &Cast| cast.disjunctive().weight.as_ref().map(part);
            Some((of(&one)? - of(&two)?) * (c - d).invert())
        };
        let rho = slope(|answers| answers.randomness.0);
        assert_eq!(slope(|answers| answers.weight.0), weight.as_ref().map(|w| Scalar::from(*w.weight().expose())));
        assert_eq!(slope(|answers| answers.blinding.0), weight.as_ref().map(|w| *w.blinding().expose()));
        assert_eq!(rho, nonces.unit.as_ref().map(|unit| unit.randomness));

        let (of_one, of_two) =
            (all_challenges(&targets, one.disjunctive(), &c), all_challenges(&targets, two.disjunctive(), &d));
        let (mut answers, mut found) = (one.disjunctive().answers.iter().zip(&two.disjunctive().answers), Vec::new());
        for (target, (es, fs)) in targets.iter().zip(of_one.into_iter().zip(of_two)) {
            for ((number, (e, f)), (z, other)) in (target.least..=target.greatest)
                .zip(es.into_iter().zip(fs))
                .zip(answers.by_ref().take(target.branches()))
            {
                if e != f {
                    let r = (z.0 - other.0) * (e - f).invert();
                    found.push((number, r + Scalar::from(number) * rho.unwrap_or_default()));
                }
            }
        }
        let (drawn, randomness): (Vec<u32>, Vec<Scalar>) = found.into_iter().unzip();
        assert_eq!(drawn, numbers);
        assert_eq!(randomness[..8], opening.randomness().concat());
    }
}

// Without any witness, one challenge that is known beforehand can be answered, and it looks like every other answer. So the
// proof hides what it is about; and it is the transcript that makes the challenge unpredictable.
#[test]
fn simulated_proof_answers_the_one_challenge_it_was_made_for() {
    // Two are chosen where one is allowed.
    let mut forged = Forgery::new(&[rule(2, 1, 1)], &[1, 1], &[1, 1, 1]).cast();
    let targets = forged.statement().targets();
    let mut rng = rng(8);
    let c = Scalar::random(&mut rng);
    let proof = forged.disjunctive_mut();
    proof.challenges.iter_mut().chain(&mut proof.answers).for_each(|value| value.0 = Scalar::random(&mut rng));
    let challenges = all_challenges(&targets, proof, &c);
    let mut answers = proof.answers.iter();
    let mut nonces = Vec::new();
    for (target, challenges) in targets.iter().zip(challenges) {
        for (number, e) in (target.least..=target.greatest).zip(challenges) {
            let z = answers.next().expect("an answer").0;
            let second = target.second - Scalar::from(number) * RISTRETTO_BASEPOINT_POINT;
            nonces.push(BranchNonces {
                first: (z * RISTRETTO_BASEPOINT_POINT - e * target.first).into(),
                second: (z * key().point() - e * second).into(),
            });
        }
    }
    proof.nonces = nonces;
    assert!(accepts(&forged, &c));
    assert!(!accepts(&forged, &(c + Scalar::ONE)));
    assert_eq!(forged.verify(), Err(BallotError::NotThisStatement));
}

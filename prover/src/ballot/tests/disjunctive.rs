//! The disjunctive proof: forgeries of each thing that it excludes, an extractor and a simulator.

use curve25519_dalek::traits::Identity;
use tabella_protocol::ballot::{
    DisjunctiveProof,
    disjunctive::{BranchNonces, MAX_BRANCHES, Target, UnitResponses, branch_challenge},
};
use tabella_verifier::ballot::{BatchError, verify_ballots};

use super::{
    super::disjunctive::{Commitments, Witness},
    *,
};

const PROOFS: BallotProofKind = BallotProofKind::Disjunctive;

/// What a cheating voter encrypts and claims. Values are small integers, negative ones modulo l.
struct Forgery {
    rules: Vec<QuestionRule>,
    key: ElectionKey,
    /// Encrypted for each option, all questions in a row.
    encrypted: Vec<i64>,
    /// Claimed of each target: options, then sums. What no branch has leaves all branches of the target without a witness.
    claimed: Vec<u32>,
    /// Committed in C', if the weight is hidden.
    committed: Option<i64>,
    /// Used as w in the proof.
    weight: i64,
    /// Added to the randomness of each target before the proof is made.
    shift: Scalar,
}

fn scalar(value: i64) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

impl Forgery {
    fn new(rules: &[QuestionRule], encrypted: &[i64], claimed: &[u32]) -> Self {
        let (rules, encrypted, claimed) = (rules.to_vec(), encrypted.to_vec(), claimed.to_vec());
        Self { rules, key: key(), encrypted, claimed, committed: None, weight: 1, shift: Scalar::ZERO }
    }

    /// With a committed weight, and the one that the proof uses.
    fn weighing(self, committed: i64, weight: i64) -> Self {
        Self { committed: Some(committed), weight, ..self }
    }

    fn cast(&self) -> Cast {
        let mut rng = rng(77);
        let (mut questions, mut randomness, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        let mut values = self.encrypted.iter();
        for rule in &self.rules {
            let drawn: Vec<Scalar> = (0..rule.options()).map(|_| Scalar::random(&mut rng)).collect();
            let encrypt = |(r, v): (&Scalar, &i64)| Ciphertext::encrypt(&self.key, &scalar(*v), r);
            questions.push(drawn.iter().zip(values.by_ref()).map(encrypt).collect());
            sums.push(drawn.iter().sum::<Scalar>());
            randomness.extend(drawn);
        }
        let blinding = self.committed.map(|_| Scalar::random(&mut rng));
        let weight = match (self.committed, blinding) {
            (Some(w), Some(s)) => {
                Weight::Hidden { commitment: (scalar(w) * RISTRETTO_BASEPOINT_POINT + s * blinding_base()).into() }
            }
            _ => Weight::Unit,
        };
        let witness = Witness {
            numbers: Zeroizing::new(self.claimed.clone()),
            randomness: Zeroizing::new(randomness.iter().chain(&sums).map(|r| r + self.shift).collect()),
            secrets: Secrets { randomness, weight: scalar(self.weight), blinding },
        };
        let body = BallotBody::new(questions, weight).expect("in bounds");
        let statement = BallotStatement::new(&context(), terms(&self.key, &self.rules, PROOFS), &body).expect("fits");
        let proof = BallotProof::Disjunctive(witness.prove(&statement, &mut rng));
        let (key, rules) = (self.key, self.rules.clone());
        Cast { context: context(), election: ELECTION, key, rules, proofs: PROOFS, body, proof }
    }

    fn refusal(&self) -> BallotError {
        let forged = self.cast();
        let error = forged.verify().expect_err("a forgery");
        let batch = verify_ballots(&[forged.item()], &mut rng(3));
        assert_eq!(batch, Err(BatchError { culprits: vec![0], reasons: vec![error] }));
        error
    }
}

impl Cast {
    fn disjunctive(&self) -> &DisjunctiveProof {
        let BallotProof::Disjunctive(proof) = &self.proof else { panic!("another kind") };
        proof
    }

    fn disjunctive_mut(&mut self) -> &mut DisjunctiveProof {
        let BallotProof::Disjunctive(proof) = &mut self.proof else { panic!("another kind") };
        proof
    }
}

const fn option(question: usize, option: usize) -> BallotError {
    BallotError::Option { question, option }
}

const fn sum(question: usize) -> BallotError {
    BallotError::Sum { question }
}

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
    type Change = (&'static str, BallotError, fn(&mut Cast));
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
        for (name, error, change) in changes.iter().chain(special) {
            let mut altered = honest.clone();
            change(&mut altered);
            assert_eq!(altered.verify(), Err(*error), "{name}");
            let batch = verify_ballots(&[honest.item(), altered.item()], &mut rng(1));
            assert_eq!(batch, Err(BatchError { culprits: vec![1], reasons: vec![*error] }), "{name}");
        }
    }
}

fn of_weight(cast: &mut Cast) -> &mut UnitResponses {
    cast.disjunctive_mut().weight.as_mut().expect("hidden")
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

/// An honest ballot of hidden weight, but for what is done to its first messages before the challenge.
fn cast_with_altered_commitments(change: impl Fn(&mut Commitments)) -> Cast {
    let weight = WeightOpening::new(6, Scalar::ONE);
    let rules = [rule(2, 1, 1)];
    let (body, opening) = encrypt(&rules, &key(), Some(weight), &[vec![0, 1]], &mut rng(1)).expect("allowed points");
    let key = key();
    let statement = BallotStatement::new(&context(), terms(&key, &rules, PROOFS), &body).expect("fits");
    let (targets, witness) = (statement.targets(), Witness::new(&statement, &opening).expect("fits"));
    let mut transcript = statement.transcript();
    let nonces = witness.draw_nonces(&targets, &mut witness.secrets.nonce_rng(&transcript, &[], &mut rng(4)));
    let mut commitments = witness.commit(&key, &nonces);
    change(&mut commitments);
    let c = branch_challenge(&mut transcript, commitments.unit.as_ref(), &targets, &commitments.branches);
    let proof = BallotProof::Disjunctive(witness.answer(&nonces, commitments, &c));
    Cast { context: context(), election: ELECTION, key, rules: rules.to_vec(), proofs: PROOFS, body, proof }
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

/// Every challenge of a proof, target by target, for a challenge c.
fn all_challenges(targets: &[Target], proof: &DisjunctiveProof, c: &Scalar) -> Vec<Vec<Scalar>> {
    let mut sent = proof.challenges.iter().map(|e| e.0);
    targets
        .iter()
        .map(|target| {
            let mut challenges: Vec<Scalar> = sent.by_ref().take(target.branches() - 1).collect();
            challenges.push(c - challenges.iter().sum::<Scalar>());
            challenges
        })
        .collect()
}

/// The verifier's equations as the argument states them, for any challenge.
fn accepts(cast: &Cast, c: &Scalar) -> bool {
    let (statement, proof) = (cast.statement(), cast.disjunctive());
    let (b, y) = (RISTRETTO_BASEPOINT_POINT, cast.key.point());
    let (unit, weight) = match (cast.body.weight(), &proof.unit, &proof.weight) {
        (Weight::Unit, None, None) => ((RistrettoPoint::identity(), b), true),
        (Weight::Hidden { commitment }, Some(sent), Some(answers)) => {
            let (e1, e2) = (*sent.unit.c1.point(), *sent.unit.c2.point());
            let (z_rho, z_w, z_s) = (answers.randomness.0, answers.weight.0, answers.blinding.0);
            let holds = sent.first_nonce.point() + c * e1 == z_rho * b
                && sent.second_nonce.point() + c * e2 == z_w * b + z_rho * y
                && sent.weight_nonce.point() + c * commitment.point() == z_w * b + z_s * blinding_base();
            ((e1, e2), holds)
        }
        _ => return false,
    };
    let targets = statement.targets();
    let mut sent = proof.nonces.iter().zip(&proof.answers);
    let branches = targets.iter().zip(all_challenges(&targets, proof, c)).all(|(target, challenges)| {
        (target.least..=target.greatest).zip(challenges).all(|(number, e)| {
            let (nonces, z) = sent.next().expect("a branch");
            let n = Scalar::from(number);
            nonces.first.point() + e * (target.first - n * unit.0) == z.0 * b
                && nonces.second.point() + e * (target.second - n * unit.1) == z.0 * y
        })
    });
    weight && branches
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

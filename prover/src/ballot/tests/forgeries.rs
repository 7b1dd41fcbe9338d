//! Forgeries of the compressed proof.

use curve25519_dalek::traits::Identity;
use tabella_protocol::ballot::compressed::{answer_challenge, entry_challenge, powers};

use super::{compressed::Witness, *};

const PROOFS: BallotProofKind = BallotProofKind::Compressed;

/// What a cheating voter encrypts and claims. Values are small integers, negative ones modulo l.
pub(super) struct Forgery {
    pub(super) rules: Vec<QuestionRule>,
    pub(super) key: ElectionKey,
    /// Encrypted for each option, all questions in a row.
    pub(super) encrypted: Vec<Scalar>,
    /// Claimed in the vector commitment: bits of the options, then slack.
    pub(super) claimed: Vec<i64>,
    /// Committed in C', if the weight is hidden.
    pub(super) committed: Option<i64>,
    /// Used as w in the proof.
    pub(super) weight: i64,
    /// Added to the randomness of each option before the proof is made.
    pub(super) shift: Scalar,
}

fn scalar(value: i64) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

impl Forgery {
    /// Claims values of bits and slack, and encrypts what they come to.
    pub(super) fn new(rules: &[QuestionRule], values: &[i64]) -> Self {
        let mut bits = values.iter();
        let mut encrypted = Vec::new();
        for rule in rules {
            for _ in 0..rule.options() {
                let coefficients = rule.point_coefficients().into_iter().map(Scalar::from);
                encrypted.push(coefficients.map(|a| a * scalar(*bits.next().expect("a bit"))).sum());
            }
        }
        Self {
            rules: rules.to_vec(),
            key: key(),
            encrypted,
            claimed: values.to_vec(),
            committed: None,
            weight: 1,
            shift: Scalar::ZERO,
        }
    }

    pub(super) fn cast(&self) -> Cast {
        let mut rng = rng(77);
        let randomness: Vec<Scalar> = self.encrypted.iter().map(|_| Scalar::random(&mut rng)).collect();
        let mut ciphertexts = self.encrypted.iter().zip(&randomness).map(|(v, r)| Ciphertext::encrypt(&self.key, v, r));
        let questions =
            self.rules.iter().map(|rule| ciphertexts.by_ref().take(usize::from(rule.options())).collect()).collect();
        let blinding = self.committed.map(|_| Scalar::random(&mut rng));
        let weight = match (self.committed, blinding) {
            (Some(w), Some(s)) => {
                Weight::Hidden { commitment: (scalar(w) * RISTRETTO_BASEPOINT_POINT + s * blinding_base()).into() }
            }
            _ => Weight::Unit,
        };
        let body = BallotBody::new(questions, weight).expect("in bounds");
        let statement = BallotStatement::new(&context(), terms(&self.key, &self.rules, PROOFS), &body).expect("fits");
        let witness = Witness {
            values: Zeroizing::new(self.claimed.iter().map(|v| scalar(*v)).collect()),
            secrets: Secrets {
                randomness: randomness.iter().map(|r| r + self.shift).collect(),
                weight: scalar(self.weight),
                blinding,
            },
        };
        let proof = BallotProof::Compressed(witness.prove(&statement, &mut rng));
        let (key, rules) = (self.key, self.rules.clone());
        Cast { context: context(), election: ELECTION, key, rules, proofs: PROOFS, body, proof }
    }

    /// With a committed weight, and the one that the proof uses.
    pub(super) fn weighing(self, committed: i64, weight: i64) -> Self {
        Self { committed: Some(committed), weight, ..self }
    }

    pub(super) fn encrypting(self, values: &[i64]) -> Self {
        Self { encrypted: values.iter().copied().map(scalar).collect(), ..self }
    }

    pub(super) fn refusal(&self) -> BallotError {
        self.cast().verify().expect_err("a forgery")
    }
}

#[test]
fn forgery_tool_makes_honest_ballots_too() {
    assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[0, 1, 0]).cast().verify(), Ok(()));
    let weighted = Forgery { committed: Some(5), weight: 5, ..Forgery::new(&[rule(2, 0, 2)], &[5, 0, 0, 5]) };
    assert_eq!(weighted.cast().verify(), Ok(()));
}

#[test]
fn ballot_with_overvote_is_rejected() {
    assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[1, 1, 0]).refusal(), BallotError::Sum { question: 0 });
    let second = Forgery::new(&[rule(2, 1, 1), rule(3, 0, 1)], &[0, 1, 1, 1, 0, 0]);
    assert_eq!(second.refusal(), BallotError::Sum { question: 1 });
}

#[test]
fn ballot_with_undervote_is_rejected() {
    assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[0, 0, 0]).refusal(), BallotError::Sum { question: 0 });
    // Two are asked for, one is selected, and both slack bits are used up.
    assert_eq!(Forgery::new(&[rule(4, 2, 4)], &[1, 0, 0, 0, 1, 1]).refusal(), BallotError::Sum { question: 0 });
}

// Attack 36.
#[test]
fn ballot_with_two_and_minus_one_is_rejected() {
    assert_eq!(Forgery::new(&[rule(3, 1, 1)], &[2, -1, 0]).refusal(), BallotError::Choice);
    assert_eq!(Forgery::new(&[rule(2, 2, 2)], &[2, 0]).refusal(), BallotError::Choice);
    assert_eq!(Forgery::new(&[rule(2, 0, 0)], &[1, -1]).refusal(), BallotError::Choice);
}

#[test]
fn overvote_hidden_by_a_slack_value_that_is_no_bit_is_rejected() {
    assert_eq!(Forgery::new(&[rule(4, 0, 3)], &[1, 1, 1, 1, -1, 0]).refusal(), BallotError::Choice);
    assert_eq!(Forgery::new(&[rule(4, 2, 3)], &[0, 0, 0, 0, 3]).refusal(), BallotError::Choice);
}

#[test]
fn selections_moved_between_questions_are_rejected() {
    // Two in the first question, none in the second: right in total.
    let forgery = Forgery::new(&[rule(2, 1, 1), rule(2, 1, 1)], &[1, 1, 0, 0]);
    assert_eq!(forgery.refusal(), BallotError::Sum { question: 0 });
}

#[test]
fn ciphertexts_of_other_values_than_those_proved_are_rejected() {
    for encrypted in [[1_000, 0, 0], [0, 1, 0], [0, 0, 0], [2, -1, 0]] {
        let forgery = Forgery::new(&[rule(3, 1, 1)], &[1, 0, 0]).encrypting(&encrypted);
        assert_eq!(forgery.refusal(), BallotError::Encryption);
    }
}

#[test]
fn hidden_weights_that_differ_between_options_are_rejected() {
    let forgery = Forgery { committed: Some(5), weight: 5, ..Forgery::new(&[rule(2, 2, 2)], &[3, 7]) };
    assert_eq!(forgery.refusal(), BallotError::Choice);
    let forgery = Forgery { committed: Some(5), weight: 5, ..Forgery::new(&[rule(2, 0, 2)], &[3, 5, 2, 0]) };
    assert_eq!(forgery.refusal(), BallotError::Choice);
    let forgery = Forgery { committed: Some(5), weight: 5, ..Forgery::new(&[rule(2, 1, 1)], &[3, 0]) };
    assert_eq!(forgery.refusal(), BallotError::Sum { question: 0 });
}

#[test]
fn hidden_weight_that_differs_from_the_commitment_is_rejected() {
    let forgery = Forgery { committed: Some(3), weight: 5, ..Forgery::new(&[rule(2, 1, 1)], &[5, 0]) };
    assert_eq!(forgery.refusal(), BallotError::Weight);
    let negative = Forgery { committed: Some(3), weight: -3, ..Forgery::new(&[rule(2, 1, 1)], &[-3, 0]) };
    assert_eq!(negative.refusal(), BallotError::Weight);
}

// The unsound short cut shows only c2 - C' = r·Y - s'·B~. Whoever knows the trustees' secret y can write 5·B + r·Y as
// 3·B + (r + 2/y)·Y; here that randomness must also be the one in c1.
#[test]
fn collusion_with_the_trustees_does_not_change_a_weight() {
    let secret = Scalar::from(1_234_567_u64);
    let key = ElectionKey::new((secret * RISTRETTO_BASEPOINT_POINT).into()).expect("not the identity");
    let shift = scalar(2) * secret.invert();
    let honest = Forgery::new(&[rule(1, 1, 1)], &[3]);
    let forgery = Forgery { key, committed: Some(3), weight: 3, shift, ..honest.encrypting(&[5]) };
    assert_eq!(forgery.refusal(), BallotError::Randomness);
    let honest = Forgery::new(&[rule(1, 1, 1)], &[1]);
    assert_eq!(Forgery { key, shift, ..honest.encrypting(&[3]) }.refusal(), BallotError::Randomness);
}

// Attack 23, 27 and 28: everything public is in the challenge.
#[test]
fn proof_moved_elsewhere_is_rejected() {
    for weight in [None, Some(WeightOpening::new(4, Scalar::ONE))] {
        let honest = cast(&[rule(3, 1, 1), rule(3, 1, 1)], weight, &[&[0, 1, 0], &[1, 0, 0]], 1);
        let moves: [&dyn Fn(&mut Cast); 9] = [
            &|cast| cast.context.ledger = LedgerId([9; 32]),
            &|cast| cast.context.digest = TransactionDigest([9; 32]),
            &|cast| cast.context.index += 1,
            &|cast| cast.election = [9; 32],
            &|cast| cast.key = ElectionKey::new(hash_to_ristretto("another key", &[]).into()).expect("a key"),
            &|cast| cast.rules[0] = rule(3, 0, 0),
            &|cast| cast.rules[1] = rule(3, 2, 2),
            &|cast| swap_questions(cast),
            &|cast| {
                let mut questions = cast.body.questions().to_vec();
                questions[0].swap(0, 1);
                cast.body = BallotBody::new(questions, *cast.body.weight()).expect("in bounds");
            },
        ];
        for (number, change) in moves.iter().enumerate() {
            let mut moved = honest.clone();
            change(&mut moved);
            assert_eq!(moved.verify(), Err(BallotError::NotThisStatement), "move {number}");
        }
        let mut wider = honest.clone();
        wider.rules[0] = rule(3, 0, 1);
        assert_eq!(wider.verify(), Err(BallotError::AnswerCount { found: 6, expected: 7 }));
    }
}

fn swap_questions(cast: &mut Cast) {
    let mut questions = cast.body.questions().to_vec();
    questions.swap(0, 1);
    cast.body = BallotBody::new(questions, *cast.body.weight()).expect("in bounds");
}

// Attack 28: with a false ciphertext, choose the key that makes the equations true.
#[test]
fn key_chosen_after_the_proof_is_rejected() {
    let forged = Forgery::new(&[rule(2, 1, 1)], &[1, 0]).encrypting(&[1_000, 0]).cast();
    let (c, powers, selected) = challenges(&forged);
    let ciphertexts: RistrettoPoint =
        powers.iter().zip(&forged.body.questions()[0]).map(|(x, ciphertext)| x * ciphertext.c2.point()).sum();
    let (commitments, responses) = (&forged.compressed().commitments, &forged.compressed().responses);
    let rest = commitments.encryption_nonce.point() + c * ciphertexts - selected * RISTRETTO_BASEPOINT_POINT;
    let key = ElectionKey::new((responses.randomness.0.invert() * rest).into()).expect("not the identity");
    assert_eq!(Cast { key, ..forged }.verify(), Err(BallotError::NotThisStatement));
}

// Attack 27: with false selections, choose a first message after the challenge.
#[test]
fn commitment_chosen_after_the_challenge_is_rejected() {
    let mut forged = Forgery::new(&[rule(2, 1, 1)], &[2, -1]).cast();
    let (c, powers, _) = challenges(&forged);
    let responses = &forged.compressed().responses;
    let product: Scalar = powers.iter().zip(&responses.entries).map(|(x, z)| x * z.0 * (c - z.0)).sum();
    let needed = product * RISTRETTO_BASEPOINT_POINT + responses.product.0 * blinding_base()
        - c * forged.compressed().commitments.linear.point();
    assert_ne!(needed, *forged.compressed().commitments.constant.point());
    forged.compressed_mut().commitments.constant = needed.into();
    assert_eq!(forged.verify(), Err(BallotError::NotThisStatement));
}

/// c, the powers of x, and the weighted sum of the selections' answers, of a ballot with one question and no slack.
fn challenges(cast: &Cast) -> (Scalar, Vec<Scalar>, Scalar) {
    let statement = cast.statement();
    let mut transcript = statement.transcript();
    let x = entry_challenge(&mut transcript, &cast.compressed().commitments.vector);
    let c = answer_challenge(&mut transcript, &cast.compressed().commitments);
    let powers = powers(&x, statement.options());
    let selected = powers.iter().zip(&cast.compressed().responses.entries).map(|(x, z)| x * z.0).sum();
    (c, powers, selected)
}

// Attack 33.
#[test]
fn copied_ballot_is_rejected() {
    let victim = cast(&[rule(2, 1, 1)], None, &[&[0, 1]], 5);
    // As it is, in the copier's own transaction.
    let mut copy = victim.clone();
    copy.context.digest = TransactionDigest([8; 32]);
    assert_eq!(copy.verify(), Err(BallotError::NotThisStatement));

    // Re-randomised, with the proof adapted.
    let (c, powers, _) = challenges(&copy);
    let shift = Scalar::from(31_337_u64);
    let rerandomise = |ciphertext: &Ciphertext| *ciphertext + Ciphertext::encrypt(&key(), &Scalar::ZERO, &shift);
    let questions = vec![copy.body.questions()[0].iter().map(rerandomise).collect()];
    copy.body = BallotBody::new(questions, Weight::Unit).expect("in bounds");
    copy.compressed_mut().responses.randomness.0 += c * shift * powers.iter().sum::<Scalar>();
    assert_eq!(copy.verify(), Err(BallotError::NotThisStatement));

    // With a new proof, by a copier who even guesses the choice: the randomness is missing.
    let witness = Witness {
        values: Zeroizing::new(vec![Scalar::ZERO, Scalar::ONE]),
        secrets: Secrets { randomness: vec![shift; 2], weight: Scalar::ONE, blinding: None },
    };
    copy.proof = BallotProof::Compressed(witness.prove(&copy.statement(), &mut rng(6)));
    assert_eq!(copy.verify(), Err(BallotError::Randomness));
}

// Attack 34.
#[test]
fn ciphertext_without_randomness_is_rejected() {
    let mut honest = cast(&[rule(2, 1, 1), rule(2, 1, 1)], None, &[&[0, 1], &[1, 0]], 5);
    let mut questions = honest.body.questions().to_vec();
    questions[1][0].c1 = Element::new(RistrettoPoint::identity());
    honest.body = BallotBody::new(questions, Weight::Unit).expect("in bounds");
    let refusal = ShapeError::NotRandomised { question: 1, option: 0 };
    assert_eq!(honest.verify(), Err(BallotError::Shape(refusal)));
}

#[test]
fn ballot_of_another_shape_is_rejected() {
    let mut honest = cast(&[rule(2, 1, 1), rule(3, 1, 1)], None, &[&[0, 1], &[1, 0, 0]], 5);
    let full = honest.body.clone();
    honest.body = BallotBody::new(full.questions()[..1].to_vec(), Weight::Unit).expect("in bounds");
    let refusal = ShapeError::Questions { found: 1, expected: 2 };
    assert_eq!(honest.verify(), Err(BallotError::Shape(refusal)));
    let questions = vec![full.questions()[1].clone(), full.questions()[0].clone()];
    honest.body = BallotBody::new(questions, Weight::Unit).expect("in bounds");
    let refusal = ShapeError::Options { question: 0, found: 3, expected: 2 };
    assert_eq!(honest.verify(), Err(BallotError::Shape(refusal)));
}

// Attack 27: every field of body and proof.
#[test]
fn altered_ballot_or_proof_is_rejected() {
    use BallotError::{Choice, NotThisStatement, Randomness, Weight as WeightError, WeightKind};
    let changes: [Change; 16] = [
        ("c1", NotThisStatement, |cast| with_body(cast, |questions, _| bump(&mut questions[0][1].c1))),
        ("c2", NotThisStatement, |cast| with_body(cast, |questions, _| bump(&mut questions[1][0].c2))),
        ("V", NotThisStatement, |cast| bump(&mut cast.compressed_mut().commitments.vector)),
        ("W", NotThisStatement, |cast| bump(&mut cast.compressed_mut().commitments.vector_nonce)),
        ("A1", NotThisStatement, |cast| bump(&mut cast.compressed_mut().commitments.randomness_nonce)),
        ("A2", NotThisStatement, |cast| bump(&mut cast.compressed_mut().commitments.encryption_nonce)),
        ("T1", NotThisStatement, |cast| bump(&mut cast.compressed_mut().commitments.linear)),
        ("T0", NotThisStatement, |cast| bump(&mut cast.compressed_mut().commitments.constant)),
        ("first z", NotThisStatement, |cast| cast.compressed_mut().responses.entries[0].0 += Scalar::ONE),
        ("slack z", NotThisStatement, |cast| cast.compressed_mut().responses.entries[4].0 += Scalar::ONE),
        ("two z", NotThisStatement, |cast| cast.compressed_mut().responses.entries.swap(0, 1)),
        ("z_t", NotThisStatement, |cast| cast.compressed_mut().responses.vector.0 += Scalar::ONE),
        ("z_r", Randomness, |cast| cast.compressed_mut().responses.randomness.0 += Scalar::ONE),
        ("z_tau", Choice, |cast| cast.compressed_mut().responses.product.0 += Scalar::ONE),
        ("missing z", BallotError::AnswerCount { found: 5, expected: 6 }, |cast| {
            cast.compressed_mut().responses.entries.truncate(5);
        }),
        ("more z", BallotError::AnswerCount { found: 7, expected: 6 }, |cast| {
            cast.compressed_mut().responses.entries.push(CanonicalScalar(Scalar::ZERO));
        }),
    ];
    let of_hidden: [Change; 7] = [
        ("C'", NotThisStatement, |cast| {
            with_body(cast, |_, weight| {
                if let Weight::Hidden { commitment } = weight {
                    bump(commitment);
                }
            });
        }),
        ("K", NotThisStatement, |cast| cast.compressed_mut().commitments.weight_nonce.iter_mut().for_each(bump)),
        ("z_w", WeightError, |cast| {
            cast.compressed_mut().responses.weight.iter_mut().for_each(|(value, _)| value.0 += Scalar::ONE);
        }),
        ("z_s", WeightError, |cast| {
            cast.compressed_mut().responses.weight.iter_mut().for_each(|(_, blinding)| blinding.0 += Scalar::ONE);
        }),
        ("no K", WeightKind, |cast| cast.compressed_mut().commitments.weight_nonce = None),
        ("no z_w", WeightKind, |cast| cast.compressed_mut().responses.weight = None),
        ("no C'", WeightKind, |cast| with_body(cast, |_, weight| *weight = Weight::Unit)),
    ];
    let of_unit: [Change; 2] = [
        ("K", WeightKind, |cast| {
            cast.compressed_mut().commitments.weight_nonce = Some(cast.compressed().commitments.vector)
        }),
        ("C'", WeightKind, |cast| {
            with_body(cast, |questions, weight| *weight = Weight::Hidden { commitment: questions[0][0].c1 });
        }),
    ];
    for (weight, special) in
        [(None, of_unit.as_slice()), (Some(WeightOpening::new(6, Scalar::ONE)), of_hidden.as_slice())]
    {
        let honest = cast(&[rule(2, 1, 1), rule(2, 0, 2)], weight, &[&[0, 1], &[1, 0]], 3);
        refuse_each(&honest, changes.iter().chain(special));
    }
}

#[test]
fn batch_names_all_bad_ballots() {
    let honest = cast(&[rule(3, 1, 1)], None, &[&[0, 1, 0]], 1);
    let overvote = Forgery::new(&[rule(3, 1, 1)], &[1, 1, 0]).cast();
    let negative = Forgery::new(&[rule(3, 1, 1)], &[2, -1, 0]).cast();
    let mut batch: Vec<&Cast> = vec![&honest; 12];
    batch[4] = &overvote;
    batch[11] = &negative;
    let items: Vec<_> = batch.iter().map(|cast| cast.item()).collect();
    let reasons = vec![BallotError::Sum { question: 0 }, BallotError::Choice];
    assert_eq!(verify_ballots(&items, &mut rng(2)), Err(BatchError { culprits: vec![4, 11], reasons }));
}

// Attack 29: errors that cancel if two equations have the same weight, within a ballot and between ballots.
#[test]
fn errors_that_cancel_under_equal_weights_are_rejected() {
    let honest = cast(&[rule(3, 1, 1)], None, &[&[0, 1, 0]], 1);
    let mut within = honest.clone();
    within.compressed_mut().responses.vector.0 += Scalar::ONE;
    within.compressed_mut().responses.product.0 -= Scalar::ONE;
    let reasons = vec![BallotError::NotThisStatement];
    assert_eq!(verify_ballots(&[within.item()], &mut rng(2)), Err(BatchError { culprits: vec![0], reasons }));

    let (mut plus, mut minus) = (honest.clone(), honest.clone());
    plus.compressed_mut().responses.product.0 += Scalar::ONE;
    minus.compressed_mut().responses.product.0 -= Scalar::ONE;
    let reasons = vec![BallotError::Choice; 2];
    let batch = verify_ballots(&[plus.item(), minus.item()], &mut rng(2));
    assert_eq!(batch, Err(BatchError { culprits: vec![0, 1], reasons }));
}

//! The extractor of the soundness argument at the head of `protocol/src/ballot/compressed.rs`: it rewinds the prover, and computes
//! the points, the weight and all randomness from accepting answers alone.

use curve25519_dalek::traits::VartimeMultiscalarMul;
use tabella_protocol::ballot::compressed::{CompressedCommitments, CompressedResponses, combine, powers, vector_bases};

use super::{
    compressed::{Nonces, Witness, commit_vector},
    *,
};

const PROOFS: BallotProofKind = BallotProofKind::Compressed;

/// First messages with answers to one x and one c.
struct Transcript {
    x: Scalar,
    c: Scalar,
    commitments: CompressedCommitments,
    responses: CompressedResponses,
}

impl Transcript {
    fn weight_answer(&self) -> Scalar {
        self.responses.weight.as_ref().map_or(self.c, |(weight, _)| weight.0)
    }

    /// The verifier's equations as the argument states them, for these challenges.
    fn is_accepting(&self, statement: &BallotStatement<'_>) -> bool {
        let Self { x, c, commitments, responses } = self;
        let z: Vec<Scalar> = responses.entries.iter().map(|z| z.0).collect();
        let (layout, powers, z_w) = (statement.layout(), powers(x, z.len()), self.weight_answer());
        let pedersen = |value: Scalar, blinding: &CanonicalScalar| {
            value * RISTRETTO_BASEPOINT_POINT + blinding.0 * blinding_base()
        };
        let weighted = |part: fn(&Ciphertext) -> &RistrettoPoint| -> RistrettoPoint {
            powers.iter().zip(statement.ciphertexts()).map(|(x, each)| x * part(each)).sum()
        };
        let points: Scalar = powers
            .iter()
            .zip(layout.iter().flat_map(|question| &question.options))
            .map(|(x, bits)| x * combine(bits, &z))
            .sum();
        let product: Scalar = powers.iter().zip(&z).map(|(x, z)| x * z * (z_w - z)).sum();
        let opening = commitments.vector_nonce.point() + c * commitments.vector.point()
            == RistrettoPoint::vartime_multiscalar_mul(&z, vector_bases(z.len()).collect::<Vec<_>>())
                + responses.vector.0 * blinding_base();
        let randomness = commitments.randomness_nonce.point() + c * weighted(|each| each.c1.point())
            == responses.randomness.0 * RISTRETTO_BASEPOINT_POINT;
        let encryption = commitments.encryption_nonce.point() + c * weighted(|each| each.c2.point())
            == points * RISTRETTO_BASEPOINT_POINT + responses.randomness.0 * statement.key().point();
        let choice =
            commitments.constant.point() + c * commitments.linear.point() == pedersen(product, &responses.product);
        let weight = match (statement.body().weight(), &commitments.weight_nonce, &responses.weight) {
            (Weight::Unit, None, None) => true,
            (Weight::Hidden { commitment }, Some(nonce), Some((value, blinding))) => {
                nonce.point() + c * commitment.point() == pedersen(value.0, blinding)
            }
            _ => false,
        };
        let sum = layout.iter().all(|question| {
            let points: Scalar = question.options.iter().map(|bits| combine(bits, &z)).sum();
            points + combine(&question.slack, &z) == question.max * z_w
        });
        opening && randomness && encryption && choice && weight && sum
    }
}

/// A prover who can be rewound: V and the nonces stay, the challenges are the extractor's.
struct Rewound<'a> {
    statement: &'a BallotStatement<'a>,
    witness: Witness,
    nonces: Nonces,
}

impl Rewound<'_> {
    fn run(&self, x: Scalar, c: Scalar) -> Transcript {
        let Self { statement, witness, nonces } = self;
        let commitments = witness.commit(statement, nonces, witness.vector(nonces), &x);
        Transcript { x, c, commitments, responses: witness.answer(nonces, &x, &c) }
    }
}

/// What the extractor computes.
#[derive(Debug, PartialEq)]
struct Extracted {
    entries: Vec<Scalar>,
    vector_blinding: Scalar,
    weight: Scalar,
    weight_blinding: Option<Scalar>,
    randomness: Vec<Scalar>,
}

/// Sees transcripts only: three c for each x, as many x as there are options.
fn extract(transcripts: &[[Transcript; 3]]) -> Extracted {
    let mut opened: Option<(Vec<Scalar>, Scalar, Scalar, Option<Scalar>)> = None;
    let mut sums = Vec::new();
    for [one, two, three] in transcripts {
        // Same first messages, as a rewound prover sends them.
        assert!(one.commitments == two.commitments && one.commitments == three.commitments && one.x == two.x);
        let slope = |part: &dyn Fn(&Transcript) -> Scalar| {
            let value = (part(one) - part(two)) * (one.c - two.c).invert();
            // The third answer is on the same line.
            assert_eq!(part(three), part(one) + value * (three.c - one.c));
            value
        };
        let entries = (0..one.responses.entries.len()).map(|k| slope(&|t| t.responses.entries[k].0)).collect();
        let blinding = one
            .responses
            .weight
            .as_ref()
            .map(|_| slope(&|t| t.responses.weight.as_ref().map_or(Scalar::ZERO, |(_, blinding)| blinding.0)));
        let found = (entries, slope(&|t| t.responses.vector.0), slope(&Transcript::weight_answer), blinding);
        // V and C' were fixed before x: every x gives the same.
        assert_eq!(*opened.get_or_insert_with(|| found.clone()), found);
        sums.push((one.x, slope(&|t| t.responses.randomness.0)));
    }
    let (entries, vector_blinding, weight, weight_blinding) = opened.expect("an x");
    Extracted { entries, vector_blinding, weight, weight_blinding, randomness: solve(&sums) }
}

/// The r_j with `Σ_j x^j·r_j = R(x)` for each of as many x as there are r_j: Gaussian elimination.
fn solve(sums: &[(Scalar, Scalar)]) -> Vec<Scalar> {
    let count = sums.len();
    let mut rows: Vec<Vec<Scalar>> =
        sums.iter().map(|(x, sum)| powers(x, count).into_iter().chain([*sum]).collect()).collect();
    for pivot in 0..count {
        let inverse = rows[pivot][pivot].invert();
        rows[pivot].iter_mut().for_each(|value| *value *= inverse);
        let row = rows[pivot].clone();
        for other in (0..count).filter(|other| *other != pivot) {
            let factor = rows[other][pivot];
            rows[other].iter_mut().zip(&row).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    rows.iter().map(|row| row[count]).collect()
}

#[test]
fn rewound_prover_gives_up_the_whole_witness() {
    let rules = [rule(3, 1, 1), points(2, 5, 1, 10), points(3, 100, 100, 100)];
    let choice = [vec![0_u16, 1, 0], vec![5, 3], vec![60, 0, 40]];
    for weight in [None, Some(WeightOpening::new(77, Scalar::from(9_u64)))] {
        let mut rng = rng(11);
        let w = weight.as_ref().map_or(Scalar::ONE, |weight| Scalar::from(*weight.weight().expose()));
        let s = weight.as_ref().map(|weight| *weight.blinding().expose());
        let (body, opening) = encrypt(&rules, &key(), weight, &choice, &mut rng).expect("allowed points");
        let key = key();
        let statement = BallotStatement::new(&context(), terms(&key, &rules, PROOFS), &body).expect("fits");
        let witness = Witness::new(&statement, &opening).expect("fits");
        let mut nonce_rng = witness.secrets.nonce_rng(&statement.transcript(), &witness.values, &mut rng);
        let nonces = witness.draw_nonces(&statement, &mut nonce_rng);
        let prover = Rewound { statement: &statement, witness, nonces };

        let transcripts: Vec<[Transcript; 3]> = (0..statement.options())
            .map(|_| {
                let x = Scalar::random(&mut rng);
                std::array::from_fn(|_| prover.run(x, Scalar::random(&mut rng)))
            })
            .collect();
        for transcript in transcripts.iter().flatten() {
            assert!(transcript.is_accepting(&statement));
        }
        let Extracted { entries, vector_blinding, weight, weight_blinding, randomness } = extract(&transcripts);

        // V is opened; every entry is 0 or w.
        assert_eq!(commit_vector(&entries, &vector_blinding), transcripts[0][0].commitments.vector);
        assert_eq!((weight, weight_blinding), (w, s));
        assert!(entries.iter().all(|value| *value == Scalar::ZERO || *value == w));
        // The ciphertexts are opened to w times the points, with the voter's own randomness.
        assert_eq!(randomness, opening.randomness().concat());
        let layout = statement.layout();
        let options = layout.iter().flat_map(|question| &question.options);
        for ((ciphertext, bits), (r, expected)) in
            statement.ciphertexts().zip(options).zip(randomness.iter().zip(choice.concat()))
        {
            let value = combine(bits, &entries);
            assert_eq!(value, w * Scalar::from(expected));
            assert_eq!(*ciphertext, Ciphertext::encrypt(&key, &value, r));
        }
    }
}

// The same tool on a prover whose values are not bits: two c are answered (a line fits any two points), and no third.
#[test]
fn false_values_answer_at_most_two_challenges() {
    let rules = [rule(2, 1, 1)];
    let key = key();
    let mut rng = rng(12);
    let randomness = vec![Scalar::random(&mut rng), Scalar::random(&mut rng)];
    let two = Scalar::from(2_u64);
    let values = vec![two, -Scalar::ONE];
    let ciphertexts = values.iter().zip(&randomness).map(|(v, r)| Ciphertext::encrypt(&key, v, r)).collect();
    let body = BallotBody::new(vec![ciphertexts], Weight::Unit).expect("in bounds");
    let statement = BallotStatement::new(&context(), terms(&key, &rules, PROOFS), &body).expect("fits");
    let witness = Witness {
        values: Zeroizing::new(values.clone()),
        secrets: Secrets { randomness, weight: Scalar::ONE, blinding: None },
    };
    let mut nonce_rng = witness.secrets.nonce_rng(&statement.transcript(), &witness.values, &mut rng);
    let nonces = witness.draw_nonces(&statement, &mut nonce_rng);
    let prover = Rewound { statement: &statement, witness, nonces };
    let x = Scalar::random(&mut rng);
    let [c0, c1, c2]: [Scalar; 3] = std::array::from_fn(|_| Scalar::random(&mut rng));
    // The square term q·c² is not 0; a cheating prover adds the line through (c0, q·c0²) and (c1, q·c1²) to T0 + c·T1.
    let square: Scalar = powers(&x, 2).iter().zip(&values).map(|(x, v)| x * v * (Scalar::ONE - v)).sum();
    assert_ne!(square, Scalar::ZERO);
    let run = |c: Scalar| {
        let mut transcript = prover.run(x, c);
        let (linear, constant) = (square * (c0 + c1), -square * c0 * c1);
        let add = |element: &mut Element, value: Scalar| {
            *element = (element.point() + value * RISTRETTO_BASEPOINT_POINT).into();
        };
        add(&mut transcript.commitments.linear, linear);
        add(&mut transcript.commitments.constant, constant);
        transcript
    };
    assert!(run(c0).is_accepting(&statement) && run(c1).is_accepting(&statement));
    assert!(!run(c2).is_accepting(&statement));
}

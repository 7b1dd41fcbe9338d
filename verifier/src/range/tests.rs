//! Every verdict is compared with that of the crate `bulletproofs`, which verifies proofs one by one. Forgeries that the crate's
//! prover cannot make are made by one that may deviate.

use std::{array::from_fn, sync::OnceLock};

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT,
    ristretto::{CompressedRistretto, RistrettoPoint},
    traits::{Identity, MultiscalarMul},
};
use merlin::Transcript;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    range::{MAX_RANGE_COMMITMENTS, RANGE_BITS},
    ristretto::{CanonicalScalar, Element, blinding_base},
    transaction::{LedgerId, TransactionDigest},
    transcript::TranscriptProtocol,
};

use super::{generators::generators, *};

const COUNTS: [usize; 5] = [1, 2, 4, 8, 16];

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn context() -> ProofContext {
    ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 3 }
}

fn crate_generators() -> &'static BulletproofGens {
    static GENERATORS: OnceLock<BulletproofGens> = OnceLock::new();
    GENERATORS.get_or_init(|| BulletproofGens::new(RANGE_BITS, MAX_RANGE_COMMITMENTS))
}

/// A statement about `value·B + blinding·B~` for each value.
fn statement(values: &[Scalar], blindings: &[Scalar]) -> RangeStatement {
    let commit = |(value, blinding)| RistrettoPoint::multiscalar_mul([value, blinding], bases()).into();
    RangeStatement { purpose: b"test".to_vec(), commitments: values.iter().zip(blindings).map(commit).collect() }
}

/// `B` and `B~`.
fn bases() -> [RistrettoPoint; 2] {
    [RISTRETTO_BASEPOINT_POINT, *blinding_base()]
}

fn blindings(count: usize, seed: u64) -> Vec<Scalar> {
    let mut rng = rng(seed);
    (0..count).map(|_| Scalar::random(&mut rng)).collect()
}

/// What the crate's prover makes.
fn honest(values: &[u64], seed: u64) -> RangeObligation {
    let blindings = blindings(values.len(), seed);
    let scalars: Vec<Scalar> = values.iter().map(|value| Scalar::from(*value)).collect();
    let statement = statement(&scalars, &blindings);
    let (proof, _) = RangeProof::prove_multiple_with_rng(
        crate_generators(),
        &PedersenGens::default(),
        &mut statement.transcript(&context()),
        values,
        &blindings,
        RANGE_BITS,
        &mut rng(seed + 1),
    )
    .unwrap();
    RangeObligation { context: context(), statement, proof: RangeProofBytes(proof.to_bytes()) }
}

fn crate_accepts(item: &RangeObligation) -> bool {
    let commitments: Vec<_> =
        item.statement.commitments.iter().map(|element| CompressedRistretto(*element.as_bytes())).collect();
    RangeProof::from_bytes(&item.proof.0).is_ok_and(|proof| {
        let mut transcript = item.statement.transcript(&item.context);
        let (generators, bases, mut rng) = (crate_generators(), PedersenGens::default(), rng(5));
        proof.verify_multiple_with_rng(generators, &bases, &mut transcript, &commitments, RANGE_BITS, &mut rng).is_ok()
    })
}

fn verdict(item: &RangeObligation) -> Result<(), RangeError> {
    verify_range(&item.context, &item.statement, &item.proof, &mut rng(7))
}

/// That both verifiers refuse it.
fn refused(item: &RangeObligation, what: &str) -> RangeError {
    assert!(!crate_accepts(item), "{what}");
    verdict(item).expect_err(what)
}

fn culprits(batch: &[RangeObligation]) -> Vec<usize> {
    let batch: Vec<_> = batch.iter().collect();
    verify_ranges(&batch, &mut rng(11)).map_or_else(|error| error.culprits, |()| Vec::new())
}

/// The 32 bytes of a proof at a place: 0 to 3 A, S, `T_1`, `T_2`; 4 to 6 `t_x`, `t~`, `e~`; then L and R of each round; a, b.
fn part(proof: &mut RangeProofBytes, place: usize) -> &mut [u8; 32] {
    (&mut proof.0[32 * place..32 * (place + 1)]).try_into().unwrap()
}

fn with_part(item: &RangeObligation, place: usize, bytes: [u8; 32]) -> RangeObligation {
    let mut item = item.clone();
    *part(&mut item.proof, place) = bytes;
    item
}

/// A scalar of a proof, with something added.
fn with_added(item: &RangeObligation, place: usize, added: Scalar) -> RangeObligation {
    let scalar = Scalar::from_canonical_bytes(*part(&mut item.clone().proof, place)).unwrap();
    with_part(item, place, (scalar + added).to_bytes())
}

/// A prover who may choose digits that are no bits, use no masks, or shift `t~` and `e~` by amounts that his argument agrees with.
struct Forger {
    /// 64 for each commitment, the lowest first.
    digits: Vec<Scalar>,
    blindings: Vec<Scalar>,
    has_masks: bool,
    shifts: [Scalar; 2],
}

impl Forger {
    fn new(values: &[u64], seed: u64) -> Self {
        let bit = |value: u64| move |k| Scalar::from(value >> k & 1);
        Self {
            digits: values.iter().flat_map(|value| (0..RANGE_BITS).map(bit(*value))).collect(),
            blindings: blindings(values.len(), seed),
            has_masks: true,
            shifts: [Scalar::ZERO; 2],
        }
    }

    /// The values that the digits make up.
    fn statement(&self) -> RangeStatement {
        let value = |digits: &[Scalar]| digits.iter().rev().fold(Scalar::ZERO, |sum, digit| sum + sum + digit);
        let values: Vec<Scalar> = self.digits.chunks(RANGE_BITS).map(value).collect();
        statement(&values, &self.blindings)
    }

    fn forge(&self, statement: RangeStatement) -> RangeObligation {
        let mut rng = rng(13);
        let mut mask = || if self.has_masks { Scalar::random(&mut rng) } else { Scalar::ZERO };
        let size = self.digits.len();
        let (g, h): (Vec<_>, Vec<_>) = generators()[..size].iter().map(|[g, h]| (*g, *h)).unzip();
        let [base, blinding] = bases();
        let vectors = |left: &[Scalar], right: &[Scalar], mask: Scalar| {
            let scalars = left.iter().chain(right).copied().chain([mask]);
            RistrettoPoint::multiscalar_mul(scalars, g.iter().chain(&h).chain([&blinding]))
        };
        let ones_less: Vec<Scalar> = self.digits.iter().map(|digit| digit - Scalar::ONE).collect();
        let (s_left, s_right): (Vec<_>, Vec<_>) = (0..size).map(|_| (mask(), mask())).unzip();
        let [alpha, rho, tau_1, tau_2] = from_fn(|_| mask());

        let mut transcript = statement.transcript(&context());
        let mut bytes = Vec::new();
        let mut send = |transcript: &mut Transcript, label, point: RistrettoPoint| {
            let point = Element::new(point);
            transcript.append_element(label, &point);
            bytes.extend_from_slice(point.as_bytes());
        };
        transcript.append_message(b"dom-sep", b"rangeproof v1");
        transcript.append_u64(b"n", 64);
        transcript.append_u64(b"m", statement.commitments.len() as u64);
        statement.commitments.iter().for_each(|commitment| transcript.append_element(b"V", commitment));
        send(&mut transcript, b"A", vectors(&self.digits, &ones_less, alpha));
        send(&mut transcript, b"S", vectors(&s_left, &s_right, rho));
        let (y, z) = (transcript.challenge_scalar(b"y"), transcript.challenge_scalar(b"z"));
        let power = |x: Scalar, exponent: usize| (0..exponent).fold(Scalar::ONE, |power, _| power * x);
        let left: [Vec<Scalar>; 2] = [self.digits.iter().map(|digit| digit - z).collect(), s_left];
        let right: [Vec<Scalar>; 2] = [
            (0..size)
                .map(|i| {
                    power(y, i) * (ones_less[i] + z)
                        + power(z, 2 + i / RANGE_BITS) * Scalar::from(1_u64 << (i % RANGE_BITS))
                })
                .collect(),
            (0..size).map(|i| power(y, i) * s_right[i]).collect(),
        ];
        let t_1 = product(&left[0], &right[1]) + product(&left[1], &right[0]);
        send(&mut transcript, b"T_1", t_1 * base + tau_1 * blinding);
        send(&mut transcript, b"T_2", product(&left[1], &right[1]) * base + tau_2 * blinding);
        let x = transcript.challenge_scalar(b"x");
        let at_x = |[zeroth, first]: [Vec<Scalar>; 2]| -> Vec<Scalar> {
            zeroth.iter().zip(first).map(|(zeroth, first)| zeroth + x * first).collect()
        };
        let (mut left, mut right) = (at_x(left), at_x(right));
        let t_blinding: Scalar =
            self.blindings.iter().enumerate().map(|(j, blinding)| power(z, 2 + j) * blinding).sum();
        let scalars = [
            product(&left, &right),
            t_blinding + x * tau_1 + x * x * tau_2 + self.shifts[0],
            alpha + x * rho + self.shifts[1],
        ];
        for (label, scalar) in [b"t_x".as_slice(), b"t_x_blinding", b"e_blinding"].into_iter().zip(scalars) {
            transcript.append_scalar(label, &CanonicalScalar(scalar));
            bytes.extend_from_slice(scalar.as_bytes());
        }
        let q = transcript.challenge_scalar(b"w") * base;

        transcript.append_message(b"dom-sep", b"ipp v1");
        transcript.append_u64(b"n", size as u64);
        let (mut g, mut h) = (g, h);
        h.iter_mut().enumerate().for_each(|(i, h)| *h *= power(y, i).invert());
        while left.len() > 1 {
            let half = left.len() / 2;
            let cross = |a: &[Scalar], b: &[Scalar], g: &[RistrettoPoint], h: &[RistrettoPoint]| {
                let scalars = a.iter().chain(b).copied().chain([product(a, b)]);
                Element::new(RistrettoPoint::multiscalar_mul(scalars, g.iter().chain(h).chain([&q])))
            };
            let l = cross(&left[..half], &right[half..], &g[half..], &h[..half]);
            let r = cross(&left[half..], &right[..half], &g[..half], &h[half..]);
            for (label, point) in [(b"L", l), (b"R", r)] {
                transcript.append_element(label, &point);
                bytes.extend_from_slice(point.as_bytes());
            }
            let u = transcript.challenge_scalar(b"u");
            let inverse = u.invert();
            left = (0..half).map(|i| left[i] * u + left[half + i] * inverse).collect();
            right = (0..half).map(|i| right[i] * inverse + right[half + i] * u).collect();
            g = (0..half).map(|i| g[i] * inverse + g[half + i] * u).collect();
            h = (0..half).map(|i| h[i] * u + h[half + i] * inverse).collect();
        }
        bytes.extend_from_slice(left[0].as_bytes());
        bytes.extend_from_slice(right[0].as_bytes());
        RangeObligation { context: context(), statement, proof: RangeProofBytes(bytes) }
    }
}

fn product(left: &[Scalar], right: &[Scalar]) -> Scalar {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Whether equations hold under weights that everybody knows.
fn holds_under(weights: [Scalar; 2], batch: &[&RangeObligation]) -> bool {
    let equations: Vec<RangeEquation> = batch
        .iter()
        .map(|item| RangeEquation::new(&item.context, &item.statement, &item.proof, weights).unwrap())
        .collect();
    sum(&equations).is_identity()
}

#[test]
fn generators_are_those_of_the_crate() {
    let theirs = crate_generators();
    assert_eq!(generators().len(), RANGE_BITS * MAX_RANGE_COMMITMENTS);
    // The crate shows its G only; that H are the same follows from proofs that are accepted.
    for (party, ours) in generators().chunks(RANGE_BITS).enumerate() {
        assert!(theirs.share(party).G(RANGE_BITS).eq(ours.iter().map(|[g, _]| g)), "{party}");
    }
}

#[test]
fn proofs_of_every_size_are_accepted_as_the_crate_accepts_them() {
    for count in COUNTS {
        for seed in 0..4 {
            let mut values: Vec<u64> = (0..count).map(|_| rand_core::RngCore::next_u64(&mut rng(seed))).collect();
            values[0] = [0, 1, u64::MAX, values[0]][seed as usize];
            let item = honest(&values, seed);
            assert_eq!(verdict(&item), Ok(()), "{count} commitments");
            assert!(crate_accepts(&item));
        }
    }
}

#[test]
fn prover_of_these_tests_is_accepted_where_it_does_not_deviate() {
    for values in [&[5][..], &[u64::MAX, 0], &[1, 2, 3, 4]] {
        let forger = Forger::new(values, 1);
        let item = forger.forge(forger.statement());
        assert_eq!(verdict(&item), Ok(()));
        assert!(crate_accepts(&item));
    }
}

#[test]
fn other_numbers_of_commitments_and_other_lengths_are_refused() {
    let item = honest(&[1, 2, 3, 4], 1);
    for count in [0, 3, 5, 32] {
        let mut other = item.clone();
        other.statement.commitments = item.statement.commitments.iter().copied().cycle().take(count).collect();
        assert_eq!(verdict(&other), Err(RangeError::Count), "{count}");
    }
    for count in [1, 2, 8, 16] {
        let mut other = item.clone();
        other.statement.commitments = item.statement.commitments.iter().copied().cycle().take(count).collect();
        assert_eq!(refused(&other, "another count"), RangeError::Encoding, "{count}");
    }
    for change in [-64, -32, -1, 1, 32, 64] {
        let mut other = item.clone();
        other.proof.0.resize(item.proof.0.len().checked_add_signed(change).unwrap(), 0);
        assert_eq!(refused(&other, "another length"), RangeError::Encoding, "{change}");
    }
}

#[test]
fn proof_altered_in_any_byte_is_refused_by_both() {
    let item = honest(&[77], 1);
    for at in 0..item.proof.0.len() {
        let mut altered = item.clone();
        altered.proof.0[at] ^= 1 << (at % 8);
        refused(&altered, &format!("byte {at}"));
    }
    for count in COUNTS {
        let item = honest(&vec![9; count], 2);
        for place in 0..item.proof.0.len() / 32 {
            let mut altered = item.clone();
            part(&mut altered.proof, place)[place % 31] ^= 2;
            refused(&altered, &format!("{count} commitments, part {place}"));
        }
    }
}

#[test]
fn parts_that_change_places_are_refused_by_both() {
    let item = honest(&[77, 78], 1);
    let last = item.proof.0.len() / 32 - 1;
    for (first, second) in [(0, 1), (2, 3), (0, 2), (4, 5), (5, 6), (7, 8), (7, 9), (8, 10), (last - 1, last)] {
        let bytes: [[u8; 32]; 2] = [first, second].map(|place| *part(&mut item.clone().proof, place));
        let swapped = with_part(&with_part(&item, first, bytes[1]), second, bytes[0]);
        assert_eq!(refused(&swapped, "swapped"), RangeError::Proof, "{first} and {second}");
    }
}

#[test]
fn scalar_or_point_in_another_form_than_the_canonical_is_refused_by_both() {
    let item = honest(&[77], 1);
    let last = item.proof.0.len() / 32 - 1;
    // The order of the group: 2^252 + 27742317777372353535851937790883648493. A scalar plus the order is the same scalar.
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    for place in [4, 5, 6, last - 1, last] {
        let (mut bytes, mut carry) = (*part(&mut item.clone().proof, place), 0);
        for (byte, order) in bytes.iter_mut().zip(order) {
            carry += u16::from(*byte) + u16::from(order);
            *byte = carry as u8;
            carry >>= 8;
        }
        for bytes in [bytes, order, [255; 32]] {
            assert_eq!(refused(&with_part(&item, place, bytes), "a scalar"), RangeError::Encoding, "{place}");
        }
    }
    let mut modulus = [255; 32];
    (modulus[0], modulus[31]) = (0xed, 0x7f);
    let one = Scalar::ONE.to_bytes();
    for place in (0..4).chain(7..last - 1) {
        // 0 is the identity, and the modulus another form of it; 1 is negative.
        for bytes in [modulus, one, [255; 32]] {
            assert_eq!(refused(&with_part(&item, place, bytes), "a point"), RangeError::Encoding, "{place}");
        }
    }
}

#[test]
fn point_that_is_the_identity_is_refused_by_both() {
    for count in COUNTS {
        let item = honest(&vec![3; count], 1);
        let last = item.proof.0.len() / 32 - 1;
        for place in (0..4).chain(7..last - 1) {
            let altered = with_part(&item, place, RistrettoPoint::identity().compress().to_bytes());
            assert_eq!(refused(&altered, "the identity"), RangeError::Proof, "{place}");
        }
    }
    // Without masks S, T_1 and T_2 are the identity and all equations true; the crate refuses it, and so is it here.
    let forger = Forger { has_masks: false, ..Forger::new(&[5], 1) };
    let mut item = forger.forge(forger.statement());
    assert_eq!([1, 2, 3].map(|place| *part(&mut item.proof, place)), [[0; 32]; 3]);
    assert_eq!(refused(&item, "no masks"), RangeError::Proof);
}

#[test]
fn commitment_may_be_the_identity_as_in_the_crate() {
    let forger = Forger { blindings: vec![Scalar::ZERO; 2], ..Forger::new(&[0, 5], 1) };
    let item = forger.forge(forger.statement());
    assert!(item.statement.commitments[0].is_identity());
    assert_eq!(verdict(&item), Ok(()));
    assert!(crate_accepts(&item));
}

#[test]
fn proof_of_another_place_purpose_or_order_of_commitments_is_refused_by_both() {
    let item = honest(&[3, 4], 1);
    let place = item.context;
    let mut others = vec![item.clone(); 6];
    others[0].context = ProofContext { ledger: LedgerId([9; 32]), ..place };
    others[1].context = ProofContext { digest: TransactionDigest([9; 32]), ..place };
    others[2].context = ProofContext { index: 4, ..place };
    others[3].statement.purpose.push(0);
    others[4].statement.commitments.swap(0, 1);
    others[5].statement.commitments[1] = honest(&[4], 9).statement.commitments[0];
    for (index, other) in others.iter().enumerate() {
        assert_eq!(refused(other, "elsewhere"), RangeError::Proof, "{index}");
    }
    assert_eq!(culprits(&others), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn value_out_of_range_is_refused_by_both() {
    let two_to_64 = Scalar::from(u64::MAX) + Scalar::ONE;
    for value in [two_to_64, two_to_64 + Scalar::from(5_u64), -Scalar::ONE, -Scalar::from(5_u64)] {
        // The proof of a value in range, over a commitment to the false one: the crate's, and one whose transcript has it.
        let forger = Forger::new(&[5], 1);
        let mut swapped = honest(&[5], 1);
        swapped.statement = statement(&[value], &forger.blindings);
        assert_eq!(refused(&swapped, "swapped"), RangeError::Proof);
        assert_eq!(refused(&forger.forge(swapped.statement), "low digits"), RangeError::Proof);
        // Digits that make up the value and are no bits.
        let mut forger = Forger::new(&[5], 1);
        forger.digits[0] = value;
        forger.digits[2] = Scalar::ZERO;
        assert_eq!(forger.statement(), statement(&[value], &forger.blindings));
        assert_eq!(refused(&forger.forge(forger.statement()), "digits that are no bits"), RangeError::Proof);
    }
    // 2^64 with 2 as its highest digit, beside a value in range.
    let mut forger = Forger::new(&[7, 1 << 63], 1);
    forger.digits[127] = Scalar::from(2_u64);
    assert_eq!(refused(&forger.forge(forger.statement()), "a digit 2"), RangeError::Proof);
}

#[test]
fn nothing_is_wrong_with_an_empty_batch_or_one_of_all_sizes() {
    assert!(culprits(&[]).is_empty());
    let batch: Vec<_> = COUNTS.iter().rev().chain(&COUNTS).map(|count| honest(&vec![6; *count], 1)).collect();
    assert!(culprits(&batch).is_empty());
}

#[test]
fn culprits_of_a_batch_are_named_and_nobody_else() {
    let good: Vec<_> = [1, 16, 2, 1, 4, 8, 1].map(|count| honest(&vec![6; count], 1)).into();
    let undecodable = |item: &RangeObligation| with_part(item, 4, [255; 32]);
    for bad in 0..good.len() {
        let mut batch = good.clone();
        batch[bad] = with_added(&good[bad], 5, Scalar::ONE);
        assert_eq!(culprits(&batch), [bad]);
        batch[bad] = undecodable(&good[bad]);
        assert_eq!(culprits(&batch), [bad]);
        let other = (bad + 3) % good.len();
        batch[other] = with_added(&good[other], 5, Scalar::ONE);
        let mut both = [bad, other];
        both.sort_unstable();
        assert_eq!(culprits(&batch), both);
    }
    let all: Vec<_> = good.iter().map(|item| with_added(item, 6, Scalar::ONE)).collect();
    assert_eq!(culprits(&all), [0, 1, 2, 3, 4, 5, 6]);
}

// Attack 29, between proofs: a is the last that a proof says, so that no challenge depends on it.
#[test]
fn errors_of_two_proofs_that_cancel_under_equal_weights_are_caught() {
    let item = honest(&[5, 6], 1);
    let last = item.proof.0.len() / 32 - 1;
    for place in [last - 1, last] {
        let bad = [Scalar::ONE, -Scalar::ONE].map(|added| with_added(&item, place, added));
        for item in &bad {
            assert_eq!(refused(item, "altered"), RangeError::Proof);
        }
        for weights in [[Scalar::ONE; 2], [Scalar::from(2_u64), Scalar::from(3_u64)]] {
            assert!(holds_under(weights, &[&bad[0], &bad[1]]), "the attack is none");
        }
        assert_eq!(culprits(&bad), [0, 1]);
        let [plus, minus] = bad;
        assert_eq!(culprits(&[item.clone(), plus, item.clone(), minus, item.clone()]), [1, 3]);
    }
}

// Attack 29, within a proof: with one weight for both, *value* and *argument* are wrong by opposite amounts.
#[test]
fn errors_of_one_proof_that_cancel_under_equal_weights_are_caught() {
    let shift = Scalar::from(3_u64);
    let forger = Forger { shifts: [shift, -shift], ..Forger::new(&[5, 6], 1) };
    let item = forger.forge(forger.statement());
    assert!(holds_under([Scalar::ONE; 2], &[&item]), "the attack is none");
    assert!(!holds_under([Scalar::ONE, Scalar::ZERO], &[&item]), "value is true");
    assert!(!holds_under([Scalar::ZERO, Scalar::ONE], &[&item]), "argument is true");
    assert_eq!(refused(&item, "shifted"), RangeError::Proof);
    assert_eq!(culprits(&[honest(&[1], 1), item]), [1]);
}

#[test]
fn weights_are_drawn_anew_for_each_proof_of_each_batch() {
    let (first, second) = (honest(&[1], 1), honest(&[2, 3], 2));
    let mut rng = rng(1);
    for batches in 1..=2 {
        verify_ranges(&[&first, &second], &mut rng).unwrap();
        // Two weights of 16 bytes for each of two proofs; a word has 4.
        assert_eq!(rng.get_word_pos(), batches * 16);
    }
}

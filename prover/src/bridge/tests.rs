//! Honest bridges are accepted; forged ones are made with the prover's own masks and false values.

use std::num::NonZeroU32;

use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::EdwardsAffine;
use ark_ff::{BigInteger, PrimeField};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::transaction::{LedgerId, TransactionDigest};
use tabella_verifier::{
    batch::BatchError,
    bridge::{BridgeError, BridgeItem, verify_bridge, verify_bridges},
};

use super::*;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn context() -> ProofContext {
    ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 3 }
}

fn opening(value: u128, seed: u64) -> BridgeOpening {
    let mut rng = rng(seed);
    BridgeOpening::new(value, JubjubScalar::rand(&mut rng), Scalar::random(&mut rng))
}

fn bridge(value: u128, terms: u32, seed: u64) -> (BridgeStatement, BridgeProof) {
    let opening = opening(value, seed);
    let statement = opening.statement(NonZeroU32::new(terms).expect("a sum has terms"));
    let proof = prove_bridge(&context(), &statement, &opening, &mut rng(seed)).expect("true");
    (statement, proof)
}

/// A prover who has the masks and may answer as he likes.
struct Forger {
    masks: Masks,
    opening: BridgeOpening,
    statement: BridgeStatement,
}

impl Forger {
    fn new(opening: BridgeOpening, statement: BridgeStatement, seed: u64) -> Self {
        let transcript = statement.transcript(&context());
        let masks = Masks::random(&mut nonce_rng(&transcript, &opening, &mut rng(seed)));
        Self { masks, opening, statement }
    }

    fn challenge(&self) -> u128 {
        self.statement.challenge(self.statement.transcript(&context()), &self.masks.nonces())
    }

    /// Honest answers but for z.
    fn proof(&self, value: MaskedValue) -> BridgeProof {
        let c = self.challenge();
        BridgeProof {
            nonces: self.masks.nonces(),
            value,
            jubjub: JubjubAnswer(self.masks.jubjub + JubjubScalar::from(c) * self.opening.jubjub.expose()),
            ristretto: CanonicalScalar(self.masks.ristretto + Scalar::from(c) * self.opening.ristretto.expose()),
        }
    }

    /// `z = k + c·w` over the integers.
    fn honest_value(&self) -> MaskedValue {
        let mask = MaskedValue::from_bytes(self.masks.value);
        MaskedValue::masking(&mask, self.challenge(), *self.opening.value.expose()).expect("in range")
    }

    fn refusal(&self, value: MaskedValue) -> BridgeError {
        verify_bridge(&context(), &self.statement, &self.proof(value)).expect_err("a forgery")
    }
}

fn low_bytes(bytes: &[u8]) -> Option<MaskedValue> {
    let (low, top) = bytes.split_at(31);
    top.iter().all(|byte| *byte == 0).then(|| MaskedValue::from_bytes(low.try_into().expect("31 bytes")))
}

fn order_of_jubjub() -> Scalar {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&JubjubScalar::MODULUS.to_bytes_le());
    Scalar::from_bytes_mod_order_wide(&bytes)
}

#[test]
fn bridges_of_all_sizes_are_accepted_and_have_159_bytes() {
    for (value, terms) in
        [(0, 1), (1, 1), (u128::from(u64::MAX), 1), (1 << 64, 2), ((1 << 96) - (1 << 64) - 1, u32::MAX)]
    {
        let (statement, proof) = bridge(value, terms, 1);
        let bytes = borsh::to_vec(&proof).expect("memory");
        assert_eq!(bytes.len(), 159);
        let proof = borsh::from_slice(&bytes).expect("canonical");
        assert_eq!(verify_bridge(&context(), &statement, &proof), Ok(()));
    }
}

#[test]
fn sum_of_commitments_crosses_by_one_bridge() {
    let parts: Vec<BridgeOpening> = (1..=3).map(|seed| opening(u128::from(u64::MAX), seed)).collect();
    let sum = parts
        .iter()
        .map(|part| part.statement(NonZeroU32::MIN).jubjub.affine().into_group())
        .fold(EdwardsAffine::zero().into_group(), |sum, point| sum + point);
    let total = BridgeOpening::new(
        3 * u128::from(u64::MAX),
        parts.iter().map(|part| *part.jubjub.expose()).sum(),
        Scalar::from(5_u64),
    );
    let terms = NonZeroU32::new(3).expect("not 0");
    let statement = BridgeStatement { jubjub: JubjubPoint::new(sum), ..total.statement(terms) };
    let proof = prove_bridge(&context(), &statement, &total, &mut rng(1)).expect("true");
    assert_eq!(verify_bridge(&context(), &statement, &proof), Ok(()));
}

#[test]
fn false_openings_are_refused_by_the_prover() {
    let large = opening(1 << 64, 1);
    let statement = large.statement(NonZeroU32::MIN);
    assert_eq!(prove_bridge(&context(), &statement, &large, &mut rng(1)), Err(BridgeProveError::Value));
    let (statement, _) = bridge(5, 1, 1);
    assert_eq!(prove_bridge(&context(), &statement, &opening(5, 2), &mut rng(1)), Err(BridgeProveError::Opening));
}

#[test]
fn bridge_to_another_value_is_rejected() {
    let truth = opening(5, 1);
    let honest = truth.statement(NonZeroU32::MIN);
    for other in [0, 4, 6, u128::from(u64::MAX)] {
        let other = BridgeOpening { value: Secret::new(other), ..truth.clone() };
        let statement = BridgeStatement { ristretto: other.statement(NonZeroU32::MIN).ristretto, ..honest };
        let forger = Forger::new(truth.clone(), statement, 2);
        assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Ristretto);
        let forger = Forger::new(other, statement, 2);
        assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Jubjub);
    }
}

// w' = w + r_J is the same value on Jubjub and another one on Ristretto.
#[test]
fn bridge_to_the_value_plus_the_order_of_jubjub_is_rejected() {
    let truth = opening(5, 1);
    let other = Scalar::from(5_u64) + order_of_jubjub();
    let ristretto = other * RISTRETTO_BASEPOINT_POINT + truth.ristretto.expose() * ristretto::blinding_base();
    let statement = BridgeStatement { ristretto: ristretto.into(), ..truth.statement(NonZeroU32::MIN) };
    let forger = Forger::new(truth.clone(), statement, 2);
    // z that is right on Jubjub.
    assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Ristretto);
    // z that is right on Ristretto: its residue modulo l, for masks that bring it into range by chance.
    let (forger, value) = (0..)
        .find_map(|seed| {
            let forger = Forger::new(truth.clone(), statement, seed);
            let k = MaskedValue::from_bytes(forger.masks.value).ristretto_scalar();
            let z = k + Scalar::from(forger.challenge()) * other;
            low_bytes(z.as_bytes()).map(|value| (forger, value))
        })
        .expect("one in 16 or so");
    assert_eq!(forger.refusal(value), BridgeError::Jubjub);
}

// w' = w + l is the same value on Ristretto and another one on Jubjub. (The circuit lets no such C out.)
#[test]
fn bridge_from_the_value_plus_the_order_of_ristretto_is_rejected() {
    let truth = opening(5, 1);
    let order = (-Scalar::ONE).to_bytes(); // l - 1
    let other = JubjubScalar::from_le_bytes_mod_order(&order) + JubjubScalar::from(6_u8);
    let c = *jubjub::value_base() * other + *jubjub::blinding_base() * truth.jubjub.expose();
    let statement = BridgeStatement { jubjub: JubjubPoint::new(c), ..truth.statement(NonZeroU32::MIN) };
    let forger = Forger::new(truth.clone(), statement, 2);
    assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Jubjub);
    let (forger, value) = (0..)
        .find_map(|seed| {
            let forger = Forger::new(truth.clone(), statement, seed);
            let k = MaskedValue::from_bytes(forger.masks.value).jubjub_scalar();
            let z = k + JubjubScalar::from(forger.challenge()) * other;
            low_bytes(&jubjub::scalar_to_bytes(&z)).map(|value| (forger, value))
        })
        .expect("one in 14 or so");
    assert_eq!(forger.refusal(value), BridgeError::Ristretto);
}

#[test]
fn bridge_to_the_negative_value_is_rejected() {
    let truth = opening(5, 1);
    let ristretto =
        -Scalar::from(5_u64) * RISTRETTO_BASEPOINT_POINT + truth.ristretto.expose() * ristretto::blinding_base();
    let statement = BridgeStatement { ristretto: ristretto.into(), ..truth.statement(NonZeroU32::MIN) };
    let forger = Forger::new(truth, statement, 2);
    assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Ristretto);
}

// A hazard: a C that no circuit vouches for may hold -5 on both sides, and the bridge agrees. So its users give it only
// value commitments of verified transfers.
#[test]
fn bridge_alone_is_no_range_proof() {
    let truth = opening(5, 1);
    let (r, s) = (truth.jubjub.expose(), truth.ristretto.expose());
    let c = *jubjub::value_base() * -JubjubScalar::from(5_u8) + *jubjub::blinding_base() * r;
    let c_prime = -Scalar::from(5_u64) * RISTRETTO_BASEPOINT_POINT + s * ristretto::blinding_base();
    let statement = BridgeStatement::of_one(JubjubPoint::new(c), c_prime.into());
    let forger = Forger::new(truth.clone(), statement, 2);
    // z = k - 5·c over the integers.
    let z = MaskedValue::from_bytes(forger.masks.value).ristretto_scalar()
        - Scalar::from(5_u64) * Scalar::from(forger.challenge());
    let z = low_bytes(z.as_bytes()).expect("k is far above 5·c");
    assert_eq!(verify_bridge(&context(), &statement, &forger.proof(z)), Ok(()));
}

#[test]
fn masked_value_below_the_floor_is_rejected() {
    for (terms, length) in [(1, 24), (2, 28)] {
        let truth = opening(5, 1);
        let statement = truth.statement(NonZeroU32::new(terms).expect("not 0"));
        let mut forger = Forger::new(truth, statement, 2);
        forger.masks.value = [0; 31];
        assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Range);
        forger.masks.value[length - 5] = 1;
        assert_eq!(forger.refusal(forger.honest_value()), BridgeError::Range);
    }
}

#[test]
fn bridge_moved_elsewhere_is_rejected() {
    let (statement, proof) = bridge(5, 1, 1);
    let place = context();
    for moved in [
        ProofContext { ledger: LedgerId([9; 32]), ..place },
        ProofContext { digest: TransactionDigest([9; 32]), ..place },
        ProofContext { index: 4, ..place },
    ] {
        assert_eq!(verify_bridge(&moved, &statement, &proof), Err(BridgeError::NotThisStatement));
    }
    let (other, _) = bridge(5, 1, 2);
    let three = NonZeroU32::new(3).expect("not 0");
    for moved in [
        BridgeStatement { jubjub: other.jubjub, ..statement },
        BridgeStatement { ristretto: other.ristretto, ..statement },
        BridgeStatement { terms: three, ..statement },
    ] {
        assert_eq!(verify_bridge(&place, &moved, &proof), Err(BridgeError::NotThisStatement));
    }
}

#[test]
fn altered_bridge_is_rejected_and_a_batch_finds_it() {
    let (statement, proof) = bridge(5, 1, 1);
    type Change = (BridgeError, fn(&mut BridgeProof));
    let changes: [Change; 5] = [
        (BridgeError::NotThisStatement, |proof| {
            let k = *proof.nonces.jubjub.affine() + *jubjub::value_base();
            proof.nonces.jubjub = JubjubPoint::new(k);
        }),
        (BridgeError::NotThisStatement, |proof| {
            proof.nonces.ristretto = (proof.nonces.ristretto.point() + RISTRETTO_BASEPOINT_POINT).into();
        }),
        (BridgeError::NotThisStatement, |proof| {
            let mut bytes = *proof.value.as_bytes();
            bytes[0] ^= 1;
            proof.value = MaskedValue::from_bytes(bytes);
        }),
        (BridgeError::Jubjub, |proof| proof.jubjub.0 += JubjubScalar::from(1_u8)),
        (BridgeError::Ristretto, |proof| proof.ristretto.0 += Scalar::ONE),
    ];
    let honest = BridgeItem { context: context(), statement, proof: &proof };
    assert_eq!(verify_bridges(&[honest; 3], &mut rng(1)), Ok(()));
    assert_eq!(verify_bridges(&[], &mut rng(1)), Ok(()));
    for (error, change) in changes {
        let mut altered = proof;
        change(&mut altered);
        assert_eq!(verify_bridge(&context(), &statement, &altered), Err(error));
        let batch = [honest, BridgeItem { proof: &altered, ..honest }, honest];
        assert_eq!(verify_bridges(&batch, &mut rng(1)), Err(BatchError { culprits: vec![1] }));
    }
}

// Attack 29.
#[test]
fn errors_that_cancel_under_equal_weights_are_rejected() {
    let (statement, proof) = bridge(5, 1, 1);
    let place = context();
    for side in 0..2 {
        let (mut plus, mut minus) = (proof, proof);
        if side == 0 {
            plus.jubjub.0 += JubjubScalar::from(1_u8);
            minus.jubjub.0 -= JubjubScalar::from(1_u8);
        } else {
            plus.ristretto.0 += Scalar::ONE;
            minus.ristretto.0 -= Scalar::ONE;
        }
        let batch = [&plus, &minus].map(|proof| BridgeItem { context: place, statement, proof });
        assert_eq!(verify_bridges(&batch, &mut rng(1)), Err(BatchError { culprits: vec![0, 1] }));
    }
}

// Attack 20: a component of small order in K changes nothing, alone and in a batch alike.
#[test]
fn component_of_small_order_is_decided_alike_alone_and_in_a_batch() {
    let truth = opening(5, 1);
    let statement = truth.statement(NonZeroU32::MIN);
    // (0, -1) has order 2.
    let small = EdwardsAffine::new_unchecked(0_u8.into(), -ark_bls12_381::Fr::from(1_u8));
    let mut forger = Forger::new(truth, statement, 2);
    let nonces = forger.masks.nonces();
    let nonces = BridgeNonces { jubjub: JubjubPoint::new((*nonces.jubjub.affine() + small).into_affine()), ..nonces };
    let c = statement.challenge(statement.transcript(&context()), &nonces);
    let k = MaskedValue::from_bytes(std::mem::take(&mut forger.masks.value));
    let value = MaskedValue::masking(&k, c, 5).expect("in range");
    let proof = BridgeProof {
        nonces,
        value,
        jubjub: JubjubAnswer(forger.masks.jubjub + JubjubScalar::from(c) * forger.opening.jubjub.expose()),
        ristretto: CanonicalScalar(forger.masks.ristretto + Scalar::from(c) * forger.opening.ristretto.expose()),
    };
    assert_eq!(verify_bridge(&context(), &statement, &proof), Ok(()));
    let item = BridgeItem { context: context(), statement, proof: &proof };
    assert_eq!(verify_bridges(&[item; 5], &mut rng(1)), Ok(()));
}

#[test]
fn commitment_of_a_ballot_weight_is_the_one_that_crosses() {
    let weight = tabella_protocol::ballot::WeightOpening::new(1_234, Scalar::from(9_u64));
    let opening = BridgeOpening::of_weight(&weight, JubjubScalar::from(77_u8));
    let statement = opening.statement(NonZeroU32::MIN);
    assert_eq!(statement.ristretto, weight.commitment());
    let proof = prove_bridge(&context(), &statement, &opening, &mut rng(1)).expect("true");
    assert_eq!(verify_bridge(&context(), &statement, &proof), Ok(()));
}

// A change of this hash is a change of the format: of an encoding, of a label, of a generator, or of what is absorbed.
#[test]
fn bridges_keep_their_format() {
    let (_, proof) = bridge(1_234, 1, 1);
    let bytes = borsh::to_vec(&proof).expect("memory");
    let hash = tabella_protocol::hash::blake2b_256(b"test of a format", &[&bytes]);
    assert_eq!(hex::encode(&hash[..8]), "34b3322733caa6aa");
}

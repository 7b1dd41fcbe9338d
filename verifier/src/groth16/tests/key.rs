use ark_ff::One;
use ark_groth16::{VerifyingKey as StockKey, prepare_verifying_key};

use super::*;
use crate::groth16::{KeyPoint, PointError, VerifyingKeyError};

fn stock() -> StockKey<Bls12_381> {
    setup(Shape::Cast).proving_key.vk.clone()
}

fn refused(key: &StockKey<Bls12_381>, error: VerifyingKeyError) {
    assert_eq!(VerifyingKey::from_setup(Shape::Cast, key), Err(error));
}

#[test]
fn key_reads_back_from_its_bytes_and_its_id_names_shape_and_bytes() {
    let key = &setup(Shape::Cast).key;
    assert_eq!(key.as_bytes().len(), VerifyingKey::encoded_length(Shape::Cast));
    assert_eq!(&VerifyingKey::from_bytes(Shape::Cast, key.as_bytes()).unwrap(), key);
    assert_ne!(key.id(), setup(Shape::Transfer).key.id());
}

// Attack 24 (Veil Cash, FoomCash): under γ = δ the proof (α, β, -inputs) is of anything. The stock verifier accepts it.
#[test]
fn key_whose_gamma_is_delta_is_refused() {
    let mut key = stock();
    key.gamma_g2 = key.delta_g2;
    let inputs: Vec<Fr> = (0..10).map(Fr::from).collect();
    let prepared = prepare_verifying_key(&key);
    let sum = Groth16::<Bls12_381>::prepare_inputs(&prepared, &inputs).unwrap();
    let forged = Proof { a: key.alpha_g1, b: key.beta_g2, c: (-sum).into() };
    assert!(Groth16::<Bls12_381>::verify_proof(&prepared, &forged, &inputs).unwrap(), "the hazard is still there");
    refused(&key, VerifyingKeyError::GammaIsDelta);
    key.gamma_g2 = -key.delta_g2;
    refused(&key, VerifyingKeyError::GammaIsDelta);
}

// Attack 24: a key of zeros.
#[test]
fn key_with_an_identity_point_is_refused() {
    let error = PointError::Identity;
    let at = |point| VerifyingKeyError::Point { point, error };
    refused(&StockKey { alpha_g1: G1Affine::zero(), ..stock() }, at(KeyPoint::Alpha));
    refused(&StockKey { beta_g2: G2Affine::zero(), ..stock() }, at(KeyPoint::Beta));
    refused(&StockKey { gamma_g2: G2Affine::zero(), ..stock() }, at(KeyPoint::Gamma));
    refused(&StockKey { delta_g2: G2Affine::zero(), ..stock() }, at(KeyPoint::Delta));
    for index in 0..=10 {
        let mut key = stock();
        key.gamma_abc_g1[index] = G1Affine::zero();
        refused(&key, at(KeyPoint::Input(index)));
    }
    let default = StockKey { gamma_abc_g1: vec![G1Affine::zero(); 11], ..StockKey::default() };
    refused(&default, at(KeyPoint::Alpha));
}

#[test]
fn key_with_another_number_of_inputs_is_refused() {
    for inputs in [0, 10, 12] {
        let mut key = stock();
        key.gamma_abc_g1.resize(inputs, G1Affine::generator());
        let (expected, found) = (VerifyingKey::encoded_length(Shape::Cast), 336 + 48 * inputs);
        refused(&key, VerifyingKeyError::Length { shape: Shape::Cast, expected, found });
    }
    let other = VerifyingKey::from_bytes(Shape::Transfer, setup(Shape::Cast).key.as_bytes());
    assert!(matches!(other, Err(VerifyingKeyError::Length { .. })));
}

#[test]
fn key_with_a_repeated_input_point_is_refused() {
    let mut key = stock();
    key.gamma_abc_g1[7] = -key.gamma_abc_g1[3];
    refused(&key, VerifyingKeyError::RepeatedInputPoint { first: 3, second: 7 });
}

// Attack 20.
#[test]
fn key_with_a_point_outside_the_subgroup_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(21);
    let error = PointError::Subgroup;
    let at = |point| VerifyingKeyError::Point { point, error };
    let (t1, t2) = (torsion_g1(&mut rng), torsion_g2(&mut rng));
    refused(&StockKey { alpha_g1: (stock().alpha_g1 + t1).into(), ..stock() }, at(KeyPoint::Alpha));
    refused(&StockKey { beta_g2: (stock().beta_g2 + t2).into(), ..stock() }, at(KeyPoint::Beta));
    refused(&StockKey { gamma_g2: (stock().gamma_g2 + t2).into(), ..stock() }, at(KeyPoint::Gamma));
    refused(&StockKey { delta_g2: (stock().delta_g2 + t2).into(), ..stock() }, at(KeyPoint::Delta));
    let mut key = stock();
    key.gamma_abc_g1[4] = (key.gamma_abc_g1[4] + t1).into();
    refused(&key, at(KeyPoint::Input(4)));
}

#[test]
fn key_with_a_non_canonical_point_is_refused() {
    let mut bytes = setup(Shape::Cast).key.as_bytes().to_vec();
    bytes[48] &= 0x7f;
    let refused = VerifyingKeyError::Point { point: KeyPoint::Beta, error: PointError::Encoding };
    assert_eq!(VerifyingKey::from_bytes(Shape::Cast, &bytes), Err(refused));
}

#[test]
fn proof_under_another_setup_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(22);
    let circuit = Root { root: Some(Fr::one()), inputs: vec![Fr::one(); 10] };
    let other = Groth16::<Bls12_381>::generate_random_parameters_with_reduction(circuit, &mut rng).unwrap();
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    let key = VerifyingKey::from_setup(Shape::Cast, &other.vk).unwrap();
    assert_eq!(key.verify(&inputs, &encode(&proof)), Err(crate::groth16::ProofError::Invalid));
}

#[test]
fn point_encoding_of_the_generator_is_the_standard_one() {
    let bytes = point::write(&G1Affine::generator());
    assert!(hex::encode(bytes).starts_with("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"));
}

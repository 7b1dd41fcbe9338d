//! The development parameters: what is pinned is what the setup gives, and honest statements of every kind are proved and
//! verified under it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, SynthesisMode};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tabella_circuits::{
    CastCircuit, TransferCircuit,
    matrices::Matrices,
    testing::{SpendKind, random_cast, random_transfer, transfer_kinds},
};
use tabella_protocol::statement::{Mode, Shape};
use tabella_prover::{
    groth16::ProveError,
    parameters::{DEVELOPMENT, Parameters, ParametersDigest, development_setup},
};
use tabella_verifier::groth16::{
    ParametersOrigin, ProofBatch, ProofError, VerifyingKey, VerifyingKeyFile, VerifyingKeys,
};

fn parameters() -> &'static Parameters {
    static PARAMETERS: OnceLock<Parameters> = OnceLock::new();
    PARAMETERS.get_or_init(|| Parameters::development().unwrap())
}

#[test]
fn setup_again_gives_the_pinned_parameters_and_the_embedded_keys() {
    let embedded = VerifyingKeys::development();
    for pin in DEVELOPMENT {
        let file = development_setup(pin.shape).unwrap();
        assert_eq!(ParametersDigest::of(&file.to_bytes()), pin.file);
        let key = VerifyingKey::from_setup(pin.shape, &file.key.vk).unwrap();
        assert_eq!(key.id(), pin.verifying_key);
        let again = VerifyingKeyFile { origin: ParametersOrigin::Development, key }.to_bytes();
        let stored: Vec<_> = embedded.iter().filter(|file| file.key.shape() == pin.shape).collect();
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].to_bytes(), again);
    }
}

#[test]
fn honest_casts_and_transfers_of_every_mode_and_way_of_spending_are_proved_and_verified() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let keys = VerifyingKeys::development();
    let key = |shape| keys.key(shape, parameters().verifying_key(shape).id()).unwrap();
    let mut batch = ProofBatch::new();
    for kind in SpendKind::ALL {
        let case = random_cast(kind, &mut rng);
        let circuit = CastCircuit::new(case.instance.clone(), case.witness);
        let proof = parameters().prover(Shape::Cast).prove_statement(&case.instance, circuit, &mut rng).unwrap();
        assert_eq!(key(Shape::Cast).verify_statement(&case.instance, &proof), Ok(()), "{kind:?}");
        batch.push_statement(key(Shape::Cast), &case.instance, proof).unwrap();
    }
    for (mode, kind) in transfer_kinds() {
        let case = random_transfer(mode, kind, &mut rng);
        let circuit = TransferCircuit::new(case.instance.clone(), case.witness);
        let proof = parameters().prover(Shape::Transfer).prove_statement(&case.instance, circuit, &mut rng).unwrap();
        assert_eq!(key(Shape::Transfer).verify_statement(&case.instance, &proof), Ok(()), "{mode:?}, {kind:?}");
        batch.push_statement(key(Shape::Transfer), &case.instance, proof).unwrap();
    }
    assert_eq!(batch.verify(&mut rng), Ok(()));
}

#[test]
fn proof_does_not_serve_another_statement_or_shape() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let case = random_cast(SpendKind::Plain, &mut rng);
    let circuit = CastCircuit::new(case.instance.clone(), case.witness);
    let proof = parameters().prover(Shape::Cast).prove(circuit, &mut rng).unwrap();
    let key = parameters().verifying_key(Shape::Cast);
    let mut heavier = case.instance.clone();
    heavier.weight += 1;
    assert_eq!(key.verify_statement(&heavier, &proof), Err(ProofError::Invalid));
    let mut level = case.instance.clone();
    level.level = !level.level;
    assert_eq!(key.verify_statement(&level, &proof), Err(ProofError::Invalid));
    let other = parameters().verifying_key(Shape::Transfer).verify_statement(&case.instance, &proof);
    assert_eq!(other, Err(ProofError::Shape { statement: Shape::Cast, key: Shape::Transfer }));
}

#[test]
fn false_statement_is_not_proved_and_the_broken_rule_is_named() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut case = random_cast(SpendKind::Plain, &mut rng);
    case.instance.weight += 1;
    let circuit = CastCircuit::new(case.instance, case.witness);
    match parameters().prover(Shape::Cast).prove(circuit, &mut rng) {
        Err(ProveError::Unsatisfied { shape: Shape::Cast, rule, .. }) => assert!(!rule.is_empty()),
        other => panic!("{other:?}"),
    }
}

fn proving_matrices<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Matrices {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    circuit.generate_constraints(cs.clone()).unwrap();
    cs.finalize();
    Matrices::of_system(&cs).unwrap()
}

// Attack 12.
#[test]
fn matrices_of_setup_and_proving_are_equal() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let case = random_cast(SpendKind::Refund, &mut rng);
    let proving = proving_matrices(CastCircuit::new(case.instance, case.witness));
    assert_eq!(proving.abc(), Matrices::of_setup(CastCircuit::blank()).unwrap().abc());
    let case = random_transfer(Mode::Tag, SpendKind::Plain, &mut rng);
    let proving = proving_matrices(TransferCircuit::new(case.instance, case.witness));
    assert_eq!(proving.abc(), Matrices::of_setup(TransferCircuit::blank()).unwrap().abc());
}

use ark_ff::{One, Zero};
use ark_groth16::{Groth16, r1cs_to_qap::LibsnarkReduction};
use ark_relations::{
    gr1cs::{ConstraintSystemRef, Variable},
    lc,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::statement::CastInstance;

use super::*;

mod stock;

/// I know a number that squared `STEPS` times gives public input 0; the other nine are bound and free.
#[derive(Clone)]
struct Powers {
    root: Option<Fr>,
    inputs: Vec<Fr>,
    /// What the prover claims the square of the root to be; the true one if `None`.
    claimed: Option<Fr>,
    /// A witness too many.
    extra: bool,
}

const STEPS: usize = 5;

impl Powers {
    fn new(root: u64) -> Self {
        let mut power = Fr::from(root);
        for _ in 0..STEPS {
            power *= power;
        }
        let mut inputs: Vec<Fr> = (0..10).map(Fr::from).collect();
        inputs[0] = power;
        Self { root: Some(Fr::from(root)), inputs, claimed: None, extra: false }
    }

    fn blank() -> Self {
        Self { root: None, inputs: vec![Fr::zero(); 10], claimed: None, extra: false }
    }
}

impl ConstraintSynthesizer<Fr> for Powers {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let inputs =
            self.inputs.iter().map(|input| cs.new_input_variable(|| Ok(*input))).collect::<Result<Vec<_>, _>>()?;
        let mut value = self.root;
        let mut power = cs.new_witness_variable(|| value.ok_or(SynthesisError::AssignmentMissing))?;
        for step in 0..STEPS {
            value = value.map(|value| value * value);
            if step == 1 {
                value = self.claimed.or(value);
            }
            let next = cs.new_witness_variable(|| value.ok_or(SynthesisError::AssignmentMissing))?;
            cs.enforce_r1cs_constraint(|| lc!() + power, || lc!() + power, || lc!() + next)?;
            power = next;
        }
        cs.enforce_r1cs_constraint(|| lc!() + power, || lc!() + Variable::One, || lc!() + inputs[0])?;
        if self.extra {
            let _ = cs.new_witness_variable(|| Ok(Fr::one()))?;
        }
        Ok(())
    }
}

fn key() -> ProvingKey<Bls12_381> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    Groth16::<Bls12_381, LibsnarkReduction>::generate_random_parameters_with_reduction(Powers::blank(), &mut rng)
        .unwrap()
}

fn prover() -> Prover {
    Prover::new(Shape::Cast, key(), &Matrices::of_setup(Powers::blank()).unwrap()).unwrap()
}

#[test]
fn honest_statement_is_proved() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let prover = prover();
    for root in [0, 1, 7] {
        let circuit = Powers::new(root);
        let proof = prover.prove(circuit.clone(), &mut rng).unwrap();
        assert_eq!(prover.verifying_key().verify(&circuit.inputs, &proof), Ok(()));
    }
}

#[test]
fn batch_is_proved_in_order_and_a_false_statement_harms_no_other() {
    let mut rng = ChaCha20Rng::seed_from_u64(12);
    let (prover, shape) = (prover(), Shape::Cast);
    let mut circuits: Vec<Powers> = (2..9).map(Powers::new).collect();
    circuits[3].inputs[0] += Fr::one();
    let proofs = prover.prove_batch(circuits.clone(), &mut rng);
    assert_eq!(proofs.len(), circuits.len());
    for (index, (proof, circuit)) in proofs.into_iter().zip(circuits).enumerate() {
        match proof {
            Ok(proof) => assert_eq!(prover.verifying_key().verify(&circuit.inputs, &proof), Ok(())),
            Err(error) => {
                assert_eq!((index, error), (3, ProveError::Unsatisfied { shape, constraint: STEPS, rule: "" }));
            }
        }
    }
    assert!(prover.prove_batch(Vec::<Powers>::new(), &mut rng).is_empty());
}

#[test]
fn two_proofs_of_one_statement_differ() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let prover = prover();
    let [first, second] = [(); 2].map(|()| prover.prove(Powers::new(7), &mut rng).unwrap());
    assert_ne!(first, second);
}

#[test]
fn generator_that_repeats_itself_blinds_no_two_witnesses_alike() {
    let prover = prover();
    let drawn = |root, seed| {
        let assignment = prover.assign(Powers::new(root)).unwrap();
        *blinding(Shape::Cast, &assignment, &mut ChaCha20Rng::seed_from_u64(seed))
    };
    // 7 and -7 have one statement and two witnesses.
    let negative = {
        let circuit = Powers { root: Some(-Fr::from(7)), ..Powers::new(7) };
        *blinding(Shape::Cast, &prover.assign(circuit).unwrap(), &mut ChaCha20Rng::seed_from_u64(3))
    };
    let all = [drawn(7, 3), drawn(8, 3), negative, drawn(7, 4)];
    for (index, [r, s]) in all.iter().enumerate() {
        assert_ne!(r, s);
        assert!(all[index + 1..].iter().all(|[other_r, other_s]| r != other_r && s != other_s));
    }
    assert_eq!(drawn(7, 3), all[0]);
}

// The stock prover gives a proof that does not verify.
#[test]
fn false_statement_is_refused_and_the_broken_constraint_named() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let (prover, shape) = (prover(), Shape::Cast);
    let mut circuit = Powers::new(7);
    circuit.inputs[0] += Fr::one();
    assert_eq!(prover.prove(circuit, &mut rng), Err(ProveError::Unsatisfied { shape, constraint: STEPS, rule: "" }));
    let circuit = Powers { claimed: Some(Fr::from(5)), ..Powers::new(7) };
    assert_eq!(prover.prove(circuit, &mut rng), Err(ProveError::Unsatisfied { shape, constraint: 1, rule: "" }));
}

#[test]
fn missing_witness_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let missing = prover().prove(Powers::blank(), &mut rng);
    assert_eq!(missing, Err(ProveError::Synthesis(SynthesisError::AssignmentMissing)));
}

#[test]
fn circuit_of_another_size_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let (prover, shape) = (prover(), Shape::Cast);
    let circuit = Powers { extra: true, ..Powers::new(7) };
    let refused = ProveError::OtherCircuit { shape, kind: "variables", expected: 17, found: 18 };
    assert_eq!(prover.prove(circuit, &mut rng), Err(refused));
    let mut circuit = Powers::new(7);
    circuit.inputs.push(Fr::one());
    let refused = ProveError::OtherCircuit { shape, kind: "instance variables", expected: 11, found: 12 };
    assert_eq!(prover.prove(circuit, &mut rng), Err(refused));
}

#[test]
fn proving_key_that_does_not_fit_the_circuit_is_refused() {
    let circuit = || Matrices::of_setup(Powers { extra: true, ..Powers::blank() }).unwrap();
    let refused = Prover::new(Shape::Cast, key(), &circuit()).unwrap_err();
    assert_eq!(refused, ProverError::QueryLength { query: "a", expected: 18, found: 17 });
    let mut short = key();
    short.h_query.pop();
    let refused = Prover::new(Shape::Cast, short, &Matrices::of_setup(Powers::blank()).unwrap()).unwrap_err();
    assert!(matches!(refused, ProverError::QueryLength { query: "h", .. }));
    let refused = Prover::new(Shape::Transfer, key(), &circuit()).unwrap_err();
    assert!(matches!(refused, ProverError::VerifyingKey(VerifyingKeyError::Length { .. })));
}

#[test]
fn damaged_proving_key_gives_no_proof() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut key = key();
    key.l_query.swap(1, 2);
    let prover = Prover::new(Shape::Cast, key, &Matrices::of_setup(Powers::blank()).unwrap()).unwrap();
    assert_eq!(prover.prove(Powers::new(7), &mut rng), Err(ProveError::SelfCheck));
}

#[test]
fn statement_of_another_shape_or_other_inputs_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    struct Stated<const TRANSFER: bool>(Vec<Fr>);
    impl<const TRANSFER: bool> Statement for Stated<TRANSFER> {
        const SHAPE: Shape = if TRANSFER { Shape::Transfer } else { Shape::Cast };
        fn public_inputs(&self) -> Vec<Fr> {
            self.0.clone()
        }
    }
    assert_eq!(CastInstance::PUBLIC_INPUTS, 10);
    let prover = prover();
    let circuit = Powers::new(7);
    let stated = Stated::<false>(circuit.inputs.clone());
    assert!(prover.prove_statement(&stated, circuit.clone(), &mut rng).is_ok());
    let mut other = circuit.inputs.clone();
    other[4] += Fr::one();
    let refused = prover.prove_statement(&Stated::<false>(other), circuit.clone(), &mut rng);
    assert_eq!(refused, Err(ProveError::OtherStatement { index: 4 }));
    let refused = prover.prove_statement(&Stated::<true>(circuit.inputs.clone()), circuit, &mut rng);
    assert_eq!(refused, Err(ProveError::Shape { statement: Shape::Transfer, prover: Shape::Cast }));
}

#[test]
fn witness_prints_nothing() {
    let assignment = prover().assign(Powers::new(7)).unwrap();
    assert_eq!(format!("{assignment:?}"), "Assignment(17 variables)");
}

/// `scripts/second_verifier/informative.py` computes the same.
#[test]
fn blinding_agrees_with_the_second_implementation() {
    const FILE: &str = include_str!("../../../tests/vectors/steps.json");
    let assignment = prover().assign(Powers::new(7)).unwrap();
    let blinding = blinding(Shape::Cast, &assignment, &mut ChaCha20Rng::from_seed([4; 32]));
    // Whole lists, in their order.
    let pinned: String = FILE.split_whitespace().collect();
    let list = |values: &[Fr]| {
        let values =
            values.iter().map(|value| format!("\"{}\"", hex::encode(tabella_protocol::field::to_bytes(value))));
        values.collect::<Vec<_>>().join(",")
    };
    for expected in [
        format!("\"assignment\":[{}]", list(assignment.variables())),
        format!("\"r,s\":[{}]", list(blinding.as_slice())),
    ] {
        assert!(pinned.contains(&expected), "{expected}");
    }
}

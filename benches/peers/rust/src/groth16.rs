//! Proving beside stock ark-groth16, on one key, one circuit and one witness.

use std::sync::atomic::Ordering;

use anyhow::ensure;
use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::{ProvingKey, prepare_verifying_key};
use ark_relations::gr1cs::ConstraintSynthesizer;
use rand::rngs::OsRng;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_circuits::matrices::Matrices;
use tabella_protocol::statement::Shape;
use tabella_prover::{
    groth16::Prover,
    parameters::{Parameters, development_setup},
};

use crate::{
    chain::Chain,
    measure::{self, Question, compare, held_back, time},
    ours::{Case, Stock, prove_stock, values},
};

const ARK: &str = "ark-groth16 0.6 (parallel, asm)";

/// A chain of a size that no power of two favours.
pub(crate) fn chain() -> anyhow::Result<()> {
    let (circuit, prover) = of_chain(99_500, "99,500 constraints".into(), 5.0)?;
    circuit.compare(&prover)
}

/// Our own circuits.
pub(crate) fn shapes() -> anyhow::Result<()> {
    let parameters = Parameters::development()?;
    let (bar, setting) = if held_back() { (1.8, ", AVX-512 switched off") } else { (4.0, "") };
    for case in [Case::transfer(), Case::cast()] {
        let shape = case.shape();
        let (prover, key, matrices) = (parameters.prover(shape), development_setup(shape)?.key, case.matrices()?);
        let name = format!("{}{setting}", shape.name());
        match case {
            Case::Transfer(_, circuit) => Circuit { name, bar, circuit, key, matrices }.compare(prover)?,
            Case::Cast(_, circuit) => Circuit { name, bar, circuit, key, matrices }.compare(prover)?,
        }
    }
    Ok(())
}

/// Time against size, for the figure: chains of 2^10 to 2^18 constraints.
pub(crate) fn sizes() -> anyhow::Result<()> {
    measure::BUDGET.store(6, Ordering::Relaxed);
    for log in 10..=18 {
        // Room for the public inputs, so that the domain is the power of two itself.
        let constraints = (1 << log) - 2 * Shape::Transfer.public_inputs();
        let (circuit, prover) = of_chain(constraints, format!("2^{log}"), 0.0)?;
        circuit.compare_whole(&prover);
    }
    Ok(())
}

/// Both sides of one circuit.
struct Circuit<C> {
    name: String,
    bar: f64,
    circuit: C,
    /// The prover's is not its own, for parameters are loaded together.
    key: ProvingKey<Bls12_381>,
    matrices: Matrices,
}

impl<C: ConstraintSynthesizer<Fr> + Clone> Circuit<C> {
    /// Two rows: from an assignment to a proof, and from the circuit with its witness to a proof.
    fn compare(&self, prover: &Prover) -> anyhow::Result<()> {
        let Self { name, bar, circuit, key, matrices } = self;
        let all = values(circuit.clone());
        let proof = prove_stock(key, matrices, &all);
        let inputs = &all[1..matrices.instance_variables()];
        ensure!(Stock::verify_proof(&prepare_verifying_key(&key.vk), &proof, inputs)?, "arkworks' own proof is wrong");
        let assignment = prover.assign(circuit.clone())?;
        let prove = |assignment| prover.prove_assignment(assignment, &mut OsRng).expect("it is this prover's");
        compare(
            &Question {
                name: format!("create_proof, {name}"),
                against: ARK,
                bar: *bar,
                differs: "from an assignment; ours comes with its rows evaluated, and the finished proof is verified",
            },
            || time(|| prove(&assignment)),
            || time(|| prove_stock(key, matrices, &all)),
        );
        self.compare_whole(prover);
        Ok(())
    }

    fn compare_whole(&self, prover: &Prover) {
        let Self { name, bar, circuit, key, matrices } = self;
        compare(
            &Question {
                name: format!("circuit to proof, {name}"),
                against: ARK,
                bar: *bar,
                differs: "both compute the witness; ours also checks every constraint and the finished proof; \
                 arkworks is given the matrices, which it would compute each time",
            },
            || time(|| prover.prove(circuit.clone(), &mut OsRng).expect("the witness is valid")),
            || time(|| prove_stock(key, matrices, &values(circuit.clone()))),
        );
    }
}

/// A chain, and a prover for it as for a Transfer: it has as many public inputs.
fn of_chain(constraints: usize, name: String, bar: f64) -> anyhow::Result<(Circuit<Chain>, Prover)> {
    let circuit = Chain::new(constraints)?;
    let matrices = Matrices::of_setup(circuit.clone())?;
    ensure!(matrices.constraints() == constraints, "the chain has {} constraints", matrices.constraints());
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let key = Stock::generate_random_parameters_with_reduction(circuit.clone(), &mut rng)?;
    let prover = Prover::new(Shape::Transfer, key.clone(), &matrices)?;
    Ok((Circuit { name, bar, circuit, key, matrices }, prover))
}

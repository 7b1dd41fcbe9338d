//! Proving beside stock ark-groth16, on one key, one circuit and one witness.

use anyhow::{Context as _, ensure};
use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::{ProvingKey, prepare_verifying_key};
use rand::rngs::OsRng;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_circuits::{CastCircuit, TransferCircuit, matrices::Matrices};
use tabella_protocol::statement::Shape;
use tabella_prover::{
    groth16::{Assignment, Prover},
    parameters::{Parameters, development_setup},
};

use crate::{
    chain::Chain,
    measure::{Question, compare, ifma, time},
    ours::{Case, Stock, prove_stock, values},
};

const ARK: &str = "ark-groth16 0.6 (parallel, asm)";
const CHECKED: &str = "ours also verifies the finished proof";

/// A chain of a size that no power of two favours.
pub(crate) fn chain() -> anyhow::Result<()> {
    const CONSTRAINTS: usize = 99_500;
    let (prover, stock) = of_chain(CONSTRAINTS)?;
    let all = values(Chain::new(CONSTRAINTS));
    let bar = if ifma() { 5.0 } else { 1.8 };
    engine(&format!("create_proof, {CONSTRAINTS} constraints"), bar, &prover, &stock, &all, || {
        prover.assign(Chain::new(CONSTRAINTS)).context("the chain is satisfied")
    })
}

/// Our own circuits.
pub(crate) fn shapes() -> anyhow::Result<()> {
    let parameters = Parameters::development()?;
    for (name, case, shape) in [("Transfer", Case::transfer(), Shape::Transfer), ("Cast", Case::cast(), Shape::Cast)] {
        let prover = parameters.prover(shape);
        let matrices = match shape {
            Shape::Transfer => Matrices::of_setup(TransferCircuit::blank()),
            Shape::Cast => Matrices::of_setup(CastCircuit::blank()),
        }?;
        let stock = StockKey { key: development_setup(shape)?.key, matrices };
        let bar = if ifma() { 4.0 } else { 1.8 };
        engine(&format!("create_proof, {name}"), bar, prover, &stock, &case.values(), || Ok(case.assign(prover)))?;
    }
    Ok(())
}

/// Time against size, for the figure: chains of 2^10 to 2^18 constraints.
pub(crate) fn sizes() -> anyhow::Result<()> {
    for log in 10..=18 {
        // Room for the public inputs, so that the domain is the power of two itself.
        let constraints = (1 << log) - 2 * Shape::Transfer.public_inputs();
        let (prover, stock) = of_chain(constraints)?;
        let all = values(Chain::new(constraints));
        engine(&format!("size 2^{log}"), 0.0, &prover, &stock, &all, || {
            prover.assign(Chain::new(constraints)).context("the chain is satisfied")
        })?;
    }
    Ok(())
}

/// What arkworks' prover reads; ours keeps both in a form of its own.
pub(crate) struct StockKey {
    key: ProvingKey<Bls12_381>,
    matrices: Matrices,
}

/// From an assignment to a proof.
fn engine(
    name: &str,
    bar: f64,
    prover: &Prover,
    stock: &StockKey,
    values: &[Fr],
    assign: impl Fn() -> anyhow::Result<Assignment>,
) -> anyhow::Result<()> {
    let proof = prove_stock(&stock.key, &stock.matrices, values);
    let inputs = &values[1..stock.matrices.instance_variables()];
    ensure!(Stock::verify_proof(&prepare_verifying_key(&stock.key.vk), &proof, inputs)?, "arkworks' own proof is wrong");
    let assignment = assign()?;
    compare(
        &Question { name: name.to_owned(), against: ARK, bar, differs: CHECKED },
        || time(|| prover.prove_assignment(&assignment, &mut OsRng).expect("the assignment is of this prover")),
        || time(|| prove_stock(&stock.key, &stock.matrices, values)),
    );
    Ok(())
}

/// A prover for a chain, as a Transfer's: it has as many public inputs.
pub(crate) fn of_chain(constraints: usize) -> anyhow::Result<(Prover, StockKey)> {
    let matrices = Matrices::of_setup(Chain::new(constraints))?;
    ensure!(matrices.constraints() == constraints, "the chain has {} constraints", matrices.constraints());
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let key = Stock::generate_random_parameters_with_reduction(Chain::new(constraints), &mut rng)?;
    Ok((Prover::new(Shape::Transfer, key.clone(), &matrices)?, StockKey { key, matrices }))
}

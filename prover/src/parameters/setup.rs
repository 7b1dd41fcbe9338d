//! The development setup: Groth16 parameters from a public seed.

use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::{Groth16, ProvingKey, r1cs_to_qap::LibsnarkReduction};
use ark_relations::gr1cs::ConstraintSynthesizer;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tabella_circuits::{CastCircuit, TransferCircuit, matrices::Matrices};
use tabella_protocol::{domain::personal, hash::blake2b_256, statement::Shape};
use tabella_verifier::groth16::ParametersOrigin;

use super::{ParametersError, ParametersFile};

/// Where the seed comes from. It is public, and so is everything that a real setup must destroy.
pub const DEVELOPMENT_PHRASE: &str =
    "Tabella development parameters 1: this seed is public, anybody can forge proofs under these keys.";

/// Makes the development parameters of a shape: the same bytes on every machine.
/// The generator is ChaCha20 keyed with `BLAKE2b-256("Tabella_Paramete", phrase || shape's name)`.
///
/// # Errors
/// [`ParametersError::Synthesis`], [`ParametersError::CircuitChanged`].
pub fn development_setup(shape: Shape) -> Result<ParametersFile, ParametersError> {
    let (matrices, _) = super::circuit(shape)?;
    let key = match shape {
        Shape::Transfer => generate(shape, TransferCircuit::blank()),
        Shape::Cast => generate(shape, CastCircuit::blank()),
    }?;
    Ok(describe(shape, &matrices, key))
}

fn generate<C: ConstraintSynthesizer<Fr>>(shape: Shape, circuit: C) -> Result<ProvingKey<Bls12_381>, ParametersError> {
    let seed = blake2b_256(personal::PARAMETERS, &[DEVELOPMENT_PHRASE.as_bytes(), shape.name().as_bytes()]);
    let mut rng = ChaCha20Rng::from_seed(seed);
    Groth16::<Bls12_381, LibsnarkReduction>::generate_random_parameters_with_reduction(circuit, &mut rng)
        .map_err(|error| ParametersError::Synthesis { shape, error })
}

fn describe(shape: Shape, matrices: &Matrices, key: ProvingKey<Bls12_381>) -> ParametersFile {
    ParametersFile { origin: ParametersOrigin::Development, shape, matrices: matrices.digest(), key }
}

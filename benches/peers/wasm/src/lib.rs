//! A Cast proof by our prover and by stock ark-groth16, for a page that times both: see `run.mjs`.

#[path = "../../rust/src/ours.rs"]
#[allow(dead_code, reason = "the native peers ask for more")]
mod ours;

use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::ProvingKey;
use ark_serialize::CanonicalSerialize;
use rand::rngs::OsRng;
use tabella_circuits::{CastCircuit, matrices::Matrices};
use tabella_protocol::{statement::Shape, transaction::ProofBytes};
use tabella_prover::{
    groth16::Prover,
    parameters::{DEVELOPMENT, ParametersFile, prover_from_bytes},
};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
#[cfg(target_arch = "wasm32")]
pub use wasm_bindgen_rayon::init_thread_pool;

use ours::{Case, prove_stock, values};

/// Both sides, with the same parameters, circuit and witness.
#[wasm_bindgen]
pub struct Peers {
    inputs: Vec<Fr>,
    circuit: CastCircuit,
    prover: Prover,
    key: ProvingKey<Bls12_381>,
    matrices: Matrices,
}

#[wasm_bindgen]
impl Peers {
    /// From the file of the development parameters of a Cast.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &[u8]) -> Result<Peers, JsError> {
        let pin = DEVELOPMENT.iter().find(|pin| pin.shape == Shape::Cast).ok_or(JsError::new("no pin"))?;
        let case = Case::cast();
        let matrices = case.matrices()?;
        let Case::Cast(inputs, circuit) = case else { return Err(JsError::new("not a Cast")) };
        let ParametersFile { origin, key, .. } = ParametersFile::from_pinned_bytes(file, pin.file)?;
        Ok(Self { inputs, circuit, prover: prover_from_bytes(origin, pin, file)?, key, matrices })
    }

    /// Our proof, from the circuit with its witness.
    pub fn ours(&self) -> Result<Vec<u8>, JsError> {
        Ok(self.prover.prove(self.circuit.clone(), &mut OsRng)?.0.to_vec())
    }

    /// That of arkworks.
    pub fn theirs(&self) -> Result<Vec<u8>, JsError> {
        let proof = prove_stock(&self.key, &self.matrices, &values(self.circuit.clone()));
        let mut bytes = Vec::new();
        proof.serialize_compressed(&mut bytes)?;
        Ok(bytes)
    }

    /// That a proof is one.
    pub fn verify(&self, proof: &[u8]) -> Result<(), JsError> {
        Ok(self.prover.verifying_key().verify(&self.inputs, &ProofBytes(proof.try_into()?))?)
    }
}

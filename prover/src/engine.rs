//! The parameters as the engine that proves a transaction's transfers.

use rand_chacha::ChaCha20Rng;
use tabella_circuits::{CastCircuit, TransferCircuit};
use tabella_protocol::{statement::Shape, transaction::ProofBytes};

use crate::{
    builder::{ProvingEngine, ProvingJob},
    groth16::ProveError,
    parameters::Parameters,
};

impl ProvingEngine for Parameters {
    type Error = ProveError;

    fn prove(&self, job: ProvingJob<'_>, rng: &mut ChaCha20Rng) -> Result<ProofBytes, Self::Error> {
        match job {
            ProvingJob::Transfer { instance, witness } => {
                let circuit = TransferCircuit::new(instance.clone(), witness.clone());
                self.prover(Shape::Transfer).prove_statement(instance, circuit, rng)
            }
            ProvingJob::Cast { instance, witness } => {
                let circuit = CastCircuit::new(instance.clone(), witness.clone());
                self.prover(Shape::Cast).prove_statement(instance, circuit, rng)
            }
        }
    }
}

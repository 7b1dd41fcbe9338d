//! The parameters as the engine that proves a transaction's transfers.

use rand_chacha::ChaCha20Rng;
use tabella_circuits::{CastCircuit, TransferCircuit};
use tabella_protocol::{statement::Shape, transaction::ProofBytes};

use crate::{
    builder::{ProvingEngine, ProvingJob},
    groth16::{ProveError, Prover},
    parameters::Parameters,
};

impl ProvingEngine for Parameters {
    type Error = ProveError;

    fn prove(&self, job: ProvingJob<'_>, rng: &mut ChaCha20Rng) -> Result<ProofBytes, Self::Error> {
        let shape = match job {
            ProvingJob::Transfer { .. } => Shape::Transfer,
            ProvingJob::Cast { .. } => Shape::Cast,
        };
        self.prover(shape).prove_job(job, rng)
    }
}

impl Prover {
    /// Makes one proof of a transaction, which must be of this prover's shape.
    ///
    /// # Errors
    /// [`ProveError`], also where the job is of another shape.
    pub fn prove_job(&self, job: ProvingJob<'_>, rng: &mut ChaCha20Rng) -> Result<ProofBytes, ProveError> {
        match job {
            ProvingJob::Transfer { instance, witness } => {
                let circuit = TransferCircuit::new(instance.clone(), witness.clone());
                self.prove_statement(instance, circuit, rng)
            }
            ProvingJob::Cast { instance, witness } => {
                let circuit = CastCircuit::new(instance.clone(), witness.clone());
                self.prove_statement(instance, circuit, rng)
            }
        }
    }
}

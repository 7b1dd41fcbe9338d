//! Proving the transfers of a transaction, on as many cores as there are.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use tabella_protocol::{
    statement::{CastInstance, CastWitness, TransferInstance, TransferWitness},
    transaction::{ProofBytes, TransferEffects, TransferStatement},
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::plan::Witness;
use crate::cores;

/// One proof to be made.
#[derive(Clone, Copy, Debug)]
pub enum ProvingJob<'a> {
    /// Of the Transfer shape.
    Transfer {
        /// The statement.
        instance: &'a TransferInstance,
        /// The secrets.
        witness: &'a TransferWitness,
    },
    /// Of the Cast shape.
    Cast {
        /// The statement.
        instance: &'a CastInstance,
        /// The secrets.
        witness: &'a CastWitness,
    },
}

/// What makes proofs: the Groth16 [`crate::parameters::Parameters`]. Closures are engines too, for a machine that proves for others.
pub trait ProvingEngine: Sync {
    /// Why a proof failed.
    type Error: std::error::Error + Send + 'static;

    /// Makes one proof.
    ///
    /// # Errors
    /// As the engine says.
    fn prove(&self, job: ProvingJob<'_>, rng: &mut ChaCha20Rng) -> Result<ProofBytes, Self::Error>;
}

impl<E, F> ProvingEngine for F
where
    E: std::error::Error + Send + 'static,
    F: Fn(ProvingJob<'_>, &mut ChaCha20Rng) -> Result<ProofBytes, E> + Sync,
{
    type Error = E;

    fn prove(&self, job: ProvingJob<'_>, rng: &mut ChaCha20Rng) -> Result<ProofBytes, E> {
        self(job, rng)
    }
}

/// A proof that could not be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("transfer {index} could not be proved: {source}")]
pub struct ProveError<E: std::error::Error + 'static> {
    /// Index of the transfer.
    pub index: usize,
    /// The engine's error.
    pub source: E,
}

/// Proves all of a transaction's own transfers in parallel, each with a generator of its own.
pub(super) fn prove_all<E: ProvingEngine>(
    effects: &[TransferEffects],
    slots: &[Option<Witness>],
    engine: &E,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<Option<ProofBytes>>, ProveError<E::Error>> {
    let jobs = effects
        .iter()
        .zip(slots)
        .enumerate()
        .map(|(index, (effects, slot))| {
            let mut seed = Zeroizing::new([0; 32]);
            rng.fill_bytes(seed.as_mut_slice());
            (index, effects, slot, seed)
        })
        .collect();
    let prove = |(index, effects, slot, seed): (usize, &TransferEffects, &Option<Witness>, Zeroizing<[u8; 32]>)| {
        let job = match (&effects.statement, slot) {
            (TransferStatement::Transfer { instance, .. }, Some(Witness::Transfer(witness))) => {
                ProvingJob::Transfer { instance, witness }
            }
            (TransferStatement::Cast(instance), Some(Witness::Cast(witness))) => ProvingJob::Cast { instance, witness },
            // Another party's transfer. (Statement and witness of one's own are built together, of one shape.)
            _ => return Ok(None),
        };
        let mut rng = ChaCha20Rng::from_seed(*seed);
        engine.prove(job, &mut rng).map(Some).map_err(|source| ProveError { index, source })
    };
    cores::each(jobs, prove).into_iter().collect()
}

//! People at the desks of applications, as pages let them stand there.

use std::ops::Deref;

use rand_chacha::ChaCha20Rng;
use tabella_desk::{Desk, Outcome, ProofFailed, Refusal, Stop, Values, Work};
use tabella_ledger::node::{Accepted, NodeError};
use tabella_payments::log::read_entries;
use tabella_prover::builder::{ProvingEngine as _, ProvingJob};

use crate::{Person, Stage, StageError};

/// What was done at a desk, and where the ledger accepted it if it went there.
#[derive(Debug)]
pub struct Done {
    /// What is shown and given; the transaction has been submitted.
    pub outcome: Outcome,
    /// The ledger's answer.
    pub accepted: Option<Accepted>,
}

impl Deref for Done {
    type Target = Outcome;

    fn deref(&self) -> &Outcome {
        &self.outcome
    }
}

impl Stage {
    /// Hands in a form, submits what comes of it, and has the person read the ledger: before, after, and after each transaction
    /// that is needed first.
    ///
    /// # Errors
    /// The inner one if the desk refuses, with nothing done; the outer one if the ledger does.
    pub fn hand_in(
        &mut self,
        by: &mut Person,
        desk: &dyn Desk,
        form: &str,
        values: &Values,
    ) -> Result<Result<Done, Refusal>, StageError> {
        loop {
            by.read(self)?;
            let mut log = Vec::new();
            read_entries::<tabella_payments::log::LogError>(&self.ledger, |_, entry| {
                log.push(entry);
                Ok(())
            })
            .map_err(tabella_payments::holder::PaymentError::from)?;
            let parameters = self.parameters();
            let prove = |job: ProvingJob<'_>, rng: &mut ChaCha20Rng| {
                parameters.prove(job, rng).map_err(|error| ProofFailed(error.to_string()))
            };
            let store = self.ledger.store();
            let (checkpoint, verifier) = (store.latest_checkpoint(self.ledger.name()), store.verifier());
            let checkpoint = checkpoint.map_err(NodeError::from)?;
            let mut work = Work {
                seed: &by.seed,
                holder: &mut by.holder,
                state: self.ledger.state(),
                log: &log,
                keys: self.keys(),
                checkpoint: checkpoint.as_ref().map(|signed| (signed, verifier)),
                now: self.now()?,
                engine: &prove,
            };
            match desk.hand_in(form, values, &mut work) {
                Err(Stop::First(first)) => {
                    self.submit(*first)?;
                }
                Err(Stop::Refused(refusal)) => return Ok(Err(refusal)),
                Ok(mut outcome) => {
                    let accepted =
                        outcome.transaction.take().map(|transaction| self.submit(transaction)).transpose()?;
                    by.read(self)?;
                    return Ok(Ok(Done { outcome, accepted }));
                }
            }
        }
    }
}

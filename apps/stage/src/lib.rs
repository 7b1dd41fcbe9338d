//! A ledger with people on it, on which an application is shown and tried: in its demonstration, and in its tests.
//!
//! Everything is real, proofs too; only the clock is set by hand, and the parameters are those for development.

mod desk;
mod person;
mod replay;
pub mod testing;

use std::{path::Path, sync::Arc};

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_ledger::{
    clock::ManualClock,
    node::{Accepted, Ledger, NodeError, Refusal},
};
use tabella_payments::{
    holder::{Moment, Next, PaymentError, ProvingKeys},
    issuer::{IssueError, next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    statement::Shape,
    transaction::{Action, Transaction, TransactionDigest},
};
use tabella_prover::{
    builder::{FinishError, TransactionBuilder, UnprovenTransfer},
    parameters::{Parameters, ParametersError},
};
use tabella_verifier::{
    application::{ApplicationRejection, Applications},
    groth16::VerifyingKeys,
    log::Origin,
    shielded::ShieldedRejection,
    state::LedgerRejection,
};
use thiserror::Error;

pub use desk::Done;
pub use person::Person;
pub use replay::{Replay, ReplayError, replay};

/// Why a scene cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// The ledger as a whole.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The ledger refuses a transaction.
    #[error("the ledger refuses the transaction: {0}")]
    Refused(#[from] Refusal),
    /// The parameters.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// A person cannot pay.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// An asset cannot be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// There are no development keys.
    #[error("there is no development key of the shape {0:?}")]
    NoKey(Shape),
}

/// A ledger, its clock and the parameters under which everybody on the stage proves.
#[derive(Debug)]
pub struct Stage {
    /// The ledger.
    pub ledger: Ledger,
    clock: Arc<ManualClock>,
    parameters: Parameters,
    keys: ProvingKeys,
}

impl Stage {
    /// Makes a ledger in a folder.
    ///
    /// # Errors
    /// If there is one, or the parameters cannot be had.
    pub fn new(
        directory: &Path,
        name: Origin,
        applications: Applications,
        start: Timestamp,
    ) -> Result<Self, StageError> {
        let clock = Arc::new(ManualClock::new(start));
        let accepted = VerifyingKeys::development();
        let id = |shape| accepted.of_shape(shape).next().map(|key| key.id()).ok_or(StageError::NoKey(shape));
        let keys = ProvingKeys { transfer: id(Shape::Transfer)?, cast: id(Shape::Cast)? };
        let ledger = Ledger::create_with(directory, name, accepted, applications, clock.clone())?;
        Ok(Self { ledger, clock, parameters: Parameters::development()?, keys })
    }

    /// The present time.
    ///
    /// # Errors
    /// If the clock stands before the last block.
    pub fn now(&self) -> Result<Timestamp, StageError> {
        Ok(self.ledger.now()?)
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(seconds);
    }

    /// The ledger as it stands now.
    ///
    /// # Errors
    /// As [`Self::now`].
    pub fn moment(&self) -> Result<Moment<'_>, StageError> {
        Ok(Moment { state: self.ledger.state(), keys: self.keys, now: self.now()? })
    }

    /// Submits one transaction.
    ///
    /// # Errors
    /// [`StageError::Refused`] with the rule that refuses it.
    pub fn submit(&mut self, transaction: Transaction) -> Result<Accepted, StageError> {
        let outcome = self.ledger.submit(vec![transaction])?.pop().expect("one outcome for one transaction");
        Ok(outcome?)
    }

    /// Issues an ordinary asset of a cap, all of it, to the owners of addresses.
    ///
    /// # Errors
    /// If the ledger refuses the issue.
    pub fn issue(
        &mut self,
        issuer: &SigningKey,
        (name, decimals): (&str, u8),
        notes: &[(Address, NoteValue)],
    ) -> Result<AssetId, StageError> {
        let description = AssetDescription {
            issuer: issuer.verifying_key().to_bytes(),
            name: name.to_owned(),
            decimals,
            cap: notes.iter().map(|(_, value)| value.0).fold(0, u64::saturating_add).max(1),
            class: AssetClass::Ordinary,
            uid: None,
            body: [0; 32],
        };
        let (asset, issue) = next_issue(self.ledger.state().assets(), description, notes, true, &mut OsRng)?;
        self.submit(sign_issue(issuer, self.ledger.id(), &issue)?)?;
        Ok(asset)
    }

    /// A transaction of one transfer and one action, proved and signed by a person and not submitted. `proof` is given the
    /// digest, and makes the proof of the action.
    ///
    /// # Errors
    /// If it cannot be built.
    pub fn transaction(
        &self,
        by: &Person,
        transfer: UnprovenTransfer,
        action: Action,
        proof: impl FnOnce(TransactionDigest) -> Vec<u8>,
    ) -> Result<Transaction, StageError> {
        let mut builder = TransactionBuilder::new(self.ledger.id());
        builder.add(transfer);
        builder.add_action(action);
        let prepared = builder.build()?;
        Ok(by.holder.authorize_with(prepared, &self.parameters, &mut OsRng, |digest| vec![proof(digest)])?)
    }

    /// What everybody proves with.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The keys that proofs are made under.
    #[must_use]
    pub const fn keys(&self) -> ProvingKeys {
        self.keys
    }

    /// What a person's notes come to, without escrows.
    ///
    /// # Errors
    /// As [`Self::now`].
    pub fn balance(&self, person: &Person, asset: AssetId) -> Result<u128, StageError> {
        let class =
            self.ledger.state().assets().get(&asset).map_or(AssetClass::Ordinary, |known| known.description.class);
        let pool = self.ledger.state().pool(class).id();
        Ok(person.holder.wallet().balance(pool, asset, self.now()?).spendable)
    }

    /// Prepares a transfer, and makes the merges that it needs on the way.
    ///
    /// # Errors
    /// If there is not enough, or the ledger refuses a merge.
    pub fn ready(
        &mut self,
        by: &mut Person,
        mut prepare: impl FnMut(&mut Person, &Moment<'_>) -> Result<Next, PaymentError>,
    ) -> Result<UnprovenTransfer, StageError> {
        loop {
            by.read(self)?;
            match prepare(by, &self.moment()?)? {
                Next::Transfer(transfer) => return Ok(*transfer),
                Next::Merge(merge) => {
                    let merge = by.holder.authorize(merge, &self.parameters, &mut OsRng)?;
                    self.submit(merge)?;
                }
            }
        }
    }
}

/// The rule of an application of this error type that refused a transaction.
#[must_use]
pub fn reason<E: std::error::Error + 'static>(outcome: &Result<Accepted, StageError>) -> Option<&E> {
    rejection(outcome).and_then(ApplicationRejection::reason)
}

fn rejection(outcome: &Result<Accepted, StageError>) -> Option<&ApplicationRejection> {
    match outcome {
        Err(StageError::Refused(Refusal::Rule(LedgerRejection::Shielded(ShieldedRejection::Application(
            rejection,
        ))))) => Some(rejection),
        _ => None,
    }
}

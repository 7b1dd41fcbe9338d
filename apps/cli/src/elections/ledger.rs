//! The embedded ledger, as authority and voters use it.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use tabella_catalogue::catalogue;
use tabella_ledger::{
    node::{Accepted, Ledger, NodeError},
    store::StoreError,
};
use tabella_protocol::{election::ElectionId, transaction::Transaction};
use tabella_verifier::{election::ElectionPool, groth16::VerifyingKeys, log::Origin};

use super::{clock::CommandClock, ledger_key};
use crate::{cli::Context, output::ExitKind};

/// The verifying keys that this run accepts.
///
/// # Errors
/// As [`crate::parameters::ParametersChoice::accepted_keys`].
pub fn accepted_keys(context: &Context) -> anyhow::Result<VerifyingKeys> {
    context.parameters.accepted_keys(&[])
}

/// Opens the ledger of `--ledger`. Where its signing key is encrypted, the passphrase is asked for when something is submitted first.
///
/// # Errors
/// If there is none, or it is damaged.
pub fn open(context: &Context) -> anyhow::Result<Ledger> {
    let directory = context.paths.ledger();
    let clock = Arc::new(CommandClock::new(context)?);
    let unlock = ledger_key::unlock(directory, context.ledger_passphrase.clone());
    Ledger::open_unlocking(directory, unlock, accepted_keys(context)?, catalogue().applications(), clock)
        .map_err(explain)
        .with_context(|| format!("cannot open the ledger in {} (--ledger)", directory.display()))
}

/// Opens the ledger of `--ledger`, or makes it, with its signing key in plain text. Tells whether it was made.
///
/// # Errors
/// If it can be neither opened nor made.
pub fn open_or_create(name: &str, context: &Context) -> anyhow::Result<(Ledger, bool)> {
    let directory = context.paths.ledger();
    let name = Origin::new(name).with_context(|| format!("\"{name}\" is no name for a ledger"))?;
    let (keys, clock) = (accepted_keys(context)?, Arc::new(CommandClock::new(context)?));
    match Ledger::create_with(directory, name, keys, catalogue().applications(), clock) {
        Ok(ledger) => Ok((ledger, true)),
        Err(NodeError::Store(StoreError::Exists { .. })) => Ok((open(context)?, false)),
        Err(error) => {
            Err(anyhow::Error::new(error)
                .context(format!("cannot make a ledger in {} (--ledger)", directory.display())))
        }
    }
}

/// Adds to an error of opening what to do about it on this command line.
fn explain(error: NodeError) -> anyhow::Error {
    let production = matches!(error, NodeError::Production { .. });
    let error = anyhow::Error::new(error);
    if production { error.context("give --production, or set TABELLA_PRODUCTION=1") } else { error }
}

/// An election on the ledger.
///
/// # Errors
/// If there is none of that id.
pub fn election(ledger: &Ledger, id: ElectionId) -> anyhow::Result<&ElectionPool> {
    let directory = ledger.store().directory().display();
    ledger.state().election(&id).ok_or_else(|| {
        anyhow!(ExitKind::NoInput).context(format!("election {id} is not open on the ledger in {directory}: check the id and --ledger; `tabella authority open` opens it"))
    })
}

/// Submits one transaction, which must be accepted; `what` names it in the message.
///
/// # Errors
/// If it was refused, or the ledger cannot accept anything.
pub fn submit(ledger: &mut Ledger, what: &str, transaction: Transaction) -> anyhow::Result<Accepted> {
    let outcomes = ledger.submit(vec![transaction])?;
    match outcomes.into_iter().next() {
        Some(Ok(accepted)) => Ok(accepted),
        Some(Err(refusal)) => Err(anyhow::Error::new(refusal).context(format!("{what} was refused"))),
        None => bail!("the ledger gave no answer to {what}"),
    }
}

//! Registering a work, and showing that it is registered.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
#[cfg(feature = "ledger")]
use tabella_ledger::node::Ledger;
use tabella_notary_rules::{NotaryAction, NotaryProof, Work, WorkFault, WorkId, work::register_message};
use tabella_payments::issuer::{IssueError, next_issue};
#[cfg(feature = "ledger")]
use tabella_payments::log::{LogError, read_entries};
#[cfg(feature = "ledger")]
use tabella_protocol::transaction::TransactionDigest;
use tabella_protocol::{
    asset::{self, issuer_message},
    keys::Address,
    note::NoteValue,
    transaction::{Action, LedgerId, Transaction, TransactionEffects},
};
use tabella_verifier::{assets::Assets, files::PublicFile, log::CheckpointVerifier};
use thiserror::Error;

#[cfg(feature = "ledger")]
use crate::entry::{LookupError, find};
use crate::{
    entry::{EntryError, LoggedEntry, ProvedEntry},
    keys::AuthorKeys,
    log::SignedLog,
};

/// Why a registration is not put together. What else the ledger's rules forbid, the ledger refuses.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The work says something impossible of itself.
    #[error(transparent)]
    Work(#[from] WorkFault),
    /// The keys are another author's.
    #[error("the work names another author than these keys")]
    Author,
    /// The note cannot be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// Registers a work, and issues its one note to an address: one transaction. `blinding` is that of an older stamp of the file for
/// this author.
///
/// # Errors
/// [`RegistrationError`].
pub fn register(
    keys: &AuthorKeys,
    (ledger, assets): (LedgerId, &Assets),
    work: &Work,
    blinding: [u8; 32],
    to: Address,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Transaction, RegistrationError> {
    work.check()?;
    if work.author != keys.public() {
        return Err(RegistrationError::Author);
    }
    let (_, issue) = next_issue(assets, work.description(ledger), &[(to, NoteValue(1))], true, rng)?;
    let issue = Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).expect("writing to memory") };
    let register = NotaryAction::Register { work: Box::new(work.clone()), blinding }.action();
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![register, issue]);
    let digest = effects.digest();
    let registered = NotaryProof::Register(keys.sign(&register_message(digest))).to_bytes();
    let issued = keys.sign(&issuer_message(digest)).0.to_vec();
    Ok(Transaction { effects, transfers: Vec::new(), action_proofs: vec![registered, issued] })
}

/// That a work is registered: all that the author said of it, and when.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistrationCertificate {
    /// The registration in the log.
    pub entry: LoggedEntry,
}

impl PublicFile for RegistrationCertificate {
    const KIND: &'static str = "work registration";
}

/// Why the registration of a work is not found.
#[cfg(feature = "ledger")]
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FindError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// No such work.
    #[error("the ledger has no work {0}")]
    Missing(WorkId),
    /// The entry cannot be certified.
    #[error(transparent)]
    Lookup(#[from] LookupError),
}

/// Why a certificate shows no work.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationProofError {
    /// The entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The entry registers another work, or none.
    #[error("the entry of the log does not register work {0}")]
    Missing(WorkId),
}

/// Whether an action registers a work.
fn registers(action: &NotaryAction, ledger: LedgerId, id: WorkId) -> bool {
    matches!(action, NotaryAction::Register { work, .. } if work.id(ledger) == id)
}

impl RegistrationCertificate {
    /// The certificate of a work that a transaction has registered.
    ///
    /// # Errors
    /// [`LookupError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(ledger: &Ledger, transaction: TransactionDigest) -> Result<Self, LookupError> {
        Ok(Self { entry: LoggedEntry::of_ledger(ledger, transaction)? })
    }

    /// The certificate of a work, whose registration is searched for in the log.
    ///
    /// # Errors
    /// [`FindError`].
    #[cfg(feature = "ledger")]
    pub fn of_work(ledger: &Ledger, id: WorkId) -> Result<Self, FindError> {
        let mut found = None;
        read_entries(ledger, |_, logged| {
            let effects = &logged.transaction.effects;
            if find(&logged, |action| registers(&action, effects.ledger, id).then_some(())).is_some() {
                found = Some(effects.digest());
            }
            Ok::<(), LogError>(())
        })?;
        Ok(Self::of_ledger(ledger, found.ok_or(FindError::Missing(id))?)?)
    }

    /// The certificate of a work from the log that was read. `None` if the signed part does not register it.
    #[must_use]
    pub fn of_log(log: &SignedLog<'_>, id: WorkId) -> Option<Self> {
        Some(Self { entry: log.certify(|action| registers(action, log.ledger(), id))? })
    }

    /// Checks, under the name and key of the ledger that the verifier means, that it is of this work.
    ///
    /// # Errors
    /// [`RegistrationProofError`].
    pub fn check(
        &self,
        ledger: &CheckpointVerifier,
        id: WorkId,
    ) -> Result<(Work, ProvedEntry), RegistrationProofError> {
        let entry = self.entry.check(ledger)?;
        let work = entry.find(|action| match action {
            NotaryAction::Register { work, .. } if work.id(ledger.ledger_id()) == id => Some(*work),
            _ => None,
        });
        Ok((work.ok_or(RegistrationProofError::Missing(id))?, entry))
    }
}

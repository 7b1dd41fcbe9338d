//! The ledger read again by the public: every entry from the first, every rule, every proof and signature.

use rand_core::OsRng;
use tabella_ledger::node::Ledger;
use tabella_payments::log::{LogError, read_entries};
use tabella_verifier::{
    application::Applications,
    obligations::{Counts, Obligations},
    state::{LedgerRejection, LedgerState},
};
use thiserror::Error;

/// What whoever reads the ledger from its beginning has verified.
#[derive(Debug)]
pub struct Replay {
    /// Entries read.
    pub entries: u64,
    /// Proofs and signatures verified, beside those that the rules themselves check.
    pub verified: Counts,
    /// The state that the entries give.
    pub state: LedgerState,
}

/// Why the ledger is not what it claims to be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The entries cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An entry breaks a rule.
    #[error("entry {entry} breaks a rule: {rejection}")]
    Rule {
        /// Which.
        entry: u64,
        /// The rule.
        rejection: LedgerRejection,
    },
    /// A proof or signature does not verify.
    #[error("a proof or signature of these entries does not verify: {0:?}")]
    Proof(Vec<u64>),
}

/// Replays a ledger that was made with these applications in their first state. It trusts nothing that the ledger has computed.
///
/// # Errors
/// [`ReplayError`] names the entry.
pub fn replay(ledger: &Ledger, applications: Applications) -> Result<Replay, ReplayError> {
    let keys = ledger.state().keys().clone();
    let mut state = LedgerState::with_applications(ledger.id(), keys.clone(), applications);
    let mut obligations = Obligations::new();
    read_entries(ledger, |entry, logged| {
        let rule = |rejection| ReplayError::Rule { entry, rejection };
        let checked = state.check(&logged, entry, &mut obligations).map_err(rule)?;
        state.execute(checked).map_err(rule)
    })?;
    let verified = obligations.counts();
    let culprits = obligations.verify(&keys, &mut OsRng, |_, _, _| {});
    let wrong: Vec<u64> = (0..ledger.entries()).filter(|entry| culprits.contains(*entry)).collect();
    if wrong.is_empty() && culprits.is_empty() {
        Ok(Replay { entries: ledger.entries(), verified, state })
    } else {
        Err(ReplayError::Proof(wrong))
    }
}

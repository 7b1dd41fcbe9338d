//! Crowdfunding: what campaigns, backers and whoever releases milestones do. Nothing is kept but a seed: campaigns and pledges
//! are found again in the ledger's state and in the wallet, which the log gives back.
//!
//! Reading order: [`keys`], [`campaign`] (opening, acknowledging, showing success, rewards), [`backer`] (pledging, one's own
//! pledges), [`settle`] (claims and refunds), [`memo`] (what a backer tells the campaign), [`desk`] (all of it as forms of
//! a page).

pub mod backer;
pub mod campaign;
pub mod desk;
pub mod keys;
pub mod memo;
pub mod settle;

use tabella_crowdfunding_rules::{Action, Proof};
use tabella_protocol::{
    transaction::{LedgerId, Transaction, TransactionEffects},
    transcript::ProofContext,
};

/// A transaction that is one action without a transfer.
fn alone<E>(
    ledger: LedgerId,
    action: &Action,
    prove: impl FnOnce(&ProofContext) -> Result<Proof, E>,
) -> Result<Transaction, E> {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![action.encode()]);
    let context = ProofContext { ledger, digest: effects.digest(), index: 0 };
    let action_proofs = vec![prove(&context)?.encode()];
    Ok(Transaction { effects, transfers: Vec::new(), action_proofs })
}

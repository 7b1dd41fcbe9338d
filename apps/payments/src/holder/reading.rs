//! Bringing a wallet up to a ledger.

#[cfg(feature = "ledger")]
use tabella_ledger::node::Ledger;
use tabella_protocol::{asset::AssetClass, transaction::LoggedTransaction};
use tabella_prover::wallet::{LogEntry, Wallet};
use tabella_verifier::{shielded::ShieldedPool, state::LedgerState};

use super::PaymentError;
use crate::log::pool_entries;
#[cfg(feature = "ledger")]
use crate::log::read_pool;

/// Brings any wallet up to the ledger's state: one that only views, for example.
///
/// # Errors
/// [`PaymentError::Log`], [`PaymentError::Wallet`].
#[cfg(feature = "ledger")]
pub fn read_wallet(wallet: &mut Wallet, ledger: &Ledger) -> Result<(), PaymentError> {
    for class in AssetClass::ALL {
        apply_new(wallet, ledger.state().pool(class), read_pool(ledger, class)?)?;
    }
    Ok(())
}

/// Brings any wallet up to a log: all of it from the first entry, and the state that it gives.
///
/// # Errors
/// [`PaymentError::Log`], [`PaymentError::Wallet`].
pub fn read_wallet_log(
    wallet: &mut Wallet,
    state: &LedgerState,
    log: &[LoggedTransaction],
) -> Result<(), PaymentError> {
    for class in AssetClass::ALL {
        apply_new(wallet, state.pool(class), pool_entries(state.pool(class), log)?)?;
    }
    Ok(())
}

/// Applies the entries of a pool that the wallet has not read.
fn apply_new(wallet: &mut Wallet, pool: &ShieldedPool, mut entries: Vec<LogEntry>) -> Result<(), PaymentError> {
    let (next, synced) = (wallet.next_position(pool.id()), wallet.synced(pool.id()).map(|at| at.index));
    entries.retain(|entry| {
        let is_new = synced.is_none_or(|synced| entry.at.index > synced);
        is_new && entry.outputs.first().is_none_or(|output| u64::from(output.position.0) >= next)
    });
    wallet.apply(pool.id(), &entries)?;
    Ok(())
}

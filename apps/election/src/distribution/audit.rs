//! An auditor checks a distribution of hidden weights by the viewing key of the distributing address. Spec § 6 (hidden weights).

use std::collections::BTreeMap;

use tabella_protocol::{
    election::{Opening, Roll},
    keys::{Diversifier, FullViewingKey},
    transaction::LoggedTransaction,
};
use tabella_prover::wallet::{HistoryEvent, Wallet, WalletError};
use tabella_verifier::election::ElectionPool;
use thiserror::Error;

use super::Recipient;
use crate::log::{LogError, opening, wallet_entries};

/// What is wrong with a distribution.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DistributionFault {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log has gaps.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The log does not begin with this election's opening, or the roll shows weights.
    #[error("the log does not begin with the opening of an election of hidden weight, or of another one")]
    Roll,
    /// The viewing key is another address's.
    #[error("the viewing key is not that of the distributing address on the roll")]
    OtherKey,
    /// Weight was sent elsewhere.
    #[error("entry {0} sends weight to an address that is not on the roll")]
    Stranger(u64),
    /// Weight was sent under an escrow: its maker could cast over the voter.
    #[error("entry {0} sends weight under an escrow, so that the voter is not its only owner")]
    Escrow(u64),
    /// A voter got nothing.
    #[error("voter {0} of the roll was sent no weight")]
    Nothing(usize),
    /// Weight is not accounted for: the authority kept it, or sent it so that its viewing key does not show it.
    #[error("the voters were sent a weight of {sent} of {total}")]
    Kept {
        /// Sent to voters.
        sent: u128,
        /// The roll's total.
        total: u64,
    },
}

/// The weight that each voter was sent before the opening, in the order of the roll. The whole total is accounted for.
///
/// The auditor compares it with the register. That the notes arrived, each voter sees; what a voter did with a right that
/// arrived, nobody.
///
/// # Errors
/// [`DistributionFault`] names the entry or the voter.
pub fn audit_distribution(
    key: &FullViewingKey,
    pool: &ElectionPool,
    log: &[LoggedTransaction],
) -> Result<Vec<Recipient>, DistributionFault> {
    let Opening { manifest, roll, .. } = log.first().and_then(opening).ok_or(DistributionFault::Roll)?;
    let Roll::Hidden { distributor, total, voters } = roll else { return Err(DistributionFault::Roll) };
    if manifest.id() != pool.id() {
        return Err(DistributionFault::Roll);
    }
    if key.incoming().address(Diversifier::from_index(0)).owner() != distributor {
        return Err(DistributionFault::OtherKey);
    }
    let mut wallet = Wallet::new(key.clone());
    wallet.apply(pool.pool(), &wallet_entries(log)?)?;

    let mut sent: BTreeMap<[u8; 32], Recipient> = BTreeMap::new();
    let mut sum = 0_u128;
    let in_time = |time| time < manifest.opens;
    for entry in wallet.history().iter().filter(|entry| entry.asset == pool.asset() && in_time(entry.at.time)) {
        let HistoryEvent::Sent { to, escrow } = entry.event else { continue };
        if entry.value.0 == 0 {
            continue;
        }
        if escrow {
            return Err(DistributionFault::Escrow(entry.at.index));
        }
        if !voters.contains(&to.owner()) {
            return Err(DistributionFault::Stranger(entry.at.index));
        }
        sum += u128::from(entry.value.0);
        let recipient = sent.entry(to.owner().to_bytes()).or_insert(Recipient { address: to, weight: 0 });
        recipient.weight = recipient.weight.saturating_add(entry.value.0);
    }
    let recipients = (1..)
        .zip(&voters)
        .map(|(number, voter)| sent.remove(&voter.to_bytes()).ok_or(DistributionFault::Nothing(number)))
        .collect::<Result<Vec<_>, _>>()?;
    if sum == u128::from(total) { Ok(recipients) } else { Err(DistributionFault::Kept { sent: sum, total }) }
}

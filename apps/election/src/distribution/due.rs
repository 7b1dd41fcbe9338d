//! Who is to hold which weight, by the election's roll; and that everybody was sent exactly that.

use std::collections::BTreeMap;

use tabella_protocol::{election::Roll, transaction::LoggedTransaction};
use tabella_verifier::election::ElectionPool;

use super::{DistributionError, DistributionFault, Distributor, Recipient, audit_distribution};
use crate::log::opening;

/// The recipients of the election whose log this is, in the order of its roll. `known` are all who registered, in the order in which they
/// did: who is not on the roll came after it was fixed, and is left out; of an address that comes twice the first counts, for the same
/// reason.
///
/// # Errors
/// [`DistributionError::Missing`] names a voter of the roll who is not known; a [`DistributionFault`] if the log does not begin with the
/// opening of an election of hidden weights.
pub fn recipients_of(log: &[LoggedTransaction], known: &[Recipient]) -> Result<Vec<Recipient>, DistributionError> {
    let roll = log.first().and_then(opening).map(|opening| opening.roll);
    let Some(Roll::Hidden { voters, .. }) = roll else { return Err(DistributionFault::Roll.into()) };
    let mut by_owner: BTreeMap<[u8; 32], Recipient> = BTreeMap::new();
    for recipient in known {
        by_owner.entry(recipient.address.owner().to_bytes()).or_insert(*recipient);
    }
    (1..)
        .zip(voters)
        .map(|(number, owner)| by_owner.get(&owner.to_bytes()).copied().ok_or(DistributionError::Missing(number)))
        .collect()
}

impl Distributor {
    /// That everything is distributed, and that each voter was sent the weight that is due here: seen with the distributing viewing key, as
    /// an auditor sees it.
    ///
    /// # Errors
    /// [`DistributionError::OtherRoll`]; [`DistributionError::Fault`] if anything is missing or went elsewhere;
    /// [`DistributionError::OtherWeight`] has the number of a voter who was sent more or less.
    pub fn check_sent(&self, pool: &ElectionPool, log: &[LoggedTransaction]) -> Result<(), DistributionError> {
        if pool.manifest().roll != self.roll.digest() {
            return Err(DistributionError::OtherRoll);
        }
        let sent = audit_distribution(self.viewing_key(), pool, log)?;
        for (voter, (sent, due)) in (1..).zip(sent.iter().zip(&self.recipients)) {
            if sent.weight != due.weight {
                return Err(DistributionError::OtherWeight(voter));
            }
        }
        Ok(())
    }
}

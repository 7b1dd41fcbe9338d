//! Where to deliver: what the receiver's institution gives to the sender, once for each remittance.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{ceremony::AgeRecipient, keys::Address, transaction::LedgerId};
use tabella_remittance_rules::CorridorId;
use tabella_verifier::files::PublicFile;

use crate::keys::RemittanceKeys;

/// A receiver's side, for one remittance: keys and address are used for no other, so that nothing links two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payee {
    /// The ledger.
    pub ledger: LedgerId,
    /// The corridor that the receiver trusts. Anybody can open another, between assets of any name.
    pub corridor: CorridorId,
    /// Where the receiver claims what is delivered.
    pub address: Address,
    /// Ed25519 key of who answers.
    pub answerer: [u8; 32],
    /// To whom travel-rule messages for the receiver's institution are sealed.
    pub recipient: AgeRecipient,
}

impl PublicFile for Payee {
    const KIND: &'static str = "remittance payee";
}

impl Payee {
    /// The side of an institution whose keys are of this remittance alone.
    #[must_use]
    pub fn new(keys: &RemittanceKeys, ledger: LedgerId, corridor: CorridorId, address: Address) -> Self {
        Self { ledger, corridor, address, answerer: keys.signer(), recipient: keys.recipient() }
    }
}

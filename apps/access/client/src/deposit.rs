//! How a deposit is divided, in files that parties hand to one another.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_access_rules::{
    Standing,
    terms::{Party, RentalId, RentalTerms, decision_message, division_message},
};
use tabella_protocol::{note::NoteValue, transaction::SignatureBytes};
use tabella_verifier::{application::signed_by, files::PublicFile};
use thiserror::Error;

use crate::keys::AccessKeys;

/// That one party agrees to a division of the deposit; with the other's, it is divided at once, unless the rental has come to
/// another stage since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Division {
    /// Which rental.
    pub rental: RentalId,
    /// How many parts the owner keeps.
    pub parts: u32,
    /// The party's signature.
    pub signature: SignatureBytes,
}

impl PublicFile for Division {
    const KIND: &'static str = "access division";
}

impl Division {
    /// Agrees to a division, as the rental stands now.
    #[must_use]
    pub fn new(keys: &AccessKeys, rental: RentalId, parts: u32, standing: Standing) -> Self {
        Self { rental, parts, signature: keys.sign_division(rental, parts, standing) }
    }

    /// Whether a party of a rental has signed it for how the rental stands now.
    #[must_use]
    pub fn is_by(&self, (rental, terms): (RentalId, &RentalTerms), standing: Standing, party: Party) -> bool {
        let message = division_message(self.rental, self.parts, standing);
        self.rental == rental && signed_by(terms.signer(party), &message, &self.signature.0)
    }
}

/// What an arbiter decides. Whoever has it brings it to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Decision {
    /// Which rental.
    pub rental: RentalId,
    /// How many parts the owner keeps.
    pub parts: u32,
    /// The arbiter's signature.
    pub signature: SignatureBytes,
}

impl PublicFile for Decision {
    const KIND: &'static str = "access decision";
}

impl Decision {
    /// Decides.
    #[must_use]
    pub fn new(keys: &AccessKeys, rental: RentalId, parts: u32) -> Self {
        Self { rental, parts, signature: keys.sign_decision(rental, parts) }
    }

    /// Whether the arbiter of a rental has signed it.
    #[must_use]
    pub fn is_of(&self, rental: RentalId, terms: &RentalTerms) -> bool {
        let message = decision_message(self.rental, self.parts);
        self.rental == rental && signed_by(&terms.arbiter, &message, &self.signature.0)
    }
}

/// The damage is more than the deposit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the deposit is {deposit} smallest units, and {damage} are claimed: no more than the deposit can be kept")]
pub struct MoreThanDeposit {
    /// What is claimed.
    pub damage: u64,
    /// What there is.
    pub deposit: u64,
}

/// The whole parts that a damage comes to. What is less than a part is the renter's: it is rounded down.
///
/// # Errors
/// [`MoreThanDeposit`].
pub fn whole_parts(damage: NoteValue, part: NoteValue, parts: u32) -> Result<u32, MoreThanDeposit> {
    let deposit = part.0.saturating_mul(u64::from(parts));
    if damage.0 > deposit {
        return Err(MoreThanDeposit { damage: damage.0, deposit });
    }
    let whole = damage.0.checked_div(part.0).unwrap_or(0);
    Ok(u32::try_from(whole).unwrap_or(parts).min(parts))
}

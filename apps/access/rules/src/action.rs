//! What an action says, and what shows that it may.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_access_lock::UsedRight;
use tabella_protocol::{
    bridge::BridgeProof,
    transaction::{ApplicationId, SignatureBytes},
};

use crate::terms::{Party, RentalId, RentalTerms};

/// The application's name in actions, and in the guard of a rent's escrow.
pub const APPLICATION: ApplicationId = ApplicationId(tabella_access_lock::right::APPLICATION);
/// The application's name in URLs and commands.
pub const NAME: &str = "access";

/// The body of an action of the application `access`. The order of the variants is part of the encoding: locks know the number of
/// [`AccessAction::Use`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AccessAction {
    /// The renter locks rent and deposit. The issue of the right follows in the same transaction.
    Rent {
        /// The terms.
        terms: Box<RentalTerms>,
        /// Index of the transfer, in mode tag, that puts the rent under its escrow.
        rent: u32,
        /// Index of the transfer, in mode exit, of the whole deposit.
        deposit: u32,
    },
    /// Whoever holds the right uses it.
    Use(UsedRight),
    /// The owner has found that the escrow of the rent is its to claim: from now on the right can be used.
    Accept {
        /// Which rental.
        rental: RentalId,
    },
    /// Both divide the deposit, at once.
    Settle {
        /// Which rental.
        rental: RentalId,
        /// How many parts of the deposit the owner keeps.
        parts: u32,
    },
    /// The owner claims parts of the deposit.
    Claim {
        /// Which rental.
        rental: RentalId,
        /// How many.
        parts: u32,
    },
    /// The renter disputes the owner's claim.
    Dispute {
        /// Which rental.
        rental: RentalId,
    },
    /// The arbiter divides the deposit.
    Decide {
        /// Which rental.
        rental: RentalId,
        /// How many parts the owner keeps: no more than were claimed.
        parts: u32,
    },
    /// A party takes its parts of the deposit.
    Withdraw {
        /// Which rental.
        rental: RentalId,
        /// Who.
        by: Party,
        /// How many.
        parts: u32,
        /// Index of the transfer, in mode entry.
        transfer: u32,
    },
}

/// The proof of an action: of the same kind, and with nothing that the action does not need.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AccessProof {
    /// Of [`AccessAction::Rent`].
    Rent {
        /// The renter's signature of [`party_message`](crate::terms::party_message).
        renter: SignatureBytes,
        /// The owner's signature of [`consent_message`](crate::terms::consent_message).
        owner: SignatureBytes,
        /// From the first transfer's C to the rent.
        rent: BridgeProof,
        /// From the second transfer's C to the deposit.
        deposit: Box<BridgeProof>,
    },
    /// Of [`AccessAction::Use`]: the transfer that consumes the right is signed, and nothing else is needed.
    Use,
    /// Of [`AccessAction::Settle`]: signatures of [`division_message`](crate::terms::division_message).
    Settle {
        /// The renter's.
        renter: SignatureBytes,
        /// The owner's.
        owner: SignatureBytes,
    },
    /// Of [`AccessAction::Accept`], [`AccessAction::Claim`] and [`AccessAction::Dispute`]: the party's signature of
    /// [`party_message`](crate::terms::party_message).
    Party(SignatureBytes),
    /// Of [`AccessAction::Decide`]: the arbiter's signature of [`decision_message`](crate::terms::decision_message).
    Decide(SignatureBytes),
    /// Of [`AccessAction::Withdraw`].
    Withdraw {
        /// The party's signature of [`party_message`](crate::terms::party_message).
        party: SignatureBytes,
        /// From the transfer's C to the parts.
        bridge: BridgeProof,
    },
}

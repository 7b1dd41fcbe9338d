//! What an action says, and what shows that it may.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    bridge::BridgeProof,
    range::RangeProofBytes,
    transaction::{ApplicationId, SignatureBytes},
};

use crate::terms::{Corridor, RemittanceId, RemittanceTerms};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"remit\0\0\0");
/// The application's name in URLs and commands.
pub const NAME: &str = "remittance";

/// The body of an action of the application `remit`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RemittanceAction {
    /// An operator opens a corridor.
    Open {
        /// What it allows.
        corridor: Corridor,
    },
    /// Sender and provider lock both legs.
    Lock {
        /// What they agree to.
        terms: Box<RemittanceTerms>,
        /// Index of the sender's transfer, in mode tag.
        pay: u32,
        /// Index of the provider's transfer, in mode tag.
        deliver: u32,
    },
    /// The receiver's institution accepts, and both legs can be claimed; or it declines, and they go back in time.
    Answer {
        /// Which remittance.
        remittance: RemittanceId,
        /// Whether it accepts.
        accepts: bool,
    },
}

/// The proof of an action: of the same kind, and with nothing that the action does not need.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[expect(clippy::large_enum_variant, reason = "one for each action, and read once")]
pub enum RemittanceProof {
    /// Of [`RemittanceAction::Open`] and [`RemittanceAction::Answer`]: the signature of
    /// [`party_message`](crate::terms::party_message) by the operator or the answerer.
    Signature(SignatureBytes),
    /// Of [`RemittanceAction::Lock`], which the transfers' owners sign as well.
    Lock {
        /// The signature of [`party_message`](crate::terms::party_message) by the quote's key.
        quote: SignatureBytes,
        /// From C of the sender's transfer to `paid`.
        pay: BridgeProof,
        /// From C of the provider's transfer to `delivered`.
        deliver: BridgeProof,
        /// That `paid` is below the corridor's threshold.
        limit: RangeProofBytes,
    },
}

//! What an action says, and what shows that it may.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    bridge::BridgeProof,
    transaction::{ApplicationId, SignatureBytes},
};

use crate::terms::{Party, SessionId, SessionTerms};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"stream\0\0");
/// The application's name in URLs and commands.
pub const NAME: &str = "streaming";

/// The body of an action of the application `stream`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum StreamingAction {
    /// The viewer prepays all ticks of a session.
    Open {
        /// The terms.
        terms: Box<SessionTerms>,
        /// Index of the transfer, in mode exit.
        transfer: u32,
    },
    /// A party alone ends the session, or answers with a higher tick.
    Close {
        /// Which session.
        session: SessionId,
        /// Who closes or answers.
        by: Party,
        /// How many ticks the viewer has signed.
        ticks: u32,
    },
    /// Both end the session, at once.
    Settle {
        /// Which session.
        session: SessionId,
        /// With how many ticks.
        ticks: u32,
    },
    /// A party takes what is its own after the session was settled.
    Withdraw {
        /// Which session.
        session: SessionId,
        /// Whose.
        by: Party,
        /// The price of how many ticks: those watched for the provider, the others for the viewer.
        ticks: u32,
        /// Index of the transfer, in mode entry.
        transfer: u32,
    },
}

/// The proof of an action: of the same kind, and with nothing that the action does not need.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum StreamingProof {
    /// Of [`StreamingAction::Open`].
    Open {
        /// The viewer's signature of [`party_message`](crate::terms::party_message).
        viewer: SignatureBytes,
        /// The provider's signature of [`consent_message`](crate::terms::consent_message).
        provider: SignatureBytes,
        /// From the transfer's C to the prepayment, if the rate is hidden.
        bridge: Option<BridgeProof>,
    },
    /// Of [`StreamingAction::Close`].
    Close {
        /// The party's signature of [`party_message`](crate::terms::party_message).
        party: SignatureBytes,
        /// The viewer's signature of [`tick_message`](crate::terms::tick_message); none of tick 0.
        watched: Option<SignatureBytes>,
    },
    /// Of [`StreamingAction::Settle`]: signatures of [`final_message`](crate::terms::final_message).
    Settle {
        /// The viewer's.
        viewer: SignatureBytes,
        /// The provider's.
        provider: SignatureBytes,
    },
    /// Of [`StreamingAction::Withdraw`].
    Withdraw {
        /// The party's signature of [`party_message`](crate::terms::party_message).
        party: SignatureBytes,
        /// From the transfer's C to the amount, if the rate is hidden.
        bridge: Option<BridgeProof>,
    },
}

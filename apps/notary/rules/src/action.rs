//! What an action says, and what shows that it may.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::transaction::{Action, ApplicationId, SignatureBytes};

use crate::{
    challenge::ChallengeHash,
    id::{StampId, WorkId},
    work::Work,
};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"notary\0\0");
/// The application's name in URLs and commands.
pub const NAME: &str = "notary";

/// The body of an action of the application `notary`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NotaryAction {
    /// Somebody stamps something. Nobody signs.
    Stamp(StampId),
    /// A work is registered, with an older stamp of its author's. Signed by the author, who issues the note by an action of the
    /// application `asset`, by custom in the same transaction.
    Register {
        /// The work.
        work: Box<Work>,
        /// The blinding of the stamp, whose other fields are those of the work.
        blinding: [u8; 32],
    },
    /// Whoever owns the work's note answers a challenge: the note leaves the pool, and one enters it again.
    ProveOwnership {
        /// Which work.
        work: WorkId,
        /// The challenge.
        challenge: ChallengeHash,
        /// Index of the transfer of the note, in mode exit.
        exit: u32,
        /// Index of the transfer that makes the note anew, in mode entry.
        entry: u32,
    },
}

impl NotaryAction {
    /// The action as a transaction carries it.
    #[must_use]
    pub fn action(&self) -> Action {
        Action { application: APPLICATION, body: borsh::to_vec(self).expect("writing to memory") }
    }
}

/// The proof of an action: of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NotaryProof {
    /// Of [`NotaryAction::Stamp`]: none is needed.
    Stamp,
    /// Of [`NotaryAction::Register`]: the author's signature of [`register_message`](crate::work::register_message).
    Register(SignatureBytes),
    /// Of [`NotaryAction::ProveOwnership`]: the transfers are proof enough.
    ProveOwnership,
}

impl NotaryProof {
    /// The proof as a transaction carries it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory")
    }
}

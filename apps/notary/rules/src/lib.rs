//! Notary and copyright, as the ledger checks it. `docs/applications/notary.md`.
//!
//! Whoever wants to show later that a file existed stamps it: a hash that tells nothing of the file goes into the log. A
//! registered work is a unique note whose asset commits to what is said of the work. Reading order: [`stamp`], [`work`],
//! [`challenge`], [`action`], [`rules`].

pub mod action;
pub mod challenge;
pub mod domain;
pub mod id;
pub mod rules;
pub mod stamp;
pub mod work;

pub use action::{APPLICATION, NAME, NotaryAction, NotaryProof};
pub use challenge::{Challenge, ChallengeError, ChallengeHash, Claim};
pub use id::{ContentDigest, StampId, WorkId};
pub use rules::{Notary, NotaryRejection, Registered};
pub use stamp::StampOpening;
pub use work::{PictureHash, Work, WorkFault};

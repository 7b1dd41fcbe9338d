//! A trustee's side of an election: identity, key ceremony, rehearsal and tally. Spec § 6.
//!
//! Each round of the ceremony consumes the state before it and gives the next one with the message to publish; a state can
//! be kept in a key file between rounds, which may run as separate processes. Replace the file **before** publishing the
//! message (`keyfile::replace`): a trustee who can be led to reveal its package twice, before and after another has
//! committed, lets the other choose.

mod ceremony;
mod identity;
mod key;
mod stored;

pub use ceremony::{CeremonyState, CeremonyStepError, Committed, Confirmed, Revealed, Shared};
pub use identity::TrusteeIdentity;
pub use key::{DecryptError, TrusteeKey};
pub(crate) use stored::SecretBytes;

//! Elections from the side of those who take part: authority, trustees and voters.
//!
//! The rules of an election are in `tabella_verifier::election`; this crate builds what they accept.

pub mod authority;
pub mod ceremony;
pub mod count;
pub mod distribution;
pub mod keys;
pub mod log;
#[cfg(feature = "rehearsal")]
pub mod rehearsal;
pub mod trustee;
pub mod voter;

//! Metered streaming, as the ledger checks it. `docs/applications/streaming.md`.
//!
//! A viewer prepays a session of at most so many ticks, and signs the number of ticks that she has watched, off the ledger,
//! as often as the provider's meter asks. Only the last of these signatures comes to the ledger. Reading order: [`terms`],
//! [`action`], [`session`], [`rules`].

pub mod action;
pub mod domain;
pub mod rules;
pub mod session;
pub mod terms;

pub use action::{StreamingAction, StreamingProof};
pub use rules::{StreamingRejection, Streams};
pub use session::{Session, SessionRow, Stage};
pub use terms::{Party, SessionId, SessionTerms, TermsError, ViewerKeys};

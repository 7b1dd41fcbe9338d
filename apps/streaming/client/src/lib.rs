//! Metered streaming: what a viewer, a provider and its meter do. `docs/applications/streaming.md`.
//!
//! Reading order: [`keys`], [`offer`] (before a session), [`meter`] (while it runs, off the ledger), [`build`] (its transactions),
//! [`history`] (a party's sessions, from the seed and the ledger alone), [`desk`] (all of it on a page).

pub mod build;
pub mod desk;
pub mod history;
pub mod keys;
pub mod meter;
pub mod offer;

pub use desk::StreamingDesk;
pub use history::{OwnSession, OwnSessions};
pub use keys::StreamingKeys;
pub use meter::{Meter, MeterError, SignedTick};
pub use offer::{Offer, OfferError, OfferOrder};
pub use tabella_streaming_rules as rules;

//! Payments in ordinary assets: issuing, sending, reading what came and went.
//!
//! Reading order: [`log`] (a ledger as a wallet reads it), [`holder`], [`issuer`], [`many`], then [`request`], [`viewing`],
//! [`outgoing`] and [`amount`].

#[cfg(feature = "ledger")]
pub mod accounts;
pub mod amount;
pub mod holder;
pub mod issuer;
pub mod log;
pub mod many;
pub mod outgoing;
pub mod request;
pub mod viewing;

//! Payments in ordinary assets: issuing, sending, reading what came and went.
//!
//! Reading order: [`log`] (a ledger as a wallet reads it), [`holder`], [`issuer`], [`many`], then [`request`], [`viewing`],
//! [`outgoing`], [`plan`], [`merkle`] and [`amount`].

#[cfg(feature = "ledger")]
pub mod accounts;
pub mod amount;
pub mod holder;
pub mod issuer;
pub mod log;
pub mod many;
pub mod merkle;
pub mod outgoing;
pub mod plan;
pub mod request;
mod reserved;
pub mod viewing;

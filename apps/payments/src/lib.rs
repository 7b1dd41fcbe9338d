//! Payments in ordinary assets: issuing, sending, reading what came and went.
//!
//! Reading order: [`log`] (a ledger as a wallet reads it), [`holder`], [`issuer`], then [`viewing`] and [`amount`].

#[cfg(feature = "ledger")]
pub mod accounts;
pub mod amount;
pub mod holder;
pub mod issuer;
pub mod log;
pub mod viewing;

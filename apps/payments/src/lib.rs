//! Payments in ordinary assets: issuing, sending, reading what came and went.
//!
//! Reading order: [`log`] (a ledger as a wallet reads it), [`holder`], [`issuer`], [`many`], then [`request`], [`order`],
//! [`accounts`], [`viewing`], [`outgoing`], [`plan`], [`merkle`], [`amount`] and [`domain`].

pub mod accounts;
pub mod amount;
pub mod domain;
pub mod holder;
pub mod issuer;
pub mod log;
pub mod many;
pub mod merkle;
pub mod order;
pub mod outgoing;
pub mod plan;
pub mod request;
mod reserved;
pub mod viewing;

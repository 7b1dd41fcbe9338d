//! The marketplace with royalties: what the ledger checks. Docs: `docs/applications/market.md`.
//!
//! Reading order: [`work`], [`price`], [`action`], [`market`] (the rules), [`rest`], then [`journal`] and [`statement`] (what
//! readers make of the log).

pub mod action;
pub mod domain;
pub mod journal;
pub mod market;
pub mod metadata;
pub mod price;
pub mod rest;
pub mod statement;
pub mod work;

use tabella_protocol::transaction::ApplicationId;

pub use market::{Market, MarketRejection};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"market\0\0");

//! Remittance, as the ledger checks it. `docs/applications/remittance.md`.
//!
//! A sender pays in one asset and a receiver gets another, from a liquidity provider who has quoted the exchange. Both legs are
//! locked by one transaction, under one guard: the receiver's institution opens it, and both are claimed; or it does not, and
//! both go back. Amounts are hidden; that what is paid is below the corridor's threshold is proved. Reading order: [`terms`],
//! [`action`], [`state`], [`rules`].

pub mod action;
pub mod domain;
pub mod rules;
pub mod state;
pub mod terms;

pub use action::{RemittanceAction, RemittanceProof};
pub use rules::RemittanceRejection;
pub use state::{Answer, Remittance, RemittanceRow, Remittances};
pub use terms::{Corridor, CorridorError, CorridorId, RemittanceId, RemittanceTerms, TermsError};

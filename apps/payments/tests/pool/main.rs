//! The shielded pool of a real ledger: honest payments, and everybody who tries something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod issues;
mod payments;
mod scene;
mod transfers;

//! The shielded pool of a real ledger: honest payments, and everybody who tries something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod accounts;
mod conservation;
mod counter;
mod custody;
mod desk;
mod disclosures;
mod freezes;
mod guards;
mod issues;
mod modes;
mod named;
mod outgoing;
mod payments;
mod payments_desk;
mod plans;
mod scene;
mod tester;
mod transfers;

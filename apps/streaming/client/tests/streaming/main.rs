//! Metered streaming on a ledger: sessions from offer to payout, and whoever tries to have more than is theirs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod closing;
mod conservation;
mod desk;
mod honest;
mod meters;
mod opening;
mod payouts;
mod scene;

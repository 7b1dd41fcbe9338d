//! Payments and the other applications through the command, role by role: each person has nothing but a wallet's key file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod crowdfunding;
mod payments;
mod remittance;
mod streaming;
mod town;
mod trade;

//! Payments and the other applications through the command, role by role: each person has nothing but a wallet's key file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod access;
mod crowdfunding;
mod custody;
mod demonstrations;
mod energy;
mod market;
mod notary;
mod payments;
mod provenance;
mod remittance;
mod sending;
mod streaming;
mod town;
mod trade;

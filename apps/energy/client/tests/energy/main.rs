//! A market for energy on a ledger: meters, auctions and totals, and whoever tries to have more than is theirs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod auction;
mod auction_lies;
mod chart;
mod data;
mod desk;
mod meters;
mod scene;
mod story;
mod totals;

//! Rentals on a ledger: from offer to the last part of the deposit, a lock that decides offline, and whoever tries to have more
//! than is theirs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod desk;
mod device;
mod dividing;
mod honest;
mod renting;
mod scene;
mod using;

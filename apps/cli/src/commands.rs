//! One module for each role.

pub mod access;
pub mod account;
pub mod asset;
pub mod authority;
pub mod bench;
pub mod crowdfunding;
pub mod demo;
mod demonstration;
pub mod energy;
mod exchange;
pub mod ledger;
pub mod market;
pub mod notary;
pub mod provenance;
pub mod rehearse;
pub mod remittance;
pub mod serve;
pub mod setup;
pub mod streaming;
pub mod trade;
pub mod trustee;
pub mod verify;
pub mod voter;
pub mod wallet;
mod work;

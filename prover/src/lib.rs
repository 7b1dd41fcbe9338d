//! Everything that holds a secret: proving engine, wallet, voter, trustee.

pub mod account;
pub mod ballot;
pub mod bridge;
pub mod builder;
pub mod cores;
pub mod custody;
mod engine;
pub mod groth16;
pub mod keyfile;
pub mod parameters;
pub mod ranking;
pub mod setup;
pub mod tally;
pub mod trustee;
pub mod wallet;

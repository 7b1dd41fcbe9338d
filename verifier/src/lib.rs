//! Everything that decides: proofs, signatures, ballots, tallies, election records. Holds no secret.

pub mod accounts;
pub mod application;
pub mod assets;
pub mod ballot;
pub mod batch;
pub mod bridge;
pub mod ceremony;
pub mod decryption;
pub mod election;
pub mod files;
pub mod groth16;
pub mod guards;
pub mod log;
pub mod obligations;
pub mod range;
pub mod ranking;
pub mod record;
pub mod report;
pub mod setup;
pub mod shielded;
pub mod sigma;
pub mod signature;
pub mod state;
pub mod transaction;
pub mod turnstile;

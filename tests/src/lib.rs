//! What the tests that see the whole workspace share: one small election with real proofs, and a forger's tools.

pub mod fixture;
pub mod forger;
pub mod walk;

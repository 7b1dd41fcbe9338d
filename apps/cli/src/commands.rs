//! One module for each role.

pub mod rehearse;
pub mod setup;
pub mod wallet;

//! One module for each role.

pub mod rehearse;
pub mod wallet;

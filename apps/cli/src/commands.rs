//! One module for each role.

pub mod rehearse;

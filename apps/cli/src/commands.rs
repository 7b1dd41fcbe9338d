//! One module for each role.

pub mod authority;
pub mod demo;
pub mod rehearse;
pub mod setup;
pub mod trustee;
pub mod verify;
pub mod wallet;

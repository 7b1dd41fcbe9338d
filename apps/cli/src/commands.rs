//! One module for each role.

pub mod demo;
pub mod rehearse;
pub mod setup;
pub mod verify;
pub mod authority;
pub mod rehearse;
pub mod setup;
pub mod trustee;
pub mod wallet;

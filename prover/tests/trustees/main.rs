//! Trustees from end to end: ceremony, rehearsal and tally, with everybody who might cheat or be lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod ceremony;
mod decryption;
mod loss;
mod parties;

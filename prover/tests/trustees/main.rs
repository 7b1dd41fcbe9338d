//! Trustees from end to end: ceremony, rehearsal and tally, with everybody who might cheat or be lost.

mod ceremony;
mod decryption;
mod loss;
mod parties;

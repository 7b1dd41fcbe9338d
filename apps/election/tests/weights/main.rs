//! Elections of hidden weight: shareholders, cooperatives. What the rules refuse, what the bridge catches, and a whole one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod delegation;
mod distribution;
mod due;
mod forgeries;
mod parties;
mod rules;
mod whole;

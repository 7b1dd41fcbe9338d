//! The node over HTTP: a whole election submitted and read back, every error in its form, a flood, a restart, a
//! node that is killed in the middle.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod applications;
mod client;
mod flood;
mod killed;
mod logs;
mod problems;
mod reads;
mod submissions;

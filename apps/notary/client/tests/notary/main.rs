//! Notary and copyright: stamps, tokens, works and proofs, each with those who lie about them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod authorship;
mod desk;
mod office;
mod ownership;
mod stamps;
mod tokens;
mod works;

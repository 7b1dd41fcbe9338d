//! Remittances on a ledger with real proofs: honest stories, and every lie refused by the rule or the check that is there for it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod answers;
mod desk;
mod legs;
mod orders;
mod quotes;
mod scene;
mod story;

//! Trade finance on a ledger with real proofs: honest stories, and every lie refused by the rule that is there for it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

mod desk;
mod documents;
mod escrows;
mod exchanges;
mod invoices;
mod parties;
mod scene;
mod states;
mod story;
mod times;

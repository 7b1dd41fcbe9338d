//! The command `tabella`: what people and programs talk to, thin over the libraries.
//!
//! Reading order: [`cli`] (the command line), [`commands`], then what they share: [`output`], [`progress`],
//! [`passphrase`], [`paths`], [`assets`], [`ballot_proofs`], [`bytes`].

pub mod assets;
pub mod ballot_proofs;
pub mod bytes;
pub mod cli;
pub mod commands;
pub mod elections;
pub mod output;
pub mod parameters;
pub mod passphrase;
pub mod paths;
pub mod progress;
pub mod runoff;

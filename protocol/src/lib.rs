//! What each word of Tabella means: types, encodings, hashes, transcripts and native relations.
//!
//! This crate proves nothing, decides nothing and does no input or output.
//! Reading order: [`keys`], [`note`], [`tree`], [`statement`], [`transaction`].

pub mod account;
pub mod asset;
pub mod ballot;
pub mod board;
pub mod bridge;
pub mod ceremony;
pub mod decryption;
pub mod disclosure;
pub mod domain;
pub mod election;
pub mod elgamal;
pub mod field;
pub mod guard;
pub mod hash;
pub mod jubjub;
pub mod keys;
pub mod list;
pub mod note;
pub mod note_encryption;
pub mod range;
pub mod ranking;
pub mod reason;
pub mod ristretto;
pub mod secret;
pub mod statement;
pub mod transaction;
pub mod transcript;
pub mod tree;

//! A spending key held by several: any t of n custodians sign together, and fewer cannot. FROST (RFC 9591) over Jubjub with
//! re-randomised keys, as ciphersuite `FROST(Jubjub, BLAKE2b-512)` of ZIP 312. For the ledger it is a signature like any other.
//!
//! `ask` is made by the custodians together and exists nowhere. What sees the account's payments (`nk`, `ivk`, `ovk`) every
//! custodian has, and so has the coordinator, who prepares transactions, proves them, and carries messages; nobody trusts him
//! with anything but privacy. Reading order: [`message`], [`ceremony`], [`review`] (what a custodian sees before signing),
//! [`signing`].
//!
//! Two rounds make the key's shares and a third one agrees on the account; no address of it is shown before. That packages are
//! not behind commitments, as in an election's ceremony, lets the last one to open bias `ak`; no property of `ak` matters here
//! but that nobody knows `ask`, which the proofs of knowledge see to.

mod account;
pub mod ceremony;
mod frost;
mod key;
pub mod message;
pub mod review;
pub mod signing;
#[cfg(test)]
mod tests;

pub use account::{AccountError, CustodyAccount};
pub use key::CustodyKey;

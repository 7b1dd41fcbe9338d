//! Everything that remembers: state machine, store, log, checkpoints.
//!
//! Reading order: [`clock`], [`signer`], [`store`].

pub mod clock;
pub mod node;
pub mod signer;
pub mod store;

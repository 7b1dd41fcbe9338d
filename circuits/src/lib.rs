//! The native relations of `tabella-protocol` stated as constraints over the scalar field of BLS12-381.
//!
//! Reading order: [`transfer`], [`cast`], then `spend` (what both share) and the gadgets. Each block of constraints bears the
//! name of the error variant of the native relation that states the same rule.
//!
//! Constraints are written over [`ark_relations`] alone, without `ark-r1cs-std`: every linear combination here is over
//! allocated variables only, so that what is written is what the matrices hold. Synthesis is not constant time, and the
//! assignment that arkworks holds is not wiped.

mod builder;
pub mod cast;
mod gadget;
mod linear;
pub mod matrices;
mod spend;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transfer;

pub use builder::{Block, Blocks};
pub use cast::CastCircuit;
pub use transfer::TransferCircuit;

#[cfg(test)]
mod tests;

//! Groth16 over BLS12-381: verifying keys, single verification and batches. Spec § 4, 8 and 9.
//!
//! arkworks' verifier does no subgroup check, accepts any number of public inputs and any verifying key. Here nothing
//! reaches a pairing that has not been parsed: points are canonical, on the curve, in the prime-order subgroup and not the
//! identity; a key is not degenerate and has exactly the points that its shape asks for; the count of inputs is exact.
//! A Groth16 proof can be re-randomised by anybody: its bytes never identify a transfer.

mod batch;
mod key;
pub(crate) mod point;
mod proof;
mod registry;

pub use batch::ProofBatch;
pub use key::{KeyPoint, VerifyingKey, VerifyingKeyError};
pub use point::PointError;
pub use proof::{ProofError, ProofPoint};
pub use registry::{
    DevelopmentKey, ParametersOrigin, RegistryError, VerifyingKeyFile, VerifyingKeyFileError, VerifyingKeys,
};

#[cfg(test)]
mod tests;

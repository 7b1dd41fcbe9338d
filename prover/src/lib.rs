//! Everything that holds a secret: proving engine, wallet, voter, trustee.

pub mod groth16;

//! Everything that decides: proofs, signatures, ballots, tallies, election records. Holds no secret.

pub mod log;

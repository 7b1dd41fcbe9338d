//! The setup ceremony of the Groth16 parameters: its transcript, and the check of it that anyone can make. Spec § 8.3.
//!
//! A computation of many parties after Bowe, Gabizon and Miers (eprint 2017/1050), in two phases. In the first, the
//! contributors multiply secret τ, α, β into the *powers*, which serve both shapes; in the second a secret δ for each
//! shape into its *queries*. Each phase ends with a public random value, the beacon. The parameters are sound if one
//! contributor of each phase was honest: drew secrets at random and forgot them.
//!
//! Nothing here is secret; contributions are made by `tabella_prover::setup`. (The trustees' ceremony, which makes an
//! election's key, is another one.)

mod beacon;
mod check;
mod circuit;
mod encoding;
mod points;
mod powers;
mod queries;
mod record;
mod transcript;

pub use beacon::{Beacon, ROUNDS_LOG2};
pub use check::{CeremonyError, Checked, State, check};
pub use circuit::{Circuit, CircuitDescription, CircuitError, MAX_DOMAIN};
pub use encoding::DecodeError;
pub use powers::{Powers, PowersError};
pub use queries::{Queries, QueryError};
pub use record::{Author, KnowledgeProof, Phase, Record, Secret, SecretPoints, Text, TextError, knowledge_challenge};
pub use transcript::{MAX_RECORDS, Transcript, TranscriptHash, queries_digest};

/// What a long computation of a ceremony is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Begins a part of so many steps.
    Begin(Part, u64),
    /// Has done so many steps more.
    Done(u64),
}

/// A part of a long computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Hashes the value of a beacon again and again; steps of 2^16 hashes.
    Beacon,
    /// Checks the powers.
    Powers,
    /// Checks the queries.
    Queries,
    /// Multiplies the secrets into powers or queries.
    Contributing,
    /// Derives a shape's queries from the powers.
    Deriving,
}

/// Who is told of the progress.
pub type ProgressFn<'a> = dyn Fn(Progress) + Sync + 'a;

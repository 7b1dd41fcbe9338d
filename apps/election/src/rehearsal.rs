//! A whole election in one process, on ballots that are given: ceremony, roll, delegations, casts, re-votes, overrides, a
//! trustee missing at the tally, the result, the record. The proofs are real, the parties are separate objects with
//! separate keys, and only the clock is driven by the rehearsal.

mod ceremony;
mod plan;
mod run;
mod voting;

pub use ceremony::hold_ceremony;
pub use plan::{Parts, RehearsalPlan};
pub use run::{Outcome, RehearsalError, rehearse};

/// A stage of a rehearsal, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageName {
    /// The trustees make the election's key.
    Ceremony,
    /// Voters make keys and register addresses.
    Roll,
    /// Canaries and opening.
    Opening,
    /// Rights of hidden weight are handed out; not where every right weighs 1.
    Distribution,
    /// Rights are delegated, one is recalled.
    Delegation,
    /// Ballots are encrypted, proved, and accepted.
    Casting,
    /// Ballots are replaced: re-votes and overrides.
    Revoting,
    /// The totals are decrypted.
    Tally,
    /// The record is written.
    Record,
    /// The record is verified.
    Verification,
}

impl StageName {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ceremony => "ceremony",
            Self::Roll => "roll",
            Self::Opening => "opening",
            Self::Distribution => "distribution",
            Self::Delegation => "delegation",
            Self::Casting => "casting",
            Self::Revoting => "revoting",
            Self::Tally => "tally",
            Self::Record => "record",
            Self::Verification => "verification",
        }
    }
}

/// Told how far a rehearsal has come.
pub trait Observer {
    /// A stage begins, of so many steps.
    fn begin(&mut self, stage: StageName, steps: u64);
    /// Steps of the stage are done, in all.
    fn done(&mut self, steps: u64);
    /// The stage is over.
    fn end(&mut self);
}

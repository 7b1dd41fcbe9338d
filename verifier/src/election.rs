//! The rules of an election, from its opening to its publication: one deterministic state machine that the ledger runs as
//! ballots come in, and that anyone runs again over the election's record. Spec § 6.

mod ballots;
mod opening;
mod pool;
mod ranked;
mod reasons;
mod rules;
mod tally;

use tabella_protocol::election::ElectionId;

use crate::log::{Origin, OriginError};

pub use ballots::{BallotState, CountedBallot, Level, Refusal, Submission};
pub use opening::{OpenError, open};
pub use pool::{ElectionPool, EpochAnchor, Stage, WrongStage};
pub use rules::{Checked, Effect, Rejection};
pub use tally::TallyError;

/// The log of an election on a ledger: `<ledger>/election/<id in hexadecimal>`.
///
/// # Errors
/// [`OriginError`] when the ledger's name is too long for it.
pub fn election_log(ledger: &Origin, election: ElectionId) -> Result<Origin, OriginError> {
    Origin::new(&format!("{ledger}/election/{election}"))
}

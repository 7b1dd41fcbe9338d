//! How ballots are proved, as it is asked for and shown.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;
use tabella_protocol::ballot::BallotProofKind;

/// [`BallotProofKind`] as a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum BallotProofs {
    /// Smaller and faster, but composed for Tabella and reviewed by nobody outside
    #[default]
    Compressed,
    /// The textbook's construction, as Helios and Belenios have it; larger and slower
    Disjunctive,
}

impl From<BallotProofKind> for BallotProofs {
    fn from(kind: BallotProofKind) -> Self {
        match kind {
            BallotProofKind::Compressed => Self::Compressed,
            BallotProofKind::Disjunctive => Self::Disjunctive,
        }
    }
}

impl From<BallotProofs> for BallotProofKind {
    fn from(word: BallotProofs) -> Self {
        match word {
            BallotProofs::Compressed => Self::Compressed,
            BallotProofs::Disjunctive => Self::Disjunctive,
        }
    }
}

impl fmt::Display for BallotProofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compressed => "compressed",
            Self::Disjunctive => "disjunctive",
        })
    }
}

//! The reasons why an election refuses.

use tabella_protocol::reason::{Reason, ReasonCode as Code, Reasoned};

use super::{OpenError, Refusal, Rejection, TallyError, WrongStage};

impl Reasoned for OpenError {
    fn reason(&self) -> Reason {
        match self {
            Self::Structure(error) => error.reason(),
            Self::Form => Code::OpeningForm.into(),
            Self::Decode(error) => Reason::from(Code::OpeningUnreadable).detail(error),
            Self::Signature => Code::OpeningSignature.into(),
            Self::Manifest(error) => error.reason(),
            Self::TooLate => Code::OpeningLate.into(),
            Self::NoDistribution => Code::OpeningDistribution.into(),
            Self::Ledger => Code::OpeningLedger.into(),
            Self::CeremonyHash { expected, found } => {
                Reason::from(Code::OpeningCeremony).text("expected", expected).text("found", found)
            }
            Self::Ceremony(error) => error.reason(),
            Self::Key => Code::OpeningKey.into(),
            Self::Canary(error) => error.reason(),
            Self::CanaryOrder => Code::CanaryOrder.into(),
            Self::RollDigest { expected, found } => {
                Reason::from(Code::OpeningRoll).text("expected", expected).text("found", found)
            }
            Self::Roll(error) => error.reason(),
        }
    }
}

impl Reasoned for Rejection {
    fn reason(&self) -> Reason {
        match self {
            Self::Structure(error) => error.reason(),
            Self::Replayed => Code::Replayed.into(),
            Self::Time { time, last } => Reason::from(Code::TimeBackwards).number("time", *time).number("last", *last),
            Self::Form(form) => Reason::from(Code::EntryForm).detail(form),
            Self::Decode(error) => Reason::from(Code::EntryUnreadable).detail(error),
            Self::OtherElection => Code::EntryOtherElection.into(),
            Self::Frozen(closes) => Reason::from(Code::Frozen).number("closes", *closes),
            Self::Window(time) => Reason::from(Code::TransferWindow).number("time", *time),
            Self::BallotWindow => Code::BallotWindow.into(),
            Self::Anchor => Code::Anchor.into(),
            Self::Delegation => Code::Delegation.into(),
            Self::Mode(mode) => Reason::from(Code::TransferMode).detail(mode),
            Self::Asset => Code::BallotAsset.into(),
            Self::Weight => Code::BallotWeight.into(),
            Self::BallotKind => Code::BallotKind.into(),
            Self::Bridge => Code::BallotBridge.into(),
            Self::BallotShape => Code::BallotShape.into(),
            Self::Rankings => Code::BallotRankings.into(),
            Self::Refused(refusal) => refusal.reason(),
            Self::AuthoritySignature => Code::AuthoritySignature.into(),
            Self::Stage(stage) => stage.reason(),
            Self::CloseMismatch { found, entries, counted, expected } => Reason::from(Code::CloseMismatch)
                .number("found", *found)
                .number("entries", *entries)
                .number("counted", *counted)
                .number("expected", *expected),
            Self::CloseRoot { entries, found, expected } => Reason::from(Code::CloseRoot)
                .number("entries", *entries)
                .text("found", found)
                .text("expected", expected),
            Self::SmallGroup { counted, smallest } => {
                Reason::from(Code::SmallGroup).number("counted", *counted).number("smallest", *smallest)
            }
            Self::Tally(error) => error.reason(),
            Self::TreeFull => Code::TreeFull.into(),
            Self::LogFull => Code::LogFull.into(),
        }
    }
}

impl Reasoned for Refusal {
    fn reason(&self) -> Reason {
        match self {
            Self::Moved => Code::RightMoved.into(),
            Self::AlreadyCast => Code::RightCast.into(),
            Self::Overridden => Code::RightOverridden.into(),
            Self::NoRevoting => Code::NoRevoting.into(),
            Self::StaleRevision { held } => Reason::from(Code::StaleRevision).number("held", *held),
        }
    }
}

impl Reasoned for WrongStage {
    fn reason(&self) -> Reason {
        match self {
            Self::Changed => Code::StageChanged,
            Self::Closed => Code::StageClosed,
            Self::Early => Code::StageEarly,
            Self::Publication => Code::StagePublish,
            Self::Open => Code::StageOpen,
        }
        .into()
    }
}

impl Reasoned for TallyError {
    fn reason(&self) -> Reason {
        match self {
            Self::Shape => Code::ResultShape.into(),
            Self::Decryption(error) => error.reason(),
            Self::Order => Code::DecryptionOrder.into(),
            Self::Combine(error) => error.reason(),
            Self::Total(error) => error.reason(),
            Self::RankedCount { found, expected } => {
                Reason::from(Code::ResultRankedCount).number("found", *found).number("expected", *expected)
            }
            Self::Rankings { question, ballot } => {
                let reason = Reason::from(Code::ResultRankings).number("question", *question);
                match ballot {
                    Some(ballot) => reason.number("ballot", *ballot),
                    None => reason,
                }
            }
            Self::Rounds { question } => Reason::from(Code::ResultRounds).number("question", *question),
        }
    }
}

//! The reasons of errors of records, manifests, rolls and ceremonies.

use super::{Reason, ReasonCode as Code, Reasoned};
use crate::{
    ballot::disjunctive::MAX_BRANCHES,
    ceremony::{IdentityKey, MessageError},
    election::{ManifestError, RecordDecodeError, RollError},
};

impl Reasoned for RecordDecodeError {
    fn reason(&self) -> Reason {
        match self {
            Self::Magic => Code::RecordKind.into(),
            Self::Version => Code::RecordVersion.into(),
            Self::Content(error) => Reason::from(Code::RecordDamaged).detail(error),
            Self::Length => Code::RecordLength.into(),
        }
    }
}

impl Reasoned for ManifestError {
    fn reason(&self) -> Reason {
        match self {
            Self::Version(found) => Reason::from(Code::ManifestVersion).number("found", *found),
            Self::Text { place } => Reason::from(Code::ManifestText).detail(place),
            Self::QuestionCount => Code::ManifestQuestions.into(),
            Self::OptionCount(error) => Reason::from(Code::ManifestSize).detail(error),
            Self::Limits(question) => Reason::from(Code::ManifestLimits).number("question", *question),
            Self::RankedWeights(question) => Reason::from(Code::ManifestRankedWeights).number("question", *question),
            Self::Branches { found } => {
                Reason::from(Code::ManifestBranches).number("found", *found as u64).number("most", MAX_BRANCHES as u64)
            }
            Self::DuplicateOption { question, id } => {
                Reason::from(Code::ManifestOptionTwice).number("question", *question).text("id", id)
            }
            Self::Window => Code::ManifestWindow.into(),
            Self::Epoch => Code::ManifestEpoch.into(),
        }
    }
}

impl Reasoned for RollError {
    fn reason(&self) -> Reason {
        match self {
            Self::Empty => Code::RollEmpty.into(),
            Self::DuplicateOwner { first, second } => {
                Reason::from(Code::RollAddressTwice).number("first", *first).number("second", *second)
            }
            Self::Weight(line) => Reason::from(Code::RollWeight).number("line", *line),
            Self::Kind => Code::RollKind.into(),
            Self::Distributor => Code::RollDistributor.into(),
            Self::Total => Code::RollTotal.into(),
            Self::Points { total, most } => {
                Reason::from(Code::RollPoints).number("total", *total).number("most", *most)
            }
            Self::Rankings { voters, questions } => {
                Reason::from(Code::RollRankings).number("voters", *voters).number("questions", *questions)
            }
            Self::Degenerate => Code::RollDegenerate.into(),
        }
    }
}

impl Reasoned for MessageError {
    fn reason(&self) -> Reason {
        let (reason, round) = match self {
            Self::UnknownTrustee { trustee, round } => {
                (Reason::from(Code::CeremonyUnknownTrustee).number("trustee", trustee.get()), round)
            }
            Self::Signature { trustee, round } => (Reason::from(Code::CeremonySignature).culprit(trustee), round),
            Self::Missing { trustee, round } => (Reason::from(Code::CeremonyMissing).culprit(trustee), round),
            Self::Equivocated { trustee, round } => (Reason::from(Code::CeremonyEquivocated).culprit(trustee), round),
            Self::Order { round } => (Code::CeremonyOrder.into(), round),
        };
        reason.number("round", *round as u8)
    }
}

impl Reasoned for IdentityKey {
    fn reason(&self) -> Reason {
        Code::CeremonyIdentity.into()
    }
}

//! Elections: manifest, roll, and the actions that open, vote, close and publish. Spec § 6.

mod action;
mod answer;
mod audit;
mod manifest;
mod record;
mod roll;

pub use action::{
    APPLICATION, BallotCast, CastProof, Close, ElectionAction, Opening, Publication, QuestionResult, Results,
    authority_message,
};
pub use answer::{AnswerError, AnswerRule};
pub use audit::{AuditRanking, OpenedBallot};
pub use manifest::{
    ElectionId, ElectionManifest, MAX_QUESTIONS, MAX_TEXT_BYTES, MAX_TOTAL_WEIGHT, ManifestError, Question,
    QuestionKind, QuestionOption, RegistrationId, Rules, Weights, check_terms,
};
pub use record::{ElectionRecord, MAGIC, MAX_RECORD_BYTES, RecordDecodeError};
pub use roll::{Roll, RollDigest, RollEntry, RollError};

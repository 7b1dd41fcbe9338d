//! The manifest: everything a voter agrees to. Its hash is the election's id.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    ballot::{BallotProofKind, BoundsError, QuestionRule, check_rules, disjunctive::MAX_BRANCHES},
    ceremony::CeremonyHash,
    domain::{FORMAT_VERSION, personal},
    election::{answer::AnswerRule, roll::RollDigest},
    elgamal::ElectionKey,
    hash::{blake2b_256, bytes_to_field},
    note::{AssetId, Timestamp},
    ranking::{RankedQuestion, RankingRule},
    statement::Window,
    transaction::{LedgerId, PoolId, hash_newtype},
};

hash_newtype! {
    /// Which election: BLAKE2b-256 (`Tabella_Manifest`) of the manifest's canonical bytes.
    ElectionId
}
hash_newtype! {
    /// What voters' keys derive from before there is a manifest: 32 random bytes that the authority publishes.
    RegistrationId
}

/// Longest text of a manifest, in bytes.
pub const MAX_TEXT_BYTES: usize = 4096;
/// Most questions of a manifest.
pub const MAX_QUESTIONS: usize = 64;
/// Greatest sum of weights: the discrete logarithms of the tally are bounded by it.
pub const MAX_TOTAL_WEIGHT: u64 = 1 << 40;

/// One option of a question.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QuestionOption {
    /// Short and unique within the question; the tally names the option by it.
    pub id: String,
    /// What the voter reads.
    pub name: String,
}

/// What a ballot says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum QuestionKind {
    /// Choose at least `min` and at most `max` of the options.
    Choose {
        /// Fewest options that a ballot may choose.
        min: u16,
        /// Most options that a ballot may choose.
        max: u16,
    },
    /// Give each option 0 to `most` points.
    Score {
        /// Most points of one option.
        most: u16,
        /// Whether a ballot may give no points at all.
        blank: bool,
    },
    /// Split at least `min` and at most `max` points among the options, at most `most` to each (cumulative voting).
    Split {
        /// Most points of one option.
        most: u16,
        /// Fewest points of all options together.
        min: u32,
        /// Most points of all options together.
        max: u32,
    },
    /// Rank at least `min` and at most `max` of the options, at most 255. Only where every right weighs 1.
    Rank {
        /// Fewest options that a ballot may rank.
        min: u16,
        /// Most options that a ballot may rank.
        max: u16,
    },
}

impl QuestionKind {
    /// What a ballot may answer about so many options; `None` if the limits make no rule, or allow nothing but nothing.
    #[must_use]
    pub fn rule(&self, options: usize) -> Option<AnswerRule> {
        let options = u16::try_from(options).ok()?;
        let rule = match *self {
            Self::Choose { min, max } => QuestionRule::choose(options, min, max),
            Self::Score { most, blank } => {
                QuestionRule::new(options, most, u32::from(!blank), u32::from(options) * u32::from(most))
            }
            Self::Split { most, min, max } => QuestionRule::new(options, most, min, max),
            Self::Rank { min, max } => return RankingRule::new(options, min, max).ok().map(AnswerRule::Ranking),
        };
        rule.ok().filter(|rule| rule.max() > 0).map(AnswerRule::Points)
    }
}

/// One question. A blank vote is an option like any other.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Question {
    /// What the voter reads.
    pub title: String,
    /// The options in the order of the ballot.
    pub options: Vec<QuestionOption>,
    /// What a ballot says to it.
    pub kind: QuestionKind,
}

impl Question {
    /// What a ballot may answer; `None` if the limits make no rule, or allow nothing but nothing.
    #[must_use]
    pub fn rule(&self) -> Option<AnswerRule> {
        self.kind.rule(self.options.len())
    }
}

/// How much a right weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Weights {
    /// Every right weighs 1.
    One,
    /// Rights weigh differently, and no weight is shown; distinctive weights can be inferred from totals.
    Hidden,
}

/// What the election allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rules {
    /// Rights may be delegated (and recalled).
    pub delegation: bool,
    /// A ballot may be replaced by a later revision at the same level.
    pub revoting: bool,
    /// How much rights weigh.
    pub weights: Weights,
    /// How ballots are proved.
    pub ballot_proofs: BallotProofKind,
    /// Results are published only if at least this many ballots count; totals of tiny groups reveal single votes.
    pub smallest_group: u64,
    /// Length of an epoch in seconds, at least 1: transfers prove against the tree as it stood at the start of an epoch.
    pub epoch_seconds: u32,
}

/// Everything a voter agrees to. Its hash is the election's id.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ElectionManifest {
    /// [`FORMAT_VERSION`].
    pub version: u8,
    /// The ledger that holds the election.
    pub ledger: LedgerId,
    /// What voters' keys derive from.
    pub registration: RegistrationId,
    /// What the voter reads.
    pub title: String,
    /// The questions.
    pub questions: Vec<Question>,
    /// Ballots are accepted from this time on.
    pub opens: Timestamp,
    /// Ballots are accepted before this time.
    pub closes: Timestamp,
    /// Ed25519 key of the authority.
    pub authority: [u8; 32],
    /// Hash of the trustees' ceremony.
    pub ceremony: CeremonyHash,
    /// The trustees' joint key, fresh for this election.
    pub key: ElectionKey,
    /// Digest of the roll.
    pub roll: RollDigest,
    /// What is allowed.
    pub rules: Rules,
}

/// Why a manifest is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestError {
    /// Another format version.
    #[error("the manifest has format version {0}, and this program reads version {FORMAT_VERSION}")]
    Version(u8),
    /// A text is empty or too long.
    #[error("{place} is empty or longer than {MAX_TEXT_BYTES} bytes")]
    Text {
        /// Which text.
        place: String,
    },
    /// No question, or too many.
    #[error("a manifest has 1 to {MAX_QUESTIONS} questions")]
    QuestionCount,
    /// More options in all, or more bits for their points, than a ballot can have.
    #[error("all questions together are too large: {0}")]
    OptionCount(BoundsError),
    /// More numbers that options and sums may be than a disjunctive proof has branches for.
    #[error(
        "all questions together have {found} branches, and a disjunctive proof has at most {MAX_BRANCHES}: ask for fewer points or a narrower sum, or for compressed proofs"
    )]
    Branches {
        /// Branches of all questions.
        found: usize,
    },
    /// The limits of a question do not fit its options.
    #[error(
        "question {0}: needs 1 to 1024 options (255 to be ranked) of 1 to 1024 points each, and min <= max <= options times points, max at least 1"
    )]
    Limits(usize),
    /// A ranked question where weights are hidden.
    #[error(
        "question {0}: rankings are published one by one, and a hidden weight would have to be shown beside each: let every right weigh 1, or ask for points"
    )]
    RankedWeights(usize),
    /// Two options of a question have the same id.
    #[error("question {question}: the option id \"{id}\" occurs twice")]
    DuplicateOption {
        /// 1-based number of the question.
        question: usize,
        /// The id.
        id: String,
    },
    /// It closes before it opens.
    #[error("the election must close after it opens")]
    Window,
    /// An epoch of 0 seconds.
    #[error("an epoch lasts at least 1 second")]
    Epoch,
}

impl ElectionManifest {
    /// Checks what a manifest must fulfil by itself.
    ///
    /// # Errors
    /// [`ManifestError`] names the place.
    pub fn check(&self) -> Result<(), ManifestError> {
        if self.version != FORMAT_VERSION {
            return Err(ManifestError::Version(self.version));
        }
        check_terms(&self.title, &self.questions, (self.opens, self.closes), &self.rules)
    }

    /// The election's id.
    #[must_use]
    pub fn id(&self) -> ElectionId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        ElectionId(blake2b_256(personal::MANIFEST, &[&bytes]))
    }

    /// What a ballot may answer to each question, in order.
    ///
    /// # Errors
    /// [`ManifestError::Limits`] as in [`Self::check`].
    pub fn answer_rules(&self) -> Result<Vec<AnswerRule>, ManifestError> {
        (1..).zip(&self.questions).map(|(number, q)| q.rule().ok_or(ManifestError::Limits(number))).collect()
    }

    /// The rules of the questions with points, in order: those that a ballot's proof is about.
    ///
    /// # Errors
    /// [`ManifestError::Limits`] as in [`Self::check`].
    pub fn question_rules(&self) -> Result<Vec<QuestionRule>, ManifestError> {
        Ok(point_rules(&self.answer_rules()?))
    }

    /// The ranked questions, in order.
    ///
    /// # Errors
    /// [`ManifestError::Limits`] as in [`Self::check`].
    pub fn ranked_questions(&self) -> Result<Vec<RankedQuestion>, ManifestError> {
        let ranked = |(question, rule): (u16, AnswerRule)| match rule {
            AnswerRule::Ranking(rule) => Some(RankedQuestion { question, rule }),
            AnswerRule::Points(_) => None,
        };
        Ok((0..).zip(self.answer_rules()?).filter_map(ranked).collect())
    }

    /// The window that every ballot states: exactly `[opens, closes)`.
    ///
    /// # Errors
    /// [`ManifestError::Window`] as in [`Self::check`].
    pub fn window(&self) -> Result<Window, ManifestError> {
        Window::new(self.opens, self.closes).map_err(|_| ManifestError::Window)
    }

    /// The index of the epoch that a time lies in.
    #[must_use]
    pub fn epoch(&self, time: Timestamp) -> u64 {
        time.seconds() / u64::from(self.rules.epoch_seconds.max(1))
    }
}

impl ElectionId {
    /// The pool that holds the election's rights.
    #[must_use]
    pub fn pool(&self, ledger: LedgerId) -> PoolId {
        PoolId::derive(ledger, "election", self.as_bytes())
    }

    /// The asset of the election's rights: issued by the authority's key, described by the election's id.
    /// `None` with negligible probability.
    #[must_use]
    pub fn asset(&self, authority: &[u8; 32]) -> Option<AssetId> {
        bytes_to_field("asset", &[authority, self.as_bytes()]).map(AssetId::new)
    }
}

fn point_rules(rules: &[AnswerRule]) -> Vec<QuestionRule> {
    let points = |rule: &AnswerRule| match rule {
        AnswerRule::Points(rule) => Some(*rule),
        AnswerRule::Ranking(_) => None,
    };
    rules.iter().filter_map(points).collect()
}

/// Checks what an authority decides before there is a key or a roll: title, questions, times and rules.
///
/// # Errors
/// [`ManifestError`] names the place.
pub fn check_terms(
    title: &str,
    questions: &[Question],
    (opens, closes): (Timestamp, Timestamp),
    rules: &Rules,
) -> Result<(), ManifestError> {
    check_text(title, || "the title".into())?;
    if questions.is_empty() || questions.len() > MAX_QUESTIONS {
        return Err(ManifestError::QuestionCount);
    }
    let mut answer_rules = Vec::with_capacity(questions.len());
    for (number, question) in (1..).zip(questions) {
        check_text(&question.title, || format!("the title of question {number}"))?;
        let rule = question.rule().ok_or(ManifestError::Limits(number))?;
        if matches!(rule, AnswerRule::Ranking(_)) && rules.weights == Weights::Hidden {
            return Err(ManifestError::RankedWeights(number));
        }
        answer_rules.push(rule);
        let mut ids = std::collections::BTreeSet::new();
        for (index, option) in (1..).zip(&question.options) {
            check_text(&option.id, || format!("the id of option {index} of question {number}"))?;
            check_text(&option.name, || format!("the name of option {index} of question {number}"))?;
            if !ids.insert(&option.id) {
                return Err(ManifestError::DuplicateOption { question: number, id: option.id.clone() });
            }
        }
    }
    // A larger ballot could not be read: nobody could vote.
    let point_rules = point_rules(&answer_rules);
    check_rules(&point_rules).map_err(ManifestError::OptionCount)?;
    let found = point_rules.iter().map(QuestionRule::branches).sum();
    if rules.ballot_proofs == BallotProofKind::Disjunctive && found > MAX_BRANCHES {
        return Err(ManifestError::Branches { found });
    }
    if opens >= closes {
        return Err(ManifestError::Window);
    }
    if rules.epoch_seconds == 0 {
        return Err(ManifestError::Epoch);
    }
    Ok(())
}

fn check_text(text: &str, place: impl FnOnce() -> String) -> Result<(), ManifestError> {
    if text.trim().is_empty() || text.len() > MAX_TEXT_BYTES {
        return Err(ManifestError::Text { place: place() });
    }
    Ok(())
}

//! The shapes of JSON.

use serde::{Deserialize, Serialize};
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{self, ElectionManifest, QuestionResult, Weights},
    ranking::RankedResult,
};
use tabella_verifier::{
    election::{ElectionPool, Stage},
    record::{Verification, VerifiedElection},
    report::Finding,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OptionJson {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum KindJson {
    Choose { min: u16, max: u16 },
    Score { most: u16, blank: bool },
    Split { most: u16, min: u32, max: u32 },
    Rank { min: u16, max: u16 },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QuestionJson {
    pub(crate) title: String,
    pub(crate) kind: KindJson,
    pub(crate) options: Vec<OptionJson>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WeightsJson {
    One,
    Hidden,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProofsJson {
    Compressed,
    Disjunctive,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RulesJson {
    pub(crate) delegation: bool,
    pub(crate) revoting: bool,
    pub(crate) weights: WeightsJson,
    pub(crate) ballot_proofs: ProofsJson,
    pub(crate) smallest_group: u64,
    pub(crate) epoch_seconds: u32,
}

impl From<&election::Question> for QuestionJson {
    fn from(question: &election::Question) -> Self {
        let kind = match question.kind {
            election::QuestionKind::Choose { min, max } => KindJson::Choose { min, max },
            election::QuestionKind::Score { most, blank } => KindJson::Score { most, blank },
            election::QuestionKind::Split { most, min, max } => KindJson::Split { most, min, max },
            election::QuestionKind::Rank { min, max } => KindJson::Rank { min, max },
        };
        let option =
            |option: &election::QuestionOption| OptionJson { id: option.id.clone(), name: option.name.clone() };
        Self { title: question.title.clone(), kind, options: question.options.iter().map(option).collect() }
    }
}

#[cfg(feature = "prove")]
impl From<QuestionJson> for election::Question {
    fn from(question: QuestionJson) -> Self {
        let kind = match question.kind {
            KindJson::Choose { min, max } => election::QuestionKind::Choose { min, max },
            KindJson::Score { most, blank } => election::QuestionKind::Score { most, blank },
            KindJson::Split { most, min, max } => election::QuestionKind::Split { most, min, max },
            KindJson::Rank { min, max } => election::QuestionKind::Rank { min, max },
        };
        let option = |option: OptionJson| election::QuestionOption { id: option.id, name: option.name };
        Self { title: question.title, options: question.options.into_iter().map(option).collect(), kind }
    }
}

impl From<&election::Rules> for RulesJson {
    fn from(rules: &election::Rules) -> Self {
        let election::Rules { delegation, revoting, weights, ballot_proofs, smallest_group, epoch_seconds } = *rules;
        let weights = match weights {
            Weights::One => WeightsJson::One,
            Weights::Hidden => WeightsJson::Hidden,
        };
        let ballot_proofs = match ballot_proofs {
            BallotProofKind::Compressed => ProofsJson::Compressed,
            BallotProofKind::Disjunctive => ProofsJson::Disjunctive,
        };
        Self { delegation, revoting, weights, ballot_proofs, smallest_group, epoch_seconds }
    }
}

#[cfg(feature = "prove")]
impl From<RulesJson> for election::Rules {
    fn from(rules: RulesJson) -> Self {
        let RulesJson { delegation, revoting, weights, ballot_proofs, smallest_group, epoch_seconds } = rules;
        let weights = match weights {
            WeightsJson::One => Weights::One,
            WeightsJson::Hidden => Weights::Hidden,
        };
        let ballot_proofs = match ballot_proofs {
            ProofsJson::Compressed => BallotProofKind::Compressed,
            ProofsJson::Disjunctive => BallotProofKind::Disjunctive,
        };
        Self { delegation, revoting, weights, ballot_proofs, smallest_group, epoch_seconds }
    }
}

#[derive(Serialize)]
pub(crate) struct TrusteesJson {
    pub(crate) threshold: u16,
    pub(crate) names: Vec<String>,
}

impl TrusteesJson {
    pub(crate) fn of(pool: &ElectionPool) -> Self {
        Self { threshold: pool.trustees().threshold(), names: pool.trustees().names().to_vec() }
    }
}

#[derive(Serialize)]
struct CheckJson {
    id: &'static str,
    title: &'static str,
    ok: bool,
    reached: bool,
    detail: String,
    finding: Finding,
}

#[derive(Serialize)]
pub(crate) struct VerdictJson {
    valid: bool,
    checks: Vec<CheckJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    election: Option<ElectionJson>,
}

#[derive(Serialize)]
struct LogJson {
    size: u64,
    root: String,
}

#[derive(Clone, Serialize)]
pub(crate) struct LedgerJson {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) id: String,
}

#[derive(Serialize)]
struct ElectionJson {
    id: String,
    title: String,
    registration: String,
    development: bool,
    opens: u64,
    closes: u64,
    stage: &'static str,
    rules: RulesJson,
    trustees: TrusteesJson,
    voters: usize,
    total_weight: u64,
    ballots: u64,
    counted: u64,
    transfers: u64,
    early_transfers: u64,
    distribution_transfers: u64,
    questions: Vec<QuestionJson>,
    results: Option<Vec<Vec<u64>>>,
    runoffs: Option<Vec<Option<RunoffJson>>>,
    log: LogJson,
    ledger: LedgerJson,
}

impl VerdictJson {
    pub(crate) fn of(verification: &Verification, ledger: Option<&LedgerJson>) -> Self {
        let checks = verification.report.checks.iter().map(|check| CheckJson {
            id: check.id.as_str(),
            title: check.id.title(),
            ok: check.ok,
            reached: check.reached,
            detail: check.detail.clone(),
            finding: check.finding.clone(),
        });
        let election = verification.election.as_ref().zip(ledger);
        Self {
            valid: verification.report.valid,
            checks: checks.collect(),
            election: election.map(|(election, ledger)| ElectionJson::of(election, ledger.clone())),
        }
    }
}

impl ElectionJson {
    fn of(election: &VerifiedElection, ledger: LedgerJson) -> Self {
        let (pool, manifest) = (&election.pool, election.pool.manifest());
        Self {
            id: pool.id().to_string(),
            title: manifest.title.clone(),
            registration: manifest.registration.to_string(),
            development: election.development,
            opens: manifest.opens.seconds(),
            closes: manifest.closes.seconds(),
            stage: match pool.stage() {
                Stage::Open => "open",
                Stage::Closed => "closed",
                Stage::Published(_) => "published",
            },
            rules: (&manifest.rules).into(),
            trustees: TrusteesJson::of(pool),
            voters: pool.voters(),
            total_weight: pool.total_weight(),
            ballots: pool.ballots(),
            counted: pool.counted(),
            transfers: pool.transfers(),
            early_transfers: pool.early_transfers(),
            distribution_transfers: pool.distribution_transfers(),
            questions: questions(manifest),
            results: results(pool),
            runoffs: runoffs(pool),
            log: LogJson { size: pool.entries(), root: pool.log_root().to_string() },
            ledger,
        }
    }
}

pub(crate) fn questions(manifest: &ElectionManifest) -> Vec<QuestionJson> {
    manifest.questions.iter().map(QuestionJson::from).collect()
}

fn published(pool: &ElectionPool) -> Option<&election::Results> {
    match pool.stage() {
        Stage::Published(results) => Some(results),
        Stage::Open | Stage::Closed => None,
    }
}

pub(crate) fn results(pool: &ElectionPool) -> Option<Vec<Vec<u64>>> {
    Some(votes(&pool.manifest().questions, published(pool)?))
}

pub(crate) fn runoffs(pool: &ElectionPool) -> Option<Vec<Option<RunoffJson>>> {
    Some(counts(&pool.manifest().questions, published(pool)?))
}

/// One number for each option of each question: its total, or its first preferences.
pub(crate) fn votes(questions: &[election::Question], results: &election::Results) -> Vec<Vec<u64>> {
    results.by_question(questions).map(|result| result.votes().to_vec()).collect()
}

/// For each question the count of its rankings, if it is a ranked one.
pub(crate) fn counts(questions: &[election::Question], results: &election::Results) -> Vec<Option<RunoffJson>> {
    let count = |result: QuestionResult<'_>| match result {
        QuestionResult::Totals(_) => None,
        QuestionResult::Ranked(result) => Some(RunoffJson::of(result)),
    };
    results.by_question(questions).map(count).collect()
}

/// An instant runoff; options by their index.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunoffJson {
    winner: Option<u8>,
    /// Ballots that count and open to no ranking.
    spoiled: u64,
    rounds: Vec<RoundJson>,
}

#[derive(Clone, Debug, Serialize)]
struct RoundJson {
    votes: Vec<u64>,
    exhausted: u64,
    eliminated: Option<u8>,
}

impl RunoffJson {
    fn of(result: &RankedResult) -> Self {
        let rounds = result.count.rounds.iter().map(|round| RoundJson {
            votes: round.votes.clone(),
            exhausted: round.exhausted,
            eliminated: round.eliminated,
        });
        Self { winner: result.count.winner, spoiled: result.spoiled(), rounds: rounds.collect() }
    }
}

/// A choice in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ChoiceJson {
    question: String,
    chosen: Vec<ChosenJson>,
}

#[derive(Clone, Debug, Serialize)]
struct ChosenJson {
    id: String,
    name: String,
    /// Absent where one chooses only.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u16>,
    /// Present where one ranks; 1 is the best.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u16>,
}

/// Answers in words; a ranking with the best first.
pub(crate) fn choice(questions: &[election::Question], answers: &[Vec<u16>]) -> Vec<ChoiceJson> {
    let shown = |(question, row): (&election::Question, &Vec<u16>)| {
        let ranks = matches!(question.kind, election::QuestionKind::Rank { .. });
        let counts = !ranks && !matches!(question.kind, election::QuestionKind::Choose { .. });
        let given = question.options.iter().zip(row).filter(|(_, given)| **given > 0);
        let mut chosen: Vec<ChosenJson> = given
            .map(|(option, given)| ChosenJson {
                id: option.id.clone(),
                name: option.name.clone(),
                points: counts.then_some(*given),
                rank: ranks.then_some(*given),
            })
            .collect();
        chosen.sort_by_key(|option| option.rank);
        ChoiceJson { question: question.title.clone(), chosen }
    };
    questions.iter().zip(answers).map(shown).collect()
}

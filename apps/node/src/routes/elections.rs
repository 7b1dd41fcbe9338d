//! Elections.

use std::{collections::BTreeMap, sync::PoisonError};

use axum::{extract::State, http::HeaderMap};
use serde::Serialize;
use tabella_ledger::store::{BallotCount, Store};
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{self, ElectionAction, ElectionId, Question, QuestionKind, QuestionResult, Weights},
    note::Timestamp,
    transaction::LoggedTransaction,
};
use tabella_verifier::election::Stage;
use utoipa::ToSchema;

use crate::{
    http::{self, Answer, Freshness, Path, Query},
    problem::Problem,
    readers::store_problem,
    routes::{Page, blocks},
    state::App,
    view::ElectionView,
};

/// Elections of a page.
const ELECTIONS: (u32, u32) = (100, 500);
/// Points of a chart.
const MAX_POINTS: usize = 500;
/// Charts that are kept.
const MAX_CHARTS: usize = 64;
/// The first line of the command line's file "election manifest".
const MANIFEST_FILE: &[u8] = b"tabella election manifest 1\n";

/// Charts by election, with the number of entries that they are of.
pub(crate) type Charts = BTreeMap<ElectionId, (u64, Vec<BallotCount>)>;

/// An election in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ElectionRow {
    id: String,
    title: String,
    /// `before`, `open`, `ended`, `closed` or `published`.
    stage: &'static str,
    opens: u64,
    closes: u64,
    voters: usize,
    total_weight: u64,
    /// Accepted, replaced ones included.
    ballots: u64,
    /// Those that count.
    counted: u64,
    /// counted / voters.
    turnout: f64,
}

/// Elections.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ElectionList {
    elections: Vec<ElectionRow>,
    /// `after` of the next page.
    next: Option<u64>,
}

/// An election.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ElectionDetail {
    #[serde(flatten)]
    row: ElectionRow,
    registration: String,
    /// Ed25519 key of the authority.
    authority: String,
    ledger: String,
    /// The trustees' joint key.
    key: String,
    /// Digest of the roll.
    roll: String,
    pool: String,
    rules: RulesView,
    questions: Vec<QuestionView>,
    trustees: TrusteesView,
    log: ElectionLog,
    transfers: u64,
    early_transfers: u64,
    distribution_transfers: u64,
    /// For each question, the weight of each option, or its first preferences; null until they are published.
    results: Option<Vec<Vec<u64>>>,
    /// For each question the count of its rankings, null if it is no ranked one; null until they are published.
    runoffs: Option<Vec<Option<Runoff>>>,
}

/// An instant runoff; options by their index.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Runoff {
    /// Null if no ballot ranks anything.
    winner: Option<u8>,
    /// Ballots that count and open to no ranking.
    spoiled: u64,
    rounds: Vec<RunoffRound>,
}

/// A round of an instant runoff.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunoffRound {
    /// Of each option; 0 for those that are out.
    votes: Vec<u64>,
    /// Ballots that rank no option still in.
    exhausted: u64,
    /// Who goes out after this round; null of the last.
    eliminated: Option<u8>,
}

impl Runoff {
    fn of(result: QuestionResult<'_>) -> Option<Self> {
        let QuestionResult::Ranked(result) = result else { return None };
        let rounds = result.count.rounds.iter().map(|round| RunoffRound {
            votes: round.votes.clone(),
            exhausted: round.exhausted,
            eliminated: round.eliminated,
        });
        Some(Self { winner: result.count.winner, spoiled: result.spoiled(), rounds: rounds.collect() })
    }
}

/// What an election allows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesView {
    delegation: bool,
    revoting: bool,
    /// `one` or `hidden`.
    weights: &'static str,
    /// `compressed` or `disjunctive`.
    ballot_proofs: &'static str,
    smallest_group: u64,
    epoch_seconds: u32,
}

/// A question.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionView {
    title: String,
    kind: KindView,
    options: Vec<OptionView>,
}

/// What a ballot says to a question.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum KindView {
    /// Choose options.
    Choose {
        /// At least.
        min: u16,
        /// At most.
        max: u16,
    },
    /// Rank options.
    Rank {
        /// At least.
        min: u16,
        /// At most.
        max: u16,
    },
    /// Points for each option.
    Score {
        /// At most.
        most: u16,
        /// Whether none at all is allowed.
        blank: bool,
    },
    /// Points to be split.
    Split {
        /// For one option, at most.
        most: u16,
        /// In all, at least.
        min: u32,
        /// In all, at most.
        max: u32,
    },
}

/// An option.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OptionView {
    id: String,
    name: String,
}

/// The trustees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrusteesView {
    threshold: u16,
    names: Vec<String>,
}

/// The election's log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ElectionLog {
    origin: String,
    hash: String,
    size: u64,
    root: String,
}

/// Ballots over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Turnout {
    points: Vec<TurnoutPoint>,
}

/// Ballots after a block.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TurnoutPoint {
    time: u64,
    ballots: u64,
    counted: u64,
}

impl ElectionRow {
    fn new(view: &ElectionView, now: Timestamp) -> Self {
        let manifest = &view.facts.manifest;
        Self {
            id: view.facts.id.to_string(),
            title: manifest.title.clone(),
            stage: view.stage_name(now),
            opens: manifest.opens.seconds(),
            closes: manifest.closes.seconds(),
            voters: view.facts.voters,
            total_weight: view.facts.total_weight,
            ballots: view.ballots,
            counted: view.counted,
            turnout: view.turnout(),
        }
    }
}

impl QuestionView {
    fn new(question: &Question) -> Self {
        let kind = match question.kind {
            QuestionKind::Choose { min, max } => KindView::Choose { min, max },
            QuestionKind::Score { most, blank } => KindView::Score { most, blank },
            QuestionKind::Split { most, min, max } => KindView::Split { most, min, max },
            QuestionKind::Rank { min, max } => KindView::Rank { min, max },
        };
        let options =
            question.options.iter().map(|option| OptionView { id: option.id.clone(), name: option.name.clone() });
        Self { title: question.title.clone(), kind, options: options.collect() }
    }
}

impl ElectionDetail {
    fn new(view: &ElectionView, now: Timestamp) -> Self {
        let facts = &view.facts;
        let manifest = &facts.manifest;
        let rules = &manifest.rules;
        let published = match &view.stage {
            Stage::Published(results) => Some(results),
            Stage::Open | Stage::Closed => None,
        };
        Self {
            row: ElectionRow::new(view, now),
            registration: manifest.registration.to_string(),
            authority: hex::encode(manifest.authority),
            ledger: manifest.ledger.to_string(),
            key: hex::encode(manifest.key.element().as_bytes()),
            roll: manifest.roll.to_string(),
            pool: facts.pool.to_string(),
            rules: RulesView {
                delegation: rules.delegation,
                revoting: rules.revoting,
                weights: match rules.weights {
                    Weights::One => "one",
                    Weights::Hidden => "hidden",
                },
                ballot_proofs: match rules.ballot_proofs {
                    BallotProofKind::Compressed => "compressed",
                    BallotProofKind::Disjunctive => "disjunctive",
                },
                smallest_group: rules.smallest_group,
                epoch_seconds: rules.epoch_seconds,
            },
            questions: manifest.questions.iter().map(QuestionView::new).collect(),
            trustees: TrusteesView { threshold: facts.threshold, names: facts.trustees.clone() },
            log: ElectionLog {
                origin: facts.log.to_string(),
                hash: hex::encode(facts.log_name),
                size: view.entries,
                root: view.root.to_string(),
            },
            transfers: view.transfers,
            early_transfers: view.early_transfers,
            distribution_transfers: facts.distribution_transfers,
            results: published
                .map(|results| results.by_question(&manifest.questions).map(|one| one.votes().to_vec()).collect()),
            runoffs: published.map(|results| results.by_question(&manifest.questions).map(Runoff::of).collect()),
        }
    }
}

/// The election that a path names.
pub(crate) fn find(app: &App, id: &str) -> Result<std::sync::Arc<ElectionView>, Problem> {
    let id: ElectionId = http::id(id)?;
    let view = app.view();
    view.election(&id).cloned().ok_or_else(|| Problem::not_found("there is no election of this id on the ledger"))
}

/// All elections.
#[utoipa::path(get, path = "/v1/elections", tag = "elections", params(Page),
    responses((status = 200, body = ElectionList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn elections(State(app): State<App>, Query(page): Query<Page>) -> Answer {
    let (view, now) = (app.view(), app.now());
    let skip = usize::try_from(page.after).unwrap_or(usize::MAX);
    let limit = page.limit(ELECTIONS.0, ELECTIONS.1) as usize;
    let rows: Vec<_> =
        view.elections.iter().skip(skip).take(limit).map(|election| ElectionRow::new(election, now)).collect();
    let end = skip.saturating_add(rows.len());
    let next = (!rows.is_empty() && end < view.elections.len()).then_some(end as u64);
    http::json(&ElectionList { elections: rows, next })
}

/// An election.
#[utoipa::path(get, path = "/v1/elections/{id}", tag = "elections", params(("id" = String, Path)),
    responses((status = 200, body = ElectionDetail), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn election(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let (view, now) = (find(&app, &id)?, app.now());
    let tag = http::etag(&format!("{}-{}-{}", view.facts.id, view.entries, view.stage_name(now)));
    Ok(http::tagged(&headers, tag, Freshness::Growing, http::json(&ElectionDetail::new(&view, now))?))
}

/// The manifest's bytes.
#[utoipa::path(get, path = "/v1/elections/{id}/manifest", tag = "elections", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn manifest(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let view = find(&app, &id)?;
    let bytes = borsh::to_vec(&view.facts.manifest).expect("writing to memory");
    Ok(http::tagged(&headers, http::etag(&format!("{id}-m")), Freshness::Immutable, http::octets(bytes)))
}

/// Manifest, ceremony and roll, as the command line keeps them in one file.
#[utoipa::path(get, path = "/v1/elections/{id}/opening", tag = "elections", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn opening(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let view = find(&app, &id)?;
    let bytes = app
        .readers
        .read(move |store| {
            let entries = store.entries_of_log(&view.facts.log, 0, 1).map_err(store_problem)?;
            let entry = entries.first().ok_or_else(|| Problem::internal(&"an election without an opening"))?;
            opening_file(&entry.bytes).ok_or_else(|| Problem::internal(&"an opening that does not decode"))
        })
        .await?;
    Ok(http::tagged(&headers, http::etag(&format!("{id}-o")), Freshness::Immutable, http::octets(bytes)))
}

fn opening_file(entry: &[u8]) -> Option<Vec<u8>> {
    let logged: LoggedTransaction = borsh::from_slice(entry).ok()?;
    let actions = logged.transaction.effects.actions;
    let action = actions.iter().find(|action| action.application == election::APPLICATION)?;
    let ElectionAction::Open(opening) = borsh::from_slice(&action.body).ok()? else { return None };
    let mut bytes = MANIFEST_FILE.to_vec();
    borsh::to_writer(&mut bytes, &(&opening.manifest, &opening.ceremony, &opening.roll)).ok()?;
    Some(bytes)
}

/// The election's entries.
#[utoipa::path(get, path = "/v1/elections/{id}/entries", tag = "elections", params(("id" = String, Path), Page),
    responses((status = 200, content_type = "application/octet-stream", description = "frames of LoggedTransaction"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn entries(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Answer {
    let view = find(&app, &id)?;
    let (log, size) = (view.facts.log.clone(), view.entries);
    let read = move |store: &Store, first, limit| store.entries_of_log(&log, first, limit).map_err(store_problem);
    blocks::page_of_entries(&app, &id, size, page, headers, read).await
}

/// How ballots came in.
#[utoipa::path(get, path = "/v1/elections/{id}/turnout", tag = "elections", params(("id" = String, Path)),
    responses((status = 200, body = Turnout), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn turnout(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let view = find(&app, &id)?;
    let (election, entries, pool) = (view.facts.id, view.entries, view.facts.pool);
    let known = {
        let charts = app.charts.lock().unwrap_or_else(PoisonError::into_inner);
        charts.get(&election).filter(|(of, _)| *of == entries).map(|(_, points)| points.clone())
    };
    let points = match known {
        Some(points) => points,
        None => {
            let points = app.readers.read(move |store| store.ballots_over_time(pool).map_err(store_problem)).await?;
            let mut charts = app.charts.lock().unwrap_or_else(PoisonError::into_inner);
            if charts.len() >= MAX_CHARTS && !charts.contains_key(&election) {
                charts.pop_first();
            }
            charts.insert(election, (entries, points.clone()));
            points
        }
    };
    let step = points.len().div_ceil(MAX_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let points = points.iter().enumerate().filter(|(place, _)| place % step == 0 || *place == last);
    let points = points.map(|(_, point)| TurnoutPoint {
        time: point.time.seconds(),
        ballots: point.ballots,
        counted: point.counted,
    });
    let response = http::json(&Turnout { points: points.collect() })?;
    Ok(http::tagged(&headers, http::etag(&format!("{id}-t{entries}")), Freshness::Growing, response))
}

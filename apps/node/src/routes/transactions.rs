//! Submitting transactions, and looking them up.

use axum::{
    extract::{Request, State},
    http::HeaderMap,
};
use serde::Serialize;
use tabella_ledger::store::{Store, StoredEntry};
use tabella_protocol::{
    asset,
    election::{self, ElectionAction, ElectionId},
    transaction::{LoggedTransaction, MAX_TRANSACTION_BYTES, Transaction, TransactionDigest, TransactionEffects},
};
use tabella_verifier::{election::election_log, log::Origin};
use tokio::sync::oneshot;
use utoipa::ToSchema;

use crate::{
    address::{Doing, Source},
    http::{self, Answer, Freshness, Path},
    problem::{Kind, Problem},
    queue::NotQueued,
    readers::store_problem,
    state::App,
    view::log_name,
    writer::{Job, Settled},
};

/// Bodies up to this size are read without asking whether there is memory.
const SMALL: u64 = 256 << 10;
/// How long a client waits when there is no room.
const PAUSE: u64 = 2;

/// Where a transaction stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Settlement {
    /// Its digest; of a ballot, the tracker.
    digest: String,
    /// Time of its block.
    time: u64,
    /// Its block.
    height: u64,
    /// Its number in the ledger.
    entry: u64,
    /// The log that holds it: the election's, else the ledger's.
    log: LogPlace,
    /// The election.
    #[serde(skip_serializing_if = "Option::is_none")]
    election: Option<String>,
}

/// A leaf of a log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogPlace {
    origin: String,
    /// How the log is named in URLs.
    hash: String,
    leaf: u64,
}

/// A transaction on the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransactionView {
    digest: String,
    entry: u64,
    height: u64,
    time: u64,
    bytes: usize,
    /// `opening`, `cast`, `transfer`, `close`, `publication`, `issue` or `other`.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    election: Option<String>,
    logs: Vec<LogPlace>,
    transfers: Vec<TransferView>,
    actions: Vec<ActionView>,
}

/// A transfer of a transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransferView {
    shape: &'static str,
    pool: String,
    nullifiers: Vec<String>,
    verifying_key: String,
}

/// An action of a transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActionView {
    application: String,
    bytes: usize,
}

fn place(origin: &Origin, leaf: u64) -> LogPlace {
    LogPlace { origin: origin.to_string(), hash: hex::encode(log_name(origin)), leaf }
}

/// Submits a transaction; the answer comes when it is on the disk.
#[utoipa::path(post, path = "/v1/transactions", tag = "transactions",
    request_body(content_type = "application/octet-stream", description = "borsh of Transaction"),
    responses((status = 200, body = Settlement), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn submit(State(app): State<App>, request: Request) -> Answer {
    let source = request.extensions().get::<Source>().copied();
    let source = source.ok_or_else(|| Problem::internal(&"a request without a source"))?;
    app.shared.limits.count(Doing::Submission, source)?;
    let announced = http::announced_length(request.headers());
    let _room = match announced {
        Some(length) if length <= SMALL => None,
        _ => Some(app.large.try_acquire().map_err(|_| {
            Problem::new(Kind::QueueFull, "other large transactions are being read").retry_after(PAUSE)
        })?),
    };
    let bytes = http::body(request, MAX_TRANSACTION_BYTES).await?;
    let size = bytes.len();
    let transaction: Transaction = decode(&app, bytes).await?;
    let digest = transaction.effects.digest();
    if let Some(known) = find(&app, digest).await? {
        return Err(already(&known));
    }
    let (reply, answer) = oneshot::channel();
    let full = || Problem::new(Kind::QueueFull, "too many transactions wait to be verified").retry_after(PAUSE);
    match app.shared.queue.push(source, size, Job { transaction, reply }) {
        Ok(displaced) => {
            for job in displaced {
                // Its sender may have left.
                let _ = job.reply.send(Err(full()));
            }
        }
        Err(NotQueued::Full(_)) => {
            app.shared.metrics.count_submission(Some(Kind::QueueFull));
            return Err(full());
        }
        Err(NotQueued::Closed(_)) => {
            return Err(Problem::new(Kind::Unavailable, "the node is stopping").retry_after(10));
        }
    }
    // A channel that closes without an answer: the writer has ended.
    let settled = answer.await.unwrap_or_else(|_| Err(Problem::new(Kind::Unavailable, "the node is stopping")));
    match settled {
        Ok(settled) => http::json(&settlement(&app, &settled)?),
        Err(problem) if problem.member("rule").is_some_and(|rule| rule == "duplicate") => {
            match find(&app, digest).await? {
                Some(known) => Err(already(&known)),
                None => Err(problem),
            }
        }
        Err(problem) => Err(problem),
    }
}

async fn decode(app: &App, bytes: axum::body::Bytes) -> Result<Transaction, Problem> {
    // Reading points takes time: not on the threads that answer requests, and not on more than there are cores.
    let permit = app.decoding.acquire().await;
    let _permit = permit.map_err(|_| Problem::new(Kind::Unavailable, "the node is stopping"))?;
    let read = tokio::task::spawn_blocking(move || borsh::from_slice::<Transaction>(&bytes)).await;
    let read = read.map_err(|_| Problem::malformed("the transaction does not decode"))?;
    read.map_err(|error| Problem::malformed(format!("the transaction does not decode: {error}")))
}

fn settlement(app: &App, settled: &Settled) -> Result<Settlement, Problem> {
    let accepted = &settled.accepted;
    let (log, election) = match accepted.election {
        Some((election, leaf)) => {
            let origin = election_log(&app.facts.name, election).map_err(|error| Problem::internal(&error))?;
            (place(&origin, leaf), Some(election.to_string()))
        }
        None => (place(&app.facts.name, accepted.entry.get()), None),
    };
    Ok(Settlement {
        digest: accepted.digest.to_string(),
        time: accepted.time.seconds(),
        height: settled.height,
        entry: accepted.entry.get(),
        log,
        election,
    })
}

fn already(known: &Settlement) -> Problem {
    let members = serde_json::to_value(known).unwrap_or_default();
    Problem::new(Kind::AlreadyAccepted, "a transaction of this digest is on the ledger").with_all(members)
}

/// Where a digest stands, if it is on the ledger.
async fn find(app: &App, digest: TransactionDigest) -> Result<Option<Settlement>, Problem> {
    let (name, view) = (app.facts.name.clone(), app.view());
    app.readers
        .read(move |store| {
            let Some(entry) = store.entry_by_digest(digest).map_err(store_problem)? else { return Ok(None) };
            let mut log = place(&name, entry.number.get());
            let mut election = None;
            for view in &view.elections {
                if let Ok(Some(leaf)) = store.leaf_of(&view.facts.log, entry.number) {
                    (log, election) = (place(&view.facts.log, leaf), Some(view.facts.id.to_string()));
                    break;
                }
            }
            Ok(Some(Settlement {
                digest: digest.to_string(),
                time: entry.time.seconds(),
                height: entry.height.get(),
                entry: entry.number.get(),
                log,
                election,
            }))
        })
        .await
}

/// A transaction that was accepted: its summary, or its bytes.
#[utoipa::path(get, path = "/v1/transactions/{digest}", tag = "transactions",
    params(("digest" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = TransactionView), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn transaction(State(app): State<App>, Path(digest): Path<String>, headers: HeaderMap) -> Answer {
    let digest: TransactionDigest = http::id(&digest)?;
    let octets = http::wants_octets(&headers);
    let name = app.facts.name.clone();
    let response = app
        .readers
        .read(move |store| {
            let entry = store.entry_by_digest(digest).map_err(store_problem)?;
            let entry = entry.ok_or_else(|| Problem::not_found("there is no transaction of this digest"))?;
            if octets {
                return Ok(http::octets(entry.bytes));
            }
            http::json(&summary(store, &name, entry)?)
        })
        .await?;
    let tag = http::etag(&format!("{digest}{}", if octets { "-b" } else { "" }));
    let mut response = http::tagged(&headers, tag, Freshness::Immutable, response);
    response.headers_mut().insert(axum::http::header::VARY, axum::http::HeaderValue::from_static("accept"));
    Ok(response)
}

fn summary(store: &Store, name: &Origin, entry: StoredEntry) -> Result<TransactionView, Problem> {
    let logged: LoggedTransaction = borsh::from_slice(&entry.bytes).map_err(|error| Problem::internal(&error))?;
    let effects = &logged.transaction.effects;
    let mut logs = vec![place(name, entry.number.get())];
    let (mut kind, mut election) = kind(effects);
    for origin in store.logs().map_err(store_problem)?.into_iter().skip(1) {
        if let Some(leaf) = store.leaf_of(&origin, entry.number).map_err(store_problem)? {
            let id = origin.as_str().rsplit_once('/').and_then(|(_, id)| id.parse::<ElectionId>().ok());
            election = election.or(id);
            logs.push(place(&origin, leaf));
        }
    }
    if effects.actions.is_empty() {
        kind = "transfer";
    }
    Ok(TransactionView {
        digest: entry.digest.to_string(),
        entry: entry.number.get(),
        height: entry.height.get(),
        time: entry.time.seconds(),
        bytes: entry.bytes.len(),
        kind,
        election: election.map(|id| id.to_string()),
        logs,
        transfers: effects
            .transfers
            .iter()
            .map(|transfer| TransferView {
                shape: transfer.shape().name(),
                pool: transfer.pool.to_string(),
                nullifiers: transfer.nullifiers().iter().map(|nullifier| hex::encode(nullifier.to_bytes())).collect(),
                verifying_key: transfer.verifying_key.to_string(),
            })
            .collect(),
        actions: effects
            .actions
            .iter()
            .map(|action| ActionView { application: action.application.to_string(), bytes: action.body.len() })
            .collect(),
    })
}

/// What a transaction is, and of which election.
fn kind(effects: &TransactionEffects) -> (&'static str, Option<ElectionId>) {
    for action in &effects.actions {
        if action.application == election::APPLICATION {
            return match borsh::from_slice::<ElectionAction>(&action.body) {
                Ok(ElectionAction::Open(opening)) => ("opening", Some(opening.manifest.id())),
                Ok(ElectionAction::Cast(cast)) => ("cast", Some(cast.election)),
                Ok(ElectionAction::Close(close)) => ("close", Some(close.election)),
                Ok(ElectionAction::Publish(publication)) => ("publication", Some(publication.election)),
                Err(_) => ("other", None),
            };
        }
        if action.application == asset::APPLICATION {
            return ("issue", None);
        }
    }
    ("other", None)
}

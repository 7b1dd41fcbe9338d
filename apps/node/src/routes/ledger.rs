//! What the ledger is, and the keys that its proofs are under.

use axum::{extract::State, http::HeaderMap};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{self, Answer, Freshness, Path},
    keys::KeyRow,
    problem::Problem,
    state::App,
};

/// A ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerView {
    id: String,
    name: String,
    /// Ed25519 key that signs checkpoints.
    key: String,
    /// The same as signed notes name it.
    verifier_key: String,
    /// False: anybody can forge proofs.
    production: bool,
    height: u64,
    entries: u64,
    /// Time of the last block.
    time: u64,
    /// The node's clock.
    now: u64,
    verifying_keys: Vec<VerifyingKeyView>,
    /// The ledger's own log.
    log: String,
    elections: usize,
    assets: usize,
}

/// A verifying key that the ledger accepts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifyingKeyView {
    shape: &'static str,
    id: String,
    /// `development` or `ceremony`.
    origin: String,
}

/// The ledger of this node.
#[utoipa::path(get, path = "/v1/ledger", tag = "ledger", responses((status = 200, body = LedgerView)))]
pub(crate) async fn ledger(State(app): State<App>) -> Answer {
    let (facts, view) = (&app.facts, app.view());
    http::json(&LedgerView {
        id: facts.id.to_string(),
        name: facts.name.to_string(),
        key: hex::encode(facts.verifier.key().to_bytes()),
        verifier_key: facts.verifier.to_string(),
        production: facts.production,
        height: view.height,
        entries: view.entries,
        time: view.time.seconds(),
        now: app.now().seconds(),
        verifying_keys: facts
            .keys
            .iter()
            .map(|file| VerifyingKeyView {
                shape: file.key.shape().name(),
                id: file.key.id().to_string(),
                origin: file.origin.to_string(),
            })
            .collect(),
        log: hex::encode(facts.log),
        elections: view.elections.len(),
        assets: view.assets.len(),
    })
}

/// Files of keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    keys: Vec<KeyRow>,
}

/// The files of proving and verifying keys.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", responses((status = 200, body = KeyList)))]
pub(crate) async fn keys(State(app): State<App>) -> Answer {
    http::json(&KeyList { keys: app.keys.rows().to_vec() })
}

/// A key's file by its hash.
#[utoipa::path(get, path = "/v1/keys/{hash}", tag = "keys", params(("hash" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn key(State(app): State<App>, Path(hash): Path<String>, headers: HeaderMap) -> Answer {
    let file = app.keys.file(&hash).ok_or_else(|| Problem::not_found("there is no key of this hash"))?;
    let length = file.len();
    let mut response = http::octets(file);
    response.headers_mut().insert(axum::http::header::CONTENT_LENGTH, length.into());
    Ok(http::tagged(&headers, http::etag(&hash), Freshness::Immutable, response))
}

//! The transparency logs: checkpoints, proofs, tiles.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde::{Deserialize, Serialize};
use tabella_ledger::store::TILE_WIDTH;
use tabella_verifier::log::{Height, LogHash, Origin};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{self, Answer, Freshness, Path, Query},
    problem::Problem,
    readers::store_problem,
    routes::Page,
    state::App,
};

/// Logs of a page.
const LOGS: (u32, u32) = (100, 500);

/// A log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogView {
    origin: String,
    hash: String,
    size: u64,
    election: Option<String>,
}

/// All logs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogList {
    logs: Vec<LogView>,
    /// `after` of the next page.
    next: Option<u64>,
}

/// Which checkpoint.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckpointQuery {
    /// A height: the newest checkpoint at or before it.
    at: Option<u64>,
}

/// Which inclusion proof.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InclusionQuery {
    /// Index of the leaf.
    leaf: u64,
    /// Size of the tree.
    size: Option<u64>,
}

/// Which consistency proof.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsistencyQuery {
    /// The older size.
    from: u64,
    /// The newer size.
    to: Option<u64>,
}

/// An inclusion proof.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InclusionView {
    leaf: u64,
    size: u64,
    path: Vec<String>,
}

/// A consistency proof.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsistencyView {
    from: u64,
    to: u64,
    path: Vec<String>,
}

/// The log that a path names, and its size.
fn log(app: &App, name: &str) -> Result<(Origin, u64), Problem> {
    let mut bytes = [0; 32];
    let missing = || Problem::not_found("there is no log of this hash");
    hex::decode_to_slice(name, &mut bytes).map_err(|_| missing())?;
    let view = app.view();
    if bytes == app.facts.log {
        return Ok((app.facts.name.clone(), view.entries));
    }
    let election = view.election_of_log(&bytes).ok_or_else(missing)?;
    Ok((election.facts.log.clone(), election.entries))
}

/// All logs of the ledger: its own, and one of each election.
#[utoipa::path(get, path = "/v1/logs", tag = "logs", params(Page),
    responses((status = 200, body = LogList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn logs(State(app): State<App>, Query(page): Query<Page>) -> Answer {
    let view = app.view();
    let skip = usize::try_from(page.after).unwrap_or(usize::MAX);
    let limit = page.limit(LOGS.0, LOGS.1) as usize;
    let own = LogView {
        origin: app.facts.name.to_string(),
        hash: hex::encode(app.facts.log),
        size: view.entries,
        election: None,
    };
    let others = view.elections.iter().map(|election| LogView {
        origin: election.facts.log.to_string(),
        hash: hex::encode(election.facts.log_name),
        size: election.entries,
        election: Some(election.facts.id.to_string()),
    });
    let logs: Vec<_> = std::iter::once(own).chain(others).skip(skip).take(limit).collect();
    let end = skip.saturating_add(logs.len());
    let next = (!logs.is_empty() && end <= view.elections.len()).then_some(end as u64);
    http::json(&LogList { logs, next })
}

/// A signed checkpoint.
#[utoipa::path(get, path = "/v1/logs/{log}/checkpoint", tag = "logs", params(("log" = String, Path), CheckpointQuery),
    responses((status = 200, content_type = "text/plain", body = String),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn checkpoint(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<CheckpointQuery>,
    headers: HeaderMap,
) -> Answer {
    let (origin, _) = log(&app, &name)?;
    let at = query.at.unwrap_or(u64::MAX).min(i64::MAX.unsigned_abs());
    let signed = app
        .readers
        .read(move |store| store.checkpoint_at(&origin, Height::new(at)).map_err(store_problem))
        .await?
        .ok_or_else(|| Problem::not_found("there is no checkpoint yet"))?;
    let size = signed.unverified().size();
    let height = signed.unverified().stamp().map_or(0, |stamp| stamp.height.get());
    let mut response = Response::new(signed.to_bytes().into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(http::tagged(&headers, http::etag(&format!("checkpoint-{size}-{height}")), Freshness::Growing, response))
}

fn hashes(path: &[LogHash]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

/// Answers with a proof, as bytes or as JSON.
fn proof(headers: &HeaderMap, tag: &str, view: &impl Serialize, bytes: Vec<u8>) -> Answer {
    let octets = http::wants_octets(headers);
    let tag = http::etag(&format!("{tag}{}", if octets { "-b" } else { "" }));
    let response = if octets { http::octets(bytes) } else { http::json(view)? };
    let mut response = http::tagged(headers, tag, Freshness::Immutable, response);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// That a leaf is in the log.
#[utoipa::path(get, path = "/v1/logs/{log}/inclusion", tag = "logs", params(("log" = String, Path), InclusionQuery),
    responses((status = 200, body = InclusionView), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn inclusion(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<InclusionQuery>,
    headers: HeaderMap,
) -> Answer {
    let (origin, present) = log(&app, &name)?;
    let (leaf, size) = (query.leaf, query.size.unwrap_or(present));
    let found =
        app.readers.read(move |store| store.inclusion_proof(&origin, leaf, size).map_err(store_problem)).await?;
    let view = InclusionView { leaf, size, path: hashes(found.path()) };
    let bytes = borsh::to_vec(&found).expect("writing to memory");
    proof(&headers, &format!("inclusion-{leaf}-{size}"), &view, bytes)
}

/// That nothing vanished from the log.
#[utoipa::path(get, path = "/v1/logs/{log}/consistency", tag = "logs", params(("log" = String, Path), ConsistencyQuery),
    responses((status = 200, body = ConsistencyView), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn consistency(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<ConsistencyQuery>,
    headers: HeaderMap,
) -> Answer {
    let (origin, present) = log(&app, &name)?;
    let (from, to) = (query.from, query.to.unwrap_or(present));
    let found =
        app.readers.read(move |store| store.consistency_proof(&origin, from, to).map_err(store_problem)).await?;
    let view = ConsistencyView { from, to, path: hashes(found.path()) };
    let bytes = borsh::to_vec(&found).expect("writing to memory");
    proof(&headers, &format!("consistency-{from}-{to}"), &view, bytes)
}

/// A tile of the log's tree (c2sp.org/tlog-tiles).
#[utoipa::path(get, path = "/v1/logs/{log}/tile/{level}/{index}", tag = "logs",
    params(("log" = String, Path), ("level" = u8, Path), ("index" = String, Path, description = "as in x001/234.p/5")),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn tile(
    State(app): State<App>,
    Path((name, level, index)): Path<(String, u8, String)>,
    headers: HeaderMap,
) -> Answer {
    let (origin, _) = log(&app, &name)?;
    let missing = || Problem::not_found("the log has no such tile");
    let (number, width) = parse_tile(&index).ok_or_else(missing)?;
    let hashes = app
        .readers
        .read(move |store| store.tile(&origin, level, number, width).map_err(store_problem))
        .await?
        .ok_or_else(missing)?;
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
    let tag = http::etag(&format!("tile-{level}-{number}-{width}"));
    Ok(http::tagged(&headers, tag, Freshness::Immutable, http::octets(bytes)))
}

/// Reads `x001/x234/067` or `x001/x234/067.p/8`: the tile's number, and its width.
fn parse_tile(text: &str) -> Option<(u64, u16)> {
    let (path, width) = match text.split_once(".p/") {
        Some((path, width)) => {
            let width: u16 = width.parse().ok().filter(|w| (1..TILE_WIDTH).contains(w) && w.to_string() == width)?;
            (path, width)
        }
        None => (text, TILE_WIDTH),
    };
    let groups: Vec<&str> = path.split('/').collect();
    let (last, before) = groups.split_last()?;
    let mut number: u64 = 0;
    for group in before.iter().map(|group| group.strip_prefix('x')).chain([Some(*last)]) {
        let group = group.filter(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()))?;
        number = number.checked_mul(1_000)?.checked_add(group.parse().ok()?)?;
    }
    // One path for each number.
    let canonical = before.first().is_none_or(|first| *first != "x000");
    canonical.then_some((number, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_tiles_are_read_in_their_one_form() {
        assert_eq!(parse_tile("000"), Some((0, 256)));
        assert_eq!(parse_tile("x001/234"), Some((1_234, 256)));
        assert_eq!(parse_tile("x001/x234/067.p/8"), Some((1_234_067, 8)));
        let wrong = [
            "",
            "1",
            "0000",
            "x000/001",
            "001/234",
            "x001",
            "+01",
            "000.p/0",
            "000.p/256",
            "000.p/08",
            "x999/x999/x999/x999/x999/x999/x999/999",
        ];
        for wrong in wrong {
            assert_eq!(parse_tile(wrong), None, "{wrong}");
        }
    }
}

//! Records and receipts: what voters and verifiers keep.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures_util::stream;
use tabella_ledger::store::{Store, StoreError};
use tabella_protocol::{
    election::{ElectionId, MAGIC},
    transaction::{LoggedTransaction, TransactionDigest, VerifyingKeyId},
};
use tabella_verifier::log::Origin;

use crate::{
    http::{self, Answer, Freshness, Path},
    problem::Problem,
    readers::store_problem,
    routes::elections::find,
    state::App,
};

/// Entries that are read at once.
const PAGE: u32 = 64;
/// The first line of the command line's file "ballot receipt".
const RECEIPT_FILE: &[u8] = b"tabella ballot receipt 1\n";

/// The verifying keys that an election's entries name, as far as they were read.
pub(crate) type RecordKeys = BTreeMap<ElectionId, (u64, BTreeSet<VerifyingKeyId>)>;

/// The record of an election as it stands.
#[utoipa::path(get, path = "/v1/elections/{id}/record", tag = "elections", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn record(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let view = find(&app, &id)?;
    let election = view.facts.id;
    let log = view.facts.log.clone();
    let (checkpoint, size) = app
        .readers
        .read(move |store| {
            let signed = store.latest_checkpoint(&log).map_err(store_problem)?;
            let signed = signed.ok_or_else(|| Problem::internal(&"an election's log without a checkpoint"))?;
            Ok((signed.to_bytes(), signed.unverified().size()))
        })
        .await?;
    let tag = http::etag(&format!("{id}-r{size}"));
    if http::is_known(&headers, &tag) {
        return Ok(http::tagged(&headers, tag, Freshness::Growing, Response::default()));
    }
    let keys = used_keys(&app, election, view.facts.log.clone(), size).await?;
    let log = view.facts.log.clone();
    let entries = app.readers.read(move |store| store.log_bytes(&log, size).map_err(store_problem)).await?;

    let accepted = app.facts.keys.iter().filter(|file| keys.contains(&file.key.id()));
    let verifying_keys: Vec<Vec<u8>> = accepted.map(|file| file.to_bytes()).collect();
    let mut head = MAGIC.to_vec();
    let facts = (app.facts.name.as_str(), app.facts.verifier.key().to_bytes(), verifying_keys);
    borsh::to_writer(&mut head, &facts).expect("writing to memory");
    let count = u32::try_from(size).map_err(|error| Problem::internal(&error))?;
    borsh::to_writer(&mut head, &count).expect("writing to memory");
    let tail = borsh::to_vec(&checkpoint).expect("writing to memory");
    let length = head.len() as u64 + entries + tail.len() as u64;

    let body = Body::from_stream(stream::try_unfold(
        Streamed { app: app.clone(), log: view.facts.log.clone(), head: Some(head), tail: Some(tail), next: 0, size },
        Streamed::step,
    ));
    let mut response = http::octets(body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let name = format!("attachment; filename=\"{}.tabella\"", id.get(..16).unwrap_or("election"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(http::tagged(&headers, tag, Freshness::Growing, response))
}

/// A record on its way.
struct Streamed {
    app: App,
    log: Origin,
    head: Option<Vec<u8>>,
    tail: Option<Vec<u8>>,
    next: u64,
    size: u64,
}

impl Streamed {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        if let Some(head) = self.head.take() {
            return Ok(Some((head.into(), self)));
        }
        if self.next < self.size {
            let (log, first) = (self.log.clone(), self.next);
            let limit = u32::try_from(self.size - first).unwrap_or(PAGE).min(PAGE);
            let ended = || StoreError::Damaged { what: "a log that ends before its size".to_owned() };
            let page =
                self.app.readers.read(move |store| store.entries_of_log(&log, first, limit).map_err(store_problem));
            let page = page.await.map_err(|_| ended())?;
            if page.is_empty() {
                return Err(ended());
            }
            self.next += page.len() as u64;
            let bytes: Vec<u8> = page.into_iter().flat_map(|entry| entry.bytes).collect();
            return Ok(Some((bytes.into(), self)));
        }
        Ok(self.tail.take().map(|tail| (tail.into(), self)))
    }
}

/// The verifying keys that the first `size` entries of a log name.
async fn used_keys(
    app: &App,
    election: ElectionId,
    log: Origin,
    size: u64,
) -> Result<BTreeSet<VerifyingKeyId>, Problem> {
    let (mut next, mut keys) = {
        let known = app.record_keys.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&election).cloned().unwrap_or_default()
    };
    if next < size {
        (next, keys) = app
            .readers
            .read(move |store| {
                while next < size {
                    let limit = u32::try_from(size - next).unwrap_or(PAGE).min(PAGE);
                    let page = store.entries_of_log(&log, next, limit).map_err(store_problem)?;
                    if page.is_empty() {
                        break;
                    }
                    for entry in page {
                        let logged: LoggedTransaction =
                            borsh::from_slice(&entry.bytes).map_err(|error| Problem::internal(&error))?;
                        let transfers = logged.transaction.effects.transfers;
                        keys.extend(transfers.iter().map(|transfer| transfer.verifying_key));
                        next += 1;
                    }
                }
                Ok((next, keys))
            })
            .await?;
        let mut known = app.record_keys.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(election, (next, keys.clone()));
    }
    Ok(keys)
}

/// A receipt: the file that `tabella voter receipt` writes.
#[utoipa::path(get, path = "/v1/elections/{id}/receipts/{tracker}", tag = "elections",
    params(("id" = String, Path), ("tracker" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn receipt(State(app): State<App>, Path((id, tracker)): Path<(String, String)>) -> Answer {
    let view = find(&app, &id)?;
    let tracker: TransactionDigest = http::id(&tracker)?;
    let ledger = (app.facts.name.as_str().to_owned(), app.facts.verifier.key().to_bytes());
    let bytes = app
        .readers
        .read(move |store| {
            let log = &view.facts.log;
            let missing = || Problem::not_found("the election's log has no ballot of this tracker");
            let entry = store.entry_by_digest(tracker).map_err(store_problem)?.ok_or_else(missing)?;
            let leaf = store.leaf_of(log, entry.number).map_err(store_problem)?.ok_or_else(missing)?;
            let (checkpoint, size) = newest(store, log)?;
            let inclusion = store.inclusion_proof(log, leaf, size).map_err(store_problem)?;
            let mut bytes = RECEIPT_FILE.to_vec();
            let content = (&view.facts.manifest, ledger.0, ledger.1, tracker, entry.bytes, inclusion, checkpoint);
            borsh::to_writer(&mut bytes, &content).expect("writing to memory");
            Ok(bytes)
        })
        .await?;
    let mut response = http::octets(bytes);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

fn newest(store: &Store, log: &Origin) -> Result<(Vec<u8>, u64), Problem> {
    let signed = store.latest_checkpoint(log).map_err(store_problem)?;
    let signed = signed.ok_or_else(|| Problem::internal(&"a log without a checkpoint"))?;
    Ok((signed.to_bytes(), signed.unverified().size()))
}

//! Blocks and entries.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::{Deserialize, Serialize};
use tabella_ledger::store::{Block, EntryNumber, Store, StoredEntry};
use tabella_verifier::log::Height;
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{self, Answer, Freshness, Path, Query},
    problem::Problem,
    readers::store_problem,
    routes::Page,
    state::App,
};

/// Bytes after which a page of entries ends.
const PAGE_BYTES: usize = 4 << 20;
/// Entries that are read from the database at once: one may be large.
const STEP: u32 = 16;
/// Entries of a page.
pub(crate) const ENTRIES: (u32, u32) = (256, 1_000);
/// Blocks of a page.
const BLOCKS: (u32, u32) = (100, 500);
/// Transactions that a block lists.
const MAX_LISTED: u32 = 10_000;

/// A block.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockView {
    height: u64,
    time: u64,
    first_entry: u64,
    entries: u64,
}

/// Blocks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockList {
    blocks: Vec<BlockView>,
    /// `after` of the next page.
    next: Option<u64>,
}

/// A block with what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockDetail {
    #[serde(flatten)]
    block: BlockView,
    transactions: Vec<EntryView>,
    /// The ledger's checkpoint after it.
    checkpoint: Option<String>,
}

/// An entry in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    entry: u64,
    digest: String,
    bytes: u64,
}

/// Which blocks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BlockQuery {
    /// The last height that you have.
    after: Option<u64>,
    limit: Option<u32>,
    /// `descending`: the newest first.
    #[serde(default)]
    order: Order,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    /// The oldest first.
    #[default]
    Ascending,
    /// The newest first.
    Descending,
}

impl From<Block> for BlockView {
    fn from(block: Block) -> Self {
        Self {
            height: block.height.get(),
            time: block.time.seconds(),
            first_entry: block.first_entry.get(),
            entries: block.entries,
        }
    }
}

/// Blocks.
#[utoipa::path(get, path = "/v1/blocks", tag = "ledger", params(BlockQuery),
    responses((status = 200, body = BlockList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn blocks(State(app): State<App>, Query(query): Query<BlockQuery>) -> Answer {
    let limit = query.limit.unwrap_or(BLOCKS.0).clamp(1, BLOCKS.1);
    let height = app.view().height;
    let list = app
        .readers
        .read(move |store| {
            let read = |first: u64, limit: u32| -> Result<Vec<BlockView>, Problem> {
                let blocks = store.blocks_from(Height::new(first), limit).map_err(store_problem)?;
                Ok(blocks.into_iter().map(BlockView::from).collect())
            };
            if query.order == Order::Descending {
                let end = query.after.unwrap_or(u64::MAX).min(height.saturating_add(1));
                let first = end.saturating_sub(u64::from(limit)).max(1);
                let count = u32::try_from(end.saturating_sub(first)).unwrap_or(limit);
                let mut blocks = if count == 0 { Vec::new() } else { read(first, count)? };
                blocks.reverse();
                let next = blocks.last().map(|last| last.height).filter(|last| *last > 1);
                return Ok(BlockList { blocks, next });
            }
            let after = query.after.unwrap_or(0);
            if after >= height {
                return Ok(BlockList { blocks: Vec::new(), next: None });
            }
            let blocks = read(after + 1, limit)?;
            let next = blocks.last().map(|last| last.height).filter(|last| *last < height);
            Ok(BlockList { blocks, next })
        })
        .await?;
    http::json(&list)
}

/// A block with its transactions.
#[utoipa::path(get, path = "/v1/blocks/{height}", tag = "ledger", params(("height" = u64, Path)),
    responses((status = 200, body = BlockDetail), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn block(State(app): State<App>, Path(height): Path<u64>, headers: HeaderMap) -> Answer {
    let missing = || Problem::not_found("there is no block of this height");
    if height == 0 || height > app.view().height {
        return Err(missing());
    }
    let name = app.facts.name.clone();
    let detail = app
        .readers
        .read(move |store| {
            let blocks = store.blocks_from(Height::new(height), 1).map_err(store_problem)?;
            let block = blocks.into_iter().next().filter(|block| block.height.get() == height).ok_or_else(missing)?;
            let limit = u32::try_from(block.entries).unwrap_or(MAX_LISTED).min(MAX_LISTED);
            let listed = store.summaries_from(block.first_entry, limit).map_err(store_problem)?;
            let checkpoint = store.checkpoint_at(&name, block.height).map_err(store_problem)?;
            Ok(BlockDetail {
                block: block.into(),
                transactions: listed
                    .into_iter()
                    .map(|entry| EntryView {
                        entry: entry.number.get(),
                        digest: entry.digest.to_string(),
                        bytes: entry.bytes,
                    })
                    .collect(),
                checkpoint: checkpoint.and_then(|signed| String::from_utf8(signed.to_bytes()).ok()),
            })
        })
        .await?;
    Ok(http::tagged(&headers, http::etag(&format!("block-{height}")), Freshness::Immutable, http::json(&detail)?))
}

/// The ledger's entries.
#[utoipa::path(get, path = "/v1/entries", tag = "ledger", params(Page),
    responses((status = 200, content_type = "application/octet-stream", description = "frames of LoggedTransaction"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn entries(State(app): State<App>, Query(page): Query<Page>, headers: HeaderMap) -> Answer {
    let read = |store: &Store, first, limit| store.entries_from(EntryNumber::new(first), limit).map_err(store_problem);
    page_of_entries(&app, "ledger", app.view().entries, page, headers, read).await
}

/// A page of the entries of a log of so many entries.
pub(crate) async fn page_of_entries(
    app: &App,
    tag: &str,
    size: u64,
    page: Page,
    headers: HeaderMap,
    read: impl Fn(&Store, u64, u32) -> Result<Vec<StoredEntry>, Problem> + Send + 'static,
) -> Answer {
    let limit = page.limit(ENTRIES.0, ENTRIES.1);
    let first = page.after;
    let wanted = u64::from(limit).min(size.saturating_sub(first));
    let (frames, ended): (Vec<Vec<u8>>, bool) = app
        .readers
        .read(move |store| {
            let (mut frames, mut bytes) = (Vec::new(), 0);
            while (frames.len() as u64) < wanted {
                let left = wanted - frames.len() as u64;
                let step = u32::try_from(left).unwrap_or(STEP).min(STEP);
                let entries = read(store, first + frames.len() as u64, step)?;
                if entries.is_empty() {
                    break;
                }
                for entry in entries {
                    // The first one is told however large it is.
                    if !frames.is_empty() && bytes + entry.bytes.len() > PAGE_BYTES {
                        return Ok((frames, true));
                    }
                    bytes += entry.bytes.len();
                    frames.push(entry.bytes);
                }
            }
            Ok((frames, false))
        })
        .await?;
    let count = frames.len() as u64;
    let full = ended || count == u64::from(limit);
    let tag = http::etag(&format!("{tag}-{first}-{count}-{limit}"));
    let response: Response = http::frames(frames.iter().map(Vec::as_slice), first, size)?;
    let freshness = if full { Freshness::Immutable } else { Freshness::Growing };
    let kept = [http::FIRST, http::NEXT, http::SIZE].map(|name| (name.clone(), response.headers().get(&name).cloned()));
    let mut response = http::tagged(&headers, tag, freshness, response);
    // Also with 304, which says nothing else.
    for (name, value) in kept {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

//! The board.

use axum::{
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use tabella_protocol::{
    board::{InvitationId, MAX_BODY_BYTES, MessageKind, Signed},
    election::RegistrationId,
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    address::{Doing, Source},
    board::{self, BoardRow, BoardView, Boards, InvitationView, Kept, MessageRow},
    events::Topic,
    http::{self, Answer, Freshness, Path, Query},
    problem::{Kind, Problem},
    state::App,
};

/// Boards and messages of a page.
const ROWS: (u32, u32) = (100, 500);
/// Longest body of a small post.
const SMALL: usize = 4 << 10;
/// What a message has around its body.
const ENVELOPE: usize = 1 << 10;

/// Boards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardList {
    boards: Vec<BoardRow>,
    /// `after` of the next page.
    next: Option<String>,
}

/// Messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageList {
    messages: Vec<MessageRow>,
    /// `after` of the next page.
    next: Option<u32>,
}

/// A board that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Opened {
    board: String,
}

/// A message that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Posted {
    sequence: u32,
}

/// A registration that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredView {
    registered: bool,
}

/// Which boards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoardQuery {
    /// Id of the last board that you have.
    after: Option<String>,
    limit: Option<u32>,
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// The last sequence number that you have.
    #[serde(default)]
    after: u32,
    limit: Option<u32>,
    /// Of this kind only.
    kind: Option<String>,
}

/// Reads the body of a post.
async fn read_post(app: &App, request: Request, limit: usize) -> Result<Bytes, Problem> {
    let source = request.extensions().get::<Source>().copied();
    let source = source.ok_or_else(|| Problem::internal(&"a request without a source"))?;
    app.shared.limits.count(Doing::Post, source)?;
    let small = http::announced_length(request.headers()).is_some_and(|length| length <= 256 << 10);
    let _room = if small || limit <= SMALL {
        None
    } else {
        let permit = app.large.try_acquire();
        Some(permit.map_err(|_| Problem::new(Kind::QueueFull, "other large posts are being read").retry_after(2))?)
    };
    http::body(request, limit).await
}

/// Works with the boards, on a thread that may wait for the disk.
async fn with<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Boards) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let boards = app.boards.clone();
    tokio::task::spawn_blocking(move || work(&boards)).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

const fn status<T>(kept: &Kept<T>) -> StatusCode {
    match kept {
        Kept::New(_) => StatusCode::CREATED,
        Kept::Before(_) => StatusCode::OK,
    }
}

fn decode<T: borsh::BorshDeserialize>(bytes: &[u8]) -> Result<T, Problem> {
    borsh::from_slice(bytes).map_err(|error| Problem::malformed(format!("the body does not decode: {error}")))
}

/// Leaves so many rows, and tells whether there were more: a page reads one row more than it shows.
fn shorten<T>(rows: &mut Vec<T>, limit: u32) -> bool {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    more
}

/// Opens a board.
#[utoipa::path(post, path = "/v1/boards", tag = "board",
    request_body(content_type = "application/octet-stream", description = "borsh of Signed<BoardOpening>"),
    responses((status = 201, body = Opened), (status = 200, body = Opened),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn open(State(app): State<App>, request: Request) -> Answer {
    let bytes = read_post(&app, request, SMALL).await?;
    let signed = decode::<Signed<_>>(&bytes)?;
    let now = app.now();
    let kept = with(&app, move |boards| boards.open_board(&signed, now)).await?;
    let (Kept::New(id) | Kept::Before(id)) = &kept;
    http::json_with(status(&kept), &Opened { board: id.to_string() })
}

/// All boards.
#[utoipa::path(get, path = "/v1/boards", tag = "board", params(BoardQuery),
    responses((status = 200, body = BoardList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn list(State(app): State<App>, Query(query): Query<BoardQuery>) -> Answer {
    let limit = query.limit.unwrap_or(ROWS.0).clamp(1, ROWS.1);
    let after = query.after.as_deref().filter(|text| !text.is_empty()).map(http::id).transpose()?;
    let mut boards = with(&app, move |boards| boards.list(after, limit + 1)).await?;
    let more = shorten(&mut boards, limit);
    let next = boards.last().filter(|_| more).map(|last| last.board.clone());
    http::json(&BoardList { boards, next })
}

/// A board.
#[utoipa::path(get, path = "/v1/boards/{board}", tag = "board", params(("board" = String, Path)),
    responses((status = 200, body = BoardView), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn board(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let id: RegistrationId = http::id(&id)?;
    http::json(&with(&app, move |boards| boards.board(id)).await?)
}

/// Messages of a board.
#[utoipa::path(get, path = "/v1/boards/{board}/messages", tag = "board", params(("board" = String, Path), MessageQuery),
    responses((status = 200, body = MessageList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn messages(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<MessageQuery>,
) -> Answer {
    let id: RegistrationId = http::id(&id)?;
    let limit = query.limit.unwrap_or(ROWS.0).clamp(1, ROWS.1);
    let kind: Option<MessageKind> = match query.kind {
        Some(kind) => Some(kind.parse().map_err(|_| Problem::malformed("there is no such kind of message"))?),
        None => None,
    };
    let mut messages = with(&app, move |boards| boards.messages(id, query.after, kind, limit + 1)).await?;
    let more = shorten(&mut messages, limit);
    let next = messages.last().filter(|_| more).map(|last| last.sequence);
    http::json(&MessageList { messages, next })
}

/// A message's bytes.
#[utoipa::path(get, path = "/v1/boards/{board}/messages/{sequence}", tag = "board",
    params(("board" = String, Path), ("sequence" = u32, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn message(
    State(app): State<App>,
    Path((id, sequence)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Answer {
    let id: RegistrationId = http::id(&id)?;
    let (bytes, hash) = with(&app, move |boards| boards.message(id, sequence)).await?;
    Ok(http::tagged(&headers, http::etag(&hex::encode(hash)), Freshness::Immutable, http::octets(bytes)))
}

/// Posts a message.
#[utoipa::path(post, path = "/v1/boards/{board}/messages", tag = "board", params(("board" = String, Path)),
    request_body(content_type = "application/octet-stream", description = "borsh of Signed<BoardMessage>"),
    responses((status = 201, body = Posted), (status = 200, body = Posted),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn post(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    let id: RegistrationId = http::id(&id)?;
    let bytes = read_post(&app, request, MAX_BODY_BYTES + ENVELOPE).await?;
    let now = app.now();
    let kept = with(&app, move |boards| boards.post(id, &bytes, now)).await?;
    let (Kept::New((sequence, kind)) | Kept::Before((sequence, kind))) = kept;
    if matches!(kept, Kept::New(_)) {
        app.shared.events.tell(Topic::Board(id), None, board::event(id, sequence, kind));
    }
    http::json_with(status(&kept), &Posted { sequence })
}

/// Registers an address or a card.
#[utoipa::path(post, path = "/v1/boards/{board}/registrations", tag = "board", params(("board" = String, Path)),
    request_body(content_type = "application/octet-stream", description = "borsh of Registration"),
    responses((status = 201, body = RegisteredView), (status = 200, body = RegisteredView),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn register(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    let id: RegistrationId = http::id(&id)?;
    let bytes = read_post(&app, request, SMALL).await?;
    let now = app.now();
    let kept = with(&app, move |boards| boards.register(id, &bytes, now)).await?;
    http::json_with(status(&kept), &RegisteredView { registered: true })
}

/// The registrations, for the authority.
#[utoipa::path(post, path = "/v1/boards/{board}/registrations/query", tag = "board", params(("board" = String, Path)),
    request_body(content_type = "application/octet-stream", description = "borsh of Signed<RegistrationsQuery>"),
    responses((status = 200, content_type = "application/octet-stream", description = "frames of Registration"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn registrations(State(app): State<App>, Path(id): Path<String>, request: Request) -> Answer {
    let id: RegistrationId = http::id(&id)?;
    let bytes = read_post(&app, request, SMALL).await?;
    let signed = decode::<Signed<tabella_protocol::board::RegistrationsQuery>>(&bytes)?;
    let (now, after) = (app.now(), u64::from(signed.statement.after));
    let (page, size) = with(&app, move |boards| boards.registrations(id, &signed, now)).await?;
    let mut response = http::frames(page.iter().map(Vec::as_slice), after, size)?;
    let private = axum::http::HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(axum::http::header::CACHE_CONTROL, private);
    Ok(response)
}

/// Whether an invitation was used.
#[utoipa::path(get, path = "/v1/boards/{board}/invitations/{id}", tag = "board",
    params(("board" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = InvitationView), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn invitation(State(app): State<App>, Path((board, id)): Path<(String, String)>) -> Answer {
    let (board, id): (RegistrationId, InvitationId) = (http::id(&board)?, http::id(&id)?);
    http::json(&with(&app, move |boards| boards.invitation(board, id)).await?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn page_says_whether_there_is_more_and_shows_no_row_of_the_next() {
        for (read, limit, shown, more) in [(0, 2, 0, false), (1, 2, 1, false), (2, 2, 2, false), (3, 2, 2, true)] {
            let mut rows: Vec<u32> = (0..read).collect();
            assert_eq!((super::shorten(&mut rows, limit), rows.len()), (more, shown));
        }
    }
}

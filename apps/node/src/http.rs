//! What all routes share: reading queries, ids and bodies, and the forms of answers.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::{Serialize, de::DeserializeOwned};

use crate::problem::{Kind, Problem};

/// Type of bytes.
pub(crate) const OCTETS: &str = "application/octet-stream";
/// Index of the first frame of an answer.
pub(crate) const FIRST: HeaderName = HeaderName::from_static("tabella-first");
/// Where the next page begins.
pub(crate) const NEXT: HeaderName = HeaderName::from_static("tabella-next");
/// How many frames there are now.
pub(crate) const SIZE: HeaderName = HeaderName::from_static("tabella-size");

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// What a route answers.
pub(crate) type Answer = Result<Response, Problem>;

/// The query of a request. Unknown names are ignored.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|error| Problem::malformed(error.body_text()))
    }
}

/// The parts of a path, as texts.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|error| Problem::malformed(error.body_text()))
    }
}

/// Reads an id of 32 bytes.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    let well_formed = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let parsed = well_formed.then(|| text.parse().ok()).flatten();
    parsed.ok_or_else(|| Problem::malformed("an id has 64 hexadecimal digits, in lower case"))
}

/// Whether a client would rather have bytes than JSON.
pub(crate) fn wants_octets(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.split(',').any(|kind| kind.split(';').next().map(str::trim) == Some(OCTETS)))
}

/// Reads a body of bytes.
pub(crate) async fn body(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.and_then(|kind| kind.split(';').next()).is_none_or(|kind| !kind.trim().eq_ignore_ascii_case(OCTETS)) {
        return Err(Problem::new(Kind::UnsupportedType, format!("Content-Type must be {OCTETS}")));
    }
    let too_large = || Problem::new(Kind::TooLarge, format!("at most {limit} bytes"));
    if announced_length(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::malformed("the body ended before its end")),
    }
}

/// The length that a request announces.
pub(crate) fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// JSON that is asked for anew each time.
pub(crate) fn json(value: &impl Serialize) -> Answer {
    json_with(StatusCode::OK, value)
}

/// JSON with a status.
pub(crate) fn json_with(status: StatusCode, value: &impl Serialize) -> Answer {
    let text = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((status, headers, [(header::CACHE_CONTROL, REVALIDATE)], text).into_response())
}

/// How long an answer stays true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// For ever.
    Immutable,
    /// Until something is added.
    Growing,
}

/// The tag of an answer, from what determines it.
pub(crate) fn etag(text: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{text}\"")).unwrap_or(HeaderValue::from_static("\"-\""))
}

/// Whether a client has an answer already.
pub(crate) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tag.to_str().is_ok_and(|tag| tags.any(|known| known == tag || known == "*"))
}

/// Adds tag and freshness; answers 304 if the client has it.
pub(crate) fn tagged(headers: &HeaderMap, tag: HeaderValue, freshness: Freshness, response: Response) -> Response {
    let known = is_known(headers, &tag);
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { response };
    let freshness = if freshness == Freshness::Immutable { IMMUTABLE } else { REVALIDATE };
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, freshness);
    response
}

/// Bytes.
pub(crate) fn octets(bytes: impl Into<Body>) -> Response {
    let mut response = Response::new(bytes.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    response
}

/// Frames: each with its length before it.
pub(crate) fn frames<'a>(
    items: impl IntoIterator<Item = &'a [u8]>,
    first: u64,
    size: u64,
) -> Result<Response, Problem> {
    let (mut bytes, mut next) = (Vec::new(), first);
    for item in items {
        let length = u32::try_from(item.len()).map_err(|error| Problem::internal(&error))?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(item);
        next += 1;
    }
    let mut response = octets(bytes);
    for (name, value) in [(FIRST, first), (NEXT, next), (SIZE, size.max(next))] {
        response.headers_mut().insert(name, HeaderValue::from(value));
    }
    Ok(response)
}

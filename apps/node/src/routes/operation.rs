//! Health, numbers, the description of the interface, and the pages.

use std::sync::atomic::Ordering;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::{Html, IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};

use crate::{
    docs,
    http::{self, Answer, Freshness, Path},
    openapi,
    problem::{Kind, Problem},
    readers::store_problem,
    state::App,
};

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, content_type = "text/plain")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The node can do its work.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200, content_type = "text/plain"),
    (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn readyz(State(app): State<App>) -> Answer {
    app.readers.read(|store| store.probe().map_err(store_problem)).await?;
    if !app.shared.healthy.load(Ordering::SeqCst) {
        return Err(Problem::new(Kind::Unavailable, "the ledger cannot be written").retry_after(5));
    }
    Ok("ready\n".into_response())
}

/// Numbers for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, content_type = "text/plain")))]
pub(crate) async fn metrics(State(app): State<App>) -> Answer {
    let text = app.shared.metrics.render().map_err(|error| Problem::internal(&error))?;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// The description of the interface, for programs.
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], openapi::document()).into_response()
}

/// The description of the interface, for people.
pub(crate) async fn docs() -> Response {
    Html(docs::page()).into_response()
}

/// The style sheet of that page.
pub(crate) async fn docs_style(headers: HeaderMap) -> Response {
    let tag = http::etag(&hex::encode(&Sha256::digest(docs::style())[..16]));
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let response = ([(header::CONTENT_TYPE, kind)], docs::style()).into_response();
    http::tagged(&headers, tag, Freshness::Growing, response)
}

/// What a problem means.
pub(crate) async fn problem(Path(name): Path<String>) -> Answer {
    let kind = Kind::ALL.iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| Problem::not_found("there is no such problem"))?;
    let text = format!("{} ({})\n\n{}\n", kind.title(), kind.status(), kind.meaning());
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response())
}

/// A page, or nothing.
pub(crate) async fn page(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Answer {
    let missing = || Problem::not_found("there is no such page or route");
    let path = uri.path().strip_prefix('/').ok_or_else(missing)?;
    if path.starts_with("v1/") || !matches!(method, Method::GET | Method::HEAD) {
        return Err(missing());
    }
    app.pages.serve(path, &headers).ok_or_else(missing)
}

/// A route that does not take the method.
pub(crate) async fn method_not_allowed() -> Response {
    Problem::new(Kind::MethodNotAllowed, "this route does not take this method").into_response()
}

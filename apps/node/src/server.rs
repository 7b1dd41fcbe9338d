//! Connections: how many there may be, how slow they may be, and how they end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, Method, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::Service as _;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, Predicate as _, predicate},
    cors::CorsLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
};

use crate::{
    address::{Doing, Peer, Source, client},
    bare::{Explained, Turn},
    connections::Connections,
    headers::secure,
    problem::{Kind, Problem},
    routes,
    state::App,
};

/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long connections have to end when the node stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// Heads of requests are shorter.
const HEAD_BYTES: usize = 32 << 10;
/// The header of a request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The routes with everything around them.
pub(crate) fn service(app: &App) -> Router {
    let compressed = predicate::SizeAbove::new(512)
        .and(predicate::NotForContentType::const_new("application/octet-stream"))
        .and(predicate::NotForContentType::SSE)
        .and(predicate::NotForContentType::IMAGES);
    let exposed = [crate::http::FIRST, crate::http::NEXT, crate::http::SIZE, REQUEST_ID, header::ETAG];
    let readable = CorsLayer::new()
        .allow_origin(tower_http::cors::Any)
        .allow_methods([Method::GET, Method::HEAD])
        .expose_headers(exposed);
    routes::router()
        .with_state(app.clone())
        .layer(from_fn_with_state(app.clone(), in_time))
        .layer(CompressionLayer::new().gzip(true).compress_when(compressed))
        .layer(from_fn_with_state(app.clone(), limited))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(readable)
        .layer(from_fn(secure))
        .layer(from_fn_with_state(app.clone(), observed))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        // What a client calls its request is not taken over into the log.
        .layer(from_fn(unnamed))
}

async fn unnamed(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove(REQUEST_ID);
    next.run(request).await
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a route panicked");
    Problem::new(Kind::Internal, "the node could not do this").into_response()
}

/// One line of the log for each request: what was done, and how it ended; neither who nor what about.
async fn observed(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(page)", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).map(str::to_owned);
    let response = next.run(request).await;
    let (status, time) = (response.status().as_u16(), begun.elapsed());
    let method = if matches!(method, Method::GET | Method::POST | Method::HEAD) { method.as_str() } else { "other" };
    app.shared.metrics.observe_request(method, &route, status, time);
    let problem = response.extensions().get::<Kind>().map_or("", |kind| kind.name());
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request = id.unwrap_or_default(), method, route, status, problem, milliseconds, "request");
    response
}

/// Counts the request for its address.
async fn limited(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return Problem::internal(&"a request without a peer").into_response();
    };
    let source = Source::new(client(peer, request.headers(), &app.settings.forwarded));
    request.extensions_mut().insert(source);
    // Whoever watches the node must learn that it is flooded.
    let watched = matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics");
    if !watched && let Err(problem) = app.shared.limits.count(Doing::Request, source) {
        return problem.into_response();
    }
    next.run(request).await
}

/// Ends what takes too long. Streams have begun by then, and are not cut off.
async fn in_time(State(app): State<App>, request: Request, next: Next) -> Response {
    let limits = &app.settings.limits;
    let time = if request.method() == Method::POST { limits.submit_time() } else { limits.read_time() };
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Kind::Timeout, "it took longer than the node allows").retry_after(5).into_response(),
    }
}

/// Serves until it is told to stop, then lets what has begun end.
pub(crate) async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()>, stopped: impl FnOnce()) {
    let router = service(&app);
    let connections = Connections::new(&app.settings.limits);
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES)
        .half_close(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most often there are too many open files: some will close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(admission) = connections.admit(address.ip(), &app.settings.forwarded) else {
            // More than there may be: closed at once, so that it costs nothing.
            continue;
        };
        // Answers are small; waiting to fill a packet would delay them.
        let _ = stream.set_nodelay(true);
        let mut router = router.clone();
        let turn = Arc::new(Turn::default());
        let stream = Explained::new(stream, turn.clone(), app.shared.clone());
        let service = tower::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(address.ip()));
            let answering = turn.begin();
            let answer = router.call(request);
            async move { answer.await.map(|response| response.map(|body| answering.with(body))) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        let open = app.shared.metrics.connections.clone();
        open.inc();
        tokio::spawn(async move {
            // A client that breaks off is no fault of the node.
            let _ = connection.await;
            open.dec();
            drop(admission);
        });
    }
    stopped();
    drop(listener);
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
}

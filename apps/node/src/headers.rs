//! Headers of every answer.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// What a page may do: nothing but what comes from this node, and compiled WebAssembly.
pub(crate) const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The same with hashes of inline scripts and styles, and other places to fetch from.
pub(crate) fn policy(scripts: &str, styles: &str, connect: &str) -> String {
    CSP.replacen("script-src 'self'", &format!("script-src 'self'{scripts}"), 1)
        .replacen("style-src 'self'", &format!("style-src 'self'{styles}"), 1)
        .replacen("connect-src 'self'", &format!("connect-src {connect}"), 1)
}

const fn name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

/// Adds the security headers, but for those that the route has set.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let readable = request.uri().path().starts_with("/v1/");
    let mut response = next.run(request).await;
    harden(response.headers_mut(), readable);
    response
}

/// Adds them; `readable` is what a page from elsewhere may read.
pub(crate) fn harden(headers: &mut HeaderMap, readable: bool) {
    let mut default = |name: HeaderName, value: &'static str| set_default(headers, name, value);
    default(header::CONTENT_SECURITY_POLICY, CSP);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(name("cross-origin-opener-policy"), "same-origin");
    default(name("cross-origin-embedder-policy"), "require-corp");
    // What is below /v1 is public: a page from elsewhere may read it.
    default(name("cross-origin-resource-policy"), if readable { "cross-origin" } else { "same-origin" });
    default(name("permissions-policy"), "camera=(self), geolocation=(), microphone=()");
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

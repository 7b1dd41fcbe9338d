//! The pages: files that are in memory from the start, compressed once, each with its tag and its policy.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::Path,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use crate::{
    headers::{CSP, policy},
    http::{Freshness, tagged},
};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// The page that verifies offline.
const VERIFIER: &str = "verifier.html";
/// Where the verifier may fetch records from.
const ANYWHERE: &str = "'self' https: http://localhost:* http://127.0.0.1:*";

/// What is served where nobody built the pages.
const UNBUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tabella node</title>\
<h1>This node runs without pages</h1><p>The program was built without them. <code>make pages</code> in the source folder builds them; \
then build the program again, or name their folder: <code>tabella serve --pages apps/pages/dist</code>.</p>\
<p>The interface works: <a href=\"/docs\">its description</a>, <a href=\"/v1/ledger\">the ledger</a>, \
<a href=\"/v1/elections\">its elections</a>.</p></html>";

/// The pages by their paths.
#[derive(Clone, Debug)]
pub(crate) struct Pages(BTreeMap<String, Page>);

#[derive(Clone, Debug)]
struct Page {
    kind: &'static str,
    body: Bytes,
    gzip: Option<Bytes>,
    tag: HeaderValue,
    gzip_tag: HeaderValue,
    policy: Option<HeaderValue>,
    freshness: Freshness,
}

impl Pages {
    /// The pages that were built in.
    pub(crate) fn embedded() -> Self {
        Self::new(embedded::FILES.iter().map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes))))
    }

    /// The pages of a folder, as they are now.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        collect(folder, folder, &mut files)?;
        Ok(Self::new(files))
    }

    fn new(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let mut pages: BTreeMap<String, Page> =
            files.into_iter().map(|(name, body)| (name.clone(), Page::new(&name, body))).collect();
        if let Some(verifier) = pages.get(VERIFIER) {
            let line = format!("{}  {VERIFIER}\n", hex::encode(Sha256::digest(&verifier.body)));
            let name = format!("{VERIFIER}.sha256");
            pages.insert(name.clone(), Page::new(&name, line.into()));
        }
        pages.entry("index.html".to_owned()).or_insert_with(|| Page::new("index.html", UNBUILT.into()));
        Self(pages)
    }

    /// The page of a path, without its first slash.
    pub(crate) fn serve(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = if path.is_empty() { "index.html" } else { path };
        let page = self
            .0
            .get(path)
            .or_else(|| self.0.get(&format!("{path}.html")))
            .or_else(|| self.0.get(&format!("{}/index.html", path.trim_end_matches('/'))))?;
        Some(page.respond(headers))
    }
}

impl Page {
    fn new(name: &str, body: Bytes) -> Self {
        let kind = content_type(name);
        let hash = Sha256::digest(&body);
        let tag = hex::encode(hash.get(..16).unwrap_or_default());
        let compressible = !kind.starts_with("image/png") && !kind.starts_with("font/") && body.len() > 512;
        let gzip = compressible.then(|| compress(&body)).flatten().filter(|gzip| gzip.len() < body.len());
        let policy = kind.starts_with("text/html").then(|| page_policy(name, &body)).flatten();
        let freshness = if name.starts_with("assets/") { Freshness::Immutable } else { Freshness::Growing };
        let gzip_tag = crate::http::etag(&format!("{tag}-gzip"));
        Self { kind, body, gzip, tag: crate::http::etag(&tag), gzip_tag, policy, freshness }
    }

    fn respond(&self, headers: &HeaderMap) -> Response {
        let accepts_gzip = headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|coding| {
                matches!(coding.trim().split_once(';').map_or(coding.trim(), |(name, _)| name), "gzip" | "*")
            });
        let gzip = self.gzip.as_ref().filter(|_| accepts_gzip);
        // Other bytes, another tag.
        let tag = if gzip.is_some() { &self.gzip_tag } else { &self.tag };
        let mut response = Response::new(Body::from(gzip.unwrap_or(&self.body).clone()));
        let set = response.headers_mut();
        set.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if gzip.is_some() {
            set.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let mut response = tagged(headers, tag.clone(), self.freshness, response);
        let set = response.headers_mut();
        set.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(policy) = &self.policy {
            set.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }
}

/// The policy of an HTML file: its inline scripts and styles by their hashes, and the verifier may fetch records.
fn page_policy(name: &str, body: &[u8]) -> Option<HeaderValue> {
    let text = std::str::from_utf8(body).ok()?;
    let connect = if name == VERIFIER { ANYWHERE } else { "'self'" };
    let (scripts, styles) = (hashes(text, "script"), hashes(text, "style"));
    if scripts.is_empty() && styles.is_empty() && name != VERIFIER {
        return HeaderValue::from_str(CSP).ok();
    }
    HeaderValue::from_str(&policy(&scripts, &styles, connect)).ok()
}

/// Hashes of the contents of all elements of a name, as a policy names them.
fn hashes(text: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut found = String::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((attributes, content)) = after.split_once('>') else { break };
        let Some((content, after)) = content.split_once(&close) else { break };
        rest = after;
        // `<styled-thing>` is no `<style>`; a script with a source has no content that counts.
        let is_element = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
        if is_element && !content.trim().is_empty() {
            found.push_str(" 'sha256-");
            found.push_str(&STANDARD.encode(Sha256::digest(content)));
            found.push('\'');
        }
    }
    found
}

fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Bytes)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push((name.to_string_lossy().replace('\\', "/"), fs::read(&path)?.into()));
        }
    }
    Ok(())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "sha256") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        Pages::new([
            ("index.html".to_owned(), Bytes::from_static(b"<script src=/assets/a.js></script>")),
            ("booth.html".to_owned(), Bytes::from_static(b"booth")),
            ("assets/a.js".to_owned(), Bytes::from_static(b"let a")),
            (
                VERIFIER.to_owned(),
                Bytes::from_static(b"<style>p{}</style><script>run()</script><script-x>no</script-x>"),
            ),
        ])
    }

    #[test]
    fn path_is_a_file_with_or_without_its_ending() {
        let (pages, none) = (pages(), HeaderMap::new());
        for path in ["", "index.html", "booth", "booth.html", "assets/a.js", "verifier.html.sha256"] {
            assert!(pages.serve(path, &none).is_some(), "{path}");
        }
        for path in ["nothing", "../Cargo.toml", "assets"] {
            assert!(pages.serve(path, &none).is_none(), "{path}");
        }
    }

    #[test]
    fn inline_script_of_the_verifier_is_allowed_by_its_hash_only() {
        let response = pages().serve(VERIFIER, &HeaderMap::new()).unwrap();
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains(&format!("'sha256-{}'", STANDARD.encode(Sha256::digest("run()")))), "{policy}");
        assert!(!policy.contains("unsafe-inline") && policy.contains("connect-src 'self' https:"), "{policy}");
        let response = pages().serve("", &HeaderMap::new()).unwrap();
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], CSP);
    }
}

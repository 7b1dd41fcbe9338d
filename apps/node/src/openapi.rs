//! The description of the interface: one document, as JSON for programs and as a page for people. The page is made here, from
//! the document alone: no script, nothing from elsewhere.

use std::{fmt::Write as _, sync::OnceLock};

use serde::Serialize;
use serde_json::Value;
use utoipa::{OpenApi, ToSchema};

use crate::routes::{
    applications, assets, blocks, boards, elections, events, ledger, logs, operation, record, transactions,
};

/// An error (RFC 9457). Some have more members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// `/problems/<name>`.
    r#type: String,
    title: String,
    status: u16,
    detail: String,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tabella node",
        description = "A ledger for secret, verifiable voting and private payments. \
        What the node answers is verified by whoever asks; docs/node.md in the source says how."
    ),
    paths(
        transactions::submit,
        transactions::transaction,
        ledger::ledger,
        blocks::blocks,
        blocks::block,
        blocks::entries,
        logs::logs,
        logs::checkpoint,
        logs::inclusion,
        logs::consistency,
        logs::tile,
        elections::elections,
        elections::election,
        elections::manifest,
        elections::opening,
        elections::entries,
        record::record,
        record::receipt,
        elections::turnout,
        assets::assets,
        assets::asset,
        applications::applications,
        applications::instances,
        applications::instance,
        ledger::keys,
        ledger::key,
        events::events,
        boards::list,
        boards::open,
        boards::board,
        boards::messages,
        boards::post,
        boards::message,
        boards::register,
        boards::registrations,
        boards::invitation,
        operation::healthz,
        operation::readyz,
        operation::metrics,
    ),
    components(schemas(ProblemBody))
)]
struct Description;

/// The document.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| Description::openapi().to_json().unwrap_or_else(|_| "{}".to_owned()))
}

/// The page.
pub(crate) fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| render(&serde_json::from_str(document()).unwrap_or_default()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn render(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Tabella node</title></head><body>",
    );
    // Writing to memory cannot fail.
    let _ = write!(
        page,
        "<h1>{}</h1><p>{}</p><p><a href=\"/openapi.json\">/openapi.json</a></p>",
        escape(text(document, "/info/title")),
        escape(text(document, "/info/description"))
    );
    for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, route) in methods.as_object().into_iter().flatten() {
            let _ = write!(page, "<h2><code>{} {}</code></h2>", method.to_uppercase(), escape(path));
            let _ = write!(page, "<p>{}</p>", escape(text(route, "/summary")));
            let parameters = route.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            if !parameters.is_empty() {
                page.push_str("<table><tr><th>parameter</th><th>in</th><th></th></tr>");
                for parameter in parameters {
                    let _ = write!(
                        page,
                        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                        escape(text(parameter, "/name")),
                        escape(text(parameter, "/in")),
                        escape(text(parameter, "/description"))
                    );
                }
                page.push_str("</table>");
            }
            let body = text(route, "/requestBody/description");
            if !body.is_empty() {
                let _ = write!(page, "<p>Body: {}</p>", escape(body));
            }
            for (status, response) in route.get("responses").and_then(Value::as_object).into_iter().flatten() {
                let content = response.get("content").and_then(Value::as_object);
                for (kind, content) in content.into_iter().flatten() {
                    let schema = text(content, "/schema/$ref").rsplit('/').next().unwrap_or_default();
                    let _ = write!(page, "<p>{status}: {} ", escape(kind));
                    if !schema.is_empty() {
                        let _ = write!(page, "<a href=\"#{0}\">{0}</a>", escape(schema));
                    }
                    page.push_str("</p>");
                }
            }
        }
    }
    page.push_str("<h1>Schemas</h1>");
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(page, "<h2 id=\"{0}\">{0}</h2><pre>{1}</pre>", escape(name), escape(&json));
    }
    page.push_str("</body></html>");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_route_is_described() {
        let document: Value = serde_json::from_str(document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() >= 30, "{}", paths.len());
        for path in paths.keys() {
            assert!(page().contains(&escape(path)));
        }
    }

    #[test]
    fn text_of_the_document_is_no_markup_of_the_page() {
        let document = serde_json::json!({"info": {"title": "<script>", "description": "\"&"}});
        let page = render(&document);
        assert!(page.contains("&lt;script&gt;") && page.contains("&quot;&amp;"));
    }
}

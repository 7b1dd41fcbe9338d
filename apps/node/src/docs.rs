//! The interface for people: a page that is made from the OpenAPI document alone, in the style of the other pages. It has no
//! script; its style sheet is theirs.

use std::{fmt::Write as _, sync::OnceLock};

use serde_json::Value;

use crate::openapi;

const HEAD: &str = include_str!("docs/head.html");
const FOOT: &str = include_str!("docs/foot.html");

/// The page.
pub(crate) fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| render(&serde_json::from_str(openapi::document()).unwrap_or_default()))
}

/// The pages' own style, and what this page needs beyond it.
pub(crate) fn style() -> &'static str {
    static STYLE: OnceLock<String> = OnceLock::new();
    STYLE.get_or_init(|| {
        // Without a script nobody's choice is read: the device decides between light and dark.
        let dark = include_str!("../../pages/src/design/dark.css")
            .replace("@media screen {", "@media screen and (prefers-color-scheme: dark) {")
            .replace(":root[data-theme=\"dark\"]", ":root");
        [
            include_str!("../../pages/src/design/tokens.css"),
            &dark,
            include_str!("../../pages/src/design/base.css"),
            include_str!("../../pages/src/design/shell.css"),
            include_str!("../../pages/src/design/controls.css"),
            include_str!("../../pages/src/design/parts.css"),
            include_str!("docs/docs.css"),
        ]
        .concat()
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn members<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

/// Prose with code between backticks, in paragraphs.
fn prose(source: &str) -> String {
    let mut html = String::new();
    for paragraph in source.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        html.push_str("<p>");
        for (index, part) in paragraph.split('`').enumerate() {
            let part = escape(part);
            html.push_str(&if index % 2 == 1 { format!("<code>{part}</code>") } else { part });
        }
        html.push_str("</p>");
    }
    html
}

/// A route: where it stands in the document, and what is said about it.
struct Route<'a> {
    method: &'a str,
    path: &'a str,
    told: &'a Value,
}

impl Route<'_> {
    /// The name of its place on the page.
    fn anchor(&self) -> String {
        let path: String =
            self.path.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
        format!("{}{path}", self.method)
    }

    fn tag(&self) -> &str {
        list(self.told, "tags").first().and_then(Value::as_str).unwrap_or_default()
    }
}

fn render(document: &Value) -> String {
    let mut routes = Vec::new();
    for (path, methods) in members(document, "/paths") {
        routes.extend(members(methods, "").map(|(method, told)| Route { method, path, told }));
    }
    let mut page = String::from(HEAD);
    // Writing to memory cannot fail.
    let _ = write!(
        page,
        "<div class=\"head\"><h1>{}</h1><div class=\"lead\">{}</div><p><a href=\"/openapi.json\">/openapi.json</a> says the same for \
        programs. <a href=\"#schemas\">Schemas</a> stand at the end.</p></div><div class=\"docs\">",
        escape(text(document, "/info/title")),
        prose(text(document, "/info/description"))
    );
    page.push_str("<nav class=\"docs-nav\" aria-label=\"Routes\"><ul>");
    let tags = list(document, "tags");
    for tag in tags {
        let name = text(tag, "/name");
        let _ = write!(page, "<li><a class=\"docs-tag\" href=\"#{0}\">{0}</a><ul>", escape(name));
        for route in routes.iter().filter(|route| route.tag() == name) {
            let (method, path) = (route.method.to_uppercase(), escape(route.path));
            let _ = write!(page, "<li><a href=\"#{}\"><code>{method} {path}</code></a></li>", escape(&route.anchor()));
        }
        page.push_str("</ul></li>");
    }
    page.push_str(
        "<li><a class=\"docs-tag\" href=\"#schemas\">schemas</a></li></ul></nav><div class=\"docs-main stack-7\">",
    );
    for tag in tags {
        let name = text(tag, "/name");
        let _ = write!(page, "<section class=\"stack\" aria-labelledby=\"{0}\"><h2 id=\"{0}\">{0}</h2>", escape(name));
        page.push_str(&prose(text(tag, "/description")));
        for route in routes.iter().filter(|route| route.tag() == name) {
            render_route(&mut page, route);
        }
        page.push_str("</section>");
    }
    page.push_str("<section class=\"stack\" aria-labelledby=\"schemas\"><h2 id=\"schemas\">schemas</h2>");
    for (name, schema) in members(document, "/components/schemas") {
        render_schema(&mut page, name, schema);
    }
    page.push_str("</section></div></div>");
    page.push_str(FOOT);
    page
}

fn render_route(page: &mut String, route: &Route<'_>) {
    let Route { method, path, told } = route;
    let anchor = escape(&route.anchor());
    let _ = write!(
        page,
        "<article class=\"card stack\" aria-labelledby=\"{anchor}\"><h3 id=\"{anchor}\"><span class=\"tag info\">{}</span> \
        <code class=\"break\">{}</code></h3>",
        method.to_uppercase(),
        escape(path)
    );
    page.push_str(&prose(text(told, "/summary")));
    page.push_str(&prose(text(told, "/description")));
    let parameters = list(told, "parameters");
    if !parameters.is_empty() {
        table(page, &format!("Parameters of {method} {path}"), ["parameter", "in", "type", "meaning"], |rows| {
            for parameter in parameters {
                let required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
                let kind = kind_of(parameter.get("schema").unwrap_or(&Value::Null));
                let place = escape(text(parameter, "/in"));
                let place = if required { place } else { format!("{place}, optional") };
                row(rows, text(parameter, "/name"), [&place, &kind, &prose(text(parameter, "/description"))]);
            }
        });
    }
    let body = text(told, "/requestBody/description");
    if !body.is_empty() {
        let _ = write!(page, "<p><span class=\"strong\">Body:</span> {}</p>", escape(body));
    }
    table(page, &format!("Answers of {method} {path}"), ["status", "type", "content", "meaning"], |rows| {
        for (status, response) in members(told, "/responses") {
            let meaning = prose(text(response, "/description"));
            let mut contents = members(response, "/content").peekable();
            if contents.peek().is_none() {
                row(rows, status, ["", "", &meaning]);
            }
            for (kind, content) in contents {
                let schema = content.get("schema").map(kind_of).unwrap_or_default();
                row(rows, status, [&escape(kind), &schema, &meaning]);
            }
        }
    });
    page.push_str("</article>");
}

fn render_schema(page: &mut String, name: &str, schema: &Value) {
    let name = escape(name);
    let _ = write!(
        page,
        "<article class=\"card stack\" aria-labelledby=\"schema-{name}\"><h3 id=\"schema-{name}\"><code>{name}</code></h3>{}",
        prose(text(schema, "/description"))
    );
    let required = list(schema, "required");
    if schema.get("properties").is_some() {
        table(page, &format!("Members of {name}"), ["member", "type", "", "meaning"], |rows| {
            for (member, told) in members(schema, "/properties") {
                let optional = if required.iter().any(|one| one == member) { "" } else { "optional" };
                row(rows, member, [&kind_of(told), optional, &prose(text(told, "/description"))]);
            }
        });
    } else {
        let _ = write!(page, "<p>{}</p>", kind_of(schema));
    }
    let json = serde_json::to_string_pretty(schema).unwrap_or_default();
    let _ = write!(
        page,
        "<details class=\"more\"><summary>JSON Schema</summary><pre class=\"mono small scroll-x\" tabindex=\"0\">{}</pre></details></article>",
        escape(&json)
    );
}

/// A table that scrolls by itself where it is wider than the screen. Columns without a heading are left out of the headings' row only.
fn table(page: &mut String, label: &str, headings: [&str; 4], fill: impl FnOnce(&mut String)) {
    let label = escape(label);
    let _ = write!(
        page,
        "<div class=\"scroll-x\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table><thead><tr>"
    );
    for heading in headings {
        let _ = if heading.is_empty() {
            write!(page, "<td></td>")
        } else {
            write!(page, "<th scope=\"col\">{heading}</th>")
        };
    }
    page.push_str("</tr></thead><tbody>");
    fill(page);
    page.push_str("</tbody></table></div>");
}

/// A row: its name is text, its cells are markup.
fn row(page: &mut String, name: &str, cells: [&str; 3]) {
    let _ = write!(page, "<tr><th scope=\"row\"><code>{}</code></th>", escape(name));
    for cell in cells {
        let _ = write!(page, "<td>{cell}</td>");
    }
    page.push_str("</tr>");
}

/// What a schema allows, in a few words of markup.
fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\"><code>{0}</code></a>", escape(name));
    }
    for name in ["oneOf", "anyOf", "allOf"] {
        let choices = list(schema, name);
        if !choices.is_empty() {
            return choices.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
        }
    }
    let values = list(schema, "enum");
    if !values.is_empty() {
        let values = values.iter().map(|value| format!("<code>{}</code>", escape(&value.to_string())));
        return values.collect::<Vec<_>>().join(" or ");
    }
    let one = |kind: &str| match kind {
        "array" => format!("list of {}", schema.get("items").map(kind_of).unwrap_or_default()),
        "object" => {
            let inner = members(schema, "/properties");
            let inner = inner.map(|(name, told)| format!("<code>{}</code>: {}", escape(name), kind_of(told)));
            let inner = inner.collect::<Vec<_>>().join(", ");
            if inner.is_empty() { "object".to_owned() } else { format!("object of {inner}") }
        }
        other => escape(other),
    };
    match schema.get("type") {
        Some(Value::String(kind)) => one(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_of_the_document_stands_on_the_page_once_under_its_tag() {
        let document: Value = serde_json::from_str(openapi::document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() >= 30, "{}", paths.len());
        let tags: BTreeSet<&str> = list(&document, "tags").iter().map(|tag| text(tag, "/name")).collect();
        for (path, methods) in paths {
            for (method, told) in methods.as_object().unwrap() {
                let route = Route { method, path, told };
                assert!(tags.contains(route.tag()), "{method} {path} has no tag that the document describes");
                assert_eq!(page().matches(&format!("<h3 id=\"{}\"", route.anchor())).count(), 1, "{method} {path}");
            }
        }
    }

    #[test]
    fn every_place_that_the_page_refers_to_is_there_once() {
        for place in page().split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(page().matches(&format!("id=\"{place}\"")).count(), 1, "{place}");
        }
    }

    #[test]
    fn text_of_the_document_is_no_markup_of_the_page() {
        let evil = "<script>`<b>`\"&";
        let document = serde_json::json!({
            "info": {"title": evil, "description": evil},
            "tags": [{"name": evil, "description": evil}],
            "paths": {evil: {"get": {
                "tags": [evil], "summary": evil,
                "parameters": [{"name": evil, "in": evil, "description": evil, "schema": {"enum": [evil]}}],
                "responses": {evil: {"description": evil, "content": {evil: {"schema": {"$ref": format!("#/{evil}")}}}}},
            }}},
            "components": {"schemas": {evil: {"description": evil, "properties": {evil: {"type": evil}}}}},
        });
        let page = render(&document);
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("&quot;&amp;"));
    }

    #[test]
    fn page_is_dark_where_the_device_is() {
        assert!(style().contains("@media screen and (prefers-color-scheme: dark) {\n  :root {"));
        assert!(!style().contains("data-theme"), "without a script nobody sets it");
    }
}

//! The interface, described: the OpenAPI document as it is generated from the code, and a page to read it.
//!
//! The page is plain HTML, complete without script, under a policy that allows none.

use std::fmt::Write as _;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::edge::headers::PAGE_POLICY;
use crate::refusal::Refusal;
use crate::state::AppState;

const STYLE: &str = include_str!("describe.css");
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The routes of the document and of its page.
///
/// # Errors
/// Where the document is no JSON, which cannot be.
pub fn routes(document: &OpenApi) -> Result<Router<AppState>, serde_json::Error> {
    let value = serde_json::to_value(document)?;
    let (json, page) = (Bytes::from(serde_json::to_vec(&value)?), Bytes::from(page(&value)));
    let json =
        move || async move { ([(header::CONTENT_TYPE, "application/json")], json.clone()).into_response() };
    let policy = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    let style = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    Ok(Router::new()
        .route("/v1/openapi.json", get(json))
        .route("/v1/", get(move || async move { (policy, Html(page.clone())).into_response() }))
        .route("/v1/page.css", get(move || async move { (style, STYLE) }))
        .route("/v1/{*rest}", axum::routing::any(|| async { Refusal::Absent })))
}

fn page(document: &Value) -> String {
    let text = |pointer: &str| escape(document.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/v1/page.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the interface</a>\n\
         <header>\n<h1>{title}</h1>\n{about}<p>Version {version}. For programs: \
         <a href=\"/v1/openapi.json\">the same as OpenAPI</a>.</p>\n</header>\n",
        title = text("/info/title"),
        about = paragraphs(document.pointer("/info/description")),
        version = text("/info/version"),
    );
    let groups = groups(document);
    html.push_str("<nav aria-label=\"Groups\">\n<ul>\n");
    for (name, _) in &groups {
        let _ = writeln!(html, "<li><a href=\"#{0}\">{0}</a></li>", escape(name));
    }
    html.push_str("</ul>\n</nav>\n<main id=\"main\">\n");
    for (name, operations) in &groups {
        let _ = write!(
            html,
            "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{0}</h2>\n",
            escape(name)
        );
        operations.iter().for_each(|(method, path, operation)| describe(&mut html, method, path, operation));
        html.push_str("</section>\n");
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

type Operation<'a> = (&'static str, &'a str, &'a Value);

/// Operations by their first tag, in the order of the document's tags and paths.
fn groups(document: &Value) -> Vec<(&str, Vec<Operation<'_>>)> {
    let mut groups: Vec<(&str, Vec<Operation<'_>>)> = Vec::new();
    for tag in document.get("tags").and_then(Value::as_array).into_iter().flatten() {
        groups.extend(tag.get("name").and_then(Value::as_str).map(|name| (name, Vec::new())));
    }
    for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = methods.get(method) else { continue };
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other");
            match groups.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, operations)) => operations.push((method, path, operation)),
                None => groups.push((tag, vec![(method, path, operation)])),
            }
        }
    }
    groups.retain(|(_, operations)| !operations.is_empty());
    groups
}

fn describe(html: &mut String, method: &str, path: &str, operation: &Value) {
    let text = |value: Option<&Value>| escape(value.and_then(Value::as_str).unwrap_or_default());
    let _ = writeln!(html, "<article>\n<h3><code>{} {}</code></h3>", method.to_uppercase(), escape(path));
    html.push_str(&paragraphs(operation.get("summary")));
    html.push_str(&paragraphs(operation.get("description")));
    let mut rows = Vec::new();
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        rows.push([
            text(parameter.get("name")),
            text(parameter.get("in")),
            text(parameter.get("description")),
        ]);
    }
    for (kind, _) in
        operation.pointer("/requestBody/content").and_then(Value::as_object).into_iter().flatten()
    {
        rows.push(["body".to_owned(), escape(kind), text(operation.pointer("/requestBody/description"))]);
    }
    table(html, "What it takes", ["name", "where or type", "meaning"], &rows);
    let mut rows = Vec::new();
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let kinds = response.get("content").and_then(Value::as_object).into_iter().flatten();
        let kinds: Vec<String> = kinds.map(|(kind, _)| escape(kind)).collect();
        rows.push([escape(status), kinds.join(", "), text(response.get("description"))]);
    }
    table(html, "What it answers", ["status", "type", "meaning"], &rows);
    html.push_str("</article>\n");
}

fn table(html: &mut String, caption: &str, head: [&str; 3], rows: &[[String; 3]]) {
    if rows.is_empty() {
        return;
    }
    let [one, two, three] = head;
    let _ = write!(
        html,
        "<table>\n<caption>{caption}</caption>\n<thead><tr><th scope=\"col\">{one}</th><th scope=\"col\">{two}</th>\
         <th scope=\"col\">{three}</th></tr></thead>\n<tbody>\n"
    );
    for [one, two, three] in rows {
        let _ = writeln!(html, "<tr><th scope=\"row\">{one}</th><td>{two}</td><td>{three}</td></tr>");
    }
    html.push_str("</tbody>\n</table>\n");
}

fn paragraphs(text: Option<&Value>) -> String {
    let text = text.and_then(Value::as_str).unwrap_or_default();
    let paragraphs = text.split("\n\n").filter(|part| !part.trim().is_empty());
    paragraphs.fold(String::new(), |mut html, part| {
        let _ = writeln!(html, "<p>{}</p>", escape(part));
        html
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn page_escapes_what_it_shows_and_holds_no_script_or_inline_style() {
        let html = page(&json!({
            "info": {"title": "<script>", "version": "1", "description": "a\n\nb & c"},
            "tags": [{"name": "log"}],
            "paths": {"/v1/x/{y}": {"get": {
                "tags": ["log"], "summary": "<b>",
                "parameters": [{"name": "y", "in": "path", "description": "\"'"}],
                "responses": {"200": {"description": "yes", "content": {"application/cbor": {}}}}
            }}}
        }));
        assert!(!html.contains("<script") && !html.contains("style=") && !html.contains("<b>"), "{html}");
        for part in [
            "&lt;script&gt;",
            "<p>b &amp; c</p>",
            "GET /v1/x/{y}",
            "&quot;&#39;",
            "application/cbor",
            "lang=\"en\"",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }
}

//! The page of an export: a list that any browser shows, without a script.

use carnet_core::authored::Code;
use carnet_core::wire::id::AccountId;
use carnet_health::Moment;

use super::Document;
use crate::client::{Client, StatedRow};
use crate::command::title::{self, Titled};
use crate::command::{history, list, spoken, when};
use crate::local::CatalogueRow;
use crate::say;
use crate::screen::harmless_line;
use crate::text::{Language, Texts};

/// The page.
pub(super) fn page(
    texts: &Texts,
    client: &Client,
    name: &str,
    documents: &[Document],
    stated: &[StatedRow],
    rows: &[CatalogueRow],
) -> String {
    let language = texts.language();
    let day = spoken::today(language);
    let title = escape(&say!(texts, "page-title", name = name));
    let lang = if language == Language::Fr { "fr" } else { "en" };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n<p>{}</p>\n<p>{}</p>\n",
        escape(&say!(texts, "page-made", day = day)),
        escape(&say!(texts, "page-proofs")),
    );
    for (heading, sort) in [("page-documents", "document"), ("page-profile", "profile")] {
        let of_it: Vec<&Document> = documents.iter().filter(|document| document.sort == sort).collect();
        if of_it.is_empty() {
            continue;
        }
        html.push_str(&format!("<h2>{}</h2>\n<table>\n", escape(&say!(texts, heading))));
        header(
            &mut html,
            texts,
            &["page-when", "page-title-column", "page-type", "page-author", "page-proof"],
        );
        for document in of_it {
            html.push_str(&line(texts, document, language));
        }
        html.push_str("</table>\n");
    }
    html.push_str(&format!("<h2>{}</h2>\n<table>\n", escape(&say!(texts, "page-journal"))));
    header(&mut html, texts, &["page-when", "page-what", "page-title-column", "page-who"]);
    for row in stated {
        let told: Vec<_> = rows
            .iter()
            .filter_map(|entry| Some((entry, history::about(row, &entry.entry)?)))
            .take(200)
            .collect();
        let time = when::minute(row.accepted, language);
        if told.is_empty() {
            let what = say!(texts, "event-statement");
            html.push_str(&format!("<tr><td>{}<td>{}<td><td>\n", escape(&time), escape(&what)));
        }
        for (entry, (what, actor, _)) in told {
            let who = list::who(texts, client, &AccountId::from_bytes(*actor.as_bytes()));
            let what = say!(texts, &format!("event-{what}"));
            let title = harmless_line(&title::title(texts, entry));
            html.push_str(&format!(
                "<tr><td>{}<td>{}<td>{}<td>{}\n",
                escape(&time),
                escape(&what),
                escape(&title),
                escape(&harmless_line(&who))
            ));
        }
    }
    html.push_str("</table>\n</html>\n");
    html
}

fn header(html: &mut String, texts: &Texts, columns: &[&str]) {
    html.push_str("<tr>");
    for column in columns {
        html.push_str(&format!("<th>{}", escape(&say!(texts, column))));
    }
    html.push('\n');
}

fn line(texts: &Texts, document: &Document, language: Language) -> String {
    let date = document.moments.first().and_then(|date| Moment::parse(date));
    let known =
        document.codes.iter().find_map(|(system, code)| carnet_health::doctype::by_code(system, code));
    let kind = known.map_or("", |kind| if language == Language::Fr { kind.fr } else { kind.en });
    let author = document.written_by.as_ref().unwrap_or(&document.author_name);
    let coded = |(system, code): &(String, String)| Code { system: system.clone(), code: code.clone() };
    let codes: Vec<Code> = document.codes.iter().map(coded).collect();
    let (display, media_type) = (document.display.as_deref(), document.media_type.as_str());
    let titled = Titled { title: &document.title, codes: &codes, display, media_type };
    let title = document.name.clone().unwrap_or_else(|| titled.said(texts));
    format!(
        "<tr><td>{}<td><a href=\"{}\">{}</a><td>{}<td>{}<td><a href=\"{}\">{}</a>\n",
        escape(&date.map(|date| when::shown_day(date, language)).unwrap_or_default()),
        link(&document.file),
        escape(&harmless_line(&title)),
        escape(kind),
        escape(&harmless_line(author)),
        link(&document.proof),
        escape(&say!(texts, "page-proof")),
    )
}

/// A text in HTML: nothing of it is markup.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

/// A path as a relative reference (RFC 3986): `./` first, so that no colon makes a scheme of its beginning.
fn link(path: &str) -> String {
    let mut link = "./".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}\
                     table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2em .6em;border-bottom:1px solid #ccc;\
                     vertical-align:top}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_cannot_put_markup_or_a_scheme_into_the_page() {
        assert_eq!(escape("<script>\"'&"), "&lt;script&gt;&quot;&#39;&amp;");
        assert_eq!(link("documents/é \"x\".pdf"), "./documents/%C3%A9%20%22x%22.pdf");
        assert_eq!(link("javascript:alert(1)"), "./javascript%3Aalert%281%29");
    }
}

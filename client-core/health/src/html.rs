//! HTML to plain text: for search and for narratives, never for display as HTML.

/// The text between the tags; scripts, styles and comments are left out; blocks begin new lines.
#[must_use]
pub(crate) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let (mut rest, mut kept) = (html, false);
    while let Some(at) = rest.find('<') {
        push_decoded(&mut text, rest.get(..at).unwrap_or_default(), kept);
        let tag = rest.get(at..).unwrap_or_default();
        let after = if tag.starts_with("<!--") {
            tag.find("-->").map(|end| end + 3)
        } else {
            tag.find('>').map(|end| end + 1)
        };
        let Some(after) = after else { return text };
        let head = tag.get(1..after).unwrap_or_default();
        let closing = head.starts_with('/');
        let word = head.trim_start_matches('/');
        let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
        let name = word.get(..end).unwrap_or_default().to_ascii_lowercase();
        if BLOCKS.contains(&name.as_str()) {
            if !text.ends_with('\n') {
                text.push('\n');
            }
        } else if matches!(name.as_str(), "td" | "th") && !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
        if name == "pre" {
            kept = !closing;
        }
        rest = tag.get(after..).unwrap_or_default();
        // 10 to the ninth is not 109.
        if !closing
            && name == "sup"
            && rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '−'))
        {
            text.push('^');
        }
        if !closing && matches!(name.as_str(), "script" | "style") {
            let Some(end) = rest.find("</") else { return text };
            rest = rest.get(end..).unwrap_or_default();
        }
    }
    push_decoded(&mut text, rest, kept);
    text
}

/// A break of a line in the source is a space, but in preformatted text.
fn push_decoded(text: &mut String, piece: &str, kept: bool) {
    let plain = if kept { piece.to_owned() } else { piece.replace(['\n', '\r'], " ") };
    let mut rest = plain.as_str();
    while let Some(at) = rest.find('&') {
        text.push_str(rest.get(..at).unwrap_or_default());
        let entity = rest.get(at + 1..).unwrap_or_default();
        let end = entity.char_indices().take(12).find(|(_, c)| *c == ';').map(|(at, _)| at);
        match end.and_then(|end| Some((decode(entity.get(..end)?)?, end))) {
            Some((c, end)) => {
                text.push(c);
                rest = entity.get(end + 1..).unwrap_or_default();
            }
            None => {
                text.push('&');
                rest = entity;
            }
        }
    }
    text.push_str(rest);
}

fn decode(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
        return char::from_u32(code);
    }
    NAMED.iter().find(|(found, _)| *found == name).map(|(_, c)| *c)
}

const BLOCKS: [&str; 18] = [
    "pre", "p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section",
    "hr", "title",
];

const NAMED: [(&str, char); 58] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("agrave", 'à'),
    ("acirc", 'â'),
    ("ccedil", 'ç'),
    ("ocirc", 'ô'),
    ("ucirc", 'û'),
    ("ugrave", 'ù'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("euml", 'ë'),
    ("rsquo", '’'),
    ("deg", '°'),
    ("micro", 'µ'),
    ("mu", 'μ'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("asymp", '≈'),
    ("plusmn", '±'),
    ("times", '×'),
    ("minus", '−'),
    ("sup1", '¹'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("bull", '•'),
    ("middot", '·'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("larr", '←'),
    ("rarr", '→'),
    ("uarr", '↑'),
    ("darr", '↓'),
    ("oelig", 'œ'),
    ("aelig", 'æ'),
    ("uuml", 'ü'),
    ("ouml", 'ö'),
    ("auml", 'ä'),
    ("szlig", 'ß'),
    ("euro", '€'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_of_ten_and_comparison_stay_what_they_are() {
        assert_eq!(
            to_text("4&middot;10<sup>9</sup>/L &le; 11, 1<sup>er</sup> jour"),
            "4·10^9/L ≤ 11, 1er jour"
        );
    }

    #[test]
    fn script_is_not_taken_for_text_nor_an_entity_for_letters() {
        let html = "<html><script>steal('<b>')</script><p>R&eacute;sultat&nbsp;: 5&#160;g &amp; <b>bon</b></p><td>a<td>b<!-- c --> &bad; <";
        assert_eq!(to_text(html).replace('\u{a0}', " "), "\nRésultat : 5 g & bon\na b &bad; ");
    }
}

//! XML of office documents in one pass: names without prefixes, text with its five entities.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::encoding::decode;

/// What is met in a part.
pub(crate) enum Piece<'a> {
    /// An element begins; its attributes, without prefixes.
    Open(&'a str, &'a Attributes),
    /// Text.
    Text(&'a str),
    /// An element ends.
    Close(&'a str),
}

/// Attributes of an element.
pub(crate) struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of the first attribute of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether any attribute of a name, whatever its prefix, has this value.
    pub(crate) fn is_one_of(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(found, said)| found == name && said == value)
    }

    /// An attribute that is a count, at most `most`; 1 where there is none.
    pub(crate) fn count(&self, name: &str, most: usize) -> usize {
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or(1_usize).min(most)
    }
}

/// Meets each piece in order, as far as the part is well-formed and within [`MAX_PIECES`].
pub(crate) fn walk(bytes: &[u8], mut meet: impl FnMut(Piece<'_>)) {
    let text = decode(bytes);
    let mut reader = Reader::from_str(&text);
    for _ in 0..MAX_PIECES {
        match reader.read_event() {
            Ok(Event::Start(start)) => open(&start, &mut meet),
            Ok(Event::Empty(start)) => {
                open(&start, &mut meet);
                let name = start.name();
                meet(Piece::Close(local(name.as_ref())));
            }
            Ok(Event::End(end)) => {
                let name = end.name();
                meet(Piece::Close(local(name.as_ref())));
            }
            Ok(Event::Text(text)) => meet(Piece::Text(&text.xml10_content())),
            Ok(Event::CData(text)) => meet(Piece::Text(&text.xml10_content())),
            Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                Ok(Some(c)) => meet(Piece::Text(c.encode_utf8(&mut [0; 4]))),
                _ => meet(Piece::Text(named(&reference))),
            },
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn open(start: &BytesStart<'_>, meet: &mut impl FnMut(Piece<'_>)) {
    let mut attributes = start.attributes();
    let pairs = attributes.with_checks(false).flatten().take(MAX_ATTRIBUTES).filter_map(|attribute| {
        let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
        Some((local(attribute.key.as_ref()).to_owned(), value))
    });
    let attributes = Attributes(pairs.collect());
    let name = start.name();
    meet(Piece::Open(local(name.as_ref()), &attributes));
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn named(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

const MAX_PIECES: usize = 5_000_000;
const MAX_ATTRIBUTES: usize = 100;

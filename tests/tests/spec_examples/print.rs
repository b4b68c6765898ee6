//! How examples are written: bytes in hexadecimal, CBOR in diagnostic notation (RFC 8949, section 8).

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

/// CBOR in diagnostic notation, on several lines where one would be long. Long byte strings are shortened.
pub(crate) fn diag(bytes: &[u8]) -> String {
    let mut decoder = Decoder::new(bytes);
    let text = item(&mut decoder).unwrap();
    assert_eq!(decoder.position(), bytes.len());
    text
}

/// Bytes, all of them if they are few; else the first 16, the last 8 and their number.
pub(crate) fn short(bytes: &[u8]) -> String {
    match bytes.len() {
        0..=64 => hex::encode(bytes),
        len => format!("{}..{} ({len} bytes)", hex::encode(&bytes[..16]), hex::encode(&bytes[len - 8..])),
    }
}

/// All bytes, 48 on a line.
pub(crate) fn full(bytes: &[u8]) -> String {
    bytes.chunks(48).map(hex::encode).collect::<Vec<_>>().join("\n")
}

/// Rows of a name and a value, the values below each other.
pub(crate) fn rows(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let row = |(name, value): &(&str, String)| {
        let value = value.replace('\n', &format!("\n{}", " ".repeat(width + 3)));
        format!("{name:width$} = {value}")
    };
    rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

fn item(d: &mut Decoder<'_>) -> Result<String, Error> {
    Ok(match d.datatype()? {
        Type::Tag => format!("{}({})", d.tag()?.as_u64(), item(d)?),
        Type::Bytes => bytes(d.bytes()?),
        Type::String => format!("{:?}", d.str()?),
        Type::Array => {
            let len = d.array()?.unwrap();
            let items = (0..len).map(|_| item(d)).collect::<Result<Vec<_>, _>>()?;
            container('[', &items, ']')
        }
        Type::Map => {
            let len = d.map()?.unwrap();
            let pair = |_| Ok(format!("{}: {}", item(d)?, item(d)?));
            let items = (0..len).map(pair).collect::<Result<Vec<_>, Error>>()?;
            container('{', &items, '}')
        }
        _ => d.int()?.to_string(),
    })
}

fn bytes(bytes: &[u8]) -> String {
    match bytes.len() {
        0..=64 => format!("h'{}'", hex::encode(bytes)),
        len => {
            format!("h'{}..{}' / {len} bytes /", hex::encode(&bytes[..16]), hex::encode(&bytes[len - 8..]))
        }
    }
}

fn container(open: char, items: &[String], close: char) -> String {
    let line = items.join(", ");
    if line.len() < 90 && !line.contains('\n') {
        return format!("{open}{line}{close}");
    }
    let body = items.join(",\n").replace('\n', "\n  ");
    format!("{open}\n  {body}\n{close}")
}

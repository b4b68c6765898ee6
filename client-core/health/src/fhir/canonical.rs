//! JSON with sorted members and without spaces: the same value, the same bytes.

use serde_json::{Number, Value};

/// The bytes of a value. Depth is bounded by the parser that made it.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    let mut out = String::new();
    write(value, &mut out);
    out.into_bytes()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                separate(at, out);
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(many) => {
            out.push('[');
            for (at, value) in many.iter().enumerate() {
                separate(at, out);
                write(value, out);
            }
            out.push(']');
        }
        Value::Number(number) => out.push_str(&digits(number)),
        other => out.push_str(&other.to_string()),
    }
}

/// A number with the digits that it was written with. The parser writes an exponent's sign, which few others do.
pub(crate) fn digits(number: &Number) -> String {
    number.to_string().replace("e+", "e").replace("E+", "E")
}

fn separate(at: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
    }
}

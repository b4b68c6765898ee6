//! Counts the bytes of CBOR by the schema: each is of a field, or of the format.

use carnet_wire::statement::{self, Kind, Statement};
use carnet_wire::{StableCode as _, grant::Grant};
use minicbor::Decoder;
use minicbor::data::Type as Item;

use super::class::Class;
use super::schema::{self, Of, Type};
use super::tally::{FieldName, Tally};

/// Why bytes are not what they should be, as a stable code.
pub(super) type Unfit = &'static str;

const SHAPE: Unfit = "record-other-shape";

/// Counts one record.
///
/// # Errors
/// [`Unfit`]; part of it may have been counted by then.
pub(super) fn record(tally: &mut Tally, bytes: &[u8], of: &'static Type) -> Result<(), Unfit> {
    let mut decoder = Decoder::new(bytes);
    Walk { tally }.record(&mut decoder, of)?;
    if decoder.position() == bytes.len() { Ok(()) } else { Err(SHAPE) }
}

/// Counts one statement, parsed strictly, and gives its kind.
///
/// # Errors
/// [`Unfit`].
pub(super) fn statement(tally: &mut Tally, bytes: &[u8]) -> Result<Kind, Unfit> {
    let kind = statement::kind_of(bytes).map_err(|error| error.code())?;
    let body = schema::body(kind).ok_or("statement-authored-in-the-open")?;
    let header = parse(kind, bytes)?;
    let mut decoder = Decoder::new(bytes);
    let payload = (|| {
        decoder.tag()?;
        decoder.array()?;
        decoder.bytes()?;
        decoder.map()?;
        decoder.bytes()
    })()
    .map_err(|_| SHAPE)?;
    record(tally, payload, body)?;
    let origin = header.origin.as_str().len();
    tally.field(("statement", "key id"), Class::Ids, 16);
    tally.field(("statement", "nonce"), Class::Ids, 16);
    tally.field(("statement", "origin"), Class::Words, origin);
    tally.field(("statement", "kind"), Class::Words, kind.name().len());
    tally.field(("statement", "signature"), Class::Signatures, 64);
    let counted = payload.len() + 32 + origin + kind.name().len() + 64;
    tally.add(Class::Format, bytes.len().saturating_sub(counted));
    Ok(kind)
}

/// Parses a statement of any kind that a server may hold, and gives its header.
fn parse(kind: Kind, bytes: &[u8]) -> Result<statement::Header, Unfit> {
    macro_rules! of {
        ($body:ty) => {
            Statement::<$body>::parse(bytes)
                .map(|statement| statement.header().clone())
                .map_err(|error| error.code())
        };
    }
    match kind {
        Kind::Account => of!(statement::Account),
        Kind::Device => of!(statement::Device),
        Kind::Slot => of!(statement::Slot),
        Kind::Recovery => of!(statement::Recovery),
        Kind::Root => of!(statement::NewRoot),
        Kind::Key => of!(statement::Key),
        Kind::Genesis => of!(statement::Genesis),
        Kind::Policy => of!(statement::Policy),
        Kind::Circle => of!(statement::Circle),
        Kind::Activate => of!(statement::Activate),
        Kind::Close => of!(statement::Close),
        Kind::Deposit => of!(statement::Deposit),
        Kind::Describe => of!(statement::Describe),
        Kind::Grant => of!(statement::Grant),
        Kind::Revoke => of!(statement::Revoke),
        Kind::Read => of!(statement::Read),
        Kind::Accept => of!(statement::Accept),
        Kind::Delete => of!(statement::Delete),
        Kind::Attest => of!(statement::Attest),
        Kind::Withdraw => of!(statement::Withdraw),
        Kind::Bind => of!(statement::Bind),
        Kind::Session => of!(statement::Session),
        Kind::Receipt => of!(statement::Receipt),
        _ => Err("statement-authored-in-the-open"),
    }
}

struct Walk<'t> {
    tally: &'t mut Tally,
}

impl Walk<'_> {
    fn record(&mut self, d: &mut Decoder<'_>, of: &'static Type) -> Result<(), Unfit> {
        let start = d.position();
        match d.datatype().map_err(|_| SHAPE)? {
            Item::Map => {
                let len = d.map().ok().flatten().ok_or(SHAPE)?;
                self.tally.add(Class::Format, d.position() - start);
                for _ in 0..len {
                    let start = d.position();
                    let number = d.u64().map_err(|_| SHAPE)?;
                    self.tally.add(Class::Format, d.position() - start);
                    let (_, name, field) =
                        of.fields.iter().find(|(n, ..)| *n == number).ok_or("record-unknown-field")?;
                    self.value(d, field, (of.name, name))?;
                }
            }
            Item::Array => {
                let len = d.array().ok().flatten().ok_or(SHAPE)?;
                self.tally.add(Class::Format, d.position() - start);
                if usize::try_from(len) != Ok(of.fields.len()) {
                    return Err("record-unknown-field");
                }
                for (_, name, field) in of.fields {
                    self.value(d, field, (of.name, name))?;
                }
            }
            _ => return Err(SHAPE),
        }
        Ok(())
    }

    fn value(&mut self, d: &mut Decoder<'_>, of: &'static Of, name: FieldName) -> Result<(), Unfit> {
        match of {
            Of::One(class) => self.one(d, *class, name),
            Of::Record(of) => self.record(d, of),
            Of::List(of) => {
                for _ in 0..self.array(d)? {
                    self.value(d, of, name)?;
                }
                Ok(())
            }
            Of::Choice(variants) => {
                if self.array(d)? != 2 {
                    return Err(SHAPE);
                }
                let start = d.position();
                let number = d.u64().ok().and_then(|number| usize::try_from(number).ok()).ok_or(SHAPE)?;
                let (variant, carries) = variants.get(number).ok_or("record-unknown-field")?;
                self.tally.field((name.0, variant), Class::Numbers, d.position() - start);
                if usize::try_from(self.array(d)?) != Ok(carries.len()) {
                    return Err(SHAPE);
                }
                carries.iter().try_for_each(|of| self.value(d, of, (name.0, variant)))
            }
            Of::Nested(of) => {
                let bytes = self.bytes(d)?;
                let mut inner = Decoder::new(bytes);
                self.value(&mut inner, of, name)?;
                if inner.position() == bytes.len() { Ok(()) } else { Err(SHAPE) }
            }
            Of::Statement => {
                let bytes = self.bytes(d)?;
                statement(self.tally, bytes).map(|_| ())
            }
        }
    }

    fn one(&mut self, d: &mut Decoder<'_>, class: Class, name: FieldName) -> Result<(), Unfit> {
        let start = d.position();
        let content = match d.datatype().map_err(|_| SHAPE)? {
            Item::Bytes => d.bytes().map_err(|_| SHAPE)?.len(),
            // The only texts of a store: what the law makes public, and the words of the format.
            Item::String if matches!(class, Class::Law | Class::Words) => d.str().map_err(|_| SHAPE)?.len(),
            Item::String => return Err("record-text"),
            Item::Bool | Item::U8 | Item::U16 | Item::U32 | Item::U64 | Item::I8 | Item::I16 | Item::I32 => {
                d.skip().map_err(|_| SHAPE)?;
                d.position() - start
            }
            _ => return Err(SHAPE),
        };
        self.tally.add(Class::Format, d.position() - start - content);
        self.tally.field(name, class, content);
        Ok(())
    }

    fn array(&mut self, d: &mut Decoder<'_>) -> Result<u64, Unfit> {
        let start = d.position();
        let len = d.array().ok().flatten().ok_or(SHAPE)?;
        self.tally.add(Class::Format, d.position() - start);
        Ok(len)
    }

    fn bytes<'b>(&mut self, d: &mut Decoder<'b>) -> Result<&'b [u8], Unfit> {
        let start = d.position();
        let bytes = d.bytes().map_err(|_| SHAPE)?;
        self.tally.add(Class::Format, d.position() - start - bytes.len());
        Ok(bytes)
    }
}

/// Whether bytes are exactly a detached header for one hybrid reader.
///
/// # Errors
/// [`Unfit`].
pub(super) fn header(bytes: &[u8]) -> Result<Grant, Unfit> {
    Grant::parse(bytes).map_err(|error| error.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_every_kind_of_statement_is_counted() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/statements");
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Authored) {
            let bytes = std::fs::read(format!("{folder}/{kind}.cbor")).unwrap();
            let mut tally = Tally::default();
            assert_eq!(statement(&mut tally, &bytes), Ok(kind));
            assert_eq!(tally.total(), bytes.len() as u64, "{kind}");
        }
        let authored = std::fs::read(format!("{folder}/authored.cbor")).unwrap();
        assert!(statement(&mut Tally::default(), &authored).is_err());
    }
}

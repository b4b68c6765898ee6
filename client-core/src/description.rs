//! What an author says of a content: the sealed description, its limits, and how older ones are read.

use carnet_moment::Moment;
use carnet_wire::StableCode;
use minicbor::{Decode, Encode};

use crate::plain_text::{is_plain, plain_line};

/// What an author says of a content.
///
/// Fields 7 and above came later: an older description has none of them.
#[derive(Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Description {
    /// What sort of item.
    #[n(0)]
    pub sort: Sort,
    /// Its title.
    #[n(1)]
    pub title: String,
    /// When what it tells of happened, in milliseconds since 1970, first to last: the keys of [`Description::moments`], by which lists
    /// are sorted.
    #[n(2)]
    pub dates: Vec<i64>,
    /// What type of document, which speciality, which confidentiality.
    #[n(3)]
    pub codes: Vec<Code>,
    /// Media type (RFC 6838).
    #[n(4)]
    pub media_type: String,
    /// Who the content says wrote it, where that is not the account that signs: a person deposits what others wrote.
    #[n(5)]
    pub written_by: Option<String>,
    /// The content's own identifier, as its format writes it (for CDA R2, root and extension).
    #[n(6)]
    pub identifier: Option<String>,
    /// The dates as the document says them, no more exactly and on the same clock: texts of [`Moment`]s, in the order of `dates`.
    #[n(7)]
    pub moments: Option<Vec<String>>,
    /// What the file was called, without its folder.
    #[n(8)]
    pub file: Option<String>,
    /// Which set of versions it belongs to, and which of them it is.
    #[n(9)]
    pub series: Option<Series>,
    /// Which other documents it replaces, adds to or was made from.
    #[n(10)]
    pub related: Option<Vec<Related>>,
    /// What type of document it may be, where nobody has said: a guess by its words. It never decides who may read.
    #[n(11)]
    pub guess: Option<Code>,
    /// What the file itself calls its type.
    #[n(12)]
    pub display: Option<String>,
    /// Whom the document names as its patient.
    #[n(13)]
    pub about: Option<About>,
}

impl core::fmt::Debug for Description {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Description(..)")
    }
}

/// What sort of item an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Sort {
    /// A document.
    #[n(0)]
    #[default]
    Document,
    /// A profile item: a FHIR R4 resource.
    #[n(1)]
    Profile,
    /// A message.
    #[n(2)]
    Message,
    /// An event of the agenda.
    #[n(3)]
    Event,
    /// The secrets of a vault or a circle.
    #[n(4)]
    Key,
}

/// A code in a system of codes, as FHIR's `Coding`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Code {
    /// The system's URI.
    #[n(0)]
    pub system: String,
    /// The code.
    #[n(1)]
    pub code: String,
}

/// What all versions of a document have in common, and which of them this one is (CDA R2: `setId`, `versionNumber`).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Series {
    /// The identifier of the set.
    #[n(0)]
    pub set: String,
    /// The number of the version.
    #[n(1)]
    pub version: Option<u32>,
}

/// Whom a document says that it is about: nothing of it is verified.
#[derive(Clone, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(map)]
pub struct About {
    /// The name, as the document writes it.
    #[n(0)]
    pub name: Option<String>,
    /// All given names, where they are told apart.
    #[n(1)]
    pub given: Option<String>,
    /// All family names, of birth and of use, where they are told apart.
    #[n(2)]
    pub family: Option<String>,
    /// The day of birth: the text of a [`Moment`].
    #[n(3)]
    pub birth: Option<String>,
    /// The national health identity (INS).
    #[n(4)]
    pub ins: Option<String>,
}

impl core::fmt::Debug for About {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("About(..)")
    }
}

impl About {
    fn texts(&self) -> [&Option<String>; 5] {
        [&self.name, &self.given, &self.family, &self.birth, &self.ins]
    }
}

/// Another document that this one has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Related {
    /// How.
    #[n(0)]
    pub relation: Relation,
    /// The other one's identifier, as its format writes it.
    #[n(1)]
    pub identifier: String,
}

/// What a document has to do with another (CDA R2 `relatedDocument`, FHIR R4 `relatesTo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Relation {
    /// It stands in the other one's place (`RPLC`, `replaces`).
    #[n(0)]
    Replaces,
    /// It adds to it (`APND`, `appends`).
    #[n(1)]
    Appends,
    /// It is the same in another form (`XFRM`, `transforms`).
    #[n(2)]
    Transforms,
}

impl Relation {
    /// FHIR's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Replaces => "replaces",
            Self::Appends => "appends",
            Self::Transforms => "transforms",
        }
    }

    /// The relation that FHIR's word names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Replaces, Self::Appends, Self::Transforms].into_iter().find(|relation| relation.name() == name)
    }
}

impl Description {
    /// Takes these for its dates, at most [`MAX_DATES`].
    pub fn set_moments(&mut self, moments: impl IntoIterator<Item = Moment>) {
        let moments: Vec<Moment> = moments.into_iter().take(MAX_DATES).collect();
        self.dates = moments.iter().map(|moment| moment.key()).collect();
        self.moments = (!moments.is_empty()).then(|| moments.iter().map(Moment::to_string).collect());
    }

    /// Its dates. Of an older description only milliseconds are known: a beginning of a day in UTC is taken for that day.
    #[must_use]
    pub fn when(&self) -> Vec<Moment> {
        moments_of(self.moments.as_deref(), &self.dates)
    }

    /// Whether every text in it is one line within its limit, with nothing in it that a screen obeys, and no list is too long.
    ///
    /// # Errors
    /// [`DescriptionError`], with the field.
    pub fn check(&self) -> Result<(), DescriptionError> {
        let texts = self.texts();
        let wrong = texts.iter().find(|(_, text, most)| !is_plain(text, *most)).map(|(field, _, _)| *field);
        let many = [
            ("dates", self.dates.len(), MAX_DATES),
            ("moments", self.moments.as_ref().map_or(0, Vec::len), MAX_DATES),
            ("codes", self.codes.len(), MAX_CODES),
            ("related", self.related.as_ref().map_or(0, Vec::len), MAX_RELATED),
        ];
        let many = many.iter().find(|(_, count, most)| count > most).map(|(field, _, _)| *field);
        match wrong.or(many) {
            Some(field) => Err(DescriptionError { field }),
            None => Ok(()),
        }
    }

    /// The same within all limits: what is too long is cut, what a screen would obey is left out. Whoever opens an old description, or
    /// one that a stranger sealed without checking it, shows this.
    #[must_use]
    pub fn harmless(&self) -> Self {
        let line = |text: &String| plain_line(text, MAX_TEXT);
        let code = |code: &Code| Code {
            system: plain_line(&code.system, MAX_CODE),
            code: plain_line(&code.code, MAX_CODE),
        };
        let series = |series: &Series| Series { set: line(&series.set), version: series.version };
        let related = |one: &Related| Related { relation: one.relation, identifier: line(&one.identifier) };
        Self {
            sort: self.sort,
            title: line(&self.title),
            dates: self.dates.iter().take(MAX_DATES).copied().collect(),
            codes: self.codes.iter().take(MAX_CODES).map(code).collect(),
            media_type: plain_line(&self.media_type, MAX_NAME),
            written_by: self.written_by.as_ref().map(line),
            identifier: self.identifier.as_ref().map(line),
            moments: self
                .moments
                .as_ref()
                .map(|all| all.iter().take(MAX_DATES).map(|text| plain_line(text, MAX_NAME)).collect()),
            file: self.file.as_ref().map(|name| plain_line(name, MAX_NAME)),
            series: self.series.as_ref().map(series),
            related: self.related.as_ref().map(|all| all.iter().take(MAX_RELATED).map(related).collect()),
            guess: self.guess.as_ref().map(code),
            display: self.display.as_ref().map(line),
            about: self.about.as_ref().map(|about| About {
                name: about.name.as_ref().map(line),
                given: about.given.as_ref().map(line),
                family: about.family.as_ref().map(line),
                birth: about.birth.as_ref().map(line),
                ins: about.ins.as_ref().map(line),
            }),
        }
    }

    /// Its texts, each with the name of its field and most bytes.
    fn texts(&self) -> Vec<(&'static str, &str, usize)> {
        let mut texts = vec![
            ("title", self.title.as_str(), MAX_TEXT),
            ("media type", self.media_type.as_str(), MAX_NAME),
        ];
        let lines = [
            ("written by", &self.written_by, MAX_TEXT),
            ("identifier", &self.identifier, MAX_TEXT),
            ("file", &self.file, MAX_NAME),
            ("display", &self.display, MAX_TEXT),
        ];
        texts.extend(
            lines.into_iter().filter_map(|(field, text, most)| Some((field, text.as_deref()?, most))),
        );
        for code in self.codes.iter().chain(&self.guess) {
            texts
                .extend([("codes", code.system.as_str(), MAX_CODE), ("codes", code.code.as_str(), MAX_CODE)]);
        }
        texts.extend(self.moments.iter().flatten().map(|text| ("moments", text.as_str(), MAX_NAME)));
        let about = self.about.iter().flat_map(About::texts).flatten();
        texts.extend(about.map(|text| ("about", text.as_str(), MAX_TEXT)));
        texts.extend(self.series.iter().map(|series| ("series", series.set.as_str(), MAX_TEXT)));
        texts.extend(self.related.iter().flatten().map(|one| ("related", one.identifier.as_str(), MAX_TEXT)));
        texts
    }
}

/// Moments of a description or of a row made of one: as they were said, else what their milliseconds tell.
#[must_use]
pub fn moments_of(said: Option<&[String]>, dates: &[i64]) -> Vec<Moment> {
    match said {
        Some(texts) => texts.iter().filter_map(|text| Moment::parse(text)).collect(),
        None => dates.iter().copied().map(Moment::from_plain_millis).collect(),
    }
}

/// A description that is not sealed: a text or a list of it is beyond its limit, or would be obeyed by a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the description's {field} is too long, or holds characters that are not shown")]
pub struct DescriptionError {
    /// What is wrong in it.
    pub field: &'static str,
}

impl StableCode for DescriptionError {
    fn code(&self) -> &'static str {
        "description-text"
    }
}

/// Most bytes of a title, an author, an identifier, the words for a type.
pub const MAX_TEXT: usize = 1_200;
/// Most bytes of a file's name, a media type, a moment.
pub const MAX_NAME: usize = 255;
/// Most bytes of a code, and of its system.
pub const MAX_CODE: usize = 2_000;
/// Most dates.
pub const MAX_DATES: usize = 16;
/// Most codes.
pub const MAX_CODES: usize = 64;
/// Most documents that one has to do with.
pub const MAX_RELATED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use carnet_wire::cbor;
    use proptest::prelude::*;

    #[test]
    fn moments_are_kept_as_they_were_said() {
        let texts = ["2019", "2019-05-06", "2019-05-06T23:30", "2019-05-06T23:30:00-10:00"];
        let moments: Vec<Moment> = texts.iter().filter_map(|text| Moment::parse(text)).collect();
        let mut description = Description::default();
        description.set_moments(moments.clone());
        let read: Description = cbor::decode(&cbor::encode(&description), 1000).unwrap();
        assert_eq!((read.when(), read.dates.len()), (moments, 4));
        let older = Description { moments: None, dates: vec![0, 1_000], ..Description::default() };
        let said: Vec<String> = older.when().iter().map(Moment::to_string).collect();
        assert_eq!(said, ["1970-01-01", "1970-01-01T00:00:01Z"]);
    }

    #[test]
    fn text_within_its_limit_is_sealed_and_longer_ones_are_named() {
        let titled = |title: String| Description { title, ..Description::default() };
        assert_eq!(titled("é".repeat(600)).check(), Ok(()));
        assert_eq!(titled("é".repeat(601)).check(), Err(DescriptionError { field: "title" }));
        assert_eq!(titled("a\u{202e}b".into()).check(), Err(DescriptionError { field: "title" }));
        let file = Description { file: Some("a".repeat(256)), ..Description::default() };
        assert_eq!(file.check(), Err(DescriptionError { field: "file" }));
    }

    proptest! {
        #[test]
        fn what_is_made_harmless_passes_the_check(title: String, other: Option<String>, code: String, dates in proptest::collection::vec(any::<i64>(), 0..20)) {
            let code = Code { system: code.clone(), code };
            let description = Description {
                title,
                dates,
                codes: vec![code.clone(); 70],
                media_type: other.clone().unwrap_or_default(),
                moments: other.clone().map(|text| vec![text; 20]),
                series: other.clone().map(|set| Series { set, version: Some(1) }),
                related: other.clone().map(|identifier| vec![Related { relation: Relation::Appends, identifier }; 20]),
                written_by: other.clone(),
                identifier: other.clone(),
                display: other.clone(),
                about: Some(About { name: other.clone(), birth: other.clone(), ..About::default() }),
                file: other,
                guess: Some(code),
                ..Description::default()
            };
            prop_assert_eq!(description.harmless().check(), Ok(()));
            prop_assert_eq!(description.harmless().harmless(), description.harmless());
        }
    }
}

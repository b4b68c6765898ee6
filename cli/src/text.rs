//! What people read, in French or English, by Project Fluent. French comes first: English is for whoever asks for it by locale.
//!
//! Texts are in `cli/locales`, a folder a language, a file an area; both languages have the same messages, which a test checks.

use crate::shown::harmless_line;
pub use fluent_bundle::FluentValue;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Language {
    /// The language of the environment: `CARNET_LANG`, else the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`).
    #[must_use]
    pub fn of_environment() -> Self {
        let names = ["CARNET_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
        let given = names.iter().filter_map(|name| std::env::var(name).ok()).find(|value| !value.is_empty());
        if given.is_some_and(|value| value.to_ascii_lowercase().starts_with("en")) {
            Self::En
        } else {
            Self::Fr
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Fr => FRENCH,
            Self::En => ENGLISH,
        }
    }
}

/// The texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl core::fmt::Debug for Texts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Texts({})", self.language.id())
    }
}

/// A message's arguments.
pub type Values<'a> = &'a [(&'static str, FluentValue<'a>)];

impl Texts {
    /// The texts of a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let id: LanguageIdentifier = language.id().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![id]);
        // Marks of direction around each value would end up in pipes and files.
        bundle.set_use_isolating(false);
        let help = if language == Language::Fr { FRENCH_HELP } else { &[] };
        for source in language.sources().iter().chain(help) {
            let source = match language {
                Language::Fr => typeset(source),
                Language::En => (*source).to_owned(),
            };
            let resource = FluentResource::try_new(source).unwrap_or_else(|(partial, _)| partial);
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// A message; its id where there is none, which a test forbids.
    #[must_use]
    pub fn say(&self, id: &str, values: Values<'_>) -> String {
        self.find(id, None, values).unwrap_or_else(|| id.to_owned())
    }

    /// A message, or one of its attributes, where there is one.
    #[must_use]
    pub fn find(&self, id: &str, attribute: Option<&str>, values: Values<'_>) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        // What strangers write stands in texts as values: none of them has a line of its own, or anything that a terminal obeys.
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, harmless(value))).collect();
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned())
    }
}

impl carnet_health::view::Words for Texts {
    fn say(&self, id: &str, values: &[(&'static str, &str)]) -> Option<String> {
        // A count chooses between singular and plural; any other number stays as it is written.
        let value = |name: &str, text: &str| match text.parse::<u32>() {
            Ok(count) if name == "count" => FluentValue::from(count),
            _ => FluentValue::from(text.to_owned()),
        };
        let values: Vec<_> = values.iter().map(|(name, text)| (*name, value(name, text))).collect();
        self.find(id, None, &values)
    }
}

fn harmless<'a>(value: &FluentValue<'a>) -> FluentValue<'a> {
    match value {
        FluentValue::String(text) => FluentValue::from(harmless_line(text)),
        other => other.clone(),
    }
}

/// French typography, in one place, so that nobody has to type what cannot be seen: the space before a high mark, inside guillemets,
/// before a unit and behind « n° » never ends a line.
fn typeset(source: &str) -> String {
    let mut set = String::with_capacity(source.len().saturating_add(1024));
    let mut rest = source;
    while let Some((before, after)) = rest.split_once(' ') {
        set.push_str(before);
        let high = after.starts_with([':', ';', '?', '!', '»']);
        let unit = ["Mo", "Go", "%"].iter().any(|unit| {
            after.strip_prefix(unit).is_some_and(|then| !then.starts_with(char::is_alphanumeric))
        });
        let keeps = high || unit || before.ends_with('«') || before.ends_with("n°");
        set.push(if keeps { NO_BREAK } else { ' ' });
        rest = after;
    }
    set.push_str(rest);
    set
}

const NO_BREAK: char = '\u{a0}';

/// Says a message: `say!(texts, ID, name = value)`.
#[macro_export]
macro_rules! say {
    ($texts:expr, $id:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $texts.say($id, &[$((stringify!($name), $crate::text::FluentValue::from($value))),*])
    };
}

/// The help of commands and arguments: its English stands in the code, and [`crate::help`] sees to it that nothing is missing.
const FRENCH_HELP: &[&str] =
    &[include_str!("../locales/fr/argument.ftl"), include_str!("../locales/fr/help.ftl")];

const FRENCH: &[&str] = &[
    include_str!("../locales/fr/account.ftl"),
    include_str!("../locales/fr/base.ftl"),
    include_str!("../locales/fr/calendar.ftl"),
    include_str!("../locales/fr/cda.ftl"),
    include_str!("../locales/fr/code.ftl"),
    include_str!("../locales/fr/content.ftl"),
    include_str!("../locales/fr/document.ftl"),
    include_str!("../locales/fr/error.ftl"),
    include_str!("../locales/fr/fhir.ftl"),
    include_str!("../locales/fr/freedom.ftl"),
    include_str!("../locales/fr/network.ftl"),
    include_str!("../locales/fr/profile.ftl"),
    include_str!("../locales/fr/share.ftl"),
    include_str!("../locales/fr/standing.ftl"),
    include_str!("../locales/fr/system.ftl"),
];

const ENGLISH: &[&str] = &[
    include_str!("../locales/en/account.ftl"),
    include_str!("../locales/en/base.ftl"),
    include_str!("../locales/en/calendar.ftl"),
    include_str!("../locales/en/cda.ftl"),
    include_str!("../locales/en/code.ftl"),
    include_str!("../locales/en/content.ftl"),
    include_str!("../locales/en/document.ftl"),
    include_str!("../locales/en/error.ftl"),
    include_str!("../locales/en/fhir.ftl"),
    include_str!("../locales/en/freedom.ftl"),
    include_str!("../locales/en/network.ftl"),
    include_str!("../locales/en/profile.ftl"),
    include_str!("../locales/en/share.ftl"),
    include_str!("../locales/en/standing.ftl"),
    include_str!("../locales/en/system.ftl"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fluent_bundle::FluentResource;

    use super::*;

    /// Each message and attribute of a language, with the names of the values that it uses.
    fn messages(language: Language) -> BTreeMap<String, Vec<String>> {
        let mut all = BTreeMap::new();
        for source in language.sources() {
            let resource =
                FluentResource::try_new((*source).to_owned()).map_err(|(_, errors)| errors).unwrap();
            assert!(resource.entries().count() > 0);
            let mut id = String::new();
            for line in source.lines() {
                let (key, text) = match line.split_once('=') {
                    Some((key, text)) if !line.starts_with([' ', '#']) => {
                        key.trim().clone_into(&mut id);
                        (id.clone(), text)
                    }
                    Some((key, text)) if line.trim_start().starts_with('.') => {
                        (format!("{id}{}", key.trim()), text)
                    }
                    _ => (id.clone(), line),
                };
                let values: &mut Vec<String> = all.entry(key).or_default();
                let names = text.split('$').skip(1).map(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>()
                });
                values.extend(names);
                values.sort();
                values.dedup();
            }
        }
        all.remove("");
        all
    }

    #[test]
    fn message_that_one_language_has_and_the_other_has_not() {
        let (french, english) = (messages(Language::Fr), messages(Language::En));
        assert!(french.len() > 20);
        for (id, values) in &french {
            assert_eq!(english.get(id), Some(values), "{id} in English");
        }
        assert_eq!(french.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>());
    }

    #[test]
    fn message_that_the_code_says_and_no_language_has() {
        let (texts, mut seen) = (messages(Language::Fr), 0);
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let code = std::fs::read_to_string(&path).unwrap();
                let code = code.split("#[cfg(test)]").next().unwrap_or_default();
                for said in ["say!(", "Failure::coded(", "Failure::wrong("] {
                    for rest in code.split(said).skip(1) {
                        let mut quoted = rest.split('"');
                        let before = quoted.next().unwrap_or_default();
                        let one_argument =
                            before.split_once(',').map_or(before, |(_, rest)| rest).trim().is_empty();
                        let Some(id) = quoted.next().filter(|_| one_argument && !before.contains(';')) else {
                            continue;
                        };
                        if id.contains(['{', '.', ' ']) {
                            continue;
                        }
                        let id = if said == "say!(" { id.to_owned() } else { format!("error-{id}") };
                        assert!(texts.contains_key(&id), "{id}, in {}", path.display());
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 10, "{seen} messages seen");
    }

    #[test]
    fn locale_decides_and_french_comes_first() {
        assert_eq!(Texts::of(Language::Fr).say("yes", &[]), "oui");
        assert_eq!(Texts::of(Language::En).say("yes", &[]), "yes");
        assert_eq!(Texts::of(Language::En).say("no-such-message", &[]), "no-such-message");
    }
}

//! The server's own log, on standard error: ids and codes, never what users wrote.
//!
//! Whatever a line of code hands to `tracing`, only fields of [`FIELDS`] are written, and text only where it has the form of an id,
//! a code, a route, an address of ours or a path of ours. Messages are dropped: an event is known by its `code`. Events of other
//! crates are not written at all, for nobody here has read what they hold.

use std::fmt::{Debug, Write as _};
use std::io::Write as _;
use std::panic::PanicHookInfo;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock;
use crate::config::{Log, LogFormat, LogLevel};

/// The fields that may stand in a line.
pub const FIELDS: [&str; 26] = [
    "account",
    "address",
    "bytes",
    "code",
    "count",
    "engine",
    "entry",
    "error",
    "file",
    "index",
    "kind",
    "line",
    "method",
    "ms",
    "n",
    "name",
    "number",
    "origin",
    "route",
    "seconds",
    "size",
    "space",
    "statement",
    "status",
    "vault",
    "what",
];

/// Begins to log, for good. A second call changes nothing.
pub fn begin(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let begun =
        tracing_subscriber::registry().with(Lines { format: log.format }.with_filter(level)).try_init();
    if begun.is_ok() {
        std::panic::set_hook(Box::new(panicked));
    }
}

/// A panic is logged by its place. Its message may hold anything, and is not.
fn panicked(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
    let file = file.rsplit_once("src/").map_or(file, |(_, file)| file);
    tracing::error!(code = "panic", file, line);
}

struct Lines {
    format: LogFormat,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("carnet_server") {
            return;
        }
        let mut line = Line(Map::new());
        line.0.insert("time".to_owned(), clock::now().into());
        line.0.insert("level".to_owned(), event.metadata().level().as_str().to_ascii_lowercase().into());
        event.record(&mut line);
        let mut text = match self.format {
            LogFormat::Json => Value::Object(line.0).to_string(),
            LogFormat::Text => line.0.iter().fold(String::new(), |mut text, (name, value)| {
                let _ = write!(text, "{name}={value} ");
                text
            }),
        };
        text.push('\n');
        // Nothing can be done where even the log fails.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        if FIELDS.contains(&field.name()) {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }

    fn put_text(&mut self, field: &Field, text: &str) {
        // An error's text comes from the system or a store: it names files and states, never values.
        let spaces = if field.name() == "error" { " (),'`\"" } else { "" };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:{}[]*".contains(c) || spaces.contains(c);
        let shown = text.len() <= 200 && text.chars().all(plain);
        self.put(field, if shown { text } else { "withheld" });
    }
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if FIELDS.contains(&field.name()) {
            self.put_text(field, &format!("{value:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut line = Line(Map::new());
            event.record(&mut line);
            self.0.lock().unwrap().push(Value::Object(line.0).to_string());
        }
    }

    #[test]
    fn message_unknown_field_and_free_text_are_not_written() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Kept(kept.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(code = "request", patient = "Durand", status = 200, "opened by Durand");
            tracing::info!(code = "request", vault = "Jeanne Durand", name = %"é");
            tracing::error!(code = "store", error = %std::io::Error::from_raw_os_error(28));
        });
        let kept = kept.lock().unwrap().join("\n");
        assert!(!kept.contains("Durand") && !kept.contains('é'), "{kept}");
        assert!(kept.contains("withheld") && kept.contains("No space left"), "{kept}");
    }
}

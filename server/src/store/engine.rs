//! The embedded engines by their names, what they may use, and why a store is not opened.

use std::fmt;
use std::io;
use std::str::FromStr;

use super::StoreError;
use super::room::Room;

/// An embedded engine, chosen by one line of configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// redb 4.
    #[default]
    Redb,
    /// sled 0.34.
    Sled,
}

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        match name {
            "redb" => Ok(Self::Redb),
            "sled" => Ok(Self::Sled),
            _ => Err(UnknownEngine),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redb => "redb",
            Self::Sled => "sled",
        })
    }
}

/// No engine has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine is \"redb\" or \"sled\"")]
pub struct UnknownEngine;

/// Why a store is not opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process has this store open: stop it first")]
    Locked,
    /// Another engine made it.
    #[error(
        "the engine {0} made this store: name it in the configuration, or rewrite the store for another engine"
    )]
    Engine(Engine),
    /// Another version of Carnet made it.
    #[error("this store has format {0}, which this version does not know: use the version that made it")]
    Format(u32),
    /// The folder is not what was left there.
    #[error("this store is damaged ({0}): restore a backup")]
    Damaged(&'static str),
    /// What is to be filled holds something already.
    #[error("there is a store already: name an empty folder")]
    NotEmpty,
    /// The engine refuses its files.
    #[error("the engine cannot open its files: {0}; restore a backup, or see what the disk says")]
    Refused(String),
    /// The system failed.
    #[error("the store's folder: {0}")]
    Io(#[from] io::Error),
}

impl OpenError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked => "store-locked",
            Self::Engine(_) => "store-engine",
            Self::Format(_) => "store-format",
            Self::Damaged(_) => "store-damaged",
            Self::NotEmpty => "store-not-empty",
            Self::Refused(_) => "store-refused",
            Self::Io(_) => "store-io",
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// What an engine may use.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    /// Bytes of memory for the engine's cache.
    pub cache_bytes: usize,
    /// Bytes of the disk that stay free: below it, a transaction that writes is refused ([`StoreError::Full`]).
    pub reserve_bytes: u64,
    /// Bytes after which a file of the journal is full: from 64 KiB to 1 GiB.
    pub journal_bytes: u64,
}

impl Resources {
    /// The usual length of a file of the journal.
    pub const JOURNAL: u64 = 128 << 20;

    /// So much cache, and the usual reserve and journal.
    #[must_use]
    pub fn cache(cache_bytes: usize) -> Self {
        Self { cache_bytes, reserve_bytes: Room::RESERVE, journal_bytes: Self::JOURNAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_of_another_name_is_refused() {
        for engine in [Engine::Redb, Engine::Sled] {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
        for name in ["", "Redb", "sqlite", "redb "] {
            assert_eq!(name.parse::<Engine>(), Err(UnknownEngine));
        }
    }
}

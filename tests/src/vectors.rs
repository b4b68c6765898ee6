//! The frozen files of `tests/vectors`: what was written once must be read for ever.
//!
//! `CARNET_BLESS=1` writes a missing file and never changes one; `CARNET_BLESS=break` also writes anew what is made otherwise
//! today, which breaks the format for everybody who has a vault.

#![allow(clippy::panic, reason = "a frozen file that is missing or changed fails its test")]

use std::fs;
use std::path::PathBuf;

use crate::need::repository;

/// What a test may do to the frozen files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bless {
    /// Read them.
    No,
    /// Write what is missing.
    Missing,
    /// Write anew what would be other bytes today.
    Break,
}

impl Bless {
    /// What the environment allows.
    #[must_use]
    pub fn from_env() -> Self {
        match std::env::var("CARNET_BLESS").as_deref() {
            Ok("1") => Self::Missing,
            Ok("break") => Self::Break,
            _ => Self::No,
        }
    }
}

/// The bytes of a frozen file that are made the same on every run: today's must be those.
///
/// # Panics
/// Where the file is missing or today's bytes are others, unless that is blessed.
#[must_use]
pub fn same(name: &str, today: &[u8]) -> Vec<u8> {
    let frozen = fs::read(path(name)).ok();
    match (frozen, Bless::from_env()) {
        (Some(frozen), Bless::No | Bless::Missing) if frozen != today => {
            panic!(
                "{name} would be other bytes today: a break of the format, which only CARNET_BLESS=break writes"
            )
        }
        (Some(_), Bless::No | Bless::Missing) => {}
        (None, Bless::No) => panic!("{name} is missing: CARNET_BLESS=1 writes it"),
        (None, Bless::Missing) | (_, Bless::Break) => write(name, today),
    }
    today.to_vec()
}

/// The bytes of a frozen file that was made once, with random bytes in it; they are read with `reads`.
///
/// # Panics
/// Where the file is missing or not read any more, unless that is blessed.
#[must_use]
pub fn once(name: &str, make: impl FnOnce() -> Vec<u8>, reads: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let frozen = fs::read(path(name)).ok();
    let readable = frozen.as_ref().is_some_and(|frozen| reads(frozen));
    let remake = match Bless::from_env() {
        Bless::No => false,
        Bless::Missing => frozen.is_none(),
        Bless::Break => !readable,
    };
    if remake {
        let made = make();
        assert!(reads(&made), "{name}: what is made today is not read today");
        write(name, &made);
        return made;
    }
    let Some(frozen) = frozen else { panic!("{name} is missing: CARNET_BLESS=1 writes it") };
    assert!(readable, "{name} is not read any more: a break of the format");
    frozen
}

/// Where a frozen file lies.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    repository().join("tests/vectors").join(name)
}

fn write(name: &str, bytes: &[u8]) {
    let path = path(name);
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
    assert!(written.is_ok(), "{name}: {written:?}");
}

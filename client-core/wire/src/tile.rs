//! Paths of tiles and entry bundles (c2sp.org/tlog-tiles).

use std::fmt;
use std::str::FromStr;

use crate::StableCode;

/// The number of hashes, or entries, in a full tile.
pub const TILE_WIDTH: u16 = 256;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// Hashes of a level from 0 (leaves) to 63; a level is 8 levels of the tree.
    Hashes(u8),
    /// Log entries.
    Entries,
}

/// The path `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`, without a leading slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// The path names no tile, or a tile in another spelling than its one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct TilePathError;

impl StableCode for TilePathError {
    fn code(&self) -> &'static str {
        "tile-path-malformed"
    }
}

impl TilePath {
    /// A tile by kind, index and width.
    ///
    /// # Errors
    /// [`TilePathError`] for a level above 63 or a width that is not in `1..=256`.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TilePathError> {
        let level_exists = !matches!(kind, TileKind::Hashes(64..));
        if level_exists && (1..=TILE_WIDTH).contains(&width) {
            Ok(Self { kind, index, width })
        } else {
            Err(TilePathError)
        }
    }

    /// What the tile holds.
    #[must_use]
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its place within the level, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of hashes or entries: 256 in a full tile, fewer in a partial one.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => write!(f, "tile/entries/")?,
        }
        // u64 has 20 digits: seven groups of three.
        let groups = (1..7).rev().map(|group| 1000_u64.pow(group)).filter(|unit| self.index >= *unit);
        for unit in groups {
            write!(f, "x{:03}/", self.index / unit % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let tile = parse(path).ok_or(TilePathError)?;
        // One tile, one path: no leading zero or group, no `.p/256`.
        if tile.to_string() == path { Ok(tile) } else { Err(TilePathError) }
    }
}

fn parse(path: &str) -> Option<TilePath> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = if kind == "entries" { TileKind::Entries } else { TileKind::Hashes(kind.parse().ok()?) };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok()?),
        None => (rest, TILE_WIDTH),
    };
    let index = index.split('/').try_fold(0_u64, |index, group| {
        let digits: u16 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(1000)?.checked_add(u64::from(digits))
    })?;
    TilePath::new(kind, index, width).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_paths_of_the_specification() {
        let path = |kind, index, width| TilePath::new(kind, index, width).unwrap().to_string();
        assert_eq!(path(TileKind::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(TileKind::Hashes(63), 0, 112), "tile/63/000.p/112");
        assert_eq!(path(TileKind::Entries, 1000, 1), "tile/entries/x001/000.p/1");
    }

    #[test]
    fn another_spelling_of_a_path_is_refused() {
        for bad in [
            "",
            "tile/0",
            "tile/0/",
            "/tile/0/000",
            "tile/00/000",
            "tile/64/000",
            "tile/0/0",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/0/+01",
            "tile/0/1000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/000/",
            "tile/data/000",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/../../etc/passwd",
        ] {
            assert_eq!(bad.parse::<TilePath>(), Err(TilePathError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn path_parses_back(level in 0_u8..64, index: u64, shift in 0_u32..64, width in 1_u16..=256) {
            for kind in [TileKind::Hashes(level), TileKind::Entries] {
                let tile = TilePath::new(kind, index >> shift, width).unwrap();
                prop_assert_eq!(tile.to_string().parse(), Ok(tile));
            }
        }
    }
}

//! Packs: files that hold short payloads, one after the other, and the index that says where each of them lies.
//!
//! ```text
//! packs/<n>.pack      payloads, each from a multiple of BLOCK on; zeros up to the next. n: 16 lower-case hexadecimal digits
//! packs/places.redb   the index: one table as the records have, of keys and values with a checksum
//! packs/places.new    the index, half rewritten: nobody reads it
//!
//! key                 vault (32) || payload root (32)
//! value               n (8) || first block (4) || length in bytes (4) || time in milliseconds since 1970 (8)
//! key "end"           n (8) || blocks (4): no payload of the index lies behind it
//! key "freed" || n (8) || first block (4)
//!                     as of a payload: nobody needs what lay there, and a start takes away what is left of it
//! ```
//! Numbers are big-endian. Bytes behind the end, and packs of a higher number, are what a crash left: the journal has them.

use carnet_wire::id::{PayloadRoot, VaultId};

/// The folder.
pub const PACKS: &str = "packs";
/// The index in it.
pub const INDEX: &str = "places.redb";
/// The index while it is rewritten.
pub const NEW_INDEX: &str = "places.new";
/// What a payload begins at a multiple of, in bytes.
pub const BLOCK: u64 = 4096;
/// The key of the [`PackEnd`].
pub const END: &[u8; 3] = b"end";
/// What the key of a place begins with that nobody needs any more.
pub const FREED: &[u8; 5] = b"freed";
/// Behind all of those.
pub const FREED_END: &[u8; 5] = b"freee";

/// Where a payload lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackPlace {
    /// The number of the pack.
    pub pack: u64,
    /// Its first block.
    pub block: u32,
    /// Its length, in bytes.
    pub len: u32,
    /// When it was put there, or last asked for: milliseconds since 1970.
    pub time: u64,
}

impl PackPlace {
    /// The bytes of the index.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (block, len) = (self.block.to_be_bytes(), self.len.to_be_bytes());
        [self.pack.to_be_bytes().as_slice(), &block, &len, &self.time.to_be_bytes()].concat()
    }

    /// Reads them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pack, rest) = bytes.split_first_chunk()?;
        let (block, rest) = rest.split_first_chunk()?;
        let (len, time) = rest.split_first_chunk()?;
        Some(Self {
            pack: u64::from_be_bytes(*pack),
            block: u32::from_be_bytes(*block),
            len: u32::from_be_bytes(*len),
            time: u64::from_be_bytes(time.try_into().ok()?),
        })
    }

    /// Its first byte in the pack.
    #[must_use]
    pub fn start(&self) -> u64 {
        u64::from(self.block) * BLOCK
    }

    /// The bytes of the pack that are its own, zeros and all.
    #[must_use]
    pub fn room(&self) -> u64 {
        u64::from(self.len).next_multiple_of(BLOCK)
    }
}

/// Up to where the index knows what lies in packs. The greater one lies behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackEnd {
    /// The number of the last pack.
    pub pack: u64,
    /// Its blocks.
    pub blocks: u32,
}

impl PackEnd {
    /// The bytes of the index.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.pack.to_be_bytes().as_slice(), &self.blocks.to_be_bytes()].concat()
    }

    /// Reads them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pack, blocks) = bytes.split_first_chunk()?;
        Some(Self { pack: u64::from_be_bytes(*pack), blocks: u32::from_be_bytes(blocks.try_into().ok()?) })
    }
}

/// The key of a payload.
#[must_use]
pub fn key(vault: &VaultId, root: &PayloadRoot) -> Vec<u8> {
    [vault.as_bytes().as_slice(), root.as_bytes()].concat()
}

/// The payload of a key.
#[must_use]
pub fn payload(key: &[u8]) -> Option<(VaultId, PayloadRoot)> {
    let (vault, root) = key.split_first_chunk()?;
    Some((VaultId::from_bytes(*vault), PayloadRoot::from_bytes(root.try_into().ok()?)))
}

/// The key of a place that nobody needs any more.
#[must_use]
pub fn freed_key(place: &PackPlace) -> Vec<u8> {
    [FREED.as_slice(), &place.pack.to_be_bytes(), &place.block.to_be_bytes()].concat()
}

/// The file's name.
#[must_use]
pub fn name(pack: u64) -> String {
    format!("{pack:016x}.pack")
}

/// The number of a file's name.
#[must_use]
pub fn number(file: &str) -> Option<u64> {
    super::file::hex(file.strip_suffix(".pack")?).map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_other_lengths_are_not() {
        let place = PackPlace { pack: 7, block: 8, len: 65_585, time: 1_763_800_000_000 };
        let bytes = place.to_bytes();
        assert_eq!(bytes.len(), 24);
        assert_eq!(PackPlace::from_bytes(&bytes), Some(place));
        assert_eq!((place.start(), place.room()), (32_768, 69_632));
        let end = PackEnd { pack: 7, blocks: 9 };
        assert_eq!(PackEnd::from_bytes(&end.to_bytes()), Some(end));
        for cut in 0..24 {
            assert_eq!(PackPlace::from_bytes(&bytes[..cut]), None);
            assert!(PackEnd::from_bytes(&bytes[..cut]).is_none() || cut == 12);
        }
        assert_eq!(PackPlace::from_bytes(&[bytes, vec![0]].concat()), None);
        let (vault, root) = (VaultId::from_bytes([1; 32]), PayloadRoot::from_bytes([2; 32]));
        assert_eq!(payload(&key(&vault, &root)), Some((vault, root)));
        assert_eq!(payload(END), None);
        let freed = freed_key(&place);
        assert!(freed.as_slice() > FREED && freed.as_slice() < FREED_END);
        assert_eq!((freed.len(), payload(&freed)), (17, None));
        assert_eq!(number(&name(0xfe)), Some(0xfe));
        for other in ["fe.pack", "00000000000000fe", "00000000000000FE.pack", "00000000000000fe.pack2"] {
            assert_eq!(number(other), None);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_as_it_was(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let place = PackPlace::from_bytes(&bytes).map(|place| place.to_bytes());
            prop_assert_eq!(place.is_some(), bytes.len() == 24);
            prop_assert!(place.is_none_or(|place| place == bytes));
            let end = PackEnd::from_bytes(&bytes).map(|end| end.to_bytes());
            prop_assert_eq!(end.is_some(), bytes.len() == 12);
            prop_assert!(end.is_none_or(|end| end == bytes));
            let name = payload(&bytes).map(|(vault, root)| key(&vault, &root));
            prop_assert_eq!(name.is_some(), bytes.len() == 64);
            prop_assert!(name.is_none_or(|name| name == bytes));
        }
    }
}

//! The names of files of payloads, under the folder of data.
//!
//! ```text
//! uploads/<vault>/<root>.part                    an upload: bytes of no promise
//! uploads/<vault>/<root>.tree                    an outboard being written
//! payloads/<aa>/<vault>/<root>                   settled: complete, verified, durable. aa: the vault's first byte
//! payloads/<aa>/<vault>/<root>.tree              its outboard, if it is longer than TREE_FROM
//! payloads/<aa>/<vault>/<root>.damaged           a settled payload found to hold other bytes, set aside
//! ```

use carnet_wire::id::{PayloadRoot, VaultId};

/// The folder of uploads.
pub const UPLOADS: &str = "uploads";
/// The folder of settled payloads.
pub const PAYLOADS: &str = "payloads";

/// Payloads longer than this have their outboard beside them: of shorter ones it is computed in no time.
pub const TREE_FROM: u64 = 1 << 20;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A settled payload.
    Payload,
    /// An outboard.
    Tree,
    /// An upload.
    Part,
    /// A payload set aside.
    Damaged,
}

/// Where a settled payload lies, under the folder of data.
#[must_use]
pub fn payload(vault: &VaultId, root: &PayloadRoot) -> String {
    format!("{PAYLOADS}/{}", within(vault, root))
}

/// The same, under the folder of settled payloads.
#[must_use]
pub fn within(vault: &VaultId, root: &PayloadRoot) -> String {
    let [first, ..] = vault.as_bytes();
    format!("{first:02x}/{vault}/{root}")
}

/// What the name of a file in a vault's folder says; `None` for a name that is none of ours.
#[must_use]
pub fn role(name: &str) -> Option<(PayloadRoot, Role)> {
    let (stem, role) = match name.split_once('.') {
        None => (name, Role::Payload),
        Some((stem, "tree")) => (stem, Role::Tree),
        Some((stem, "part")) => (stem, Role::Part),
        Some((stem, "damaged")) => (stem, Role::Damaged),
        Some(_) => return None,
    };
    Some((PayloadRoot::from_bytes(hex(stem)?), role))
}

/// The vault of a folder's name.
#[must_use]
pub fn vault(name: &str) -> Option<VaultId> {
    hex(name).map(VaultId::from_bytes)
}

/// Exactly `N` bytes from lower-case hexadecimal: a thing has one name.
#[must_use]
pub fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = *pair else { return None };
        *byte = (digit(high)? << 4) | digit(low)?;
    }
    Some(bytes)
}

fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_are_nobodys() {
        let root = "5e".repeat(32);
        assert_eq!(role(&root), Some((PayloadRoot::from_bytes([0x5e; 32]), Role::Payload)));
        assert_eq!(role(&format!("{root}.part")).map(|(_, role)| role), Some(Role::Part));
        let (upper, long) = ("AB".repeat(32), "ab".repeat(33));
        for name in ["", "ab", "+f", "lost+found", &upper, &long, &format!("{root}.tmp"), &format!("{root}.")]
        {
            assert_eq!(role(name), None, "{name}");
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        assert_eq!(hex::<2>("00ff"), Some([0, 255]));
        for other in ["00FF", "0ff", "00fff", "00fg", "", "00 f", "0x0f"] {
            assert_eq!(hex::<2>(other), None, "{other}");
        }
    }
}

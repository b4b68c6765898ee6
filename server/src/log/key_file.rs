//! The file of the log's key: one line, as `golang.org/x/mod/sumdb/note` writes a signer's key, so that other tools read it too.
//!
//! ```text
//! PRIVATE+KEY+<origin>+<key id, 8 hex digits>+<base64 of 0x01 || 32-byte seed>
//! ```
//! Whoever has it can sign receipts and checkpoints in the server's name: mode 0600, or it is not read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carnet_wire::origin::Origin;
use zeroize::Zeroizing;

use super::signer::{KeyError, LogKey};

/// Why a key file is not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The system's answer.
    #[error("the key file: {0}")]
    Io(#[from] io::Error),
    /// Somebody else than its owner may read or change it.
    #[error("the key file is open to others than its owner: set its mode to 0600")]
    Mode,
    /// Not the line of a log's key, or a key of another origin.
    #[error("the key file does not hold the key of this log")]
    Malformed,
}

/// Writes a new key file, mode 0600, durably. Never replaces one.
///
/// # Errors
/// [`KeyFileError::Io`], also where the file exists.
pub fn write(path: &Path, origin: &Origin, key: &LogKey) -> Result<(), KeyFileError> {
    let typed = Zeroizing::new([&[ED25519], key.seed().as_slice()].concat());
    let encoded = Zeroizing::new(STANDARD.encode(&*typed));
    let line = Zeroizing::new(format!("{PREFIX}{origin}+{}+{}\n", id(origin, key)?, *encoded));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// Reads the key of this origin.
///
/// # Errors
/// [`KeyFileError`].
pub fn read(path: &Path, origin: &Origin) -> Result<LogKey, KeyFileError> {
    let file = File::open(path)?;
    if file.metadata()?.mode() & 0o077 != 0 {
        return Err(KeyFileError::Mode);
    }
    // With its whole capacity from the start: growing would leave copies behind.
    let mut line = Zeroizing::new(String::with_capacity(MAX_LEN));
    file.take(MAX_LEN as u64).read_to_string(&mut line)?;
    parse(&line, origin)
}

fn parse(line: &str, origin: &Origin) -> Result<LogKey, KeyFileError> {
    let parts = line.strip_suffix('\n').and_then(|line| line.strip_prefix(PREFIX));
    let mut parts = parts.ok_or(KeyFileError::Malformed)?.splitn(3, '+');
    let (Some(name), Some(written), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyFileError::Malformed);
    };
    let typed = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| KeyFileError::Malformed)?);
    let seed = match typed.split_first() {
        Some((&ED25519, seed)) => {
            Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_| KeyFileError::Malformed)?)
        }
        _ => return Err(KeyFileError::Malformed),
    };
    let key = LogKey::from_seed(&seed)?;
    // The id is a checksum of name and key.
    if name == origin.as_str() && written == id(origin, &key)? {
        Ok(key)
    } else {
        Err(KeyFileError::Malformed)
    }
}

fn id(origin: &Origin, key: &LogKey) -> Result<String, KeyFileError> {
    let id = key.verifier(origin)?.id();
    Ok(format!("{:08x}", u32::from_be_bytes(id)))
}

impl From<KeyError> for KeyFileError {
    fn from(_: KeyError) -> Self {
        Self::Malformed
    }
}

const PREFIX: &str = "PRIVATE+KEY+";
const ED25519: u8 = 0x01;
const MAX_LEN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    fn origin() -> Origin {
        Origin::parse("carnet.example/log").unwrap()
    }

    #[test]
    fn key_file_open_to_others_or_of_another_origin_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.key");
        let key = LogKey::make().unwrap();
        write(&path, &origin(), &key).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read(&path, &origin()).unwrap().public(), key.public());
        assert!(matches!(write(&path, &origin(), &key), Err(KeyFileError::Io(_))));
        let other = Origin::parse("carnet.example/log2").unwrap();
        assert!(matches!(read(&path, &other), Err(KeyFileError::Malformed)));
        for mode in [0o640, 0o604, 0o620, 0o644, 0o610] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read(&path, &origin()), Err(KeyFileError::Mode)), "{mode:o}");
        }
    }

    #[test]
    fn every_truncated_or_altered_key_line_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.key");
        write(&path, &origin(), &LogKey::from_seed(&[7; 32]).unwrap()).unwrap();
        let line = fs::read_to_string(&path).unwrap();
        assert!(parse(&line, &origin()).is_ok());
        for end in 0..line.len() {
            assert!(parse(&line[..end], &origin()).is_err(), "{end}");
        }
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(parse(&String::from_utf8(bytes).unwrap(), &origin()).is_err(), "{at}");
        }
        assert!(parse(&format!("{line}\n"), &origin()).is_err());
    }
}

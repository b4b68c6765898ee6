//! Stock age files under a passphrase, for the slot that any age tool opens.

use std::io::{Read as _, Write as _};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use crate::foreign::open_with_passphrase;

/// Base-two logarithm of the scrypt rounds that are written, and the most that are accepted: a second, 256 MiB.
const WORK_FACTOR: u8 = 18;

/// Most bytes of plaintext that are read back.
const MAX_PLAINTEXT: u64 = 64 * 1024;

/// Seals a short text; nothing where the age library fails to write it.
pub(crate) fn seal(plaintext: &[u8], passphrase: &str) -> Option<Vec<u8>> {
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(WORK_FACTOR);
    let encryptor =
        age::Encryptor::with_recipients(core::iter::once(&recipient as &dyn age::Recipient)).ok()?;
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).ok()?;
    writer.write_all(plaintext).ok()?;
    writer.finish().ok()?;
    Some(sealed)
}

/// Opens a short text, whatever age tool sealed it.
pub(crate) fn open(sealed: &[u8], passphrase: &str) -> Option<Zeroizing<Vec<u8>>> {
    let passphrase = SecretString::from(passphrase.to_owned());
    let reader = open_with_passphrase(sealed, passphrase, WORK_FACTOR).ok()?;
    // As long as the file from the start, so that no copy of the secret stays behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.take(MAX_PLAINTEXT).read_to_end(&mut plaintext).ok()?;
    Some(plaintext)
}

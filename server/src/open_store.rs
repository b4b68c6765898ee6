//! Opens what a configuration names: records, payloads, the log's signer.

use std::io;
use std::sync::Arc;

use carnet_wire::origin::Origin;

use crate::config::Config;
use crate::failure::Failure;
use crate::keys::{self, SecretBytes};
use crate::log::signer::{LogKey, LogSigner};
use crate::payloads::{PayloadError, PayloadLimits, Payloads};
use crate::store::{self, OpenError, Records, Resources};

/// Opens the store of records.
///
/// # Errors
/// [`Failure`].
pub fn open_records(config: &Config) -> Result<Arc<dyn Records>, Failure> {
    open_both(config).map(|(records, _)| records)
}

/// Opens the store of records and the payloads, of which the records' journal takes the short ones along.
///
/// # Errors
/// [`Failure`].
pub fn open_both(config: &Config) -> Result<(Arc<dyn Records>, Payloads), Failure> {
    let folder = config.server.folder.join("records");
    let (engine, resources) = (config.store.engine, resources(config));
    let payloads = open_payloads(config)?;
    // Elsewhere no call makes all files of a file system last.
    let records = if cfg!(target_os = "linux") {
        store::open_along(engine, &folder, resources, Arc::new(payloads.clone()))
    } else {
        store::open(engine, &folder, resources)
    };
    Ok((records.map_err(|error| unopened(&error))?, payloads))
}

fn unopened(error: &OpenError) -> Failure {
    let what = format!("the store does not open ({}): {error}", error.code());
    Failure::new(what, "See OPERATING.md, \"Store\".")
}

/// What the store may use.
#[must_use]
pub fn resources(config: &Config) -> Resources {
    Resources {
        cache_bytes: usize::try_from(config.store.cache_bytes).unwrap_or(usize::MAX),
        reserve_bytes: config.limits.reserve_bytes / 4,
        journal_bytes: config.store.journal_bytes,
    }
}

/// Opens the payloads.
///
/// # Errors
/// [`Failure`].
fn open_payloads(config: &Config) -> Result<Payloads, Failure> {
    let limits = PayloadLimits { reserve: config.limits.reserve_bytes, ..PayloadLimits::default() };
    Payloads::open(&config.server.folder, limits).map_err(|error| match error {
        PayloadError::Io(error) if error.kind() == io::ErrorKind::WouldBlock => unopened(&OpenError::Locked),
        error => {
            let what = format!("the payloads do not open: {error}");
            Failure::new(what, "Look at the folder's owner and the disk.")
        }
    })
}

/// The signer of a log, with the key of the folder of keys.
///
/// # Errors
/// [`Failure`].
pub fn signer(config: &Config, origin: &Origin) -> Result<LogSigner, Failure> {
    let seed = SecretBytes::load(&config.keys().join(keys::LOG_SEED))?;
    let unusable = |_| Failure::new("the log's seed makes no usable key", "Restore the keys from a backup.");
    let key = LogKey::from_seed(seed.as_bytes()).map_err(unusable)?;
    LogSigner::new(Arc::new(key), origin.clone()).map_err(unusable)
}

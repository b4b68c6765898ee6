//! `carnet-server restore`: a backup into an empty folder.
//!
//! ```text
//! the backup is read whole, and the log's key compared with its checkpoint
//! keys         those in the folder; else those of the backup
//! `restoring`  a file that says: nothing here is whole. No server starts beside it, and a restore may begin again
//! payloads, then records, then the log is marked as restored
//! `restoring`  removed
//! ```
//! What was accepted after the backup is lost here and known to others. So the log does not go on under its name before the operator
//! has given the last checkpoint that anybody has ([`crate::log_command`]).

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use carnet_rest::{file, pack};
use carnet_wire::checkpoint::SignedCheckpoint;
use carnet_wire::note::VerifierKey;

use crate::backup::{self, Backup, Restored, has_store};
use crate::config::Config;
use crate::failure::Failure;
use crate::keys::{CHALLENGE_KEY, LOG_SEED, SecretBytes};
use crate::log::successor;
use crate::open_store::{open_records, resources, signer};
use crate::store::import;

const HALF: &str = "restoring";

/// Restores a backup. `log_key` is the log's public key, where its secret one is lost.
///
/// # Errors
/// [`Failure`]. Once something was written, the same command may be given again.
pub async fn restore(
    config: &Config,
    from: &Path,
    log_key: Option<&VerifierKey>,
) -> Result<Restored, Failure> {
    let folder = &config.server.folder;
    refuse_used(folder)?;
    let backup = backup::verify(from)?;
    if backup.manifest.origin != config.server.origin {
        let what = format!("this is a backup of the log {}", backup.manifest.origin);
        return Err(Failure::new(what, "Set server.origin to that name: a successor is named later."));
    }
    for made in [folder.clone(), config.keys()] {
        DirBuilder::new().recursive(true).mode(0o700).create(&made).map_err(failed(&made))?;
    }
    let mark = folder.join(HALF);
    File::create(&mark).and_then(|file| file.sync_all()).map_err(failed(&mark))?;
    sync(folder)?;
    restore_keys(config, &backup)?;
    check_key(config, &backup, log_key)?;
    let restored = backup.put_payloads(folder).map_err(failed(folder))?;
    let rows = backup.records().map_err(failed(from))?;
    let filled = import(config.store.engine, &folder.join("records"), resources(config), rows);
    filled.map_err(|error| {
        Failure::new(
            format!("the records ({}): {error}", error.code()),
            "Look at the disk, then restore again.",
        )
    })?;
    let records = open_records(config)?;
    successor::mark_restored(&records, &config.server.origin).await.map_err(|error| {
        Failure::new(format!("the log: {error}"), "Look at the disk, empty the folder and restore again.")
    })?;
    drop(records);
    fs::remove_file(&mark).map_err(failed(&mark))?;
    sync(folder)?;
    Ok(restored)
}

/// Refuses to begin where a restore was interrupted.
///
/// # Errors
/// [`Failure`].
pub fn refuse_half(config: &Config) -> Result<(), Failure> {
    let mark = config.server.folder.join(HALF);
    if !mark.exists() {
        return Ok(());
    }
    let what = format!("{}: a restore was interrupted; what is here is not whole", mark.display());
    Err(Failure::new(what, "Run `carnet-server restore` with the same backup again."))
}

/// Refuses a folder in which something is kept; what an interrupted restore left there is removed.
fn refuse_used(folder: &Path) -> Result<(), Failure> {
    let used = |path: PathBuf| {
        let what = format!("{}: something is kept here already", path.display());
        Failure::new(what, "Restore into an empty folder, with or without `keys`: move the old one away.")
    };
    if folder.join(HALF).exists() {
        let records = folder.join("records");
        // Only its own half work: no server starts beside the mark.
        return match fs::remove_dir_all(&records) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&records)(error)),
            _ => Ok(()),
        };
    }
    if has_store(folder) {
        return Err(used(folder.join("records")));
    }
    let mut kept = [file::PAYLOADS, pack::PACKS].map(|name| folder.join(name)).into_iter();
    let any = |path: &PathBuf| fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    kept.find(any).map_or(Ok(()), |path| Err(used(path)))
}

/// The secrets of the backup, where the folder has none.
fn restore_keys(config: &Config, backup: &Backup) -> Result<(), Failure> {
    for name in [LOG_SEED, CHALLENGE_KEY] {
        let path = config.keys().join(name);
        if path.exists() {
            continue;
        }
        if backup.manifest.keys {
            SecretBytes::load(&backup.folder().join("keys").join(name))?.save(&path)?;
        } else if name == CHALLENGE_KEY {
            // It protects logins under way only: there are none.
            SecretBytes::make()?.save(&path)?;
        } else {
            let what = format!("{}: the log's secret key is not here, and not in the backup", path.display());
            let remedy = "Put it back from where you keep it. If it is lost, make another with \
                          `carnet-server init` elsewhere, and name the old public key with --log-key.";
            return Err(Failure::new(what, remedy));
        }
    }
    sync(&config.keys())
}

/// The log that was backed up must be that of the key at hand.
fn check_key(config: &Config, backup: &Backup, log_key: Option<&VerifierKey>) -> Result<(), Failure> {
    let Some(note) = &backup.checkpoint else { return Ok(()) };
    let own = signer(config, &config.server.origin)?;
    let key = log_key.unwrap_or(own.verifier());
    let verified = SignedCheckpoint::parse(note).and_then(|note| note.verify(key));
    match verified {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(
            format!("the backup's checkpoint was not signed by this log's key: {error}"),
            "Put the log's own key into the folder of keys; if it is lost, name its public key with --log-key.",
        )),
    }
}

fn sync(folder: &Path) -> Result<(), Failure> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Failure + use<'_> {
    move |error| Failure::file(path, &error, "Look at the disk, and at whom these folders belong to.")
}

//! `carnet-server log`: what the operator decides about the log after a restore.
//!
//! A backup is older than what the server last signed. The newest checkpoint that any client, witness or monitor has shows how far the
//! log had come. Where the restored log reaches it, nothing that anybody saw is lost, and the log goes on ([`resume`]). Where it does
//! not, going on would write another history under the same name: a fork. So the old log is sealed, and a successor of another
//! name begins, whose first leaf commits to that checkpoint ([`succeed`]).

use std::path::Path;
use std::sync::Arc;

use carnet_wire::StableCode as _;
use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;

use crate::backup::claimed;
use crate::config::Config;
use crate::failure::Failure;
use crate::log::successor::{self, LastCheckpoint};
use crate::log::{LogError, checkpoint_key};
use crate::open_store::{open_records, signer};
use crate::restore;
use crate::store::Records;

/// Lets the log go on, where it reaches the checkpoint in `file`. Gives the number of leaves of that checkpoint.
///
/// # Errors
/// [`Failure`].
pub async fn resume(config: &Config, file: &Path, log_key: Option<&VerifierKey>) -> Result<u64, Failure> {
    let (last, origin, size) = read(config, file, log_key)?;
    if origin != config.server.origin {
        let what = format!("this checkpoint is of the log {origin}");
        return Err(Failure::new(what, format!("Give one of {}.", config.server.origin)));
    }
    let records = open(config)?;
    successor::resume(&records, &last).await.map_err(|error| told(&error))?;
    Ok(size)
}

/// Opens the successor `origin` of the log of the checkpoint in `file`.
///
/// # Errors
/// [`Failure`].
pub async fn succeed(
    config: &Config,
    file: &Path,
    origin: &str,
    log_key: Option<&VerifierKey>,
) -> Result<VerifierKey, Failure> {
    let (last, old, _) = read(config, file, log_key)?;
    let new = Origin::parse(origin)
        .map_err(|error| Failure::new(error.to_string(), "Name a host and a path: carnet.example/log2."))?;
    if new == old {
        let what = format!("{new} is the name of the log that ends");
        return Err(Failure::new(
            what,
            "Give the successor a name that no log ever had: carnet.example/log2.",
        ));
    }
    let records = open(config)?;
    let here = records.get(vec![checkpoint_key(&old)]).await;
    let here = here.map_err(|error| Failure::new(error.to_string(), "Run `carnet-server check`."))?;
    if here.iter().all(Option::is_none) && old != config.server.origin {
        let what = format!("this store has never held the log {old}");
        return Err(Failure::new(what, "Give the last checkpoint of this server's own log."));
    }
    let signer = signer(config, &new)?;
    successor::succeed(&records, &last, &signer).await.map_err(|error| told(&error))?;
    Ok(signer.verifier().clone())
}

fn open(config: &Config) -> Result<Arc<dyn Records>, Failure> {
    restore::refuse_half(config)?;
    open_records(config)
}

/// Reads and verifies a checkpoint; its origin and size beside it.
fn read(
    config: &Config,
    file: &Path,
    log_key: Option<&VerifierKey>,
) -> Result<(LastCheckpoint, Origin, u64), Failure> {
    let remedy = "Give the file of a signed checkpoint, as a witness or `carnet audit` keeps it.";
    let note = std::fs::read(file).map_err(|error| Failure::file(file, &error, remedy))?;
    let not_one = || Failure::new(format!("{}: not a checkpoint", file.display()), remedy);
    let said = claimed(&note).ok_or_else(not_one)?;
    let key = match log_key {
        Some(key) => key.clone(),
        None => signer(config, said.origin())?.verifier().clone(),
    };
    let last = LastCheckpoint::parse(&note, &key).map_err(|error| told(&error))?;
    Ok((last, said.origin().clone(), said.size()))
}

fn told(error: &LogError) -> Failure {
    let remedy = match error {
        LogError::Behind { .. } => {
            "Statements are lost. Open a successor: `carnet-server log succeed --origin NEW --checkpoint FILE`."
        }
        LogError::NotLast => {
            "The log reaches this checkpoint: `carnet-server log resume`, or give its newest one."
        }
        LogError::Forked(_) => "Keep both: this proves that the log was rewritten. Restore another backup.",
        LogError::NotACheckpoint(_) => {
            "Give a checkpoint of this log; name its key with --log-key if it has changed."
        }
        LogError::Succeeded(_) => "Set server.origin to the successor's name.",
        LogError::Absent => "Set server.origin to the name of the log that this store holds.",
        LogError::Exists => "Give the successor a name that no log ever had.",
        _ => "Run `carnet-server check`.",
    };
    Failure::new(format!("the log ({}): {error}", error.code()), remedy)
}

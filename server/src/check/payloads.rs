//! Payloads: every file against its root, and every use against a file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use carnet_wire::id::{PayloadRoot, StatementHash, VaultId};
use tokio::runtime::Handle;

use super::histories::{hash_at_end, read};
use super::{Findings, page};
use crate::failure::Failure;
use crate::history::{number_key, read_number};
use crate::payloads::{Finding, PayloadError, Payloads, payload_path};
use crate::start::named;
use crate::store::{Range, Records, Space, StoreError};

/// A payload is an orphan only once the submission that may name it has had its time.
const YOUNG: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn check(
    records: &Arc<dyn Records>,
    payloads: &Payloads,
    folder: &Path,
    repair: bool,
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("the payloads cannot be read: {error}"), "Look at the disk.")
    };
    uses(records, payloads, findings).await.map_err(|error| failed(&error))?;
    for finding in scrub(records, payloads).await.map_err(|error| failed(&error))? {
        let at = |vault: &VaultId, root: &PayloadRoot| format!("{vault} {root}");
        match &finding {
            Finding::Damaged(vault, root) => findings.add("payload-damaged", &at(vault, root)),
            // Told by its use.
            Finding::Missing(..) | Finding::WrongLength(..) => {}
            Finding::Unreadable(vault, root, kind) => {
                findings.add("payload-unreadable", &format_args!("{}: {kind}", at(vault, root)));
            }
            Finding::Orphan(_, _, age) if *age < YOUNG => {}
            Finding::Orphan(vault, root, _) => {
                let gone = repair
                    && payloads.remove_orphan(vault, root, YOUNG).await.map_err(|error| failed(&error))?;
                findings.add(if gone { "orphan-removed" } else { "payload-orphan" }, &at(vault, root));
            }
            Finding::OutboardRebuilt(vault, root) => findings.add("outboard-rebuilt", &at(vault, root)),
            Finding::SetAside(vault, root) => findings.add("payload-set-aside", &at(vault, root)),
            Finding::OutboardAlone(vault, root) => {
                let tree = payload_path(folder, vault, root).with_extension("tree");
                let gone = repair && std::fs::remove_file(tree).is_ok();
                findings.add(if gone { "outboard-removed" } else { "outboard-alone" }, &at(vault, root));
            }
            Finding::Stray(path) => findings.add("stray-file", &path.display()),
        }
    }
    Ok(())
}

/// Each use that counts has its payload, of its length.
async fn uses(
    records: &Arc<dyn Records>,
    payloads: &Payloads,
    findings: &mut Findings<'_>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let (rows, more) = page(records, Range::all(Space::Payload).after(after)).await?;
        for row in &rows {
            let (key, value) = row;
            let (Some(root), Some(hash), Some(len)) =
                (key.suffix.first_chunk::<32>(), hash_at_end(row), read_number(value))
            else {
                continue;
            };
            let hash = StatementHash::from_bytes(hash);
            if read(records, number_key(key.partition, &hash)).await?.is_none() {
                continue;
            }
            findings.read("uses of payloads", 1);
            let (vault, root) = (VaultId::from_bytes(key.partition), PayloadRoot::from_bytes(*root));
            let code = match payloads.examine(&vault, &root, len) {
                Ok(None) => continue,
                Ok(Some(Finding::WrongLength(..))) => "payload-length",
                Ok(Some(_)) => "payload-missing",
                Err(_) => "payload-unreadable",
            };
            findings.add(code, &format_args!("{vault} {root}"));
        }
        after = rows.last().map(|(key, _)| key.clone());
        if !more {
            return Ok(());
        }
    }
}

/// What is wrong with files. Few, one hopes: they are held together.
async fn scrub(records: &Arc<dyn Records>, payloads: &Payloads) -> Result<Vec<Finding>, PayloadError> {
    let (records, payloads, handle) = (Arc::clone(records), payloads.clone(), Handle::current());
    let work = move || {
        let of = |vault: &VaultId, root: &PayloadRoot| handle.block_on(named(&*records, vault, root));
        Ok(payloads.scrub(of)?.collect())
    };
    let stopped = |error: tokio::task::JoinError| PayloadError::Io(std::io::Error::other(error.to_string()));
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

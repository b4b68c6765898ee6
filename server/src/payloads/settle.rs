//! Checks uploads against what a statement says of them, and has them made durable.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use carnet_wire::id::PayloadRoot;
use carnet_wire::outboard::Outboard;
use carnet_wire::payload::{PayloadLen, PayloadNonce};

use super::error::PayloadError;
use super::flush::Ready;
use super::layout::{Layout, Name, put, remove_file};
use super::locks::Held;
use super::part::{Part, Whole};
use super::{Shared, carry, len_of};
use crate::store::Carried;

pub(super) use carnet_rest::file::TREE_FROM;

/// Bytes that are flushed before their turn, so that a long payload does not keep the short ones waiting.
const LONG: u64 = 4 << 20;

/// How old the last touch of a file may be before it is touched again.
const TOUCH: Duration = Duration::from_secs(60);

/// A payload that is durable, of the root and the length asked for. Only [`super::Payloads::settle`] makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    root: PayloadRoot,
    len: u64,
    nonce: PayloadNonce,
}

impl Settled {
    /// Its name.
    #[must_use]
    pub fn root(&self) -> &PayloadRoot {
        &self.root
    }

    /// Its length in bytes, nonce included.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Never: a payload has a nonce at least.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The nonce at its head.
    #[must_use]
    pub fn nonce(&self) -> &PayloadNonce {
        &self.nonce
    }
}

/// What a settling gives.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// The payloads, in the order asked.
    pub settled: Vec<Settled>,
    /// What must go along with the transaction that names them: only with it do these last.
    pub along: Vec<Carried>,
}

pub(super) async fn settle(
    shared: &Arc<Shared>,
    wanted: Vec<(Name, u64)>,
    given: BTreeMap<PayloadRoot, Bytes>,
    carried: bool,
) -> Result<Settlement, PayloadError> {
    for (_, len) in &wanted {
        PayloadLen::from_stored(*len)?;
    }
    let at_once = carried && carry::are_given(&wanted, &given);
    let held = shared.locks.hold_all(wanted.iter().map(|(name, _)| *name)).await?;
    let checker = Arc::clone(shared);
    // What is held goes along, so that it stays held if the caller is dropped.
    let held = Arc::new(held);
    let check = move || (check_all(&checker, &wanted, &given, carried, &held), held);
    let (checked, held) = if at_once { check() } else { shared.on_disk(check).await? };
    let (settlement, ready) = checked?;
    if !ready.is_empty() {
        shared.settler.settle(ready, held).await?;
    }
    Ok(settlement)
}

/// Bytes verified: of the file, those that came along, or of the upload that is to become the file.
enum Checked<'a> {
    Settled(PayloadNonce),
    Given(PayloadNonce, &'a Bytes),
    Whole(PayloadNonce, Whole),
}

/// Checks all; where one fails the others lose their hashes, and are hashed again the next time.
fn check_all(
    shared: &Shared,
    wanted: &[(Name, u64)],
    given: &BTreeMap<PayloadRoot, Bytes>,
    carried: bool,
    held: &Arc<Vec<Held>>,
) -> Result<(Settlement, Vec<Ready>), PayloadError> {
    let carried = carried && carry::are_short(wanted);
    let mut missing = None;
    let (mut settled, mut along, mut ready): (Vec<Settled>, _, Vec<Ready>) =
        (Vec::new(), Vec::new(), Vec::new());
    for (name, len) in wanted {
        // The same payload twice under one statement.
        if let Some(same) = settled.iter().find(|same| same.root == name.root).copied() {
            if same.len != *len {
                return Err(PayloadError::WrongLength);
            }
            settled.push(same);
            continue;
        }
        let carried = carried && carry::is_short(*len);
        let checked = match check(shared, name, *len, given.get(&name.root), carried) {
            // The others are looked at too: whoever sends again what is missing then sends all of it.
            Err(error @ (PayloadError::Missing | PayloadError::WrongRoot)) => {
                missing.get_or_insert(error);
                continue;
            }
            checked => checked?,
        };
        let nonce = match checked {
            Checked::Settled(nonce) => nonce,
            Checked::Given(nonce, bytes) if carried => {
                shared.room(*len)?;
                // What was uploaded of it is not wanted any more.
                drop(shared.open.take(name));
                along.push(carry::along(name, bytes.clone(), false, held));
                nonce
            }
            Checked::Given(nonce, bytes) => {
                ready.push(carry::upload(shared, name, bytes)?);
                nonce
            }
            Checked::Whole(nonce, whole) if carried => {
                let bytes = carry::read(&whole.file)?.into();
                along.push(carry::along(name, bytes, true, held));
                nonce
            }
            Checked::Whole(nonce, whole) => {
                let tree = write_tree(&shared.layout, name, *len, &whole.outboard)?;
                if *len > LONG {
                    flush_early(&whole.file);
                }
                ready.push(Ready { name: *name, file: whole.file, tree });
                nonce
            }
        };
        settled.push(Settled { root: name.root, len: *len, nonce });
    }
    missing.map_or(Ok((Settlement { settled, along }, ready)), Err)
}

/// Verifies one payload, wherever it stands. What came and is taken along is not looked for elsewhere: it is as good as what is there.
fn check<'a>(
    shared: &Shared,
    name: &Name,
    len: u64,
    given: Option<&'a Bytes>,
    carried: bool,
) -> Result<Checked<'a>, PayloadError> {
    if given.is_none_or(|_| !carried)
        && let Some(nonce) = check_settled(shared, name, len)?
    {
        return Ok(Checked::Settled(nonce));
    }
    if let Some(given) = given {
        return Ok(Checked::Given(carry::verified(name, len, given)?, given));
    }
    let Some(kept) = len_of(&shared.layout.part(name))? else { return Err(PayloadError::Missing) };
    if kept < len {
        return Err(PayloadError::Missing);
    }
    let whole = shared.open_part(name)?.finish();
    if whole.root != name.root {
        // Were it kept, no upload of this payload could ever begin again.
        remove_file(&shared.layout.part(name))?;
        return Err(PayloadError::WrongRoot);
    }
    if whole.len != len {
        return Err(PayloadError::WrongLength);
    }
    let nonce = nonce(&whole)?;
    touch(&whole.file)?;
    Ok(Checked::Whole(nonce, whole))
}

/// A payload that has its final name may have been left by a submission that failed, and may have rotted since: it is read.
fn check_settled(shared: &Shared, name: &Name, len: u64) -> Result<Option<PayloadNonce>, PayloadError> {
    if let Some(bytes) = shared.fresh.get(name) {
        return carry::verified(name, len, &bytes).map(Some);
    }
    let path = shared.layout.payload(name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return check_packed(shared, name, len);
        }
        Err(error) => return Err(error.into()),
    };
    let whole = Part::hashed(file)?.finish();
    if whole.root != name.root {
        // Out of the way, so that it can be uploaded again: that heals it.
        tracing::error!(code = "payload-damaged", vault = %name.vault, root = %name.root);
        fs::rename(&path, shared.layout.damaged(name))?;
        return Ok(None);
    }
    if whole.len != len {
        return Err(PayloadError::WrongLength);
    }
    touch(&whole.file)?;
    nonce(&whole).map(Some)
}

fn check_packed(shared: &Shared, name: &Name, len: u64) -> Result<Option<PayloadNonce>, PayloadError> {
    if shared.packs.find(name)?.is_none() {
        return Ok(None);
    }
    let bytes = shared.packs.whole(name)?.unwrap_or_default();
    match carry::verified(name, bytes.len() as u64, &bytes) {
        Ok(_) if bytes.len() as u64 != len => Err(PayloadError::WrongLength),
        Ok(nonce) => {
            shared.packs.touch(name)?;
            Ok(Some(nonce))
        }
        Err(_) => {
            // Zeros are what was removed before a crash; anything else is looked at.
            if bytes.iter().any(|byte| *byte != 0) {
                tracing::error!(code = "payload-damaged", vault = %name.vault, root = %name.root);
                put(&shared.layout.part(name), &shared.layout.damaged(name), &bytes)?;
            }
            shared.packs.remove(name)?;
            Ok(None)
        }
    }
}

/// Writes the outboard of a long payload beside its upload.
pub(super) fn write_tree(
    layout: &Layout,
    name: &Name,
    len: u64,
    outboard: &Outboard,
) -> Result<Option<File>, PayloadError> {
    if len <= TREE_FROM {
        return Ok(None);
    }
    let path = layout.new_tree(name);
    let mut file = super::layout::in_folder(&path, || File::create(&path))?;
    file.write_all(outboard.as_bytes())?;
    Ok(Some(file))
}

fn nonce(whole: &Whole) -> Result<PayloadNonce, PayloadError> {
    let bytes = whole.nonce.as_slice().try_into().map_err(|_| PayloadError::WrongLength)?;
    Ok(PayloadNonce::from_bytes(bytes))
}

/// Says that the file is wanted: what was touched lately is not swept, see [`super::Payloads::remove_orphan`].
fn touch(file: &File) -> io::Result<()> {
    let now = SystemTime::now();
    if now.duration_since(file.metadata()?.modified()?).is_ok_and(|age| age < TOUCH) {
        return Ok(());
    }
    file.set_modified(now)
}

fn flush_early(file: &File) {
    if let Err(error) = file.sync_all() {
        crate::durability::lost("payload", &error);
    }
}

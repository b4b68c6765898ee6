//! Short payloads that last by the journal of the records: the statement's record takes their bytes along, so that one flush does for
//! both. Once the record lasts they can be read ([`Along::place`]): those that came with their statement from memory, those that were
//! uploaded before from their files. Later, many together, those in memory are written into packs, and at last all are made to last
//! where they are ([`Along::secure`]); until then a start that follows a crash writes them from the journal ([`Along::restore`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use carnet_rest::journal;
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::outboard::OutboardBuilder;
use carnet_wire::payload::PayloadNonce;

use super::error::PayloadError;
use super::flush::Ready;
use super::layout::{Name, in_folder, put, rename};
use super::locks::Held;
use super::part::Part;
use super::settle::{TREE_FROM, write_tree};
use super::{Payloads, Shared};
use crate::store::{Along, Carried};

/// Most bytes of a payload that a journal takes along.
pub(crate) const SHORT: u64 = 128 * 1024;
/// Most bytes of all payloads of one statement that it takes along: more are made to last as files.
const MOST: u64 = 4 * 1024 * 1024;

/// Whether the payloads of a statement are of a kind that a journal takes along: the short ones then are, the others not.
pub(super) fn are_short(wanted: &[(Name, u64)]) -> bool {
    wanted.iter().map(|(_, len)| *len).filter(|len| *len <= SHORT).sum::<u64>() <= MOST
}

/// Most bytes of payloads that are hashed where they came, instead of on a thread of its own.
const AT_ONCE: u64 = 512 * 1024;

/// Whether these payloads are taken along and all came with their statement, so that no file is touched before it is committed.
pub(super) fn are_given(wanted: &[(Name, u64)], given: &BTreeMap<PayloadRoot, Bytes>) -> bool {
    wanted.iter().all(|(name, len)| is_short(*len) && given.contains_key(&name.root))
        && wanted.iter().map(|(_, len)| *len).sum::<u64>() <= AT_ONCE
}

/// Whether a payload of this length is taken along, if it is of such a statement.
pub(super) fn is_short(len: u64) -> bool {
    len <= SHORT
}

/// What a journal takes along; `held` is held until it has its place.
pub(super) fn along(name: &Name, bytes: Bytes, uploaded: bool, held: &Arc<Vec<Held>>) -> Carried {
    let name = [name.vault.as_bytes().as_slice(), name.root.as_bytes()].concat();
    Carried { name, bytes, uploaded, held: Some(Arc::clone(held) as Arc<_>) }
}

/// Bytes that came with their statement, once they are known to be the payload.
pub(super) fn verified(name: &Name, len: u64, bytes: &[u8]) -> Result<PayloadNonce, PayloadError> {
    if bytes.len() as u64 != len {
        return Err(PayloadError::WrongLength);
    }
    if blake3::hash(bytes).as_bytes() != name.root.as_bytes() {
        return Err(PayloadError::WrongRoot);
    }
    let nonce = bytes.first_chunk().ok_or(PayloadError::WrongLength)?;
    Ok(PayloadNonce::from_bytes(*nonce))
}

/// The bytes of a short upload.
pub(super) fn read(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(SHORT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes bytes that came with their statement as an upload, to be made to last as one.
pub(super) fn upload(shared: &Shared, name: &Name, bytes: &[u8]) -> Result<Ready, PayloadError> {
    shared.room(bytes.len() as u64)?;
    drop(shared.open.take(name));
    let part = shared.layout.part(name);
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true);
    let mut file = in_folder(&part, || options.open(&part))?;
    file.write_all(bytes)?;
    let tree = if bytes.len() as u64 > TREE_FROM {
        let mut builder = OutboardBuilder::new();
        builder.push(bytes);
        write_tree(&shared.layout, name, bytes.len() as u64, &builder.finish().1)?
    } else {
        None
    };
    Ok(Ready { name: *name, file, tree })
}

/// A payload that a journal took along.
fn parse(along: &[u8]) -> io::Result<(Name, &[u8])> {
    let (vault, root, bytes) = journal::payload(along).ok_or(io::ErrorKind::InvalidData)?;
    Ok((Name { vault: VaultId::from_bytes(vault), root: PayloadRoot::from_bytes(root) }, bytes))
}

impl Along for Payloads {
    fn place(&self, along: &Carried) -> io::Result<()> {
        let (name, _) = parse(&along.name)?;
        if along.uploaded {
            // Not before its statement lasts: a file with its final name is taken to last, if the statement comes again.
            let (part, payload) = (self.shared.layout.part(&name), self.shared.layout.payload(&name));
            match rename(&part, &payload) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                placed => return placed,
            }
        }
        if self.shared.fresh.keep(name, along.bytes.clone()) {
            let shared = Arc::clone(&self.shared);
            let writing = thread::Builder::new().name("payloads".into());
            if writing.spawn(move || shared.fresh.write_ahead(&shared.layout, &shared.packs)).is_err() {
                self.shared.fresh.stay_behind();
            }
        }
        Ok(())
    }

    fn restore(&self, along: &[u8]) -> io::Result<()> {
        let (name, bytes) = parse(along)?;
        let (part, payload) = (self.shared.layout.part(&name), self.shared.layout.payload(&name));
        let there = match File::open(&payload) {
            Ok(file) => Part::hashed(file)?.finish().root == name.root,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.shared.packs.whole(&name)?.is_some_and(|packed| packed == bytes)
            }
            Err(error) => return Err(error),
        };
        if !there {
            self.shared.packs.remove(&name)?;
            put(&part, &payload, bytes)?;
            self.shared.restored().push(name);
        }
        Ok(())
    }

    fn secure(&self) -> io::Result<()> {
        self.shared.secure()
    }
}

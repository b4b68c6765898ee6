//! Short payloads that last by the journal of the records: the statement's record takes their bytes along, so that one flush does for
//! both. Their files are written at once, under their final names, and made to last much later, many together
//! ([`Along::secure`]); until then a start that follows a crash writes them again from the journal ([`Along::restore`]).

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};

use bytes::Bytes;
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::outboard::OutboardBuilder;
use carnet_wire::payload::PayloadNonce;
use carnet_wire::rest::journal;

use super::error::PayloadError;
use super::flush::Ready;
use super::layout::{Layout, Name, in_folder};
use super::part::{Part, Whole};
use super::settle::{TREE_FROM, write_tree};
use super::{Payloads, Shared};
use crate::store::Along;

/// Most bytes of a payload that a journal takes along.
const SHORT: u64 = 128 * 1024;
/// Most bytes of all payloads of one statement that it takes along: more are made to last as files.
const MOST: u64 = 4 * 1024 * 1024;

/// Whether the payloads of a statement are of a kind that a journal takes along: the short ones then are, the others not.
pub(super) fn are_short(wanted: &[(Name, u64)]) -> bool {
    wanted.iter().map(|(_, len)| *len).filter(|len| *len <= SHORT).sum::<u64>() <= MOST
}

/// Whether a payload of this length is taken along, if it is of such a statement.
pub(super) fn is_short(len: u64) -> bool {
    len <= SHORT
}

/// What a journal takes along.
pub(super) fn along(name: &Name, payload: &[u8]) -> Bytes {
    [name.vault.as_bytes().as_slice(), name.root.as_bytes(), payload].concat().into()
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

/// Writes bytes under a payload's final name. They do not last yet.
pub(super) fn write(shared: &Shared, name: &Name, bytes: &[u8]) -> Result<(), PayloadError> {
    shared.room(bytes.len() as u64)?;
    // What was uploaded of it is not wanted any more.
    drop(shared.open.take(name));
    Ok(put(&shared.layout, name, bytes)?)
}

/// Gives an upload that has been verified its final name, and what a journal takes along of it. It does not last yet.
pub(super) fn rename(shared: &Shared, name: &Name, whole: &Whole) -> Result<Bytes, PayloadError> {
    let along = read(name, &whole.file)?;
    let payload = shared.layout.payload(name);
    in_folder(&payload, || fs::rename(shared.layout.part(name), &payload))?;
    Ok(along)
}

/// What a journal takes along of a short file.
pub(super) fn read(name: &Name, mut file: &File) -> Result<Bytes, PayloadError> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(SHORT).read_to_end(&mut bytes)?;
    Ok(along(name, &bytes))
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

fn put(layout: &Layout, name: &Name, bytes: &[u8]) -> io::Result<()> {
    let (part, payload) = (layout.part(name), layout.payload(name));
    in_folder(&part, || File::create(&part))?.write_all(bytes)?;
    in_folder(&payload, || fs::rename(&part, &payload))
}

impl Along for Payloads {
    fn restore(&self, along: &[u8]) -> io::Result<()> {
        let (vault, root, bytes) = journal::payload(along).ok_or(io::ErrorKind::InvalidData)?;
        let name = Name { vault: VaultId::from_bytes(vault), root: PayloadRoot::from_bytes(root) };
        let there = match File::open(self.shared.layout.payload(&name)) {
            Ok(file) => Part::hashed(file)?.finish().root == name.root,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !there {
            put(&self.shared.layout, &name, bytes)?;
            self.shared.restored().push(name);
        }
        Ok(())
    }

    fn secure(&self) -> io::Result<()> {
        self.shared.disk.sync()
    }
}

//! Gives Bao slices of settled payloads, from the payload's file and its outboard.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use carnet_wire::outboard::{GROUP_LEN, NODE_LEN, Outboard, OutboardBuilder};
use carnet_wire::slice::{SliceItem, SliceWalk};

use super::error::PayloadError;
use super::layout::Name;
use super::part::Part;
use super::read::{Pieces, Source, read_into};
use super::settle::{TREE_FROM, write_tree};
use super::{Shared, len_of};

pub(super) async fn slice(
    shared: &Arc<Shared>,
    name: Name,
    range: Range<u64>,
) -> Result<Pieces, PayloadError> {
    let open = move |shared: &Shared| -> Result<(Box<dyn Source>, u64), PayloadError> {
        let content = match shared.fresh.get(&name) {
            Some(bytes) => Content::Fresh(bytes),
            None => Content::File(File::open(shared.layout.payload(&name))?),
        };
        let len = content.len()?;
        let walk = SliceWalk::new(len, &range).map_err(|_| PayloadError::Range)?;
        let nodes = match &content {
            Content::Fresh(bytes) => Nodes::of(bytes),
            Content::File(_) => Nodes::open(shared, &name, len)?,
        };
        let encoded = walk.remaining_len();
        Ok((Box::new(Slice { content, position: 0, walk, nodes }), encoded))
    };
    Pieces::open(shared, open).await
}

/// A payload: in its file, or in memory where it has none yet.
enum Content {
    Fresh(Bytes),
    File(File),
}

impl Content {
    fn len(&self) -> io::Result<u64> {
        match self {
            Self::Fresh(bytes) => Ok(bytes.len() as u64),
            Self::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Reads exactly so many bytes to the end of `to`. `position` is that of the file.
    fn read(&self, position: u64, offset: u64, len: usize, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Fresh(bytes) => {
                let start = usize::try_from(offset).map_err(io::Error::other)?;
                let some = bytes.get(start..).and_then(|rest| rest.get(..len));
                to.extend_from_slice(some.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::File(file) => {
                if position != offset {
                    (&mut &*file).seek(SeekFrom::Start(offset))?;
                }
                read_into(file, len, to)
            }
        }
    }
}

struct Slice {
    content: Content,
    position: u64,
    walk: SliceWalk,
    nodes: Nodes,
}

/// The outboard: of a short payload made again, of a long one from its file.
enum Nodes {
    Made(Outboard),
    Kept(File),
}

impl Source for Slice {
    fn next(&mut self, room: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(room + NODE_LEN * 64);
        // Whole items only: a group is never cut, and nodes never go alone.
        while bytes.len() + GROUP_LEN <= room + NODE_LEN * 64 {
            match self.walk.next() {
                None => break,
                Some(SliceItem::Node { index, .. }) => self.nodes.read(index, &mut bytes)?,
                Some(SliceItem::Group { offset, len }) => {
                    self.content.read(self.position, offset, len, &mut bytes)?;
                    self.position = offset + len as u64;
                }
            }
        }
        Ok(bytes)
    }
}

impl Nodes {
    fn of(bytes: &[u8]) -> Self {
        let mut builder = OutboardBuilder::new();
        builder.push(bytes);
        Self::Made(builder.finish().1)
    }

    fn open(shared: &Shared, name: &Name, len: u64) -> Result<Self, PayloadError> {
        let path = shared.layout.tree(name);
        if len > TREE_FROM {
            if len_of(&path)? == Some(Outboard::len_for(len)) {
                return Ok(Self::Kept(File::open(&path)?));
            }
            tracing::warn!(code = "outboard-missing", vault = %name.vault, root = %name.root);
        }
        let whole = Part::hashed(File::open(shared.layout.payload(name))?)?.finish();
        keep(shared, name, len, &whole.outboard)?;
        Ok(Self::Made(whole.outboard))
    }

    fn read(&mut self, index: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Made(outboard) => bytes.extend(outboard.node(index).ok_or(io::ErrorKind::UnexpectedEof)?),
            Self::Kept(file) => {
                file.seek(SeekFrom::Start(index * NODE_LEN as u64))?;
                read_into(file, NODE_LEN, bytes)?;
            }
        }
        Ok(())
    }
}

/// Keeps the outboard of a long payload, unless somebody is at work on it: then the next one does.
pub(super) fn keep(
    shared: &Shared,
    name: &Name,
    len: u64,
    outboard: &Outboard,
) -> Result<bool, PayloadError> {
    let Ok(held) = shared.locks.try_hold(*name, super::Work::Own) else { return Ok(false) };
    let Some(file) = write_tree(&shared.layout, name, len, outboard)? else { return Ok(false) };
    if let Err(error) = file.sync_all() {
        crate::durability::lost("outboard", &error);
    }
    std::fs::rename(shared.layout.new_tree(name), shared.layout.tree(name))?;
    drop(held);
    Ok(true)
}

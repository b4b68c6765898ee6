//! Gives Bao slices of settled payloads, from the payload's file and its outboard.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use carnet_wire::outboard::{GROUP_LEN, NODE_LEN, Outboard, OutboardBuilder};
use carnet_wire::slice::{SliceItem, SliceWalk};

use super::content::{Content, read_into};
use super::error::PayloadError;
use super::layout::Name;
use super::part::Part;
use super::read::{Pieces, Source};
use super::settle::{TREE_FROM, write_tree};
use super::{Shared, len_of};

pub(super) async fn slice(
    shared: &Arc<Shared>,
    name: Name,
    range: Range<u64>,
) -> Result<Pieces, PayloadError> {
    let open = move |shared: &Shared| -> Result<(Box<dyn Source>, u64), PayloadError> {
        let mut content = Content::open(shared, &name)?;
        let len = content.len();
        let walk = SliceWalk::new(len, &range).map_err(|_| PayloadError::Range)?;
        let nodes = if let Content::File(..) = content {
            Nodes::open(shared, &name, len)?
        } else {
            // Short ones only.
            let mut bytes = Vec::new();
            content.read(0, usize::try_from(len).map_err(io::Error::other)?, &mut bytes)?;
            Nodes::of(&bytes)
        };
        let encoded = walk.remaining_len();
        Ok((Box::new(Slice { content, walk, nodes }), encoded))
    };
    Pieces::open(shared, open).await
}

struct Slice {
    content: Content,
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
                    self.content.read(offset, len, &mut bytes)?;
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

//! Pages as they are laid out: texts and shapes at their places, each belonging to an element of the document's structure.

use core::num::NonZeroU16;

use krilla::tagging::{ListNumbering, TableHeaderScope, Tag, TagGroup, TagKind};

use crate::face::Weight;
use crate::qr::Qr;

/// What a mark on a page belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// Nothing that is read aloud: lines, page numbers, repeated heads of tables.
    Ornament,
    /// An element of the structure.
    Element(usize),
}

/// A mark on a page. Places are in points from the upper left corner.
pub(crate) enum Mark {
    /// A line of text, at its baseline.
    Text { x: f32, y: f32, weight: Weight, size: f32, grey: u8, text: String },
    /// A filled rectangle.
    Bar { x: f32, y: f32, width: f32, height: f32, grey: u8 },
    /// A QR code, without its quiet zone.
    Qr { x: f32, y: f32, side: f32, qr: Qr },
}

/// One page.
#[derive(Default)]
pub(crate) struct Page(pub(crate) Vec<(Part, Mark)>);

/// An element of the structure.
pub(crate) struct Element {
    pub(crate) role: Role,
    pub(crate) parent: Option<usize>,
}

/// What an element is to a reader.
pub(crate) enum Role {
    Heading(NonZeroU16, String),
    Paragraph,
    Figure(String),
    Table,
    Row,
    Head,
    Cell,
    List,
    Item,
    Label,
    Body,
}

impl Role {
    pub(crate) fn group(&self) -> TagGroup {
        let tag: TagKind = match self {
            Self::Heading(level, title) => Tag::Hn(*level, Some(title.clone())).into(),
            Self::Paragraph => Tag::P.into(),
            Self::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
            Self::Table => Tag::Table.into(),
            Self::Row => Tag::TR.into(),
            Self::Head => Tag::TH(TableHeaderScope::Column).into(),
            Self::Cell => Tag::TD.into(),
            Self::List => Tag::L(ListNumbering::Decimal).into(),
            Self::Item => Tag::LI.into(),
            Self::Label => Tag::Lbl.into(),
            Self::Body => Tag::LBody.into(),
        };
        TagGroup::new(tag)
    }
}

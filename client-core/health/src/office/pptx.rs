//! PresentationML (ISO/IEC 29500-1, 19): the words of each slide in the order of the show, then its notes.

use super::package::Package;
use super::pieces::{Piece, walk};
use crate::view::Sheet;

pub(super) fn show(package: &mut Package<'_>, sheet: &mut Sheet) {
    let related = package.related("ppt/presentation.xml");
    let presentation = package.part("ppt/presentation.xml").unwrap_or_default();
    let mut slides = Vec::new();
    walk(&presentation, |piece| {
        if let Piece::Open("sldId", attributes) = piece {
            // `id` without its prefix stands twice: the relationship's is the later one.
            let ids = related.iter().filter(|(id, _)| attributes.is_one_of("id", id));
            slides.extend(ids.map(|(_, part)| part.clone()));
        }
    });
    for (index, part) in slides.into_iter().take(MAX_SLIDES).enumerate() {
        sheet.heading(2, &(index + 1).to_string());
        let Some(bytes) = package.part(&part) else { continue };
        slide(&bytes, sheet);
        let notes = package.related(&part).into_iter().find(|(_, target)| target.contains("notesSlide"));
        if let Some(bytes) = notes.and_then(|(_, target)| package.part(&target)) {
            slide(&bytes, sheet);
        }
    }
}

fn slide(bytes: &[u8], sheet: &mut Sheet) {
    let (mut text, mut is_text) = (String::new(), false);
    let (mut rows, mut cell): (Vec<Vec<String>>, Option<String>) = (Vec::new(), None);
    walk(bytes, |piece| match piece {
        Piece::Open("t", _) => is_text = true,
        Piece::Close("t") => is_text = false,
        Piece::Text(piece) if is_text => text.push_str(piece),
        Piece::Open("br", _) => text.push('\n'),
        Piece::Open("tr", _) => rows.push(Vec::new()),
        Piece::Open("tc", _) => cell = Some(String::new()),
        Piece::Close("p") => {
            let said = std::mem::take(&mut text);
            match &mut cell {
                Some(cell) if cell.is_empty() => *cell = said,
                Some(cell) => cell.extend(["\n", &said]),
                None => sheet.paragraph(&said),
            }
        }
        Piece::Close("tc") => {
            if let (Some(row), Some(cell)) = (rows.last_mut(), cell.take()) {
                row.push(cell);
            }
        }
        Piece::Close("tbl") => sheet.table(None, Vec::new(), std::mem::take(&mut rows)),
        _ => {}
    });
}

const MAX_SLIDES: usize = 2_000;

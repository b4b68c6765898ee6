//! Tables of a narrative laid on a grid (CDA R2, 4.3.5.7): a cell stands under its heading, whatever spans rows or columns.

use super::inline::Narrative;
use crate::view::line;
use crate::xml::{Element, Node};

/// A table; each row has a cell for each column up to its last one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) caption: Option<String>,
    pub(super) head: Vec<Vec<String>>,
    pub(super) rows: Vec<Vec<String>>,
    /// Text that stands between rows or cells.
    pub(super) stray: String,
    /// Rows and cells beyond the limits.
    pub(super) left_out: usize,
    laid: usize,
}

struct Row {
    cells: Vec<String>,
    all_headers: bool,
}

/// Lays out a table. Rows of `tfoot` come last, wherever they are written.
pub(super) fn table<'a>(narrative: &mut Narrative<'a>, element: &'a Element) -> Table {
    let mut table = Table::default();
    let (mut bodies, mut feet): (Vec<Vec<&Element>>, Vec<Vec<&Element>>) = (Vec::new(), Vec::new());
    let mut loose = false;
    for node in &element.children {
        let group = match node {
            Node::Text(piece) => {
                table.stray.push_str(piece);
                continue;
            }
            Node::Element(group) => group,
        };
        let is_loose = group.name == "tr";
        match group.name.as_str() {
            "caption" => table.caption = Some(narrative.line(group)).filter(|said| !said.is_empty()),
            "thead" => {
                let rows = rows(group, narrative, &mut table.stray);
                let laid = lay(rows, narrative, &mut table);
                table.head.extend(laid.into_iter().map(|row| row.cells));
            }
            "tbody" => bodies.push(rows(group, narrative, &mut table.stray)),
            "tfoot" => feet.push(rows(group, narrative, &mut table.stray)),
            "tr" => match bodies.last_mut().filter(|_| loose) {
                Some(body) => body.push(group),
                None => bodies.push(vec![group]),
            },
            _ => narrative.element(group, &mut table.stray),
        }
        loose = is_loose;
    }
    let mut laid: Vec<Row> = Vec::new();
    for group in bodies.into_iter().chain(feet) {
        laid.extend(lay(group, narrative, &mut table));
    }
    // Without thead, first rows of header cells only are one.
    if table.head.is_empty() {
        let heads = laid.iter().take_while(|row| row.all_headers).count();
        if heads < laid.len() {
            table.head = laid.drain(..heads).map(|row| row.cells).collect();
        }
    }
    table.rows = laid.into_iter().map(|row| row.cells).collect();
    table.stray = line(&table.stray);
    table
}

fn rows<'a>(group: &'a Element, narrative: &mut Narrative<'a>, stray: &mut String) -> Vec<&'a Element> {
    let mut rows = Vec::new();
    for node in &group.children {
        match node {
            Node::Element(row) if row.name == "tr" => rows.push(row),
            Node::Element(other) => narrative.element(other, stray),
            Node::Text(piece) => stray.push_str(piece),
        }
    }
    rows
}

/// Lays the rows of one group: a cell spans no further than its group.
fn lay<'a>(rows: Vec<&'a Element>, narrative: &mut Narrative<'a>, table: &mut Table) -> Vec<Row> {
    let mut laid = Vec::new();
    // Of each column the rows below that a cell still takes.
    let mut taken: Vec<usize> = Vec::new();
    for row in rows {
        if table.laid >= MAX_ROWS {
            table.left_out = table.left_out.saturating_add(1);
            continue;
        }
        table.laid += 1;
        let mut cells: Vec<String> = Vec::new();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let (mut headers, mut data) = (0, 0);
        let is_denied = narrative.is_denied(row);
        let around = narrative.row_denied.replace(is_denied);
        for node in &row.children {
            let cell = match node {
                Node::Element(cell) => cell,
                Node::Text(piece) => {
                    table.stray.push_str(piece);
                    continue;
                }
            };
            while taken.get(cells.len()).is_some_and(|rows| *rows > 0) {
                cells.push(String::new());
            }
            let text = narrative.line(cell);
            if cells.len() >= MAX_COLUMNS {
                table.left_out = table.left_out.saturating_add(usize::from(!text.is_empty()));
                continue;
            }
            *(if cell.name == "th" { &mut headers } else { &mut data }) += 1;
            // HTML's 0 is "to the end of the group".
            let down = match span(cell, "rowspan") {
                0 => MAX_ROWS,
                rows => rows.min(MAX_ROWS),
            };
            for index in 0..span(cell, "colspan").clamp(1, MAX_COLUMNS - cells.len()) {
                spans.push((cells.len(), down - 1));
                cells.push(if index == 0 { text.clone() } else { String::new() });
            }
        }
        if std::mem::replace(&mut narrative.row_denied, around) == Some(true) {
            narrative.deny_row(&mut cells);
        }
        let last = taken.iter().rposition(|rows| *rows > 0).map_or(0, |last| last + 1);
        cells.resize(cells.len().max(last), String::new());
        taken.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
        taken.resize(taken.len().max(cells.len()), 0);
        for (column, rows) in spans {
            if let Some(taken) = taken.get_mut(column) {
                *taken = rows.max(*taken);
            }
        }
        laid.push(Row { cells, all_headers: headers > 0 && data == 0 });
    }
    laid
}

fn span(cell: &Element, name: &str) -> usize {
    cell.attribute(name).and_then(|span| span.trim().parse().ok()).unwrap_or(1)
}

impl Table {
    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.head.is_empty() && self.rows.is_empty()
    }

    /// A table within a line or a cell: each value after its heading.
    pub(super) fn on_one_line(&self) -> String {
        let heading = |column: usize| {
            let parts = self.head.iter().filter_map(|row| row.get(column)).filter(|part| !part.is_empty());
            parts.cloned().collect::<Vec<_>>().join(" ")
        };
        let row = |row: &Vec<String>| {
            let cells = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            let named = cells.map(|(column, cell)| match heading(column) {
                heading if heading.is_empty() => cell.clone(),
                heading => format!("{heading}\u{a0}: {cell}"),
            });
            named.collect::<Vec<_>>().join(", ")
        };
        let rows: Vec<String> = if self.rows.is_empty() {
            self.head.iter().map(|row| row.join(" ")).collect()
        } else {
            self.rows.iter().map(row).filter(|row| !row.is_empty()).collect()
        };
        let parts = [self.caption.clone().unwrap_or_default(), rows.join("\u{a0}; "), self.stray.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

pub(super) const MAX_ROWS: usize = 2_000;
const MAX_COLUMNS: usize = 50;

//! A table on the screen: cells under their headings, or a line for each cell where columns would be too narrow to read.

use unicode_width::UnicodeWidthStr;

use crate::screen::wrap;

/// A table of cells, each wrapped in its column, columns as wide as they need while all fit. A cell that is wider than its column takes the
/// empty ones after it. Where a column that needs more would be narrower than [`NARROWEST`], each cell is a line after its heading.
#[must_use]
pub(crate) fn table(head: &[Vec<String>], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let columns = head.iter().chain(rows).map(Vec::len).max().unwrap_or(0).min(MOST_COLUMNS);
    if columns == 0 {
        return Vec::new();
    }
    let all = || head.iter().chain(rows);
    let want = |column: usize| {
        let of = |row: &Vec<String>| match longest(row.get(column)?) {
            // What has room after it asks for no more than a short value.
            wide if reach(row, column, columns) > 1 => Some(wide.min(SHORT)),
            wide => Some(wide),
        };
        all().filter_map(of).max().unwrap_or(0).max(1)
    };
    let wants: Vec<usize> = (0..columns).map(want).collect();
    let room = width.saturating_sub(GAP.len().saturating_mul(columns.saturating_sub(1))).max(columns);
    let mut widths = share(&wants, room);
    if widths.iter().zip(&wants).any(|(width, want)| width < want && *width < NARROWEST) {
        return listed(head, rows, columns, width);
    }
    for row in all() {
        widen(&mut widths, row, room);
    }
    let mut lines: Vec<String> = head.iter().flat_map(|row| cells(row, &widths)).collect();
    if !head.is_empty() {
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        lines.push(rule.join(GAP));
    }
    lines.extend(rows.iter().flat_map(|row| cells(row, &widths)));
    lines
}

/// How many columns a cell can take: its own, and the empty ones after it.
fn reach(row: &[String], column: usize, columns: usize) -> usize {
    let is_empty = |at: &usize| row.get(*at).is_none_or(String::is_empty);
    let is_said = !is_empty(&column);
    let after = (column.saturating_add(1)..columns).take_while(|at| is_said && is_empty(at));
    after.count().saturating_add(1)
}

/// Gives room that is left to the last column of a cell that does not fit in those it can take.
fn widen(widths: &mut [usize], row: &[String], room: usize) {
    let columns = widths.len();
    for (column, cell) in row.iter().enumerate().take(columns).filter(|(_, cell)| !cell.is_empty()) {
        let reach = reach(row, column, columns);
        let missing = longest(cell).saturating_sub(together(widths, column, reach));
        let left = room.saturating_sub(widths.iter().sum());
        if let Some(last) = widths.get_mut(column.saturating_add(reach).saturating_sub(1)) {
            *last = last.saturating_add(missing.min(left));
        }
    }
}

/// The width of columns side by side.
fn together(widths: &[usize], column: usize, count: usize) -> usize {
    let gaps = GAP.len().saturating_mul(count.saturating_sub(1));
    widths.iter().skip(column).take(count).sum::<usize>().saturating_add(gaps)
}

/// Widths that together are at most `room`: narrow columns get what they want, wide ones share what is left.
fn share(wants: &[usize], room: usize) -> Vec<usize> {
    let mut widths = vec![0; wants.len()];
    let (mut left, mut open): (usize, Vec<usize>) = (room, (0..wants.len()).collect());
    loop {
        let each = left.checked_div(open.len()).unwrap_or(0).max(1);
        let (fits, wide): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|column| wants.get(**column).is_some_and(|want| *want <= each));
        let settled = if fits.is_empty() { &wide } else { &fits };
        for column in settled {
            let width = wants.get(*column).copied().unwrap_or(1).min(each);
            if let Some(slot) = widths.get_mut(*column) {
                *slot = width;
            }
            left = left.saturating_sub(width);
        }
        if fits.is_empty() || wide.is_empty() {
            return widths;
        }
        open = wide;
    }
}

fn cells(row: &[String], widths: &[usize]) -> Vec<String> {
    let mut wrapped: Vec<(Vec<String>, usize)> = Vec::new();
    let mut column = 0_usize;
    while column < widths.len() {
        let cell = row.get(column).map(String::as_str).unwrap_or_default();
        let (wide, most) = (longest(cell), reach(row, column, widths.len()));
        let taken = (1..most).find(|count| together(widths, column, *count) >= wide).unwrap_or(most);
        let room = together(widths, column, taken);
        wrapped.push((wrap(cell, room), room));
        column = column.saturating_add(taken);
    }
    let height = wrapped.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0).max(1);
    (0..height)
        .map(|index| {
            let cells: Vec<String> = wrapped
                .iter()
                .map(|(lines, width)| {
                    let text = lines.get(index).map(String::as_str).unwrap_or_default();
                    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
                })
                .collect();
            cells.join(GAP).trim_end().to_owned()
        })
        .collect()
}

/// Each cell on a line after its heading, rows apart. A row of one cell at its beginning is a title.
fn listed(head: &[Vec<String>], rows: &[Vec<String>], columns: usize, width: usize) -> Vec<String> {
    let is_title = |row: &&Vec<String>| columns > 1 && reach(row, 0, columns) == columns;
    let mut lines: Vec<String> = head.iter().filter(is_title).flat_map(|row| said(row, width)).collect();
    let head: Vec<&Vec<String>> = head.iter().filter(|row| !is_title(row)).collect();
    let heading = |column: usize| {
        let parts = head.iter().enumerate().filter_map(|(at, row)| {
            let own = row.get(column).filter(|part| !part.is_empty());
            // Above other headings, one stands for the empty ones after it as well.
            let is_above = at.saturating_add(1) < head.len();
            let before = || row.iter().take(column).rev().find(|part| !part.is_empty());
            own.or_else(|| before().filter(|_| is_above))
        });
        parts.map(|part| part.replace('\n', " ")).collect::<Vec<_>>().join(" ")
    };
    for row in rows {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        if is_title(&row) {
            lines.extend(said(row, width));
            continue;
        }
        for (column, cell) in row.iter().enumerate().take(columns).filter(|(_, cell)| !cell.is_empty()) {
            let text = match heading(column) {
                heading if heading.is_empty() => cell.clone(),
                heading => format!("{heading}\u{a0}: {cell}"),
            };
            for (at, line) in wrap(&text, width.saturating_sub(HANG.len())).into_iter().enumerate() {
                lines.push(if at == 0 { line } else { format!("{HANG}{line}") });
            }
        }
    }
    if rows.is_empty() {
        lines.extend(head.iter().flat_map(|row| said(row, width)));
    }
    lines
}

fn said(row: &[String], width: usize) -> Vec<String> {
    row.iter().filter(|cell| !cell.is_empty()).flat_map(|cell| wrap(cell, width)).collect()
}

fn longest(cell: &str) -> usize {
    cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Columns below which a text is not read with ease.
const NARROWEST: usize = 10;
/// Columns of a short value: a day, a number with its unit.
const SHORT: usize = 20;
const GAP: &str = "  ";
/// What the further lines of a cell begin with.
const HANG: &str = "  ";
const MOST_COLUMNS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn no_line_of_a_table_is_wider_than_the_screen() {
        let long = "anticonstitutionnellement ".repeat(10);
        let rows =
            [row(&["Hémoglobine", "13,4", &long]), row(&["Fer"]), row(&["漢字漢字", "x"]), row(&[&long])];
        for width in [10, 40, 80] {
            let lines = table(&[row(&["Examen", "Valeur", "Commentaire"])], &rows, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:#?}");
        }
    }

    #[test]
    fn narrow_columns_of_a_table_are_not_cut() {
        let lines = table(&[], &[row(&["Potassium", "4,1", &"mot ".repeat(60)])], 60);
        assert!(lines[0].starts_with("Potassium  4,1  mot"), "{lines:#?}");
    }

    #[test]
    fn cell_that_spans_columns_has_their_width() {
        let title = "Synthèse des traitements et des suivis réalisés";
        let rows = [
            row(&["12/03", "Chirurgie", "Dr A"]),
            row(&["Commentaire", "vu avec l’équipe le jour même", ""]),
        ];
        let lines = table(&[row(&[title, "", ""]), row(&["Date", "Acte", "Par"])], &rows, 80);
        assert_eq!(lines[0], title);
        assert!(lines.iter().any(|line| line.ends_with("  vu avec l’équipe le jour même")), "{lines:#?}");
    }

    #[test]
    fn table_of_columns_too_narrow_to_read_is_a_line_a_cell() {
        let names = ["Médicament", "Dose", "Voie", "Rythme", "Début", "Durée", "Motif", "Commentaire"];
        let values = [
            "Amoxicilline",
            "une gélule",
            "voie orale",
            "trois par jour",
            "12/03/2025",
            "sept jours",
            "",
            "au repas",
        ];
        let head = [row(&["Traitements", "", "", "", "", "", "", ""]), row(&names)];
        let lines = table(&head, &[row(&values), row(&["Fin du traitement"])], 80);
        let expected = [
            "Traitements",
            "",
            "Médicament\u{a0}: Amoxicilline",
            "Dose\u{a0}: une gélule",
            "Voie\u{a0}: voie orale",
            "Rythme\u{a0}: trois par jour",
            "Début\u{a0}: 12/03/2025",
            "Durée\u{a0}: sept jours",
            "Commentaire\u{a0}: au repas",
            "",
            "Fin du traitement",
        ];
        assert_eq!(lines, expected);
        assert!(table(&head, &[row(&values)], 120).len() < 8, "it fits on a wide screen");
    }
}

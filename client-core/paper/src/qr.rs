//! QR codes (ISO/IEC 18004): as squares on paper, as half blocks on a screen.

use qrcode::{Color, EcLevel, QrCode};

/// A QR code: a square of modules, dark or light, without its quiet zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Qr {
    width: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The quiet zone on each side, in modules.
    pub const QUIET: usize = 4;

    /// Encodes a text with 15 % of redundancy. Digits, capitals and `-:/. $%*+` take the least room.
    ///
    /// # Errors
    /// [`QrError`] for a text longer than a QR code holds.
    pub fn encode(text: &str) -> Result<Self, QrError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| QrError)?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { width: code.width(), dark })
    }

    /// Modules on a side.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether a module is dark; outside all are light.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let at = row.saturating_mul(self.width).saturating_add(column);
        column < self.width && self.dark.get(at).copied().unwrap_or(false)
    }
}

impl core::fmt::Debug for Qr {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Qr({})", self.width)
    }
}

/// A QR code for a terminal: two modules in a character, light ones drawn, as most terminals are dark. Quiet zone included.
///
/// # Errors
/// [`QrError`].
pub fn terminal_qr(text: &str) -> Result<Vec<String>, QrError> {
    let qr = Qr::encode(text)?;
    let side = qr.width.saturating_add(2 * Qr::QUIET);
    let light = |column: usize, row: usize| {
        let inside = column.checked_sub(Qr::QUIET).zip(row.checked_sub(Qr::QUIET));
        row < side && !inside.is_some_and(|(column, row)| qr.is_dark(column, row))
    };
    let line = |row: usize| {
        (0..side)
            .map(|column| match (light(column, row), light(column, row.saturating_add(1))) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect()
    };
    Ok((0..side).step_by(2).map(line).collect())
}

/// The text is longer than a QR code holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too long for a QR code")]
pub struct QrError;

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "CARNET-KIT15QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGP";

    /// Reads a picture of modules, four pixels each.
    fn read(side: usize, light: impl Fn(usize, usize) -> bool) -> String {
        let fill = |x: usize, y: usize| if light(x / 4, y / 4) { 255 } else { 0 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * 4, side * 4, fill);
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn reader_sees_another_text_than_was_encoded() {
        let qr = Qr::encode(CODE).unwrap();
        let quiet = Qr::QUIET;
        let light = |x: usize, y: usize| {
            x < quiet || y < quiet || !qr.is_dark(x.wrapping_sub(quiet), y.wrapping_sub(quiet))
        };
        assert_eq!(read(qr.width() + 2 * quiet, light), CODE);
    }

    #[test]
    fn reader_sees_another_text_on_a_terminal() {
        let lines = terminal_qr(CODE).unwrap();
        let rows: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
        let light = |x: usize, y: usize| match (rows[y / 2][x], y % 2) {
            ('█', _) | ('▀', 0) | ('▄', 1) => true,
            ('▀' | '▄' | ' ', _) => false,
            (other, _) => panic!("{other}"),
        };
        assert_eq!(read(rows[0].len(), |x, y| y >= rows.len() * 2 || light(x, y)), CODE);
    }

    #[test]
    fn text_too_long_for_a_qr_code_is_cut() {
        assert_eq!(Qr::encode(&"A".repeat(10_000)), Err(QrError));
        assert_eq!(terminal_qr(&"A".repeat(10_000)), Err(QrError));
    }
}

//! Files of other age programs, held in memory and read in pieces.

use std::io::{self, Cursor, Read};

use carnet_core::foreign;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{thrown, with_code};
use crate::identity::Identities;
use crate::piece::Piece;

/// How the bytes of a foreign file are written.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Binary,
    /// As text, between two lines that say so.
    Armored,
}

/// Whether a file begins as an armored one does. Its first 64 bytes are enough.
#[wasm_bindgen(js_name = encodingOf)]
#[must_use]
pub fn encoding_of(beginning: &[u8]) -> Encoding {
    if foreign::is_armored(beginning) { Encoding::Armored } else { Encoding::Binary }
}

/// The plaintext of a foreign file, which is authentic to whoever wrote it: anyone may have.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "a boxed reader has nothing to show")]
pub struct ForeignFile {
    plaintext: Box<dyn Read>,
    piece: Piece,
    failed: Option<io::Error>,
}

#[wasm_bindgen]
impl ForeignFile {
    /// Opens a file with the first of the identities that it has a stanza for.
    ///
    /// # Errors
    /// `foreign-…`, `header-…` or `unwrap-…`.
    pub fn open(file: Vec<u8>, encoding: Encoding, identities: &Identities) -> Result<Self, JsValue> {
        let opened = foreign::open(reader(file, encoding), identities.as_slice()).map_err(thrown)?;
        Ok(Self::new(opened))
    }

    /// Opens a file that a passphrase sealed, at a work factor of at most `max_work_factor` (18 is what age writes).
    ///
    /// # Errors
    /// `foreign-…`, `header-…` or `unwrap-…`.
    #[wasm_bindgen(js_name = openWithPassphrase)]
    pub fn open_with_passphrase(
        file: Vec<u8>,
        encoding: Encoding,
        passphrase: String,
        max_work_factor: u8,
    ) -> Result<Self, JsValue> {
        let opened =
            foreign::open_with_passphrase(reader(file, encoding), passphrase.into(), max_work_factor);
        Ok(Self::new(opened.map_err(thrown)?))
    }

    /// The next piece of the plaintext, of at most `max` bytes and 4 MiB; an empty one at its authentic end, and only there.
    ///
    /// # Errors
    /// `payload-…`, `foreign-payload` or `foreign-armor`, after all that is authentic before it.
    pub fn read(&mut self, max: usize) -> Result<Uint8Array, JsValue> {
        if self.failed.is_none() {
            let max = max.clamp(1, MAX_PIECE);
            let piece = self.piece.emptied();
            // Enough from the start, so that no copy stays behind.
            piece.reserve(max);
            self.failed = (&mut self.plaintext).take(max as u64).read_to_end(piece).err();
            if !piece.is_empty() || self.failed.is_none() {
                return Ok(Uint8Array::from(piece.as_slice()));
            }
        }
        let code = self.failed.as_ref().map_or("foreign-read", foreign::stream_code);
        Err(with_code(code, "the file does not open"))
    }
}

impl ForeignFile {
    fn new(plaintext: impl Read + 'static) -> Self {
        Self { plaintext: Box::new(plaintext), piece: Piece::default(), failed: None }
    }
}

fn reader(file: Vec<u8>, encoding: Encoding) -> Box<dyn Read> {
    let len = file.len() as u64;
    match encoding {
        Encoding::Binary => Box::new(Cursor::new(file)),
        Encoding::Armored => Box::new(foreign::dearmor(Cursor::new(file), len)),
    }
}

/// A piece is copied as a whole: larger ones gain nothing.
const MAX_PIECE: usize = 4 * 1024 * 1024;

//! A buffer for pieces of content, used again and again and wiped at last.

use js_sys::Uint8Array;
use zeroize::Zeroizing;

/// A piece of plaintext or payload in the worker's memory.
#[derive(Default)]
pub(crate) struct Piece(Zeroizing<Vec<u8>>);

impl Piece {
    /// Copies bytes of JavaScript in, the one copy on their way.
    pub(crate) fn take(&mut self, bytes: &Uint8Array) -> &[u8] {
        let piece = self.emptied();
        piece.resize(bytes.byte_length() as usize, 0);
        bytes.copy_to(piece);
        piece
    }

    /// The buffer, emptied but not given back.
    pub(crate) fn emptied(&mut self) -> &mut Vec<u8> {
        self.0.clear();
        &mut self.0
    }
}

//! Contact cards: how a patient tells somebody where to deposit, by a QR code, a text or a file. Never asked of a server.
//!
//! ```text
//! carnet1… = { 0: server-address, 1: vault, 2: account, ? 3: name (text) }
//! ```

use carnet_wire::id::{AccountId, VaultId};
use minicbor::{Decode, Encode};

use crate::server_address::ServerAddress;
use crate::text_code::{self, CodeError, CodeKind, CodeText};

/// A patient's contact card. It is no secret, and gives no right: the vault's rules say who may deposit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ContactCard {
    /// The server.
    #[n(0)]
    pub server: ServerAddress,
    /// The vault.
    #[n(1)]
    pub vault: VaultId,
    /// The account of its holder.
    #[n(2)]
    pub account: AccountId,
    /// How the patient wants to be called, if at all.
    #[n(3)]
    pub name: Option<DisplayName>,
}

impl ContactCard {
    /// Parses a card, as text or the content of a file.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        text_code::read(CodeKind::ContactCard, text)
    }

    /// The card as a code.
    #[must_use]
    pub fn code(&self) -> CodeText {
        text_code::write(CodeKind::ContactCard, self)
    }
}

/// A name as somebody chose it: 1 to 128 bytes, nothing that turns or hides text.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct DisplayName(#[cbor(n(0), decode_with = "decode_name")] String);

impl DisplayName {
    /// Most bytes of a name.
    pub const MAX_LEN: usize = 128;

    /// Takes a name; nothing where it is empty, too long, or holds characters that would not be seen as they are.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=Self::MAX_LEN).contains(&text.len());
        let seen = !text.chars().any(|character| character.is_control() || is_format(character));
        (fits && seen).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks of direction, joiners, and separators of lines: what makes a text look like another.
fn is_format(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

fn decode_name<C>(d: &mut minicbor::Decoder<'_>, _: &mut C) -> Result<String, minicbor::decode::Error> {
    let text = d.str()?;
    let name = DisplayName::parse(text).filter(|name| name.0 == text);
    name.map(|name| name.0).ok_or_else(|| minicbor::decode::Error::message("not a name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::server_address;

    fn card(name: Option<&str>) -> ContactCard {
        let (vault, account) = (VaultId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let name = name.map(|name| DisplayName(name.to_owned()));
        ContactCard { server: server_address(), vault, account, name }
    }

    #[test]
    fn card_is_not_read_back_as_it_was_written() {
        for name in [None, Some("Zoé Müller")] {
            let card = card(name);
            assert!(card.code().starts_with("carnet1"));
            assert_eq!(ContactCard::parse(&format!("{}\n", *card.code())), Ok(card.clone()));
            assert_eq!(ContactCard::parse(&text_code::for_qr(&card.code())), Ok(card));
        }
    }

    #[test]
    fn name_that_hides_or_turns_text_is_taken() {
        for name in ["", " Zoé", "Zo\u{202e}é", "Zo\né", "Zo\u{200b}é", &"é".repeat(65)] {
            assert_eq!(ContactCard::parse(&card(Some(name)).code()), Err(CodeError::Content), "{name:?}");
        }
    }
}

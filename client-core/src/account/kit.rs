//! Recovery kits: all that a person needs to come back on a new machine, on one page.
//!
//! ```text
//! carnet-kit1… = { 0: server-address, 1: account, 2: slot secret (32), ? 3: second secret (16) }
//! words        = the slot secret as 24 words (BIP 39), typed beside the server's address
//! ```
//! The slot secret opens a session for the account's slots ([`HeldLogin`]) and the slot itself. The second secret is that of the
//! password slot, where the account has one, as 12 words of its own.

use carnet_wire::id::AccountId;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use zeroize::Zeroize as _;

use super::held::HeldLogin;
use crate::secret::{NoRandomness, SecondSecret, SymmetricKey};
use crate::server_address::ServerAddress;
use crate::text_code::{self, CodeError, CodeKind, CodeText};
use crate::words::{WordList, Words, WordsError};

/// A recovery kit.
#[derive(Debug, PartialEq, Eq)]
pub struct Kit {
    /// The server.
    pub server: ServerAddress,
    /// The account.
    pub account: AccountId,
    /// The second secret of the account's password slot, where it has one.
    pub second: Option<SecondSecret>,
    secret: SymmetricKey,
}

impl Kit {
    /// Draws the slot secret of a fresh kit.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn make(
        server: ServerAddress,
        account: AccountId,
        second: Option<SecondSecret>,
    ) -> Result<Self, NoRandomness> {
        Ok(Self { server, account, second, secret: SymmetricKey::make()? })
    }

    /// A kit whose 24 words were typed.
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn from_words(server: ServerAddress, account: AccountId, typed: &str) -> Result<Self, WordsError> {
        let secret = secret_of_words(typed)?;
        Ok(Self { server, account, second: None, secret })
    }

    /// Parses a code; spaces, line ends and case do not count.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut fields: Fields = text_code::read(CodeKind::Kit, text)?;
        let secret = SymmetricKey::from_bytes(&fields.secret);
        let second = fields.second.as_ref().map(|second| SecondSecret::from_bytes(second));
        fields.wipe();
        Ok(Self { server: fields.server, account: fields.account, second, secret })
    }

    /// The whole kit as a code, to be printed as a QR code ([`text_code::for_qr`]).
    #[must_use]
    pub fn code(&self) -> CodeText {
        let mut fields = Fields {
            server: self.server.clone(),
            account: self.account,
            secret: (*self.secret.expose()).into(),
            second: self.second.as_ref().map(|second| (*second.expose()).into()),
        };
        let code = text_code::write(CodeKind::Kit, &fields);
        fields.wipe();
        code
    }

    /// The slot secret as 24 words.
    #[must_use]
    pub fn words(&self, list: WordList) -> Words {
        Words::of_32(self.secret.expose(), list)
    }

    /// The second secret as 12 words, where there is one.
    #[must_use]
    pub fn second_words(&self, list: WordList) -> Option<Words> {
        self.second.as_ref().map(|second| Words::of_16(second.expose(), list))
    }

    /// What opens the slot.
    #[must_use]
    pub fn secret(&self) -> &SymmetricKey {
        &self.secret
    }

    /// What opens the slot, without the rest of the kit.
    #[must_use]
    pub fn into_secret(self) -> SymmetricKey {
        self.secret
    }

    /// What logs in for the slot.
    #[must_use]
    pub fn login(&self) -> HeldLogin {
        HeldLogin::derive(&self.secret)
    }
}

/// The slot secret of 24 words, where neither server nor account is known yet.
///
/// # Errors
/// [`WordsError`].
pub fn secret_of_words(typed: &str) -> Result<SymmetricKey, WordsError> {
    let secret = Words::parse(typed, 24)?.secret::<32>().ok_or(WordsError::Check)?;
    Ok(SymmetricKey::from_bytes(&secret))
}

/// The second secret of 12 words.
///
/// # Errors
/// [`WordsError`].
pub fn second_of_words(typed: &str) -> Result<SecondSecret, WordsError> {
    let secret = Words::parse(typed, 12)?.secret::<16>().ok_or(WordsError::Check)?;
    Ok(SecondSecret::from_bytes(&secret))
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fields {
    #[n(0)]
    server: ServerAddress,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    secret: ByteArray<32>,
    #[n(3)]
    second: Option<ByteArray<16>>,
}

impl Fields {
    fn wipe(&mut self) {
        self.secret.as_mut().zeroize();
        self.second.iter_mut().for_each(|second| second.as_mut().zeroize());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::server_address;

    fn kit(second: Option<SecondSecret>) -> Kit {
        Kit::make(server_address(), AccountId::from_bytes([1; 32]), second).unwrap()
    }

    #[test]
    fn kit_does_not_come_back_from_its_code_or_its_words() {
        for second in [None, Some(SecondSecret::make().unwrap())] {
            let kit = kit(second);
            assert_eq!(Kit::parse(&kit.code()).unwrap(), kit);
            assert_eq!(Kit::parse(&text_code::for_qr(&kit.code())).unwrap(), kit);
            for list in [WordList::French, WordList::English] {
                let typed = kit.words(list).text();
                let again = Kit::from_words(kit.server.clone(), kit.account, &typed).unwrap();
                assert_eq!((again.secret(), &again.login().name), (kit.secret(), &kit.login().name));
                let second = kit.second_words(list).map(|words| second_of_words(&words.text()).unwrap());
                assert_eq!(second, kit.second);
            }
        }
    }

    #[test]
    fn debug_of_a_kit_shows_its_secret() {
        let kit = Kit::from_words(
            server_address(),
            AccountId::from_bytes([1; 32]),
            &kit(None).words(WordList::English).text(),
        );
        let shown = format!("{:?}", kit.unwrap());
        assert!(shown.contains("secret: SymmetricKey(..)"), "{shown}");
    }
}

//! Identities as text (`AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`), and of either kind where foreign files are read.

use core::str::FromStr;

use carnet_wire::StableCode;
use zeroize::Zeroizing;

use crate::bech32_text;
use crate::hybrid::HybridIdentity;
use crate::x25519::X25519Identity;

/// An identity that foreign files may be for.
#[derive(Debug)]
pub enum Identity {
    /// `AGE-SECRET-KEY-PQ-1…`.
    Hybrid(Box<HybridIdentity>),
    /// `AGE-SECRET-KEY-1…`.
    X25519(X25519Identity),
}

impl Identity {
    /// The identity's own text. It opens everything that was ever sealed for it: to be shown to its holder only, and wiped.
    ///
    /// # Errors
    /// [`core::fmt::Error`] never in fact: the text has a fixed length.
    pub fn export_secret_text(&self) -> Result<Zeroizing<String>, core::fmt::Error> {
        // Long enough from the start, so that no copy stays behind.
        let mut text = Zeroizing::new(String::with_capacity(96));
        match self {
            Self::Hybrid(identity) => bech32_text::encode(HYBRID, identity.expose(), &mut *text)?,
            Self::X25519(identity) => bech32_text::encode(X25519, identity.expose(), &mut *text)?,
        }
        Ok(text)
    }
}

impl FromStr for Identity {
    type Err = ParseIdentityError;

    fn from_str(text: &str) -> Result<Self, ParseIdentityError> {
        let seed = || bech32_text::decode(HYBRID, text);
        let secret = || bech32_text::decode(X25519, text);
        if let Some(seed) = seed() {
            Ok(Self::Hybrid(HybridIdentity::derive_from_seed(&seed)))
        } else if let Some(secret) = secret() {
            Ok(Self::X25519(X25519Identity::from_bytes(&secret)))
        } else {
            Err(ParseIdentityError)
        }
    }
}

/// The text is not an identity of a known kind. It is not repeated anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an age identity")]
pub struct ParseIdentityError;

impl StableCode for ParseIdentityError {
    fn code(&self) -> &'static str {
        "identity-text"
    }
}

const HYBRID: &str = "AGE-SECRET-KEY-PQ-";
const X25519: &str = "AGE-SECRET-KEY-";

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC_X25519: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    const SPEC_HYBRID: &str = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR";

    #[test]
    fn identities_of_the_specification_round_trip() {
        for text in [SPEC_X25519, SPEC_HYBRID] {
            let identity: Identity = text.parse().unwrap();
            assert_eq!(*identity.export_secret_text().unwrap(), text);
        }
    }

    #[test]
    fn recipients_of_the_specification_are_derived() {
        let Identity::X25519(identity) = SPEC_X25519.parse().unwrap() else { panic!("kind") };
        let recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
        assert_eq!(identity.recipient().to_string(), recipient);
        let Identity::Hybrid(identity) = SPEC_HYBRID.parse().unwrap() else { panic!("kind") };
        let recipient = identity.recipient().to_string();
        assert!(
            recipient
                .starts_with("age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95")
        );
        assert!(recipient.ends_with("heyty7saeq0d3fzv49zc0k"));
    }

    #[test]
    fn lower_case_and_changed_identities_are_refused_and_not_shown() {
        for bad in [SPEC_X25519.to_lowercase(), SPEC_HYBRID.replacen('X', "Z", 1), String::new()] {
            let error = bad.parse::<Identity>().unwrap_err();
            assert_eq!(error.to_string(), "this is not an age identity");
        }
        let shown = format!("{:?}", SPEC_HYBRID.parse::<Identity>().unwrap());
        assert_eq!(shown, "Hybrid(HybridIdentity(..))");
    }
}

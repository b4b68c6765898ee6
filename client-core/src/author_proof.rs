//! Author proofs: what goes along with an exported document, so that anybody can check offline who wrote it, and when.
//!
//! ```text
//! proof = { 0: authored part, 1: [ 1* statement of the author's account ], ? 2: date }     ; deterministic CBOR
//! date  = { 0: deposit statement, 1: salt (32), 2: receipt }
//! ```
//! The authored part names the author by the hash of the account's first bundle, so its statements need no other witness. The
//! deposit commits to the authored part under the salt, and the receipt dates the deposit: without them the signature is undated.

use std::io::{self, Read};

use carnet_wire::StableCode;
use carnet_wire::cbor::{self, CborError};
use carnet_wire::id::{AccountId, VaultId};
use carnet_wire::statement::{self, Deposit, Statement, Verified};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::account::{AccountError, Accounts, VerifiedAccount};
use crate::authored::{Authored, AuthoredError, inner_commitment, verify_authored};
use crate::digest;
use crate::position::Signed;
use crate::receipt::{HistoryError, TrustedLog};

/// What an export carries beside the content.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuthorProof {
    /// The authored part, as its author signed it.
    #[n(0)]
    pub authored: ByteVec,
    /// The author's account, from its first statement.
    #[n(1)]
    pub account: Vec<ByteVec>,
    /// What dates it.
    #[n(2)]
    pub date: Option<DateEvidence>,
}

/// What dates an author's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DateEvidence {
    /// The deposit statement that commits to it.
    #[n(0)]
    pub deposit: ByteVec,
    /// The salt of that commitment.
    #[n(1)]
    pub salt: ByteArray<32>,
    /// The log's receipt for that statement.
    #[n(2)]
    pub receipt: ByteVec,
}

/// A content whose author has been verified. Only [`AuthorProof::verify`] makes it.
#[derive(Debug)]
pub struct ProvenAuthor {
    authored: Verified<Authored>,
    author: AccountId,
    receipted: Option<u64>,
}

impl AuthorProof {
    /// Most bytes of a proof.
    pub const MAX_LEN: usize = 1024 * 1024;

    /// Reads a proof.
    ///
    /// # Errors
    /// [`CborError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, Self::MAX_LEN)
    }

    /// Its only encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Verifies that the author signed this content, and, where there is evidence from a log that is trusted, when at the latest.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify<R: Read>(&self, content: R, log: Option<&TrustedLog>) -> Result<ProvenAuthor, ProofError> {
        let claimed = Statement::<Authored>::parse(&self.authored).map_err(|_| AuthoredError::Malformed)?;
        let author = AccountId::from_bytes(*claimed.claimed().author.as_bytes());
        let line: Vec<Signed> = self.account.iter().map(|bytes| bytes.to_vec().into()).collect();
        let account = VerifiedAccount::from_chain(&author, &line)?;
        let mut accounts = Accounts::new();
        accounts.insert(account)?;
        let authored = verify_authored(&self.authored, &accounts)?;
        let body = authored.body();
        let (hash, len) = digest::hash_reader(content, body.len)?;
        if len != body.len || hash.as_bytes() != body.content_digest().as_bytes() {
            return Err(ProofError::Content);
        }
        let receipted = match (&self.date, log) {
            (Some(date), Some(log)) => Some(date.verify(&self.authored, log)?),
            _ => None,
        };
        Ok(ProvenAuthor { authored, author, receipted })
    }
}

impl DateEvidence {
    /// The moment at which the log accepted a deposit that commits to this authored part.
    fn verify(&self, authored: &[u8], log: &TrustedLog) -> Result<u64, ProofError> {
        let deposit = Statement::<Deposit>::parse(&self.deposit).map_err(|_| ProofError::Date)?;
        let vault: VaultId = deposit.claimed().context.vault;
        let inner = inner_commitment(&self.salt, authored);
        if deposit.claimed().items.iter().all(|item| item.inner != inner) {
            return Err(ProofError::Date);
        }
        Ok(log.verify(&self.receipt, &vault, &statement::hash(&self.deposit))?.accepted())
    }
}

impl ProvenAuthor {
    /// What the author signed.
    #[must_use]
    pub fn authored(&self) -> &Authored {
        self.authored.body()
    }

    /// The author's account: whose it is in the world, an attestation says.
    #[must_use]
    pub fn author(&self) -> AccountId {
        self.author
    }

    /// When the log's key signed a receipt for it, in milliseconds since 1970; nothing for an undated signature. It is that key's word:
    /// only inclusion under a witnessed checkpoint binds the log itself.
    #[must_use]
    pub fn receipted(&self) -> Option<u64> {
        self.receipted
    }
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The authored part is malformed, or not the author's.
    #[error(transparent)]
    Authored(#[from] AuthoredError),
    /// The statements are not those of the author's account.
    #[error("the author's account does not verify: {0}")]
    Account(#[from] AccountError),
    /// The content is not the one that was signed.
    #[error("the content is not the one that its author signed")]
    Content,
    /// The deposit does not commit to this signature.
    #[error("the deposit is of another document")]
    Date,
    /// The receipt is not the log's, or is of another statement.
    #[error(transparent)]
    Receipt(#[from] HistoryError),
    /// The content could not be read.
    #[error("the content could not be read")]
    Read(#[from] io::Error),
}

impl StableCode for ProofError {
    fn code(&self) -> &'static str {
        match self {
            Self::Authored(error) => error.code(),
            Self::Account(error) => error.code(),
            Self::Content => "proof-content",
            Self::Date => "proof-date",
            Self::Receipt(error) => error.code(),
            Self::Read(_) => "proof-read",
        }
    }
}

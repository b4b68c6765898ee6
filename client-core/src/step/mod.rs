//! Protocol steps, sans-I/O: each is a small state machine by value that gives a request and takes the response.
//!
//! A step that is over cannot be asked again, and one that waits cannot be skipped: the types have no such function. Clients
//! own the loop, the transport, the clock and the retries; a request may be sent again as it is, because a statement's hash
//! is its idempotency key.
//!
//! ```text
//! Login ─challenge→ AwaitToken ─→ Token
//! Upload ─offset→ Sending ─→ … ─→ Uploaded
//! Deposit(all Uploaded or Carried) ─→ AwaitReceipt ─→ Receipted
//! Submit(any other statement) ─→ AwaitReceipt ─→ Receipted
//! ReadStep ─challenge→ AwaitStored ─→ [Stored], page by page
//! LineStep, ChainStep ─pages→ Gathered ─verify→ VerifiedAccount, VerifiedVault
//! HistoryStep ─pages→ [Stated], each under its receipt
//! PlaceStep ─→ Placed
//! ```

mod account;
mod carried;
mod chain;
mod directory;
mod held_login;
mod history;
mod holder;
mod letter_login;
mod line;
mod login;
mod pages;
mod pairing;
mod payload;
mod proof;
mod read;
mod released;
mod slot_login;
mod submit;
mod upload;

pub use account::{
    AwaitBytes, AwaitDone, AwaitInbox, AwaitSlots, InboxProgress, InboxStep, KeyringStep, LoginRecordStep,
    SealedSlot, SlotsStep,
};
pub use carried::Carried;
pub use chain::{AwaitChain, ChainProgress, ChainStep, GatheredChain};
pub use directory::{
    AttestationError, AttestationsStep, Attested, AwaitDirectory, ClaimedAttestation, Found, Search,
};
pub use held_login::{AwaitHeldChallenge, HeldSession};
pub use history::{AwaitHistory, HistoryNext, HistoryProgress, HistoryStep, Stated};
pub use holder::{
    AwaitGrants, AwaitList, AwaitVersion, ClaimedGrant, GrantsProgress, GrantsStep, ListProgress, ListStep,
    VersionStep,
};
pub use letter_login::{AwaitLetterChallenge, LetterSession};
pub use line::{AwaitLine, GatheredLine, LineProgress, LineStep};
pub use login::{AwaitLoginChallenge, AwaitToken, Login};
pub use pages::{Followed, MAX_GATHERED, Places};
pub use pairing::Mailbox;
pub use payload::PayloadAt;
pub use proof::{AwaitPlace, AwaitState, HistoryId, PlaceStep, ReceiptStep, StateStep};
pub use read::{AwaitReadChallenge, AwaitStored, ReadProgress, ReadStep};
pub use slot_login::{AwaitSlotChallenge, AwaitSlotToken, SlotLogin};
pub use submit::{AwaitReceipt, Receipted, Submit};
pub use upload::{AwaitOffset, UploadProgress, Uploaded};

use carnet_wire::StableCode;
use carnet_wire::message::{Request, ResponseError};

use crate::account::slot::SlotError;
use crate::receipt::{HistoryError, PlaceError};
use crate::signer::SignError;

/// A request to send, and what waits for its response.
#[derive(Debug)]
#[must_use]
pub struct Ask<S> {
    /// What to send.
    pub request: Request,
    /// What takes the response.
    pub then: S,
}

/// Why a step stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The server refused, or its answer is malformed.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// The server's answer shows a broken history: keep it as evidence.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The server says it has kept more than there is, or less than it said before.
    #[error("the server's account of the upload makes no sense")]
    Offset,
    /// The server's page makes no sense: out of order, too long, not what was asked for.
    #[error("the server's page is not what was asked for")]
    Page,
    /// The server does not prove the place in the log.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The password cannot be stretched at the cost that the server names.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// The server gave more or fewer versions than asked for.
    #[error("the server gave other entries than asked for")]
    OtherEntries,
    /// More bytes than go along with one statement.
    #[error("too many bytes for one request: upload some")]
    TooLarge,
    /// The pin has moved since the request was made, so the server's proof is of an older one: the request can be sent again.
    #[error("the history has moved on; ask again")]
    PinMoved,
    /// The statement would be one that nobody reads.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl StableCode for StepError {
    fn code(&self) -> &'static str {
        match self {
            Self::Response(error) => error.code(),
            Self::History(error) => error.code(),
            Self::Page => "step-page",
            Self::Place(error) => error.code(),
            Self::Slot(error) => error.code(),
            Self::Offset => "step-offset",
            Self::OtherEntries => "step-other-entries",
            Self::TooLarge => "step-too-large",
            Self::PinMoved => "step-pin-moved",
            Self::Sign(error) => error.code(),
        }
    }
}

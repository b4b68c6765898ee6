//! Hazardous materials: what opens, wraps or seals without the checks of the layer above.
//!
//! Nothing here asks who signed, for whom, or whether a payload is the one that a statement names. It is for benchmarks, for
//! exchanges with other age programs and for tests that play the attacker; a client of Carnet uses [`crate::seal`],
//! [`crate::stored`] and [`crate::open`], whose types demand what these functions do not.

pub use crate::header::{unwrap, wrap};
pub use crate::stream::open::{OpenPayloadError, PayloadOpener, open_bytes, open_into};
pub use crate::stream::push::PushSealer;
pub use crate::stream::read::PayloadReader;
pub use crate::stream::seal::{seal_bytes, seal_into, seal_stream};
pub use crate::stream::sealed::{ContentDigest, Padding, PayloadSealer, SealError, SealedPayload};
pub use crate::wrap_error::{UnwrapError, WrapError};

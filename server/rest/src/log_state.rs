//! What a log is at one moment.

use minicbor::{Decode, Encode};

use carnet_wire::origin::Origin;
use carnet_wire::tree::TreeRoot;

/// What the log is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogState {
    /// The number of leaves.
    #[n(0)]
    pub size: u64,
    /// Their root.
    #[n(1)]
    pub root: TreeRoot,
    /// The index of the first leaf of the last batch; the batch ends with the log.
    #[n(2)]
    pub batch: u64,
    /// A backup was restored, and nobody has said yet whether the log reaches its last checkpoint.
    #[n(3)]
    pub restored: bool,
    /// The log that took this one's place.
    #[n(4)]
    pub successor: Option<Origin>,
}

impl LogState {
    /// Of a log that may grow.
    #[must_use]
    pub fn new(size: u64, root: TreeRoot, batch: u64) -> Self {
        Self { size, root, batch, restored: false, successor: None }
    }
}

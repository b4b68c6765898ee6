//! What handlers share.

use std::ops::Deref;
use std::sync::Arc;

use carnet_wire::chain::Chain;
use carnet_wire::id::VaultId;
use carnet_wire::signature::VerifyingKey;

use crate::challenge::Challenges;
use crate::history::History;
use crate::known::Known;
use crate::log::Log;
use crate::payloads::Payloads;
use crate::rates::Limits;
use crate::refusal::Refusal;
use crate::store::Records;
use crate::turns::Turns;

/// Everything that a handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the server.
pub struct Parts {
    /// Where records are.
    pub records: Arc<dyn Records>,
    /// Where payloads are.
    pub payloads: Payloads,
    /// The log.
    pub log: Log,
    /// Makes and knows challenges.
    pub challenges: Challenges,
    /// The keys of the authorities that may attest and bind.
    pub authorities: Vec<VerifyingKey>,
    /// Lines and chains that have been verified.
    pub known: Known,
    /// One statement of a history at a time.
    pub turns: Turns,
    /// Quotas and rates.
    pub limits: Limits,
    /// Whether accounts can be made.
    pub registration: bool,
}

impl App {
    /// Of its parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// A vault's history and chain as they are now; nothing where there is no such vault.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn vault(&self, vault: &VaultId) -> Result<Option<(History, Arc<Chain>)>, Refusal> {
        let Some(history) = History::load(&*self.records, *vault.as_bytes()).await? else { return Ok(None) };
        let chain = self.known.chain_at(&*self.records, &history).await?;
        Ok(chain.map(|chain| (history, chain)))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App(..)")
    }
}

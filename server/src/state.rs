//! What handlers share: settings, figures, rates, and the parts of the server that do the work.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRef;
use carnet_wire::chain::Chain;
use carnet_wire::id::VaultId;

use crate::challenge::Challenges;
use crate::config::Config;
use crate::edge::rate::Rates;
use crate::history::History;
use crate::known::Known;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::payloads::Payloads;
use crate::pending::Pending;
use crate::refusal::Refusal;
use crate::store::Records;
use crate::sweeper::Sweeper;
use crate::turns::Turns;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// The rates.
    pub rates: Arc<Rates>,
    /// What must be well before the server is ready.
    pub probes: Arc<[Box<dyn Probe>]>,
    /// The parts that do the work.
    pub app: App,
}

/// One thing that must be well before the server is ready.
#[async_trait]
pub trait Probe: Send + Sync + 'static {
    /// Its name, as `/readyz` gives it.
    fn name(&self) -> &'static str;

    /// Whether it is well.
    async fn is_well(&self) -> bool;
}

/// The parts of the server that do the work. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] is made of.
pub struct Parts {
    /// The settings.
    pub config: Arc<Config>,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// The rates.
    pub rates: Arc<Rates>,
    /// Where records are.
    pub records: Arc<dyn Records>,
    /// Where payloads are.
    pub payloads: Payloads,
    /// The log.
    pub log: Log,
    /// Makes and knows challenges.
    pub challenges: Challenges,
    /// Lines and chains that have been verified.
    pub known: Known,
    /// One statement of a history at a time.
    pub turns: Turns,
    /// Uploads that nothing has deposited yet.
    pub pending: Pending,
    /// Removes what no longer counts.
    pub sweeper: Sweeper,
}

impl AppState {
    /// The state of a server of these parts. `probes` are those of its parts.
    #[must_use]
    pub fn new(app: App, probes: Vec<Box<dyn Probe>>) -> Self {
        Self {
            config: Arc::clone(&app.config),
            metrics: Arc::clone(&app.metrics),
            rates: Arc::clone(&app.rates),
            probes: probes.into(),
            app,
        }
    }
}

impl FromRef<AppState> for App {
    fn from_ref(state: &AppState) -> Self {
        state.app.clone()
    }
}

impl FromRef<AppState> for Log {
    fn from_ref(state: &AppState) -> Self {
        state.app.log.clone()
    }
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

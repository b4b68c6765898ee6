//! What handlers share: settings, figures, rates, and the parts of the server that do the work.

use std::sync::Arc;

use async_trait::async_trait;

use crate::config::Config;
use crate::edge::rate::Rates;
use crate::metrics::Metrics;

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
}

/// One thing that must be well before the server is ready.
#[async_trait]
pub trait Probe: Send + Sync + 'static {
    /// Its name, as `/readyz` gives it.
    fn name(&self) -> &'static str;

    /// Whether it is well.
    async fn is_well(&self) -> bool;
}

impl AppState {
    /// The state of a server with these settings. `probes` are those of its parts.
    #[must_use]
    pub fn new(config: Config, probes: Vec<Box<dyn Probe>>) -> Self {
        Self {
            metrics: Arc::default(),
            rates: Arc::new(Rates::new(&config.limits)),
            probes: probes.into(),
            config: Arc::new(config),
        }
    }
}

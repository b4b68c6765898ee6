//! What an operator and a machine that watches ask: does it live, is it ready, its figures.

use async_trait::async_trait;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::config::Config;
use crate::metrics;
use crate::refusal::Refusal;
use crate::state::{AppState, Probe};
use crate::store::{Range, Records, Space};

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "It lives", body = String)))]
pub async fn healthz() -> &'static str {
    "alive\n"
}

/// Whether the server can do its work: the store answers, the log goes on, the disk has room.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses((status = 200, description = "It can", body = String)))]
pub async fn readyz(State(state): State<AppState>) -> Result<&'static str, Refusal> {
    let mut ready = true;
    for probe in state.probes.iter() {
        if !probe.is_well().await {
            tracing::warn!(code = "not-ready", name = probe.name());
            ready = false;
        }
    }
    if ready { Ok("ready\n") } else { Err(Refusal::Unavailable) }
}

/// Figures, as Prometheus reads them. On loopback only, so no part of the described interface.
pub async fn figures(State(state): State<AppState>) -> impl IntoResponse {
    let app = &state.app;
    state.metrics.log_size.set(app.log.size());
    state.metrics.queue_length.set(count(&*app.records, Space::Queue).await);
    state.metrics.sessions.set(count(&*app.records, Space::Session).await);
    state.metrics.free_bytes.set(FreeSpace::bytes(&app.config.server.folder).unwrap_or_default());
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], state.metrics.text())
}

/// Rows of a space, up to 10,000: a figure must not cost more than what it tells of.
async fn count(records: &dyn Records, space: Space) -> u64 {
    let (mut counted, mut after) = (0, None);
    while counted < 10_000 {
        let rows = records.scan(Range::all(space).after(after).limit(1000)).await.unwrap_or_default();
        counted += rows.len();
        if rows.len() < 1000 {
            break;
        }
        after = rows.last().map(|(key, _)| key.clone());
    }
    u64::try_from(counted).unwrap_or(u64::MAX)
}

/// Whether the disk has more than the reserve left.
pub struct FreeSpace {
    folder: std::path::PathBuf,
    reserve: u64,
}

impl FreeSpace {
    /// The probe of these settings.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { folder: config.server.folder.clone(), reserve: config.limits.reserve_bytes }
    }

    /// Free bytes, for whoever is not root.
    ///
    /// # Errors
    /// What the system says.
    pub fn bytes(folder: &std::path::Path) -> std::io::Result<u64> {
        let disk = rustix::fs::statvfs(folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Refuses to write where the reserve would be used.
    ///
    /// # Errors
    /// [`Refusal::Full`].
    pub fn require(&self) -> Result<(), Refusal> {
        match Self::bytes(&self.folder) {
            Ok(free) if free > self.reserve => Ok(()),
            _ => Err(Refusal::Full),
        }
    }
}

#[async_trait]
impl Probe for FreeSpace {
    fn name(&self) -> &'static str {
        "free-space"
    }

    async fn is_well(&self) -> bool {
        self.require().is_ok()
    }
}

//! Figures for Prometheus (OpenMetrics text). Labels are routes, statuses, kinds and codes: none names a person.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The media type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All figures.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    refusals: Family<CodeLabels, Counter>,
    statements: Family<KindLabels, Counter>,
    upload_bytes: Counter,
    commit_seconds: Histogram,
    /// Connections that are open.
    pub connections: Gauge,
    /// Leaves that wait for the log.
    pub queue_length: Gauge<u64, AtomicU64>,
    /// Leaves of the log.
    pub log_size: Gauge<u64, AtomicU64>,
    /// Sessions that are open.
    pub sessions: Gauge<u64, AtomicU64>,
    /// Bytes that the disk has left.
    pub free_bytes: Gauge<u64, AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabels {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("carnet"),
            requests: Family::default(),
            durations: Family::new_with_constructor(seconds),
            refusals: Family::default(),
            statements: Family::default(),
            upload_bytes: Counter::default(),
            commit_seconds: seconds(),
            connections: Gauge::default(),
            queue_length: Gauge::default(),
            log_size: Gauge::default(),
            sessions: Gauge::default(),
            free_bytes: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests by method, route and status", metrics.requests.clone());
        registry.register("request_seconds", "How long requests took, by route", metrics.durations.clone());
        registry.register("refusals", "Refusals by code", metrics.refusals.clone());
        registry.register("statements", "Statements accepted, by kind", metrics.statements.clone());
        registry.register("upload_bytes", "Bytes of payloads taken", metrics.upload_bytes.clone());
        registry.register(
            "store_commit_seconds",
            "How long durable commits took",
            metrics.commit_seconds.clone(),
        );
        registry.register("connections", "Connections that are open", metrics.connections.clone());
        registry.register(
            "log_queue",
            "Leaves that wait for the log, 10,000 at most",
            metrics.queue_length.clone(),
        );
        registry.register("log_leaves", "Leaves of the log", metrics.log_size.clone());
        registry.register("sessions", "Sessions that are kept, 10,000 at most", metrics.sessions.clone());
        registry.register("free_bytes", "Bytes that the disk has left", metrics.free_bytes.clone());
        metrics
    }
}

impl Metrics {
    /// Counts a request that has been answered. `route` is the pattern, never the path.
    pub fn request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: route.to_owned() };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a refusal.
    pub fn refusal(&self, code: &'static str) {
        self.refusals.get_or_create(&CodeLabels { code }).inc();
    }

    /// Counts an accepted statement.
    pub fn statement(&self, kind: &'static str) {
        self.statements.get_or_create(&KindLabels { kind }).inc();
    }

    /// Counts bytes of payloads taken.
    pub fn uploaded(&self, bytes: u64) {
        self.upload_bytes.inc_by(bytes);
    }

    /// Counts a durable commit.
    pub fn committed(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// All figures, as [`CONTENT_TYPE`].
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// From 100 µs to 50 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(1e-4, 2.0, 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_by_route_status_kind_and_code() {
        let metrics = Metrics::default();
        metrics.request("GET", "/v1/vaults/{vault}", 404, Duration::from_millis(3));
        metrics.refusal("absent");
        metrics.statement("deposit");
        metrics.uploaded(7);
        metrics.committed(Duration::from_millis(1));
        let text = metrics.text();
        for line in [
            "carnet_requests_total{method=\"GET\",route=\"/v1/vaults/{vault}\",status=\"404\"} 1",
            "carnet_request_seconds_count{route=\"/v1/vaults/{vault}\"} 1",
            "carnet_refusals_total{code=\"absent\"} 1",
            "carnet_statements_total{kind=\"deposit\"} 1",
            "carnet_upload_bytes_total 7",
            "carnet_store_commit_seconds_count 1",
            "carnet_log_queue 0",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}

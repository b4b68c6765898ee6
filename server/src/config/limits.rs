//! The limits of the server. Each has a default that suits a practice or a small hospital, and a code where it is met.

use std::time::Duration;

use carnet_wire::message;
use serde::Deserialize;

use crate::failure::Failure;

/// Limits. Sizes are in bytes, times in seconds, rates in requests a minute.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// A body that is not a payload: `body-too-large`.
    pub body_bytes: usize,
    /// A payload: `payload-too-large`.
    pub payload_bytes: u64,
    /// The header of one request. Beyond it the connection ends.
    pub header_bytes: usize,
    /// Header lines of one request. Beyond it the connection ends.
    pub header_lines: usize,
    /// Rows of one page of an answer.
    pub page_rows: usize,
    /// Payload bytes of one vault: `quota-bytes`.
    pub vault_bytes: u64,
    /// Entries of one vault: `quota-entries`.
    pub vault_entries: u64,
    /// Payload bytes that wait in one vault to be accepted: `quota-waiting`.
    pub waiting_bytes: u64,
    /// Deposits that wait in one vault to be accepted: `quota-waiting`.
    pub waiting_entries: u64,
    /// Uploads that one account has begun and not deposited: `quota-uploads`.
    pub account_uploads: usize,
    /// Requests a minute of one account: `rate`.
    pub account_rate: u32,
    /// Requests that one account may send at once: `rate`.
    pub account_burst: u32,
    /// Requests a minute of one address: `rate`.
    pub address_rate: u32,
    /// Requests that one address may send at once: `rate`.
    pub address_burst: u32,
    /// Connections at once. Beyond it new ones wait.
    pub connections: usize,
    /// For the whole header of a request. Beyond it the connection ends.
    pub header_seconds: u64,
    /// Without a request. Beyond it the connection ends.
    pub idle_seconds: u64,
    /// In which a client sends at least `slow_bytes` of a body, or takes some of an answer: `slow-client`.
    pub slow_seconds: u64,
    /// What a client sends at least in `slow_seconds`.
    pub slow_bytes: u64,
    /// For what runs, once the server is told to stop.
    pub shutdown_seconds: u64,
    /// Free bytes that are left on the disk: `storage-full`.
    pub reserve_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: message::MAX_BODY,
            payload_bytes: 16 << 30,
            header_bytes: 16 << 10,
            header_lines: 64,
            page_rows: 1000,
            vault_bytes: 64 << 30,
            vault_entries: 1_000_000,
            waiting_bytes: 256 << 20,
            waiting_entries: 100,
            account_uploads: 10_000,
            account_rate: 6000,
            account_burst: 2000,
            address_rate: 6000,
            address_burst: 2000,
            connections: 4096,
            header_seconds: 15,
            idle_seconds: 120,
            slow_seconds: 30,
            slow_bytes: 16 << 10,
            shutdown_seconds: 20,
            reserve_bytes: 1 << 30,
        }
    }
}

impl Limits {
    /// For the whole header of a request.
    #[must_use]
    pub fn header_time(&self) -> Duration {
        Duration::from_secs(self.header_seconds)
    }

    /// Without a request.
    #[must_use]
    pub fn idle_time(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }

    /// In which a client makes progress.
    #[must_use]
    pub fn slow_time(&self) -> Duration {
        Duration::from_secs(self.slow_seconds)
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        let bounds = |name: &str, value: u64, least: u64, most: u64| {
            let fits = (least..=most).contains(&value);
            let what = format!("limits.{name} is {value}");
            if fits { Ok(()) } else { Err(Failure::new(what, format!("Set it from {least} to {most}."))) }
        };
        let size = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        bounds("body_bytes", size(self.body_bytes), 64 << 10, size(message::MAX_BODY))?;
        bounds("payload_bytes", self.payload_bytes, 1 << 20, 1 << 48)?;
        bounds("header_bytes", size(self.header_bytes), 8 << 10, 1 << 20)?;
        bounds("header_lines", size(self.header_lines), 16, 1000)?;
        bounds("page_rows", size(self.page_rows), 1, 10_000)?;
        bounds("vault_bytes", self.vault_bytes, 1, u64::MAX)?;
        bounds("vault_entries", self.vault_entries, 1, u64::MAX)?;
        bounds("waiting_bytes", self.waiting_bytes, 0, self.vault_bytes)?;
        bounds("waiting_entries", self.waiting_entries, 0, u64::MAX)?;
        bounds("account_uploads", size(self.account_uploads), 1, 1 << 20)?;
        bounds("account_rate", self.account_rate.into(), 1, u32::MAX.into())?;
        bounds("account_burst", self.account_burst.into(), 1, u32::MAX.into())?;
        bounds("address_rate", self.address_rate.into(), 1, u32::MAX.into())?;
        bounds("address_burst", self.address_burst.into(), 1, u32::MAX.into())?;
        bounds("connections", size(self.connections), 1, 1 << 20)?;
        bounds("header_seconds", self.header_seconds, 1, 3600)?;
        bounds("idle_seconds", self.idle_seconds, 1, 3600)?;
        bounds("slow_seconds", self.slow_seconds, 1, 3600)?;
        bounds("slow_bytes", self.slow_bytes, 1, 1 << 30)?;
        bounds("shutdown_seconds", self.shutdown_seconds, 0, 3600)
    }
}

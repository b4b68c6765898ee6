//! Payloads: sealed bytes, as files.

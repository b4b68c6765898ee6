//! Faults: a real server that is killed, whose disk loses power, fails or is full, and what it had acknowledged before.
//!
//! [`home::Home`] is a server's folder and settings, [`home::Running`] its process. [`writer::Writer`] holds one vault, writes into it as
//! fast as the server answers, and knows what was acknowledged; after each fault it compares everything with what the server then has.
//! [`watcher::Watcher`] follows the log from outside. [`disk`] makes disks that lose power, fail and are full.
//!
//! The payloads, manifests and headers are made up: a server can tell them from sealed ones no more than anybody can. So that what is
//! waited for is the server, a payload is a few bytes of seed until it is sent or compared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault found fails the test")]
#![allow(clippy::print_stdout, reason = "the counts are what such a test has to tell")]

pub mod client;
pub mod dice;
pub mod disk;
pub mod home;
pub mod made;
pub mod powercut;
pub mod shelf;
pub mod watcher;
pub mod writer;

//! What the tests of more than one crate share: where their data lies, and how they say that something is missing.

pub mod alternate;
pub mod cast;
pub mod cli;
pub mod faults;
pub mod forger;
pub mod fuzz;
pub mod host;
pub mod liar;
pub mod made;
pub mod need;
pub mod nginx;
pub mod person;
pub mod proxy;
pub mod published;
pub mod salamander;
pub mod samples;
pub mod server;
pub mod settled;
pub mod terminal;
pub mod vectors;
pub mod ward;

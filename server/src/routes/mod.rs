//! The handlers, one file a subject. All are thin: parse, ask, answer.

pub mod log;

//! Statements before their signatures are looked at: for what only leads somewhere.

use carnet_wire::statement::{Body, Statement};

/// What a statement says, before its signature is looked at.
pub(crate) fn claimed<B: Body + Clone>(bytes: &[u8]) -> Option<B> {
    Statement::<B>::parse(bytes).ok().map(|statement| statement.claimed().clone())
}

//! What a page releases: versions that name their statements, and each statement once.

use std::collections::BTreeMap;

use carnet_wire::id::StatementHash;
use carnet_wire::message::StoredPart;
use carnet_wire::payload::PayloadNonce;
use carnet_wire::position::Signed;
use carnet_wire::statement;
use minicbor::bytes::ByteVec;

use super::StepError;
use crate::stored::Stored;

impl Stored {
    /// A version out of its part and the statements that the part names; nothing where `statement` does not have one of them.
    pub fn assemble(
        part: StoredPart,
        mut statement: impl FnMut(&StatementHash) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let mut signed = |hash: &StatementHash| statement(hash).map(Signed::from);
        let mut optional = |hash: &Option<StatementHash>| match hash {
            Some(hash) => signed(hash).map(Some),
            None => Some(None),
        };
        let (describe, grant, next) =
            (optional(&part.describe)?, optional(&part.grant)?, optional(&part.next)?);
        Some(Self {
            deposit: signed(&part.deposit)?,
            describe,
            grant,
            next,
            predecessors: part.predecessors.iter().map(signed).collect::<Option<_>>()?,
            leaf: part.leaf.into(),
            path: part.path.into(),
            header: part.header.into(),
            manifest: part.manifest.into(),
            nonce: PayloadNonce::from_bytes(part.nonce.into()),
        })
    }

    /// The statements that it rests on.
    pub fn statements(&self) -> impl Iterator<Item = &Signed> {
        let first = core::iter::once(&self.deposit).chain(&self.describe).chain(&self.grant);
        first.chain(&self.next).chain(&self.predecessors)
    }
}

impl From<&Stored> for StoredPart {
    fn from(stored: &Stored) -> Self {
        let hash = |signed: &Signed| statement::hash(&signed.bytes);
        Self {
            deposit: hash(&stored.deposit),
            describe: stored.describe.as_ref().map(hash),
            grant: stored.grant.as_ref().map(hash),
            leaf: stored.leaf.clone().into(),
            path: stored.path.clone().into(),
            header: stored.header.clone().into(),
            manifest: stored.manifest.clone().into(),
            nonce: (*stored.nonce.as_bytes()).into(),
            next: stored.next.as_ref().map(hash),
            predecessors: stored.predecessors.iter().map(hash).collect(),
        }
    }
}

/// The versions of a page.
pub(super) fn stored(parts: Vec<StoredPart>, statements: Vec<ByteVec>) -> Result<Vec<Stored>, StepError> {
    let statements: BTreeMap<StatementHash, ByteVec> =
        statements.into_iter().map(|bytes| (statement::hash(&bytes), bytes)).collect();
    let assembled = |part| {
        let statement = |hash: &StatementHash| statements.get(hash).map(|bytes| bytes.to_vec());
        Stored::assemble(part, statement).ok_or(StepError::Page)
    };
    parts.into_iter().map(assembled).collect()
}

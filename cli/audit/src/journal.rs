//! What a store's journal holds that its engine does not have yet: a server that was killed leaves some.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::Path;

use carnet_rest::checksum;
use carnet_rest::journal::{self, MARK, NAMES, payload};
use carnet_wire::id::{PayloadRoot, VaultId};

use super::class::Class;
use super::source::{Sink, Source};
use super::tally::Tally;
use crate::error::AuditError;

/// An engine's records under those of its journal.
pub(super) struct Journaled {
    source: Box<dyn Source>,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    payloads: BTreeMap<(VaultId, PayloadRoot), [u8; 16]>,
    tally: RefCell<Tally>,
}

impl Journaled {
    /// Reads the journal in the folder of data.
    ///
    /// # Errors
    /// [`AuditError`] where it cannot be read.
    pub(super) fn open(source: Box<dyn Source>, data: &Path) -> Result<Self, AuditError> {
        let mut read = Self {
            source,
            changes: BTreeMap::new(),
            payloads: BTreeMap::new(),
            tally: RefCell::new(Tally::default()),
        };
        let mark = match read.source.stored(&MARK)? {
            None => 0,
            Some(framed) => {
                let value = checksum::open(&MARK, framed).and_then(|value| value.try_into().ok());
                value.map(u64::from_be_bytes).unwrap_or_else(|| {
                    read.tally.get_mut().find("journal", "journal-mark-damaged");
                    u64::MAX
                })
            }
        };
        let mut files = Vec::new();
        for name in NAMES {
            let path = data.join(name);
            match fs::read(&path) {
                Ok(bytes) => files.push(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(AuditError::file(&path, error)),
            }
        }
        let mut turns: Vec<_> = files.iter().map(|file| journal::read(file)).collect();
        turns.sort_by_key(|turn| turn.records.first().map(|record| record.number));
        let mut number = mark;
        for turn in turns {
            for record in turn.records.iter().filter(|record| record.number > mark) {
                if number.checked_add(1) != Some(record.number) {
                    read.tally.get_mut().find("journal", "journal-record-missing");
                }
                number = record.number;
                read.take(record);
            }
            if turn.beyond.is_some_and(|beyond| beyond > mark) {
                read.tally.get_mut().find("journal", "journal-record-damaged");
            }
        }
        Ok(read)
    }

    fn take(&mut self, record: &journal::Record<'_>) {
        for (key, value) in &record.changes {
            self.changes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        }
        for along in &record.along {
            match payload(along) {
                Some((vault, root, bytes)) if *blake3::hash(bytes).as_bytes() == root => {
                    self.tally.get_mut().field(("journal", "payload"), Class::Sealed, bytes.len());
                    let nonce = bytes.first_chunk().copied().unwrap_or_default();
                    self.payloads.insert((VaultId::from_bytes(vault), PayloadRoot::from_bytes(root)), nonce);
                }
                _ => self.tally.get_mut().find("journal", "journal-payload-other-root"),
            }
        }
    }
}

impl Source for Journaled {
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>, AuditError> {
        match self.changes.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => self.source.stored(key),
        }
    }

    fn each(&self, prefix: &[u8], sink: Sink<'_>) -> Result<(), AuditError> {
        let from = (Bound::Included(prefix.to_vec()), Bound::Unbounded);
        let mut changes = self.changes.range(from).take_while(|(key, _)| key.starts_with(prefix)).peekable();
        let give = |key: &[u8], value: &Option<Vec<u8>>, sink: &mut dyn FnMut(&[u8], &[u8]) -> _| {
            value.as_ref().map_or(Ok(()), |value| sink(key, value))
        };
        self.source.each(prefix, &mut |key, framed| {
            while let Some((changed, value)) = changes.next_if(|(changed, _)| changed.as_slice() < key) {
                give(changed, value, &mut *sink)?;
            }
            if key == MARK {
                return Ok(());
            }
            match changes.next_if(|(changed, _)| changed.as_slice() == key) {
                Some((_, value)) => give(key, value, &mut *sink),
                None => sink(key, framed),
            }
        })?;
        changes.try_for_each(|(key, value)| give(key, value, &mut *sink))
    }

    fn carried(&self, vault: &VaultId, root: &PayloadRoot) -> Option<[u8; 16]> {
        self.payloads.get(&(*vault, *root)).copied()
    }

    fn journal(&self) -> Tally {
        self.tally.take()
    }
}

//! Following an account's line, one statement after the other: what each kind demands, and what it changes.

use crate::id::{AccountId, StatementHash};
use crate::statement::{self, Device, DeviceChange, Key, NewRoot, Recovery, Slot, SlotChange, Statement};

use super::{CutOff, DeviceRecord, Generation, Line, LineError, SlotRecord};
use crate::position::LogPosition;

impl Line {
    pub(super) fn follow_device(
        mut self,
        bytes: &[u8],
        position: Option<LogPosition>,
    ) -> Result<Self, LineError> {
        let statement = Statement::<Device>::parse(bytes)?;
        let by_identity = statement.header().key_id == self.identity.key_id();
        let statement = match statement.claimed().change {
            // The line orders itself: who certifies must be live here, wherever in the log it stands.
            DeviceChange::Certify if !by_identity => self.verify(statement, None)?,
            _ => statement.verify(&self.identity)?,
        };
        let body = statement.body();
        self.continues(&body.account, &body.previous, statement.header())?;
        let id = body.key.key_id();
        match body.change {
            DeviceChange::Certify => {
                if self.devices.contains_key(&id) || id == self.identity.key_id() {
                    return Err(LineError::DeviceTwice);
                }
                self.devices
                    .insert(id, DeviceRecord { key: body.key, since: body.time, cut_off: CutOff::No });
            }
            DeviceChange::CutOff => {
                let device = self.devices.get_mut(&id).ok_or(LineError::UnknownDevice)?;
                if !device.is_live() {
                    return Err(LineError::CutOff);
                }
                let position = position.filter(|position| position.is_of(&statement.hash()));
                device.cut_off = position.map_or(CutOff::Sometime, CutOff::At);
            }
        }
        self.statements.push(statement.hash());
        Ok(self)
    }

    pub(super) fn follow_key(mut self, bytes: &[u8]) -> Result<Self, LineError> {
        let statement = Statement::<Key>::parse(bytes)?.verify(&self.identity)?;
        let body = statement.body();
        let account = AccountId::from_bytes(*body.reader.as_bytes());
        self.continues(&account, &body.replaces, statement.header())?;
        if Some(body.generation) != self.generation().checked_add(1) || body.key_entry.is_some() {
            return Err(LineError::Generation);
        }
        let next = Generation::new(body.generation, &body.bundle)?;
        if self.generations.iter().any(|past| past.key_id == next.key_id) {
            return Err(LineError::Keys);
        }
        self.generations.push(next);
        self.statements.push(statement.hash());
        Ok(self)
    }

    pub(super) fn follow_slot(mut self, bytes: &[u8]) -> Result<Self, LineError> {
        let statement = Statement::<Slot>::parse(bytes)?.verify(&self.identity)?;
        let body = statement.body();
        self.continues(&body.account, &body.previous, statement.header())?;
        if body.root_version != self.root_version {
            return Err(LineError::Generation);
        }
        match body.change {
            SlotChange::Put(digest) => {
                self.slots.insert(
                    body.slot,
                    SlotRecord { kind: body.kind, root_version: body.root_version, digest },
                );
            }
            SlotChange::Removed => {
                self.slots.remove(&body.slot);
            }
        }
        self.statements.push(statement.hash());
        Ok(self)
    }

    pub(super) fn follow_recovery(mut self, bytes: &[u8]) -> Result<Self, LineError> {
        let statement = Statement::<Recovery>::parse(bytes)?.verify(&self.identity)?;
        let body = statement.body();
        self.continues(&body.account, &body.previous, statement.header())?;
        self.recovery = Some(body.rule.clone());
        self.statements.push(statement.hash());
        Ok(self)
    }

    pub(super) fn follow_root(mut self, bytes: &[u8]) -> Result<Self, LineError> {
        let statement = Statement::<NewRoot>::parse(bytes)?.verify(&self.identity)?;
        let body = statement.body();
        self.continues(&body.account, &body.previous, statement.header())?;
        let id = body.identity.key_id();
        let known = self.devices.contains_key(&id)
            || core::iter::once(&self.identity).chain(&self.past_identities).any(|key| key.key_id() == id);
        if Some(body.root_version) != self.root_version.checked_add(1) || known {
            return Err(LineError::Generation);
        }
        self.past_identities.push(core::mem::replace(&mut self.identity, body.identity));
        self.root_version = body.root_version;
        self.slots.clear();
        self.statements.push(statement.hash());
        Ok(self)
    }

    fn continues(
        &self,
        account: &AccountId,
        previous: &StatementHash,
        header: &statement::Header,
    ) -> Result<(), LineError> {
        if *account != self.id || header.origin != self.origin {
            Err(LineError::OtherAccount)
        } else if *previous != self.head() {
            Err(LineError::NotNext)
        } else {
            Ok(())
        }
    }
}

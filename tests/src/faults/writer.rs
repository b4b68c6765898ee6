//! A holder who writes into a vault of their own as fast as the server answers, and afterwards knows what must be there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use carnet_core::receipt::TrustedLog;
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{EntryId, StatementHash, VaultId};
use carnet_wire::log_leaf::history_leaf;
use carnet_wire::message::{Accepted, StoredPage, Submission};
use carnet_wire::page::{GrantPage, HistoryPage, PlaceProof, StateProof};
use carnet_wire::slice::SliceDecoder;
use carnet_wire::statement::{Receipt, Statement};
use carnet_wire::tree::Nodes as _;

use super::client::{Client, Failed};
use super::dice::Dice;
use super::made::{Blob, Change, Hand, Item, Made};
use super::shelf::Shelf;

/// One holder with one vault.
pub struct Writer {
    hand: Hand,
    dice: Dice,
    trusted: TrustedLog,
    token: Option<String>,
    shelf: Shelf,
    receipts: Vec<(StatementHash, Vec<u8>)>,
    // Acknowledged since the last comparison.
    fresh: Vec<(Made, Vec<u8>)>,
    // Sent, and never answered.
    pending: Option<Made>,
    /// How many statements were acknowledged.
    pub acknowledged: u64,
    /// How many of those that were never answered had been done.
    pub done_unheard: u64,
    /// Refusals for which the writer was told to wait, by their code.
    pub refused: BTreeMap<String, u64>,
}

impl Writer {
    /// Opens an account and a vault.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn begin(address: &str, trusted: &TrustedLog, mut dice: Dice) -> Result<Self, Failed> {
        let hand = Hand::make();
        let mut client = Client::new(address);
        for person in [&hand.cast.patient] {
            let path = format!("/v1/accounts/{}/statements", person.account.id());
            for statement in &person.line {
                client.submit(&path, &bare(&statement.bytes))?;
            }
        }
        let token = client.login(&hand.cast.patient)?;
        let mut writer = Self {
            hand,
            dice: dice.fork(),
            trusted: trusted.clone(),
            token: Some(token),
            shelf: Shelf::default(),
            receipts: Vec::new(),
            fresh: Vec::new(),
            pending: None,
            acknowledged: 0,
            done_unheard: 0,
            refused: BTreeMap::new(),
        };
        let genesis = writer.hand.cast.chain[0].bytes.clone();
        let accepted = client.submit(&writer.path("statements"), &bare(&genesis))?;
        let hash = carnet_wire::statement::hash(&genesis);
        writer.shelf.history.append(history_leaf(&hash));
        writer.receive(&hash, &accepted);
        Ok(writer)
    }

    /// A client with this writer's session. Sessions outlast a restart, not fifteen minutes.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn client(&mut self, address: &str) -> Result<Client, Failed> {
        let mut client = Client::new(address).with(self.token.clone());
        match client.get::<HistoryPage>(&self.path("chain")) {
            Err(Failed::Refused(401, _)) => self.token = Some(client.login(&self.hand.cast.patient)?),
            other => drop(other?),
        }
        Ok(client)
    }

    /// Writes until the server falls silent or `stop` is set. Refusals of these codes are waited out; any other fails the test.
    pub fn write(&mut self, client: &Client, stop: &AtomicBool, patient: &[&str]) {
        while !stop.load(Ordering::Relaxed) {
            // What may have been done is settled first: two of them could not be told apart afterwards.
            let sent = match self.pending.take() {
                Some(made) => self.again(client, made),
                None => self.write_one(client),
            };
            match sent {
                Ok(()) => {}
                Err(Failed::Lost) => return,
                Err(Failed::Refused(_, refusal)) if patient.contains(&refusal.code.as_str()) => {
                    *self.refused.entry(refusal.code).or_default() += 1;
                    sleep(Duration::from_millis(5));
                }
                Err(refused) => panic!("{refused:?}"),
            }
        }
    }

    /// Uploads and states one thing.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn write_one(&mut self, client: &Client) -> Result<(), Failed> {
        let mut made = self.make();
        if self.dice.one_in(2) {
            made.carry();
        }
        self.upload(client, &made)?;
        self.state(client, made)
    }

    fn again(&mut self, client: &Client, made: Made) -> Result<(), Failed> {
        let mut sent = self.upload(client, &made).and_then(|()| self.state(client, made.clone()));
        if sent.as_ref().is_err_and(|failed| failed.code() == "payload-missing") {
            // What was kept of the upload was not what was sent: its bytes had never been said to last.
            sent = self.upload(client, &made).and_then(|()| self.state(client, made.clone()));
        }
        if matches!(sent, Err(Failed::Lost)) {
            self.pending = Some(made);
        }
        sent
    }

    fn upload(&self, client: &Client, made: &Made) -> Result<(), Failed> {
        let Change::Deposit(items, _) = &made.change else { return Ok(()) };
        if !made.submission.payloads.is_empty() {
            return Ok(());
        }
        let payloads: BTreeMap<_, _> = items.iter().map(|one| (one.item.payload, one.payload)).collect();
        for (root, payload) in payloads {
            client.upload(&self.path(&format!("uploads/{root}")), &payload.bytes())?;
        }
        Ok(())
    }

    fn state(&mut self, client: &Client, made: Made) -> Result<(), Failed> {
        match client.submit(&self.path("statements"), &made.submission) {
            Ok(accepted) => {
                self.shelf.apply(made.hash, &made.change);
                self.receive(&made.hash, &accepted);
                self.fresh.push((made, accepted.receipt.to_vec()));
                Ok(())
            }
            Err(failed) => {
                // What went wrong inside may have happened after the deed; any other refusal means that nothing was done.
                if matches!(failed, Failed::Lost) || failed.code() == "internal" {
                    self.pending = Some(made);
                }
                Err(failed)
            }
        }
    }

    /// Believes a receipt: it is the log's, and names the state that this writer's own count gives.
    fn receive(&mut self, hash: &StatementHash, accepted: &Accepted) {
        let receipt = self.trusted.verify(&accepted.receipt, &self.vault(), hash).unwrap();
        let (size, root) = (self.shelf.history.size(), self.shelf.history.root());
        assert_eq!((receipt.pin().size, <[u8; 32]>::from(receipt.pin().root)), (size, *root.as_bytes()));
        self.receipts.push((*hash, accepted.receipt.to_vec()));
        self.acknowledged += 1;
    }

    /// The receipts since the last comparison.
    #[must_use]
    pub fn promises(&self) -> Vec<Receipt> {
        let new = self.receipts.iter().rev().take(self.fresh.len() + 1);
        new.map(|(_, bytes)| Statement::<Receipt>::parse(bytes).unwrap().claimed().clone()).collect()
    }

    fn make(&mut self) -> Made {
        let live: Vec<EntryId> = self.shelf.live().map(|(entry, _)| *entry).collect();
        let kind = if live.len() < 4 { 0 } else { self.dice.below(20) };
        match kind {
            0..8 => self.deposit_one(),
            8..10 => self.deposit_many(),
            10..12 => self.next_version(&live),
            12..14 => {
                let entry = live[self.dice.place(live.len())];
                let version = self.shelf.entries[&entry].versions.last().unwrap();
                let replaces = version.describe.unwrap_or(version.deposit);
                let item = version.item.clone();
                self.hand.describe(&mut self.dice, &item, replaces)
            }
            14..17 => {
                let some = live.iter().filter(|_| self.dice.one_in(2)).take(5).copied();
                let some: Vec<EntryId> = some.chain([live[0]]).collect();
                let newest = |entry: &EntryId| {
                    (*entry, u64::try_from(self.shelf.entries[entry].versions.len()).unwrap())
                };
                let versions: Vec<_> = some.iter().map(newest).collect();
                // More than a hundred are staged.
                let count = [3, 40, 150][self.dice.place(3)];
                self.hand.grant(&mut self.dice, &versions, count)
            }
            17..19 => self.revoke(),
            _ => {
                let first = self.dice.place(live.len());
                self.hand.delete(live.into_iter().skip(first).take(2).collect())
            }
        }
    }

    fn entry(&mut self) -> EntryId {
        EntryId::from_bytes(self.dice.bytes())
    }

    fn deposit_one(&mut self) -> Made {
        // One group, a few groups, and with an outboard of its own.
        let size = [500, 40_000, 200_000, 1_300_000][[0, 0, 0, 1, 1, 2, 2, 3][self.dice.place(8)]];
        let payload = Blob::payload(&mut self.dice, size);
        let entry = self.entry();
        let item = Item::make(&mut self.dice, entry, 1, None, payload);
        let links = if self.dice.one_in(4) { 120 } else { 0 };
        self.hand.deposit(&mut self.dice, vec![item], links)
    }

    fn deposit_many(&mut self) -> Made {
        let payloads: Vec<_> = (0..4).map(|_| Blob::payload(&mut self.dice, 900)).collect();
        // Three rows each: more than one transaction holds.
        let items = (0..36).map(|at| {
            let entry = self.entry();
            Item::make(&mut self.dice, entry, 1, None, payloads[at % payloads.len()])
        });
        let items = items.collect();
        self.hand.deposit(&mut self.dice, items, 0)
    }

    fn next_version(&mut self, live: &[EntryId]) -> Made {
        let entry = live[self.dice.place(live.len())];
        let versions = &self.shelf.entries[&entry].versions;
        let (next, before) = (u64::try_from(versions.len()).unwrap() + 1, versions.last().unwrap().deposit);
        let payload = Blob::payload(&mut self.dice, 3000);
        let item = Item::make(&mut self.dice, entry, next, Some(before), payload);
        self.hand.deposit(&mut self.dice, vec![item], 0)
    }

    fn revoke(&mut self) -> Made {
        let own = *self.vault().as_bytes();
        let links = self.shelf.grants.keys().filter(|(reader, _)| reader.as_bytes() != &own);
        let links: Vec<_> = links.copied().collect();
        if links.is_empty() {
            return self.deposit_one();
        }
        let first = self.dice.place(links.len());
        let some = links.iter().skip(first).take(30);
        let revoked = some.map(|(reader, entry)| (*reader, Some(*entry).filter(|_| self.dice.one_in(2))));
        let revoked = revoked.collect();
        self.hand.revoke(revoked)
    }

    /// Compares everything that was acknowledged with what the server has now, sends again what was never answered, and some of what was.
    ///
    /// # Errors
    /// [`Failed`] where the server does not answer. What is not as it should be fails the test.
    pub fn compare(&mut self, client: &Client) -> Result<(), Failed> {
        self.compare_history(client)?;
        self.repeat(client)?;
        self.compare_entries(client)?;
        self.compare_grants(client)?;
        let mut versions: Vec<(EntryId, usize)> = Vec::new();
        for (made, _) in std::mem::take(&mut self.fresh) {
            if let Change::Deposit(items, _) = made.change {
                let of = |one: &Item| (one.item.entry, usize::try_from(one.item.version).unwrap() - 1);
                versions.extend(items.iter().take(3).map(of));
            }
        }
        let all: Vec<EntryId> = self.shelf.entries.keys().copied().collect();
        versions.extend((0..all.len().min(3)).map(|_| (all[self.dice.place(all.len())], 0)));
        for (entry, version) in versions {
            self.compare_payload(client, &entry, version)?;
        }
        Ok(())
    }

    /// Reads entries and grants, where nothing can be written.
    ///
    /// # Errors
    /// As [`Self::compare`].
    pub fn read_all(&self, client: &Client) -> Result<(), Failed> {
        self.compare_entries(client)?;
        self.compare_grants(client)
    }

    /// All that [`Self::compare`] does for some, for all.
    ///
    /// # Errors
    /// As [`Self::compare`].
    pub fn compare_all(&mut self, client: &Client) -> Result<(), Failed> {
        self.compare(client)?;
        for (hash, receipt) in &self.receipts {
            assert_eq!(self.receipt(client, hash)?, *receipt, "another receipt");
        }
        let entries: Vec<EntryId> = self.shelf.entries.keys().copied().collect();
        for entry in entries {
            for version in 0..self.shelf.entries[&entry].versions.len() {
                self.compare_payload(client, &entry, version)?;
            }
        }
        Ok(())
    }

    /// Waits for the proof of one statement's place in the log, until its deadline. The log itself has been waited for.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn wait_for_place(&mut self, client: &Client) -> Result<(), Failed> {
        let at = self.dice.place(self.receipts.len());
        let (hash, receipt) = &self.receipts[at];
        let receipt = Statement::<Receipt>::parse(receipt).unwrap().claimed().clone();
        let path = format!("/v1/histories/{}/places/{hash}", self.vault());
        let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(receipt.deadline);
        let proof: PlaceProof = loop {
            match client.get(&path) {
                // The server notes where a leaf has come right after the log has it.
                Err(Failed::Refused(404, _)) if SystemTime::now() < deadline => {
                    sleep(Duration::from_millis(20))
                }
                answer => break answer?,
            }
        };
        assert_eq!((proof.number, proof.root, proof.tag), (receipt.size, receipt.root, receipt.tag));
        Ok(())
    }

    fn compare_history(&mut self, client: &Client) -> Result<(), Failed> {
        let size = self.shelf.history.size();
        let path = format!("/v1/histories/{}/state?size={size}", self.vault());
        let state: StateProof = client.get(&path).map_err(|failed| match failed {
            Failed::Lost => failed,
            refused => panic!("acknowledged statements are lost: {size} were there: {refused:?}"),
        })?;
        let root = self.shelf.history.root_at(size).unwrap();
        assert_eq!(<[u8; 32]>::from(state.root), *root.as_bytes(), "the history is another one");
        // Beyond what was acknowledged, what was sent last, or nothing.
        let page: HistoryPage = client.get(&self.path(&format!("history?from={}", size + 1)))?;
        let pending = self.pending.as_ref().map(|made| made.hash);
        let beyond: Vec<StatementHash> = page.parts.iter().map(|part| part.hash).collect();
        assert!(beyond.is_empty() || beyond == Vec::from_iter(pending), "{beyond:?} instead of {pending:?}");
        if let Some(part) = page.parts.first() {
            let made = self.pending.take().unwrap();
            self.done_unheard += 1;
            self.shelf.apply(made.hash, &made.change);
            let again = client.submit(&self.path("statements"), &made.submission)?;
            assert_eq!(
                again.receipt, part.receipt,
                "a request repeated after a lost answer got another receipt"
            );
            self.receive(&made.hash, &again);
            self.fresh.push((made, again.receipt.to_vec()));
        } else if let Some(made) = self.pending.take() {
            // Half of what was never done is sent again, half is given up: its rows are nobody's.
            if self.dice.one_in(2) {
                self.again(client, made)?;
            }
        }
        Ok(())
    }

    /// The receipts of now are those of before; a statement sent again gets its own and changes nothing.
    fn repeat(&mut self, client: &Client) -> Result<(), Failed> {
        for (made, receipt) in &self.fresh {
            assert_eq!(self.receipt(client, &made.hash)?, *receipt, "another receipt");
        }
        for at in [0, self.fresh.len() / 2] {
            let Some((made, receipt)) = self.fresh.get(at) else { continue };
            let again = client.submit(&self.path("statements"), &made.submission)?;
            assert_eq!(again.receipt.as_slice(), receipt, "another receipt");
        }
        let page: HistoryPage =
            client.get(&self.path(&format!("history?from={}", self.shelf.history.size() + 1)))?;
        assert_eq!((page.size, page.parts.len()), (self.shelf.history.size(), 0));
        Ok(())
    }

    fn compare_entries(&self, client: &Client) -> Result<(), Failed> {
        let mut expected = self.shelf.live();
        let mut after = String::new();
        loop {
            let page: StoredPage = client.get(&self.path(&format!("entries{after}")))?;
            for part in &page.parts {
                let (entry, version) = expected.next().expect("an entry that nobody was told of");
                let given: Vec<_> =
                    page.statements.iter().map(|bytes| carnet_wire::statement::hash(bytes)).collect();
                assert!(
                    part.statements().all(|hash| given.contains(hash)),
                    "{entry}: a statement is missing"
                );
                assert_eq!((part.deposit, part.describe), (version.deposit, version.describe), "{entry}");
                assert_eq!(part.manifest.as_slice(), version.manifest.bytes(), "{entry}");
                assert_eq!(part.nonce.as_slice(), &version.payload.bytes()[..16], "{entry}");
            }
            let Some(next) = page.next else { break };
            after = format!("?after={next}");
        }
        assert_eq!(expected.next().map(|(entry, _)| entry), None, "acknowledged entries are lost");
        Ok(())
    }

    /// The grants are those that were acknowledged, one by one: none is missing, half or back again.
    fn compare_grants(&self, client: &Client) -> Result<(), Failed> {
        let mut found = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page: GrantPage = client.get(&self.path(&format!("grants{after}")))?;
            for part in &page.parts {
                let leaf = GrantLeaf::parse(&part.leaf).unwrap();
                let twice = found.insert((leaf.reader, leaf.entry), (leaf.version, part.statement));
                assert_eq!(twice, None);
            }
            let Some(next) = page.next else { break };
            after = format!("?after={}", hex::encode(next.as_slice()));
        }
        if found != self.shelf.grants {
            let lost = self.shelf.grants.iter().filter(|(key, value)| found.get(key) != Some(value)).count();
            let more = found.iter().filter(|(key, value)| self.shelf.grants.get(key) != Some(value)).count();
            panic!("{lost} grants of {} are missing, {more} are too many", self.shelf.grants.len());
        }
        Ok(())
    }

    fn compare_payload(&mut self, client: &Client, entry: &EntryId, version: usize) -> Result<(), Failed> {
        let kept = &self.shelf.entries[entry];
        let deleted = kept.deleted;
        let version = &kept.versions[version];
        let path = self.path(&format!("entries/{entry}/versions/{}/payload", version.item.version));
        if deleted {
            let answer = client.bytes(&path);
            assert!(matches!(answer, Err(Failed::Refused(404, _) | Failed::Lost)), "{entry} is back");
            return Ok(());
        }
        let bytes = version.payload.bytes();
        if bytes.len() < 100_000 || self.dice.one_in(2) {
            let found = client.bytes(&path)?;
            let places = || bytes.iter().zip(&found).enumerate().filter(|(_, (one, other))| one != other);
            let other =
                (places().next().map(|(at, _)| at), places().next_back().map(|(at, _)| at), places().count());
            assert!(
                found == bytes,
                "{entry}: {} of {} bytes, other from, to, count: {other:?}",
                found.len(),
                bytes.len()
            );
            return Ok(());
        }
        let len = version.item.payload_len;
        let start = self.dice.below(len - 1);
        let range = start..start + 1 + self.dice.below(len - start);
        let slice = client.bytes(&format!("{path}?slice={}-{}", range.start, range.end))?;
        let mut decoder = SliceDecoder::new(&version.item.payload, len, &range).unwrap();
        decoder.push(&slice, &mut |_| {}).unwrap();
        decoder.finish().unwrap();
        Ok(())
    }

    fn receipt(&self, client: &Client, hash: &StatementHash) -> Result<Vec<u8>, Failed> {
        let path = format!("/v1/histories/{}/receipts/{hash}", self.vault());
        let accepted: Accepted = client.get(&path).map_err(|failed| match failed {
            Failed::Lost => failed,
            refused => panic!("an acknowledged statement is lost: {refused:?}"),
        })?;
        Ok(accepted.receipt.to_vec())
    }

    fn vault(&self) -> VaultId {
        self.hand.cast.vault.id()
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/vaults/{}/{rest}", self.vault())
    }
}

fn bare(statement: &[u8]) -> Submission {
    Submission::bare(statement)
}

//! What deletion leaves: nothing of the entries, and of their deposit its hash, once all of its entries are gone and not before.

#![cfg(test)]

use carnet_rest::Kept;
use carnet_server::store::engine::Resources;
use carnet_server::store::{Engine, Range, Row, Space, open};
use carnet_tests::person::Client;
use carnet_tests::server::TestServer;
use carnet_tests::settled;
use carnet_wire::cbor;
use carnet_wire::id::{EntryId, VaultId};

/// More than are erased together.
const ENTRIES: usize = 40;

/// The rows of a vault in a store that nobody has open.
fn rows(server: &TestServer, space: Space, vault: &VaultId) -> Vec<Row> {
    let records = open(Engine::Redb, &server.folder().join("records"), Resources::cache(1 << 20)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(records.scan(Range::of(space, *vault.as_bytes(), Vec::new()))).unwrap()
}

fn erased(server: &TestServer, vault: &VaultId) -> usize {
    let statements = rows(server, Space::Statement, vault);
    let kept = statements.iter().map(|(_, value)| cbor::decode::<Kept>(value, usize::MAX).unwrap());
    kept.filter(|kept| kept.bytes.is_none()).count()
}

/// Stops the server and sweeps; so many payloads are left.
fn swept(server: &mut TestServer, vault: &VaultId) -> usize {
    server.stop();
    let checked = server.command(&["check", "--repair"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    settled::count(&server.folder(), vault)
}

#[test]
fn deposit_is_erased_with_the_last_of_its_entries_and_not_before() {
    let mut server = TestServer::start();
    let mut patient = Client::join(&server);
    let mut held = patient.open_vault().unwrap();
    let vault = held.vault.id();
    let sealed = (0..ENTRIES).map(|at| patient.seal(&held, "x", &[7; 900][..at], &[])).collect();
    let put = patient.deposit(&mut held, sealed).unwrap();
    let entries: Vec<EntryId> = put.iter().map(|put| put.wanted.entry).collect();
    patient.delete(&mut held, &entries[1..]).unwrap();
    // The key entry's and one more.
    assert_eq!(swept(&mut server, &vault), 2);
    assert_eq!(erased(&server, &vault), 0);
    let left = |space| rows(&server, space, &vault).len();
    assert_eq!([left(Space::Version), left(Space::Payload), left(Space::Grant)], [2, 2, 2]);

    server.restart();
    patient.leave();
    patient.delete(&mut held, &entries[..1]).unwrap();
    assert_eq!(swept(&mut server, &vault), 1);
    assert_eq!(erased(&server, &vault), 1);
    let left = |space| rows(&server, space, &vault).len();
    assert_eq!([left(Space::Version), left(Space::Payload), left(Space::Grant)], [1, 1, 1]);
}

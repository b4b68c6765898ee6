//! What a client keeps on its device, frozen: a later version reads the records of an earlier one.

#![cfg(test)]

use carnet_cli::client::StatedRow;
use carnet_cli::local::{
    AccountRow, AttestedRow, CatalogueRow, DraftRow, OldVersion, PersonRow, Profile, UnsealedRow, VaultRow,
    WayRow,
};
use carnet_core::account::Keyring;
use carnet_core::authored::{Code, Related, Relation, Series, Sort};
use carnet_core::secret::{DeviceSecret, SigningSeed};
use carnet_tests::samples;
use carnet_tests::vectors::{once, same};
use carnet_wire::cbor;
use carnet_wire::id::{AccountId, ActorId, EntryId, PayloadRoot, ReaderId, SlotId, StatementHash, VaultId};
use carnet_wire::message::StoredPart;
use carnet_wire::statement::{Pin, Practitioner, SlotKind};
use minicbor::{Decode, Encode};

fn account() -> AccountId {
    AccountId::from_bytes([0x10; 32])
}

fn actor() -> ActorId {
    ActorId::from_bytes([0x11; 32])
}

fn vault() -> VaultId {
    VaultId::from_bytes([0x12; 32])
}

fn entry() -> EntryId {
    EntryId::from_bytes([0x13; 16])
}

fn hash() -> StatementHash {
    StatementHash::from_bytes([0x14; 32])
}

fn pin() -> Pin {
    Pin { size: 7, root: [0x15; 32].into() }
}

/// A row that is written as it was, and whose frozen bytes are read whole.
fn row<T: Encode<()> + for<'b> Decode<'b, ()>>(name: &str, row: &T) {
    let frozen = same(&format!("local/{name}.cbor"), &cbor::encode(row));
    let read: T = cbor::decode(&frozen, frozen.len()).unwrap();
    assert_eq!(cbor::encode(&read), frozen, "{name}");
}

#[test]
fn row_written_once_is_not_read_as_it_was() {
    let way = WayRow {
        slot: Some(SlotId::from_bytes([0x16; 16])),
        kind: Some(SlotKind::Kit),
        made: 1,
        proven: Some(2),
        login: Some(actor()),
        device: Some([0x17; 32].into()),
    };
    row("way", &way);
    let profile = Profile {
        server: "https://carnet.example".into(),
        certificates: Some("/etc/carnet/ca.pem".into()),
        origin: "carnet.example/log".into(),
        log_key: [0x18; 32].into(),
        account: account(),
        name: "Anne".into(),
        authorities: vec![("Ordre".into(), [0x19; 32].into())],
        vault: Some(vault()),
        ways: vec![way],
        pin: Some(pin()),
        drilled: Some(3),
    };
    row("profile", &profile);
    let statements = vec![vec![1, 2].into(), vec![3].into()];
    row("account", &AccountRow { statements: statements.clone(), number: 2, places: vec![vec![4].into()] });
    let peaks = vec![[0x1a; 32].into()];
    let kept = VaultRow {
        statements,
        number: 2,
        places: vec![vec![4].into()],
        pin: Some(pin()),
        size: 9,
        peaks,
        visited: Some(5),
    };
    row("vault", &kept);
    row(
        "draft",
        &DraftRow { sealed: vec![1].into(), content: [0x1b; 32].into(), entry: entry(), vault: vault() },
    );
    let versions = vec![OldVersion { entry: entry(), version: 3 }];
    row("unsealed", &UnsealedRow { vault: vault(), reader: ReaderId::from_bytes([0x1d; 32]), versions });
    let practitioner = Practitioner {
        rpps: "10001234567".into(),
        name: "MARTIN Paul".into(),
        profession: "10".into(),
        speciality: Some("SM26".into()),
        organisation: Some("Cabinet".into()),
        town: Some("Lyon".into()),
    };
    let attested = Some(AttestedRow { practitioner, expires: 6 });
    let name = "Dr Martin".into();
    row(
        "person",
        &PersonRow {
            account: account(),
            name,
            vault: Some(vault()),
            generation: 2,
            bundle: [0x1c; 32].into(),
            attested,
        },
    );
    let stated = StatedRow {
        number: 4,
        hash: hash(),
        bytes: Some(vec![1].into()),
        receipt: vec![2].into(),
        accepted: 7,
    };
    row("stated", &stated);
}

#[test]
fn entry_of_a_catalogue_written_once_is_not_read_as_it_was() {
    let code = |system: &str, code: &str| Code { system: system.into(), code: code.into() };
    let listed = CatalogueRow {
        vault: vault(),
        entry: entry(),
        version: 2,
        sort: Sort::Document,
        title: "Bilan".into(),
        dates: vec![-1, 1_000],
        codes: vec![code("http://loinc.org", "11502-2")],
        media_type: "application/pdf".into(),
        len: 1_234,
        content: [0x1d; 32].into(),
        author: actor(),
        written_by: Some("Dr Martin".into()),
        identifier: Some("1.2.3^4".into()),
        depositor: actor(),
        deposit: hash(),
        accepted: Some(8),
        waiting: true,
        payload: PayloadRoot::from_bytes([0x1e; 32]),
        class: 3,
        name: Some("Prise de sang".into()),
        labels: vec!["coeur".into()],
        note: Some("à jeun".into()),
        indexed: true,
        copy: true,
        moments: None,
        file: None,
        series: None,
        related: None,
        guess: None,
        display: None,
        about: None,
    };
    row("catalogue", &listed);
    let said = CatalogueRow {
        moments: Some(vec!["2019".into(), "2019-05-06T23:30".into()]),
        file: Some("bilan.pdf".into()),
        series: Some(Series { set: "1.2.3^5".into(), version: Some(2) }),
        related: Some(vec![Related { relation: Relation::Replaces, identifier: "1.2.3^3".into() }]),
        guess: Some(code("http://loinc.org", "11502-2")),
        display: Some("CR d'examens biologiques".into()),
        ..listed
    };
    row("catalogue-said", &said);
    row("catalogue-about", &CatalogueRow { about: Some(samples::about()), ..said });
    let part = StoredPart {
        deposit: hash(),
        describe: Some(hash()),
        grant: Some(hash()),
        leaf: vec![1].into(),
        path: vec![2].into(),
        header: vec![3].into(),
        manifest: vec![4].into(),
        nonce: [0x1f; 16].into(),
        next: Some(hash()),
        predecessors: vec![hash()],
    };
    row("stored", &part);
}

#[test]
fn records_locked_once_do_not_open() {
    const PHRASE: &str = "trois petits chats";
    let lock = once(
        "local/lock.age",
        || DeviceSecret::make().unwrap().lock(PHRASE).unwrap(),
        |locked| DeviceSecret::unlock(locked, PHRASE).is_ok(),
    );
    let secret = DeviceSecret::unlock(&lock, PHRASE).unwrap();
    assert!(DeviceSecret::unlock(&lock, "trois petits chiens").is_err());
    let sealed = once(
        "local/row.bin",
        || secret.seal(b"carnet/v1/row/catalogue/key", b"row").unwrap(),
        |sealed| {
            secret.open(b"carnet/v1/row/catalogue/key", sealed).is_ok_and(|row| row.as_slice() == b"row")
        },
    );
    assert!(secret.open(b"carnet/v1/row/catalogue/other", &sealed).is_err());
    let keyring = once(
        "local/keyring.bin",
        || secret.seal_keyring(b"keyring", &Keyring::new(samples::reader(2))).unwrap(),
        |sealed| secret.open_keyring(b"keyring", sealed).is_ok(),
    );
    let keyring = secret.open_keyring(b"keyring", &keyring).unwrap();
    assert_eq!(keyring.newest().bundle(), samples::bundle(2));
    let seed = once(
        "local/seed.bin",
        || secret.seal_seed(b"seed", &SigningSeed::make().unwrap()).unwrap(),
        |sealed| secret.open_seed(b"seed", sealed).is_ok(),
    );
    assert!(secret.open_seed(b"other", &seed).is_err());
}

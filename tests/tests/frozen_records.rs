//! The frozen records at rest: a store that was written once is read with today's code, field by field.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;

use carnet_rest::{
    Attestation, DescribeRecord, GrantRecord, Head, HistoryKind, Kept, Key, LogState, PackEnd, PackPlace,
    Past, Session, Space, Staged, StoreFile, VersionRecord, Waiting, Who, batch, checksum, pack, pieces,
};
use carnet_tests::samples::{bytes, signer, verifying_key};
use carnet_tests::vectors::{Bless, path, same};
use carnet_wire::cbor;
use carnet_wire::id::{AccountId, ActorId, KeyId, PayloadRoot, StatementHash, VaultId};
use carnet_wire::origin::Origin;
use carnet_wire::page::{LoginCost, LoginRecord};
use carnet_wire::tree::{NodeHash, TreeRoot};
use minicbor::{Decode, Encode};

fn frozen<T>(name: &str, value: T)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let bytes = same(&format!("rest/{name}.cbor"), &cbor::encode(&value));
    assert_eq!(cbor::decode::<T>(&bytes, 1 << 20), Ok(value), "{name}");
}

fn hash(first: u8) -> StatementHash {
    StatementHash::from_bytes(bytes(first))
}

#[test]
fn record_written_once_is_not_read_as_it_was() {
    let actor = ActorId::from_bytes(bytes(0x10));
    let head = Head {
        kind: HistoryKind::Vault,
        size: 3,
        peaks: vec![NodeHash::from_bytes(bytes(0x30)), NodeHash::from_bytes(bytes(0x31))],
        salt: bytes(0x32).into(),
        chain: 1,
        time: 1_795_305_600_000,
        bytes: 70_000,
        versions: 2,
        waiting: 1,
    };
    frozen("head", head.clone());
    frozen("head-of-account", Head::begin(HistoryKind::Account, bytes(0x32)));
    let kept = Kept { hash: hash(1), bytes: Some(vec![1, 2].into()), receipt: vec![3].into(), time: 4 };
    frozen("kept-erased", Kept { bytes: None, ..kept.clone() });
    frozen("kept", kept);
    frozen(
        "version",
        VersionRecord {
            deposit: hash(1),
            item: 2,
            actor,
            payload: PayloadRoot::from_bytes(bytes(0x40)),
            payload_len: 1056,
            nonce: bytes(0x41).into(),
            manifest: vec![5; 48].into(),
        },
    );
    frozen("describe", DescribeRecord { describe: hash(2), manifest: vec![6; 48].into() });
    let (leaf, path, header) = (vec![7].into(), vec![8].into(), vec![9].into());
    frozen("grant", GrantRecord { deposit: hash(1), leaf, path, header });
    frozen("staged", Staged { time: 5, keys: vec![key().to_bytes().into()] });
    frozen("waiting", Waiting { actor, bytes: 1056 });
    let (account, key_id) = (AccountId::from_bytes(bytes(0x10)), KeyId::from_bytes(bytes(0x11)));
    for (name, who) in [
        ("session-device", Who::Device(account, key_id)),
        ("session-slot", Who::Slot(account)),
        ("session-letter", Who::Letter(VaultId::from_bytes(bytes(0x20)), actor)),
    ] {
        frozen(name, Session { who, expires: 1_795_306_500_000 });
    }
    let cost = Some(LoginCost { memory_kib: 65_536, passes: 3 });
    frozen("login", LoginRecord { account, key: verifying_key(&signer()), cost });
    frozen(
        "attestation",
        Attestation {
            statement: hash(3),
            number: 4,
            authority: key_id,
            expires: 1_797_897_600_000,
            generation: 1,
            withdrawn: Some(hash(4)),
        },
    );
    let origin = Origin::parse("log.example/1").unwrap();
    let state = LogState::new(300, TreeRoot::from_bytes(bytes(0x50)), 256);
    frozen("log-state-sealed", LogState { restored: true, successor: Some(origin.clone()), ..state.clone() });
    frozen("log-state", state);
    frozen("past", Past { origin, key: bytes(0x51).into(), last: b"note".to_vec().into(), kept: 300 });
}

#[test]
fn key_checksum_batch_or_piece_written_once_is_not_read_as_it_was() {
    let bytes = same("rest/key.bin", &key().to_bytes());
    assert_eq!(Key::from_bytes(&bytes), Some(key()));
    let framed = same("rest/stored.bin", &checksum::frame(&bytes, b"value".to_vec()));
    assert_eq!(checksum::open(&bytes, framed), Some(b"value".to_vec()));
    let leaves = [([1; 32], 1), ([2; 32], u64::MAX)];
    let chunk = same("rest/batch.bin", &batch::encode(256, &leaves));
    assert_eq!(batch::decode(&chunk), Some((256, leaves.to_vec())));
    let _ = same("rest/piece-key.bin", &pieces::piece_key(&bytes, 7, 1));
    let file = StoreFile { engine: "redb".into(), number: 3 };
    let text = same("rest/store.txt", file.to_string().as_bytes());
    assert_eq!(StoreFile::parse(std::str::from_utf8(&text).unwrap()), Ok(file));
    let place = PackPlace { pack: 7, block: 8, len: 65_568, time: 1_795_305_600_000 };
    assert_eq!(PackPlace::from_bytes(&same("rest/pack-place.bin", &place.to_bytes())), Some(place));
    let _ = same("rest/pack-freed.bin", &pack::freed_key(&place));
    let end = PackEnd { pack: 7, blocks: 25 };
    assert_eq!(PackEnd::from_bytes(&same("rest/pack-end.bin", &end.to_bytes())), Some(end));
    let name = (VaultId::from_bytes([0x20; 32]), PayloadRoot::from_bytes([0x40; 32]));
    assert_eq!(pack::payload(&same("rest/pack-key.bin", &pack::key(&name.0, &name.1))), Some(name));
    // What a space's number means never changes.
    let numbers: String =
        Space::ALL.into_iter().map(|space| format!("{} {space:?}\n", space.number())).collect();
    let _ = same("rest/spaces.txt", numbers.as_bytes());
}

#[test]
fn frozen_record_that_no_test_reads() {
    let source = include_str!("frozen_records.rs");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(path("rest")).unwrap() {
        found.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    let read = |name: &&String| {
        let stem = name.trim_end_matches(".cbor");
        source.contains(&format!("\"{stem}\"")) || source.contains(&format!("\"rest/{name}\""))
    };
    if Bless::from_env() == Bless::No {
        assert_eq!(found.iter().filter(read).count(), found.len(), "{found:?}");
        assert!(found.len() > 20);
    }
}

fn key() -> Key {
    Key::new(Space::Version, bytes(0x20), [bytes::<16>(0x22).as_slice(), &2_u64.to_be_bytes()].concat())
}

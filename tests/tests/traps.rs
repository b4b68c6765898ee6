//! The four traps of the one idea (a stored payload, one detached header per reader): each test builds the attack with a client
//! of the attacker's own, and sees it refused.

#![cfg(test)]

use std::io::Read as _;

use carnet_core::authored::{Authored, verify_authored};
use carnet_core::document::Place;
use carnet_core::foreign;
use carnet_core::grant::Batch;
use carnet_core::hybrid::HybridIdentity;
use carnet_core::identity::Identity;
use carnet_core::open::{OpenError, Opened};
use carnet_core::secret::FileKey;
use carnet_tests::cast::{Cast, NOW, Person, Shelf, description, grants, origin, slice_of};
use carnet_tests::forger::{Forger, wrapped};
use carnet_tests::salamander::{Salamander, TEXTS};
use carnet_wire::StableCode as _;

/// The doctor's signed part for a content that is not there yet.
fn authored(cast: &Cast, place: &Place, content: &[u8]) -> Vec<u8> {
    let body = Authored {
        vault: place.vault,
        entry: place.entry,
        first_version: 1,
        description: description("Ordonnance"),
        len: content.len() as u64,
        content: (*blake3::hash(content).as_bytes()).into(),
        author: cast.doctor.account.actor(),
        generation: 1,
    };
    let signed = cast.doctor.keyring.newest().signing().sign(&origin(), body).unwrap();
    assert!(verify_authored(signed.as_bytes(), &cast.accounts).is_ok());
    signed.as_bytes().to_vec()
}

// Trap 1: key commitment.

#[test]
fn salamander_two_valid_headers_over_one_payload_that_reads_differently_is_refused_to_one_reader() {
    let cast = Cast::make();
    let salamander = Salamander::make();
    // The attack is real: stock age reads both, and each reader sees another text, without any error.
    for (key, (own, others)) in salamander.keys.iter().zip([(0, 1), (1, 0)]) {
        let identity = HybridIdentity::make().unwrap();
        let header = carnet_core::hazmat::wrap(&FileKey::from_bytes(key), identity.recipient()).unwrap();
        let file = [header.as_bytes().as_slice(), &salamander.payload].concat();
        let mut plain = Vec::new();
        foreign::open(file.as_slice(), &[Identity::Hybrid(identity)])
            .unwrap()
            .read_to_end(&mut plain)
            .unwrap();
        let holds = |text: &str| plain.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(TEXTS[own]) && !holds(TEXTS[others]));
    }
    // In Carnet, the doctor deposits it with a header of each key: the statement commits to one of them.
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let signed = authored(&cast, &place, &[0; 1024]);
    let first = Forger::new(salamander.keys[0]).with_nonce(salamander.nonce);
    let second = Forger::new(salamander.keys[1]).with_nonce(salamander.nonce);
    let readers = [cast.vault.reader()];
    let mut shelf =
        first.deposit_payload(&cast, &cast.doctor, &place, &signed, salamander.payload.to_vec(), &readers);
    let opened = cast.open(&shelf);
    assert_eq!(opened.depositor(), cast.doctor.account.actor());
    // The pharmacist gets the other header, under a grant that the patient was made to sign.
    let other = wrapped(&shelf.wanted, &cast.patient.reader(), second.header(&cast.patient.reader()));
    let batch = Batch::new(vec![other]).unwrap();
    let statement = batch.sign(&cast.patient.ruler(&cast.vault)).unwrap();
    shelf.grants = grants(&batch);
    let mut stored = shelf.stored(0);
    stored.grant = Some(statement.as_bytes().to_vec().into());
    let verified = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    let error = verified.open_with(&cast.patient.keyring, &cast.accounts).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("open-commitment", "cannot open"));
}

#[test]
fn payload_that_begins_with_another_nonce_than_the_one_committed_to_is_refused_in_memory_in_a_range_and_in_a_pipe()
 {
    let cast = Cast::make();
    let content = vec![b'a'; 200_000];
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let signed = authored(&cast, &place, &content);
    let forger = Forger::new([0x44; 16]);
    // Chunks under the nonce that is committed to, behind a head that says another.
    let mut payload = forger.payload(&content);
    payload[..16].copy_from_slice(&[0x99; 16]);
    let shelf = forger.deposit_payload(&cast, &cast.doctor, &place, &signed, payload, &[cast.vault.reader()]);
    let mut stored = shelf.stored(0);
    let verified = stored.clone().verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    let error = verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap_err();
    assert_eq!(error, OpenError::Commitment);
    // The server names the nonce that is committed to, and gives the payload as it is.
    stored.nonce = carnet_wire::payload::PayloadNonce::from_bytes([0x5a; 16]);
    let verified = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    let opened = verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap();
    assert_eq!(opened.open_bytes(&shelf.payload).unwrap_err(), OpenError::Commitment);
    let (out, result) = pipe(&opened, &shelf.slice(0..shelf.payload.len() as u64));
    assert_eq!((out.len(), result), (0, Err(OpenError::Commitment)));
    let (mut range, mut out) = (opened.content_range(5..10).unwrap(), Vec::new());
    let slice = shelf.slice(range.slice_range());
    assert_eq!((range.push(&slice, &mut out), out.len()), (Err(OpenError::Commitment), 0));
    // The error is final.
    assert!(range.push(&[0], &mut out).is_err() && range.finish().is_err() && out.is_empty());
}

// Trap 2: authorship. Any reader knows the file key.

/// A document of three chunks by the doctor, and a reader of it who knows its file key and forges.
fn three_chunks() -> (Cast, Shelf, Vec<u8>, Forger) {
    let cast = Cast::make();
    let content: Vec<u8> = (0..180_000_u32).map(|i| b'a' + u8::try_from(i % 26).unwrap()).collect();
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let honest = Forger::new([0x33; 16]);
    let signed = authored(&cast, &place, &content);
    let shelf = honest.deposit(&cast, &cast.doctor, &place, &signed, &content);
    (cast, shelf, content, honest)
}

/// What comes out of a reader that is fed from a pipe, 4 KiB at a time, and why it stops.
fn pipe(opened: &Opened, slice: &[u8]) -> (Vec<u8>, Result<(), OpenError>) {
    let (mut reader, mut out) = (opened.content().unwrap(), Vec::new());
    let result = slice.chunks(4096).try_for_each(|piece| reader.push(piece, &mut out));
    (out, result.and_then(|()| reader.finish()))
}

#[test]
fn reader_who_replaces_the_whole_payload_is_refused_in_memory_in_a_range_and_in_a_pipe() {
    let (cast, shelf, content, reader) = three_chunks();
    let opened = cast.open(&shelf);
    let forged = reader.payload(&vec![b'X'; content.len()]);
    // Stock age, which has the header and the forged payload, says nothing.
    let [_, _, header] = &shelf.grants[0];
    let keys = HybridIdentity::derive_from_seed(&[4; 32]);
    let own = carnet_core::hazmat::wrap(&FileKey::from_bytes(&[0x33; 16]), keys.recipient()).unwrap();
    assert_eq!(header.len(), own.as_bytes().len());
    let file = [own.as_bytes().as_slice(), &forged].concat();
    let mut plain = Vec::new();
    foreign::open(file.as_slice(), &[Identity::Hybrid(keys)]).unwrap().read_to_end(&mut plain).unwrap();
    assert!(plain.starts_with(b"XXXX"));
    // Carnet does.
    assert_eq!(opened.open_bytes(&forged).unwrap_err().code(), "slice-mismatch");
    let end = forged.len() as u64;
    for slice in [slice_of(&forged, &forged, 0..end), slice_of(&shelf.payload, &forged, 0..end)] {
        let (out, result) = pipe(&opened, &slice);
        assert_eq!((out.len(), result.unwrap_err().code()), (0, "slice-mismatch"));
    }
    let mut range = opened.content_range(70_000..70_010).unwrap();
    let mut out = Vec::new();
    let slice = slice_of(&shelf.payload, &forged, range.slice_range());
    assert_eq!(range.push(&slice, &mut out).unwrap_err().code(), "slice-mismatch");
    assert!(out.is_empty());
}

#[test]
fn reader_who_replaces_chunk_2_of_3_is_refused_in_a_range_and_in_a_pipe_before_a_byte_of_it() {
    let (cast, shelf, content, reader) = three_chunks();
    let opened = cast.open(&shelf);
    let sealed_chunk = 65_552;
    let mut forged = shelf.payload.clone();
    let place = 16 + sealed_chunk..16 + 2 * sealed_chunk;
    forged[place].copy_from_slice(&reader.chunk(1, false, &[b'X'; 65_536]));
    let end = forged.len() as u64;
    let (out, result) = pipe(&opened, &slice_of(&shelf.payload, &forged, 0..end));
    assert_eq!(result.unwrap_err().code(), "slice-mismatch");
    // What came out is the doctor's, and of chunk 1 only.
    assert!(out.len() <= 65_536 && out == content[..out.len()]);
    let mut range = opened.content_range(65_536..65_540).unwrap();
    let mut out = Vec::new();
    let slice = slice_of(&shelf.payload, &forged, range.slice_range());
    assert_eq!(range.push(&slice, &mut out).unwrap_err().code(), "slice-mismatch");
    assert!(out.is_empty());
    // The true bytes read.
    let mut range = opened.content_range(65_536..65_540).unwrap();
    range.push(&shelf.slice(range.slice_range()), &mut out).unwrap();
    range.finish().unwrap();
    assert_eq!(out, content[65_536..65_540]);
}

#[test]
fn reader_who_deposits_in_another_name_or_changes_the_signed_item_is_refused() {
    let (cast, shelf, content, reader) = three_chunks();
    // Under the doctor's statement, with other bytes: the statement's root stays.
    let mut stored = shelf.stored(0);
    stored.nonce = carnet_wire::payload::PayloadNonce::from_bytes([1; 16]);
    let verified = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap_err(), OpenError::Commitment);
    // Under a statement of its own that names the doctor as actor.
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let signed = authored(&cast, &place, &content);
    let masked = Person { account: cast.doctor.account.clone(), ..Person::make() };
    let forged = reader.deposit(&cast, &masked, &place, &signed, &content);
    let error = forged.stored(0).verify(&forged.wanted, &cast.vault, &cast.accounts).unwrap_err();
    assert_eq!(error.code(), "account-unknown-device");
    // One byte of the doctor's statement changed, wherever it stands.
    for index in (0..shelf.deposit.len()).step_by(7) {
        let mut stored = shelf.stored(0);
        stored.deposit.bytes[index] ^= 1;
        assert!(stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).is_err(), "byte {index}");
    }
}

//! A document's whole way: sealed, stored, verified, opened, described, granted, sealed again.

#![cfg(test)]

use carnet_core::account::Accounts;
use carnet_core::authored::{Authored, Authorship, verify_authored};
use carnet_core::document::{Document, Place};
use carnet_core::grant::{Batch, Terms};
use carnet_core::manifest::HolderPart;
use carnet_core::open::{OpenError, ResealError};
use carnet_core::seal::SignedDeposit;
use carnet_core::stored::{Deposits, Newer, Wanted};
use carnet_core::vault::Ground;
use carnet_tests::cast::{Cast, NOW, Person, Shelf, description, origin};
use carnet_tests::forger::Forger;
use carnet_wire::StableCode as _;
use carnet_wire::cbor;

const TEXT: &[u8] = b"ALLERGIES: none known.";

#[test]
fn document_opens_for_the_vault_and_for_each_reader_named() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[cast.doctor.reader()]);
    for (grant, keyring) in [(0, &cast.vault_keyring), (1, &cast.doctor.keyring)] {
        let verified = shelf.stored(grant).verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
        let opened = verified.open_with(keyring, &cast.accounts).unwrap();
        assert_eq!(opened.description(), &description("Bilan"));
        assert_eq!(opened.authorship(), Authorship::Original);
        assert_eq!(opened.authored().body().author, cast.doctor.account.actor());
        assert_eq!(opened.open_bytes(&shelf.payload).unwrap().content, TEXT);
    }
    let stranger = Person::make();
    let verified = shelf.stored(0).verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.open_with(&stranger.keyring, &cast.accounts).unwrap_err(), OpenError::NoKey);
}

#[test]
fn content_is_read_by_ranges_and_in_pieces_of_any_size() {
    let cast = Cast::make();
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
    let shelf = cast.deposit(&cast.doctor, "Scanner", &content, &[]);
    let opened = cast.open(&shelf);
    let len = content.len() as u64;
    for range in [0..1, 0..len, 65_535..65_537, 65_536..131_072, len - 1..len, 100_000..1_000_000] {
        let mut reader = opened.content_range(range.clone()).unwrap();
        let bytes = shelf.slice(reader.slice_range());
        let mut out = Vec::new();
        bytes.chunks(10_007).for_each(|piece| reader.push(piece, &mut out).unwrap());
        reader.finish().unwrap();
        assert!(out == content[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]);
    }
    let mut reader = opened.content().unwrap();
    let mut out = Vec::new();
    reader.push(&shelf.slice(0..shelf.payload.len() as u64), &mut out).unwrap();
    reader.finish().unwrap();
    assert!(out == content);
    for bad in [0..0, len..len + 1, 5..len + 1] {
        assert_eq!(opened.content_range(bad).err(), Some(OpenError::Range));
    }
}

#[test]
fn empty_document_is_a_document() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.patient, "Vide", b"", &[]);
    assert_eq!(cast.open(&shelf).open_bytes(&shelf.payload).unwrap().content, b"");
}

#[test]
fn thousand_grants_stand_under_one_signature() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let opened = cast.open(&shelf);
    let friend = Person::make();
    let grants = (0..1000).map(|_| opened.grant(&friend.reader(), Terms::OPEN).unwrap()).collect();
    let batch = Batch::new(grants).unwrap();
    let statement = batch.sign(&cast.patient.ruler(&cast.vault)).unwrap();
    for index in [0, 1, 499, 999] {
        let wrapped = &batch.grants()[index as usize];
        let mut stored = shelf.stored(0);
        stored.grant = Some(statement.as_bytes().to_vec().into());
        stored.leaf = wrapped.leaf.to_bytes();
        stored.path = cbor::encode(&batch.path(index).unwrap());
        stored.header = wrapped.header.as_bytes().to_vec();
        let verified = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
        let opened = verified.open_with(&friend.keyring, &cast.accounts).unwrap();
        assert_eq!(opened.open_bytes(&shelf.payload).unwrap().content, TEXT);
    }
    let one_more = (0..1001).map(|_| batch.grants()[0].clone()).collect();
    assert_eq!(Batch::new(one_more).unwrap_err().code(), "grant-too-many");
}

#[test]
fn grant_signed_by_somebody_who_does_not_rule_the_vault_is_refused() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let wrapped = cast.open(&shelf).grant(&cast.doctor.reader(), Terms::OPEN).unwrap();
    let batch = Batch::new(vec![wrapped.clone()]).unwrap();
    let forged = batch.sign(&cast.doctor.ruler(&cast.vault)).unwrap();
    let mut stored = shelf.stored(0);
    stored.grant = Some(forged.as_bytes().to_vec().into());
    stored.leaf = wrapped.leaf.to_bytes();
    stored.path = cbor::encode(&batch.path(0).unwrap());
    stored.header = wrapped.header.as_bytes().to_vec();
    let error = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("vault-not-allowed", "cannot open"));
}

#[test]
fn described_again_the_author_stays_and_the_payload_too() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let opened = cast.open(&shelf);
    let holder = HolderPart { name: Some("Prise de sang".to_owned()), ..HolderPart::default() };
    let again = opened.describe(holder.clone(), &cast.patient.ruler(&cast.vault)).unwrap();
    let mut stored = shelf.stored(0);
    stored.describe = Some(again.statement.as_bytes().to_vec().into());
    // The old manifest under the new statement, then the new one.
    let old = stored.clone().verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap_err();
    assert_eq!(old, OpenError::ManifestDigest);
    stored.manifest = again.manifest;
    let verified = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    let described = verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap();
    assert_eq!(described.holder(), &holder);
    assert_eq!(described.authored().hash(), opened.authored().hash());
    assert_eq!(described.open_bytes(&shelf.payload).unwrap().content, TEXT);
}

#[test]
fn resealed_document_still_proves_its_first_author_offline_and_old_keys_open_nothing() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[cast.doctor.reader()]);
    let opened = cast.open(&shelf);
    let mut payload = Vec::new();
    let sealed = opened.reseal(TEXT, &[cast.vault.reader()], &mut payload).unwrap();
    let signed = SignedDeposit::sign(&cast.vault, &cast.patient.author(), vec![sealed], None, NOW).unwrap();
    let new = Shelf::new(&signed, payload);
    assert_eq!(new.wanted, Wanted { version: 2, ..shelf.wanted });
    let resealed = cast.open(&new);
    assert_eq!(resealed.authored().as_bytes(), opened.authored().as_bytes());
    assert_eq!(resealed.authored().body().author, cast.doctor.account.actor());
    assert_eq!(resealed.depositor(), cast.patient.account.actor());
    assert_eq!(resealed.authorship(), Authorship::Original);
    assert_eq!(resealed.open_bytes(&new.payload).unwrap().content, TEXT);
    // The doctor's old file key: its grant, put before the new payload.
    let mut stored = new.stored(0);
    let old = shelf.stored(1);
    (stored.leaf, stored.header) = (old.leaf, old.header);
    assert!(stored.verify(&new.wanted, &cast.vault, &cast.accounts).is_err());
    assert!(opened.open_bytes(&new.payload).is_err());
    // Offline: the doctor's account statements and the signed part are enough.
    let mut accounts = Accounts::new();
    accounts.insert(cast.doctor.account.clone()).unwrap();
    let proof = verify_authored(resealed.authored().as_bytes(), &accounts).unwrap();
    assert_eq!(proof.body().content_digest().as_bytes(), blake3::hash(TEXT).as_bytes());
    // Another content is not sealed under the author's name.
    let other = opened.reseal(b"ANAPHYLAXIS".as_slice(), &[cast.vault.reader()], Vec::new());
    assert!(matches!(other, Err(ResealError::Content)));
}

#[test]
fn old_version_shows_the_signed_fact_that_it_is_superseded() {
    let cast = Cast::make();
    let first = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let opened = cast.open(&first);
    assert_eq!(opened.newer(), Newer::NotShown);
    let second = cast.deposit_at(
        &cast.doctor,
        &opened.next_version(),
        "Bilan corrigé",
        b"ALLERGIES: penicillin.",
        &[],
    );
    let mut stored = first.stored(0);
    stored.next = Some(second.deposit.into());
    let verified = stored.verify(&first.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap().newer(), Newer::Shown);
    // Another depositor cannot supersede what the doctor put there; the holder can.
    let nurse = Person::make();
    let mut accounts = cast.accounts.clone();
    accounts.insert(nurse.account.clone()).unwrap();
    for (who, allowed) in [(&nurse, false), (&cast.patient, true)] {
        let next = cast.deposit_at(who, &opened.next_version(), "Bilan", b"other", &[]);
        let mut stored = first.stored(0);
        stored.next = Some(next.deposit.into());
        let verified = stored.verify(&first.wanted, &cast.vault, &accounts);
        assert_eq!(verified.err().map(|error| error.code()), (!allowed).then_some("vault-not-allowed"));
    }
    // A deposit of another entry supersedes nothing.
    let other = cast.deposit(&cast.doctor, "Autre", TEXT, &[]);
    let mut stored = first.stored(0);
    stored.next = Some(other.deposit.into());
    let error = stored.verify(&first.wanted, &cast.vault, &cast.accounts).unwrap_err();
    assert_eq!(error, OpenError::OtherVersion);
}

#[test]
fn version_by_somebody_who_may_not_supersede_is_refused_and_by_the_same_depositor_needs_the_line_of_versions()
{
    let cast = Cast::make();
    let first = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let opened = cast.open(&first);
    let nurse = Person::make();
    let mut accounts = cast.accounts.clone();
    accounts.insert(nurse.account.clone()).unwrap();
    let verify = |shelf: &Shelf, predecessors: &[&Shelf]| {
        let mut stored = shelf.stored(0);
        stored.predecessors = predecessors.iter().map(|shelf| shelf.deposit.clone().into()).collect();
        stored.verify(&shelf.wanted, &cast.vault, &accounts).map_err(|error| error.code())
    };
    let place = opened.next_version();
    let by_nurse = cast.deposit_at(&nurse, &place, "Bilan", b"ALLERGIES: none", &[]);
    assert_eq!(verify(&by_nurse, &[]).unwrap_err(), "vault-not-allowed");
    assert_eq!(verify(&by_nurse, &[&first]).unwrap_err(), "vault-not-allowed");
    let by_doctor = cast.deposit_at(&cast.doctor, &place, "Bilan", b"ALLERGIES: penicillin", &[]);
    assert_eq!(verify(&by_doctor, &[]).unwrap_err(), "vault-not-allowed");
    assert_eq!(verify(&by_doctor, &[&by_nurse]).unwrap_err(), "open-other-version");
    let opened = verify(&by_doctor, &[&first]).unwrap().open_with(&cast.vault_keyring, &accounts).unwrap();
    assert_eq!(opened.ground(), Ground::Standing);
    let by_patient = cast.deposit_at(&cast.patient, &place, "Bilan", b"mine", &[]);
    let opened = verify(&by_patient, &[]).unwrap().open_with(&cast.vault_keyring, &accounts).unwrap();
    assert_eq!(opened.ground(), Ground::Holder);
}

#[test]
fn document_sealed_for_one_vault_is_not_signed_into_another_nor_twice_into_one() {
    let (cast, other) = (Cast::make(), Cast::make());
    let seal = |place: &Place| {
        let document = Document::new(description("Bilan"), TEXT);
        document.seal(place, &origin(), &cast.doctor.author(), &[cast.vault.reader()], Vec::new()).unwrap()
    };
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let sign = |vault, sealed| {
        SignedDeposit::sign(vault, &cast.doctor.author(), sealed, None, NOW)
            .map(drop)
            .map_err(|error| error.code())
    };
    assert_eq!(sign(&cast.vault, vec![seal(&place)]), Ok(()));
    assert_eq!(sign(&other.vault, vec![seal(&place)]), Err("seal-items"));
    assert_eq!(sign(&cast.vault, vec![seal(&place), seal(&place)]), Err("seal-items"));
    assert_eq!(sign(&cast.vault, Vec::new()), Err("seal-items"));
}

#[test]
fn same_inner_signature_under_another_entry_shows_as_a_copy() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let opened = cast.open(&shelf);
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let mut payload = Vec::new();
    let sealed = opened.copy_to(&place, TEXT, &[cast.vault.reader()], &mut payload).unwrap();
    let signed = SignedDeposit::sign(&cast.vault, &cast.patient.author(), vec![sealed], None, NOW).unwrap();
    let copy = cast.open(&Shelf::new(&signed, payload));
    let original = opened.authored().body();
    let expected = Authorship::Copy { vault: original.vault, entry: original.entry };
    assert_eq!(copy.authorship(), expected);
    assert_eq!(copy.authored().hash(), opened.authored().hash());
}

#[test]
fn changed_title_kind_or_content_under_an_authors_signature_is_refused() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let signed = cast.open(&shelf).authored().as_bytes().to_vec();
    let find = |needle: &[u8]| signed.windows(needle.len()).position(|window| window == needle).unwrap();
    for needle in [b"Bilan".as_slice(), b"11502-2", b"text/plain", blake3::hash(TEXT).as_bytes()] {
        let mut changed = signed.clone();
        changed[find(needle)] ^= 1;
        assert_eq!(verify_authored(&changed, &cast.accounts).unwrap_err().code(), "authored-signature");
    }
    // Somebody with a client of their own puts another content under the doctor's signed part.
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let forged =
        Forger::new([7; 16]).deposit(&cast, &cast.patient, &place, &signed, b"ALLERGIES: lots.......");
    let opened = cast.open(&forged);
    assert!(matches!(opened.authorship(), Authorship::Copy { .. }));
    assert_eq!(opened.open_bytes(&forged.payload).unwrap_err(), OpenError::Content);
    let (mut reader, mut out) = (opened.content().unwrap(), Vec::new());
    reader.push(&forged.slice(0..forged.payload.len() as u64), &mut out).unwrap();
    assert_eq!(reader.finish(), Err(OpenError::Content));
}

#[test]
fn description_beyond_its_limits_is_not_sealed_and_an_older_one_opens_harmless() {
    let cast = Cast::make();
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let (obeyed, author) = ("Bilan\u{1b}]52;c;cm0=\u{7} \u{202e}fdp.exe", cast.doctor.author());
    for title in [obeyed.to_owned(), "é".repeat(601)] {
        let document = Document::new(description(&title), TEXT);
        let refused = document.seal(&place, &origin(), &author, &[cast.vault.reader()], Vec::new());
        assert_eq!(refused.unwrap_err().code(), "description-text");
    }
    // What was sealed before there were limits, or by a client that keeps none.
    let body = Authored {
        vault: place.vault,
        entry: place.entry,
        first_version: 1,
        description: description(obeyed),
        len: TEXT.len() as u64,
        content: (*blake3::hash(TEXT).as_bytes()).into(),
        author: cast.doctor.account.actor(),
        generation: 1,
    };
    let signed = cast.doctor.keyring.newest().signing().sign(&origin(), body).unwrap();
    let shelf = Forger::new([8; 16]).deposit(&cast, &cast.doctor, &place, signed.as_bytes(), TEXT);
    let opened = cast.open(&shelf);
    assert_eq!(opened.description().title, "Bilan]52;c;cm0= fdp.exe");
    // What was signed stays what it was: proofs are made of it.
    assert_eq!(opened.authored().body().description.title, obeyed);
}

#[test]
fn other_entry_version_vault_or_author_is_refused_with_one_public_answer() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let other = cast.deposit(&cast.doctor, "Autre", TEXT, &[]);
    let wanted = shelf.wanted;
    let mut errors = vec![
        shelf.stored(0).verify(&other.wanted, &cast.vault, &cast.accounts).unwrap_err(),
        shelf.stored(0).verify(&Wanted { version: 2, ..wanted }, &cast.vault, &cast.accounts).unwrap_err(),
    ];
    let elsewhere = Cast::make();
    errors.push(shelf.stored(0).verify(&wanted, &elsewhere.vault, &elsewhere.accounts).unwrap_err());
    // Parts of another deposit.
    let mut stored = shelf.stored(0);
    stored.manifest = other.stored(0).manifest;
    errors.push(stored.verify(&wanted, &cast.vault, &cast.accounts).unwrap_err());
    let mut stored = shelf.stored(0);
    stored.header = other.stored(0).header;
    errors.push(stored.verify(&wanted, &cast.vault, &cast.accounts).unwrap_err());
    let mut stored = shelf.stored(0);
    stored.nonce = other.stored(0).nonce;
    let verified = stored.verify(&wanted, &cast.vault, &cast.accounts).unwrap();
    errors.push(verified.open_with(&cast.vault_keyring, &cast.accounts).unwrap_err());
    // An author whose account is not known.
    let mut accounts = Accounts::new();
    accounts.insert(cast.patient.account.clone()).unwrap();
    let mine = cast.deposit(&cast.patient, "Bilan", TEXT, &[]);
    let verified = mine.stored(0).verify(&mine.wanted, &cast.vault, &cast.accounts).unwrap();
    errors.push(verified.open_with(&cast.vault_keyring, &Accounts::new()).unwrap_err());
    let codes: Vec<_> = errors.iter().map(|error| error.code()).collect();
    assert_eq!(
        codes,
        [
            "open-other-version",
            "open-other-version",
            "vault-other",
            "open-manifest-digest",
            "open-header",
            "open-commitment",
            "authored-unknown-author"
        ]
    );
    assert!(errors.iter().all(|error| error.to_string() == "cannot open"));
}

/// Deposits that were verified once are known by all of their bytes: nothing else passes because of them, and no refusal stays.
#[test]
fn deposit_that_nobody_signed_passes_beside_one_that_was_verified() {
    let cast = Cast::make();
    let shelf = cast.deposit(&cast.doctor, "Bilan", TEXT, &[cast.doctor.reader()]);
    let deposits = Deposits::of(&cast.vault, &cast.accounts);
    let len = shelf.deposit.len();
    for at in [len / 2, len - 1, len - 64] {
        let mut forged = shelf.clone();
        forged.deposit[at] ^= 1;
        for _ in 0..2 {
            assert!(forged.stored(0).verify_among(&forged.wanted, &deposits).is_err(), "{at}");
            for (grant, keyring) in [(0, &cast.vault_keyring), (1, &cast.doctor.keyring)] {
                let verified = shelf.stored(grant).verify_among(&shelf.wanted, &deposits).unwrap();
                verified.open_with(keyring, &cast.accounts).unwrap();
            }
        }
    }
    // Another vault knows none of them.
    let other = Cast::make();
    let deposits = Deposits::of(&other.vault, &other.accounts);
    assert!(shelf.stored(0).verify_among(&shelf.wanted, &deposits).is_err());
}

#[test]
fn several_documents_are_one_signed_deposit() {
    let cast = Cast::make();
    let author = cast.doctor.author();
    let mut payloads = Vec::new();
    let sealed: Vec<_> = (0..3)
        .map(|index| {
            let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
            let mut payload = Vec::new();
            let document = Document::new(description(&format!("Bilan {index}")), TEXT);
            let readers = [cast.vault.reader()];
            let sealed = document.seal(&place, &origin(), &author, &readers, &mut payload).unwrap();
            payloads.push(payload);
            sealed
        })
        .collect();
    let signed = SignedDeposit::sign(&cast.vault, &author, sealed, None, NOW).unwrap();
    assert_eq!(signed.statement.claimed().items.len(), 3);
    let opened = cast.open(&Shelf::new(&signed, payloads.remove(0)));
    assert_eq!(opened.description().title, "Bilan 0");
}

//! What an export proves offline, and what a pinned history shows of a server that lies.

#![cfg(test)]

use carnet_core::author_proof::{AuthorProof, DateEvidence};
use carnet_core::receipt::{History, HistoryError, Pinned};
use carnet_core::seal::SignedDeposit;
use carnet_tests::cast::{Cast, NOW, Person, Shelf};
use carnet_tests::host::Host;
use carnet_wire::StableCode as _;
use carnet_wire::statement;

const TEXT: &[u8] = b"Hemoglobine 13,4 g/dL";

#[test]
fn exported_document_proves_its_first_author_and_its_date_offline_after_resealing_and_granting() {
    let cast = Cast::make();
    let mut host = Host::make();
    let first = cast.deposit(&cast.doctor, "Bilan", TEXT, &[]);
    let deposited = cast.open(&first);
    let accepted = host.accept(&cast.vault.id(), &statement::hash(&first.deposit), None);
    // The patient seals it again for a friend, who exports what the friend can open.
    let friend = Person::make();
    let mut payload = Vec::new();
    let readers = [cast.vault.reader(), friend.reader()];
    let sealed = deposited.reseal(TEXT, &readers, &mut payload).unwrap();
    let signed = SignedDeposit::sign(&cast.vault, &cast.patient.author(), vec![sealed], None, NOW).unwrap();
    let second = Shelf::new(&signed, payload);
    let verified = second.stored(1).verify(&second.wanted, &cast.vault, &cast.accounts).unwrap();
    let opened = verified.open_with(&friend.keyring, &cast.accounts).unwrap();
    let content = opened.open_bytes(&second.payload).unwrap().content;
    let proof = AuthorProof {
        authored: opened.authored().as_bytes().to_vec().into(),
        account: cast.doctor.line.iter().map(|signed| signed.bytes.clone().into()).collect(),
        date: Some(DateEvidence {
            deposit: first.deposit.clone().into(),
            salt: deposited.inner_salt().into(),
            receipt: accepted.receipt,
        }),
    };
    // Years later, with nothing but the two files and the log's key.
    let proof = AuthorProof::parse(&proof.to_bytes()).unwrap();
    let proven = proof.verify(content.as_slice(), Some(&host.trusted())).unwrap();
    assert_eq!(proven.author(), cast.doctor.account.id());
    assert_eq!(proven.authored().description.title, "Bilan");
    assert_eq!(proven.receipted(), Some(NOW + 1));
    // Without the log's key, the author stands, undated.
    assert_eq!(proof.verify(content.as_slice(), None).unwrap().receipted(), None);

    let fails = |proof: &AuthorProof, content: &[u8]| {
        proof.verify(content, Some(&host.trusted())).unwrap_err().code()
    };
    assert_eq!(fails(&proof, b"Hemoglobine 13,5 g/dL"), "proof-content");
    assert_eq!(fails(&proof, &[TEXT, b" "].concat()), "proof-content");
    assert_eq!(fails(&proof, &TEXT[..5]), "proof-content");
    let mut other = proof.clone();
    other.account = cast.patient.line.iter().map(|signed| signed.bytes.clone().into()).collect();
    assert_eq!(fails(&other, TEXT), "account-other");
    let mut other = proof.clone();
    other.date.as_mut().unwrap().salt = [0; 32].into();
    assert_eq!(fails(&other, TEXT), "proof-date");
    let mut other = proof.clone();
    other.date.as_mut().unwrap().deposit = second.deposit.clone().into();
    assert_eq!(fails(&other, TEXT), "proof-date");
    let mut other = proof.clone();
    let forged = Host::make().receipt(
        &cast.vault.id(),
        &statement::hash(&first.deposit),
        1,
        &carnet_wire::tree::TreeRoot::EMPTY,
    );
    other.date.as_mut().unwrap().receipt = forged.into();
    assert_eq!(fails(&other, TEXT), "statement-other-signer");
}

#[test]
fn rollback_fork_and_omission_show_against_the_pin() {
    let cast = Cast::make();
    let (vault, mut host) = (cast.vault.id(), Host::make());
    let statements: Vec<_> = (0..9_u8).map(|i| statement::hash(&[i])).collect();
    let (mut pinned, mut history) = (Pinned::NONE, History::new());
    let mut pins = Vec::new();
    for hash in &statements {
        let accepted = host.accept(&vault, hash, pinned.pin());
        let receipt = host.trusted().verify(&accepted.receipt, &vault, hash).unwrap();
        pinned.advance(receipt.pin(), accepted.consistency.as_ref()).unwrap();
        history.append(hash);
        assert_eq!(history.pin(), receipt.pin());
        pins.push(receipt.pin());
    }
    // An older state, the same size with another root, a longer one that leaves a statement out, one without a proof.
    let kept = pinned.clone();
    assert_eq!(pinned.advance(pins[3], None), Err(HistoryError::Rollback));
    let mut forked = pins[8];
    forked.root = [7; 32].into();
    assert_eq!(pinned.advance(forked, None), Err(HistoryError::Fork));
    let mut other = Host::make();
    for hash in statements.iter().skip(1).chain(&statements) {
        other.accept(&vault, hash, None);
    }
    let accepted = other.accept(&vault, &statements[0], pinned.pin());
    let receipt = other.trusted().verify(&accepted.receipt, &vault, &statements[0]).unwrap();
    assert_eq!(pinned.advance(receipt.pin(), accepted.consistency.as_ref()), Err(HistoryError::Fork));
    assert_eq!(pinned.advance(receipt.pin(), None), Err(HistoryError::ProofMissing));
    assert_eq!(pinned, kept);
    // A receipt of another statement, vault or log.
    let trusted = host.trusted();
    let bytes = host.receipt(&vault, &statements[0], 1, &carnet_wire::tree::TreeRoot::EMPTY);
    assert_eq!(trusted.verify(&bytes, &vault, &statements[1]).unwrap_err(), HistoryError::OtherStatement);
    let elsewhere = Cast::make().vault.id();
    assert_eq!(trusted.verify(&bytes, &elsewhere, &statements[0]).unwrap_err(), HistoryError::OtherStatement);
    assert!(other.trusted().verify(&bytes, &vault, &statements[0]).is_err());
}

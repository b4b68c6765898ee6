//! Protocol steps against honest answers and against lies: a step never skips, never repeats, and never believes.

#![cfg(test)]

use std::io::Cursor;

use carnet_core::document::{Document, Place};
use carnet_core::receipt::Pinned;
use carnet_core::seal::{Sealed, SignedDeposit};
use carnet_core::spooled::Spooled;
use carnet_core::step::{Ask, AwaitStored, Login, ReadStep, StepError, Submit, UploadProgress, Uploaded};
use carnet_tests::cast::{Cast, NOW, Shelf, description, origin};
use carnet_tests::host::Host;
use carnet_wire::StableCode as _;
use carnet_wire::cbor;
use carnet_wire::id::EntryId;
use carnet_wire::message::{
    Accepted, Body, Challenge, Method, Refusal, Response, ResponseError, StoredPage, StoredPart, Submission,
    Token, UploadState,
};
use carnet_wire::statement::{Deposit, Read, ReadMode, Session, Statement};

fn ok<T: minicbor::Encode<()>>(value: &T) -> Response {
    Response { status: 200, body: cbor::encode(value) }
}

fn seal(cast: &Cast, content: &[u8]) -> (Sealed, Vec<u8>) {
    let place = Place::new_entry(cast.vault.id(), 0, NOW).unwrap();
    let mut payload = Vec::new();
    let readers = [cast.vault.reader()];
    let document = Document::new(description("Bilan"), content);
    let sealed = document.seal(&place, &origin(), &cast.doctor.author(), &readers, &mut payload).unwrap();
    (sealed, payload)
}

fn upload(cast: &Cast, sealed: &Sealed, payload: &[u8]) -> Uploaded {
    let ask = Spooled::check(sealed.item(), payload).unwrap().unwrap().start(&cast.vault.id());
    let len = payload.len() as u64;
    let UploadProgress::Send(ask) = ask.then.receive(&ok(&UploadState { offset: 0 })).unwrap() else {
        panic!()
    };
    let UploadProgress::Done(uploaded) = ask.then.receive(&ok(&UploadState { offset: len })).unwrap() else {
        panic!()
    };
    uploaded
}

#[test]
fn login_signs_the_challenge_as_a_session_and_as_nothing_else() {
    let cast = Cast::make();
    let ask = Login::start(&cast.doctor.account);
    assert_eq!((ask.request.method, ask.request.path.as_str()), (Method::Post, "/v1/sessions/challenges"));
    let challenge = ok(&Challenge { challenge: [5; 32].into(), cost: None });
    let ask = ask.then.receive(&challenge, &cast.doctor.device, NOW).unwrap();
    let Body::Cose(bytes) = &ask.request.body else { panic!() };
    let session = Statement::<Session>::parse(bytes).unwrap();
    assert!(Statement::<Read>::parse(bytes).is_err());
    let session = cast.doctor.account.verify(session, None).unwrap();
    assert_eq!(*session.body().challenge, [5; 32]);
    let token = ask
        .then
        .receive(&ok(&Token { token: [6; 32].into(), expires: NOW + 900_000, account: None }))
        .unwrap();
    assert_eq!(format!("{token:?}"), format!("Token(.., expires {})", NOW + 900_000));
}

#[test]
fn broken_upload_continues_where_the_server_stopped_and_sends_the_spooled_bytes() {
    let cast = Cast::make();
    let (sealed, payload) = seal(&cast, &[b'x'; 200_000]);
    let len = payload.len() as u64;
    let ask = Spooled::check(sealed.item(), payload.as_slice()).unwrap().unwrap().start(&cast.vault.id());
    let UploadProgress::Send(ask) = ask.then.receive(&ok(&UploadState { offset: 0 })).unwrap() else {
        panic!()
    };
    assert_eq!(ask.request.body, Body::Spool { offset: 0 });
    // The line breaks after 70,000 bytes.
    let ask = ask.then.resume();
    let UploadProgress::Send(ask) = ask.then.receive(&ok(&UploadState { offset: 70_000 })).unwrap() else {
        panic!()
    };
    assert_eq!((ask.request.method, &ask.request.body), (Method::Patch, &Body::Spool { offset: 70_000 }));
    let UploadProgress::Done(uploaded) = ask.then.receive(&ok(&UploadState { offset: len })).unwrap() else {
        panic!()
    };
    assert_eq!(uploaded.root(), &sealed.item().payload);
}

#[test]
fn spool_whose_content_changed_never_leaves_under_the_old_key() {
    let cast = Cast::make();
    let (sealed, payload) = seal(&cast, &[b'x'; 200_000]);
    let (_, other) = seal(&cast, &[b'x'; 200_000]);
    let mut changed = payload.clone();
    changed[100_000] ^= 1;
    let longer = [payload.as_slice(), &[0]].concat();
    for bad in [other.as_slice(), &changed, &longer, &payload[..payload.len() - 1], &[]] {
        assert!(Spooled::check(sealed.item(), Cursor::new(bad)).unwrap().is_none());
    }
    assert!(Spooled::check(sealed.item(), Cursor::new(&payload)).unwrap().is_some());
}

#[test]
fn upload_offset_that_goes_back_stays_or_passes_the_end_is_a_lie() {
    let cast = Cast::make();
    let (sealed, payload) = seal(&cast, &[b'x'; 200_000]);
    for lies in [vec![payload.len() as u64 + 1], vec![0, 0], vec![70_000, 60_000], vec![u64::MAX]] {
        let mut then =
            Spooled::check(sealed.item(), payload.as_slice()).unwrap().unwrap().start(&cast.vault.id()).then;
        let mut answers = lies.into_iter().map(|offset| ok(&UploadState { offset }));
        let error = loop {
            match then.receive(&answers.next().unwrap()) {
                Ok(UploadProgress::Send(ask)) => then = ask.then,
                Ok(UploadProgress::Done(_)) => panic!("believed a lie"),
                Err(error) => break error,
            }
        };
        assert_eq!(error, StepError::Offset);
    }
}

#[test]
fn deposit_is_submitted_once_uploaded_and_believed_once_receipted() {
    let cast = Cast::make();
    let mut host = Host::make();
    let (sealed, payload) = seal(&cast, b"Bilan sanguin");
    let (second, _) = seal(&cast, b"Radio");
    let uploaded = upload(&cast, &sealed, &payload);
    let vault = cast.vault.id();
    let both = SignedDeposit::sign(&cast.vault, &cast.doctor.author(), vec![second], None, NOW).unwrap();
    let nothing = Pinned::NONE;
    assert_eq!(Submit::deposit(&both, &[uploaded], &nothing).unwrap_err(), StepError::OtherEntries);
    let signed = SignedDeposit::sign(&cast.vault, &cast.doctor.author(), vec![sealed], None, NOW).unwrap();
    let hash = signed.statement.hash();
    let mut pinned = Pinned::NONE;
    let submit = || Submit::deposit(&signed, &[uploaded], &Pinned::NONE).unwrap();
    let ask = submit();
    let Body::Cbor(body) = &ask.request.body else { panic!() };
    let submission: Submission = cbor::decode(body, 1 << 20).unwrap();
    assert_eq!(Statement::<Deposit>::parse(&submission.statement).unwrap().hash(), hash);
    assert_eq!((submission.manifests.len(), submission.grants.len()), (1, 1));
    // A second request after a lost answer is the same request.
    assert_eq!(submit().request, ask.request);
    // A conflict, an error page, another log's receipt: nothing is believed and the pin stays.
    let conflict = Response {
        status: 409,
        body: cbor::encode(&Refusal { code: "conflict".to_owned(), winner: Some(hash), limit: None }),
    };
    let error = submit().then.receive(&conflict, &host.trusted(), &mut pinned).unwrap_err();
    assert!(
        matches!(error, StepError::Response(ResponseError::Refused(refusal)) if refusal.winner == Some(hash))
    );
    let page = Response { status: 200, body: b"<html>502 Bad Gateway</html>".to_vec() };
    assert_eq!(
        submit().then.receive(&page, &host.trusted(), &mut pinned).unwrap_err().code(),
        "response-malformed"
    );
    let forged = Host::make().accept(&vault, &hash, None);
    let error = submit().then.receive(&ok(&forged), &host.trusted(), &mut pinned).unwrap_err();
    assert_eq!(error.code(), "statement-other-signer");
    assert_eq!(pinned, Pinned::NONE);
    // The truth.
    let first = host.accept(&vault, &hash, None);
    let receipted = submit().then.receive(&ok(&first), &host.trusted(), &mut pinned).unwrap();
    assert_eq!((receipted.receipt().pin().size, pinned.pin().unwrap().size), (1, 1));
    // The same again, once the history has grown: the first receipt, proven against the newer pin.
    let later = host.accept(&vault, &carnet_wire::statement::hash(b"later"), pinned.pin());
    let later_receipt =
        host.trusted().verify(&later.receipt, &vault, &carnet_wire::statement::hash(b"later")).unwrap();
    assert_eq!(
        submit().then.receive(&ok(&first), &host.trusted(), &mut pinned.clone()).unwrap_err(),
        StepError::PinMoved
    );
    pinned.advance(later_receipt.pin(), later.consistency.as_ref()).unwrap();
    let again = |pinned: &Pinned| Submit::deposit(&signed, &[uploaded], pinned).unwrap();
    let repeat = host.repeat(&first, 1);
    let receipted = again(&pinned).then.receive(&ok(&repeat), &host.trusted(), &mut pinned).unwrap();
    assert_eq!((receipted.receipt().pin().size, pinned.pin().unwrap().size), (1, 2));
    // A receipt below the pin with a root of another history, with and without a proof.
    let forged = host.receipt(&vault, &hash, 1, &carnet_wire::tree::TreeRoot::EMPTY);
    let lies = [(repeat.consistency.clone(), "history-fork"), (None, "history-proof-missing")];
    for (consistency, code) in lies {
        let lie = Accepted { receipt: forged.clone().into(), consistency };
        let error = again(&pinned).then.receive(&ok(&lie), &host.trusted(), &mut pinned).unwrap_err();
        assert_eq!(error.code(), code);
    }
    // A refusal that would write to the screen.
    let page = Refusal { code: "<b>\u{202e}".to_owned(), winner: None, limit: None };
    let refusal = Response { status: 400, body: cbor::encode(&page) };
    let error = again(&pinned).then.receive(&refusal, &host.trusted(), &mut pinned).unwrap_err();
    assert_eq!(error.to_string(), "the server refused: ");
}

/// A doctor's read, up to the signed request: what waits for the answer, and the statement.
fn read(
    cast: &Cast,
    mode: ReadMode,
    entries: Vec<EntryId>,
    pinned: &Pinned,
) -> (Ask<AwaitStored>, Statement<Read>) {
    let challenge = ok(&Challenge { challenge: [8; 32].into(), cost: None });
    let doctor = &cast.doctor;
    let then = ReadStep { mode, entries, via: None, reason: 1 }.start(&cast.vault).then;
    let ask =
        then.receive(&challenge, &cast.vault, &doctor.account, &doctor.device, pinned.pin(), NOW).unwrap();
    let Body::Cose(bytes) = &ask.request.body else { panic!() };
    let statement = Statement::<Read>::parse(bytes).unwrap();
    (ask, statement)
}

fn page(
    shelf: &Shelf,
    parts: Vec<StoredPart>,
    next: Option<EntryId>,
    accepted: Option<Accepted>,
) -> Response {
    ok(&StoredPage { parts, next, accepted, statements: vec![shelf.deposit.clone().into()] })
}

#[test]
fn read_is_signed_for_the_journal_and_gives_what_was_asked_for() {
    let cast = Cast::make();
    let (mut host, mut pinned) = (Host::make(), Pinned::NONE);
    let shelf = cast.deposit(&cast.patient, "Bilan", b"text", &[cast.doctor.reader()]);
    let entry = shelf.wanted.entry;
    let (ask, statement) = read(&cast, ReadMode::Open, vec![entry], &pinned);
    let hash = statement.hash();
    let statement = cast.doctor.account.verify(statement, None).unwrap();
    assert_eq!((*statement.body().challenge, statement.body().entries.len()), ([8; 32], 1));
    let part = part(&shelf);
    let accepted = host.accept(&cast.vault.id(), &hash, None);
    let answer = page(&shelf, vec![part.clone()], None, Some(accepted));
    let mut progress = ask.then.receive(&answer, &host.trusted(), &mut pinned).unwrap();
    assert!(progress.more.is_none() && progress.receipted.is_some());
    assert_eq!(pinned.pin().unwrap().size, 1);
    let stored = progress.stored.remove(0);
    let verified = stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap();
    let opened = verified.open_with(&cast.doctor.keyring, &cast.accounts).unwrap();
    assert_eq!(opened.open_bytes(&shelf.payload).unwrap().content, b"text");
    // Fewer or more than asked for; an answer without a receipt, or with another history's.
    let lies = [
        (page(&shelf, Vec::new(), None, None), "step-other-entries"),
        (page(&shelf, Vec::new(), Some(entry), None), "step-other-entries"),
        (page(&shelf, vec![part.clone(), part.clone()], None, None), "step-other-entries"),
        (page(&shelf, vec![part.clone()], Some(entry), None), "step-other-entries"),
        (page(&shelf, vec![part.clone()], None, None), "history-proof-missing"),
        (ok(&StoredPage { parts: vec![part.clone()], ..StoredPage::default() }), "step-page"),
    ];
    for (lie, code) in lies {
        let (ask, _) = read(&cast, ReadMode::Open, vec![entry], &pinned);
        assert_eq!(ask.then.receive(&lie, &host.trusted(), &mut pinned).unwrap_err().code(), code);
    }
    let (ask, statement) = read(&cast, ReadMode::Open, vec![entry], &pinned);
    let rolled_back =
        host.receipt(&cast.vault.id(), &statement.hash(), 1, &carnet_wire::tree::TreeRoot::EMPTY);
    let accepted = Accepted { receipt: rolled_back.into(), consistency: None };
    let answer = page(&shelf, vec![part], None, Some(accepted));
    assert_eq!(ask.then.receive(&answer, &host.trusted(), &mut pinned).unwrap_err().code(), "history-fork");
}

#[test]
fn long_list_comes_page_by_page_under_one_signature_and_one_receipt() {
    let cast = Cast::make();
    let (mut host, mut pinned) = (Host::make(), Pinned::NONE);
    let shelf = cast.deposit(&cast.patient, "Bilan", b"text", &[cast.doctor.reader()]);
    let entry = shelf.wanted.entry;
    let (ask, statement) = read(&cast, ReadMode::List, Vec::new(), &pinned);
    let signed = ask.request.body.clone();
    let accepted = host.accept(&cast.vault.id(), &statement.hash(), None);
    let full = page(&shelf, vec![part(&shelf); 100], Some(entry), Some(accepted));
    let progress = ask.then.receive(&full, &host.trusted(), &mut pinned).unwrap();
    assert_eq!(progress.stored.len(), 100);
    let ask = progress.more.unwrap();
    assert_eq!(ask.request.body, signed);
    assert!(ask.request.path.ends_with(&format!("/reads?since=0&after={entry}")));
    let too_full = page(&shelf, vec![part(&shelf); 101], None, None);
    let error = ask.then.receive(&too_full, &host.trusted(), &mut pinned).unwrap_err();
    assert_eq!(error, StepError::OtherEntries);
}

fn part(shelf: &Shelf) -> StoredPart {
    let [leaf, path, header] = shelf.grants[1].clone();
    StoredPart {
        deposit: carnet_wire::statement::hash(&shelf.deposit),
        describe: None,
        grant: None,
        leaf: leaf.into(),
        path: path.into(),
        header: header.into(),
        manifest: shelf.manifest.clone().into(),
        nonce: (*shelf.payload.first_chunk::<16>().unwrap()).into(),
        next: None,
        predecessors: Vec::new(),
    }
}

//! Steps that put pages together, against honest servers and lying ones.

#![cfg(test)]

use carnet_core::account::pairing::NewDevice;
use carnet_core::account::slot::{Cost, Password, SlotPlace};
use carnet_core::receipt::{History, Pinned};
use carnet_core::secret::{SecondSecret, SigningSeed, SymmetricKey};
use carnet_core::signer::DeviceKey;
use carnet_core::step::{
    Ask, AttestationsStep, AwaitHistory, ChainProgress, ChainStep, Followed, HistoryNext, HistoryStep,
    InboxStep, KeyringStep, LineProgress, LineStep, ListStep, LoginRecordStep, Mailbox, PlaceStep, Places,
    SlotLogin, SlotsStep, StateStep, StepError, Submit,
};
use carnet_tests::cast::{Cast, NOW, Person, origin};
use carnet_tests::host::{Host, Log};
use carnet_wire::StableCode as _;
use carnet_wire::cbor;
use carnet_wire::id::{ActorId, SlotId, VaultId};
use carnet_wire::message::{Body, Challenge, Method, Refusal, Response, StoredPage, Submission, Token};
use carnet_wire::page::{
    AttestedPart, DirectoryPage, HistoryPage, HistoryPart, LoginCost, LoginRecord, PlaceProof, SlotPage,
    SlotPart, StateProof, VaultPage,
};
use carnet_wire::position::Signed;
use carnet_wire::statement::{self, Attest, Pin, Practitioner, SlotKind};
use sha2::{Digest as _, Sha256};

fn ok<T: minicbor::Encode<()>>(value: &T) -> Response {
    Response { status: 200, body: cbor::encode(value) }
}

/// A page of statements under these numbers.
fn page(statements: &[(u64, &Signed)], size: u64, next: Option<u64>) -> HistoryPage {
    let part = |(number, signed): &(u64, &Signed)| HistoryPart {
        number: *number,
        hash: statement::hash(&signed.bytes),
        statement: Some(signed.bytes.clone().into()),
        receipt: Vec::new().into(),
        waiting: false,
    };
    HistoryPage { salt: [0; 32].into(), size, parts: statements.iter().map(part).collect(), next }
}

#[test]
fn line_comes_page_by_page_and_goes_on_where_it_was_left() {
    let person = Person::make();
    let [first, second] = [&person.line[0], &person.line[1]];
    let ask = LineStep::start(&person.account.id());
    assert!(ask.request.path.ends_with("/line?from=1"));
    // An attestation stands between: the line's numbers have gaps.
    let LineProgress::More(ask) = ask.then.receive(&ok(&page(&[(1, first)], 3, Some(2)))).unwrap() else {
        panic!()
    };
    assert!(ask.request.path.ends_with("/line?from=2"));
    let LineProgress::Gathered(line) = ask.then.receive(&ok(&page(&[(3, second)], 3, None))).unwrap() else {
        panic!()
    };
    let Followed { state, number } = line.verify(&Places::new()).unwrap();
    assert!(number == 3 && state.extends(&person.account) && person.account.extends(&state));
    // The next visit.
    let other = DeviceKey::from_seed(&SigningSeed::make().unwrap());
    let more = person.owner.certify(&state, &other.verifying_key(), NOW).unwrap();
    let more = Signed::from(more.as_bytes().to_vec());
    let ask = LineStep::resume(Followed { state, number });
    assert!(ask.request.path.ends_with("/line?from=4"));
    let LineProgress::Gathered(line) = ask.then.receive(&ok(&page(&[(4, &more)], 4, None))).unwrap() else {
        panic!()
    };
    assert_eq!(line.verify(&Places::new()).unwrap().state.devices().count(), 2);
}

#[test]
fn line_out_of_order_of_another_account_or_cut_is_no_account() {
    let person = Person::make();
    let [first, second] = [&person.line[0], &person.line[1]];
    let start = || LineStep::start(&person.account.id()).then;
    let lies = [
        page(&[(2, first), (1, second)], 2, None),
        page(&[(1, first), (1, second)], 2, None),
        page(&[(1, first), (3, second)], 2, None),
        page(&[(1, first)], 2, Some(1)),
        page(&[(1, first)], 2, Some(7)),
        page(&[], 2, Some(1)),
    ];
    for lie in lies {
        assert_eq!(start().receive(&ok(&lie)).unwrap_err(), StepError::Page);
    }
    let mut other_hash = page(&[(1, first)], 1, None);
    other_hash.parts[0].hash = statement::hash(b"other");
    assert_eq!(start().receive(&ok(&other_hash)).unwrap_err(), StepError::Page);
    let mut erased = page(&[(1, first)], 1, None);
    erased.parts[0].statement = None;
    assert_eq!(start().receive(&ok(&erased)).unwrap_err(), StepError::Page);
    // In order, but not a line.
    let gathered = |page: &HistoryPage| match start().receive(&ok(page)).unwrap() {
        LineProgress::Gathered(line) => line.verify(&Places::new()).map(|_| ()).unwrap_err().code(),
        LineProgress::More(_) => panic!(),
    };
    assert_eq!(gathered(&page(&[], 0, None)), "account-empty");
    assert_eq!(gathered(&page(&[(1, &Person::make().line[0])], 1, None)), "account-other");
    assert_eq!(gathered(&page(&[(1, first), (2, first)], 2, None)), "account-other-kind");
}

#[test]
fn chain_names_the_accounts_that_it_needs_and_is_no_vault_without_them() {
    let cast = Cast::make();
    let ask = ChainStep::start(&cast.vault.id());
    let whole = page(&[(1, &cast.chain[0])], 5, None);
    let ChainProgress::Gathered(chain) = ask.then.receive(&ok(&whole)).unwrap() else { panic!() };
    assert_eq!(chain.actors().into_iter().collect::<Vec<_>>(), [cast.patient.account.actor()]);
    let nobody = carnet_core::account::Accounts::new();
    assert_eq!(chain.verify(&nobody, &Places::new()).unwrap_err().code(), "vault-unknown-actor");
    let Followed { state, number } = chain.verify(&cast.accounts, &Places::new()).unwrap();
    assert_eq!((state.id(), number), (cast.vault.id(), 1));
    let ask = ChainStep::resume(Followed { state, number });
    assert!(ask.request.path.ends_with("/chain?from=2"));
    let ChainProgress::Gathered(chain) = ask.then.receive(&ok(&page(&[], 5, None))).unwrap() else {
        panic!()
    };
    assert!(chain.verify(&cast.accounts, &Places::new()).unwrap().state.extends(&cast.vault));
}

/// A journal of three statements as an honest server gives it: the page of each, and the pin after each.
fn journal(host: &mut Host, vault: &VaultId) -> (Vec<HistoryPart>, Vec<Pin>) {
    let mut parts = Vec::new();
    let mut pins = Vec::new();
    for number in 1..=3u64 {
        let bytes = format!("statement {number}").into_bytes();
        let hash = statement::hash(&bytes);
        let receipt = host.accept(vault, &hash, None).receipt;
        pins.push(host.trusted().verify(&receipt, vault, &hash).unwrap().pin());
        parts.push(HistoryPart { number, hash, statement: Some(bytes.into()), receipt, waiting: false });
    }
    (parts, pins)
}

fn history(parts: &[HistoryPart], next: Option<u64>) -> Response {
    ok(&HistoryPage { salt: [0; 32].into(), size: 3, parts: parts.to_vec(), next })
}

#[test]
fn journal_is_read_page_by_page_under_its_receipts_and_moves_the_pin() {
    let (mut host, vault) = (Host::make(), VaultId::from_bytes([7; 32]));
    let (mut parts, pins) = journal(&mut host, &vault);
    // An erased statement is its hash.
    parts[1].statement = None;
    let mut pinned = Pinned::at(pins[0]);
    let ask = HistoryStep::start(&vault, History::new());
    let progress = ask.then.receive(&history(&parts[..2], Some(3)), &host.trusted(), &mut pinned).unwrap();
    assert_eq!(pinned.pin(), Some(pins[1]));
    assert!(progress.stated[0].bytes.is_some() && progress.stated[1].bytes.is_none());
    let HistoryNext::More(ask) = progress.next else { panic!() };
    assert!(ask.request.path.ends_with("/history?from=3"));
    let progress = ask.then.receive(&history(&parts[2..], None), &host.trusted(), &mut pinned).unwrap();
    assert_eq!(pinned.pin(), Some(pins[2]));
    let HistoryNext::Done(held) = progress.next else { panic!() };
    assert_eq!(held.pin(), pins[2]);
}

#[test]
fn journal_that_leaves_out_swaps_forks_or_ends_early_is_refused_and_the_pin_stays() {
    let (mut host, vault) = (Host::make(), VaultId::from_bytes([7; 32]));
    let (parts, pins) = journal(&mut host, &vault);
    let start = || -> Ask<AwaitHistory> { HistoryStep::start(&vault, History::new()) };
    let refused = |parts: &[HistoryPart], next: Option<u64>, before: Pinned| {
        let mut pinned = before.clone();
        let error = start().then.receive(&history(parts, next), &host.trusted(), &mut pinned).unwrap_err();
        assert_eq!(pinned, before);
        error.code()
    };
    let none = || Pinned::NONE;
    let [first, second, third] = [&parts[0], &parts[1], &parts[2]].map(Clone::clone);
    assert_eq!(refused(&[first.clone(), third.clone()], None, none()), "step-page");
    assert_eq!(refused(&parts[1..2], None, none()), "step-page");
    assert_eq!(refused(&parts[..1], Some(3), none()), "step-page");
    assert_eq!(refused(&[], Some(1), none()), "step-page");
    // One left out and the rest numbered anew: the tree is another than the receipts name.
    let renumbered = HistoryPart { number: 2, ..third.clone() };
    assert_eq!(refused(&[first.clone(), renumbered], None, none()), "history-fork");
    // A receipt of another statement, or none of this log.
    let swapped = HistoryPart { receipt: second.receipt.clone(), ..first.clone() };
    assert_eq!(refused(&[swapped], None, none()), "history-other-statement");
    let other = Host::make().accept(&vault, &first.hash, None).receipt;
    assert_eq!(
        refused(&[HistoryPart { receipt: other, ..first.clone() }], None, none()),
        "statement-other-signer"
    );
    // Less than was pinned, and another history than was pinned.
    assert_eq!(refused(&parts[..1], None, Pinned::at(pins[1])), "history-rollback");
    let elsewhere = Pin { size: 2, root: [9; 32].into() };
    assert_eq!(refused(&parts, None, Pinned::at(elsewhere)), "history-fork");
}

#[test]
fn state_proof_between_two_signed_states_shows_a_fork() {
    let (mut host, vault) = (Host::make(), VaultId::from_bytes([7; 32]));
    let (_, pins) = journal(&mut host, &vault);
    let later = host.accept(&vault, &statement::hash(b"later"), Some(pins[1]));
    let newer = host.trusted().verify(&later.receipt, &vault, &statement::hash(b"later")).unwrap().pin();
    let proof = StateProof { size: 4, root: newer.root, consistency: later.consistency };
    let ask = || StateStep::start(vault, pins[1], newer);
    assert!(ask().request.path.ends_with("/state?since=2&size=4"));
    ask().then.receive(&ok(&proof)).unwrap();
    for (lie, code) in [
        (StateProof { root: [1; 32].into(), ..proof.clone() }, "history-fork"),
        (StateProof { size: 3, ..proof.clone() }, "history-proof-missing"),
        (StateProof { consistency: None, ..proof.clone() }, "history-proof-missing"),
    ] {
        assert_eq!(ask().then.receive(&ok(&lie)).unwrap_err().code(), code);
    }
    let forked = Pin { root: [1; 32].into(), ..pins[1] };
    assert_eq!(
        StateStep::start(vault, forked, newer).then.receive(&ok(&proof)).unwrap_err().code(),
        "history-fork"
    );
}

#[test]
fn place_that_is_of_another_statement_root_leaf_or_log_is_not_proven() {
    use carnet_wire::tree::{LeafHash, Nodes as _, Tree};
    let mut log = Log::new();
    // The history of the stage: two statements, this one the last.
    log.append(b"before");
    let (leaf, index) = log.append(b"statement");
    let hash = statement::hash(b"statement");
    let history = [LeafHash::of(b"what came before"), carnet_wire::log_leaf::history_leaf(&hash)];
    let in_history = history.into_iter().collect::<Tree>().prove_inclusion(1, 2).unwrap();
    let bytes = leaf.to_bytes();
    let (tag, root) = bytes.split_first_chunk::<32>().unwrap();
    let proof = PlaceProof {
        number: 2,
        root: <[u8; 32]>::try_from(root).unwrap().into(),
        in_history,
        tag: (*tag).into(),
        index,
        in_log: log.prove(index),
        checkpoint: log.note(),
    };
    let vault = VaultId::from_bytes([7; 32]);
    let take = |proof: &PlaceProof, statement: &[u8], log: &carnet_core::receipt::TrustedLog| {
        let ask = PlaceStep::start(vault, &statement::hash(statement));
        ask.then.receive(&ok(proof), log)
    };
    let placed = take(&proof, b"statement", &log.trusted()).unwrap();
    assert!(placed.position.is_of(&hash) && placed.pin.size == 2);
    let refused =
        |proof: &PlaceProof, statement: &[u8]| take(proof, statement, &log.trusted()).unwrap_err().code();
    assert_eq!(refused(&proof, b"another"), "proof-mismatch");
    assert_eq!(
        refused(&PlaceProof { root: [1; 32].into(), ..proof.clone() }, b"statement"),
        "proof-mismatch"
    );
    assert_eq!(refused(&PlaceProof { tag: [1; 32].into(), ..proof.clone() }, b"statement"), "proof-mismatch");
    assert_eq!(refused(&PlaceProof { number: 0, ..proof.clone() }, b"statement"), "place-other-statement");
    assert!(take(&PlaceProof { index: 0, ..proof.clone() }, b"statement", &log.trusted()).is_err());
    assert!(take(&proof, b"statement", &Host::make().trusted()).is_err());
}

#[test]
fn slots_count_only_as_the_line_names_them() {
    let person = Person::make();
    let (slot, secret) = (SlotId::from_bytes([3; 16]), SymmetricKey::make().unwrap());
    let place = SlotPlace { account: person.account.id(), slot, kind: SlotKind::Kit, root_version: 1 };
    let sealed = place.seal(person.owner.root(), &secret).unwrap();
    let statement = person.owner.put_slot(&person.account, slot, SlotKind::Kit, &sealed, NOW).unwrap();
    let ask = Submit::slot(&person.account.id(), &statement, &sealed, &Pinned::NONE);
    assert!(ask.request.path.starts_with("/v1/accounts/"));
    let Body::Cbor(body) = &ask.request.body else { panic!() };
    let submission: Submission = cbor::decode(body, 1 << 20).unwrap();
    assert_eq!(submission.manifests, [sealed.clone().into()]);
    let account = person.account.clone().follow(statement.as_bytes(), None).unwrap();
    let older = place.seal(person.owner.root(), &secret).unwrap();
    let parts = [(slot, sealed.clone()), (slot, older), (SlotId::from_bytes([4; 16]), sealed.clone())];
    let slots = parts.map(|(slot, sealed)| SlotPart { slot, sealed: sealed.into() }).to_vec();
    let got = SlotsStep::start(&account.id()).then.receive(&ok(&SlotPage { slots }), &account).unwrap();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].place.open(&got[0].sealed, &secret).unwrap(), *person.owner.root());
}

#[test]
fn password_logs_in_under_a_name_of_its_second_secret_and_never_cheaply() {
    let second = SecondSecret::make().unwrap();
    let password = Password::new("secret", &second);
    let start = || SlotLogin::start(&origin(), &password);
    let Body::Cbor(name) = &start().request.body else { panic!() };
    let name: ActorId = cbor::decode(name, 64).unwrap();
    assert_eq!(name, password.name());
    for (memory_kib, passes) in [(8, 3), (64 * 1024, 1), (u32::MAX, 3)] {
        let weak = Challenge { challenge: [5; 32].into(), cost: Some(LoginCost { memory_kib, passes }) };
        let error = start().then.receive(&ok(&weak), &password, NOW).unwrap_err();
        assert_eq!(error.code(), "slot-cost");
    }
    let challenge = Challenge { challenge: [5; 32].into(), cost: None };
    let ask = start().then.receive(&ok(&challenge), &password, NOW).unwrap();
    let Body::Cose(bytes) = &ask.request.body else { panic!() };
    let session = statement::Statement::<statement::Session>::parse(bytes).unwrap();
    assert_eq!(session.claimed().actor, name);
    let token = ok(&Token { token: [6; 32].into(), expires: NOW, account: None });
    let (_, stretched) = ask.then.receive(&token).unwrap();
    session.verify(&stretched.login.verifying_key()).unwrap();
    let account = Person::make().account.id();
    let ask = LoginRecordStep::put(&account, &name, stretched.login.verifying_key(), Cost::FLOOR);
    assert_eq!(ask.request.path, format!("/v1/accounts/{account}/logins/{name}"));
    let Body::Cbor(record) = &ask.request.body else { panic!() };
    let record: LoginRecord = cbor::decode(record, 1024).unwrap();
    assert_eq!((record.account, record.cost.unwrap().passes), (account, 3));
    ask.then.receive(&Response { status: 204, body: Vec::new() }).unwrap();
}

#[test]
fn opaque_bytes_longer_than_they_can_be_are_refused() {
    let account = Person::make().account.id();
    let ask = || KeyringStep::get(&account).then;
    let response = |len: usize| Response { status: 200, body: vec![0; len] };
    assert_eq!(ask().receive(&response(KeyringStep::MAX_LEN)).unwrap().len(), KeyringStep::MAX_LEN);
    assert_eq!(ask().receive(&response(KeyringStep::MAX_LEN + 1)).unwrap_err(), StepError::Page);
    let absent = Response {
        status: 404,
        body: cbor::encode(&Refusal { code: "absent".to_owned(), winner: None, limit: None }),
    };
    assert_eq!(ask().receive(&absent).unwrap_err().code(), "response-refused");
}

#[test]
fn mailbox_of_a_pairing_is_named_by_its_code_alone() {
    let device = NewDevice::make().unwrap();
    let (put, got) = (Mailbox::put_offer(&device), Mailbox::of(device.code()).get_offer());
    assert_eq!((put.request.method, &put.request.path), (Method::Put, &got.request.path));
    let name: String = device.code().to_string().replace('-', "");
    let name = Sha256::new().chain_update(b"carnet/v1/mailbox").chain_update(name).finalize();
    assert_eq!(got.request.path, format!("/v1/pairings/{}", hex::encode(name)));
    let take = Mailbox::of(device.code()).take_parcel();
    assert_eq!(
        (take.request.method, take.request.path),
        (Method::Delete, format!("{}/parcel", got.request.path))
    );
    assert_ne!(Mailbox::of(NewDevice::make().unwrap().code()).get_offer().request.path, got.request.path);
}

#[test]
fn lists_that_go_back_or_are_too_full_are_refused() {
    let account = Person::make().account.id();
    let vaults = |ids: &[u8], next: Option<u8>| {
        let id = |byte: u8| VaultId::from_bytes([byte; 32]);
        ok(&VaultPage { vaults: ids.iter().map(|byte| id(*byte)).collect(), next: next.map(id) })
    };
    let start = || InboxStep::start(&account).then;
    let progress = start().receive(&vaults(&[1, 2], Some(2))).unwrap();
    let ask = progress.more.unwrap();
    assert!(ask.request.path.ends_with(&format!("/vaults?after={}", VaultId::from_bytes([2; 32]))));
    assert_eq!(ask.then.receive(&vaults(&[2], None)).unwrap_err(), StepError::Page);
    for lie in [vaults(&[2, 1], None), vaults(&[1, 1], None), vaults(&[1], Some(9)), vaults(&[], Some(1))] {
        assert_eq!(start().receive(&lie).unwrap_err(), StepError::Page);
    }
    let empty = ok(&StoredPage {
        next: Some(carnet_wire::id::EntryId::from_bytes([1; 16])),
        ..StoredPage::default()
    });
    let vault = VaultId::from_bytes([1; 32]);
    assert_eq!(ListStep::start(&vault).then.receive(&empty).unwrap_err(), StepError::OtherEntries);
}

#[test]
fn attestation_counts_only_from_a_known_authority_logged_current_and_not_over() {
    let (doctor, authority) = (Person::make(), DeviceKey::from_seed(&SigningSeed::make().unwrap()));
    let bundle = doctor.account.bundle(1).unwrap();
    let body = Attest {
        account: doctor.account.id(),
        generation: 1,
        bundle: <[u8; 32]>::from(Sha256::digest(cbor::encode(bundle))).into(),
        practitioner: Practitioner {
            rpps: "10001234567".to_owned(),
            name: "Morvan Anne".to_owned(),
            profession: "10".to_owned(),
            speciality: None,
            organisation: None,
            town: Some("Brest".to_owned()),
        },
        time: NOW,
        expires: NOW + 1000,
    };
    let attest = authority.sign(&origin(), body.clone()).unwrap();
    let found = |bytes: &[u8], withdraw: Option<Vec<u8>>| {
        let part =
            AttestedPart { attest: bytes.to_vec().into(), number: 3, withdraw: withdraw.map(Into::into) };
        let page = DirectoryPage { parts: vec![part], more: false };
        AttestationsStep::start(&doctor.account.id()).then.receive(&ok(&page)).unwrap().claims.remove(0)
    };
    let mut log = Log::new();
    let at = log.append(attest.as_bytes());
    let place = log.position(attest.as_bytes(), at);
    let keys = [authority.verifying_key()];
    let claim = found(attest.as_bytes(), None);
    let attested = claim.verify(&keys, &doctor.account, &place, NOW).unwrap();
    assert_eq!((attested.practitioner.name.as_str(), attested.generation), ("Morvan Anne", 1));
    let code = |result: Result<_, carnet_core::step::AttestationError>| {
        result.map(|_: carnet_core::step::Attested| ()).unwrap_err().code()
    };
    assert_eq!(code(claim.verify(&[], &doctor.account, &place, NOW)), "attestation-authority");
    assert_eq!(code(claim.verify(&keys, &Person::make().account, &place, NOW)), "attestation-other-keys");
    assert_eq!(code(claim.verify(&keys, &doctor.account, &place, NOW + 1000)), "attestation-over");
    let other = log.append(b"other");
    let elsewhere = log.position(b"other", other);
    assert_eq!(code(claim.verify(&keys, &doctor.account, &elsewhere, NOW)), "attestation-not-logged");
    let withdraw =
        statement::Withdraw { account: doctor.account.id(), attestation: attest.hash(), time: NOW };
    let withdraw = authority.sign(&origin(), withdraw).unwrap().as_bytes().to_vec();
    let claim = found(attest.as_bytes(), Some(withdraw));
    assert_eq!(code(claim.verify(&keys, &doctor.account, &place, NOW)), "attestation-withdrawn");
}

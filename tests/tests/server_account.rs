//! An account at the real server: a password from a new browser, a second device, and what each of them may see.

#![cfg(test)]

use carnet_cli::session::{call, log_in, now};
use carnet_core::account::Keyring;
use carnet_core::account::pairing::{CheckedOffer, NewDevice};
use carnet_core::account::slot::{Cost, Password, SlotPlace};
use carnet_core::secret::SecondSecret;
use carnet_core::step::{
    InboxStep, KeyringStep, LoginRecordStep, Mailbox, SlotLogin, SlotsStep, StepError, Submit,
};
use carnet_tests::cast::origin;
use carnet_tests::person::Client;
use carnet_tests::server::TestServer;
use carnet_wire::id::SlotId;
use carnet_wire::message::{Response, ResponseError, Token};
use carnet_wire::statement::SlotKind;

/// The server's own code in a refusal.
fn code<T: std::fmt::Debug>(result: Result<T, StepError>) -> String {
    match result.unwrap_err() {
        StepError::Response(ResponseError::Refused(refusal)) => refusal.code,
        other => panic!("{other}"),
    }
}

fn password_session(client: &Client, password: &Password<'_>) -> Result<(Token, SecretOf), StepError> {
    let (then, response) = call(client.remote(), None, SlotLogin::start(&origin(), password)).unwrap();
    let ask = then.receive(&response, password, now())?;
    let (then, response): (_, Response) = call(client.remote(), None, ask).unwrap();
    then.receive(&response)
}

type SecretOf = carnet_core::account::slot::Stretched;

#[test]
fn password_and_second_secret_fetch_the_slots_and_nothing_else() {
    let server = TestServer::start();
    let mut client = Client::join(&server);
    let (account, second) = (client.account.id(), SecondSecret::make().unwrap());
    let password = Password::new("correct horse", &second);
    let stretched = password.stretch(Cost::FLOOR).unwrap();
    let slot = SlotId::from_bytes([3; 16]);
    let place = SlotPlace { account, slot, kind: SlotKind::Password, root_version: 1 };
    let sealed = place.seal(client.owner.root(), &stretched.secret).unwrap();
    let statement = client.owner.put_slot(&client.account, slot, SlotKind::Password, &sealed, now()).unwrap();
    // Other bytes than the statement names are refused.
    let (then, response) =
        call(client.remote(), None, Submit::slot(&account, &statement, b"other", &client.pinned)).unwrap();
    let log = client.log().clone();
    assert_eq!(code(then.receive(&response, &log, &mut client.pinned)), "submission-digest");
    let ask = Submit::slot(&account, &statement, &sealed, &client.pinned);
    let (then, response) = call(client.remote(), None, ask).unwrap();
    then.receive(&response, &log, &mut client.pinned).unwrap();
    let key = stretched.login.verifying_key();
    let (then, response) =
        client.call(LoginRecordStep::put(&account, &stretched.name, key, Cost::FLOOR)).unwrap();
    then.receive(&response).unwrap();
    let keyring = client.keyring.seal(client.owner.root(), &account, 1).unwrap();
    let (then, response) = client.call(KeyringStep::put(&account, keyring)).unwrap();
    then.receive(&response).unwrap();

    // A new browser: the password, the second secret, and the account's id from the kit.
    let seen = client.meet(&account).unwrap();
    let (token, stretched) = password_session(&client, &password).unwrap();
    // It says whose slots these are; a device knows whose it is.
    assert_eq!(token.account, Some(account));
    assert_eq!(log_in(client.remote(), &client.account, &client.device).unwrap().account, None);
    let (then, response) = call(client.remote(), Some(&token), SlotsStep::start(&account)).unwrap();
    let slots = then.receive(&response, &seen).unwrap();
    let root = slots[0].place.open(&slots[0].sealed, &stretched.secret).unwrap();
    assert_eq!(root, *client.owner.root());
    let (then, response) = call(client.remote(), Some(&token), InboxStep::start(&account)).unwrap();
    assert_eq!(code(then.receive(&response)), "absent");
    let (then, response) = call(client.remote(), Some(&token), KeyringStep::get(&account)).unwrap();
    assert_eq!(code(then.receive(&response)), "absent");
    // The keyring is for devices.
    let (then, response) = client.call(KeyringStep::get(&account)).unwrap();
    let keyring = Keyring::open(&then.receive(&response).unwrap(), &root, &account, 1).unwrap();
    assert_eq!(keyring.newest().bundle(), client.keyring.newest().bundle());

    // A wrong password, and a second secret that nobody has: one answer.
    let wrong = Password::new("incorrect horse", &second);
    assert_eq!(code(password_session(&client, &wrong)), "unauthenticated");
    let other = SecondSecret::make().unwrap();
    assert_eq!(code(password_session(&client, &Password::new("correct horse", &other))), "unauthenticated");
    // The record removed, the password opens nothing any more.
    let (then, response) = client.call(LoginRecordStep::remove(&account, &stretched.name)).unwrap();
    then.receive(&response).unwrap();
    assert_eq!(code(password_session(&client, &password)), "unauthenticated");
}

#[test]
fn new_device_meets_an_old_one_in_a_mailbox_and_logs_in() {
    let server = TestServer::start();
    let mut old = Client::join(&server);
    let account = old.account.id();
    let device = NewDevice::make().unwrap();
    let typed = device.code();
    let (then, response) = call(old.remote(), None, Mailbox::put_offer(&device)).unwrap();
    then.receive(&response).unwrap();
    let empty = |old: &Client| {
        let (then, response) = call(old.remote(), None, Mailbox::of(typed).take_parcel()).unwrap();
        code(then.receive(&response))
    };
    assert_eq!(empty(&old), "absent");
    let (then, response) = old.call(Mailbox::of(typed).get_offer()).unwrap();
    let offer = CheckedOffer::check(&then.receive(&response).unwrap(), &typed).unwrap();
    let approval = offer.approve(&old.account, &old.keyring, &old.device, now()).unwrap();
    old.state(&approval.statement).unwrap();
    let (then, response) = old.call(Mailbox::of(typed).put_parcel(approval.parcel)).unwrap();
    then.receive(&response).unwrap();
    let (then, response) = call(old.remote(), None, Mailbox::of(typed).take_parcel()).unwrap();
    let unconfirmed = device.accept(&then.receive(&response).unwrap()).unwrap();
    // Once.
    assert_eq!(empty(&old), "absent");
    let seen = old.meet(&account).unwrap();
    let paired = unconfirmed.confirm(&seen, &approval.fingerprint).unwrap();
    log_in(old.remote(), &seen, &paired.key).unwrap();
}

//! Coming back on a new machine with one thing in hand: a kit's code or words, a passphrase file, contacts' shares.

#![cfg(test)]

use carnet_cli::remote::Remote;
use carnet_cli::session::{call, log_in, now};
use carnet_core::account::held::HeldLogin;
use carnet_core::account::kit::{Kit, secret_of_words};
use carnet_core::account::shares::Share;
use carnet_core::account::slot::SlotPlace;
use carnet_core::account::{Keyring, Owner, VerifiedAccount, passphrase_file};
use carnet_core::receipt::Pinned;
use carnet_core::secret::{SigningSeed, SymmetricKey};
use carnet_core::server_address::{ServerAddress, ServerUrl};
use carnet_core::signer::DeviceKey;
use carnet_core::step::{
    HeldSession, KeyringStep, LineProgress, LineStep, LoginRecordStep, Places, SlotsStep, StepError, Submit,
};
use carnet_core::words::WordList;
use carnet_tests::person::Client;
use carnet_tests::server::TestServer;
use carnet_wire::id::{AccountId, SlotId};
use carnet_wire::message::{ResponseError, Token};
use carnet_wire::statement::SlotKind;

/// The server's own code in a refusal.
fn code<T: std::fmt::Debug>(result: Result<T, StepError>) -> String {
    match result.unwrap_err() {
        StepError::Response(ResponseError::Refused(refusal)) => refusal.code,
        other => panic!("{other}"),
    }
}

fn address(server: &TestServer) -> ServerAddress {
    let log = server.log();
    let url = ServerUrl::parse("https://carnet.example").unwrap();
    ServerAddress { url, origin: log.origin.clone(), key: log.key }
}

/// Has the server keep a slot, its login record and the keyring.
fn put(client: &mut Client, kind: SlotKind, secret: &SymmetricKey) -> SlotId {
    let (account, slot) = (client.account.id(), SlotId::from_bytes([3; 16]));
    let place = SlotPlace { account, slot, kind, root_version: 1 };
    let sealed = place.seal(client.owner.root(), secret).unwrap();
    let statement = client.owner.put_slot(&client.account, slot, kind, &sealed, now()).unwrap();
    let ask = Submit::slot(&account, &statement, &sealed, &client.pinned);
    let (then, response) = call(client.remote(), None, ask).unwrap();
    let log = client.log().clone();
    then.receive(&response, &log, &mut client.pinned).unwrap();
    client.account = client.account.clone().follow(statement.as_bytes(), None).unwrap();
    let ask = LoginRecordStep::put_held(&account, &HeldLogin::derive(secret));
    let (then, response) = client.call(ask).unwrap();
    then.receive(&response).unwrap();
    let keyring = client.keyring.seal(client.owner.root(), &account, 1).unwrap();
    let (then, response) = client.call(KeyringStep::put(&account, keyring)).unwrap();
    then.receive(&response).unwrap();
    slot
}

/// A machine that has nothing but a way to the server.
struct NewMachine {
    remote: Remote,
    server: ServerAddress,
    account: AccountId,
}

impl NewMachine {
    fn line(&self) -> VerifiedAccount {
        let mut ask = LineStep::start(&self.account);
        loop {
            let (then, response) = call(&self.remote, None, ask).unwrap();
            match then.receive(&response).unwrap() {
                LineProgress::More(next) => ask = next,
                LineProgress::Gathered(line) => break line.verify(&Places::new()).unwrap().state,
            }
        }
    }

    fn session(&self, login: &HeldLogin) -> Result<Token, StepError> {
        let ask = HeldSession::start(&self.server.origin, login);
        let (then, response) = call(&self.remote, None, ask).unwrap();
        let ask = then.receive(&response, login, now())?;
        let (then, response) = call(&self.remote, None, ask).unwrap();
        then.receive(&response)
    }

    /// From the slot secret to a device that logs in and has the keyring.
    fn recover(&self, kind: SlotKind, secret: &SymmetricKey) -> Keyring {
        let account = self.line();
        let token = self.session(&HeldLogin::derive(secret)).unwrap();
        let (then, response) = call(&self.remote, Some(&token), SlotsStep::start(&self.account)).unwrap();
        let slots = then.receive(&response, &account).unwrap();
        let slot = slots.iter().find(|slot| slot.place.kind == kind).unwrap();
        let owner = Owner::new(slot.place.open(&slot.sealed, secret).unwrap());
        // The slot's session reaches the slots and nothing else.
        let (then, response) = call(&self.remote, Some(&token), KeyringStep::get(&self.account)).unwrap();
        assert_eq!(code(then.receive(&response)), "absent");

        let device = DeviceKey::from_seed(&SigningSeed::make().unwrap());
        let certificate = owner.certify(&account, &device.verifying_key(), now()).unwrap();
        let ask = Submit::account(&self.account, &certificate, &Pinned::NONE);
        let (then, response) = call(&self.remote, None, ask).unwrap();
        then.receive(&response, &self.server.log(), &mut Pinned::NONE.clone()).unwrap();
        let account = account.follow(certificate.as_bytes(), None).unwrap();
        let token = log_in(&self.remote, &account, &device).unwrap();
        let (then, response) = call(&self.remote, Some(&token), KeyringStep::get(&self.account)).unwrap();
        let sealed = then.receive(&response).unwrap();
        Keyring::open(&sealed, owner.root(), &self.account, account.root_version()).unwrap()
    }
}

#[test]
fn printed_kit_alone_does_not_bring_an_account_back() {
    let server = TestServer::start();
    let mut client = Client::join(&server);
    let kit = Kit::make(address(&server), client.account.id(), None).unwrap();
    let slot = put(&mut client, SlotKind::Kit, kit.secret());
    let (printed, words) = (kit.code(), kit.words(WordList::French).text());
    let newest = client.keyring.newest().bundle();

    let kit = Kit::parse(&printed).unwrap();
    let machine = NewMachine { remote: server.remote(), server: kit.server.clone(), account: kit.account };
    assert_eq!(machine.recover(SlotKind::Kit, kit.secret()).newest().bundle(), newest);
    let typed = secret_of_words(&words.to_uppercase()).unwrap();
    assert_eq!(machine.recover(SlotKind::Kit, &typed).newest().bundle(), newest);

    // Another kit's secret, and the same one once its record is gone.
    let stranger = SymmetricKey::make().unwrap();
    assert_eq!(code(machine.session(&HeldLogin::derive(&stranger))), "unauthenticated");
    let ask = LoginRecordStep::remove(&kit.account, &kit.login().name);
    let (then, response) = client.call(ask).unwrap();
    then.receive(&response).unwrap();
    assert_eq!(code(machine.session(&kit.login())), "unauthenticated");
    assert!(client.account.slots().any(|(kept, _)| *kept == slot));
}

#[test]
fn copied_passphrase_file_alone_does_not_bring_an_account_back() {
    let server = TestServer::start();
    let mut client = Client::join(&server);
    let kit = Kit::make(address(&server), client.account.id(), None).unwrap();
    put(&mut client, SlotKind::Passphrase, kit.secret());
    let file = passphrase_file::seal(&kit, "correct horse").unwrap();
    let kit = passphrase_file::open(&file, "correct horse").unwrap();
    let machine = NewMachine { remote: server.remote(), server: kit.server.clone(), account: kit.account };
    let keyring = machine.recover(SlotKind::Passphrase, kit.secret());
    assert_eq!(keyring.newest().bundle(), client.keyring.newest().bundle());
}

#[test]
fn two_of_three_contacts_do_not_bring_an_account_back() {
    let server = TestServer::start();
    let mut client = Client::join(&server);
    let secret = SymmetricKey::make().unwrap();
    put(&mut client, SlotKind::Contacts, &secret);
    let shares = Share::split(&address(&server), &client.account.id(), &secret, 2, 3).unwrap();
    let handed: Vec<_> = shares.iter().map(|share| Share::parse(&share.code()).unwrap()).collect();
    let machine =
        NewMachine { remote: server.remote(), server: handed[2].server.clone(), account: handed[2].account };
    let secret = Share::combine(&handed[1..]).unwrap();
    let keyring = machine.recover(SlotKind::Contacts, &secret);
    assert_eq!(keyring.newest().bundle(), client.keyring.newest().bundle());
}

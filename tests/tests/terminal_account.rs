//! Accounts at a terminal: questions ask again, what is typed unseen stays unseen, seconds pass with a sign of life, and Ctrl-C leaves
//! nothing behind.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;
use carnet_tests::terminal::Window;
use carnet_tests::ward::{Agents, await_attested, enrol, join, server_with, text};

const PASSPHRASE: &str = "trois petits chats";

/// The words of a kit that was written as text.
fn words(machine: &Machine, name: &str) -> Vec<String> {
    let text = fs::read_to_string(machine.path(name)).unwrap();
    let words = text.trim().rsplit("\n\n").next().unwrap();
    words.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).map(str::to_owned).collect()
}

#[test]
fn account_is_made_by_somebody_who_mistypes_everything_once() {
    let server = TestServer::start();
    let anne = Machine::new(PASSPHRASE).in_language("fr");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("there.txt"), "somebody's").unwrap();
    let mut creating = Window::new().run(&anne, &["account", "create", "--server", server.address()]);
    creating.answer("Où écrire le kit", "there.txt");
    creating.answer("existe déjà", "nowhere/kit.txt");
    creating.see("nowhere");
    creating.type_line("kit.txt");
    creating.answer("Où écrire le fichier de secours", "");
    creating.answer("Comment vous appelez-vous", "Anne");
    creating.answer_unseen("Choisissez une phrase de passe", "court");
    creating.answer_unseen("trop courte", PASSPHRASE);
    creating.answer_unseen("encore une fois", "trois petits chiens");
    creating.see("ne sont pas les mêmes");
    creating.wait("echo is off", |session| !session.echoes());
    creating.type_line(PASSPHRASE);
    creating.wait("asked once more", |session| session.text().matches("encore une fois").count() >= 2);
    creating.wait("echo is off", |session| !session.echoes());
    creating.type_line(PASSPHRASE);
    creating.see("tapez trois de ses mots");
    let kit = words(&anne, "kit.part.txt");
    let first = creating.asked_word(0);
    creating.type_line(&kit[first - 1].to_uppercase());
    let second = creating.asked_word(1);
    creating.type_line("xylophonie");
    let third = creating.asked_word(2);
    creating.type_line(&kit[third - 1]);
    // Only the wrong one is asked for again.
    creating.see("encore une fois.");
    assert!(creating.text().contains(&format!("n°\u{a0}{second} n'est pas")), "{}", creating.text());
    creating.wait("the word is asked for again", |session| {
        let text = session.text();
        text.rsplit("encore une fois.").next().is_some_and(|rest| rest.contains("du kit"))
    });
    creating.type_line(&kit[second - 1]);
    let ended = creating.end().done();
    assert!(!ended.raw().contains(PASSPHRASE), "what is typed unseen is seen");
    assert_eq!(fs::read_to_string(anne.path("there.txt")).unwrap(), "somebody's");
    for name in ["kit.txt", "carnet-secours.age"] {
        assert!(anne.path(name).exists(), "{name}");
    }
    let status = anne.json(&["account", "status"]);
    assert_eq!(status["surviving"], 2, "{status}");
}

#[test]
fn account_that_is_not_made_to_its_end_leaves_no_paper_no_folder_and_no_agent() {
    let server = TestServer::start();
    let anne = Machine::new(PASSPHRASE).in_language("fr");
    let args = ["account", "create", "--server", server.address(), "--name", "Anne"];
    let args = [&args[..], &["--kit", "kit.txt", "--passphrase-file", "copy.age"]].concat();
    // At a passphrase, which is typed unseen.
    let mut creating = Window::new().run(&anne, &args);
    creating.see("Choisissez une phrase de passe");
    creating.wait("echo is off", |session| !session.echoes());
    creating.interrupt();
    let _ = creating.end().interrupted();
    // At a word, with the kit on the disk.
    let mut creating = Window::new().run(&anne, &args);
    creating.answer_unseen("Choisissez une phrase de passe", PASSPHRASE);
    creating.answer_unseen("encore une fois", PASSPHRASE);
    creating.see("tapez trois de ses mots");
    let _ = creating.asked_word(0);
    assert!(anne.path("kit.part.txt").exists());
    creating.interrupt();
    let _ = creating.end().interrupted();
    let left: Vec<_> = fs::read_dir(anne.path("")).unwrap().flatten().map(|file| file.file_name()).collect();
    assert!(
        left.iter().all(|name| ["home", "run", "passphrase"].iter().any(|known| name == known)),
        "{left:?}"
    );
    assert_eq!(fs::read_dir(anne.path("home")).map_or(0, Iterator::count), 0);
    assert_eq!(
        fs::read_dir(anne.path("run"))
            .unwrap()
            .flatten()
            .flat_map(|folder| fs::read_dir(folder.path()))
            .flatten()
            .count(),
        0,
        "no agent listens"
    );
    // The same command works afterwards.
    anne.json(&args);
    anne.run(&["lock"]);
}

#[test]
fn seconds_of_stretching_a_passphrase_show_a_sign_of_life_and_a_wrong_one_is_asked_for_again() {
    let server = TestServer::start();
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    anne.run(&["lock"]);
    let mut unlocking = Window::new().run(&anne, &["unlock"]);
    unlocking.answer_unseen("Phrase de passe", "trois petits chiens");
    unlocking.see("Ce n'est pas la bonne phrase de passe");
    unlocking.wait("echo is off", |session| !session.echoes());
    unlocking.type_line(PASSPHRASE);
    let ended = unlocking.end().done();
    assert!(!ended.raw().contains("petits"), "{}", ended.raw());
    anne.json(&["ls"]);
    anne.run(&["lock"]);
    // Three wrong ones are enough.
    let mut unlocking = Window::new().run(&anne, &["unlock"]);
    for count in 1..=3 {
        unlocking.wait("the passphrase is asked for", |session| {
            session.text().matches("Phrase de passe").count() == count
        });
        unlocking.wait("echo is off", |session| !session.echoes());
        unlocking.type_line("trois petits chiens");
    }
    let ended = unlocking.end().clean();
    assert_eq!(ended.exit, Some(1), "{}", ended.text);
    // Ctrl-C while it is typed.
    let mut unlocking = Window::new().run(&anne, &["unlock"]);
    unlocking.see("Phrase de passe");
    unlocking.wait("echo is off", |session| !session.echoes());
    unlocking.type_keys("trois");
    unlocking.interrupt();
    let _ = unlocking.end().interrupted();
    assert_eq!(anne.run(&["lock"]).exit, Some(0));
}

#[test]
fn way_back_by_words_file_and_drill_asks_again_for_what_was_mistyped() {
    let (server, key) = server_with(&Machine::new(PASSPHRASE));
    let anne = join(PASSPHRASE, server.address(), "Anne", &key, &[]);
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("a.txt"), "Glycemie 0,92 g/L").unwrap();
    anne.json(&["add", "a.txt"]);
    let kit = words(&anne, "kit.txt");

    // By words: one is misspelt beyond reading, and asked for again alone; the server's address is asked for too.
    let back = Machine::new("quatre petits chats").in_language("fr");
    let _back = Agents(vec![&back]);
    let mut recovering = Window::new().run(&back, &["recover", "--words"]);
    recovering.see("Les 24 mots du kit");
    let mut typed = kit.clone();
    typed[6] = "xylophonie".to_owned();
    for four in typed.chunks(4) {
        recovering.type_line(&four.join(" "));
    }
    recovering.see("n° 7");
    recovering.type_line(&kit[6]);
    recovering.answer("L'adresse du serveur", "carnet.example");
    recovering.answer("Ce n'est pas l'adresse", server.address());
    recovering.answer_unseen("Choisissez une phrase de passe", "quatre petits chats");
    recovering.answer_unseen("encore une fois", "quatre petits chats");
    let _ = recovering.end().done();
    assert_eq!(back.json(&["ls"])["documents"].as_array().unwrap().len(), 1);

    // By the file: its passphrase is mistyped once.
    let file = Machine::new(PASSPHRASE).in_language("fr");
    let _file = Agents(vec![&file]);
    fs::copy(anne.path("copy.age"), file.path("copy.age")).unwrap();
    let mut recovering = Window::new().run(&file, &["recover", "--passphrase-file", "copy.age"]);
    recovering.answer_unseen("Phrase de passe du fichier", "trois petits chiens");
    recovering.wait("it is asked for again", |session| {
        session.text().matches("Phrase de passe du fichier").count() == 2
    });
    recovering.wait("echo is off", |session| !session.echoes());
    recovering.type_line(PASSPHRASE);
    let _ = recovering.end().done();
    assert_eq!(file.json(&["ls"])["documents"].as_array().unwrap().len(), 1);

    // The drill, at a terminal.
    let mut drill =
        Window::new().run(&anne, &["account", "drill", "--kit", "kit.txt", "--passphrase-file", "copy.age"]);
    drill.answer_unseen("assphrase", PASSPHRASE);
    let ended = drill.end().done();
    assert!(ended.text.contains("a"), "{}", ended.text);
    // Stopped in the middle, no scratch folder stays: its secrets are in it.
    let scratch = || {
        fs::read_dir(std::env::temp_dir())
            .unwrap()
            .flatten()
            .filter(|file| file.path().join("records.redb").exists())
            .count()
    };
    let before = scratch();
    let mut drill = Window::new().run(&anne, &["account", "drill", "--passphrase-file", "copy.age"]);
    drill.see("assphrase");
    drill.wait("echo is off", |session| !session.echoes());
    drill.interrupt();
    let _ = drill.end().interrupted();
    assert_eq!(scratch(), before);
}

#[test]
fn new_device_is_paired_by_two_people_at_two_terminals() {
    let server = TestServer::start();
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne").in_language("fr");
    let new = Machine::new("quatre petits chats").in_language("fr");
    let _agents = Agents(vec![&anne, &new]);
    let mut pairing = Window::new().run(&new, &["account", "pair", "--server", server.address()]);
    pairing.answer_unseen("Choisissez une phrase de passe", "quatre petits chats");
    pairing.answer_unseen("encore une fois", "quatre petits chats");
    pairing.see("carnet account approve");
    let screen = pairing.text();
    let code = screen.split("approve ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let mut approving = Window::new().run(&anne, &["account", "approve", &code, "--wait"]);
    approving.answer("Est-ce bien la machine devant vous", "euh");
    approving.answer("Ce n'est ni oui, ni non", "oui");
    pairing.answer("Les deux écrans doivent montrer les mêmes signes", "je crois");
    pairing.answer("Ce n'est ni oui, ni non", "oui");
    let _ = pairing.end().done();
    let _ = approving.end().done();
    assert_eq!(new.json(&["account", "status"])["devices"], 2);
    // A pairing that nobody approves is stopped, and nobody lives there.
    let third = Machine::new(PASSPHRASE).in_language("fr");
    let mut pairing =
        Window::new().of_columns(20).run(&third, &["account", "pair", "--server", server.address()]);
    pairing.answer_unseen("Choisissez une", PASSPHRASE);
    pairing.answer_unseen("encore une fois", PASSPHRASE);
    pairing.see("carnet account");
    assert!(!pairing.text().contains('█'), "a QR code that is broken over lines:\n{}", pairing.text());
    pairing.interrupt();
    let _ = pairing.end().interrupted();
    assert!(!third.home().exists());
}

#[test]
fn sharing_revoking_attesting_and_activating_at_a_terminal_ask_and_end() {
    let authority = Machine::new(PASSPHRASE).in_language("fr");
    let (server, key) = server_with(&authority);
    let anne = join(PASSPHRASE, server.address(), "Anne", &key, &[]).in_language("fr");
    let martin =
        join(PASSPHRASE, server.address(), "Dr Martin", &key, &["--without-vault"]).in_language("fr");
    let bob = join(PASSPHRASE, server.address(), "Bob", &key, &[]).in_language("fr");
    let _agents = Agents(vec![&anne, &martin, &bob]);
    let code = enrol(&martin);
    let mut attesting = Window::new().run(&authority, &["authority", "attest", "ordre", &code]);
    attesting.answer("L'identité est-elle vérifiée", "bien sûr");
    attesting.answer("Ce n'est ni oui, ni non", "o");
    attesting.answer_unseen("Phrase de passe de l'autorité", "trois petits chiens");
    attesting.see("Ce n'est pas la bonne phrase de passe");
    attesting.wait("echo is off", |session| !session.echoes());
    attesting.type_line(PASSPHRASE);
    let _ = attesting.end().done();
    await_attested(&martin);

    fs::write(anne.path("a.txt"), "Glycemie 0,92 g/L").unwrap();
    anne.json(&["add", "a.txt", "--title", "Prise de sang"]);
    let _ = Window::new().run(&anne, &["share", "Prise de sang", "--with", "MARTIN"]).end().done();
    let mut sharing = Window::new().run(&anne, &["share", "--always", "--with", "MARTIN"]);
    sharing.answer("(oui/non)", "pourquoi pas");
    sharing.answer("Ce n'est ni oui, ni non", "oui");
    let _ = sharing.end().done();
    // Somebody whom nobody vouches for.
    let card = text(&bob.json(&["contact", "card"])["card"]);
    anne.json(&["--yes", "contact", "add", &card]);
    let mut sharing = Window::new().run(&anne, &["share", "Prise de sang", "--with", "Bob"]);
    sharing.answer("Personne ne répond de l'identité de Bob", "non");
    let ended = sharing.end().clean();
    assert_eq!(ended.exit, Some(1), "{}", ended.text);
    let mut sharing = Window::new().run(&anne, &["share", "Prise de sang", "--with", "Bob"]);
    sharing.see("Personne ne répond de l'identité de Bob");
    sharing.interrupt();
    let _ = sharing.end().interrupted();
    let revoked = Window::new().run(&anne, &["revoke", "--from", "MARTIN", "--reseal"]).end().done();
    assert!(revoked.text.contains("Prise de sang"), "{}", revoked.text);

    let opened = martin.json(&["authority", "open-vault", "--letter", "letter.pdf"]);
    let jean = join(PASSPHRASE, server.address(), "Jean", &key, &["--without-vault"]).in_language("fr");
    let _jean = Agents(vec![&jean]);
    let mut activating = Window::new().run(&jean, &["activate", &text(&opened["code"]), "--kit", "kit.txt"]);
    activating.answer("Second code", "rien");
    activating.wait("it is asked for again", |session| session.text().matches("Second code").count() == 2);
    activating.type_line(&text(&opened["second_factor"]));
    let _ = activating.end().done();
}

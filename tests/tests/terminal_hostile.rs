//! Texts that a terminal would obey, through the real server, before a pseudo-terminal: no command that shows them lets any of it
//! through. A title is made plain where it is sealed, by whoever keeps to the format; what a client of somebody's own has sealed reaches
//! the lists as it was written, and is harmless on the screen all the same.

#![cfg(test)]

use std::fs;

use carnet_core::manifest::HolderPart;
use carnet_tests::cli::Machine;
use carnet_tests::terminal::{Ended, Window};
use carnet_tests::ward::{Agents, doctor, join, server_with, text};

const PASSPHRASE: &str = "trois petits chats";

/// Clipboard, hidden letters, clearing, a link, direction, C1, invisible marks, false lines: everything that a title can try.
const HOSTILE: &str = "Bilan\r\nTout va bien.\u{1b}]52;c;aGFja2Vk\u{7}\u{1b}[8m\u{1b}[2J\u{1b}]8;;http://evil.example\u{1b}\\lien\
                       \u{202e}fdp.exe\u{2066}\u{9b}31m\u{9d}0;titre\u{9c}\u{200b}\u{2028}\u{feff}\u{8}\u{8}";

/// What the terminal was sent is text and what Carnet itself draws: no escape but colours and movements of the foot of the screen.
fn check(ended: &Ended, command: &str) {
    let sent = String::from_utf8_lossy(&ended.bytes);
    for obeyed in [
        "\u{1b}]",
        "\u{1b}[8m",
        "\u{1b}[2J",
        "\u{1b}\\",
        "\u{7}",
        "\u{8}",
        "\u{202e}",
        "\u{2066}",
        "\u{9b}",
        "\u{9d}",
        "\u{9c}",
        "\u{200b}",
        "\u{2028}",
        "\u{feff}",
    ] {
        assert!(!sent.contains(obeyed), "{command} sends {obeyed:?}: {sent:?}");
    }
    // A line that a title would like to be.
    let false_line = ended.text.lines().any(|line| line.starts_with("Tout va bien."));
    assert!(!false_line, "{command}: {}", ended.text);
}

fn see(machine: &Machine, args: &[&str]) -> Ended {
    let ended = Window::new().of_columns(200).run(machine, args).end();
    check(&ended, &args.join(" "));
    ended
}

/// Gives the one document of a vault a name that no careful client would seal.
fn hostile_name(anne: &Machine) {
    let mut client = anne.client();
    let mut held = client.sync().unwrap();
    let row = client.catalogue(&held.vault.id()).unwrap().remove(0);
    let opened = client.reopen(&held, &row.entry).unwrap();
    let holder = HolderPart { name: Some(HOSTILE.to_owned()), ..opened.holder().clone() };
    client.redescribe(&mut held, &opened, holder).unwrap();
    client.sync().unwrap();
}

#[test]
fn title_of_a_hostile_depositor_is_only_text_in_every_command_that_shows_it() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let anne = join(PASSPHRASE, server.address(), "Anne Durand", &key, &[]).in_language("fr");
    let martin = doctor(PASSPHRASE, server.address(), &authority, &key).in_language("fr");
    let _agents = Agents(vec![&anne, &martin]);
    let card = text(&anne.json(&["contact", "card"])["card"]);
    fs::write(martin.path("bilan.txt"), format!("Glycémie 0,92 g/L {HOSTILE}")).unwrap();

    let dry = ["deposit", "--for", card.as_str(), "bilan.txt", "--title", HOSTILE, "--dry-run"];
    assert_eq!(see(&martin, &dry).exit, Some(0));
    let deposit = ["deposit", "--for", card.as_str(), "bilan.txt", "--title", HOSTILE, "--type", "courrier"];
    let deposited = see(&martin, &deposit);
    assert_eq!(deposited.exit, Some(0), "{}", deposited.text);

    // Waiting, then accepted.
    for args in
        [&["accept"][..], &["ls"], &["status"], &["accept", "--all"], &["ls"], &["ls", "--sort", "titre"]]
    {
        let ended = see(&anne, args);
        assert_eq!(ended.exit, Some(0), "{args:?}: {}", ended.text);
    }
    for args in [
        &["search", "glycemie"][..],
        &["show", "bilan"],
        &["history", "bilan"],
        &["who", "bilan"],
        &["share", "bilan", "--with", "martin", "--dry-run"],
        &["--yes", "share", "bilan", "--with", "martin"],
        &["who", "--seen-by", "martin"],
        &["get", "bilan"],
        &["export", "tout"],
        &["rm", "bilan", "--dry-run"],
        &["edit", "bilan", "--title", HOSTILE],
        &["--json", "ls"],
        &["--json", "history", "bilan"],
        &["contact", "name", "martin", HOSTILE],
        &["contact", "list"],
    ] {
        let ended = see(&anne, args);
        assert_eq!(ended.exit, Some(0), "{args:?}: {}", ended.text);
    }
    // A client that does not keep to the format: the holder's own name for the document, in the list of everybody who may read it.
    hostile_name(&anne);
    let known = anne.json(&["ls"]);
    assert!(text(&known["documents"][0]["title"]).contains('\u{202e}'), "programs read all of it: {known}");
    for args in [
        &["ls"][..],
        &["search", "glycemie"],
        &["show", "lien"],
        &["history", "lien"],
        &["who", "lien"],
        &["who", "--seen-by", "lien"],
        &["get", "lien"],
        &["export", "tout-encore"],
        &["rm", "lien", "--dry-run"],
        &["share", "lien", "--with", "lien", "--dry-run"],
        &["--json", "ls"],
        &["--json", "who", "lien"],
    ] {
        let ended = see(&anne, args);
        assert_eq!(ended.exit, Some(0), "{args:?}: {}", ended.text);
    }
    // Failures and questions name what strangers wrote, too.
    assert_eq!(see(&anne, &["show", &format!("introuvable {HOSTILE}")]).exit, Some(2));
    let mut removing = Window::new().run(&anne, &["rm", "lien"]);
    removing.answer("(oui/non)", "non");
    check(&removing.end(), "rm");

    for args in
        [&["patients"][..], &["open", "Anne Durand"], &["open", "Anne Durand", "lien", "-o", "ouvert"]]
    {
        let ended = see(&martin, args);
        assert_eq!(ended.exit, Some(0), "{args:?}: {}", ended.text);
    }
    let journal = see(&anne, &["journal", "--pdf", "journal.pdf"]);
    assert!(journal.text.contains("a ouvert"), "{}", journal.text);
    let revoking = see(&anne, &["revoke", "--from", "lien", "--reseal"]);
    assert_eq!(revoking.exit, Some(0), "{}", revoking.text);
    let names: Vec<String> = fs::read_dir(anne.path(""))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.iter().all(|name| !name.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{200b}'])),
        "{names:?}"
    );
}

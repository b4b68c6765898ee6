//! What a shell offers behind TAB: documents and people, by the real scripts in the real shells.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use carnet_tests::cli::{Machine, Ran, binary};
use carnet_tests::need;
use carnet_tests::server::TestServer;
use carnet_tests::terminal::{Session, Window};
use carnet_tests::ward::text;

const PASSPHRASE: &str = "trois petits chats";
/// What a shell would do, if it took the text for its own.
const HOSTILE: &str = r#"$(touch pwned) `touch pwned` "; touch pwned; ' * ~ \ é"#;

/// Anne's machine, with two documents and one contact, and `carnet` where a shell finds it; the short names
/// of the documents, newest first.
fn stage() -> (TestServer, Machine, [String; 2]) {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let helene = Machine::with_account(PASSPHRASE, &server, "Helene");
    let added =
        [("Prise de sang", "16/01/2026"), ("Échographie de l'épaule", "12/03/2025")].map(|(title, day)| {
            fs::write(anne.path("file.txt"), title).unwrap();
            let added =
                anne.json(&["add", "file.txt", "--title", title, "--type", "biologie", "--date", day]);
            text(&added["added"][0]["document"])
        });
    know(&anne, &helene, "Dr Hélène Martin");
    fs::create_dir(anne.path("bin")).unwrap();
    symlink(binary(), anne.path("bin/carnet")).unwrap();
    (server, anne, added)
}

fn know(machine: &Machine, other: &Machine, name: &str) {
    let card = text(&other.json(&["contact", "card"])["card"]);
    machine.json(&["--yes", "contact", "add", &card, "--name", name]);
}

/// A shell on this machine, with nothing of its own.
fn shell(machine: &Machine, program: &str, args: &[&str]) -> Command {
    let path = format!("{}:{}", machine.path("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(machine.path(""))
        .env_clear()
        .envs(machine.variables())
        .env("PATH", path)
        .env("HOME", machine.path(""))
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null());
    command
}

/// What bash is given for a line, whose words are as bash breaks them, and then what is done with it.
fn bash(machine: &Machine, words: &[&str], then: &str) -> Ran {
    let script = r#"
        eval "$(carnet completions bash)" || exit 9
        [[ "$(complete -p carnet)" =~ -F\ ([a-z_]+) ]] || exit 8
        COMP_WORDS=(carnet "$@") COMP_CWORD=$# COMP_TYPE=${TYPE-9}
        "${BASH_REMATCH[1]}" carnet "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
        "#;
    let mut args = vec!["--norc", "--noprofile", "-c"];
    let script = format!("{script}\n{then}");
    args.push(&script);
    args.push("bash");
    Ran::of(shell(machine, "bash", &[&args[..], words].concat()).output().unwrap())
}

/// What bash would offer for a line.
fn offered(machine: &Machine, words: &[&str]) -> Vec<String> {
    let ran = bash(machine, words, r#"[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}""#);
    assert_eq!((ran.exit, ran.err.as_str()), (Some(0), ""), "{words:?}: {ran:?}");
    ran.out.lines().map(str::to_owned).collect()
}

/// What the hidden command says, and how long it takes for it: nothing is said beside.
fn complete(machine: &Machine, words: &[&str]) -> (String, Duration) {
    let begin = Instant::now();
    let mut command = Command::new(binary());
    let command = command.args(["complete", "zsh", "--"]).args(words).env_clear();
    let ran = Ran::of(command.envs(machine.variables()).stdin(Stdio::null()).output().unwrap());
    assert_eq!((ran.exit, ran.err.as_str()), (Some(0), ""), "{words:?}");
    (ran.out, begin.elapsed())
}

#[test]
fn bash_offers_documents_by_short_name_and_title_and_people_by_name() {
    let (_server, anne, [newer, older]) = stage();
    let told = [
        format!("{newer}  Prise de sang, 16/01/2026"),
        format!("{older}  Échographie de l’épaule, 12/03/2025"),
    ];
    let anne = anne.in_language("fr");
    for words in [&["get", ""][..], &["share", ""], &["rm", ""], &["-q", "get", "-o", "x", ""], &["who", ""]]
    {
        assert_eq!(offered(&anne, words), told, "{words:?}");
    }
    let begun = offered(&anne, &["get", &newer[..5]]);
    assert_eq!(begun, [newer.as_str()]);
    assert_eq!(offered(&anne, &["show", "echographie"]), [older.as_str()]);
    assert_eq!(offered(&anne, &["rm", &newer, ""]), [older.as_str()]);
    for words in [
        &["share", "x", "--with", ""][..],
        &["share", "x", "--with", "="],
        &["share", "--with", "=", "Dr"],
        &["revoke", "--from", "dr"],
        &["contact", "name", "martin"],
        &["who", "--seen-by", "helene"],
        &["pro", "show", r"Dr\ H"],
    ] {
        assert_eq!(offered(&anne, words), [r"Dr\ Hélène\ Martin"], "{words:?}");
    }
    assert_eq!(offered(&anne, &["share", "--with", "\"Dr"]), ["Dr Hélène Martin"]);
    // What the library's script offers stays.
    assert!(offered(&anne, &["get", "--out"]).contains(&"--output".to_owned()));
    assert!(offered(&anne, &["sha"]).contains(&"share".to_owned()));
    assert!(offered(&anne, &["get", "--nowhere", newer.as_str(), ""]).iter().all(|one| !one.contains("  ")));
    let all = offered(&anne, &[""]);
    assert!(all.contains(&"completions".to_owned()), "{all:?}");
    assert!(!all.iter().any(|one| one == "complete" || one == "agent"), "{all:?}");
}

#[test]
fn hostile_title_or_name_is_one_word_to_bash_or_is_not_inserted() {
    let (server, anne, _) = stage();
    let eve = Machine::with_account(PASSPHRASE, &server, "Eve");
    know(&anne, &eve, HOSTILE);
    fs::write(anne.path("file.txt"), HOSTILE).unwrap();
    anne.json(&["add", "file.txt", "--title", HOSTILE, "--type", "biologie"]);
    // Each line that is offered is taken for words, as if it was all inserted.
    let taken = r#"for one in "${COMPREPLY[@]}"; do eval "set -- $one"; printf '%s\n' "$@"; echo; done"#;
    let people = bash(&anne, &["share", "x", "--with", ""], taken);
    let names: Vec<&str> = people.out.split("\n\n").filter(|one| !one.is_empty()).collect();
    assert_eq!(names, [HOSTILE, "Dr Hélène Martin"], "{people:?}");
    assert_eq!(people.err, "");
    let documents = bash(&anne, &["get", ""], taken);
    assert_eq!((documents.err.as_str(), documents.out.matches("\n\n").count()), ("", 3), "{documents:?}");
    assert!(!anne.path("pwned").exists());
    // Inside a quote that is open there, the same holds; it is left out where the quote cannot hold it.
    let taken = r#"for one in "${COMPREPLY[@]}"; do eval "set -- \"$one\""; printf '%s\n' "$@"; done"#;
    let people = bash(&anne, &["share", "x", "--with", "\"$("], taken);
    assert_eq!((people.out, people.err.as_str()), (format!("{HOSTILE}\n"), ""));
    assert_eq!(offered(&anne, &["share", "x", "--with", "'$("]), [""; 0]);
    assert!(!anne.path("pwned").exists());
    // The name that bash inserts means that person to carnet.
    let named = anne.json(&["who", "--seen-by", HOSTILE]);
    assert_eq!(text(&named["person"]), HOSTILE);
}

#[test]
fn tab_says_nothing_and_waits_for_nothing_where_the_account_is_closed_absent_or_at_work() {
    let (mut server, anne, _) = stage();
    let get = ["get", ""];
    assert_eq!(complete(&anne, &get).0.lines().count(), 2);
    // The server is not asked.
    server.stop();
    assert_eq!(complete(&anne, &get).0.lines().count(), 2);
    assert_eq!(complete(&anne, &["--as", "../me", "get", ""]).0, "");
    assert_eq!(complete(&anne, &["--as", "nobody", "get", ""]).0, "");
    let records = fs::read(anne.home().join("records.redb")).unwrap();
    assert_eq!(complete(&anne, &get).0.lines().count(), 2);
    assert!(records == fs::read(anne.home().join("records.redb")).unwrap(), "a TAB has written");
    {
        let _at_work = anne.client();
        let (said, took) = complete(&anne, &get);
        assert_eq!(said, "");
        assert!(took < SOON, "{took:?}");
    }
    assert_eq!(anne.run(&["lock"]).exit, Some(0));
    assert_eq!(complete(&anne, &get).0, "");
    let socket = socket(&anne);
    assert!(!socket.exists(), "a TAB has opened the account");
    // An agent that takes the question and never answers.
    let _silent = UnixListener::bind(socket).unwrap();
    let (said, took) = complete(&anne, &get);
    assert_eq!(said, "");
    assert!(took < SOON, "{took:?}");
    let stranger = Machine::new(PASSPHRASE);
    assert_eq!(complete(&stranger, &get).0, "");
    assert!(!stranger.path("home").exists());
}

/// Where the agent of this machine listens.
fn socket(machine: &Machine) -> PathBuf {
    let path = std::path::absolute(machine.home()).unwrap();
    let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    machine.path("run/carnet").join(format!("{}.sock", &name[..16]))
}

#[test]
fn patient_offers_the_documents_that_were_listed_and_what_waits_is_offered_where_it_is_accepted() {
    let (server, anne, [newer, _]) = stage();
    let bob = Machine::with_account(PASSPHRASE, &server, "Bob");
    know(&anne, &bob, "Bob");
    know(&bob, &anne, "Anne");
    anne.json(&["--yes", "share", &newer, "--with", "Bob"]);
    assert_eq!(complete(&bob, &["open", "anne", ""]).0, "");
    bob.json(&["open", "anne"]);
    let given = complete(&bob, &["open", "anne", ""]).0;
    assert!(given.lines().count() == 1 && given.starts_with(&newer), "{given}");
    // Of her own, none waits; the profile has its own.
    assert_eq!(complete(&anne, &["accept", ""]).0, "");
    anne.json(&["profile", "add", "allergy", "pénicilline"]);
    let item = complete(&anne, &["profile", "rm", "penicilline"]).0;
    assert!(item.contains("énicilline"), "{item}");
    assert_eq!(complete(&anne, &["get", ""]).0.lines().count(), 2);
}

/// A real bash at a terminal, with what `carnet completions` prints.
fn bash_at_work(machine: &Machine) -> Session {
    let path = format!("{}:/usr/bin:/bin", machine.path("bin").display());
    let window = Window::new().of_columns(120).with("PATH", &path).with("PS1", "prompt> ");
    let bash = need::program("bash").unwrap();
    let mut session = window.run_program(&bash, machine, &["--norc", "--noprofile", "-i"]);
    session.see("prompt>");
    session.type_line("eval \"$(carnet completions bash)\"; echo re\"\"ady");
    session.see("ready");
    session
}

#[test]
fn tab_key_of_a_real_bash_lists_documents_and_completes_a_name() {
    let (_server, anne, [newer, older]) = stage();
    // What both short names begin with, bash inserts at the first TAB, and lists at the third.
    let both = newer.chars().zip(older.chars()).take_while(|(one, other)| one == other).count();
    let mut session = bash_at_work(&anne);
    session.type_keys("carnet get \t\t\t");
    session.see(&format!("{newer}  Prise de sang, "));
    session.type_keys(&format!("{}\t", &newer[both..7]));
    session.see(&format!("carnet get {newer}"));
    session.type_keys("\x15carnet share x --with marti\t");
    session.see(r"--with Dr\ Hélène\ Martin");
    session.type_line("\x15exit");
    assert_eq!(session.end().exit, Some(0));
}

#[test]
fn name_of_a_file_is_one_word_behind_tab_and_nothing_in_it_is_run() {
    let (_server, anne, _) = stage();
    let script = anne.run(&["completions", "bash"]).out;
    let bare = script.lines().find(|line| line.contains("$(compgen -f") || line.contains("$(compgen -d"));
    assert_eq!(bare, None, "each place of a file's name quotes it");
    assert!(script.matches("_carnet_files").count() > 20, "{script}");
    let hostile = "bilan;touch${IFS}PWNED;.pdf";
    fs::write(anne.path(hostile), "x").unwrap();
    fs::write(anne.path("deux mots.pdf"), "x").unwrap();
    let mut session = bash_at_work(&anne);
    session.type_keys("carnet get zzz --output deux\t");
    session.see(r"--output deux\ mots.pdf");
    session.type_keys("\x15carnet get zzz --output bilan\t");
    session.see(r"bilan\;touch\$\{IFS\}PWNED\;.pdf");
    session.type_line("; echo en\"\"ded");
    session.see("ended");
    session.type_line("exit");
    assert_eq!(session.end().exit, Some(0));
    assert!(!anne.path("PWNED").exists());
}

/// What they take is the same, and what they insert they quote themselves.
#[test]
fn fish_and_zsh_load_their_script_and_offer_the_same() {
    let (_server, anne, [newer, _]) = stage();
    if need::program("fish").is_some() {
        let script = "carnet completions fish | source; \
                      complete -C 'carnet get '; complete -C 'carnet share --with Dr'";
        let ran = Ran::of(shell(&anne, "fish", &["--no-config", "-c", script]).output().unwrap());
        assert!(ran.out.contains(&format!("{newer}\tPrise de sang, ")), "{ran:?}");
        assert!(ran.out.contains("Dr Hélène Martin"), "{ran:?}");
    }
    if let Some(zsh) = need::program("zsh") {
        let path = format!("{}:/usr/bin:/bin", anne.path("bin").display());
        let window = Window::new().with("PATH", &path).with("PS1", "prompt> ");
        let mut session = window.run_program(&zsh, &anne, &["-f", "-i"]);
        session.see("prompt>");
        session.type_line(
            "autoload -U compinit; compinit -u -D; eval \"$(carnet completions zsh)\"; echo re\"\"ady",
        );
        session.see("ready");
        session.type_keys("carnet share x --with Dr\t");
        session.see(r"--with Dr\ Hélène\ Martin");
        session.type_keys("\x15carnet get sang\t");
        session.see(&format!("carnet get {newer}"));
        session.type_line("\x15exit");
        assert_eq!(session.end().exit, Some(0));
    }
}

/// A TAB that takes longer is felt; a test machine at work is given three times the second that it waits at
/// most.
const SOON: Duration = Duration::from_secs(3);

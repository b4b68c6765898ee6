//! The network as it is: what stands in the server's place has words and its number, what is known here is shown where that is enough, a
//! silence is told of, and a wrong clock is named.

#![cfg(test)]

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use carnet_tests::cli::{Machine, Ran, binary};
use carnet_tests::need;
use carnet_tests::proxy::{Does, Proxy};
use carnet_tests::server::TestServer;
use carnet_tests::terminal::Window;
use carnet_tests::ward::Agents;

const PASSPHRASE: &str = "trois petits chats";

/// Anne behind a proxy, with one document.
fn anne(server: &TestServer) -> (Machine, Proxy) {
    let proxy = Proxy::before(server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne").in_language("fr");
    fs::write(anne.path("a.txt"), "Glycemie 0,92 g/L").unwrap();
    anne.json(&["add", "a.txt", "--title", "Prise de sang"]);
    fs::write(anne.path("b.txt"), "Ferritine 12").unwrap();
    (anne, proxy)
}

/// What was failed is said in two lines, without a code.
fn two_lines(ran: &Ran) {
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!((ran.exit, lines.len()), (Some(1), 2), "{ran:?}");
    assert!(!ran.err.contains("remote-") && !ran.err.contains("SPEC") && !ran.err.contains('{'), "{ran:?}");
}

/// A list shows what is known here, and says why it is no more.
fn falls_back(anne: &Machine, says: &str) {
    for args in [
        &["ls"][..],
        &["show", "Prise"],
        &["search", "glycemie"],
        &["history", "Prise"],
        &["account", "status"],
        &["account", "devices"],
        &["accept"],
        &["profile", "list"],
        &["get", "Prise", "-o", "-"],
    ] {
        let ran = anne.run(args);
        assert_eq!(ran.exit, Some(0), "{args:?}: {ran:?}");
        assert!(
            ran.err.contains(says) && ran.err.contains("Voici ce qui est connu ici"),
            "{args:?}: {ran:?}"
        );
    }
    let ran = anne.run(&["ls"]);
    assert!(ran.out.contains("Prise de sang"), "{ran:?}");
    assert_eq!(anne.json(&["ls"])["fresh"], false);
    assert!(anne.run(&["--quiet", "ls"]).err.is_empty());
}

#[test]
fn every_status_of_what_stands_in_between_is_said_with_its_number_and_lists_show_what_is_known() {
    let server = TestServer::start();
    let (anne, proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    for status in [
        300, 302, 307, 400, 401, 403, 404, 405, 407, 408, 413, 418, 421, 425, 426, 429, 431, 451, 500, 501,
        502, 503, 504, 505, 511, 530,
    ] {
        proxy.does(Does::Status(status));
        let before = proxy.requests().len();
        let ran = anne.run(&["add", "b.txt"]);
        two_lines(&ran);
        assert!(ran.err.contains(&status.to_string()), "{status}: {ran:?}");
        let tried = proxy.requests().len() - before;
        let most = if [425, 502, 503, 504].contains(&status) { 4 } else { 1 };
        assert_eq!(tried, most, "{status}");
        let listed = anne.run(&["ls"]);
        assert_eq!(listed.exit, Some(0), "{status}: {listed:?}");
        assert!(
            listed.out.contains("Prise de sang") && listed.err.contains(&status.to_string()),
            "{status}: {listed:?}"
        );
    }
    proxy.does(Does::Status(502));
    falls_back(&anne, "502");
    // The server's own refusals are no absence: they are said, and nothing is shown instead.
    proxy.does(Does::Passes);
    anne.json(&["add", "b.txt"]);
}

#[test]
fn page_garbage_cut_and_missing_answers_have_words_and_lists_show_what_is_known() {
    let mut server = TestServer::start();
    let (anne, proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    proxy.does(Does::Status(200));
    two_lines(&anne.run(&["add", "b.txt"]));
    falls_back(&anne, "une page web a répondu (réponse 200)");
    for (does, says) in [
        (Does::Says(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec()), "n'est pas un serveur Carnet"),
        (Does::Says(b"\x15\x03\x01\x00\x02\x02\x46".to_vec()), "n'est pas un serveur Carnet"),
        (
            Does::Says(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\ncontent-length: 5\r\n\r\nhello"
                    .to_vec(),
            ),
            "coupée ou abîmée",
        ),
        (Does::Closes, "La connexion s'est rompue"),
        (Does::Cuts(10), "La connexion s'est rompue"),
        (Does::Cuts(300), "La connexion s'est rompue"),
    ] {
        proxy.does(does.clone());
        let ran = anne.run(&["add", "b.txt"]);
        two_lines(&ran);
        assert!(ran.err.contains(says), "{does:?}: {ran:?}");
        let listed = anne.run(&["ls"]);
        assert_eq!(listed.exit, Some(0), "{does:?}: {listed:?}");
        assert!(listed.out.contains("Prise de sang") && listed.err.contains(says), "{does:?}: {listed:?}");
    }
    proxy.does(Does::Passes);
    let direct = Machine::at(PASSPHRASE, server.address(), "Bob").in_language("fr");
    let _bob = Agents(vec![&direct]);
    fs::write(direct.path("a.txt"), "Glycemie").unwrap();
    direct.json(&["add", "a.txt", "--title", "Prise de sang"]);
    server.stop();
    two_lines(&direct.run(&["add", "a.txt"]));
    falls_back(&direct, "Le serveur ne répond pas");
    let new = Machine::new(PASSPHRASE).in_language("fr");
    let ran = new.run_with(
        &["recover", "--words", "--server", "https://no-such-name.invalid"],
        &"abandon ".repeat(24),
    );
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    let ran = new.run(&[
        "account",
        "create",
        "--server",
        "https://no-such-name.invalid",
        "--kit",
        "k.pdf",
        "--passphrase-file",
        "c.age",
        "--name",
        "x",
    ]);
    two_lines(&ran);
    assert!(ran.err.contains("Aucune machine de ce nom"), "{ran:?}");
}

#[test]
fn silent_server_is_named_after_two_seconds_and_ctrl_c_ends_the_wait() {
    let server = TestServer::start();
    let (anne, proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    proxy.does(Does::Hangs);
    let host = proxy.address().trim_start_matches("http://").to_owned();
    let mut listing = Window::new().run(&anne, &["ls"]);
    listing.see(&format!("J'attends la réponse de {host}"));
    listing.interrupt();
    let ended = listing.end().interrupted();
    assert!(!ended.text.contains("J'attends"), "{}", ended.text);
    // Before anybody is to blame there is a sign of life.
    assert!(ended.lines.iter().any(|line| line.contains("Carnet travaille")), "{:?}", ended.lines);
    // On a narrow screen too, and where nothing may be drawn.
    let mut listing = Window::new().of_columns(20).run(&anne, &["ls"]);
    listing.see("J'attends");
    listing.interrupt();
    let _ = listing.end().interrupted();
    let mut listing = Window::new().with("TERM", "dumb").run(&anne, &["ls"]);
    listing.see(&format!("J'attends la réponse de {host}"));
    listing.interrupt();
    let ended = listing.end().interrupted();
    assert!(!ended.has_escapes(), "{}", ended.raw());
}

/// It takes the half minute that it is about.
#[test]
fn silent_server_is_given_up_after_half_a_minute_and_a_pipe_hears_once_what_is_waited_for() {
    let server = TestServer::start();
    let (anne, proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    proxy.does(Does::Hangs);
    let begin = Instant::now();
    let ran = anne.run(&["ls"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert_eq!(ran.err.matches("J'attends la réponse").count(), 1, "{ran:?}");
    assert!(ran.err.contains("(30 secondes au plus") && ran.err.contains("pendant 30 secondes"), "{ran:?}");
    assert!(ran.out.contains("Prise de sang"), "{ran:?}");
    assert!(begin.elapsed() < Duration::from_secs(55), "more than one patience");
}

#[test]
fn what_is_too_long_for_a_proxy_goes_in_pieces_or_is_refused_with_words_and_never_sent_for_ever() {
    let server = TestServer::start();
    let (anne, proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    let long: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).take(3_000_000).collect();
    fs::write(anne.path("scan.bin"), &long).unwrap();
    proxy.does(Does::Most(100_000));
    anne.json(&["add", "scan.bin", "--type", "imagerie"]);
    anne.json(&["get", "scan", "-o", "back.bin"]);
    assert!(fs::read(anne.path("back.bin")).unwrap() == long);
    // Nothing lets through so little: it is said, with the length, and the tries are few.
    fs::write(anne.path("other.bin"), &long[1..]).unwrap();
    proxy.does(Does::Most(20_000));
    let before = (proxy.requests().len(), proxy.sent());
    let ran = anne.run(&["add", "other.bin", "--type", "imagerie"]);
    two_lines(&ran);
    assert!(ran.err.contains("413") && ran.err.contains("Mo"), "{ran:?}");
    assert!(proxy.requests().len() - before.0 < 20, "{:?}", proxy.requests());
    assert!(proxy.sent() - before.1 < 1_000_000, "sent for nothing");
    // A deposit whose statement and short documents are too long together.
    proxy.does(Does::Most(40_000));
    fs::write(anne.path("letter.txt"), &long[2..60_000]).unwrap();
    let before = proxy.requests().len();
    let ran = anne.run(&["add", "letter.txt", "--type", "courrier"]);
    two_lines(&ran);
    assert!(ran.err.contains("413") && proxy.requests().len() - before < 8, "{ran:?}");
    proxy.does(Does::Passes);
    anne.json(&["add", "letter.txt", "other.bin", "--type", "courrier"]);
}

#[test]
fn document_that_is_longer_than_the_server_takes_is_refused_with_the_limit_before_it_is_sent() {
    let server = TestServer::start_with(&[("LIMITS__PAYLOAD_BYTES", "2000000")]);
    let (anne, proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("scan.bin"), vec![7; 5_000_000]).unwrap();
    let before = proxy.requests().len();
    for _ in 0..2 {
        let ran = anne.run(&["add", "scan.bin", "--type", "imagerie"]);
        two_lines(&ran);
        assert!(ran.err.contains("2\u{a0}Mo au plus"), "{ran:?}");
    }
    assert!(proxy.requests().len() - before < 30, "{:?}", proxy.requests());
}

/// A command on a machine whose clock is wrong by this much.
fn at(machine: &Machine, shift: &str, args: &[&str]) -> Ran {
    let mut command = Command::new("faketime");
    command.args(["-f", shift, "sh", "-c", r#"exec "$0" "$@" 3<"$PASSPHRASE""#]).arg(binary());
    command.args(["--passphrase-fd", "3"]).args(args).current_dir(machine.path("")).env_clear();
    Ran::of(command.envs(machine.variables()).stdin(Stdio::null()).output().unwrap())
}

#[test]
fn clock_that_is_wrong_is_named_with_how_much_it_is_wrong() {
    if need::program("faketime").is_none() {
        return;
    }
    let server = TestServer::start();
    let (anne, _proxy) = anne(&server);
    let _agents = Agents(vec![&anne]);
    for (shift, says) in
        [("+15m", "avance de 15 minutes"), ("+26h", "avance de 26 heures"), ("+400d", "avance de 400 jours")]
    {
        let ran = at(&anne, shift, &["add", "b.txt"]);
        two_lines(&ran);
        assert!(ran.err.replace('\u{a0}', " ").contains(says), "{shift}: {ran:?}");
        let new = Machine::new(PASSPHRASE).in_language("fr");
        fs::copy(anne.path("kit.pdf"), new.path("kit.pdf")).unwrap();
        let ran = at(&new, shift, &["recover", "--kit", "kit.pdf"]);
        two_lines(&ran);
        assert!(ran.err.replace('\u{a0}', " ").contains(says), "{shift}: {ran:?}");
        assert!(!new.home().exists());
    }
    // A few minutes are nobody's fault.
    let ran = at(&anne, "+3m", &["add", "b.txt"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    // Behind, by years: either it works, or the clock is named.
    fs::write(anne.path("c.txt"), "c").unwrap();
    let ran = at(&anne, "-20000d", &["add", "c.txt"]);
    assert!(ran.exit == Some(0) || ran.err.contains("retarde de 20000"), "{ran:?}");
}

#[test]
fn certificate_that_is_not_valid_by_a_wrong_clock_says_so_and_a_broken_handshake_is_an_absence() {
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let pair = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&pair).unwrap();
    let (pem, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&pem, certificate.pem()).unwrap();
    fs::write(&key, pair.serialize_pem()).unwrap();
    let server = TestServer::start_with(&[
        ("TLS__CERTIFICATE", pem.to_str().unwrap()),
        ("TLS__KEY", key.to_str().unwrap()),
    ]);
    let address = server.address().replace("http://127.0.0.1", "https://localhost");
    let anne = Machine::new(PASSPHRASE).in_language("fr");
    let _agents = Agents(vec![&anne]);
    let ways = [
        "--kit",
        "kit.txt",
        "--passphrase-file",
        "copy.age",
        "--name",
        "Anne",
        "--certificates",
        pem.to_str().unwrap(),
    ];
    anne.json(&[&["account", "create", "--server", &address][..], &ways].concat());
    anne.run(&["unlock"]);
    fs::write(anne.path("a.txt"), "Glycemie").unwrap();
    anne.json(&["add", "a.txt", "--title", "Prise de sang"]);
    if need::program("faketime").is_some() {
        for (shift, says) in [("-900d", "pas encore valable"), ("+2000d", "n'est plus valable")] {
            let ran = at(&anne, shift, &["add", "a.txt"]);
            two_lines(&ran);
            assert!(ran.err.contains(says) && ran.err.contains("horloge"), "{shift}: {ran:?}");
            let listed = at(&anne, shift, &["ls"]);
            assert!(listed.exit == Some(0) && listed.out.contains("Prise de sang"), "{shift}: {listed:?}");
        }
    }
    // Another certificate than the one that is believed: a gate that stands in between, or worse.
    let port: u16 = address.rsplit(':').next().unwrap().parse().unwrap();
    drop(server);
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            // The beginning of a handshake, and nothing more.
            let _ = client.write_all(b"\x16\x03\x03");
        }
    });
    let ran = anne.run(&["add", "a.txt"]);
    two_lines(&ran);
    let listed = anne.run(&["ls"]);
    assert!(listed.exit == Some(0) && listed.out.contains("Prise de sang"), "{listed:?}");
    assert!(listed.err.contains("rompue"), "{listed:?}");
}

#[test]
fn server_that_has_moved_is_found_where_the_person_says_and_must_be_the_one_of_the_paper() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::new(PASSPHRASE);
    anne.json(&[
        "account",
        "create",
        "--server",
        proxy.address(),
        "--name",
        "Anne",
        "--kit",
        "kit.txt",
        "--passphrase-file",
        "copy.age",
        "--contacts",
        "2/3",
        "--shares",
        "shares",
    ]);
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("a.txt"), "Glycemie").unwrap();
    anne.json(&["add", "a.txt"]);
    // Nobody is at the old address any more.
    proxy.does(Does::Closes);
    let share =
        |number: usize| anne.path(&format!("shares/carnet-share-{number}-of-3.txt")).display().to_string();
    let (kit, copy) =
        (anne.path("kit.txt").display().to_string(), anne.path("copy.age").display().to_string());
    let (one, two) = (share(1), share(2));
    let ways: [&[&str]; 3] =
        [&["--kit", &kit], &["--passphrase-file", &copy], &["--share", &one, "--share", &two]];
    let other = TestServer::start();
    for way in ways {
        let new = Machine::new(PASSPHRASE).in_language("fr");
        let _new = Agents(vec![&new]);
        assert_eq!(new.refused(&[&["recover"][..], way].concat()), "remote-broken", "{way:?}");
        let elsewhere = [&["recover", "--server", other.address()][..], way].concat();
        assert_eq!(new.refused(&elsewhere), "log-other", "{way:?}: another server shows another log");
        let there = [&["recover", "--server", server.address()][..], way].concat();
        let ran = new.run(&there);
        assert_eq!(ran.exit, Some(0), "{way:?}: {ran:?}");
        assert!(ran.err.contains("ancienne adresse"), "{way:?}: {ran:?}");
        assert_eq!(new.json(&["ls"])["documents"].as_array().unwrap().len(), 1);
        assert_eq!(new.json(&["account", "status"])["server"].as_str().unwrap(), server.address());
    }
    let words = fs::read_to_string(&kit).unwrap();
    let new = Machine::new(PASSPHRASE);
    let _new = Agents(vec![&new]);
    let ran = new.run_with(
        &["recover", "--words", "--server", server.address()],
        words.trim().rsplit("\n\n").next().unwrap(),
    );
    assert_eq!(ran.exit, Some(0), "{ran:?}");
}

#[test]
fn share_that_would_end_in_the_past_is_refused_and_one_of_today_ends_with_the_day() {
    let server = TestServer::start();
    let (anne, bob) =
        (Machine::at(PASSPHRASE, server.address(), "Anne"), Machine::at(PASSPHRASE, server.address(), "Bob"));
    let _agents = Agents(vec![&anne, &bob]);
    fs::write(anne.path("a.txt"), "Glycemie").unwrap();
    anne.json(&["add", "a.txt", "--title", "Prise"]);
    let card = bob.json(&["contact", "card"])["card"].as_str().unwrap().to_owned();
    anne.json(&["--yes", "contact", "add", &card]);
    let today = jiff::Zoned::now().date();
    let day =
        |days: i64| today.checked_add(jiff::Span::new().days(days)).unwrap().strftime("%Y-%m-%d").to_string();
    for past in [day(-1), day(-400), "31/12/1999".to_owned()] {
        let args = ["--yes", "share", "Prise", "--with", "Bob", "--until", &past];
        assert_eq!(anne.refused(&args), "until-past", "{past}");
        let ran = anne.run(&args);
        assert_eq!((ran.exit, ran.err.lines().count()), (Some(2), 2), "{ran:?}");
        assert!(ran.err.contains(&past), "{ran:?}");
        let always = ["--yes", "share", "--always", "--with", "Bob", "--until", &past];
        assert_eq!(anne.refused(&always), "until-past", "{past}");
    }
    assert_eq!(anne.json(&["who", "Prise"])["readers"].as_array().unwrap().len(), 1);
    for day in [day(0), day(1)] {
        let shared = anne.json(&["--yes", "share", "Prise", "--with", "Bob", "--until", &day]);
        assert!(shared["until"].is_string(), "{shared}");
    }
}

//! Examples at the end of each command's help: what is really typed, in the words of the screen's language. A test parses each of them.

use clap::Command;

use crate::say;
use crate::text::{Language, Texts};

/// The commands, each with its examples below its arguments.
#[must_use]
pub(crate) fn with_examples(command: Command, texts: &Texts) -> Command {
    below(command, "", texts)
}

fn below(command: Command, path: &str, texts: &Texts) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let command = match of(path, texts.language()) {
        Some(examples) => {
            let lines: Vec<String> = examples.iter().map(|example| format!("  carnet {example}")).collect();
            command.after_help(format!("{}\n{}", say!(texts, "help-examples"), lines.join("\n")))
        }
        None => command,
    };
    names.into_iter().fold(command, |command, name| {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command.mut_subcommand(name, |one| below(one, &path, texts))
    })
}

/// The examples of a command, named by its words.
fn of(path: &str, language: Language) -> Option<&'static [&'static str]> {
    let (_, french, english) = EXAMPLES.iter().find(|(command, ..)| *command == path)?;
    Some(if language == Language::Fr { french } else { english })
}

/// A command's words, and what is typed in French and in English, without `carnet`.
type Examples = (&'static str, &'static [&'static str], &'static [&'static str]);

const EXAMPLES: &[Examples] = &[
    ("status", &["status"], &["status"]),
    ("help", &["help", "help share"], &["help", "help share"]),
    ("doctor", &["doctor"], &["doctor"]),
    (
        "account create",
        &["account create --server https://carnet.example --kit kit.pdf --passphrase-file secours.age"],
        &["account create --server https://carnet.example --kit kit.pdf --passphrase-file rescue.age"],
    ),
    ("account status", &["account status"], &["account status"]),
    ("account drill", &["account drill --kit kit.pdf"], &["account drill --kit kit.pdf"]),
    ("account add-way kit", &["account add-way kit kit-2.pdf"], &["account add-way kit kit-2.pdf"]),
    (
        "account add-way passphrase-file",
        &["account add-way passphrase-file secours.age"],
        &["account add-way passphrase-file rescue.age"],
    ),
    (
        "account add-way contacts",
        &["account add-way contacts 2/3 parts"],
        &["account add-way contacts 2/3 shares"],
    ),
    (
        "account add-way password",
        &["account add-way password kit-2.pdf"],
        &["account add-way password kit-2.pdf"],
    ),
    (
        "account remove-way",
        &["account remove-way 3f2a9c01 --kit kit.pdf"],
        &["account remove-way 3f2a9c01 --kit kit.pdf"],
    ),
    (
        "account pair",
        &["account pair --server https://carnet.example"],
        &["account pair --server https://carnet.example"],
    ),
    (
        "account approve",
        &["account approve ABCD-EFGH-JKMN-PQRS-TVWX"],
        &["account approve ABCD-EFGH-JKMN-PQRS-TVWX"],
    ),
    ("account devices", &["account devices"], &["account devices"]),
    (
        "account cut-off",
        &["account cut-off 3f2a9c01 --kit kit.pdf"],
        &["account cut-off 3f2a9c01 --kit kit.pdf"],
    ),
    ("account catch-up", &["account catch-up --kit kit.pdf"], &["account catch-up --kit kit.pdf"]),
    ("unlock", &["unlock", "unlock --idle 60"], &["unlock", "unlock --idle 60"]),
    ("lock", &["lock"], &["lock"]),
    (
        "recover",
        &["recover --kit kit.pdf", "recover --words --server https://carnet.example"],
        &["recover --kit kit.pdf", "recover --words --server https://carnet.example"],
    ),
    (
        "add",
        &["add bilan.pdf --type biologie --date 12/03/2025", "add Documents --dry-run"],
        &["add results.pdf --type lab --date 2025-03-12", "add Documents --dry-run"],
    ),
    (
        "ls",
        &["ls", "ls --type biologie --since 01/01/2025", "ls --from martin --sort titre"],
        &["ls", "ls --type lab --since 2025-01-01", "ls --from martin --sort title"],
    ),
    ("search", &["search glycémie"], &["search glucose"]),
    ("show", &["show bilan"], &["show results"]),
    (
        "get",
        &["get bilan", "get 3f2a9c01 -o bilan.pdf", "get bilan --version 1"],
        &["get results", "get 3f2a9c01 -o results.pdf", "get results --version 1"],
    ),
    (
        "edit",
        &["edit 3f2a9c01 --title 'Bilan de mars'", "edit bilan --type biologie --date 12/03/2025"],
        &["edit 3f2a9c01 --title 'Results of March'", "edit results --type lab --date 2025-03-12"],
    ),
    ("rm", &["rm 3f2a9c01", "rm bilan --dry-run"], &["rm 3f2a9c01", "rm results --dry-run"]),
    ("history", &["history bilan"], &["history results"]),
    ("replace", &["replace bilan bilan-complet.pdf"], &["replace results results-whole.pdf"]),
    (
        "profile add",
        &[
            "profile add allergie pénicilline --reaction urticaire",
            "profile add traitement amlodipine --dose '5 mg par jour'",
        ],
        &[
            "profile add allergy penicillin --reaction hives",
            "profile add treatment amlodipine --dose '5 mg a day'",
        ],
    ),
    ("profile none", &["profile none allergie"], &["profile none allergy"]),
    ("profile list", &["profile list"], &["profile list"]),
    ("profile show", &["profile show pénicilline"], &["profile show penicillin"]),
    ("profile rm", &["profile rm pénicilline"], &["profile rm penicillin"]),
    ("raw", &["raw bilan -o bilan.age"], &["raw results -o results.age"]),
    ("export", &["export mon-carnet.zip"], &["export my-carnet.zip"]),
    (
        "import",
        &["import mon-carnet.zip", "import Documents --dry-run"],
        &["import my-carnet.zip", "import Documents --dry-run"],
    ),
    ("verify", &["verify 'documents/2025-03-12 Bilan.pdf'"], &["verify 'documents/2025-03-12 Results.pdf'"]),
    (
        "share",
        &["share bilan --with martin --until 31/12/2027", "share --class resultats --with martin"],
        &["share results --with martin --until 2027-12-31", "share --class results --with martin"],
    ),
    (
        "revoke",
        &["revoke bilan --from martin", "revoke --from martin --reseal"],
        &["revoke results --from martin", "revoke --from martin --reseal"],
    ),
    ("who", &["who bilan", "who --seen-by martin"], &["who results", "who --seen-by martin"]),
    ("journal", &["journal", "journal --pdf journal.pdf"], &["journal", "journal --pdf journal.pdf"]),
    ("accept", &["accept", "accept --all"], &["accept", "accept --all"]),
    ("refuse", &["refuse 3f2a9c01"], &["refuse 3f2a9c01"]),
    ("contact card", &["contact card"], &["contact card"]),
    (
        "contact add",
        &["contact add carte.txt --name 'Dr Martin'"],
        &["contact add card.txt --name 'Dr Martin'"],
    ),
    ("contact list", &["contact list"], &["contact list"]),
    ("contact name", &["contact name martin 'Dr Paul Martin'"], &["contact name martin 'Dr Paul Martin'"]),
    ("pro find", &["pro find martin --town sète"], &["pro find martin --town sète"]),
    ("pro show", &["pro show martin"], &["pro show martin"]),
    (
        "pro enrol",
        &["pro enrol --rpps 10001234567 --name 'Martin Paul' --profession 10"],
        &["pro enrol --rpps 10001234567 --name 'Martin Paul' --profession 10"],
    ),
    ("pro status", &["pro status"], &["pro status"]),
    ("patients", &["patients"], &["patients"]),
    (
        "open",
        &["open durand", "open durand 3f2a9c01 --show", "open durand 3f2a9c01"],
        &["open durand", "open durand 3f2a9c01 --show", "open durand 3f2a9c01"],
    ),
    (
        "deposit",
        &["deposit --for durand 'compte rendu.pdf' --type courrier"],
        &["deposit --for durand report.pdf --type letter"],
    ),
    ("activate", &["activate lettre.pdf"], &["activate letter.pdf"]),
    ("authority init", &["authority init autorité"], &["authority init authority"]),
    ("authority attest", &["authority attest autorité code.txt"], &["authority attest authority code.txt"]),
    (
        "authority withdraw",
        &["authority withdraw autorité 10001234567"],
        &["authority withdraw authority 10001234567"],
    ),
    (
        "authority import",
        &["authority import autorité annuaire.ndjson"],
        &["authority import authority directory.ndjson"],
    ),
    (
        "authority open-vault",
        &[
            "authority open-vault --letter lettre.pdf --to 'Mme Durand' --from 'Centre des Écoles' --call '04 67 00 00 00'",
        ],
        &[
            "authority open-vault --letter letter.pdf --to 'Mrs Durand' --from 'Health centre' --call '04 67 00 00 00'",
        ],
    ),
    (
        "audit store",
        &["audit store copie-du-serveur --canary Durand"],
        &["audit store copy-of-the-server --canary Durand"],
    ),
    ("completions", &["completions bash"], &["completions bash"]),
    ("man", &["man manuel"], &["man manual"]),
];

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::args::Args;

    /// The words of a line, those between single quotes as one.
    fn words(line: &str) -> Vec<String> {
        let pieces = line.split('\'').enumerate();
        let words = pieces.flat_map(|(at, piece)| match at % 2 {
            0 => piece.split_whitespace().map(str::to_owned).collect(),
            _ => vec![piece.to_owned()],
        });
        core::iter::once("carnet".to_owned()).chain(words).collect()
    }

    #[test]
    fn every_example_is_understood() {
        for (path, french, english) in EXAMPLES {
            for example in french.iter().chain(*english) {
                let parsed = Args::try_parse_from(words(example));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
                assert!(example.starts_with(path), "{example} is no example of {path}");
            }
            assert_eq!(french.len(), english.len(), "{path}");
        }
    }

    #[test]
    fn every_command_has_an_example() {
        fn look(command: &Command, path: &str, missing: &mut Vec<String>) {
            let mut below = command.get_subcommands().filter(|one| !one.is_hide_set()).peekable();
            if below.peek().is_none() && of(path, Language::Fr).is_none() {
                missing.push(path.to_owned());
            }
            for one in below {
                look(one, format!("{path} {}", one.get_name()).trim(), missing);
            }
        }
        let mut missing = Vec::new();
        look(&Args::command(), "", &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }
}

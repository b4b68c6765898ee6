//! What happens on the stage: everything is set up once, then its user is put inside, in a shell.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{self, sleep};
use std::time::Duration;

use crate::documents::{self, Made};
use crate::people::{self, PASSPHRASE, Person};
use crate::server::{self, Server};
use crate::{Failure, say};

/// Where everything is.
pub(crate) struct Stage {
    /// The demo's folder.
    pub(crate) folder: PathBuf,
    /// The folder of the programs.
    pub(crate) programs: PathBuf,
}

const PEOPLE: [&str; 5] = ["patient", "martin", "leroy", "pharmacie", "ordre"];

impl Stage {
    /// Sets everything up, opens a shell, and stops everything.
    pub(crate) fn run(&self, reset: bool) -> Result<(), Failure> {
        if reset {
            let _ = fs::remove_dir_all(&self.folder);
        }
        fs::create_dir_all(&self.folder).map_err(|error| self.failed(&error.to_string()))?;
        // Keys and kits lie in it: wherever that is, git sees none of them.
        fs::write(self.folder.join(".gitignore"), "*\n").map_err(|error| self.failed(&error.to_string()))?;
        people::keep_passphrase(&self.folder).map_err(|error| self.failed(&error.to_string()))?;
        let serve = self.programs.join("carnet-server");
        server::init(&serve, &self.folder)?;
        let done = self.folder.join("ready");
        if !done.exists() {
            self.set_up(&serve)?;
            fs::write(&done, "").map_err(|error| self.failed(&error.to_string()))?;
        }
        let server = Server::start(&serve, &self.folder)?;
        self.each(&["unlock", "--idle", "1440"])?;
        say(&self.welcome(&server.url));
        self.shell();
        let _ = self.each(&["lock"]);
        drop(server);
        say("Arrêté. Pour reprendre : cargo xtask demo. Pour tout recommencer : cargo xtask demo --reset");
        Ok(())
    }

    /// Gives everybody the same command, all at once: a passphrase is a second of work.
    fn each(&self, arguments: &[&str]) -> Result<(), Failure> {
        thread::scope(|scope| {
            let given = PEOPLE.map(|name| scope.spawn(move || self.person(name).run(arguments)));
            given.into_iter().try_for_each(|one| match one.join() {
                Ok(answer) => answer.map(drop),
                Err(_) => Err(self.failed("a command was not given")),
            })
        })
    }

    fn set_up(&self, serve: &Path) -> Result<(), Failure> {
        say("L'autorité fait sa clé…");
        let authority = self.folder.join("autorite");
        if !authority.exists() {
            self.person("ordre").run(&["authority", "init", &text(&authority), "--name", "Ordre"])?;
        }
        let public = fs::read_to_string(authority.join("public.txt"))
            .map_err(|error| self.failed(&error.to_string()))?;
        let key = public.trim().to_owned();
        server::trust(&self.folder, "Ordre", key.trim_start_matches("Ordre="))?;
        let server = Server::start(serve, &self.folder)?;
        let url = server.url.clone();
        for (name, called, vault) in [
            ("patient", "Camille Durand", true),
            ("martin", "Dr Paul Martin", false),
            ("leroy", "Dr Sophie Leroy", false),
            ("pharmacie", "Pharmacie du Parc", false),
            ("ordre", "Ordre", false),
        ] {
            say(&format!("{called} crée son compte…"));
            let (kit, copy) =
                (self.file(&format!("{name}-kit.txt")), self.file(&format!("{name}-secours.age")));
            let (kit, copy) = (text(&kit), text(&copy));
            let mut arguments = vec!["account", "create", "--server", &url, "--name", called, "--kit", &kit];
            arguments.extend(["--passphrase-file", &copy, "--authority", &key]);
            if !vault {
                arguments.push("--without-vault");
            }
            self.person(name).run(&arguments)?;
        }
        for (name, rpps, called, profession, speciality, town) in [
            ("martin", "10001234567", "MARTIN Paul", "10", "SM54", "Lyon"),
            ("leroy", "10007654321", "LEROY Sophie", "10", "SM04", "Lyon"),
            ("pharmacie", "10005554443", "PARC Denis", "21", "", "Lyon"),
        ] {
            say(&format!("L'Ordre atteste {called}…"));
            let mut arguments = vec![
                "pro",
                "enrol",
                "--rpps",
                rpps,
                "--name",
                called,
                "--profession",
                profession,
                "--town",
                town,
            ];
            if !speciality.is_empty() {
                arguments.extend(["--speciality", speciality]);
            }
            let code = self.person(name).run(&arguments)?;
            self.person("ordre").run(&["authority", "attest", &text(&authority), code.trim()])?;
        }
        // An attestation counts once the log has it: within a quarter of a second.
        sleep(Duration::from_millis(800));
        say("Camille ajoute deux ans de documents…");
        for made in documents::of_the_patient().map_err(|error| self.failed(&error.to_string()))? {
            let path = self.write(&made)?;
            self.person("patient").run(&[
                "add",
                &text(&path),
                "--title",
                made.title,
                "--type",
                made.kind,
                "--date",
                made.day,
                "--author",
                made.author,
            ])?;
        }
        say("Le Dr Martin dépose, Camille accepte et partage…");
        let card = self.person("patient").run(&["contact", "card"])?;
        for name in ["leroy", "pharmacie"] {
            self.person(name).run(&["contact", "add", card.trim()])?;
        }
        for made in documents::of_the_doctor().map_err(|error| self.failed(&error.to_string()))? {
            let path = self.write(&made)?;
            self.person("martin").run(&[
                "deposit",
                "--for",
                card.trim(),
                &text(&path),
                "--title",
                made.title,
                "--type",
                made.kind,
                "--date",
                made.day,
            ])?;
        }
        self.person("patient").run(&["accept", "--all"])?;
        self.person("patient").run(&["share", "--always", "--with", "martin"])?;
        self.person("patient").run(&["share", "Radiographie", "--with", "leroy", "--until", "2027-12-31"])?;
        self.person("martin").run(&[
            "open",
            card.trim(),
            "septembre",
            "-o",
            &text(&self.file("lu-par-martin.pdf")),
        ])?;
        drop(server);
        Ok(())
    }

    fn welcome(&self, url: &str) -> String {
        format!(
            "\nCarnet tourne sur {url}, avec Camille Durand (patient), le Dr Martin (martin), la Dre Leroy (leroy),\n\
             la pharmacie (pharmacie) et l'Ordre (ordre). Essayez :\n\n  \
             carnet --as patient ls\n  \
             carnet --as patient who \"septembre\"\n  \
             carnet --as patient journal\n  \
             carnet --as martin patients\n  \
             carnet --as leroy open \"Camille Durand\"\n  \
             carnet --help\n\n\
             Phrase de passe de tous : {PASSPHRASE}\nCtrl-D ou exit pour tout arrêter ; sous bash et zsh, Ctrl-C aussi.\n"
        )
    }

    /// The user's shell, with the command line on its path. The demo ends with it.
    fn shell(&self) {
        let shell = std::env::var("SHELL").ok().filter(|_| std::io::stdin().is_terminal());
        let shell = shell.unwrap_or_else(|| "sh".to_owned());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(paths).unwrap_or(path);
        let mut command = Command::new(&shell);
        command
            .env("PATH", path)
            .env("CARNET_HOME", self.folder.join("people"))
            .env("PS1", PROMPT)
            .current_dir(&self.folder);
        self.end_with_ctrl_c(&shell, &mut command);
        let _ = command.status();
    }

    /// A shell at its prompt only drops the line on Ctrl-C, unless it is told otherwise where it begins. One that is not known here
    /// ends with Ctrl-D.
    fn end_with_ctrl_c(&self, shell: &str, command: &mut Command) {
        let begin = |name: &str| {
            let file = self.folder.join(name);
            // What the person has set up comes first; a program that runs takes the first Ctrl-C.
            let lines = format!("[ -r ~/{name} ] && . ~/{name}\nPS1='{PROMPT}'\ntrap 'exit 130' INT\n");
            fs::write(&file, lines).ok().map(|()| file)
        };
        match Path::new(shell).file_name().and_then(|name| name.to_str()) {
            Some("bash") => {
                if let Some(file) = begin(".bashrc") {
                    command.arg("--rcfile").arg(file);
                }
            }
            Some("zsh") if begin(".zshrc").is_some() => {
                command.env("ZDOTDIR", &self.folder);
            }
            _ => {}
        }
    }

    fn person<'a>(&self, name: &'a str) -> Person<'a> {
        Person { name, folder: self.folder.clone(), program: self.programs.join("carnet") }
    }

    fn write(&self, made: &Made) -> Result<PathBuf, Failure> {
        let path = self.file(made.file);
        fs::write(&path, &made.bytes).map_err(|error| self.failed(&error.to_string()))?;
        Ok(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        let folder = self.folder.join("papiers");
        let _ = fs::create_dir_all(&folder);
        folder.join(name)
    }

    fn failed(&self, why: &str) -> Failure {
        (format!("{}: {why}", self.folder.display()), "Begin again: cargo xtask demo --reset".to_owned())
    }
}

const PROMPT: &str = "carnet$ ";

fn text(path: &Path) -> String {
    path.display().to_string()
}

//! What every command has at hand: where answers go, in which language, for whom, and who is at the terminal.

use std::io::{IsTerminal as _, Write};

use carnet_core::secret::DeviceSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::home::Home;
use crate::shown::Shown;
use crate::terminal::Terminal;
use crate::text::Texts;
use crate::{Failure, agent, say, screen};

/// What every command has at hand.
pub struct Cli<'a> {
    /// Where answers go.
    pub out: &'a mut dyn Write,
    /// Where remarks go.
    pub err: &'a mut dyn Write,
    /// The language.
    pub texts: Texts,
    /// Whether answers are JSON.
    pub json: bool,
    /// The folder of the person.
    pub home: Home,
    /// Who is at the terminal.
    pub terminal: Terminal,
}

impl core::fmt::Debug for Cli<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Cli({:?})", self.home)
    }
}

impl Cli<'_> {
    /// Answers: the shape as JSON where that was asked for, else the text.
    ///
    /// # Errors
    /// `write` where nobody takes the answer.
    pub fn answer<T: Serialize>(
        &mut self,
        shape: &T,
        text: impl FnOnce(&Texts) -> String,
    ) -> Result<(), Failure> {
        let said = if self.json {
            Shown::json(&serde_json::to_string_pretty(shape).map_err(|_| Failure::coded("internal"))?)
        } else {
            Shown::lines(&text(&self.texts))
        };
        let fits = !self.json && std::io::stdout().is_terminal();
        let said = if fits { said.fit(screen::width()) } else { said };
        let mut said = said.to_string();
        if !said.is_empty() && !said.ends_with('\n') {
            said.push('\n');
        }
        self.write(said.as_bytes())
    }

    /// Writes an answer as it is.
    ///
    /// # Errors
    /// `write`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        written.map_err(|error| Failure::coded("write").because(&error))
    }

    /// Makes a remark: it is not part of the answer, and is left out where only answers are wanted.
    pub fn remark(&mut self, text: &str) {
        if self.terminal.quiet {
            return;
        }
        let said = Shown::lines(text);
        let said = if std::io::stderr().is_terminal() { said.fit(screen::width()) } else { said };
        let _ = writeln!(self.err, "{said}");
    }

    /// The device's secret: from the agent, else from its file, with the passphrase.
    ///
    /// # Errors
    /// `no-account`, `passphrase`, `nobody-there`.
    pub fn secret(&mut self) -> Result<DeviceSecret, Failure> {
        let locked = self.locked()?;
        match agent::secret(&self.home)? {
            Some(secret) => Ok(secret),
            None => self.unlock(&locked),
        }
    }

    /// The device's secret, with the passphrase asked for in any case.
    ///
    /// # Errors
    /// `no-account`, `passphrase`, `nobody-there`.
    pub fn secret_by_passphrase(&mut self) -> Result<DeviceSecret, Failure> {
        let locked = self.locked()?;
        self.unlock(&locked)
    }

    /// Opens the device's secret with a passphrase, which is asked for again where it is a wrong one.
    fn unlock(&self, locked: &[u8]) -> Result<DeviceSecret, Failure> {
        let question = say!(self.texts, "ask-passphrase");
        let open = |given: &Zeroizing<String>| {
            DeviceSecret::unlock(locked, given).map_err(|_| Failure::coded("passphrase"))
        };
        self.terminal.passphrase_until(&self.texts, &question, open)
    }

    fn locked(&self) -> Result<Vec<u8>, Failure> {
        let lock = self.home.lock();
        if self.home.is_broken() {
            let path = self.home.folder().display().to_string();
            return Err(Failure::coded("home-broken").with("path", path));
        }
        if !self.home.is_lived_in() {
            return Err(Failure::coded("no-account"));
        }
        std::fs::read(&lock).map_err(|error| Failure::file(&lock, &error))
    }

    /// This person's client.
    ///
    /// # Errors
    /// As [`Cli::secret`] and [`Client::open`].
    pub fn client(&mut self) -> Result<Client, Failure> {
        let secret = self.secret()?;
        let mut client = Client::open(&self.home, secret)?.watched(&self.terminal.stage.waits());
        // Whoever gave no name goes by one in the language of the screen.
        if ONESELF.contains(&client.profile.name.as_str()) {
            client.profile.name = say!(self.texts, "oneself");
        }
        Ok(client)
    }
}

/// What somebody without a name is called, in either language.
const ONESELF: [&str; 2] = ["moi", "me"];

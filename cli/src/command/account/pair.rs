//! `carnet account pair` on a new machine, `carnet account approve` on an old one: the second gives the first its keys.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_core::account::pairing::{NewDevice, Unconfirmed};
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::secret::DeviceSecret;
use carnet_core::step::Mailbox;
use carnet_core::wire::note::VerifierKey;
use carnet_paper::terminal_qr;
use serde::Serialize;

use super::aside::{Aside, Place};
use super::create::{PAIRING, new_passphrase};
use super::recover::Recovered;
use super::way;
use crate::cli::Cli;
use crate::client::Client;
use crate::client::create::{Known, Server, call_with, line_of};
use crate::home::absolute;
use crate::remote_error::is_away;
use crate::terminal::yes_or_no;
use crate::{Failure, agent, say, screen};

/// Makes this new machine a device of an account, approved from an old one.
///
/// Shows a code, waits ten minutes for `carnet account approve CODE` on the old device, then asks whether both show the same fingerprint.
/// With --json, the code comes first, as a line of its own: {"code": "…"}.
#[derive(Debug, clap::Args)]
pub struct Pair {
    /// The server's address
    #[arg(long, env = "CARNET_SERVER_URL", value_name = "URL")]
    server: String,
    /// What you are called
    #[arg(long)]
    name: Option<String>,
    /// The fingerprint that the old device shows; - reads it from the standard input, once this device has its own
    #[arg(long, value_name = "CODE")]
    fingerprint: Option<String>,
    /// A file of certificates to believe instead of the public ones
    #[arg(long, env = "CARNET_CERTIFICATES", value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// The key of the server's log, where you have it from elsewhere
    #[arg(long, env = "CARNET_LOG_KEY", value_name = "KEY")]
    log_key: Option<VerifierKey>,
    /// A public key of an authority whose word on professionals counts: NAME=HEX
    #[arg(long = "authority", env = "CARNET_AUTHORITIES", value_name = "NAME=KEY", value_delimiter = ',')]
    authorities: Vec<String>,
    /// Takes the place of an account that is here and does not open any more; what is here is kept aside
    #[arg(long)]
    in_place: bool,
}

/// Approves a new machine, which shows a code.
#[derive(Debug, clap::Args)]
pub struct Approve {
    /// The code that the new machine shows
    code: String,
    /// Waits until the new machine has its keys
    #[arg(long)]
    wait: bool,
}

#[derive(Serialize)]
struct Approved {
    fingerprint: String,
    devices: usize,
}

impl Pair {
    /// Runs the command.
    ///
    /// # Errors
    /// `account-there`; `pairing-late` where nobody approves in time; `pairing-code` for another fingerprint; `not-confirmed`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let place = if self.in_place { Place::OfAny } else { Place::OfBroken };
        let mut aside = Aside::begin(&cli.home, place)?;
        let authorities = self
            .authorities
            .iter()
            .map(|text| super::create::authority(text))
            .collect::<Result<Vec<_>, _>>()?;
        let given =
            self.fingerprint.as_deref().filter(|given| *given != "-").map(PairingCode::parse).transpose()?;
        let certificates = self.certificates.as_ref().map(|path| absolute(path));
        let waits = cli.terminal.stage.waits();
        let server = Server { url: self.server.clone(), certificates, log_key: self.log_key.clone(), waits };
        let known = server.reach()?;
        let passphrase = new_passphrase(cli)?;
        let device = NewDevice::make()?;
        let code = device.code();
        let (then, response) = call_with(&known, None, Mailbox::put_offer(&device))?;
        then.receive(&response)?;
        show(cli, &code)?;
        let parcel = {
            let _phase = cli.terminal.stage.phase(&say!(cli.texts, "pair-waits"));
            await_parcel(&known, code)?
        };
        let unconfirmed = device.accept(&parcel)?;
        let seen = match given {
            Some(given) => given,
            None => seen(cli, &unconfirmed, self.fingerprint.is_some())?,
        };
        let account = line_of(&known, unconfirmed.account())?;
        let paired = unconfirmed.confirm(&account, &seen)?;

        let home = aside.home()?;
        let secret = DeviceSecret::make()?;
        let locked = secret.lock(&passphrase)?;
        let text = secret.to_text().map_err(|_| Failure::coded("internal"))?;
        let name = self.name.unwrap_or_else(|| "moi".to_owned());
        let mut client = Client::pair(&home, DeviceSecret::parse(&text)?, known, account, paired, &name)?;
        client.profile.authorities = authorities;
        client.keep_profile()?;
        let shape = Recovered::of(&client, &aside)?;
        drop(client);
        aside.move_in(&locked)?;
        agent::start(&cli.home, &secret, agent::IDLE)?;
        cli.answer(&shape, |texts| shape.text(texts))
    }
}

impl Approve {
    /// Runs the command.
    ///
    /// # Errors
    /// `pairing-none` where no device waits under this code; `pairing-code`; `not-confirmed`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let code = PairingCode::parse(&self.code)?;
        let mut client = cli.client()?;
        let fingerprint = way::approve(cli, &mut client, code, self.wait.then_some(PAIRING))?;
        let shape = Approved { fingerprint: fingerprint.to_string(), devices: client.live_devices().count() };
        cli.answer(&shape, |texts| say!(texts, "approved", fingerprint = shape.fingerprint.as_str()))
    }
}

/// Shows the code: as a QR code and in letters to a person, as a line to a program.
fn show(cli: &mut Cli<'_>, code: &PairingCode) -> Result<(), Failure> {
    let shown = code.to_string();
    if cli.json {
        return cli.write(format!("{}\n", serde_json::json!({ "code": shown })).as_bytes());
    }
    let mut lines = Vec::new();
    if std::io::stderr().is_terminal() {
        lines = screen::whole_code(terminal_qr(&shown).unwrap_or_default());
    }
    lines.push(screen::fit(&say!(cli.texts, "pair-code", code = shown.as_str()), screen::width()));
    // Also where only answers are wanted: without the code there would be none.
    let written = writeln!(cli.err, "{}", lines.join("\n")).and_then(|()| cli.err.flush());
    written.map_err(|error| Failure::coded("write").because(&error))
}

fn await_parcel(known: &Known, code: PairingCode) -> Result<Vec<u8>, Failure> {
    let end = Instant::now() + PAIRING;
    while Instant::now() < end {
        match call_with(known, None, Mailbox::of(code).take_parcel()) {
            Ok((then, response)) if !response.is_absent() => return Ok(then.receive(&response)?),
            // In ten minutes a line may break; the parcel waits.
            Err(failure) if !failure.code().is_some_and(is_away) => return Err(failure),
            Ok(_) | Err(_) => sleep(POLL),
        }
    }
    Err(Failure::coded("pairing-late"))
}

/// What the old device shows, as the person says it: a line of the standard input, or a yes to this device's own.
fn seen(cli: &mut Cli<'_>, unconfirmed: &Unconfirmed, read: bool) -> Result<PairingCode, Failure> {
    if read {
        let mut line = String::new();
        let input = std::io::stdin().lock().take(MAX_LINE);
        let read = std::io::BufRead::read_line(&mut std::io::BufReader::new(input), &mut line);
        read.map_err(|_| Failure::wrong("nobody-there"))?;
        return Ok(PairingCode::parse(line.trim())?);
    }
    let own = *unconfirmed.fingerprint();
    // A yes to everything is no answer to what only the eyes of a person can tell.
    let question = say!(cli.texts, "ask-fingerprint", fingerprint = own.to_string());
    let understood = |answer: &str| yes_or_no(answer).ok_or_else(|| Failure::wrong("yes-or-no"));
    match cli.terminal.ask_until(&cli.texts, &question, understood)? {
        true => Ok(own),
        false => Err(Failure::wrong("not-confirmed")),
    }
}

const POLL: Duration = Duration::from_millis(500);
const MAX_LINE: u64 = 4096;

//! Recovery health: which ways back there are, when each was last shown to work, and what to do about it.

use carnet_core::wire::statement::SlotKind;
use serde::Serialize;

use crate::client::Client;
use crate::command::when;
use crate::say;
use crate::session::now;
use crate::text::Texts;

/// Which ways back there are, and what to do.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    /// The ways back, as the account's line says.
    pub(crate) ways_back: Vec<Way>,
    /// How many of them survive the loss of this machine.
    pub(crate) surviving: usize,
    /// When a loss was last rehearsed here.
    pub(crate) drilled: Option<String>,
    /// The number of the account's keys, and whether this device has them.
    pub(crate) generation: u64,
    /// Whether this device has the newest keys.
    pub(crate) up_to_date: bool,
    /// What to do, as codes.
    pub(crate) advice: Vec<&'static str>,
}

/// A way back.
#[derive(Debug, Serialize)]
pub(crate) struct Way {
    /// What it is called on the command line.
    pub(crate) id: String,
    /// Its kind.
    pub(crate) kind: &'static str,
    /// When it was made, where this device knows it.
    pub(crate) made: Option<String>,
    /// Days since, likewise.
    pub(crate) days: Option<u64>,
    /// When it was last shown to work from here.
    pub(crate) proven: Option<String>,
}

impl Health {
    /// Looks at what this device knows.
    pub(crate) fn of(client: &Client, texts: &Texts) -> Self {
        let (language, time) = (texts.language(), now());
        let noted = |slot| client.profile.ways.iter().find(|way| way.slot == Some(slot));
        let days = |made: u64| time.saturating_sub(made).checked_div(DAY).unwrap_or(0);
        let mut ways_back = Vec::new();
        let (mut unproven, mut old_kit, mut old_proof, mut surviving) = (false, false, true, 0);
        for (slot, record) in client.account.slots() {
            let row = noted(*slot);
            let made = row.map(|row| row.made).filter(|made| *made > 0);
            let proven = row.and_then(|row| row.proven);
            unproven |= proven.is_none();
            old_kit |= record.kind == SlotKind::Kit && made.is_some_and(|made| days(made) > OLD);
            old_proof &= proven.is_none_or(|proven| days(proven) > STALE);
            surviving += usize::from(record.kind != SlotKind::Password);
            ways_back.push(Way {
                id: slot.to_string().chars().take(SHORT).collect(),
                kind: kind(record.kind),
                made: made.map(|made| when::minute(made, language)),
                days: made.map(days),
                proven: proven.map(|proven| when::minute(proven, language)),
            });
        }
        let own = client.device.verifying_key();
        for device in client.live_devices().filter(|device| *device.key() != own) {
            let row =
                client.profile.ways.iter().find(|way| way.device.as_deref() == Some(device.key().as_bytes()));
            surviving += 1;
            ways_back.push(Way {
                id: device.key().key_id().to_string().chars().take(SHORT).collect(),
                kind: "device",
                made: Some(when::minute(device.since(), language)),
                days: Some(days(device.since())),
                proven: row.and_then(|row| row.proven).map(|proven| when::minute(proven, language)),
            });
        }
        let up_to_date = client.up_to_date().is_ok();
        let drill = client.profile.drilled.is_none_or(|drilled| days(drilled) > STALE) && old_proof;
        let advice = [
            (!up_to_date, "advice-catch-up"),
            (surviving < 2, "advice-two-ways"),
            (unproven, "advice-unproven"),
            (drill, "advice-drill"),
            (old_kit, "advice-kit-old"),
        ];
        Self {
            ways_back,
            surviving,
            drilled: client.profile.drilled.map(|drilled| when::minute(drilled, language)),
            generation: client.account.generation(),
            up_to_date,
            advice: advice.into_iter().filter(|(needed, _)| *needed).map(|(_, id)| id).collect(),
        }
    }

    /// The same in words.
    pub(crate) fn lines(&self, texts: &Texts) -> Vec<String> {
        let mut lines = vec![say!(texts, "status-ways")];
        for way in &self.ways_back {
            let name = say!(texts, &format!("way-{}", way.kind));
            let proven = match &way.proven {
                Some(time) => say!(texts, "way-proven", time = time.as_str()),
                None => say!(texts, "way-unproven"),
            };
            let age = way.days.map(|days| say!(texts, "way-age", days = days)).unwrap_or_default();
            let said = say!(texts, "named", name = name, text = format!("{proven}{age}"));
            lines.push(format!("  {}  {said}", way.id));
        }
        lines.push(match &self.drilled {
            Some(time) => say!(texts, "status-drilled", time = time.as_str()),
            None => say!(texts, "status-never-drilled"),
        });
        lines.push(say!(texts, "status-generation", count = self.generation.saturating_sub(1)));
        lines.push(say!(texts, "status-loss", ways = self.surviving));
        lines.extend(self.advice.iter().map(|id| texts.say(id, &[])));
        if self.advice.is_empty() {
            lines.push(say!(texts, "advice-none"));
        }
        lines
    }
}

/// What a kind of slot is called.
pub(crate) fn kind(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Passphrase => "passphrase-file",
        SlotKind::Kit => "kit",
        SlotKind::Contacts => "contacts",
        SlotKind::Passkey => "passkey",
        SlotKind::Password => "password",
    }
}

const DAY: u64 = 86_400_000;
/// Days after which a proof is worth little.
const STALE: u64 = 180;
/// Days after which a kit is worth looking at: paper is lost, people move.
const OLD: u64 = 730;
/// Characters of an id on a screen.
const SHORT: usize = 8;

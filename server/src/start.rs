//! Starting: the parts are opened in their order, what a crash left half done is finished, then requests are let in.

use std::sync::Arc;

use async_trait::async_trait;
use carnet_wire::id::{PayloadRoot, VaultId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admin::Admin;
use crate::challenge::Challenges;
use crate::config::Config;
use crate::edge::rate::Rates;
use crate::failure::Failure;
use crate::keys::{self, SecretBytes};
use crate::known::Known;
use crate::log::{Log, LogError};
use crate::metrics::Metrics;
use crate::open_store::{open_both, signer};
use crate::payloads::Payloads;
use crate::pending::Pending;
use crate::restore;
use crate::routes::operations::FreeSpace;
use crate::state::{App, AppState, Parts, Probe};
use crate::store::{Key, Range, Records, Space};
use crate::sweeper::Sweeper;
use crate::timed::Timed;
use crate::turns::Turns;

/// A server whose parts run.
pub struct Started {
    /// What handlers share.
    pub state: AppState,
    stop: oneshot::Sender<()>,
    sequencer: JoinHandle<()>,
    admin: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Started {
    /// Lets the log take in what waits, then ends.
    pub async fn finish(self) {
        if let Some((stop, admin)) = self.admin {
            let _ = stop.send(());
            let _ = admin.await;
        }
        let _ = self.stop.send(());
        let _ = self.sequencer.await;
    }
}

/// Opens everything.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn start(config: Config) -> Result<Started, Failure> {
    let config = Arc::new(config);
    restore::refuse_half(&config)?;
    let metrics = Arc::new(Metrics::default());
    let (records, payloads) = open_both(&config)?;
    let records: Arc<dyn Records> = Arc::new(Timed::new(records, Arc::clone(&metrics)));
    repair(&records, &payloads).await?;
    let log = open_log(&config, &records).await?;
    let challenge_key = SecretBytes::load(&config.keys().join(keys::CHALLENGE_KEY))?;
    let sweeper = Sweeper::start(Arc::clone(&records), payloads.clone());
    let admin = open_admin(&config, &records, &payloads, &sweeper);
    let app = App::new(Parts {
        metrics,
        pending: Pending::new(&config.limits),
        rates: Arc::new(Rates::new(&config.limits)),
        records: Arc::clone(&records),
        payloads,
        log: log.clone(),
        challenges: Challenges::new(challenge_key.as_bytes()),
        known: Known::default(),
        turns: Turns::default(),
        sweeper,
        config: Arc::clone(&config),
    });
    let probes: Vec<Box<dyn Probe>> =
        vec![Box::new(FreeSpace::new(&config)), Box::new(Answers(records)), Box::new(Grows(log.clone()))];
    let (stop, stopped) = oneshot::channel();
    let sequencer = tokio::spawn(async move {
        log.run(async {
            let _ = stopped.await;
        })
        .await;
    });
    Ok(Started { state: AppState::new(app, probes), stop, sequencer, admin })
}

/// Opens the operator's door. Without it the server works, but cannot be backed up while it runs.
fn open_admin(
    config: &Config,
    records: &Arc<dyn Records>,
    payloads: &Payloads,
    sweeper: &Sweeper,
) -> Option<(oneshot::Sender<()>, JoinHandle<()>)> {
    match Admin::open(&config.server.folder, Arc::clone(records), payloads.clone(), sweeper.clone()) {
        Ok(admin) => {
            let (stop, stopped) = oneshot::channel();
            let run = admin.run(async {
                let _ = stopped.await;
            });
            Some((stop, tokio::spawn(run)))
        }
        Err(error) => {
            tracing::error!(code = "no-admin-socket", error = %error);
            None
        }
    }
}

/// Opens the log, or begins it where the store is empty.
///
/// # Errors
/// [`Failure`].
pub async fn open_log(config: &Config, records: &Arc<dyn Records>) -> Result<Log, Failure> {
    let log = match Log::open(Arc::clone(records), signer(config, &config.server.origin)?).await {
        Err(LogError::Absent) if is_empty(records).await? => {
            Log::create(Arc::clone(records), signer(config, &config.server.origin)?).await
        }
        other => other,
    };
    log.map_err(|error| {
        let code = carnet_wire::StableCode::code(&error);
        let remedy = match error {
            LogError::Restored => {
                "A backup was restored: run `carnet-server log resume` or `log succeed` with the last checkpoint that anybody has \
                 (OPERATING.md, \"Restore\")."
                    .to_owned()
            }
            LogError::Succeeded(ref successor) => {
                format!("Set server.origin to {successor} in the configuration.")
            }
            LogError::OtherKey => "Put the key of this log back into the folder of keys.".to_owned(),
            _ => "Run `carnet-server check` (OPERATING.md, \"Check\").".to_owned(),
        };
        Failure::new(format!("the log does not open ({code}): {error}"), remedy)
    })
}

/// Whether nothing was ever stated here: only then may a log begin.
async fn is_empty(records: &Arc<dyn Records>) -> Result<bool, Failure> {
    let failed = |error| Failure::new(format!("the store fails: {error}"), "Look at the disk.");
    let heads = records.scan(Range::all(Space::Head).limit(1)).await.map_err(failed)?;
    let logs = records.scan(Range::all(Space::Log).limit(1)).await.map_err(failed)?;
    Ok(heads.is_empty() && logs.is_empty())
}

/// Finishes uploads that committed versions name: a power cut may have taken back their last renaming.
async fn repair(records: &Arc<dyn Records>, payloads: &Payloads) -> Result<(), Failure> {
    let (records, payloads, handle) = (Arc::clone(records), payloads.clone(), Handle::current());
    let work = move || payloads.repair(|vault, root| handle.block_on(named(&*records, vault, root)));
    let repaired = tokio::task::spawn_blocking(work).await;
    match repaired {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            Err(Failure::new(format!("uploads cannot be finished: {error}"), "Look at the disk."))
        }
        Err(_) => Err(Failure::new("uploads cannot be finished", "Report this: the program is broken.")),
    }
}

/// The length that a committed version states for a payload; none where no version names it.
pub async fn named(records: &dyn Records, vault: &VaultId, root: &PayloadRoot) -> Option<u64> {
    let id = *vault.as_bytes();
    let uses = records.scan(Range::of(Space::Payload, id, root.as_bytes().as_slice())).await.ok()?;
    for (key, value) in uses {
        let hash = key.suffix.last_chunk::<32>()?;
        let number = records.get(vec![Key::new(Space::Number, id, hash.as_slice())]).await.ok()?;
        if number.first().is_some_and(Option::is_some) {
            return crate::history::read_number(&value);
        }
    }
    None
}

/// The store answers.
struct Answers(Arc<dyn Records>);

#[async_trait]
impl Probe for Answers {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn is_well(&self) -> bool {
        self.0.get(vec![Key::new(Space::Operation, [0; 32], Vec::new())]).await.is_ok()
    }
}

/// The log grows.
struct Grows(Log);

#[async_trait]
impl Probe for Grows {
    fn name(&self) -> &'static str {
        "log"
    }

    async fn is_well(&self) -> bool {
        self.0.failing().is_none()
    }
}

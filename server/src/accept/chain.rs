//! Statements of a vault's chain: genesis, policy, key, circle, activate, close.

use carnet_wire::chain::Chain;
use carnet_wire::id::VaultId;
use carnet_wire::statement::{
    Activate, Circle, Close, Context, Genesis, Holder, Key as KeyStatement, Kind, Policy, Statement,
};

use super::{Asked, Decided, by_rules, grant, lines_of, malformed};
use crate::entry::inbox_row;
use crate::history::{Head, History, HistoryKind};
use crate::known::actors_of;
use crate::refusal::Refusal;
use crate::state::App;

/// Most statements of a chain.
const MAX_CHAIN: u64 = 100_000;

/// Makes a vault.
pub(super) async fn begin(
    app: &App,
    asked: &Asked<'_>,
    history: Option<&History>,
) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    let statement = Statement::<Genesis>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    asked.timely(app, statement.claimed().time, statement.header())?;
    let mut lines = carnet_wire::line::Lines::new();
    for actor in actors_of(asked.bytes()) {
        lines = lines_of(app, &actor).await?;
    }
    let vault = VaultId::from_bytes(asked.target.id);
    Chain::begin(&vault, asked.bytes(), &lines, None).map_err(|error| malformed(&error))?;
    // Its hash is the vault's id, so this is the vault's own: nobody else gets this far.
    if history.is_some() {
        return Err(Refusal::Conflict(None));
    }
    let holder = match &statement.claimed().holder {
        Holder::Account(account) => *account.as_bytes(),
        Holder::Letter(letter) => *letter.reader_id().as_bytes(),
    };
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|_| Refusal::Internal)?;
    let decided = Decided::nothing(Head::begin(HistoryKind::Vault, salt));
    Ok(Decided { in_chain: true, hints: vec![inbox_row(holder, asked.target.id)], ..decided })
}

/// Adds to a chain.
pub(super) async fn follow(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    if history.head.chain >= MAX_CHAIN {
        return Err(Refusal::Quota("quota-chain"));
    }
    let actors = actors_of(asked.bytes());
    let actor = actors.first().ok_or(Refusal::Malformed("statement-malformed"))?;
    let by_letter = matches!(asked.kind, Kind::Activate | Kind::Close) && chain.letter().is_some();
    if !by_letter && !chain.is_ruled_by(actor) {
        return Err(Refusal::Absent);
    }
    in_time(app, asked, history)?;
    let lines = lines_of(app, actor).await?;
    let next = chain.clone().follow(asked.bytes(), &lines, None).map_err(|error| by_rules(chain, &error))?;
    let mut decided = Decided { in_chain: true, ..Decided::nothing(history.head.clone()) };
    if asked.kind == Kind::Activate {
        let statement = Statement::<Activate>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
        let body = statement.claimed();
        if !asked.submission.manifests.is_empty() {
            return Err(Refusal::Malformed("submission-parts"));
        }
        // The grants are judged by the chain as it will be: they go to the generation that this statement makes.
        let batch = grant::Batch { grants: &body.grants, policy: None, ruler: true, depositor: None };
        let grants = grant::check(app, asked, &next, &batch, None).await?;
        decided.rows = grants.rows;
        decided.hints = grants.hints;
        decided.hints.push(inbox_row(*body.account.as_bytes(), asked.target.id));
    } else {
        asked.without_parts()?;
    }
    Ok(decided)
}

fn in_time(app: &App, asked: &Asked<'_>, history: &History) -> Result<(), Refusal> {
    macro_rules! check {
        ($body:ty) => {{
            let statement = Statement::<$body>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
            let context: &Context = &statement.claimed().context;
            pinned(history, context)?;
            asked.timely(app, context.time, statement.header())
        }};
    }
    match asked.kind {
        Kind::Policy => check!(Policy),
        Kind::Circle => check!(Circle),
        Kind::Close => check!(Close),
        Kind::Activate => check!(Activate),
        _ => {
            let statement =
                Statement::<KeyStatement>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
            asked.timely(app, statement.claimed().time, statement.header())
        }
    }
}

/// Refuses a statement whose signer has verified more of the history than this server has, or another history.
pub(super) fn pinned(history: &History, context: &Context) -> Result<(), Refusal> {
    match context.pin {
        Some(pin) if pin.size > history.head.size => Err(Refusal::Stale("history-behind", None)),
        Some(pin)
            if pin.size == history.head.size
                && *pin.root != *history.head.root().ok_or(Refusal::Internal)?.as_bytes() =>
        {
            Err(Refusal::Stale("history-fork", None))
        }
        _ => Ok(()),
    }
}

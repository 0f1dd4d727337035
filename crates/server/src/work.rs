//! What takes more than a row: taking evidence in, drafting, checking quotes, what is due.

pub mod account;
pub mod action;
pub mod affected;
pub mod attachment;
pub mod change;
pub mod erasure;
pub mod incident;
pub mod near_misses;
pub mod retro;
pub mod review;
pub mod revision;
pub mod section;

use crate::failure::Failure;
use crate::state::App;
use hindcast_detect::Contracts;
use hindcast_detect::tools::contract;
use hindcast_retro::draft::{Decided, Draft};
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::record::incident::{IncidentFacts, Moment, clock, facts};
use hindcast_retro::record::reminder;
use hindcast_retro::verify::{self, Check};
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, Incident};
use hindcast_store::jobs::{self, Planned};
use hindcast_store::{Act, Conn, StoreError, Tx, Viewer, retros};
use hindcast_trace::model::Role;
use hindcast_trace::redact::{self, Admitted};
use hindcast_trace::{EventKind, Evidence, EvidenceId, Trace};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The severity of a near-miss.
const NEAR_MISS: u8 = 4;

/// Brings what is due in step with severity and times, and the reminders with it.
pub async fn set_due(app: &App, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let incident = incidents::find(tx, act.by, number).await?;
    let moments = incidents::moments(tx, act.by, number).await?;
    // An uploaded facts file counts before the incident's own times, as it does in the retro.
    let mut uploaded = None;
    for item in evidence::of(tx, act.by, number).await? {
        if item.kind == Kind::Facts
            && let Some(file) = whole(app, tx, act.by, number, &item.id).await?
        {
            uploaded = Some(String::from_utf8_lossy(&file.bytes).into_owned());
        }
    }
    let own = clock(&moments);
    let (aware, twice) = match uploaded {
        None => (own, None),
        // Where the two contradict each other, the page of the incident and the next draft say so; until then its own count.
        Some(uploaded) => {
            facts(&known(&incident, moments, Some(uploaded))).map_or((own, None), |f| (f.clock(), f.twice))
        }
    };
    let mut due = incident.severity.map(|level| app.config.policy.due_dates(level, aware)).unwrap_or_default();
    for due in &mut due {
        due.explanation.extend(twice.iter().map(|t| format!("; {t}")));
    }
    incidents::set_deadlines(tx, act, number, &due).await?;
    if incident.severity == Some(NEAR_MISS)
        && let Some(review) = reminder::review(&app.config.policy, act.at)
    {
        jobs::enqueue(tx, act, &Planned::review(&review)).await?;
    }
    Ok(())
}

/// What has to be there before an incident is closed: for severity 3 a ticket; for 1 and 2 an approved retro.
pub async fn may_close(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let incident = incidents::find(tx, act.by, number).await?;
    match incident.severity {
        None => Err(Failure::Conflict("Decide on a severity first.".to_owned())),
        Some(4) => Ok(()),
        Some(3) if incident.ticket.is_empty() => Err(Failure::Conflict(
            "An incident of severity 3 is closed with a reference to its ticket; add it first.".to_owned(),
        )),
        Some(3) => Ok(()),
        Some(level) => match retros::find(tx, act.by, number).await? {
            Some(retro) if retro.state == retros::State::Approved => Ok(()),
            _ => {
                Err(Failure::Conflict(format!("An incident of severity {level} is closed once its retro is approved.")))
            }
        },
    }
}

/// Characters of a file's name that are kept.
const NAME: usize = 200;

/// Takes a file in: reads it first, so that what cannot be used is told at the door.
pub async fn take_in(
    app: &App,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    name: &str,
    bytes: Vec<u8>,
) -> Result<(), Failure> {
    take_in_all(app, act, number, kind, vec![(name.to_owned(), bytes)]).await
}

/// Takes several files in: all of them, or none where one cannot be used.
pub async fn take_in_all(
    app: &App,
    act: Act<'_>,
    number: i64,
    kind: Kind,
    files: Vec<(String, Vec<u8>)>,
) -> Result<(), Failure> {
    let mut admitted = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        admitted.push(read_in(app, act.by, number, kind, &name, bytes).await?);
    }
    let mut tx = app.store.begin().await?;
    let files: Vec<_> = admitted.iter().map(|file| (&file.evidence, file.words())).collect();
    evidence::add_all(&app.store, &mut tx, act, number, kind, &files).await?;
    if kind == Kind::Facts {
        set_due(app, &mut tx, act, number).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A file's name without the folders before it and without what nobody can see.
fn plain(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or("").trim();
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    if name.is_empty() { "evidence".to_owned() } else { name }
}

/// A file as it may be kept: with secrets and personal data masked, unless the server was started without that.
pub async fn admit(app: &App, name: &str, bytes: Vec<u8>) -> Result<Admitted, Failure> {
    let name = plain(name);
    let masker = app.masker.clone();
    let _turn = app.heavy.acquire().await.map_err(|_| Failure::Busy)?;
    let work = move || {
        // Names of files are kept and told as well.
        let name = match &masker {
            Some(masker) => String::from_utf8_lossy(&masker.mask(name.as_bytes()).bytes).into_owned(),
            None => name,
        };
        let file = Evidence::new(name, bytes);
        match masker {
            Some(masker) => redact::admit(&masker, &file).map_err(|e| Failure::Invalid(e.to_string())),
            None => {
                Ok(Admitted { evidence: file, counts: Default::default(), unwrapped: Vec::new(), lost: Vec::new() })
            }
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(cut_short)?
}

/// Reads a file that is to be taken in: masked, and of use for what it is said to be.
pub async fn read_in(
    app: &App,
    viewer: &Viewer,
    number: i64,
    kind: Kind,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Admitted, Failure> {
    // Found before the work is done: who may not know of the incident makes no work.
    incidents::find(&mut *app.store.reader().await?, viewer, number).await?;
    let admitted = admit(app, name, bytes).await?;
    let _turn = app.heavy.acquire().await.map_err(|_| Failure::Busy)?;
    let work = move || check_in(kind, &admitted.evidence).map(|()| admitted);
    tokio::task::spawn_blocking(work).await.map_err(cut_short)?
}

/// Whether a file can be used for what it is said to be.
fn check_in(kind: Kind, file: &Evidence) -> Result<(), Failure> {
    let text =
        || String::from_utf8(file.bytes.clone()).map_err(|_| Failure::Invalid(format!("{} is not UTF-8.", file.name)));
    match kind {
        Kind::Trace => {
            hindcast_trace::read(std::slice::from_ref(file)).map_err(|e| Failure::Invalid(e.to_string()))?;
        }
        Kind::Facts => {
            hindcast_retro::facts::parse(&text()?, &file.name).map_err(|e| Failure::Invalid(e.to_string()))?;
        }
        Kind::Contracts => {
            contract::parse(&text()?).map_err(|e| Failure::Invalid(format!("{}: {e}", file.name)))?;
        }
    }
    Ok(())
}

fn cut_short(_: tokio::task::JoinError) -> Failure {
    Failure::Internal("work on evidence was cut short".to_owned())
}

/// What an incident knows as facts.
fn known(incident: &Incident, moments: Vec<Moment>, facts: Option<String>) -> IncidentFacts {
    IncidentFacts {
        reference: incident.reference(),
        title: Some(incident.title.clone()),
        agent: Some(incident.agent.clone()).filter(|a| !a.is_empty()),
        moments,
        severity: incident.severity.map(|level| (level, incident.severity_reason.clone())),
        facts,
    }
}

/// A file, where its bytes are there and whole. Damage to one is told where the file is asked for; it keeps nobody from the rest.
async fn whole(
    app: &App,
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    id: &str,
) -> Result<Option<Evidence>, StoreError> {
    match evidence::bytes(&app.store, conn, viewer, number, id).await {
        Err(StoreError::Corrupt(what)) => {
            tracing::error!(what, "evidence is damaged");
            Ok(None)
        }
        other => other,
    }
}

/// Everything that a draft is made from.
pub struct Material {
    incident: Incident,
    decided: Option<Decided>,
    traces: Vec<Evidence>,
    facts: Facts,
    contracts: Contracts,
    /// Files whose bytes are damaged, or gone without anybody having said so.
    pub missing: Vec<String>,
    /// Traces that were erased on purpose, with words on how.
    erased: BTreeMap<EvidenceId, String>,
}

/// Gathers it.
pub async fn material(app: &App, viewer: &Viewer, number: i64) -> Result<Material, Failure> {
    let conn = &mut *app.store.reader().await?;
    let incident = incidents::find(conn, viewer, number).await?;
    let moments = incidents::moments(conn, viewer, number).await?;
    let (mut traces, mut missing, mut facts_file, mut contracts) = (Vec::new(), Vec::new(), None, Contracts::default());
    let mut erased = BTreeMap::new();
    for item in evidence::of(conn, viewer, number).await? {
        if let Some(gone) = &item.erased {
            let how = format!("on {} by {} ({})", gone.at.strftime("%Y-%m-%d"), gone.by, gone.why);
            erased.extend(item.id.parse::<EvidenceId>().ok().map(|id| (id, how)));
            continue;
        }
        let Some(file) = whole(app, conn, viewer, number, &item.id).await? else {
            missing.push(item.name);
            continue;
        };
        let text = || String::from_utf8_lossy(&file.bytes).into_owned();
        match item.kind {
            Kind::Trace => traces.push(file),
            Kind::Facts => facts_file = Some(text()),
            Kind::Contracts => {
                contracts = contract::parse(&text()).map_err(|e| Failure::Invalid(format!("{}: {e}", item.name)))?;
            }
        }
    }
    let facts = facts(&known(&incident, moments, facts_file)).map_err(|e| Failure::Invalid(e.to_string()))?;
    let last = incidents::severities(conn, viewer, number).await?.pop();
    let decided = incident.severity.map(|level| Decided {
        level,
        by: last.map(|d| d.name),
        reason: Some(incident.severity_reason.clone()).filter(|r| !r.is_empty()),
    });
    Ok(Material { incident, decided, traces, facts, contracts, missing, erased })
}

/// A session to choose.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SessionRow {
    /// Its key.
    pub key: String,
    /// How many events it has.
    pub events: usize,
    /// How the user opened it.
    pub opening: String,
}

/// What drafting came to.
pub enum Drafted {
    /// A draft, and what a person should know about it.
    Done(Box<Draft>, Vec<String>),
    /// The evidence holds several sessions, and one must be chosen.
    Choose(Vec<SessionRow>),
}

/// Drafts; with an earlier draft, keeps what people did to it.
pub async fn draft(
    app: &App,
    material: Material,
    session: Option<String>,
    earlier: Option<Draft>,
) -> Result<Drafted, Failure> {
    if !material.missing.is_empty() {
        return Err(Failure::Conflict(format!(
            "The bytes of {} are damaged or gone. Take the same file in again, or have it erased: a draft without it would say less.",
            material.missing.join(", ")
        )));
    }
    if material.traces.is_empty() {
        let text = match material.erased.is_empty() {
            true => "Add a trace first: the retro is drafted from it.",
            false => "The traces of this incident were erased; there is nothing left to draft from.",
        };
        return Err(Failure::Conflict(text.to_owned()));
    }
    let policy = Arc::clone(&app.config);
    let _turn = app.heavy.acquire().await.map_err(|_| Failure::Busy)?;
    let work = move || {
        let reading = hindcast_trace::read(&material.traces).map_err(|e| Failure::Invalid(e.to_string()))?;
        let chosen = match (&session, &reading.sessions[..]) {
            (None, [one]) => Some(one),
            (None, _) => None,
            (Some(key), all) => Some(
                all.iter()
                    .find(|t| t.key == *key)
                    .ok_or_else(|| Failure::NotFound("There is no such session.".to_owned()))?,
            ),
        };
        let Some(trace) = chosen else { return Ok(Drafted::Choose(reading.sessions.iter().map(row).collect())) };
        let (evidence, contracts, facts) = (&material.traces[..], &material.contracts, &material.facts);
        let input = hindcast_retro::Input { trace, evidence, contracts, facts, policy: &policy.policy };
        let fresh = hindcast_retro::draft(&input);
        let mut edits = earlier.as_ref().map(Edits::of).unwrap_or_default();
        // The record is where people decide on the level.
        edits.severity = material.decided;
        let (mut draft, warnings) = merge(&edits, fresh, &policy.policy);
        if !draft.titled && earlier.is_none() {
            draft.title.clone_from(&material.incident.title);
        }
        Ok(Drafted::Done(Box::new(draft), warnings))
    };
    tokio::task::spawn_blocking(work).await.map_err(cut_short)?
}

fn row(trace: &Trace) -> SessionRow {
    let opening = trace.events.iter().find_map(|e| match &e.kind {
        EventKind::Message { role: Role::User, texts, .. } => {
            texts.first().map(|t| t.text.chars().take(100).collect::<String>())
        }
        _ => None,
    });
    SessionRow { key: trace.key.clone(), events: trace.events.len(), opening: opening.unwrap_or_default() }
}

/// Checks every quote of a draft against the evidence; `None` where some of it is gone.
pub async fn check(app: &App, viewer: &Viewer, number: i64, draft: Draft) -> Result<Option<Check>, Failure> {
    let material = material(app, viewer, number).await?;
    if !material.missing.is_empty() {
        return Ok(None);
    }
    let _turn = app.heavy.acquire().await.map_err(|_| Failure::Busy)?;
    let work = move || verify::verify_beside(&draft, &material.traces, &material.erased);
    tokio::task::spawn_blocking(work).await.map(Some).map_err(cut_short)
}

//! What a retro is made from, drafting it, and looking its quotes up.

use super::intake::is_small;
use super::{known, unread};
use crate::failure::Failure;
use crate::fair;
use crate::memory::Taken;
use crate::state::App;
use hindcast_detect::Contracts;
use hindcast_detect::tools::contract;
use hindcast_retro::draft::{Decided, Draft};
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::Edits;
use hindcast_retro::record::incident::facts;
use hindcast_retro::verify::{self, Check};
use hindcast_store::evidence::{self, Item, Kind};
use hindcast_store::incidents::{self, Incident};
use hindcast_store::{PackedEvidence, StoreError, Viewer};
use hindcast_trace::model::Role;
use hindcast_trace::{EventKind, Evidence, EvidenceId, Limits, Stop, Trace};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// Bytes of the files.
    bytes: u64,
    /// Bytes of memory that reading it may take; they are held while it is there.
    most: u64,
    _memory: Taken,
}

/// Memory that a small draft may take: sentences and words come beside what reading takes.
const DRAFT: u64 = 4 * Limits::FLOOR;
/// How many times its bytes what the agent said may take, cut into sentences and words, with what is claimed in them.
const SAID: u64 = 30;

/// Gathers it.
pub async fn material(app: &App, viewer: &Viewer, number: i64) -> Result<Material, Failure> {
    fair::needs_own_share("reading the evidence of an incident");
    // Nothing is loaded before there is memory for it, and nobody holds a connection while waiting for that.
    let files = evidence::of(&mut *app.store.reader().await?, viewer, number).await?;
    let bytes: u64 =
        files.iter().filter(|f| f.erased.is_none()).map(|f| u64::try_from(f.bytes).unwrap_or_default()).sum();
    let all = app.memory.all();
    if bytes > all / 3 {
        return Err(Failure::TooLarge(format!(
            "The evidence of this incident holds {} MiB, and at most {} MiB are read at once. Spread it over several incidents.",
            bytes >> 20,
            (all / 3) >> 20
        )));
    }
    let most = Limits::memory_for(bytes, all).max(DRAFT).min(app.memory.most());
    let memory = app.memory.take(most).await?;
    let (incident, moments, files, last) = {
        let conn = &mut *app.store.reader().await?;
        let incident = incidents::find(conn, viewer, number).await?;
        let moments = incidents::moments(conn, viewer, number).await?;
        let files = evidence::all_stored(&app.store, conn, viewer, number).await?;
        (incident, moments, files, incidents::severities(conn, viewer, number).await?.pop())
    };
    let decided = incident.severity.map(|level| Decided {
        level,
        by: last.map(|d| d.name),
        reason: Some(incident.severity_reason.clone()).filter(|r| !r.is_empty()),
    });
    let work = move |stop: &Stop| {
        let Files { traces, facts: uploaded, contracts, missing, erased } = unpacked(files, stop)?;
        let facts = facts(&known(&incident, moments, uploaded)).map_err(|e| Failure::Invalid(e.to_string()))?;
        let contracts = contracts.as_ref().map_or(Ok(Contracts::default()), |(name, text)| {
            contract::parse(text).map_err(|e| Failure::Invalid(format!("{name}: {e}")))
        })?;
        Ok(Material { incident, decided, traces, facts, contracts, missing, erased, bytes, most, _memory: memory })
    };
    in_turn(app, bytes, work).await?
}

/// Does work on so many bytes of evidence.
async fn in_turn<T: Send + 'static>(
    app: &App,
    bytes: u64,
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Result<T, Failure> {
    match is_small(bytes) {
        true => app.pools.evidence.run_light(work).await,
        false => app.pools.evidence.run(work).await,
    }
}

/// The files of an incident. Of facts and contracts the last count.
#[derive(Default)]
struct Files {
    traces: Vec<Evidence>,
    facts: Option<String>,
    /// With the file's name.
    contracts: Option<(String, String)>,
    missing: Vec<String>,
    erased: BTreeMap<EvidenceId, String>,
}

/// Unpacks them.
fn unpacked(stored: Vec<(Item, Option<PackedEvidence>)>, stop: &Stop) -> Result<Files, StoreError> {
    let mut files = Files::default();
    for (item, packed) in stored {
        let id = item.id.parse::<EvidenceId>();
        if let Some(gone) = &item.erased {
            let how = format!("on {} by {} ({})", gone.at.strftime("%Y-%m-%d"), gone.by, gone.why);
            files.erased.extend(id.ok().map(|id| (id, how)));
            continue;
        }
        let bytes = match packed.map(|packed| packed.bytes(stop)).transpose() {
            // Damage to one is told where the file is asked for; it keeps nobody from the rest.
            Err(error @ StoreError::DamagedEvidence(_)) => {
                tracing::error!(%error, "evidence is damaged");
                None
            }
            read => read?.flatten(),
        };
        let (Some(bytes), Ok(id)) = (bytes, id) else {
            files.missing.push(item.name);
            continue;
        };
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match item.kind {
            Kind::Facts => files.facts = Some(text()),
            Kind::Contracts => files.contracts = Some((item.name, text())),
            Kind::Trace => files.traces.push(Evidence { id, name: item.name, bytes, excerpt: None }),
        }
    }
    Ok(files)
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
    let bytes = material.traces.iter().map(|t| t.bytes.len() as u64).sum();
    let work = move |stop: &Stop| {
        let limits = Limits { unpacked: material.most / Limits::TIMES, memory: material.most, stop: stop.clone() };
        let reading = hindcast_trace::read_within(&material.traces, &limits).map_err(unread)?;
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
        may_be_drafted(trace, limits.memory)?;
        let (evidence, contracts, facts) = (&material.traces[..], &material.contracts, &material.facts);
        facts.look_up(&[trace]).map_err(|e| Failure::Invalid(e.to_string()))?;
        let input = hindcast_retro::Input { trace, evidence, contracts, facts, policy: &policy.policy };
        let mut edits = earlier.as_ref().map(Edits::of).unwrap_or_default();
        // The record is where people decide on the level.
        edits.severity = material.decided;
        let (mut draft, warnings) = hindcast_retro::redraft_until(&input, &edits, stop).ok_or(Failure::Ended)?;
        if !draft.title_edited && earlier.is_none() {
            draft.title.clone_from(&material.incident.title);
        }
        Ok(Drafted::Done(Box::new(draft), warnings))
    };
    in_turn(app, bytes, work).await?
}

/// Refuses a session whose words are more than drafting has memory for.
fn may_be_drafted(trace: &Trace, memory: u64) -> Result<(), Failure> {
    let said = trace.events.iter().flat_map(|e| match &e.kind {
        EventKind::Message { role: Role::Assistant, texts, .. } => &texts[..],
        _ => &[],
    });
    let said: u64 = said.map(|t| t.text.len() as u64).sum();
    if said.saturating_mul(SAID) <= memory {
        return Ok(());
    }
    Err(Failure::TooLarge(format!(
        "The agent's texts in this session hold {:.1} MB; drafting takes about {SAID} times that in memory, and {} MiB are allowed for it. \
         Cut the trace to the part that matters.",
        said as f64 / 1e6,
        memory >> 20
    )))
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
    let bytes = material.bytes;
    let work = move |stop: &Stop| {
        let check = verify::verify_until(&draft, &material.traces, &material.erased, stop);
        check.map(Some).ok_or(Failure::Ended)
    };
    in_turn(app, bytes, work).await?
}

//! What a retro is made from, drafting it, and looking its quotes up.

use super::{cut_short, known, whole};
use crate::failure::Failure;
use crate::state::App;
use hindcast_detect::Contracts;
use hindcast_detect::tools::contract;
use hindcast_retro::draft::{Decided, Draft};
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::Edits;
use hindcast_retro::record::incident::facts;
use hindcast_retro::verify::{self, Check};
use hindcast_store::Viewer;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, Incident};
use hindcast_trace::model::Role;
use hindcast_trace::{EventKind, Evidence, EvidenceId, Trace};
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
        facts.look_up(&[trace]).map_err(|e| Failure::Invalid(e.to_string()))?;
        let input = hindcast_retro::Input { trace, evidence, contracts, facts, policy: &policy.policy };
        let mut edits = earlier.as_ref().map(Edits::of).unwrap_or_default();
        // The record is where people decide on the level.
        edits.severity = material.decided;
        let (mut draft, warnings) = hindcast_retro::redraft(&input, &edits);
        if !draft.title_edited && earlier.is_none() {
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

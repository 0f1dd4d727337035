//! The retro of an incident: begun from evidence, read whole, drafted anew.

use super::frame::{Frame, go, page, when};
use super::light::is_light;
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::markdown;
use crate::state::App;
use crate::work::retro::{begin, both, opened, written};
use crate::work::{self, Drafted, SessionRow};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_render::html::{self, Stop};
use hindcast_retro::draft::Deadline;
use hindcast_retro::record::edit::{LeadChoice, LeadDecision, Section};
use hindcast_retro::record::people::Permission;
use hindcast_store::incidents::{self, Incident};
use hindcast_store::retros::State as RetroState;
use hindcast_store::{Viewer, evidence};

struct Edited {
    label: &'static str,
    by: String,
    at: String,
}

#[derive(Template)]
#[template(path = "retro.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    state: RetroState,
    revision: i64,
    fragment: String,
    stops: Vec<Stop>,
    edited: Vec<Edited>,
    submitted: Option<(String, String)>,
    approved: Option<(String, String)>,
    undecided: usize,
    /// Files that it quotes and that were erased since: name, who, when, why.
    erased: Vec<(String, String, String, String)>,
    may_approve: bool,
    /// True where the light form is asked for.
    light: bool,
}

/// Shows it.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (incident, retro) = both(&app, &viewer, number).await?;
    let mut draft = opened(&app, &retro.draft).await?;
    // Without a decision on severity the proposal stands, with what would be due.
    if retro.state != RetroState::Approved && incident.severity.is_some() {
        draft.severity.deadlines = due(&app, &viewer, &incident).await?;
    }
    let files = evidence::of(&mut *app.store.reader().await?, &viewer, number).await?;
    let quoted = files.into_iter().filter(|f| draft.evidence.iter().any(|e| e.id.to_string() == f.id));
    let erased = quoted.filter_map(|f| f.erased.map(|e| (f.name, e.by, when(e.at), e.why))).collect();
    let edits = viewer.may(Permission::Write) && retro.state != RetroState::Approved;
    let base = format!("/incidents/{number}/retro");
    let work = move |stop: &hindcast_trace::Stop| {
        if stop.is_set() {
            return Err(Failure::Ended);
        }
        let written = html::fragment_with(&draft, edits.then_some(base.as_str()), Some(&markdown::html));
        let written = written.map_err(|e| Failure::Internal(format!("a retro cannot be written: {e}")))?;
        Ok((draft, written))
    };
    let (draft, (fragment, stops)) = app.pools.pages.run(work).await??;
    let edited = Section::ALL.iter().filter_map(|s| {
        let edited = retro.sections.get(s.name())?;
        Some(Edited { label: s.label(), by: edited.by.clone()?, at: when(edited.at?) })
    });
    let open =
        |f: &&hindcast_retro::draft::FindingEntry| f.statement.verdict == hindcast_retro::statement::Verdict::Open;
    page(&Page {
        frame: Frame::new(&viewer, "incidents", format!("Retro of {}", incident.reference())),
        state: retro.state,
        revision: retro.revision,
        fragment,
        stops,
        edited: edited.collect(),
        submitted: retro.submitted.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        approved: retro.approved.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        undecided: draft.behavior.findings.iter().filter(open).count(),
        erased,
        may_approve: viewer.may(Permission::Approve),
        light: is_light(&incident),
        incident,
    })
}

/// What is due by the incident as it is now: a draft knows of what it was when it was made. What is approved stays as it is.
async fn due(app: &App, viewer: &Viewer, incident: &Incident) -> Result<Vec<Deadline>, Failure> {
    let due = incidents::deadlines(&mut *app.store.reader().await?, viewer, incident.number).await?;
    Ok(due.into_iter().map(|(d, _)| Deadline { what: d.what, due: d.text, explanation: d.explanation }).collect())
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    frame: Frame,
    reference: String,
    action: String,
    sessions: Vec<SessionRow>,
}

/// Begins it: drafts from the evidence.
pub async fn create(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let material = work::material(&app, &writer.0, number).await?;
    let session = Some(fields.get("session").to_owned()).filter(|s| !s.is_empty());
    let draft = match work::draft(&app, material, session, None).await? {
        Drafted::Done(draft, _) => draft,
        Drafted::Choose(sessions) => {
            let frame = Frame::new(&writer.0, "incidents", "Choose a session");
            let action = format!("/incidents/{number}/retro");
            return page(&Choose { frame, reference: format!("INC-{number}"), action, sessions });
        }
    };
    let act = writer.act(&app);
    let new = written(&app, *draft).await?;
    let mut tx = app.begin().await?;
    begin(&app, &mut tx, act, number, &new).await?;
    tx.commit().await?;
    Ok(go(&format!("/incidents/{number}/retro")))
}

/// Drafts anew from the evidence as it is now; what people wrote and decided stays.
pub async fn redraft(State(app): State<App>, writer: Writer, Path(number): Path<i64>) -> Result<Response, Failure> {
    work::retro::redraft(&app, writer.act(&app), number).await?;
    Ok(go(&format!("/incidents/{number}/retro")))
}

/// Promotes a lead, dismisses it, or takes that back.
pub async fn decide_lead(
    State(app): State<App>,
    writer: Writer,
    Path((number, id)): Path<(i64, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let decision = match fields.get("decision") {
        "promoted" => LeadChoice::Promoted,
        "dismissed" => LeadChoice::Dismissed,
        "open" => LeadChoice::Open,
        other => return Err(Failure::Invalid(format!("Decision: there is no `{other}`."))),
    };
    let reason = Some(fields.get("reason").to_owned()).filter(|r| !r.is_empty());
    work::lead::decide(&app, writer.act(&app), number, &id, &LeadDecision { decision, reason }).await?;
    Ok(go(&format!("/incidents/{number}/retro#behavior")))
}

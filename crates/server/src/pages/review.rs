//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::frame::{Frame, go, page, when};
use super::light::is_light;
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::retro::both;
use crate::work::review::{self, Standing, no_approval, standing};
use crate::work::revision::words;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::gate::Fault;
use hindcast_store::incidents::Incident;
use hindcast_store::retros::{Retro, State as RetroState};
use hindcast_store::{Viewer, chain};
use serde_json::Value;

struct WaiverRow {
    reason: String,
    name: String,
    at: String,
    faults: Vec<String>,
}

struct RuleRow {
    id: &'static str,
    asks: &'static str,
    faults: Vec<(String, String)>,
    /// True where the waiver covers the faults.
    waived: bool,
    waiver: Option<WaiverRow>,
}

impl RuleRow {
    fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    state: RetroState,
    /// The revision that is read here, and that an approval is of.
    revision: i64,
    /// Why the latest review or approval ended.
    ended: Option<String>,
    /// What changed since the revision that somebody wanted to approve.
    changed: Option<String>,
    rules: Vec<RuleRow>,
    open: usize,
    submitted: Option<(String, String)>,
    approved: Option<(String, String)>,
    /// Why the viewer may not approve; absent where they may.
    no_approval: Option<&'static str>,
    /// True where this server lets people approve what they wrote or waived themselves.
    self_approval: bool,
}

/// Where a fault is mended: in the light form what that form holds, everything else in its section.
fn mended_at(number: i64, rule: &str, fault: &Fault, light: bool) -> String {
    let at = fault.id.as_ref().map(|id| format!("#{id}")).unwrap_or_default();
    match fault.section {
        _ if light && rule == "ticket-named" => format!("/incidents/{number}/retro/light#ticket"),
        Section::Behavior if light => format!("/incidents/{number}/retro/light{at}"),
        _ => format!("/incidents/{number}/retro/{}/edit{at}", fault.section.name()),
    }
}

fn row(standing: Standing, number: i64, light: bool) -> RuleRow {
    let waived = standing.is_waived();
    let Standing { checked, waiver } = standing;
    let mended = |f: &Fault| mended_at(number, checked.rule, f, light);
    RuleRow {
        id: checked.rule,
        asks: checked.asks,
        faults: checked.faults.iter().map(|f| (mended(f), f.what.clone())).collect(),
        waived,
        waiver: waiver.map(|w| WaiverRow {
            reason: w.reason,
            name: w.name,
            at: when(w.at),
            faults: w.faults.into_iter().map(|f| f.what).collect(),
        }),
    }
}

async fn shown(app: &App, viewer: &Viewer, number: i64, changed: Option<String>) -> Result<Page, Failure> {
    let (incident, retro) = both(app, viewer, number).await?;
    let light = is_light(&incident);
    let rules = standing(app, viewer, &incident, &retro).await?;
    let open = rules.iter().filter(|r| !r.passes()).count();
    let no_approval = no_approval(app, &mut *app.store.reader().await?, viewer, &retro, &rules).await?;
    Ok(Page {
        frame: Frame::new(viewer, "incidents", format!("Review of {}", incident.reference())),
        open,
        rules: rules.into_iter().map(|r| row(r, number, light)).collect(),
        state: retro.state,
        revision: retro.revision,
        ended: ended(app, viewer, &retro).await?,
        changed,
        submitted: retro.submitted.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        approved: retro.approved.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        no_approval,
        self_approval: app.config.self_approval,
        incident,
    })
}

/// Why the latest review or approval ended; nothing where the retro was submitted again since.
async fn ended(app: &App, viewer: &Viewer, retro: &Retro) -> Result<Option<String>, Failure> {
    if retro.state != RetroState::Draft {
        return Ok(None);
    }
    let events = chain::of_incident(&mut *app.store.reader().await?, viewer, retro.incident, RECENT).await?;
    let last = events.into_iter().find(|e| STATES.contains(&e.kind.as_str()));
    Ok(last.filter(|e| e.kind == "retro.review_ended").map(|e| {
        let text = |key: &str| e.data.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let what = if text("from") == "approved" { "approval" } else { "review" };
        format!("The {what} ended on {}: {} {}.", when(e.at), e.name, because(&text("because")))
    }))
}

/// Events in which the latest change of state is looked for.
const RECENT: i64 = 100;
/// The events that change a retro's state.
const STATES: [&str; 5] =
    ["retro.submitted", "retro.returned", "retro.approved", "retro.reopened", "retro.review_ended"];

/// What ended a review, in words that follow a name: a change of the retro, or of the incident.
pub fn because(what: &str) -> String {
    if what.contains(' ') { what.to_owned() } else { words(what) }
}

/// Shows it.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    page(&shown(&app, &viewer, number, None).await?)
}

fn back(number: i64) -> Response {
    go(&format!("/incidents/{number}/retro/review"))
}

/// Asks for a review.
pub async fn submit(State(app): State<App>, writer: Writer, Path(number): Path<i64>) -> Result<Response, Failure> {
    review::submit(&app, writer.act(&app), number).await?;
    Ok(back(number))
}

/// Gives it back to be written on, with a reason.
pub async fn give_back(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let reason = fields.required("reason", "Why", 2000)?;
    review::give_back(&app, writer.act(&app), number, &reason).await?;
    Ok(back(number))
}

/// Waives a rule with a reason, or takes the waiver back.
pub async fn waive(
    State(app): State<App>,
    writer: Writer,
    Path((number, rule)): Path<(i64, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    review::rule(&rule)?;
    let reason = match fields.has("withdraw") {
        true => String::new(),
        false => fields.required("reason", "Why", 2000)?,
    };
    let read = if fields.has("revision") { Some(fields.number("revision")?) } else { None };
    review::waive(&app, writer.act(&app), number, &rule, &reason, read).await?;
    Ok(back(number))
}

/// Approves the revision that the form was made from. Where the retro changed since, the page says who changed what.
pub async fn approve(
    State(app): State<App>,
    approver: Approver,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    // Found first: who may not know of the incident is not told what is wrong with the form either.
    both(&app, &approver.0, number).await?;
    let read = fields.number("revision")?;
    match review::approve(&app, approver.act(&app), number, read).await {
        Err(Failure::Stale(what)) => {
            let page = shown(&app, &approver.0, number, Some(what)).await?;
            Ok((StatusCode::PRECONDITION_FAILED, Html(page.render()?)).into_response())
        }
        other => other.map(|()| back(number)),
    }
}

/// Begins a revision of what is approved, with a reason.
pub async fn reopen(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let reason = fields.required("reason", "Why", 2000)?;
    review::reopen(&app, writer.act(&app), number, &reason).await?;
    Ok(back(number))
}

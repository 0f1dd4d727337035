//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::frame::{Frame, go, page, when};
use super::light::is_light;
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::retro::both;
use crate::work::review::{self, ask, no_approval};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::gate::{Checked, Fault};
use hindcast_store::incidents::Incident;
use hindcast_store::retros::{self, State as RetroState, Waiver};

struct RuleRow {
    id: &'static str,
    asks: &'static str,
    faults: Vec<(String, String)>,
    waiver: Option<(String, String, String)>,
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
    rules: Vec<RuleRow>,
    open: usize,
    submitted: Option<(String, String)>,
    approved: Option<(String, String)>,
    /// Why the viewer may not approve; absent where they may.
    no_approval: Option<&'static str>,
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

fn row(checked: Checked, waivers: &[Waiver], number: i64, light: bool) -> RuleRow {
    let waiver = waivers.iter().find(|w| w.rule == checked.rule);
    let faults = checked.faults.into_iter().map(|f| (mended_at(number, checked.rule, &f, light), f.what));
    RuleRow {
        id: checked.rule,
        asks: checked.asks,
        faults: faults.collect(),
        waiver: waiver.map(|w| (w.reason.clone(), w.name.clone(), when(w.at))),
    }
}

/// Shows it.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (incident, retro) = both(&app, &viewer, number).await?;
    let checked = ask(&app, &viewer, &incident, &retro).await?;
    let waivers = retros::waivers(&mut *app.store.reader().await?, &viewer, number).await?;
    let light = is_light(&incident);
    let rules: Vec<RuleRow> = checked.into_iter().map(|c| row(c, &waivers, number, light)).collect();
    page(&Page {
        frame: Frame::new(&viewer, "incidents", format!("Review of {}", incident.reference())),
        open: rules.iter().filter(|r| !r.holds() && r.waiver.is_none()).count(),
        rules,
        state: retro.state,
        submitted: retro.submitted.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        approved: retro.approved.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        no_approval: no_approval(&viewer, &retro),
        incident,
    })
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
    review::waive(&app, writer.act(&app), number, &rule, &reason).await?;
    Ok(back(number))
}

/// Approves: another person than the one who asked, and with every rule kept or waived.
pub async fn approve(State(app): State<App>, approver: Approver, Path(number): Path<i64>) -> Result<Response, Failure> {
    review::approve(&app, approver.act(&app), number).await?;
    Ok(back(number))
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

//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::frame::{Frame, go, page, when};
use super::retro::{both, parse};
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::gate::{self, Checked, GateInput, RULES};
use hindcast_retro::record::people::Permission;
use hindcast_store::incidents::{self, Incident};
use hindcast_store::retros::{self, Retro, State as RetroState, Waiver};
use hindcast_store::{StoreError, Viewer};

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

/// Asks every rule about the retro as it stands.
pub async fn ask(app: &App, viewer: &Viewer, incident: &Incident, retro: &Retro) -> Result<Vec<Checked>, Failure> {
    let draft = parse(&retro.draft)?;
    let check = work::check(app, viewer, incident.number, draft.clone()).await?;
    let ticket = Some(incident.ticket.as_str()).filter(|t| !t.is_empty());
    Ok(gate::check(&GateInput { draft: &draft, check: check.as_ref(), level: incident.severity, ticket }))
}

fn row(checked: Checked, waivers: &[Waiver], number: i64) -> RuleRow {
    let waiver = waivers.iter().find(|w| w.rule == checked.rule);
    let faults = checked.faults.into_iter().map(|f| {
        let name = f.section.name();
        (
            format!("/incidents/{number}/retro/{name}/edit{}", f.id.map(|id| format!("#{id}")).unwrap_or_default()),
            f.what,
        )
    });
    RuleRow {
        id: checked.rule,
        asks: checked.asks,
        faults: faults.collect(),
        waiver: waiver.map(|w| (w.reason.clone(), w.name.clone(), when(w.at))),
    }
}

/// Why somebody may not approve.
fn no_approval(viewer: &Viewer, retro: &Retro) -> Option<&'static str> {
    match &retro.submitted {
        _ if !viewer.may(Permission::Approve) => Some("Approving needs the role of an approver."),
        Some((account, ..)) if *account == viewer.account => {
            Some("You asked for this review; approving it takes another person.")
        }
        _ => None,
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
    let rules: Vec<RuleRow> = checked.into_iter().map(|c| row(c, &waivers, number)).collect();
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
    let act = writer.act(&app);
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    retros::set_state(&mut tx, act, &retro, RetroState::InReview, "").await?;
    tx.commit().await?;
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
    let act = writer.act(&app);
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    if retro.state != RetroState::InReview {
        return Err(Failure::Conflict("The retro is not in review.".to_owned()));
    }
    retros::set_state(&mut tx, act, &retro, RetroState::Draft, &reason).await?;
    tx.commit().await?;
    Ok(back(number))
}

/// Waives a rule with a reason, or takes the waiver back.
pub async fn waive(
    State(app): State<App>,
    writer: Writer,
    Path((number, rule)): Path<(i64, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    if !RULES.iter().any(|r| r.id() == rule) {
        return Err(Failure::NotFound("There is no such rule.".to_owned()));
    }
    let reason = match fields.has("withdraw") {
        true => String::new(),
        false => fields.required("reason", "Why", 2000)?,
    };
    let act = writer.act(&app);
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    super::retro::may_change(&retro)?;
    retros::waive(&mut tx, act, number, &rule, &reason).await?;
    tx.commit().await?;
    Ok(back(number))
}

/// Approves: another person than the one who asked, and with every rule kept or waived.
pub async fn approve(State(app): State<App>, approver: Approver, Path(number): Path<i64>) -> Result<Response, Failure> {
    let viewer = &approver.0;
    let (incident, seen) = both(&app, viewer, number).await?;
    if let Some(why) = no_approval(viewer, &seen) {
        return Err(Failure::Conflict(why.to_owned()));
    }
    let checked = ask(&app, viewer, &incident, &seen).await?;
    let act = approver.act(&app);
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    // What was checked is what is approved, to the revision; likewise the severity that chose the rules.
    let now = incidents::find(&mut tx, viewer, number).await?;
    if retro.revision != seen.revision || retro.submitted != seen.submitted || now.severity != incident.severity {
        return Err(StoreError::Stale("retro").into());
    }
    let waivers = retros::waivers(&mut tx, viewer, number).await?;
    let open = checked.iter().filter(|c| !c.faults.is_empty() && !waivers.iter().any(|w| w.rule == c.rule)).count();
    if open > 0 {
        let text = format!("{open} of the checks fail and are not waived; see them above the button.");
        return Err(Failure::Conflict(text));
    }
    retros::set_state(&mut tx, act, &retro, RetroState::Approved, "").await?;
    incidents::lift(&mut tx, act, number, "retro written").await?;
    tx.commit().await?;
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
    let act = writer.act(&app);
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    if retro.state != RetroState::Approved {
        return Err(Failure::Conflict("The retro is not approved yet; it can be edited as it is.".to_owned()));
    }
    retros::set_state(&mut tx, act, &retro, RetroState::Draft, &reason).await?;
    tx.commit().await?;
    Ok(back(number))
}

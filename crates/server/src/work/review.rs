//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::check;
use super::retro::{both, may_change, parse};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::record::gate::{self, Checked, GateInput, RULES};
use hindcast_retro::record::people::Permission;
use hindcast_store::incidents::{self, Incident};
use hindcast_store::retros::{self, Retro, State};
use hindcast_store::{Act, StoreError, Viewer};

/// Asks every rule about the retro as it stands.
pub async fn ask(app: &App, viewer: &Viewer, incident: &Incident, retro: &Retro) -> Result<Vec<Checked>, Failure> {
    let draft = parse(&retro.draft)?;
    let check = check(app, viewer, incident.number, draft.clone()).await?;
    let ticket = Some(incident.ticket.as_str()).filter(|t| !t.is_empty());
    Ok(gate::check(&GateInput { draft: &draft, check: check.as_ref(), level: incident.severity, ticket }))
}

/// Why somebody may not approve.
pub fn no_approval(viewer: &Viewer, retro: &Retro) -> Option<&'static str> {
    match &retro.submitted {
        _ if !viewer.may(Permission::Approve) => Some("Approving needs the role of an approver."),
        Some((account, ..)) if *account == viewer.account => {
            Some("You asked for this review; approving it takes another person.")
        }
        _ => None,
    }
}

/// Asks for a review.
pub async fn submit(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    retros::set_state(&mut tx, act, &retro, State::InReview, "").await?;
    Ok(tx.commit().await?)
}

/// Gives it back to be written on, with a reason.
pub async fn give_back(app: &App, act: Act<'_>, number: i64, reason: &str) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    if retro.state != State::InReview {
        return Err(Failure::Conflict("The retro is not in review.".to_owned()));
    }
    retros::set_state(&mut tx, act, &retro, State::Draft, reason).await?;
    Ok(tx.commit().await?)
}

/// Refuses rules that do not exist.
pub fn rule(id: &str) -> Result<(), Failure> {
    match RULES.iter().any(|r| r.id() == id) {
        true => Ok(()),
        false => Err(Failure::NotFound("There is no such rule.".to_owned())),
    }
}

/// Waives a rule with a reason, or takes the waiver back where the reason is empty.
pub async fn waive(app: &App, act: Act<'_>, number: i64, rule: &str, reason: &str) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    may_change(&retro)?;
    retros::waive(&mut tx, act, number, rule, reason).await?;
    Ok(tx.commit().await?)
}

/// Approves: another person than the one who asked, and with every rule kept or waived.
pub async fn approve(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let viewer = act.by;
    let (incident, seen) = both(app, viewer, number).await?;
    if let Some(why) = no_approval(viewer, &seen) {
        return Err(Failure::Conflict(why.to_owned()));
    }
    let checked = ask(app, viewer, &incident, &seen).await?;
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    // What was checked is what is approved, to the revision; likewise the incident, whose severity chose the rules and whose evidence
    // holds the quotes: it is held, so that nobody erases a file before the approval stands.
    let now = incidents::hold(&mut tx, act, number).await?;
    if retro.revision != seen.revision || retro.submitted != seen.submitted {
        return Err(StoreError::Stale("retro").into());
    }
    if now.version != incident.version {
        return Err(StoreError::Stale("incident").into());
    }
    let waivers = retros::waivers(&mut tx, viewer, number).await?;
    let open = checked.iter().filter(|c| !c.faults.is_empty() && !waivers.iter().any(|w| w.rule == c.rule)).count();
    if open > 0 {
        let text = format!("{open} of the checks fail and are not waived.");
        return Err(Failure::Conflict(text));
    }
    retros::set_state(&mut tx, act, &retro, State::Approved, "").await?;
    incidents::lift(&mut tx, act, number, "retro written").await?;
    Ok(tx.commit().await?)
}

/// Begins a revision of what is approved, with a reason.
pub async fn reopen(app: &App, act: Act<'_>, number: i64, reason: &str) -> Result<(), Failure> {
    let mut tx = app.store.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    if retro.state != State::Approved {
        return Err(Failure::Conflict("The retro is not approved yet; it can be edited as it is.".to_owned()));
    }
    retros::set_state(&mut tx, act, &retro, State::Draft, reason).await?;
    Ok(tx.commit().await?)
}

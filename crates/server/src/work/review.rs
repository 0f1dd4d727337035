//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::retro::{both, may_change, opened};
use super::revision::since;
use super::{check, reopen_if_unfinished};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::record::gate::{self, Checked, GateInput, RULES};
use hindcast_retro::record::people::Permission;
use hindcast_store::incidents::{self, Incident};
use hindcast_store::retros::{self, Retro, State, Waiver};
use hindcast_store::{Act, Conn, StoreError, Viewer};

/// What the log says of an approval by somebody who wrote or submitted the retro, or waived a check of it.
const SELF_APPROVED: &str = "self-approval, which this server allows";

/// A rule as it stands, with its waiver.
pub struct Standing {
    /// What the rule says.
    pub checked: Checked,
    /// Its waiver, where it has one; it may name other faults than those that there are now.
    pub waiver: Option<Waiver>,
}

impl Standing {
    /// True where nothing is wrong, or all of it is waived.
    pub fn passes(&self) -> bool {
        self.checked.faults.is_empty() || self.is_waived()
    }

    /// True where the waiver covers what is wrong.
    pub fn is_waived(&self) -> bool {
        self.waiver.as_ref().is_some_and(|w| w.covers(self.checked.rule, &self.checked.faults))
    }
}

/// Asks every rule about the retro as it stands. Those are asked that the highest severity since the opening asks for.
pub async fn ask(app: &App, viewer: &Viewer, incident: &Incident, retro: &Retro) -> Result<Vec<Checked>, Failure> {
    let draft = opened(app, &retro.draft).await?;
    let check = check(app, viewer, incident.number, draft.clone()).await?;
    let ticket = Some(incident.ticket.as_str()).filter(|t| !t.is_empty());
    let level = incident.severity.and(incident.duties);
    Ok(gate::check(&GateInput { draft: &draft, check: check.as_ref(), level, ticket }))
}

/// Every rule with its waiver.
pub async fn standing(
    app: &App,
    viewer: &Viewer,
    incident: &Incident,
    retro: &Retro,
) -> Result<Vec<Standing>, Failure> {
    let checked = ask(app, viewer, incident, retro).await?;
    let waivers = retros::waivers(&mut *app.store.reader().await?, viewer, incident.number).await?;
    Ok(joined(checked, &waivers))
}

fn joined(checked: Vec<Checked>, waivers: &[Waiver]) -> Vec<Standing> {
    let waiver = |rule: &str| waivers.iter().find(|w| w.rule == rule).cloned();
    checked.into_iter().map(|checked| Standing { waiver: waiver(checked.rule), checked }).collect()
}

/// Why somebody may not approve: it takes another person than the one who asked, than the one who wrote last or since then changed last what
/// the retro takes from the incident, and than anybody whose waiver the approval rests on.
pub async fn no_approval(
    app: &App,
    conn: &mut Conn,
    viewer: &Viewer,
    retro: &Retro,
    rules: &[Standing],
) -> Result<Option<&'static str>, StoreError> {
    if !viewer.may(Permission::Approve) {
        return Ok(Some("Only an approver can approve a retro."));
    }
    let own = own(conn, viewer, retro, rules).await?;
    Ok(own.filter(|_| !app.config.self_approval))
}

/// Why a retro is the viewer's own: they asked for the review, wrote last, or waived a check that fails.
async fn own(
    conn: &mut Conn,
    viewer: &Viewer,
    retro: &Retro,
    rules: &[Standing],
) -> Result<Option<&'static str>, StoreError> {
    if retro.submitted.as_ref().is_some_and(|(account, ..)| *account == viewer.account) {
        return Ok(Some("You sent this retro for review. Another person must approve it."));
    }
    if let Some(editors) = retros::last_editors(conn, viewer, retro.incident).await? {
        if editors.text == viewer.account {
            return Ok(Some("You made the last change to this retro. Another person must approve it."));
        }
        if editors.incident.is_some_and(|account| account == viewer.account) {
            return Ok(Some(
                "You made the last change to the incident's title, agent, ticket, times or severity, which the retro or its checks use. Another \
                 person must approve it.",
            ));
        }
    }
    Ok(waived_by(viewer, rules).next().map(|_| {
        "You waived a failed check of this retro. Another person must approve it, or waive the check instead of you."
    }))
}

/// The checks that fail and hold by this person's waiver alone.
fn waived_by<'r>(viewer: &'r Viewer, rules: &'r [Standing]) -> impl Iterator<Item = &'static str> + 'r {
    let by = |s: &&Standing| s.waiver.as_ref().is_some_and(|w| w.account == viewer.account);
    rules.iter().filter(|s| s.is_waived()).filter(by).map(|s| s.checked.rule)
}

/// What the log says of an approval that this server allows though it is somebody's own; empty where it is another person's.
async fn self_approval(
    conn: &mut Conn,
    viewer: &Viewer,
    retro: &Retro,
    rules: &[Standing],
) -> Result<String, StoreError> {
    let waived: Vec<&str> = waived_by(viewer, rules).collect();
    Ok(match own(conn, viewer, retro, rules).await? {
        None => String::new(),
        Some(_) if waived.is_empty() => SELF_APPROVED.to_owned(),
        Some(_) => format!("{SELF_APPROVED}; approver's own waivers: {}", waived.join(", ")),
    })
}

/// Asks for a review.
pub async fn submit(app: &App, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    retros::set_state(&mut tx, act, &retro, State::InReview, "").await?;
    Ok(tx.commit().await?)
}

/// Gives it back to be written on, with a reason.
pub async fn give_back(app: &App, act: Act<'_>, number: i64, reason: &str) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
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

/// Waives what a rule finds wrong now, with a reason; or takes the waiver back where the reason is empty. With the revision that
/// somebody read, only where the retro is still at it.
pub async fn waive(
    app: &App,
    act: Act<'_>,
    number: i64,
    rule: &str,
    reason: &str,
    read: Option<i64>,
) -> Result<(), Failure> {
    let (incident, seen) = both(app, act.by, number).await?;
    may_change(&seen)?;
    if let Some(read) = read.filter(|read| *read != seen.revision) {
        return Err(Failure::Stale(since(&mut *app.store.reader().await?, act.by, number, read).await?));
    }
    let mut faults = Vec::new();
    if !reason.is_empty() {
        let checked = ask(app, act.by, &incident, &seen).await?;
        faults = checked.into_iter().find(|c| c.rule == rule).map(|c| c.faults).unwrap_or_default();
        if faults.is_empty() {
            return Err(Failure::Conflict("This check does not fail, so there is nothing to waive.".to_owned()));
        }
    }
    let mut tx = app.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    may_change(&retro)?;
    if retro.revision != seen.revision {
        return Err(Failure::Stale(since(&mut tx, act.by, number, seen.revision).await?));
    }
    if reason.is_empty() && !retros::waivers(&mut tx, act.by, number).await?.iter().any(|w| w.rule == rule) {
        return Err(StoreError::NotFound("waiver").into());
    }
    retros::waive(&mut tx, act, number, rule, reason, &faults).await?;
    Ok(tx.commit().await?)
}

/// Approves the revision that somebody read: another person than the one who asked or wrote last, and with every rule kept or waived by
/// another person.
///
/// # Errors
/// [`Failure::Stale`] where the retro was changed since, with who changed what.
pub async fn approve(app: &App, act: Act<'_>, number: i64, read: i64) -> Result<(), Failure> {
    let viewer = act.by;
    let (incident, seen) = both(app, viewer, number).await?;
    if seen.revision != read {
        return Err(Failure::Stale(since(&mut *app.store.reader().await?, viewer, number, read).await?));
    }
    // Asked without the checks first, which take longer.
    if let Some(why) = no_approval(app, &mut *app.store.reader().await?, viewer, &seen, &[]).await? {
        return Err(Failure::Conflict(why.to_owned()));
    }
    let checked = ask(app, viewer, &incident, &seen).await?;
    let mut tx = app.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    // What was checked is what is approved, to the revision; likewise the incident, whose severity chose the rules and whose evidence
    // holds the quotes: it is held, so that nobody erases a file before the approval stands.
    let now = incidents::hold(&mut tx, act, number).await?;
    if retro.revision != read {
        return Err(Failure::Stale(since(&mut tx, viewer, number, read).await?));
    }
    if retro.submitted != seen.submitted {
        return Err(StoreError::Stale("retro").into());
    }
    if now.version != incident.version {
        return Err(StoreError::Stale("incident").into());
    }
    let waivers = retros::waivers(&mut tx, viewer, number).await?;
    let rules = joined(checked, &waivers);
    if let Some(why) = no_approval(app, &mut tx, viewer, &retro, &rules).await? {
        return Err(Failure::Conflict(why.to_owned()));
    }
    let open = rules.iter().filter(|s| !s.passes()).count();
    if open > 0 {
        let text = format!("{open} of the checks fail and are not waived.");
        return Err(Failure::Conflict(text));
    }
    let reason = self_approval(&mut tx, viewer, &retro, &rules).await?;
    retros::set_state(&mut tx, act, &retro, State::Approved, &reason).await?;
    incidents::lift(&mut tx, act, number, "retro written").await?;
    Ok(tx.commit().await?)
}

/// Begins a revision of what is approved, with a reason. An incident that was closed with the approval is open again.
pub async fn reopen(app: &App, act: Act<'_>, number: i64, reason: &str) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    let retro = retros::lock(&mut tx, act, number).await?;
    if retro.state != State::Approved {
        return Err(Failure::Conflict("The retro is not approved yet; it can be edited as it is.".to_owned()));
    }
    incidents::hold(&mut tx, act, number).await?;
    retros::set_state(&mut tx, act, &retro, State::Draft, reason).await?;
    reopen_if_unfinished(&mut tx, act, number).await?;
    Ok(tx.commit().await?)
}

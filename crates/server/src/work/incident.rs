//! Opening an incident, and changing it.

use super::{FileTimes, reopen_if_unfinished, set_due};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::record::incident::{Moment, Point};
use hindcast_retro::record::people::{Duty, Permission};
use hindcast_store::incidents::{self, Decided, Details, New};
use hindcast_store::{Act, Tx, Viewer};
use jiff::Timestamp;

/// Characters of a title at most: it is one line.
pub const TITLE: usize = 200;
/// Characters of a summary at most.
pub const SUMMARY: usize = 20_000;
/// Characters of an agent's name at most.
pub const AGENT: usize = 100;
/// Characters of a ticket's reference at most.
pub const TICKET: usize = 200;
/// Characters of a written reason at most.
pub const REASON: usize = 2000;
/// Characters of where a time is recorded at most.
pub const SOURCE: usize = 500;
/// Characters of who reached a point at most.
pub const BY: usize = 200;
/// Characters of a tag at most.
pub const TAG: usize = 50;

/// What is put down as the reason of a near-miss without one.
pub const NEAR_MISS: &str = "logged as a near-miss";

/// Changes the words of an incident.
pub async fn edit(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    details: &Details,
) -> Result<(), Failure> {
    incidents::edit(tx, act, number, version, details).await?;
    reopen_if_unfinished(tx, act, number).await
}

/// Replaces the times of an incident; what is due follows.
pub async fn set_times(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    times: &[Moment],
    file_times: &FileTimes,
) -> Result<(), Failure> {
    incidents::set_moments(tx, act, number, version, times).await?;
    set_due(app, tx, act, number, file_times).await?;
    reopen_if_unfinished(tx, act, number).await
}

/// Decides on a severity; what is due follows. A closed incident is open again where the new severity asks for more.
pub async fn decide_severity(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    (level, reason): (Option<u8>, &str),
    file_times: &FileTimes,
) -> Result<(), Failure> {
    incidents::set_severity(tx, act, number, version, level, reason).await?;
    set_due(app, tx, act, number, file_times).await?;
    reopen_if_unfinished(tx, act, number).await
}

/// Why somebody may not confirm a lower severity.
pub fn no_confirmation(app: &App, viewer: &Viewer, decided: &[Decided]) -> Option<&'static str> {
    match decided.last() {
        _ if !viewer.may(Permission::Approve) => Some("Only an approver can confirm a lower severity."),
        Some(last) if last.account == viewer.account && !app.config.self_approval => {
            Some("You set this severity. Another approver must confirm it.")
        }
        _ => None,
    }
}

/// Confirms a lower severity: its duties apply from here on.
pub async fn confirm_severity(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    reason: &str,
    file_times: &FileTimes,
) -> Result<(), Failure> {
    // What is confirmed, and by whom it was decided, stays so until it is confirmed.
    incidents::hold_whole(tx, act, number).await?;
    let decided = incidents::severities(tx, act.by, number).await?;
    if let Some(why) = no_confirmation(app, act.by, &decided) {
        return Err(Failure::Conflict(why.to_owned()));
    }
    incidents::confirm_severity(tx, act, number, version, reason).await?;
    set_due(app, tx, act, number, file_times).await
}

/// Opens an incident and gives its number. `aware` is when a person became aware of it, and how it came to light.
pub async fn open(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    new: &New,
    aware: Option<(Timestamp, String)>,
) -> Result<i64, Failure> {
    let number = incidents::create(tx, act, new).await?;
    if let Some((at, source)) = aware {
        let moment = Moment { point: Point::Aware, at, source, by: act.by.name.clone() };
        incidents::set_moments(tx, act, number, None, &[moment]).await?;
    }
    set_due(app, tx, act, number, &FileTimes::default()).await?;
    Ok(number)
}

/// Names somebody no more.
///
/// # Errors
/// Where they are not named like this, and as [`incidents::remove_person`].
pub async fn unname(tx: &mut Tx, act: Act<'_>, number: i64, account: &str, duty: Duty) -> Result<(), Failure> {
    incidents::hold(tx, act, number).await?;
    let people = incidents::people(tx, act.by, number).await?;
    if !people.iter().any(|p| p.account == account && p.duty == duty) {
        return Err(Failure::NotFound("Nobody is named like this.".to_owned()));
    }
    Ok(incidents::remove_person(tx, act, number, account, duty).await?)
}

/// Takes a tag off.
///
/// # Errors
/// Where it is not on the incident, and as [`incidents::remove_tag`].
pub async fn untag(tx: &mut Tx, act: Act<'_>, number: i64, tag: &str) -> Result<(), Failure> {
    incidents::hold(tx, act, number).await?;
    if !incidents::tags(tx, act.by, number).await?.iter().any(|t| t == tag) {
        return Err(Failure::NotFound("There is no such tag.".to_owned()));
    }
    Ok(incidents::remove_tag(tx, act, number, tag).await?)
}

//! What takes more than a row: taking evidence in, drafting, checking quotes, closing.

pub mod account;
pub mod action;
pub mod affected;
pub mod attachment;
pub mod change;
pub mod confirm;
pub mod due;
pub mod emergency;
pub mod erasure;
pub mod incident;
mod intake;
pub mod lead;
mod material;
pub mod near_misses;
pub mod retro;
pub mod review;
pub mod revision;
pub mod second_factor;
pub mod section;
pub mod sign_in;

pub use due::{FileTimes, set_due};
pub use intake::{read_in, take_in, take_in_all, unread};
pub use material::{Drafted, SessionRow, check, draft, material};

use crate::failure::Failure;
use hindcast_retro::record::incident::{IncidentFacts, Moment, Status};
use hindcast_store::incidents::{self, Incident};
use hindcast_store::{Act, Tx, retros};

/// Changes how far an incident has come. It is locked with its retro before anything is looked at, so that what closes it still holds when it is closed.
///
/// # Errors
/// As [`incidents::set_status`]; [`Failure::Conflict`] where something is missing to close it.
pub async fn set_status(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    status: Status,
) -> Result<(), Failure> {
    incidents::hold_whole(tx, act, number).await?;
    if status == Status::Closed {
        may_close(tx, act, number).await?;
    }
    Ok(incidents::set_status(tx, act, number, version, status).await?)
}

/// What has to be there before an incident is closed: for severity 3 a ticket; for 1 and 2 an approved retro. The duties are those of
/// the highest severity since it was opened, unless an approver confirmed a lower one.
async fn may_close(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let incident = incidents::find(tx, act.by, number).await?;
    let lowered = incident.lowered();
    if incident.severity.is_none() {
        return Err(Failure::Conflict("Decide on a severity first.".to_owned()));
    }
    match incident.duties {
        None | Some(4) => Ok(()),
        Some(3) if incident.ticket.is_empty() => Err(Failure::Conflict(
            "An incident of severity 3 is closed with a reference to its ticket; add it first.".to_owned(),
        )),
        Some(3) => Ok(()),
        Some(level) => match retros::find(tx, act.by, number).await? {
            Some(retro) if retro.state == retros::State::Approved => Ok(()),
            _ => {
                let why = lowered.map(|to| format!(" An approver has not confirmed severity {to} yet."));
                let text = format!("An incident of severity {level} is closed once its retro is approved.");
                Err(Failure::Conflict(text + &why.unwrap_or_default()))
            }
        },
    }
}

/// Reopens a closed incident where a change took away what it was closed with, such as its approval, or where more is asked of it. The change
/// holds the incident.
pub async fn reopen_if_unfinished(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    if incidents::find(tx, act.by, number).await?.status != Status::Closed {
        return Ok(());
    }
    match may_close(tx, act, number).await {
        Err(Failure::Conflict(_)) => Ok(incidents::set_status(tx, act, number, None, Status::Open).await?),
        other => other,
    }
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

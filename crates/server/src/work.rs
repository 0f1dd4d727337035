//! What takes more than a row: taking evidence in, drafting, checking quotes, what is due.

pub mod account;
pub mod action;
pub mod affected;
pub mod attachment;
pub mod change;
pub mod confirm;
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

pub use intake::{admit, read_in, take_in, take_in_all, unread};
pub use material::{Drafted, SessionRow, check, draft, material};

use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::record::incident::{IncidentFacts, Moment, Status, clock, facts};
use hindcast_retro::record::reminder;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::incidents::{self, Incident};
use hindcast_store::jobs::{self, Planned};
use hindcast_store::{Act, Conn, StoreError, Tx, Viewer, retros};
use hindcast_trace::Evidence;

/// The severity of a near-miss.
const NEAR_MISS: u8 = 4;

/// Brings what is due in step with severity and times, and the reminders with it.
pub async fn set_due(app: &App, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let incident = incidents::find(tx, act.by, number).await?;
    let moments = incidents::moments(tx, act.by, number).await?;
    // An uploaded facts file counts before the incident's own times, as it does in the retro.
    let mut uploaded = None;
    for item in evidence::of(tx, act.by, number).await? {
        if item.kind == Kind::Facts
            && let Some(file) = whole(app, tx, act.by, number, &item.id).await?
        {
            uploaded = Some(String::from_utf8_lossy(&file.bytes).into_owned());
        }
    }
    let own = clock(&moments);
    let (aware, twice) = match uploaded {
        None => (own, None),
        // Where the two contradict each other, the page of the incident and the next draft say so; until then its own count.
        Some(uploaded) => {
            facts(&known(&incident, moments, Some(uploaded))).map_or((own, None), |f| (f.clock(), f.twice))
        }
    };
    // A lower severity shortens nothing before it is confirmed.
    let mut due = incident.duties.map(|level| app.config.policy.due_dates(level, aware)).unwrap_or_default();
    for due in &mut due {
        due.explanation.extend(twice.iter().map(|t| format!("; {t}")));
    }
    incidents::set_deadlines(tx, act, number, &due).await?;
    if incident.severity == Some(NEAR_MISS)
        && let Some(review) = reminder::review(&app.config.policy, act.at)
    {
        jobs::enqueue(tx, act, &Planned::review(&review)).await?;
    }
    Ok(())
}

/// What has to be there before an incident is closed: for severity 3 a ticket; for 1 and 2 an approved retro. The duties are those of
/// the highest severity since it was opened, unless an approver confirmed a lower one.
pub async fn may_close(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
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

/// Reopens a closed incident where a change took away what it was closed with, such as its approval, or where more is asked of it.
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

/// A file, where its bytes are there and whole. Damage to one is told where the file is asked for; it keeps nobody from the rest.
async fn whole(
    app: &App,
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    id: &str,
) -> Result<Option<Evidence>, StoreError> {
    match evidence::bytes(&app.store, conn, viewer, number, id).await {
        Err(e @ (StoreError::DamagedEvidence(_) | StoreError::Corrupt(_))) => {
            tracing::error!(error = %e, "evidence is damaged");
            Ok(None)
        }
        other => other,
    }
}

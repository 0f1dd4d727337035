//! What the program does by itself: what waits, what failed, what was done last.

use super::frame::{Frame, away, go, page, when};
use super::notices::month;
use crate::auth::Admin;
use crate::failure::Failure;
use crate::state::App;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::reminder::{Kind, Urgency};
use hindcast_store::jobs::{self, Job};
use jiff::Timestamp;

/// Jobs of each kind that are listed at most.
const MOST: i64 = 50;

struct Row {
    id: i64,
    what: String,
    incident: Option<i64>,
    when: String,
    away: String,
    late: bool,
    attempts: i64,
    error: String,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "jobs.html")]
struct Page {
    frame: Frame,
    failed: Vec<Row>,
    waiting: Vec<Row>,
    over: Vec<Row>,
}

fn row(job: Job, now: Timestamp) -> Row {
    let what = match job.kind {
        Kind::Deadline => format!("Deadline “{}”", job.subject),
        Kind::Action => format!("Action “{}”", job.action.unwrap_or(job.subject)),
        Kind::EmergencyAccess => "Emergency access".to_owned(),
        Kind::SecondFactorReset => "Second factor reset".to_owned(),
        Kind::HandedOver => "Lead handed over".to_owned(),
        Kind::Review => format!("Near-misses of {}", month(&job.subject)),
    };
    let what = match job.urgency {
        Some(Urgency::Soon) => format!("{what}, due soon"),
        Some(Urgency::Overdue) => format!("{what}, overdue"),
        None => what,
    };
    let at = job.finished_at.unwrap_or(job.run_at);
    Row {
        id: job.id,
        what,
        incident: job.incident,
        when: when(at),
        away: away(at, now),
        late: job.finished_at.is_none() && job.run_at < now,
        attempts: job.attempts,
        error: job.last_error,
        label: job.state.label(),
    }
}

/// The lists.
pub async fn list(State(app): State<App>, Admin(viewer): Admin) -> Result<Response, Failure> {
    let now = app.clock.now();
    let conn = &mut *app.store.reader().await?;
    let failed = jobs::by_time(conn, &viewer, jobs::State::Failed, MOST).await?;
    let waiting = jobs::by_time(conn, &viewer, jobs::State::Waiting, MOST).await?;
    let mut over = jobs::by_time(conn, &viewer, jobs::State::Done, MOST).await?;
    over.extend(jobs::by_time(conn, &viewer, jobs::State::NotNeeded, MOST).await?);
    over.sort_by_key(|j| std::cmp::Reverse((j.finished_at, j.id)));
    over.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let rows = |all: Vec<Job>| all.into_iter().map(|j| row(j, now)).collect();
    let frame = Frame::new(&viewer, "jobs", "Jobs");
    page(&Page { frame, failed: rows(failed), waiting: rows(waiting), over: rows(over) })
}

/// Lets one that failed be tried again.
pub async fn retry(State(app): State<App>, admin: Admin, Path(id): Path<i64>) -> Result<Response, Failure> {
    let mut tx = app.begin().await?;
    jobs::retry(&mut tx, admin.act(&app), id).await?;
    tx.commit().await?;
    Ok(go("/jobs"))
}

//! What the program does by itself.

use super::cursor::{Page, Part, paged};
use super::json::Json;
use super::openapi::{Operation, get, post};
use super::schema::Time;
use super::sent::{Path, Query};
use super::shown::shown;
use crate::auth::Admin;
use crate::failure::Failure;
use crate::state::App;
use axum::extract::State;
use hindcast_retro::record::reminder::{Kind, Urgency};
use hindcast_store::jobs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of a job.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It is done when its time has come, and tried again where that failed.
    Waiting,
    /// It was done.
    Done,
    /// What it was for is over, or there was nobody to tell.
    NotNeeded,
    /// It failed too often and waits for a person.
    Failed,
}

impl From<jobs::State> for JobState {
    fn from(state: jobs::State) -> Self {
        match state {
            jobs::State::Waiting => JobState::Waiting,
            jobs::State::Done => JobState::Done,
            jobs::State::NotNeeded => JobState::NotNeeded,
            jobs::State::Failed => JobState::Failed,
        }
    }
}

impl From<JobState> for jobs::State {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Waiting => jobs::State::Waiting,
            JobState::Done => jobs::State::Done,
            JobState::NotNeeded => jobs::State::NotNeeded,
            JobState::Failed => jobs::State::Failed,
        }
    }
}

shown! {
    /// A job.
    pub struct Job from jobs::Job as job {
        /// Its number.
        id: i64,
        /// What makes it this one: put down twice, it is there once.
        key: String,
        /// What it reminds of.
        kind: Kind,
        /// The incident; null where it is about none.
        incident: Option<i64>,
        /// The deadline's name, the action item's id, or the month.
        subject: String,
        /// How urgent that is; null for a review.
        urgency: Option<Urgency>,
        /// What became of it.
        state: JobState = job.state.into(),
        /// When its time comes, or came.
        run_at: Time = Time(job.run_at),
        /// How often it was tried.
        attempts: i64,
        /// Which kind of error the last attempt ended with; empty where none did.
        last_error: String,
        /// When it was put down.
        created_at: Time = Time(job.created_at),
        /// When it was over; null where it is not.
        finished_at: Option<Time> = job.finished_at.map(Time),
    }
}

paged! {
    /// Which jobs are listed.
    pub struct Asked {
        /// Only those in this state.
        state: Option<JobState>,
    }
}

/// The list, the newest first.
pub async fn list(
    State(app): State<App>,
    Admin(viewer): Admin,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Job>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    let state = asked.state.map(jobs::State::from);
    let conn = &mut *app.store.reader().await?;
    let rows = jobs::page(conn, &viewer, state, cursor.number(0), cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |j| j.id.to_string(), Job::from)))
}

/// Lets one that failed be tried again.
pub async fn retry(State(app): State<App>, admin: Admin, Path(id): Path<i64>) -> Result<Json<Job>, Failure> {
    let mut tx = app.begin().await?;
    let job = jobs::retry(&mut tx, admin.act(&app), id).await?;
    tx.commit().await?;
    Ok(Json(job.into()))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/jobs", "listJobs", "Lists what the program does by itself, the newest first")
            .query::<Asked>()
            .gives::<Page<Job>>(200, "A page of the list"),
        post("/api/v1/jobs/{job}/retry", "retryJob", "Lets a job that failed be tried again")
            .gives::<Job>(200, "The job as it is now")
            .problem(409, "It did not fail"),
    ]
}

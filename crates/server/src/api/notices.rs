//! What the one who asks was reminded of.

use super::cursor::{Page, Part, paged};
use super::json::Json;
use super::openapi::{Operation, get, post};
use super::schema::Time;
use super::sent::{Path, Query, Sent};
use super::shown::shown;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_retro::record::reminder::{Kind, Urgency};
use hindcast_store::Act;
use hindcast_store::notices::{self, Filter};
use schemars::JsonSchema;
use serde::Deserialize;

shown! {
    /// A reminder. Its words are made when it is read: title and action are as they are now.
    pub struct Notice from notices::Notice as notice {
        /// Its number.
        id: i64,
        /// What it reminds of.
        kind: Kind,
        /// The incident; null for the monthly review of near-misses and for a second factor that was reset.
        incident: Option<i64>,
        /// The incident's title; empty where it is about none.
        title: String,
        /// The deadline's name, the action item's id, the month, the number of the emergency access, the account that reset the second factor, or the number of the event that tells of another lead.
        subject: String,
        /// What the action item is about.
        action: Option<String>,
        /// The administrator with emergency access, who reset the second factor, or who gave the incident another lead, where it is about that.
        by: Option<String>,
        /// Why they have it or did it, in their own words.
        reason: Option<String>,
        /// How urgent it was when it was told.
        urgency: Option<Urgency>,
        /// The instant from which on it is overdue; for a review, the end of the month; for emergency access, when it ends at the latest; for a second factor or another lead, when that was done.
        until: Time = Time(notice.until),
        /// True where it is settled by now: met, done, or the incident closed.
        settled: bool,
        /// When it was told.
        at: Time = Time(notice.at),
        /// When it was read; null where it was not.
        read_at: Option<Time> = notice.read_at.map(Time),
    }
}

paged! {
    /// Which reminders are listed.
    pub struct Asked {
        /// Only those that were read, or only those that were not.
        read: Option<bool>,
    }
}

/// One's own, the latest first.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Notice>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    let filter = Filter { read: asked.read, before: cursor.number(0) };
    let rows = notices::of(&mut *app.store.reader().await?, &viewer, filter, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |n| n.id.to_string(), Notice::from)))
}

/// One was read.
pub async fn read(State(app): State<App>, Reader(viewer): Reader, Path(id): Path<i64>) -> Result<StatusCode, Failure> {
    let mut tx = app.begin().await?;
    notices::mark_read(&mut tx, Act { by: &viewer, at: app.clock.now() }, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Up to which reminder all were read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NoticesRead")]
pub struct ReadUpTo {
    /// The number of the latest one that was looked at.
    last: i64,
}

/// All up to one were read.
pub async fn read_all(
    State(app): State<App>,
    Reader(viewer): Reader,
    sent: Sent<ReadUpTo>,
) -> Result<StatusCode, Failure> {
    let mut tx = app.begin().await?;
    notices::mark_read_up_to(&mut tx, Act { by: &viewer, at: app.clock.now() }, sent.value.last).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/notices", "listNotices", "Lists what the one who asks was reminded of, the latest first")
            .query::<Asked>()
            .gives::<Page<Notice>>(200, "A page of the list"),
        post(
            "/api/v1/notices/read",
            "markNoticesRead",
            "Puts down that all of one's own reminders up to one were read",
        )
        .body::<ReadUpTo>()
        .gives_nothing("They are read"),
        post("/api/v1/notices/{notice}/read", "markNoticeRead", "Puts down that one of one's own reminders was read")
            .gives_nothing("It is read"),
    ]
}

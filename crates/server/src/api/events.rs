//! What happened to an incident.

use super::cursor::{Cursor, Page, usual};
use super::openapi::{Operation, get};
use super::schema::Time;
use super::sent::{Path, Query};
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use hindcast_store::{chain, incidents};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Event {
    /// Its place in the order of all events.
    pub seq: i64,
    /// When.
    pub at: Time,
    /// The account that did it.
    pub account: String,
    /// Its name.
    pub by: String,
    /// What, such as `incident.opened`.
    pub kind: String,
    /// What it is about, such as a tag or an account; may be empty.
    pub subject: String,
    /// More of it.
    pub data: Value,
}

impl From<chain::Event> for Event {
    fn from(event: chain::Event) -> Self {
        Event {
            seq: event.seq,
            at: Time(event.at),
            account: event.account,
            by: event.name,
            kind: event.kind,
            subject: event.subject,
            data: event.data,
        }
    }
}

/// Which events are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Entries of the page.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
    /// What the page before gave as `next`.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]+$"))]
    cursor: Option<String>,
}

/// The list, the newest first.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Event>>, Failure> {
    let cursor = Cursor::read(asked.limit, asked.cursor.as_deref(), 1)?;
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let rows = chain::of_incident_before(conn, &viewer, number, cursor.number(), cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |e| e.seq.to_string(), Event::from)))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/incidents/{number}/events", "listEvents", "Lists what happened to an incident, the newest first")
            .query::<Asked>()
            .gives::<Page<Event>>(200, "A page of the list"),
    ]
}

//! What happened to an incident.

use super::cursor::{Page, Paging, Part};
use super::json::Json;
use super::openapi::{Operation, get};
use super::schema::Time;
use super::sent::{Path, Query};
use super::shown::shown;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use axum::extract::State;
use hindcast_store::{chain, incidents};
use serde_json::Value;

shown! {
    /// Something that happened.
    pub struct Event from chain::Event as event {
        /// Its place in the order of all events.
        seq: i64,
        /// When.
        at: Time = Time(event.at),
        /// The account that did it.
        account: String,
        /// Its name.
        by: String = event.name,
        /// What, such as `incident.opened`.
        kind: String,
        /// What it is about, such as a tag or an account; may be empty.
        subject: String,
        /// More of it.
        data: Value,
    }
}

/// The list, the newest first.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<Event>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let rows = chain::of_incident_before(conn, &viewer, number, cursor.number(0), cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |e| e.seq.to_string(), Event::from)))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/incidents/{number}/events", "listEvents", "Lists what happened to an incident, the newest first")
            .query::<Paging>()
            .gives::<Page<Event>>(200, "A page of the list"),
    ]
}

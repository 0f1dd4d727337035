//! What the first page tells: what is due in all incidents, and how many there are of each severity.

use super::cursor::{Page, Paging, Part};
use super::json::Json;
use super::openapi::{Operation, get};
use super::schema::Time;
use super::sent::Query;
use super::shown::shown;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use axum::extract::State;
use hindcast_store::incidents::{self, Due, Mix};

shown! {
    /// Something that is due in an incident that is not closed.
    pub struct OpenDeadline from Due as due {
        /// The incident.
        incident: i64,
        /// Its title.
        title: String,
        /// 1 to 4, or null until somebody decides.
        severity: Option<u8>,
        /// What is due.
        what: String,
        /// Until when.
        at: Time = Time(due.at),
        /// The same for people.
        text: String,
        /// True where whoever asks is named in the incident.
        mine: bool,
    }
}

/// What is due, the most urgent first.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<OpenDeadline>>, Failure> {
    let cursor = asked.cursor(&[Part::Time, Part::Number, Part::Text])?;
    let after = cursor.time(0).zip(cursor.number(1)).zip(cursor.text(2)).map(|((at, number), what)| (at, number, what));
    let rows = incidents::due_after(&mut *app.store.reader().await?, &viewer, after, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |d| format!("{} {} {}", d.at, d.incident, d.what), OpenDeadline::from)))
}

shown! {
    /// How many incidents there are that whoever asks may know of.
    pub struct Counts from Mix as mix {
        /// Of severity 1, 2, 3 and 4, in this order.
        by_severity: [i64; 4] = mix.levels,
        /// Without a severity.
        undecided: i64,
        /// Not closed, of any severity.
        unclosed: i64,
    }
}

/// How many incidents there are.
pub async fn counts(State(app): State<App>, Reader(viewer): Reader) -> Result<Json<Counts>, Failure> {
    Ok(Json(incidents::mix(&mut *app.store.reader().await?, &viewer, app.store.counted()).await?.into()))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/deadlines", "listAllDeadlines", "Lists what is due in all incidents, the most urgent first")
            .query::<Paging>()
            .gives::<Page<OpenDeadline>>(200, "A page of the list"),
        get("/api/v1/counts", "countIncidents", "Counts incidents by severity").gives::<Counts>(200, "How many"),
    ]
}

//! Incidents: listed, opened, read, changed.

mod shown;
mod taken;

pub use shown::{Due, Incident, IncidentRow, whole};
pub use taken::{Asked, Change, NearMiss, NewIncident};

use super::cursor::{Page, Part};
use super::json::Json;
use super::once::Once;
use super::openapi::{Operation, get, patch, post};
use super::review::Why;
use super::schema::All;
use super::sent::{Path, Query, Sent};
use super::version::{Has, Made, etag};
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::fair;
use crate::state::App;
use crate::work::change::change as make;
use crate::work::incident::open;
use crate::work::{FileTimes, incident as work, set_status};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Viewer};
use jiff::Timestamp;

/// The incident after a change, with its new ETag.
pub async fn answer(app: &App, viewer: &Viewer, number: i64) -> Result<Response, Failure> {
    let incident = whole(&mut *app.store.reader().await?, viewer, number).await?;
    Ok(([(ETAG, etag(incident.row.version))], Json(incident)).into_response())
}

/// Where an incident is.
pub fn address(number: i64) -> String {
    format!("/api/v1/incidents/{number}")
}

/// The list.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<IncidentRow>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    let filter = asked.filter(cursor.number(0))?;
    if !filter.text.is_empty() {
        fair::needs_own_share("a search");
    }
    let mut conn = app.store.reader().await?;
    let rows = incidents::list(&mut conn, &viewer, &filter, cursor.rows()).await?;
    conn.done();
    Ok(Json(cursor.page(rows, |r| r.number.to_string(), IncidentRow::from)))
}

/// Opens an incident, and answers with it.
async fn opened(
    app: &App,
    act: Act<'_>,
    once: &Once,
    new: &New,
    aware: Option<(Timestamp, String)>,
) -> Result<Response, Failure> {
    let mut tx = app.begin().await?;
    let number = open(app, &mut tx, act, new, aware).await?;
    let incident = whole(&mut tx, act.by, number).await?;
    let answer = once.created(&mut tx, act, address(number), &incident, &incident).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Opens an incident.
pub async fn create(State(app): State<App>, writer: Writer, sent: Sent<NewIncident>) -> Result<Response, Failure> {
    let (sent, once) = sent.once(&writer.0);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = writer.act(&app);
    let (new, aware) = sent.read(act.at)?;
    opened(&app, act, &once, &new, Some(aware)).await
}

/// Logs a near-miss: an incident of severity 4.
pub async fn near_miss(State(app): State<App>, writer: Writer, sent: Sent<NearMiss>) -> Result<Response, Failure> {
    let (sent, once) = sent.once(&writer.0);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    opened(&app, writer.act(&app), &once, &sent.read()?, None).await
}

/// One incident.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    has: Has,
) -> Result<Response, Failure> {
    let incident = whole(&mut *app.store.reader().await?, &viewer, number).await?;
    Ok(has.answer(incident.row.version, || incident))
}

/// Changes an incident: all of what is asked, or nothing.
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    made: Made,
    sent: Sent<Change>,
) -> Result<Response, Failure> {
    let mut wanted = sent.value.read()?;
    let act = writer.act(&app);
    let file_times = match wanted.severity.is_some() || wanted.times.is_some() {
        true => FileTimes::of(&app, act.by, number, &[]).await?,
        false => FileTimes::default(),
    };
    let mut tx = app.begin().await?;
    // What is not asked for stays as it is now.
    let before = incidents::hold_whole(&mut tx, act, number).await?;
    // The first step checks the version once more; those after it count on that.
    let mut from = made.from(before.version, "incident")?;
    let incidents::Incident { title, agent, summary, ticket, status, .. } = before;
    if let Some(details) = wanted.details(&Details { title, agent, summary, ticket }) {
        work::edit(&mut tx, act, number, from.take(), &details).await?;
    }
    if let Some((level, reason)) = &wanted.severity {
        work::decide_severity(&app, &mut tx, act, number, from.take(), (*level, reason), &file_times).await?;
    }
    if let Some(times) = &wanted.times {
        work::set_times(&app, &mut tx, act, number, from.take(), times, &file_times).await?;
    }
    if let Some(restricted) = wanted.restricted {
        incidents::set_restricted(&mut tx, act, number, from.take(), restricted).await?;
    }
    if let Some(to) = wanted.status.filter(|s| *s != status) {
        set_status(&mut tx, act, number, from.take(), to).await?;
    }
    tx.commit().await?;
    answer(&app, &writer.0, number).await
}

/// Confirms a lower severity: its duties apply from here on.
pub async fn confirm_severity(
    State(app): State<App>,
    approver: Approver,
    Path(number): Path<i64>,
    headers: HeaderMap,
    sent: Sent<Why>,
) -> Result<Response, Failure> {
    let act = approver.act(&app);
    let file_times = FileTimes::of(&app, act.by, number, &[]).await?;
    let mut tx = app.begin().await?;
    let before = incidents::hold_whole(&mut tx, act, number).await?;
    let from = Made::of(&headers)?.from(before.version, "incident")?;
    work::confirm_severity(&app, &mut tx, act, number, from, &sent.value.read()?, &file_times).await?;
    tx.commit().await?;
    answer(&app, &approver.0, number).await
}

/// Puts down that whoever asks responded first.
pub async fn first_response(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    make(&app, async |tx| Ok(incidents::first_response(tx, writer.act(&app), number).await?)).await?;
    answer(&app, &writer.0, number).await
}

/// What is and was due.
pub async fn deadlines(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<Due>>, Failure> {
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let all = incidents::deadlines(conn, &viewer, number).await?;
    Ok(Json(All { items: all.into_iter().map(Due::from).collect() }))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/incidents", "listIncidents", "Lists incidents, the newest first").query::<Asked>().gives::<Page<
            IncidentRow,
        >>(
            200,
            "A page of the list",
        ),
        post("/api/v1/incidents", "openIncident", "Opens an incident")
            .body::<NewIncident>()
            .gives::<Incident>(201, "The incident")
            .once(),
        post("/api/v1/near-misses", "logNearMiss", "Logs a near-miss: an incident of severity 4")
            .body::<NearMiss>()
            .gives::<Incident>(201, "The incident")
            .once(),
        get("/api/v1/incidents/{number}", "getIncident", "Gives one incident")
            .gives::<Incident>(200, "The incident")
            .tagged(),
        patch("/api/v1/incidents/{number}", "changeIncident", "Changes an incident: all of what is asked, or nothing")
            .body::<Change>()
            .gives::<Incident>(200, "The incident as it is now")
            .tagged()
            .problem(409, "It cannot come to this status from where it is"),
        post(
            "/api/v1/incidents/{number}/severity/confirm",
            "confirmSeverity",
            "Confirms a lower severity; its duties apply from then on",
        )
        .body::<Why>()
        .gives::<Incident>(200, "The incident as it is now")
        .tagged()
        .needs_version()
        .problem(409, "No lower severity is waiting for confirmation, or you set it yourself"),
        post(
            "/api/v1/incidents/{number}/first-response",
            "respondFirst",
            "Puts down that whoever asks responded first",
        )
        .gives::<Incident>(200, "The incident as it is now")
        .tagged()
        .problem(409, "Somebody responded before"),
        get("/api/v1/incidents/{number}/deadlines", "listDeadlines", "Lists what is and was due")
            .gives::<All<Due>>(200, "All of it"),
    ]
}

//! Incidents: listed, opened, read, changed.

use super::cursor::{Cursor, Page, usual};
use super::openapi::{Operation, get, patch, post};
use super::schema::{All, Stamp, Time, names};
use super::sent::{Faults, Path, Query, Sent};
use super::version::{Has, Made, etag};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::state::App;
use crate::work::incident::{AGENT, BY, NEAR_MISS, REASON, SOURCE, SUMMARY, TICKET, TITLE, open};
use crate::work::{may_close, set_due};
use axum::Json;
use axum::extract::State;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use hindcast_retro::record::incident::{self as record, Point, Status, contradictions};
use hindcast_store::incidents::{self, Details, Filter, New};
use hindcast_store::{Conn, Viewer};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An incident as lists have it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentRow {
    /// `12` of INC-12.
    pub number: i64,
    /// What people call it, such as `INC-12`.
    pub reference: String,
    /// One line.
    pub title: String,
    /// The agent that it happened to; may be empty.
    pub agent: String,
    /// What is known, in a person's words, as Markdown.
    pub summary: String,
    /// 1 to 4, or null until somebody decides.
    pub severity: Option<u8>,
    /// Why.
    pub severity_reason: String,
    /// How far it has come.
    pub status: Status,
    /// True where only the people named may know of it.
    pub restricted: bool,
    /// A reference in the team's tracker; may be empty.
    pub ticket: String,
    /// Who responded first.
    pub first_response: Option<Stamp>,
    /// The account that opened it.
    pub created_by: String,
    /// When it was opened.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Counts its changes; the ETag is made of it.
    pub version: i64,
}

impl From<incidents::Incident> for IncidentRow {
    fn from(incident: incidents::Incident) -> Self {
        IncidentRow {
            reference: incident.reference(),
            number: incident.number,
            title: incident.title,
            agent: incident.agent,
            summary: incident.summary,
            severity: incident.severity,
            severity_reason: incident.severity_reason,
            status: incident.status,
            restricted: incident.restricted,
            ticket: incident.ticket,
            first_response: incident.first_response.map(|(by, at)| Stamp::new(by, at)),
            created_by: incident.created_by,
            created_at: Time(incident.created_at),
            updated_at: Time(incident.updated_at),
            version: incident.version,
        }
    }
}

/// An incident with what belongs to it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Incident {
    /// The incident itself.
    #[serde(flatten)]
    pub row: IncidentRow,
    /// The known times, in the order of the chain.
    pub times: Vec<Moment>,
    /// Where these times contradict one another, in words.
    pub contradictions: Vec<String>,
    /// Every decision on severity, the first one first.
    pub decisions: Vec<Decision>,
    /// Who is named, and what for.
    pub people: Vec<Person>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// A decision on severity.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Decision {
    /// The level; null where it was taken back.
    pub level: Option<u8>,
    /// Why.
    pub reason: String,
    /// Who decided, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// Somebody named in an incident.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Person {
    /// The account.
    pub account: String,
    /// The name.
    pub name: String,
    /// What for.
    #[schemars(schema_with = "names::duty")]
    pub duty: &'static str,
}

impl From<incidents::Person> for Person {
    fn from(person: incidents::Person) -> Self {
        Person { account: person.account, name: person.name, duty: person.duty.name() }
    }
}

/// A point of the chain from the first wrong step to the end.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Moment {
    /// Which point.
    pub point: Point,
    /// When it was reached.
    pub at: Time,
    /// Where that is recorded, such as `ticket 4711`; may be empty.
    pub source: String,
    /// Who or what reached it; may be empty.
    pub by: String,
}

/// The time of a point to put down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMoment {
    /// Which point.
    point: Point,
    /// When it was reached.
    at: Time,
    /// Where that is recorded, such as `ticket 4711`.
    #[serde(default)]
    #[schemars(length(max = 500))]
    source: String,
    /// Who or what reached it.
    #[serde(default)]
    #[schemars(length(max = 200))]
    by: String,
}

impl From<record::Moment> for Moment {
    fn from(moment: record::Moment) -> Self {
        Moment { point: moment.point, at: Time(moment.at), source: moment.source, by: moment.by }
    }
}

/// The incident as it stands.
pub async fn whole(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Incident, Failure> {
    // The version is read first: what changes meanwhile looks older than it is, never newer.
    let row = incidents::find(conn, viewer, number).await?;
    let times = incidents::moments(conn, viewer, number).await?;
    let decided = incidents::severities(conn, viewer, number).await?.into_iter();
    let decision =
        |d: incidents::Decided| Decision { level: d.level, reason: d.reason, stamp: Stamp::new(d.name, d.at) };
    Ok(Incident {
        row: row.into(),
        contradictions: contradictions(&times),
        times: times.into_iter().map(Moment::from).collect(),
        decisions: decided.map(decision).collect(),
        people: incidents::people(conn, viewer, number).await?.into_iter().map(Person::from).collect(),
        tags: incidents::tags(conn, viewer, number).await?,
    })
}

/// The incident after a change, with its new ETag.
pub async fn answer(app: &App, viewer: &Viewer, number: i64) -> Result<Response, Failure> {
    let incident = whole(&mut *app.store.reader().await?, viewer, number).await?;
    Ok(([(ETAG, etag(incident.row.version))], Json(incident)).into_response())
}

/// Where an incident is.
pub fn address(number: i64) -> String {
    format!("/api/v1/incidents/{number}")
}

/// Which incidents are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Only those where each of these words is found: in the number (`INC-12` or `12`), title, agent, summary, ticket, tags,
    /// people, and in what the retro says (statements, actions, notes). Up to six words; case does not count.
    #[serde(default)]
    q: String,
    /// Only those in this status.
    status: Option<Status>,
    /// Only those that are not closed.
    #[serde(default)]
    unclosed: bool,
    /// Only those of this severity.
    #[schemars(range(min = 1, max = 4))]
    severity: Option<u8>,
    /// Only those with this tag.
    #[serde(default)]
    tag: String,
    /// Entries of the page.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
    /// What the page before gave as `next`.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]+$"))]
    cursor: Option<String>,
}

/// The list.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<IncidentRow>>, Failure> {
    let cursor = Cursor::read(asked.limit, asked.cursor.as_deref(), 1)?;
    let mut faults = Faults::default();
    level(&mut faults, "severity", asked.severity);
    faults.told()?;
    let filter = Filter {
        status: asked.status.map(|s| s.name().to_owned()),
        unclosed: asked.unclosed,
        severity: asked.severity,
        text: asked.q,
        tag: asked.tag,
        before: cursor.number(),
    };
    let rows = incidents::list(&mut *app.store.reader().await?, &viewer, &filter, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |r| r.number.to_string(), IncidentRow::from)))
}

fn level(faults: &mut Faults, field: &str, level: Option<u8>) {
    if level.is_some_and(|l| !(1..=4).contains(&l)) {
        faults.add(field, "is 1 to 4");
    }
}

/// A time that has come: what is put down has happened.
fn past(faults: &mut Faults, field: &str, at: Time, now: Option<Timestamp>) -> Timestamp {
    if at.0.as_second() <= 0 {
        faults.add(field, "is before 1970");
    } else if now.is_some_and(|now| at.0 > now) {
        faults.add(field, "has not come yet");
    }
    at.0
}

/// A severity and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSeverity {
    /// 1 to 4; null takes an earlier decision back.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(required, schema_with = "names::level")]
    level: Option<u8>,
    /// Why.
    #[schemars(length(min = 1, max = 2000), regex(pattern = r"\S"))]
    reason: String,
}

impl NewSeverity {
    fn read(&self, faults: &mut Faults) -> (Option<u8>, String) {
        level(faults, "severity.level", self.level);
        (self.level, faults.required("severity.reason", &self.reason, REASON))
    }
}

/// An incident to open.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// One line.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"\S"))]
    title: String,
    /// The agent that it happened to.
    #[serde(default)]
    #[schemars(length(max = 100))]
    agent: String,
    /// What is known, as Markdown.
    #[serde(default)]
    #[schemars(length(max = 20000))]
    summary: String,
    /// A reference in the team's tracker.
    #[serde(default)]
    #[schemars(length(max = 200))]
    ticket: String,
    /// How bad it is, where somebody knows already.
    severity: Option<NewSeverity>,
    /// True where only the people named may know of it; whoever opens it is named.
    #[serde(default)]
    restricted: bool,
    /// When a person became aware of it; now where nobody says.
    aware_at: Option<Time>,
    /// How it came to light.
    #[serde(default)]
    #[schemars(length(max = 500))]
    source: String,
}

/// Opens an incident.
pub async fn create(State(app): State<App>, writer: Writer, sent: Sent<NewIncident>) -> Result<Response, Failure> {
    let (sent, once) = sent.once(&writer.0);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = writer.act(&app);
    let mut faults = Faults::default();
    let details = Details {
        title: faults.required("title", &sent.title, TITLE),
        agent: faults.short("agent", &sent.agent, AGENT),
        summary: faults.short("summary", &sent.summary, SUMMARY),
        ticket: faults.short("ticket", &sent.ticket, TICKET),
    };
    let (severity, severity_reason) = sent.severity.map(|s| s.read(&mut faults)).unwrap_or_default();
    let aware = sent.aware_at.map_or(act.at, |at| past(&mut faults, "aware_at", at, Some(act.at)));
    let source = faults.short("source", &sent.source, SOURCE);
    faults.told()?;
    let severity_reason = if severity.is_some() { severity_reason } else { String::new() };
    let new = New { details, severity, severity_reason, restricted: sent.restricted };
    let mut tx = app.store.begin().await?;
    let number = open(&app, &mut tx, act, &new, Some((aware, source))).await?;
    let incident = whole(&mut tx, &writer.0, number).await?;
    let answer = once.created(&mut tx, act, address(number), &incident, &incident).await?;
    tx.commit().await?;
    Ok(answer)
}

/// A near-miss to log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NearMiss {
    /// One line.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"\S"))]
    title: String,
    /// The agent that it happened to.
    #[serde(default)]
    #[schemars(length(max = 100))]
    agent: String,
    /// What is known, as Markdown.
    #[serde(default)]
    #[schemars(length(max = 20000))]
    summary: String,
    /// Why it is no more than a near-miss.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reason: String,
}

/// Logs a near-miss: an incident of severity 4.
pub async fn near_miss(State(app): State<App>, writer: Writer, sent: Sent<NearMiss>) -> Result<Response, Failure> {
    let (sent, once) = sent.once(&writer.0);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = writer.act(&app);
    let mut faults = Faults::default();
    let details = Details {
        title: faults.required("title", &sent.title, TITLE),
        agent: faults.short("agent", &sent.agent, AGENT),
        summary: faults.short("summary", &sent.summary, SUMMARY),
        ticket: String::new(),
    };
    let reason = faults.short("reason", &sent.reason, REASON);
    faults.told()?;
    let severity_reason = if reason.is_empty() { NEAR_MISS.to_owned() } else { reason };
    let new = New { details, severity: Some(4), severity_reason, restricted: false };
    let mut tx = app.store.begin().await?;
    let number = open(&app, &mut tx, act, &new, None).await?;
    let incident = whole(&mut tx, &writer.0, number).await?;
    let answer = once.created(&mut tx, act, address(number), &incident, &incident).await?;
    tx.commit().await?;
    Ok(answer)
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

/// What to change of an incident. What is not mentioned stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IncidentChange")]
pub struct Change {
    /// One line.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"\S"))]
    title: Option<String>,
    /// The agent that it happened to.
    #[schemars(length(max = 100))]
    agent: Option<String>,
    /// What is known, as Markdown.
    #[schemars(length(max = 20000))]
    summary: Option<String>,
    /// A reference in the team's tracker.
    #[schemars(length(max = 200))]
    ticket: Option<String>,
    /// How far it has come.
    status: Option<Status>,
    /// How bad it is; what is due follows.
    severity: Option<NewSeverity>,
    /// The known times, in place of the earlier ones; each point at most once. What is due follows.
    #[schemars(length(max = 7))]
    times: Option<Vec<NewMoment>>,
    /// True where only the people named may know of it; whoever restricts it is named.
    restricted: Option<bool>,
}

fn moments(faults: &mut Faults, sent: Vec<NewMoment>) -> Vec<record::Moment> {
    let mut all: Vec<record::Moment> = Vec::new();
    for (nth, moment) in sent.into_iter().enumerate() {
        if all.iter().any(|m| m.point == moment.point) {
            faults.add(&format!("times.{nth}.point"), "stands there twice");
        }
        all.push(record::Moment {
            point: moment.point,
            at: past(faults, &format!("times.{nth}.at"), moment.at, None),
            source: faults.short(&format!("times.{nth}.source"), &moment.source, SOURCE),
            by: faults.short(&format!("times.{nth}.by"), &moment.by, BY),
        });
    }
    all
}

/// Changes an incident: all of what is asked, or nothing.
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    made: Made,
    sent: Sent<Change>,
) -> Result<Response, Failure> {
    let sent = sent.value;
    let act = writer.act(&app);
    let mut faults = Faults::default();
    let title = sent.title.map(|t| faults.required("title", &t, TITLE));
    let agent = sent.agent.map(|t| faults.short("agent", &t, AGENT));
    let summary = sent.summary.map(|t| faults.short("summary", &t, SUMMARY));
    let ticket = sent.ticket.map(|t| faults.short("ticket", &t, TICKET));
    let severity = sent.severity.map(|s| s.read(&mut faults));
    let times = sent.times.map(|t| moments(&mut faults, t));
    faults.told()?;
    let mut tx = app.store.begin().await?;
    let before = incidents::find(&mut tx, act.by, number).await?;
    // The first step checks the version once more, when the row is locked; those after it count on that.
    let mut from = made.from(before.version, "incident")?;
    if title.is_some() || agent.is_some() || summary.is_some() || ticket.is_some() {
        let details = Details {
            title: title.unwrap_or(before.title),
            agent: agent.unwrap_or(before.agent),
            summary: summary.unwrap_or(before.summary),
            ticket: ticket.unwrap_or(before.ticket),
        };
        incidents::edit(&mut tx, act, number, from.take(), &details).await?;
    }
    if let Some((level, reason)) = &severity {
        incidents::set_severity(&mut tx, act, number, from.take(), *level, reason).await?;
    }
    if let Some(times) = &times {
        incidents::set_moments(&mut tx, act, number, from.take(), times).await?;
    }
    if severity.is_some() || times.is_some() {
        set_due(&app, &mut tx, act, number).await?;
    }
    if let Some(restricted) = sent.restricted {
        incidents::set_restricted(&mut tx, act, number, from.take(), restricted).await?;
    }
    if let Some(status) = sent.status.filter(|s| *s != before.status) {
        if status == Status::Closed {
            may_close(&mut tx, act, number).await?;
        }
        incidents::set_status(&mut tx, act, number, from.take(), status).await?;
    }
    tx.commit().await?;
    answer(&app, &writer.0, number).await
}

/// Puts down that whoever asks responded first.
pub async fn first_response(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let mut tx = app.store.begin().await?;
    incidents::first_response(&mut tx, writer.act(&app), number).await?;
    tx.commit().await?;
    answer(&app, &writer.0, number).await
}

/// Something that is due.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Due {
    /// What.
    pub what: String,
    /// Until when; null while the clock has not started.
    pub at: Option<Time>,
    /// The same for people.
    pub text: Option<String>,
    /// How it is counted.
    pub explanation: String,
    /// When it was met.
    pub met_at: Option<Time>,
}

/// What is and was due.
pub async fn deadlines(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<Due>>, Failure> {
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let all = incidents::deadlines(conn, &viewer, number).await?.into_iter();
    let due = all.map(|(due, met)| Due {
        what: due.what,
        at: due.at.map(Time),
        text: due.text,
        explanation: due.explanation,
        met_at: met.map(Time),
    });
    Ok(Json(All { items: due.collect() }))
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

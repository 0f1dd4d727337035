//! The list of incidents, and opening one: whole, or as a near-miss in a few words.

use super::frame::{Frame, away, go, page, refused, severity, severity_class};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::fair;
use crate::form::Fields;
use crate::state::App;
use crate::work::incident::{NEAR_MISS, SUMMARY, TITLE, open};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use hindcast_retro::record::incident::Status;
use hindcast_store::incidents::{self, Brief, Details, Filter, New};
use jiff::Timestamp;
use serde::Deserialize;

/// Incidents on one page.
const PAGE: i64 = 50;

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    tag: String,
    before: Option<i64>,
}

struct Row {
    number: i64,
    title: String,
    agent: String,
    level: String,
    class: &'static str,
    status: &'static str,
    restricted: bool,
    opened: String,
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    asked: Asked,
    statuses: Vec<(&'static str, &'static str, bool)>,
    narrowed: bool,
    /// The query of the next page.
    next: Option<String>,
}

fn row(incident: Brief, now: Timestamp) -> Row {
    Row {
        number: incident.number,
        level: severity(incident.severity),
        class: severity_class(incident.severity),
        title: incident.title,
        agent: incident.agent,
        status: incident.status.label(),
        restricted: incident.restricted,
        opened: away(incident.created_at, now),
    }
}

/// The list.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let filter = Filter {
        status: Some(asked.status.clone()).filter(|s| s.parse::<Status>().is_ok()),
        unclosed: asked.status == "unclosed",
        severity: asked.severity.parse().ok(),
        text: asked.q.clone(),
        tag: asked.tag.clone(),
        before: asked.before,
    };
    if !filter.text.is_empty() {
        fair::needs_own_share("a search");
    }
    let mut conn = app.store.reader().await?;
    let mut found = incidents::brief(&mut conn, &viewer, &filter, PAGE + 1).await?;
    conn.done();
    let more = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let pairs = [("q", &asked.q), ("status", &asked.status), ("severity", &asked.severity), ("tag", &asked.tag)];
        let kept: String =
            pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}&", encode(v))).collect();
        format!("{kept}before={}", last.number)
    });
    let now = app.clock.now();
    let mut statuses =
        vec![("", "any status", asked.status.is_empty()), ("unclosed", "not closed", asked.status == "unclosed")];
    statuses.extend(Status::ALL.map(|s| (s.name(), s.label(), asked.status == s.name())));
    let narrowed =
        !(asked.q.is_empty() && asked.status.is_empty() && asked.severity.is_empty() && asked.tag.is_empty());
    let rows = found.into_iter().map(|i| row(i, now)).collect();
    let frame = Frame::new(&viewer, "incidents", "Incidents");
    page(&List { frame, rows, asked, statuses, narrowed, next })
}

/// A value for a query.
pub fn encode(value: &str) -> String {
    let escaped = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    value.bytes().map(escaped).collect()
}

#[derive(Template)]
#[template(path = "incident_new.html")]
struct NewPage<'a> {
    frame: Frame,
    near_miss: bool,
    fields: &'a Fields,
    fault: Option<String>,
}

/// The form for a new incident.
pub async fn new(Writer(viewer): Writer) -> Result<Response, Failure> {
    let frame = Frame::new(&viewer, "new", "Open an incident");
    page(&NewPage { frame, near_miss: false, fields: &Fields::default(), fault: None })
}

/// The form for a near-miss: one line is enough.
pub async fn new_near_miss(Writer(viewer): Writer) -> Result<Response, Failure> {
    let frame = Frame::new(&viewer, "near-miss", "Log a near-miss");
    page(&NewPage { frame, near_miss: true, fields: &Fields::default(), fault: None })
}

/// What the form says.
fn read(fields: &Fields, near_miss: bool, now: Timestamp) -> Result<(New, Option<(Timestamp, String)>), Failure> {
    let details = Details {
        title: fields.required("title", "Title", TITLE)?,
        agent: fields.short("agent", "Agent", 100)?,
        summary: fields.short("summary", "What happened", SUMMARY)?,
        ticket: fields.short("ticket", "Ticket", 200)?,
    };
    let severity = if near_miss { Some(4) } else { super::incident::level(fields.get("severity"))? };
    let mut severity_reason = fields.short("severity_reason", "Why this severity", 2000)?;
    if near_miss && severity_reason.is_empty() {
        severity_reason = NEAR_MISS.to_owned();
    }
    if severity.is_some() && severity_reason.is_empty() {
        return Err(Failure::Invalid("Why this severity: write a reason, or leave the severity open.".to_owned()));
    }
    let mut known = None;
    if !near_miss {
        // Whoever opens an incident is aware of it; when somebody was aware before, the form says so.
        let at = match fields.get("aware") {
            "" => now,
            text => super::incident::time(text, "Aware")?,
        };
        if at > now {
            return Err(Failure::Invalid("Aware: this time has not come yet.".to_owned()));
        }
        let source = fields.short("source", "Source", 500)?;
        known = Some((at, source));
    }
    Ok((New { details, severity, severity_reason, restricted: fields.has("restricted") }, known))
}

/// Opens an incident.
pub async fn create(State(app): State<App>, writer: Writer, fields: Fields) -> Result<Response, Failure> {
    let near_miss = fields.has("near_miss");
    let act = writer.act(&app);
    let (new, aware) = match read(&fields, near_miss, act.at) {
        Ok(read) => read,
        Err(Failure::Invalid(fault)) => {
            let (here, title) = if near_miss { ("near-miss", "Log a near-miss") } else { ("new", "Open an incident") };
            let frame = Frame::new(&writer.0, here, title);
            return refused(&NewPage { frame, near_miss, fields: &fields, fault: Some(fault) });
        }
        Err(other) => return Err(other),
    };
    let mut tx = app.begin().await?;
    let number = open(&app, &mut tx, act, &new, aware).await?;
    tx.commit().await?;
    Ok(go(&format!("/incidents/{number}")))
}

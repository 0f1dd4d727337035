//! One incident: what is known, what is due, who is named, the evidence, and what happened to it since.

mod forms;
mod returns;
mod upload;

pub use forms::{
    confirm_severity, details, first_response, level, moments, person, remove_person, restrict, severity, status, tag,
    time, untag,
};
pub use returns::{erase, not_recurred, recurred};
pub use upload::{download, upload};

use super::emergency;
use super::frame::{self, Frame, away, page, severity_class, when};
use super::light::is_light;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::markdown;
use crate::state::App;
use crate::work::incident::no_confirmation;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::affected::Remedy;
use hindcast_retro::record::incident::{Point, Status, contradictions};
use hindcast_retro::record::people::Duty;
use hindcast_store::chain::{self, Event};
use hindcast_store::evidence::{self, Item};
use hindcast_store::incidents::{self, Decided, Incident, Person};
use hindcast_store::recurrences::{self, Recurrence};
use hindcast_store::{accounts, actions, affected, near_misses, retros};
use jiff::Timestamp;

struct MomentRow {
    name: &'static str,
    label: &'static str,
    at: Option<String>,
    field: String,
    by: String,
    source: String,
    /// Time since the point before that is known.
    gap: Option<String>,
}

struct DueRow {
    what: String,
    text: Option<String>,
    away: String,
    overdue: bool,
    met: Option<String>,
    explanation: String,
}

struct EventRow {
    when: String,
    away: String,
    name: String,
    what: String,
}

struct DecidedRow {
    level: String,
    class: &'static str,
    reason: String,
    name: String,
    when: String,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    level: String,
    class: &'static str,
    summary: String,
    statuses: Vec<(Status, bool)>,
    moments: Vec<MomentRow>,
    contradictions: Vec<String>,
    due: Vec<DueRow>,
    decided: Vec<DecidedRow>,
    /// A lower severity that nobody confirmed yet, the one whose duties apply until then, and why the viewer may not confirm it.
    lowered: Option<(u8, u8, Option<&'static str>)>,
    people: Vec<Person>,
    accounts: Vec<(String, String)>,
    duties: [Duty; 5],
    evidence: Vec<Item>,
    tags: Vec<String>,
    reached: Vec<(Remedy, i64)>,
    /// Incidents that are the same failure, and those that may be.
    same: Vec<Recurrence>,
    likely: Vec<(i64, String)>,
    retro: Option<(&'static str, i64)>,
    actions: Vec<actions::Action>,
    events: Vec<EventRow>,
    opened: String,
    responded: Option<(String, String)>,
    levels: [(u8, bool); 4],
    near_miss: bool,
    /// True where the light form is asked for.
    light: bool,
    /// Emergency access there was to it.
    accesses: Vec<emergency::Row>,
    /// Who looked at it as a near-miss, and when.
    reviewed: Option<(String, String)>,
}

/// Incidents that are proposed as the same failure.
const LIKELY: i64 = 5;
/// Events that are listed.
const EVENTS: i64 = 30;

/// Shows it.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let conn = &mut *app.store.reader().await?;
    let incident = incidents::find(conn, &viewer, number).await?;
    let known = incidents::moments(conn, &viewer, number).await?;
    let due = incidents::deadlines(conn, &viewer, number).await?;
    let decided = incidents::severities(conn, &viewer, number).await?;
    let people = incidents::people(conn, &viewer, number).await?;
    let evidence = evidence::of(conn, &viewer, number).await?;
    let tags = incidents::tags(conn, &viewer, number).await?;
    let reached = affected::counts(conn, &viewer, number).await?;
    let reached: Vec<_> = reached.into_iter().filter(|(_, n)| *n > 0).collect();
    let same = recurrences::of(conn, &viewer, number).await?;
    let likely = recurrences::likely(conn, &viewer, number, LIKELY).await?;
    let retro = retros::find(conn, &viewer, number).await?.map(|r| (r.state.label(), r.revision));
    let actions = actions::of(conn, &viewer, number).await?;
    let events = chain::of_incident(conn, &viewer, number, EVENTS).await?;
    let reviewed = near_misses::of(conn, &viewer, number).await?.map(|r| (r.name, when(r.at)));
    let accesses = hindcast_store::emergency::of(conn, &viewer, number).await?;
    let accounts = accounts::all(conn).await?.into_iter().filter(|a| a.disabled_at.is_none());
    let mut before: Option<Timestamp> = None;
    let moment = |point: Point| {
        let moment = known.iter().find(|m| m.point == point);
        let gap = moment.zip(before).map(|(m, b)| gap(b, m.at));
        before = moment.map(|m| m.at).or(before);
        MomentRow {
            name: point.name(),
            label: point.label(),
            at: moment.map(|m| when(m.at)),
            field: moment.map(|m| frame::field(m.at)).unwrap_or_default(),
            by: moment.map(|m| m.by.clone()).unwrap_or_default(),
            source: moment.map(|m| m.source.clone()).unwrap_or_default(),
            gap,
        }
    };
    let no_confirmation = no_confirmation(&app, &viewer, &decided);
    let moments = Point::ALL.into_iter().map(moment).collect();
    let title = format!("{} {}", incident.reference(), incident.title);
    page(&Page {
        frame: Frame::new(&viewer, "incidents", title),
        level: frame::severity(incident.severity),
        class: severity_class(incident.severity),
        summary: markdown::html(&incident.summary),
        statuses: Status::ALL
            .into_iter()
            .filter(|s| *s == incident.status || incident.status.may_become(*s))
            .map(|s| (s, s == incident.status))
            .collect(),
        moments,
        contradictions: contradictions(&known),
        due: due.into_iter().map(|(d, met)| due_row(d, met, now)).collect(),
        lowered: incident.lowered().zip(incident.duties).map(|(to, from)| (to, from, no_confirmation)),
        decided: decided.into_iter().rev().map(decided_row).collect(),
        people,
        accounts: accounts.map(|a| (a.id, a.name)).collect(),
        duties: Duty::ALL,
        evidence,
        tags,
        reached,
        same,
        likely,
        retro,
        actions,
        events: events.into_iter().map(|e| event_row(e, now)).collect(),
        opened: when(incident.created_at),
        levels: [1, 2, 3, 4].map(|l| (l, incident.severity == Some(l))),
        near_miss: incident.severity == Some(4),
        light: is_light(&incident),
        accesses: accesses.into_iter().map(|g| emergency::row(g, &viewer, now)).collect(),
        reviewed,
        responded: incident.first_response.clone().map(|(name, at)| (name, when(at))),
        incident,
    })
}

fn gap(from: Timestamp, to: Timestamp) -> String {
    let span = to.duration_since(from);
    let words = frame::length(span.abs());
    if span.is_negative() { format!("{words} before") } else { format!("+{words}") }
}

fn due_row(due: hindcast_retro::policy::DueDate, met: Option<Timestamp>, now: Timestamp) -> DueRow {
    DueRow {
        overdue: met.is_none() && due.at.is_some_and(|at| at <= now),
        away: due.at.map(|at| away(at, now)).unwrap_or_default(),
        text: due.text,
        met: met.map(when),
        what: due.what,
        explanation: due.explanation,
    }
}

fn decided_row(decided: Decided) -> DecidedRow {
    DecidedRow {
        level: frame::severity(decided.level),
        class: severity_class(decided.level),
        reason: decided.reason,
        name: decided.name,
        when: when(decided.at),
    }
}

/// An event in words.
fn event_row(event: Event, now: Timestamp) -> EventRow {
    let text = |key: &str| event.data.get(key).map(plain).unwrap_or_default();
    let what = match event.kind.as_str() {
        "incident.opened" => "opened the incident".to_owned(),
        "incident.edited" => "changed the description".to_owned(),
        "incident.status" => format!("changed the status from {} to {}", text("from"), text("to")),
        "incident.severity" => format!("decided on Sev {}: {}", text("to"), text("reason")),
        "incident.severity_confirmed" => {
            format!("confirmed Sev {}, instead of Sev {}: {}", text("to"), text("from"), text("reason"))
        }
        "incident.restricted" => "restricted the incident to the people named".to_owned(),
        "incident.unrestricted" => "opened the incident to everybody".to_owned(),
        "incident.person" => format!("named somebody as {}", text("duty")),
        "incident.person_removed" => format!("took somebody off as {}", text("duty")),
        "incident.handed_over" => {
            let why = Some(text("reason")).filter(|why| !why.is_empty()).map(|why| format!(": {why}"));
            format!("handed the lead over to a successor, because an account changed{}", why.unwrap_or_default())
        }
        "incident.emergency_opened" => {
            let until = text("until").parse().map(when).unwrap_or_default();
            format!("opened the incident with emergency access until {until}: {}", text("reason"))
        }
        "incident.emergency_read" => format!("read {} with emergency access", event.subject),
        "incident.emergency_ended" => match text("ending").as_str() {
            "withdrawn" => "withdrew emergency access".to_owned(),
            "returned" => "ended their emergency access".to_owned(),
            _ => "ended emergency access, because the administrator's account changed".to_owned(),
        },
        "incident.times" => "changed the times".to_owned(),
        "incident.deadlines" => "changed the due dates".to_owned(),
        "audit.found_changed" => format!("found that the {} had been changed outside of Hindcast", text("part")),
        "incident.first_response" => "responded first".to_owned(),
        "incident.tagged" => format!("tagged it {}", event.subject),
        "incident.untagged" => format!("took the tag {} off", event.subject),
        "evidence.added" => match text("masked") {
            masked if masked.is_empty() => format!("added {}", text("name")),
            masked => format!("added {} (masked or rewritten: {masked})", text("name")),
        },
        "evidence.erased" => format!("erased a file: {}", text("reason")),
        "incident.recurred" => "told that the failure had happened before".to_owned(),
        "incident.recurrence_withdrawn" => "took back that the failure had happened before".to_owned(),
        "action.returned" => "opened an action again, since the failure came back".to_owned(),
        "affected.imported" => {
            format!("imported a list of who was reached: {} new, {} known", text("new"), text("known"))
        }
        "affected.remedy" => {
            format!("changed what is done about entry {} to {}", event.subject, text("remedy").replace('_', " "))
        }
        "retro.drafted" => "had the retro drafted".to_owned(),
        "retro.redrafted" => "had the retro drafted anew".to_owned(),
        "retro.lead_promoted" => "promoted a lead of the retro to a finding".to_owned(),
        "retro.lead_dismissed" => "dismissed a lead of the retro".to_owned(),
        "retro.lead_reopened" => "opened a lead of the retro again".to_owned(),
        "retro.submitted" => "asked for a review of the retro".to_owned(),
        "retro.returned" => format!("gave the retro back: {}", text("reason")),
        "retro.approved" => match text("reason") {
            reason if reason.is_empty() => "approved the retro".to_owned(),
            reason => format!("approved the retro ({reason})"),
        },
        "retro.review_ended" => {
            let what = if text("from") == "approved" { "approval" } else { "review" };
            format!("ended the {what} of the retro: {}", super::review::because(&text("because")))
        }
        "retro.reopened" => format!("began a revision of the retro: {}", text("reason")),
        "retro.waived" => format!("waived {}: {}", event.subject, text("reason")),
        "retro.waiver_withdrawn" => format!("took the waiver of {} back", event.subject),
        "text.unmasked" => "chose to store text without masks".to_owned(),
        "reminder.sent" => "reminded those concerned of what is due".to_owned(),
        "job.retried" => "had a reminder tried again".to_owned(),
        "near_miss.reviewed" => match text("note") {
            note if note.is_empty() => "reviewed the near-miss".to_owned(),
            note => format!("reviewed the near-miss: {note}"),
        },
        "near_miss.review_taken_back" => "took the review of the near-miss back".to_owned(),
        "action.state" => format!("changed an action from {} to {}", text("from"), text("to")).replace('_', " "),
        other => match other.strip_prefix("retro.") {
            Some(section) => format!("edited {section} in the retro"),
            None => other.to_owned(),
        },
    };
    EventRow { when: when(event.at), away: away(event.at, now), name: event.name, what }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

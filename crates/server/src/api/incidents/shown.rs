//! Incidents as they are given.

use crate::api::schema::{Stamp, Time, names};
use crate::api::shown::shown;
use crate::failure::Failure;
use hindcast_retro::record::affected::Remedy;
use hindcast_retro::record::incident::{self as record, Point, Status, contradictions};
use hindcast_store::{Conn, Viewer};
use hindcast_store::{affected, incidents};
use schemars::JsonSchema;
use serde::Serialize;

shown! {
    /// An incident as lists have it.
    pub struct IncidentRow from incidents::Incident as incident {
        /// `12` of INC-12.
        number: i64,
        /// What people call it, such as `INC-12`.
        reference: String = incident.reference(),
        /// One line.
        title: String,
        /// The agent that it happened to; may be empty.
        agent: String,
        /// What is known, in a person's words, as Markdown.
        summary: String,
        /// 1 to 4, or null until somebody decides.
        severity: Option<u8>,
        /// Why.
        severity_reason: String,
        /// The severity whose duties apply: the highest one since the incident was opened, until an approver confirms a lower one.
        duties: Option<u8>,
        /// How far it has come.
        status: Status,
        /// True where only the people named may know of it.
        restricted: bool,
        /// A reference in the team's tracker; may be empty.
        ticket: String,
        /// Who responded first.
        first_response: Option<Stamp> = incident.first_response.map(|(by, at)| Stamp::new(by, at)),
        /// The account that opened it.
        created_by: String,
        /// When it was opened.
        created_at: Time = Time(incident.created_at),
        /// When it was last changed.
        updated_at: Time = Time(incident.updated_at),
        /// Counts its changes; the ETag is made of it.
        version: i64,
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
    /// How many were reached, by what was done about them.
    pub reached: Vec<Reached>,
}

/// How many were reached about whom the same was done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReachedCount")]
pub struct Reached {
    /// What was done.
    pub status: Remedy,
    /// How many.
    pub count: i64,
}

shown! {
    /// A decision on severity.
    pub struct Decision from incidents::Decided as decided {
        /// The level; null where it was taken back.
        level: Option<u8>,
        /// Why.
        reason: String,
        /// Who decided, and when.
        #[serde(flatten)]
        stamp: Stamp = Stamp::new(decided.name, decided.at),
    }
}

shown! {
    /// Somebody named in an incident.
    pub struct Person from incidents::Person as person {
        /// The account.
        account: String,
        /// The name.
        name: String,
        /// What for.
        #[schemars(schema_with = "names::duty")]
        duty: &'static str = person.duty.name(),
    }
}

shown! {
    /// A point of the chain from the first wrong step to the end.
    pub struct Moment from record::Moment as moment {
        /// Which point.
        point: Point,
        /// When it was reached.
        at: Time = Time(moment.at),
        /// Where that is recorded, such as `ticket 4711`; may be empty.
        source: String,
        /// Who or what reached it; may be empty.
        by: String,
    }
}

shown! {
    /// Something that is due.
    pub struct Due from (hindcast_retro::policy::DueDate, Option<jiff::Timestamp>) as due {
        /// What.
        what: String = due.0.what,
        /// Until when; null while the clock has not started.
        at: Option<Time> = due.0.at.map(Time),
        /// The same for people.
        text: Option<String> = due.0.text,
        /// How it is counted.
        explanation: String = due.0.explanation,
        /// When it was met.
        met_at: Option<Time> = due.1.map(Time),
    }
}

/// The incident as it stands.
pub async fn whole(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Incident, Failure> {
    // The version is read first: what changes meanwhile looks older than it is, never newer.
    let row = incidents::find(conn, viewer, number).await?;
    let times = incidents::moments(conn, viewer, number).await?;
    let decided = incidents::severities(conn, viewer, number).await?;
    let reached = affected::counts(conn, viewer, number).await?;
    Ok(Incident {
        row: row.into(),
        contradictions: contradictions(&times),
        times: times.into_iter().map(Moment::from).collect(),
        decisions: decided.into_iter().map(Decision::from).collect(),
        people: incidents::people(conn, viewer, number).await?.into_iter().map(Person::from).collect(),
        tags: incidents::tags(conn, viewer, number).await?,
        reached: reached.into_iter().map(|(status, count)| Reached { status, count }).collect(),
    })
}

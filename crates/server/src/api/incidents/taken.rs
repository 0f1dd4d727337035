//! What is asked of incidents, and what of it is wrong.

use crate::api::cursor::paged;
use crate::api::schema::{Time, names};
use crate::api::sent::Faults;
use crate::failure::Failure;
use crate::work::incident::{AGENT, BY, NEAR_MISS, REASON, SOURCE, SUMMARY, TICKET, TITLE};
use hindcast_retro::record::incident::{Moment, Point, Status};
use hindcast_store::incidents::{Details, Filter, New};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

paged! {
    /// Which incidents are listed.
    pub struct Asked {
        /// Only those where each of these words is found: in the number (`INC-12` or `12`), title, agent, summary, ticket, tags,
        /// people, and in what the retro says (statements, actions, notes). Up to six words; case does not count.
        #[serde(default)]
        pub(super) q: String,
        /// Only those in this status.
        pub(super) status: Option<Status>,
        /// Only those that are not closed.
        #[serde(default)]
        pub(super) unclosed: bool,
        /// Only those of this severity.
        #[schemars(range(min = 1, max = 4))]
        pub(super) severity: Option<u8>,
        /// Only those with this tag.
        #[serde(default)]
        pub(super) tag: String,
    }
}

impl Asked {
    /// Which rows these are, those before a number.
    pub fn filter(self, before: Option<i64>) -> Result<Filter, Failure> {
        let mut faults = Faults::default();
        level(&mut faults, "severity", self.severity);
        faults.told()?;
        Ok(Filter {
            status: self.status.map(|s| s.name().to_owned()),
            unclosed: self.unclosed,
            severity: self.severity,
            text: self.q,
            tag: self.tag,
            before,
        })
    }
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

impl NewIncident {
    /// What it comes to, and when a person became aware of it.
    pub fn read(self, now: Timestamp) -> Result<(New, (Timestamp, String)), Failure> {
        let mut faults = Faults::default();
        let details = details(&mut faults, &self.title, &self.agent, &self.summary, &self.ticket);
        let (severity, severity_reason) = self.severity.map(|s| s.read(&mut faults)).unwrap_or_default();
        let aware = self.aware_at.map_or(now, |at| past(&mut faults, "aware_at", at, Some(now)));
        let source = faults.short("source", &self.source, SOURCE);
        faults.told()?;
        let severity_reason = if severity.is_some() { severity_reason } else { String::new() };
        Ok((New { details, severity, severity_reason, restricted: self.restricted }, (aware, source)))
    }
}

fn details(faults: &mut Faults, title: &str, agent: &str, summary: &str, ticket: &str) -> Details {
    Details {
        title: faults.required("title", title, TITLE),
        agent: faults.short("agent", agent, AGENT),
        summary: faults.short("summary", summary, SUMMARY),
        ticket: faults.short("ticket", ticket, TICKET),
    }
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

impl NearMiss {
    /// What it comes to.
    pub fn read(self) -> Result<New, Failure> {
        let mut faults = Faults::default();
        let details = details(&mut faults, &self.title, &self.agent, &self.summary, "");
        let reason = faults.short("reason", &self.reason, REASON);
        faults.told()?;
        let severity_reason = if reason.is_empty() { NEAR_MISS.to_owned() } else { reason };
        Ok(New { details, severity: Some(4), severity_reason, restricted: false })
    }
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

/// A change without faults.
pub struct Wanted {
    details: [Option<String>; 4],
    pub status: Option<Status>,
    pub severity: Option<(Option<u8>, String)>,
    pub times: Option<Vec<Moment>>,
    pub restricted: Option<bool>,
}

impl Change {
    /// What it comes to.
    pub fn read(self) -> Result<Wanted, Failure> {
        let mut faults = Faults::default();
        let title = self.title.map(|t| faults.required("title", &t, TITLE));
        let agent = self.agent.map(|t| faults.short("agent", &t, AGENT));
        let summary = self.summary.map(|t| faults.short("summary", &t, SUMMARY));
        let ticket = self.ticket.map(|t| faults.short("ticket", &t, TICKET));
        let severity = self.severity.map(|s| s.read(&mut faults));
        let times = self.times.map(|t| moments(&mut faults, t));
        faults.told()?;
        let details = [title, agent, summary, ticket];
        Ok(Wanted { details, status: self.status, severity, times, restricted: self.restricted })
    }
}

impl Wanted {
    /// The words as they would be, where any of them is to change.
    pub fn details(&mut self, before: &Details) -> Option<Details> {
        if self.details.iter().all(Option::is_none) {
            return None;
        }
        let [title, agent, summary, ticket] = std::mem::take(&mut self.details);
        Some(Details {
            title: title.unwrap_or_else(|| before.title.clone()),
            agent: agent.unwrap_or_else(|| before.agent.clone()),
            summary: summary.unwrap_or_else(|| before.summary.clone()),
            ticket: ticket.unwrap_or_else(|| before.ticket.clone()),
        })
    }
}

fn moments(faults: &mut Faults, sent: Vec<NewMoment>) -> Vec<Moment> {
    let mut all: Vec<Moment> = Vec::new();
    for (nth, moment) in sent.into_iter().enumerate() {
        if all.iter().any(|m| m.point == moment.point) {
            faults.add(&format!("times.{nth}.point"), "stands there twice");
        }
        all.push(Moment {
            point: moment.point,
            at: past(faults, &format!("times.{nth}.at"), moment.at, None),
            source: faults.short(&format!("times.{nth}.source"), &moment.source, SOURCE),
            by: faults.short(&format!("times.{nth}.by"), &moment.by, BY),
        });
    }
    all
}

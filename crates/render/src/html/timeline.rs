//! Section 1 as rows.

use super::anchors::Anchors;
use super::parts::{Go, Said};
use super::text::Text;
use super::words::When;
use crate::steps::names_target;
use crate::visible;
use hindcast_retro::Draft;
use hindcast_retro::draft::{Actor, TimelineEntry};

/// A line of the timeline.
pub struct Row {
    pub id: String,
    /// The day, where it is another one than in the line before.
    pub day: Option<String>,
    pub when: When,
    pub actor: &'static str,
    /// What the actor is called, where that says more than its kind.
    pub name: Option<Text>,
    pub learned: bool,
    pub event: Option<u32>,
    pub folded: u32,
    pub said: Said,
    pub findings: Vec<Go>,
    /// True where a finding stands that nobody rejected.
    pub failing: bool,
    /// True where the name is what is called or handed to: it is read after the words.
    pub name_after: bool,
}

impl Row {
    /// All lines of a draft.
    pub fn all(draft: &Draft, anchors: &Anchors) -> Vec<Self> {
        let mut day: Option<String> = None;
        let rows = draft.timeline.entries.iter().enumerate().map(|(i, entry)| {
            let mut row = Row::new(entry, anchors.id(&format!("t{}", i + 1)), anchors);
            if row.when.day.is_some() && row.when.day != day {
                day.clone_from(&row.when.day);
                row.day.clone_from(&day);
            }
            row
        });
        rows.collect()
    }

    fn new(entry: &TimelineEntry, id: String, anchors: &Anchors) -> Self {
        let said = if entry.folded > 1 {
            Said::brief(&entry.statement, anchors)
        } else {
            Said::full(&entry.statement, anchors)
        };
        Row {
            id,
            day: None,
            when: When::new(entry.at.as_deref(), entry.quality),
            actor: actor(entry.actor),
            // With a message of the user or the instructions, the name is that of the agent that gets them.
            name: entry
                .name
                .as_deref()
                .filter(|_| !matches!(entry.actor, Actor::User | Actor::System | Actor::Harness))
                .map(|n| Text::line(&visible::label(n, 80))),
            learned: entry.learned,
            event: entry.event,
            folded: entry.folded,
            said,
            failing: entry.findings.iter().any(|f| anchors.stands(f)),
            name_after: names_target(entry),
            findings: entry.findings.iter().filter_map(|f| anchors.finding(f)).map(Go::from).collect(),
        }
    }
}

fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::System => "system",
        Actor::User => "user",
        Actor::Agent => "agent",
        Actor::Tool => "tool",
        Actor::Guard => "guard",
        Actor::Harness => "harness",
        Actor::Team => "team",
        Actor::Several => "several",
    }
}

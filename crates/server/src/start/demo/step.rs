//! What an example is made of.

use hindcast_retro::record::action::{ActionState, ProofKind};
use hindcast_retro::record::affected::Remedy;
use hindcast_retro::record::edit::Section;
use hindcast_retro::record::incident::{Point, Status};
use hindcast_retro::record::people::Duty;
use hindcast_store::evidence::Kind;

/// Somebody of the example team, by their place in it.
#[derive(Clone, Copy)]
pub enum Who {
    Dana,
    Ravi,
    Mia,
    Iris,
}

impl Who {
    pub fn name(self) -> &'static str {
        super::PEOPLE[self as usize].0
    }
}

/// An incident and what happened to it.
pub struct Example {
    pub title: &'static str,
    pub agent: &'static str,
    pub summary: &'static str,
    pub severity: Option<(u8, &'static str)>,
    pub restricted: bool,
    pub tags: &'static [&'static str],
    pub people: &'static [(Who, Duty)],
    /// Times of the chain: the point, hours after the incident was opened, who, and the source.
    pub moments: &'static [(Point, i64, &'static str, &'static str)],
    /// In the order of time; the first one opens the incident.
    pub steps: Vec<Happened>,
}

/// A step with its time and its person.
pub struct Happened {
    pub hours_ago: i64,
    pub who: Who,
    pub step: Step,
}

/// Something that a person does.
#[derive(Clone, Copy)]
pub enum Step {
    /// Opens the incident.
    Open,
    /// Responds first.
    Respond,
    Status(Status),
    Ticket(&'static str),
    Add(Kind, &'static str, &'static [u8]),
    /// Has the retro drafted.
    Draft,
    /// Confirms every finding; without any, promotes every lead.
    Confirm,
    Notes(Section, &'static str),
    /// Gives each action, in their order, its owner and its date: days from today.
    Assign(&'static [(Who, i64)]),
    /// Asks for a review.
    Submit,
    Approve,
    /// How far an action has come, by its place.
    Action(usize, ActionState, Option<(ProofKind, &'static str)>, Option<&'static str>),
    /// Takes in who was reached: session, customer, hours ago, what was said.
    Reached(&'static [(&'static str, &'static str, i64, &'static str)]),
    /// What was done about one of them, by its number.
    Told(i64, Remedy, &'static str),
    /// The committee looked at this near-miss.
    Looked(&'static str),
    /// The committee looked at the month before this step.
    LookedAtMonth(&'static str),
    /// Reads the reminders so far.
    ReadReminders,
}

/// A step some days and hours ago.
pub fn ago(days: i64, hours: i64, who: Who, step: Step) -> Happened {
    Happened { hours_ago: 24 * days + hours, who, step }
}

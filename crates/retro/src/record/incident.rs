//! An incident: its state, the moments of its course, and what it knows for a draft.

mod facts;
mod times;

pub use facts::{FACTS_FILE, clock, contradictions, facts, yaml};
pub use times::times;

use super::named;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It may still happen to others.
    Open,
    /// It cannot happen to others, and its cause is still there.
    Contained,
    /// Its cause is gone.
    Resolved,
    /// Nothing is left to do.
    Closed,
}

named!(Status, "a status", 4: Open = "open", Contained = "contained", Resolved = "resolved", Closed = "closed");

impl Status {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Status::Open => "Open",
            Status::Contained => "Contained",
            Status::Resolved => "Resolved",
            Status::Closed => "Closed",
        }
    }

    /// Whether an incident may go from this status to another: forward, over several at once where need be, or back to
    /// open.
    pub fn may_become(self, to: Status) -> bool {
        to > self || (to == Status::Open && self != Status::Open)
    }
}

/// A point of the chain from the first wrong step to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// The agent's first wrong step.
    FirstWrongStep,
    /// From when on it could have been seen.
    EarliestSignal,
    /// The first alert of a monitor or guard.
    FirstAlert,
    /// Somebody reported it.
    Reported,
    /// A person of the team was aware: the policy's clock starts here.
    Aware,
    /// It could not happen to others any more.
    Contained,
    /// Its cause was gone.
    Resolved,
}

named!(
    Point, "a point of the chain", 7:
    FirstWrongStep = "first_wrong_step",
    EarliestSignal = "earliest_signal",
    FirstAlert = "first_alert",
    Reported = "reported",
    Aware = "aware",
    Contained = "contained",
    Resolved = "resolved",
);

impl Point {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Point::FirstWrongStep => "First wrong step",
            Point::EarliestSignal => "Earliest signal",
            Point::FirstAlert => "First alert",
            Point::Reported => "Reported",
            Point::Aware => "Person aware",
            Point::Contained => "Contained",
            Point::Resolved => "Resolved",
        }
    }

    /// The entry of a facts file that tells it.
    pub fn entry(self) -> &'static str {
        match self {
            Point::FirstAlert => "alerted",
            other => other.name(),
        }
    }
}

/// When a point was reached, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Which point.
    pub point: Point,
    /// When.
    pub at: Timestamp,
    /// Where that is recorded, such as `ticket 4711`; may be empty.
    pub source: String,
    /// Who or what reached it, such as `Dana, on call`; may be empty.
    pub by: String,
}

/// What an incident knows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IncidentFacts {
    /// Its number, such as `INC-12`; statements name it as what they rest on.
    pub reference: String,
    /// Its title.
    pub title: Option<String>,
    /// The agent's name.
    pub agent: Option<String>,
    /// When what happened.
    pub moments: Vec<Moment>,
    /// The level that people decided, and why. A draft proposes its own: the two are compared, not mixed.
    pub severity: Option<(u8, String)>,
    /// A facts file that a person uploaded.
    pub facts: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_goes_forward_or_is_reopened() {
        use Status::{Closed, Contained, Open, Resolved};
        let allowed: Vec<(Status, Status)> = Status::ALL
            .into_iter()
            .flat_map(|from| Status::ALL.map(|to| (from, to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        let expected = [
            (Open, Contained),
            (Open, Resolved),
            (Open, Closed),
            (Contained, Open),
            (Contained, Resolved),
            (Contained, Closed),
            (Resolved, Open),
            (Resolved, Closed),
            (Closed, Open),
        ];
        assert_eq!(allowed, expected);
    }

    #[test]
    fn names_are_those_of_serde_and_read_back() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).expect("writes"), status.name());
            assert_eq!(status.name().parse(), Ok(status));
        }
        for point in Point::ALL {
            assert_eq!(serde_json::to_value(point).expect("writes"), point.name());
            assert_eq!(point.name().parse(), Ok(point));
        }
        assert!(Point::ALL.is_sorted());
    }
}

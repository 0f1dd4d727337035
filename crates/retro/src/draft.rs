//! The retro: seven sections of statements.

mod actions;
mod by_hand;
mod delay;
mod severity;
mod system;
mod visit;

pub use actions::{ActionCategory, ActionItem, Actions, prompt_only};
pub use by_hand::{ByHand, Note, Place};
pub use delay::{Delay, DelayGap, DelayPoint};
pub use severity::{Deadline, Decided, Severity};
pub use system::{Contribution, DesignCoverage, SystemAnswer};

use crate::statement::{Answer, Quote, Statement, Verdict};
use hindcast_detect::finding::{Category, Outcome, RestsOn};
use hindcast_trace::EvidenceId;
use hindcast_trace::model::{KeyKind, TimeQuality};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the document type.
pub const SCHEMA: &str = "hindcast.draft/1";

/// A retro of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The heading.
    pub title: String,
    /// True where a person wrote it while editing; then a new draft keeps it.
    #[serde(default)]
    pub titled: bool,
    /// What was read.
    pub session: SessionInfo,
    /// The files it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What is missing in the record.
    pub gaps: Vec<String>,
    /// The proposed severity.
    pub severity: Severity,
    /// Section 1.
    pub timeline: Timeline,
    /// Section 2.
    pub impact: Vec<ImpactItem>,
    /// Section 3.
    pub trigger: Answer,
    /// Section 4.
    pub behavior: Behavior,
    /// Section 5: six answers.
    pub system: Vec<SystemAnswer>,
    /// Section 6.
    pub delay: Delay,
    /// Section 7.
    pub actions: Actions,
    /// What a person wrote into the document besides the statements, by section.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What else a person changed.
    #[serde(default, skip_serializing_if = "ByHand::is_empty")]
    pub by_hand: ByHand,
    /// A short digest of every text that a person may edit, as it was written: what differs was edited since.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seal: BTreeMap<String, String>,
}

/// Several drafts in one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drafts {
    /// One for each session.
    pub drafts: Vec<Draft>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionInfo {
    /// Conversation id, trace id, or a position in a file.
    pub key: String,
    /// Which of these.
    #[serde(with = "key_kind")]
    #[schemars(with = "String")]
    pub key_kind: KeyKind,
    /// The format it came in.
    pub format: String,
    /// The agents' names.
    pub agents: Vec<String>,
    /// The models that answered.
    pub models: Vec<String>,
    /// How many events.
    pub events: usize,
    /// How many requests to models.
    pub model_calls: usize,
    /// First known time, UTC.
    pub started: Option<String>,
    /// Last known time, UTC.
    pub ended: Option<String>,
}

mod key_kind {
    use hindcast_trace::model::KeyKind;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(kind: &KeyKind, s: S) -> Result<S::Ok, S::Error> {
        kind.serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<KeyKind, D::Error> {
        match String::deserialize(d)?.as_str() {
            "conversation" => Ok(KeyKind::Conversation),
            "trace" => Ok(KeyKind::Trace),
            "position" => Ok(KeyKind::Position),
            other => Err(D::Error::custom(format!("unknown kind of session key `{other}`"))),
        }
    }
}

/// A file that the draft rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceRef {
    /// SHA-256 of its bytes.
    #[schemars(with = "String")]
    pub id: EvidenceId,
    /// The file's name.
    pub name: String,
    /// Its size.
    pub bytes: usize,
}

/// Section 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// In order.
    pub entries: Vec<TimelineEntry>,
}

/// Who acts in a timeline entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The instructions.
    System,
    /// The user.
    User,
    /// The agent.
    Agent,
    /// A tool.
    Tool,
    /// A guard.
    Guard,
    /// People and systems outside the trace.
    Team,
    /// More than one of these: the line stands for a stretch of events.
    Several,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineEntry {
    /// What happened.
    pub statement: Statement,
    /// Who.
    pub actor: Actor,
    /// What the actor is called, such as a tool's name.
    pub name: Option<String>,
    /// When, UTC.
    pub at: Option<String>,
    /// How good the time is: exact, relative, estimated or none.
    pub quality: Quality,
    /// True for when it was learned of, false for when it happened.
    pub learned: bool,
    /// The event, counted from 1; absent for what people reported.
    pub event: Option<u32>,
    /// How many events this line stands for.
    pub folded: u32,
    /// Findings at this event.
    pub findings: Vec<String>,
}

/// How good a time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Recorded.
    Exact,
    /// An offset.
    Relative,
    /// From a neighbour.
    Estimated,
    /// No time is known.
    None,
}

impl From<Option<TimeQuality>> for Quality {
    fn from(quality: Option<TimeQuality>) -> Self {
        match quality {
            Some(TimeQuality::Exact) => Quality::Exact,
            Some(TimeQuality::Relative) => Quality::Relative,
            Some(TimeQuality::Estimated) => Quality::Estimated,
            None => Quality::None,
        }
    }
}

/// A line of section 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImpactItem {
    /// customers, conversations, money, regulation, data or duration.
    pub field: String,
    /// The number, or the question.
    pub answer: Answer,
}

/// Section 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Behavior {
    /// What went wrong.
    pub findings: Vec<FindingEntry>,
    /// What was looked for, and with what result.
    pub coverage: Vec<Coverage>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingEntry {
    /// What exactly, quoted.
    pub statement: Statement,
    /// One line.
    pub title: String,
    /// The category.
    #[schemars(with = "String")]
    pub category: Category,
    /// The other category that it may be.
    #[schemars(with = "Option<String>")]
    pub also: Option<Category>,
    /// The event, counted from 1.
    pub event: u32,
    /// Whether it reached anybody.
    #[schemars(with = "String")]
    pub outcome: Outcome,
    /// How far it got, as far as the trace shows.
    #[serde(default)]
    pub consequence: Consequence,
    /// What was taken for granted.
    #[schemars(with = "serde_json::Value")]
    pub rests_on: RestsOn,
    /// What might have backed the agent, and why it does not.
    pub considered: Vec<Considered>,
    /// The tools involved.
    pub tools: Vec<String>,
    /// Rare or a class.
    pub reach: Reach,
}

/// How far a failure got, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// It was stopped before it did anything.
    Averted,
    /// It harms nobody outside.
    Minor,
    /// It was done or said, and within the session taken back, undone or made good.
    Contained,
    /// Somebody was told something untrue, or acted upon.
    #[default]
    Told,
    /// Secrets left, or a foreign will was done.
    Exposed,
}

impl Behavior {
    /// The finding that the retro is named after: the gravest that stands; among equals one that an operation hangs on,
    /// then the first one.
    pub fn lead(&self) -> Option<&FindingEntry> {
        self.standing().rev().max_by_key(|f| (f.consequence, !f.tools.is_empty()))
    }

    /// The first finding that was not stopped, or else the first one: there the incident begins.
    pub fn first(&self) -> Option<&FindingEntry> {
        self.standing().find(|f| f.consequence > Consequence::Averted).or_else(|| self.standing().next())
    }

    /// The findings that nobody dismissed, in order.
    fn standing(&self) -> impl DoubleEndedIterator<Item = &FindingEntry> {
        self.findings.iter().filter(|f| f.statement.verdict != Verdict::Rejected)
    }
}

impl FindingEntry {
    /// The title as the heading of a retro: no code in it, and a capital where it begins with an article.
    pub fn heading(&self) -> String {
        let plain = self.title.replace('`', "");
        match plain.strip_prefix("the ") {
            Some(rest) => format!("The {rest}"),
            None => plain,
        }
    }
}

/// Something that might have backed the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Considered {
    /// The event, counted from 1.
    pub event: u32,
    /// Why it does not.
    pub why: String,
    /// The telling part.
    pub quote: Option<Quote>,
}

/// Was it rare, or a class?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Measured, with an interval.
    Measured(Statement),
    /// Not measured, and why.
    NotMeasured(String),
}

/// What one detector said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Its id.
    pub detector: String,
    /// What it looks for.
    pub looks_for: String,
    /// found, clean, not_assessed or not_eligible.
    #[schemars(with = "String")]
    pub answer: hindcast_detect::finding::Answer,
    /// Why something could not be judged.
    pub not_assessed: Vec<String>,
}

//! The retro: seven sections of statements.

mod actions;
mod behavior;
mod by_hand;
mod delay;
mod severity;
mod system;
mod visit;

pub use actions::{ActionCategory, ActionItem, Actions, prompt_only};
pub use behavior::{Behavior, Consequence, Considered, Coverage, FindingEntry, Prevalence};
pub use by_hand::{ByHand, Note, Place};
pub use delay::{Delay, DelayGap, DelayPoint};
pub use severity::{Deadline, Decided, Severity};
pub use system::{Contribution, DesignCoverage, SystemAnswer};

use crate::statement::{Answer, Statement, Verdict};
use hindcast_detect::SessionKind;
use hindcast_trace::EvidenceId;
use hindcast_trace::model::{KeyKind, TimeQuality};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the document type.
pub const SCHEMA: &str = "hindcast.draft/2";

/// The version before it, which is read as well: some names in it are others.
pub(crate) const EARLIER_SCHEMA: &str = "hindcast.draft/1";

/// A retro of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// Always [`SCHEMA`]; a draft of the version before it is read as one of this.
    #[serde(deserialize_with = "current_schema")]
    pub schema: String,
    /// The title.
    pub title: String,
    /// True if a person wrote it while editing; then a new draft keeps it.
    #[serde(default, alias = "titled")]
    pub title_edited: bool,
    /// What was read.
    pub session: SessionInfo,
    /// The evidence: the files that were read.
    pub evidence: Vec<EvidenceRef>,
    /// Warnings to show first: records of the files that were not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What the trace does not contain.
    #[serde(alias = "gaps")]
    pub missing_data: Vec<String>,
    /// What happened, in two or three sentences, each with its evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary: Vec<Statement>,
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
    /// Notes by people, by section.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Other changes by people.
    #[serde(default, skip_serializing_if = "ByHand::is_empty")]
    pub by_hand: ByHand,
    /// A short digest of every text that a person may edit, as it was written. A text that differs was edited since.
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
    /// Conversation ID, trace ID, or a position in a file.
    pub key: String,
    /// Which of these.
    #[serde(with = "key_kind")]
    #[schemars(with = "String")]
    pub key_kind: KeyKind,
    /// The format of the trace.
    pub format: String,
    /// The kind of session: service, coding, research, group or voice. It decides which rules apply and how reliable
    /// each is. Absent in a draft of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub kind: Option<SessionKind>,
    /// How the kind is known, in words.
    #[serde(default, alias = "kind_why", skip_serializing_if = "Option::is_none")]
    pub kind_reason: Option<String>,
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

fn current_schema<'de, D: serde::Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    let schema = String::deserialize(d)?;
    Ok(if schema == EARLIER_SCHEMA { SCHEMA.to_owned() } else { schema })
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

/// An evidence file of the draft.
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
    /// The program around the agent: reminders, hooks, slash commands, notices.
    Harness,
    /// People and systems outside the trace.
    Team,
    /// More than one of these: the line summarizes several events.
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
    /// Accuracy of the time: exact, relative, estimated or none.
    pub quality: Quality,
    /// True for the time of discovery, false for the time it happened.
    pub learned: bool,
    /// The event, counted from 1; absent for what people reported.
    pub event: Option<u32>,
    /// How many events this line summarizes.
    pub folded: u32,
    /// Findings at this event.
    pub findings: Vec<String>,
}

/// Accuracy of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Recorded.
    Exact,
    /// An offset.
    Relative,
    /// Estimated from neighboring events.
    Estimated,
    /// No time is known.
    None,
}

impl Draft {
    /// True if nothing was found: then open questions are asked in one list and not in every section.
    pub fn is_short(&self) -> bool {
        self.behavior.findings.is_empty()
    }

    /// True for a finding or lead that a person dismissed, or a lead that a person deleted.
    pub fn is_dismissed(&self, flag: &FindingEntry) -> bool {
        flag.statement.verdict == Verdict::Rejected || self.by_hand.leads_removed.contains(&flag.statement.id)
    }

    /// How many leads are still worth checking.
    pub fn leads_to_check(&self) -> usize {
        self.behavior.leads.iter().filter(|lead| !self.is_dismissed(lead)).count()
    }
}

impl Timeline {
    /// How many events have no line of their own, and in how many lines they are summed up.
    pub fn left_out(&self) -> Option<(u32, usize)> {
        let folds = self.entries.iter().filter(|e| e.folded > 1);
        let lines = folds.clone().count();
        (lines > 0).then(|| (folds.fold(0, |sum: u32, e| sum.saturating_add(e.folded)), lines))
    }
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
    /// The answer, or the open question.
    pub answer: Answer,
    /// What the trace shows. This does not answer the question, because a trace covers one session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Statement>,
}

//! The normalised trace: one session, whatever system recorded it.

use crate::locator::{Bases, Form, Loc};
use crate::notation::Notation;
use serde::Serialize;
use std::sync::Arc;

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The decoded text.
    pub text: String,
    /// Where it stands in the evidence.
    pub loc: Loc,
}

impl Text {
    /// A part of a text that is a value's own, by bytes; `None` where that is no part of it.
    pub fn slice(&self, from: usize, to: usize) -> Option<Text> {
        let text = self.text.get(from..to)?.to_owned();
        // A part of a part counts from the value's beginning.
        let offset = match self.loc.form {
            Form::Own => 0,
            Form::Slice { from, .. } => from as usize,
            Form::OtlpValue | Form::Key | Form::Rewritten { .. } => return None,
        };
        let form = Form::Slice { from: u32::try_from(offset + from).ok()?, to: u32::try_from(offset + to).ok()? };
        Some(Text { text, loc: Loc { form, ..self.loc } })
    }

    /// A part of a text without the white space around it; `None` if nothing else is in it.
    pub fn trimmed(&self, from: usize, to: usize) -> Option<Text> {
        let raw = self.text.get(from..to)?;
        let from = from + (raw.len() - raw.trim_start().len());
        self.slice(from, from + raw.trim().len()).filter(|t| !t.text.is_empty())
    }

    /// This text, which is in another notation, as JSON; `None` if it is not in that notation.
    pub fn rewritten(&self, notation: Notation) -> Option<Text> {
        let whole = self.slice(0, self.text.len())?;
        let Form::Slice { from, to } = whole.loc.form else { return None };
        let text = notation.to_json(&whole.text)?;
        Some(Text { text, loc: Loc { form: Form::Rewritten { from, to, notation }, ..self.loc } })
    }
}

/// How good a time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum TimeQuality {
    /// Recorded for this very event.
    Exact,
    /// Recorded as an offset from a start, such as audio seconds.
    Relative,
    /// Taken from a neighbour or from the enclosing call.
    Estimated,
}

/// A time with its quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z; for a relative time without a known start, since the start.
    pub ns: i64,
    /// How good it is.
    pub quality: TimeQuality,
}

/// Nanoseconds of a year.
const YEAR: u64 = 365 * 24 * 60 * 60 * 1_000_000_000;

impl Stamp {
    /// A recorded time.
    pub fn exact(ns: i64) -> Self {
        Stamp { ns, quality: TimeQuality::Exact }
    }

    /// True for a time since the start of the session, where nobody knows when that was. No session takes a year.
    pub fn is_offset(self) -> bool {
        self.quality != TimeQuality::Exact && self.ns.unsigned_abs() < YEAR
    }

    /// The same time, as an estimate for something else.
    pub fn estimated(self) -> Self {
        Stamp { quality: TimeQuality::Estimated, ..self }
    }
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions to the model.
    System,
    /// The person.
    User,
    /// The agent.
    Assistant,
    /// The program around the agent: reminders, hooks, slash commands and their output, notices. The model saw these
    /// words, but neither the user nor a tool said them.
    Harness,
}

/// What became of a call technically; what the business says of it is the operation status, and lives in `detect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// The tool answered.
    Ok,
    /// The tool or the way to it failed.
    Error,
    /// There is a result, and nothing says whether it is an error.
    Unknown,
    /// There is no result in the trace.
    Missing,
    /// The user turned the call down, and it never ran.
    Declined,
    /// The user answered in the tool's place: a question was answered, a plan was approved.
    Answered,
}

/// What a guard said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It let the content pass.
    Passed,
    /// It objected.
    Triggered,
    /// The record does not say.
    Unknown,
}

/// Why a trace is less than what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Messages or arguments were not recorded.
    ContentNotCaptured,
    /// A call has no result.
    ResultMissing,
    /// The record was cut by its writer or on its way.
    ContentTruncated,
    /// Part of the file could not be read.
    InputDropped,
    /// Part of the history is known to be elsewhere.
    HistoryMissing,
    /// A part of a message is there and is not words, such as a picture.
    NotRead,
    /// Records of the file were not understood: messages, calls or results may be among them.
    RecordsUnread,
    /// Texts in records that were read are in fields that the reader does not know.
    TextsUnread,
}

/// Something that the trace does not hold; it suppresses findings that rest on absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What is missing.
    pub kind: GapKind,
    /// For people: what, where and what it means.
    pub what: String,
    /// The place that shows it, if there is one.
    pub loc: Option<Loc>,
    /// The event that it concerns, if it is one.
    pub event: Option<u32>,
}

/// What happened in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// Somebody said something.
    Message {
        /// Who.
        role: Role,
        /// The text, in parts where the record has parts.
        texts: Vec<Text>,
        /// True when the speech was cut off: the listener may not have heard all of it.
        interrupted: bool,
    },
    /// The model's recorded reasoning; never shown to the user.
    Reasoning {
        /// The text.
        text: Text,
    },
    /// The agent called a tool.
    ToolCall {
        /// The id that joins call and result.
        call_id: Option<String>,
        /// The tool.
        name: Text,
        /// The arguments, as JSON text.
        arguments: Option<Text>,
        /// The event that holds the result.
        result: Option<u32>,
    },
    /// A tool answered.
    ToolResult {
        /// The event of the call.
        call: Option<u32>,
        /// The tool's name.
        name: String,
        /// What it answered.
        content: Option<Text>,
        /// What became of the call technically.
        transport: Transport,
        /// The error's text, where it stands apart from the content.
        error: Option<Text>,
    },
    /// A guard looked at something.
    Guardrail {
        /// Its name.
        name: Text,
        /// What it said.
        verdict: Verdict,
        /// What was done about it, in the record's own word: a guard may object, and the action let it pass.
        action: Option<Text>,
        /// Its reason.
        detail: Option<Text>,
    },
    /// One agent handed over to another.
    Handoff {
        /// From whom, if recorded.
        from: Option<String>,
        /// To whom.
        to: Text,
    },
    /// Documents were looked up for the model.
    Retrieval {
        /// What was asked.
        query: Option<Text>,
        /// How many documents came back, if recorded.
        documents: Option<usize>,
        /// The record of it.
        source: Text,
    },
    /// The conversation that the model saw was changed: cut, compacted, edited or branched.
    Context {
        /// What changed, for people.
        what: String,
        /// True when messages were lost from the model's view.
        lost: bool,
    },
    /// Something failed outside a tool.
    Error {
        /// What it said.
        text: Text,
    },
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// When, if known.
    pub time: Option<Stamp>,
    /// Which agent, in a record of several.
    pub agent: Option<String>,
    /// Index of the model call that produced or first saw it.
    pub model_call: Option<u32>,
    /// Where it stands.
    pub loc: Loc,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was done.
    Stop,
    /// It called tools.
    ToolCalls,
    /// It ran into the length limit.
    Length,
    /// A content filter cut in.
    ContentFilter,
    /// It refused.
    Refusal,
    /// Anything else.
    Other,
}

impl Finish {
    /// The reason behind a provider's word for it.
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "stop" | "end_turn" | "completed" | "stop_sequence" => Finish::Stop,
            "tool_calls" | "tool_call" | "tool_use" | "function_call" | "tool-calls" => Finish::ToolCalls,
            "length" | "max_tokens" | "max_output_tokens" | "incomplete" => Finish::Length,
            "content_filter" | "content-filter" | "safety" => Finish::ContentFilter,
            "refusal" => Finish::Refusal,
            _ => Finish::Other,
        }
    }
}

/// One request to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCall {
    /// The model that answered, or was asked.
    pub model: Option<String>,
    /// Start.
    pub start: Option<Stamp>,
    /// End.
    pub end: Option<Stamp>,
    /// Tokens in.
    pub input_tokens: Option<i64>,
    /// Tokens out.
    pub output_tokens: Option<i64>,
    /// Why it stopped, with the text that says so.
    pub finish: Option<(Finish, Text)>,
    /// Where it stands.
    pub loc: Loc,
}

/// A tool that the model was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDef {
    /// Its name.
    pub name: Text,
    /// What its author says it does.
    pub description: Option<Text>,
    /// JSON Schema of its arguments.
    pub parameters: Option<Text>,
    /// JSON Schema of its result, which few formats carry.
    pub output_schema: Option<Text>,
}

/// What makes several records one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// A conversation id.
    Conversation,
    /// A trace id.
    Trace,
    /// Nothing but the file, and the place in it.
    Position,
}

/// An agent that another agent started, and that reports to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAgent {
    /// Its name, as events carry it in [`Event::agent`].
    pub name: String,
    /// The event of the call that started it, if it is known.
    pub call: Option<u32>,
}

/// One session.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The conversation id, else the trace id, else the file's name with a position.
    pub key: String,
    /// Which of these it is.
    pub key_kind: KeyKind,
    /// The format it came in.
    pub format: &'static str,
    /// The agents' names.
    pub agents: Vec<String>,
    /// Which of the agents are sub-agents.
    pub sub_agents: Vec<SubAgent>,
    /// Who the agent worked for, as the record identifies them: an ID, a name, an address. Each once.
    pub users: Vec<Text>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The requests to models.
    pub model_calls: Vec<ModelCall>,
    /// The tools that the model was offered.
    pub tools: Vec<ToolDef>,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// The documents that places in this trace lie in.
    pub bases: Arc<Bases>,
}

impl Trace {
    /// The models that answered, each once, in order of first use.
    pub fn models(&self) -> Vec<&str> {
        let mut seen = Vec::new();
        for model in self.model_calls.iter().filter_map(|c| c.model.as_deref()) {
            if !seen.contains(&model) {
                seen.push(model);
            }
        }
        seen
    }

    /// The sub-agent that an event belongs to; `None` for events of the main agent, the user and the harness.
    pub fn sub_agent(&self, event: &Event) -> Option<&SubAgent> {
        let name = event.agent.as_deref()?;
        self.sub_agents.iter().find(|s| s.name == name)
    }

    /// First and last known time, in nanoseconds since 1970.
    pub fn span(&self) -> Option<(i64, i64)> {
        let times = || {
            let of_calls = self.model_calls.iter().flat_map(|c| [c.start, c.end]);
            self.events.iter().map(|e| e.time).chain(of_calls).flatten().map(|s| s.ns)
        };
        Some((times().min()?, times().max()?))
    }

    /// True when the trace has a gap of one of these kinds.
    pub fn has_gap(&self, kinds: &[GapKind]) -> bool {
        self.gaps.iter().any(|g| kinds.contains(&g.kind))
    }
}

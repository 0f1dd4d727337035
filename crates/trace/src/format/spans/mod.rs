//! Traces that are trees of spans with an input and an output each, as most tracing systems keep them.
//!
//! A reader of such a system makes a [`Span`] of each of its records; this room makes sessions of them. What goes into a
//! span and comes out of it is in the form of whatever was called, so it is recognized once more.

mod answer;
mod aside;
mod build;
mod form;
mod known;
mod model;
mod tool;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod turns;

pub use answer::{answered, finish, named, response_id, used};
pub use build::sessions;
pub use known::Known;

use crate::account;
use crate::hash::HashMap;
use crate::item::{Msg, Output};
use crate::model::{Stamp, Text};
use crate::node::Node;
use crate::payload;

/// What a span is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A request to a model.
    Model,
    /// A tool at work.
    Tool,
    /// A search that gave documents.
    Retrieval,
    /// A guard.
    Guard,
    /// An agent, around what it does.
    Agent,
    /// A step around others, or between them, by its name in the record.
    Step(String),
    /// A kind that the system does not have, as far as is known.
    Unknown,
}

/// One span.
#[derive(Debug, Clone)]
pub struct Span<'d> {
    pub id: String,
    pub parent: Option<String>,
    pub trace: String,
    /// The conversation, where the record names one.
    pub thread: Option<String>,
    pub kind: Kind,
    pub name: Option<Text>,
    /// The agent's name, where the span names one.
    pub agent: Option<String>,
    pub start: Option<Stamp>,
    pub end: Option<Stamp>,
    pub input: Option<Node<'d>>,
    pub output: Option<Node<'d>>,
    /// The messages of a side, where the system has a form of its own for them.
    pub asked: Vec<Msg>,
    pub said: Vec<Msg>,
    /// Whether it went wrong, where the record says so, and what it says.
    pub failed: Option<bool>,
    pub error: Option<Text>,
    /// The ID of the call that a tool works for.
    pub call: Option<String>,
    pub model: Option<String>,
    /// Tokens in and out.
    pub tokens: (Option<i64>, Option<i64>),
    /// Who the agent worked for, as an ID or a name.
    pub user: Option<Text>,
    /// Definitions of the tools on offer.
    pub tools: Option<Node<'d>>,
    /// True for a function of the program under its own name: a tool, where no model call is there to say which ones are.
    pub function: bool,
    /// True where the request goes on from the one before, and holds nothing of what was asked.
    pub continues: bool,
    pub node: Node<'d>,
}

impl<'d> Span<'d> {
    /// A span of which nothing is known but what it is.
    pub fn new(id: String, trace: String, kind: Kind, node: Node<'d>) -> Self {
        Span {
            id,
            parent: None,
            trace,
            thread: None,
            kind,
            name: None,
            agent: None,
            start: None,
            end: None,
            input: None,
            output: None,
            asked: Vec::new(),
            said: Vec::new(),
            failed: None,
            error: None,
            call: None,
            model: None,
            tokens: (None, None),
            user: None,
            tools: None,
            function: false,
            continues: false,
            node,
        }
    }

    /// True where the span holds anything that went in or came out.
    fn carries(&self) -> bool {
        self.input.is_some() || self.output.is_some() || !self.asked.is_empty() || !self.said.is_empty()
    }
}

/// All spans, each once.
#[derive(Default)]
pub struct Pool<'d> {
    spans: Vec<Span<'d>>,
    place: HashMap<(String, String), usize>,
}

impl<'d> Pool<'d> {
    /// Takes a span. Of several sightings, such as its start and its end, the last one that holds something stays.
    pub fn add(&mut self, span: Span<'d>, out: &mut Output) {
        let key = (span.trace.clone(), span.id.clone());
        match self.place.get(&key).copied() {
            Some(at) => {
                let known = &mut self.spans[at];
                let fuller = span.output.is_some() || span.end.is_some() || !known.carries();
                let left = if fuller { std::mem::replace(known, span).node } else { span.node };
                out.bookkeeping(left, "another sighting of a span");
            }
            None => {
                self.place.insert(key, self.spans.len());
                self.spans.push(span);
            }
        }
    }
}

/// Reports a span without an input or an output that has words all the same, under a name that is not known.
pub fn report_elsewhere(span: &Span<'_>, out: &mut Output) {
    const BESIDE: [&str; 8] = ["attributes", "metadata", "summary", "usage", "tags", "error", "exception", "extra"];
    if span.input.is_some() && span.output.is_some() {
        return;
    }
    let sides = ["input", "output"];
    let known = |key: &str| {
        BESIDE.contains(&key)
            || sides.iter().any(|side| key.strip_prefix(side).is_some_and(|rest| matches!(rest, "" | "s")))
    };
    let strange = span.node.holders().find(|(key, member)| !known(key) && account::looks_spoken(*member));
    if let Some((key, _)) = strange {
        out.unread_as(span.node, &format!("member {key}"));
    }
}

/// Words of a record: a text that is there and holds something.
pub fn text(node: Node<'_>, key: &str) -> Option<String> {
    node.str_at(key).map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

/// What stands under a key, unless it is nothing by another name: an empty text, list or object.
pub fn filled<'d>(node: Node<'d>, key: &str) -> Option<Node<'d>> {
    node.get(key).filter(|n| !payload::is_nothing(*n))
}

/// The conversation that metadata names.
pub fn thread(metadata: Option<Node<'_>>) -> Option<String> {
    let (id, kind) = super::session_key(metadata?)?;
    (kind == crate::model::KeyKind::Conversation).then_some(id)
}

/// The user that metadata names: an ID or a name, as a text or a number.
pub fn user(metadata: Option<Node<'_>>) -> Option<Text> {
    let user = metadata?.any(&["user_id", "userId", "user_handle", "user"])?;
    let text = (user.is_str() || user.i64().is_some()).then(|| user.json_text())?;
    (!text.text.trim().is_empty()).then_some(text)
}

//! Sub-agents: whose lines these are, which call started them, and which of their lines are told twice.

use crate::hash::{HashMap, HashSet};
use crate::item::{Msg, Part};
use crate::model::Text;
use crate::node::Node;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A line as it was written, or a sub-agent's inside a line about progress.
#[derive(Clone, Copy)]
pub struct Line<'d> {
    /// The line itself, with its type, message and time.
    pub node: Node<'d>,
    /// The line around it, where it stands inside another one.
    pub around: Option<Node<'d>>,
}

/// The sub-agent's line inside a line about its progress.
pub fn in_progress(line: Node<'_>) -> Option<Line<'_>> {
    let data = line.get("data").filter(|d| d.has("type", "agent_progress"))?;
    let node = data.get("message").filter(|m| m.get("message").is_some_and(Node::is_object))?;
    Some(Line { node, around: Some(line) })
}

/// The name of the sub-agent that a line belongs to; the main agent has none.
pub fn name(line: Line<'_>, file: &str) -> Option<String> {
    let id = |node: Node<'_>| node.any(&["agentId", "agent_id"]).and_then(|n| n.str().map(|s| s.into_owned()));
    let named = match line.around {
        Some(around) => {
            around.get("data").and_then(id).or_else(|| around.str_at("parentToolUseID").map(|s| s.into_owned()))
        }
        None => {
            if let Some(call) = started_by(line) {
                return Some(format!("sub-agent {call}"));
            }
            if line.node.get("isSidechain").and_then(Node::bool) != Some(true) {
                return None;
            }
            let of_file = || {
                let stem = file.rsplit(['/', '\\']).next()?.strip_suffix(".jsonl")?;
                Some(stem.rsplit_once("agent-")?.1.to_owned())
            };
            id(line.node).or_else(of_file)
        }
    };
    Some(format!("sub-agent {}", named.unwrap_or_default()).trim_end().to_owned())
}

/// The ID of the call that started the sub-agent of a line, where the line itself tells: in lines about progress and in the
/// stream.
pub fn started_by(line: Line<'_>) -> Option<String> {
    let call = match line.around {
        Some(around) => around.str_at("parentToolUseID"),
        None => line.node.str_at("parent_tool_use_id"),
    };
    call.map(|id| id.into_owned()).filter(|id| !id.is_empty())
}

/// What is known of a session's sub-agents.
#[derive(Default)]
pub struct SubAgents {
    /// Names in order, each with the ID of the call that started it.
    found: Vec<(String, Option<String>)>,
    place: HashMap<String, usize>,
    /// Calls that hand work over, by the words that the sub-agent is given.
    prompts: HashMap<u64, String>,
    /// The same, by the ID that a call's result gives for the sub-agent.
    reports: HashMap<String, String>,
    told: HashSet<u64>,
}

impl SubAgents {
    /// Remembers what a call of the main agent tells a sub-agent to do.
    pub fn handed_over(&mut self, call: &str, arguments: Node<'_>) {
        if let Some(prompt) = arguments.str_at("prompt") {
            self.prompts.insert(hash(prompt.trim()), call.to_owned());
        }
    }

    /// Notes which call's result tells of a sub-agent.
    pub fn reported(&mut self, id: &str, call: &str) {
        self.reports.insert(format!("sub-agent {id}"), call.to_owned());
    }

    /// Notes a sub-agent, and the call that started it where that is told.
    pub fn seen(&mut self, name: &str, call: Option<String>) {
        let at = *self.place.entry(name.to_owned()).or_insert_with(|| {
            self.found.push((name.to_owned(), None));
            self.found.len() - 1
        });
        if let Some((_, known)) = self.found.get_mut(at) {
            *known = known.take().or(call);
        }
    }

    /// The call that gave a sub-agent these words.
    pub fn started_by(&self, words: &Text) -> Option<String> {
        self.prompts.get(&hash(words.text.trim())).cloned()
    }

    /// Takes out of a sub-agent's message what was told before: the same work may stand in lines about progress and in
    /// a file of its own. True when nothing is left.
    pub fn told_before(&mut self, name: &str, id: Option<&str>, msg: &mut Msg) -> bool {
        let before = msg.parts.len();
        msg.parts.retain(|part| {
            let print = match part {
                Part::Call(c) => c.id.as_ref().map(|id| hash(&(name, "call", id))),
                Part::Result(r) => r.id.as_ref().map(|id| hash(&(name, "result", id))),
                Part::Text(t) => Some(hash(&(name, "text", id, t.text.trim()))),
                Part::Reasoning(t) => Some(hash(&(name, "reasoning", id, t.text.trim()))),
                Part::Compacted(_) | Part::Unread(_) => None,
            };
            print.is_none_or(|print| self.told.insert(print))
        });
        before > 0 && msg.parts.is_empty()
    }

    /// The sub-agents, in the order in which they were first seen.
    pub fn finish(self) -> Vec<(String, Option<String>)> {
        let reports = &self.reports;
        self.found
            .iter()
            .map(|(name, call)| (name.clone(), call.clone().or_else(|| reports.get(name).cloned())))
            .collect()
    }
}

fn hash(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

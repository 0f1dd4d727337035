//! Whether the stream holds what the agent was asked: `claude --print` and the Agent SDK do not write the prompt into it.

use super::sdk;
use crate::locator::Loc;
use crate::model::{Gap, GapKind};
use crate::node::Node;

/// The turns of a stream that begin with an answer.
#[derive(Default)]
pub struct Prompts {
    /// True from the first words of a turn on.
    asked: bool,
    /// How many turns begin without any, and where the first of them does.
    missing: usize,
    first: Option<Loc>,
}

impl Prompts {
    /// A message of the main agent, or to it.
    pub fn line(&mut self, line: Node<'_>) {
        match sdk::kind(line).as_deref() {
            Some("user") => self.asked |= says(line),
            Some("assistant") => self.answered(line),
            _ => {}
        }
    }

    /// An answer, or the error that stands for it. Session files hold every prompt, or say which line is missing.
    pub fn answered(&mut self, line: Node<'_>) {
        let streamed = line.get("session_id").is_some() && line.get("sessionId").is_none();
        if (streamed || sdk::is_one(line)) && !self.asked {
            self.missing += 1;
            self.first = self.first.or(Some(line.loc()));
        }
        self.asked = true;
    }

    /// The turn is over.
    pub fn ended(&mut self) {
        self.asked = false;
    }

    /// What is said of prompts that are not there.
    pub fn missing(self) -> Option<Gap> {
        let turns = match self.missing {
            0 => return None,
            1 => "what the agent was asked is",
            n => &format!("what the agent was asked in {n} turns is"),
        };
        let what = format!("{turns} not in the stream, which holds the prompt only where user messages are replayed");
        Some(Gap { kind: GapKind::HistoryMissing, what, loc: self.first, event: None })
    }
}

/// True for a message with words in it, and not only with results.
fn says(line: Node<'_>) -> bool {
    let Some(content) = sdk::inner(line).and_then(|m| m.get("content")) else { return false };
    content.is_str() || content.items().any(|part| part.is_str() || part.get("tool_use_id").is_none())
}

//! What the user typed while the agent was busy: the program queues it, and hands it over, or gives it back.

use crate::hash::HashMap;
use crate::model::{Stamp, Text};
use crate::node::Node;
use std::collections::VecDeque;

/// The queue of one session, and what became of what was in it.
#[derive(Default)]
pub struct Queue {
    waiting: VecDeque<Queued>,
    delivered: Vec<Delivered>,
    prompts: Vec<Prompt>,
}

struct Queued {
    words: Text,
    /// Counts what was seen of the session: only a later prompt repeats these words.
    since: usize,
}

/// Words that left the queue for the agent.
pub struct Delivered {
    /// The words.
    pub words: Text,
    /// When they left.
    pub time: Option<Stamp>,
    /// How many items of the session came before.
    pub place: usize,
    since: usize,
}

struct Prompt {
    text: String,
    used: bool,
}

/// How far into a queue named words are looked for; nobody types more while an agent works.
const LONGEST: usize = 64;

/// How many prompts after its delivery may hold a queued text among others.
const NEARBY: usize = 3;

impl Queue {
    /// Takes in a record of the queue. `place` is the number of the session's items so far.
    pub fn operation(&mut self, line: Node<'_>, place: usize) {
        let since = self.prompts.len();
        let content = line.get("content").and_then(Node::text);
        match line.str_at("operation").as_deref() {
            Some("enqueue") => {
                self.waiting.extend(content.map(|words| Queued { words, since }));
            }
            Some("dequeue" | "remove") => {
                // A record that names the words takes those; otherwise the oldest go first.
                let named = |c: Text| self.waiting.iter().take(LONGEST).position(|q| q.words.text == c.text);
                let at = content.map_or(Some(0), named);
                if let Some(Queued { words, since }) = at.and_then(|at| self.waiting.remove(at)) {
                    let time = line.get("timestamp").and_then(crate::time::any);
                    self.delivered.push(Delivered { words, time, place, since });
                }
            }
            // Back into the input line: whatever becomes of it there is a prompt of its own.
            Some("popAll" | "clear") => self.waiting.clear(),
            _ => {}
        }
    }

    /// Remembers words that a line of their own holds.
    pub fn prompt(&mut self, text: &str) {
        self.prompts.push(Prompt { text: text.trim().to_owned(), used: false });
    }

    /// Words that reached the agent and are in no line of their own, in order.
    pub fn unrepeated(mut self) -> Vec<Delivered> {
        let mut exact: HashMap<String, Vec<usize>> = HashMap::default();
        for (i, prompt) in self.prompts.iter().enumerate().rev() {
            exact.entry(prompt.text.clone()).or_default().push(i);
        }
        let delivered = std::mem::take(&mut self.delivered);
        delivered.into_iter().filter(|d| !self.repeats(d, &mut exact)).collect()
    }

    fn repeats(&mut self, delivered: &Delivered, exact: &mut HashMap<String, Vec<usize>>) -> bool {
        let words = delivered.words.text.trim();
        if let Some(list) = exact.get_mut(words) {
            while let Some(at) = list.pop() {
                if at >= delivered.since {
                    self.prompts[at].used = true;
                    return true;
                }
            }
        }
        // Several queued texts may be handed over as one prompt.
        let near = self.prompts.iter().skip(delivered.since).filter(|p| !p.used).take(NEARBY);
        !words.is_empty() && near.into_iter().any(|p| p.text.len() > words.len() && p.text.contains(words))
    }
}

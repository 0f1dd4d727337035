//! What the session files of coding agents have in common.

use crate::account;
use crate::hash::HashSet;
use crate::item::{CallPart, Item, Msg, MsgRole, Part, ResultPart};
use crate::locator::Loc;
use crate::model::{Event, EventKind, Stamp, Text, Transport};
use crate::node::Node;

/// When, where and by which agent something was recorded.
#[derive(Debug, Clone)]
pub struct Place {
    /// When.
    pub time: Option<Stamp>,
    /// The agent's name, in a record of several.
    pub agent: Option<String>,
    /// Where it stands.
    pub loc: Loc,
}

impl Place {
    /// A message with these parts.
    pub fn message(&self, role: MsgRole, parts: Vec<Part>) -> Item {
        Item::Message(Msg { parts, time: self.time, agent: self.agent.clone(), ..Msg::new(role, self.loc) })
    }

    /// An event of another kind.
    pub fn event(&self, kind: EventKind) -> Item {
        Item::Event(Event { kind, time: self.time, agent: self.agent.clone(), model_call: None, loc: self.loc })
    }

    /// A tool call by the agent.
    pub fn call(&self, id: Option<String>, name: Text, arguments: Option<Text>) -> Item {
        self.message(MsgRole::Assistant, vec![Part::Call(CallPart { id, name, arguments })])
    }

    /// The result of a tool call.
    pub fn result(&self, id: Option<String>, name: Option<String>, outcome: Outcome) -> Item {
        let Outcome { content, transport, error } = outcome;
        let result = ResultPart { id, name, arguments: None, content, transport, error, loc: self.loc };
        self.message(MsgRole::Tool, vec![Part::Result(result)])
    }

    /// Texts with their speakers, as messages: texts of one speaker in a row are one message.
    pub fn said(&self, texts: impl IntoIterator<Item = (MsgRole, Text)>) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        for (role, text) in texts {
            match items.last_mut() {
                Some(Item::Message(last)) if last.role == role => last.parts.push(Part::Text(text)),
                _ => items.push(self.message(role, vec![Part::Text(text)])),
            }
        }
        items
    }
}

/// What a tool call led to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What the tool returned.
    pub content: Option<Text>,
    /// Whether it worked.
    pub transport: Transport,
    /// The error's text, apart from the content.
    pub error: Option<Text>,
}

/// The transport outcome of an exit code.
pub fn exit_code(code: i64) -> Transport {
    if code == 0 { Transport::Ok } else { Transport::Error }
}

/// The exit code that one of the last lines of a shell's answer names.
pub fn exit_code_below(text: &str) -> Option<i64> {
    const MARKS: [&str; 4] = ["Exit Code:", "Exit code:", "<exited with exit code", "Command exited with code"];
    let of = |line: &str| MARKS.iter().find_map(|mark| line.trim().strip_prefix(mark).map(str::to_owned));
    let codes = text.lines().rev().take(8).filter_map(of);
    codes.filter_map(|code| code.trim_end_matches('>').trim().parse().ok()).next()
}

/// The transport outcome of a status, in the words of these agents; `None` for a word that decides nothing.
pub fn status(word: &str) -> Option<Transport> {
    match word.to_ascii_lowercase().as_str() {
        "completed" | "success" | "succeeded" | "ok" | "done" => Some(Transport::Ok),
        "failed" | "failure" | "error" | "errored" | "cancelled" | "canceled" | "timeout" | "timed_out" => {
            Some(Transport::Error)
        }
        "declined" | "denied" | "rejected" => Some(Transport::Declined),
        _ => None,
    }
}

/// The texts of a list of typed parts, or a string itself.
pub fn texts(body: Node<'_>) -> Vec<Text> {
    if let Some(text) = body.text() {
        return vec![text];
    }
    let one = |part: Node<'_>| part.text().or_else(|| part.get("text")?.text());
    body.items().filter_map(one).collect()
}

/// What a tool returned, as one text: a string, the only part of text, or the whole as JSON.
pub fn content(body: Node<'_>) -> Option<Text> {
    if body.is_str() {
        return body.text();
    }
    if let Some(text) = body.get("text").filter(|_| body.is_object() && body.get("type").is_some()) {
        return text.text();
    }
    let (mut texts, parts) = (texts(body), body.items().count());
    match (texts.len(), body.is_array()) {
        (1, false) => texts.pop(),
        (1, true) if parts == 1 => texts.pop(),
        _ => Some(body.json_text()),
    }
}

/// Adds items; what one speaker says in a row in one record is one message.
pub fn append(items: &mut Vec<Item>, more: Vec<Item>) {
    for item in more {
        match (items.last_mut(), item) {
            (Some(Item::Message(last)), Item::Message(mut next)) if (last.role, last.loc) == (next.role, next.loc) => {
                last.parts.append(&mut next.parts);
            }
            (_, item) => items.push(item),
        }
    }
}

/// Follows the chain of records, each of which names the one before it.
#[derive(Debug, Default)]
pub struct Chain {
    last: Option<String>,
    known: HashSet<String>,
    /// Those that another went on from.
    followed: HashSet<String>,
}

impl Chain {
    /// Takes a record in. True when it goes on from an earlier one than the last, which another went on from already: the user
    /// went back. A record that is merely out of its order is the only one that goes on from the one before it.
    pub fn goes_back(&mut self, own: Option<String>, before: Option<String>) -> bool {
        let earlier = before.is_some() && before != self.last;
        let followed = before.is_some_and(|id| {
            let known = self.known.contains(&id);
            !self.followed.insert(id) && known
        });
        let back = earlier && followed;
        if let Some(own) = own {
            self.known.insert(own.clone());
            self.last = Some(own);
        }
        back
    }
}

/// What is told where the user went back.
pub const WENT_BACK: &str = "the user went back to an earlier point and went on differently: what was said in between is not in what the model saw";

/// True for a record with a member beside the known ones that holds words, calls or results: a newer version may have one.
pub fn holds_unread(record: Node<'_>, known: &[&str]) -> bool {
    let strange = |key: &str, member| account::may_hold_calls(key) || account::looks_spoken(member);
    record.holders().any(|(key, member)| !known.contains(&key.as_ref()) && strange(&key, member))
}

/// The text of a member that is a string.
pub fn string(node: Node<'_>, keys: &[&str]) -> Option<String> {
    node.any(keys)?.str().map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

/// A text with something in it.
pub fn words(node: Node<'_>, key: &str) -> Option<Text> {
    node.get(key)?.text().filter(|t| !t.text.trim().is_empty())
}

/// True for a text that is nothing but XML elements whose names only a program would choose, such as
/// `<environment_context>`: agents inject these into messages of role user.
pub fn is_element(text: &str) -> bool {
    let text = text.trim();
    let Some(tag) = text.strip_prefix('<') else { return false };
    let Some(name) = tag.split(['>', ' ', '\n']).next() else { return false };
    let by_program = name.contains(['_', ':']) || name.contains('-') || matches!(name, "skill" | "INSTRUCTIONS");
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'));
    if !by_program || !plain || name.len() > 60 {
        return false;
    }
    let close = format!("</{name}>");
    // Several may follow each other.
    let rest = || text.split_once(&close).map(|(_, rest)| rest);
    text.ends_with(&close) || rest().is_some_and(is_element)
}

/// Separates the user's words, which stand in an element of their own, from what the program adds around it. A text without
/// such an element is the user's, unless all of it is an element that only a program would write.
pub fn apart(text: Text, open: &str, close: &str) -> Vec<(MsgRole, Text)> {
    let Some(at) = text.text.find(open) else {
        let role = if is_element(&text.text) { MsgRole::Harness } else { MsgRole::User };
        return vec![(role, text)];
    };
    let from = at + open.len();
    let to = text.text[from..].rfind(close).map_or(text.text.len(), |end| from + end);
    let after = (to + close.len()).min(text.text.len());
    let piece = |role, from: usize, to: usize| {
        let inner = text.text.get(from..to)?;
        let start = from + (inner.len() - inner.trim_start().len());
        let piece = text.slice(start, start + inner.trim().len())?;
        (!piece.text.is_empty()).then_some((role, piece))
    };
    let pieces = [
        piece(MsgRole::Harness, 0, at),
        piece(MsgRole::User, from, to),
        piece(MsgRole::Harness, after, text.text.len()),
    ];
    let pieces: Vec<_> = pieces.into_iter().flatten().collect();
    if pieces.is_empty() { vec![(MsgRole::User, text)] } else { pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_elements_of_a_program_are_elements() {
        assert!(is_element("<environment_context>\n  <cwd>/w</cwd>\n</environment_context>"));
        assert!(is_element("<qwen:context>x</qwen:context>\n"));
        assert!(is_element("<os_info>linux</os_info>\n\n<open_files>\na.rs\n</open_files>\n"));
        assert!(!is_element("<os_info>linux</os_info>\nfix it\n<open_files>a.rs</open_files>"));
        for words in ["<b>bold</b>", "<environment_context> is what?", "plain", "<a_b>x</a_b> and more", "<"] {
            assert!(!is_element(words), "{words}");
        }
    }

    #[test]
    fn an_exit_code_stands_below_the_output() {
        assert_eq!(exit_code_below("boom\nExit Code: 2\nProcess Group PGID: 7"), Some(2));
        assert_eq!(exit_code_below("ok\n<exited with exit code 0>"), Some(0));
        assert_eq!(exit_code_below("the exit code was 3"), None);
    }

    #[test]
    fn words_of_a_status_decide_the_outcome() {
        assert_eq!(status("Failed"), Some(Transport::Error));
        assert_eq!(status("declined"), Some(Transport::Declined));
        assert_eq!(status("in_progress"), None);
    }
}

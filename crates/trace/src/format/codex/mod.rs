//! Rollouts of OpenAI's Codex: the session files under `~/.codex/sessions`, of every version so far.
//!
//! Source: `codex-rs/protocol/src/{protocol,models,items}.rs` in openai/codex. A line is `{timestamp, type, payload}`;
//! before 0.32 it is an item of the Responses API itself, below a header without a type. The event stream of the first
//! `codex exec --json` (`{id, msg}`) holds the same events.

mod exec;
mod outcome;
mod rollout;
mod sightings;
mod turns;
mod words;

use super::repeats::{REPEATED, Repeats};
use super::{Document, Format, mixed, transcript};
use crate::hash::HashMap;
use crate::item::Output;
use crate::locator::evidence_of;
use crate::node::Node;
pub use exec::CodexExec;
use rollout::Opened;
use std::borrow::Cow;
use turns::Turns;

/// See the module's documentation.
pub struct Codex;

/// The types of lines.
const LINES: [&str; 7] = [
    "session_meta",
    "turn_context",
    "world_state",
    "response_item",
    "event_msg",
    "compacted",
    "inter_agent_communication_metadata",
];

impl Format for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        match kind(root) {
            Line::Payload(word) if LINES.contains(&word.as_ref()) => 95,
            // A kind of a newer version.
            Line::Payload(_) => 30,
            Line::Header | Line::State => 95,
            Line::Stream => 90,
            // A file of bare items is nobody's for sure; with a header it is a rollout.
            Line::Item => 28,
            Line::Other => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut files: Vec<(u32, Vec<&Document<'_>>)> = Vec::new();
        let mut copies = Copies::default();
        let mut turns = Turns::default();
        for doc in out.until_stopped(docs) {
            let file = evidence_of(&out.bases, doc.root.loc().base).unwrap_or_default();
            if copies.again(doc.root, file) {
                out.bookkeeping(doc.root, REPEATED);
                turns.back(doc.root, file);
                continue;
            }
            let at = turns.place(doc.root, file);
            match files.get_mut(at) {
                Some((_, lines)) => lines.push(doc),
                None => files.push((file, vec![doc])),
            }
        }
        let threads: Vec<Thread> = files.iter().map(|(_, lines)| Thread::of(lines)).collect();
        let opened: Vec<Vec<Opened<'_>>> =
            files.iter().map(|(_, lines)| lines.iter().map(|doc| Opened::new(doc.root)).collect()).collect();
        // The call that started each sub-agent stands in the thread of whoever started it.
        let started: HashMap<String, String> = opened.iter().flat_map(|lines| rollout::started(lines)).collect();
        let by_id: HashMap<&str, usize> =
            threads.iter().enumerate().filter_map(|(i, t)| Some((t.id.as_deref()?, i))).collect();
        for (((_, docs), lines), thread) in files.iter().zip(&opened).zip(&threads) {
            // A sub-agent's thread belongs to the session of whoever started it, if that is among the files.
            let mut top = thread;
            for _ in 0..threads.len() {
                let parent = top.parent.as_deref().and_then(|p| by_id.get(p)).and_then(|i| threads.get(*i));
                match parent.filter(|p| p.id != top.id) {
                    Some(parent) => top = parent,
                    None => break,
                }
            }
            let before = out.sessions.len();
            rollout::read(lines, docs.first().map_or("", |doc| doc.file), thread, top, &started, out);
            let mixed = docs.first().and_then(|doc| evidence_of(&out.bases, doc.root.loc().base));
            let mixed = mixed.and_then(|file| turns.mixed.get(&file));
            out.sessions.iter_mut().skip(before).for_each(|s| s.gaps.extend(mixed.map(|loc| mixed::gap(*loc))));
        }
    }
}

/// Lines that a file holds twice. Most have no ID, and a fork writes many lines at one time, so that a copy is known by the ID of
/// a call, by standing right behind the other, or by the file's beginning again.
#[derive(Default)]
struct Copies {
    file: u32,
    repeats: Repeats,
    last: Option<u64>,
    anew: bool,
}

impl Copies {
    fn again(&mut self, root: Node<'_>, file: u32) -> bool {
        if self.file != file {
            *self = Copies { file, ..Copies::default() };
        }
        let Some(payload) = root.get("payload").filter(|_| root.get("timestamp").is_some()) else { return false };
        let print = root.fingerprint();
        let adjacent = self.last.replace(print) == Some(print);
        let again = self.repeats.again_as(print, root, &["timestamp"]);
        self.anew |= again && !adjacent && root.has("type", "session_meta");
        again && (adjacent || self.anew || payload.any(&["call_id"]).is_some())
    }
}

/// A rollout's own account of itself.
#[derive(Debug, Default)]
pub struct Thread {
    /// Its ID.
    pub id: Option<String>,
    /// The thread that started it, where it is a sub-agent's.
    pub parent: Option<String>,
    /// The sub-agent's name.
    pub agent: Option<String>,
}

impl Thread {
    fn of(lines: &[&Document<'_>]) -> Thread {
        // A fork begins with its own account and goes on with copies of others.
        let meta = lines.iter().find_map(|doc| match kind(doc.root) {
            Line::Payload(word) if word == "session_meta" => doc.root.get("payload"),
            Line::Header => Some(doc.root),
            _ => None,
        });
        let Some(meta) = meta else { return Thread::default() };
        let id = transcript::string(meta, &["id", "session_id"]);
        let source = meta.get("source").and_then(|s| s.get("subagent").or_else(|| s.get("sub_agent")));
        let spawn = source.and_then(|s| s.get("thread_spawn"));
        let is_sub = source.is_some() || meta.has("thread_source", "subagent");
        if !is_sub {
            return Thread { id, ..Thread::default() };
        }
        let parent = transcript::string(meta, &["parent_thread_id"])
            .or_else(|| transcript::string(spawn?, &["parent_thread_id"]));
        let names = ["agent_nickname", "agent_path", "agent_role"];
        let named = transcript::string(meta, &names)
            .or_else(|| transcript::string(spawn?, &names))
            .or_else(|| source?.str().map(|s| s.into_owned()))
            .or_else(|| transcript::string(source?, &["other"]));
        let agent = named.or_else(|| id.clone()).unwrap_or_else(|| "sub-agent".to_owned());
        Thread { id, parent, agent: Some(agent) }
    }
}

/// What a line is.
enum Line<'d> {
    /// A line with a payload, of this type.
    Payload(Cow<'d, str>),
    /// The header of an early rollout.
    Header,
    /// The state lines of an early rollout.
    State,
    /// An event of the early stream.
    Stream,
    /// An item of the Responses API itself.
    Item,
    Other,
}

fn kind(root: Node<'_>) -> Line<'_> {
    if !root.is_object() {
        return Line::Other;
    }
    let word = root.str_at("type");
    if root.get("payload").is_some_and(Node::is_object) {
        return word.map_or(Line::Other, Line::Payload);
    }
    if root.get("msg").is_some_and(|m| m.str_at("type").is_some()) && root.get("id").is_some_and(Node::is_str) {
        return Line::Stream;
    }
    let Some(word) = word else {
        let own = |key: &str| matches!(key, "instructions" | "git");
        let header = root.get("id").is_some() && root.get("timestamp").is_some();
        return match () {
            () if root.get("record_type").is_some() => Line::State,
            () if header && root.entries().any(|(key, _)| own(&key)) => Line::Header,
            () => Line::Other,
        };
    };
    let typed = |part: Node<'_>| part.has("type", "input_text") || part.has("type", "output_text");
    let item = match word.as_ref() {
        "message" => root.get("role").is_some() && root.get("content").is_some_and(|c| c.items().any(typed)),
        "reasoning" => root.get("summary").is_some_and(Node::is_array),
        kind if kind.ends_with("_call") || kind.ends_with("_call_output") => {
            root.any(&["call_id", "action", "id"]).is_some() && root.get("role").is_none()
        }
        _ => false,
    };
    if item { Line::Item } else { Line::Other }
}

#[cfg(test)]
mod tests;

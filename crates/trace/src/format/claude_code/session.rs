//! From lines to sessions.

use super::super::{Document, exchange};
use super::line::{self, Author};
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session};
use crate::locator::Loc;
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::time;
use std::collections::{HashMap, HashSet};

/// The sessions so far.
#[derive(Default)]
pub struct Builder {
    sessions: Vec<Open>,
    by_key: HashMap<String, usize>,
    /// Session that each line belongs to; a resumed session begins with copies of lines.
    uuids: HashMap<String, usize>,
    /// Every line's id, also of those that are no messages.
    known: HashSet<String>,
    /// Lines that others name as the one before them: the session that does, and where.
    parents: Vec<(String, usize, Loc)>,
    books: usize,
    copies: usize,
    unread: usize,
    titles: usize,
}

struct Open {
    session: Session,
    /// Where the answer with an id stands among the items, to add its further lines to.
    answers: HashMap<String, usize>,
    /// Lines that a prompt of the user follows; a second one means a branch.
    prompted: HashSet<String>,
    /// True after a boundary of compaction, until its summary.
    compacted: bool,
}

impl Builder {
    /// Takes a line in. `top` is the document's outermost value, which may name the session for all lines.
    pub fn line(&mut self, line: Node<'_>, top: Node<'_>, doc: &Document<'_>) {
        self.known.extend(line.str_at("uuid").map(|u| u.into_owned()));
        let Some(kind) = line.str_at("type") else {
            self.unread += 1;
            self.damaged(line, top, doc);
            return;
        };
        if kind == "summary" {
            self.titles += 1;
            return;
        }
        if !matches!(kind.as_ref(), "user" | "assistant" | "system") {
            self.books += 1;
            // Books have their place in the chain of lines too, but begin no session.
            if let Some(&at) = named(line).or_else(|| named(top)).and_then(|key| self.by_key.get(&key)) {
                self.follows(line, at);
            }
            return;
        }
        let at = self.open(line, top, doc);
        self.follows(line, at);
        if let Some(uuid) = line.str_at("uuid").filter(|u| !u.is_empty()) {
            let words = line.get("message").is_none_or(|m| m.get("content").is_some());
            if words && self.uuids.insert(uuid.into_owned(), at).is_some() {
                self.copies += 1;
                return;
            }
        }
        let open = &mut self.sessions[at];
        let agent = agent(line, doc);
        if let Some(text) = line::failure(line) {
            open.event(EventKind::Error { text }, line, agent);
            return;
        }
        match kind.as_ref() {
            "system" if line.has("subtype", "compact_boundary") => {
                open.compacted = true;
                let what = "the conversation was compacted: from here on the model saw a summary instead of the messages before";
                open.event(EventKind::Context { what: what.to_owned(), lost: true }, line, agent);
            }
            "system" => self.books += 1,
            "assistant" if open.answer(line, agent.clone()) => {}
            "user" if open.prompt(line, agent) => {}
            _ => {
                self.unread += 1;
                self.damaged(line, top, doc);
            }
        }
    }

    /// Something was said in a line that could not be read.
    fn damaged(&mut self, line: Node<'_>, top: Node<'_>, doc: &Document<'_>) {
        if line.any(&["message", "uuid"]).is_none() {
            return;
        }
        let at = self.open(line, top, doc);
        self.sessions[at].session.gaps.push(Gap {
            kind: GapKind::InputDropped,
            what: "a line could not be read as a message".to_owned(),
            loc: Some(line.loc()),
            event: None,
        });
    }

    /// Lines that are named as the one before another, and are in no file.
    fn name_missing_lines(&mut self) {
        let mut seen = HashSet::new();
        for (parent, at, loc) in &self.parents {
            if !self.known.contains(parent) && seen.insert(parent) {
                self.sessions[*at].session.gaps.push(Gap {
                    kind: GapKind::HistoryMissing,
                    what:
                        "the line that this one follows is not in the files: lines are missing, or were never written"
                            .to_owned(),
                    loc: Some(*loc),
                    event: None,
                });
            }
        }
    }

    /// Remembers the line that this one follows.
    fn follows(&mut self, line: Node<'_>, at: usize) {
        if let Some(parent) = line.str_at("parentUuid").filter(|p| !p.is_empty()) {
            self.parents.push((parent.into_owned(), at, line.loc()));
        }
    }

    fn open(&mut self, line: Node<'_>, top: Node<'_>, doc: &Document<'_>) -> usize {
        let (key, kind) = match named(line).or_else(|| named(top)).filter(|k| !k.is_empty()) {
            Some(key) => (key, KeyKind::Conversation),
            None => (doc.file.to_owned(), KeyKind::Position),
        };
        if let Some(&at) = self.by_key.get(&key) {
            return at;
        }
        // A session whose first line is known from another one carries that one on.
        let copied = line.str_at("uuid").and_then(|u| self.uuids.get(u.as_ref()).copied());
        let at = copied.unwrap_or(self.sessions.len());
        if at == self.sessions.len() {
            self.sessions.push(Open {
                session: Session::new(key.clone(), kind),
                answers: HashMap::new(),
                prompted: HashSet::new(),
                compacted: false,
            });
        }
        self.by_key.insert(key, at);
        at
    }

    /// Hands the sessions over and says what was left out.
    pub fn finish(mut self, out: &mut Output) {
        self.name_missing_lines();
        let mut say = |n: usize, what: &str| {
            if n > 0 {
                out.lossy.push(format!("{n} {what}"));
            }
        };
        say(self.books, "lines of Claude Code's own bookkeeping (progress, snapshots, timings) were left out");
        say(self.titles, "summary lines are titles for the list of sessions, not part of one; left out");
        say(self.copies, "lines repeat an earlier line, as resumed sessions do; each was read once");
        say(self.unread, "lines are not messages, or their message is damaged; left out");
        out.sessions.extend(self.sessions.into_iter().map(|o| o.session));
    }
}

impl Open {
    fn event(&mut self, kind: EventKind, line: Node<'_>, agent: Option<String>) {
        let time = line.get("timestamp").and_then(time::any);
        self.session.items.push(Item::Event(Event { kind, time, agent, model_call: None, loc: line.loc() }));
    }

    /// A line of an answer; says whether it could be read.
    fn answer(&mut self, line: Node<'_>, agent: Option<String>) -> bool {
        let (Some(inner), Some(msg)) = (line.get("message"), line::message(line, MsgRole::Assistant)) else {
            return false;
        };
        let id = inner.any(&["id"]).or_else(|| line.get("requestId")).and_then(|n| n.str().map(|s| s.into_owned()));
        let mut call = exchange::call(inner, inner, inner.get("stop_reason").and_then(Node::text));
        let known = id.as_ref().and_then(|id| self.answers.get(id).copied());
        if let Some(Item::Model(run)) = known.and_then(|at| self.session.items.get_mut(at)) {
            // Every line repeats the usage so far; the last one has all of it.
            run.call.output_tokens = run.call.output_tokens.max(call.output_tokens);
            run.call.input_tokens = run.call.input_tokens.max(call.input_tokens);
            run.call.finish = call.finish.or(run.call.finish.take());
            run.call.end = msg.time.or(run.call.end);
            // Results of the first calls may come while the answer still goes on: each line keeps its place.
            self.session.items.push(Item::Answer(id.unwrap_or_default(), Msg { agent, ..msg }));
            return true;
        }
        (call.start, call.end, call.loc) = (msg.time, msg.time, line.loc());
        if let Some(id) = &id {
            self.answers.insert(id.clone(), self.session.items.len());
        }
        self.session.items.push(Item::Model(ModelRun {
            call,
            input: Vec::new(),
            output: vec![msg],
            agent,
            response_id: id,
            previous: None,
        }));
        true
    }

    /// A line of type user: words of the person or of the program, or results of tools.
    fn prompt(&mut self, line: Node<'_>, agent: Option<String>) -> bool {
        let Some(mut msg) = line::message(line, MsgRole::User) else { return false };
        if msg.parts.is_empty() {
            return false;
        }
        let author = line::author(line, &msg);
        let words = msg.parts.iter().any(|p| matches!(p, Part::Text(_)));
        let results = msg.parts.iter().any(|p| matches!(p, Part::Result(_)));
        if author == Author::Interruption && !results {
            let what = "the user interrupted the agent".to_owned();
            self.event(EventKind::Context { what, lost: false }, line, agent);
            return true;
        }
        if line.get("isCompactSummary").and_then(Node::bool) == Some(true) && !std::mem::take(&mut self.compacted) {
            let what = "the conversation was compacted: the model saw this summary instead of the messages before";
            self.event(EventKind::Context { what: what.to_owned(), lost: true }, line, agent.clone());
        }
        if author == Author::Person && words && !results {
            self.branch(line, agent.clone());
        }
        if author == Author::Program {
            msg.role = MsgRole::System;
        }
        msg.agent = agent;
        self.session.items.push(Item::Message(msg));
        true
    }

    /// Two prompts after one line: the user went back and took another way.
    fn branch(&mut self, line: Node<'_>, agent: Option<String>) {
        let Some(parent) = line.str_at("parentUuid").filter(|p| !p.is_empty()) else { return };
        if !self.prompted.insert(parent.into_owned()) {
            let what = "the user went back to an earlier point and went on differently: what was said in between is not in what the model saw";
            self.event(EventKind::Context { what: what.to_owned(), lost: true }, line, agent);
        }
    }
}

/// The session that a line names.
fn named(line: Node<'_>) -> Option<String> {
    line.any(&["sessionId", "session_id"]).and_then(|s| s.str().map(|s| s.into_owned()))
}

/// The sub-agent that a line belongs to; the main agent has no name.
fn agent(line: Node<'_>, doc: &Document<'_>) -> Option<String> {
    if line.get("isSidechain").and_then(Node::bool) != Some(true) {
        return None;
    }
    let named = line.any(&["agentId", "agent_id"]).and_then(|n| n.str().map(|s| s.into_owned()));
    let of_file = || {
        let stem = doc.file.rsplit(['/', '\\']).next()?.strip_suffix(".jsonl")?;
        Some(stem.rsplit_once("agent-")?.1.to_owned())
    };
    Some(format!("sub-agent {}", named.or_else(of_file).unwrap_or_default()).trim_end().to_owned())
}

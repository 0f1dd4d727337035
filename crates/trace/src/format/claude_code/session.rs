//! From lines to sessions.

use super::super::{Document, exchange};
use super::growing::{self, Blocks};
use super::line::{self, Author};
use super::prompts::Prompts;
use super::queue::Queue;
use super::relayed::{self, Asking};
use super::subagent::{self, Line, SubAgents};
use super::{BOOKKEEPING, attachment, books, denied, sdk, words};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session};
use crate::locator::Loc;
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind, Stamp, Text};
use crate::node::Node;
use crate::time;
use std::borrow::Cow;

/// The sessions so far.
#[derive(Default)]
pub struct Builder {
    sessions: Vec<Open>,
    by_key: HashMap<String, usize>,
    /// Session that each line belongs to, and what it held; a resumed session begins with copies of lines.
    uuids: HashMap<String, (usize, u64)>,
    /// Every line's id, also of those that are no messages.
    known: HashSet<String>,
    /// Lines that others name as the one before them: the session that does, and where.
    parents: Vec<(String, usize, Loc)>,
    /// Sessions of the calls in messages of the Agent SDK, and the last of those, with its file.
    called: HashMap<String, usize>,
    last: Option<(String, usize)>,
    books: usize,
    copies: usize,
    unread: usize,
    titles: usize,
}

struct Open {
    session: Session,
    /// Where the answer with an ID stands among the items, with its blocks so far, to add its further lines to.
    answers: HashMap<String, (usize, Blocks)>,
    /// Calls whose answer is for the user to give.
    asking: HashMap<String, Asking>,
    queue: Queue,
    agents: SubAgents,
    /// Lines that a prompt of the user follows; a second one means a branch.
    prompted: HashSet<String>,
    /// True after a boundary of compaction, until its summary.
    compacted: bool,
    prompts: Prompts,
}

impl Builder {
    /// Takes a line in. `top` is the document's outermost value, which may name the session for all lines.
    pub fn line(&mut self, line: Node<'_>, top: Node<'_>, doc: &Document<'_>, out: &mut Output) {
        self.known.extend(line.str_at("uuid").map(|u| u.into_owned()));
        let Some(kind) = sdk::kind(line) else {
            out.unknown(line);
            self.unread += 1;
            self.damaged(line, top, doc);
            return;
        };
        if kind == "summary" {
            out.bookkeeping(line, &kind);
            self.titles += 1;
            return;
        }
        match kind.as_ref() {
            "user" | "assistant" | "system" => self.message(Line { node: line, around: None }, top, doc, out),
            "progress" | "queue-operation" | "attachment" => self.beside(&kind, line, top, doc, out),
            "result" if line.get("session_id").is_some() => self.ended(line, top, doc, out),
            kind if BOOKKEEPING.contains(&kind) => self.book(kind, line, top, out),
            // A newer version may keep books of more kinds.
            _ if named(line).is_some() && !books::may_tell(line) => {
                self.book("a line of an unknown kind that holds no words", line, top, out)
            }
            _ => {
                out.unknown(line);
                self.place(line, top);
            }
        }
    }

    /// The end of a run in the stream. What it says repeats the last answer, unless the run failed.
    fn ended(&mut self, line: Node<'_>, top: Node<'_>, doc: &Document<'_>, out: &mut Output) {
        let failed = line.get("is_error").and_then(Node::bool) == Some(true)
            || line.str_at("subtype").is_some_and(|s| s.starts_with("error"));
        let known = named(line).and_then(|key| self.by_key.get(key.as_ref())).copied();
        if let Some(open) = known.and_then(|at| self.sessions.get_mut(at)) {
            denied::tell(line, &mut open.session, out);
        }
        if !failed {
            if let Some(&at) = named(line).and_then(|key| self.by_key.get(key.as_ref())) {
                self.sessions[at].prompts.ended();
            }
            return self.book("result", line, top, out);
        }
        out.mapped(line);
        let at = self.open(line, top, doc);
        self.sessions[at].prompts.answered(line);
        self.sessions[at].prompts.ended();
        let words = line.get("errors").and_then(|list| list.items().next()).or_else(|| line.get("result"));
        let text = words.or_else(|| line.get("subtype")).unwrap_or(line).json_text();
        self.sessions[at].event(EventKind::Error { text }, line, None);
    }

    fn book(&mut self, kind: &str, line: Node<'_>, top: Node<'_>, out: &mut Output) {
        out.bookkeeping(line, kind);
        self.books += 1;
        self.place(line, top);
    }

    /// Books have their place in the chain of lines too, but begin no session.
    fn place(&mut self, line: Node<'_>, top: Node<'_>) {
        if let Some(&at) = named(line).or_else(|| named(top)).and_then(|key| self.by_key.get(key.as_ref())) {
            self.follows(line, at);
        }
    }

    /// Words that stand in records of the program's own.
    fn beside(&mut self, kind: &str, line: Node<'_>, top: Node<'_>, doc: &Document<'_>, out: &mut Output) {
        if kind == "progress" {
            let inner = subagent::in_progress(line);
            let Some(inner) = inner.filter(|i| i.node.has("type", "user") || i.node.has("type", "assistant")) else {
                return self.book(kind, line, top, out);
            };
            self.known.extend(inner.node.str_at("uuid").map(|u| u.into_owned()));
            return self.message(inner, top, doc, out);
        }
        if kind == "queue-operation" {
            out.mapped(line);
            let at = self.open(line, top, doc);
            let open = &mut self.sessions[at];
            open.queue.operation(line, open.session.items.len());
            return;
        }
        let Some(said) = attachment::said(line) else { return self.book(kind, line, top, out) };
        out.mapped(line);
        let at = self.open(line, top, doc);
        self.follows(line, at);
        let agent = subagent::name(Line { node: line, around: None }, doc.file);
        let open = &mut self.sessions[at];
        if said.queued {
            said.words.iter().for_each(|(_, t)| open.queue.prompt(&t.text));
        }
        let time = line.get("timestamp").and_then(time::any);
        for (role, text) in said.words {
            open.say(role, text, time, line.loc(), agent.clone());
        }
    }

    /// A line that holds a message.
    fn message(&mut self, line: Line<'_>, top: Node<'_>, doc: &Document<'_>, out: &mut Output) {
        let node = line.node;
        let whole = line.around.unwrap_or(node);
        let at = self.open(whole, top, doc);
        self.follows(whole, at);
        if let Some(uuid) = node.str_at("uuid").filter(|u| !u.is_empty()) {
            let words = node.get("message").is_none_or(|m| m.get("content").is_some());
            let print = node.get("message").and_then(|m| m.get("content")).map_or(0, Node::fingerprint);
            let before = if words { self.uuids.insert(uuid.into_owned(), (at, print)) } else { None };
            // An answer may be written again, under its own ID, when it has grown.
            let grown = |(of, old): (usize, u64)| of == at && old != print && node.has("type", "assistant");
            if before.is_some_and(|before| !grown(before)) {
                out.bookkeeping(whole, "a line that repeats an earlier one");
                self.copies += 1;
                return;
            }
        }
        let open = &mut self.sessions[at];
        let agent = subagent::name(line, doc.file);
        if let Some(name) = &agent {
            open.agents.seen(name, subagent::started_by(line));
        }
        if agent.is_none() {
            open.prompts.line(node);
        }
        if let Some(text) = line::failure(node) {
            out.mapped(whole);
            open.event(EventKind::Error { text }, node, agent);
            return;
        }
        match sdk::kind(node).as_deref() {
            Some("system") if node.has("subtype", "compact_boundary") => {
                out.mapped(whole);
                open.compacted = true;
                let what = "the conversation was compacted: from here on, the model saw a summary instead of the earlier messages";
                open.event(EventKind::Context { what: what.to_owned(), lost: true }, node, agent);
            }
            Some("system") if node.has("subtype", "local_command") => {
                out.mapped(whole);
                let time = node.get("timestamp").and_then(time::any);
                for (role, text) in node.get("content").and_then(Node::text).into_iter().flat_map(words::apart) {
                    open.say(role, text, time, node.loc(), agent.clone());
                }
            }
            // Notices of the program: durations, hooks, the start of a session.
            Some("system") => {
                out.bookkeeping(whole, "system");
                self.books += 1;
            }
            Some("assistant") if open.answer(node, agent.clone()) => out.mapped(whole),
            Some("user") if open.prompt(node, agent) => out.mapped(whole),
            _ => {
                out.unread(whole);
                self.unread += 1;
                self.damaged(whole, top, doc);
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
        let mut seen = HashSet::default();
        for (parent, at, loc) in &self.parents {
            if !self.known.contains(parent) && seen.insert(parent) {
                self.sessions[*at].session.gaps.push(Gap {
                    kind: GapKind::HistoryMissing,
                    what: "the parent of this line is not in the files: lines are missing or were never written"
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
        if !sdk::is_one(line) {
            return self.open_named(line, top, doc);
        }
        // The user's messages have no session: they answer calls of one, or follow the message before them.
        let before = || self.last.as_ref().filter(|(file, _)| file == doc.file).map(|(_, at)| *at);
        let known = sdk::calls(line).find_map(|id| self.called.get(id.as_ref()).copied()).or_else(before);
        let at = match known.filter(|_| named(line).is_none()) {
            Some(at) => at,
            None => self.open_named(line, top, doc),
        };
        for call in line.get("content").into_iter().flat_map(Node::items).filter(|block| sdk::is_call(*block)) {
            self.called.extend(call.str_at("id").map(|id| (id.into_owned(), at)));
        }
        self.last = Some((doc.file.to_owned(), at));
        at
    }

    fn open_named(&mut self, line: Node<'_>, top: Node<'_>, doc: &Document<'_>) -> usize {
        let (key, kind) = match named(line).or_else(|| named(top)).filter(|k| !k.is_empty()) {
            Some(key) => (key, KeyKind::Conversation),
            None => (Cow::Borrowed(doc.file), KeyKind::Position),
        };
        if let Some(&at) = self.by_key.get(key.as_ref()) {
            return at;
        }
        // A session whose first line is known from another one carries that one on.
        let copied = line.str_at("uuid").and_then(|u| self.uuids.get(u.as_ref()).map(|(at, _)| *at));
        let at = copied.unwrap_or(self.sessions.len());
        if at == self.sessions.len() {
            self.sessions.push(Open {
                session: Session::new(key.as_ref(), kind),
                answers: HashMap::default(),
                asking: HashMap::default(),
                queue: Queue::default(),
                agents: SubAgents::default(),
                prompted: HashSet::default(),
                compacted: false,
                prompts: Prompts::default(),
            });
        }
        self.by_key.insert(key.into_owned(), at);
        at
    }

    /// Hands the sessions over and says what was left out.
    pub fn finish(mut self, out: &mut Output) {
        self.name_missing_lines();
        let mut say = |n: usize, one: &str, several: &str| match n {
            0 => {}
            1 => out.lossy.push(format!("1 {one}")),
            n => out.lossy.push(format!("{n} {several}")),
        };
        say(
            self.books,
            "line of Claude Code's own bookkeeping (progress, snapshots, timings) was left out",
            "lines of Claude Code's own bookkeeping (progress, snapshots, timings) were left out",
        );
        say(
            self.titles,
            "summary line is a title for the session list, not a message; left out",
            "summary lines are titles for the session list, not messages; left out",
        );
        say(
            self.copies,
            "line repeats an earlier line, as resumed sessions do; it was read once",
            "lines repeat an earlier line, as resumed sessions do; each was read once",
        );
        say(
            self.unread,
            "line is not a message, or its message is damaged; left out",
            "lines are not messages, or their messages are damaged; left out",
        );
        let told = self.sessions.into_iter().map(Open::finish);
        out.sessions.extend(told.filter(|s| !s.items.is_empty() || !s.gaps.is_empty()));
    }
}

impl Open {
    fn event(&mut self, kind: EventKind, line: Node<'_>, agent: Option<String>) {
        let time = line.get("timestamp").and_then(time::any);
        self.session.items.push(Item::Event(Event { kind, time, agent, model_call: None, loc: line.loc() }));
    }

    fn say(&mut self, role: MsgRole, text: Text, time: Option<Stamp>, loc: Loc, agent: Option<String>) {
        // The parts of one message that one speaker said in a row are one event.
        if let Some(Item::Message(last)) = self.session.items.last_mut()
            && (last.role, last.loc) == (role, loc)
            && last.parts.iter().all(|p| matches!(p, Part::Text(_)))
        {
            last.parts.push(Part::Text(text));
            return;
        }
        self.session.items.push(Item::Message(said(role, text, time, loc, agent)));
    }

    /// A line of an answer; says whether it could be read.
    fn answer(&mut self, line: Node<'_>, agent: Option<String>) -> bool {
        let (Some(inner), Some(mut msg)) = (sdk::inner(line), line::message(line, MsgRole::Assistant)) else {
            return false;
        };
        // No model answered: the program wrote these words in the place of an answer.
        if inner.has("model", "<synthetic>") && msg.parts.iter().all(|part| matches!(part, Part::Text(_))) {
            for part in msg.parts {
                if let Part::Text(text) = part {
                    self.say(MsgRole::Harness, text, msg.time, line.loc(), agent.clone());
                }
            }
            return true;
        }
        self.remember_calls(inner);
        let id = inner
            .any(&["id", "message_id"])
            .or_else(|| line.get("requestId"))
            .and_then(|n| n.str().map(|s| s.into_owned()));
        let mut call = exchange::call(inner, inner, inner.get("stop_reason").and_then(Node::text));
        let items = &mut self.session.items;
        if let Some((at, blocks)) = id.as_ref().and_then(|id| self.answers.get_mut(id)) {
            if let Some(Item::Model(run)) = items.get_mut(*at) {
                // Every line repeats the usage so far; the last one has all of it.
                run.call.output_tokens = run.call.output_tokens.max(call.output_tokens);
                run.call.input_tokens = run.call.input_tokens.max(call.input_tokens);
                run.call.finish = call.finish.or(run.call.finish.take());
                run.call.end = msg.time.or(run.call.end);
                // The first line of an answer may hold nothing yet.
                run.output.retain(|m| !m.parts.is_empty());
            }
            growing::merge(blocks, items, &mut msg);
            if let Some(name) = &agent {
                self.agents.told_before(name, id.as_deref(), &mut msg);
            }
            // Results of the first calls may come while the answer still goes on: each line keeps its place.
            if !msg.parts.is_empty() {
                blocks.extend((0..msg.parts.len()).map(|part| (items.len(), part)));
                items.push(Item::Answer(id.unwrap_or_default(), Msg { agent, ..msg }));
            }
            return true;
        }
        if let Some(name) = &agent
            && self.agents.told_before(name, id.as_deref(), &mut msg)
        {
            return true;
        }
        (call.start, call.end, call.loc) = (msg.time, msg.time, line.loc());
        if let Some(id) = &id {
            let at = items.len();
            self.answers.insert(id.clone(), (at, (0..msg.parts.len()).map(|part| (at, part)).collect()));
        }
        items.push(Item::Model(ModelRun {
            call,
            input: Vec::new(),
            output: vec![msg],
            agent,
            response_id: id,
            previous: None,
        }));
        true
    }

    /// Calls that ask the user, and calls that hand work over.
    fn remember_calls(&mut self, message: Node<'_>) {
        for block in message.get("content").into_iter().flat_map(Node::items).filter(|b| sdk::is_call(*b)) {
            let (Some(id), Some(name), Some(input)) = (block.str_at("id"), block.str_at("name"), block.get("input"))
            else {
                continue;
            };
            if let Some(asking) = Asking::of(&name, input) {
                self.asking.insert(id.into_owned(), asking);
            } else if matches!(name.as_ref(), "Task" | "Agent") {
                self.agents.handed_over(&id, input);
            }
        }
    }

    /// A line of type user: words of the person or of the program, or results of tools.
    fn prompt(&mut self, line: Node<'_>, agent: Option<String>) -> bool {
        let Some(mut msg) = line::message(line, MsgRole::User) else { return false };
        if msg.parts.is_empty() {
            return false;
        }
        let author = line::author(line, &msg, agent.is_some());
        let spoken = msg.parts.iter().any(|p| matches!(p, Part::Text(_)));
        let results = msg.parts.iter().filter(|p| matches!(p, Part::Result(_))).count();
        if author == Author::Interruption && results == 0 {
            let what = "the user interrupted the agent".to_owned();
            self.event(EventKind::Context { what, lost: false }, line, agent);
            return true;
        }
        if line.get("isCompactSummary").and_then(Node::bool) == Some(true) && !std::mem::take(&mut self.compacted) {
            let what = "the conversation was compacted: the model saw this summary instead of the earlier messages";
            self.event(EventKind::Context { what: what.to_owned(), lost: true }, line, agent.clone());
        }
        if author == Author::Person && spoken && results == 0 {
            self.branch(line, agent.clone());
        }
        if let Some(name) = &agent {
            let texts = msg.parts.iter().filter_map(|p| if let Part::Text(t) = p { Some(t) } else { None });
            if let Some(call) = texts.into_iter().find_map(|t| self.agents.started_by(t)) {
                self.agents.seen(name, Some(call));
            }
            if self.agents.told_before(name, None, &mut msg) {
                return true;
            }
        }
        // What stands beside the results belongs to one of them only where there is just one.
        let structured = line.get("toolUseResult").filter(|_| results == 1);
        let (time, loc) = (msg.time, msg.loc);
        for part in msg.parts {
            match part {
                // It may stand beside the results of the calls that were stopped.
                Part::Text(text) if line::is_interruption(&text.text) => {
                    let what = "the user interrupted the agent".to_owned();
                    self.event(EventKind::Context { what, lost: false }, line, agent.clone());
                }
                Part::Text(text) => {
                    if agent.is_none() {
                        self.queue.prompt(&text.text);
                    }
                    let pieces = match author {
                        Author::Program => vec![(MsgRole::Harness, text)],
                        _ => words::apart(text),
                    };
                    for (role, text) in pieces {
                        // Whoever starts a sub-agent instructs it.
                        let instructs = role == MsgRole::User && author == Author::Agent;
                        let role = if instructs { MsgRole::System } else { role };
                        self.say(role, text, time, loc, agent.clone());
                    }
                }
                Part::Result(mut result) => {
                    let asking = result.id.as_ref().and_then(|id| self.asking.get(id));
                    let relayed = relayed::words(&mut result, asking, structured);
                    if let (Some(started), Some(id)) = (structured.and_then(|s| s.str_at("agentId")), &result.id) {
                        self.agents.reported(&started, id);
                    }
                    let reminder = result.content.as_ref().and_then(words::below_result).map(|(answer, reminder)| {
                        result.content = Some(answer);
                        reminder
                    });
                    let mut answer = Msg::new(MsgRole::User, loc);
                    (answer.time, answer.agent) = (time, agent.clone());
                    answer.parts.push(Part::Result(result));
                    self.session.items.push(Item::Message(answer));
                    if !relayed.is_empty() {
                        let mut words = Msg::new(MsgRole::User, loc);
                        words.time = time;
                        words.parts = relayed.into_iter().map(Part::Text).collect();
                        self.session.items.push(Item::Message(words));
                    }
                    if let Some(reminder) = reminder {
                        self.say(MsgRole::Harness, reminder, time, loc, agent.clone());
                    }
                }
                other => {
                    let mut rest = Msg::new(MsgRole::User, loc);
                    (rest.time, rest.agent) = (time, agent.clone());
                    rest.parts.push(other);
                    self.session.items.push(Item::Message(rest));
                }
            }
        }
        true
    }

    /// Two prompts after one line: the user went back and took another way.
    fn branch(&mut self, line: Node<'_>, agent: Option<String>) {
        let Some(parent) = line.str_at("parentUuid").filter(|p| !p.is_empty()) else { return };
        if !self.prompted.insert(parent.into_owned()) {
            let what = "the user went back to an earlier point and continued from there: the model did not see the messages in between";
            self.event(EventKind::Context { what: what.to_owned(), lost: true }, line, agent);
        }
    }

    /// The session, with the words that only the queue holds in their places.
    fn finish(self) -> Session {
        let Open { mut session, queue, agents, prompts, .. } = self;
        session.gaps.extend(prompts.missing());
        session.sub_agents = agents.finish();
        let mut queued = queue.unrepeated().into_iter().peekable();
        if queued.peek().is_none() {
            return session;
        }
        let count = session.items.len();
        let mut items = Vec::with_capacity(count + 1);
        let mut rest = session.items.into_iter();
        for place in 0..=count {
            while let Some(delivered) = queued.next_if(|d| d.place <= place) {
                let (time, loc) = (delivered.time, delivered.words.loc);
                let pieces = words::apart(delivered.words);
                items.extend(pieces.into_iter().map(|(role, text)| Item::Message(said(role, text, time, loc, None))));
            }
            items.extend(rest.next());
        }
        session.items = items;
        session
    }
}

/// One text as a message.
fn said(role: MsgRole, text: Text, time: Option<Stamp>, loc: Loc, agent: Option<String>) -> Msg {
    let mut msg = Msg::new(role, loc);
    (msg.time, msg.agent) = (time, agent);
    msg.parts.push(Part::Text(text));
    msg
}

/// The session that a line names.
pub fn named(line: Node<'_>) -> Option<Cow<'_, str>> {
    let keys = ["sessionId", "session_id"];
    let of_data = || line.get("data").filter(|_| sdk::is_one(line))?.any(&keys);
    line.any(&keys).or_else(of_data).and_then(Node::str)
}

//! Kimi Code: `agents/<agent>/wire.jsonl` in the folder of a session, one flat record `{type, time}` per line. The other files
//! of a folder belong to its sub-agents. Source: the types in `packages/agent-core/src/agent/records/types.ts`, `loop/events.ts`
//! and, for version 2, `packages/agent-core-v2`.

use super::super::transcript::{self, Place, WENT_BACK};
use super::super::{Document, parts};
use super::kinds::STATE;
use super::repeats::{Channel, Repeats};
use super::said::{Said, said};
use crate::account;
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{EventKind, Finish, KeyKind, Stamp, Transport, Verdict};
use crate::node::Node;
use crate::time;
use std::collections::{HashMap, HashSet};

/// Reads the files of any number of sessions.
pub fn read(files: &[&[Document<'_>]], out: &mut Output) {
    let mut found: Vec<Logs<'_>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for file in files {
        let name = file[0].file;
        let Some((key, kind, agent)) = place_of(name) else {
            found.push((name.to_owned(), KeyKind::Position, vec![(MAIN.to_owned(), file)]));
            continue;
        };
        let at = *known.entry(key.clone()).or_insert(found.len());
        match found.get_mut(at) {
            Some((_, _, logs)) => logs.push((agent, file)),
            None => found.push((key, kind, vec![(agent, file)])),
        }
    }
    for (key, kind, mut logs) in found {
        let mut session = Session::new(key, kind);
        logs.sort_by_key(|(agent, _)| agent != MAIN);
        // A single file is the session, whichever agent wrote it.
        let whole = logs.iter().any(|(agent, _)| agent == MAIN);
        let mut started = HashMap::new();
        let mut main: Option<Repeats> = None;
        for (agent, docs) in &logs {
            let sub = (whole && agent != MAIN).then(|| agent.clone());
            let mut reader = Reader::new(docs, sub, main.as_ref(), &mut session, &mut started, out);
            reader.out.until_stopped(docs.iter()).for_each(|doc| reader.record(doc.root));
            let repeats = reader.repeats;
            if agent == MAIN {
                main = Some(repeats);
            }
        }
        for (name, call) in &mut session.sub_agents {
            *call = started.remove(name);
        }
        out.sessions.push(session);
    }
}

const MAIN: &str = "main";

/// A session's key, and its files with their agents.
type Logs<'d> = (String, KeyKind, Vec<(String, &'d [Document<'d>])>);

/// The session and the agent that a file belongs to, if its path names them: `SESSION/agents/AGENT/wire.jsonl`.
fn place_of(file: &str) -> Option<(String, KeyKind, String)> {
    let mut steps: Vec<&str> = file.split(['/', '\\']).collect();
    steps.pop();
    let agent = steps.pop().filter(|agent| *agent == MAIN || agent.starts_with("agent-"))?.to_owned();
    let named = steps.pop_if(|step| *step == "agents").is_some().then(|| steps.last()).flatten();
    Some(match named {
        Some(session) => ((*session).to_owned(), KeyKind::Conversation, agent),
        None if steps.is_empty() => ("agents".to_owned(), KeyKind::Position, agent),
        None => (steps.join("/"), KeyKind::Position, agent),
    })
}

struct Reader<'r> {
    repeats: Repeats,
    /// The sub-agent whose log this is.
    sub: Option<String>,
    /// The main agent's log, while a sub-agent's log may still be a copy of it.
    copied: Option<&'r Repeats>,
    session: &'r mut Session,
    /// The calls that started sub-agents, by the sub-agents' names.
    started: &'r mut HashMap<String, String>,
    out: &'r mut Output,
    model: Option<String>,
    step: Option<Stamp>,
    /// Calls that the user did not allow.
    rejected: HashSet<String>,
    /// True if the steps record the tokens of the model calls.
    counted: bool,
    /// True if separate records say what the user allowed.
    approvals: bool,
}

impl<'r> Reader<'r> {
    fn new(
        docs: &[Document<'_>],
        sub: Option<String>,
        main: Option<&'r Repeats>,
        session: &'r mut Session,
        started: &'r mut HashMap<String, String>,
        out: &'r mut Output,
    ) -> Self {
        if let Some(name) = &sub {
            session.sub_agents.push((name.clone(), None));
        }
        let copied = main.filter(|_| sub.is_some());
        let mut reader = Reader {
            repeats: Repeats::default(),
            sub,
            copied,
            session,
            started,
            out,
            model: None,
            step: None,
            rejected: HashSet::new(),
            counted: false,
            approvals: false,
        };
        reader.out.until_stopped(docs).for_each(|doc| reader.count(doc.root));
        reader
    }

    /// Looks at a record before the records are read.
    fn count(&mut self, root: Node<'_>) {
        if let Some(said) = said(root, self.sub.is_some()) {
            for (role, part) in said.parts {
                match part {
                    Part::Text(t) | Part::Reasoning(t) => self.repeats.count(said.channel, role as u8, &t.text),
                    Part::Call(c) => c.id.iter().for_each(|id| self.repeats.count_call(said.channel, false, id)),
                    Part::Result(r) => r.id.iter().for_each(|id| self.repeats.count_call(said.channel, true, id)),
                    _ => {}
                }
            }
        }
        match root.str_at("type").as_deref() {
            Some("permission.record_approval_result") => {
                self.approvals = true;
                if root.get("result").is_some_and(|r| r.has("decision", "rejected")) {
                    self.rejected.extend(transcript::string(root, &["toolCallId"]));
                }
            }
            Some("task.started") => {
                let info = root.get("info").filter(|i| i.has("kind", "agent"));
                let name = info.and_then(|i| transcript::string(i, &["agentId"]));
                let call = info.and_then(|i| transcript::string(i, &["parentToolCallId"]));
                self.started.extend(name.zip(call));
            }
            Some("usage.record") => self.model = self.model.take().or_else(|| transcript::string(root, &["model"])),
            _ => {
                self.counted |= root.get("event").is_some_and(|e| e.has("type", "step.end") && e.get("usage").is_some())
            }
        }
    }

    fn record(&mut self, root: Node<'_>) {
        let place = Place { time: root.get("time").and_then(time::any), agent: self.sub.clone(), loc: root.loc() };
        if let Some(said) = said(root, self.sub.is_some()) {
            return self.said(root, said, &place);
        }
        let kind = root.str_at("type").unwrap_or_default();
        let context = |what: &str, lost| vec![place.event(EventKind::Context { what: what.to_owned(), lost })];
        let items = match kind.as_ref() {
            "metadata" if super::is_header(root) => return self.out.bookkeeping(root, "metadata"),
            // Read above, if they contain anything.
            "turn.prompt" | "turn.steer" | "context.append_message" | "agent.message.appended" => {
                return self.out.unread(root);
            }
            "context.append_loop_event" => match root.get("event") {
                Some(event) => return self.step(root, event, &place),
                None => return self.out.unread(root),
            },
            "context.apply_compaction" => {
                let summary = root.any(&["contextSummary", "summary"]);
                let text = summary.and_then(|s| transcript::content(s.get("content").unwrap_or(s)));
                vec![place.message(MsgRole::Assistant, vec![Part::Compacted(text)])]
            }
            "micro_compaction.apply" => context("old tool results were removed from what the model sees", true),
            "context.clear" => context("the conversation was cleared: the model no longer sees what came before", true),
            "context.undo" => context(WENT_BACK, true),
            "turn.cancel" if !root.has("target", "queued") => context("the user interrupted the agent", false),
            "turn.ended" if root.has("reason", "failed") => {
                let error = root.get("error").and_then(|e| e.get("message")).or(root.get("error"));
                vec![place.event(EventKind::Error { text: error.unwrap_or(root).json_text() })]
            }
            "turn.ended" | "turn.cancel" => return self.out.bookkeeping(root, &kind),
            "permission.record_approval_result" => match root.get("result").and_then(|r| verdict(root, r, &place)) {
                Some(item) => vec![item],
                None => return self.out.unread(root),
            },
            "interaction.resolved" if !self.approvals => {
                match root.get("response").and_then(|r| verdict(root, r, &place)) {
                    Some(item) => vec![item],
                    // The tool's result also contains the answer to a question.
                    None => return self.out.bookkeeping(root, &kind),
                }
            }
            "usage.record" if !self.counted && !root.has("usageScope", "session") => {
                self.model = transcript::string(root, &["model"]).or(self.model.take());
                let tokens = root.get("usage").map_or((None, None), tokens);
                vec![parts::model_call(self.model.clone(), tokens, place.time, place.time, place.loc)]
            }
            "config.update" | "profile.bind" | "llm.request" => {
                self.model = transcript::string(root, &["model", "modelAlias"]).or(self.model.take());
                match transcript::words(root, "systemPrompt") {
                    Some(text) if self.repeats.is_new(Channel::Prompt, MsgRole::System as u8, &text.text) => {
                        vec![place.message(MsgRole::System, vec![Part::Text(text)])]
                    }
                    _ => return self.out.bookkeeping(root, &kind),
                }
            }
            kind if STATE.contains(&kind) => return self.out.bookkeeping(root, kind),
            // Events of the agent without words, such as where its turns begin.
            kind if kind.starts_with("agent.") && !account::looks_spoken(root) => {
                return self.out.bookkeeping(root, kind);
            }
            _ => return self.out.unknown(root),
        };
        self.out.mapped(root);
        self.session.items.extend(items);
    }

    /// The beginning and end of a step, which is a model call.
    fn step(&mut self, root: Node<'_>, event: Node<'_>, place: &Place) {
        match event.str_at("type").as_deref() {
            Some("step.begin") => {
                self.step = place.time;
                self.out.bookkeeping(root, "step.begin");
            }
            Some("step.end") => {
                let Some(usage) = event.get("usage") else { return self.out.bookkeeping(root, "step.end") };
                self.out.mapped(root);
                let began = self.step.take();
                let mut item = parts::model_call(self.model.clone(), tokens(usage), began, place.time, place.loc);
                let reason = event.any(&["finishReason", "providerFinishReason"]).and_then(Node::text);
                if let (Item::Model(run), Some(text)) = (&mut item, reason) {
                    run.call.finish = Some((Finish::from_word(&text.text), text));
                }
                self.session.items.push(item);
            }
            _ => self.out.unread(root),
        }
    }

    fn said(&mut self, root: Node<'_>, said: Said, place: &Place) {
        let copy = self.copied.is_some_and(|main| said.copies(main));
        if !copy && matches!(said.channel, Channel::Loop | Channel::Prompt) {
            self.copied = None;
        }
        if self.copied.is_some() && copy {
            return self.out.bookkeeping(root, "a copy of what the main agent knew");
        }
        let unread = said.parts.iter().any(|(_, p)| matches!(p, Part::Unread(u) if !u.attachment));
        let (mut items, channel) = (Vec::new(), said.channel);
        for (role, mut part) in said.parts {
            let new = match &mut part {
                Part::Text(t) if t.text.is_empty() => false,
                Part::Text(t) | Part::Reasoning(t) => self.repeats.is_new(channel, role as u8, &t.text),
                Part::Call(c) => {
                    let given = c.arguments.as_ref().map_or("", |arguments| arguments.text.as_str());
                    c.id.as_ref().is_none_or(|id| self.repeats.is_new_call(channel, false, id, given))
                }
                Part::Result(r) => {
                    if r.transport == Transport::Error && r.id.as_ref().is_some_and(|id| self.rejected.contains(id)) {
                        r.transport = Transport::Declined;
                    }
                    let answered = r.content.as_ref().map_or("", |content| content.text.as_str());
                    r.id.as_ref().is_none_or(|id| self.repeats.is_new_call(channel, true, id, answered))
                }
                _ => true,
            };
            if new {
                transcript::append(&mut items, vec![place.message(role, vec![part])]);
            }
        }
        match (unread, items.is_empty()) {
            (true, _) => self.out.unread(root),
            (false, true) => self.out.bookkeeping(root, "what another record also says"),
            (false, false) => self.out.mapped(root),
        }
        self.session.items.extend(items);
    }
}

/// What the user decided on a call.
fn verdict(root: Node<'_>, answer: Node<'_>, place: &Place) -> Option<Item> {
    let action = answer.get("decision").and_then(Node::text)?;
    let verdict = match action.text.as_str() {
        "approved" => Verdict::Passed,
        "rejected" => Verdict::Triggered,
        _ => Verdict::Unknown,
    };
    let name = root.get("type").and_then(Node::text)?;
    let detail = transcript::words(answer, "feedback");
    Some(place.event(EventKind::Guardrail { name, verdict, action: Some(action), detail }))
}

fn tokens(usage: Node<'_>) -> (Option<i64>, Option<i64>) {
    let number = |key: &&str| usage.get(key).and_then(Node::i64);
    let input = ["inputOther", "inputCacheRead", "inputCacheCreation"].iter().filter_map(number);
    (input.reduce(i64::saturating_add), number(&"output"))
}

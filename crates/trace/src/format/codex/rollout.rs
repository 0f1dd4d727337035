//! One rollout, line by line.

use super::outcome;
use super::sightings::{Channel, Kind, Sightings, own_words};
use super::{Line, Thread, kind, words};
use crate::format::transcript::{self, Outcome, Place};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, ModelCall, Text, Transport, Verdict};
use crate::node::Node;
use crate::{payload, time};

/// Events that hold nothing that was said, called or returned beside what other records hold.
const EVENTS: [&str; 39] = [
    "token_count",
    "task_started",
    "turn_started",
    "task_complete",
    "turn_complete",
    "turn.completed",
    "turn.started",
    "thread_name_updated",
    "thread_goal_updated",
    "thread_settings_applied",
    "sub_agent_activity",
    "entered_review_mode",
    "exited_review_mode",
    "undo_started",
    "undo_completed",
    "session_configured",
    "mcp_startup_update",
    "mcp_startup_complete",
    "mcp_list_tools_response",
    "list_custom_prompts_response",
    "list_skills_response",
    "get_history_entry_response",
    "skills_update_available",
    "exec_approval_request",
    "apply_patch_approval_request",
    "elicitation_request",
    "request_permissions",
    "request_user_input",
    "background_event",
    "deprecation_notice",
    "turn_diff",
    "plan_update",
    "shutdown_complete",
    "raw_response_item",
    "item_started",
    "hook_started",
    "hook_completed",
    "terminal_interaction",
    "model_reroute",
];

/// Items of turns that are state.
const ITEMS: [&str; 5] = ["HookPrompt", "SubAgentActivity", "Sleep", "EnteredReviewMode", "ExitedReviewMode"];

/// Items of turns that are calls with their results.
const RUNS: [&str; 9] = [
    "CommandExecution",
    "McpToolCall",
    "FileChange",
    "DynamicToolCall",
    "CollabAgentToolCall",
    "WebSearch",
    "ImageView",
    "ImageGeneration",
    "Extension",
];

/// A line and its type, which is determined once for every pass over the lines.
pub struct Opened<'d> {
    root: Node<'d>,
    /// The type.
    line: &'static str,
    payload: Node<'d>,
}

impl<'d> Opened<'d> {
    /// Determines the type of a line.
    pub fn new(root: Node<'d>) -> Self {
        let (line, payload) = open(root);
        Opened { root, line, payload }
    }
}

/// The payload of a line, and the type that says what it is.
fn open<'d>(root: Node<'d>) -> (&'static str, Node<'d>) {
    let payload = root.get("payload").unwrap_or(root);
    match kind(root) {
        Line::Payload(word) => {
            let known = super::LINES.into_iter().find(|l| *l == word);
            (known.unwrap_or(""), payload)
        }
        Line::Header => ("session_meta", root),
        Line::State => ("state", root),
        Line::Stream => ("event_msg", root.get("msg").unwrap_or(root)),
        Line::Item => ("response_item", root),
        Line::Other => ("", root),
    }
}

/// The calls that started sub-agents, by the ID of the sub-agent's thread.
pub fn started(lines: &[Opened<'_>]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for Opened { line, payload, .. } in lines {
        let item = payload.get("item").filter(|_| *line == "event_msg").unwrap_or(*payload);
        let call = || transcript::string(item, &["call_id", "id"]);
        if let Some(thread) = transcript::string(item, &["new_thread_id"]) {
            found.extend(call().map(|call| (thread, call)));
        } else if item.has("type", "CollabAgentToolCall") && item.has("tool", "spawnAgent") {
            let threads = item.get("receiver_thread_ids").into_iter().flat_map(Node::items);
            let Some(call) = call() else { continue };
            found.extend(threads.filter_map(|t| Some((t.str()?.into_owned(), call.clone()))));
        } else if item.has("type", "function_call_output")
            && let Some(nested) = item.get("output").filter(|o| o.may_contain("agent_id")).and_then(Node::nested)
        {
            let thread = nested.root(&mut crate::locator::Bases::default()).str_at("agent_id").map(|s| s.into_owned());
            found.extend(thread.zip(call()));
        }
    }
    found
}

/// Reads a rollout. `top` is the thread whose session it belongs to, itself or the one that started it.
pub fn read(
    lines: &[Opened<'_>],
    file: &str,
    thread: &Thread,
    top: &Thread,
    started: &HashMap<String, String>,
    out: &mut Output,
) {
    let (key, key_kind) = match &top.id {
        Some(id) => (id.clone(), KeyKind::Conversation),
        None => (file.to_owned(), KeyKind::Position),
    };
    let mut session = Session::new(key, key_kind);
    if let Some(agent) = &thread.agent {
        let call = thread.id.as_ref().and_then(|id| started.get(id)).cloned();
        session.sub_agents.push((agent.clone(), call));
        if top.id == thread.id {
            session.gaps.push(Gap {
                kind: GapKind::HistoryMissing,
                what: "this is the thread of a sub-agent; the session that started it is not among the files"
                    .to_owned(),
                loc: lines.first().map(|line| line.root.loc()),
                event: None,
            });
        }
    }
    let mut sightings = Sightings::default();
    for line in lines {
        count(line, &mut sightings);
    }
    let mut reader = Reader {
        session,
        sightings,
        agent: thread.agent.clone(),
        model: None,
        met: false,
        told: HashSet::default(),
        begun: HashSet::default(),
        out,
    };
    for line in lines {
        reader.line(line);
    }
    let Reader { session, out, .. } = reader;
    out.sessions.push(session);
}

/// Counts what a line records.
fn count(&Opened { line, payload, .. }: &Opened<'_>, sightings: &mut Sightings) {
    let word = payload.str_at("type").unwrap_or_default();
    let id = || transcript::string(payload, &["call_id", "callId", "id"]);
    match (line, word.as_ref()) {
        ("compacted", _) => sightings.compacted = true,
        ("response_item", "message") => {
            let Some(content) = payload.get("content") else { return };
            match payload.str_at("role").as_deref() {
                Some("user") => sightings.count(Kind::User, Channel::History, &own_words(content)),
                Some("assistant") => {
                    let all: String = transcript::texts(content).into_iter().map(|t| t.text).collect();
                    sightings.count(Kind::Agent, Channel::History, &all);
                    let plan = all.split_once("<proposed_plan>").and_then(|(_, p)| p.split_once("</proposed_plan>"));
                    if let Some((plan, _)) = plan {
                        sightings.count(Kind::Agent, Channel::History, plan);
                    }
                }
                _ => {}
            }
        }
        ("response_item", "reasoning") => {
            for text in
                [payload.get("summary"), payload.get("content")].into_iter().flatten().flat_map(transcript::texts)
            {
                sightings.count(Kind::Reasoning, Channel::History, &text.text);
            }
        }
        ("response_item", word) if word.ends_with("_output") => sightings.answered.extend(id()),
        ("response_item", word) if word.ends_with("_call") => {
            if let Some(query) = query(payload) {
                sightings.count(Kind::Search, Channel::History, &query);
            }
            sightings.calls.extend(id());
        }
        ("event_msg", "user_message") => {
            if let Some(text) = payload.get("message").and_then(Node::str) {
                sightings.count(Kind::User, Channel::Event, &text);
            }
        }
        ("event_msg", "agent_message") => {
            if let Some(text) = payload.get("message").and_then(Node::str) {
                sightings.count(Kind::Agent, Channel::Event, &text);
            }
        }
        ("event_msg", "agent_reasoning" | "agent_reasoning_raw_content") => {
            if let Some(text) = payload.get("text").and_then(Node::str) {
                sightings.count(Kind::Reasoning, Channel::Event, &text);
            }
        }
        ("event_msg", "token_count") => sightings.counted |= tokens(payload).is_some(),
        ("event_msg", "item_completed") => {
            let Some(item) = payload.get("item") else { return };
            if let Some(id) = transcript::string(item, &["id"]).filter(|_| is_run(item)) {
                sightings.end(id, &outcome::of_run(item));
            }
        }
        ("event_msg", word) if word.ends_with("_end") || word == "dynamic_tool_call_response" => {
            if let Some(query) = query(payload) {
                sightings.count(Kind::Search, Channel::Event, &query);
            }
            if let Some(id) = id() {
                sightings.end(id, &outcome::of_run(payload));
            }
        }
        _ => {}
    }
}

fn is_run(item: Node<'_>) -> bool {
    item.str_at("type").is_some_and(|t| RUNS.contains(&t.as_ref()))
}

/// The query of a search of the web.
fn query(node: Node<'_>) -> Option<String> {
    let word = node.str_at("type")?;
    if !word.to_ascii_lowercase().replace('_', "").starts_with("websearch") {
        return None;
    }
    let action = node.get("action");
    transcript::string(node, &["query"]).or_else(|| transcript::string(action?, &["query", "url", "pattern"]))
}

/// The tokens of the last model call.
fn tokens(payload: Node<'_>) -> Option<Node<'_>> {
    let info = payload.get("info")?;
    info.get("last_token_usage").or_else(|| info.get("input_tokens").map(|_| info))
}

struct Reader<'o> {
    session: Session,
    sightings: Sightings,
    agent: Option<String>,
    model: Option<String>,
    /// True after the first account of the session.
    met: bool,
    /// Runs that were told.
    told: HashSet<String>,
    /// Runs whose beginning was told as a call.
    begun: HashSet<String>,
    out: &'o mut Output,
}

impl Reader<'_> {
    fn line(&mut self, &Opened { root, line, payload }: &Opened<'_>) {
        let stamp = root.get("timestamp").or_else(|| payload.get("timestamp")).and_then(time::any);
        let place = Place { time: stamp, agent: self.agent.clone(), loc: root.loc() };
        match line {
            "response_item" => self.item(root, payload, &place),
            "event_msg" => self.event(root, payload, &place),
            "session_meta" => self.meta(root, payload, &place),
            "turn_context" => {
                let model = transcript::string(payload, &["model"]);
                if self.model != model && !self.sightings.counted {
                    self.model_call(root, model.clone(), None, &place);
                }
                self.model = model.or(self.model.take());
                self.out.bookkeeping(root, line);
            }
            "compacted" => {
                self.out.mapped(root);
                let summary = transcript::words(payload, "message");
                self.session.items.push(place.message(MsgRole::Assistant, vec![Part::Compacted(summary)]));
            }
            "world_state" | "state" | "inter_agent_communication_metadata" => self.out.bookkeeping(root, line),
            _ => self.out.unknown(root),
        }
    }

    fn push(&mut self, root: Node<'_>, items: Vec<Item>) {
        self.out.mapped(root);
        self.session.items.extend(items);
    }

    fn model_call(&mut self, root: Node<'_>, model: Option<String>, usage: Option<Node<'_>>, place: &Place) {
        let number = |key: &str| usage.and_then(|u| u.get(key)).and_then(Node::i64);
        let call = ModelCall {
            model,
            start: place.time,
            end: place.time,
            input_tokens: number("input_tokens"),
            output_tokens: number("output_tokens"),
            finish: None,
            loc: root.loc(),
        };
        self.session.items.push(Item::Model(ModelRun {
            call,
            input: Vec::new(),
            output: Vec::new(),
            agent: self.agent.clone(),
            response_id: None,
            previous: None,
        }));
    }

    /// Only the first account is the session's own; a fork holds copies of those before it.
    fn meta(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        if std::mem::replace(&mut self.met, true) {
            return self.out.bookkeeping(root, "session_meta");
        }
        if let Some(tools) = payload.get("dynamic_tools") {
            let listed = tools.get("tools").unwrap_or(tools);
            self.session.tools.extend(listed.items().filter_map(payload::tool));
        }
        let instructions = payload.get("base_instructions").and_then(|i| i.get("text").unwrap_or(i).text());
        match instructions.filter(|t| !t.text.trim().is_empty()) {
            Some(text) => self.push(root, place.said([(MsgRole::System, text)])),
            None => self.out.bookkeeping(root, "session_meta"),
        }
    }

    /// What the user says in a sub-agent's thread is said by the agent that started it.
    fn spoken(&self, role: MsgRole) -> MsgRole {
        if role == MsgRole::User && self.agent.is_some() { MsgRole::System } else { role }
    }

    /// An item of the model's history.
    fn item(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        let word = payload.str_at("type").unwrap_or_default();
        match word.as_ref() {
            "message" => self.message(root, payload, place),
            "reasoning" => {
                let lists = [payload.get("summary"), payload.get("content")].into_iter().flatten();
                let texts = lists.flat_map(transcript::texts).filter(|t| !t.text.trim().is_empty());
                let parts: Vec<Part> = texts.map(Part::Reasoning).collect();
                match parts.is_empty() {
                    // The provider keeps the words of it to itself.
                    true => self.out.bookkeeping(root, "encrypted reasoning"),
                    false => self.push(root, vec![place.message(MsgRole::Assistant, parts)]),
                }
            }
            // Agents talk with each other; neither is the user.
            "agent_message" => {
                let texts = payload.get("content").map(transcript::texts).unwrap_or_default();
                match texts.is_empty() {
                    true => self.out.bookkeeping(root, "encrypted agent_message"),
                    false => self.push(root, place.said(texts.into_iter().map(|t| (MsgRole::Harness, t)))),
                }
            }
            "ghost_snapshot" => self.out.bookkeeping(root, &word),
            "compaction" | "compaction_summary" | "context_compaction" => self.compaction(root, place),
            "tool_search_output" => {
                let transport = payload.str_at("status").and_then(|s| transcript::status(&s));
                let outcome = Outcome {
                    content: payload.get("tools").map(Node::json_text),
                    transport: transport.unwrap_or(Transport::Unknown),
                    error: None,
                };
                let id = transcript::string(payload, &["call_id"]);
                self.push(root, vec![place.result(id, None, outcome)]);
            }
            kind if kind.ends_with("_call_output") => {
                let mut outcome = outcome::of_output(payload, &mut self.out.bases);
                let id = transcript::string(payload, &["call_id", "id"]);
                if let Some(known) = id.as_ref().and_then(|id| self.sightings.outcomes.get(id)) {
                    outcome.transport = *known;
                }
                self.push(root, vec![place.result(id, None, outcome)]);
            }
            kind if kind.ends_with("_call") => self.call(root, payload, place),
            _ => self.out.unknown(root),
        }
    }

    fn message(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        let role = payload.str_at("role").and_then(|r| payload::role(&r));
        let (Some(role), Some(_)) = (role, payload.get("content")) else { return self.out.unread(root) };
        let read = payload::as_role(payload, role);
        self.out.message(root, &read);
        if role != MsgRole::User {
            return self.session.items.push(place.message(role, read.parts));
        }
        for part in read.parts {
            match part {
                Part::Text(text) => {
                    let pieces = words::apart(text).into_iter().map(|(role, t)| (self.spoken(role), t));
                    let said = place.said(pieces);
                    transcript::append(&mut self.session.items, said);
                }
                other => {
                    let rest = vec![place.message(self.spoken(MsgRole::User), vec![other])];
                    transcript::append(&mut self.session.items, rest);
                }
            }
        }
    }

    /// A call in the model's history. Hosted tools answer to the model alone.
    fn call(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        // Only what the provider runs itself has no name beside its type.
        let hosted = !matches!(payload.str_at("type").as_deref(), Some("function_call" | "custom_tool_call"));
        let name = payload.get("name").or_else(|| payload.get("type").filter(|_| hosted)).and_then(Node::text);
        let Some(name) = name else { return self.out.unread(root) };
        let id = transcript::string(payload, &["call_id", "id"]);
        let arguments = payload.any(&["arguments", "input", "action", "revised_prompt", "queries", "code"]);
        let mut items = vec![place.call(id.clone(), name.clone(), arguments.map(Node::json_text))];
        let answered =
            id.as_ref().is_some_and(|id| self.sightings.answered.contains(id) || self.sightings.ended.contains(id));
        let transport = payload.str_at("status").and_then(|s| transcript::status(&s));
        let ran = payload::ran_hosted(payload).then_some(Transport::Unknown);
        if let Some(transport) = transport.or(ran).filter(|_| hosted && !answered) {
            let content = payload.any(&["output", "results"]).and_then(transcript::content);
            let outcome = Outcome { content, transport, error: None };
            items.push(place.result(id, Some(name.text), outcome));
        }
        self.push(root, items);
    }

    fn compaction(&mut self, root: Node<'_>, place: &Place) {
        match self.sightings.compacted {
            true => self.out.bookkeeping(root, "a compaction that has a line of its own"),
            false => self.push(root, vec![place.message(MsgRole::Assistant, vec![Part::Compacted(None)])]),
        }
    }

    /// Words that an event or an item of a turn holds.
    fn words(&mut self, root: Node<'_>, kind: Kind, channel: Channel, texts: Vec<Text>, place: &Place) {
        let whole: String = texts.iter().map(|t| t.text.as_str()).collect();
        if !self.sightings.is_new(kind, channel, &whole) {
            return self.out.bookkeeping(root, "words that the model's history holds too");
        }
        if whole.trim().is_empty() {
            return self.out.bookkeeping(root, "a message without words");
        }
        let items = match kind {
            Kind::Reasoning => {
                vec![place.message(MsgRole::Assistant, texts.into_iter().map(Part::Reasoning).collect())]
            }
            Kind::User => {
                let pieces = texts.into_iter().flat_map(words::apart);
                place.said(pieces.map(|(role, t)| (self.spoken(role), t)))
            }
            Kind::Agent | Kind::Search => place.said(texts.into_iter().map(|t| (MsgRole::Assistant, t))),
        };
        self.push(root, items);
    }

    fn event(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        let word = payload.str_at("type").unwrap_or_default();
        match word.as_ref() {
            "user_message" | "agent_message" | "agent_reasoning" | "agent_reasoning_raw_content" => {
                let Some(text) = payload.any(&["message", "text"]).and_then(Node::text) else {
                    return self.out.unread(root);
                };
                let kind = match word.as_ref() {
                    "user_message" => Kind::User,
                    "agent_message" => Kind::Agent,
                    _ => Kind::Reasoning,
                };
                self.words(root, kind, Channel::Event, vec![text], place);
            }
            "item_completed" => self.turn_item(root, payload, place),
            "error" | "stream_error" => self.failure(root, payload, place),
            "turn_aborted" => {
                let what = match payload.str_at("reason").as_deref() {
                    Some("interrupted") => "the user interrupted the agent",
                    _ => "the turn was aborted",
                };
                self.push(root, vec![place.event(EventKind::Context { what: what.to_owned(), lost: false })]);
            }
            "thread_rolled_back" => {
                let what = "the user went back to an earlier turn: what was said since is not in what the model saw";
                self.push(root, vec![place.event(EventKind::Context { what: what.to_owned(), lost: true })]);
            }
            "context_compacted" => self.compaction(root, place),
            "guardian_assessment" => self.guard(root, payload, place),
            // What the program tells the user.
            "warning" => match transcript::words(payload, "message") {
                Some(text) => self.push(root, place.said([(MsgRole::Harness, text)])),
                None => self.out.bookkeeping(root, "warning"),
            },
            "exited_review_mode" => match payload.get("review_output").filter(|review| review.is_object()) {
                Some(review) => {
                    let findings = review.get("findings").into_iter().flat_map(Node::items);
                    let of = |f: Node<'_>| [transcript::words(f, "title"), transcript::words(f, "body")];
                    let all = findings.flat_map(of).chain([transcript::words(review, "overall_explanation")]);
                    let all: Vec<_> = all.flatten().map(|text| (MsgRole::Harness, text)).collect();
                    match all.is_empty() {
                        true => self.out.bookkeeping(root, "exited_review_mode"),
                        false => self.push(root, place.said(all)),
                    }
                }
                None => self.out.bookkeeping(root, "exited_review_mode"),
            },
            "token_count" if tokens(payload).is_some() => {
                let model = self.model.clone();
                self.model_call(root, model, tokens(payload), place);
                self.out.mapped(root);
            }
            "task_complete" | "turn_complete" => {
                if payload.get("error").is_some() {
                    return self.failure(root, payload, place);
                }
                let last = transcript::words(payload, "last_agent_message");
                match last.filter(|t| !self.sightings.holds(Kind::Agent, &t.text)) {
                    Some(text) => self.words(root, Kind::Agent, Channel::Turn, vec![text], place),
                    None => self.out.bookkeeping(root, &word),
                }
            }
            kind if EVENTS.contains(&kind) || kind.ends_with("_delta") || kind.starts_with("realtime_") => {
                self.out.bookkeeping(root, kind);
            }
            kind if kind.ends_with("_end") || matches!(kind, "dynamic_tool_call_response" | "view_image_tool_call") => {
                self.run(root, payload, Channel::Event, place);
            }
            kind if kind.ends_with("_begin") || kind == "dynamic_tool_call_request" => {
                let id = transcript::string(payload, &["call_id", "callId", "id"]);
                let has = |ids: &HashSet<String>| id.as_ref().is_some_and(|id| ids.contains(id));
                match (has(&self.sightings.calls), has(&self.sightings.ended)) {
                    (false, false) => self.run(root, payload, Channel::Event, place),
                    (false, true) if !has(&self.told) && !has(&self.begun) => self.begin(root, payload, id, place),
                    _ => self.out.bookkeeping(root, kind),
                }
            }
            _ => self.out.unknown(root),
        }
    }

    fn failure(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        let error = payload.get("error").unwrap_or(payload);
        let text = error.get("message").unwrap_or(error).json_text();
        self.push(root, vec![place.event(EventKind::Error { text })]);
    }

    /// A verdict on an action, by the model that reviews them.
    fn guard(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        let (Some(name), status) = (payload.get("type").and_then(Node::text), payload.get("status")) else {
            return self.out.unread(root);
        };
        let verdict = match status.and_then(Node::str).as_deref() {
            Some("in_progress") => return self.out.bookkeeping(root, "guardian_assessment in progress"),
            Some("approved") => Verdict::Passed,
            Some("denied") => Verdict::Triggered,
            _ => Verdict::Unknown,
        };
        let (action, detail) = (status.and_then(Node::text), transcript::words(payload, "rationale"));
        self.push(root, vec![place.event(EventKind::Guardrail { name, verdict, action, detail })]);
    }

    /// An item of a turn, which repeats the history in versions that record both.
    fn turn_item(&mut self, root: Node<'_>, payload: Node<'_>, place: &Place) {
        let Some(item) = payload.get("item") else { return self.out.unread(root) };
        let word = item.str_at("type").unwrap_or_default();
        match word.as_ref() {
            "UserMessage" | "AgentMessage" => {
                let kind = if word == "UserMessage" { Kind::User } else { Kind::Agent };
                match item.get("content").map(transcript::texts) {
                    Some(texts) => self.words(root, kind, Channel::Turn, texts, place),
                    None => self.out.unread(root),
                }
            }
            "Plan" => match item.get("text").and_then(Node::text) {
                Some(text) => self.words(root, Kind::Agent, Channel::Turn, vec![text], place),
                None => self.out.unread(root),
            },
            "Reasoning" => {
                let lists = [item.get("summary_text"), item.get("raw_content")].into_iter().flatten();
                let fresh: Vec<Part> = lists
                    .flat_map(transcript::texts)
                    .filter(|t| self.sightings.is_new(Kind::Reasoning, Channel::Turn, &t.text))
                    .map(Part::Reasoning)
                    .collect();
                match fresh.is_empty() {
                    true => self.out.bookkeeping(root, "Reasoning"),
                    false => self.push(root, vec![place.message(MsgRole::Assistant, fresh)]),
                }
            }
            "ContextCompaction" => self.compaction(root, place),
            kind if RUNS.contains(&kind) => self.run(root, item, Channel::Turn, place),
            kind if ITEMS.contains(&kind) => self.out.bookkeeping(root, kind),
            _ => self.out.unknown(root),
        }
    }

    /// The beginning of a run whose end comes later. The end may leave out what was asked for.
    fn begin(&mut self, root: Node<'_>, run: Node<'_>, id: Option<String>, place: &Place) {
        let of_user = run.str_at("source").is_some_and(|s| s.replace('_', "").eq_ignore_ascii_case("usershell"));
        match called(run).filter(|(_, arguments)| arguments.is_some() && !of_user) {
            Some((name, arguments)) => {
                self.begun.extend(id.clone());
                self.push(root, vec![place.call(id, name, arguments)]);
            }
            None => self.out.bookkeeping(root, "the beginning of a run"),
        }
    }

    /// A call with its result in one record.
    fn run(&mut self, root: Node<'_>, run: Node<'_>, channel: Channel, place: &Place) {
        // The user ran it; what the agent was told of it is in the history.
        if run.str_at("source").is_some_and(|s| s.replace('_', "").eq_ignore_ascii_case("usershell")) {
            return self.out.bookkeeping(root, "a command of the user's own");
        }
        let id = transcript::string(run, &["call_id", "callId", "id"]);
        let repeated = id.as_ref().is_some_and(|id| self.sightings.answered.contains(id) || self.told.contains(id));
        let searched = query(run).is_some_and(|q| !self.sightings.is_new(Kind::Search, channel, &q));
        if repeated || searched {
            return self.out.bookkeeping(root, "a run that the model's history holds too");
        }
        self.told.extend(id.clone());
        let outcome = outcome::of_run(run);
        let mut items = Vec::new();
        let named = id.as_ref().is_some_and(|id| self.sightings.calls.contains(id) || self.begun.contains(id));
        if !named {
            let Some((name, arguments)) = called(run) else { return self.out.unread(root) };
            items.push(place.call(id.clone(), name, arguments));
        }
        let ended = !run.str_at("type").is_some_and(|t| t.ends_with("_begin") || t.ends_with("_request"));
        if ended && (outcome.transport != Transport::Unknown || outcome.content.is_some()) {
            items.push(place.result(id, None, outcome));
        }
        self.push(root, items);
    }
}

/// The tool that a run is of, and its arguments.
fn called(run: Node<'_>) -> Option<(Text, Option<Text>)> {
    let invocation = run.get("invocation").unwrap_or(run);
    let kind = run.get("type").and_then(Node::text)?;
    let own = || {
        let bare = ["_end", "_begin", "_tool_call", "_request", "_response"]
            .iter()
            .fold(kind.text.as_str(), |name, end| name.strip_suffix(end).unwrap_or(name));
        kind.slice(0, bare.len())
    };
    let name = invocation
        .get("tool")
        .and_then(Node::text)
        .or_else(|| run.get("kind").and_then(Node::text).filter(|_| kind.text == "Extension"));
    let name = name.or_else(own)?;
    let keys = [
        "arguments",
        "command",
        "changes",
        "action",
        "query",
        "path",
        "prompt",
        "revised_prompt",
        "receiver_thread_id",
    ];
    Some((name, invocation.any(&keys).map(Node::json_text)))
}

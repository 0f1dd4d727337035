//! Events of GitHub Copilot CLI: `events.jsonl` in the folders of `~/.copilot/session-state`.
//!
//! Source: the session events of the Copilot SDK (`session-events.schema.json`). A line is
//! `{type, data, id, timestamp, parentId}`.

mod said;

use super::mixed::Files;
use super::repeats::{REPEATED, Repeats};
use super::transcript::{self, Outcome, Place};
use super::{Document, Format};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::locator::{Loc, evidence_of};
use crate::model::{EventKind, KeyKind, ModelCall, Text, Transport};
use crate::node::Node;
use crate::time;
use said::{result, tells, user};

/// See the module's documentation.
pub struct CopilotCli;

/// Events by which the format is known.
const KNOWN: [&str; 14] = [
    "session.start",
    "session.resume",
    "user.message",
    "system.message",
    "assistant.message",
    "assistant.reasoning",
    "assistant.turn_start",
    "assistant.turn_end",
    "tool.execution_start",
    "tool.execution_complete",
    "subagent.started",
    "subagent.completed",
    "hook.start",
    "hook.end",
];

/// The first parts of the names of events that hold state, or repeat what messages and tools hold.
const BOOKS: [&str; 20] = [
    "session.",
    "hook.",
    "permission.",
    "user_input.",
    "elicitation.",
    "sampling.",
    "mcp.",
    "command.",
    "commands.",
    "external_tool.",
    "exit_plan_mode.",
    "capabilities.",
    "pending_messages.",
    "subagent.",
    "assistant.turn_",
    "assistant.intent",
    "assistant.streaming_delta",
    "assistant.message_",
    "assistant.reasoning_",
    "tool.execution_p",
];

impl Format for CopilotCli {
    fn name(&self) -> &'static str {
        "copilot-cli"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(kind) = root.str_at("type").filter(|_| root.get("data").is_some_and(Node::is_object)) else {
            return 0;
        };
        let enveloped = root.get("id").is_some() && root.get("timestamp").is_some();
        match (KNOWN.contains(&kind.as_ref()), enveloped) {
            (true, _) => 92,
            (false, true) if kind.contains('.') || kind == "abort" => 60,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut logs: Vec<Log> = Vec::new();
        let mut files = Files::default();
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let file = evidence_of(&out.bases, root.loc().base).unwrap_or_default();
            let started = root.has("type", "session.start").then(|| root.get("data")).flatten();
            let started = started.and_then(|data| transcript::string(data, &["sessionId"]));
            let other =
                |log: &Log| log.session.key_kind == KeyKind::Conversation && Some(&log.session.key) != started.as_ref();
            let begins = started.is_some() && files.last(file).and_then(|at| logs.get(at)).is_some_and(other);
            if begins || files.last(file).is_none() {
                files.open(file, logs.len());
                logs.push(Log { session: Session::new(doc.file, KeyKind::Position), ..Log::default() });
            }
            if let Some(log) = files.session_of(root, file, started.is_some()).and_then(|at| logs.get_mut(at)) {
                log.record(root, out);
            }
        }
        let mut sessions: Vec<Session> = logs.into_iter().map(|log| log.session).collect();
        files.name_mixed(&mut sessions);
        out.sessions.extend(sessions);
    }
}

struct Log {
    session: Session,
    /// Sub-agents by the call that started each.
    agents: HashMap<String, String>,
    /// Calls that were told.
    calls: HashSet<String>,
    /// Commands that the user ran, by the ID of the call.
    own: HashSet<String>,
    /// Where the message with an ID stands.
    messages: HashMap<String, Loc>,
    /// Shells by the ID of the call.
    shells: HashSet<String>,
    /// Reasoning that was told.
    reasoning: HashSet<String>,
    /// True where the tokens of the model calls are recorded.
    counted: bool,
    /// Calls that a hook denied, and whose results have not come yet.
    hooks_denied: usize,
    repeats: Repeats,
}

impl Default for Log {
    fn default() -> Self {
        Log {
            session: Session::new("", KeyKind::Position),
            agents: HashMap::default(),
            calls: HashSet::default(),
            own: HashSet::default(),
            messages: HashMap::default(),
            shells: HashSet::default(),
            reasoning: HashSet::default(),
            counted: false,
            hooks_denied: 0,
            repeats: Repeats::default(),
        }
    }
}

impl Log {
    fn record(&mut self, root: Node<'_>, out: &mut Output) {
        if self.repeats.again(root, &["id"]) {
            return out.bookkeeping(root, REPEATED);
        }
        let (Some(kind), Some(data)) = (root.str_at("type"), root.get("data")) else { return out.unknown(root) };
        let place = Place { time: root.get("timestamp").and_then(time::any), agent: self.agent(data), loc: root.loc() };
        let told = |what: &str, lost| place.event(EventKind::Context { what: what.to_owned(), lost });
        let items =
            match kind.as_ref() {
                "session.start" => {
                    if let Some(id) = transcript::string(data, &["sessionId"])
                        && self.session.key_kind == KeyKind::Position
                    {
                        (self.session.key, self.session.key_kind) = (id, KeyKind::Conversation);
                    }
                    return out.bookkeeping(root, &kind);
                }
                "user.message" => match user(data, &place) {
                    Some(items) => items,
                    None => return out.unread(root),
                },
                "assistant.message" => match self.answer(data, &place) {
                    Some(items) => items,
                    None => return out.unread(root),
                },
                "assistant.reasoning" => match data.get("content").and_then(Node::text) {
                    Some(text) if self.reasoning.insert(text.text.clone()) => {
                        vec![place.message(MsgRole::Assistant, vec![Part::Reasoning(text)])]
                    }
                    Some(_) => return out.bookkeeping(root, "reasoning that a message holds too"),
                    None => return out.unread(root),
                },
                "assistant.usage" => {
                    self.counted = true;
                    self.model_call(data, &["inputTokens"], &place);
                    Vec::new()
                }
                // The model reads what the user ran, as in any other program; the agent did not call it.
                "tool.user_requested" => match data.get("arguments").filter(|_| data.get("toolName").is_some()) {
                    Some(arguments) => {
                        self.own.extend(transcript::string(data, &["toolCallId"]));
                        let command = transcript::words(arguments, "command").unwrap_or_else(|| arguments.json_text());
                        place.said([(MsgRole::Harness, command)])
                    }
                    None => return out.unread(root),
                },
                "tool.execution_start" => {
                    let id = transcript::string(data, &["toolCallId"]);
                    if id.as_ref().is_some_and(|id| self.own.contains(id)) {
                        return out.bookkeeping(root, "the start of a command that the user ran");
                    }
                    if id.as_ref().is_some_and(|id| self.calls.contains(id)) {
                        return out.bookkeeping(root, "the start of a call that a message holds");
                    }
                    match self.call(data, "toolName", &place) {
                        Some(call) => vec![call],
                        None => return out.unread(root),
                    }
                }
                "tool.execution_complete" => {
                    let id = transcript::string(data, &["toolCallId"]);
                    let shell = id.as_ref().is_some_and(|id| self.shells.contains(id));
                    let outcome = result(data, shell).map(|outcome| match outcome.transport {
                        // The user was not asked.
                        Transport::Declined if self.hooks_denied > 0 => {
                            self.hooks_denied -= 1;
                            Outcome { transport: Transport::Error, ..outcome }
                        }
                        _ => outcome,
                    });
                    match outcome {
                        Some(outcome) if id.as_ref().is_some_and(|id| self.own.contains(id)) => {
                            place.said(outcome.content.or(outcome.error).map(|text| (MsgRole::Harness, text)))
                        }
                        Some(outcome) => vec![place.result(id, None, outcome)],
                        None => return out.unread(root),
                    }
                }
                "system.message" => match data.get("content").and_then(Node::text) {
                    Some(text) => place.said([(MsgRole::System, text)]),
                    None => return out.unread(root),
                },
                "system.notification" | "skill.invoked" => match transcript::words(data, "content") {
                    Some(text) => place.said([(MsgRole::Harness, text)]),
                    None => return out.bookkeeping(root, &kind),
                },
                // The session goes on elsewhere, from a summary.
                "session.warning" => match transcript::words(data, "message") {
                    Some(text) => place.said([(MsgRole::Harness, text)]),
                    None => return out.bookkeeping(root, &kind),
                },
                // A hook that lets a call pass says nothing; one that does not is why the call never ran.
                "hook.end" if said::denies(data) => {
                    self.hooks_denied += 1;
                    vec![place.event(said::guard(data).unwrap_or_else(|| EventKind::Context {
                        what: "a hook denied a call".to_owned(),
                        lost: false,
                    }))]
                }
                "session.handoff" => place.said(transcript::words(data, "summary").map(|t| (MsgRole::Harness, t))),
                "session.error" => {
                    vec![place.event(EventKind::Error {
                        text: data.any(&["message", "errorType"]).unwrap_or(data).json_text(),
                    })]
                }
                "abort" => vec![told("the user interrupted the agent", false)],
                "session.truncation" => {
                    vec![told("the history was cut: from here on the model did not see the earliest messages", true)]
                }
                "session.snapshot_rewind" => vec![told(transcript::WENT_BACK, true)],
                "session.compaction_complete" if data.get("success").and_then(Node::bool) != Some(false) => {
                    let summary = transcript::words(data, "summaryContent");
                    vec![place.message(MsgRole::Assistant, vec![Part::Compacted(summary)])]
                }
                "subagent.started" => {
                    let name = transcript::string(data, &["agentName", "agentDisplayName"]);
                    if let (Some(call), Some(name)) = (transcript::string(data, &["toolCallId"]), name) {
                        self.named(call, name);
                    }
                    return out.bookkeeping(root, &kind);
                }
                // A newer version may have kinds of the same families that hold words.
                kind if BOOKS.iter().any(|book| kind.starts_with(book)) && !tells(kind, data) => {
                    return out.bookkeeping(root, kind);
                }
                kind if BOOKS.iter().any(|book| kind.starts_with(book)) => return out.unread(root),
                _ => return out.unknown(root),
            };
        const HELD: [&str; 9] = [
            "toolRequests",
            "arguments",
            "result",
            "error",
            "attachments",
            "toolTelemetry",
            "shellToolInfo",
            "quotaSnapshots",
            "kind",
        ];
        match transcript::holds_unread(data, &HELD) {
            true => out.unread(root),
            false => out.mapped(root),
        }
        transcript::append(&mut self.session.items, items);
    }

    /// The sub-agent that an event belongs to.
    fn agent(&mut self, data: Node<'_>) -> Option<String> {
        let call = transcript::string(data, &["parentToolCallId"])?;
        if !self.agents.contains_key(&call) {
            self.named(call.clone(), format!("sub-agent {call}"));
        }
        self.agents.get(&call).cloned()
    }

    fn named(&mut self, call: String, name: String) {
        if self.agents.contains_key(&call) {
            return;
        }
        // Two of one name are two.
        let taken = self.agents.values().any(|known| *known == name);
        let name = if taken { format!("{name} ({call})") } else { name };
        self.session.sub_agents.push((name.clone(), Some(call.clone())));
        self.agents.insert(call, name);
    }

    fn answer(&mut self, data: Node<'_>, place: &Place) -> Option<Vec<Item>> {
        data.any(&["content", "toolRequests", "reasoningText"])?;
        if !self.counted && data.get("model").is_some() {
            self.model_call(data, &[], place);
        }
        let mut items = Vec::new();
        let thought = transcript::words(data, "reasoningText").filter(|t| self.reasoning.insert(t.text.clone()));
        items.extend(thought.map(|t| place.message(MsgRole::Assistant, vec![Part::Reasoning(t)])));
        let words = transcript::words(data, "content");
        let earlier = transcript::string(data, &["messageId"]).and_then(|id| match self.messages.get(&id) {
            Some(earlier) => Some(*earlier),
            None => self.messages.insert(id, place.loc),
        });
        // A message is written again when it has grown.
        let words = words.and_then(|words| self.grown(earlier, words));
        items.extend(place.said(words.map(|t| (MsgRole::Assistant, t))));
        for request in data.get("toolRequests").into_iter().flat_map(Node::items) {
            let id = transcript::string(request, &["toolCallId"]);
            if earlier.is_some() && id.is_some_and(|id| self.calls.contains(&id)) {
                continue;
            }
            items.push(self.call(request, "name", place)?);
        }
        Some(items)
    }

    /// Lets the words of an earlier version of a message grow into these; gives them back where there is none.
    fn grown(&mut self, earlier: Option<Loc>, words: Text) -> Option<Text> {
        let known = self.session.items.iter_mut().rev().find_map(|item| match item {
            Item::Message(msg) if Some(msg.loc) == earlier && msg.role == MsgRole::Assistant => {
                let grows = |part: &&mut Part| matches!(part, Part::Text(old) if words.text.starts_with(&old.text));
                msg.parts.iter_mut().find(grows)
            }
            _ => None,
        });
        match known {
            Some(part) => {
                *part = Part::Text(words);
                None
            }
            None => Some(words),
        }
    }

    fn call(&mut self, node: Node<'_>, key: &str, place: &Place) -> Option<Item> {
        let name = node.get(key).and_then(Node::text)?;
        let id = transcript::string(node, &["toolCallId"]);
        self.calls.extend(id.clone());
        if matches!(name.text.as_str(), "bash" | "shell" | "powershell") {
            self.shells.extend(id.clone());
        }
        Some(place.call(id, name, node.get("arguments").map(Node::json_text)))
    }

    fn model_call(&mut self, data: Node<'_>, input: &[&str], place: &Place) {
        let call = ModelCall {
            model: transcript::string(data, &["model"]),
            start: place.time,
            end: place.time,
            input_tokens: data.any(input).and_then(Node::i64),
            output_tokens: data.get("outputTokens").and_then(Node::i64),
            finish: None,
            loc: place.loc,
        };
        let (input, output, agent) = (Vec::new(), Vec::new(), place.agent.clone());
        self.session.items.push(Item::Model(ModelRun {
            call,
            input,
            output,
            agent,
            response_id: None,
            previous: None,
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Transport;
    use crate::test_support::{kinds, one, texts, transports};

    fn lines(events: &[(&str, &str)]) -> String {
        let line = |(i, (kind, data)): (usize, &(&str, &str))| {
            format!(
                r#"{{"type":"{kind}","data":{data},"id":"e{i}","timestamp":"2026-05-04T10:00:{i:02}Z","parentId":null}}"#
            )
        };
        events.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn calls_are_told_once_with_their_outcomes() {
        let trace = one(
            "events.jsonl",
            &lines(&[
                ("session.start", r#"{"sessionId":"c1","producer":"copilot-agent"}"#),
                (
                    "user.message",
                    r#"{"content":"Fix it","transformedContent":"<current_datetime>now</current_datetime>\n\nFix it"}"#,
                ),
                (
                    "assistant.message",
                    r#"{"content":"On it","model":"gpt-5","outputTokens":3,"toolRequests":[{"toolCallId":"t1","name":"bash","arguments":{"command":"make"}},{"toolCallId":"t2","name":"edit","arguments":{}}]}"#,
                ),
                ("tool.execution_start", r#"{"toolCallId":"t1","toolName":"bash","arguments":{"command":"make"}}"#),
                (
                    "tool.execution_complete",
                    r#"{"toolCallId":"t1","success":true,"result":{"content":"boom\n<exited with exit code 2>"}}"#,
                ),
                (
                    "tool.execution_complete",
                    r#"{"toolCallId":"t2","success":false,"error":{"message":"The user rejected this tool call.","code":"rejected"}}"#,
                ),
                ("session.usage_checkpoint", r#"{"totalNanoAiu":1}"#),
                ("abort", r#"{"reason":"user initiated"}"#),
            ]),
        );
        assert_eq!((trace.format, trace.key.as_str()), ("copilot-cli", "c1"));
        assert_eq!(transports(&trace), [Transport::Error, Transport::Declined]);
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "harness",
                "assistant",
                "call bash -> 5",
                "call edit -> 6",
                "result Error <- 3",
                "result Declined <- 4",
                "context lost=false"
            ]
        );
        assert_eq!(texts(&trace), ["Fix it", "<current_datetime>now</current_datetime>", "On it"]);
        assert_eq!(trace.models(), ["gpt-5"]);
    }

    #[test]
    fn events_of_a_sub_agent_belong_to_the_call_that_started_it() {
        let trace = one(
            "events.jsonl",
            &lines(&[
                ("session.start", r#"{"sessionId":"c1"}"#),
                ("user.message", r#"{"content":"Look"}"#),
                (
                    "assistant.message",
                    r#"{"content":"","toolRequests":[{"toolCallId":"t1","name":"task","arguments":{}}]}"#,
                ),
                ("subagent.started", r#"{"toolCallId":"t1","agentName":"explore"}"#),
                ("assistant.message", r#"{"parentToolCallId":"t1","content":"Searching","toolRequests":[]}"#),
                ("tool.execution_complete", r#"{"toolCallId":"t1","success":true,"result":{"content":"found"}}"#),
            ]),
        );
        assert_eq!(trace.sub_agents[0].name, "explore");
        assert_eq!(trace.sub_agents[0].call, Some(1));
        assert_eq!(trace.agents, ["explore"]);
    }

    #[test]
    fn the_users_own_commands_are_not_the_agents() {
        let trace = one(
            "events.jsonl",
            &lines(&[
                ("session.start", r#"{"sessionId":"c1"}"#),
                ("user.message", r#"{"content":"Look","attachments":[{"type":"file","path":"/w/a.png"}]}"#),
                ("tool.user_requested", r#"{"toolCallId":"t1","toolName":"bash","arguments":{"command":"id"}}"#),
                ("tool.execution_start", r#"{"toolCallId":"t1","toolName":"bash","arguments":{"command":"id"}}"#),
                ("tool.execution_complete", r#"{"toolCallId":"t1","success":true,"result":{"content":"root"}}"#),
            ]),
        );
        assert_eq!(
            (kinds(&trace), texts(&trace)),
            (vec!["user".into(), "harness".into(), "harness".into()], vec!["Look", "id", "root"])
        );
        assert!(trace.has_gap(&[crate::model::GapKind::NotRead]));
    }

    #[test]
    fn a_message_that_grew_is_told_once_and_unknown_words_are_a_gap() {
        let mut events = vec![
            ("session.start", r#"{"sessionId":"c1"}"#),
            ("user.message", r#"{"content":"Go"}"#),
            ("assistant.message", r#"{"messageId":"m","content":"On"}"#),
            ("assistant.message", r#"{"messageId":"m","content":"On it"}"#),
        ];
        assert_eq!(texts(&one("events.jsonl", &lines(&events))), ["Go", "On it"]);
        events.push(("session.new_thing", r#"{"content":"the agent paid"}"#));
        assert!(one("events.jsonl", &lines(&events)).has_gap(&[crate::model::GapKind::RecordsUnread]));
    }

    #[test]
    fn a_hook_that_denies_a_call_is_a_guard_and_not_the_user() {
        let file = lines(&[
            ("session.start", r#"{"sessionId":"s"}"#),
            ("user.message", r#"{"content":"Push it"}"#),
            (
                "assistant.message",
                r#"{"messageId":"m","content":"","toolRequests":[{"toolCallId":"c","name":"push","arguments":{}}]}"#,
            ),
            ("hook.start", r#"{"hookInvocationId":"h","hookType":"preToolUse"}"#),
            (
                "hook.end",
                r#"{"hookInvocationId":"h","hookType":"preToolUse","success":true,"output":{"permissionDecision":"deny","permissionDecisionReason":"main is frozen"}}"#,
            ),
            (
                "tool.execution_complete",
                r#"{"toolCallId":"c","success":false,"error":{"message":"main is frozen","code":"denied"}}"#,
            ),
            ("session.warning", r#"{"warningType":"mcp","message":"a server is down"}"#),
        ]);
        let trace = one("events.jsonl", &file);
        let told = kinds(&trace);
        assert!(told.contains(&"guardrail preToolUse Triggered".to_owned()), "{told:?}");
        assert_eq!(transports(&trace), [Transport::Error]);
        assert!(texts(&trace).contains(&"a server is down"));
    }
}

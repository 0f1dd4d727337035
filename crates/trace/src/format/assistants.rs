//! Threads of OpenAI's Assistants API: messages, runs and run steps, in any mixture of lists, objects and lines.
//!
//! After the API reference (`thread.message`, `thread.run`, `thread.run.step`). Lists come newest first; the times decide.

use super::{Document, Format, parts};
use crate::hash::{HashMap, HashSet};
use crate::item::{CallPart, Item, MsgRole, Output, Part, Session, Unread};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind, Stamp, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Assistants;

const KINDS: [&str; 4] = ["thread", "thread.message", "thread.run", "thread.run.step"];
/// Members of an export under which its objects stand.
const HOLDERS: [&str; 7] = ["data", "thread", "messages", "runs", "steps", "run_steps", "runSteps"];
const DEPTH: usize = 4;
/// What is told of messages alone.
const NO_STEPS: &str = "the file holds no run steps: tool calls and their results are not in it";

impl Format for Assistants {
    fn name(&self) -> &'static str {
        "openai-assistants"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if holds_one(root, 0) { 94 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut threads: Vec<Thread<'_>> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        for doc in out.until_stopped(docs) {
            let mut found = Vec::new();
            objects(doc.root, &mut found, 0, out);
            for node in found {
                let id = parts::word(node, &["thread_id"])
                    .or_else(|| parts::word(node, &["id"]).filter(|_| node.has("object", "thread")));
                let key = id.clone().unwrap_or_else(|| doc.file.to_owned());
                let kind = if id.is_some() { KeyKind::Conversation } else { KeyKind::Position };
                let at = *place.entry(key.clone()).or_insert_with(|| {
                    threads.push(Thread { session: Session::new(key, kind), objects: Vec::new() });
                    threads.len() - 1
                });
                if let Some(thread) = threads.get_mut(at) {
                    thread.objects.push(node);
                }
            }
        }
        threads.into_iter().for_each(|thread| thread.read(out));
    }
}

fn kind(node: Node<'_>) -> Option<&'static str> {
    KINDS.into_iter().find(|kind| node.has("object", kind))
}

fn holds_one(node: Node<'_>, depth: usize) -> bool {
    if depth > DEPTH {
        return false;
    }
    let listed = || node.is_array() && node.items().take(3).any(|item| holds_one(item, depth + 1));
    let held = || HOLDERS.iter().filter_map(|key| node.get(key)).any(|inner| holds_one(inner, depth + 1));
    kind(node).is_some_and(|kind| kind != "thread") || listed() || held()
}

/// The objects of an export. Whatever else stands in its lists is not understood.
fn objects<'d>(node: Node<'d>, found: &mut Vec<Node<'d>>, depth: usize, out: &mut Output) {
    if kind(node).is_some() {
        found.push(node);
        return;
    }
    if node.is_array() {
        for item in node.items() {
            match kind(item).is_some() || depth <= DEPTH && holds_one(item, depth + 1) {
                true => objects(item, found, depth + 1, out),
                false => out.unknown(item),
            }
        }
        return;
    }
    let inner = HOLDERS.iter().filter_map(|key| node.get(key)).filter(|n| n.is_array() || n.is_object());
    inner.take_while(|_| depth <= DEPTH).for_each(|inner| objects(inner, found, depth + 1, out));
}

struct Thread<'d> {
    session: Session,
    objects: Vec<Node<'d>>,
}

impl<'d> Thread<'d> {
    fn read(self, out: &mut Output) {
        let Thread { mut session, mut objects } = self;
        let made = |node: &Node<'d>| node.get("created_at").and_then(Node::i64);
        let mut seen = HashSet::default();
        // The same object may be in a list of messages and in a page of it.
        objects.retain(|node| parts::word(*node, &["id"]).is_none_or(|id| seen.insert(id)));
        let messages = || objects.iter().filter(|node| node.has("object", "thread.message")).filter_map(made);
        if messages().next() > messages().next_back() {
            objects.reverse();
        }
        // Times are whole seconds: what is made in one of them comes in the order in which a run makes it.
        objects.sort_by_key(|node| {
            let order = match (kind(*node), node.has("role", "user")) {
                (Some("thread"), _) => 0,
                (Some("thread.message"), true) => 1,
                (Some("thread.run"), _) => 2,
                (Some("thread.run.step"), _) => 3,
                _ => 4,
            };
            (made(node).unwrap_or(i64::MAX), order)
        });
        let spoken = objects.iter().any(|node| node.has("object", "thread.message"));
        if spoken && !objects.iter().any(|node| node.has("object", "thread.run.step")) {
            let loc = objects.first().map(|node| node.loc());
            session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what: NO_STEPS.to_owned(), loc, event: None });
        }
        let mut instructed = HashSet::default();
        for node in objects {
            match kind(node) {
                Some("thread.message") => session.items.push(message(node, out)),
                Some("thread.run") => run(node, &mut session, &mut instructed, out),
                Some("thread.run.step") => step(node, &mut session, out),
                _ => out.bookkeeping(node, "thread"),
            }
        }
        out.sessions.push(session);
    }
}

fn stamp(node: Node<'_>, keys: &[&str]) -> Option<Stamp> {
    node.any(keys).and_then(time::any)
}

fn message(node: Node<'_>, out: &mut Output) -> Item {
    let role = node.str_at("role").and_then(|word| payload::role(&word));
    let content = node.get("content");
    let mut said: Vec<Part> = match content.filter(|c| c.is_array()) {
        Some(list) => list.items().map(block).collect(),
        None => content.map(|c| c.text().map_or_else(|| payload::unread(c), Part::Text)).into_iter().collect(),
    };
    if role.is_none() || content.is_none() {
        said.push(payload::unread(node));
    }
    let files = node.get("attachments").into_iter().flat_map(Node::items);
    said.extend(
        files.map(|f| Part::Unread(Unread { kind: "file".to_owned(), attachment: true, length: 0, loc: f.loc() })),
    );
    let mut msg = parts::said(role.unwrap_or(MsgRole::Assistant), said, stamp(node, &["created_at"]), node.loc());
    msg.agent = parts::word(node, &["assistant_id"]).filter(|_| msg.role == MsgRole::Assistant);
    // An answer that was cut off by the run's end.
    msg.interrupted = node.has("status", "incomplete");
    out.message(node, &msg);
    Item::Message(msg)
}

fn block(node: Node<'_>) -> Part {
    let kind = node.str_at("type").unwrap_or_default();
    let words = node.get("text").map(|text| text.get("value").unwrap_or(text)).or_else(|| node.get("refusal"));
    match words.and_then(Node::text).filter(|_| matches!(kind.as_ref(), "text" | "refusal")) {
        Some(text) => Part::Text(text),
        None if kind == "image_file" => {
            Part::Unread(Unread { kind: kind.into_owned(), attachment: true, length: 0, loc: node.loc() })
        }
        None => payload::unread(node),
    }
}

fn run(node: Node<'_>, session: &mut Session, instructed: &mut HashSet<String>, out: &mut Output) {
    out.mapped(node);
    let start = stamp(node, &["started_at", "created_at"]);
    let made = stamp(node, &["created_at"]);
    if let Some(text) = node.get("instructions").and_then(Node::text).filter(|t| !t.text.trim().is_empty())
        && instructed.insert(text.text.clone())
    {
        let said = parts::said(MsgRole::System, vec![Part::Text(text)], made, node.loc());
        session.items.push(Item::Message(said));
    }
    session.tools.extend(node.get("tools").map(|tools| payload::tools(tools, &mut out.bases)).unwrap_or_default());
    let end = stamp(node, &["completed_at", "failed_at", "cancelled_at", "expires_at"]);
    let usage = |key: &str| node.get("usage").and_then(|u| u.get(key)).and_then(Node::i64);
    let tokens = (usage("prompt_tokens"), usage("completion_tokens"));
    session.items.push(parts::model_call(parts::word(node, &["model"]), tokens, start, end, node.loc()));
    // Calls that wait for what the program answers are in no step of their own yet.
    let waiting = node.get("required_action").and_then(|a| a.get("submit_tool_outputs")?.get("tool_calls"));
    let calls: Vec<Part> = waiting.into_iter().flat_map(Node::items).flat_map(|c| call(c).0).collect();
    if !calls.is_empty() {
        session.items.push(Item::Message(parts::said(MsgRole::Assistant, calls, start, node.loc())));
    }
    failure(node, end.or(start), session);
}

fn failure(node: Node<'_>, time: Option<Stamp>, session: &mut Session) {
    let error = node.get("last_error").filter(|e| e.is_object());
    let cut = || node.get("incomplete_details").and_then(|d| d.get("reason"));
    let Some(text) = error.map(|e| e.get("message").unwrap_or(e)).or_else(cut).map(Node::json_text) else { return };
    let kind = EventKind::Error { text };
    session.items.push(Item::Event(Event { kind, time, agent: None, model_call: None, loc: node.loc() }));
}

fn step(node: Node<'_>, session: &mut Session, out: &mut Output) {
    let details = node.get("step_details");
    let time = stamp(node, &["created_at"]);
    let end = stamp(node, &["completed_at", "failed_at", "cancelled_at", "expired_at"]).or(time);
    let Some(calls) = details.and_then(|d| d.get("tool_calls")).filter(|c| c.is_array()) else {
        match details.is_some_and(|d| d.has("type", "message_creation")) {
            true => out.bookkeeping(node, "a step that makes a message"),
            false => out.unread(node),
        }
        failure(node, end, session);
        return;
    };
    let (mut made, mut answers) = (Vec::new(), Vec::new());
    for item in calls.items() {
        let (part, answer) = call(item);
        // What OpenAI ran itself has an answer, which only a request for it puts into the step.
        let ran = node.has("status", "completed") && HOSTED.iter().any(|kind| item.has("type", kind));
        let answer = answer.or(ran.then_some((None, Transport::Ok)));
        made.extend(part);
        answers.extend(answer.map(|(content, transport)| {
            let id = parts::word(item, &["id"]);
            parts::result(id, None, content, transport, end, item.loc())
        }));
    }
    let msg = parts::said(MsgRole::Assistant, made, time, node.loc());
    out.message(node, &msg);
    session.items.push(Item::Message(msg));
    session.items.extend(answers.into_iter().map(Item::Message));
    failure(node, end, session);
}

/// Tools that OpenAI runs itself.
const HOSTED: [&str; 2] = ["code_interpreter", "file_search"];

type Answer = (Option<crate::model::Text>, Transport);

/// One call of a step, and its answer where it has one.
fn call(node: Node<'_>) -> (Option<Part>, Option<Answer>) {
    let id = parts::word(node, &["id"]);
    let kind = node.str_at("type").unwrap_or_default();
    let known = ["function", "code_interpreter", "file_search"].contains(&kind.as_ref());
    let Some(inner) = node.get(&kind).filter(|inner| known && inner.is_object()) else {
        return (Some(payload::unread(node)), None);
    };
    if kind == "function" {
        let output = inner.get("output");
        // A member of another name may be the answer.
        if inner.entries().any(|(key, _)| !["name", "arguments", "output"].contains(&key.as_ref())) {
            return (Some(payload::unread(node)), None);
        }
        let made =
            parts::call(node, id, inner.get("name").and_then(Node::text), inner.get("arguments").map(Node::json_text));
        return (Some(made), output.map(|output| (Some(output.json_text()), Transport::Unknown)));
    }
    // Code and searches that OpenAI runs itself.
    let arguments = inner.get("input").map(Node::json_text).or_else(|| Some(inner.json_text()));
    let made = Part::Call(CallPart { id, name: inner.key_text(&kind), arguments });
    let output = inner.any(&["outputs", "results"]).filter(|list| list.items().next().is_some());
    (Some(made), output.map(|output| (payload::answer_text(output), Transport::Unknown)))
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, reading, texts};
    use serde_json::{Value, json};

    fn thread() -> (Value, Value, Value) {
        let said = |id: &str, at: i64, role: &str, text: &str| {
            json!({"id": id, "object": "thread.message", "created_at": at, "thread_id": "thread_1", "role": role,
                "content": [{"type": "text", "text": {"value": text, "annotations": []}}]})
        };
        let messages = json!({"object": "list", "data": [said("msg_2", 1_777_888_804, "assistant", "It is pending."), said("msg_1", 1_777_888_800, "user", "Refund ch_42")]});
        let run = json!({"id": "run_1", "object": "thread.run", "created_at": 1_777_888_800, "thread_id": "thread_1", "status": "completed",
            "model": "gpt-x", "instructions": "Be kind", "completed_at": 1_777_888_805, "usage": {"prompt_tokens": 9, "completion_tokens": 3},
            "tools": [{"type": "function", "function": {"name": "refund", "parameters": {}}}]});
        let steps = json!({"object": "list", "data": [
            {"id": "step_2", "object": "thread.run.step", "created_at": 1_777_888_804, "thread_id": "thread_1", "type": "message_creation", "step_details": {"type": "message_creation", "message_creation": {"message_id": "msg_2"}}},
            {"id": "step_1", "object": "thread.run.step", "created_at": 1_777_888_801, "completed_at": 1_777_888_803, "thread_id": "thread_1", "type": "tool_calls", "step_details": {"type": "tool_calls", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "refund", "arguments": "{\"charge\":\"ch_42\"}", "output": "{\"status\":\"pending\"}"}},
                {"id": "call_2", "type": "code_interpreter", "code_interpreter": {"input": "1+1", "outputs": [{"type": "logs", "logs": "2"}]}}]}}]});
        (messages, run, steps)
    }

    const TOLD: [&str; 7] = [
        "system",
        "user",
        "call refund -> 4",
        "call code_interpreter -> 5",
        "result Unknown <- 2",
        "result Unknown <- 3",
        "assistant",
    ];

    #[test]
    fn messages_runs_and_steps_are_told_in_the_order_of_time() {
        let (messages, run, steps) = thread();
        let whole = json!({"thread": {"id": "thread_1", "object": "thread"}, "messages": messages, "runs": [run], "run_steps": steps});
        let lines = format!("{messages}\n{run}\n{steps}\n");
        for file in [whole.to_string(), lines] {
            let trace = one("thread.json", &file);
            let mut told = kinds(&trace);
            // The instructions are as old as the first message: a second tells no order.
            told[..2].sort();
            assert_eq!(told, TOLD);
            assert_eq!((trace.key.as_str(), trace.models(), trace.tools.len()), ("thread_1", vec!["gpt-x"], 1));
            assert!(texts(&trace).contains(&"It is pending.") && trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    #[test]
    fn a_list_of_messages_alone_is_read_oldest_first() {
        let trace = one("m.json", &thread().0.to_string());
        assert_eq!(texts(&trace), ["Refund ch_42", "It is pending."]);
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]), "{:?}", trace.gaps);
    }

    #[test]
    fn runs_that_failed_or_wait_are_told() {
        let (messages, mut run, _) = thread();
        run["last_error"] = json!({"code": "server_error", "message": "Sorry, it broke"});
        run["required_action"] = json!({"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [
            {"id": "call_9", "type": "function", "function": {"name": "refund", "arguments": "{}"}}]}});
        let reading = reading("t.json", &json!({"messages": messages, "runs": [run]}).to_string());
        let told = kinds(&reading.sessions[0]);
        assert!(told.contains(&"call refund -> none".to_owned()) && told.contains(&"error Sorry, it broke".to_owned()));
    }
}

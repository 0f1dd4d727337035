//! SWE-agent trajectories (`.traj`): `{environment, trajectory, history, info}`, after `sweagent/types.py`.
//!
//! The history tells the conversation and has the calls' IDs. Where it is missing, the trajectory tells each step: what the
//! agent thought, its action (a command), and the observation. Demonstrations in the history are examples that the program
//! shows to the agent.

use super::{Document, Format, parts, voice};
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Text, Transport};
use crate::node::Node;
use crate::notation::Notation;
use crate::payload;
use std::borrow::Cow;

/// See the module's documentation.
pub struct SweAgent;

impl Format for SweAgent {
    fn name(&self) -> &'static str {
        "swe-agent"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let step = list(root, "trajectory").and_then(|t| t.items().next());
        let step = step.is_some_and(|s| s.any(&["action", "observation", "thought"]).is_some());
        let entries = || list(root, "history").into_iter().flat_map(Node::items).take(8);
        let entry = entries().any(|h| {
            h.get("role").is_some() && h.any(&["message_type", "thought", "is_demo", "tool_call_ids"]).is_some()
        });
        let old = entries().any(|h| h.get("role").is_some() && h.get("agent").is_some());
        match (step, entry || old) {
            (true, _) if root.any(&["environment", "history", "info"]).is_some() => 94,
            (_, true) => 85,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let mut session = Session::new(doc.position_key(), KeyKind::Position);
            let history = list(doc.root, "history").filter(|h| h.items().next().is_some());
            let steps = || list(doc.root, "trajectory").into_iter().flat_map(Node::items);
            match history {
                Some(history) => {
                    told(history, &steps().collect::<Vec<_>>(), &mut session, out);
                    // The history may have ended, or been cut, before the run did.
                    let acted = history.items().filter(|entry| is_turn(*entry)).count();
                    for (at, node) in steps().enumerate() {
                        match at < acted || in_history(node, history) {
                            true => out.bookkeeping(node, "a step that is also in the history"),
                            false => step(node, &mut session, out),
                        }
                    }
                }
                None => {
                    steps().for_each(|node| step(node, &mut session, out));
                    session.gaps.extend(steps().next().map(untasked));
                }
            }
            let info = doc.root.get("info");
            let exit = info.and_then(|i| i.get("exit_status"));
            if let Some(exit) = exit.and_then(|e| voice::failure(e, None)) {
                session.items.push(exit);
            }
            if info.is_some() {
                out.bookkeeping(doc.root, "state and cost of the run");
            }
            out.sessions.push(session);
        }
    }
}

fn list<'d>(root: Node<'d>, key: &str) -> Option<Node<'d>> {
    root.get(key).filter(|l| l.is_array())
}

/// True for an answer of the agent in its own run.
fn is_turn(entry: Node<'_>) -> bool {
    let shown = entry.has("message_type", "demonstration") || entry.get("is_demo").and_then(Node::bool) == Some(true);
    entry.has("role", "assistant") && !shown
}

/// True for a step whose action or answer the history holds.
fn in_history(step: Node<'_>, history: Node<'_>) -> bool {
    let own = |keys: &[&str]| step.any(keys).and_then(Node::str).map(|text| text.trim().to_owned());
    let (action, answer) = (own(&["action"]), own(&["response"]));
    let is = |entry: Node<'_>, key: &str, text: &Option<String>| {
        text.as_ref().is_some_and(|text| !text.is_empty() && entry.str_at(key).is_some_and(|own| own.trim() == text))
    };
    history
        .items()
        .filter(|entry| is_turn(*entry))
        .any(|entry| is(entry, "action", &action) || is(entry, "content", &answer))
}

/// What is said of steps without the history, in which the task stands.
fn untasked(first: Node<'_>) -> Gap {
    let what = "the file does not contain the history of the run, so the agent's task is missing".to_owned();
    Gap { kind: GapKind::HistoryMissing, what, loc: Some(first.loc()), event: None }
}

fn told(history: Node<'_>, steps: &[Node<'_>], session: &mut Session, out: &mut Output) {
    let mut asked = false;
    let mut waiting = false;
    // The step that an answer of the agent is in, with what it observed.
    let whole = |acted: usize, action: &Option<Cow<'_, str>>| {
        let step = steps.get(acted.checked_sub(1)?).filter(|step| step.get("action").and_then(Node::str) == *action)?;
        step.get("observation")
    };
    let mut acted = 0;
    let mut action = None;
    for entry in history.items() {
        let kind = entry.str_at("message_type").unwrap_or_default();
        if kind == "demonstration" || entry.get("is_demo").and_then(Node::bool) == Some(true) {
            out.bookkeeping(entry, "a demonstration");
            continue;
        }
        let content = entry.get("content");
        let words = |role| {
            let found = content.map_or_else(|| vec![payload::unread(entry)], payload::as_parts);
            parts::said(role, found, None, entry.loc())
        };
        let mut msg = match entry.str_at("role").as_deref() {
            Some("system") => words(MsgRole::System),
            Some("assistant") => {
                let msg = assistant(entry);
                acted += 1;
                action = entry.get("action").and_then(Node::str);
                waiting = msg.parts.iter().any(|p| matches!(p, Part::Call(_)));
                msg
            }
            Some("tool") => {
                let ids = entry.get("tool_call_ids").and_then(|ids| ids.items().next()).and_then(Node::str);
                let id = ids.map(|id| id.into_owned()).or_else(|| parts::word(entry, &["tool_call_id"]));
                answer(entry, id, whole(acted, &action))
            }
            // Without calls of the API, an observation comes in the user's name.
            Some("user") if waiting && (kind == "observation" || asked) => {
                waiting = false;
                answer(entry, None, whole(acted, &action))
            }
            Some("user") if !asked => {
                asked = true;
                words(MsgRole::User)
            }
            // Later words in the user's name are the program's: the user only sets the task.
            Some("user") => words(MsgRole::Harness),
            _ => payload::unread_message(entry, MsgRole::Assistant),
        };
        if entry.has("agent", "main") || msg.role != MsgRole::Assistant {
            msg.agent = None;
        } else {
            msg.agent = parts::word(entry, &["agent"]);
        }
        out.message(entry, &msg);
        session.items.push(Item::Message(msg));
    }
}

/// What came of a call. The history may hold only that it was once there, to save the model's context; its step has the `whole`.
fn answer(entry: Node<'_>, id: Option<String>, whole: Option<Node<'_>>) -> Msg {
    let told = entry.get("content").and_then(payload::answer_text);
    let elided = told.as_ref().is_some_and(|told| payload::is_cut(&told.text));
    let whole = whole.filter(|_| elided).and_then(payload::answer_text).filter(|whole| !payload::is_cut(&whole.text));
    match whole.or(told) {
        Some(content) => parts::result(id, None, Some(content), Transport::Unknown, None, entry.loc()),
        None => payload::unread_message(entry, MsgRole::Tool),
    }
}

fn assistant(entry: Node<'_>) -> Msg {
    let mut found = Vec::new();
    for block in entry.get("thinking_blocks").into_iter().flat_map(Node::items) {
        found.extend(block.get("thinking").and_then(Node::text).map(Part::Reasoning));
    }
    let content = entry.get("content");
    if entry.get("tool_calls").is_some_and(|calls| calls.items().next().is_some()) {
        found.extend(content.map(payload::as_parts).unwrap_or_default());
        found.extend(
            payload::message(entry)
                .into_iter()
                .flat_map(|m| m.parts)
                .filter(|p| matches!(p, Part::Call(_) | Part::Unread(_))),
        );
        return parts::said(MsgRole::Assistant, found, None, entry.loc());
    }
    let thought = entry.get("thought").and_then(Node::text);
    match entry.get("action").and_then(Node::text).filter(|a| !a.text.trim().is_empty()) {
        Some(action) => {
            found.extend(thought.and_then(|t| t.trimmed(0, t.text.len())).map(Part::Text));
            let name = entry.get("action").map(|a| a.key_text("action"));
            found.extend(name.and_then(|name| command(name, &action)));
        }
        None => found.extend(content.map_or_else(|| vec![payload::unread(entry)], payload::as_parts)),
    }
    parts::said(MsgRole::Assistant, found, None, entry.loc())
}

/// A command that the record gives no tool for is a call of its own key's name.
fn command(name: Text, action: &Text) -> Option<Part> {
    let arguments = action.rewritten(Notation::Command)?;
    Some(Part::Call(CallPart { id: None, name, arguments: Some(arguments) }))
}

fn step(node: Node<'_>, session: &mut Session, out: &mut Output) {
    let mut found = Vec::new();
    let thought = node.any(&["thought", "response"]).and_then(Node::text);
    found.extend(thought.and_then(|t| t.trimmed(0, t.text.len())).map(Part::Text));
    let action = node.get("action").and_then(Node::text).filter(|a| !a.text.trim().is_empty());
    let acts = action.is_some();
    let called = action.and_then(|a| command(node.get("action")?.key_text("action"), &a));
    let answered = node.get("observation").and_then(payload::answer_text).filter(|t| acts || !t.text.is_empty());
    if called.is_none() && answered.is_some() {
        found.push(payload::unread(node));
    }
    let acted = called.is_some();
    found.extend(called);
    if found.is_empty() {
        out.unknown(node);
        return;
    }
    let msg = parts::said(MsgRole::Assistant, found, None, node.loc());
    out.message(node, &msg);
    session.items.push(Item::Message(msg));
    if let Some(content) = answered.filter(|_| acted) {
        session.items.push(Item::Message(parts::result(
            None,
            None,
            Some(content),
            Transport::Unknown,
            None,
            node.loc(),
        )));
    }
    if let Some(text) = node.get("error").and_then(Node::text) {
        session.items.push(voice::event(EventKind::Error { text }, None, None, node.loc()));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, GapKind};
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn a_history_with_calls_tells_each_once() {
        let traj = r#"{"environment":"e","trajectory":[{"action":"ls","observation":"a","thought":"look"}],"history":[
            {"role":"system","content":"S","agent":"main","message_type":"system_prompt"},
            {"role":"user","content":"an example","agent":"main","message_type":"demonstration","is_demo":true},
            {"role":"user","content":"Fix it","agent":"main","message_type":"observation"},
            {"role":"assistant","content":"I look","thought":"I look","action":"ls","agent":"main","message_type":"action","tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]},
            {"role":"tool","content":[{"type":"text","text":"a.py"}],"tool_call_ids":["c1"],"agent":"main","message_type":"observation"},
            {"role":"assistant","content":"Done","agent":"main"}],"info":{"exit_status":"submitted (exit_error)"}}"#;
        let trace = one("t.traj", traj);
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "assistant",
                "call bash -> 4",
                "result Unknown <- 3",
                "assistant",
                "error submitted (exit_error)"
            ]
        );
        assert_eq!((texts(&trace), trace.gaps.len()), (vec!["S", "Fix it", "I look", "Done"], 0));
    }

    #[test]
    fn commands_without_calls_of_the_api_are_calls() {
        let history = r#"{"history":[{"role":"system","content":"S","agent":"primary"},{"role":"user","content":"Fix it","agent":"primary"},
            {"role":"assistant","content":"Look\n```\nls -l\n```","thought":"Look\n","action":"ls -l\n","agent":"primary"},{"role":"user","content":"a.py","agent":"primary"}]}"#;
        let steps = r#"{"environment":"e","trajectory":[{"action":"ls -l\n","observation":"a.py","thought":"Look","response":"Look ..."}],"info":{}}"#;
        for (file, before) in [(history, 2), (steps, 0)] {
            let trace = one("t.traj", file);
            let told = format!("call action -> {}", before + 2);
            assert_eq!(
                kinds(&trace)[before..],
                ["assistant".to_owned(), told, format!("result Unknown <- {}", before + 1)]
            );
            let arguments = trace.events.iter().find_map(|e| match &e.kind {
                EventKind::ToolCall { arguments: Some(a), .. } => Some(a.text.clone()),
                _ => None,
            });
            assert_eq!(arguments.as_deref(), Some(r#"{"command":"ls -l\n"}"#));
            // Without a history, nothing says what the task was.
            let told: Vec<_> = trace.gaps.iter().map(|gap| gap.kind).collect();
            assert_eq!(told, if before == 0 { vec![GapKind::HistoryMissing] } else { vec![] });
        }
    }

    #[test]
    fn an_entry_without_words_is_a_gap() {
        let damaged = r#"{"history":[{"role":"user","body":"Fix it","agent":"a"},{"role":"assistant","content":"ok","agent":"a"}]}"#;
        assert!(one("t.traj", damaged).has_gap(&[GapKind::InputDropped]));
    }

    #[test]
    fn steps_that_the_history_lacks_are_told() {
        let traj = r#"{"environment":"e","trajectory":[{"action":"ls","observation":"a","thought":"look","response":"look"},{"action":"make","observation":"ok","thought":"build","response":"build"}],"history":[
            {"role":"system","content":"S","agent":"main"},{"role":"user","content":"Fix it","agent":"main"},
            {"role":"assistant","content":"look","thought":"look","action":"ls","agent":"main"},{"role":"user","content":"a","agent":"main"}],"info":{}}"#;
        let trace = one("t.traj", traj);
        assert_eq!(texts(&trace), ["S", "Fix it", "look", "build"]);
        assert_eq!(kinds(&trace).iter().filter(|kind| kind.starts_with("call")).count(), 2);
    }

    #[test]
    fn an_elided_observation_is_taken_from_its_step_and_the_exit_is_no_unread_part() {
        let traj = r#"{"environment":"e","trajectory":[{"action":"ls src","observation":"all of it","thought":"look"},{"action":"","observation":"","response":"Exit due to cost limit","thought":"Exit due to cost limit"}],"history":[
            {"role":"user","content":"Fix it","agent":"main"},
            {"role":"assistant","content":"look","thought":"look","action":"ls src","agent":"main","message_type":"action"},
            {"role":"user","content":"Old environment output: (40 lines omitted)","agent":"main","message_type":"observation"}],"info":{}}"#;
        let trace = one("t.traj", traj);
        let read = trace.events.iter().any(|e| matches!(&e.kind, EventKind::ToolResult { content: Some(c), .. } if c.text.as_ref() as &str == "all of it"));
        assert!(read && trace.gaps.is_empty(), "{:?}", trace.gaps);
    }
}

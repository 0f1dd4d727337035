//! Sessions of Agno (`AgentSession.to_dict`): `{session_id, runs: [{run_id, messages, input, content, status}]}`, and the run of a
//! team by itself (`TeamRunOutput.to_dict`). A run of an agent by itself is a list of chat messages.
//!
//! A run may begin with messages of earlier ones, which are marked as history, and repeats the instructions.

mod team;

use super::{Document, Format, exchange};
use crate::hash::HashSet;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Agno;

impl Format for Agno {
    fn name(&self) -> &'static str {
        "agno"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if team::is_run(root) {
            return 92;
        }
        let Some(runs) = root.get("runs").filter(|_| root.get("session_id").is_some_and(Node::is_str)) else {
            return 0;
        };
        let own = |run: Node<'_>| {
            let who = run.any(&["agent_id", "team_id", "agent_name", "team_name"]).is_some();
            who && run.get("run_id").is_some() && run.any(&["messages", "content", "input"]).is_some()
        };
        if runs.items().take(4).any(own) { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            if team::is_run(doc.root) {
                team::read(doc, out);
                continue;
            }
            let id = doc.root.str_at("session_id").unwrap_or_default();
            let mut session = Session::new(id, KeyKind::Conversation);
            session.user(doc.root.get("user_id"));
            let mut told = Told::default();
            for run in doc.root.get("runs").into_iter().flat_map(Node::items) {
                read_run(run, &mut told, &mut session, out);
            }
            session.gaps.extend(told.members.and_then(|(count, run)| missing(&members(count), run)));
            out.sessions.push(session);
        }
    }
}

/// What earlier runs of a session told.
#[derive(Default)]
struct Told<'d> {
    messages: HashSet<String>,
    instructions: Option<String>,
    /// Runs of the members of a team, which the team's own run started, and the first of them.
    members: Option<(usize, Node<'d>)>,
}

fn members(count: usize) -> String {
    match count {
        1 => "a run of a member of the team was not read: the record does not say which call started it".to_owned(),
        n => format!("{n} runs of members of the team were not read: the record does not say which calls started them"),
    }
}

fn missing(what: &str, run: Node<'_>) -> Option<Gap> {
    Some(Gap { kind: GapKind::ContentNotCaptured, what: what.to_owned(), loc: Some(run.loc()), event: None })
}

fn read_run<'d>(run: Node<'d>, told: &mut Told<'d>, session: &mut Session, out: &mut Output) {
    if run.get("parent_run_id").is_some_and(Node::is_str) {
        out.bookkeeping(run, "a run of a member of the team");
        let (count, first) = told.members.unwrap_or((0, run));
        told.members = Some((count + 1, first));
        return;
    }
    let agent = run.any(&["agent_name", "team_name"]).and_then(Node::str);
    let mut messages = Vec::new();
    for node in run.get("messages").into_iter().flat_map(Node::items) {
        if told.again(node) {
            out.bookkeeping(node, "a message told before");
            continue;
        }
        let Some(mut msg) = payload::message(node) else {
            out.unknown(node);
            messages.push(payload::unread_message(node, MsgRole::Assistant));
            continue;
        };
        out.message(node, &msg);
        msg.time = exchange::time(node);
        if msg.role == MsgRole::Assistant {
            msg.agent = agent.as_ref().map(|name| name.to_string());
        }
        messages.push(msg);
    }
    let failed = run.has("status", "ERROR");
    if run.get("messages").is_none_or(|list| list.items().next().is_none()) {
        messages.extend(without_messages(run, failed));
        match messages.is_empty() && !failed {
            true => out.unread(run),
            false => out.mapped(run),
        }
        let what = "a run was stored without its messages: what the user said and the last answer are there, calls and results are not";
        session.gaps.extend(missing(what, run));
    }
    let model = run.str_at("model").map(|model| model.into_owned());
    // The runs of a session are one conversation: the same words in two runs were said twice.
    match session.items.iter_mut().rev().find_map(|item| if let Item::Transcript(t) = item { Some(t) } else { None }) {
        Some(known) => {
            known.messages.extend(messages);
            known.model = known.model.take().filter(|known| Some(known) == model.as_ref());
        }
        None => session.items.push(Item::Transcript(Transcript { messages, model })),
    }
    if let Some(text) = run.get("content").filter(|_| failed).and_then(Node::text) {
        let time = run.any(&["updated_at", "created_at"]).and_then(time::any);
        let agent = agent.map(|name| name.into_owned());
        let kind = EventKind::Error { text };
        session.items.push(Item::Event(Event { kind, time, agent, model_call: None, loc: run.loc() }));
    }
}

/// What a run says that keeps no messages.
fn without_messages(run: Node<'_>, failed: bool) -> Vec<Msg> {
    let asked = run.get("input").and_then(|input| input.get("input_content"));
    let answered = run.get("content").filter(|_| !failed);
    let said = |words: Option<Node<'_>>, role| {
        let text = words?.text().filter(|text| !text.text.trim().is_empty())?;
        let mut msg = Msg::new(role, text.loc);
        msg.time = run.get("created_at").and_then(time::any);
        msg.parts.push(Part::Text(text));
        Some(msg)
    };
    [said(asked, MsgRole::User), said(answered, MsgRole::Assistant)].into_iter().flatten().collect()
}

impl Told<'_> {
    /// True for history that an earlier run told, and for instructions in the same words as before.
    fn again(&mut self, node: Node<'_>) -> bool {
        if node.has("role", "system") || node.has("role", "developer") {
            let words = node.get("content").map(|content| content.json_text().text);
            let known = words.is_some() && words == self.instructions;
            self.instructions = words;
            return known;
        }
        let Some(id) = node.str_at("id").filter(|id| !id.is_empty()) else { return false };
        let known = !self.messages.insert(id.into_owned());
        known && node.get("from_history").and_then(Node::bool) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    fn message(id: &str, role: &str, more: &str) -> String {
        format!(r#"{{"id":"{id}","role":"{role}","created_at":1777888800,{more}}}"#)
    }

    fn run(messages: &[String], more: &str) -> String {
        format!(
            r#"{{"run_id":"r","agent_id":"desk","agent_name":"Desk","model":"m","status":"COMPLETED","messages":[{}]{more}}}"#,
            messages.join(",")
        )
    }

    fn session(runs: &[String]) -> String {
        format!(
            r#"{{"session_id":"s","agent_id":"desk","user_id":"ana","session_data":{{}},"runs":[{}]}}"#,
            runs.join(",")
        )
    }

    #[test]
    fn the_runs_of_a_session_are_one_conversation() {
        let system = |id: &str| message(id, "system", r#""content":"Be kind.","from_history":false"#);
        let yes = |id: &str| message(id, "user", r#""content":"yes","from_history":false"#);
        let done = |id: &str| message(id, "assistant", r#""content":"Okay.","from_history":false"#);
        let call = message(
            "3",
            "assistant",
            r#""content":"Looking.","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}}]"#,
        );
        let result = message(
            "4",
            "tool",
            r#""content":"not there","tool_call_id":"c1","tool_name":"look","tool_call_error":true"#,
        );
        let history = |line: String| line.replace("\"from_history\":false", "\"from_history\":true");
        let file = session(&[
            run(&[system("1"), yes("2"), call, result, done("5")], ""),
            run(&[system("6"), history(yes("2")), history(done("5")), yes("7"), done("8")], ""),
            run(&[system("9"), yes("10"), done("11")], ""),
        ]);
        let trace = one("s.json", &file);
        assert_eq!((trace.format, trace.key.as_str()), ("agno", "s"));
        assert_eq!(texts(&trace), ["Be kind.", "yes", "Looking.", "Okay.", "yes", "Okay.", "yes", "Okay."]);
        assert!(kinds(&trace).contains(&"result Error <- 3".to_owned()), "{:?}", kinds(&trace));
        assert!(trace.gaps.is_empty() && trace.agents == ["Desk"], "{:?}", trace.gaps);
        assert_eq!((trace.models(), trace.users.len()), (vec!["m"], 1));
    }

    #[test]
    fn what_is_not_stored_or_not_known_is_said() {
        let stored = r#","input":{"input_content":"Where is it?"},"content":"On its way.""#;
        let trace = one("s.json", &session(&[run(&[], stored)]));
        assert_eq!(texts(&trace), ["Where is it?", "On its way."]);
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
        let said = [message("1", "user", r#""content":"Hello""#), message("2", "assistant", r#""content":"Hi""#)];
        let member = run(&[message("3", "user", r#""content":"Look it up""#)], r#","parent_run_id":"r""#);
        let trace = one("s.json", &session(&[run(&said, ""), member]));
        assert_eq!(texts(&trace), ["Hello", "Hi"]);
        assert!(trace.gaps.iter().any(|g| g.what.contains("a run of a member")), "{:?}", trace.gaps);
        let failed = run(&said[..1], r#","content":"out of capacity""#).replace("COMPLETED", "ERROR");
        assert_eq!(kinds(&one("s.json", &session(&[failed]))), ["user", "error out of capacity"]);
    }
}

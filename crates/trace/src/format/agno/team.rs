//! The run of a team by itself, with the runs of its members: what a member did belongs to the call that gave it its task.

use super::super::{Document, exchange, parts};
use super::{members, missing};
use crate::item::{Item, MsgRole, Output, Part, Session, ToolRun};
use crate::model::{KeyKind, Transport};
use crate::node::Node;
use crate::payload;

/// True for the run of a team that holds its members' runs.
pub fn is_run(root: Node<'_>) -> bool {
    let members = root.get("member_responses").and_then(|list| list.items().next());
    let of_team = root.get("run_id").is_some() && root.any(&["team_id", "team_name"]).is_some();
    of_team
        && root.get("messages").is_some_and(Node::is_array)
        && members.is_some_and(|run| run.get("run_id").is_some())
}

/// Reads one.
pub fn read(doc: &Document<'_>, out: &mut Output) {
    let root = doc.root;
    let (key, kind) = match root.str_at("session_id") {
        Some(id) => (id.into_owned(), KeyKind::Conversation),
        None => (doc.position_key(), KeyKind::Position),
    };
    let mut session = Session::new(key, kind);
    session.user(root.get("user_id"));
    let mut told = Told { unplaced: None };
    told.run(root, None, 0, &mut session, out);
    session.gaps.extend(told.unplaced.and_then(|(count, run)| missing(&members(count), run)));
    out.sessions.push(session);
}

/// Teams in teams.
const DEPTH: usize = 16;

struct Told<'d> {
    /// Runs whose calls are not known, and the first of them.
    unplaced: Option<(usize, Node<'d>)>,
}

impl<'d> Told<'d> {
    /// Reads a run; `within` is the ID of the run, if it is a member's.
    fn run(&mut self, run: Node<'d>, within: Option<&String>, depth: usize, session: &mut Session, out: &mut Output) {
        let model = parts::word(run, &["model"]);
        let name = parts::word(run, &["agent_name", "team_name"]);
        let mut waiting: Vec<Node<'d>> = run.get("member_responses").into_iter().flat_map(Node::items).collect();
        let answers = answers(run);
        for node in run.get("messages").into_iter().flat_map(Node::items) {
            let Some(mut msg) = payload::message(node) else {
                out.unknown(node);
                let unread = payload::unread_message(node, MsgRole::Assistant);
                session.items.push(Item::Message(unread).within(within));
                continue;
            };
            out.message(node, &msg);
            msg.time = exchange::time(node);
            if msg.role == MsgRole::Assistant {
                msg.agent.clone_from(&name);
                if model.is_some() {
                    let call = parts::model_call(model.clone(), (None, None), None, None, node.loc());
                    session.items.push(call.within(within));
                }
            }
            let calls: Vec<_> =
                msg.parts.iter().filter_map(|p| if let Part::Call(c) = p { Some(c.clone()) } else { None }).collect();
            session.items.push(Item::Message(msg).within(within));
            for call in calls {
                let answer =
                    answers.iter().find(|(id, _)| call.id.as_ref() == Some(id)).map(|(_, words)| words.as_str());
                let given = call.arguments.as_ref().map(|a| a.text.as_str()).unwrap_or_default();
                let Some(at) = waiting.iter().position(|member| works_for(*member, given, answer)) else { continue };
                if depth == DEPTH {
                    continue;
                }
                let member = waiting.remove(at);
                let Some(id) = parts::word(member, &["run_id"]) else { continue };
                // Only says which call the member works for: the result stands among the messages.
                let bound = ToolRun {
                    id: call.id,
                    name: call.name,
                    arguments: None,
                    content: None,
                    transport: Transport::Missing,
                    error: None,
                    start: None,
                    end: None,
                    agent: None,
                    span: Some((id.clone(), None)),
                    loc: member.loc(),
                };
                session.items.push(Item::Tool(bound).within(within));
                self.run(member, Some(&id), depth + 1, session, out);
            }
        }
        for member in waiting {
            out.bookkeeping(member, "a run of a member of the team");
            let (count, first) = self.unplaced.unwrap_or((0, member));
            self.unplaced = Some((count + 1, first));
        }
    }
}

/// The IDs of calls and what they were answered.
fn answers(run: Node<'_>) -> Vec<(String, String)> {
    let told = run.get("messages").into_iter().flat_map(Node::items);
    told.filter_map(|msg| Some((parts::word(msg, &["tool_call_id"])?, msg.get("content")?.json_text().text))).collect()
}

/// True for a member's run that was given words which a call gave, or whose last words are what the call was answered.
fn works_for(member: Node<'_>, given: &str, answer: Option<&str>) -> bool {
    let words = |node: Option<Node<'_>>| node.and_then(Node::text).map(|t| t.text).filter(|t| !t.trim().is_empty());
    let task = words(member.get("input").and_then(|input| input.get("input_content")));
    let task = task.or_else(|| words(member.get("messages")?.items().find(|m| m.has("role", "user"))?.get("content")));
    let quoted = task.and_then(|task| serde_json::to_string(&task).ok());
    let asked = quoted.map(|quoted| given.contains(&quoted));
    let gave = words(member.get("content")).zip(answer).is_some_and(|(said, answer)| said.trim() == answer.trim());
    asked.unwrap_or(gave)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one};
    use serde_json::{Value, json};

    fn team(task: &str) -> Value {
        let call = |id: &str, name: &str, arguments: Value| json!({"role": "assistant", "content": "", "tool_calls": [{"id": id, "type": "function", "function": {"name": name, "arguments": arguments.to_string()}}]});
        let result = |id: &str, words: &str| json!({"role": "tool", "tool_call_id": id, "content": words, "tool_call_error": false});
        let member = json!({"run_id": "r2", "parent_run_id": "r1", "agent_id": "sommelier", "agent_name": "sommelier", "content": "A dry one", "input": {"input_content": "Find a wine"}, "messages": [
            {"role": "user", "content": "Find a wine"}, call("w1", "cellar", json!({"dry": true})), result("w1", "Riesling"), {"role": "assistant", "content": "A dry one"},
        ]});
        json!({"run_id": "r1", "team_id": "t", "team_name": "house", "session_id": "s", "content": "Take the dry one.", "model": "m", "status": "COMPLETED", "messages": [
            {"role": "user", "content": "What goes with fish?"},
            call("d1", "delegate_task_to_member", json!({"member_id": "sommelier", "task": task})),
            result("d1", "A dry one"),
            {"role": "assistant", "content": "Take the dry one."},
        ], "member_responses": [member]})
    }

    #[test]
    fn a_member_is_a_sub_agent_of_the_call_that_gave_it_its_task() {
        let trace = one("run.json", &team("Find a wine").to_string());
        let expected = [
            "user",
            "call delegate_task_to_member -> 6",
            "harness",
            "call cellar -> 4",
            "result Ok <- 3",
            "assistant",
            "result Ok <- 1",
            "assistant",
        ];
        assert_eq!((trace.format, kinds(&trace)), ("agno", expected.map(str::to_owned).to_vec()));
        let inner = trace.sub_agent(&trace.events[5]).map(|agent| (agent.name.as_str(), agent.call));
        assert_eq!(inner, Some(("sommelier", Some(1))));
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn a_member_whose_call_is_not_known_is_a_gap() {
        let trace = one("run.json", &team("Something else").to_string());
        assert_eq!(kinds(&trace).len(), 4);
        assert!(trace.gaps.iter().any(|gap| gap.what.starts_with("a run of a member")), "{:?}", trace.gaps);
    }
}

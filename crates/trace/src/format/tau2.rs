//! Result files of tau2-bench: `{info, tasks, simulations: [{id, task_id, messages}]}`, after its `data_model/simulation.py` and
//! `data_model/message.py`. Each simulation is a session.
//!
//! Tasks, rewards and reviews are labels, and are never read. The simulated user may have tools as well: these calls are the
//! user's, not the agent's.

use super::{Document, Format, parts};
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{Gap, GapKind, KeyKind, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Tau2;

impl Format for Tau2 {
    fn name(&self) -> &'static str {
        "tau2"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        match list(root) {
            Some(list) => {
                let own = list.items().next().is_none_or(|s| s.get("task_id").is_some());
                if own && root.any(&["tasks", "info"]).is_some() { 95 } else { 0 }
            }
            None if root.get("task_id").is_some() && root.any(&["termination_reason", "reward_info"]).is_some() => {
                90 * u32::from(root.any(&["messages", "ticks"]).is_some_and(|m| m.is_array()))
            }
            None => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut labels = 0;
        for doc in out.until_stopped(docs) {
            let single = [doc.root];
            let runs: Vec<_> = list(doc.root).map_or_else(|| single.to_vec(), |list| list.items().collect());
            labels += runs.len();
            let info = doc.root.get("info");
            let model = info.and_then(|i| i.get("agent_info")).and_then(|a| parts::word(a, &["llm"]));
            let policy = info.and_then(|i| i.get("environment_info")).and_then(|e| e.get("policy"));
            for run in out.until_stopped(runs) {
                let key = parts::word(run, &["id"]).unwrap_or_else(|| doc.position_key());
                let mut session = Session::new(key, KeyKind::Conversation);
                session.items.extend(policy.and_then(payload::system_message).map(Item::Message));
                read(run, model.as_deref(), &mut session, out);
                out.sessions.push(session);
            }
            if list(doc.root).is_some() {
                out.bookkeeping(doc.root, "tasks and labels of the runs");
            }
        }
        out.lossy.push(format!("tasks, rewards and reviews of {labels} simulations are labels, not events; left out"));
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    root.get("simulations").filter(|s| s.is_array())
}

fn read(run: Node<'_>, model: Option<&str>, session: &mut Session, out: &mut Output) {
    let messages: Vec<Node<'_>> = run.get("messages").into_iter().flat_map(Node::items).collect();
    if messages.is_empty() {
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "the simulation holds no messages; of a voice simulation only the turns of speech may be recorded"
                .to_owned(),
            loc: Some(run.loc()),
            event: None,
        });
        out.bookkeeping(run, "a simulation without messages");
    }
    for node in out.until_stopped(messages) {
        // Results of calls in one turn may come as one message.
        let several = node.get("tool_messages").filter(|m| m.is_array());
        let all: Vec<_> = several.map_or_else(|| vec![node], |m| m.items().collect());
        for node in all {
            message(node, model, session, out);
        }
    }
}

fn message(node: Node<'_>, model: Option<&str>, session: &mut Session, out: &mut Output) {
    let at = node.get("timestamp").and_then(time::any);
    let Some(mut msg) = payload::message(node) else {
        out.unknown(node);
        session.items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
        return;
    };
    msg.time = at;
    let by_user = node.has("requestor", "user");
    match msg.role {
        MsgRole::Assistant => {
            let usage = |key: &str| node.get("usage").and_then(|u| u.get(key)).and_then(Node::i64);
            let tokens = (usage("prompt_tokens"), usage("completion_tokens"));
            if model.is_some() || tokens.0.is_some() {
                session.items.push(parts::model_call(model.map(str::to_owned), tokens, at, at, node.loc()));
            }
        }
        MsgRole::Tool => {
            let error = node.get("error").and_then(Node::bool);
            for part in &mut msg.parts {
                if let Part::Result(result) = part {
                    result.transport = parts::failed(error);
                    result.error = None;
                }
            }
        }
        _ => {}
    }
    out.message(node, &msg);
    let calls = msg.parts.iter().any(|p| matches!(p, Part::Call(_)));
    if by_user || (msg.role == MsgRole::User && calls) {
        msg.agent = Some(USER.to_owned());
        if !session.sub_agents.iter().any(|(name, _)| name == USER) {
            session.sub_agents.push((USER.to_owned(), None));
        }
    }
    if msg.parts.iter().any(|p| matches!(p, Part::Result(r) if r.transport == Transport::Missing)) {
        return;
    }
    session.items.push(Item::Message(msg));
}

/// Who makes the calls of the simulated user.
const USER: &str = "simulated user";

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, reading, texts};

    const RUNS: &str = r#"{"timestamp":"x","info":{"agent_info":{"llm":"gpt"},"environment_info":{"policy":"Be strict"}},"tasks":[{"id":"0","evaluation_criteria":"SECRET"}],"simulations":[
        {"id":"r1","task_id":"0","termination_reason":"user_stop","reward_info":{"reward":0,"x":"SECRET"},"messages":[
            {"role":"assistant","content":"Hello","timestamp":"2026-01-01T00:00:00","turn_idx":0},
            {"role":"user","content":"Cancel","timestamp":"2026-01-01T00:00:01"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","name":"cancel","arguments":{"n":1},"requestor":"assistant"}],"timestamp":"2026-01-01T00:00:02","usage":{"prompt_tokens":5,"completion_tokens":1}},
            {"id":"c1","role":"tool","content":"Error: no","requestor":"assistant","error":true,"timestamp":"2026-01-01T00:00:03"},
            {"role":"user","content":null,"tool_calls":[{"id":"c2","name":"toggle","arguments":{},"requestor":"user"}],"timestamp":"2026-01-01T00:00:04"},
            {"id":"c2","role":"tool","content":"on","requestor":"user","error":false,"timestamp":"2026-01-01T00:00:05"},
            {"role":"assistant","content":"Done","timestamp":"2026-01-01T00:00:06"}]}]}"#;

    #[test]
    fn a_simulation_is_a_session_and_labels_stay_out() {
        let found = reading("results.json", RUNS);
        let trace = &found.sessions[0];
        assert_eq!(
            kinds(trace),
            [
                "system",
                "assistant",
                "user",
                "call cancel -> 4",
                "result Error <- 3",
                "call toggle -> 6",
                "result Ok <- 5",
                "assistant"
            ]
        );
        assert_eq!((texts(trace), trace.models()), (vec!["Be strict", "Hello", "Cancel", "Done"], vec!["gpt"]));
        assert_eq!((trace.key.as_str(), trace.gaps.len()), ("r1", 0));
        assert_eq!(trace.events[5].agent.as_deref(), Some("simulated user"));
        assert!(!format!("{:?}", found.sessions).contains("SECRET"));
    }

    #[test]
    fn a_message_of_another_role_is_a_gap() {
        let strange =
            RUNS.replacen(r#""role":"user","content":"Cancel""#, r#""role":"narrator","content":"Cancel""#, 1);
        assert!(reading("results.json", &strange).sessions[0].has_gap(&[GapKind::RecordsUnread]));
    }
}

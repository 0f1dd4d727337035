//! ATIF, the Agent Trajectory Interchange Format of Harbor, versions 1.0 to 1.x: `{schema_version, session_id, agent, steps}`.
//!
//! A step of the agent holds its calls and, in its observation, their results. Errors stand in the results as text only.

use super::{Document, Format, parts, voice};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Transport};
use crate::node::Node;
use crate::{payload, time};

/// What is said of steps that an agent took over, and where its own begin.
const COPIED: &str =
    "the next steps were copied from an earlier trajectory: the agent knew them and did not repeat them here";
const OWN: &str = "from here on, the steps are this trajectory's own";

/// See the module's documentation.
pub struct Atif;

impl Format for Atif {
    fn name(&self) -> &'static str {
        "atif"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(steps) = root.get("steps").filter(|s| s.is_array()) else { return 0 };
        let named = root.str_at("schema_version").is_some_and(|v| v.starts_with("ATIF"));
        let step = steps.items().take(8).any(|s| s.get("step_id").is_some() && s.get("source").is_some());
        if named { 97 } else { 80 * u32::from(step) }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let named = parts::word(doc.root, &["session_id", "trajectory_id"]);
            let (key, kind) = named.map_or((doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
            let mut session = Session::new(key, kind);
            let inside = inside(doc.root);
            read(doc.root, None, &inside, &mut session, out);
            let started = started(doc.root);
            for sub in doc.root.get("subagent_trajectories").into_iter().flat_map(Node::items) {
                let name =
                    sub.get("agent").and_then(|a| parts::word(a, &["name"])).unwrap_or_else(|| "sub-agent".to_owned());
                let own = parts::word(sub, &["trajectory_id", "session_id"]).unwrap_or_default();
                let label = if own.is_empty() { name } else { format!("{name} {own}") };
                session.sub_agents.push((label.clone(), started.get(&own).cloned()));
                read(sub, Some(&label), &inside, &mut session, out);
            }
            out.sessions.push(session);
        }
    }
}

/// The calls whose results refer to the trajectory of a sub-agent, by the ID of that trajectory.
fn started(root: Node<'_>) -> HashMap<String, String> {
    let steps = root.get("steps").into_iter().flat_map(Node::items);
    let results = steps.filter_map(|s| s.get("observation")?.get("results")).flat_map(Node::items);
    let mut found = HashMap::default();
    for result in results {
        let Some(call) = parts::word(result, &["source_call_id"]) else { continue };
        for reference in result.get("subagent_trajectory_ref").into_iter().flat_map(Node::items) {
            let id = parts::word(reference, &["trajectory_id", "session_id"]);
            found.extend(id.map(|id| (id, call.clone())));
        }
    }
    found
}

/// The IDs of the sub-agents' trajectories that are in the file.
fn inside(root: Node<'_>) -> HashSet<String> {
    let subs = root.get("subagent_trajectories").into_iter().flat_map(Node::items);
    subs.flat_map(|sub| ["trajectory_id", "session_id"].map(|key| parts::word(sub, &[key]))).flatten().collect()
}

/// Says that the trajectory of a sub-agent is not in the file.
fn elsewhere(result: Node<'_>, inside: &HashSet<String>, session: &mut Session) {
    for reference in result.get("subagent_trajectory_ref").into_iter().flat_map(Node::items) {
        let own = |key: &str| parts::word(reference, &[key]);
        if [own("trajectory_id"), own("session_id")].into_iter().flatten().any(|id| inside.contains(&id)) {
            continue;
        }
        let name = own("trajectory_path").or_else(|| own("trajectory_id")).or_else(|| own("session_id"));
        let name = name.map(|name| format!(" (`{name}`)")).unwrap_or_default();
        let what = format!("a sub-agent worked on this; its trajectory{name} is not in the file");
        session.gaps.push(missing(what, reference));
    }
}

fn missing(what: String, node: Node<'_>) -> Gap {
    Gap { kind: GapKind::HistoryMissing, what, loc: Some(node.loc()), event: None }
}

/// What a trajectory says of steps that are not in it.
fn incomplete(root: Node<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if let Some(next) = root.get("continued_trajectory_ref") {
        let name = next.str().filter(|name| !name.is_empty()).map(|name| format!(" (`{name}`)")).unwrap_or_default();
        gaps.push(missing(format!("the trajectory continues in another file{name} that is not among the files"), next));
    }
    let steps = root.get("steps").map_or(0, |steps| steps.items().count());
    let total = root.get("final_metrics").and_then(|metrics| metrics.get("total_steps"));
    if let Some(total) = total.filter(|total| total.i64().is_some_and(|n| usize::try_from(n).is_ok_and(|n| n > steps)))
    {
        let count = total.i64().unwrap_or_default();
        gaps.push(missing(format!("the file has only {steps} of the trajectory's {count} steps"), total));
    }
    gaps
}

fn read(root: Node<'_>, sub_agent: Option<&str>, inside: &HashSet<String>, session: &mut Session, out: &mut Output) {
    session.gaps.extend(incomplete(root));
    let mut copied = false;
    let agent = root.get("agent");
    if let Some(tools) = agent.and_then(|a| a.get("tool_definitions")) {
        session.tools.extend(payload::tools(tools, &mut out.bases));
    }
    let model = agent.and_then(|a| parts::word(a, &["model_name"]));
    let name = sub_agent.map(str::to_owned);
    for step in root.get("steps").into_iter().flat_map(Node::items) {
        // What was copied from an earlier trajectory is what the agent knew, and was not done again.
        let is_copy = step.get("is_copied_context").and_then(Node::bool) == Some(true);
        if is_copy != copied {
            let what = if is_copy { COPIED } else { OWN };
            let kind = EventKind::Context { what: what.to_owned(), lost: false };
            session.items.push(voice::event(kind, None, sub_agent, step.loc()));
            copied = is_copy;
        }
        let before = session.items.len();
        read_step(step, model.as_deref(), name.as_deref(), inside, session);
        let added = session.items.get(before..).unwrap_or_default();
        let lost = |item: &Item| matches!(item, Item::Message(m) if m.parts.iter().any(|p| matches!(p, Part::Unread(u) if !u.attachment)));
        match added {
            _ if added.iter().any(lost) => out.unread(step),
            [] => out.unknown(step),
            _ => out.mapped(step),
        }
    }
}

fn read_step(
    step: Node<'_>,
    model: Option<&str>,
    agent: Option<&str>,
    inside: &HashSet<String>,
    session: &mut Session,
) {
    let at = step.get("timestamp").and_then(time::any);
    let role = match step.str_at("source").as_deref() {
        // Nobody but its agent speaks to a sub-agent.
        Some("user") if agent.is_some() => MsgRole::Harness,
        Some("user") => MsgRole::User,
        Some("agent") => MsgRole::Assistant,
        // The first of them are instructions; later ones are put in by the program.
        Some("system") if session.items.is_empty() => MsgRole::System,
        Some("system") => MsgRole::Harness,
        _ => {
            if step.any(&["message", "tool_calls", "observation"]).is_some() {
                session.items.push(Item::Message(payload::unread_message(step, MsgRole::Assistant)));
            }
            return;
        }
    };
    let metrics = step.get("metrics");
    if role == MsgRole::Assistant {
        let count = |key: &str| metrics.and_then(|m| m.get(key)).and_then(Node::i64);
        let own = parts::word(step, &["model_name"]).or_else(|| model.map(str::to_owned));
        let tokens = (count("prompt_tokens"), count("completion_tokens"));
        if own.is_some() || tokens.0.is_some() {
            session.items.push(parts::model_call(own, tokens, at, at, step.loc()));
        }
    }
    let mut found: Vec<Part> =
        step.get("reasoning_content").and_then(Node::text).map(Part::Reasoning).into_iter().collect();
    let calls: Vec<Node<'_>> = step.get("tool_calls").into_iter().flat_map(Node::items).collect();
    let results: Vec<Node<'_>> =
        step.get("observation").and_then(|o| o.get("results")).into_iter().flat_map(Node::items).collect();
    match step.get("message") {
        Some(message) => found.extend(payload::as_parts(message)),
        // A step needs no words where it acts.
        None if calls.is_empty() && results.is_empty() => found.push(payload::unread(step)),
        None => {}
    }
    for call in &calls {
        let name = call.any(&["function_name", "name"]).and_then(Node::text);
        let id = parts::word(*call, &["tool_call_id"]);
        found.push(parts::call(*call, id, name, call.get("arguments").map(Node::json_text)));
    }
    if !found.is_empty() {
        let mut msg = parts::said(role, found, at, step.loc());
        msg.agent = agent.map(str::to_owned);
        session.items.push(Item::Message(msg));
    }
    // A result that names no call is the answer of one only where no other reading is possible.
    let clear = calls.len() == 1 && results.len() == 1;
    for result in results {
        if result.get("subagent_trajectory_ref").is_some_and(|list| list.items().next().is_some()) {
            elsewhere(result, inside, session);
        }
        let content = result.get("content").and_then(payload::answer_text);
        // An observation without a call is what the agent sees of its surroundings.
        let mut msg = match (parts::word(result, &["source_call_id"]), content) {
            (None, Some(text)) if !clear => parts::said(MsgRole::Harness, vec![Part::Text(text)], at, result.loc()),
            (id, content) => parts::result(id, None, content, Transport::Unknown, at, result.loc()),
        };
        msg.agent = agent.map(str::to_owned);
        session.items.push(Item::Message(msg));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    const RUN: &str = r#"{"schema_version":"ATIF-v1.5","session_id":"s","agent":{"name":"a","model_name":"m","tool_definitions":[{"type":"function","function":{"name":"look","parameters":{}}}]},"steps":[
        {"step_id":1,"source":"system","message":"Be kind"},
        {"step_id":2,"timestamp":"2026-01-01T00:00:00Z","source":"user","message":"Look twice"},
        {"step_id":3,"timestamp":"2026-01-01T00:00:01Z","source":"agent","message":"","reasoning_content":"hm","tool_calls":[{"tool_call_id":"c1","function_name":"look","arguments":{"n":1}},{"tool_call_id":"c2","function_name":"look","arguments":{"n":2}}],"observation":{"results":[{"source_call_id":"c2","content":"two"},{"source_call_id":"c1"}]},"metrics":{"prompt_tokens":5,"completion_tokens":2}},
        {"step_id":4,"source":"system","message":"Hurry"},
        {"step_id":5,"source":"agent","message":"Done"}]}"#;

    #[test]
    fn results_in_an_observation_join_their_calls() {
        let trace = one("t.json", RUN);
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "reasoning",
                "call look -> 6",
                "call look -> 5",
                "result Unknown <- 4",
                "result Unknown <- 3",
                "harness",
                "assistant"
            ]
        );
        assert_eq!((texts(&trace), trace.tools.len()), (vec!["Be kind", "Look twice", "Hurry", "Done"], 1));
        assert_eq!((trace.models(), trace.model_calls[0].input_tokens), (vec!["m"], Some(5)));
        // A result without content was not captured.
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]) && trace.gaps.len() == 1);
    }

    #[test]
    fn a_sub_agent_is_under_the_call_that_started_it() {
        let run = RUN
            .replacen(r#"{"source_call_id":"c1"}"#, r#"{"source_call_id":"c1","content":"ok","subagent_trajectory_ref":[{"session_id":"x1"}]}"#, 1)
            .replacen(r#""steps":["#, r#""subagent_trajectories":[{"schema_version":"ATIF-v1.5","session_id":"x1","agent":{"name":"sub"},"steps":[{"step_id":1,"source":"user","message":"Go"},{"step_id":2,"source":"agent","message":"Went"}]}],"steps":["#, 1);
        let trace = one("t.json", &run);
        assert_eq!((trace.sub_agents[0].name.as_str(), trace.sub_agents[0].call), ("sub x1", Some(3)));
        assert_eq!(trace.events.iter().filter(|e| trace.sub_agent(e).is_some()).count(), 2);
    }

    #[test]
    fn a_result_without_a_call_is_joined_only_where_one_call_waits() {
        let two = RUN.replacen(
            r#"{"source_call_id":"c2","content":"two"},{"source_call_id":"c1"}"#,
            r#"{"content":"both"}"#,
            1,
        );
        let trace = one("t.json", &two);
        assert!(kinds(&trace).contains(&"harness".to_owned()) && texts(&trace).contains(&"both"));
        assert_eq!(kinds(&trace).iter().filter(|kind| kind.starts_with("result")).count(), 0);
        let single = two.replacen(r#",{"tool_call_id":"c2","function_name":"look","arguments":{"n":2}}"#, "", 1);
        assert!(kinds(&one("t.json", &single)).contains(&"result Unknown <- 3".to_owned()));
    }

    #[test]
    fn what_is_in_other_trajectories_is_told() {
        let run = RUN
            .replacen(r#"{"source_call_id":"c1"}"#, r#"{"source_call_id":"c1","content":"ok","subagent_trajectory_ref":[{"session_id":"x1","trajectory_path":"x1.json"}]}"#, 1)
            .replacen(r#""session_id":"s""#, r#""session_id":"s","continued_trajectory_ref":"next.json","final_metrics":{"total_steps":9}"#, 1)
            .replacen(r#""message":"Hurry""#, r#""message":"Hurry","is_copied_context":true"#, 1);
        let trace = one("t.json", &run);
        for what in ["`x1.json`", "`next.json`", "only 5 of the trajectory's 9 steps"] {
            assert!(trace.gaps.iter().any(|gap| gap.what.contains(what)), "{what}: {:?}", trace.gaps);
        }
        assert_eq!(kinds(&trace).iter().filter(|kind| *kind == "context lost=false").count(), 2);
    }

    #[test]
    fn a_step_of_another_source_is_a_gap() {
        let strange = RUN.replacen(r#""source":"user""#, r#""source":"narrator""#, 1);
        assert!(one("t.json", &strange).has_gap(&[GapKind::RecordsUnread]));
    }
}

//! Histories of Browser Use: `AgentHistoryList.save_to_file`, `{history: [{model_output, result, state, metadata}]}`.
//!
//! After `browser_use/agent/views.py`. A step has several actions, and their results in the same order; actions after one that
//! failed or changed the page are not run, and have none. The user's task is not in the file.

use super::transcript::{Outcome, Place};
use super::{Document, Format, parts};
use crate::item::{MsgRole, Output, Part, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Transport};
use crate::node::Node;
use crate::time;

/// See the module's documentation.
pub struct BrowserUse;

/// The action by which the agent answers.
const DONE: &str = "done";
/// What the model writes about its plans, beside its actions.
const THOUGHTS: [&str; 4] = ["thinking", "evaluation_previous_goal", "memory", "next_goal"];

impl Format for BrowserUse {
    fn name(&self) -> &'static str {
        "browser-use"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(history) = root.get("history").filter(|h| h.is_array()) else { return 0 };
        let step = |s: Node<'_>| {
            let acts = s.get("model_output").and_then(|m| m.get("action")).is_some_and(Node::is_array);
            s.get("state").is_some_and(Node::is_object) && (acts || s.get("result").is_some_and(Node::is_array))
        };
        let acts = |s: Node<'_>| s.get("model_output").is_some_and(|m| m.get("action").is_some());
        if history.items().take(8).all(step) && history.items().take(8).any(acts) { 94 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let mut session = Session::new(doc.position_key(), KeyKind::Position);
            let what = "the task that the user set is not in the history of Browser Use".to_owned();
            let loc = Some(doc.root.loc());
            session.gaps.push(Gap { kind: GapKind::HistoryMissing, what, loc, event: None });
            doc.root.get("history").into_iter().flat_map(Node::items).for_each(|node| step(node, &mut session, out));
            out.sessions.push(session);
        }
    }
}

fn step(node: Node<'_>, session: &mut Session, out: &mut Output) {
    let meta = node.get("metadata");
    let at = |key: &str| meta.and_then(|m| m.get(key)).and_then(time::any);
    let place = Place { time: at("step_start_time"), agent: None, loc: node.loc() };
    let after = Place { time: at("step_end_time"), ..place.clone() };
    let model = node.get("model_output");
    let mut results = node.get("result").into_iter().flat_map(Node::items);
    let thoughts = model.map(|m| m.get("current_state").unwrap_or(m));
    let thoughts: Vec<Part> = THOUGHTS
        .iter()
        .filter_map(|key| thoughts?.get(key)?.text())
        .filter(|t| !t.text.trim().is_empty())
        .map(Part::Reasoning)
        .collect();
    if !thoughts.is_empty() {
        session.items.push(place.message(MsgRole::Assistant, thoughts));
    }
    let mut whole = true;
    let actions: Vec<Node<'_>> = model.and_then(|m| m.get("action")).into_iter().flat_map(Node::items).collect();
    for (n, action) in actions.iter().enumerate() {
        let Some((key, arguments)) = action.entries().find(|(_, arguments)| !arguments.is_null()) else {
            whole = false;
            continue;
        };
        let result = results.next();
        let words = arguments.get("text").and_then(Node::text);
        if let (DONE, Some(words)) = (key.as_ref(), words) {
            session.items.push(after.message(MsgRole::Assistant, vec![Part::Text(words)]));
            continue;
        }
        let id = Some(format!("{}:{n}", node.loc().at));
        session.items.push(place.call(id.clone(), arguments.key_text(&key), Some(arguments.json_text())));
        if let Some(result) = result {
            session.items.push(after.result(id, None, outcome(result)));
        }
    }
    // A step in which the model gave no action has the reason as a result.
    for error in results.filter_map(|result| result.get("error")?.text()) {
        session.items.push(after.event(EventKind::Error { text: error }));
    }
    match whole && (model.is_some() || node.get("result").is_some()) {
        true => out.mapped(node),
        false => out.unread(node),
    }
    if let Some(tokens) = meta.and_then(|m| m.get("input_tokens")).and_then(Node::i64) {
        session.items.push(parts::model_call(None, (Some(tokens), None), place.time, after.time, node.loc()));
    }
}

fn outcome(result: Node<'_>) -> Outcome {
    let error = result.get("error").and_then(Node::text).filter(|t| !t.text.is_empty());
    let content = result.any(&["extracted_content", "long_term_memory"]).and_then(Node::text);
    let transport = if error.is_some() { Transport::Error } else { Transport::Ok };
    Outcome { content, transport, error }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn actions_have_the_results_in_their_order() {
        let file = r#"{"history":[
            {"model_output":{"memory":"Start","action":[{"go_to_url":{"url":"https://a.test"}}]},"result":[{"is_done":false,"extracted_content":"Navigated"}],"state":{"url":"about:blank"},"metadata":{"step_start_time":1777888800.5,"step_end_time":1777888802.0}},
            {"model_output":{"current_state":{"next_goal":"Log in"},"action":[{"click_element":{"index":3}},{"input_text":{"index":4,"text":"bob"}}]},"result":[{"error":"Element 3 not found"}],"state":{"url":"https://a.test"}},
            {"model_output":null,"result":[{"error":"no answer"}],"state":{"url":"https://a.test"}},
            {"model_output":{"action":[{"done":{"text":"Could not log in","success":false}}]},"result":[{"is_done":true,"extracted_content":"Could not log in"}],"state":{"url":"https://a.test"}}]}"#;
        let trace = one("h.json", file);
        assert_eq!(trace.format, "browser-use");
        let expected = [
            "reasoning",
            "call go_to_url -> 2",
            "result Ok <- 1",
            "reasoning",
            "call click_element -> 5",
            "result Error <- 4",
            "call input_text -> none",
            "error no answer",
            "assistant",
        ];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(texts(&trace).last(), Some(&"Could not log in"));
        assert!(trace.has_gap(&[GapKind::HistoryMissing]));
    }
}

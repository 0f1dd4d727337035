//! smolagents: the steps of a run, as `agent.memory.get_full_steps()`, `get_succinct_steps()` and `RunResult.dict()` give them.
//!
//! After `smolagents.memory` (`ActionStep`, `PlanningStep`, `TaskStep`, `SystemPromptStep`, `FinalAnswerStep`).

use super::lists::conversations;
use super::{Document, Format, parts, transcript};
use crate::item::{CallPart, Item, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{Event, EventKind, Gap, GapKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Smolagents;

/// The tool by whose call an agent answers.
const FINAL: &str = "final_answer";

/// Members of an action that only an action has.
const ACTION: [&str; 6] =
    ["observations", "model_output", "action_output", "code_action", "model_output_message", "is_final_answer"];
/// Members that are read, or that repeat what is read.
const KNOWN: [&str; 18] = [
    "step_number",
    "timing",
    "model_input_messages",
    "tool_calls",
    "error",
    "model_output_message",
    "model_output",
    "code_action",
    "observations",
    "observations_images",
    "action_output",
    "token_usage",
    "is_final_answer",
    "system_prompt",
    "task",
    "task_images",
    "plan",
    "output",
];

impl Format for Smolagents {
    fn name(&self) -> &'static str {
        "smolagents"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).is_some_and(|list| list.items().take(5).any(is_action));
        match (listed || is_action(root), kind(root)) {
            (true, _) => 85,
            // Lines of one run. Many other things have a member of such a name, so that these alone make no run.
            (false, Some("system_prompt" | "task" | "plan")) if root.entries().all(|(key, _)| own(&key)) => BESIDE,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        conversations(docs, list, run, out);
        // What a run came to, where its steps do not say it.
        for doc in out.until_stopped(docs) {
            let Some(answer) = doc.root.get("output").filter(|_| list(doc.root).is_some() && !doc.root.is_array())
            else {
                continue;
            };
            let steps: Vec<_> = list(doc.root).into_iter().flat_map(Node::items).collect();
            let ended = steps.iter().any(|step| answer_of(*step).is_some()) || last_output(&steps).is_some();
            if let Some(session) = out.sessions.last_mut().filter(|_| !ended && docs.len() == 1) {
                session.items.push(said(MsgRole::Assistant, answer.json_text(), None, answer));
            }
        }
    }
}

/// The score of what is a step only among others: below what a file needs.
const BESIDE: u32 = 25;

fn own(key: &str) -> bool {
    KNOWN.contains(&key)
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() { Some(root) } else { root.get("steps").filter(|steps| steps.is_array()) }
}

fn is_action(node: Node<'_>) -> bool {
    node.get("step_number").and_then(Node::i64).is_some()
        && node.entries().any(|(key, _)| ACTION.contains(&key.as_ref()))
}

/// The kind of a step, by the member that only this kind has.
fn kind(node: Node<'_>) -> Option<&'static str> {
    if is_action(node) {
        return Some("action");
    }
    ["system_prompt", "task", "plan"].into_iter().find(|key| node.get(key).is_some_and(Node::is_str)).or_else(|| {
        let only = node.entries().count() == 1 && node.get("output").is_some();
        only.then_some("output")
    })
}

fn said(role: MsgRole, text: Text, time: Option<Stamp>, node: Node<'_>) -> Item {
    Item::Message(parts::said(role, vec![Part::Text(text)], time, node.loc()))
}

fn run(mut session: Session, steps: &[Node<'_>], out: &mut Output) {
    let mut instructed = false;
    let mut shared = None;
    for &node in out.until_stopped(steps) {
        let time = timed(node, "start_time");
        let end = timed(node, "end_time");
        let kind = kind(node);
        if kind.is_some() && transcript::holds_unread(node, &KNOWN) {
            out.unread(node);
        } else {
            match kind {
                Some("action" | "plan") => {}
                Some(_) => out.mapped(node),
                None => out.unknown(node),
            }
        }
        match kind {
            Some("action" | "plan") => {
                // The steps of a run do not hold its instructions; what the model was sent does.
                if !instructed {
                    session.items.splice(0..0, instructions(node));
                    instructed = true;
                }
                let usage = |key: &str| node.get("token_usage").and_then(|u| u.get(key)).and_then(Node::i64);
                let tokens = (usage("input_tokens"), usage("output_tokens"));
                if tokens.0.is_some() || tokens.1.is_some() {
                    session.items.push(parts::model_call(None, tokens, time, end, node.loc()));
                }
                let before = session.items.len();
                session.items.extend(thought(node, time));
                if action(node, (time, end), &mut session) {
                    shared = shared.or(Some(node.loc()));
                }
                if !transcript::holds_unread(node, &KNOWN) {
                    let lost = session.items.iter().skip(before).any(|item| {
                        matches!(item, Item::Message(msg) if msg.parts.iter().any(|p| matches!(p, Part::Unread(_))))
                    });
                    if lost { out.unread(node) } else { out.mapped(node) }
                }
            }
            Some("system_prompt") => {
                instructed = true;
                session.items.extend(
                    node.get("system_prompt").and_then(Node::text).map(|t| said(MsgRole::System, t, None, node)),
                );
            }
            Some("task") => {
                session.items.extend(node.get("task").and_then(Node::text).map(|t| said(MsgRole::User, t, None, node)));
            }
            // The answer stands in the last action, too.
            Some(_) if steps.iter().any(|step| answer_of(*step).is_some()) => {}
            Some(_) => {
                session.items.extend(node.get("output").map(|o| said(MsgRole::Assistant, o.json_text(), None, node)))
            }
            None => {}
        }
    }
    if !steps.iter().any(|step| answer_of(*step).is_some()) {
        session
            .items
            .extend(last_output(steps).map(|output| said(MsgRole::Assistant, output.json_text(), None, output)));
    }
    if let Some(loc) = shared {
        let what = "calls of one step share one text of observations: which call returned which part is not recorded";
        session.gaps.push(Gap { kind: GapKind::NotRead, what: what.to_owned(), loc: Some(loc), event: None });
    }
    out.sessions.push(session);
}

fn timed(node: Node<'_>, key: &str) -> Option<Stamp> {
    node.get("timing").and_then(|timing| timing.get(key)).or_else(|| node.get(key)).and_then(time::any)
}

fn instructions(node: Node<'_>) -> Option<Item> {
    let first = node.get("model_input_messages").into_iter().flat_map(Node::items).next()?;
    payload::message(first).filter(|msg| msg.role == MsgRole::System).map(Item::Message)
}

/// What the model thought: its words, or its plan. An answer goes through a tool, so that none of them are the user's.
fn thought(node: Node<'_>, time: Option<Stamp>) -> Option<Item> {
    let words = |n: Node<'_>| n.text().filter(|t| !t.text.trim().is_empty());
    let message = || node.get("model_output_message").and_then(|m| m.get("content")).and_then(words);
    let text = node.any(&["model_output", "plan"]).and_then(words).or_else(message)?;
    Some(Item::Message(parts::said(MsgRole::Assistant, vec![Part::Reasoning(text)], time, node.loc())))
}

/// The answer of a run, where this step gives it.
fn answer_of(node: Node<'_>) -> Option<Text> {
    let flagged = node.get("is_final_answer").and_then(Node::bool) == Some(true);
    let call = node
        .get("tool_calls")
        .into_iter()
        .flat_map(Node::items)
        .find(|call| name(*call).is_some_and(|n| n.text == FINAL));
    let output = node.get("action_output").filter(|_| flagged || call.is_some()).map(Node::json_text);
    output.or_else(|| {
        let arguments = call?.get("function").unwrap_or(call?).get("arguments")?;
        Some(arguments.get("answer").unwrap_or(arguments).json_text())
    })
}

/// What the last action came to: the answer of a run that reached its limit, and of all runs in older versions.
fn last_output<'d>(steps: &[Node<'d>]) -> Option<Node<'d>> {
    steps.iter().rfind(|step| is_action(**step))?.get("action_output")
}

fn name(call: Node<'_>) -> Option<Text> {
    call.get("function").filter(|f| f.is_object()).unwrap_or(call).get("name").and_then(Node::text)
}

/// The calls that the model asked for in a step.
fn asked(node: Node<'_>) -> Vec<Node<'_>> {
    let message = node.get("model_output_message");
    message.and_then(|m| m.get("tool_calls")).into_iter().flat_map(Node::items).collect()
}

/// Which of several calls an error is of, where it names exactly one of their tools, in quotes.
fn named_in(error: &str, names: &[String]) -> Option<usize> {
    let quoted = |name: &str| ['\'', '"', '`'].iter().any(|q| error.contains(&format!("{q}{name}{q}")));
    let mut found = names.iter().enumerate().filter(|(_, name)| !name.is_empty() && quoted(name)).map(|(i, _)| i);
    found.next().filter(|_| found.next().is_none())
}

/// The calls of a step and what came of them. True where several calls share one text.
fn action(node: Node<'_>, (time, end): (Option<Stamp>, Option<Stamp>), session: &mut Session) -> bool {
    let mut made = Vec::new();
    let mut ids = Vec::new();
    let mut names = Vec::new();
    let calls: Vec<_> = node.get("tool_calls").into_iter().flat_map(Node::items).collect();
    // A tool that raises leaves the step without its calls: they stand in what the model wrote.
    let raised = calls.is_empty();
    let calls = if raised { asked(node) } else { calls };
    for (i, call) in calls.into_iter().enumerate() {
        let inner = call.get("function").filter(|f| f.is_object()).unwrap_or(call);
        if name(call).is_some_and(|n| n.text == FINAL) {
            continue;
        }
        names.push(name(call).map(|n| n.text).unwrap_or_default());
        // IDs such as `call_1` are counted anew in every run, and a step has its own number.
        let number = node.get("step_number").and_then(Node::i64).unwrap_or_default();
        let id = parts::word(call, &["id"]).filter(|id| !id.is_empty()).unwrap_or_else(|| format!("step {number}.{i}"));
        ids.push(id.clone());
        made.push(match name(call) {
            Some(name) => {
                Part::Call(CallPart { id: Some(id), name, arguments: inner.get("arguments").map(Node::json_text) })
            }
            None => payload::unread(call),
        });
    }
    if !made.is_empty() {
        session.items.push(Item::Message(parts::said(MsgRole::Assistant, made, time, node.loc())));
    }
    let error = node.get("error").map(|e| e.get("message").filter(|_| e.is_object()).unwrap_or(e).json_text());
    let observed = node.get("observations").filter(|o| o.str().is_none_or(|s| !s.is_empty())).map(Node::json_text);
    // An error that is written down as none says that the calls went well.
    let well = node.entries().any(|(key, _)| key == "error");
    let transport = match (&error, well) {
        (Some(_), _) => Transport::Error,
        (None, true) => Transport::Ok,
        (None, false) => Transport::Unknown,
    };
    let told = observed.is_some() || error.is_some() || well && !raised;
    let failed = error.as_ref().filter(|_| raised && ids.len() > 1).map(|error| named_in(&error.text, &names));
    let answers = |i: usize| told && failed.is_none_or(|failed| failed == Some(i));
    for (_, id) in ids.iter().enumerate().filter(|(i, _)| answers(*i)) {
        let (content, error) = (observed.clone(), error.clone());
        let result = ResultPart {
            id: Some(id.clone()),
            name: None,
            arguments: None,
            content,
            transport,
            error,
            loc: node.loc(),
        };
        session.items.push(Item::Message(parts::said(MsgRole::Tool, vec![Part::Result(result)], end, node.loc())));
    }
    if let (Some(text), true) = (error, ids.is_empty() || failed == Some(None)) {
        let kind = EventKind::Error { text };
        session.items.push(Item::Event(Event { kind, time: end, agent: None, model_call: None, loc: node.loc() }));
    }
    session.items.extend(answer_of(node).map(|text| said(MsgRole::Assistant, text, end, node)));
    ids.len() > 1 && observed.is_some()
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, reading, texts};
    use crate::{Evidence, ReadError, read};
    use serde_json::{Value, json};

    fn call(id: &str, name: &str, arguments: &Value) -> Value {
        json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
    }

    fn steps() -> Vec<Value> {
        vec![
            json!({"task": "Refund ch_42", "task_images": null}),
            json!({"step_number": 1, "timing": {"start_time": 1_777_888_800.0, "end_time": 1_777_888_801.0, "duration": 1.0},
                "model_input_messages": [{"role": "system", "content": [{"type": "text", "text": "Be kind"}]}, {"role": "user", "content": [{"type": "text", "text": "New task:\nRefund ch_42"}]}],
                "model_output": "I will refund it", "tool_calls": [call("c1", "refund", &json!({"charge": "ch_42"}))],
                "observations": "pending", "error": null, "token_usage": {"input_tokens": 7, "output_tokens": 3}, "is_final_answer": false}),
            json!({"step_number": 2, "model_output": "Again", "tool_calls": [call("c2", "python_interpreter", &json!("refund()"))],
                "observations": "logs", "error": {"type": "AgentExecutionError", "message": "boom"}}),
            json!({"step_number": 3, "tool_calls": [call("c3", "final_answer", &json!({"answer": "It is pending"}))], "observations": "", "action_output": "It is pending", "error": null, "is_final_answer": true}),
        ]
    }

    const TOLD: [&str; 9] = [
        "system",
        "user",
        "reasoning",
        "call refund -> 4",
        "result Ok <- 3",
        "reasoning",
        "call python_interpreter -> 7",
        "result Error <- 6",
        "assistant",
    ];

    #[test]
    fn steps_are_read_as_a_list_a_result_and_lines() {
        let result = json!({"output": "It is pending", "state": "success", "steps": steps(), "timing": {}});
        let lines: String = steps().iter().map(|step| format!("{step}\n")).collect();
        for file in [Value::from(steps()).to_string(), result.to_string(), lines] {
            let trace = one("run.json", &file);
            assert_eq!(kinds(&trace), TOLD, "{file}");
            assert_eq!(texts(&trace), ["Be kind", "Refund ch_42", "It is pending"]);
            assert!(trace.gaps.is_empty() && trace.model_calls.len() == 1, "{:?}", trace.gaps);
        }
    }

    fn failing(calls: &[(&str, &str)], error: &str) -> Value {
        let calls: Vec<_> = calls.iter().map(|(id, name)| call(id, name, &json!({"order": "A-17"}))).collect();
        json!([{"task": "Refund it"}, {"step_number": 1, "tool_calls": [], "error": {"type": "AgentToolExecutionError", "message": error},
            "model_output_message": {"role": "assistant", "content": null, "tool_calls": calls}, "model_output": null,
            "observations": null, "action_output": null, "is_final_answer": false}])
    }

    #[test]
    fn a_call_of_a_tool_that_raised_is_told_as_failed() {
        let one_call = failing(&[("c3", "refund")], "Error executing tool 'refund': E42");
        assert_eq!(kinds(&one("run.json", &one_call.to_string())), ["user", "call refund -> 2", "result Error <- 1"]);
        // Of several calls, the error says which one failed; of the others nothing is known.
        let two = failing(&[("a", "look"), ("b", "refund")], "Error executing tool 'refund': E42");
        let trace = one("run.json", &two.to_string());
        assert_eq!(kinds(&trace), ["user", "call look -> none", "call refund -> 3", "result Error <- 2"]);
        assert!(trace.has_gap(&[GapKind::ResultMissing]));
        let twins = failing(&[("a", "refund"), ("b", "refund")], "Error executing tool 'refund': E42");
        let told = kinds(&one("run.json", &twins.to_string()));
        assert_eq!(told[1..3], ["call refund -> none", "call refund -> none"]);
        assert!(told[3].starts_with("error"), "{told:?}");
    }

    #[test]
    fn a_member_that_many_things_have_makes_no_run() {
        for text in [
            r#"[{"task":"buy milk","done":false},{"task":"call Bob","done":true}]"#,
            r#"[{"task":"buy milk"},{"task":"call Bob"}]"#,
            "{\"plan\":\"rest\"}\n{\"plan\":\"swim\"}\n",
            r#"{"title":"Chart","steps":[{"task":"Mix","tool":"bowl"}]}"#,
        ] {
            let error = read(&[Evidence::new("t.json", text.as_bytes().to_vec())]).expect_err(text);
            assert!(matches!(error, ReadError::Unrecognised { .. }), "{error}");
        }
    }

    #[test]
    fn what_calls_share_and_what_is_new_is_told() {
        let mut all = steps();
        all[1]["tool_calls"] = json!([call("a", "x", &json!({})), call("b", "y", &json!({}))]);
        let trace = one("run.json", &Value::from(all.clone()).to_string());
        assert!(trace.has_gap(&[GapKind::NotRead]), "{:?}", trace.gaps);
        all.push(json!({"step_number": 4, "observations": "x", "delegated": [{"role": "user", "content": "Hi"}]}));
        assert!(reading("run.json", &Value::from(all).to_string()).sessions[0].has_gap(&[GapKind::RecordsUnread]));
    }

    #[test]
    fn a_run_that_gave_up_tells_its_error_and_its_output() {
        let cut = json!({"output": "It is pending", "state": "success", "steps": &steps()[..3]});
        assert_eq!(kinds(&one("run.json", &cut.to_string())).last().map(String::as_str), Some("assistant"));
        let mut all = steps();
        all[3] = json!({"step_number": 3, "error": {"type": "AgentMaxStepsError", "message": "Reached max steps."}, "action_output": "Best guess"});
        let result = json!({"output": "Best guess", "state": "max_steps_error", "steps": all});
        let told = kinds(&one("run.json", &result.to_string()));
        assert_eq!(told[8..], ["error Reached max steps.", "assistant"]);
    }
}

//! Executions of n8n: one as its API gives it with its data, a page of them, or a page's download.
//!
//! After `IExecutionResponse`, `IRunData` and `ITaskData` of `n8n-workflow`. Each node of the workflow keeps its runs; those of an
//! agent's tools and models stand under `ai_tool` and `ai_languageModel`. What the user said is in the chat's trigger.

use super::{Document, Format, parts};
use crate::hash::HashMap;
use crate::item::{Item, MsgRole, Output, Part, Session, ToolRun};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::time;

/// See the module's documentation.
pub struct N8n;

impl Format for N8n {
    fn name(&self) -> &'static str {
        "n8n"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let first = list(root).and_then(|list| list.items().next());
        if is_execution(root) || first.is_some_and(is_execution) { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions = Vec::new();
        for doc in out.until_stopped(docs) {
            match list(doc.root) {
                Some(list) => {
                    for (i, node) in list.items().enumerate() {
                        match is_execution(node) {
                            true => sessions.push(execution(node, format!("{}#{}", doc.position_key(), i + 1), out)),
                            false => out.unknown(node),
                        }
                    }
                }
                None => sessions.push(execution(doc.root, doc.position_key(), out)),
            }
        }
        out.sessions.extend(sessions);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    root.any(&["data", "results"]).filter(|list| list.is_array())
}

fn is_execution(node: Node<'_>) -> bool {
    runs(node).is_some()
        || node.get("workflowId").is_some() && node.any(&["mode", "workflowData", "finished"]).is_some()
}

/// The runs by node.
fn runs(execution: Node<'_>) -> Option<Node<'_>> {
    let data = execution.get("data").unwrap_or(execution);
    data.get("resultData")?.get("runData").filter(|runs| runs.is_object())
}

/// One run of one node.
struct Run<'d> {
    name: Text,
    kind: Option<String>,
    node: Node<'d>,
    start: Option<Stamp>,
    end: Option<Stamp>,
}

/// Where a run belongs when the record has no times: what was asked, what was done, what was answered.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Asked,
    Done,
    Answered,
}

fn execution(root: Node<'_>, position: String, out: &mut Output) -> Session {
    let types: HashMap<String, String> = root
        .get("workflowData")
        .and_then(|w| w.get("nodes"))
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|n| Some((parts::word(n, &["name"])?, parts::word(n, &["type"])?)))
        .collect();
    let Some(all) = runs(root) else {
        let mut session = Session::new(position, KeyKind::Position);
        let what = "the execution is in the file without its data (ask the API for `includeData=true`)".to_owned();
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
        out.bookkeeping(root, "an execution without its data");
        return session;
    };
    let mut found: Vec<Run<'_>> = Vec::new();
    for (name, list) in all.entries() {
        if !list.is_array() {
            out.unread(list);
        }
        for node in list.items() {
            let start = node.get("startTime").and_then(time::any);
            let lasted = node.get("executionTime").and_then(Node::i64).filter(|ms| (0..1 << 40).contains(ms));
            let end = start.zip(lasted).map(|(at, ms)| Stamp { ns: at.ns.saturating_add(ms * 1_000_000), ..at });
            found.push(Run { name: list.key_text(&name), kind: types.get(name.as_ref()).cloned(), node, start, end });
        }
    }
    let conversation =
        found.iter().flat_map(|run| outputs(run.node)).find_map(|json| parts::word(json, &["sessionId"]));
    let (key, kind) = match conversation.or_else(|| parts::word(root, &["id"]).map(|id| format!("execution {id}"))) {
        Some(key) => (key, KeyKind::Conversation),
        None => (position, KeyKind::Position),
    };
    let mut session = Session::new(key, kind);
    let timed = found.iter().all(|run| run.start.is_some());
    let mut told: Vec<(Place, i64, Vec<Item>)> = Vec::new();
    for run in &found {
        let index = run.node.get("executionIndex").and_then(Node::i64).unwrap_or(i64::MAX);
        let (place, mut items) = read(run, out);
        if let Some(error) = run.node.get("error").filter(|_| !items.iter().any(|i| matches!(i, Item::Tool(_)))) {
            let text = error.get("message").unwrap_or(error).json_text();
            items.push(event(EventKind::Error { text }, run));
        }
        told.push((place, index, items));
    }
    if timed {
        told.sort_by_key(|(_, _, items)| items.first().and_then(Item::start));
    } else {
        told.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    }
    let asked = told.iter().any(|(place, _, items)| *place == Place::Asked && !items.is_empty());
    if !asked {
        let what = "no chat trigger is in the execution: what the user said is not known".to_owned();
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
    }
    let says = |item: &Item| match item {
        Item::Message(msg) => msg.role == MsgRole::Assistant,
        Item::Event(_) => true,
        _ => false,
    };
    if !told.iter().flat_map(|(_, _, items)| items).any(says) {
        let what = "no node of the execution has an answer of the agent".to_owned();
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
    }
    session.items = told.into_iter().flat_map(|(_, _, items)| items).collect();
    session
}

fn event(kind: EventKind, run: &Run<'_>) -> Item {
    Item::Event(Event { kind, time: run.end.or(run.start), agent: None, model_call: None, loc: run.node.loc() })
}

/// The items that a run put out to the nodes after it.
fn outputs(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    items(node.get("data").and_then(|d| d.get("main")))
}

fn items(connection: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    connection.into_iter().flat_map(Node::items).flat_map(Node::items).filter_map(|item| item.get("json"))
}

fn read(run: &Run<'_>, out: &mut Output) -> (Place, Vec<Item>) {
    let data = run.node.get("data");
    let ai = |key: &str| data.and_then(|d| d.get(key)).or_else(|| run.node.get("inputOverride")?.get(key));
    if ai("ai_tool").is_some() {
        out.mapped(run.node);
        return (Place::Done, vec![Item::Tool(tool(run))]);
    }
    if ai("ai_languageModel").is_some() {
        out.bookkeeping(run.node, "a request to a model");
        return (Place::Done, vec![model(run)]);
    }
    if let Some((kind, _)) = data.into_iter().flat_map(Node::entries).find(|(key, _)| key.starts_with("ai_")) {
        out.bookkeeping(run.node, &kind);
        return (Place::Done, Vec::new());
    }
    let say = |role, text: Text, time: Option<Stamp>| {
        Item::Message(parts::said(role, vec![Part::Text(text)], time, run.node.loc()))
    };
    let asked: Vec<Item> = outputs(run.node)
        .filter(|json| json.get("output").is_none() && is_trigger(run, *json))
        .filter_map(|json| Some(say(MsgRole::User, json.get("chatInput")?.text()?, run.start)))
        .collect();
    if !asked.is_empty() {
        out.mapped(run.node);
        return (Place::Asked, asked);
    }
    let kind = run.kind.as_deref().unwrap_or_default();
    let speaks = kind.is_empty() || kind.contains("langchain");
    let mut answered = Vec::new();
    for json in outputs(run.node).filter(|_| speaks) {
        let text = json.get("output").filter(|o| o.is_str()).or_else(|| json.get("text").filter(|_| !kind.is_empty()));
        answered.extend(steps(json, run));
        let words = text.and_then(Node::text).filter(|t| !t.text.is_empty());
        answered.extend(words.map(|text| say(MsgRole::Assistant, text, run.end.or(run.start))));
    }
    match answered.is_empty() {
        true => out.bookkeeping(run.node, "a node of the workflow"),
        false => out.mapped(run.node),
    }
    (Place::Answered, answered)
}

/// True for what a chat's trigger put out: nodes after it may hand the same words on.
fn is_trigger(run: &Run<'_>, json: Node<'_>) -> bool {
    match &run.kind {
        Some(kind) => kind.ends_with("Trigger") || kind.ends_with("trigger"),
        None => {
            let from = run.node.get("source").is_some_and(|list| list.items().any(|s| !s.is_null()));
            json.get("chatInput").is_some() && !from
        }
    }
}

/// The steps that an agent returns where it is told to: its calls and what came of them, in their order.
fn steps(json: Node<'_>, run: &Run<'_>) -> Vec<Item> {
    let list = json.get("intermediateSteps").into_iter().flat_map(Node::items);
    let step = |step: Node<'_>| {
        let action = step.get("action")?;
        Some(Item::Tool(ToolRun {
            id: parts::word(action, &["toolCallId"]),
            name: action.get("tool")?.text()?,
            arguments: action.get("toolInput").map(Node::json_text),
            content: step.get("observation").map(Node::json_text),
            transport: Transport::Unknown,
            error: None,
            start: run.start,
            end: run.end,
            agent: Some(run.name.text.clone()),
            span: None,
            loc: step.loc(),
        }))
    };
    // The runs of the tools themselves tell more, and they are in every record of the data.
    if run.node.get("source").is_some() && run.kind.is_some() { Vec::new() } else { list.filter_map(step).collect() }
}

fn tool(run: &Run<'_>) -> ToolRun {
    let given = items(run.node.get("inputOverride").and_then(|i| i.get("ai_tool"))).next();
    let answered = items(run.node.get("data").and_then(|d| d.get("ai_tool"))).next();
    let error = run.node.get("error").map(|e| e.get("message").unwrap_or(e).json_text());
    // A tool that takes one text is given it as `query`, and all answer with `response`.
    let content =
        answered.map(|json| json.get("response").filter(|_| json.entries().count() == 1).unwrap_or(json).json_text());
    let transport = match (&error, run.node.str_at("executionStatus").as_deref()) {
        (Some(_), _) | (_, Some("error")) => Transport::Error,
        (None, Some("success")) => Transport::Ok,
        (None, _) if content.is_none() => Transport::Missing,
        (None, _) => Transport::Unknown,
    };
    ToolRun {
        id: None,
        name: run.name.clone(),
        arguments: given.map(Node::json_text),
        content,
        transport,
        error,
        start: run.start,
        end: run.end,
        agent: None,
        span: None,
        loc: run.node.loc(),
    }
}

fn model(run: &Run<'_>) -> Item {
    let asked = items(run.node.get("inputOverride").and_then(|i| i.get("ai_languageModel"))).next();
    let answered = items(run.node.get("data").and_then(|d| d.get("ai_languageModel"))).next();
    let options = [asked, answered].into_iter().flatten().find_map(|json| json.get("options"));
    let model = options.and_then(|o| parts::word(o, &["model", "model_name", "modelName"]));
    let usage = answered.and_then(|json| json.any(&["tokenUsage", "tokenUsageEstimate"]));
    let count = |key: &str| usage.and_then(|u| u.get(key)?.i64());
    parts::model_call(model, (count("promptTokens"), count("completionTokens")), run.start, run.end, run.node.loc())
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn run(at: u64, source: Value, more: &Value) -> Value {
        let mut run = json!({"startTime": 1_777_888_800_000u64 + at * 1000, "executionTime": 500, "executionStatus": "success", "source": source});
        for (key, value) in more.as_object().into_iter().flatten() {
            run[key] = value.clone();
        }
        run
    }

    fn runs() -> Value {
        let one = |json: Value| json!([[{"json": json}]]);
        let mut agent =
            run(1, json!([{"previousNode": "Chat"}]), &json!({"data": {"main": one(json!({"output": "It failed"}))}}));
        agent["executionTime"] = 9000.into();
        json!({
            "Agent": [agent],
            "Chat": [run(0, json!([]), &json!({"data": {"main": one(json!({"sessionId": "s", "action": "sendMessage", "chatInput": "Pay"}))}}))],
            "Set": [run(1, json!([{"previousNode": "Chat"}]), &json!({"data": {"main": one(json!({"chatInput": "Pay"}))}}))],
            "Model": [run(2, json!([]), &json!({"data": {"ai_languageModel": one(json!({"response": {"generations": []}, "tokenUsage": {"promptTokens": 7}}))}, "inputOverride": {"ai_languageModel": one(json!({"messages": ["Human: Pay"], "options": {"model": "m"}}))}}))],
            "pay": [run(4, json!([]), &json!({"inputOverride": {"ai_tool": one(json!({"n": 1}))}, "data": {"ai_tool": one(json!({"response": "pending"}))}})),
                    run(6, json!([]), &json!({"inputOverride": {"ai_tool": one(json!({"n": 2}))}, "executionStatus": "error", "error": {"message": "no money"}}))],
        })
    }

    #[test]
    fn triggers_tools_models_and_answers_are_told_in_their_order() {
        let data = json!({"resultData": {"runData": runs()}});
        let alone = json!({"id": "7", "workflowId": "w", "mode": "webhook", "finished": true, "data": data});
        for file in [alone.to_string(), json!({"data": [alone], "nextCursor": null}).to_string()] {
            let trace = one("n.json", &file);
            assert_eq!((trace.format, trace.key.as_str()), ("n8n", "s"));
            assert_eq!(
                kinds(&trace),
                ["user", "call pay -> 2", "result Ok <- 1", "call pay -> 4", "result Error <- 3", "assistant"]
            );
            assert_eq!((texts(&trace), trace.models()), (vec!["Pay", "It failed"], vec!["m"]));
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    #[test]
    fn what_the_execution_lacks_is_a_gap() {
        let bare = json!({"id": "7", "workflowId": "w", "mode": "webhook", "finished": true});
        assert!(one("n.json", &bare.to_string()).has_gap(&[GapKind::ContentNotCaptured]));
        let mut silent = runs();
        silent["Chat"] = json!([]);
        silent["Set"] = json!([]);
        let file = json!({"id": "7", "workflowId": "w", "data": {"resultData": {"runData": silent}}});
        let trace = one("n.json", &file.to_string());
        assert!(trace.gaps.iter().any(|g| g.what.contains("chat trigger")) && trace.events.len() == 5);
    }
}

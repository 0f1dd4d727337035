//! Dify: messages of a conversation as its API and console list them, and the nodes of a workflow's run.
//!
//! After `message_fields` and `workflow_run_node_execution_fields` of Dify's controllers. An agent's thoughts name several
//! tools at once, parted by semicolons; their inputs and observations are objects by the tools' names then.

use super::{Document, Format, parts};
use crate::hash::HashMap;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session, ToolRun, Unread};
use crate::locator::Bases;
use crate::model::{Event, EventKind, Finish, Gap, GapKind, KeyKind, ModelCall, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Dify;

impl Format for Dify {
    fn name(&self) -> &'static str {
        "dify"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).and_then(|list| list.items().next());
        let of = |node: Node<'_>| is_message(node) || is_execution(node);
        if of(root) || listed.is_some_and(of) { 91 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut found: Vec<(String, Node<'_>)> = Vec::new();
        for doc in out.until_stopped(docs) {
            match list(doc.root) {
                Some(list) => found.extend(list.items().map(|node| (doc.position_key(), node))),
                None => found.push((doc.file.to_owned(), doc.root)),
            }
        }
        // Pages come newest first.
        let order = |node: &Node<'_>| node.get("index").and_then(Node::i64);
        if found.iter().all(|(_, node)| node.get("created_at").and_then(time::any).is_some()) {
            found.sort_by_key(|(_, node)| (node.get("created_at").and_then(time::any).map(|at| at.ns), order(node)));
        }
        let mut sessions: Vec<Session> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::default();
        for (file, node) in found {
            let id = parts::word(node, &["conversation_id", "workflow_run_id"]);
            let kind = if id.is_some() { KeyKind::Conversation } else { KeyKind::Position };
            let key = id.unwrap_or(file);
            let at = *places.entry(key.clone()).or_insert(sessions.len());
            if at == sessions.len() {
                sessions.push(Session::new(key, kind));
            }
            let session = &mut sessions[at];
            if is_message(node) {
                message(node, session, out);
            } else if is_execution(node) {
                execution(node, session, out);
            } else {
                out.unknown(node);
            }
        }
        out.sessions.extend(sessions);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    root.any(&["data", "messages"]).filter(|list| list.is_array() && root.get("query").is_none())
}

fn is_message(node: Node<'_>) -> bool {
    let placed = node.any(&["agent_thoughts", "message_files", "parent_message_id", "retriever_resources"]).is_some();
    node.get("query").is_some() && (placed || node.get("answer").is_some() && node.get("conversation_id").is_some())
}

fn is_execution(node: Node<'_>) -> bool {
    let carries = node.any(&["inputs", "outputs", "process_data"]).is_some();
    node.get("node_type").is_some_and(Node::is_str) && node.get("node_id").is_some() && carries
}

fn created(node: Node<'_>) -> Option<Stamp> {
    node.get("created_at").and_then(time::any)
}

fn text(node: Node<'_>, key: &str) -> Option<Text> {
    node.get(key).and_then(Node::text).filter(|t| !t.text.is_empty())
}

fn event(kind: EventKind, time: Option<Stamp>, node: Node<'_>) -> Item {
    Item::Event(Event { kind, time, agent: None, model_call: None, loc: node.loc() })
}

fn message(node: Node<'_>, session: &mut Session, out: &mut Output) {
    let at = created(node);
    let lasted = node.get("provider_response_latency").and_then(Node::f64).filter(|s| (0.0..1e6).contains(s));
    let end =
        at.zip(lasted).map(|(at, s)| Stamp { ns: at.ns.saturating_add((s * 1e9) as i64), ..Stamp::estimated(at) });
    let say = |role, part, time| Item::Message(parts::said(role, vec![part], time, node.loc()));
    let query = text(node, "query");
    let answer = text(node, "answer");
    let thoughts: Vec<Node<'_>> = node.get("agent_thoughts").into_iter().flat_map(Node::items).collect();
    let failed = text(node, "error").or_else(|| node.has("status", "error").then(|| text(node, "status")).flatten());
    let silent = answer.is_none() && failed.is_none() && thoughts.is_empty();
    if query.is_none() || silent {
        let side = if query.is_none() { "what the user asked" } else { "the answer" };
        let what = format!("{side} is not in a message of the export");
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(node.loc()), event: None });
    }
    match query.is_some() || answer.is_some() {
        true => out.mapped(node),
        false => out.unread(node),
    }
    let sent =
        node.get("message_files").into_iter().flat_map(Node::items).filter(|f| !f.has("belongs_to", "assistant"));
    let sent = sent.map(|file| {
        let kind = parts::word(file, &["type"]).unwrap_or_else(|| "file".to_owned());
        Part::Unread(Unread { kind, attachment: true, length: 0, loc: file.loc() })
    });
    let asked: Vec<Part> = query.map(Part::Text).into_iter().chain(sent).collect();
    if !asked.is_empty() {
        session.items.push(Item::Message(parts::said(MsgRole::User, asked, at, node.loc())));
    }
    let count = |key: &str| node.get(key).and_then(Node::i64);
    let model = parts::word(node, &["model_id", "model"]);
    if model.is_some() || count("answer_tokens").is_some() {
        let tokens = (count("message_tokens"), count("answer_tokens"));
        session.items.push(parts::model_call(model, tokens, at, end, node.loc()));
    }
    // The whole of a turn may have no length: it ended when its last thought had come.
    let mut last = at;
    for thought in out.until_stopped(thoughts) {
        let time = created(thought).or(at);
        last = [last, time].into_iter().flatten().max_by_key(|stamp| stamp.ns);
        let words = text(thought, "thought").filter(|t| answer.as_ref().is_none_or(|a| a.text.trim() != t.text.trim()));
        session.items.extend(words.map(|words| {
            Item::Message(parts::said(MsgRole::Assistant, vec![Part::Reasoning(words)], time, thought.loc()))
        }));
        let mut unread = false;
        for run in tools(thought, time, &mut out.bases) {
            match run {
                Some(run) => session.items.push(Item::Tool(run)),
                None => unread = true,
            }
        }
        match unread {
            true => out.unread(thought),
            false => out.mapped(thought),
        }
    }
    let end = [end, last].into_iter().flatten().max_by_key(|stamp| stamp.ns);
    session.items.extend(answer.map(|text| say(MsgRole::Assistant, Part::Text(text), end)));
    session.items.extend(failed.map(|text| event(EventKind::Error { text }, end, node)));
}

/// The tools of a thought, each with what it was given and what it answered.
fn tools(thought: Node<'_>, at: Option<Stamp>, bases: &mut Bases) -> Vec<Option<ToolRun>> {
    let Some(named) = text(thought, "tool") else {
        let given =
            text(thought, "observation").is_some() || text(thought, "tool_input").is_some_and(|t| t.text != "{}");
        return if given { vec![None] } else { Vec::new() };
    };
    let mut from = 0;
    let mut names = Vec::new();
    for piece in named.text.split(';') {
        names.extend(named.slice(from, from + piece.len()).filter(|n| !n.text.is_empty()));
        from += piece.len() + 1;
    }
    let several = names.len() > 1;
    let of = |key: &str, name: &str, bases: &mut Bases| {
        let whole = thought.get(key)?;
        let nested = whole.nested();
        let root = nested.as_ref().map(|n| n.root(bases)).unwrap_or(whole);
        match root.get(name) {
            Some(own) => Some(own.json_text()),
            // Whose it is, of several, is not told.
            None if several => None,
            None => Some(whole.json_text()).filter(|t| !t.text.is_empty()),
        }
    };
    let ran = |name: Text| {
        let id = name.text.clone();
        let arguments = of("tool_input", &id, bases);
        let content = of("observation", &id, bases);
        let transport = if content.is_none() { Transport::Missing } else { Transport::Unknown };
        Some(ToolRun {
            id: None,
            name,
            arguments,
            content,
            transport,
            error: None,
            start: at,
            end: at,
            agent: None,
            span: None,
            loc: thought.loc(),
        })
    };
    names.into_iter().map(ran).collect()
}

/// What one node of a workflow did.
fn execution(node: Node<'_>, session: &mut Session, out: &mut Output) {
    let (at, end) = (created(node), node.get("finished_at").and_then(time::any));
    let failed = text(node, "error").filter(|_| !node.has("status", "succeeded"));
    let kind = node.str_at("node_type").unwrap_or_default();
    let side = |key: &str| node.get(key);
    let nested = ["inputs", "outputs", "process_data"].map(|key| side(key).and_then(Node::nested));
    let mut roots = [side("inputs"), side("outputs"), side("process_data")];
    for (root, nested) in roots.iter_mut().zip(&nested) {
        *root = nested.as_ref().map(|n| n.root(&mut out.bases)).or(*root);
    }
    let [inputs, outputs, data] = roots;
    let say = |role, text: Text, time| Item::Message(parts::said(role, vec![Part::Text(text)], time, node.loc()));
    match kind.as_ref() {
        "start" => {
            let mut sides = [outputs, inputs].into_iter().flatten();
            let asked = sides.find_map(|side| side.any(&["sys.query", "query"])?.text());
            match asked {
                Some(text) => {
                    out.mapped(node);
                    session.items.push(say(MsgRole::User, text, at));
                }
                None => out.bookkeeping(node, "the inputs of a workflow"),
            }
        }
        "answer" | "end" => match outputs.and_then(|o| o.any(&["answer", "text", "output", "result"])?.text()) {
            Some(text) if told(session, &text.text) => out.bookkeeping(node, "an answer that a model's node gave"),
            Some(text) => {
                out.mapped(node);
                session.items.push(say(MsgRole::Assistant, text, end.or(at)));
            }
            None => out.bookkeeping(node, "the outputs of a workflow"),
        },
        "llm" | "agent" => {
            let prompts: Vec<Msg> =
                data.and_then(|d| d.get("prompts")).into_iter().flat_map(Node::items).map(prompt).collect();
            let output: Vec<Msg> = outputs
                .and_then(|o| o.get("text"))
                .and_then(|t| payload::plain(t, MsgRole::Assistant))
                .into_iter()
                .collect();
            if (prompts.is_empty() || output.is_empty()) && failed.is_none() {
                let what = "the prompt or the answer of a model call is not in the export".to_owned();
                session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(node.loc()), event: None });
            }
            out.mapped(node);
            let usage = outputs.and_then(|o| o.get("usage")).or_else(|| data?.get("usage"));
            let count = |key: &str| usage.and_then(|u| u.get(key)?.i64());
            let finish = outputs.and_then(|o| o.get("finish_reason")?.text());
            let call = ModelCall {
                model: data.and_then(|d| parts::word(d, &["model_name"])),
                start: at,
                end,
                input_tokens: count("prompt_tokens"),
                output_tokens: count("completion_tokens"),
                finish: finish.map(|text| (Finish::from_word(&text.text), text)),
                loc: node.loc(),
            };
            // A prompt is what the workflow made of the user's words, which its start tells.
            session.items.push(Item::Model(ModelRun {
                call,
                input: prompts,
                output,
                agent: None,
                response_id: None,
                previous: None,
            }));
        }
        "tool" | "http-request" => match text(node, "title") {
            Some(name) => {
                out.mapped(node);
                let worked = node.has("status", "succeeded");
                session.items.push(Item::Tool(ToolRun {
                    id: None,
                    name,
                    arguments: inputs.or(data).map(Node::json_text),
                    content: outputs.map(|o| o.get("text").filter(|t| t.is_str()).unwrap_or(o).json_text()),
                    transport: parts::failed(failed.as_ref().map(|_| true).or_else(|| worked.then_some(false))),
                    error: failed.clone(),
                    start: at,
                    end,
                    agent: None,
                    span: None,
                    loc: node.loc(),
                }));
                return;
            }
            None => out.unread(node),
        },
        kind => out.bookkeeping(node, &format!("a node of kind {kind}")),
    }
    session.items.extend(failed.map(|text| event(EventKind::Error { text }, end.or(at), node)));
}

/// True where one of the last model calls answered this.
fn told(session: &Session, text: &str) -> bool {
    const NEAR: usize = 50;
    let answers = session
        .items
        .iter()
        .rev()
        .take(NEAR)
        .filter_map(|i| if let Item::Model(m) = i { Some(&m.output) } else { None });
    answers.flatten().flat_map(|m| &m.parts).any(|p| matches!(p, Part::Text(t) if t.text.trim() == text.trim()))
}

/// A message of a prompt: `{role, text, files}`.
fn prompt(node: Node<'_>) -> Msg {
    let role = node.str_at("role").and_then(|word| payload::role(&word));
    match (role, node.get("text").and_then(Node::text)) {
        (Some(MsgRole::User), Some(text)) => parts::said(MsgRole::Harness, vec![Part::Text(text)], None, node.loc()),
        (Some(role), Some(text)) => parts::said(role, vec![Part::Text(text)], None, node.loc()),
        _ => payload::unread_message(node, MsgRole::Harness),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn said(at: usize, query: &str, answer: &str, thoughts: &Value) -> Value {
        json!({"id": format!("m{at}"), "conversation_id": "c", "query": query, "answer": answer, "inputs": {}, "message_files": [], "agent_thoughts": thoughts, "created_at": 1_777_888_800 + at, "status": "normal", "error": null})
    }

    #[test]
    fn pages_are_put_in_order_and_tools_of_one_thought_are_told_apart() {
        let two = json!([
            {"thought": "I look", "tool": "pay;look", "tool_input": "{\"pay\": {\"n\": 1}, \"look\": {\"m\": 2}}", "observation": "{\"pay\": \"pending\", \"look\": \"ok\"}", "created_at": 1_777_888_802},
            {"thought": "It is pending", "tool": "", "tool_input": "", "observation": ""},
        ]);
        let first = said(1, "Pay", "It is pending", &two);
        let second = said(9, "And now?", "Done", &json!([]));
        let file = json!({"limit": 20, "has_more": false, "data": [second, first]});
        let trace = one("d.json", &file.to_string());
        assert_eq!((trace.format, trace.key.as_str()), ("dify", "c"));
        assert_eq!(texts(&trace), ["Pay", "It is pending", "And now?", "Done"]);
        let expected = [
            "user",
            "reasoning",
            "call pay -> 3",
            "result Unknown <- 2",
            "call look -> 5",
            "result Unknown <- 4",
            "assistant",
            "user",
            "assistant",
        ];
        let mut told = kinds(&trace);
        // The answer has no time of its own: it is that of the question.
        told.sort();
        let mut sorted = expected.map(str::to_owned).to_vec();
        sorted.sort();
        assert_eq!(told.len(), sorted.len(), "{told:?}");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn nodes_of_a_workflow_are_model_calls_and_tools() {
        let node = |i: usize, kind: &str, title: &str, inputs: Value, data: Value, outputs: Value| json!({"id": format!("n{i}"), "index": i, "node_id": format!("k{i}"), "node_type": kind, "title": title, "inputs": inputs, "process_data": data, "outputs": outputs, "status": "succeeded", "error": null, "created_at": 1_777_888_800 + i, "finished_at": 1_777_888_800 + i});
        let prompts = json!({"prompts": [{"role": "system", "text": "Be kind"}, {"role": "user", "text": "Say: Pay"}], "model_name": "m"});
        let file = json!({"data": [
            node(1, "start", "Start", json!({}), json!({}), json!({"sys.query": "Pay"})),
            node(2, "tool", "pay", json!({"n": 1}), json!({}), json!({"text": "pending", "json": []})),
            node(3, "llm", "LLM", json!({}), prompts, json!({"text": "It is pending", "usage": {"prompt_tokens": 3}})),
            node(4, "if-else", "If", json!({}), json!({}), json!({"result": true})),
            node(5, "answer", "Answer", json!({}), json!({}), json!({"answer": "It is pending"})),
        ]});
        let trace = one("d.json", &file.to_string());
        assert_eq!(kinds(&trace), ["user", "call pay -> 2", "result Ok <- 1", "system", "harness", "assistant"]);
        assert!(!trace.has_gap(&[GapKind::ContentNotCaptured]), "{:?}", trace.gaps);
    }

    #[test]
    fn the_query_may_stand_among_the_inputs_beside_empty_outputs() {
        let node = json!({"id": "n", "index": 1, "node_id": "k", "node_type": "start", "title": "Start", "inputs": {"sys.query": "Tune the harp"}, "outputs": {}, "status": "succeeded", "created_at": 1_777_888_800, "finished_at": 1_777_888_801});
        let trace = one("d.json", &json!({"data": [node]}).to_string());
        assert_eq!((kinds(&trace), texts(&trace)), (vec!["user".to_owned()], vec!["Tune the harp"]));
    }

    #[test]
    fn a_picture_of_the_user_is_told() {
        let mut message = said(1, "What is it?", "A cat", &json!([]));
        message["message_files"] = json!([{"id": "f", "type": "image", "belongs_to": "user", "url": "u"}, {"id": "g", "type": "image", "belongs_to": "assistant"}]);
        let trace = one("d.json", &json!({"data": [message], "has_more": false, "limit": 1}).to_string());
        assert_eq!(kinds(&trace), ["user", "assistant"]);
        assert_eq!(trace.gaps.iter().filter(|gap| gap.kind == GapKind::NotRead).count(), 1);
    }

    #[test]
    fn an_answer_comes_after_the_thoughts_that_led_to_it() {
        let thoughts = json!([{"thought": "hm", "tool": "look", "tool_input": "{}", "observation": "ok", "created_at": 1_777_888_805}]);
        let trace = one("d.json", &json!({"data": [said(1, "Pay", "Paid", &thoughts)]}).to_string());
        assert_eq!(kinds(&trace).last().map(String::as_str), Some("assistant"), "{:?}", kinds(&trace));
    }
}

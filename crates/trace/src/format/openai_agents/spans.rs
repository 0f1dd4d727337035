//! Traces: spans in the order in which they ended.

use crate::hash::HashMap;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Session, ToolRun};
use crate::model::{Event, EventKind, Finish, Gap, GapKind, KeyKind, ModelCall, Stamp, Text, Transport, Verdict};
use crate::node::Node;
use crate::{payload, time};

/// The records of a document: those of a batch, or the document itself.
pub fn records(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let lists = ["data", "traces", "spans"].iter().filter_map(move |key| root.get(key)).filter(|list| list.is_array());
    let mut listed = lists.flat_map(Node::items).peekable();
    let own = listed.peek().is_none().then_some(root);
    root.get("trace").filter(|t| t.is_object()).into_iter().chain(listed).chain(own)
}

/// True for a trace or a span of the SDK.
pub fn is_record(node: Node<'_>) -> bool {
    let span = node.get("span_data").is_some_and(|data| data.get("type").is_some());
    match node.str_at("object").as_deref() {
        Some("trace.span") => span,
        Some("trace") => node.get("workflow_name").is_some(),
        _ => span && node.get("trace_id").is_some(),
    }
}

struct Span<'d> {
    id: String,
    parent: Option<String>,
    trace: String,
    start: Option<Stamp>,
    end: Option<Stamp>,
    data: Node<'d>,
    kind: String,
    error: Option<Node<'d>>,
    node: Node<'d>,
}

fn text(node: Node<'_>, key: &str) -> Option<String> {
    node.str_at(key).map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

fn span(node: Node<'_>) -> Option<Span<'_>> {
    let data = node.get("span_data").filter(|d| d.is_object())?;
    Some(Span {
        id: text(node, "id")?,
        parent: text(node, "parent_id"),
        trace: text(node, "trace_id")?,
        start: node.get("started_at").and_then(time::any),
        end: node.get("ended_at").and_then(time::any),
        data,
        kind: text(data, "type")?,
        error: node.get("error"),
        node,
    })
}

/// Reads all spans of all documents.
pub fn read<'d>(roots: impl Iterator<Item = Node<'d>>, out: &mut Output) {
    let mut spans: Vec<Span<'d>> = Vec::new();
    let mut place: HashMap<String, usize> = HashMap::default();
    let mut groups: HashMap<String, String> = HashMap::default();
    for node in roots.flat_map(records) {
        if node.has("object", "trace") && node.get("span_data").is_none() {
            out.bookkeeping(node, "trace");
            if let Some(id) = text(node, "id") {
                groups.extend(text(node, "group_id").map(|group| (id, group)));
            }
            continue;
        }
        let Some(span) = span(node) else {
            out.unknown(node);
            continue;
        };
        match place.get(&span.id) {
            // A span that is sent when it begins is sent again when it has ended.
            Some(&known) => {
                out.bookkeeping(node, "a later sighting of a span");
                if spans[known].end.is_none() {
                    spans[known] = span;
                }
            }
            None => {
                place.insert(span.id.clone(), spans.len());
                spans.push(span);
            }
        }
    }
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&i| (spans[i].start.or(spans[i].end).map(|s| s.ns), spans[i].end.map(|s| s.ns)));
    let above = |from: usize| {
        let up = |&at: &usize| place.get(spans.get(at)?.parent.as_deref()?).copied();
        // A hostile trace may point in circles.
        std::iter::successors(Some(from), up).take(64)
    };
    let key = |trace: &str| match groups.get(trace) {
        Some(group) => (group.clone(), KeyKind::Conversation),
        None => (trace.to_owned(), KeyKind::Trace),
    };
    let silent = !spans.iter().any(has_words);
    // What went wrong inside of a span ends it too, and its own error says the same once more.
    let mut within: HashMap<usize, Vec<String>> = HashMap::default();
    for (i, text) in (0..spans.len()).filter_map(|i| Some((i, spans[i].error.and_then(failure)?.text))) {
        for up in above(i).skip(1).filter(|&up| up != i && spans[up].error.is_some()) {
            within.entry(up).or_default().push(text.clone());
        }
    }
    let told = |i: usize| {
        let own = spans[i].error.and_then(failure);
        own.zip(within.get(&i)).is_some_and(|(own, inner)| inner.contains(&own.text))
    };
    let mut sessions: Vec<Session> = Vec::new();
    let mut of_key: HashMap<String, usize> = HashMap::default();
    for i in order {
        let span = &spans[i];
        let (key, kind) = key(&span.trace);
        let at = *of_key.entry(key.clone()).or_insert(sessions.len());
        if at == sessions.len() {
            sessions.push(Session::new(key, kind));
        }
        let agents = || above(i).filter(|&up| spans[up].kind == "agent");
        let agent = agents().find_map(|up| text(spans[up].data, "name"));
        // An agent that works inside of a tool's run reports to the one that called it.
        let mut around = above(i).skip(1).skip_while(|&up| span.kind != "agent" && spans[up].kind != "agent");
        let within = around.find(|&up| up != i && spans[up].kind == "function").map(|up| spans[up].id.clone());
        if span.kind == "agent"
            && within.is_some()
            && let Some(name) =
                agent.clone().filter(|name| sessions[at].sub_agents.iter().all(|(known, _)| known != name))
        {
            sessions[at].sub_agents.push((name, None));
        }
        let so_far = sessions[at].items.len();
        one(span, agent, (silent, told(i)), &mut sessions[at], out);
        if within.is_some() {
            let inner: Vec<Item> =
                sessions[at].items.drain(so_far..).map(|item| item.within(within.as_ref())).collect();
            sessions[at].items.extend(inner);
        }
    }
    sessions.iter_mut().for_each(name_missing_words);
    out.sessions.extend(sessions);
}

/// `silent` says that no model call holds words, `told` that a span inside of this one tells its error.
fn one(span: &Span<'_>, agent: Option<String>, (silent, told): (bool, bool), session: &mut Session, out: &mut Output) {
    let data = span.data;
    let event = |kind: EventKind, time: Option<Stamp>| {
        Item::Event(Event { kind, time, agent: agent.clone(), model_call: None, loc: span.node.loc() })
    };
    match span.kind.as_str() {
        "generation" | "response" => {
            out.mapped(span.node);
            model(span, agent.clone(), session, out);
        }
        "function" => match tool(span, agent.clone()) {
            Some(run) => {
                out.mapped(span.node);
                session.items.push(Item::Tool(run));
            }
            None => out.unread(span.node),
        },
        "handoff" => match data.get("to_agent").and_then(Node::text) {
            Some(to) => {
                out.mapped(span.node);
                session
                    .items
                    .push(event(EventKind::Handoff { from: text(data, "from_agent"), to }, span.end.or(span.start)));
            }
            None => out.bookkeeping(span.node, "a handoff that did not happen"),
        },
        "guardrail" => match data.get("name").and_then(Node::text) {
            Some(name) => {
                out.mapped(span.node);
                let verdict = match data.get("triggered").and_then(Node::bool) {
                    Some(true) => Verdict::Triggered,
                    Some(false) => Verdict::Passed,
                    None => Verdict::Unknown,
                };
                let kind = EventKind::Guardrail { name, verdict, action: None, detail: None };
                session.items.push(event(kind, span.end.or(span.start)));
            }
            None => out.unread(span.node),
        },
        // A model call repeats what was heard and said.
        "speech" | "transcription" => match voiced(span).filter(|_| silent) {
            Some(msg) => {
                out.mapped(span.node);
                session.items.push(Item::Message(msg));
            }
            None => out.bookkeeping(span.node, &span.kind),
        },
        "agent" | "custom" | "mcp_tools" | "speech_group" | "task" | "turn" => {
            out.bookkeeping(span.node, &span.kind);
        }
        _ => out.unknown(span.node),
    }
    if span.kind != "function"
        && !told
        && let Some(text) = span.error.and_then(failure)
    {
        session.items.push(event(EventKind::Error { text }, span.end.or(span.start)));
    }
}

/// What went wrong: the SDK's own sentence, and what the tool or the provider said, where that is recorded.
fn failure(error: Node<'_>) -> Option<Text> {
    let told = error.get("data").and_then(|d| d.any(&["error", "message", "reason"])?.text());
    told.or_else(|| error.get("message").and_then(Node::text)).or_else(|| Some(error.json_text()))
}

/// What a span of a model holds of a Responses object, which processors of one's own may keep.
fn response(data: Node<'_>) -> Option<Node<'_>> {
    data.get("response").filter(|r| r.is_object())
}

fn has_words(span: &Span<'_>) -> bool {
    let said = [span.data.get("input"), span.data.get("output"), response(span.data)];
    matches!(span.kind.as_str(), "generation" | "response") && said.into_iter().any(|n| n.is_some())
}

fn model(span: &Span<'_>, agent: Option<String>, session: &mut Session, out: &mut Output) {
    let (data, response) = (span.data, response(span.data));
    let bases = &mut out.bases;
    for list in [data.get("tools"), response.and_then(|r| r.get("tools"))].into_iter().flatten() {
        session.tools.extend(payload::tools(list, bases));
    }
    let instructions = response.and_then(|r| r.get("instructions")).and_then(payload::system_message);
    let asked = data.get("input").or_else(|| response?.get("input"));
    let mut input: Vec<Msg> = instructions.into_iter().collect();
    input.extend(asked.map(|n| payload::asked(n, bases)).unwrap_or_default());
    let answered = data.get("output").or_else(|| response?.get("output"));
    let output = answered.map(|n| payload::spoken(n, bases)).unwrap_or_default();
    if !input.is_empty() && output.is_empty() && span.error.is_none() {
        let what = "a model call is in the record without its answer".to_owned();
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(span.node.loc()), event: None });
    }
    let holders = [Some(data), response];
    let named = |key: &str| holders.into_iter().flatten().find_map(|h| text(h, key));
    let usage = |keys: &[&str]| holders.into_iter().flatten().find_map(|h| h.get("usage")?.any(keys)?.i64());
    let finish = response.and_then(|r| r.get("status")?.text());
    let captured = !input.is_empty() || !output.is_empty();
    let id = text(data, "response_id").or_else(|| text(response?, "id"));
    session.items.push(Item::Model(ModelRun {
        call: ModelCall {
            model: named("model"),
            start: span.start,
            end: span.end,
            input_tokens: usage(&["input_tokens", "prompt_tokens"]),
            output_tokens: usage(&["output_tokens", "completion_tokens"]),
            finish: finish.map(|text| (Finish::from_word(&text.text), text)),
            loc: span.node.loc(),
        },
        input,
        output,
        agent,
        response_id: id.filter(|_| captured),
        previous: response.and_then(|r| text(r, "previous_response_id")).filter(|_| captured),
    }));
}

fn tool(span: &Span<'_>, agent: Option<String>) -> Option<ToolRun> {
    let data = span.data;
    let error = span.error.and_then(failure);
    let content = data.get("output").map(Node::json_text);
    let transport = match (&error, &content) {
        (Some(_), _) => Transport::Error,
        (None, Some(_)) => Transport::Ok,
        (None, None) if span.end.is_none() => Transport::Missing,
        (None, None) => Transport::Unknown,
    };
    Some(ToolRun {
        id: data.get("mcp_data").and_then(|m| text(m, "call_id")),
        name: data.get("name").and_then(Node::text)?,
        arguments: data.get("input").map(Node::json_text),
        content,
        transport,
        error,
        start: span.start,
        end: span.end,
        agent,
        span: Some((span.id.clone(), span.parent.clone())),
        loc: span.node.loc(),
    })
}

/// The words of a voice pipeline: what it heard, and what it said.
fn voiced(span: &Span<'_>) -> Option<Msg> {
    let (role, words, time) = match span.kind.as_str() {
        "transcription" => (MsgRole::User, span.data.get("output"), span.end),
        _ => (MsgRole::Assistant, span.data.get("input"), span.start),
    };
    let msg = payload::plain(words.filter(|n| n.is_str())?, role)?;
    Some(Msg { time, ..msg })
}

/// The SDK's own exporter leaves out what a response said.
fn name_missing_words(session: &mut Session) {
    fn silent(item: &Item) -> Option<&ModelRun> {
        match item {
            Item::Model(run) if run.input.is_empty() => Some(run),
            Item::Within(_, inner) => silent(inner),
            _ => None,
        }
    }
    let count = session.items.iter().filter_map(silent).count();
    let Some(first) = session.items.iter().find_map(silent) else { return };
    let what = format!(
        "{count} model calls are in the record without what the model was given: the Agents SDK exports only the ID of a response (keep `input` and `response` in a trace processor of your own, or export through OpenTelemetry)"
    );
    let loc = Some(first.call.loc);
    session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc, event: None });
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, GapKind, KeyKind};
    use crate::test_support::{kinds, one, reading, texts};
    use serde_json::{Value, json};

    const TRACE: &str = include_str!("../../../tests/fixtures/openai_agents_trace.json");

    #[test]
    fn a_trace_tells_calls_handoffs_guards_and_sub_agents() {
        let value: Value = serde_json::from_str(TRACE).expect("JSON");
        let lines: String = value["data"].as_array().expect("a list").iter().rev().map(|r| format!("{r}\n")).collect();
        for file in [TRACE, &lines] {
            let trace = one("t.jsonl", file);
            assert_eq!(
                kinds(&trace),
                [
                    "guardrail jailbreak Passed",
                    "system",
                    "user",
                    "call transfer_to_billing -> 5",
                    "handoff front -> billing",
                    "result Unknown <- 3",
                    "call refund -> 7",
                    "result Error <- 6",
                    "assistant"
                ]
            );
            assert_eq!(texts(&trace), ["Help customers.", "Please refund ch_7.", "I could not refund it."]);
            assert_eq!((trace.key.as_str(), trace.key_kind), ("desk-7", KeyKind::Conversation));
            assert_eq!((trace.agents.join(" "), trace.format), ("front billing".to_owned(), "openai-agents"));
            assert_eq!(
                (trace.model_calls[0].model.as_deref(), trace.model_calls[0].input_tokens),
                (Some("gpt-4o"), Some(20))
            );
            let EventKind::ToolResult { error: Some(error), .. } = &trace.events[7].kind else { panic!("an error") };
            assert_eq!(error.text, "no such charge");
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    fn span(n: usize, parent: Option<usize>, data: Value) -> Value {
        json!({"object": "trace.span", "id": format!("s{n}"), "trace_id": "t", "parent_id": parent.map(|p| format!("s{p}")), "started_at": format!("2026-01-01T00:00:{n:02}+00:00"), "ended_at": format!("2026-01-01T00:00:{n:02}.5+00:00"), "span_data": data, "error": null})
    }

    #[test]
    fn responses_without_words_are_a_gap_and_full_ones_are_read() {
        let bare = json!({"data": [span(1, None, json!({"type": "response", "response_id": "r1", "usage": {"input_tokens": 5, "output_tokens": 2}}))]});
        let trace = one("t.json", &bare.to_string());
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
        assert_eq!(trace.model_calls[0].output_tokens, Some(2));
        let full = span(
            1,
            None,
            json!({"type": "response", "input": "Hi", "response": {"object": "response", "id": "r1", "model": "m", "instructions": "Be kind", "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}]}}),
        );
        let trace = one("t.json", &full.to_string());
        assert_eq!((texts(&trace), trace.gaps.len()), (vec!["Be kind", "Hi", "Hello"], 0));
    }

    #[test]
    fn a_failure_that_ends_an_agent_is_told_once() {
        let mut agent = span(1, None, json!({"type": "agent", "name": "tuner"}));
        agent["error"] = json!({"message": "Error in agent run", "data": {"error": "quota used up"}});
        let asked = json!([{"role": "user", "content": "Tune it"}]);
        let mut model = span(2, Some(1), json!({"type": "generation", "input": asked, "output": []}));
        model["error"] = json!({"message": "Error", "data": {"name": "RateLimitError", "message": "quota used up"}});
        let told = |spans: &[Value]| kinds(&one("t.json", &json!({"data": spans}).to_string()));
        assert_eq!(told(&[agent.clone(), model.clone()]), ["user", "error quota used up"]);
        // What the agent says beside it is another failure.
        agent["error"] = json!({"message": "Max turns exceeded", "data": {"max_turns": 3}});
        assert_eq!(told(&[agent, model]).iter().filter(|kind| kind.starts_with("error")).count(), 2);
    }

    #[test]
    fn agents_inside_of_tools_are_sub_agents_and_unknown_spans_are_told() {
        let spans = [
            span(1, None, json!({"type": "agent", "name": "main"})),
            span(2, Some(1), json!({"type": "function", "name": "ask", "input": "{}", "output": "7"})),
            span(3, Some(2), json!({"type": "agent", "name": "helper"})),
            span(
                4,
                Some(3),
                json!({"type": "generation", "input": [{"role": "user", "content": "q"}], "output": [{"role": "assistant", "content": "7"}]}),
            ),
            span(5, Some(1), json!({"type": "oracle", "messages": [{"role": "user", "content": "Also"}]})),
        ];
        let found = reading("t.json", &json!({"data": spans}).to_string());
        let trace = &found.sessions[0];
        assert_eq!(trace.sub_agents.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["helper"]);
        assert!(trace.has_gap(&[GapKind::RecordsUnread]));
    }

    #[test]
    fn a_voice_pipeline_without_model_words_tells_what_was_heard_and_said() {
        let spans = [
            span(
                1,
                None,
                json!({"type": "transcription", "input": {"data": "AAA=", "format": "pcm"}, "output": "Where is my order?", "model": "m"}),
            ),
            span(2, None, json!({"type": "speech", "input": "On its way.", "output": {"data": "AAA="}})),
        ];
        assert_eq!(texts(&one("t.json", &json!({"data": spans}).to_string())), ["Where is my order?", "On its way."]);
    }
}

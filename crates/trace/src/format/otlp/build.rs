//! From a pool of spans and records to sessions.

use super::genai::{self, Messages};
use super::span::{Log, Pool, Span};
use super::{openinference, tool, traceloop};
use crate::item::{Item, ModelRun, Output, Session};
use crate::model::{Event, EventKind, Finish, Gap, GapKind, KeyKind, ModelCall, Text, Verdict};
use crate::node::Node;
use crate::payload;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a span is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Model,
    Tool,
    Agent,
    Guard,
    Retrieval,
    Other,
}

fn about(span: &Span<'_>) -> About {
    let attrs = &span.attrs;
    let operation = attrs.str(&["gen_ai.operation.name"]);
    match operation.as_deref() {
        Some("chat" | "text_completion" | "generate_content" | "completion") => return About::Model,
        Some("execute_tool") => return About::Tool,
        Some("invoke_agent" | "create_agent" | "invoke_workflow") => return About::Agent,
        Some("retrieval") => return About::Retrieval,
        Some("run_guardrail") => return About::Guard,
        _ => {}
    }
    let kind = attrs.str(&["openinference.span.kind", "traceloop.span.kind"]).unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "llm" => About::Model,
        "tool" => About::Tool,
        "agent" | "workflow" => About::Agent,
        "guardrail" => About::Guard,
        "retriever" => About::Retrieval,
        _ if attrs.get("llm.request.type").is_some() || attrs.has_prefix("gen_ai.prompt.") => About::Model,
        _ if attrs.get("gen_ai.input.messages").is_some() => About::Model,
        _ if attrs.get("gen_ai.tool.name").is_some()
            || attrs.str(&["mcp.method.name"]).as_deref() == Some("tools/call") =>
        {
            About::Tool
        }
        _ => About::Other,
    }
}

/// Builds the sessions.
pub fn sessions(pool: Pool<'_>, out: &mut Output) {
    let Pool { mut spans, logs } = pool;
    // Retried exports send a span twice.
    let mut seen = HashSet::new();
    spans.retain(|s| s.span_id.is_empty() || seen.insert((s.trace_id.clone(), s.span_id.clone())));
    let mut of_span: HashMap<(&str, &str), Vec<&Log<'_>>> = HashMap::new();
    for log in logs.iter().filter(|l| l.name.starts_with("gen_ai.")) {
        of_span.entry((&log.trace_id, &log.span_id)).or_default().push(log);
    }
    for records in of_span.values_mut() {
        records.sort_by_key(|l| l.time.map(|t| t.ns));
    }
    let conversations = conversation_ids(&spans, &logs);
    let mut sessions: BTreeMap<(usize, String), Session> = BTreeMap::new();
    let mut order: HashMap<String, usize> = HashMap::new();
    let mut session_of = |trace_id: &str| {
        let (key, kind) = match conversations.get(trace_id) {
            Some(id) => (id.clone(), KeyKind::Conversation),
            None => (trace_id.to_owned(), KeyKind::Trace),
        };
        let next = order.len();
        let place = *order.entry(key.clone()).or_insert(next);
        (place, key, kind)
    };
    let by_id: HashMap<(&str, &str), &Span<'_>> =
        spans.iter().map(|s| ((s.trace_id.as_str(), s.span_id.as_str()), s)).collect();
    let parents_of_models: HashSet<(&str, &str)> = spans
        .iter()
        .filter(|s| about(s) == About::Model)
        .flat_map(|s| ancestors(s, &by_id))
        .map(|s| (s.trace_id.as_str(), s.span_id.as_str()))
        .collect();
    let mut other = 0;
    for span in &spans {
        let (place, key, kind) = session_of(&span.trace_id);
        let session = sessions.entry((place, key.clone())).or_insert_with(|| Session::new(key, kind));
        let agent = ancestors(span, &by_id).find_map(agent_name);
        let mut kind = about(span);
        let id = (span.trace_id.as_str(), span.span_id.as_str());
        // An agent's own span repeats the messages of the calls below it; it counts where there are none.
        if kind == About::Agent && !parents_of_models.contains(&id) && span.attrs.get("gen_ai.input.messages").is_some()
        {
            kind = About::Model;
        }
        match kind {
            About::Model => {
                let records = of_span.remove(&id).unwrap_or_default();
                model(span, &records, agent, session, out);
            }
            About::Tool => match tool::run(span, agent, &mut out.bases) {
                Some(run) => session.items.push(Item::Tool(run)),
                None => other += 1,
            },
            About::Guard => session.items.extend(guard(span, agent).map(Item::Event)),
            About::Retrieval => session.items.extend(retrieval(span, agent).map(Item::Event)),
            About::Agent => {}
            About::Other => other += 1,
        }
    }
    if other > 0 {
        out.lossy
            .push(format!("{other} spans are neither model calls, tools, agents, guards nor retrievals; left out"));
    }
    // Records whose spans are in no file: the messages still count.
    let mut orphans: Vec<_> = of_span.into_iter().collect();
    orphans.sort_by_key(|((trace, span), records)| (records.first().and_then(|r| r.time).map(|t| t.ns), *trace, *span));
    for ((trace_id, _), records) in orphans {
        let (place, key, kind) = session_of(trace_id);
        let session = sessions.entry((place, key.clone())).or_insert_with(|| Session::new(key, kind));
        without_span(&records, session);
    }
    out.sessions.extend(sessions.into_values());
}

fn ancestors<'a, 'd>(
    span: &'a Span<'d>,
    by_id: &'a HashMap<(&'a str, &'a str), &'a Span<'d>>,
) -> impl Iterator<Item = &'a Span<'d>> {
    // A hostile trace may point in circles.
    let up = move |s: &&'a Span<'d>| by_id.get(&(s.trace_id.as_str(), s.parent.as_deref()?)).copied();
    std::iter::successors(Some(span), up).take(64)
}

fn agent_name(span: &Span<'_>) -> Option<String> {
    let named = span.attrs.str(&["gen_ai.agent.name", "agent.name", "lk.agent_name"]);
    named.or_else(|| {
        let kind = span.attrs.str(&["traceloop.span.kind"])?;
        (kind == "agent").then(|| span.attrs.str(&["traceloop.entity.name"]))?
    })
}

fn conversation_ids(spans: &[Span<'_>], logs: &[Log<'_>]) -> HashMap<String, String> {
    const KEYS: [&str; 7] = [
        "gen_ai.conversation.id",
        "session.id",
        "langfuse.session.id",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.conversation_id",
        "traceloop.association.properties.thread_id",
        "traceloop.association.properties.chat_id",
    ];
    let of_spans = spans.iter().map(|s| (&s.trace_id, &s.attrs));
    let of_logs = logs.iter().map(|l| (&l.trace_id, &l.attrs));
    let mut found = HashMap::new();
    for (trace_id, attrs) in of_spans.chain(of_logs) {
        if let Some(id) = attrs.str(&KEYS) {
            found.entry(trace_id.clone()).or_insert(id);
        }
    }
    found
}

fn model(span: &Span<'_>, records: &[&Log<'_>], agent: Option<String>, session: &mut Session, out: &mut Output) {
    let attrs = &span.attrs;
    let mut found = if attrs.get("openinference.span.kind").is_some() || attrs.has_prefix("llm.input_messages.") {
        session.tools.extend(openinference::tools(attrs, &mut out.bases));
        openinference::messages(span, &mut out.bases)
    } else if attrs.has_prefix("gen_ai.prompt.0") || attrs.has_prefix("gen_ai.completion.0") {
        session.tools.extend(traceloop::tools(attrs));
        traceloop::messages(span, &mut out.bases)
    } else {
        Messages::default()
    };
    if found.is_empty() {
        found = genai::messages(span, records, &mut out.bases);
    }
    if let Some(tools) = attrs.any(&["gen_ai.tool.definitions", "gen_ai.request.tools"]) {
        session.tools.extend(payload::tools(tools, &mut out.bases));
    }
    let captured = found.input.iter().chain(&found.output).any(|m| !m.parts.is_empty());
    if !captured {
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "a model call was recorded without its messages (content capture was off, or the logs that hold them are not among the files)".to_owned(),
            loc: Some(span.node.loc()),
            event: None,
        });
    }
    if span.failed {
        if let Some(text) = span.status_message.or_else(|| attrs.get("error.type")).and_then(Node::text) {
            let kind = EventKind::Error { text };
            session.items.push(Item::Event(event(kind, span, agent.clone())));
        }
    }
    session.items.push(Item::Model(ModelRun {
        call: ModelCall {
            model: attrs.str(&[
                "gen_ai.response.model",
                "gen_ai.request.model",
                "llm.model_name",
                "llm.response.model",
            ]),
            start: span.start,
            end: span.end,
            input_tokens: number(
                span,
                &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"],
            ),
            output_tokens: number(
                span,
                &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"],
            ),
            finish: finish(span),
            loc: span.node.loc(),
        },
        input: found.input,
        output: found.output,
        agent,
        response_id: None,
    }));
}

fn number(span: &Span<'_>, keys: &[&str]) -> Option<i64> {
    span.attrs.any(keys)?.i64()
}

fn finish(span: &Span<'_>) -> Option<(Finish, Text)> {
    const KEYS: [&str; 3] =
        ["gen_ai.response.finish_reasons", "llm.finish_reason", "gen_ai.completion.0.finish_reason"];
    let node = span.attrs.any(&KEYS)?;
    let text = if node.is_array() { node.items().next()?.text()? } else { node.text()? };
    Some((Finish::from_word(&text.text), text))
}

fn event(kind: EventKind, span: &Span<'_>, agent: Option<String>) -> Event {
    Event { kind, time: span.start, agent, model_call: None, loc: span.node.loc() }
}

fn guard(span: &Span<'_>, agent: Option<String>) -> Option<Event> {
    let name = span.attrs.any(&["gen_ai.guardrail.name", "guardrail.name", "tool.name"]).or(span.name)?.text()?;
    let flag = span.attrs.any(&["gen_ai.guardrail.triggered", "guardrail.triggered", "triggered"]).and_then(Node::bool);
    let detail = span.attrs.any(&["output.value", "gen_ai.guardrail.result"]).map(Node::json_text);
    let verdict = match flag {
        Some(true) => Verdict::Triggered,
        Some(false) => Verdict::Passed,
        None => Verdict::Unknown,
    };
    Some(event(EventKind::Guardrail { name, verdict, detail }, span, agent))
}

fn retrieval(span: &Span<'_>, agent: Option<String>) -> Option<Event> {
    let query = span.attrs.any(&["gen_ai.retrieval.query.text", "input.value"]).and_then(Node::text);
    let list = span.attrs.get("gen_ai.retrieval.documents");
    let flat = span
        .attrs
        .0
        .iter()
        .filter(|(k, _)| k.starts_with("retrieval.documents.") && k.ends_with(".document.content"))
        .count();
    let documents = list.map(|l| l.items().count()).or((flat > 0).then_some(flat));
    let source = span.attrs.any(&["gen_ai.retrieval.documents", "output.value"]).or(span.name)?.json_text();
    Some(event(EventKind::Retrieval { query, documents, source }, span, agent))
}

fn without_span(records: &[&Log<'_>], session: &mut Session) {
    let Some(first) = records.first() else { return };
    let found = super::log::from_records(records);
    if found.is_empty() {
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "log records of a model call are there, but their bodies are empty (content capture was off)"
                .to_owned(),
            loc: Some(first.node.loc()),
            event: None,
        });
    }
    let call = ModelCall {
        model: None,
        start: first.time,
        end: records.last().and_then(|r| r.time),
        input_tokens: None,
        output_tokens: None,
        finish: None,
        loc: first.node.loc(),
    };
    let Messages { input, output } = found;
    session.items.push(Item::Model(ModelRun { call, input, output, agent: None, response_id: None }));
}

//! From observations to sessions.

use super::gather::{Observation, Pool, TraceRecord, field};
use super::nest::Nest;
use super::outside::{self, Outside};
use super::{guard, tool};
use crate::format::otlp;
use crate::hash::HashSet;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Event, EventKind, Finish, Gap, GapKind, KeyKind, ModelCall, Text};
use crate::node::Node;
use crate::payload;

/// Builds the sessions.
pub fn sessions(pool: Pool<'_>, out: &mut Output) {
    let mut plain = 0;
    let mut scores = pool.scores;
    pool.strays.iter().for_each(|stray| out.unknown(*stray));
    pool.again.iter().for_each(|again| out.repeated(*again));
    for mut record in pool.traces {
        record.sort();
        // Much is asked of the metadata: it is parsed once.
        let parsed: Vec<_> = record.observations.iter().map(|o| o.metadata.and_then(Node::nested)).collect();
        let mut record = record;
        for (seen, parsed) in record.observations.iter_mut().zip(&parsed) {
            if let Some(parsed) = parsed {
                seen.metadata = Some(parsed.root(&mut out.bases));
            }
            seen.attributes = seen.metadata.and_then(|m| m.get("attributes"));
        }
        // The database keeps metadata as texts: what is deeper is JSON once more.
        let deeper: Vec<_> = record.observations.iter().map(|o| o.attributes.and_then(Node::nested)).collect();
        for (seen, parsed) in record.observations.iter_mut().zip(&deeper) {
            if let Some(parsed) = parsed {
                seen.attributes = Some(parsed.root(&mut out.bases));
            }
        }
        let (key, kind) = match &record.session {
            Some(id) => (id.clone(), KeyKind::Conversation),
            None => (record.id.clone(), KeyKind::Trace),
        };
        let mut session = Session::new(key, kind);
        if let Some(node) = record.node {
            out.bookkeeping(node, "trace");
        }
        session.user(record.user);
        plain += read(&record, &mut session, out);
        session.of_trace(&record.id);
        scores += record.node.and_then(|n| n.get("scores")).map_or(0, |s| s.items().count());
        out.sessions.push(session);
    }
    if plain > 0 {
        out.lossy.push(format!(
            "{plain} observations are neither model calls, tools, agents, guards nor retrievals; left out"
        ));
    }
    if scores > 0 {
        out.lossy.push(format!("{scores} scores are ratings of the trace, not part of it; left out"));
    }
}

/// Reads one trace and returns how many observations were of no use.
fn read(record: &TraceRecord<'_>, session: &mut Session, out: &mut Output) -> usize {
    let all = &record.observations;
    let nest = Nest::of(record, &mut out.bases);
    let agents: Vec<Option<String>> = all.iter().map(agent).collect();
    let repeated = repeated_failures(record);
    let mut plain = 0;
    let mut called = false;
    let mut outside = Outside::default();
    for (i, seen) in all.iter().enumerate() {
        let agent = record.upwards(i).find_map(|at| agents[at].clone());
        let within = nest.within(record, i).map(|at| &all[at].id);
        let outer = nest.outer.contains(&i);
        match seen.kind.as_str() {
            // Steps around the others, which repeat them.
            "GENERATION" if outer => out.bookkeeping(seen.node, "an outer generation"),
            "TOOL" if tool::is_merged(seen) => out.bookkeeping(seen.node, "answers of parallel calls together"),
            "SPAN" | "CHAIN" | "EVENT" | "AGENT" | "EMBEDDING" | "EVALUATOR" => out.bookkeeping(seen.node, &seen.kind),
            kind if super::KINDS.contains(&kind) => out.mapped(seen.node),
            _ => out.unknown(seen.node),
        }
        let item = match seen.kind.as_str() {
            "GENERATION" if outer => None,
            "GENERATION" => {
                called = true;
                let mut run = model(seen, agent.clone(), session, out);
                outside.ask(record, i, &mut run, &mut out.bases);
                if within.is_none() {
                    outside.place(i, session.items.len(), &run);
                }
                Some(Item::Model(run))
            }
            _ if nest.tools[i] => match handoff(seen, &agent) {
                Some(event) => Some(Item::Event(event)),
                None => {
                    let around = nest.around(record, i).map(|at| all[at].id.clone());
                    tool::run(seen, agent.clone(), around, &mut out.bases).map(Item::Tool)
                }
            },
            "AGENT" => None,
            "TOOL" if tool::is_merged(seen) => None,
            "GUARDRAIL" => guard::guard(seen, agent.clone(), &mut out.bases).map(Item::Event),
            "RETRIEVER" => guard::retrieval(seen, agent.clone(), &mut out.bases).map(Item::Event),
            _ => {
                let event = handoff(seen, &agent).map(Item::Event);
                plain += usize::from(!seen.failed && event.is_none());
                event
            }
        };
        session.items.extend(item.map(|item| item.within(within)));
        // A failure comes after what it put an end to.
        let failure = error(seen, &agent, nest.tools[i]).filter(|e| match &e.kind {
            EventKind::Error { text } => !repeated.contains(&(i, text.text.clone())),
            _ => true,
        });
        session.items.extend(failure.map(|event| Item::Event(event).within(within)));
    }
    outside.answer(record, &nest, &mut session.items);
    outside::late_results(record, &nest, &mut session.items, &mut out.bases);
    if !called {
        without_calls(record, session, out);
    }
    plain
}

/// The first of several attributes that is set, as text.
pub fn attribute(seen: &Observation<'_>, keys: &[&str]) -> Option<Text> {
    seen.attributes?.any(keys)?.text()
}

fn agent(seen: &Observation<'_>) -> Option<String> {
    let named = attribute(seen, &["gen_ai.agent.name", "agent_name"]).map(|t| t.text);
    named.or_else(|| seen.name?.str().map(|s| s.into_owned()).filter(|_| seen.kind == "AGENT"))
}

/// Failures that an observation only repeats: they are handed all the way up, and the lowest one is where it was.
fn repeated_failures(record: &TraceRecord<'_>) -> HashSet<(usize, String)> {
    let mut repeated = HashSet::default();
    for (i, seen) in record.observations.iter().enumerate() {
        if let Some(text) = seen.status.and_then(Node::str).filter(|_| seen.failed) {
            repeated.extend(record.upwards(i).skip(1).filter(|&up| up != i).map(|up| (up, text.clone().into_owned())));
        }
    }
    repeated
}

/// A failure outside of tools.
fn error(seen: &Observation<'_>, agent: &Option<String>, tool: bool) -> Option<Event> {
    let text = seen.status.and_then(Node::text).filter(|_| seen.failed && !tool)?;
    let time = seen.end.or(seen.start);
    Some(Event { time, ..guard::event(EventKind::Error { text }, seen, agent.clone()) })
}

fn handoff(seen: &Observation<'_>, agent: &Option<String>) -> Option<Event> {
    let name = seen.name?.text()?;
    let prefix = ["handoff to ", "Handoff to "].into_iter().find(|p| name.text.starts_with(p))?;
    let to = name.slice(prefix.len(), name.text.len())?;
    Some(guard::event(EventKind::Handoff { from: agent.clone(), to }, seen, agent.clone()))
}

fn model(seen: &Observation<'_>, agent: Option<String>, session: &mut Session, out: &mut Output) -> ModelRun {
    let mut input = Vec::new();
    let mut found = Answer::default();
    if let Some(node) = seen.output {
        match node.nested() {
            Some(nested) => found = answer(nested.root(&mut out.bases)),
            None => found = answer(node),
        }
    }
    input.extend(found.instructions);
    if let Some(node) = seen.input {
        session.tools.extend(payload::disguised_tools(node, &mut out.bases));
        input.extend(payload::asked(node, &mut out.bases));
    }
    session.tools.extend(found.tools);
    offered(seen, session, &mut out.bases);
    let mut output = seen.output.map(|n| payload::spoken(n, &mut out.bases)).unwrap_or_default();
    // OpenInference spells the answer out in attributes, also where the output as a whole is empty.
    if output.is_empty() {
        let of = |a| otlp::numbered_messages(a, "llm.output_messages.", &mut out.bases);
        output = seen.attributes.map(of).unwrap_or_default();
    }
    // Newer records list the calls beside an output that may have been left out.
    if !output.iter().any(|m| m.parts.iter().any(|p| matches!(p, Part::Call(_)))) {
        output.extend(listed_calls(seen, &mut out.bases));
    }
    payload::untangle(&mut input, &mut output);
    let missing = match (seen.input.is_none(), output.is_empty() && seen.output.is_none() && !seen.failed) {
        (true, true) => Some("input and output"),
        (true, false) => Some("its input"),
        (false, true) => Some("its output"),
        (false, false) => None,
    };
    if let Some(missing) = missing {
        let what = format!(
            "a model call was exported without {missing} (Langfuse leaves them out of large or older downloads; fetch the trace from the API)"
        );
        gap(session, GapKind::ContentNotCaptured, &what, seen.node);
    }
    for node in [seen.input, seen.output].into_iter().flatten() {
        if node.str().is_some_and(|s| s.contains("<truncated due to size")) {
            gap(
                session,
                GapKind::ContentTruncated,
                "Langfuse cut the text of a model call because it was too long",
                node,
            );
        }
    }
    let finish = found
        .finish
        .or_else(|| attribute(seen, &["ai.response.finishReason"]))
        .or_else(|| seen.attributes?.get("gen_ai.response.finish_reasons")?.items().next()?.text());
    let usage = |keys: &[&str]| {
        let usage = field(seen.node, "usageDetails").or_else(|| seen.node.get("usage"))?;
        usage.any(keys).and_then(Node::i64)
    };
    let number = |key: &str| seen.node.get(key).and_then(Node::i64).filter(|n| *n > 0);
    let response_id = found.id.or_else(|| attribute(seen, &["gen_ai.response.id", "ai.response.id"]).map(|t| t.text));
    let captured = !input.is_empty() || !output.is_empty();
    ModelRun {
        call: ModelCall {
            model: seen
                .node
                .get("model")
                .or_else(|| field(seen.node, "providedModelName"))
                .and_then(|n| n.str().map(|s| s.into_owned())),
            start: seen.start,
            end: seen.end,
            input_tokens: usage(&["input", "promptTokens", "input_tokens"]).or_else(|| number("inputUsage")),
            output_tokens: usage(&["output", "completionTokens", "output_tokens"]).or_else(|| number("outputUsage")),
            finish: finish.map(|text| (Finish::from_word(&text.text), text)),
            loc: seen.node.loc(),
        },
        input,
        output,
        agent,
        // A second sighting that holds nothing must not stand for the first.
        response_id: response_id.filter(|_| captured),
        previous: None,
    }
}

/// The calls in a field of their own, each as JSON in a string.
fn listed_calls(seen: &Observation<'_>, bases: &mut Bases) -> Option<Msg> {
    let list = field(seen.node, "toolCalls").filter(|l| l.items().next().is_some())?;
    let mut msg = Msg::new(MsgRole::Assistant, list.loc());
    msg.parts = payload::calls(list, bases);
    Some(msg)
}

/// What an answer says besides its messages.
#[derive(Default)]
struct Answer {
    finish: Option<Text>,
    id: Option<String>,
    /// A Responses object repeats the instructions, which the list of input items lacks.
    instructions: Option<Msg>,
    tools: Vec<crate::model::ToolDef>,
}

fn answer(root: Node<'_>) -> Answer {
    let first = root.any(&["choices", "candidates"]).unwrap_or(root).items().next().unwrap_or(root);
    let finish = first.any(&["finish_reason", "stop_reason", "finishReason"]).and_then(Node::text);
    let response = root.has("object", "response");
    Answer {
        finish: finish.or_else(|| root.get("status").filter(|_| response)?.text()),
        id: root
            .str_at("id")
            .filter(|_| response || root.get("choices").is_some() || root.has("type", "message"))
            .map(|s| s.into_owned()),
        instructions: root.get("instructions").filter(|_| response).and_then(payload::system_message),
        tools: if response {
            root.get("tools").into_iter().flat_map(Node::items).filter_map(payload::tool).collect()
        } else {
            Vec::new()
        },
    }
}

/// Definitions of tools, wherever this integration put them.
fn offered(seen: &Observation<'_>, session: &mut Session, bases: &mut Bases) {
    let mut found = field(seen.node, "toolDefinitions").map(|t| payload::tools(t, bases)).unwrap_or_default();
    for holder in [seen.input, seen.metadata].into_iter().flatten() {
        if found.is_empty() {
            found = match holder.nested() {
                Some(nested) => listed(nested.root(bases), seen, bases),
                None => listed(holder, seen, bases),
            };
        }
    }
    session.tools.extend(found);
}

fn listed(holder: Node<'_>, seen: &Observation<'_>, bases: &mut Bases) -> Vec<crate::model::ToolDef> {
    let attributes = holder.get("attributes").filter(|a| a.is_object()).or(seen.attributes);
    let request = attributes.and_then(|a| a.get("model_request_parameters"));
    let lists = [
        holder.get("tools"),
        attributes.and_then(|a| a.any(&["gen_ai.tool.definitions", "ai.prompt.tools"])),
        request.and_then(|r| r.get("function_tools")),
        request.and_then(|r| r.get("output_tools")),
    ];
    lists.into_iter().flatten().flat_map(|list| payload::tools(list, bases)).collect()
}

/// A trace without model calls still tells what went in and came out, as a whole or in its outermost step.
fn without_calls(record: &TraceRecord<'_>, session: &mut Session, out: &mut Output) {
    if let Some(node) = record.node.filter(|_| record.observations.is_empty()) {
        let what = "the trace's observations are not in this export: its model calls and tool calls are missing (download the trace with its observations, or fetch it from the API)";
        gap(session, GapKind::ContentNotCaptured, what, node);
    }
    let roots = record.observations.iter().filter(|o| o.parent.is_none() && o.kind != "TOOL" && o.kind != "EVENT");
    let own = record.node.map(|n| (n.get("input"), n.get("output"), n.any(&["timestamp"]).and_then(crate::time::any)));
    let holders = roots.map(|o| (o.input, o.output, o.start)).chain(own);
    let Some((input, output, time)) = holders.into_iter().find(|(i, o, _)| i.is_some() || o.is_some()) else {
        if let Some(node) = record.node.or_else(|| record.observations.first().map(|o| o.node)) {
            gap(
                session,
                GapKind::ContentNotCaptured,
                "the trace was exported without any input or output (Langfuse leaves them out of large or older downloads; fetch the trace from the API)",
                node,
            );
        }
        return;
    };
    // What went into the trace and came out of it stands for its conversation.
    input.or(output).into_iter().for_each(|n| out.mapped(n));
    let mut before = input.map(|n| payload::asked(n, &mut out.bases)).unwrap_or_default();
    let mut after = output.map(|n| payload::messages(n, &mut out.bases)).unwrap_or_default();
    for msg in before.iter_mut().chain(&mut after) {
        msg.time = time.map(crate::model::Stamp::estimated);
    }
    // A graph puts out its whole state: the conversation with what went in.
    if after.len() > before.len() {
        session.items.push(Item::Transcript(Transcript { messages: before, model: None }));
        session.items.push(Item::Transcript(Transcript { messages: after, model: None }));
        return;
    }
    let answered = before.len();
    before.extend(if after.is_empty() {
        output.map(|n| payload::spoken(n, &mut out.bases)).unwrap_or_default()
    } else {
        after
    });
    for msg in before.iter_mut().skip(answered) {
        msg.time = time.map(crate::model::Stamp::estimated);
    }
    session.items.push(Item::Transcript(Transcript { messages: before, model: None }));
}

fn gap(session: &mut Session, kind: GapKind, what: &str, node: Node<'_>) {
    session.gaps.push(Gap { kind, what: what.to_owned(), loc: Some(node.loc()), event: None });
}

//! From a pool of spans and records to sessions.

use super::span::{About, Log, Pool, Span};
use super::{adk, aside, clock, genai, livekit, loose, lost, model_call, openinference, outermost, rest, tool, vercel};
use crate::format::Bearing;
use crate::format::parts::MERGED_TOOLS;
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Output, Session};
use crate::model::{Gap, GapKind, KeyKind, Stamp};
use crate::payload::Lists;
use crate::time;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

/// What a span is about, found out once.
fn about(span: &Span<'_>) -> About {
    *span.about.get_or_init(|| find_out(span))
}

fn find_out(span: &Span<'_>) -> About {
    let attrs = &span.attrs;
    if attrs.str(&["gen_ai.tool.name"]).as_deref() == Some(MERGED_TOOLS) {
        return About::Other;
    }
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
    // MLflow's values are JSON.
    match kind.trim_matches('"') {
        "llm" | "chat_model" | "generation" => About::Model,
        "tool" => About::Tool,
        "agent" | "workflow" => About::Agent,
        "guardrail" => About::Guard,
        "retriever" => About::Retrieval,
        "" if lost::is_model(span) => About::Model,
        _ if livekit::is_tool(span) || vercel::is_tool(span) => About::Tool,
        _ if livekit::is_model(span) || vercel::is_model(span) => About::Model,
        _ if vercel::is_step(span) => About::Agent,
        _ if attrs.get("llm.request.type").is_some() || attrs.has_prefix("gen_ai.prompt.") => About::Model,
        _ if attrs.get("gen_ai.input.messages").is_some() || adk::has_words(attrs) => About::Model,
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
    let Pool { spans, logs, strays, damaged, other_units } = pool;
    strays.into_iter().for_each(|stray| out.unknown(stray));
    if other_units > 0 {
        out.lossy.push(format!(
            "the times of {other_units} spans are not in nanoseconds, as OTLP requires; they were read in the unit that gives a date in this century"
        ));
    }
    if damaged > 0 {
        out.dropped.push(crate::format::damage(damaged));
    }
    let arrived = arrived(&spans, &logs);
    let mut spans = once(spans);
    if !spans.iter().all(is_span) {
        spans.iter().filter(|s| !is_span(s)).for_each(|s| out.unknown(s.node));
        spans.retain(is_span);
    }
    let conversations = conversation_ids(&spans, &logs);
    let loose = loose::join(&mut spans, |trace_id| conversations.contains_key(trace_id));
    clock::sort(&mut spans, |s| session_key(&conversations, &s.trace_id).0);
    let wrong = clock::stop_wrong(&mut spans);
    let mut others = 0;
    for log in &logs {
        if log.name.starts_with("gen_ai.") {
            out.mapped(log.node);
        } else {
            others += 1;
            rest::report_log(log, out);
        }
    }
    if others > 0 {
        out.lossy.push(format!("{others} log records are not about a model call; left out"));
    }
    let mut of_span: HashMap<(&str, &str), Vec<&Log<'_>>> = HashMap::default();
    for log in logs.iter().filter(|l| l.name.starts_with("gen_ai.")) {
        of_span.entry((&log.trace_id, &log.span_id)).or_default().push(log);
    }
    for records in of_span.values_mut() {
        records.sort_by_key(|l| l.time.map(|t| t.ns));
        // Retried exports send a record twice; it has no id of its own to know it by.
        let mut seen = HashSet::default();
        records.retain(|l| seen.insert((l.time.map(|t| t.ns), &l.name, l.node.json_text().text)));
    }
    let mut sessions: BTreeMap<(usize, String), Session> = BTreeMap::new();
    let mut order: HashMap<String, usize> = HashMap::default();
    for trace_id in &arrived {
        let next = order.len();
        order.entry(session_key(&conversations, trace_id).0).or_insert(next);
    }
    let mut session_of = |trace_id: &str| {
        let (key, kind) = session_key(&conversations, trace_id);
        let next = order.len();
        let place = *order.entry(key.clone()).or_insert(next);
        (place, key, kind)
    };
    let by_id: HashMap<(&str, &str), &Span<'_>> =
        spans.iter().map(|s| ((s.trace_id.as_str(), s.span_id.as_str()), s)).collect();
    let of = |s: &Span<'_>| (s.trace_id.clone(), s.span_id.clone());
    let told = |s: &&Span<'_>| {
        about(s) == About::Model && (model_call::has_words(s) || of_span.contains_key(&(&*s.trace_id, &*s.span_id)))
    };
    let orphans =
        spans.iter().filter(|s| s.parent.as_deref().is_some_and(|p| !by_id.contains_key(&(&*s.trace_id, p)))).count();
    if orphans > 0 {
        out.lossy
            .push(format!("{orphans} spans have a parent that is not in the files: the trace is part of a larger one"));
    }
    let mut parents_of_models: HashSet<(String, String)> =
        spans.iter().filter(told).flat_map(|s| ancestors(s, &by_id).skip(1)).map(of).collect();
    let apart = vercel::apart(&spans, |s| session_key(&conversations, &s.trace_id).0);
    parents_of_models.extend(apart.into_iter().map(of));
    let has_model_below = |s: &Span<'_>| parents_of_models.contains(&of(s));
    // One answer may be seen by two instrumentations, of which one captures no content.
    let answer = |s: &Span<'_>| Some((session_key(&conversations, &s.trace_id).0, model_call::response_id(s)?));
    let answers: HashSet<(String, String)> = spans.iter().filter(told).filter_map(answer).collect();
    let repeated = |s: &Span<'_>| ancestors(s, &by_id).skip(1).any(|up| livekit::has_words(&up.attrs));
    // What a model call was made ready in stands beside it.
    let ready: Vec<&Span<'_>> =
        spans.iter().filter(|s| about(s) == About::Model && openinference::prepares(s)).collect();
    let beside = |s: &Span<'_>| (s.trace_id.clone(), s.parent.clone());
    let asks = |s: &&Span<'_>| !ready.is_empty() && s.attrs.has_prefix("llm.input_messages.");
    let asked: HashSet<(String, Option<String>)> = spans.iter().filter(asks).map(beside).collect();
    let ready = ready.into_iter().filter(|s| asked.contains(&beside(s)));
    let silent_twin = |s: &Span<'_>| {
        let answered = || answer(s).is_some_and(|id| answers.contains(&id));
        about(s) == About::Model && !told(&s) && (answered() || repeated(s))
    };
    let twins: HashSet<(String, String)> = spans.iter().filter(|s| silent_twin(s)).chain(ready).map(of).collect();
    let tools = spans.iter().filter(|s| about(s) == About::Tool);
    // By session, since IDs of calls are unique in one at most.
    let mut tool_starts: HashMap<String, HashMap<String, Stamp>> = HashMap::default();
    for (span, id, start) in tools.filter_map(|s| Some((s, tool::call_id(s)?, s.start?))) {
        let (key, _) = session_key(&conversations, &span.trace_id);
        tool_starts.entry(key).or_default().insert(id, start);
    }
    let no_tools = HashMap::default();
    // Tools inside of which a model was called: what is in them is an agent's of its own.
    let tool_spans: HashSet<(&str, &str)> =
        spans.iter().filter(|s| about(s) == About::Tool).map(|s| (&*s.trace_id, &*s.span_id)).collect();
    // An agent's own span repeats the messages of the calls below it; it counts where there are none.
    let speaks = |span: &Span<'_>| {
        let words = span.attrs.get("gen_ai.input.messages").is_some()
            || span.attrs.any(&genai::WHOLE_RUN).is_some()
            || span.attrs.has_prefix("llm.output_messages.")
            || vercel::is_step(span) && vercel::has_words(&span.attrs);
        about(span) == About::Model || about(span) == About::Agent && words && !has_model_below(span)
    };
    let models = spans.iter().filter(|s| !tool_spans.is_empty() && speaks(s));
    let thinking: HashSet<(&str, &str)> = models
        .filter_map(|s| {
            ancestors(s, &by_id).skip(1).map(|up| (&*up.trace_id, &*up.span_id)).find(|up| tool_spans.contains(up))
        })
        .collect();
    let inner_of = twin_tools(&spans, &thinking, out);
    let mut other = 0;
    let mut lists = Lists::default();
    let mut losses: BTreeMap<(usize, String), lost::Losses> = BTreeMap::new();
    let mut told: HashMap<(String, Option<String>), outermost::Told> = HashMap::default();
    // Spans that became something, and those that did not.
    let (mut became, mut left): (Vec<&Span<'_>>, Vec<&Span<'_>>) = (Vec::new(), Vec::new());
    for span in &spans {
        if is_creation(span) && !has_model_below(span) {
            out.bookkeeping(span.node, "create_agent");
            continue;
        }
        let (place, key, kind) = session_of(&span.trace_id);
        let session = sessions.entry((place, key.clone())).or_insert_with(|| Session::new(key, kind));
        session.user(span.attrs.any(&USER));
        let agent = ancestors(span, &by_id).find_map(agent_name);
        let mut kind = about(span);
        let id = (span.trace_id.as_str(), span.span_id.as_str());
        let mut above = ancestors(span, &by_id).skip(1).filter(|_| !thinking.is_empty());
        let within = above.find(|s| thinking.contains(&(&*s.trace_id, &*s.span_id)));
        let within = within.map(|s| inner_of.get(&of(s)).unwrap_or(&s.span_id).clone());
        let so_far = session.items.len();
        if kind == About::Agent && speaks(span) {
            kind = About::Model;
        }
        match kind {
            About::Agent | About::Other => left.push(span),
            _ => became.push(span),
        }
        let mut parted = false;
        match kind {
            About::Model if twins.contains(&of(span)) => {
                out.bookkeeping(span.node, "a second sighting of a model call");
            }
            // LiveKit wraps the request to the model into a step of its own, which repeats it.
            About::Model if livekit::is_model(span) && has_model_below(span) => {
                out.bookkeeping(span.node, "a second sighting of a model call");
            }
            About::Model => {
                let records = of_span.remove(&id).unwrap_or_default();
                let cut_off = ancestors(span, &by_id).any(livekit::interrupted);
                let became = model_call::read(span, &records, &mut lists, agent, cut_off, session, out);
                // What a call was asked that failed, the run around it holds among all its messages.
                let held = || ancestors(span, &by_id).any(|s| s.attrs.any(&genai::WHOLE_RUN).is_some());
                if !(became.captured || model_call::failed(span) && held()) {
                    session.gaps.push(model_call::not_captured(span));
                }
                parted = became.left.is_some() || span.lost_events();
                // A list of all messages is told again by the next run of the conversation.
                let listed =
                    span.attrs.any(&genai::WHOLE_RUN).is_some() && span.attrs.get("gen_ai.input.messages").is_none();
                if about(span) == About::Agent && !listed {
                    let told = told.entry((session.key.clone(), within.clone())).or_default();
                    let starts = tool_starts.get(&session.key).unwrap_or(&no_tools);
                    outermost::spread(session, starts, told);
                }
            }
            About::Tool => {
                let handoff = aside::handoff(span, agent.clone());
                // Where the span's name alone says so, the handoff is all that it tells.
                let tool_too = handoff.is_none() || attrs_name_a_tool(span);
                let around =
                    ancestors(span, &by_id).skip(1).take_while(|s| !thinks(s)).find(|s| about(s) == About::Tool);
                let around = around.map(|s| s.span_id.clone());
                let run = tool::run(span, agent, around, &mut out.bases).filter(|_| tool_too);
                let tells = run.is_some();
                match run {
                    Some(run) => session.items.push(Item::Tool(run)),
                    None => other += usize::from(handoff.is_none()),
                }
                match tells || handoff.is_some() {
                    true => out.mapped(span.node),
                    false => out.unread(span.node),
                }
                session.items.extend(handoff.map(Item::Event));
            }
            About::Guard => {
                out.mapped(span.node);
                session.items.extend(aside::guard(span, agent, &mut out.bases).map(Item::Event));
            }
            About::Retrieval => {
                out.mapped(span.node);
                session.items.extend(aside::retrieval(span, agent, &mut out.bases).map(Item::Event));
            }
            About::Agent => {}
            About::Other => other += 1,
        }
        if within.is_some() {
            let inner: Vec<Item> = session.items.drain(so_far..).map(|item| item.within(within.as_ref())).collect();
            session.items.extend(inner);
        }
        if parted || span.lost_attributes() && matches!(kind, About::Model | About::Tool) {
            losses.entry((place, session.key.clone())).or_default().add(span);
        }
        session.of_trace(&span.trace_id);
    }
    for (key, losses) in losses {
        if let Some(session) = sessions.get_mut(&key) {
            session.gaps.extend(losses.gap());
        }
    }
    // Records whose spans are in no file: the messages still count.
    let mut orphans: Vec<_> = of_span.into_iter().collect();
    orphans.sort_by_key(|((trace, span), records)| (records.first().and_then(|r| r.time).map(|t| t.ns), *trace, *span));
    for ((trace_id, _), records) in orphans {
        let (place, key, kind) = session_of(trace_id);
        let session = sessions.entry((place, key.clone())).or_insert_with(|| Session::new(key, kind));
        model_call::without_span(&records, &mut lists, session, out);
        session.of_trace(trace_id);
    }
    let in_tool = |s: &Span<'_>| {
        !thinking.is_empty() && ancestors(s, &by_id).skip(1).any(|up| thinking.contains(&(&*up.trace_id, &*up.span_id)))
    };
    let used = outermost::stand_in(&spans, &mut sessions, |s| session_key(&conversations, s), in_tool, out);
    used.iter().for_each(|s| out.mapped(s.node));
    let stood_in: HashSet<*const Span<'_>> = used.iter().map(|s| std::ptr::from_ref(*s)).collect();
    left.retain(|s| !stood_in.contains(&std::ptr::from_ref(*s)));
    rest::report(&left, &became, |s| ancestors(s, &by_id), out);
    let other = other - used.into_iter().filter(|s| about(s) == About::Other).count();
    if other > 0 {
        out.lossy
            .push(format!("{other} spans are neither model calls, tools, agents, guards nor retrievals; left out"));
    }
    let mut parted = HashSet::default();
    for span in spans.iter().filter(|span| loose.contains(&span.trace_id)) {
        let (key, _) = session_key(&conversations, &span.trace_id);
        let place = order.get(&key).copied().filter(|_| parted.insert(key.clone()));
        if let Some(session) = place.and_then(|place| sessions.get_mut(&(place, key))) {
            session.gaps.push(loose::gap(span));
        }
    }
    for (trace_id, loc) in wrong {
        let (key, _) = session_key(&conversations, &trace_id);
        let Some(place) = order.get(&key) else { continue };
        if let Some(session) =
            sessions.get_mut(&(*place, key)).filter(|s| s.gaps.iter().all(|g| g.what != clock::WRONG_CLOCK))
        {
            let (kind, what) = (GapKind::NotRead, clock::WRONG_CLOCK.to_owned());
            session.gaps.push(Gap { kind, what, loc: Some(loc), event: None });
        }
    }
    // A trace of something else beside those of an agent is no session of it. Those may be in another part of the file.
    let holds = |s: &Session| !s.items.is_empty() || !s.gaps.is_empty();
    if out.is_part || sessions.values().any(holds) {
        sessions.retain(|_, s| holds(s));
    }
    out.sessions.extend(sessions.into_values());
}

/// True for a span of an agent's making, before it is at work.
fn is_creation(span: &Span<'_>) -> bool {
    span.attrs.str(&["gen_ai.operation.name"]).as_deref() == Some("create_agent")
}

/// Of tools' spans inside of which a model was called, those that another instrumentation wrote of the same run, each with the
/// first span of it: what is inside of one is inside of the other.
fn twin_tools(
    spans: &[Span<'_>],
    thinking: &HashSet<(&str, &str)>,
    out: &mut Output,
) -> HashMap<(String, String), String> {
    let mut runs: HashMap<(String, String), (&Span<'_>, i64)> = HashMap::default();
    let mut twins = HashMap::default();
    for span in spans.iter().filter(|s| thinking.contains(&(&*s.trace_id, &*s.span_id))) {
        let (Some(start), Some(end)) = (span.start, span.end) else { continue };
        let Some(id) = tool::any_call_id(span, &mut out.bases) else { continue };
        match runs.get_mut(&(span.trace_id.clone(), id.clone())) {
            Some((first, until)) if start.ns <= *until => {
                twins.insert((span.trace_id.clone(), span.span_id.clone()), first.span_id.clone());
                *until = end.ns.max(*until);
            }
            _ => {
                runs.insert((span.trace_id.clone(), id), (span, end.ns));
            }
        }
    }
    twins
}

/// The sessions that some spans and records tell of. A trace belongs to the conversation that any span of it names.
pub fn bearing(pool: &Pool<'_>) -> Bearing {
    let of_spans = pool.spans.iter().map(|s| (&s.trace_id, &s.attrs));
    let of_logs = pool.logs.iter().map(|l| (&l.trace_id, &l.attrs));
    let mut told = Bearing::default();
    for (trace_id, attrs) in of_spans.chain(of_logs) {
        let trace = (KeyKind::Trace, trace_id.clone());
        if let Some(id) = attrs.str(&CONVERSATION) {
            let conversation = (KeyKind::Conversation, id);
            told.keys.push(conversation.clone());
            told.same.push((trace.clone(), conversation));
        }
        told.keys.push(trace);
    }
    // Where nothing else says what belongs together, what spans share does.
    for span in &pool.spans {
        for shared in loose::shared(span) {
            let (trace, shared) = ((KeyKind::Trace, span.trace_id.clone()), (KeyKind::Trace, shared));
            told.keys.push(shared.clone());
            told.same.push((trace, shared));
        }
    }
    told.damaged = pool.damaged;
    told
}

/// The traces in the order of their first appearance, in which a file that is read in parts has its sessions as well.
fn arrived(spans: &[Span<'_>], logs: &[Log<'_>]) -> Vec<String> {
    let of_spans = spans.iter().map(|s| (s.node.loc().base, false, &s.trace_id));
    let of_logs = logs.iter().map(|l| (l.node.loc().base, true, &l.trace_id));
    let mut all: Vec<_> = of_spans.chain(of_logs).collect();
    all.sort_by_key(|(document, is_log, _)| (*document, *is_log));
    let mut known = HashSet::default();
    all.into_iter().filter(|(_, _, id)| known.insert(*id)).map(|(_, _, id)| id.clone()).collect()
}

fn session_key(conversations: &HashMap<String, String>, trace_id: &str) -> (String, KeyKind) {
    match conversations.get(trace_id) {
        Some(id) => (id.clone(), KeyKind::Conversation),
        None => (trace_id.to_owned(), KeyKind::Trace),
    }
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
        let kind = span.attrs.str(&["traceloop.span.kind", "openinference.span.kind"])?;
        kind.eq_ignore_ascii_case("agent").then(|| span.attrs.str(&["traceloop.entity.name", "graph.node.id"]))?
    })
}

/// True for a span inside of which a call is another call, even of the same tool.
fn thinks(span: &Span<'_>) -> bool {
    matches!(about(span), About::Agent | About::Model)
}

/// False for an object among spans that has nothing of one.
fn is_span(span: &Span<'_>) -> bool {
    !span.span_id.is_empty() || span.name.is_some() || span.start.is_some() || !span.attrs.all.is_empty()
}

/// Every span once. Retried exports send one twice, and some exporters send it when it begins and again, with all
/// that it holds, when it ends: the fuller one counts.
fn once(spans: Vec<Span<'_>>) -> Vec<Span<'_>> {
    let mut kept: Vec<Span<'_>> = Vec::with_capacity(spans.len());
    let mut place: HashMap<(String, String), usize> = HashMap::default();
    for span in spans {
        let next = kept.len();
        let known = match span.span_id.is_empty() {
            true => next,
            false => *place.entry((span.trace_id.clone(), span.span_id.clone())).or_insert(next),
        };
        match kept.get_mut(known) {
            Some(known) if span.attrs.all.len() > known.attrs.all.len() => *known = span,
            Some(_) => {}
            None => kept.push(span),
        }
    }
    kept
}

/// The attributes that name a conversation.
const CONVERSATION: [&str; 12] = [
    "gen_ai.conversation.id",
    "session.id",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.conversation_id",
    "traceloop.association.properties.thread_id",
    "traceloop.association.properties.chat_id",
    "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.threadId",
    "ai.telemetry.metadata.chatId",
    "ai.telemetry.metadata.conversationId",
    "gcp.vertex.agent.session_id",
];

/// The attributes that name the user.
const USER: [&str; 6] = [
    "user.id",
    "enduser.id",
    "langfuse.user.id",
    "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId",
    "ai.telemetry.metadata.user_id",
];

/// The conversation of each trace: where several are named, the one that the span names which begins first.
fn conversation_ids(spans: &[Span<'_>], logs: &[Log<'_>]) -> HashMap<String, String> {
    let begins = |s: &Span<'_>| {
        let start = s.start.filter(|at| time::is_of_this_century(*at)).map_or(i64::MAX, |at| at.ns);
        (start, Reverse(s.end.map(|at| at.ns)))
    };
    let mut first: HashMap<&str, (_, String)> = HashMap::default();
    for span in spans {
        let Some(id) = span.attrs.str(&CONVERSATION) else { continue };
        let begins = (begins(span), &span.span_id);
        match first.entry(&span.trace_id) {
            Entry::Occupied(mut known) if begins < known.get().0 => drop(known.insert((begins, id))),
            Entry::Occupied(_) => {}
            Entry::Vacant(new) => drop(new.insert((begins, id))),
        }
    }
    let mut found: HashMap<String, String> =
        first.into_iter().map(|(trace_id, (_, id))| (trace_id.to_owned(), id)).collect();
    for log in logs {
        if let Some(id) = log.attrs.str(&CONVERSATION) {
            found.entry(log.trace_id.clone()).or_insert(id);
        }
    }
    found
}

fn attrs_name_a_tool(span: &Span<'_>) -> bool {
    span.attrs.any(&["gen_ai.tool.name", "tool.name", "gen_ai.transfer.target.name"]).is_some()
}

//! Sessions of which no model call was recorded: what the outermost step took in and gave out stands for it.

use super::span::Span;
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Gap, GapKind, KeyKind, Stamp};
use crate::node::Node;
use crate::payload;
use std::collections::BTreeMap;

/// Adds to each session without a model call what its outermost step with words says. Returns these steps. What an agent does
/// `inside` of a tool is told by its own model calls.
pub fn stand_in<'s, 'd>(
    spans: &'s [Span<'d>],
    sessions: &mut BTreeMap<(usize, String), Session>,
    key: impl Fn(&str) -> (String, KeyKind),
    inside: impl Fn(&Span<'d>) -> bool,
    out: &mut Output,
) -> Vec<&'s Span<'d>> {
    let mut used = Vec::new();
    // The first of a trace to begin is the outermost.
    let mut first: HashMap<&str, &Span<'d>> = HashMap::default();
    for span in spans.iter().filter(|s| is_step(s) && !inside(s)) {
        let known = first.entry(&span.trace_id).or_insert(span);
        if span.start.map(|t| t.ns) < known.start.map(|t| t.ns) {
            *known = span;
        }
    }
    // A conversation may be several traces, one for each turn.
    let mut of_session: HashMap<String, Vec<&Span<'d>>> = HashMap::default();
    for span in spans.iter().filter(|s| first.get(s.trace_id.as_str()).is_some_and(|f| std::ptr::eq(*f, *s))) {
        of_session.entry(key(&span.trace_id).0).or_default().push(span);
    }
    for ((_, name), session) in sessions {
        if session.items.iter().any(|i| i.model_run().is_some()) {
            continue;
        }
        let outermost = of_session.get(name).map_or(&[][..], Vec::as_slice);
        if let Some(span) = outermost.first() {
            let inner = |item: &Item| matches!(item, Item::Within(_, inner) if matches!(**inner, Item::Model(_)));
            let outside = if session.items.iter().any(inner) { " outside of its tools" } else { "" };
            session.gaps.push(Gap {
                kind: GapKind::ContentNotCaptured,
                what: format!("the trace contains no model call{outside}; the input and output of its outermost step are used as the conversation"),
                loc: Some(span.node.loc()),
                event: None,
            });
        }
        for span in outermost {
            used.push(*span);
            tell(span, session, out);
            session.of_trace(&span.trace_id);
        }
    }
    used
}

/// Tells what a step was given when it begins, and what it gave when it ends.
fn tell(span: &Span<'_>, session: &mut Session, out: &mut Output) {
    let mut asked = words(span.attrs.any(&["input.value", "traceloop.entity.input"]), MsgRole::User, &mut out.bases);
    let result = span.attrs.any(&["output.value", "traceloop.entity.output"]);
    let of_crew = span.attrs.get("crew_tasks").and_then(|tasks| crew(tasks, result?, &mut out.bases));
    let given = match of_crew {
        Some((tasks, answers)) => {
            asked.extend(tasks);
            answers
        }
        None => words(result, MsgRole::Assistant, &mut out.bases),
    };
    // A graph gives out its whole state; any other answer follows what was asked, which the next turn may repeat with it.
    let state = given.iter().any(|msg| msg.role == MsgRole::User);
    let whole = match state || given.is_empty() {
        true => given,
        false => asked.iter().cloned().chain(given).collect(),
    };
    for (mut messages, time) in [(asked, span.start), (whole, span.end.or(span.start))] {
        messages.iter_mut().for_each(|msg| msg.time = time.map(Stamp::estimated));
        if !messages.is_empty() {
            session.items.push(Item::Transcript(Transcript { messages, model: None }));
        }
    }
}

/// What a crew of CrewAI was asked, task by task, and what came of the tasks; nothing where either is not as CrewAI writes it.
fn crew(tasks: Node<'_>, result: Node<'_>, bases: &mut Bases) -> Option<(Vec<Msg>, Vec<Msg>)> {
    let asked = texts(tasks, None, "description", MsgRole::User, bases)?;
    let given = texts(result, Some("tasks_output"), "raw", MsgRole::Assistant, bases)?;
    (!asked.is_empty() && !given.is_empty()).then_some((asked, given))
}

/// A text of each item of a list that is written as JSON in a string, there or under a key.
fn texts(json: Node<'_>, list: Option<&str>, key: &str, role: MsgRole, bases: &mut Bases) -> Option<Vec<Msg>> {
    let nested = json.nested().filter(|nested| !nested.cut)?;
    let root = nested.root(bases);
    let list = list.map_or(Some(root), |list| root.get(list))?;
    list.items().map(|item| payload::plain(item.get(key)?, role)).collect()
}

/// Words of agents that were told apart from the runs that hold them, with how often each was.
pub type Told = HashMap<String, usize>;

/// Takes the messages that an agent's span put out apart by time: each call is made when its tool begins, and what is said
/// before a call is said before it. The span itself only has its own end. The next run of the conversation has them in its
/// input, and some that this one did not put out: the former are `told`, and the latter are taken apart in the same way.
pub fn spread(session: &mut Session, starts: &HashMap<String, Stamp>, told: &mut Told) {
    let Some(Item::Model(run)) = session.items.last_mut().filter(|i| matches!(i, Item::Model(_))) else { return };
    let mut next = run.call.end;
    let (agent, mut output) = (run.agent.clone(), std::mem::take(&mut run.output));
    let mut earlier = earlier(&mut run.input, run.call.start, starts, told);
    for msg in output.iter_mut().rev() {
        next = begun(msg, starts).or(next);
        msg.time = next;
    }
    output.iter().for_each(|msg| *told.entry(words_of(msg)).or_default() += 1);
    earlier.extend(output);
    for mut msg in earlier {
        msg.agent = msg.agent.take().or_else(|| agent.clone());
        session.items.push(Item::Message(msg));
    }
}

/// Takes out of a history what was told already, and the words beside calls of tools that are known to have begun before.
fn earlier(
    history: &mut Vec<Msg>,
    before: Option<Stamp>,
    starts: &HashMap<String, Stamp>,
    told: &mut Told,
) -> Vec<Msg> {
    let mut left = told.clone();
    let mut found = Vec::new();
    for msg in history.iter_mut().filter(|msg| msg.role == MsgRole::Assistant) {
        let words = words_of(msg);
        let known = left.get_mut(&words).filter(|times| **times > 0);
        let time = begun(msg, starts).filter(|time| before.is_none_or(|before| time.ns < before.ns));
        if words.is_empty() || known.is_none() && time.is_none() {
            continue;
        }
        let (words_only, rest): (Vec<Part>, Vec<Part>) =
            std::mem::take(&mut msg.parts).into_iter().partition(|part| matches!(part, Part::Text(_)));
        (msg.parts, msg.known) = (rest, 0);
        match known {
            Some(times) => *times -= 1,
            None => {
                *told.entry(words).or_default() += 1;
                let mut said = Msg::new(MsgRole::Assistant, msg.loc);
                (said.parts, said.time, said.agent) = (words_only, time, msg.agent.clone());
                found.push(said);
            }
        }
    }
    history.retain(|msg| msg.role != MsgRole::Assistant || !msg.parts.is_empty());
    found
}

/// The words of a message, without the blanks between them.
fn words_of(msg: &Msg) -> String {
    let texts = msg.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(&text.text) } else { None });
    texts.flat_map(|text| text.split_whitespace()).collect()
}

/// When the first tool that a message calls began, just before which the message was said.
fn begun(msg: &Msg, starts: &HashMap<String, Stamp>) -> Option<Stamp> {
    let at = msg.parts.iter().find_map(|part| match part {
        Part::Call(call) => starts.get(call.id.as_ref()?).copied(),
        _ => None,
    })?;
    Some(Stamp { ns: at.ns.saturating_sub(1), ..at }.estimated())
}

/// True for a step that is none of those that tell something of their own.
fn is_step(span: &Span<'_>) -> bool {
    let kind = span.attrs.str(&["openinference.span.kind", "traceloop.span.kind"]).unwrap_or_default();
    // MLflow writes it as JSON in a string.
    let step = matches!(kind.trim_matches('"').to_ascii_lowercase().as_str(), "chain" | "agent" | "workflow" | "task");
    let keys = ["input.value", "output.value", "traceloop.entity.input", "traceloop.entity.output"];
    step && span.attrs.any(&keys).is_some()
}

/// Messages, or the one text that a step was given, whatever its writer put around it.
fn words(node: Option<Node<'_>>, role: MsgRole, bases: &mut Bases) -> Vec<Msg> {
    let Some(node) = node else { return Vec::new() };
    let found = payload::messages(node, bases);
    if !found.is_empty() {
        return found;
    }
    let inner = node
        .nested()
        .filter(|n| !n.cut)
        .and_then(|nested| payload::plain(payload::only_text(nested.root(bases))?, role));
    inner.map_or_else(|| payload::said(node, role, bases), |msg| vec![msg])
}

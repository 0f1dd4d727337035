//! Sessions of which no model call was recorded: what the outermost step took in and gave out stands for it.

use super::span::Span;
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Gap, GapKind, KeyKind, Stamp};
use crate::node::Node;
use crate::payload;
use std::collections::BTreeMap;

/// Adds to each session without a model call what its outermost step with words says. Returns these steps.
pub fn stand_in<'s, 'd>(
    spans: &'s [Span<'d>],
    sessions: &mut BTreeMap<(usize, String), Session>,
    key: impl Fn(&str) -> (String, KeyKind),
    out: &mut Output,
) -> Vec<&'s Span<'d>> {
    let mut used = Vec::new();
    // The first to begin is the outermost.
    let mut first: HashMap<String, &Span<'d>> = HashMap::default();
    for span in spans.iter().filter(|s| is_step(s)) {
        let known = first.entry(key(&span.trace_id).0).or_insert(span);
        if span.start.map(|t| t.ns) < known.start.map(|t| t.ns) {
            *known = span;
        }
    }
    for ((_, name), session) in sessions {
        if session.items.iter().any(|i| matches!(i, Item::Model(_))) {
            continue;
        }
        let Some(span) = first.get(name).copied() else { continue };
        used.push(span);
        let mut messages =
            words(span.attrs.any(&["input.value", "traceloop.entity.input"]), MsgRole::User, &mut out.bases);
        let answer =
            words(span.attrs.any(&["output.value", "traceloop.entity.output"]), MsgRole::Assistant, &mut out.bases);
        for msg in &mut messages {
            msg.time = span.start.map(Stamp::estimated);
        }
        let asked = messages.len();
        messages.extend(answer);
        for msg in messages.iter_mut().skip(asked) {
            msg.time = span.end.or(span.start).map(Stamp::estimated);
        }
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "the trace contains no model call; the input and output of its outermost step are used as the conversation".to_owned(),
            loc: Some(span.node.loc()),
            event: None,
        });
        let (asked, answered): (Vec<Msg>, Vec<Msg>) = messages.into_iter().partition(|m| m.role != MsgRole::Assistant);
        for messages in [asked, answered].into_iter().filter(|m| !m.is_empty()) {
            session.items.push(Item::Transcript(Transcript { messages, model: None }));
        }
    }
    used
}

/// Takes the messages that an agent's span put out apart by time: each call is made when its tool begins, and what is said
/// before a call is said before it. The span itself only has its own end.
pub fn spread(session: &mut Session, starts: &HashMap<String, Stamp>) {
    let Some(Item::Model(run)) = session.items.last_mut().filter(|i| matches!(i, Item::Model(_))) else { return };
    let mut next = run.call.end;
    let (agent, mut output) = (run.agent.clone(), std::mem::take(&mut run.output));
    for msg in output.iter_mut().rev() {
        let begun = msg.parts.iter().find_map(|part| match part {
            Part::Call(call) => starts.get(call.id.as_ref()?).copied(),
            _ => None,
        });
        next = begun.map(|at| Stamp { ns: at.ns.saturating_sub(1), ..at }.estimated()).or(next);
        msg.time = next;
        msg.agent = msg.agent.take().or_else(|| agent.clone());
    }
    session.items.extend(output.into_iter().map(Item::Message));
}

/// True for a step that is none of those that tell something of their own.
fn is_step(span: &Span<'_>) -> bool {
    let kind = span.attrs.str(&["openinference.span.kind", "traceloop.span.kind"]).unwrap_or_default();
    let step = matches!(kind.to_ascii_lowercase().as_str(), "chain" | "agent" | "workflow" | "task");
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

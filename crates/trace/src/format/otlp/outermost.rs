//! Sessions of which no model call was recorded: what the outermost step took in and gave out stands for it.

use super::span::Span;
use crate::item::{Item, Msg, MsgRole, Output, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Gap, GapKind, KeyKind, Stamp};
use crate::node::Node;
use crate::payload;
use std::collections::{BTreeMap, HashMap};

/// Adds to each session without a model call what its outermost step with words says. Returns these steps.
pub fn stand_in<'s, 'd>(
    spans: &'s [Span<'d>],
    sessions: &mut BTreeMap<(usize, String), Session>,
    key: impl Fn(&str) -> (String, KeyKind),
    out: &mut Output,
) -> Vec<&'s Span<'d>> {
    let mut used = Vec::new();
    // The first to begin is the outermost.
    let mut first: HashMap<String, &Span<'d>> = HashMap::new();
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
    let inner =
        node.nested().filter(|n| !n.cut).and_then(|nested| payload::plain(only_text(nested.root(bases), 0)?, role));
    inner.map_or_else(|| payload::said(node, role, bases), |msg| vec![msg])
}

/// The only text in a value: `"x"`, `{"args": ["x"], "kwargs": {}}`, `{"input": "x"}`.
fn only_text(node: Node<'_>, depth: usize) -> Option<Node<'_>> {
    if node.is_str() {
        return Some(node);
    }
    if depth > 4 {
        return None;
    }
    let mut inner = node
        .items()
        .chain(node.entries().map(|(_, n)| n))
        .filter(|n| !n.is_null() && (n.is_str() || n.items().next().is_some() || n.entries().next().is_some()));
    let only = inner.next()?;
    if inner.next().is_some() { None } else { only_text(only, depth + 1) }
}

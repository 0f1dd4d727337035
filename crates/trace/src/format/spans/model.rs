//! Spans of requests to models.

use super::{Span, answered, finish, named, response_id, used};
use crate::item::{Item, ModelRun, MsgRole, Output, Session};
use crate::locator::Bases;
use crate::model::{Finish, Gap, GapKind, ModelCall};
use crate::node::Node;
use crate::payload;

/// Reads a request to a model. `why` says why the system may lack an input or an output.
pub fn read(span: &Span<'_>, agent: Option<String>, why: &str, session: &mut Session, out: &mut Output) -> Item {
    let bases = &mut out.bases;
    let mut input = span.asked.clone();
    if input.is_empty()
        && let Some(node) = span.input
    {
        session.tools.extend(payload::disguised_tools(node, bases));
        input = payload::asked(node, bases);
    }
    let mut output = span.said.clone();
    if output.is_empty() {
        let withheld = span.output.and_then(|said| payload::withheld(said, MsgRole::Assistant));
        let answered = || inside(span.output, bases, |root, bases| Some(answered(root, bases))).unwrap_or_default();
        output = withheld.map_or_else(answered, |msg| vec![msg]);
    }
    let missing = match (input.is_empty() && !span.continues, output.is_empty() && span.failed != Some(true)) {
        (true, true) => Some("input and output"),
        (true, false) => Some("its input"),
        (false, true) => Some("its output"),
        (false, false) => None,
    };
    if let Some(missing) = missing {
        let what = format!("a model call is in the record without {missing} ({why})");
        let loc = Some(span.node.loc());
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc, event: None });
    }
    let listed = |root: Node<'_>, bases: &mut Bases| {
        let holder = root.any(&["kwargs", "invocation_params"]).unwrap_or(root);
        Some(payload::tools(holder.any(&["tools", "functions"])?, bases)).filter(|found| !found.is_empty())
    };
    let offered = span.tools.map(|list| payload::tools(list, bases)).filter(|found| !found.is_empty());
    session.tools.extend(offered.or_else(|| inside(span.input, bases, listed)).unwrap_or_default());
    let finish = inside(span.output, bases, |root, _| finish(root));
    let asked_for = |root: Node<'_>| root.str_at("model").map(|s| s.into_owned()).filter(|s| !s.is_empty());
    let model = inside(span.output, bases, |root, _| named(root))
        .or_else(|| span.model.clone())
        .or_else(|| inside(span.input, bases, |root, _| asked_for(root)));
    let count = |own: Option<i64>, keys: &[&str], bases: &mut Bases| {
        own.filter(|n| *n > 0).or_else(|| inside(span.output, bases, |root, _| used(root, keys)))
    };
    let captured = !input.is_empty() || !output.is_empty();
    Item::Model(ModelRun {
        call: ModelCall {
            model,
            start: span.start,
            end: span.end,
            input_tokens: count(span.tokens.0, &["input_tokens", "prompt_tokens"], bases),
            output_tokens: count(span.tokens.1, &["output_tokens", "completion_tokens"], bases),
            finish: finish.map(|text| (Finish::from_word(&text.text), text)),
            loc: span.node.loc(),
        },
        input,
        output,
        agent,
        response_id: inside(span.output, bases, |root, _| response_id(root)).filter(|_| captured),
        previous: inside(span.input, bases, |root, _| root.str_at("previous_response_id").map(|s| s.into_owned())),
    })
}

/// Reads a value that may be JSON in a string.
pub fn inside<R>(
    node: Option<Node<'_>>,
    bases: &mut Bases,
    read: impl FnOnce(Node<'_>, &mut Bases) -> Option<R>,
) -> Option<R> {
    let node = node?;
    match node.nested() {
        Some(nested) => {
            let root = nested.root(bases);
            read(root, bases)
        }
        None => read(node, bases),
    }
}

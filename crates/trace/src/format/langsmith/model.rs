//! Runs of models.

use super::super::spans::{answered, finish, named, response_id, used};
use super::gather::Run;
use crate::item::{Item, ModelRun, Output, Session};
use crate::locator::Bases;
use crate::model::{Finish, Gap, GapKind, ModelCall, ToolDef};
use crate::node::Node;
use crate::payload;

/// Reads a run of a model into its session. Tools gave these answers, which hold lines that look like turns.
pub fn read(run: &Run<'_>, agent: Option<String>, answers: &[String], session: &mut Session, out: &mut Output) {
    let bases = &mut out.bases;
    let input = run.get("inputs").map(|n| payload::asked_after(n, answers, bases)).unwrap_or_default();
    let output = run.read("outputs", bases, |root, bases| Some(answered(root, bases))).unwrap_or_default();
    let unanswered = output.is_empty() && run.error().is_none();
    let missing = match (input.is_empty(), unanswered) {
        (true, true) => Some("input and output"),
        (true, false) => Some("its input"),
        (false, true) => Some("its output"),
        (false, false) => None,
    };
    if let Some(missing) = missing {
        let what = format!(
            "a model call is in the record without {missing} (LangSmith leaves them out where the SDK hides them, where the fields were not selected for the export, and while a run is pending)"
        );
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(run.node.loc()), event: None });
    }
    session.tools.extend(offered(run, bases));
    let finish = run.read("outputs", bases, |root, _| finish(root));
    let named = run.read("outputs", bases, |root, _| named(root));
    let asked_for = |key: &str, bases: &mut Bases| run.read(key, bases, |root, _| requested(root));
    let model = named
        .or_else(|| run.metadata(&["ls_model_name"], bases))
        .or_else(|| asked_for("extra", bases))
        .or_else(|| asked_for("inputs", bases));
    let usage = |own: &str, keys: &[&str], bases: &mut Bases| {
        let counted = run.get(own).and_then(Node::i64).filter(|n| *n > 0);
        counted.or_else(|| run.read("outputs", bases, |root, _| used(root, keys)))
    };
    let captured = !input.is_empty() || !output.is_empty();
    let response_id = run.read("outputs", bases, |root, _| response_id(root)).filter(|_| captured);
    let previous = run.read("inputs", bases, |root, _| root.str_at("previous_response_id").map(|s| s.into_owned()));
    session.items.push(Item::Model(ModelRun {
        call: ModelCall {
            model,
            start: run.start,
            end: run.end,
            input_tokens: usage("prompt_tokens", &["input_tokens", "prompt_tokens"], bases),
            output_tokens: usage("completion_tokens", &["output_tokens", "completion_tokens"], bases),
            finish: finish.map(|text| (Finish::from_word(&text.text), text)),
            loc: run.node.loc(),
        },
        input,
        output,
        agent,
        response_id,
        previous,
    }));
}

fn requested(root: Node<'_>) -> Option<String> {
    let holder = root.get("invocation_params").unwrap_or(root);
    holder.any(&["model", "model_name"])?.str().map(|s| s.into_owned())
}

fn offered(run: &Run<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    let listed = |root: Node<'_>, bases: &mut Bases| {
        let list = root.get("invocation_params").unwrap_or(root).any(&["tools", "functions"])?;
        Some(payload::tools(list, bases)).filter(|found| !found.is_empty())
    };
    run.read("inputs", bases, listed).or_else(|| run.read("extra", bases, listed)).unwrap_or_default()
}

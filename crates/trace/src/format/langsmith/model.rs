//! Runs of models.

use super::gather::Run;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Session};
use crate::locator::Bases;
use crate::model::{Finish, Gap, GapKind, ModelCall, Text, ToolDef};
use crate::node::Node;
use crate::payload;

/// Reads a run of a model into its session.
pub fn read(run: &Run<'_>, agent: Option<String>, session: &mut Session, out: &mut Output) {
    let bases = &mut out.bases;
    let input = run.get("inputs").map(|n| payload::asked(n, bases)).unwrap_or_default();
    let mut output = run.read("outputs", bases, |root, bases| Some(answered(root, bases))).unwrap_or_default();
    for msg in &mut output {
        if msg.role == MsgRole::User {
            msg.role = MsgRole::Assistant;
        }
    }
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

/// The answer that was used: the first of LangChain's generations, or of OpenAI's choices. The others were given to nobody.
fn first(root: Node<'_>) -> Node<'_> {
    let Some(list) = root.any(&["generations", "choices"]).filter(|l| l.is_array()) else { return root };
    let Some(first) = list.items().next() else { return root };
    if first.is_array() { first.items().next().unwrap_or(first) } else { first }
}

fn answered(root: Node<'_>, bases: &mut Bases) -> Vec<Msg> {
    let answer = first(root);
    let found = payload::messages(answer, bases);
    if !found.is_empty() {
        return found;
    }
    let words = answer.get("text").filter(|n| n.is_str()).or_else(|| payload::only_text(answer));
    match words.and_then(|words| payload::plain(words, MsgRole::Assistant)) {
        Some(msg) => vec![msg],
        None => payload::spoken(answer, bases),
    }
}

/// The message of an answer: LangChain's constructor keeps its members one level down.
fn message(root: Node<'_>) -> Option<Node<'_>> {
    let message = first(root).get("message")?;
    Some(message.get("kwargs").unwrap_or(message))
}

fn finish(root: Node<'_>) -> Option<Text> {
    const KEYS: [&str; 4] = ["finish_reason", "stop_reason", "finishReason", "done_reason"];
    let answer = first(root);
    let told = message(root).and_then(|m| m.get("response_metadata"));
    let holders = [Some(answer), answer.any(&["generation_info", "generationInfo"]), told, Some(root)];
    let found = holders.into_iter().flatten().find_map(|holder| holder.any(&KEYS)?.text());
    found.or_else(|| root.get("status").filter(|_| root.has("object", "response"))?.text())
}

fn named(root: Node<'_>) -> Option<String> {
    let told = message(root).and_then(|m| m.get("response_metadata"));
    let holders = [root.get("llm_output"), root.get("llmOutput"), told, Some(root)];
    let found = holders.into_iter().flatten().find_map(|holder| holder.any(&["model_name", "model"])?.str());
    found.map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

fn requested(root: Node<'_>) -> Option<String> {
    let holder = root.get("invocation_params").unwrap_or(root);
    holder.any(&["model", "model_name"])?.str().map(|s| s.into_owned())
}

fn used(root: Node<'_>, keys: &[&str]) -> Option<i64> {
    let of_message = message(root).and_then(|m| m.get("usage_metadata"));
    let told = message(root).and_then(|m| m.get("response_metadata")?.any(&["token_usage", "usage"]));
    let of_llm = root.any(&["llm_output", "llmOutput"]).and_then(|l| l.any(&["token_usage", "tokenUsage", "usage"]));
    let holders = [root.get("usage_metadata"), of_message, told, of_llm, root.get("usage")];
    holders.into_iter().flatten().find_map(|usage| usage.any(keys)?.i64())
}

fn response_id(root: Node<'_>) -> Option<String> {
    let own = root.get("choices").is_some() || root.has("object", "response") || root.has("type", "message");
    root.str_at("id").filter(|_| own).map(|s| s.into_owned())
}

fn offered(run: &Run<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    let listed = |root: Node<'_>, bases: &mut Bases| {
        let list = root.get("invocation_params").unwrap_or(root).any(&["tools", "functions"])?;
        Some(payload::tools(list, bases)).filter(|found| !found.is_empty())
    };
    run.read("inputs", bases, listed).or_else(|| run.read("extra", bases, listed)).unwrap_or_default()
}

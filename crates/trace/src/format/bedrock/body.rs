//! The bodies of a request and of its answer: Converse's own, and those of the models' vendors.

use crate::format::{Document, exchange};
use crate::item::{Msg, MsgRole, Output};
use crate::locator::Bases;
use crate::model::{Finish, ModelCall, Stamp, ToolDef};
use crate::node::Node;
use crate::payload;

/// Members that hold a prompt as one text: Llama, Mistral, Claude before its messages, Titan, Cohere.
const PROMPTS: [&str; 3] = ["prompt", "inputText", "message"];
/// Members that hold an answer as one text.
const ANSWERS: [&str; 5] = ["outputText", "generation", "completion", "text", "response"];
/// Members under which answers are listed; only the first is used.
const LISTS: [&str; 4] = ["results", "outputs", "generations", "completions"];

/// The messages of a request.
pub fn messages(request: Node<'_>) -> Option<Node<'_>> {
    if request.is_array() {
        return Some(request).filter(|list| list.items().next().is_some_and(|m| m.get("role").is_some()));
    }
    request.get("messages").filter(|list| list.is_array())
}

/// True for a message with blocks that only Converse writes so.
pub fn has_block(message: Node<'_>) -> bool {
    const BLOCKS: [&str; 5] = ["toolUse", "toolResult", "reasoningContent", "cachePoint", "guardContent"];
    let mut blocks = message.get("content").into_iter().flat_map(Node::items);
    message.get("role").is_some() && blocks.any(|block| block.get("type").is_none() && block.any(&BLOCKS).is_some())
}

/// True for an answer of Converse.
pub fn is_converse_answer(node: Node<'_>) -> bool {
    let message = node.get("output").and_then(|output| output.get("message"));
    let spoken = message.is_some_and(|m| m.get("role").is_some() && m.get("content").is_some());
    spoken && node.any(&["stopReason", "usage", "metrics"]).is_some()
}

/// What the model was sent.
pub fn request(doc: &Document<'_>, body: Node<'_>, out: &mut Output) -> Vec<Msg> {
    let mut all: Vec<Msg> = body.get("system").and_then(payload::system_message).into_iter().collect();
    match messages(body) {
        Some(list) => all.extend(exchange::messages(doc, Some(list), out)),
        None if body.get("messages").is_some() => all.extend(exchange::damaged_list(body, "messages", out)),
        None => {
            let prompt = body.any(&PROMPTS).filter(|prompt| prompt.is_str());
            let said = prompt.map(|prompt| payload::said(prompt, MsgRole::User, &mut out.bases)).unwrap_or_default();
            match said.is_empty() {
                true => out.unknown(body),
                false => out.mapped(body),
            }
            all.extend(said);
        }
    }
    all
}

/// What the model answered.
pub fn answer(body: Node<'_>, out: &mut Output) -> Vec<Msg> {
    let message = body.get("output").and_then(|output| output.get("message")).unwrap_or(body);
    let found = match message.get("role").and_then(|_| payload::message(message)) {
        Some(msg) => vec![msg],
        None => match body.get("choices").and_then(|choices| choices.items().next()) {
            Some(first) => payload::messages(first, &mut out.bases),
            None => text(body).and_then(|text| payload::plain(text, MsgRole::Assistant)).into_iter().collect(),
        },
    };
    match found.first() {
        Some(first) => out.message(message, first),
        // Events of a stream, each with a few letters or a piece of a call: the next request repeats the whole.
        None if body.is_array() => out.unread_as(body, "an answer as a stream of pieces"),
        None => out.unread_as(body, "an answer of unknown form"),
    }
    if found.is_empty() {
        return vec![payload::unread_message(body, MsgRole::Assistant)];
    }
    found
}

/// The content of an answer that is a message.
pub fn content(body: Node<'_>) -> Option<Node<'_>> {
    body.get("output").and_then(|output| output.get("message")).unwrap_or(body).get("content")
}

/// The text of an answer that is one.
fn text(body: Node<'_>) -> Option<Node<'_>> {
    if body.is_array() {
        // A stream of one piece.
        let mut pieces = body.items();
        return match (pieces.next(), pieces.next()) {
            (Some(only), None) => text(only),
            _ => None,
        };
    }
    let listed = || LISTS.iter().find_map(|key| body.get(key)?.items().next());
    let inner = listed().map(|first| first.get("data").unwrap_or(first));
    [Some(body), inner].into_iter().flatten().find_map(|n| n.any(&ANSWERS).filter(|text| text.is_str()))
}

/// Model, tokens and end of an invocation.
pub fn call(root: Node<'_>, asked: Option<Node<'_>>, answered: Option<Node<'_>>, start: Option<Stamp>) -> ModelCall {
    let named = |node: Node<'_>| node.any(&["modelId", "model"]).and_then(|m| m.str().map(|s| s.into_owned()));
    let usage = |keys: &[&str]| answered.and_then(|a| a.get("usage")).and_then(|u| u.any(keys)).and_then(Node::i64);
    let counted = |side: &str, key: &str| root.get(side).and_then(|s| s.get(key)).and_then(Node::i64);
    let finish = answered.and_then(|a| a.any(&["stopReason", "stop_reason", "finish_reason"])).and_then(Node::text);
    ModelCall {
        model: named(root).or_else(|| asked.and_then(named)),
        start,
        end: start,
        input_tokens: counted("input", "inputTokenCount").or_else(|| usage(&["inputTokens", "input_tokens"])),
        output_tokens: counted("output", "outputTokenCount").or_else(|| usage(&["outputTokens", "output_tokens"])),
        finish: finish.map(|text| (Finish::from_word(&text.text), text)),
        loc: root.loc(),
    }
}

/// The tools on offer: `toolConfig`, or those of a vendor's body.
pub fn tools(body: Node<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    let listed = body.get("toolConfig").and_then(|config| config.get("tools"));
    let spec = |item: Node<'_>| {
        let spec = item.get("toolSpec")?;
        let schema = spec.get("inputSchema").map(|schema| schema.get("json").unwrap_or(schema));
        Some(ToolDef {
            name: spec.get("name")?.text()?,
            description: spec.get("description").and_then(Node::text),
            parameters: schema.map(Node::json_text),
            output_schema: None,
        })
    };
    let own = listed.into_iter().flat_map(Node::items).filter_map(spec).collect::<Vec<_>>();
    if own.is_empty() { body.get("tools").map(|t| payload::tools(t, bases)).unwrap_or_default() } else { own }
}

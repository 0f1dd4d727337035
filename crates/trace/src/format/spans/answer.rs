//! What a model answered, and what its answer says of itself, in the form of any provider.

use crate::account::looks_spoken;
use crate::item::{Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::model::Text;
use crate::node::Node;
use crate::payload;

/// The answer that was used: the first of LangChain's generations, or of OpenAI's choices. The others were given to nobody.
fn first(root: Node<'_>) -> Node<'_> {
    let choices = root.items().next().is_some_and(|c| c.get("message").is_some() && c.get("role").is_none());
    let list = if choices { Some(root) } else { root.any(&["generations", "choices"]).filter(|l| l.is_array()) };
    let Some(list) = list else { return root };
    let Some(first) = list.items().next() else { return root };
    if first.is_array() { first.items().next().unwrap_or(first) } else { first }
}

/// The messages of an answer; words without anybody who says them are the model's.
pub fn answered(root: Node<'_>, bases: &mut Bases) -> Vec<Msg> {
    let answer = first(root);
    let mut found = payload::messages(answer, bases);
    if found.is_empty() {
        found.extend(bare(answer, bases));
    }
    if found.is_empty() {
        let words = answer.get("text").filter(|n| n.is_str()).or_else(|| payload::only_text(answer));
        found = match words.and_then(|words| payload::plain(words, MsgRole::Assistant)) {
            Some(msg) => vec![msg],
            // Messages of a form that is not known: as an answer in JSON they would be somebody else's words.
            None if !answer.is_str() && looks_spoken(answer) => {
                vec![payload::unread_message(answer, MsgRole::Assistant)]
            }
            None => payload::spoken(answer, bases),
        };
    }
    for msg in &mut found {
        if msg.role == MsgRole::User {
            msg.role = MsgRole::Assistant;
        }
    }
    found
}

/// The Vercel AI SDK's answer: `{text, reasoningText, toolCalls}`.
fn bare(answer: Node<'_>, bases: &mut Bases) -> Option<Msg> {
    let calls = answer.get("toolCalls").filter(|list| list.items().next().is_some())?;
    let mut msg = Msg::new(MsgRole::Assistant, answer.loc());
    let words = |key: &str| answer.get(key).and_then(Node::text).filter(|t| !t.text.is_empty());
    msg.parts.extend(words("reasoningText").or_else(|| words("reasoning")).map(Part::Reasoning));
    msg.parts.extend(words("text").map(Part::Text));
    for call in calls.items() {
        // Streams wrap each part once more.
        let inner = call.get("payload").filter(|p| p.is_object()).unwrap_or(call);
        match inner.nested() {
            Some(nested) => msg.parts.push(payload::call(nested.root(bases))),
            None => msg.parts.push(payload::call(inner)),
        }
    }
    Some(msg)
}

/// The message of an answer: LangChain's constructor keeps its members one level down.
fn message(root: Node<'_>) -> Option<Node<'_>> {
    let message = first(root).get("message")?;
    Some(message.get("kwargs").unwrap_or(message))
}

/// Why the answer ended.
pub fn finish(root: Node<'_>) -> Option<Text> {
    const KEYS: [&str; 4] = ["finish_reason", "stop_reason", "finishReason", "done_reason"];
    let answer = first(root);
    let told = message(root).and_then(|m| m.get("response_metadata"));
    let holders = [Some(answer), answer.any(&["generation_info", "generationInfo"]), told, Some(root)];
    let found = holders.into_iter().flatten().find_map(|holder| holder.any(&KEYS)?.text());
    found.or_else(|| root.get("status").filter(|_| root.has("object", "response"))?.text())
}

/// The model that answered.
pub fn named(root: Node<'_>) -> Option<String> {
    let told = message(root).and_then(|m| m.get("response_metadata"));
    let holders = [root.get("llm_output"), root.get("llmOutput"), told, Some(root)];
    let found = holders.into_iter().flatten().find_map(|holder| holder.any(&["model_name", "model"])?.str());
    found.map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

/// A count of tokens, under the first of these keys.
pub fn used(root: Node<'_>, keys: &[&str]) -> Option<i64> {
    let of_message = message(root).and_then(|m| m.get("usage_metadata"));
    let told = message(root).and_then(|m| m.get("response_metadata")?.any(&["token_usage", "usage"]));
    let of_llm = root.any(&["llm_output", "llmOutput"]).and_then(|l| l.any(&["token_usage", "tokenUsage", "usage"]));
    let holders = [root.get("usage_metadata"), of_message, told, of_llm, root.get("usage")];
    holders.into_iter().flatten().find_map(|usage| usage.any(keys)?.i64())
}

/// The provider's ID of the answer.
pub fn response_id(root: Node<'_>) -> Option<String> {
    let own = root.get("choices").is_some() || root.has("object", "response") || root.has("type", "message");
    root.str_at("id").filter(|_| own).map(|s| s.into_owned())
}

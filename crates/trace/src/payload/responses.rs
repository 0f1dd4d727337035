//! Items of OpenAI's Responses API, and of LiveKit's chat context, which spells calls alike.

use super::part;
use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart, Unread};
use crate::model::{Text, Transport};
use crate::node::Node;

/// Reads a typed item, or says that it is none. Messages among the items have a role and are read elsewhere.
pub fn item(node: Node<'_>) -> Option<Msg> {
    let kind = node.str_at("type")?;
    match kind.as_ref() {
        "function_call" | "custom_tool_call" => call(node),
        "function_call_output" | "custom_tool_call_output" | "function_call_result" => Some(output(node)),
        "reasoning" => Some(reasoning(node)),
        "mcp_call" => Some(hosted(node, "name")?),
        "compaction" => {
            let mut msg = Msg::new(MsgRole::Assistant, node.loc());
            msg.parts.push(Part::Compacted(None));
            Some(msg)
        }
        // `computer_call_output`, `local_shell_call_output` and their like.
        kind if kind.ends_with("_call_output") => Some(output(node)),
        // A call of a tool with a name, whatever kind of tool it is.
        kind if kind.ends_with("_call") && node.get("role").is_none() && node.get("name").is_some_and(Node::is_str) => {
            hosted(node, "name")
        }
        // web_search_call, file_search_call, computer_call, code_interpreter_call: call and answer in one.
        kind if kind.ends_with("_call") && node.get("role").is_none() => hosted(node, "type"),
        _ => None,
    }
}

fn id(node: Node<'_>, keys: &[&str]) -> Option<String> {
    node.any(keys)?.str().map(|s| s.into_owned())
}

fn call(node: Node<'_>) -> Option<Msg> {
    let mut msg = Msg::new(MsgRole::Assistant, node.loc());
    msg.parts.push(Part::Call(CallPart {
        // Results name the call by `call_id`; `id` is the item's own.
        id: id(node, &["call_id", "callId", "id"]),
        name: node.get("name")?.text()?,
        arguments: node.any(&["arguments", "input"]).map(Node::json_text),
    }));
    Some(msg)
}

fn output(node: Node<'_>) -> Msg {
    let mut msg = Msg::new(MsgRole::Tool, node.loc());
    let transport = match node.get("is_error").and_then(Node::bool) {
        Some(true) => Transport::Error,
        Some(false) => Transport::Ok,
        None => Transport::Unknown,
    };
    msg.parts.push(Part::Result(ResultPart {
        id: id(node, &["call_id", "callId", "id"]),
        name: id(node, &["name"]),
        arguments: None,
        content: node.get("output").and_then(answer),
        transport,
        error: None,
        loc: node.loc(),
    }));
    msg
}

/// The Agents SDK for JavaScript wraps the only text of an answer.
fn answer(body: Node<'_>) -> Option<Text> {
    let only = body.get("text").filter(|_| body.has("type", "text")).and_then(Node::text);
    only.or_else(|| part::content_text(body))
}

fn reasoning(node: Node<'_>) -> Msg {
    let mut msg = Msg::new(MsgRole::Assistant, node.loc());
    // A summary from OpenAI, the reasoning itself from open models.
    for list in [node.get("summary"), node.get("content")].into_iter().flatten() {
        let texts = list.items().filter_map(|part| part.get("text")?.text());
        msg.parts.extend(texts.map(Part::Reasoning));
    }
    msg
}

/// Tools that the provider runs. Others, such as `computer_call`, are run by the client, which answers with an item of its own.
const BY_PROVIDER: [&str; 6] = [
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "hosted_tool_call",
];

/// True for a call that the provider ran: its item is all that a record holds of it, whether or not it tells what came back. What
/// the client runs has an ID to answer by.
pub fn ran_hosted(node: Node<'_>) -> bool {
    let kind = node.str_at("type").unwrap_or_default();
    let is_alone = || node.any(&["call_id", "callId", "name"]).is_none() && kind.ends_with("_call");
    let is_function = matches!(kind.as_ref(), "function_call" | "custom_tool_call");
    !is_function && (BY_PROVIDER.contains(&kind.as_ref()) || is_alone()) && !is_running(node)
}

/// A call that the provider ran itself: its answer, if recorded, stands in the same item.
fn hosted(node: Node<'_>, name: &str) -> Option<Msg> {
    let call_id = id(node, &["call_id", "callId", "id"]);
    let mut msg = Msg::new(MsgRole::Assistant, node.loc());
    let name = node.get(name)?.text()?;
    let arguments = node.any(&["arguments", "action", "queries", "code"]).map(Node::json_text);
    // A picture is made of the prompt, as the provider rewrote it.
    let arguments = arguments.or_else(|| node.get("revised_prompt").map(Node::json_text));
    msg.parts.push(Part::Call(CallPart { id: call_id.clone(), name: name.clone(), arguments }));
    let error = node.get("error").map(Node::json_text);
    let content = node.any(&["output", "results", "outputs"]).and_then(part::content_text);
    let picture = node.get("result").filter(|r| node.has("type", "image_generation_call") && r.is_str());
    let transport = match node.str_at("status").as_deref() {
        _ if error.is_some() => Transport::Error,
        Some("completed") => Transport::Ok,
        Some("failed") => Transport::Error,
        _ => Transport::Unknown,
    };
    // The provider ran it even where it keeps to itself what came back.
    if error.is_some() || content.is_some() || ran_hosted(node) {
        let name = Some(name.text);
        msg.parts.push(Part::Result(ResultPart {
            id: call_id,
            name,
            arguments: None,
            content,
            transport,
            error,
            loc: node.loc(),
        }));
    }
    if let Some(picture) = picture {
        msg.parts.push(Part::Unread(Unread {
            kind: "image".to_owned(),
            attachment: true,
            length: 0,
            loc: picture.loc(),
        }));
    }
    Some(msg)
}

/// True for a call that was still at work, or waited for somebody's approval, when the record was made.
fn is_running(node: Node<'_>) -> bool {
    const RUNNING: [&str; 5] = ["in_progress", "searching", "interpreting", "generating", "calling"];
    node.str_at("status").is_some_and(|status| RUNNING.contains(&status.as_ref()))
}

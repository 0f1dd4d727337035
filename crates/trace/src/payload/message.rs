//! One message object: OpenAI chat, Anthropic, GenAI parts, Vercel AI, AgentDojo.

use super::{hosted, langchain, part, responses, vercel};
use crate::account;
use crate::hash::HashSet;
use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart, Unread};
use crate::model::Transport;
use crate::node::Node;
use std::borrow::Cow;

/// Reads a value as a message of whatever provider, or says that it is none.
pub fn message(node: Node<'_>) -> Option<Msg> {
    // Both kinds name themselves; most messages do not, and are not asked twice.
    let typed = node.get("type").and_then(|_| responses::item(node).or_else(|| langchain::message(node)));
    if typed.is_some() {
        return typed;
    }
    let Some(word) = role_word(node) else { return bare_call(node) };
    Some(as_role(node, role(&word)?))
}

/// The role that a message names. Earlier versions of Microsoft's Agent Framework wrap it: `{"type": "role", "value": "user"}`.
pub fn role_word(node: Node<'_>) -> Option<Cow<'_, str>> {
    let role = node.get("role")?;
    role.str().or_else(|| role.str_at("value").filter(|_| role.has("type", "role")))
}

/// The Vercel AI SDK records an answer as a list of calls without anybody who makes them.
fn bare_call(node: Node<'_>) -> Option<Msg> {
    let name = node.get("toolName")?.text()?;
    let id = node.str_at("toolCallId")?.into_owned();
    let arguments = node.any(&["input", "args"])?.json_text();
    let mut msg = Msg::new(MsgRole::Assistant, node.loc());
    msg.parts.push(Part::Call(CallPart { id: Some(id), name, arguments: Some(arguments) }));
    Some(msg)
}

/// Reads an object as a message from somebody whose role is known otherwise.
pub fn as_role(node: Node<'_>, role: MsgRole) -> Msg {
    let mut msg = Msg::new(role, node.loc());
    msg.agent = node
        .any(&["name", "authorName", "author_name"])
        .and_then(Node::str)
        .filter(|_| role == MsgRole::Assistant)
        .map(|n| n.into_owned());
    msg.person = node.get("name").filter(|_| role == MsgRole::User).and_then(Node::text);
    // Of Ollama, and of Cohere, whose agents say beside a call what they are about to do.
    let thought = node.any(&["reasoning_content", "reasoning", "thinking", "tool_plan"]).and_then(Node::text);
    msg.parts.extend(thought.filter(|t| !t.text.is_empty()).map(Part::Reasoning));
    // A UI message of Vercel AI repeats its words beside its parts.
    let parts = node.get("parts").filter(|_| vercel::is_message(node)).or_else(|| wrapped(node));
    let body = parts.or_else(|| node.any(&["content", "parts"])).or_else(|| elsewhere(node).map(|(_, list)| list));
    if role == MsgRole::Tool && !body.is_some_and(part::holds_results) {
        msg.parts.push(Part::Result(tool_answer(node, body)));
        return msg;
    }
    msg.parts.extend(vercel::listed(node));
    if let Some(body) = body {
        part::parts(body, &mut msg.parts);
    }
    // An answer in sound may come with its words.
    let heard = || node.get("audio")?.get("transcript").filter(|words| words.is_str())?.text();
    if role == MsgRole::Assistant && !msg.parts.iter().any(|part| matches!(part, Part::Text(_))) {
        msg.parts.extend(heard().filter(|words| !words.text.is_empty()).map(Part::Text));
    }
    if let Some(refusal) = node.get("refusal").and_then(Node::text) {
        msg.parts.push(Part::Text(refusal));
    }
    // What a model says aloud is recorded as sound with its words beside it.
    let aloud = node.get("audio").and_then(|a| a.get("transcript")?.text()).filter(|t| !t.text.is_empty());
    if !msg.parts.iter().any(|p| matches!(p, Part::Text(_))) {
        msg.parts.extend(aloud.map(Part::Text));
    }
    // Ollama keeps pictures beside the words.
    let pictures = node.get("images").into_iter().flat_map(Node::items).take(part::UNREAD);
    msg.parts.extend(
        pictures.map(|p| Part::Unread(Unread { kind: "image".to_owned(), attachment: true, length: 0, loc: p.loc() })),
    );
    let before = msg.parts.len();
    calls(node, &mut msg.parts);
    if let Some(extra) = node.get("additional_kwargs").filter(|_| msg.parts.len() == before) {
        calls(extra, &mut msg.parts);
    }
    if role == MsgRole::Assistant && !msg.parts.iter().any(|part| matches!(part, Part::Call(_))) {
        let own =
            |key: &str| matches!(key, "tool_calls" | "function_call" | "additional_kwargs" | "invalid_tool_calls");
        let named = node.holders().filter(|(key, _)| !own(key)).map(|(_, member)| member);
        let within = node.get("metadata").and_then(|inner| inner.get("tool_calls"));
        msg.parts.extend(named.chain(within).filter(|member| are_calls(*member)).take(1).flat_map(listed));
    }
    if let Some(body) = body {
        hosted::answer(body, &mut msg.parts);
    }
    unread_members(node, &mut msg.parts);
    // A message that is nothing but an empty shell still counts as one: content may not have been captured.
    msg
}

/// Mastra's memory keeps the parts of a UI message one level down, in an object that says its format.
fn wrapped(node: Node<'_>) -> Option<Node<'_>> {
    let content = node.get("content").filter(|content| content.get("format").and_then(Node::i64).is_some())?;
    content.get("parts").filter(|parts| parts.is_array())
}

/// Where libraries keep the parts of a message under a name of their own, and by what each part is known: Microsoft.Extensions.AI,
/// Microsoft's Agent Framework for Python (`agent_framework.Message`), LlamaIndex (`llama_index.core.base.llms.types.ChatMessage`), and Semantic Kernel (`semantic_kernel.contents.ChatMessageContent`).
const ELSEWHERE: [(&str, &str); 4] =
    [("contents", "$type"), ("contents", "type"), ("blocks", "block_type"), ("items", "content_type")];

fn elsewhere(node: Node<'_>) -> Option<(&'static str, Node<'_>)> {
    ELSEWHERE.iter().find_map(|(key, mark)| {
        let list = node.get(key).filter(|list| list.items().any(|part| part.get(mark).is_some()))?;
        Some((*key, list))
    })
}

/// Reads a tool's answer whose role is the tool's name, as Langfuse's handler for LangChain.js writes it. `tools` are those that
/// the conversation called so far.
pub fn of_tool(node: Node<'_>, tools: &HashSet<String>) -> Option<Msg> {
    let name = node.str_at("role").filter(|name| tools.contains(name.as_ref()))?.into_owned();
    let body = node.get("content")?;
    let mut msg = Msg::new(MsgRole::Tool, node.loc());
    let mut answer = tool_answer(node, Some(body));
    // What else is called `id` there is the message's own.
    answer.id = node.any(&["tool_call_id", "toolCallId"]).and_then(|n| n.str().map(|s| s.into_owned()));
    answer.name = Some(name);
    msg.parts.push(Part::Result(answer));
    Some(msg)
}

/// What members of a message are called that are read, or that hold nothing that was said or called.
const MEMBERS: [&str; 43] = [
    "role",
    "content",
    "parts",
    "name",
    "id",
    "type",
    "tool_calls",
    "tool_call_id",
    "toolCallId",
    "tool_call",
    "function_call",
    "additional_kwargs",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "thinking",
    "tool_plan",
    "images",
    "refusal",
    "error",
    "is_error",
    "isError",
    "tool_name",
    "tool_call_name",
    "toolInvocations",
    "response_metadata",
    "usage_metadata",
    "invalid_tool_calls",
    "metadata",
    "annotations",
    "audio",
    "usage",
    "model",
    "status",
    "stop_reason",
    "stop_sequence",
    "finish_reason",
    "timestamp",
    "created_at",
    "createdAt",
    "time",
    "index",
    "logprobs",
];

/// Members that hold words or calls under a name that is not known: a newer version, or another dialect.
fn unread_members(node: Node<'_>, parts: &mut Vec<Part>) {
    let silent = parts.is_empty() && node.any(&["content", "parts"]).is_none();
    let beside = node.any(&["content", "parts"]).is_none().then(|| elsewhere(node)).flatten().map(|(key, _)| key);
    let read = |key: &str| MEMBERS.contains(&key) || beside == Some(key) && !parts.is_empty();
    let called = |member: Node<'_>| {
        let is_read = |loc| parts.iter().any(|part| matches!(part, Part::Call(call) if call.name.loc == loc));
        are_calls(member)
            && listed(member).iter().all(|part| matches!(part, Part::Call(call) if is_read(call.name.loc)))
    };
    let strange: Vec<_> = node.holders().filter(|(key, member)| !read(key) && !called(*member)).collect();
    for (key, member) in strange {
        if account::may_hold_calls(&key) || account::looks_spoken(member) {
            parts.push(part::unread_as(&key, member));
        }
    }
    for (key, member) in silent.then(|| node.entries()).into_iter().flatten() {
        let words = account::may_hold_words(&key) && !MEMBERS.contains(&key.as_ref());
        if words && member.str().is_some_and(|s| !s.is_empty()) {
            parts.push(part::unread_as(&key, member));
        }
    }
}

/// The role, in the words of any provider.
pub fn role(word: &str) -> Option<MsgRole> {
    // Nearly always in lower case.
    known_role(word).or_else(|| known_role(&word.to_ascii_lowercase()))
}

fn known_role(word: &str) -> Option<MsgRole> {
    Some(match word {
        "system" | "developer" => MsgRole::System,
        "user" | "human" | "customer" => MsgRole::User,
        "assistant" | "ai" | "model" | "bot" | "chatbot" | "agent" => MsgRole::Assistant,
        "tool" | "function" | "ipython" => MsgRole::Tool,
        _ => return None,
    })
}

/// `tool_calls` in the forms of OpenAI, GenAI and AgentDojo, and the older `function_call`.
pub fn calls(node: Node<'_>, parts: &mut Vec<Part>) {
    let list = node.get("tool_calls");
    parts.extend(list.filter(|l| !l.is_array()).map(part::unread));
    let listed = list.into_iter().flat_map(Node::items);
    let single = node.get("function_call").filter(|n| n.get("name").is_some());
    if list.is_none() && single.is_none() {
        return;
    }
    // Anthropic's blocks among the content may be the same calls.
    let known: HashSet<String> = parts.iter().filter_map(call_id).map(str::to_owned).collect();
    let fresh = |part: &Part| call_id(part).is_none_or(|id| !known.contains(id));
    parts.extend(listed.chain(single).map(call).filter(fresh));
}

/// True for a call by its structure: a name and arguments, also inside of `function`. A tool on offer has parameters, and what has an
/// answer too is more than a call.
fn is_call(node: Node<'_>) -> bool {
    let inner = node.any(&["function", "custom"]).filter(|f| f.is_object()).unwrap_or(node);
    let named = inner.any(&["name", "toolName", "function_name"]).is_some_and(Node::is_str);
    let given = inner.any(&["arguments", "args", "input"]).is_some_and(|a| a.is_object() || a.is_str());
    named && given && inner.any(&["parameters", "description", "output", "result", "observation"]).is_none()
}

/// True for a call, or a list of calls and nothing else.
pub fn are_calls(node: Node<'_>) -> bool {
    is_call(node) || node.is_array() && node.items().next().is_some() && node.items().all(is_call)
}

/// The calls of such a value.
fn listed(node: Node<'_>) -> Vec<Part> {
    if node.is_array() { node.items().map(call).collect() } else { vec![call(node)] }
}

fn call_id(part: &Part) -> Option<&str> {
    if let Part::Call(call) = part { call.id.as_deref().filter(|id| !id.is_empty()) } else { None }
}

/// One of them.
pub fn call(call: Node<'_>) -> Part {
    // AgentDojo writes the name itself under `function`, OpenAI an object with name and arguments.
    let inner = call.any(&["function", "custom"]).filter(|f| f.is_object()).unwrap_or(call);
    let Some(name) = inner.any(&["name", "function", "toolName", "function_name"]).and_then(Node::text) else {
        return part::unread(call);
    };
    let arguments = inner.any(&["arguments", "args", "input", "parameters"]).map(Node::json_text);
    // Where there are two ids, results name the call by `call_id`; `id` is the item's own.
    let id = call.any(&["call_id", "id", "tool_call_id", "toolCallId"]).and_then(|n| n.str().map(|s| s.into_owned()));
    Part::Call(CallPart { id, name, arguments })
}

fn tool_answer(node: Node<'_>, body: Option<Node<'_>>) -> ResultPart {
    let made = node.get("tool_call").filter(|n| n.is_object());
    // LlamaIndex has both in an object beside the message's own members.
    let extra = node.get("additional_kwargs");
    let id =
        node.any(&["tool_call_id", "toolCallId"]).or_else(|| extra?.get("tool_call_id")).or_else(|| node.get("id"));
    let id = id.and_then(|n| n.str().map(|s| s.into_owned()));
    let name = node
        .any(&["name", "tool_name", "tool_call_name"])
        .or_else(|| made?.any(&["function", "name"]))
        .or_else(|| extra?.get("name"));
    let error = node.get("error").and_then(Node::text).filter(|t| !t.text.is_empty());
    let flag = node.any(&["is_error", "isError", "tool_call_error"]).and_then(Node::bool);
    // LangChain's messages of tools say so in a word.
    let failed = node.has("status", "error");
    let transport = match (&error, flag) {
        (Some(_), _) | (None, Some(true)) => Transport::Error,
        (None, None) if failed => Transport::Error,
        (None, Some(false)) => Transport::Ok,
        // AgentDojo writes `error: null` for a call that worked; others write nothing at all.
        (None, None) if made.is_some() => Transport::Ok,
        (None, None) => Transport::Unknown,
    };
    ResultPart {
        id,
        name: name.and_then(|n| n.str().map(|s| s.into_owned())),
        arguments: made.and_then(|m| m.any(&["args", "arguments"])).map(|a| a.json_text().text),
        content: body.and_then(part::blocks_text),
        transport,
        error,
        loc: node.loc(),
    }
}

//! Letta (MemGPT): agent files (`.af`), and messages as the API lists them.
//!
//! After `AgentFileSchema`, `Message` and the `LettaMessage` types of Letta's API. Older agents speak by a tool,
//! `send_message`, and get everything packed in JSON: `{"type": "user_message", "message": …}`.

use super::{Document, Format, lists, parts};
use crate::hash::{HashMap, HashSet};
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, Session};
use crate::locator::Bases;
use crate::model::{KeyKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};
use std::cell::LazyCell;

/// See the module's documentation.
pub struct Letta;

impl Format for Letta {
    fn name(&self) -> &'static str {
        "letta"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let agents = root.get("agents").and_then(|list| list.items().next());
        let file = agents.is_some_and(|a| a.get("messages").is_some_and(Node::is_array));
        let older = root.get("messages").is_some_and(Node::is_array)
            && root.any(&["core_memory", "in_context_message_indices", "message_buffer_autosave"]).is_some();
        let listed = root.get("messages").and_then(|list| list.items().next()).is_some_and(is_listed);
        if file || older || listed || is_listed(root) { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let (files, others): (Vec<&Document<'_>>, Vec<&Document<'_>>) =
            docs.iter().partition(|doc| doc.root.get("agents").is_some());
        for doc in files {
            let tools = doc.root.get("tools");
            for (i, agent) in doc.root.get("agents").into_iter().flat_map(Node::items).enumerate() {
                let (key, kind) = match parts::word(agent, &["id"]).filter(|id| id.len() > 8) {
                    Some(id) => (id, KeyKind::Conversation),
                    None => (format!("{}#{}", doc.position_key(), i + 1), KeyKind::Position),
                };
                let mut session = Session::new(key, kind);
                offer(tools, &mut session, &mut out.bases);
                let messages: Vec<_> = agent.get("messages").into_iter().flat_map(Node::items).collect();
                read(session, &messages, Some(agent), out);
            }
            out.bookkeeping(doc.root, "memory, sources and settings of the agents");
        }
        let others: Vec<Document<'_>> = others.into_iter().copied().collect();
        let list = |root: Node<'_>| root.get("messages").is_some().then_some(());
        lists::conversations(
            &others,
            |root| list(root).and_then(|()| root.get("messages")),
            |session, messages, out| read(session, messages, None, out),
            out,
        );
    }
}

/// True for a message as the API lists them.
fn is_listed(node: Node<'_>) -> bool {
    let kind = node.str_at("message_type").is_some_and(|kind| kind.ends_with("_message") || kind == "event");
    kind && node.any(&["id", "date", "run_id", "step_id"]).is_some()
}

fn offer(tools: Option<Node<'_>>, session: &mut Session, bases: &mut Bases) {
    for tool in tools.into_iter().flat_map(Node::items) {
        let schema = tool.get("json_schema").filter(|s| s.is_object()).unwrap_or(tool);
        session.tools.extend(match schema.nested() {
            Some(nested) => payload::tool(nested.root(bases)),
            None => payload::tool(schema),
        });
    }
}

fn read(mut session: Session, messages: &[Node<'_>], agent: Option<Node<'_>>, out: &mut Output) {
    let name = agent.and_then(|a| parts::word(a, &["name"]));
    let mut spoken: HashSet<String> = HashSet::default();
    let mut asked: HashMap<String, Vec<String>> = HashMap::default();
    // Where each call was answered last; only a denial asks for it.
    let last = LazyCell::new(|| {
        let each = |(place, node): (usize, &Node<'_>)| answered(*node).into_iter().map(move |id| (id, place));
        messages.iter().enumerate().flat_map(each).collect::<HashMap<String, usize>>()
    });
    let mut denied: HashSet<String> = HashSet::default();
    for (place, &node) in out.until_stopped(messages).enumerate() {
        let at = node.any(&["date", "created_at"]).and_then(time::any);
        let calls: Vec<String> = calls_of(node).filter_map(|c| parts::word(c, &["tool_call_id", "id"])).collect();
        if !calls.is_empty() {
            asked.extend(parts::word(node, &["id"]).map(|id| (id, calls)));
        } else if let Some((calls, reason)) = denial(node, &asked) {
            // Newer versions write what became of the call below.
            let told = |id: &String| last.get(id).is_some_and(|at| *at > place);
            for id in calls.iter().filter(|id| !told(id)) {
                let said = reason.clone().or_else(|| node.get("approve").map(Node::json_text));
                let result = parts::result(Some(id.clone()), None, said, Transport::Declined, at, node.loc());
                session.items.push(Item::Message(result));
            }
            denied.extend(calls);
            // Why is what the user says to the agent.
            session.items.extend(
                reason.map(|text| Item::Message(parts::said(MsgRole::User, vec![Part::Text(text)], at, node.loc()))),
            );
            out.mapped(node);
            continue;
        }
        let listed = node.str_at("message_type");
        let read = match listed.as_deref() {
            Some(kind) => unpacked(of_api(node, kind, at), node, &mut out.bases),
            None => of_file(node, at, &mut spoken, out),
        };
        match read {
            Read::Message(mut msg) => {
                if msg.role == MsgRole::Assistant {
                    msg.agent.clone_from(&name);
                }
                for part in &mut msg.parts {
                    if let Part::Result(result) = part
                        && result.id.as_ref().is_some_and(|id| denied.contains(id))
                    {
                        result.transport = Transport::Declined;
                    }
                }
                out.message(node, &msg);
                let model = parts::word(node, &["model"]).filter(|_| msg.role == MsgRole::Assistant);
                if model.is_some() {
                    session.items.push(parts::model_call(model, (None, None), None, at, node.loc()));
                }
                session.items.push(Item::Message(msg));
            }
            Read::Books(kind) => out.bookkeeping(node, kind),
            Read::Unknown => {
                out.unknown(node);
                session.items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
            }
        }
    }
    out.sessions.push(session);
}

/// The calls that a message makes, or asks leave for.
fn calls_of(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let asks = node.has("message_type", "approval_request_message") || node.has("role", "approval");
    let list = node.get("tool_calls").filter(|l| l.items().next().is_some());
    let single = node.get("tool_call").filter(|_| list.is_none());
    list.into_iter().flat_map(Node::items).chain(single).filter(move |_| asks)
}

/// The IDs of the calls whose results a message holds.
fn answered(node: Node<'_>) -> Vec<String> {
    let several = node.get("tool_returns").into_iter().flat_map(Node::items);
    let returns = node.has("message_type", "tool_return_message") || node.has("role", "tool");
    several.chain(Some(node).filter(|_| returns)).filter_map(|n| parts::word(n, &["tool_call_id"])).collect()
}

/// The calls that the user denies with this message, and why; `None` for any other message.
fn denial(node: Node<'_>, asked: &HashMap<String, Vec<String>>) -> Option<(Vec<String>, Option<Text>)> {
    let answers = node.has("message_type", "approval_response_message") || node.has("role", "approval");
    let no = |n: &Node<'_>| n.get("approve").and_then(Node::bool) == Some(false);
    let list = || node.get("approvals").into_iter().flat_map(Node::items).filter(no);
    if !answers || !no(&node) && list().next().is_none() {
        return None;
    }
    let named: Vec<String> = list().filter_map(|n| parts::word(n, &["tool_call_id"])).collect();
    let request = parts::word(node, &["approval_request_id"]).and_then(|id| asked.get(&id).cloned());
    let calls = if named.is_empty() { request.unwrap_or_default() } else { named };
    let why = ["reason", "denial_reason"];
    let why = node.any(&why).filter(|n| n.is_str()).or_else(|| list().find_map(|n| n.any(&why)));
    Some((calls, why.and_then(Node::text).filter(|t| !t.text.trim().is_empty())))
}

enum Read {
    Message(Msg),
    Books(&'static str),
    Unknown,
}

/// The same, where an older agent gets everything packed, also what the program says in the user's place.
fn unpacked(read: Read, node: Node<'_>, bases: &mut Bases) -> Read {
    match read {
        Read::Message(mut msg) if matches!(msg.role, MsgRole::User | MsgRole::System) => {
            if let Some((kind, text)) = packed(node, bases) {
                msg.role = if kind == "user_message" { MsgRole::User } else { MsgRole::Harness };
                msg.parts = vec![Part::Text(text)];
            }
            Read::Message(msg)
        }
        read => read,
    }
}

/// A message as the API lists it, each part of an answer by itself.
fn of_api(node: Node<'_>, kind: &str, at: Option<Stamp>) -> Read {
    let said = |role: MsgRole, key: &str| {
        let body = node.get(key);
        let told = body.map_or_else(|| vec![payload::unread(node)], payload::as_parts);
        Read::Message(parts::said(role, told, at, node.loc()))
    };
    match kind {
        "user_message" => said(MsgRole::User, "content"),
        "system_message" => said(MsgRole::System, "content"),
        "assistant_message" => said(MsgRole::Assistant, "content"),
        "reasoning_message" => {
            let told =
                node.get("reasoning").and_then(Node::text).map_or_else(|| payload::unread(node), Part::Reasoning);
            Read::Message(parts::said(MsgRole::Assistant, vec![told], at, node.loc()))
        }
        "hidden_reasoning_message" => Read::Books("reasoning that the provider keeps"),
        "tool_call_message" | "approval_request_message" => {
            let list = node.get("tool_calls").filter(|l| l.items().next().is_some());
            let calls = list.into_iter().flat_map(Node::items).chain(node.get("tool_call").filter(|_| list.is_none()));
            let told: Vec<Part> = calls.map(payload::call).collect();
            let told = if told.is_empty() { vec![payload::unread(node)] } else { told };
            Read::Message(parts::said(MsgRole::Assistant, told, at, node.loc()))
        }
        "approval_response_message" => Read::Books("an approval"),
        "tool_return_message" => {
            let list = node.get("tool_returns").filter(|l| l.items().next().is_some());
            let returns = list.into_iter().flat_map(Node::items).chain(Some(node).filter(|_| list.is_none()));
            let told: Vec<Part> = returns.flat_map(|r| returned(r, node)).collect();
            Read::Message(parts::said(MsgRole::Tool, told, at, node.loc()))
        }
        "event" | "summary_message" | "event_message" => Read::Books("an event of the server"),
        _ => Read::Unknown,
    }
}

/// One answer of a tool in a message of the API.
fn returned(node: Node<'_>, whole: Node<'_>) -> Option<Part> {
    let content = node.any(&["tool_return", "func_response", "content"]);
    let name = parts::word(node, &["name"]).or_else(|| parts::word(whole, &["name"]));
    let id = parts::word(node, &["tool_call_id"]);
    if content.is_none() && id.is_none() {
        return Some(payload::unread(whole));
    }
    let content = content.map(Node::json_text);
    parts::result(id, name, content, status(node), None, node.loc()).parts.pop()
}

fn status(node: Node<'_>) -> Transport {
    match node.str_at("status").as_deref() {
        Some("success" | "OK") => Transport::Ok,
        Some("error" | "Failed") => Transport::Error,
        _ => Transport::Unknown,
    }
}

/// A message as an agent keeps it.
fn of_file(node: Node<'_>, at: Option<Stamp>, spoken: &mut HashSet<String>, out: &mut Output) -> Read {
    let role = match node.str_at("role").as_deref() {
        // Who asks for leave to call a tool is the agent; what was answered has no words.
        Some("approval") if node.get("tool_calls").is_none() => return Read::Books("an approval"),
        Some("approval") => MsgRole::Assistant,
        Some("summary") => MsgRole::Harness,
        Some(word) => match payload::role(word) {
            Some(role) => role,
            None => return Read::Unknown,
        },
        None => return Read::Unknown,
    };
    let mut msg = Msg { time: at, ..payload::as_role(node, role) };
    // Names on users' and tools' messages are those of people and tools.
    msg.agent = None;
    let mut speech = Vec::new();
    for part in std::mem::take(&mut msg.parts) {
        match part {
            Part::Call(call) if call.name.text == "send_message" => {
                match call.arguments.as_ref().and_then(|_| message_of(node, &call, &mut out.bases)) {
                    Some(text) => {
                        spoken.extend(call.id);
                        speech.push(Part::Text(text));
                    }
                    None => speech.push(Part::Call(call)),
                }
            }
            // Words beside `send_message` are what the agent thinks, and the user does not hear them.
            Part::Text(text) if role == MsgRole::Assistant && says_by_tool(node) => speech.push(Part::Reasoning(text)),
            other => speech.push(other),
        }
    }
    msg.parts = speech;
    if role == MsgRole::Tool {
        let id = parts::word(node, &["tool_call_id"]);
        if id.is_some_and(|id| spoken.remove(&id)) {
            return Read::Books("the answer of `send_message`");
        }
        answer(node, &mut msg, &mut out.bases);
    }
    unpacked(Read::Message(msg), node, &mut out.bases)
}

fn says_by_tool(node: Node<'_>) -> bool {
    let calls = node.get("tool_calls").into_iter().flat_map(Node::items);
    calls.into_iter().any(|c| c.get("function").is_some_and(|f| f.has("name", "send_message")))
}

/// The words that an agent sent by its tool.
fn message_of(node: Node<'_>, call: &CallPart, bases: &mut Bases) -> Option<Text> {
    let made = node.get("tool_calls")?.items().find(|c| parts::word(*c, &["id"]) == call.id)?;
    let arguments = made.get("function")?.get("arguments")?;
    match arguments.nested() {
        Some(nested) => nested.root(bases).get("message")?.text(),
        None => arguments.get("message")?.text(),
    }
}

/// The only text of a message.
fn words(node: Node<'_>) -> Option<Node<'_>> {
    let content = node.get("content")?;
    if content.is_str() {
        return Some(content);
    }
    let mut blocks = content.items();
    let only = blocks.next().filter(|_| blocks.next().is_none())?;
    only.get("text").filter(|t| t.is_str())
}

/// What an older version packed: its kind, and the words.
fn packed(node: Node<'_>, bases: &mut Bases) -> Option<(String, Text)> {
    let nested = words(node)?.nested()?;
    let root = nested.root(bases);
    let kind = root.str_at("type")?.into_owned();
    let known =
        matches!(kind.as_str(), "user_message" | "heartbeat" | "login" | "system_alert" | "bootup" | "system_message");
    Some((kind, root.any(&["message", "reason", "last_login"])?.text()?)).filter(|_| known)
}

/// What a tool answered: beside the message in newer files, packed in JSON in older ones.
fn answer(node: Node<'_>, msg: &mut Msg, bases: &mut Bases) {
    let told = node.get("tool_returns").and_then(|list| list.items().next());
    let nested = words(node).and_then(Node::nested);
    let root = nested.as_ref().map(|n| n.root(bases));
    let wrapped =
        root.filter(|r| matches!(r.str_at("status").as_deref(), Some("OK" | "Failed")) && r.get("time").is_some());
    for part in &mut msg.parts {
        let Part::Result(result) = part else { continue };
        result.name = result.name.take().or_else(|| parts::word(node, &["name"]));
        if let Some(root) = wrapped {
            result.transport = status(root);
            result.content = root.get("message").map(Node::json_text).or_else(|| result.content.take());
        } else if let Some(told) = told {
            result.transport = status(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};
    use serde_json::json;

    #[test]
    fn what_an_older_agent_says_by_its_tool_is_what_the_user_hears() {
        let pack = |kind: &str, text: &str| json!([{"type": "text", "text": json!({"type": kind, "message": text, "time": "x"}).to_string()}]);
        let call = |id: &str, name: &str, arguments: &str| json!([{"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]);
        let result = |text: &str| json!([{"type": "text", "text": json!({"status": "Failed", "message": text, "time": "x"}).to_string()}]);
        let file = json!({"agents": [{"id": "agent-0", "name": "desk", "messages": [
            {"id": "1", "role": "system", "content": [{"type": "text", "text": "Be kind"}]},
            {"id": "2", "role": "user", "content": pack("login", "logged in")},
            {"id": "3", "role": "user", "content": pack("user_message", "Pay")},
            {"id": "4", "role": "assistant", "content": [{"type": "text", "text": "I think"}], "tool_calls": call("c1", "pay", "{\"n\":1}"), "model": "m"},
            {"id": "5", "role": "tool", "name": "pay", "tool_call_id": "c1", "content": result("no money")},
            {"id": "6", "role": "assistant", "content": [{"type": "text", "text": "I tell"}], "tool_calls": call("c2", "send_message", "{\"message\":\"It failed\"}")},
            {"id": "7", "role": "tool", "tool_call_id": "c2", "content": result("None")},
        ]}], "tools": [{"name": "pay", "json_schema": {"name": "pay", "description": "Pays"}}]});
        let trace = one("a.af", &file.to_string());
        assert_eq!(texts(&trace), ["Be kind", "logged in", "Pay", "I think", "It failed"]);
        assert_eq!(
            kinds(&trace),
            ["system", "harness", "user", "assistant", "call pay -> 5", "result Error <- 4", "reasoning", "assistant"]
        );
        assert_eq!((trace.tools.len(), trace.models(), trace.gaps.len()), (1, vec!["m"], 0));
    }

    #[test]
    fn messages_of_the_api_are_read_as_a_list_and_as_lines() {
        let messages = [
            json!({"id": "m1", "date": "2026-01-01T00:00:01Z", "message_type": "user_message", "content": "Pay"}),
            json!({"id": "m2", "date": "2026-01-01T00:00:02Z", "message_type": "reasoning_message", "reasoning": "hm"}),
            json!({"id": "m3", "date": "2026-01-01T00:00:03Z", "message_type": "tool_call_message", "tool_call": {"name": "pay", "arguments": "{}", "tool_call_id": "c"}}),
            json!({"id": "m4", "date": "2026-01-01T00:00:04Z", "message_type": "tool_return_message", "tool_return": "ok", "status": "success", "tool_call_id": "c"}),
            json!({"id": "m5", "date": "2026-01-01T00:00:05Z", "message_type": "assistant_message", "content": "Done"}),
        ];
        let lines: String = messages.iter().map(|m| format!("{m}\n")).collect();
        for file in [lines, json!(messages).to_string(), json!({"messages": messages}).to_string()] {
            let trace = one("m.json", &file);
            assert_eq!(kinds(&trace), ["user", "reasoning", "call pay -> 3", "result Ok <- 2", "assistant"]);
            assert_eq!(trace.format, "letta");
        }
    }

    #[test]
    fn what_the_program_says_in_the_users_place_is_the_harness_in_lists_too() {
        let beat = json!({"type": "heartbeat", "reason": "go on", "time": "x"}).to_string();
        let list = json!([
            {"id": "message-1", "date": "2026-05-04T10:00:01+00:00", "message_type": "user_message", "content": "Hi"},
            {"id": "message-2", "date": "2026-05-04T10:00:02+00:00", "message_type": "user_message", "content": beat},
            {"id": "message-3", "date": "2026-05-04T10:00:03+00:00", "message_type": "assistant_message", "content": "Hello"},
        ]);
        let trace = one("messages.json", &list.to_string());
        assert_eq!(
            (kinds(&trace), texts(&trace)),
            (vec!["user".into(), "harness".into(), "assistant".into()], vec!["Hi", "go on", "Hello"])
        );
    }

    #[test]
    fn a_call_that_the_user_denies_is_declined_and_why_is_what_the_user_says() {
        let at = |n: usize| format!("2026-07-01T08:00:0{n}Z");
        let ask = json!({"id": "a2", "date": at(2), "message_type": "approval_request_message", "tool_call": {"name": "drop_table", "arguments": "{}", "tool_call_id": "k1"}});
        let no = json!({"id": "a3", "date": at(3), "message_type": "approval_response_message", "approve": false, "approval_request_id": "a2", "reason": "Not on Fridays"});
        let returned = json!({"id": "a4", "date": at(4), "message_type": "tool_return_message", "tool_return": "denied", "status": "error", "tool_call_id": "k1"});
        let user = json!({"id": "a1", "date": at(1), "message_type": "user_message", "content": "Clean up"});
        let bare = one("l.json", &json!([user, ask, no]).to_string());
        assert_eq!(kinds(&bare), ["user", "call drop_table -> 2", "result Declined <- 1", "user"]);
        assert_eq!(texts(&bare), ["Clean up", "Not on Fridays"]);
        assert!(bare.gaps.is_empty(), "{:?}", bare.gaps);
        let whole = one("l.json", &json!([user, ask, no, returned]).to_string());
        assert_eq!(kinds(&whole), ["user", "call drop_table -> 3", "user", "result Declined <- 1"]);
        let yes = json!({"id": "a3", "date": at(3), "message_type": "approval_response_message", "approve": true, "approval_request_id": "a2"});
        let ran = one("l.json", &json!([user, ask, yes, returned]).to_string());
        assert_eq!(kinds(&ran), ["user", "call drop_table -> 2", "result Error <- 1"]);
    }
}

//! The data export of ChatGPT: `conversations.json`, a list of conversations, each a tree of messages (`mapping`).
//!
//! After exports of 2023 to 2026. Every answer that was made anew and every question that was edited is a branch; what the
//! user has before them is the way from the root to `current_node`.

use super::{Document, Format, parts};
use crate::hash::{HashMap, HashSet};
use crate::item::{CallPart, Item, MsgRole, Output, Part, ResultPart, Session, Unread};
use crate::model::{Event, EventKind, KeyKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct ChatGpt;

impl Format for ChatGpt {
    fn name(&self) -> &'static str {
        "chatgpt"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let mapping = root.get("mapping").filter(|m| m.is_object());
        let tree = mapping.is_some_and(|m| m.holders().take(3).any(|(_, n)| is_node(n)));
        if tree { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            conversation(doc, out);
        }
    }
}

/// What is told where a node of the tree has other children than the one on the way.
const BRANCH: &str = "the user went back to an earlier point and went on differently: the other branch is left out";

fn conversation(doc: &Document<'_>, out: &mut Output) {
    let named = parts::word(doc.root, &["conversation_id", "id"]);
    let (key, kind) = named.map_or((doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
    let mut session = Session::new(key, kind);
    let nodes: Vec<(String, Node<'_>)> =
        doc.root.get("mapping").into_iter().flat_map(Node::holders).map(|(id, node)| (id.into_owned(), node)).collect();
    let place: HashMap<&str, usize> = nodes.iter().enumerate().map(|(i, (id, _))| (id.as_str(), i)).collect();
    let path = path(doc.root, &nodes, &place);
    let kept: HashSet<usize> = path.iter().copied().collect();
    let mut called = false;
    for (_, (_, node)) in nodes.iter().enumerate().filter(|(i, _)| !kept.contains(i)) {
        called |= node.get("message").is_some_and(|m| recipient(m).is_some());
        out.bookkeeping(*node, "a message of a branch that was given up");
    }
    let mut branches = false;
    let mut last_call = None;
    for i in path {
        let (id, node) = (&nodes[i].0, nodes[i].1);
        match node.get("message") {
            Some(message) => {
                if std::mem::take(&mut branches) {
                    // What was called on another branch was called all the same.
                    let kind = EventKind::Context { what: BRANCH.to_owned(), lost: called };
                    let loc = node.loc();
                    session.items.push(Item::Event(Event {
                        kind,
                        time: stamp(message),
                        agent: None,
                        model_call: None,
                        loc,
                    }));
                }
                record(id, message, &mut last_call, &mut session, out);
            }
            None => out.bookkeeping(node, "a node without a message"),
        }
        branches |= node.get("children").is_some_and(|c| c.items().nth(1).is_some());
    }
    out.sessions.push(session);
}

/// The nodes from the root to the current one.
fn path(root: Node<'_>, nodes: &[(String, Node<'_>)], place: &HashMap<&str, usize>) -> Vec<usize> {
    let leaf = |node: Node<'_>| node.get("children").is_none_or(|c| c.items().next().is_none());
    let named = root.str_at("current_node").and_then(|id| place.get(id.as_ref()).copied());
    let mut at = named.or_else(|| nodes.iter().rposition(|(_, node)| leaf(*node)));
    let mut path = Vec::new();
    let mut seen = HashSet::default();
    while let Some(i) = at.filter(|&i| seen.insert(i)) {
        path.push(i);
        at = nodes[i].1.str_at("parent").and_then(|parent| place.get(parent.as_ref()).copied());
    }
    path.reverse();
    path
}

fn stamp(message: Node<'_>) -> Option<Stamp> {
    message.get("create_time").and_then(time::any)
}

/// The tool that a message of the assistant is for.
fn recipient(message: Node<'_>) -> Option<Node<'_>> {
    let to = message.get("recipient").filter(|to| to.str().is_some_and(|name| name != "all" && !name.is_empty()))?;
    message.get("author").is_some_and(|author| author.has("role", "assistant")).then_some(to)
}

fn record(id: &str, message: Node<'_>, last_call: &mut Option<String>, session: &mut Session, out: &mut Output) {
    let author = message.get("author");
    let role = author.and_then(|a| a.str_at("role")).and_then(|word| payload::role(&word));
    let content = message.get("content");
    let kind = content.and_then(|c| c.str_at("content_type")).unwrap_or_default();
    let (Some(role), Some(content)) = (role, content) else {
        out.unread(message);
        session.items.push(Item::Message(payload::unread_message(message, MsgRole::Assistant)));
        return;
    };
    let said = words(content, &kind);
    let parts = match role {
        MsgRole::Assistant if recipient(message).is_some() => {
            let name = recipient(message).and_then(Node::text);
            *last_call = Some(id.to_owned());
            let arguments = content.get("text").and_then(Node::text).or_else(|| only_text(said));
            name.map(|name| Part::Call(CallPart { id: Some(id.to_owned()), name, arguments })).into_iter().collect()
        }
        MsgRole::Tool if last_call.is_some() => {
            let name = author.and_then(|a| a.str_at("name")).map(|name| name.into_owned());
            vec![Part::Result(answer(message, content, &kind, name, last_call.take()))]
        }
        _ => said,
    };
    if parts.is_empty() {
        out.bookkeeping(message, "a message without words");
        return;
    }
    // Instructions that the user saved in the settings go into every conversation: nobody says them here.
    let context = matches!(kind.as_ref(), "user_editable_context" | "model_editable_context");
    // Some tools give several messages for one call, or one that nobody called for: the files of the user.
    let answered = parts.iter().any(|p| matches!(p, Part::Result(_)));
    let role = if context || role == MsgRole::Tool && !answered { MsgRole::Harness } else { role };
    let time = stamp(message);
    if role == MsgRole::Assistant
        && let Some(model) = message.get("metadata").and_then(|m| parts::word(m, &["model_slug"]))
    {
        session.items.push(parts::model_call(Some(model), (None, None), time, time, message.loc()));
    }
    let msg = parts::said(role, parts, time, message.loc());
    out.message(message, &msg);
    session.items.push(Item::Message(msg));
}

fn only_text(mut parts: Vec<Part>) -> Option<Text> {
    match (parts.pop(), parts.is_empty()) {
        (Some(Part::Text(text)), true) => Some(text),
        _ => None,
    }
}

/// What a message says, by the type of its content.
fn words(content: Node<'_>, kind: &str) -> Vec<Part> {
    let filled = |node: Node<'_>| node.text().filter(|t| !t.text.trim().is_empty());
    let of =
        |keys: &[&str]| keys.iter().filter_map(|key| content.get(key)).filter_map(filled).map(Part::Text).collect();
    match kind {
        "text" | "multimodal_text" => {
            content.get("parts").into_iter().flat_map(Node::items).filter_map(piece).collect()
        }
        "code" | "execution_output" | "system_error" | "tether_quote" => of(&["text"]),
        "tether_browsing_display" => of(&["result", "summary"]),
        "user_editable_context" => of(&["user_profile", "user_instructions"]),
        "model_editable_context" => of(&["model_set_context"]),
        "reasoning_recap" => content.get("content").and_then(filled).map(Part::Reasoning).into_iter().collect(),
        "thoughts" => {
            let thoughts = content.get("thoughts").into_iter().flat_map(Node::items);
            thoughts.filter_map(|t| t.any(&["content", "summary"])).filter_map(filled).map(Part::Reasoning).collect()
        }
        _ => vec![payload::unread(content)],
    }
}

/// A piece of a message: words, what was heard, or a picture.
fn piece(node: Node<'_>) -> Option<Part> {
    if node.is_str() {
        return node.text().filter(|t| !t.text.trim().is_empty()).map(Part::Text);
    }
    let kind = node.str_at("content_type").unwrap_or_default().into_owned();
    if let Some(text) = node.get("text").and_then(Node::text) {
        return Some(Part::Text(text));
    }
    // Pictures, sounds and films are pointers to files beside the export.
    let pointer = kind.ends_with("_pointer") || node.get("asset_pointer").is_some();
    Some(match pointer {
        true => Part::Unread(Unread { kind, attachment: true, length: 0, loc: node.loc() }),
        false => payload::unread(node),
    })
}

/// What a tool answered. The first answer after a call is that call's.
fn answer(message: Node<'_>, content: Node<'_>, kind: &str, name: Option<String>, id: Option<String>) -> ResultPart {
    let status = message.get("metadata").and_then(|m| m.get("aggregate_result")?.str_at("status"));
    let transport = match (kind, status.as_deref()) {
        ("system_error", _) => Transport::Error,
        (_, Some("success")) => Transport::Ok,
        (_, Some(failed)) if failed.starts_with("failed") => Transport::Error,
        _ => Transport::Unknown,
    };
    let parts = content.get("parts");
    let text = content.any(&["text", "result"]).and_then(Node::text).or_else(|| {
        let mut all = parts.into_iter().flat_map(Node::items);
        match (all.next(), all.next()) {
            (Some(only), None) => only.text(),
            _ => None,
        }
    });
    let content = text.or_else(|| Some(parts.unwrap_or(content).json_text()));
    ResultPart { id, name, arguments: None, content, transport, error: None, loc: message.loc() }
}

/// True for a node of the tree, of which the first has no message and no parent.
fn is_node(node: Node<'_>) -> bool {
    let keys = || node.entries().map(|(key, _)| key);
    node.get("children").is_some_and(Node::is_array) && keys().any(|key| matches!(key.as_ref(), "message" | "parent"))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one, texts};
    use serde_json::{Value, json};

    fn node(id: &str, parent: Option<&str>, children: &[&str], message: &Value) -> (String, Value) {
        (id.to_owned(), json!({"id": id, "message": message, "parent": parent, "children": children}))
    }

    fn said(role: &str, text: &str) -> Value {
        json!({"author": {"role": role}, "create_time": 1_777_888_800.5, "recipient": "all", "content": {"content_type": "text", "parts": [text]}, "metadata": {"model_slug": "gpt-x"}})
    }

    fn tree() -> Value {
        let code = json!({"author": {"role": "assistant"}, "recipient": "python", "content": {"content_type": "code", "language": "python", "text": "1/0"}});
        let ran = json!({"author": {"role": "tool", "name": "python"}, "recipient": "all", "content": {"content_type": "execution_output", "text": "ZeroDivisionError"}, "metadata": {"aggregate_result": {"status": "failed_with_in_kernel_exception"}}});
        let mapping: serde_json::Map<String, Value> = [
            node("f", Some("e"), &[], &said("assistant", "It failed")),
            node("r", None, &["a"], &Value::Null),
            node("a", Some("r"), &["b", "x"], &said("system", "")),
            node("x", Some("a"), &["y"], &said("user", "An earlier question")),
            node("y", Some("x"), &[], &said("assistant", "An earlier answer")),
            node("b", Some("a"), &["d"], &said("user", "Divide")),
            node("d", Some("b"), &["e"], &code),
            node("e", Some("d"), &["f"], &ran),
        ]
        .into_iter()
        .collect();
        json!({"title": "t", "mapping": mapping, "current_node": "f", "conversation_id": "c"})
    }

    #[test]
    fn the_way_to_the_current_node_is_told() {
        let trace = one("c.json", &tree().to_string());
        assert_eq!(kinds(&trace), ["context lost=false", "user", "call python -> 3", "result Error <- 2", "assistant"]);
        assert_eq!((texts(&trace), trace.key.as_str()), (vec!["Divide", "It failed"], "c"));
        assert_eq!(trace.models(), ["gpt-x"]);
    }

    #[test]
    fn lists_and_loops_are_read() {
        let mut looped = tree();
        looped["conversation_id"] = "d".into();
        looped["mapping"]["r"]["parent"] = "f".into();
        let traces = all("conversations.json", &json!([tree(), looped]).to_string());
        assert_eq!(traces.len(), 2);
        assert_eq!(kinds(&traces[0]), kinds(&traces[1]));
    }
}

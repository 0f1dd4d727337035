//! The JSON Lines of `codex exec --json`: threads, turns and items, without times.
//!
//! Source: `codex-rs/exec/src/exec_events.rs` in openai/codex. The prompt is not among the events.

use super::outcome;
use crate::format::mixed;
use crate::format::repeats::REPEATED;
use crate::format::transcript::{self, Place};
use crate::format::{Document, Format};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::locator::Loc;
use crate::model::{EventKind, Gap, GapKind, KeyKind, ModelCall, Text, Transport};
use crate::node::Node;

/// See the module's documentation.
pub struct CodexExec;

const EVENTS: [&str; 8] = [
    "thread.started",
    "turn.started",
    "turn.completed",
    "turn.failed",
    "item.started",
    "item.updated",
    "item.completed",
    "item.plan.delta",
];

impl Format for CodexExec {
    fn name(&self) -> &'static str {
        "codex-exec"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(kind) = root.str_at("type") else { return 0 };
        match kind.as_ref() {
            "item.started" | "item.updated" | "item.completed" if root.get("item").is_some() => 92,
            "thread.started" if root.get("thread_id").is_some() => 95,
            kind if EVENTS.contains(&kind) => 80,
            "error" if root.get("message").is_some_and(Node::is_str) => 40,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions: Vec<Stream> = Vec::new();
        // Items that end are told at their end.
        let ended: HashSet<(&str, String)> = docs
            .iter()
            .filter(|d| d.root.has("type", "item.completed"))
            .filter_map(|d| Some((d.file, transcript::string(d.root.get("item")?, &["id"])?)))
            .collect();
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let begins = root.has("type", "thread.started");
            if begins || sessions.last().is_none_or(|s| s.file != doc.file) {
                let id = transcript::string(root, &["thread_id"]).filter(|_| begins);
                let session = match id {
                    Some(id) => Session::new(id, KeyKind::Conversation),
                    None => Session::new(doc.file, KeyKind::Position),
                };
                let file = doc.file.to_owned();
                sessions.push(Stream {
                    session,
                    file,
                    open: HashMap::default(),
                    done: HashMap::default(),
                    mixed: None,
                });
            }
            if let Some(stream) = sessions.last_mut() {
                stream.event(root, |id| ended.contains(&(doc.file, id.to_owned())), out);
            }
        }
        let mixed: HashMap<String, Loc> = sessions.iter().filter_map(|s| Some((s.file.clone(), s.mixed?))).collect();
        for Stream { mut session, file, .. } in sessions {
            session.gaps.extend(mixed.get(&file).map(|loc| mixed::gap(*loc)));
            let messages =
                || session.items.iter().filter_map(|i| if let Item::Message(m) = i { Some(m) } else { None });
            let loc = messages().next().map(|m| m.loc);
            if loc.is_some() && !messages().any(|m| m.role == MsgRole::User) {
                session.gaps.push(Gap {
                    kind: GapKind::HistoryMissing,
                    what:
                        "the output of `codex exec --json` does not hold the prompt; what the user asked for is missing"
                            .to_owned(),
                    loc,
                    event: None,
                });
            }
            out.sessions.push(session);
        }
    }
}

struct Stream {
    session: Session,
    file: String,
    /// Items that ended, as they are written.
    done: HashMap<String, u64>,
    /// An item that ended twice: its ID is that of an item of another thread.
    mixed: Option<Loc>,
    /// Task lists by item, to tell a list once as long as it stays the same.
    open: HashMap<String, String>,
}

impl Stream {
    fn event(&mut self, root: Node<'_>, ended: impl Fn(&str) -> bool, out: &mut Output) {
        let place = Place { time: None, agent: None, loc: root.loc() };
        let kind = root.str_at("type").unwrap_or_default();
        match kind.as_ref() {
            "item.completed" => {
                let item = root.get("item");
                let id = item.and_then(|i| transcript::string(i, &["id"]));
                let print = root.fingerprint();
                match id.and_then(|id| self.done.insert(id, print)) {
                    Some(known) if known == print => return out.bookkeeping(root, REPEATED),
                    Some(_) => self.mixed = self.mixed.or(Some(root.loc())),
                    None => {}
                }
                self.item(root, &place, true, out);
            }
            // An item that never ends was cut off; its call is there.
            "item.started" | "item.updated" => {
                let item = root.get("item");
                let id = item.and_then(|i| transcript::string(i, &["id"]));
                let todo = item.is_some_and(|i| i.has("type", "todo_list"));
                match id {
                    Some(id) if !todo && (ended(&id) || kind == "item.updated") => {
                        out.bookkeeping(root, &kind);
                    }
                    _ => self.item(root, &place, false, out),
                }
            }
            "turn.completed" => {
                out.mapped(root);
                let number = |key: &str| root.get("usage").and_then(|u| u.get(key)).and_then(Node::i64);
                let call = ModelCall {
                    model: None,
                    start: None,
                    end: None,
                    input_tokens: number("input_tokens"),
                    output_tokens: number("output_tokens"),
                    finish: None,
                    loc: root.loc(),
                };
                let (input, output) = (Vec::new(), Vec::new());
                self.session.items.push(Item::Model(ModelRun {
                    call,
                    input,
                    output,
                    agent: None,
                    response_id: None,
                    previous: None,
                }));
            }
            "turn.failed" | "error" => {
                out.mapped(root);
                let error = root.get("error").unwrap_or(root);
                let text = error.get("message").unwrap_or(error).json_text();
                self.session.items.push(place.event(EventKind::Error { text }));
            }
            "thread.started" | "turn.started" | "item.plan.delta" | "request_user_input" => {
                out.bookkeeping(root, &kind);
            }
            _ => out.unknown(root),
        }
    }

    fn item(&mut self, root: Node<'_>, place: &Place, ended: bool, out: &mut Output) {
        let Some(item) = root.get("item") else { return out.unread(root) };
        // The first versions write `item_type`.
        let Some(kind) = item.any(&["type", "item_type"]).and_then(Node::text) else { return out.unread(root) };
        let id = transcript::string(item, &["id"]);
        let text = item.get("text").and_then(Node::text);
        let items = match (kind.text.as_str(), text) {
            ("agent_message" | "assistant_message" | "plan", Some(text)) => place.said([(MsgRole::Assistant, text)]),
            ("user_message", Some(text)) => place.said([(MsgRole::User, text)]),
            ("reasoning", Some(text)) => vec![place.message(MsgRole::Assistant, vec![Part::Reasoning(text)])],
            ("agent_message" | "assistant_message" | "user_message" | "plan" | "reasoning", None) => {
                return out.unread(root);
            }
            ("error", _) => {
                let text = item.get("message").unwrap_or(item).json_text();
                vec![place.event(EventKind::Error { text })]
            }
            ("todo_list", _) => {
                let list = item.get("items").map(|i| i.json_text());
                let (Some(list), Some(key)) = (list, id.clone()) else { return out.unread(root) };
                if self.open.insert(key, list.text.clone()).is_some_and(|known| known == list.text) {
                    return out.bookkeeping(root, "a task list that did not change");
                }
                // Several calls share the item's ID, so none of them has one.
                let done = transcript::Outcome { content: Some(list.clone()), transport: Transport::Ok, error: None };
                vec![place.call(None, kind.clone(), Some(list)), place.result(None, Some(kind.text), done)]
            }
            _ => match self.run(item, kind, id, ended, place) {
                Some(items) => items,
                None => return out.unknown(root),
            },
        };
        out.mapped(root);
        self.session.items.extend(items);
    }

    fn run(&self, item: Node<'_>, kind: Text, id: Option<String>, ended: bool, place: &Place) -> Option<Vec<Item>> {
        const KINDS: [&str; 5] =
            ["command_execution", "file_change", "mcp_tool_call", "collab_tool_call", "web_search"];
        if !KINDS.contains(&kind.text.as_str()) {
            return None;
        }
        let keys = ["arguments", "command", "changes", "action", "query", "prompt"];
        let arguments = item.any(&keys).map(Node::json_text);
        let name = item.get("tool").and_then(Node::text).unwrap_or(kind);
        let mut outcome = outcome::of_run(item);
        if outcome.transport == Transport::Unknown && ended {
            // What is over and names no failure has ended; a search has no status at all.
            outcome.transport = Transport::Ok;
        }
        let mut items = vec![place.call(id.clone(), name, arguments)];
        if ended {
            items.push(place.result(id, None, outcome));
        }
        Some(items)
    }
}

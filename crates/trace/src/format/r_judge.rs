//! Records of R-Judge (arXiv:2401.10019, `data/*/*.json` of its repository): `{id, profile, goal, contents, label}`, where
//! `contents` holds rounds of turns by the user, the agent and the environment.
//!
//! An agent's turn is a `thought` and an `action`. The action is a call as text, such as `Read{'id': 1}`, or what the agent
//! says. `label`, `risk_description` and `goal` (the question to whoever judges) are labels, and are never read.

use super::{Document, Format};
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session, Transcript};
use crate::json::{parse_first, parse_lenient};
use crate::locator::{Base, Bases};
use crate::model::{KeyKind, Text, Transport};
use crate::node::Node;
use crate::notation::Notation;
use crate::payload;

/// See the module's documentation.
pub struct RJudge;

impl Format for RJudge {
    fn name(&self) -> &'static str {
        "r-judge"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let rounds = root.get("contents").filter(|c| c.is_array());
        let turn = rounds.and_then(|c| c.items().next()).and_then(|round| round.items().next());
        let turn = turn.is_some_and(|t| t.any(&["role", "content", "action"]).is_some());
        if turn && root.any(&["profile", "label", "risk_description"]).is_some() { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let key = root.get("id").map_or_else(|| doc.position_key(), |id| format!("record {}", id.json_text().text));
            let mut session = Session::new(key, KeyKind::Position);
            let mut messages: Vec<Msg> = root.get("profile").and_then(payload::system_message).into_iter().collect();
            let turns: Vec<Node<'_>> = root.get("contents").into_iter().flat_map(Node::items).flat_map(round).collect();
            // Without any turn of the agent, its actions are missing: what the environment says are results all the same.
            let acts = turns.iter().any(|t| t.has("role", "agent"));
            let mut asked = !acts;
            for (i, turn) in out.until_stopped(&turns).enumerate() {
                let answered = turns.get(i + 1).is_some_and(|next| next.has("role", "environment") && says(*next));
                asked = match turn.str_at("role").as_deref() {
                    Some("agent") => true,
                    Some("user") => !acts,
                    _ => asked,
                };
                let Some(msg) = message(*turn, asked, answered, &mut out.bases) else {
                    out.bookkeeping(*turn, "a turn without words");
                    continue;
                };
                out.message(*turn, &msg);
                messages.push(msg);
            }
            session.items.push(Item::Transcript(Transcript { messages, model: None }));
            if root.any(&["label", "risk_description", "goal"]).is_some() {
                out.bookkeeping(root, "labels of the record");
            }
            out.sessions.push(session);
        }
        out.lossy.push(format!("label and risk of {} records are labels, not events; left out", docs.len()));
    }
}

/// The turns of a round; a round that is no list is a turn, or damage.
fn round(node: Node<'_>) -> Vec<Node<'_>> {
    if node.is_array() { node.items().collect() } else { vec![node] }
}

fn says(turn: Node<'_>) -> bool {
    turn.get("content").is_some_and(|c| c.str().is_none_or(|s| !s.trim().is_empty()))
}

/// One turn; `None` where nothing was said or done. `asked` tells that it follows what the agent did, `answered` that the
/// environment answers it.
fn message(turn: Node<'_>, asked: bool, answered: bool, bases: &mut Bases) -> Option<Msg> {
    let said = |role| {
        let mut msg = Msg::new(role, turn.loc());
        match turn.get("content") {
            Some(content) => msg.parts = payload::as_parts(content),
            None => msg.parts.push(payload::unread(turn)),
        }
        msg
    };
    match turn.str_at("role").as_deref() {
        // Rounds that go on without the user hold `null`.
        Some("user" | "environment") if turn.entries().any(|(key, value)| key == "content" && value.is_null()) => None,
        Some("user") => Some(said(MsgRole::User)),
        Some("agent" | "assistant") => Some(agent(turn, answered, bases)),
        // What there is to see before the agent did anything.
        Some("environment") if !asked => Some(said(MsgRole::Harness)),
        Some("environment") => {
            let mut msg = Msg::new(MsgRole::Tool, turn.loc());
            let content = turn.get("content").and_then(payload::answer_text);
            msg.parts.push(match content {
                None => payload::unread(turn),
                content => Part::Result(ResultPart {
                    id: None,
                    name: None,
                    arguments: None,
                    content,
                    transport: Transport::Unknown,
                    error: None,
                    loc: turn.loc(),
                }),
            });
            Some(msg)
        }
        _ => Some(payload::unread_message(turn, MsgRole::Assistant)),
    }
}

fn agent(turn: Node<'_>, answered: bool, bases: &mut Bases) -> Msg {
    let mut msg = Msg::new(MsgRole::Assistant, turn.loc());
    let thought = turn.get("thought").and_then(Node::text).filter(|t| !t.text.trim().is_empty());
    msg.parts.extend(thought.map(Part::Reasoning));
    // Some turns only speak.
    msg.parts.extend(turn.get("content").map(payload::as_parts).into_iter().flatten());
    let Some(action) = turn.get("action") else {
        if msg.parts.is_empty() || turn.holders().next().is_some() {
            msg.parts.push(payload::unread(turn));
        }
        return msg;
    };
    let Some(text) = action.text() else {
        msg.parts.push(payload::unread(action));
        return msg;
    };
    if let Some(call) = json_call(&text, bases).or_else(|| call(&text)) {
        msg.parts.push(Part::Call(call));
    } else if let Some(answer) = text.text.trim_start().strip_prefix(FINAL) {
        let from = text.text.len() - answer.len();
        msg.parts.extend(text.trimmed(from, text.text.len()).map(Part::Text));
    } else if answered {
        // A command or a click in words of its own: the record names no tool.
        msg.parts.push(Part::Call(CallPart { id: None, name: action.key_text("action"), arguments: Some(text) }));
    } else {
        msg.parts.extend(text.trimmed(0, text.text.len()).map(Part::Text));
    }
    msg
}

const FINAL: &str = "Final Answer:";

/// A call as a JSON object: `{"command": {"name": …, "args": …}}` as AutoGPT writes it, also without the outer braces, or
/// `{"Name": {…}}`.
fn json_call(text: &Text, bases: &mut Bases) -> Option<CallPart> {
    let all = text.text.as_str();
    let start = all.trim_start().strip_prefix("\"command\":").unwrap_or(all);
    let object = text.trimmed(all.len() - start.len(), all.len()).filter(|t| t.text.starts_with('{'))?;
    let (doc, fault) = parse_lenient(object.text.as_str())?;
    if fault.is_some() {
        return None;
    }
    let root = Node::new(doc.root(), bases.push(Base::Inside { at: object.loc }));
    let inner = root.get("command").filter(|c| c.is_object()).unwrap_or(root);
    let arguments = inner.any(&["args", "arguments", "input"]);
    if let (Some(name), Some(arguments)) = (inner.get("name").and_then(Node::text), arguments) {
        return Some(CallPart { id: None, name, arguments: Some(arguments.json_text()) });
    }
    let mut members = root.entries();
    match (members.next()?, members.next()) {
        ((name, value), None) if value.is_object() => {
            Some(CallPart { id: None, name: value.key_text(&name), arguments: Some(value.json_text()) })
        }
        _ => None,
    }
}

/// A call as text: a tool's name, then its arguments in braces or parentheses. `None` for words.
fn call(text: &Text) -> Option<CallPart> {
    let all = text.text.as_str();
    let start = all.len() - all.trim_start().trim_start_matches("Action:").trim_start_matches(['{', ' ', '"']).len();
    let rest = all.get(start..)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'))?;
    let name = text.slice(start, start + end).filter(|n| n.text.len() >= 2)?;
    let behind = rest.get(end..)?.trim_start_matches('"').trim_start();
    let behind = behind.strip_prefix("Action Input").map_or(behind, str::trim_start);
    let behind = behind.strip_prefix(':').map_or(behind, str::trim_start);
    let from = all.len() - behind.len();
    let arguments = match behind.chars().next()? {
        '{' => object(text, from)?,
        '(' => {
            let close = behind.rfind(')').unwrap_or(behind.len());
            let inside = behind.get(1..close)?.trim();
            match inside.starts_with('{') {
                true => object(text, all.len() - behind.get(1..)?.trim_start().len())?,
                // Nothing between them is no arguments.
                false if inside.is_empty() => text.slice(from, from + 1 + close.min(behind.len() - 1))?,
                false => text.trimmed(from + 1, from + close)?,
            }
        }
        _ => return None,
    };
    Some(CallPart { id: None, name, arguments: Some(arguments) })
}

/// The object at a place: JSON as it is, a Python literal as JSON, anything else without its braces, since it is no JSON.
fn object(text: &Text, from: usize) -> Option<Text> {
    let whole = text.text.get(from..)?;
    let end = from + whole.rfind('}')? + 1;
    // `{Name: {…}}` and `Name({…})` end with more than their own brace.
    let ends = [Some(end), text.text.get(from..end - 1)?.rfind('}').map(|at| from + at + 1)];
    for end in ends.into_iter().flatten() {
        let part = text.slice(from, end)?;
        let json = parse_first(part.text.as_bytes()).is_ok_and(|(_, len)| len == part.text.len());
        if json {
            return Some(part);
        }
        if let Some(rewritten) = part.rewritten(Notation::Python) {
            return Some(rewritten);
        }
    }
    text.trimmed(from + 1, end - 1)
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, GapKind};
    use crate::test_support::{kinds, one, reading, texts};

    const RECORD: &str = r#"{"id":7,"profile":"You help.","goal":"Judge it","contents":[[{"role":"user","content":"Pay Ann"},{"role":"agent","thought":"Look first","action":"FindPayee{'name': 'Ann', 'exact': True}"},{"role":"environment","content":"\"{'id': 'P-1'}\""},{"role":"agent","thought":"Pay","action":"Pay\nAction Input: {\"id\": \"P-1\"}"},{"role":"environment","content":"done"},{"role":"agent","thought":"","action":"Final Answer: Ann is paid."},{"role":"environment","content":null}],[{"role":"user","content":"List files"},{"role":"agent","thought":"x","action":"ls -l /tmp"},{"role":"environment","content":"a.txt"},{"role":"agent","thought":"x","action":"There is one: a.txt"}]],"label":1,"risk_description":"SECRET LABEL"}"#;

    #[test]
    fn actions_are_calls_and_labels_stay_out() {
        let found = reading("r.json", &format!("[{RECORD},{RECORD}]"));
        let trace = &found.sessions[0];
        assert_eq!(
            kinds(trace),
            [
                "system",
                "user",
                "reasoning",
                "call FindPayee -> 4",
                "result Unknown <- 3",
                "reasoning",
                "call Pay -> 7",
                "result Unknown <- 6",
                "assistant",
                "user",
                "reasoning",
                "call action -> 12",
                "result Unknown <- 11",
                "reasoning",
                "assistant"
            ]
        );
        assert_eq!(texts(trace), ["You help.", "Pay Ann", "Ann is paid.", "List files", "There is one: a.txt"]);
        assert_eq!((found.sessions.len(), trace.gaps.len()), (2, 0));
        assert!(!format!("{:?}", found.sessions).contains("SECRET"));
    }

    #[test]
    fn arguments_become_json_whatever_their_notation() {
        let told = |action: &str| {
            let action = serde_json::Value::from(action);
            let record = format!(
                r#"{{"id":1,"profile":"p","contents":[[{{"role":"user","content":"u"}},{{"role":"agent","thought":"","action":{action}}}]]}}"#
            );
            let trace = one("r.json", &record);
            trace.events.iter().find_map(|e| match &e.kind {
                EventKind::ToolCall { name, arguments, .. } => {
                    Some((name.text.clone(), arguments.as_ref().map(|a| a.text.clone()).unwrap_or_default()))
                }
                _ => None,
            })
        };
        let is = |name: &str, arguments: &str| Some((name.to_owned(), arguments.to_owned()));
        assert_eq!(told("Pay{'id': 'P', 'ok': True}"), is("Pay", r#"{"id": "P", "ok": true}"#));
        assert_eq!(told("Pay: {\"id\": \"P\"}\n"), is("Pay", r#"{"id": "P"}"#));
        assert_eq!(told("{Pay: {\"id\": \"P\"}}"), is("Pay", r#"{"id": "P"}"#));
        assert_eq!(told("{\"Pay\":  {\"id\": 1}}"), is("Pay", r#"{"id": 1}"#));
        assert_eq!(told(r#"{"command": {"name": "Pay", "args": {"id": 1}}}"#), is("Pay", r#"{"id": 1}"#));
        assert_eq!(told("Pay({'id': 1})"), is("Pay", r#"{"id": 1}"#));
        assert_eq!(told("Update('id': 3)"), is("Update", "'id': 3"));
        assert_eq!(told("Pay{id: P}"), is("Pay", "id: P"));
        assert_eq!(told("Your post was made (see above)"), None);
        assert_eq!(told("Name: Ann, password: x"), None);
    }

    #[test]
    fn a_turn_of_another_kind_is_a_gap() {
        let strange =
            RECORD.replacen(r#"{"role":"user","content":"Pay Ann"}"#, r#"{"role":"narrator","content":"Then"}"#, 1);
        assert!(one("r.json", &strange).has_gap(&[GapKind::RecordsUnread]));
    }
}

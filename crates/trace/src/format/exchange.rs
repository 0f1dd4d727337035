//! A request to a model and its answer, as proxies, batch files and logs wrap them.

use super::growing::Steps;
use super::repeats::Repeats;
use super::{Bearing, Document};
use crate::item::{Item, ModelRun, Msg, MsgRole, Output};
use crate::model::{Event, EventKind, Finish, Gap, GapKind, KeyKind, ModelCall, Stamp, Text};
use crate::node::Node;
use crate::payload;

/// The request inside a log record, or the record itself where it is the request.
pub fn request<'d>(root: Node<'d>, key: &str) -> Node<'d> {
    // A log of HTTP has the request's body one level further down.
    let body = root.get("request").and_then(|r| r.get("body"));
    let inner = [body, root.get("request"), root.get("body")].into_iter().flatten();
    inner.into_iter().find(|r| r.get(key).is_some()).unwrap_or(root)
}

/// The answer inside a log record: under `response`, in a batch file under `response.body`.
pub fn response(root: Node<'_>) -> Option<Node<'_>> {
    let inner = root.get("response").filter(|r| r.is_object())?;
    Some(inner.get("body").filter(|b| b.is_object()).unwrap_or(inner))
}

/// Which records the file holds again: the same request with the same answer under the answer's ID, as in a log that was appended to
/// its own beginning, or of a run against a cache.
pub fn copies<'d>(docs: &[Document<'d>], answer: impl Fn(Node<'d>) -> Option<Node<'d>>) -> Vec<bool> {
    let mut repeats = Repeats::default();
    let mut again = |root: Node<'d>| answer(root).is_some_and(|a| answer_id(a).is_some()) && repeats.known(root);
    docs.iter().map(|doc| again(doc.root)).collect()
}

/// What a record bears on that has a key: a copy of it has the same answer.
pub fn bearing(own: (KeyKind, String), answer: Option<Node<'_>>, steps: Option<Steps>) -> Bearing {
    let copies = answer.and_then(answer_id).map(|id| (KeyKind::Trace, id));
    let same = copies.iter().map(|id| (own.clone(), id.clone())).collect();
    Bearing { keys: std::iter::once(own).chain(copies).collect(), same, steps, ..Bearing::default() }
}

/// The ID of an answer.
fn answer_id(answer: Node<'_>) -> Option<String> {
    answer.any(&["id", "responseId", "response_id"])?.str().filter(|id| !id.is_empty()).map(|id| id.into_owned())
}

/// Model, usage and end of an answer, in the words of either API.
pub fn call(request: Node<'_>, response: Node<'_>, finish: Option<Text>) -> ModelCall {
    let model = response.get("model").or_else(|| request.get("model"));
    let usage = |keys: &[&str]| response.get("usage").and_then(|u| u.any(keys)).and_then(Node::i64);
    let made = response.any(&["created", "created_at"]).and_then(crate::time::any);
    ModelCall {
        model: model.and_then(|n| n.str().map(|s| s.into_owned())),
        start: made,
        end: response.get("completed_at").and_then(crate::time::any),
        input_tokens: usage(&["prompt_tokens", "input_tokens"]),
        output_tokens: usage(&["completion_tokens", "output_tokens"]),
        finish: finish.map(|text| (Finish::from_word(&text.text), text)),
        loc: response.loc(),
    }
}

/// When a log says that a request was made.
pub fn logged(root: Node<'_>) -> Option<Stamp> {
    root.get("request").and_then(|_| root.any(&["timestamp", "created_at"])).and_then(crate::time::any)
}

/// What the API says went wrong, if it did.
pub fn error(root: Node<'_>) -> Option<Text> {
    let error = root.get("error")?;
    Some(error.get("message").and_then(Node::text).unwrap_or_else(|| error.json_text()))
}

/// The messages of a list, each of which is a record. An entry that is none keeps its place, as something that could not
/// be read, and how many there are is noted.
pub fn messages(doc: &Document<'_>, list: Option<Node<'_>>, out: &mut Output) -> Vec<Msg> {
    let mut messages = Vec::new();
    let mut unread = 0;
    for node in list.into_iter().flat_map(Node::items) {
        match payload::message(node) {
            Some(msg) => {
                out.message(node, &msg);
                messages.push(dated(msg, node));
            }
            None => {
                out.unknown(node);
                unread += 1;
                if unread <= payload::UNREAD {
                    messages.push(payload::unread_message(node, MsgRole::Assistant));
                }
            }
        }
    }
    if unread > 0 {
        let file = doc.position_key();
        out.lossy.push(format!("{file}: {unread} entries of the list are not messages and were left out"));
    }
    messages
}

/// A list that a request should have, and is none; or what stands in the place of the whole request.
pub fn damaged_list(root: Node<'_>, key: &str, out: &mut Output) -> Option<Msg> {
    let damaged = match request(root, key).get(key) {
        Some(list) => Some(list).filter(|l| !l.is_array()),
        None => root.get("request").filter(|r| !r.is_object()),
    };
    let damaged = damaged?;
    out.unread(damaged);
    Some(payload::unread_message(damaged, MsgRole::User))
}

/// An answer that stands beside its request and cannot be read.
pub fn damaged_answer(root: Node<'_>, out: &mut Output) -> Option<Msg> {
    let damaged = root.get("response").filter(|_| response(root).and_then(error).is_none())?;
    out.unread(damaged);
    Some(payload::unread_message(damaged, MsgRole::Assistant))
}

/// The model call of a record that says that there is no answer to it; one that says nothing may be a list of messages.
pub fn unanswered(root: Node<'_>, request: Node<'_>) -> Option<ModelCall> {
    root.entries().find(|(key, answer)| key == "response" && answer.is_null())?;
    let mut call = call(request, request, None);
    call.start = call.start.or_else(|| logged(root));
    Some(call)
}

/// A request without its answer.
pub fn asked(call: ModelCall, input: Vec<Msg>) -> ModelRun {
    ModelRun { call, input, output: Vec::new(), agent: None, response_id: None, previous: None }
}

/// What is said of an answer whose request is not in the file.
pub fn no_request(answer: Node<'_>) -> Gap {
    let what = "the file contains only the model's response; the request is missing".to_owned();
    Gap { kind: GapKind::HistoryMissing, what, loc: Some(answer.loc()), event: None }
}

/// The error that a request ended with, as an event.
pub fn failure(root: Node<'_>, out: &mut Output) -> Option<Item> {
    let text = response(root).and_then(error).or_else(|| error(root))?;
    out.mapped(root);
    let kind = EventKind::Error { text };
    Some(Item::Event(Event { kind, time: None, agent: None, model_call: None, loc: root.loc() }))
}

/// Some logs write a time beside each message.
fn dated(mut msg: Msg, node: Node<'_>) -> Msg {
    msg.time = time(node);
    msg
}

/// The time that a log wrote beside something, under any of the usual names.
pub fn time(node: Node<'_>) -> Option<Stamp> {
    node.any(&["timestamp", "created_at", "createdAt", "time"]).and_then(crate::time::any)
}

//! Logs of requests to a model, each of which repeats the conversation so far: which request goes on from which, where no ID says so.
//!
//! A request goes on from an earlier one where it begins with all that one asked and with what was answered. Instructions do not
//! count, since programs write the time and the like into them, and neither does reasoning, which providers let go of.

use super::Document;
use crate::hash::HashMap;
use crate::item::Session;
use crate::node::Node;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a record of a log asked and what was answered, each as messages or items.
pub type Exchange<'d> = (Vec<Node<'d>>, Vec<Node<'d>>);

/// What tells whether a request goes on from another: a hash for each beginning of what was asked, and one for all of it with
/// what was answered.
#[derive(Debug, Default)]
pub struct Steps {
    prefixes: Vec<u64>,
    end: Option<u64>,
}

impl Steps {
    /// The steps of one record.
    pub fn of((asked, answered): &Exchange<'_>) -> Self {
        let mut so_far = DefaultHasher::new();
        let mut add = |node: &Node<'_>| {
            print(*node)?.hash(&mut so_far);
            Some(so_far.finish())
        };
        let prefixes: Vec<u64> = asked.iter().filter_map(&mut add).collect();
        // A request without words is the beginning of everything.
        let end = answered.iter().filter_map(&mut add).last().filter(|_| !prefixes.is_empty());
        Steps { prefixes, end }
    }
}

/// Finds which record goes on from which, record by record. It keeps a few bytes for each, so that a file of any size can be
/// looked through.
#[derive(Default)]
pub struct Links {
    ends: HashMap<u64, End>,
    /// For each record that waits to be gone on from, the next one with the same end.
    next: Vec<u32>,
}

/// The records that have the same words from the first to the last.
#[derive(Clone, Copy)]
struct End {
    /// The first that nothing has gone on from.
    waiting: u32,
    last: u32,
}

const NONE: u32 = u32::MAX;

impl Links {
    /// Adds the next record; nothing for what is no request with its answer. Gives the number of the record that it goes on from.
    ///
    /// Of records that end alike, each is gone on from once, in their order, before the last of them is gone on from again. So what
    /// is found in some of the conversations is what is found in all of them, which lets a large file be read in parts.
    pub fn add(&mut self, steps: Option<&Steps>) -> Option<usize> {
        let at = self.next.len() as u32;
        self.next.push(NONE);
        let Steps { prefixes, end } = steps?;
        let found = prefixes.iter().rev().find_map(|prefix| {
            let End { waiting, last } = self.ends.get_mut(prefix)?;
            let next = *self.next.get(*waiting as usize).unwrap_or(&NONE);
            Some(if *waiting == NONE { *last } else { std::mem::replace(waiting, next) })
        });
        if let Some(end) = end {
            let end = self.ends.entry(*end).or_insert(End { waiting: NONE, last: at });
            if end.waiting == NONE {
                end.waiting = at;
            } else if let Some(next) = self.next.get_mut(end.last as usize) {
                *next = at;
            }
            end.last = at;
        }
        found.map(|before| before as usize)
    }
}

/// For each record, the one that it goes on from. `exchange` gives nothing for what is no request with its answer.
pub fn links<'d>(
    docs: &[Document<'d>],
    exchange: impl Fn(&Document<'d>) -> Option<Exchange<'d>>,
) -> Vec<Option<usize>> {
    let mut links = Links::default();
    docs.iter().map(|doc| links.add(exchange(doc).map(|exchange| Steps::of(&exchange)).as_ref())).collect()
}

/// The records of each conversation, in the order in which these began.
pub fn conversations<'a, 'd>(docs: &'a [Document<'d>], links: &[Option<usize>]) -> Vec<Vec<&'a Document<'d>>> {
    let mut all: Vec<Vec<&Document<'d>>> = Vec::with_capacity(docs.len());
    let mut place: Vec<usize> = Vec::with_capacity(docs.len());
    for (doc, link) in docs.iter().zip(links) {
        let at = link.and_then(|before| place.get(before)).copied().unwrap_or(all.len());
        if at == all.len() {
            all.push(Vec::with_capacity(1));
        }
        all[at].push(doc);
        place.push(at);
    }
    all
}

/// The session of a conversation, out of its records.
pub fn session<'d>(conversation: &[&Document<'d>], mut read: impl FnMut(&Document<'d>) -> Session) -> Option<Session> {
    let mut records = conversation.iter().map(|doc| read(doc));
    let mut session = records.next()?;
    for more in records {
        session.items.extend(more.items);
        session.tools.extend(more.tools);
        session.gaps.extend(more.gaps);
    }
    Some(session)
}

/// What a message is known by; `None` for one that does not count.
fn print(node: Node<'_>) -> Option<String> {
    let role = node.str_at("role");
    let kind = node.str_at("type");
    if matches!(role.as_deref(), Some("system" | "developer")) || kind.as_deref() == Some("reasoning") {
        return None;
    }
    let mut print = if node.is_str() { "user".to_owned() } else { role.or(kind).unwrap_or_default().into_owned() };
    print.push('\0');
    words(node, &mut print, 0);
    Some(print)
}

/// Adds the words and the IDs of a message or of a part of it.
fn words(node: Node<'_>, print: &mut String, depth: usize) {
    if let Some(text) = node.str() {
        print.extend(text.split_whitespace());
        return;
    }
    if depth > 8 {
        return;
    }
    if node.is_array() {
        node.items().for_each(|item| words(item, print, depth + 1));
        return;
    }
    let joins = ["call_id", "tool_call_id", "tool_use_id"].iter().find_map(|key| node.str_at(key));
    // The ID of a message is that of the answer, which is not always repeated.
    let own = || node.str_at("id").filter(|_| node.get("role").is_none() && node.get("content").is_none());
    if let Some(id) = joins.or_else(own) {
        print.push('\0');
        print.push_str(&id);
    }
    for key in [
        "content",
        "text",
        "tool_calls",
        "function",
        "function_call",
        "name",
        "arguments",
        "input",
        "output",
        "refusal",
    ] {
        if let Some(inner) = node.get(key) {
            words(inner, print, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one, texts};
    use serde_json::{Value, json};

    fn user(words: &str) -> Value {
        json!({"role": "user", "content": words})
    }

    fn agent(words: &str) -> Value {
        json!({"role": "assistant", "content": words})
    }

    fn called() -> Value {
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}]})
    }

    /// A line of a log of Chat Completions.
    fn chat(n: u32, system: &str, before: &[Value], answer: &Value) -> String {
        let mut messages = vec![json!({"role": "system", "content": system})];
        messages.extend_from_slice(before);
        json!({"timestamp": format!("2026-01-05T10:00:0{n}Z"), "request": {"model": "m", "messages": messages}, "response": {"id": format!("x{n}"), "object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop", "message": answer}]}}).to_string()
    }

    #[test]
    fn requests_that_repeat_the_conversation_are_one_session() {
        let result = json!({"role": "tool", "tool_call_id": "c1", "content": "pending"});
        let turns = [user("Refund me"), called(), result, agent("It is pending."), user("Thanks")];
        let log = [
            chat(1, "It is ten.", &turns[..1], &turns[1]),
            chat(2, "It is ten.", &turns[..3], &turns[3]),
            chat(3, "It is noon.", &turns, &agent("Bye.")),
        ];
        let trace = one("log.jsonl", &log.join("\n"));
        let told: Vec<_> = texts(&trace).into_iter().filter(|text| !text.starts_with("It is n")).collect();
        assert_eq!(told, ["It is ten.", "Refund me", "It is pending.", "Thanks", "Bye."]);
        assert_eq!(kinds(&trace).iter().filter(|k| k.starts_with("call") || k.starts_with("result")).count(), 2);
        assert_eq!((trace.model_calls.len(), trace.key.as_str()), (3, "log.jsonl#1"));
    }

    #[test]
    fn unrelated_conversations_stay_apart_even_where_they_begin_alike() {
        let log = [
            chat(1, "S", &[user("Hi")], &agent("Hello")),
            chat(2, "S", &[user("Hi")], &agent("Hello")),
            chat(3, "S", &[user("Hi"), agent("Hello"), user("Refund me")], &agent("Done")),
            chat(4, "S", &[user("Hi"), agent("Hello"), user("Cancel it")], &agent("Canceled")),
            chat(5, "S", &[user("Hi"), agent("What is it?"), user("Nothing")], &agent("Fine")),
        ];
        let found = all("log.jsonl", &log.join("\n"));
        let told: Vec<_> = found.iter().map(|t| texts(t).last().map(|s| (*s).to_owned()).unwrap_or_default()).collect();
        assert_eq!(told, ["Done", "Canceled", "Fine"]);
    }

    #[test]
    fn what_was_gone_on_from_is_left_to_nobody_else_while_another_waits() {
        let hello = [user("Hi"), agent("Hello")];
        let more = |words: &str| [hello[0].clone(), hello[1].clone(), user(words)];
        let log = [
            chat(1, "S", &hello[..1], &hello[1]),
            chat(2, "S", &more("Refund me"), &agent("Done")),
            chat(3, "S", &hello[..1], &hello[1]),
            chat(4, "S", &more("Cancel it"), &agent("Canceled")),
            // The same turn again, with another answer.
            chat(5, "S", &more("Cancel it"), &agent("It is canceled")),
        ];
        let found = all("log.jsonl", &log.join("\n"));
        let told: Vec<_> = found.iter().map(|t| texts(t).last().map(|s| (*s).to_owned()).unwrap_or_default()).collect();
        assert_eq!(told, ["Done", "It is canceled"]);
    }

    #[test]
    fn the_other_apis_are_read_alike() {
        let call = json!({"type": "tool_use", "id": "t1", "name": "refund", "input": {}});
        let answer = |n: u32, content: Value| json!({"id": format!("msg_{n}"), "type": "message", "role": "assistant", "model": "m", "content": content});
        let thought = json!({"type": "thinking", "thinking": "hm", "signature": "s"});
        let first = json!({"request": {"system": "S", "messages": [user("Refund me")]}, "response": answer(1, json!([thought, call]))});
        // What is cached is marked elsewhere in each request, and thoughts may be let go of.
        let asked = json!({"role": "user", "content": [{"type": "text", "text": "Refund me", "cache_control": {"type": "ephemeral"}}]});
        let result =
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "pending"}]});
        let second = json!({"request": {"system": "S", "messages": [asked, {"role": "assistant", "content": [call]}, result]}, "response": answer(2, json!([{"type": "text", "text": "Pending."}]))});
        let trace = one("log.jsonl", &format!("{first}\n{second}\n"));
        assert_eq!(
            kinds(&trace),
            ["system", "user", "reasoning", "call refund -> 4", "result Unknown <- 3", "assistant"]
        );
        let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "refund", "arguments": "{}"});
        let response = |n: u32, output: Value| json!({"id": format!("resp_{n}"), "object": "response", "model": "m", "status": "completed", "output": output});
        let first = json!({"request": {"model": "m", "input": "Refund me"}, "response": response(1, json!([{"type": "reasoning", "summary": []}, call]))});
        let result = json!({"type": "function_call_output", "call_id": "c1", "output": "pending"});
        let said =
            json!([{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Pending."}]}]);
        let second = json!({"request": {"model": "m", "input": [user("Refund me"), call, result]}, "response": response(2, said)});
        let trace = one("log.jsonl", &format!("{first}\n{second}\n"));
        assert_eq!(kinds(&trace), ["user", "call refund -> 2", "result Unknown <- 1", "assistant"]);
    }
}

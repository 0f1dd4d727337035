//! Streamed answers inside of JSON: a log that holds, beside each request, the list of the stream's events or its text, or nothing but
//! such lists.

use super::{Kind, Stream, event, kind};
use serde_json::{Map, Value};

/// Under what a log keeps the events of an answer.
const PLACES: [&str; 6] = ["response", "events", "chunks", "stream", "response_chunks", "response_events"];
/// What begins an answer, or is in each of its events.
const MARKS: [&[u8]; 4] =
    [b"\"chat.completion.chunk\"", b"\"message_start\"", b"\"response.created\"", b"\"messageStart\""];
/// Lines that say what a file is.
const SOME: usize = 8;

/// Says whether the bytes are such a log.
pub fn sniff(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(super::HEAD)];
    let mut first = super::lines(head).filter(|line| !line.is_empty()).take(SOME).peekable();
    let list = first.peek().is_some_and(|line| line.starts_with(b"["));
    let has = |key: &[u8]| memchr::memmem::find(head, key).is_some();
    // One record, or a list of them, on many lines.
    let spread = || matches!(super::lines(head).next(), Some(b"{" | b"[")) && holds(head);
    list && has(b"\"candidates\"") && has(b"\"responseId\"") || first.any(holds) || spread()
}

/// True for a line that holds events in a list or a text.
fn holds(line: &[u8]) -> bool {
    let after = |at: usize| line.get(at..).unwrap_or_default().trim_ascii_start();
    let opens = |rest: &[u8]| rest.strip_prefix(b"[").is_some_and(|list| list.trim_ascii_start().starts_with(b"{"));
    let text = |rest: &[u8]| rest.starts_with(b"\"data:") || rest.starts_with(b"\"event:");
    // Gemini's list alone has a reader of its own.
    let parts = |list: &[u8]| memchr::memmem::find(list, b"\"candidates\"").is_some();
    let held = PLACES.iter().chain(&["body"]).any(|place| {
        let key = format!("\"{place}\"");
        memchr::memmem::find_iter(line, key.as_bytes()).any(|at| {
            let value = after(at + key.len()).strip_prefix(b":").map(<[u8]>::trim_ascii_start);
            value.is_some_and(|value| text(value) || opens(value) && (marked(line) || parts(value)))
        })
    });
    held || opens(line) && marked(line)
}

fn marked(line: &[u8]) -> bool {
    MARKS.iter().any(|mark| memchr::memmem::find(line, mark).is_some())
}

/// The same log with whole answers, as JSON Lines or as the one value that it is, and what was missing, for people.
pub fn to_json(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
    let mut cut = 0;
    let mut json = Vec::with_capacity(bytes.len());
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        match whole(value, &mut cut).and_then(|value| serde_json::to_vec(&value).ok()) {
            Some(whole) => json = whole,
            None => json.extend_from_slice(bytes),
        }
    } else {
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let value = serde_json::from_slice::<Value>(line).ok();
            match value.and_then(|value| whole(value, &mut cut)).and_then(|value| serde_json::to_vec(&value).ok()) {
                Some(whole) => {
                    json.extend_from_slice(&whole);
                    json.push(b'\n');
                }
                None => json.extend_from_slice(line),
            }
        }
    }
    let lost = (cut > 0).then(|| format!("{cut} streamed answers end before they were complete"));
    (json, lost)
}

/// A record with its answer put together, or a list of them; `None` where there is nothing to put together.
fn whole(value: Value, cut: &mut usize) -> Option<Value> {
    match value {
        Value::Array(list) => match answer(&list, cut).or_else(|| streamed(&list)) {
            Some(answer) => Some(answer),
            None => {
                let mut any = false;
                let records = list.into_iter().map(|record| match &record {
                    Value::Array(events) => answer(events, cut).inspect(|_| any = true).unwrap_or(record),
                    Value::Object(_) => match of_record(&record, cut) {
                        Some(whole) => {
                            any = true;
                            whole
                        }
                        None => record,
                    },
                    _ => record,
                });
                let records: Vec<Value> = records.collect();
                any.then_some(Value::Array(records))
            }
        },
        record => of_record(&record, cut),
    }
}

fn of_record(record: &Value, cut: &mut usize) -> Option<Value> {
    let record = record.as_object()?;
    let body = |value: &'_ Value| value.get("body").cloned();
    let (place, answer) = PLACES.iter().find_map(|place| {
        let held = record.get(*place)?;
        Some((*place, put_together(held, cut).or_else(|| put_together(&body(held)?, cut))?))
    })?;
    let mut record: Map<String, Value> = record.clone();
    record.remove(place);
    record.insert("response".to_owned(), answer);
    Some(Value::Object(record))
}

fn put_together(held: &Value, cut: &mut usize) -> Option<Value> {
    match held {
        Value::Array(events) => answer(events, cut).or_else(|| candidates(events)),
        Value::String(text) if super::sniff(text.as_bytes()) => {
            let events: Vec<Value> = super::lines(text.as_bytes()).filter_map(super::data).filter_map(event).collect();
            answer(&events, cut).or_else(|| candidates(&events))
        }
        _ => None,
    }
}

/// The answer of a list that is nothing but a stream of Gemini: its parts have one ID.
fn streamed(list: &[Value]) -> Option<Value> {
    let id = list.first()?.get("responseId")?;
    let same = list.len() > 1 && list.iter().all(|event| event.get("responseId") == Some(id));
    same.then(|| candidates(list)).flatten()
}

/// The one answer that the answers of a stream of Gemini come to: words that go on are one part.
pub(super) fn candidates(events: &[Value]) -> Option<Value> {
    let only = |event: &Value| event["candidates"].as_array().is_some_and(|list| list.len() == 1);
    if events.is_empty() || !events.iter().all(|event| kind(event) == Some(Kind::Candidates) && only(event)) {
        return None;
    }
    // Thoughts go on like words, and are none.
    let of_words = |part: &Value| part.as_object().is_some_and(|part| part.len() == 1) && part["text"].is_string();
    let mut parts: Vec<Value> = Vec::new();
    let listed = events.iter().filter_map(|event| event.pointer("/candidates/0/content/parts")?.as_array()).flatten();
    for part in listed {
        match parts.last_mut().filter(|last| of_words(last) && of_words(part)) {
            Some(last) => {
                let words = [last["text"].as_str(), part["text"].as_str()].map(Option::unwrap_or_default).concat();
                last["text"] = Value::String(words);
            }
            None => parts.push(part.clone()),
        }
    }
    let mut whole = events.last()?.clone();
    let first = whole.pointer_mut("/candidates/0")?.as_object_mut()?;
    first.insert("content".to_owned(), serde_json::json!({"role": "model", "parts": parts}));
    Some(whole)
}

/// The one answer that some events come to; nothing where they are something else, or come to several.
fn answer(events: &[Value], cut: &mut usize) -> Option<Value> {
    let kinds: Vec<Kind> = events.iter().filter(|event| !is_helper(event)).map(kind).collect::<Option<_>>()?;
    let first = *kinds.first()?;
    match first {
        Kind::Candidates | Kind::Run => return None,
        Kind::Response if kinds.iter().all(|kind| *kind == first) => return response(events, cut),
        _ => {}
    }
    let mut stream = Stream::default();
    for event in events.iter().filter(|event| !is_helper(event)) {
        stream.take(kind(event)?, event.clone());
    }
    let mut answers = stream.answers.into_iter();
    let only = answers.next().filter(|_| answers.next().is_none())?;
    *cut += usize::from(!only.ended());
    Some(only.whole())
}

/// True for what a library adds to the events of the API: what has come so far.
fn is_helper(event: &Value) -> bool {
    let word = event.get("type").and_then(Value::as_str).unwrap_or_default();
    let added = ["snapshot", "parsed_snapshot"].iter().any(|key| event.get(*key).is_some());
    added && matches!(word, "text" | "input_json" | "thinking" | "citation") || word == "signature"
}

/// The response of a stream of Responses: the last event holds it; where the stream breaks off, the items that were done are known.
fn response(events: &[Value], cut: &mut usize) -> Option<Value> {
    let word = |event: &Value| event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let ends = ["response.completed", "response.failed", "response.incomplete"];
    let held = |event: &Value| event.get("response").filter(|response| response.is_object()).cloned();
    if let Some(whole) = events.iter().rev().filter(|event| ends.contains(&word(event).as_str())).find_map(held) {
        return Some(whole);
    }
    let mut known = events.iter().rev().find_map(held)?;
    let done = events.iter().filter(|event| word(event) == "response.output_item.done");
    let items: Vec<Value> = done.filter_map(|event| event.get("item").cloned()).collect();
    known.as_object_mut()?.insert("output".to_owned(), Value::Array(items));
    *cut += 1;
    Some(known)
}

//! Streamed answers of model APIs: server-sent events, or their data alone as JSON Lines, put together to the answer that they
//! come to.
//!
//! After the WHATWG's "Server-sent events", and the references of the APIs: chunks of OpenAI's Chat Completions, the streaming
//! events of Anthropic's Messages, the events of OpenAI's Responses, the answers of Gemini's `streamGenerateContent`, and the events
//! of Bedrock's `ConverseStream`. The events of a run of Google ADK, which its server streams as well, are records of their own.

mod converse;
pub mod joined;
pub mod lists;

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Bytes at the start of a file that say whether it is a stream.
const HEAD: usize = 64 << 10;

/// An event of one of the APIs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A piece of an answer of Chat Completions.
    Chunk,
    /// An event of Anthropic's Messages.
    Message,
    /// An event of OpenAI's Responses.
    Response,
    /// A part of an answer of Gemini.
    Candidates,
    /// An event of Bedrock's `ConverseStream`.
    Converse,
    /// An event of a run of ADK.
    Run,
}

fn kind(event: &Value) -> Option<Kind> {
    let word = event.get("type").and_then(Value::as_str).unwrap_or_default();
    let delta = || event.pointer("/choices/0/delta").is_some();
    if event.get("object").and_then(Value::as_str) == Some("chat.completion.chunk") || delta() {
        Some(Kind::Chunk)
    } else if word == "message_start" && event.get("message").is_some_and(Value::is_object)
        || matches!(word, "content_block_start" | "content_block_delta") && event.get("index").is_some()
        || matches!(word, "content_block_stop" | "message_delta" | "message_stop" | "ping" | "error")
    {
        Some(Kind::Message)
    } else if word.starts_with("response.") {
        Some(Kind::Response)
    } else if event.get("candidates").is_some_and(Value::is_array) {
        Some(Kind::Candidates)
    } else if converse::is_event(event) {
        Some(Kind::Converse)
    } else if event.get("author").is_some_and(Value::is_string)
        && ["invocationId", "invocation_id"].iter().any(|key| event.get(*key).is_some())
    {
        Some(Kind::Run)
    } else {
        None
    }
}

/// Says whether the bytes are such a stream.
pub fn sniff(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    let Some(first) = lines(head).find(|line| !line.is_empty() && !line.starts_with(b":")) else { return false };
    if first.starts_with(b"{") {
        // Whole responses and events of the Responses API have a reader of their own.
        let marked = [b"chat.completion.chunk".as_slice(), b"message_start", b"messageStart"]
            .iter()
            .any(|m| memchr::memmem::find(first, m).is_some());
        let event = || serde_json::from_slice::<Value>(first).ok();
        let begins = |e: &Value| match kind(e) {
            Some(Kind::Chunk) => true,
            Some(Kind::Message) => e["type"] == "message_start",
            Some(Kind::Converse) => converse::begins(e),
            _ => false,
        };
        return marked && event().is_some_and(|event| begins(&event));
    }
    let is_field = |line: &[u8]| [&b"data:"[..], b"event:", b"id:", b"retry:"].iter().any(|f| line.starts_with(f));
    is_field(first) && lines(head).filter_map(data).any(|data| event(data).is_some_and(|e| kind(&e).is_some()))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii)
}

/// The data of a line.
fn data(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"data:").or(Some(line).filter(|l| l.starts_with(b"{"))).map(<[u8]>::trim_ascii)
}

fn event(data: &[u8]) -> Option<Value> {
    serde_json::from_slice(data).ok().filter(Value::is_object)
}

/// The answers as JSON Lines, in the order in which they began, and what was left out, for people.
pub fn to_json(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), String> {
    let (answers, lost) = answers(bytes);
    if answers.is_empty() {
        return Err("no event of a model API".to_owned());
    }
    let mut json = Vec::new();
    for answer in answers {
        serde_json::to_writer(&mut json, &answer).map_err(|e| e.to_string())?;
        json.push(b'\n');
    }
    Ok((json, lost))
}

/// The answers that a stream comes to, and what was left out.
pub fn answers(bytes: &[u8]) -> (Vec<Value>, Option<String>) {
    let mut stream = Stream::default();
    let (mut odd, mut records) = (0usize, 0usize);
    for data in lines(bytes).filter_map(data).filter(|data| !data.is_empty() && *data != b"[DONE]") {
        records += 1;
        match event(data).and_then(|event| Some((kind(&event)?, event))) {
            Some((kind, event)) => stream.take(kind, event),
            None => odd += 1,
        }
    }
    let cut = stream.answers.iter().filter(|answer| !answer.ended()).count();
    let mut lost = Vec::new();
    if odd > 0 {
        lost.push(format!("{odd} of {records} events of the stream are of no known kind and were left out"));
    }
    if cut > 0 {
        lost.push("the stream ends before the answer was complete".to_owned());
    }
    let lost = (!lost.is_empty()).then(|| lost.join("; "));
    (stream.answers.into_iter().map(Answer::whole).collect(), lost)
}

/// An answer, as far as its events have told it.
enum Answer {
    Chat {
        head: Map<String, Value>,
        choices: BTreeMap<u64, Choice>,
    },
    Message {
        head: Map<String, Value>,
        blocks: BTreeMap<u64, Block>,
        ended: bool,
    },
    /// An event as it is: the reader of the format puts them together.
    Event(Value),
    Parts(Vec<Value>),
    Converse(converse::Answer),
}

#[derive(Default)]
struct Choice {
    message: Map<String, Value>,
    calls: BTreeMap<u64, Map<String, Value>>,
    finish: Value,
}

struct Block {
    block: Map<String, Value>,
    /// The arguments of a call, which come as pieces of JSON.
    input: String,
}

#[derive(Default)]
struct Stream {
    answers: Vec<Answer>,
}

impl Stream {
    fn take(&mut self, kind: Kind, event: Value) {
        match kind {
            Kind::Chunk => self.chunk(event),
            Kind::Message => self.message(event),
            Kind::Response | Kind::Run => self.answers.push(Answer::Event(event)),
            Kind::Converse => match self.answers.last_mut() {
                Some(Answer::Converse(known)) if !converse::begins(&event) && !known.is_over(&event) => {
                    known.take(&event)
                }
                _ => {
                    let mut answer = converse::Answer::default();
                    answer.take(&event);
                    self.answers.push(Answer::Converse(answer));
                }
            },
            Kind::Candidates => match self.answers.last_mut() {
                Some(Answer::Parts(parts)) => parts.push(event),
                _ => self.answers.push(Answer::Parts(vec![event])),
            },
        }
    }

    fn chunk(&mut self, event: Value) {
        let Value::Object(mut event) = event else { return };
        let pieces = event.remove("choices");
        let id = event.get("id").filter(|id| id.as_str().is_some_and(|id| !id.is_empty())).cloned();
        let is = |answer: &Answer| match answer {
            Answer::Chat { head, .. } => id.is_none() || head.get("id").is_none_or(|known| Some(known) == id.as_ref()),
            _ => false,
        };
        // Answers of one log may be interleaved, but only of the last ones.
        let latest = self.answers.iter().enumerate().rev().take(LATEST).find(|(_, a)| is(a)).map(|(at, _)| at);
        let at = latest.unwrap_or(self.answers.len());
        if at == self.answers.len() {
            self.answers.push(Answer::Chat { head: Map::new(), choices: BTreeMap::new() });
        }
        let Some(Answer::Chat { head, choices }) = self.answers.get_mut(at) else { return };
        for (key, value) in event.into_iter().filter(|(_, value)| !value.is_null()) {
            // The last chunk has the usage; what is the same in all stays.
            head.insert(key, value);
        }
        for piece in pieces.as_ref().and_then(Value::as_array).into_iter().flatten() {
            choices.entry(index(piece)).or_default().take(piece);
        }
    }

    fn message(&mut self, event: Value) {
        let word = event.get("type").and_then(Value::as_str).unwrap_or_default();
        if word == "message_start" {
            let head = event.get("message").and_then(Value::as_object).cloned().unwrap_or_default();
            self.answers.push(Answer::Message { head, blocks: BTreeMap::new(), ended: false });
            return;
        }
        if word == "error" {
            self.answers.push(Answer::Event(json!({"error": event.get("error")})));
            return;
        }
        if !matches!(self.answers.last(), Some(Answer::Message { ended: false, .. })) {
            if matches!(word, "ping" | "message_stop") {
                return;
            }
            // The beginning is missing.
            let head = json!({"type": "message", "role": "assistant"}).as_object().cloned().unwrap_or_default();
            self.answers.push(Answer::Message { head, blocks: BTreeMap::new(), ended: false });
        }
        let Some(Answer::Message { head, blocks, ended }) = self.answers.last_mut() else { return };
        match word {
            "content_block_start" => {
                let block = event.get("content_block").and_then(Value::as_object).cloned().unwrap_or_default();
                blocks.insert(index(&event), Block { block, input: String::new() });
            }
            "content_block_delta" => {
                let Some(delta) = event.get("delta") else { return };
                let new = || Block { block: Map::new(), input: String::new() };
                blocks.entry(index(&event)).or_insert_with(new).take(delta);
            }
            "message_delta" => {
                for (key, value) in event.get("delta").and_then(Value::as_object).into_iter().flatten() {
                    head.insert(key.clone(), value.clone());
                }
                let usage = event.get("usage").and_then(Value::as_object);
                let known = head.entry("usage").or_insert_with(|| json!({}));
                for (key, value) in usage.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                    known[key.as_str()] = value.clone();
                }
            }
            "message_stop" => *ended = true,
            _ => {}
        }
    }
}

/// Answers that may go on.
const LATEST: usize = 64;

fn index(event: &Value) -> u64 {
    event.get("index").and_then(Value::as_u64).unwrap_or_default()
}

/// Appends a piece of text to a member.
fn append(to: &mut Map<String, Value>, key: &str, piece: &str) {
    match to.get_mut(key) {
        Some(Value::String(known)) => known.push_str(piece),
        _ => drop(to.insert(key.to_owned(), Value::String(piece.to_owned()))),
    }
}

impl Choice {
    fn take(&mut self, piece: &Value) {
        if let Some(finish) = piece.get("finish_reason").filter(|finish| !finish.is_null()) {
            self.finish = finish.clone();
        }
        for (key, value) in piece.get("delta").and_then(Value::as_object).into_iter().flatten() {
            match value {
                Value::Array(calls) if key == "tool_calls" => calls.iter().for_each(|call| self.call(call)),
                Value::Object(call) if key == "function_call" => {
                    let known = self.message.entry(key.clone()).or_insert_with(|| json!({}));
                    known.as_object_mut().into_iter().for_each(|known| function(known, call));
                }
                Value::String(_) if key == "role" => drop(self.message.insert(key.clone(), value.clone())),
                Value::String(piece) => append(&mut self.message, key, piece),
                Value::Null => {}
                _ => drop(self.message.insert(key.clone(), value.clone())),
            }
        }
    }

    fn call(&mut self, piece: &Value) {
        let known = self.calls.entry(index(piece)).or_default();
        for (key, value) in piece.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            match value {
                Value::Object(call) if key == "function" => {
                    let known = known.entry("function").or_insert_with(|| json!({}));
                    known.as_object_mut().into_iter().for_each(|known| function(known, call));
                }
                // Some servers repeat it as an empty text.
                _ if key != "index" && value.as_str() != Some("") => drop(known.insert(key.clone(), value.clone())),
                _ => {}
            }
        }
    }
}

/// The name of a function comes once, its arguments in pieces.
fn function(known: &mut Map<String, Value>, piece: &Map<String, Value>) {
    if let Some(name) = piece.get("name").filter(|name| name.as_str().is_some_and(|name| !name.is_empty())) {
        known.insert("name".to_owned(), name.clone());
    }
    if let Some(arguments) = piece.get("arguments").and_then(Value::as_str) {
        append(known, "arguments", arguments);
    }
}

impl Block {
    fn take(&mut self, delta: &Value) {
        let piece = |key: &str| delta.get(key).and_then(Value::as_str);
        let word = delta.get("type").and_then(Value::as_str).unwrap_or_default();
        let (key, kind) = match word {
            "text_delta" => ("text", "text"),
            "thinking_delta" => ("thinking", "thinking"),
            "signature_delta" => ("signature", "thinking"),
            "input_json_delta" => {
                self.input.push_str(piece("partial_json").unwrap_or_default());
                return;
            }
            _ => return,
        };
        self.block.entry("type").or_insert_with(|| kind.into());
        append(&mut self.block, key, piece(key).unwrap_or_default());
    }

    fn whole(self) -> Value {
        let mut block = self.block;
        if !self.input.is_empty() {
            // What was cut stays as the text that it is.
            let input = serde_json::from_str(&self.input).unwrap_or(Value::String(self.input));
            block.insert("input".to_owned(), input);
        }
        Value::Object(block)
    }
}

impl Answer {
    fn ended(&self) -> bool {
        match self {
            Answer::Chat { choices, .. } => choices.values().all(|choice| !choice.finish.is_null()),
            Answer::Message { ended, .. } => *ended,
            Answer::Converse(answer) => answer.ended(),
            Answer::Event(_) | Answer::Parts(_) => true,
        }
    }

    fn whole(self) -> Value {
        match self {
            Answer::Event(event) => event,
            Answer::Converse(answer) => answer.whole(),
            Answer::Parts(parts) => lists::candidates(&parts).unwrap_or(Value::Array(parts)),
            Answer::Message { mut head, blocks, .. } => {
                let content: Vec<Value> = blocks.into_values().map(Block::whole).collect();
                head.insert("content".to_owned(), Value::Array(content));
                Value::Object(head)
            }
            Answer::Chat { mut head, choices } => {
                head.insert("object".to_owned(), "chat.completion".into());
                let whole = |(index, choice): (u64, Choice)| {
                    let Choice { mut message, calls, finish } = choice;
                    message.entry("role").or_insert_with(|| "assistant".into());
                    message.entry("content").or_insert(Value::Null);
                    if !calls.is_empty() {
                        let calls = calls.into_values().map(Value::Object).collect();
                        message.insert("tool_calls".to_owned(), Value::Array(calls));
                    }
                    json!({"index": index, "message": message, "finish_reason": finish})
                };
                head.insert("choices".to_owned(), choices.into_iter().map(whole).collect());
                Value::Object(head)
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Events of Bedrock's `ConverseStream`, put together to the answer that `Converse` gives. After its API reference.

use super::append;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The events, by their only members.
const EVENTS: [&str; 6] =
    ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"];

/// True for one of the events. What is called `metadata` in other records stands beside other members.
pub fn is_event(event: &Value) -> bool {
    let Some(members) = event.as_object() else { return false };
    let only = members.iter().find(|(key, held)| EVENTS.contains(&key.as_str()) && held.is_object());
    only.is_some_and(|(key, held)| match key.as_str() {
        "metadata" => members.len() == 1 && held.get("usage").is_some_and(Value::is_object),
        "messageStart" => held.get("role").is_some(),
        "messageStop" => held.get("stopReason").is_some(),
        _ => held.get("contentBlockIndex").is_some(),
    })
}

/// True for the event that an answer begins with.
pub fn begins(event: &Value) -> bool {
    event.get("messageStart").is_some_and(|start| start.get("role").is_some())
}

/// An answer, as far as its events have told it.
#[derive(Default)]
pub struct Answer {
    blocks: BTreeMap<u64, Block>,
    role: Option<Value>,
    stop: Option<Value>,
    usage: Option<Value>,
}

#[derive(Default)]
struct Block {
    /// Of a call: its ID and name.
    call: Option<Map<String, Value>>,
    /// The arguments of a call, which come as pieces of JSON.
    input: String,
    text: Map<String, Value>,
}

impl Answer {
    /// Takes an event in.
    pub fn take(&mut self, event: &Value) {
        let held = |key: &str| event.get(key).filter(|held| held.is_object());
        if let Some(start) = held("messageStart") {
            self.role = start.get("role").cloned();
        }
        if let Some(start) = held("contentBlockStart") {
            let call = start.pointer("/start/toolUse").and_then(Value::as_object).cloned();
            self.block(start).call = call;
        }
        if let Some(piece) = held("contentBlockDelta") {
            let block = self.block(piece);
            let at = |place: &str| piece.pointer(place).and_then(Value::as_str);
            block.input.push_str(at("/delta/toolUse/input").unwrap_or_default());
            if let Some(text) = at("/delta/text") {
                append(&mut block.text, "text", text);
            }
            if let Some(text) = at("/delta/reasoningContent/text") {
                append(&mut block.text, "thought", text);
            }
        }
        if let Some(stop) = held("messageStop") {
            self.stop = stop.get("stopReason").cloned();
        }
        if let Some(numbers) = held("metadata") {
            self.usage = numbers.get("usage").cloned();
        }
    }

    fn block(&mut self, event: &Value) -> &mut Block {
        let index = event.get("contentBlockIndex").and_then(Value::as_u64).unwrap_or_default();
        self.blocks.entry(index).or_default()
    }

    /// True where its end was seen.
    pub fn ended(&self) -> bool {
        self.stop.is_some()
    }

    /// True where nothing but its numbers may follow.
    pub fn is_over(&self, event: &Value) -> bool {
        self.ended() && event.get("metadata").is_none()
    }

    /// The answer as `Converse` gives it.
    pub fn whole(self) -> Value {
        let content: Vec<Value> = self.blocks.into_values().map(Block::whole).collect();
        let role = self.role.unwrap_or_else(|| "assistant".into());
        json!({"output": {"message": {"role": role, "content": content}}, "stopReason": self.stop, "usage": self.usage})
    }
}

impl Block {
    fn whole(self) -> Value {
        let Block { call, input, mut text } = self;
        if let Some(mut call) = call {
            // What was cut stays as the text that it is.
            let given = if input.is_empty() { json!({}) } else { serde_json::from_str(&input).unwrap_or(input.into()) };
            call.insert("input".to_owned(), given);
            return json!({"toolUse": call});
        }
        match text.remove("thought") {
            Some(thought) => json!({"reasoningContent": {"reasoningText": {"text": thought}}}),
            None => Value::Object(text),
        }
    }
}

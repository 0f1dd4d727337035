//! A short script of a conversation, so that a fuzzer changes words and turns and not the brackets of JSON.

use serde_json::{Value, json};

/// Ends a turn.
pub const END: char = '\u{1e}';
/// Parts a tool's name from its arguments.
pub const WITH: char = '\u{1f}';

/// A conversation as an OpenAI-style request. Each turn begins with a letter: `s` system, `u` user, `a` agent, `c` a call,
/// `r` its result; `e` an error; `t` a tool that is offered; what has another letter is the user's.
pub fn of(script: &str) -> Value {
    let (mut messages, mut tools, mut open, mut calls) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for turn in script.split(END).take(200) {
        let Some(kind) = turn.chars().next() else { continue };
        let words = &turn[kind.len_utf8()..];
        let (name, rest) = words.split_once(WITH).unwrap_or((words, "{}"));
        match kind {
            's' => messages.push(json!({"role": "system", "content": words})),
            'a' => messages.push(json!({"role": "assistant", "content": words})),
            'c' => {
                calls += 1;
                let id = format!("call_{calls}");
                let call = json!({"id": id, "type": "function", "function": {"name": name, "arguments": rest}});
                messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
                open.push(id);
            }
            'r' | 'e' => {
                let id = if open.is_empty() { "call_0".to_owned() } else { open.remove(0) };
                let mut result = json!({"role": "tool", "tool_call_id": id, "content": words});
                if kind == 'e' {
                    result["is_error"] = true.into();
                }
                messages.push(result);
            }
            't' => {
                let parameters: Value = serde_json::from_str(rest).unwrap_or_else(|_| json!({"type": "object"}));
                tools.push(json!({"type": "function", "function": {"name": name, "description": rest, "parameters": parameters}}));
            }
            _ => messages.push(json!({"role": "user", "content": words})),
        }
    }
    json!({"id": "conversation", "model": "m", "tools": tools, "messages": messages})
}

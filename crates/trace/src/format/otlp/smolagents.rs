//! What smolagents gives its model of earlier steps: calls and results as text, under roles of its own. The calls are a Python list.

use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart};
use crate::model::{Text, Transport};
use crate::notation::Notation;
use std::ops::Range;

const CALLING: &str = "Calling tools:\n";
const OBSERVED: &str = "Observation:\n";
/// Calls of one step, and members of one call, that are looked at.
const MANY: usize = 256;

/// Makes the calls of earlier steps calls again, so that they are known as those that answers made. What was observed after a step
/// with one call is its result; after several it cannot be told apart, and stays a text of the program.
pub fn untangle(messages: &mut [Msg]) {
    let mut only: Option<Option<String>> = None;
    for msg in messages {
        let by_program = msg.role == MsgRole::Harness;
        let text = match &msg.parts[..] {
            [Part::Text(text)] if by_program => text,
            _ => {
                only = None;
                continue;
            }
        };
        if let Some(calls) = calls(text) {
            only = match &calls[..] {
                [Part::Call(call)] => Some(call.id.clone()),
                _ => None,
            };
            (msg.role, msg.parts) = (MsgRole::Assistant, calls);
            continue;
        }
        let Some(id) = only.take() else { continue };
        let content = text.text.strip_prefix(OBSERVED).and_then(|_| text.trimmed(OBSERVED.len(), text.text.len()));
        if let Some(content) = content {
            let loc = content.loc;
            let content = Some(content);
            let result = ResultPart {
                id,
                name: None,
                arguments: None,
                content,
                transport: Transport::Unknown,
                error: None,
                loc,
            };
            (msg.role, msg.parts) = (MsgRole::Tool, vec![Part::Result(result)]);
        }
    }
}

/// The calls that a text lists; nothing where it is anything else.
fn calls(text: &Text) -> Option<Vec<Part>> {
    text.text.strip_prefix(CALLING).filter(|list| list.starts_with('['))?;
    let items = items(&text.text, CALLING.len())?;
    let found: Option<Vec<Part>> = items.into_iter().map(|(_, item)| call(text, item)).collect();
    found.filter(|found| !found.is_empty())
}

fn call(text: &Text, item: Range<usize>) -> Option<Part> {
    let own = items(&text.text, item.start)?;
    let function = items(&text.text, member(text, &own, "function")?.start)?;
    let quoted = |at: Range<usize>| Some(at.start + 1..at.end.checked_sub(1)?);
    let name = quoted(member(text, &function, "name")?)?;
    let name = text.slice(name.start, name.end)?;
    let arguments = member(text, &function, "arguments").and_then(|at| {
        let written = text.slice(at.start, at.end)?;
        written.rewritten(Notation::Python).or(Some(written))
    });
    let id = member(text, &own, "id").and_then(quoted).and_then(|at| Some(text.text.get(at)?.to_owned()));
    Some(Part::Call(CallPart { id: id.filter(|id| !id.is_empty()), name, arguments }))
}

/// The value under a key.
fn member(text: &Text, members: &[(Range<usize>, Range<usize>)], key: &str) -> Option<Range<usize>> {
    let is = |at: &Range<usize>| text.text.get(at.clone()).is_some_and(|k| k.trim_matches(['\'', '"']) == key);
    members.iter().find(|(known, _)| is(known)).map(|(_, value)| value.clone())
}

/// The items of a Python list, or the members of a dictionary, that begins at a place: each with its key, which is empty in a list.
fn items(text: &str, from: usize) -> Option<Vec<(Range<usize>, Range<usize>)>> {
    let bytes = text.as_bytes();
    let close = match bytes.get(from)? {
        b'[' => b']',
        b'{' => b'}',
        _ => return None,
    };
    let blank = |at: usize| at + bytes.iter().skip(at).take_while(|b| matches!(b, b' ' | b'\n' | b',')).count();
    let mut found = Vec::new();
    let mut at = blank(from + 1);
    while *bytes.get(at)? != close {
        let mut key = at..at;
        if close == b'}' {
            key = at..end(bytes, at)?;
            at = blank(key.end);
            at = blank((*bytes.get(at)? == b':').then_some(at + 1)?);
        }
        let value = at..end(bytes, at)?;
        at = blank(value.end);
        found.push((key, value));
        if found.len() > MANY {
            return None;
        }
    }
    Some(found)
}

/// Where the value that begins at a place ends.
fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            quote @ (b'\'' | b'"') => {
                at += 1;
                while *bytes.get(at)? != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' if depth > 0 => depth -= 1,
            b']' | b'}' | b')' | b',' | b':' if depth == 0 => return (at > from).then_some(at),
            _ => {
                at += 1;
                continue;
            }
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{otlp, span};
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    /// The spans of two steps: the first with these calls, each with its tool's span and a switch beside the arguments.
    fn steps(calls: &[(&str, Value)], told: &str, observed: &str) -> String {
        let ask = [("user", "Where are they?")];
        let listed = |side: &str, all: &[(&str, &str)]| {
            let mut attrs = json!({"openinference.span.kind": "LLM"});
            for (n, (role, words)) in all.iter().enumerate() {
                attrs[format!("llm.{side}_messages.{n}.message.role")] = json!(role);
                attrs[format!("llm.{side}_messages.{n}.message.contents.0.message_content.text")] = json!(words);
            }
            attrs
        };
        let merged = |mut a: Value, b: Value| {
            for (key, value) in b.as_object().into_iter().flatten() {
                a[key] = value.clone();
            }
            a
        };
        let mut first = merged(listed("input", &ask), listed("output", &[("assistant", "I look.")]));
        let mut spans = Vec::new();
        for (n, (id, arguments)) in calls.iter().enumerate() {
            let key = |name: &str| format!("llm.output_messages.0.message.tool_calls.{n}.tool_call.{name}");
            first[key("id")] = json!(id);
            first[key("function.name")] = json!("find");
            first[key("function.arguments")] = json!(arguments.to_string());
            let given = json!({"args": [], "sanitize_inputs_outputs": true, "kwargs": arguments}).to_string();
            let ran = json!({"openinference.span.kind": "TOOL", "tool.name": "find", "input.value": given, "output.value": format!("found {n}")});
            spans.push(span(&format!("1{n}"), "", 2 + n as u32, "SimpleTool", &ran));
        }
        let history = [ask[0], ("assistant", "I look."), ("tool-call", told), ("tool-response", observed)];
        let second = merged(listed("input", &history), listed("output", &[("assistant", "There.")]));
        spans.push(span("01", "", 1, "generate", &first));
        spans.push(span("02", "", 8, "generate", &second));
        otlp(&spans).to_string()
    }

    #[test]
    fn calls_are_told_once_with_their_results_and_the_history_is_the_same() {
        let told = r#"Calling tools:
[{'id': 'c1', 'type': 'function', 'function': {'name': 'find', 'arguments': {'id': "it's, [1}"}}}]"#;
        let file = steps(&[("c1", json!({"id": "it's, [1}"}))], told, "Observation:\nfound 0");
        let trace = one("o.json", &file);
        assert_eq!(kinds(&trace), ["user", "assistant", "call find -> 3", "result Ok <- 2", "assistant"]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        let told = "Calling tools:\n[{'id': 'c1', 'type': 'function', 'function': {'name': 'find', 'arguments': {'n': 1, 'all': True}}}, {'id': 'c2', 'type': 'function', 'function': {'name': 'find', 'arguments': {'n': 2, 'all': True}}}]";
        let calls = [("c1", json!({"n": 1, "all": true})), ("c2", json!({"n": 2, "all": true}))];
        let trace = one("o.json", &steps(&calls, told, "Observation:\nfound 0\nfound 1"));
        let found = kinds(&trace);
        assert_eq!(found.iter().filter(|k| k.starts_with("call") || k.starts_with("result")).count(), 4, "{found:?}");
        assert!(!found.iter().any(|k| k.starts_with("context")) && trace.gaps.is_empty(), "{found:?}");
    }

    #[test]
    fn words_that_only_begin_so_are_words() {
        for told in ["Calling tools:\nnone", "Calling tools:\n[{'id': 'c1'", "Calling tools:\n[7]"] {
            let trace = one("o.json", &steps(&[], told, "Observation:\nx"));
            assert!(texts(&trace).iter().any(|text| text.starts_with("Calling tools:")), "{told}");
        }
    }
}

//! What smolagents gives its model of earlier steps: calls and results as text, under roles of its own. The calls are a Python list.

use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart};
use crate::locator::Loc;
use crate::model::{Text, Transport};
use crate::notation::Notation;
use std::ops::Range;

const CALLING: &str = "Calling tools:\n";
const OBSERVED: &str = "Observation:\n";
/// Calls of one step, and members of one call, that are looked at.
const MANY: usize = 256;

/// Makes the calls of earlier steps calls again, so that they are known as those that answers made. What was observed after a step
/// with one call is its result. After several, each has one that cannot be told apart from the others, and what was observed stays a
/// text of the program.
pub fn untangle(messages: &mut [Msg]) {
    let mut open: Vec<Option<String>> = Vec::new();
    for msg in messages {
        let by_program = msg.role == MsgRole::Harness;
        let text = match &msg.parts[..] {
            [Part::Text(text)] if by_program => text,
            _ => {
                open.clear();
                continue;
            }
        };
        if let Some(calls) = calls(text) {
            let ids =
                calls.iter().filter_map(|part| if let Part::Call(call) = part { Some(call.id.clone()) } else { None });
            open = ids.collect();
            (msg.role, msg.parts) = (MsgRole::Assistant, calls);
            continue;
        }
        let ids = std::mem::take(&mut open);
        let content = text.text.strip_prefix(OBSERVED).and_then(|_| text.trimmed(OBSERVED.len(), text.text.len()));
        let Some(content) = content else { continue };
        match <[_; 1]>::try_from(ids) {
            Ok([id]) => (msg.role, msg.parts) = (MsgRole::Tool, vec![result(id, content.loc, Some(content))]),
            Err(ids) => {
                let results = ids.into_iter().flatten().map(|id| result(Some(id), content.loc, None));
                let results: Vec<Part> = results.collect();
                msg.parts.splice(..0, results);
            }
        }
    }
}

fn result(id: Option<String>, loc: Loc, content: Option<Text>) -> Part {
    let transport = Transport::Unknown;
    Part::Result(ResultPart { id, name: None, arguments: None, content, transport, error: None, loc })
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
    fn several_calls_of_a_run_before_have_results_that_cannot_be_told_apart() {
        let told = "Calling tools:\n[{'id': 'c1', 'type': 'function', 'function': {'name': 'find', 'arguments': {'n': 1}}}, {'id': 'c2', 'type': 'function', 'function': {'name': 'find', 'arguments': {'n': 2}}}]";
        let file: Value = serde_json::from_str(&steps(&[], told, "Observation:\nfound 0\nfound 1")).expect("JSON");
        let mut file = file;
        let spans = file["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().expect("spans");
        // Only the request of the second run was recorded.
        spans.retain(|span| span["startTimeUnixNano"].as_str().is_some_and(|at| at.contains('8')));
        assert_eq!(spans.len(), 1);
        let trace = one("o.json", &file.to_string());
        let expected = [
            "user",
            "assistant",
            "call find -> 4",
            "call find -> 5",
            "result Unknown <- 2",
            "result Unknown <- 3",
            "harness",
            "assistant",
        ];
        assert_eq!(kinds(&trace), expected);
        let gaps: Vec<_> = trace.gaps.iter().map(|gap| gap.what.as_str()).collect();
        assert_eq!(gaps, ["the result of `find` was not captured"; 2]);
    }

    #[test]
    fn words_that_only_begin_so_are_words() {
        for told in ["Calling tools:\nnone", "Calling tools:\n[{'id': 'c1'", "Calling tools:\n[7]"] {
            let trace = one("o.json", &steps(&[], told, "Observation:\nx"));
            assert!(texts(&trace).iter().any(|text| text.starts_with("Calling tools:")), "{told}");
        }
    }
}

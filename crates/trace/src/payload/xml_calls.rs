//! Tool calls as text in XML elements, which models in the style of Nous Research's Hermes and Qwen are told to write:
//! `<tool_call>{"name": …, "arguments": …}</tool_call>`. Results are in `<tool_response>…</tool_response>`, and reasoning is in
//! `<think>` or `<scratch_pad>`. Source: the prompt and the data set of NousResearch/Hermes-Function-Calling.

use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart, Unread};
use crate::json;
use crate::model::{Text, Transport};

const CALL: (&str, &str) = ("<tool_call>", "</tool_call>");
const ANSWER: (&str, &str) = ("<tool_response>", "</tool_response>");
const THOUGHTS: [(&str, &str); 2] = [("<think>", "</think>"), ("<scratch_pad>", "</scratch_pad>")];

/// Extracts calls and results from messages, if instructions among them tell the model to write calls this way. False where
/// they do not.
pub fn untangle(messages: &mut [Msg], output: &mut [Msg]) -> bool {
    let told = |part: &Part| matches!(part, Part::Text(t) if t.text.contains(CALL.0) && t.text.contains(CALL.1));
    let all = messages.iter().any(|m| m.role == MsgRole::System && m.parts.iter().any(told));
    if all {
        messages.iter_mut().chain(output).for_each(apart);
    }
    all
}

/// Splits one message into its parts.
pub fn apart(msg: &mut Msg) {
    let parts = std::mem::take(&mut msg.parts);
    match msg.role {
        MsgRole::Assistant => msg.parts = parts.into_iter().flat_map(answer).collect(),
        // Some templates pass tool results as if the user had said them.
        MsgRole::User if parts.iter().all(is_answer) && !parts.is_empty() => {
            msg.role = MsgRole::Tool;
            msg.parts = parts.into_iter().flat_map(results).collect();
        }
        MsgRole::Tool => msg.parts = parts.into_iter().flat_map(results).collect(),
        _ => msg.parts = parts,
    }
}

fn is_answer(part: &Part) -> bool {
    matches!(part, Part::Text(t) if t.text.trim_start().starts_with(ANSWER.0) && t.text.trim_end().ends_with(ANSWER.1))
}

/// The agent's reasoning, words and calls in one text.
fn answer(part: Part) -> Vec<Part> {
    let Part::Text(text) = part else { return vec![part] };
    let (mut found, mut from) = (Vec::new(), 0);
    // Reasoning comes first.
    let begin = text.text.len() - text.text.trim_start().len();
    if let Some((open, close)) = THOUGHTS.into_iter().find(|(open, _)| text.text[begin..].starts_with(open)) {
        let start = begin + open.len();
        let Some(length) = text.text[start..].find(close) else { return vec![Part::Text(text)] };
        found.extend(piece(&text, start, start + length).map(Part::Reasoning));
        from = start + length + close.len();
    }
    while let Some(at) = text.text[from..].find(CALL.0).map(|at| from + at) {
        let start = at + CALL.0.len();
        // Words about the element are not a call.
        if !text.text[start..].trim_start().starts_with('{') {
            break;
        }
        found.extend(piece(&text, from, at).map(Part::Text));
        let Some(length) = text.text[start..].find(CALL.1) else {
            let kind = super::CUT_OFF.to_owned();
            found.push(Part::Unread(Unread { kind, attachment: false, length: 0, loc: text.loc }));
            return found;
        };
        found.push(piece(&text, start, start + length).and_then(|block| call(&block)).unwrap_or_else(|| {
            Part::Unread(Unread { kind: "tool_call".to_owned(), attachment: false, length: 0, loc: text.loc })
        }));
        from = start + length + CALL.1.len();
    }
    found.extend(piece(&text, from, text.text.len()).map(Part::Text));
    found
}

/// The tool results in one text or result.
fn results(part: Part) -> Vec<Part> {
    let (text, around) = match part {
        Part::Text(text) => (text, None),
        Part::Result(ResultPart { content: Some(ref text), .. }) if text.text.contains(ANSWER.0) => {
            (text.clone(), Some(part))
        }
        other => return vec![other],
    };
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = text.text[from..].find(ANSWER.0).map(|at| from + at) {
        let start = at + ANSWER.0.len();
        let length = text.text[start..].find(ANSWER.1).unwrap_or(text.text.len() - start);
        found.extend(piece(&text, start, start + length).map(|block| Part::Result(result(block))));
        from = (start + length + ANSWER.1.len()).min(text.text.len());
    }
    match (found.is_empty(), around) {
        (false, _) => found,
        (true, Some(part)) => vec![part],
        (true, None) => vec![Part::Result(result(text))],
    }
}

/// A part of a text without the white space around it; `None` if nothing is left.
fn piece(text: &Text, from: usize, to: usize) -> Option<Text> {
    let inner = text.text.get(from..to)?;
    let start = from + (inner.len() - inner.trim_start().len());
    text.slice(start, start + inner.trim().len()).filter(|t| !t.text.is_empty())
}

fn call(block: &Text) -> Option<Part> {
    if let Some((doc, None)) = json::parse_lenient(block.text.as_str()) {
        let root = doc.root();
        let name = plain(block, root.some("name")?)?;
        let arguments = root.some("arguments").or_else(|| root.some("parameters"));
        let arguments = arguments.and_then(|value| own(block, value));
        return Some(Part::Call(CallPart { id: None, name, arguments }));
    }
    // The data set also contains Python dictionaries.
    let key = block.text.find("'name':")? + "'name':".len();
    let rest = &block.text[key..];
    let start = key + rest.len() - rest.trim_start().len() + 1;
    let name = block.text.get(start..)?.split('\'').next()?;
    let name = block.slice(start, start + name.len()).filter(|t| !t.text.is_empty())?;
    Some(Part::Call(CallPart { id: None, name, arguments: Some(block.clone()) }))
}

fn result(block: Text) -> ResultPart {
    let loc = block.loc;
    let bare = |content| ResultPart {
        id: None,
        name: None,
        arguments: None,
        content: Some(content),
        transport: Transport::Unknown,
        error: None,
        loc,
    };
    let Some((doc, None)) = json::parse_lenient(block.text.as_str()) else { return bare(block) };
    let root = doc.root();
    let (name, content) = (root.some("name").and_then(|n| n.str()), root.some("content"));
    match (name, content.and_then(|value| plain(&block, value).or_else(|| own(&block, value)))) {
        (Some(name), Some(content)) => ResultPart { name: Some(name.into_owned()), ..bare(content) },
        _ => bare(block.clone()),
    }
}

/// A string's words, if they appear unchanged in the text.
fn plain(block: &Text, value: json::Value<'_>) -> Option<Text> {
    let (start, words) = (value.start() as usize + 1, value.str()?);
    block.slice(start, start + words.len()).filter(|t| t.text == words && !words.is_empty())
}

/// A value as JSON.
fn own(block: &Text, value: json::Value<'_>) -> Option<Text> {
    let start = value.start() as usize;
    block.slice(start, start + value.bytes().len())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    fn chat(answer: &str, result: &str) -> String {
        serde_json::json!([
            {"role": "system", "content": "For each call return <tool_call>{\"name\": …, \"arguments\": …}</tool_call>."},
            {"role": "user", "content": "Refund it"},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": result},
            {"role": "assistant", "content": "Done"},
        ])
        .to_string()
    }

    #[test]
    fn calls_answers_and_thoughts_are_taken_apart() {
        let answer = "<think>\nLook\n</think>\nOn it.\n<tool_call>\n{\"name\": \"refund\", \"arguments\": {\"n\": 1}}\n</tool_call>\n<tool_call>\n{'arguments': {'n': 2}, 'name': 'note'}\n</tool_call>";
        let result = "<tool_response>\n{\"name\": \"refund\", \"content\": \"ok\"}\n</tool_response>\n<tool_response>\nnoted\n</tool_response>";
        let trace = one("chat.json", &chat(answer, result));
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "reasoning",
                "assistant",
                "call refund -> 6",
                "call note -> 7",
                "result Unknown <- 4",
                "result Unknown <- 5",
                "assistant"
            ]
        );
        assert_eq!(texts(&trace)[2..], ["On it.", "Done"]);
    }

    #[test]
    fn words_about_the_elements_stay_words() {
        let trace = one("chat.json", &chat("Write <tool_call> around it", "I said <tool_response>"));
        assert_eq!(kinds(&trace), ["system", "user", "assistant", "user", "assistant"]);
    }

    #[test]
    fn a_call_that_breaks_off_is_told() {
        let trace = one("chat.json", &chat("<tool_call>\n{\"name\": \"refund\", \"argu", "Go on"));
        assert!(!trace.gaps.is_empty());
    }
}

//! Sessions and logs of JSON Lines in which an answer grows by pieces, a piece a line: Gemini CLI's stream of a run, and the answers
//! of Ollama's API.
//!
//! The first piece's line gets the words of all, and the lines of the others become empty: every line keeps its number.

use serde_json::{Map, Value};

/// Lines that say what a file is.
const SOME: usize = 8;

/// Says whether the bytes are lines with such pieces.
pub fn sniff(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(super::HEAD)];
    let mut first = super::lines(head).filter(|line| !line.is_empty()).take(SOME).peekable();
    if !first.peek().is_some_and(|line| line.starts_with(b"{")) {
        return false;
    }
    let has = |within: &[u8], key: &str| memchr::memmem::find(within, key.as_bytes()).is_some();
    first.any(|line| {
        // Gemini CLI tells first which session it is; its answers may come late.
        let begins = || has(line, "\"session_id\"") && has(line, "\"init\"") && has(bytes, "\"delta\"");
        let piece = || has(line, "\"delta\"") || has(line, "\"done\"");
        // An answer that came as a whole is done at once.
        let goes_on = |line: &Map<String, Value>| of(line).is_some() && line.get("done") != Some(&Value::Bool(true));
        (piece() || begins()) && object(line).is_some_and(|line| is_init(&line) || goes_on(&line))
    })
}

fn object(line: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

fn is_init(line: &Map<String, Value>) -> bool {
    line.get("type").is_some_and(|kind| kind == "init") && line.contains_key("session_id")
}

/// Of which kind of record a piece is, and what tells pieces of two answers apart.
#[derive(PartialEq)]
enum Of {
    Gemini(Value),
    Ollama(Value),
}

fn of(line: &Map<String, Value>) -> Option<Of> {
    let flag = |key: &str, is: bool| line.get(key).is_some_and(|value| *value == Value::Bool(is));
    if flag("delta", true) && line.get("type").is_some_and(|kind| kind == "message") {
        return Some(Of::Gemini(line.get("role")?.clone()))
            .filter(|_| line.get("content").is_some_and(Value::is_string));
    }
    let message = line.get("message").and_then(Value::as_object)?;
    let ours = line.contains_key("model") && (flag("done", false) || flag("done", true));
    (ours && message.get("role").is_some_and(|role| role == "assistant")).then(|| Of::Ollama(line["model"].clone()))
}

/// Adds the words of a piece to what has come before.
fn add(whole: &mut Map<String, Value>, piece: Map<String, Value>, of: &Of) {
    match of {
        Of::Gemini(_) => append(whole, &piece, "content"),
        Of::Ollama(_) => {
            for (key, value) in piece {
                match (key.as_str(), value) {
                    ("message", Value::Object(more)) => {
                        let Some(known) = whole.get_mut("message").and_then(Value::as_object_mut) else { continue };
                        append(known, &more, "content");
                        append(known, &more, "thinking");
                        if let Some(Value::Array(calls)) = more.get("tool_calls") {
                            match known.get_mut("tool_calls") {
                                Some(Value::Array(known)) => known.extend(calls.iter().cloned()),
                                _ => drop(known.insert("tool_calls".to_owned(), Value::Array(calls.clone()))),
                            }
                        }
                    }
                    // When the answer began stays.
                    ("created_at", _) => {}
                    (_, value) => drop(whole.insert(key, value)),
                }
            }
        }
    }
}

fn append(to: &mut Map<String, Value>, from: &Map<String, Value>, key: &str) {
    if let Some(piece) = from.get(key).and_then(Value::as_str) {
        super::append(to, key, piece);
    }
}

/// An answer that may go on, and where its line is.
struct Open {
    of: Of,
    at: usize,
    whole: Map<String, Value>,
    pieces: usize,
}

/// The same lines with whole answers.
pub fn to_json(bytes: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    let mut joined: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut open: Option<Open> = None;
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        let may = ["\"delta\"", "\"done\""].iter().any(|key| memchr::memmem::find(trimmed, key.as_bytes()).is_some());
        let piece = Some(trimmed).filter(|_| may).and_then(object).and_then(|line| Some((of(&line)?, line)));
        match (piece, &mut open) {
            (Some((of, piece)), Some(known)) if known.of == of => {
                let ended = piece.get("done").is_some_and(|done| *done == Value::Bool(true));
                add(&mut known.whole, piece, &of);
                known.pieces += 1;
                joined.push((at, Vec::new()));
                if ended {
                    close(open.take(), &mut joined);
                }
            }
            (Some((of, whole)), _) => {
                close(open.take(), &mut joined);
                let ended = whole.get("done").is_some_and(|done| *done == Value::Bool(true));
                open = Some(Open { of, at, whole, pieces: 1 }).filter(|_| !ended);
            }
            (None, _) => close(open.take(), &mut joined),
        }
    }
    close(open, &mut joined);
    joined.sort_by_key(|(at, _)| *at);
    let mut joined = joined.into_iter().peekable();
    let mut json = Vec::with_capacity(bytes.len());
    for (at, line) in lines.iter().enumerate() {
        match joined.next_if(|(other, _)| *other == at) {
            Some((_, own)) => json.extend_from_slice(&own),
            None => json.extend_from_slice(line),
        }
        if at + 1 < lines.len() {
            json.push(b'\n');
        }
    }
    json
}

fn close(open: Option<Open>, joined: &mut Vec<(usize, Vec<u8>)>) {
    // One piece alone stays as it is written.
    if let Some(open) = open.filter(|open| open.pieces > 1) {
        joined.extend(serde_json::to_vec(&open.whole).ok().map(|line| (open.at, line)));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, GapKind};
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn pieces_of_an_answer_of_gemini_cli_are_one_text_and_lines_keep_their_numbers() {
        let file = concat!(
            r#"{"type":"init","timestamp":"2026-07-01T08:00:00Z","session_id":"s-9","model":"gemini-3-flash"}"#,
            "\n",
            r#"{"type":"message","timestamp":"2026-07-01T08:00:01Z","role":"user","content":"Close ticket 8"}"#,
            "\n",
            r#"{"type":"message","timestamp":"2026-07-01T08:00:02Z","role":"assistant","content":"Ticket 8 is clo","delta":true}"#,
            "\n\n",
            r#"{"type":"message","timestamp":"2026-07-01T08:00:02Z","role":"assistant","content":"sed n","delta":true}"#,
            "\n",
            r#"{"type":"message","timestamp":"2026-07-01T08:00:02Z","role":"assistant","content":"ow.","delta":true}"#,
            "\n",
            r#"{"type":"tool_use","timestamp":"2026-07-01T08:00:03Z","tool_name":"close","tool_id":"t","parameters":{}}"#,
            "\n",
            r#"{"type":"tool_result","timestamp":"2026-07-01T08:00:04Z","tool_id":"t","status":"success","output":"x"}"#,
            "\n",
            r#"{"type":"message","timestamp":"2026-07-01T08:00:05Z","role":"assistant","content":"Bye","delta":true}"#,
            "\n",
        );
        let trace = one("run.jsonl", file);
        assert_eq!(texts(&trace), ["Close ticket 8", "Ticket 8 is closed now.", "Bye"]);
        assert_eq!(kinds(&trace), ["user", "assistant", "call close -> 3", "result Ok <- 2", "assistant"]);
        assert_eq!(trace.key, "s-9");
    }

    #[test]
    fn an_answer_of_ollama_that_was_streamed_is_one_message() {
        let line = |message: &str, done: bool| {
            format!(r#"{{"model":"qwen3","created_at":"2026-07-01T08:00:01Z","message":{message},"done":{done}}}"#)
        };
        let lines = [
            line(r#"{"role":"assistant","content":"","thinking":"Let me "}"#, false),
            line(r#"{"role":"assistant","content":"","thinking":"see"}"#, false),
            line(r#"{"role":"assistant","content":"It is do"}"#, false),
            line(r#"{"role":"assistant","content":"ne"}"#, false),
            line(r#"{"role":"assistant","content":""}"#, true),
            line(r#"{"role":"assistant","content":"Next"}"#, false),
            line(r#"{"role":"assistant","content":" one"}"#, true),
        ];
        let trace = one("chat.jsonl", &lines.join("\n"));
        assert_eq!(texts(&trace), ["It is done", "Next one"]);
        let thought = trace.events.iter().find_map(|e| match &e.kind {
            EventKind::Reasoning { text } => Some(text.text.as_str()),
            _ => None,
        });
        assert_eq!(thought, Some("Let me see"));
        assert!(!trace.has_gap(&[GapKind::RecordsUnread]));
    }
}

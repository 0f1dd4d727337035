//! Tools that exist to ask the user: what they return is the user's words, in whatever form the program hands them on.

use super::Builder;
use super::join::Scope;
use crate::json::{Doc, Value, parse_lenient};
use crate::model::{Event, EventKind, Role, Text, Transport};

/// The names of such tools, in their letters alone: of Codex, Claude Code, Cline and Roo, Gemini CLI, Copilot CLI, Qwen Code, Kimi,
/// Droid, VS Code and Cursor.
const NAMES: [&str; 9] = [
    "requestuserinput",
    "askuserquestion",
    "askuserquestions",
    "askfollowupquestion",
    "askuser",
    "askquestion",
    "askquestions",
    "vscodeaskquestions",
    "askuserforinput",
];
/// The one of opencode, whose name says less.
const QUESTION: (&str, &str) = ("opencode", "question");
/// Members that hold what the user answered.
const ANSWERS: [&str; 6] = ["answers", "answer", "response", "responses", "freeText", "free_text"];
/// Levels of objects in an answer.
const LEVELS: usize = 6;

/// True for a tool that asks the user.
fn asks(name: &str, format: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&letters.as_str()) || (format, name) == QUESTION
}

/// The user's words in what such a tool returned.
fn words(content: &Text) -> Vec<Text> {
    let whole = content.text.trim();
    if whole.starts_with('{') {
        return in_json(content);
    }
    let quoted = in_quotes(content);
    if !quoted.is_empty() {
        return quoted;
    }
    // The program says who speaks, or that nobody answered.
    let told = ["User ", "The user ", "user "].iter().any(|start| whole.starts_with(start));
    let from = if told { whole[..whole.floor_char_boundary(60)].find(':').map(|at| at + 1) } else { Some(0) };
    let skipped = content.text.len() - content.text.trim_start().len();
    from.and_then(|from| content.trimmed(skipped + from, content.text.len())).into_iter().collect()
}

/// Answers as programs quote them behind their questions: `"Which one?"="The first"`.
fn in_quotes(content: &Text) -> Vec<Text> {
    let text = &content.text;
    let answers = text.match_indices("\"=\"").filter_map(|(at, between)| {
        let from = at + between.len();
        let to = text[from..].find("\", \"").or_else(|| text[from..].find("\"."));
        content.trimmed(from, from + to.or_else(|| text[from..].find('"'))?)
    });
    answers.collect()
}

/// Answers that stand in JSON, under members that say so.
fn in_json(content: &Text) -> Vec<Text> {
    let Some((doc, None)) = parse_lenient(content.text.as_bytes()) else { return Vec::new() };
    let mut found = Vec::new();
    let root = doc.root();
    collect(root, false, 0, &doc, &mut |from, to| found.extend(content.slice(from, to)));
    found
}

/// Where the texts of answers stand, in bytes. One with escapes in it has no place of its own.
fn collect(value: Value<'_>, answer: bool, level: usize, doc: &Doc<'_>, found: &mut dyn FnMut(usize, usize)) {
    if level > LEVELS {
        return;
    }
    if let Some(text) = value.str().filter(|text| answer && !text.trim().is_empty()) {
        let from = value.start() as usize + 1;
        let to = from + text.len();
        if doc.source().get(from..to) == Some(text.as_bytes()) {
            found(from, to);
        }
        return;
    }
    for (key, member) in value.entries() {
        let named = key.str().is_some_and(|key| ANSWERS.contains(&key.as_ref()));
        // What is asked may be repeated beside what is answered.
        let question = key.is("question") || key.is("header") || key.is("id");
        collect(member, (answer || named) && !question, level + 1, doc, found);
    }
    value.items().for_each(|item| collect(item, answer, level + 1, doc, found));
}

impl Builder {
    /// Tells what the user answered to a tool that asks, by the event of its result.
    pub(super) fn tell_answer(&mut self, result: Option<u32>, scope: Scope) {
        let Some(event) = result.and_then(|at| self.joiner.events.get_mut(at as usize)).filter(|_| scope == 0) else {
            return;
        };
        let (time, loc) = (event.time, event.loc);
        let EventKind::ToolResult { name, content: Some(content), transport, .. } = &mut event.kind else { return };
        if !matches!(transport, Transport::Ok | Transport::Unknown) || !asks(name, self.format) {
            return;
        }
        let texts = words(content);
        if texts.is_empty() {
            return;
        }
        *transport = Transport::Answered;
        let kind = EventKind::Message { role: Role::User, texts, interrupted: false };
        self.joiner.push(Event { kind, time, agent: None, model_call: None, loc }, scope);
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Transport;
    use crate::test_support::{kinds, one, texts, transports};
    use serde_json::json;

    fn codex(name: &str, output: &str) -> String {
        let line = |payload| {
            json!({"timestamp": "2026-05-04T10:00:00Z", "type": "response_item", "payload": payload}).to_string()
        };
        let meta = json!({"timestamp": "2026-05-04T10:00:00Z", "type": "session_meta", "payload": {"id": "s", "timestamp": "2026-05-04T10:00:00Z", "cwd": "/w", "originator": "codex_cli_rs", "cli_version": "0.141.0"}});
        [
            meta.to_string(),
            line(json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Paint it"}]})),
            line(json!({"type": "function_call", "name": name, "arguments": "{}", "call_id": "q"})),
            line(json!({"type": "function_call_output", "call_id": "q", "output": output})),
            line(json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Blue it is."}]})),
        ]
        .join("\n")
    }

    #[test]
    fn what_a_tool_that_asks_returns_is_what_the_user_said() {
        for (name, output, said) in [
            ("request_user_input", r#"{"answers":{"c":{"answers":["Blue","matte"]}}}"#, vec!["Blue", "matte"]),
            ("request_user_input", r#"{"answers":[{"question":"Which color?","answer":"Blue"}]}"#, vec!["Blue"]),
            ("ask_user", "User responded: Blue, please", vec!["Blue, please"]),
            ("AskUserQuestion", "Answers: \"Which color?\"=\"Blue\". Go on.", vec!["Blue"]),
            ("ask_user_question", "Blue", vec!["Blue"]),
        ] {
            let trace = one("c.jsonl", &codex(name, output));
            assert_eq!(texts(&trace)[1..texts(&trace).len() - 1], said, "{output}");
            assert_eq!(transports(&trace), [Transport::Answered], "{output}");
            assert_eq!(kinds(&trace)[3], "user");
        }
    }

    #[test]
    fn what_nobody_answered_and_what_other_tools_return_is_nobodys_words() {
        for (name, output) in [
            ("ask_user", "User skipped the question"),
            ("request_user_input", r#"{"answers":{}}"#),
            ("lookup_user", r#"{"answer":"Blue"}"#),
        ] {
            let trace = one("c.jsonl", &codex(name, output));
            assert_eq!(texts(&trace).len(), 2, "{output}");
            assert_eq!(transports(&trace), [Transport::Unknown], "{output}");
        }
    }
}

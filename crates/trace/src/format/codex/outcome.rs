//! What became of a call, from the texts and records of Codex.

use crate::format::transcript::{self, Outcome, exit_code};
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;

/// Lines in which an exit code is looked for: it stands above the output.
const HEAD: usize = 8;

/// Texts that Codex writes in the place of an answer when a call could not be run.
const FAILED: [&str; 10] = [
    "exec_command failed",
    "write_stdin failed",
    "execution error:",
    "failed to parse function arguments",
    "failed to parse exec_command",
    "apply_patch verification failed",
    "unsupported call:",
    "unsupported custom tool call:",
    "Script failed",
    "tool call error:",
];

/// What an output item says.
pub fn of_output(payload: Node<'_>, bases: &mut Bases) -> Outcome {
    let Some(body) = payload.get("output") else {
        return Outcome { content: None, transport: Transport::Unknown, error: None };
    };
    // Earlier versions wrap output and exit code into JSON.
    if let Some(nested) = body.nested() {
        let root = nested.root(bases);
        let code = root.get("metadata").and_then(|m| m.get("exit_code")).and_then(Node::i64);
        if let (Some(code), Some(content), false) = (code, root.get("output").and_then(Node::text), nested.cut) {
            return Outcome { content: Some(content), transport: exit_code(code), error: None };
        }
    }
    let inner = body.get("content").filter(|_| body.is_object()).unwrap_or(body);
    let content = transcript::content(inner);
    let flag = [body.get("success"), payload.get("success")].into_iter().flatten().find_map(Node::bool);
    let transport = match flag {
        Some(true) => Transport::Ok,
        Some(false) => Transport::Error,
        None => content.as_ref().map_or(Transport::Unknown, |t| of_text(&t.text)),
    };
    Outcome { content, transport, error: None }
}

/// What the text of an answer says of how it went.
pub fn of_text(text: &str) -> Transport {
    let text = text.trim_start();
    if FAILED.iter().any(|start| text.starts_with(start)) {
        return Transport::Error;
    }
    if text.len() < 400 && text.contains("rejected by user") {
        return Transport::Declined;
    }
    if text == "aborted" || text.starts_with("aborted by user") {
        return Transport::Error;
    }
    if text.starts_with("Script completed") {
        return Transport::Ok;
    }
    let framed = ["Exit code:", "Chunk ID:", "Wall time:", "Command:", "Process exited"];
    if !framed.iter().any(|start| text.starts_with(start)) {
        return Transport::Unknown;
    }
    let head = text.lines().take(HEAD).take_while(|line| *line != "Output:");
    let code = head
        .filter_map(|line| line.strip_prefix("Exit code:").or_else(|| line.strip_prefix("Process exited with code")));
    match code.filter_map(|code| code.trim().parse::<i64>().ok()).next() {
        Some(code) => exit_code(code),
        // A command that still runs has answered so far.
        None => Transport::Unknown,
    }
}

/// What the record of a finished run says: an event, or an item of a turn.
pub fn of_run(run: Node<'_>) -> Outcome {
    let result = run.get("result").filter(|r| r.is_object());
    let ok = result.map(|r| r.any(&["Ok", "ok"]).unwrap_or(r));
    let error = result
        .and_then(|r| r.any(&["Err", "err"]))
        .or_else(|| run.get("error"))
        .map(|e| e.get("message").and_then(Node::text).unwrap_or_else(|| e.json_text()))
        .filter(|t| !t.text.is_empty());
    let code = run.get("exit_code").and_then(Node::i64);
    let flag = run
        .get("success")
        .and_then(Node::bool)
        .or_else(|| ok.and_then(|r| r.any(&["isError", "is_error"])).and_then(Node::bool).map(|failed| !failed));
    let word = run.str_at("status").and_then(|s| transcript::status(&s));
    let transport = match (word, code, &error, flag) {
        (Some(Transport::Declined), ..) => Transport::Declined,
        (_, Some(code), ..) => exit_code(code),
        (_, _, Some(_), _) => Transport::Error,
        (.., Some(true)) => Transport::Ok,
        (.., Some(false)) => Transport::Error,
        (Some(word), ..) => word,
        (None, None, None, None) if ok.is_some_and(|r| r.get("content").is_some()) => Transport::Ok,
        _ => Transport::Unknown,
    };
    let filled = |key: &str| run.get(key).filter(|n| n.str().is_none_or(|s| !s.is_empty()));
    let printed = ["aggregated_output", "formatted_output", "stdout", "stderr"].iter().find_map(|k| filled(k));
    // A command that prints nothing has answered with nothing.
    let printed = printed.or_else(|| run.any(&["aggregated_output", "stdout"]));
    let content: Option<Text> = ok
        .and_then(|r| r.get("content"))
        .or(printed)
        .or_else(|| run.any(&["content_items", "results", "agents_states", "agent_statuses"]))
        .and_then(transcript::content);
    Outcome { content, transport, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_stand_above_the_output() {
        for (text, expected) in [
            ("Exit code: 0\nWall time: 0.1 seconds\nOutput:\nExit code: 3", Transport::Ok),
            ("Exit code: 101\nWall time: 2 seconds\nOutput:\nerror", Transport::Error),
            ("Chunk ID: 1a\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\n", Transport::Error),
            ("Wall time: 9.0 seconds\nProcess running with session ID 7\nOutput:\n", Transport::Unknown),
            ("exec command rejected by user", Transport::Declined),
            ("apply_patch verification failed: no such line", Transport::Error),
            ("Process finance report\nExit code: 3", Transport::Unknown),
            ("plain words", Transport::Unknown),
        ] {
            assert_eq!(of_text(text), expected, "{text}");
        }
    }
}

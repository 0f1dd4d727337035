//! Sessions of Google's Antigravity (the CLI and the editor): `transcript.jsonl` or `transcript_full.jsonl` in
//! `brain/<conversation>/.system_generated/logs`, one step of the agent a line.
//!
//! The vendor documents no schema, so this follows the files. Results do not name their calls: they are records whose type
//! names the tool, in the order of the calls in the step before them.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format};
use crate::hash::HashMap;
use crate::item::{CallPart, Item, MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, Gap, GapKind, KeyKind, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Antigravity;

impl Format for Antigravity {
    fn name(&self) -> &'static str {
        "antigravity"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let step = if root.is_array() { root.items().next().unwrap_or(root) } else { root };
        let named = |key: &str| step.get(key).is_some_and(Node::is_str);
        match step.get("step_index").and_then(Node::i64).is_some() && named("type") && named("source") {
            true => 94,
            false => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let of = |doc: &Document<'_>| evidence_of(&out.bases, doc.root.loc().base);
        let files: Vec<_> = docs.chunk_by(|a, b| of(a) == of(b)).collect();
        for file in files {
            let steps: Vec<Node<'_>> = file
                .iter()
                .flat_map(|doc| match doc.root.is_array() {
                    true => doc.root.items().collect(),
                    false => vec![doc.root],
                })
                .collect();
            let (key, kind) = key_of(file[0].file);
            let mut log = Log { session: Session::new(key, kind), open: Vec::new(), cut: None, cut_steps: 0 };
            // A step is written while it is in progress, and again when it is done.
            let mut last: HashMap<(i64, String), usize> = HashMap::default();
            let print = |step: &Node<'_>| Some((step.get("step_index")?.i64()?, step.str_at("type")?.into_owned()));
            for (at, step) in steps.iter().enumerate() {
                last.extend(print(step).map(|key| (key, at)));
            }
            for (at, step) in steps.iter().enumerate() {
                let again = print(step).and_then(|key| last.get(&key)).is_some_and(|last| *last > at);
                match again && step.has("status", "RUNNING") {
                    true => out.bookkeeping(*step, "a step in progress"),
                    false => log.step(*step, out),
                }
            }
            out.sessions.push(log.finish());
        }
    }
}

/// The conversation, if the file's path names it.
fn key_of(file: &str) -> (String, KeyKind) {
    let steps: Vec<&str> = file.split(['/', '\\']).collect();
    match steps.as_slice() {
        [.., conversation, ".system_generated", "logs", _] => ((*conversation).to_owned(), KeyKind::Conversation),
        _ => (file.to_owned(), KeyKind::Position),
    }
}

/// The type of the record that holds a tool's result. Results of other tools are `GENERIC`.
fn answers(tool: &str) -> &'static str {
    match tool {
        "view_file" => "VIEW_FILE",
        "grep_search" => "GREP_SEARCH",
        "list_dir" => "LIST_DIRECTORY",
        "run_command" => "RUN_COMMAND",
        "find_by_name" => "FIND",
        "search_web" => "SEARCH_WEB",
        "write_to_file" | "write_file" | "replace_file_content" | "multi_replace_file_content" => "CODE_ACTION",
        "invoke_subagent" => "INVOKE_SUBAGENT",
        _ => "GENERIC",
    }
}

const ANSWERS: [&str; 9] = [
    "VIEW_FILE",
    "GREP_SEARCH",
    "LIST_DIRECTORY",
    "RUN_COMMAND",
    "FIND",
    "SEARCH_WEB",
    "CODE_ACTION",
    "INVOKE_SUBAGENT",
    "GENERIC",
];

struct Log {
    session: Session,
    /// Calls that wait for a result: ID and tool.
    open: Vec<(String, String)>,
    /// The first record that was shortened, and how many were.
    cut: Option<crate::locator::Loc>,
    cut_steps: usize,
}

impl Log {
    fn step(&mut self, root: Node<'_>, out: &mut Output) {
        let place = Place { time: root.get("created_at").and_then(time::any), agent: None, loc: root.loc() };
        let kind = root.str_at("type").unwrap_or_default();
        if root.get("truncated_fields").is_some_and(|f| f.items().next().is_some()) {
            self.cut = self.cut.or(Some(root.loc()));
            self.cut_steps += 1;
        }
        let content = transcript::words(root, "content");
        let items = match (kind.as_ref(), content) {
            ("USER_INPUT", Some(text)) => place.said(transcript::apart(text, OPEN, CLOSE)),
            ("PLANNER_RESPONSE", content) => {
                let parts = self.answer(root, content);
                if parts.is_empty() {
                    return match root.get("status").is_some() {
                        true => out.bookkeeping(root, "an empty response"),
                        false => out.unread(root),
                    };
                }
                if parts.iter().any(|p| matches!(p, Part::Unread(_))) {
                    out.unread(root);
                    return self.session.items.push(place.message(MsgRole::Assistant, parts));
                }
                let mut items = vec![place.message(MsgRole::Assistant, parts)];
                let status = root.get("status").and_then(Node::text);
                if let Some(text) = status.filter(|status| transcript::status(&status.text) == Some(Transport::Error)) {
                    let text = transcript::words(root, "error").unwrap_or(text);
                    items.push(place.event(EventKind::Error { text }));
                }
                items
            }
            // A tool of the agent's by which it speaks to the user.
            ("NOTIFY_USER", Some(text)) if self.open.is_empty() => place.said([(MsgRole::Assistant, text)]),
            ("SYSTEM_MESSAGE" | "EPHEMERAL_MESSAGE", Some(text)) => place.said([(MsgRole::Harness, text)]),
            ("CHECKPOINT", text) => vec![place.message(MsgRole::Assistant, vec![Part::Compacted(text)])],
            ("ERROR_MESSAGE", text) => match transcript::words(root, "error").or(text) {
                Some(text) => vec![place.event(EventKind::Error { text })],
                None => return out.bookkeeping(root, "ERROR_MESSAGE"),
            },
            ("CONVERSATION_HISTORY" | "SYSTEM_MESSAGE" | "EPHEMERAL_MESSAGE", None) => {
                return out.bookkeeping(root, &kind);
            }
            (kind, content) if ANSWERS.contains(&kind) || self.open.iter().any(|c| c.1.eq_ignore_ascii_case(kind)) => {
                if content.is_none() && root.get("status").is_none() {
                    return out.unread(root);
                }
                vec![self.result(root, kind, content, &place)]
            }
            _ => return out.unknown(root),
        };
        out.mapped(root);
        transcript::append(&mut self.session.items, items);
    }

    /// What the model thought, said and called.
    fn answer(&mut self, root: Node<'_>, content: Option<Text>) -> Vec<Part> {
        let mut parts: Vec<Part> = transcript::words(root, "thinking").map(Part::Reasoning).into_iter().collect();
        parts.extend(content.map(Part::Text));
        let step = root.get("step_index").and_then(Node::i64).unwrap_or_default();
        let mut open = Vec::new();
        for (n, call) in root.get("tool_calls").into_iter().flat_map(Node::items).enumerate() {
            parts.push(match call.get("name").and_then(Node::text).filter(|name| !name.text.is_empty()) {
                Some(name) => {
                    let id = format!("step {step}, call {}", n + 1);
                    open.push((id.clone(), name.text.rsplit(':').next().unwrap_or_default().to_owned()));
                    Part::Call(CallPart { id: Some(id), name, arguments: call.get("args").map(Node::json_text) })
                }
                None => payload::unread(call),
            });
        }
        // The model continues once its calls have results.
        self.open = open;
        parts
    }

    fn result(&mut self, root: Node<'_>, kind: &str, content: Option<Text>, place: &Place) -> Item {
        let own = |tool: &str| answers(tool) == kind || tool.eq_ignore_ascii_case(kind);
        let at = self.open.iter().position(|(_, tool)| own(tool));
        // Some versions write every result as generic, so it can be joined only if one call is open.
        let only = (kind == "GENERIC" && self.open.len() == 1).then_some(0);
        let (id, name) = match at.or(only) {
            Some(at) => {
                let (id, name) = self.open.remove(at);
                (Some(id), Some(name))
            }
            None => (Some(format!("step {}", root.get("step_index").map_or(-1, |n| n.i64().unwrap_or(-1)))), None),
        };
        let failed = content.as_ref().is_some_and(|t| exit_failed(&t.text));
        let transport = match root.str_at("status").as_deref().and_then(transcript::status) {
            Some(Transport::Ok) if failed => Transport::Error,
            Some(transport) => transport,
            None => Transport::Unknown,
        };
        let cancelled = root.str_at("status").is_some_and(|s| matches!(s.as_ref(), "CANCELED" | "CANCELLED"));
        let transport = if cancelled { Transport::Declined } else { transport };
        let error = transcript::words(root, "error");
        place.result(id, name.or_else(|| Some(kind.to_owned())), Outcome { content, transport, error })
    }

    fn finish(mut self) -> Session {
        if let Some(loc) = self.cut {
            let what = format!(
                "Antigravity shortened {} records when it wrote this file; `transcript_full.jsonl` beside it may have them in full",
                self.cut_steps
            );
            self.session.gaps.push(Gap { kind: GapKind::ContentTruncated, what, loc: Some(loc), event: None });
        }
        self.session
    }
}

/// True if the first lines of a command's result say that it failed.
fn exit_failed(text: &str) -> bool {
    const MARK: &str = "The command failed with exit code";
    text.lines().map(str::trim).filter(|line| !line.is_empty()).take(4).any(|line| line.starts_with(MARK))
}

const OPEN: &str = "<USER_REQUEST>";
const CLOSE: &str = "</USER_REQUEST>";

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    fn step(n: usize, kind: &str, rest: &str) -> String {
        let source = if kind == "USER_INPUT" { "USER_EXPLICIT" } else { "MODEL" };
        format!(
            r#"{{"step_index":{n},"source":"{source}","type":"{kind}","created_at":"2026-05-04T10:00:0{n}Z",{rest}}}"#
        ) + "\n"
    }

    const CALLS: &str = r#""status":"DONE","thinking":"Look","tool_calls":[{"name":"view_file","args":{"AbsolutePath":"/w/a"}},{"name":"run_command","args":{"CommandLine":"make"}},{"name":"view_file","args":{"AbsolutePath":"/w/b"}}]"#;

    #[test]
    fn results_are_joined_by_their_type_and_order() {
        let file = [
            step(0, "USER_INPUT", r#""status":"DONE","content":"<USER_REQUEST>\nFix it\n</USER_REQUEST>\n<ADDITIONAL_METADATA>\nIt is noon.\n</ADDITIONAL_METADATA>""#),
            step(1, "CONVERSATION_HISTORY", r#""status":"DONE""#),
            step(2, "PLANNER_RESPONSE", CALLS),
            step(3, "RUN_COMMAND", r#""status":"RUNNING","content":"at work""#),
            step(3, "RUN_COMMAND", r#""status":"DONE","content":"\n\t\tThe command failed with exit code: 2\n""#),
            step(4, "VIEW_FILE", r#""status":"DONE","content":"a""#),
            step(5, "VIEW_FILE", r#""status":"ERROR","content":"no such file""#),
            step(6, "PLANNER_RESPONSE", r#""status":"DONE","content":"It fails.""#),
            step(7, "CHECKPOINT", r#""status":"DONE","content":"A summary""#),
        ]
        .concat();
        let trace = one("transcript.jsonl", &file);
        assert_eq!(trace.format, "antigravity");
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "harness",
                "reasoning",
                "call view_file -> 7",
                "call run_command -> 6",
                "call view_file -> 8",
                "result Error <- 4",
                "result Ok <- 3",
                "result Error <- 5",
                "assistant",
                "context lost=true",
                "system",
            ]
        );
        assert_eq!(texts(&trace)[0], "Fix it");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn a_generic_result_is_joined_only_where_one_call_waits() {
        let generic = r#""status":"DONE","content":"x""#;
        let one_call = r#""status":"DONE","tool_calls":[{"name":"run_command","args":{}}]"#;
        let file = step(0, "USER_INPUT", r#""content":"Go","status":"DONE""#)
            + &step(1, "PLANNER_RESPONSE", one_call)
            + &step(2, "GENERIC", generic);
        assert_eq!(kinds(&one("t.jsonl", &file)), ["user", "call run_command -> 2", "result Ok <- 1"]);
        let file = file.replace(one_call, CALLS);
        let trace = one("t.jsonl", &file);
        assert!(kinds(&trace).contains(&"result Ok <- none".to_owned()), "{:?}", kinds(&trace));
        assert!(trace.has_gap(&[GapKind::ResultMissing]));
    }

    #[test]
    fn records_that_were_shortened_are_a_gap() {
        let file = step(0, "USER_INPUT", r#""content":"Go","status":"DONE""#)
            + &step(1, "PLANNER_RESPONSE", r#""status":"DONE","content":"Long","truncated_fields":["content"]"#);
        assert!(one("t.jsonl", &file).has_gap(&[GapKind::ContentTruncated]));
    }

    #[test]
    fn a_step_of_an_unknown_type_is_told() {
        let file = step(0, "USER_INPUT", r#""content":"Go","status":"DONE""#)
            + &step(1, "PLANNER_RESPONSE", r#""status":"DONE","content":"Done""#)
            + &step(2, "BROWSER_ANSWER", r#""status":"DONE","content":"a page""#);
        assert!(one("t.jsonl", &file).has_gap(&[GapKind::RecordsUnread]));
    }

    #[test]
    fn words_to_the_user_and_responses_that_failed_are_told() {
        let file = step(0, "USER_INPUT", r#""content":"Go","status":"DONE""#)
            + &step(1, "NOTIFY_USER", r#""status":"DONE","content":"Look here""#)
            + &step(2, "PLANNER_RESPONSE", r#""status":"ERROR","content":"Half""#);
        assert_eq!(kinds(&one("t.jsonl", &file)), ["user", "assistant", "assistant", "error ERROR"]);
    }
}

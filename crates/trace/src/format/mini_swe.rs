//! Trajectories of mini-SWE-agent: `{info, messages, trajectory_format: "mini-swe-agent-1"}`.
//!
//! After its documentation of the output files. The model writes a command in a code block, or calls the tool `bash`; what the
//! command printed comes back in the user's name or as a tool's message. The first words in the user's name are the task, all
//! later ones are the program's.

use super::{Document, Format, parts, voice};
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{KeyKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct MiniSwe;

/// The one tool, by which a command without a call is told too.
const SHELL: &str = "bash";
/// What begins a block that holds a command, in the words of its prompts.
const BLOCKS: [&str; 2] = ["```mswea_bash_command\n", "```bash\n"];

impl Format for MiniSwe {
    fn name(&self) -> &'static str {
        "mini-swe-agent"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let named = root.str_at("trajectory_format").is_some_and(|format| format.starts_with("mini-swe-agent"));
        let version = root.get("info").is_some_and(|info| info.get("mini_version").is_some());
        if root.get("messages").is_some_and(Node::is_array) && (named || version) { 96 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let (key, kind) = match parts::word(doc.root, &["instance_id"]) {
                Some(id) => (id, KeyKind::Conversation),
                None => (doc.position_key(), KeyKind::Position),
            };
            let mut run = Run { session: Session::new(key, kind), asked: false, waiting: 0 };
            doc.root.get("messages").into_iter().flat_map(Node::items).for_each(|m| run.message(m, out));
            let exit = doc.root.get("info").and_then(|info| info.get("exit_status"));
            run.session.items.extend(exit.and_then(|exit| voice::failure(exit, None)));
            out.sessions.push(run.session);
        }
    }
}

struct Run {
    session: Session,
    asked: bool,
    /// Commands whose output has not come.
    waiting: usize,
}

impl Run {
    fn message(&mut self, node: Node<'_>, out: &mut Output) {
        let extra = node.get("extra");
        let at = extra.and_then(|e| e.get("timestamp")).or_else(|| node.get("timestamp")).and_then(time::any);
        let words = |role| {
            let found = node.get("content").map_or_else(|| vec![payload::unread(node)], payload::as_parts);
            parts::said(role, found, at, node.loc())
        };
        let msg = match node.str_at("role").as_deref() {
            Some("system") => words(MsgRole::System),
            Some("assistant") => {
                let msg = assistant(node, extra, at);
                self.waiting = msg.parts.iter().filter(|p| matches!(p, Part::Call(_))).count();
                msg
            }
            Some("tool") => self.answer(node, extra, at),
            Some("user") if self.waiting > 0 && self.asked => self.answer(node, extra, at),
            Some("user") if !self.asked => {
                self.asked = true;
                words(MsgRole::User)
            }
            Some("user") => words(MsgRole::Harness),
            // The end of the run, with what was submitted.
            Some("exit") => return out.bookkeeping(node, "exit"),
            _ => return out.unread(node),
        };
        out.message(node, &msg);
        self.session.items.push(Item::Message(msg));
    }

    fn answer(&mut self, node: Node<'_>, extra: Option<Node<'_>>, at: Option<Stamp>) -> Msg {
        self.waiting = self.waiting.saturating_sub(1);
        let content = node.get("content").and_then(payload::answer_text);
        let beside = extra.and_then(|e| e.get("returncode")).and_then(Node::i64);
        let code = beside.or_else(|| content.as_ref().and_then(|text| return_code(&text.text)));
        let raised = extra.and_then(|e| e.get("exception_info")).and_then(Node::text).filter(|t| !t.text.is_empty());
        let result = ResultPart {
            id: parts::word(node, &["tool_call_id"]),
            name: Some(SHELL.to_owned()),
            arguments: None,
            content,
            transport: if raised.is_some() { Transport::Error } else { parts::exited(code) },
            error: raised,
            loc: node.loc(),
        };
        parts::said(MsgRole::Tool, vec![Part::Result(result)], at, node.loc())
    }
}

fn return_code(text: &str) -> Option<i64> {
    let rest = text.trim_start().strip_prefix("<returncode>")?;
    rest.split_once("</returncode>")?.0.trim().parse().ok()
}

/// What the model wrote, with its calls; or with the commands of its code blocks, which is how it calls without an API for it.
fn assistant(node: Node<'_>, extra: Option<Node<'_>>, at: Option<Stamp>) -> Msg {
    let mut found = Vec::new();
    if let Some(thought) = node.get("reasoning_content").and_then(Node::text).filter(|t| !t.text.is_empty()) {
        found.push(Part::Reasoning(thought));
    }
    let calls: Vec<Part> =
        node.get("tool_calls").filter(|l| l.is_array()).into_iter().flat_map(Node::items).map(payload::call).collect();
    let content = node.get("content");
    if !calls.is_empty() {
        found.extend(content.map(payload::as_parts).unwrap_or_default());
        found.extend(calls);
        return parts::said(MsgRole::Assistant, found, at, node.loc());
    }
    match content.and_then(Node::text) {
        Some(text) => found.extend(apart(&text)),
        None => found.extend(content.map(payload::as_parts).unwrap_or_default()),
    }
    if !found.iter().any(|p| matches!(p, Part::Call(_))) {
        let actions = extra.and_then(|e| e.get("actions")).filter(|l| l.is_array());
        found.extend(actions.into_iter().flat_map(Node::items).filter_map(|action| {
            let (key, command) = action.entries().find(|(key, _)| matches!(key.as_ref(), "command" | "action"))?;
            let (id, name) = (parts::word(action, &["tool_call_id"]), command.key_text(&key));
            Some(Part::Call(CallPart { id, name, arguments: command.text() }))
        }));
    }
    if found.is_empty() {
        found.push(payload::unread(node));
    }
    parts::said(MsgRole::Assistant, found, at, node.loc())
}

/// Words and the commands among them. Only one block is run; a message with several is sent back.
fn apart(text: &Text) -> Vec<Part> {
    let words = |from: usize, to: usize| text.trimmed(from, to).filter(|t| !t.text.is_empty()).map(Part::Text);
    let block = BLOCKS.into_iter().find_map(|open| {
        let mut blocks = text.text.match_indices(open);
        let at = blocks.next().filter(|_| blocks.next().is_none())?.0;
        let from = at + open.len();
        let to = from + text.text.get(from..)?.find("\n```")?;
        Some((at, open.find('\n')?, from, to))
    });
    let Some((at, label, from, to)) = block else { return words(0, text.text.len()).into_iter().collect() };
    let name = text.slice(at + 3, at + label);
    let (Some(name), Some(command)) = (name, text.slice(from, to)) else {
        return words(0, text.text.len()).into_iter().collect();
    };
    let after = (to + "\n```".len()).min(text.text.len());
    let call = Part::Call(CallPart { id: None, name, arguments: Some(command) });
    words(0, at).into_iter().chain([call]).chain(words(after, text.text.len())).collect()
}

#[cfg(test)]
mod tests {
    use crate::model::Transport;
    use crate::test_support::{kinds, one, texts, transports};

    #[test]
    fn commands_in_code_blocks_are_calls_and_what_they_print_is_nobodys_words() {
        let file = r#"{"info":{"exit_status":"Submitted","mini_version":"1.9.0"},"trajectory_format":"mini-swe-agent-1","instance_id":"i-1","messages":[
            {"role":"system","content":"Be brief"},{"role":"user","content":"Fix it"},
            {"role":"assistant","content":"THOUGHT: Look.\n\n```bash\nmake test\n```\n"},
            {"role":"user","content":"<returncode>2</returncode>\n<output>\nboom\n</output>"},
            {"role":"assistant","content":"I am done."},
            {"role":"user","content":"Please always provide EXACTLY ONE action"},
            {"role":"assistant","content":"```bash\nsubmit\n```"},{"role":"user","content":"diff --git"}]}"#;
        let trace = one("i-1.traj.json", file);
        assert_eq!((trace.format, trace.key.as_str()), ("mini-swe-agent", "i-1"));
        let expected = [
            "system",
            "user",
            "assistant",
            "call bash -> 4",
            "result Error <- 3",
            "assistant",
            "harness",
            "call bash -> 8",
            "result Unknown <- 7",
        ];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(texts(&trace)[..3], ["Be brief", "Fix it", "THOUGHT: Look."]);
    }

    #[test]
    fn calls_of_the_api_join_their_results_by_id() {
        let file = r#"{"info":{"exit_status":"Submitted","mini_version":"2.1.0"},"trajectory_format":"mini-swe-agent-1.1","messages":[
            {"role":"user","content":"Fix it"},
            {"role":"assistant","content":"Look","tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\": \"ls\"}"}}],"extra":{"actions":[{"command":"ls","tool_call_id":"c1"}],"timestamp":1777888800.5}},
            {"role":"tool","tool_call_id":"c1","content":"<returncode>0</returncode>","extra":{"returncode":0,"exception_info":""}},
            {"role":"exit","content":"diff","extra":{"exit_status":"Submitted"}}]}"#;
        let trace = one("a.traj.json", file);
        assert_eq!(kinds(&trace), ["user", "assistant", "call bash -> 3", "result Ok <- 2"]);
        assert_eq!(transports(&trace), [Transport::Ok]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }
}

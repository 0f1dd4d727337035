//! Logs of Who&When (arXiv:2505.00212): `{question, history, ground_truth, mistake_agent, mistake_step, …}`, a conversation
//! of several agents about one task.
//!
//! There are two forms. In generated logs an entry has the name of its agent, and the program that runs the code in their
//! messages is one of them, `Computer_terminal`. In hand-crafted logs of Magentic-One the agent stands in the role, such as
//! `Orchestrator (thought)` or `Orchestrator (-> WebSurfer)`. Code that was run is a call, and the terminal's message is its
//! result. Everything about the mistake, and the true answer, is a label and is never read.

use super::{Document, Format};
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session, Transcript};
use crate::model::{KeyKind, Text, Transport};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct WhoAndWhen;

const LABELS: [&str; 8] = [
    "ground_truth",
    "mistake_agent",
    "mistake_step",
    "mistake_reason",
    "is_correct",
    "is_corrected",
    "labels",
    "level",
];

impl Format for WhoAndWhen {
    fn name(&self) -> &'static str {
        "who-and-when"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(history) = root.get("history").filter(|h| h.is_array()) else { return 0 };
        let entry = history.items().next().is_some_and(|e| e.any(&["role", "name", "content"]).is_some());
        let labels = LABELS.iter().any(|label| root.get(label).is_some());
        match (entry, labels, root.any(&["question", "system_prompt"]).is_some()) {
            (true, true, true) => 96,
            (true, true, false) | (true, false, true) => 60,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let mut session = Session::new(doc.position_key(), KeyKind::Position);
            let mut messages: Vec<Msg> = Vec::new();
            for (agent, prompt) in root.get("system_prompt").into_iter().flat_map(Node::entries) {
                let told = payload::system_message(prompt);
                messages.extend(told.map(|msg| Msg { agent: Some(agent.into_owned()), ..msg }));
            }
            let entries: Vec<Node<'_>> = root.get("history").into_iter().flat_map(Node::items).collect();
            messages.extend(asked(root, &entries));
            for (i, entry) in entries.iter().enumerate() {
                let terminal = entries.get(i + 1).copied().filter(|next| is_terminal(*next));
                let mut msg = message(*entry, i == 0 && holds_question(root, *entry), terminal);
                if i == 0 && is_users(root, *entry) {
                    (msg.role, msg.agent) = (MsgRole::User, None);
                }
                out.message(*entry, &msg);
                messages.push(msg);
            }
            session.items.push(Item::Transcript(Transcript { messages, model: None }));
            if LABELS.iter().any(|label| root.get(label).is_some()) {
                out.bookkeeping(root, "labels of the log");
            }
            out.sessions.push(session);
        }
        out.lossy
            .push(format!("the true answer and the mistake of {} logs are labels, not events; left out", docs.len()));
    }
}

/// The question, which the user asked; logs that begin with the user's own words repeat it.
fn asked(root: Node<'_>, entries: &[Node<'_>]) -> Option<Msg> {
    let first_is_user = entries.first().is_some_and(|e| speaker(*e).0 == MsgRole::User || is_users(root, *e));
    payload::plain(root.get("question").filter(|_| !first_is_user)?, MsgRole::User)
}

/// True for a first entry of role user that is the question and nothing else: it is the user's own, whatever name it carries.
fn is_users(root: Node<'_>, entry: Node<'_>) -> bool {
    let same = |question: &str| entry.str_at("content").is_some_and(|said| said.trim() == question.trim());
    let own = entry.str_at("name").is_some_and(|name| name.eq_ignore_ascii_case("user"));
    own && entry.has("role", "user") && root.str_at("question").is_some_and(|question| same(&question))
}

/// A group's first message hands the task on. It carries the name of an agent, who did not write it.
fn holds_question(root: Node<'_>, entry: Node<'_>) -> bool {
    let (Some(question), Some(said)) = (root.str_at("question"), entry.str_at("content")) else { return false };
    !question.trim().is_empty() && said.contains(question.trim())
}

/// Who an entry is from: its role, and the agent's name.
fn speaker(entry: Node<'_>) -> (MsgRole, Option<String>) {
    let role = entry.str_at("role").unwrap_or_default();
    let named = entry.str_at("name").filter(|n| !n.trim().is_empty());
    match (named, role.as_ref()) {
        (Some(name), _) => (MsgRole::Assistant, Some(name.into_owned())),
        (None, "human" | "Human") => (MsgRole::User, None),
        (None, "system") => (MsgRole::System, None),
        // In generated logs agents have both of these roles: without a name, nobody can tell who spoke.
        (None, "user" | "assistant" | "") => (MsgRole::Assistant, None),
        // `Orchestrator (-> WebSurfer)`
        (None, role) => (MsgRole::Assistant, Some(role.split(" (").next().unwrap_or(role).trim().to_owned())),
    }
}

/// True for an entry of the program that runs code for the agents.
fn is_terminal(entry: Node<'_>) -> bool {
    speaker(entry).1.is_some_and(|name| {
        let name = name.to_ascii_lowercase().replace(['_', ' ', '-'], "");
        matches!(name.as_str(), "computerterminal" | "codeexecutor" | "executor" | "terminal")
    })
}

fn message(entry: Node<'_>, task: bool, terminal: Option<Node<'_>>) -> Msg {
    let (role, agent) = speaker(entry);
    let known = agent.is_some() || role != MsgRole::Assistant;
    let Some(text) = entry.get("content").and_then(Node::text).filter(|_| known) else {
        return payload::unread_message(entry, role);
    };
    let aside = entry.str_at("role").unwrap_or_default();
    let mut msg = Msg { agent, ..Msg::new(role, entry.loc()) };
    if is_terminal(entry) {
        let name = msg.agent.take();
        match exit_code(&text.text) {
            Some(code) => {
                msg.role = MsgRole::Tool;
                msg.parts.push(Part::Result(ResultPart {
                    id: None,
                    name,
                    arguments: None,
                    content: Some(text),
                    transport: if code == 0 { Transport::Ok } else { Transport::Error },
                    error: None,
                    loc: entry.loc(),
                }));
            }
            // It says that there was nothing to run.
            None => {
                msg.role = MsgRole::Harness;
                msg.parts.push(Part::Text(text));
            }
        }
    } else if aside.ends_with("(thought)") {
        msg.parts.push(Part::Reasoning(text));
    } else if aside.ends_with("condition)") || (task && msg.role == MsgRole::Assistant) {
        msg.role = MsgRole::Harness;
        msg.parts.push(Part::Text(text));
    } else {
        let ran = terminal.filter(|t| t.str_at("content").is_some_and(|said| exit_code(&said).is_some()));
        let tool = ran.and_then(|t| t.any(&["name", "role"])).and_then(Node::text);
        say(&text, tool, &mut msg.parts);
    }
    // The task may hold code that is run at once.
    if let (MsgRole::Harness, Some(ran)) = (msg.role, terminal)
        && let Some(Part::Text(text)) = msg.parts.pop()
    {
        let ran = Some(ran).filter(|t| t.str_at("content").is_some_and(|said| exit_code(&said).is_some()));
        say(&text, ran.and_then(|t| t.any(&["name", "role"])).and_then(Node::text), &mut msg.parts);
    }
    msg
}

/// What an agent says, and the blocks of code in it: calls of the terminal, if it ran them. AutoGen runs all blocks of a
/// message together, so they are one call; its code is the first block, and the others stay words.
fn say(text: &Text, mut tool: Option<Text>, parts: &mut Vec<Part>) {
    let mut from = 0;
    for (open, close) in fences(&text.text) {
        let inner = text.text.get(open..close).unwrap_or_default();
        let code_from = open + inner.find('\n').map_or(inner.len(), |at| at + 1);
        let code_to = open + inner.trim_end().trim_end_matches('`').len();
        let code = text.trimmed(code_from.min(code_to), code_to);
        parts.extend(text.trimmed(from, open).map(Part::Text));
        from = open;
        if let (Some(name), Some(code)) = (tool.clone(), code) {
            parts.push(Part::Call(CallPart { id: None, name, arguments: Some(code) }));
            tool = None;
            from = close;
        }
    }
    parts.extend(text.trimmed(from, text.text.len()).map(Part::Text));
}

/// The blocks between lines of three backticks, by their first and last bytes.
fn fences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            match open.take() {
                Some(from) => found.push((from, at + line.trim_end().len())),
                None => open = Some(at),
            }
        }
        at += line.len();
    }
    found
}

/// The exit code that a terminal's message begins with: AutoGen's `exitcode: 1 (…)`, or Magentic-One's sentence. A script
/// that "ran" and names no code ended well.
fn exit_code(said: &str) -> Option<i64> {
    let said = said.trim_start();
    if let Some(rest) = said.strip_prefix("exitcode:") {
        return number(rest);
    }
    let rest = said.strip_prefix("The script ran")?;
    let line = rest.lines().next().unwrap_or_default();
    line.split_once("exit code:").map_or(Some(0), |(_, code)| number(code))
}

fn number(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let end =
        text.char_indices().find(|(i, c)| !(c.is_ascii_digit() || *i == 0 && *c == '-')).map_or(text.len(), |f| f.0);
    text.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, GapKind, Role};
    use crate::test_support::{kinds, one, reading, texts};

    const LOG: &str = r#"{"question":"How many rows?","ground_truth":"SECRET","mistake_agent":"SECRET","mistake_step":"1","system_prompt":{"Data_Expert":"You count."},"history":[{"role":"assistant","name":"Data_Expert","content":"You are given a task.\nHow many rows?\nPlan: count"},{"role":"user","name":"Computer_terminal","content":"There is no code from the last 1 message for me to execute."},{"role":"user","name":"Data_Expert","content":"I count them.\n```python\nprint(3)\n```\nWait for it."},{"role":"user","name":"Computer_terminal","content":"exitcode: 1 (execution failed)\nCode output: boom"},{"role":"user","name":"Check_Expert","content":"It failed. Like:\n```python\nx\n```"},{"role":"assistant","name":"Data_Expert","content":"TERMINATE"}]}"#;

    #[test]
    fn code_that_ran_is_a_call_and_the_task_is_not_its_agents_words() {
        let found = reading("w.json", LOG);
        let trace = &found.sessions[0];
        assert_eq!(
            kinds(trace),
            [
                "system",
                "user",
                "harness",
                "harness",
                "assistant",
                "call Computer_terminal -> 7",
                "assistant",
                "result Error <- 5",
                "assistant",
                "assistant"
            ]
        );
        assert_eq!(texts(trace)[4..6], ["I count them.", "Wait for it."]);
        assert!(
            matches!(&trace.events[5].kind, EventKind::ToolCall { arguments: Some(a), .. } if a.text == "print(3)")
        );
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        assert!(!format!("{:?}", found.sessions).contains("SECRET"));
    }

    #[test]
    fn hand_crafted_logs_name_agents_in_the_role() {
        let log = r#"{"question":"Who won?","mistake_agent":"x","history":[{"role":"human","content":"Who won?"},{"role":"Orchestrator (thought)","content":"Plan"},{"role":"Orchestrator (-> WebSurfer)","content":"Search it"},{"role":"WebSurfer","content":"I typed it"},{"role":"Assistant","content":"Run:\n```sh\nls\n```"},{"role":"ComputerTerminal","content":"The script ran, then exited with Unix exit code: 2\nIts output was: no"},{"role":"Orchestrator (termination condition)","content":"Max rounds"}]}"#;
        let trace = one("h.json", log);
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "reasoning",
                "assistant",
                "assistant",
                "assistant",
                "call ComputerTerminal -> 6",
                "result Error <- 5",
                "harness"
            ]
        );
        let by = |role: Role| {
            let is = |e: &&crate::Event| matches!(&e.kind, EventKind::Message { role: r, .. } if *r == role);
            trace.events.iter().filter(is).filter_map(|e| e.agent.clone()).collect::<Vec<_>>()
        };
        assert_eq!(by(Role::Assistant), ["Orchestrator", "WebSurfer", "Assistant"]);
        assert!(trace.gaps.is_empty());
    }

    #[test]
    fn an_entry_without_words_is_a_gap() {
        let damaged = LOG.replacen(r#""content":"TERMINATE""#, r#""note":"TERMINATE""#, 1);
        assert!(one("w.json", &damaged).has_gap(&[GapKind::InputDropped]));
    }
}

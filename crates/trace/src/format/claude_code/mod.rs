//! Claude Code's session files: one line for each message, or `{"loglines": […]}` from the web.
//!
//! One answer of the API is spread over several lines, or written again while it grows; sub-agents write into files of
//! their own under the same session, or into lines about progress; a resumed session begins with a copy of the one
//! before. `claude --print --output-format stream-json` and the messages of the Claude Agent SDK have the same messages under
//! `session_id`, without the chain of lines; the SDK for Python has them without envelope (`sdk`). Lines of type `user` hold words of the person, of the program, and results of tools, and what the person
//! decides about a call stands where the tool's answer would.

mod attachment;
mod books;
mod denied;
mod growing;
mod line;
mod prompts;
mod queue;
mod relayed;
mod sdk;
mod session;
mod subagent;
mod words;

use super::{Bearing, Document, Format};
use crate::item::Output;
use crate::locator::Bases;
use crate::model::KeyKind;
use crate::node::Node;
use session::Builder;

/// See the module's documentation.
pub struct ClaudeCode;

/// Lines that keep Claude Code's own books. Words that were queued or attached, and the work of sub-agents in lines
/// about progress, are read out of them.
const BOOKKEEPING: [&str; 46] = [
    "summary",
    "file-history-snapshot",
    "queue-operation",
    "progress",
    "attachment",
    "last-prompt",
    "custom-title",
    "ai-title",
    "agent-name",
    "agent-color",
    "agent-setting",
    // The requests to the model as they were sent: their messages repeat the lines around them.
    "api-request",
    "api-request-blob",
    "api-request-shape",
    "attribution-snapshot",
    "atis-latch",
    "bridge-session",
    "content-replacement",
    "context-collapse-commit",
    "context-collapse-snapshot",
    "cost-state",
    "frame-link",
    "marble-origami-commit",
    "marble-origami-snapshot",
    "mode",
    "permission-mode",
    "pr-link",
    "relocated",
    "result",
    "saved_hook_context",
    "speculation-accept",
    "started",
    "tag",
    "task-summary",
    "worktree-state",
    // Of the stream.
    "auth_status",
    "control_cancel_request",
    "control_request",
    "control_response",
    "keep_alive",
    "prompt_suggestion",
    "rate_limit_event",
    "stream_event",
    "system_prompt",
    "tool_progress",
    "tool_use_summary",
];

impl Format for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if let Some(lines) = root.get("loglines").filter(|l| l.is_array()) {
            return if lines.items().take(20).any(|l| l.get("type").is_some()) { 97 } else { 0 };
        }
        if let Some(score) = sdk::score(root) {
            return score;
        }
        let Some(kind) = root.str_at("type") else { return 0 };
        let marked = root.any(&["uuid", "sessionId", "parentUuid"]).is_some();
        match kind.as_ref() {
            "user" | "assistant" if root.get("message").is_some() && marked => 95,
            "system" if marked => 95,
            kind if BOOKKEEPING.contains(&kind)
                && (marked || root.any(&["leafUuid", "messageId", "summary", "operation", "agentId"]).is_some()) =>
            {
                90
            }
            // A kind of a newer version.
            _ if marked
                && root.get("timestamp").is_some()
                && root.get("message").is_none()
                && root.get("observations").is_none() =>
            {
                60
            }
            kind if root.get("session_id").is_some() => streamed(kind, root),
            // The same in a line without a time; other programs write such lines, too, so that it decides nothing.
            _ if root.get("sessionId").is_some_and(Node::is_str) && root.get("message").is_none() => 20,
            // Messages that a program took out of the stream.
            kind @ ("user" | "assistant") if root.get("message").is_some_and(|m| m.has("role", kind)) => 64,
            _ => 0,
        }
    }

    fn bears_on(&self, doc: &Document<'_>, _: Bases) -> Option<Bearing> {
        let line = doc.root;
        let id = session::named(line).filter(|id| !id.is_empty());
        let Some(id) = id.filter(|_| line.get("loglines").is_none()) else {
            // State, such as a summary, belongs to no session. Other lines without an ID belong to that of the file.
            let is_state = line.any(&["message", "uuid", "loglines", "data"]).is_none();
            return is_state.then(Bearing::default);
        };
        let mut told = Bearing { keys: vec![(KeyKind::Conversation, id.into_owned())], ..Bearing::default() };
        // A session that is resumed begins with copies of the lines of another, and has the same first line.
        let first = line.str_at("uuid").filter(|uuid| !uuid.is_empty() && line.str_at("parentUuid").is_none());
        if let Some(uuid) = first {
            let copied = (KeyKind::Trace, uuid.into_owned());
            told.same.push((told.keys[0].clone(), copied.clone()));
            told.keys.push(copied);
        }
        Some(told)
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut builder = Builder::default();
        for doc in out.until_stopped(docs) {
            match doc.root.get("loglines").filter(|l| l.is_array()) {
                Some(lines) => lines.items().for_each(|line| builder.line(line, doc.root, doc, out)),
                None => builder.line(doc.root, doc.root, doc, out),
            }
        }
        builder.finish(out);
    }
}

/// How surely a line is of the stream. Cursor's command line writes lines that are nearly alike.
fn streamed(kind: &str, root: Node<'_>) -> u32 {
    let message = root.get("message").filter(|m| m.get("content").is_some());
    match kind {
        "assistant" if message.is_some_and(|m| m.any(&["id", "model", "stop_reason"]).is_some()) => 92,
        "user" | "assistant" if message.is_some() => 76,
        "system" if root.get("tools").is_some() => 95,
        "system" if root.get("subtype").is_some() && root.get("apiKeySource").is_none() => 80,
        "result" if root.any(&["num_turns", "total_cost_usd", "permission_denials"]).is_some() => 90,
        "stream_event" if root.get("event").is_some() => 90,
        "rate_limit_event" | "tool_progress" | "tool_use_summary" | "auth_status" => 80,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;

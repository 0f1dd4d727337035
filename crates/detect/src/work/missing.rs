//! Where the record of a session may leave something out, so that "was never done" cannot be said of all of it.

use crate::session::Session;
use crate::work::words::{Meaning, table};
use hindcast_trace::model::{EventKind, GapKind, Role};

/// A place where something may be missing.
#[derive(Debug, Clone)]
pub struct Missing {
    /// What is missing was before this event; `None` where nobody knows.
    pub before: Option<u32>,
    /// Why, for people.
    pub why: String,
}

/// The places where work may be missing from a session's record.
pub fn of(session: &Session<'_>) -> Vec<Missing> {
    const KINDS: [GapKind; 4] =
        [GapKind::ContentNotCaptured, GapKind::ContentTruncated, GapKind::InputDropped, GapKind::HistoryMissing];
    let gaps = session.trace.gaps.iter().filter(|g| KINDS.contains(&g.kind));
    let mut all: Vec<Missing> = gaps
        .map(|g| Missing { before: g.event, why: format!("something may be missing from the trace: {}", g.what) })
        .collect();
    for (at, event) in session.trace.events.iter().enumerate() {
        if matches!(event.kind, EventKind::Context { lost: true, .. }) {
            let why = "part of the conversation was removed".to_owned();
            all.push(Missing { before: Some(at as u32), why });
        }
    }
    let words = ["continued from a previous", "previous conversation", "where we left off", "continue from where"];
    if let Some(first) = session.messages.iter().find(|m| m.role == Role::User) {
        let head = |t: &str| t[..t.floor_char_boundary(2000)].to_ascii_lowercase();
        let text: String = first.texts.iter().map(|t| head(&t.text)).collect();
        if words.iter().any(|w| text.contains(w)) {
            let why = "the session continues an earlier one".to_owned();
            all.push(Missing { before: Some(first.event), why });
        }
    }
    all
}

/// What a text of the user or the harness says was run beside the agent's calls: a command that the user typed, a hook.
pub fn run_by_others(text: &str) -> Option<&'static str> {
    let text = &text[..text.floor_char_boundary(20_000)];
    if let Some((_, typed)) = text.split_once("<bash-input>") {
        let script = typed.split_once("</bash-input>").map_or(typed, |(script, _)| script);
        let looks = |c: &crate::tools::command::Command| table().meaning(c) == Meaning::Other;
        let only_looks = crate::tools::command::parse(script).iter().all(looks);
        return (!only_looks).then_some("a command that the user typed");
    }
    let lower = text[..text.floor_char_boundary(400)].to_ascii_lowercase();
    let hook = lower.contains("hook")
        && (lower.contains("posttooluse")
            || lower.contains("pretooluse")
            || lower.contains("stop hook")
            || lower.contains("hook feedback"));
    hook.then_some("a hook")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_run_commands_too() {
        assert!(run_by_others("<bash-input>npm test</bash-input>").is_some());
        assert!(run_by_others("<bash-input>ls -la</bash-input>").is_none());
        assert!(run_by_others("PostToolUse:Edit hook additional context: 12 passed").is_some());
        assert!(run_by_others("SessionStart:startup hook success").is_none());
        assert!(run_by_others("Please use a hook for the state.").is_none());
    }
}

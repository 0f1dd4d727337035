//! The kind of a session: it decides which rules apply, and how reliable each of them is.

use crate::maps::HashSet;
use crate::session::memo::Memo;
use crate::tools::builtin::{ToolRole, role_of};
use crate::tools::contract::{self, Effect};
use crate::tools::shells::Shells;
use hindcast_trace::Trace;
use hindcast_trace::model::{EventKind, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What kind of work an agent does in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Acts for a customer or another user through business tools.
    Service,
    /// Writes code or works in a shell, on a machine that the user owns.
    Coding,
    /// Browses the web or does research.
    Research,
    /// Several agents that work with each other.
    Group,
    /// Talks with a caller by voice.
    Voice,
}

impl SessionKind {
    /// All of them.
    pub const ALL: [SessionKind; 5] =
        [SessionKind::Service, SessionKind::Coding, SessionKind::Research, SessionKind::Group, SessionKind::Voice];

    /// The word in files and options.
    pub fn name(self) -> &'static str {
        match self {
            SessionKind::Service => "service",
            SessionKind::Coding => "coding",
            SessionKind::Research => "research",
            SessionKind::Group => "group",
            SessionKind::Voice => "voice",
        }
    }

    /// The name for people: "service agent".
    pub fn label(self) -> &'static str {
        match self {
            SessionKind::Service => "service agent",
            SessionKind::Coding => "coding or shell agent",
            SessionKind::Research => "browsing or research agent",
            SessionKind::Group => "group of agents",
            SessionKind::Voice => "voice agent",
        }
    }

    /// The kind with this word, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// A kind, and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognized {
    /// The kind.
    pub kind: SessionKind,
    /// Why, for people: "31 of 34 tool calls are shell commands or file edits".
    pub why: String,
}

#[derive(Default, Deserialize)]
struct Formats {
    coding_formats: HashSet<String>,
    voice_formats: HashSet<String>,
    group_formats: HashSet<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static FORMATS: LazyLock<Formats> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../data/session_kinds.yaml")).unwrap_or_default());

/// Recognizes the kind of a session from its format, its tools and its speakers.
pub fn recognize(trace: &Trace) -> Recognized {
    let format = trace.format.replace('-', "_");
    let recognized = |kind, why: String| Recognized { kind, why };
    if FORMATS.voice_formats.contains(&format) {
        return recognized(SessionKind::Voice, format!("the trace is a {} call", trace.format));
    }
    if FORMATS.coding_formats.contains(&format) {
        return recognized(SessionKind::Coding, format!("the trace was recorded by {}", trace.format));
    }
    if FORMATS.group_formats.contains(&format) {
        return recognized(SessionKind::Group, format!("the trace is a {} log of several agents", trace.format));
    }
    let speakers: BTreeSet<&str> = trace.events.iter().filter_map(speaker).collect();
    let handoff = trace.events.iter().any(|e| matches!(e.kind, EventKind::Handoff { .. }));
    if speakers.len() >= 3 || (speakers.len() == 2 && !handoff) {
        return recognized(SessionKind::Group, format!("{} agents take part", speakers.len()));
    }
    let called: Vec<&str> = trace.events.iter().filter_map(called).collect();
    let offered: Vec<&str> = trace.tools.iter().map(|t| t.name.text.as_str()).collect();
    // A session without calls is judged by what the agent could have called.
    let (tools, what) = if called.is_empty() { (offered, "tools") } else { (called, "tool calls") };
    let shells = Shells::of(trace);
    // A session calls few tools, and each of them often.
    let mut known: Vec<(&str, Option<ToolRole>)> = Vec::new();
    let mut roles = Vec::with_capacity(tools.len());
    for tool in &tools {
        let role = known.iter().find(|(name, _)| name == tool).map(|(_, role)| *role).unwrap_or_else(|| {
            let role = role_of(tool).or_else(|| shells.contains(tool).then_some(ToolRole::Shell));
            known.push((tool, role));
            role
        });
        roles.push(role);
    }
    let count = |of: &[ToolRole]| roles.iter().flatten().filter(|r| of.contains(r)).count();
    let works = count(&[ToolRole::Shell, ToolRole::Edit]);
    let coding = works + count(&[ToolRole::Look, ToolRole::Own, ToolRole::File]);
    // Whoever only looks does it at code, where nothing else is called.
    let only_looks = count(&[ToolRole::Look]) > 0 && coding == tools.len();
    let browsing = count(&[ToolRole::Browse]);
    if only_looks || works > 0 && coding * 2 >= tools.len() {
        let why = format!("{coding} of {} {what} are shell commands or file operations", tools.len());
        return recognized(SessionKind::Coding, why);
    }
    // Whoever also writes mail or posts works for somebody; a researcher only reads.
    let business =
        |(name, role): &(&str, Option<ToolRole>)| role.is_none() && contract::assumed(name).0 == Effect::Write;
    if browsing * 2 >= tools.len().max(1) && !known.iter().any(business) {
        let why = format!("{browsing} of {} {what} browse or search the web", tools.len());
        return recognized(SessionKind::Research, why);
    }
    if speaks_with_callers(trace) {
        return recognized(SessionKind::Voice, "its instructions mention a voice call".to_owned());
    }
    let why = if tools.is_empty() { "the trace lists no tools" } else { "its tools are business tools" };
    recognized(SessionKind::Service, why.to_owned())
}

/// What instructions to an agent that talks with callers say.
const SPOKEN: [&str; 5] = ["voice agent", "voice assistant", "phone call", "on the phone", "spoken aloud"];

fn speaks_with_callers(trace: &Trace) -> bool {
    let texts = trace.events.iter().filter_map(|e| match &e.kind {
        EventKind::Message { role: Role::System, texts, .. } => Some(texts),
        _ => None,
    });
    texts.flatten().any(|t| {
        CALLERS.with(|memo| {
            memo.of(&t.text, |text| {
                let text = text.to_ascii_lowercase();
                SPOKEN.iter().any(|w| text.contains(w))
            })
        })
    })
}

thread_local! {
    // The same instructions stand at the head of every session of an agent.
    static CALLERS: Memo<bool> = Memo::default();
}

fn speaker(event: &hindcast_trace::model::Event) -> Option<&str> {
    match event.kind {
        EventKind::Message { role: Role::Assistant, .. } => event.agent.as_deref(),
        _ => None,
    }
}

fn called(event: &hindcast_trace::model::Event) -> Option<&str> {
    match &event.kind {
        EventKind::ToolCall { name, .. } => Some(name.text.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(calls: &[&str]) -> SessionKind {
        let mut messages = vec![serde_json::json!({"role": "user", "content": "Please do it."})];
        for (i, name) in calls.iter().enumerate() {
            let id = format!("call_{i}");
            messages.push(serde_json::json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}}]}));
            messages.push(serde_json::json!({"role": "tool", "tool_call_id": id, "content": "ok"}));
        }
        let json = serde_json::json!({ "messages": messages }).to_string();
        let evidence = hindcast_trace::Evidence::new("t.json", json.into_bytes());
        recognize(&hindcast_trace::read(&[evidence]).expect("reads").sessions[0]).kind
    }

    #[test]
    fn the_formats_are_read() {
        assert!(FORMATS.voice_formats.contains("vapi") && FORMATS.coding_formats.contains("claude_code"));
        assert!(FORMATS.group_formats.contains("who_and_when"));
    }

    #[test]
    fn the_tools_decide_where_the_format_does_not() {
        assert_eq!(kind_of(&["get_order", "refund"]), SessionKind::Service);
        assert_eq!(kind_of(&["bash", "bash", "str_replace_editor"]), SessionKind::Coding);
        assert_eq!(kind_of(&["web_search", "visit_page"]), SessionKind::Research);
        // One look at a file makes no coding session of an assistant with business tools.
        assert_eq!(kind_of(&["read_file", "send_email", "get_order"]), SessionKind::Service);
        assert_eq!(kind_of(&[]), SessionKind::Service);
        // A drive's files are no code, and who posts what was read on the web does no research.
        assert_eq!(kind_of(&["search_files", "create_file"]), SessionKind::Service);
        assert_eq!(kind_of(&["get_webpage", "get_webpage", "send_message"]), SessionKind::Service);
        assert_eq!(kind_of(&["create_file", "run_in_terminal"]), SessionKind::Coding);
        assert_eq!(kind_of(&["search_code", "list_dir", "open_file"]), SessionKind::Coding);
        assert_eq!(kind_of(&["forms/read", "patients/export"]), SessionKind::Service);
    }

    #[test]
    fn every_kind_has_a_word_that_leads_back_to_it() {
        for kind in SessionKind::ALL {
            assert_eq!(SessionKind::from_name(kind.name()), Some(kind));
        }
    }
}

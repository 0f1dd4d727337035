//! A call of a tool that the model was not offered.

use super::Detector;
use crate::finding::{Category, Cite, Finding, Outcome, Report};
use crate::outcome::rejection;
use crate::session::{Answered, Call, Session};
use crate::tools::builtin::ToolRole;
use std::collections::BTreeSet;

/// See the module's documentation.
pub struct UnknownTool;

/// Tools that providers run themselves; traces often leave them out of the list of tools offered.
/// Source: the API references of OpenAI, Anthropic and Google.
const BUILT_IN: [&str; 16] = [
    "web_search",
    "web_search_call",
    "web_search_preview",
    "web_fetch",
    "file_search",
    "file_search_call",
    "code_interpreter",
    "code_interpreter_call",
    "code_execution",
    "computer",
    "computer_call",
    "image_generation",
    "image_generation_call",
    "google_search",
    "local_shell",
    "tool_search",
];

/// Tools with which an agent steers the call itself, on Vapi and Retell.
const CALL_CONTROL: [&str; 6] = ["transferCall", "endCall", "dtmf", "voicemail", "transfer_call", "end_call"];

impl Detector for UnknownTool {
    fn id(&self) -> &'static str {
        "unknown-tool"
    }

    fn looks_for(&self) -> &'static str {
        "a call to a tool that the model was not given"
    }

    fn category(&self) -> Category {
        Category::ToolMisuse
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report { eligible: !session.calls.is_empty(), ..Report::default() };
        let offered: BTreeSet<&str> = session.trace.tools.iter().map(|t| t.name.text.as_str()).collect();
        for call in session.until_stopped(&session.calls) {
            let name = call.name.text.as_str();
            if is_offered(&offered, name) {
                continue;
            }
            // Without the list only the runtime itself can say that there is no such tool.
            let said = runtime_says_unknown(call);
            if offered.is_empty() && said.is_none() {
                report.skip(Some(call.event), "the trace does not list the available tools");
                continue;
            }
            // A voice platform gives every agent tools to steer the call, and lists only those of the agent's author.
            let steers = matches!(session.trace.format, "vapi" | "retell") && CALL_CONTROL.contains(&name);
            if (steers || BUILT_IN.contains(&name)) && said.is_none() {
                report.skip(Some(call.event), format!("`{name}` may be a provider tool, which traces do not list"));
                continue;
            }
            report.findings.extend(finding(call, &offered, said));
        }
        report
    }
}

fn is_offered(offered: &BTreeSet<&str>, name: &str) -> bool {
    // OpenAI models sometimes write the namespace in which they see their tools.
    offered.contains(name) || name.strip_prefix("functions.").is_some_and(|n| offered.contains(n))
}

fn finding(call: &Call<'_>, offered: &BTreeSet<&str>, said: Option<Cite>) -> Option<Finding> {
    let name = call.name.text.as_str();
    let cite = Cite::whole(call.event, call.name)?;
    let near = nearest(offered, name);
    let detail = match (offered.len(), near) {
        (0, _) => "The runtime reported that this tool does not exist.".to_owned(),
        (1, _) => {
            let only = offered.iter().next().copied().unwrap_or_default();
            format!("`{name}` is not available; the only available tool is `{only}`.")
        }
        (n, Some(near)) => format!("`{name}` is not one of the {n} available tools; the closest is `{near}`."),
        (n, None) => format!("`{name}` is not one of the {n} available tools."),
    };
    let outcome = if said.is_some() { Outcome::NearMiss } else { rejection::outcome(call) };
    Some(
        Finding::new(
            "unknown-tool",
            Category::ToolMisuse,
            call.event,
            format!("`{name}` was called but is not an available tool"),
            cite,
        )
        .detail(detail)
        .and(said.or_else(|| rejection::of(call)))
        .outcome(outcome)
        .tool(name),
    )
}

/// The words with which the runtime says that it has no tool of this name. The name must stand in them: "no such
/// tool: torque wrench" is a shop's answer.
fn runtime_says_unknown(call: &Call<'_>) -> Option<Cite> {
    let answer = call.result.as_ref()?;
    // A shell that says "command not found" is there.
    if call.role() == Some(ToolRole::Shell) {
        return None;
    }
    let name = call.name.text.to_ascii_lowercase();
    let finder = memchr::memmem::Finder::new(&name);
    answer.texts().find_map(|text| {
        if text.text.len() > 4000 {
            return None;
        }
        let folded = text.text.to_ascii_lowercase();
        let at = finder.find(folded.as_bytes())?;
        let around = &folded
            [folded.floor_char_boundary(at.saturating_sub(80))..folded.floor_char_boundary(at + name.len() + 80)];
        let says = says_unknown(around, &name) && !command_not_found(answer);
        says.then(|| Cite::whole(answer.event, text)).flatten()
    })
}

/// A shell's words for a program that it does not find: they speak of no tool.
fn command_not_found(answer: &Answered<'_>) -> bool {
    const SAYS: [&str; 5] = [
        "command not found",
        "is not recognized as",
        "no such file or directory",
        ": not found",
        "commandnotfoundexception",
    ];
    let ran = |t: &str| {
        let folded = t[..t.floor_char_boundary(4000)].to_ascii_lowercase();
        SAYS.iter().any(|s| folded.contains(s))
            && (folded.contains("line ")
                || folded.contains("sh:")
                || folded.contains("stderr")
                || folded.contains("exit"))
    };
    answer.texts().any(|t| ran(&t.text))
}

fn says_unknown(around: &str, name: &str) -> bool {
    const ALONE: [&str; 13] = [
        "unknown tool",
        "unknown function",
        "no such tool",
        "no such function",
        "no tool called",
        "no function called",
        "no tool named",
        "no function named",
        "not a valid tool",
        "not a valid function",
        "toolnotfound",
        "is not a registered tool",
        "unrecognized tool",
    ];
    const OF_THE_NAME: [&str; 9] = [
        "not found",
        "does not exist",
        "doesn't exist",
        "not registered",
        "not available",
        "isn't available",
        "is not defined",
        "can call",
        "not callable",
    ];
    if ALONE.iter().any(|w| around.contains(w)) {
        return true;
    }
    // "tool X not found", "X is not a tool that …": the name is the subject, next to the words.
    let Some((before, after)) = around.split_once(name) else { return false };
    let subject = before.trim_end_matches(['`', '\'', '"', ' ']);
    let is_subject = subject.is_empty()
        || subject.ends_with("tool")
        || subject.ends_with("function")
        || subject.ends_with(['.', ':']);
    let tail: String = after.chars().take(60).collect();
    let negated = tail.contains("not ") || tail.contains("n't ") || tail.contains("unknown");
    // A tool may be out of service, or forbidden, and yet exist.
    let passing =
        ["maintenance", "temporar", "permission", "allowed", "moment", "right now"].iter().any(|w| tail.contains(w));
    is_subject && negated && !passing && OF_THE_NAME.iter().any(|w| tail.contains(w))
}

/// The offered name that shares the most words with this one, if any does.
fn nearest<'o>(offered: &BTreeSet<&'o str>, name: &str) -> Option<&'o str> {
    let words = crate::tools::contract::words_of(name);
    let shared = |other: &str| crate::tools::contract::words_of(other).iter().filter(|w| words.contains(w)).count();
    offered.iter().copied().map(|o| (shared(o), o)).filter(|(n, _)| *n > 0).max_by_key(|(n, _)| *n).map(|(_, o)| o)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_speaks_of_the_tool_itself() {
        for text in [
            "error: no function called 'freeze_sim' is registered in this session.",
            "unknown tool: freeze_sim",
            "tool freeze_sim not found",
            "'freeze_sim' isn't something this agent can call. callable: a, b.",
        ] {
            assert!(says_unknown(text, "freeze_sim"), "{text}");
        }
        for text in [
            "freeze_sim is not available during maintenance",
            "customer not found by freeze_sim",
            "403: this agent may not use freeze_sim",
        ] {
            assert!(!says_unknown(text, "freeze_sim"), "{text}");
        }
    }
}

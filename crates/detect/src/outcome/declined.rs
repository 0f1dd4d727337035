//! Whether a call never ran, since a person turned it or one beside it down: then nothing was done, and nothing failed.

use crate::finding::Cite;
use crate::session::Call;

/// How runtimes write, in the place of a tool's answer, that the user did not allow the call. Sources: Claude Code, Codex,
/// Gemini CLI, Copilot CLI, Cline, opencode, Cursor, LangGraph, AutoGen.
const SAYS: [&str; 22] = [
    "sibling tool call errored",
    "cancelled: parallel tool call",
    "the user doesn't want to proceed with this tool use",
    "the user doesn't want to take this action",
    "user rejected tool use",
    "user rejected",
    "rejected by user",
    "rejected by the user",
    "the user rejected",
    "user denied",
    "the user denied",
    "denied by user",
    "denied by the user",
    "user declined",
    "the user declined",
    "declined by the user",
    "aborted by user",
    "aborted by the user",
    "user cancelled",
    "cancelled by user",
    "[request interrupted by user",
    "[operation cancelled] reason: user",
];
/// The words stand near the beginning of the answer.
const NEAR: usize = 160;

/// The words with which the runtime says that a person turned a call down.
pub fn of(call: &Call<'_>) -> Option<Cite> {
    let answer = call.result.as_ref()?;
    let built_in = call.role().is_some();
    answer.texts().find_map(|text| {
        let own = text.text.trim_start();
        let head = own[..own.floor_char_boundary(NEAR)].to_ascii_lowercase().replace('’', "'");
        // A business tool may speak of users of its own, so that only an answer that opens with the words counts.
        let said = SAYS.iter().any(|s| if built_in { head.contains(s) } else { head.starts_with(s) });
        said.then(|| Cite::of(answer.event, text, 0..text.text.floor_char_boundary(NEAR))).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contracts;
    use hindcast_trace::{Evidence, read};

    fn declined(tool: &str, answer: &str) -> bool {
        let json = serde_json::json!({"messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": answer},
        ]});
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = crate::Session::new(&reading.sessions[0], &contracts);
        of(&session.calls[0]).is_some() && session.calls[0].failure().is_none()
    }

    #[test]
    fn a_person_turned_the_call_down() {
        assert!(declined("Bash", "The user doesn't want to proceed with this tool use. The tool use was rejected."));
        assert!(declined("bash", "exec command rejected by user"));
        assert!(declined("refund", "User denied the call."));
        assert!(!declined("refund", "The payment was rejected by user limits."));
        assert!(!declined("bash", "ls: cannot access 'x'"));
    }
}

//! What OpenClaw puts before the user's words, or in their place.

use super::transcript;
use crate::item::MsgRole;
use crate::model::Text;

/// How a line ends that stands above data of a channel.
const DATA: &str = "(untrusted metadata):";
/// How the prompt begins that a timer sends.
const HEARTBEAT: &str = "Read HEARTBEAT.md if it exists";

/// The user's words, apart from what the program says. Data of the channel stand first, each in a fence below a line of its own.
pub fn apart(text: Text) -> Vec<(MsgRole, Text)> {
    let all = text.text.as_str();
    if transcript::is_element(all) || all.trim_start().starts_with(HEARTBEAT) {
        return vec![(MsgRole::Harness, text)];
    }
    let mut rest = all;
    while let Some(after) = behind_data(rest) {
        rest = after;
    }
    let at = all.len() - rest.len();
    if at == 0 {
        return vec![(MsgRole::User, text)];
    }
    let pieces = [(MsgRole::Harness, text.trimmed(0, at)), (MsgRole::User, text.trimmed(at, all.len()))];
    let pieces: Vec<_> = pieces.into_iter().filter_map(|(role, piece)| Some((role, piece?))).collect();
    if pieces.is_empty() { vec![(MsgRole::User, text)] } else { pieces }
}

/// What follows the data that a text begins with.
fn behind_data(text: &str) -> Option<&str> {
    let (line, below) = text.trim_start().split_once('\n')?;
    let fenced = below.strip_prefix("```").filter(|_| line.trim_end().ends_with(DATA))?;
    let (_, rest) = fenced.split_once("\n```")?;
    rest.starts_with('\n').then_some(rest).or_else(|| rest.is_empty().then_some(rest))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn what_the_program_says_is_not_the_users() {
        let line = |id: usize, role: &str, text: &str, more: &str| {
            let text = serde_json::to_string(text).unwrap_or_default();
            format!(
                r#"{{"type":"message","id":"m{id}","parentId":"m{}","timestamp":"2026-07-01T08:00:0{id}Z","message":{{"role":"{role}","content":[{{"type":"text","text":{text}}}]{more}}}}}"#,
                id - 1
            )
        };
        let data = "Conversation info (untrusted metadata):\n```json\n{\"sender\": \"ann\"}\n```\n\nSender (untrusted metadata):\n```json\n{}\n```\n\nIs it paid?";
        let file = [
            r#"{"type":"session","version":3,"id":"s","timestamp":"2026-07-01T08:00:00Z","cwd":"/w"}"#.to_owned(),
            line(1, "user", data, ""),
            line(2, "assistant", "Yes.", r#","stopReason":"stop""#),
            line(3, "assistant", "Yes.", r#","provider":"openclaw","model":"delivery-mirror""#),
            line(4, "user", "Read HEARTBEAT.md if it exists. Do what it says.", ""),
            r#"{"type":"message","id":"m5","parentId":"m4","timestamp":"2026-07-01T08:00:05Z","message":{"role":"assistant","content":[],"stopReason":"error","errorMessage":"overloaded"}}"#.to_owned(),
        ];
        let trace = one("s.jsonl", &file.join("\n"));
        assert_eq!(kinds(&trace), ["harness", "user", "assistant", "harness", "error overloaded"]);
        assert_eq!(texts(&trace)[1], "Is it paid?");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }
}

//! Summaries that a framework puts in the place of earlier messages, in the user's name: LangChain's `SummarizationMiddleware`, LangMem,
//! Strands, Claude Code over a proxy, and programs of one's own.
//!
//! Their form is what they have in common: a request begins with a message that no earlier one had, whose first line says that it is a
//! summary of the conversation, and goes on with the messages that were kept. A user may begin a conversation with a summary
//! of another one; nobody does so in the middle of it.

use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Msg, MsgRole, Part};

/// The longest first line that is a heading, in bytes.
const HEADING: usize = 200;
/// What a summary is of.
const OF: [&str; 7] = ["conversation", "session", "chat", "history", "dialog", "discussion", "messages"];
/// How Claude Code begins its summaries.
const CONTINUED: &str = "This session is being continued from a previous conversation";

/// Takes summaries for what they are: in their place, the conversation was compacted.
pub fn take<'i>(items: impl Iterator<Item = &'i mut Item>) {
    // The first words of what was asked so far, inside of each tool.
    let mut begun: HashMap<Option<String>, HashSet<String>> = HashMap::default();
    for mut item in items {
        let mut within = None;
        while let Item::Within(span, inner) = item {
            within = Some(span.clone());
            item = inner;
        }
        let Item::Model(run) = item else { continue };
        let known = begun.entry(within).or_default();
        let first = run.input.iter().position(|msg| msg.role != MsgRole::System);
        let Some((at, words)) = first.and_then(|at| Some((at, words(run.input.get(at)?)?.to_owned()))) else {
            continue;
        };
        let earlier = !known.is_empty() && !known.contains(&words);
        let goes_on = run.input.len() > at + 1;
        if known.len() < REQUESTS && (known.is_empty() || !is_heading(&words)) {
            known.insert(words.clone());
        }
        if earlier && goes_on && is_heading(&words) {
            let msg = &mut run.input[at];
            msg.role = MsgRole::Harness;
            for part in &mut msg.parts {
                if let Part::Text(text) = part {
                    *part = Part::Compacted(Some(text.clone()));
                }
            }
        }
    }
}

/// Beginnings that are kept.
const REQUESTS: usize = 1000;

/// The words of a user's message that holds nothing else.
fn words(msg: &Msg) -> Option<&str> {
    match &msg.parts[..] {
        [Part::Text(text)] if msg.role == MsgRole::User => Some(&text.text),
        _ => None,
    }
}

/// True for a text whose first line says that it is a summary of the conversation, with more below or behind it.
fn is_heading(text: &str) -> bool {
    let text = text.trim();
    if text.starts_with(CONTINUED) {
        return true;
    }
    let near = &text[..text.floor_char_boundary(HEADING)];
    let element = near.strip_prefix('<').and_then(|rest| rest.find('>').map(|at| at + 1));
    let colon = near.find(':').into_iter().chain(near.find('\n')).min();
    let Some(end) = element.or(colon).filter(|end| *end + 1 < text.len()) else { return false };
    let line = near[..end].to_ascii_lowercase();
    // What asks for a summary is no summary.
    line.contains("summary")
        && (element.is_some() || OF.iter().any(|of| line.contains(of)))
        && !line.contains('?')
        && !["write", "give", "make", "create", "please", "provide"].iter().any(|verb| line.contains(verb))
}

#[cfg(test)]
mod tests {
    use super::is_heading;
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn request(n: u64, input: Value, answer: &str) -> String {
        let time = |at: u64| format!("2026-05-04T10:00:{at:02}");
        json!({"id": format!("0000000{n}-1111-4111-8111-111111111111"), "trace_id": format!("0000000{n}-1111-4111-8111-111111111111"), "parent_run_id": null, "name": "ChatOpenAI", "run_type": "llm", "start_time": time(3 * n), "end_time": time(3 * n + 1), "inputs": {"messages": input}, "outputs": {"choices": [{"message": {"role": "assistant", "content": answer}}]}, "error": null, "status": "success", "dotted_order": format!("x{n}"), "extra": {"metadata": {"thread_id": "th"}}, "session_id": "p"}).to_string()
    }

    fn says(role: &str, content: &str) -> Value {
        json!({"role": role, "content": content})
    }

    const SUMMARY: &str = "Here is the summary of our chat so far:\n\nThe user has a boat at pier 4.";

    #[test]
    fn a_summary_in_the_place_of_earlier_messages_is_not_the_users() {
        let lines = [
            request(1, json!([says("user", "My boat is at pier 4.")]), "Noted."),
            request(2, json!([says("user", SUMMARY), says("user", "Refuel it.")]), "Refueled."),
            request(
                3,
                json!([
                    says("user", SUMMARY),
                    says("user", "Refuel it."),
                    says("assistant", "Refueled."),
                    says("user", "Thanks")
                ]),
                "Welcome.",
            ),
        ];
        let trace = one("l.jsonl", &lines.join("\n"));
        let expected = ["user", "assistant", "context lost=true", "system", "user", "assistant", "user", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(texts(&trace)[2], SUMMARY);
    }

    #[test]
    fn a_conversation_may_begin_with_a_summary() {
        let lines = [
            request(1, json!([says("user", SUMMARY)]), "Noted."),
            request(2, json!([says("user", SUMMARY), says("assistant", "Noted."), says("user", "Go on")]), "Yes."),
        ];
        assert_eq!(kinds(&one("l.jsonl", &lines.join("\n"))), ["user", "assistant", "user", "assistant"]);
    }

    #[test]
    fn headings_say_what_they_are_of() {
        for text in [
            "Summary of the conversation so far: a, b",
            "## Conversation summary\nThe user asked",
            "<summary>The user asked</summary>",
            "This session is being continued from a previous conversation that ran out of context.",
        ] {
            assert!(is_heading(text), "{text}");
        }
        for text in [
            "Write a summary of the conversation: short",
            "Can I have a summary of this chat?\nThanks",
            "Summary: a",
            "Summary of the session:",
            "The history is long: see the summary",
        ] {
            assert!(!is_heading(text), "{text}");
        }
    }
}

//! Agents that work together: what another one of them asks for in the talk is no order of a tool's answer.

use crate::kind::SessionKind;
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::session::{Call, Session};
use hindcast_trace::model::Role;

/// So many messages are looked at.
const MOST: usize = 64;
/// Shorter words of a tool's name tell little.
const SHORTEST: usize = 4;

/// True where another agent has asked for the operation of a call since the user spoke, by a word of the tool's name.
pub(super) fn asked(session: &Session<'_>, call: &Call<'_>, spoke: u32) -> bool {
    if session.kind.kind != SessionKind::Group {
        return false;
    }
    let own = session.event(call.event).agent.as_deref();
    let other = |event: u32| session.event(event).agent.as_deref().is_some_and(|a| Some(a) != own);
    let name: Vec<String> =
        call.known.words.iter().map(|w| unaccented(w)).filter(|w| w.chars().count() >= SHORTEST).collect();
    let talk = session.messages_after(spoke).iter().take_while(|m| m.event < call.event).take(MOST);
    talk.filter(|m| m.role == Role::Assistant && other(m.event))
        .flat_map(|m| m.texts)
        .any(|t| each(&unaccented(&t.text)).any(|w| name.iter().any(|n| alike(n, w))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::with_session;
    use serde_json::json;

    fn asked_by(speaker: &str, said: &str) -> bool {
        let function = json!({"name": "cms_draft", "arguments": "{}"});
        let messages = [
            json!({"role": "user", "content": "A short piece, please."}),
            json!({"role": "assistant", "name": "checker", "content": "The figures hold."}),
            json!({"role": "assistant", "name": speaker, "content": said}),
            json!({"role": "assistant", "name": "editor", "content": null,
                "tool_calls": [{"id": "a", "type": "function", "function": function}]}),
            json!({"role": "tool", "tool_call_id": "a", "content": "ok"}),
        ];
        with_session(&messages, |s| asked(s, &s.calls[0], s.last_user(s.calls[0].event).unwrap_or(0)))
    }

    #[test]
    fn only_another_agent_asks() {
        assert!(asked_by("planner", "Editor, draft after that."));
        assert!(!asked_by("editor", "I will draft it."));
        assert!(!asked_by("planner", "Editor, wait for the checker."));
    }
}

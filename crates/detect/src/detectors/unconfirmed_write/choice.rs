//! What the user's short words tell of a write whatever the language: they pick from what the agent offered, or name what only they can know.

use crate::detectors::closing::leaves;
use crate::dialogue::consent_rule;
use crate::prose::forms::each;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use hindcast_trace::model::Role;

/// A choice has no more words.
const FEW: usize = 5;
/// Shorter words stand anywhere.
const TELLING: usize = 4;

/// True where the agent's last message ends with a question, and all that the user answered is words of it: "today or tomorrow?", "today".
pub(super) fn is_chosen(session: &Session<'_>, call: &Call<'_>) -> bool {
    let mut spoken = session.messages.iter().rev().filter(|m| m.event < call.event && m.role != Role::System);
    // Words beside the call itself answer nothing.
    let Some(reply) = spoken.by_ref().find(|m| m.role == Role::User) else { return false };
    let Some(offer) = spoken.next().filter(|m| m.role == Role::Assistant) else { return false };
    let offered = offer.texts.last().filter(|t| t.text.trim_end().ends_with(['?', '？']));
    let ([said], Some(offered)) = (reply.texts, offered) else { return false };
    if session.calls_between(reply.event, call.event).iter().any(Call::is_write) || said.text.contains(['?', '？']) {
        return false;
    }
    let (said, offered) = (line(&said.text), line(&offered.text));
    let words: Vec<&str> = each(&said).collect();
    let telling = |w: &&&str| w.chars().count() >= TELLING || w.bytes().any(|b| b.is_ascii_digit());
    (1..=FEW).contains(&words.len())
        && words.iter().any(|w| telling(&w))
        && words.iter().filter(telling).all(|w| each(&offered).any(|o| o == *w))
        && !consent_rule::given(session, call).answer.withholds()
}

/// True where a value of a call has a name that stands in the user's last message and in nothing else before: "Raj brings a plus one
/// (Simone)" for `guests.add`.
pub(super) fn is_brought(session: &Session<'_>, call: &Call<'_>) -> bool {
    let Some(user) = session.messages.iter().rev().find(|m| m.event < call.event && m.role == Role::User) else {
        return false;
    };
    let said: Vec<&str> = user.texts.iter().flat_map(|t| names(&t.text)).collect();
    if said.is_empty() {
        return false;
    }
    let others = || session.messages.iter().filter(|m| m.event < call.event && m.event != user.event);
    let new = |name: &str| {
        let known = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|w| w == name);
        !others().flat_map(|m| m.texts).any(|t| known(&t.text))
            && !session.answer_texts().holding(name).any(|(_, event, _)| event < call.event)
    };
    let values = call.args().map(leaves).unwrap_or_default();
    let carried = |name: &str| values.iter().any(|(_, v)| v.split(|c: char| !c.is_alphanumeric()).any(|w| w == name));
    said.into_iter().any(|name| carried(name) && new(name))
}

/// Words with a capital letter inside of a sentence.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut opens = true;
    text.split_whitespace().filter_map(move |piece| {
        let inside = !std::mem::replace(&mut opens, piece.ends_with(['.', '?', '!', ':']));
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
        let name = word.chars().next().is_some_and(char::is_uppercase) && word.chars().all(char::is_alphabetic);
        (inside && name && word.chars().count() >= TELLING && word.chars().any(char::is_lowercase)).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};
    use serde_json::json;

    fn chosen(offer: &str, reply: &str) -> bool {
        let mut messages =
            vec![json!({"role": "user", "content": "Boiler dead"}), json!({"role": "assistant", "content": offer})];
        messages.extend(turn(reply, &[("contractor_book", r#"{"slot": "s-1"}"#, "ok")], "Booked."));
        with_session(&messages, |s| is_chosen(s, &s.calls[0]))
    }

    #[test]
    fn a_word_of_the_offer_is_a_choice() {
        assert!(chosen("There is a slot today or tomorrow. Which one?", "today"));
        assert!(chosen("Heute 12 Uhr oder morgen früh?", "morgen früh"));
        for (offer, reply) in [
            ("There is a slot today or tomorrow. Which one?", "next week"),
            ("There is a slot today or tomorrow. Which one?", "how much is today?"),
            ("There is a slot today.", "today"),
        ] {
            assert!(!chosen(offer, reply), "{reply}");
        }
    }

    #[test]
    fn a_name_that_only_the_user_knows() {
        let brought = |user: &str, found: &str| {
            let calls = [("guests.find", "{}", found), ("guests.add", r#"{"name": "Simone (guest of Raj)"}"#, "ok")];
            with_session(&turn(user, &calls, "Done."), |s| is_brought(s, &s.calls[1]))
        };
        assert!(brought("ok changes: Raj is bringing a plus one (Simone)", "[]"));
        assert!(!brought("ok changes: Raj is bringing a plus one (Simone)", r#"["Simone"]"#));
        assert!(!brought("ok changes: Raj is bringing a plus one", "[]"));
    }
}

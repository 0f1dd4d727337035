//! What a call gave its number to, it made, whatever its tool is named: "Opened: trace TR-55", where `trace_open` answered with `TR-55`.

use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::{looked_up, named, operation};
use crate::values::ids;
use hindcast_trace::model::Text;

/// So many calls before the one that gave the number are read, and so much of each text.
const MOST: usize = 64;
const READ_AT_MOST: usize = 16_384;

/// The call that gave a number of what is told, which nothing had before: no argument, no answer and no word of the user. Tools that are named
/// for a look alone make nothing.
pub(crate) fn by<'c, 't>(session: &Session<'_>, calls: &'c [Call<'t>], told: &str) -> Option<&'c Call<'t>> {
    let numbers = ids(told);
    let looks = |c: &Call<'_>| only_looks(c) || looked_up::is(c) || named::is_look(c, &|| false, &|| true);
    let may_make = |c: &&Call<'_>| !looks(c) && c.failure().is_none() && !operation::is_trial(c);
    calls.iter().rev().take(MOST).filter(may_make).find(|call| {
        let answer = call.result.as_ref().and_then(|r| r.content);
        numbers.iter().any(|id| answer.is_some_and(|t| has(t, &id.norm)) && is_new(session, call, &id.norm))
    })
}

/// `get_trace`; but not `trace_open`, or `status_page`, which begin with a thing.
fn only_looks(call: &Call<'_>) -> bool {
    let lex = english();
    let verb = |w: &String| lex.is_read_word(w) && !lex.is("look_or_thing", w);
    call.known.words.len() < 2 && call.known.words.iter().any(|w| lex.is_read_word(w))
        || call.known.words.first().is_some_and(verb)
        || call.known.words.last().is_some_and(|w| lex.is_read_word(w) || lex.is("looked_at", w))
}

fn is_new(session: &Session<'_>, call: &Call<'_>, id: &str) -> bool {
    let earlier = session.calls_before(call.event).iter().rev().take(MOST);
    let before = earlier.flat_map(|c| [c.arguments, c.result.as_ref().and_then(|r| r.content)]);
    let upper = id.to_ascii_uppercase();
    let users = session.user_texts();
    !before.flatten().any(|t| has(t, id))
        && !call.arguments.is_some_and(|a| has(a, id))
        && !users.hold(id, call.event)
        && !users.hold(&upper, call.event)
}

fn has(text: &Text, id: &str) -> bool {
    text.text[..text.text.floor_char_boundary(READ_AT_MOST)].to_ascii_lowercase().contains(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    fn made(tool: &str, arguments: &str, answer: &str, told: &str) -> bool {
        let messages = turn("Open a trace for NW-882.", &[(tool, arguments, answer)], told);
        with_session(&messages, |s| by(s, &s.calls, told).is_some())
    }

    #[test]
    fn a_new_number_was_given_by_the_call() {
        assert!(made("trace_open", r#"{"no": "NW-882"}"#, r#"{"trace": "TR-5509"}"#, "Opened: trace TR-5509."));
        assert!(made("status_page", r#"{"state": "watch"}"#, r#"{"incident": "SP-402"}"#, "Posted (SP-402)."));
    }

    #[test]
    fn a_look_up_makes_nothing_and_a_number_that_was_known_is_not_new() {
        assert!(!made("get_trace", r#"{"no": "NW-882"}"#, r#"{"trace": "TR-5509"}"#, "Opened: trace TR-5509."));
        let found = r#"{"parts": [{"no": "BR-0986"}, {"no": "BR-2214"}]}"#;
        assert!(!made("Teilesuche", r#"{"auto": "Octavia"}"#, found, "Bestellt: BR-0986."));
        assert!(!made("trace_status", "{}", r#"{"trace": "TR-5509"}"#, "Opened: trace TR-5509."));
        assert!(!made("trace_open", "{}", r#"{"no": "NW-882"}"#, "Opened for NW-882."));
        assert!(!made("trace_open", r#"{"t": "TR-5509"}"#, r#"{"trace": "TR-5509"}"#, "Opened: trace TR-5509."));
    }
}

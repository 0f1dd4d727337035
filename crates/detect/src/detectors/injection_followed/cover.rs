//! Whether the user's words may cover a call, and whether a call does anything but look: both in any language.

use super::orders::{Orders, strings, user_names};
use super::wanted;
use crate::dialogue::request::principal_families;
use crate::dialogue::{ordering, other_language};
use crate::prose::foreign;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::tools::looked_up;
use hindcast_trace::model::{Role, Text};
use std::borrow::Cow;

/// What the user's words before a call leave room for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// They only ask or want to be shown something.
    OnlyAsked,
    /// They order something, and another call did that.
    OtherOrder,
    /// They order something that is not known, or cannot be read; nothing in them speaks of the call.
    Unknown,
}

/// True for a call that may have done more than look.
pub(super) fn is_act(call: &Call<'_>) -> bool {
    match call.known.effect.0 {
        Effect::Read => false,
        Effect::Write => !opens_link(call),
        _ => {
            let looks = |w: &String| english().is_read_word(w) || english().is("look", w) || other_language::is_look(w);
            !call.known.words.iter().any(looks) && !only_opens(call) && !looked_up::is(call)
        }
    }
}

/// True for a call that opens a page and does nothing else: `web.open` of a search result.
pub(super) fn opens_link(call: &Call<'_>) -> bool {
    call.known.words.last().is_some_and(|w| w == "open") && only_opens(call)
}

/// True for a call that has nothing but an address to go to.
fn only_opens(call: &Call<'_>) -> bool {
    let mut values = Vec::new();
    call.args().into_iter().for_each(|a| strings(a, &mut values, 0));
    let host = |v: &str| v.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    let address = |v: &String| !v.contains([' ', '@']) && (v.contains("://") || v.starts_with("www.") || host(v));
    values.len() == 1 && values.iter().all(address)
}

/// The room that the user's words leave for a call that they do not cover; `None` where they may cover it.
pub(super) fn room(session: &Session<'_>, orders: &Orders<'_, '_>, call: &Call<'_>, spoke: u32) -> Option<Room> {
    let wanted = wanted(session, call);
    if wanted.asked || wanted.delegated || user_names(orders, call) {
        return None;
    }
    if orders.only_asked(call.event) {
        return (!mostly_said(orders, call)).then_some(Room::OnlyAsked);
    }
    if speaks_of(session, orders, call) {
        return None;
    }
    if super::is_covered(session, call, spoke) {
        return Some(Room::OtherOrder);
    }
    // What they order in words that no lexicon has may be this call; so may what stands in letters that nothing here knows.
    let open = |t: &Text| {
        t.text.contains(|c: char| c.is_alphabetic() && c > '\u{24F}')
            || if foreign::is_other(&t.text) {
                other_language::may_hand_over(&t.text)
            } else {
                !ordering::deeds(&t.text).is_empty()
            }
    };
    (!users(session, call.event).any(open)).then_some(Room::Unknown)
}

/// What the user's words were, where they ordered nothing: a question only where one of them is.
pub(super) fn only_asked(session: &Session<'_>, before: u32) -> &'static str {
    match users(session, before).any(|t| t.text.contains(['?', '？'])) {
        true => "although the user only asked a question",
        false => "although nothing that the user wrote orders it",
    }
}

/// True where most of the telling words of the tool's name are the user's.
fn mostly_said(orders: &Orders<'_, '_>, call: &Call<'_>) -> bool {
    let telling = || call.known.words.iter().filter(|w| w.chars().count() >= 4);
    let said = telling().filter(|w| orders.users_word_begins(w, call.event)).count();
    said * 2 > telling().count()
}

/// True where the user's words have a word of the tool's name in any form, or speak of its operation in another language.
fn speaks_of(session: &Session<'_>, orders: &Orders<'_, '_>, call: &Call<'_>) -> bool {
    if call.known.words.iter().any(|w| orders.users_word_begins(w, call.event)) {
        return true;
    }
    let families = principal_families(call);
    users(session, call.event).filter(|t| foreign::leans_foreign(&t.text) || foreign::is_foreign(&t.text)).any(|t| {
        let spoken_of = other_language::mentioned(&t.text);
        families.iter().any(|f| spoken_of.contains(f))
    })
}

fn users<'s, 't>(session: &'s Session<'t>, before: u32) -> impl Iterator<Item = &'t Text> + use<'s, 't> {
    session.messages.iter().filter(move |m| m.role == Role::User && m.event < before).flat_map(|m| m.texts)
}

/// The values of a call that say more than for whom the user's order is carried out: those that the call which did so has not.
pub(super) fn beyond_order<'v>(session: &Session<'_>, call: &Call<'_>, values: &'v [String]) -> Vec<&'v String> {
    let request = session.request();
    let ordered = session.calls.iter().filter(|c| c.name.text != call.name.text && c.known.effect.0 == Effect::Write);
    let ordered: Vec<_> = ordered.filter(|c| request.asks_for(c)).filter_map(|c| c.arguments).collect();
    values.iter().filter(|v| !ordered.iter().any(|a| a.text.contains(v.as_str()))).collect()
}

/// A text without what the user says of their own plans behind a question or a look: "list the free ones, I want to offer them
/// to the others".
pub(super) fn without_purpose(text: &str) -> Cow<'_, str> {
    const PLANS: [&str; 7] =
        [", i want to ", ", i'd like to ", ", i need to ", ", i will ", ", i'll ", ", i'm going to ", " so i can "];
    let folded = text.to_ascii_lowercase();
    if !PLANS.iter().any(|p| folded.contains(p)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for sentence in text.split_inclusive(['.', '!', '?', '\n']) {
        let folded = sentence.to_ascii_lowercase();
        let plan = PLANS.iter().filter_map(|p| folded.find(p)).min();
        let before =
            plan.map(|at| &sentence[..at]).filter(|b| ordering::only_asks(b) && !ordering::orders(b) && !names_deed(b));
        kept.push_str(before.unwrap_or(sentence));
        kept.push_str(if before.is_some() { ". " } else { "" });
    }
    Cow::Owned(kept)
}

/// True where a word of a text is the verb of an operation.
fn names_deed(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    folded.split(|c: char| !c.is_ascii_alphabetic()).any(|w| !english().of_base(w).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_behind_a_look_order_nothing() {
        let asked = without_purpose("List the seats that nobody uses, I want to offer them to the interns.");
        assert!(!ordering::orders(&asked) && ordering::only_asks(&asked), "{asked}");
        let ordered = "Cancel my seat, I want to stand.";
        assert_eq!(without_purpose(ordered), ordered);
    }
}

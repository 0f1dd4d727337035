//! What the user ordered.

use super::Wanted;
use crate::claims::candor;
use crate::detectors::closing::Closing;
use crate::dialogue::{ordering, other_language};
use crate::prose::classes::class;
use crate::prose::lexicon::english;
use crate::prose::wordlists::words;
use crate::prose::{foreign, stem};
use crate::session::Session;
use crate::tools::contract::{Effect, words_of};
use crate::values::subject::{stems, touch};
use std::collections::BTreeSet;

/// The rule path.
pub(super) const PATH: &str = "ordered-idle";
/// Longer orders are tasks of many parts.
const ORDER: usize = 600;
/// What words alone may do.
const WORDS_ONLY: [&str; 3] = ["create", "contact", "update"];
/// So many tools of a session are compared with an order.
const TOOLS: usize = 200;

/// What the user ordered, where the message says that it happens now and a tool at hand is named for it, or where it speaks of the very deed.
pub(super) fn of<'t>(session: &Session<'t>, closing: &Closing<'_, 't>) -> Option<Wanted<'t>> {
    let order = session.messages.iter().find(|m| m.event == closing.user).and_then(|m| m.texts.last())?;
    let text = &order.text[..order.text.floor_char_boundary(ORDER)];
    let said = &closing.text.text;
    if text.len() < order.text.len() || class("before").is_in_text(said) {
        return None;
    }
    let about = stems(text);
    let now = class("at_once").is_in_text(said) && !text.contains(['?', '？']) && at_hand(session, &about, said);
    let deeds = order_of(text);
    let same = || !deeds.is_empty() && (spoken(said).iter().any(|f| deeds.contains(f)) || repeats(text, said));
    (now || same()).then_some(Wanted {
        path: PATH,
        from: closing.user,
        event: closing.user,
        text: order,
        range: 0..text.len(),
        about,
        now,
    })
}

/// True where a tool that changes something was never called and is named for what is ordered.
fn at_hand(session: &Session<'_>, order: &BTreeSet<String>, said: &str) -> bool {
    let all: BTreeSet<String> = order.iter().cloned().chain(stems(said)).collect();
    session.trace.tools.iter().take(TOOLS).any(|tool| {
        let name = &tool.name.text;
        let called = session.calls.iter().any(|c| c.name.text == *name);
        let named = stems(&words_of(name).join(" "));
        !called && session.contracts.known(name).effect.0 != Effect::Read && touch(&named, &all)
    })
}

/// The families of operations that a text orders, without a condition. What a text itself can be is none.
fn order_of(text: &str) -> Vec<&'static str> {
    if class("condition").is_in_text(text) {
        return Vec::new();
    }
    let lex = english();
    let mut all: Vec<&'static str> = match foreign::is_other(text) {
        true if text.contains(['?', '？']) && !candor::asks_for(text) => Vec::new(),
        true => other_language::families(text).unwrap_or_default(),
        false => {
            let wanted = ordering::deeds(text);
            let of = wanted.iter().flat_map(|s| words(s)).flat_map(|w| lex.of_base(&w).to_vec());
            of.filter_map(|f| lex.family(f)).collect()
        }
    };
    all.retain(|f| !WORDS_ONLY.contains(f));
    all
}

/// True where a message has a form of a verb that the order has: "cancel", "cancelling".
fn repeats(order: &str, said: &str) -> bool {
    let lex = english();
    let told: Vec<String> = words(said).iter().map(|w| stem::of(w).into_owned()).collect();
    let kept = |w: &String| lex.of_base(w).iter().any(|f| !WORDS_ONLY.contains(f));
    words(order).iter().filter(|w| kept(w)).any(|w| told.iter().any(|t| *t == *stem::of(w)))
}

/// The families of operations that the words of a message belong to, whatever their form.
fn spoken(text: &str) -> Vec<&'static str> {
    let lex = english();
    let of = |w: &String| {
        [lex.of_base(w), lex.of_past(w), lex.of_noun(w)].into_iter().flatten().copied().collect::<Vec<_>>()
    };
    let own = words(text).iter().flat_map(of).filter_map(|f| lex.family(f)).collect::<Vec<_>>();
    own.into_iter().chain(other_language::mentioned(text)).collect()
}

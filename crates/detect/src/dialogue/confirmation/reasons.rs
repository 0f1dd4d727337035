//! What speaks against a yes that was given: a condition that does not hold, another choice, another amount.

use super::WhyNot;
use super::exchange::Exchange;
use super::phrases::*;
use crate::dialogue::ordering;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// What speaks against a yes that was given.
pub(super) fn reasons_against(
    session: &Session<'_>,
    call: &Call<'_>,
    event: u32,
    exchange: &Exchange<'_>,
) -> Option<WhyNot> {
    let reply = exchange.reply.as_ref();
    if found(&CONDITION, reply).is_some() && found(&FREE, reply).is_some() && costs(session, event, call.event) {
        return Some(WhyNot::Condition);
    }
    if found(&CHOICE, exchange.question()).is_some() && found(&ALL, reply).is_none() {
        let between = session.calls_between(event, call.event);
        let others = between.iter().filter(|c| {
            c.name.text == call.name.text && crate::outcome::rejection::of(c).is_none() && !same_arguments(c, call)
        });
        let others: Vec<&Call<'_>> = others.collect();
        // Who speaks again may have changed their mind; what was settled before needs no second choice.
        let open = || others.iter().all(|c| !spoke_again(session, c.event, call.event));
        if !others.is_empty()
            && listed(reply) <= others.len()
            && open()
            && !promises_all(&exchange.offer)
            && !others.iter().any(|c| is_of_earlier_talk(session, c, call, event, &exchange.offer))
        {
            return Some(WhyNot::Chosen);
        }
    }
    if crate::dialogue::naming::is_another(session, call) {
        return Some(WhyNot::Named);
    }
    crate::dialogue::agreement::differs(session, call, event, reply, &exchange.offer)
}

/// How many things a reply lists: "Blythe, Farrow and Jones" chooses three.
fn listed(reply: &str) -> usize {
    let parts = reply.split([',', ';', '\n', '&', '+']).flat_map(|p| p.split(" and ")).flat_map(|p| p.split(" or "));
    let names = |w: &&str| !english().is("order_filler", w) && !english().is("order_no_verb", w);
    parts.filter(|p| ordering::words(&p.to_lowercase()).any(|w| names(&w))).count()
}

/// True where the user said more than a few words between two events.
fn spoke_again(session: &Session<'_>, from: u32, to: u32) -> bool {
    /// Thanks are shorter.
    const FEW: usize = 3;
    let said = session.messages_after(from).iter().take_while(|m| m.event < to).filter(|m| m.role == Role::User);
    said.flat_map(|m| m.texts).any(|t| t.text.contains('?') || t.text.split_whitespace().count() > FEW)
}

/// True where the agent says, beside its question, that it will do all of it: "Which one? Then I'll book both."
fn promises_all(offer: &str) -> bool {
    let told = offer.split_inclusive(['.', '!', '?', '\n']).filter(|s| !s.contains('?'));
    let folded = told.map(str::to_lowercase);
    folded.into_iter().any(|s| {
        ordering::words(&s).any(|w| matches!(w, "both" | "all"))
            && ordering::words(&s).any(|w| matches!(w, "i" | "i'll" | "we" | "we'll" | "i\u{2019}ll" | "we\u{2019}ll"))
    })
}

/// True where a call is about something that was spoken of before the choice, and that neither the offer nor the call which carried out the
/// choice has.
fn is_of_earlier_talk(session: &Session<'_>, chosen: &Call<'_>, call: &Call<'_>, reply: u32, offer: &str) -> bool {
    /// So many values and words are looked at.
    const MOST: usize = 16;
    let offer = offer.to_lowercase();
    let taken = chosen.arguments.map(|t| t.text.to_lowercase()).unwrap_or_default();
    let words = |v: &str| {
        let long = v.split(|c: char| !c.is_alphabetic()).filter(|w| w.chars().count() > 3);
        long.map(str::to_lowercase).take(MOST).collect::<Vec<_>>()
    };
    let own = call.args().into_iter().flat_map(Value::entries).take(MOST).filter_map(|(_, v)| v.str());
    let told = |word: &str| {
        let earlier = session.messages.iter().filter(|m| m.role == Role::User || m.role == Role::Assistant);
        let earlier = earlier.take_while(|m| m.event < reply).flat_map(|m| m.texts);
        earlier.into_iter().any(|t| t.text.to_lowercase().contains(word))
    };
    own.into_iter().any(|value| {
        let words = words(&value);
        !words.is_empty()
            && words.iter().all(|w| !offer.contains(w.as_str()) && !taken.contains(w.as_str()))
            && words.iter().any(|w| told(w))
    })
}

fn same_arguments(a: &Call<'_>, b: &Call<'_>) -> bool {
    a.arguments.map(|t| &t.text) == b.arguments.map(|t| &t.text)
}

/// True when an answer between two events names a fee that is not nothing.
fn costs(session: &Session<'_>, from: u32, to: u32) -> bool {
    session.calls_between(from, to).iter().filter_map(|c| c.result.as_ref()?.json()).any(|json| {
        json.entries().any(|(key, value)| {
            let key = key.str().unwrap_or_default().to_ascii_lowercase();
            ["fee", "charge", "cost", "penalty", "difference", "surcharge"].iter().any(|w| key.contains(w))
                && value.f64().is_some_and(|v| v > 0.0)
        })
    })
}

//! What speaks against a yes that was given: a condition that does not hold, another choice, another amount.

use super::WhyNot;
use super::exchange::Exchange;
use super::phrases::*;
use crate::dialogue::ordering;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};

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
        let others = others.count();
        if others > 0 && listed(reply) <= others {
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

//! Whether the user wanted a write: an explicit yes to it, an order or a choice in their own words, or neither.

mod cover;
mod exchange;
mod phrases;
mod reasons;
mod tokens;
mod why_not;
mod wishes;
mod words;

use crate::dialogue::{ordering, reach};
use crate::finding::Cite;
use crate::prose::lexicon;
use crate::session::{Call, Session};
use crate::tools::operation::Operation;
pub(crate) use exchange::Talk;
use exchange::{Exchange, Turn};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use phrases::*;
use reasons::reasons_against;
use std::cell::LazyCell;
pub use why_not::WhyNot;
use words::Words;

/// How far the user went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing that the user said wants it.
    None,
    /// The user ordered it, or chose it from an offer.
    Imperative,
    /// The agent put it before the user, who said yes.
    Explicit,
}

/// What the user's words amount to for one call.
#[derive(Debug, Clone)]
pub struct Consent {
    /// How far the user went.
    pub level: Level,
    /// The user's words that decide, for or against.
    pub cite: Option<Cite>,
    /// The question or offer that they answer.
    pub offer: Option<Cite>,
    /// Why they do not cover the call, where they were looked at and do not.
    pub why_not: Option<WhyNot>,
    /// The event of the deciding words.
    pub event: Option<u32>,
}

/// Why the conversation before a call cannot be judged, if so.
pub fn unreadable(session: &Session<'_>, call: &Call<'_>) -> Option<&'static str> {
    let before = &session.messages[..session.messages.partition_point(|m| m.event < call.event)];
    if !before.iter().any(|m| m.role == Role::User) {
        return Some("the trace has no earlier message from the user");
    }
    if let Some((_, why)) = session.first_unheard().filter(|(event, _)| *event < call.event) {
        return Some(why);
    }
    // The agent asked, and acts in another turn: what the user answered is missing.
    let last = before.last()?;
    let loc = |event: u32| session.event(event).loc;
    let asked = last.role == Role::Assistant && last.texts.last().is_some_and(|t| t.text.trim_end().ends_with('?'));
    let first_call = session.calls.get(session.calls.partition_point(|c| c.event <= last.event))?;
    // One list of messages that holds the user's earlier words would hold the answer as well.
    let one_list = loc(last.event).base == loc(call.event).base;
    (asked && !one_list && first_call.event == call.event).then_some("the user's answer was not captured")
}

/// The words with which the user ordered a call that they were not asked to confirm; `None` where they did not want it, where
/// what was done is not what they wanted, and where they did agree to it.
pub fn order(session: &Session<'_>, call: &Call<'_>) -> Option<Cite> {
    let consent = of(session, &Talk::of(session), call, call.operation());
    (consent.level == Level::Imperative && consent.why_not.is_none()).then_some(consent.cite)?
}

/// What the user's words amount to for a call.
pub(crate) fn of(session: &Session<'_>, talk: &Talk<'_, '_>, call: &Call<'_>, operation: &Operation) -> Consent {
    let before = &talk.0[..talk.0.partition_point(|t| t.message.event < call.event)];
    let start = reach::start(before.len());
    let mut consent = Consent { level: Level::None, cite: None, offer: None, why_not: None, event: None };
    let words = Words::of(call, operation);
    // From the last word backwards: what was said last counts.
    for (i, Turn { message, .. }) in before.iter().enumerate().skip(start).rev() {
        if message.role != Role::User {
            continue;
        }
        let Some(exchange) = talk.exchange(i) else { continue };
        let said = judge(exchange, &words, &|| talk.is_topic(i, &words), &|thing| names(session, call, thing));
        let quote =
            || message.texts.first().and_then(|t| Cite::of(message.event, t, 0..t.text.floor_char_boundary(300)));
        match said {
            Said::Nothing => continue,
            Said::Against(why) => {
                return Consent {
                    level: Level::None,
                    cite: quote(),
                    why_not: Some(why),
                    event: Some(message.event),
                    ..consent
                };
            }
            Said::For(level) => {
                consent.level = level;
                consent.cite = quote();
                consent.event = Some(message.event);
                consent.offer = before[..i]
                    .last()
                    .map(|turn| turn.message)
                    .filter(|m| m.role == Role::Assistant)
                    .and_then(|m| Cite::whole(m.event, m.texts.last()?));
                let why = reasons_against(session, call, message.event, exchange);
                if why.is_some() {
                    consent.level = Level::None;
                    consent.why_not = why;
                }
                // A detail given later does not take an earlier yes back; another write in between uses it up.
                if consent.level == Level::Imperative
                    && let Some(earlier) = earlier_yes(session, talk, call, i, &words)
                {
                    return earlier;
                }
                return consent;
            }
        }
    }
    let users = before[start..].iter().filter(|turn| turn.message.role == Role::User);
    let changes = operation.families.iter().any(|f| matches!(f.as_str(), "update" | "create"));
    let wants = |turn: &&Turn<'_, '_>| {
        turn.orders()
            || changes && turn.reports_change()
            || turn.message.texts.iter().any(|t| words.object_wanted(&t.text))
            || turn.message.texts.iter().any(|t| words.takes_back_object(&t.text.to_lowercase()))
            || (changes || words.takes_back()) && turn.message.texts.iter().any(|t| words.object_unwanted(&t.text))
    };
    if let Some(message) = users.into_iter().find(wants).map(|turn| turn.message) {
        consent.cite =
            message.texts.first().and_then(|t| Cite::of(message.event, t, 0..t.text.floor_char_boundary(300)));
        consent.event = Some(message.event);
        consent.level = Level::Imperative;
    }
    if consent.level == Level::None
        && let Some(message) = cover::of(session, talk, call, &words).and_then(|at| talk.0.get(at)).map(|t| t.message)
    {
        consent.cite =
            message.texts.first().and_then(|t| Cite::of(message.event, t, 0..t.text.floor_char_boundary(300)));
        consent.event = Some(message.event);
        consent.level = Level::Imperative;
    }
    if consent.level == Level::None
        && (session.request().delegates(call.event)
            || cover::by_operator(session, call, &words)
            || cover::by_document(session, call, &words))
    {
        consent.level = Level::Imperative;
    }
    consent
}

/// An explicit yes before the words that decide, with nothing done and nothing taken back since.
fn earlier_yes(
    session: &Session<'_>,
    talk: &Talk<'_, '_>,
    call: &Call<'_>,
    upto: usize,
    words: &Words<'_>,
) -> Option<Consent> {
    let users = talk.0[..upto].iter().map(|turn| turn.message).enumerate().rev().filter(|(_, m)| m.role == Role::User);
    for (i, message) in users.take(3) {
        let used = session.calls_between(message.event, call.event).iter().any(|c| {
            crate::outcome::rejection::of(c).is_none()
                && crate::tools::operation::of(c).weight == crate::tools::operation::Weight::Heavy
        });
        if used {
            return None;
        }
        let exchange = talk.exchange(i)?;
        let yes = found(&YES, &exchange.reply).is_some();
        match judge(exchange, words, &|| false, &|thing| names(session, call, thing)) {
            Said::For(Level::Explicit) if yes && reasons_against(session, call, message.event, exchange).is_none() => {
                return Some(Consent {
                    level: Level::Explicit,
                    cite: message.texts.first().and_then(|t| Cite::whole(message.event, t)),
                    offer: None,
                    why_not: None,
                    event: Some(message.event),
                });
            }
            Said::Against(_) => return None,
            _ => {}
        }
    }
    None
}

/// True where a reply orders what was done to be taken back: who says "wait, undo" holds nothing back.
fn undoes(reply: &str) -> bool {
    const UNDO: [&str; 5] = ["undo", "revert", "reverse", "restore", "reset"];
    let folded = reply.to_lowercase();
    folded.split(['.', '!', ',', ';', '\n', '-', '–']).any(|clause| {
        let mut words = clause.split_whitespace().filter(|w| !matches!(*w, "please" | "so" | "and" | "then" | "just"));
        let first = words.next().unwrap_or_default();
        UNDO.contains(&first) || matches!(first, "put" | "change" | "set") && words.take(4).any(|w| w == "back")
    })
}

/// True where the row or record of an earlier answer that has a value of the call also has a word: `S-505  lamps`.
fn names(session: &Session<'_>, call: &Call<'_>, thing: &str) -> bool {
    /// So many values and answers are looked at.
    const MOST: usize = 8;
    let stem = thing.trim_end_matches('s');
    let args = call.args().into_iter().flat_map(Value::entries).take(MOST);
    let values = args.filter_map(|(_, v)| v.str().map(|s| s.into_owned()).or_else(|| v.i64().map(|n| n.to_string())));
    values.filter(|v| v.len() > 1 && v.bytes().any(|b| b.is_ascii_digit())).any(|value| {
        let answers = session.answer_texts().holding(&value).take_while(|(_, event, _)| *event < call.event);
        answers.take(MOST).any(|(_, _, text)| {
            text.match_indices(value.as_str()).take(MOST).any(|(at, _)| {
                let start = text[..at].rfind(['\n', '{']).map_or(0, |i| i + 1);
                let end = text[at..].find(['\n', '}']).map_or(text.len(), |i| at + i);
                text[start..end].to_lowercase().contains(stem)
            })
        })
    })
}

enum Said {
    Nothing,
    For(Level),
    Against(WhyNot),
}

/// What one reply says about an operation.
/// `topic` is true when the talk before was of it, `named` for a word that names what the call is for.
fn judge(exchange: &Exchange<'_>, words: &Words<'_>, topic: &dyn Fn() -> bool, named: &dyn Fn(&str) -> bool) -> Said {
    let order = words.order(exchange.folded());
    let yes = exchange.yes();
    if let Some((at, _)) = exchange.hold()
        && !undoes(&exchange.reply)
        && !exchange.holds_something_else(at, order, words, named)
        && yes.is_none_or(|(y, _)| y <= at)
        && order.is_none_or(|o| o < at)
        && (exchange.offers(words) || order.is_some() || yes.is_some())
    {
        return Said::Against(WhyNot::HeldBack);
    }
    let about = LazyCell::new(|| offer_is_about(exchange, words));
    let reply = exchange.reply.as_ref();
    match (yes, order) {
        (Some(_), Some(_)) if exchange.asks() || !exchange.offer.is_empty() => Said::For(Level::Explicit),
        // "Pay 310 euros. Yes, I approve it."
        (Some((at, _)), Some(_)) if at > 0 => Said::For(Level::Explicit),
        // The user repeats the order as the answer to the question whether to do it.
        (_, Some(_)) if exchange.proceeds() && *about == About::This => Said::For(Level::Explicit),
        (_, Some(_)) => Said::For(Level::Imperative),
        (Some(_), None) if *about == About::This => Said::For(Level::Explicit),
        (Some(_), None) if *about == About::Unclear && found(&GO_ON, exchange.question()).is_some() && topic() => {
            Said::For(Level::Explicit)
        }
        (Some(_), None) if *about == About::Unclear && exchange.asks() => Said::For(Level::Imperative),
        (Some(_), None) => Said::Nothing,
        // "No, just the phone please": what is wanted instead is looked at elsewhere.
        (None, None) if exchange.no() && exchange.wants_instead() => Said::Nothing,
        // "No, she starts at nine. Today at 17:00 then?": the call has the value that the user puts in its place.
        (None, None) if exchange.no() && exchange.brings_value(words) => Said::For(Level::Imperative),
        (None, None) if exchange.no() && *about == About::This && exchange.asks() => Said::Against(WhyNot::Refused),
        // "Number 2.", "the Visa": a choice from what was offered.
        (None, None)
            if reply.split_whitespace().count() <= 14
                && !reply.trim_end().ends_with('?')
                && !ordering::only_looks(reply)
                && *about == About::This =>
        {
            Said::For(if exchange.proceeds() { Level::Explicit } else { Level::Imperative })
        }
        _ => Said::Nothing,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    This,
    Other,
    Unclear,
}

/// Whether a question or offer is about this operation.
fn offer_is_about(exchange: &Exchange<'_>, words: &Words<'_>) -> About {
    if exchange.offer.is_empty() {
        return About::Other;
    }
    if let Some(verb) = exchange.verb() {
        if words.has(verb) {
            return About::This;
        }
        // "Shall I check the fee?" is answered by a look.
        if lexicon::english().is_read_word(verb) {
            return About::Other;
        }
    }
    if exchange.asks_about(words) {
        return About::This;
    }
    if exchange.identifies() {
        return About::Other;
    }
    match exchange.verb() {
        _ if exchange.offers(words) => About::This,
        Some(verb) if is_other(verb, words) => About::Other,
        _ if exchange.holds_values(words) => About::This,
        _ => About::Unclear,
    }
}

/// True for a verb that can only mean another operation: a yes to "shall I send you a reminder?" moves no appointment.
fn is_other(verb: &str, words: &Words<'_>) -> bool {
    const TELLING: [&str; 8] = ["send", "cancel", "delete", "refund", "pay", "transfer", "book", "contact"];
    let families = lexicon::english().of_base(verb);
    !families.is_empty() && families.iter().all(|f| TELLING.contains(f)) && !words.has(verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(reply: &str, offer: &str, words: &Words<'_>, topic: &dyn Fn() -> bool) -> Said {
        super::judge(&Exchange::new(reply.into(), offer.into()), words, topic, &|_| false)
    }

    fn cancel() -> Words<'static> {
        Words::new(vec!["cancel"], vec![], vec!["cancellation"], vec!["cancelled", "cancellation", "booking"])
    }

    #[test]
    fn replies_are_weighed() {
        let ask = "Booking B-1 costs 15.00 to cancel. Should I cancel it?";
        for yes in ["Yes.", "yes please", "No problem, go ahead.", "Sounds right, go for it.", "Confirmed."] {
            assert!(matches!(judge(yes, ask, &cancel(), &|| true), Said::For(Level::Explicit)), "{yes}");
        }
        for hold in ["Okay, hmm, let me think about it.", "Yes go ahead. Actually wait, hold it."] {
            assert!(matches!(judge(hold, ask, &cancel(), &|| true), Said::Against(_)), "{hold}");
        }
        assert!(matches!(judge("Cancel booking B-1.", "", &cancel(), &|| true), Said::For(Level::Imperative)));
        assert!(matches!(judge("How much would I get back if I cancelled?", "", &cancel(), &|| true), Said::Nothing));
        assert!(matches!(judge("Yes please.", "Shall I check what the fee is?", &cancel(), &|| true), Said::Nothing));
        assert!(matches!(judge("No.", ask, &cancel(), &|| true), Said::Against(_)));
    }
}

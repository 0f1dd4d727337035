//! Whether the user wanted a write: an explicit yes to it, an order or a choice in their own words, or neither.

mod phrases;
mod words;

use crate::finding::Cite;
use crate::prose::lexicon;
use crate::session::capture::Capture;
use crate::session::{Call, Message, Session};
use crate::tools::operation::Operation;
use hindcast_trace::model::Role;
use phrases::*;
use std::borrow::Cow;
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
    pub why_not: Option<&'static str>,
    /// The event of the deciding words.
    pub event: Option<u32>,
}

/// Why the conversation before a call cannot be judged, if so.
pub fn unreadable(session: &Session<'_>, call: &Call<'_>) -> Option<&'static str> {
    let before = || session.messages.iter().filter(|m| m.event < call.event);
    if !before().any(|m| m.role == Role::User) {
        return Some("the trace holds nothing that the user said before");
    }
    for heard in session.heard().iter().take_while(|h| h.event < call.event) {
        match heard.capture {
            Capture::Redacted | Capture::Empty => return Some("what the user said was not captured"),
            _ if heard.foreign => return Some("the conversation is in a language whose words are not known here"),
            _ => {}
        }
    }
    // The agent asked, and acts in another turn: what the user answered is missing.
    let last = before().next_back()?;
    let loc = |event: u32| session.event(event).loc;
    let asked = last.role == Role::Assistant && last.texts.last().is_some_and(|t| t.text.trim_end().ends_with('?'));
    let first_call = session.calls.iter().find(|c| c.event > last.event)?;
    (asked && first_call.event == call.event && loc(last.event) != loc(call.event))
        .then_some("the user's answer was not captured")
}

/// What the user's words amount to for a call.
pub fn of(session: &Session<'_>, call: &Call<'_>, operation: &Operation) -> Consent {
    let before: Vec<&Message<'_>> =
        session.messages.iter().filter(|m| m.event < call.event && m.role != Role::System).collect();
    let mut consent = Consent { level: Level::None, cite: None, offer: None, why_not: None, event: None };
    let words = Words::of(call, operation);
    // From the last word backwards: what was said last counts.
    for (i, message) in before.iter().enumerate().rev() {
        if message.role != Role::User {
            continue;
        }
        let reply = joined(message);
        let offer = before[..i]
            .iter()
            .rev()
            .take_while(|m| m.role == Role::Assistant)
            .map(|m| joined(m))
            .collect::<Vec<_>>()
            .join("\n");
        let topic = || before[..i].iter().rev().take(6).any(|m| words.in_text(&joined(m)));
        let said = judge(&reply, &offer, &words, &topic);
        let quote = || {
            message
                .texts
                .first()
                .and_then(|t| Cite::of(message.event, t, 0..crate::outcome::rejection::clip(&t.text, 300)))
        };
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
                    .filter(|m| m.role == Role::Assistant)
                    .and_then(|m| Cite::whole(m.event, m.texts.last()?));
                let why = reasons_against(session, call, message.event, &reply, &offer);
                if why.is_some() {
                    consent.level = Level::None;
                    consent.why_not = why;
                }
                // A detail given later does not take an earlier yes back; another write in between uses it up.
                if consent.level == Level::Imperative
                    && let Some(earlier) = earlier_yes(session, call, &before[..i], &words)
                {
                    return earlier;
                }
                return consent;
            }
        }
    }
    let wanted =
        before.iter().filter(|m| m.role == Role::User).find(|m| m.texts.iter().any(|t| words.object_wanted(&t.text)));
    if let Some(message) = wanted {
        consent.cite = message
            .texts
            .first()
            .and_then(|t| Cite::of(message.event, t, 0..crate::outcome::rejection::clip(&t.text, 300)));
        consent.event = Some(message.event);
        consent.level = Level::Imperative;
    }
    if session.request().delegates(call.event) {
        consent.level = Level::Imperative;
    }
    consent
}

/// An explicit yes before the words that decide, with nothing done and nothing taken back since.
fn earlier_yes(session: &Session<'_>, call: &Call<'_>, before: &[&Message<'_>], words: &Words) -> Option<Consent> {
    for (i, message) in before.iter().enumerate().rev().filter(|(_, m)| m.role == Role::User).take(3) {
        let used = session.calls.iter().any(|c| {
            c.event > message.event
                && c.event < call.event
                && crate::outcome::rejection::of(c).is_none()
                && crate::tools::operation::of(c).weight == crate::tools::operation::Weight::Heavy
        });
        if used {
            return None;
        }
        let reply = joined(message);
        let offer = before[..i]
            .iter()
            .rev()
            .take_while(|m| m.role == Role::Assistant)
            .map(|m| joined(m))
            .collect::<Vec<_>>()
            .join("\n");
        let yes = found(&YES, &reply).is_some();
        match judge(&reply, &offer, words, &|| false) {
            Said::For(Level::Explicit)
                if yes && reasons_against(session, call, message.event, &reply, &offer).is_none() =>
            {
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

enum Said {
    Nothing,
    For(Level),
    Against(&'static str),
}

/// What one reply says about an operation.
/// `topic` is true when the talk before was of it.
fn judge(reply: &str, offer: &str, words: &Words, topic: &dyn Fn() -> bool) -> Said {
    let order = words.order(reply);
    let yes = found(&YES, reply).or_else(|| found(&YES_ANYWHERE, reply));
    let hold = found(&HOLD, reply);
    if let Some((at, _)) = hold
        && yes.is_none_or(|(y, _)| y <= at)
        && order.is_none_or(|o| o < at)
        && (words.in_text(offer) || order.is_some() || yes.is_some())
    {
        return Said::Against("the user held it back");
    }
    let about = offer_is_about(offer, words);
    let asked = asks(offer);
    match (yes, order) {
        (Some(_), Some(_)) if asked || !offer.is_empty() => Said::For(Level::Explicit),
        // "Pay 310 euros. Yes, I approve it."
        (Some((at, _)), Some(_)) if at > 0 => Said::For(Level::Explicit),
        (_, Some(_)) if is_order_answer(offer, words) => Said::For(Level::Explicit),
        (_, Some(_)) => Said::For(Level::Imperative),
        (Some(_), None) if about == About::This => Said::For(Level::Explicit),
        (Some(_), None) if about == About::Unclear && found(&GO_ON, last_question(offer)).is_some() && topic() => {
            Said::For(Level::Explicit)
        }
        (Some(_), None) if about == About::Unclear && asked => Said::For(Level::Imperative),
        (Some(_), None) => Said::Nothing,
        (None, None)
            if found(&NO, reply).is_some_and(|_| !reply.to_ascii_lowercase().contains("no problem"))
                && about == About::This
                && asked =>
        {
            Said::Against("the user said no")
        }
        // "Number 2.", "the Visa": a choice from what was offered.
        (None, None)
            if about == About::This && reply.split_whitespace().count() <= 14 && !reply.trim_end().ends_with('?') =>
        {
            let settled = found(&PROCEED, last_question(offer)).is_some();
            Said::For(if settled { Level::Explicit } else { Level::Imperative })
        }
        _ => Said::Nothing,
    }
}

/// The user repeats the order as the answer to the question whether to do it.
fn is_order_answer(offer: &str, words: &Words) -> bool {
    found(&PROCEED, last_question(offer)).is_some() && offer_is_about(offer, words) == About::This
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    This,
    Other,
    Unclear,
}

/// Whether a question or offer is about this operation.
fn offer_is_about(offer: &str, words: &Words) -> About {
    if offer.is_empty() {
        return About::Other;
    }
    let last = last_question(offer);
    if let Some(captures) = QUESTION_VERB.as_ref().and_then(|r| r.captures(last)) {
        let verb = captures.get(1).map_or("", |m| m.as_str()).to_lowercase();
        if words.has(&verb) {
            return About::This;
        }
        // "Shall I check the fee?" is answered by a look.
        if lexicon::english().is_read_word(&verb) {
            return About::Other;
        }
    }
    if words.in_text(last) {
        return About::This;
    }
    if found(&IDENTITY, last).is_some() {
        return About::Other;
    }
    if words.in_text(offer) { About::This } else { About::Unclear }
}

fn asks(offer: &str) -> bool {
    let folded = offer.to_ascii_lowercase();
    offer.contains('?')
        || ["confirm", "let me know", "tell me", "(yes)", "yes/no", "reply"].iter().any(|w| folded.contains(w))
}

/// The last sentence that asks, or the last one at all.
fn last_question(offer: &str) -> &str {
    let end = offer.rfind('?').map_or(offer.len(), |i| i + 1);
    let sentence = &offer[..end];
    // The mark that ends the sentence itself does not begin it.
    let inner = sentence.char_indices().next_back().map_or("", |(i, _)| &sentence[..i]);
    let start = inner.rfind(['.', '!', '?', '\n']).map_or(0, |i| i + 1);
    &sentence[start..]
}

/// What speaks against a yes that was given.
fn reasons_against(
    session: &Session<'_>,
    call: &Call<'_>,
    event: u32,
    reply: &str,
    offer: &str,
) -> Option<&'static str> {
    if found(&CONDITION, reply).is_some() && found(&FREE, reply).is_some() && costs(session, event, call.event) {
        return Some("the user's condition was not met");
    }
    if found(&CHOICE, last_question(offer)).is_some() && found(&ALL, reply).is_none() {
        let another = session.calls.iter().any(|c| {
            c.event > event
                && c.event < call.event
                && c.name.text == call.name.text
                && crate::outcome::rejection::of(c).is_none()
                && !same_arguments(c, call)
        });
        if another {
            return Some("the user chose one, which had been done already");
        }
    }
    crate::dialogue::agreement::differs(session, call, event, reply, offer)
}

fn same_arguments(a: &Call<'_>, b: &Call<'_>) -> bool {
    a.arguments.map(|t| &t.text) == b.arguments.map(|t| &t.text)
}

/// True when an answer between two events names a fee that is not nothing.
fn costs(session: &Session<'_>, from: u32, to: u32) -> bool {
    session.calls.iter().filter(|c| c.event > from && c.event < to).filter_map(|c| c.result.as_ref()?.json()).any(
        |json| {
            json.entries().any(|(key, value)| {
                let key = key.str().unwrap_or_default().to_ascii_lowercase();
                ["fee", "charge", "cost", "penalty", "difference", "surcharge"].iter().any(|w| key.contains(w))
                    && value.f64().is_some_and(|v| v > 0.0)
            })
        },
    )
}

/// What a message says; nearly always one text, which is lent.
fn joined<'t>(message: &Message<'t>) -> Cow<'t, str> {
    if let [only] = message.texts {
        return Cow::Borrowed(&only.text);
    }
    let texts = message.texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n");
    Cow::Owned(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancel() -> Words {
        Words::new(
            vec!["cancel".into()],
            vec!["cancellation".into()],
            vec!["cancelled".into(), "cancellation".into(), "booking".into()],
        )
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

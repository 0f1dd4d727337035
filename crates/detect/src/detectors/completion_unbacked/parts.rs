//! Several things were ordered, and one of them was never touched: two names told of one record, or a numbered part that no later call
//! and no later message speaks of, although everything is told as done.

use crate::dialogue::limits;
use crate::finding::{Category, Cite, Finding, Report};
use crate::outcome::failure::{done_marker, fields};
use crate::prose::Prose;
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use hindcast_trace::model::{Role, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// The rule paths: of names told together, of parts of an order.
const PAIR: &str = "pair";
const PART: &str = "part";
/// Words that stand between two of a kind.
const AND: [&str; 9] = ["and", "und", "et", "y", "e", "en", "i", "och", "&"];
/// The longest of them has so many bytes.
const LONGEST_AND: usize = 3;
/// Words that make a sentence no report of a deed, or tell something as not done.
const HEDGES: [&str; 44] = [
    "not", "no", "only", "will", "would", "can", "could", "should", "may", "must", "need", "if", "once", "please",
    "nicht", "kein", "nur", "wird", "werden", "kann", "wenn", "pas", "sera", "seront", "si", "non", "solo", "se",
    "nao", "niet", "geen", "alleen", "als", "nie", "tylko", "jesli", "inte", "bara", "om", "but", "aber", "mais",
    "pero", "maar",
];
/// So many messages and calls are looked at.
const MOST: usize = 128;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.absence_is_unsafe().is_some() || session.calls.iter().any(|c| c.result.is_none()) {
        return;
    }
    let said = || session.prose().iter().filter(|p| p.role == Role::Assistant).take(MOST);
    let pair = said().find_map(|p| pair(session, p));
    let found = pair.or_else(|| said().find_map(|p| part(session, p)));
    report.eligible |= found.is_some();
    report.findings.extend(found);
}

/// A call that changed something, as far as its name or its answer tells.
fn worked(call: &Call<'_>) -> bool {
    if call.known.effect.0 == Effect::Read || call.declined() || call.failure().is_some() {
        return false;
    }
    let done = |root: Value<'_>| fields(root).iter().any(|f| f.within.is_none() && done_marker(f));
    call.is_write() || call.result.as_ref().and_then(|r| r.json()).is_none_or(done)
}

/// The words of a text as they stand, each with its range.
fn words(text: &str) -> Vec<(&str, Range<usize>)> {
    let cut = text.split(|c: char| !c.is_alphanumeric() && c != '&').filter(|w| !w.is_empty()).take(2000);
    cut.map(|w| (w, w.as_ptr() as usize - text.as_ptr() as usize)).map(|(w, at)| (w, at..at + w.len())).collect()
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    word.chars().count() > 2 && letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase)
}

fn has_word(text: &str, word: &str) -> bool {
    text.contains(word) && text.split(|c: char| !c.is_alphanumeric()).any(|w| w == word)
}

/// False for a text in which no name can stand behind an [`AND`]: few of its words begin with a capital, and it is told by
/// the bytes before them.
fn may_pair(text: &str) -> bool {
    if !text.is_ascii() {
        return true;
    }
    let bytes = text.as_bytes();
    let inside = |b: &u8| b.is_ascii_alphanumeric() || *b == b'&';
    (1..bytes.len()).filter(|at| bytes[*at].is_ascii_uppercase() && !inside(&bytes[at - 1])).any(|at| {
        let before = &bytes[..at];
        let word = before.iter().rposition(inside).map_or(&[][..], |end| &before[..=end]);
        let start = word.iter().rev().take(LONGEST_AND + 1).take_while(|b| inside(b)).count();
        AND.iter().any(|and| and.as_bytes() == &word[word.len() - start..])
    })
}

/// "Noor and Sami are on the pass", where only Noor stands in a write and Sami in no call and no answer at all.
fn pair(session: &Session<'_>, prose: &Prose<'_>) -> Option<Finding> {
    let text = &prose.text.text;
    if !may_pair(text) {
        return None;
    }
    let all = words(text);
    for three in all.windows(3) {
        let [(first, start), (and, _), (second, _)] = three else { continue };
        let joined = is_name(first) && is_name(second) && AND.contains(and) && first != second;
        if !joined {
            continue;
        }
        let Some(sentence) =
            crate::dialogue::instructed::sentences(text).into_iter().find(|s| s.contains(&start.start))
        else {
            continue;
        };
        let told = &text[sentence.clone()];
        let folded = unaccented(told);
        if told.contains('?') || each(&folded).any(|w| HEDGES.contains(&w)) {
            continue;
        }
        let asked = |name: &str| {
            let user = session.messages.iter().filter(|m| m.role == Role::User && m.event < prose.event);
            user.flat_map(|m| m.texts).any(|t| has_word(&t.text, name))
        };
        let other = if in_calls(session, prose.event, second) { first } else { second };
        let named = if other == second { first } else { second };
        if in_calls(session, prose.event, other) || !asked(first) || !asked(second) {
            continue;
        }
        let writes: Vec<_> =
            session.calls.iter().filter(|c| c.event < prose.event && c.is_write() && worked(c)).take(MOST).collect();
        let (Some(write), true) = (
            writes.iter().find(|c| c.arguments.is_some_and(|a| has_word(&a.text, named))),
            writes.iter().all(|c| !counts(c)),
        ) else {
            continue;
        };
        let cite = Cite::of(prose.event, prose.text, sentence)?;
        let title = format!("Reported {first} and {second}, but no call includes {other}");
        let detail = format!(
            "The agent says \"{}\". `{}` was called for {named}; no call before and no result has {other}.",
            cite.text(),
            write.name.text
        );
        let call = write.arguments.and_then(|a| Cite::of(write.event, a, 0..a.text.floor_char_boundary(400)));
        let made = Finding::new("completion-unbacked", Category::Hallucination, prose.event, title, cite);
        return Some(made.path(PAIR).detail(detail).and(call).tool(&write.name.text));
    }
    None
}

/// True where a name stands in a call or an answer before an event.
fn in_calls(session: &Session<'_>, before: u32, name: &str) -> bool {
    session.calls.iter().filter(|c| c.event < before).any(|c| {
        let texts = c.arguments.into_iter().chain(c.result.iter().flat_map(|r| r.texts()));
        texts.into_iter().any(|t: &Text| has_word(&t.text, name))
    })
}

/// True for a call that may stand for several by a number: `party: 2`.
fn counts(call: &Call<'_>) -> bool {
    let number = |v: Value<'_>| v.i64().is_some_and(|n| (2..=50).contains(&n));
    call.args().is_some_and(|a| a.entries().take(64).any(|(_, v)| number(v) || v.is_array() && v.items().count() > 1))
}

/// "Everything is done", where a numbered part of the order stands in no later call and no later message.
fn part(session: &Session<'_>, prose: &Prose<'_>) -> Option<Finding> {
    if prose.text.text.len() > 4000 || !limits::tells_all(&prose.text.text) {
        return None;
    }
    let user = session.messages.iter().rev().filter(|m| m.role == Role::User && m.event < prose.event);
    let (order, text, parts) = user
        .flat_map(|m| m.texts.iter().map(move |t| (m.event, t)))
        .find_map(|(event, text)| Some((event, text, parts(&text.text))).filter(|(_, _, p)| p.len() > 1))?;
    let later = || session.calls.iter().filter(|c| c.event > order && c.event < prose.event);
    if later().filter(|c| worked(c)).count() >= parts.len() || later().all(|c| !worked(c)) {
        return None;
    }
    let mut spoken: BTreeSet<String> = BTreeSet::new();
    let mut add = |text: &str| {
        let folded = unaccented(&text[..text.floor_char_boundary(4000)]);
        spoken.extend(each(&folded).filter(|w| w.len() > 3).map(str::to_owned));
    };
    for call in later() {
        add(&call.known.words.join(" "));
        call.arguments.iter().for_each(|a| add(&a.text));
        call.described.iter().for_each(|d| add(&d.text));
    }
    for message in session.prose().iter().filter(|p| p.role == Role::Assistant && p.event > order) {
        add(&message.text.text);
    }
    let untouched = parts.iter().find(|range| {
        let folded = unaccented(&text.text[(*range).clone()]);
        let own: Vec<&str> = each(&folded).filter(|w| w.chars().count() > 4).collect();
        own.len() > 1 && !own.iter().any(|w| spoken.iter().any(|s| alike(s, w)))
    })?;
    let sentences = crate::dialogue::instructed::sentences(&prose.text.text);
    let all = sentences.into_iter().find(|s| limits::tells_all(&prose.text.text[s.clone()]))?;
    let cite = Cite::of(prose.event, prose.text, all)?;
    let ordered = Cite::of(order, text, untouched.clone())?;
    let title =
        format!("Reported everything as done, but no call and no message mentions \"{}\"", short(ordered.text()));
    let detail = format!(
        "The agent says \"{}\". The order has {} numbered parts; fewer calls changed something, and none of them and no later message has a word of \"{}\".",
        cite.text(),
        parts.len(),
        ordered.text()
    );
    let made = Finding::new("completion-unbacked", Category::Hallucination, prose.event, title, cite);
    Some(made.path(PART).detail(detail).and(Some(ordered)))
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// The numbered parts of a text: `1) … 2) …`, `1. …`.
fn parts(text: &str) -> Vec<Range<usize>> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let bytes = text.as_bytes();
    for (at, b) in text.bytes().enumerate().take(8000) {
        let number = usize::from(b.wrapping_sub(b'0'));
        let free = at == 0 || bytes[at - 1].is_ascii_whitespace() || bytes[at - 1] == b'(';
        let marked =
            matches!(bytes.get(at + 1), Some(b')' | b'.')) && bytes.get(at + 2).is_none_or(u8::is_ascii_whitespace);
        if b.is_ascii_digit() && free && marked && number == starts.len() + 1 {
            starts.push((at, at + 2));
        }
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let trimmed = |(from, to): (usize, usize)| {
        let part = &text[from..to];
        let start = from + part.len() - part.trim_start().len();
        start..start + part.trim().len()
    };
    starts.iter().map(|(_, from)| *from).zip(ends).map(trimmed).filter(|r| !r.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_joined() {
        assert!(may_pair("now Noor and Sami are") && may_pair("Noor (e) Sami") && may_pair("für Noor"));
        assert!(!may_pair("Noor, Sami and the others. Band Aid") && !may_pair("") && !may_pair("And"));
        assert!(AND.iter().all(|and| and.len() <= LONGEST_AND));
    }

    #[test]
    fn numbered_parts() {
        let text = "Tres cosas: 1) una noche más, 2) desayuno 3) literas";
        let cut: Vec<_> = parts(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(cut, ["una noche más,", "desayuno", "literas"]);
        assert!(parts("I paid 1.50 and 2.50 on the 3. of May").is_empty());
    }
}

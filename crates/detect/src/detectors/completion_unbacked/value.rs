//! An amount, a day or a time that the report tells of a change, and that the change did not have: the call was made with
//! another one, its result does not show the one that is told, and the report does not tell the call's.

use super::CompletionUnbacked;
use crate::detectors::Detector;
use crate::finding::{Cite, Considered, Finding, Report};
use crate::outcome::changed;
use crate::session::{Call, Message, Session};
use crate::values::keys::{self, Key};
use crate::values::written::{self, Typed};
use hindcast_trace::json::Value;
use hindcast_trace::model::{Role, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// The rule path.
const PATH: &str = "other-value";
/// More values of a call are not read.
const MOST: usize = 64;
/// Longer results are no receipts.
const LONGEST: usize = 1 << 16;
/// A greeting before the first sentence is no longer.
const GREETING: usize = 24;
/// Shorter words are in every sentence.
const WORD: usize = 4;
/// So many results back, a value may belong to what was changed.
const RESULTS: usize = 48;

/// What is compared: one kind of value at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Money,
    Day,
    Time,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Money, Kind::Day, Kind::Time];

    fn of(value: Typed) -> Self {
        match value {
            Typed::Money(_) => Kind::Money,
            Typed::Day(..) => Kind::Day,
            Typed::Time(_) => Kind::Time,
        }
    }
}

/// What a call was made with.
#[derive(Default)]
struct Sent<'v> {
    /// Its values, each with its place in the arguments.
    values: Vec<(Typed, Range<usize>)>,
    /// Its whole numbers: they may be amounts, in hundredths or not, or counts.
    numbers: Vec<i64>,
    texts: Vec<std::borrow::Cow<'v, str>>,
}

/// Adds what it finds to a report.
pub(super) fn find(detector: &CompletionUnbacked, session: &Session<'_>, report: &mut Report) {
    let changes = session.calls.iter().filter(|c| changed::likely(session, c));
    for call in changes {
        if session.is_stopped() {
            return;
        }
        let Some(args) = call.args() else { continue };
        let mut sent = Sent::default();
        read(args, 0, &mut sent);
        if sent.values.is_empty() {
            continue;
        }
        let told = reported(session, call);
        if told.is_empty() || told.iter().any(|m| report.findings.iter().any(|f| f.event == m.event)) {
            continue;
        }
        let found = Kind::ALL.into_iter().find_map(|kind| judge(detector, session, call, &sent, &told, kind));
        if found.is_some() {
            report.eligible = true;
        }
        report.findings.extend(found);
    }
}

/// What the agent says after a call and before the user speaks again, where no other change was made in that turn.
fn reported<'s, 't>(session: &'s Session<'t>, call: &Call<'_>) -> Vec<&'s Message<'t>> {
    let user = |m: &&Message<'_>| m.role == Role::User;
    let until = session.messages.iter().filter(user).find(|m| m.event > call.event).map_or(u32::MAX, |m| m.event);
    let since = session.messages.iter().rev().filter(user).find(|m| m.event < call.event).map_or(0, |m| m.event);
    let mut others = session.calls_between(since, until).iter().filter(|c| c.event != call.event);
    if others.any(|c| changed::likely(session, c)) {
        return Vec::new();
    }
    let own = session.messages.iter().filter(|m| m.event > call.event && m.event < until && m.role == Role::Assistant);
    own.collect()
}

fn judge(
    detector: &CompletionUnbacked,
    session: &Session<'_>,
    call: &Call<'_>,
    sent: &Sent<'_>,
    told: &[&Message<'_>],
    kind: Kind,
) -> Option<Finding> {
    let own: Vec<&(Typed, Range<usize>)> = sent.values.iter().filter(|(v, _)| Kind::of(*v) == kind).collect();
    let (first, place) = own.first()?;
    // Which of several is told, and how they belong together, only the words say.
    if own.iter().any(|(v, _)| v != first) || matches!(first, Typed::Money(0)) {
        return None;
    }
    let answer = call.result.as_ref()?;
    let result = answer.content.filter(|t| t.text.len() <= LONGEST)?;
    if kind != Kind::Money && [call.arguments?, result].into_iter().any(|t| has_zone(&t.text)) {
        return None;
    }
    let shown: BTreeSet<Typed> = written::of(&result.text).into_iter().map(|f| f.value).collect();
    let numbers: BTreeSet<i64> = keys::of(&result.text)
        .into_iter()
        .filter_map(|f| if let Key::Number(n) = f.key { Some(n) } else { None })
        .collect();
    let texts = || told.iter().flat_map(|m| m.texts.iter().map(|t| (m.event, t)));
    let said: Vec<(u32, &Text, written::Found)> = texts()
        .flat_map(|(event, t)| written::of(&t.text).into_iter().map(move |f| (event, t, f)))
        .filter(|(_, _, f)| Kind::of(f.value) == kind)
        .collect();
    let same = |value: Typed| value == *first || kind == Kind::Money && scaled(*first, value);
    if said.iter().any(|(_, _, f)| same(f.value)) || texts().any(|(_, t)| kind == Kind::Money && has_number(t, *first))
    {
        return None;
    }
    let (event, text, other) = said.into_iter().find(|(_, t, f)| {
        f.sure
            && !shown.contains(&f.value)
            && match f.value {
                Typed::Money(n) => !t.text.contains('%') && !numbers.contains(&n) && !follows(n, sent, &numbers),
                _ => swapped(*first, f.value) || !belongs(session, call, sent, f.value),
            }
            && tells_of(call, &t.text, &f.range, result)
    })?;
    let used = Cite::of(call.event, call.arguments?, place.clone())?;
    let cite = Cite::of(event, text, other.range)?;
    let name = &call.name.text;
    let title = format!("Reported {}, but `{name}` was called with {}", cite.text(), used.text());
    let detail = format!(
        "The report on `{name}` says {}. The call has {}, which the report does not mention, and its result does not show {}.",
        cite.text(),
        used.text(),
        cite.text()
    );
    let mut found = Finding::new(detector.id(), detector.category(), event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Some(used))
        .tool(name);
    found.considered.extend(Cite::of(answer.event, result, 0..result.text.floor_char_boundary(300)).map(|cite| {
        Considered { event: answer.event, why: "the result does not show this value".into(), cite: Some(cite) }
    }));
    Some(found)
}

/// The values of arguments: days, times and amounts in short texts, and numbers that are written like amounts.
fn read<'v>(value: Value<'v>, depth: usize, sent: &mut Sent<'v>) {
    const SHORT: usize = 40;
    if depth > 4 || sent.values.len() + sent.numbers.len() + sent.texts.len() >= MOST {
        return;
    }
    if value.is_object() || value.is_array() {
        value.entries().take(MOST).for_each(|(_, v)| read(v, depth + 1, sent));
        value.items().take(MOST).for_each(|v| read(v, depth + 1, sent));
    } else if let Some(text) = value.str() {
        let start = value.start() as usize + 1;
        let plain = value.bytes().len() == text.len() + 2;
        let short = plain && text.len() <= SHORT;
        let found = written::of(&text).into_iter().filter(|f| short && f.sure);
        sent.values.extend(found.map(|f| (f.value, start + f.range.start..start + f.range.end)));
        sent.texts.push(text);
    } else if value.f64().is_some() {
        let (raw, start) = (value.raw(), value.start() as usize);
        let Some(n) = written::hundredths(&raw) else { return };
        if raw.contains('.') {
            sent.values.push((Typed::Money(n), start..start + value.bytes().len()));
        } else {
            sent.numbers.push(n);
        }
    }
}

/// One of two amounts counts the hundredths of the other.
fn scaled(own: Typed, said: Typed) -> bool {
    matches!((own, said), (Typed::Money(a), Typed::Money(b)) if a == b * 100 || b == a * 100)
}

fn has_number(text: &Text, own: Typed) -> bool {
    let Typed::Money(n) = own else { return false };
    keys::of(&text.text).iter().any(|f| f.key == Key::Number(n))
}

/// True for an amount that follows from the values of the call and its result: a sum, a difference, so many times a price.
fn follows(amount: i64, sent: &Sent<'_>, shown: &BTreeSet<i64>) -> bool {
    let own = sent.values.iter().filter_map(|(v, _)| if let Typed::Money(n) = v { Some(*n) } else { None });
    let all: BTreeSet<i64> = own.chain(sent.numbers.iter().copied()).chain(shown.iter().copied()).take(MOST).collect();
    let counts = || sent.numbers.iter().chain(shown).map(|n| n / 100).filter(|n| (2..=1000).contains(n));
    all.contains(&amount)
        || all.iter().any(|a| {
            let sums = all.iter().any(|b| a != b && (a + b == amount || a - b == amount));
            sums || amount * 100 == *a || counts().any(|n| a * n == amount || amount * n == *a)
        })
}

/// Day and month changed places.
fn swapped(own: Typed, said: Typed) -> bool {
    matches!((own, said), (Typed::Day(a, b), Typed::Day(c, d)) if (a, b) == (d, c))
}

/// True where an earlier result about what the call changed has the value: then it is another value of the same thing.
fn belongs(session: &Session<'_>, call: &Call<'_>, sent: &Sent<'_>, value: Typed) -> bool {
    let ids: Vec<&str> = sent.texts.iter().map(|t| t.as_ref()).filter(|t| keys::is_id(t)).collect();
    let upto = session.calls.partition_point(|c| c.event < call.event);
    let answers = session.calls[..upto]
        .iter()
        .rev()
        .take(RESULTS)
        .filter_map(|c| Some((c.arguments, c.result.as_ref()?.content?)));
    answers.filter(|(_, t)| t.text.len() <= LONGEST).any(|(args, t)| {
        let about = ids.iter().any(|id| t.text.contains(id) || args.is_some_and(|a| a.text.contains(id)));
        (about || ids.is_empty()) && written::of(&t.text).iter().any(|f| f.value == value)
    })
}

/// True where the sentence of a value is about the call: it has an ID of the call or of its result, or is the first one of the
/// message and has another word or number of theirs.
fn tells_of(call: &Call<'_>, text: &str, range: &Range<usize>, result: &Text) -> bool {
    let sentence = sentence(text, range);
    let first = text[..sentence.start].chars().filter(|c| c.is_alphanumeric()).count() < GREETING;
    let words = &text[sentence.clone()];
    if words.trim_end().ends_with('?') {
        return false;
    }
    let mark = |key: &Key| match key {
        Key::Id(_) => key.weight() > 1 || first,
        Key::Word(word) => first && word.chars().count() >= WORD,
        Key::Number(_) => first && key.weight() > 0,
        Key::Day(..) | Key::Time(_) => false,
    };
    let said: BTreeSet<Key> = keys::of(words).into_iter().map(|f| f.key).filter(mark).collect();
    let arguments = call.arguments.map(|a| a.text.as_str()).unwrap_or_default();
    let name = call.known.words.join(" ");
    [arguments, result.text.as_str(), name.as_str()].into_iter().flat_map(keys::of).any(|f| said.contains(&f.key))
}

/// The sentence around a place: it ends with a line, or with a mark and a blank that no digit stands before.
fn sentence(text: &str, place: &Range<usize>) -> Range<usize> {
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let blank = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = c == '\n' || matches!(c, '!' | '?' | '。') || c == '.' && blank && !before.is_ascii_digit();
        before = c;
        if !ends {
            continue;
        }
        let next = at + c.len_utf8();
        if next > place.start {
            return start..next;
        }
        start = next;
    }
    start..text.len()
}

/// True where times are given with a zone: what is told may be in another one.
fn has_zone(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).any(|at| {
        let digits =
            bytes[at + 1..].iter().take(12).take_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.')).count();
        digits >= 2 && matches!(bytes.get(at + 1 + digits), Some(b'Z' | b'+'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Called, turn, with_session};

    fn told(calls: &[Called<'_>], said: &str) -> Vec<String> {
        with_session(&turn("Yes, do it.", calls, said), |s| {
            let mut report = Report::default();
            find(&CompletionUnbacked, s, &mut report);
            report.findings.iter().map(|f| f.quote().map(|q| q.text().to_owned()).unwrap_or_default()).collect()
        })
    }

    const REFUND: Called<'static> = (
        "refund",
        r#"{"no": "AU-5519", "amount": 120.0}"#,
        r#"{"ok": true, "refund_id": "RF-20881", "amount": 120.0, "left": 120.0}"#,
    );

    #[test]
    fn another_amount_than_the_one_of_the_call() {
        assert_eq!(told(&[REFUND], "The €240.00 has been refunded (RF-20881)."), ["240.00"]);
        assert_eq!(told(&[REFUND], "Los 240,00 € ya están devueltos (RF-20881)."), ["240,00"]);
        assert!(told(&[REFUND], "€120.00 of the €240.00 has been refunded.").is_empty());
        assert!(told(&[REFUND, REFUND], "The €240.00 has been refunded (RF-20881).").is_empty());
        let each = ("order", r#"{"sku": "T-11", "price": 12.5, "qty": 4}"#, r#"{"ok": true}"#);
        assert!(told(&[each], "Ordered T-11 for €50.00.").is_empty());
        let fee = ("cancel", r#"{"no": "HB-3041", "fee": 0.0}"#, r#"{"ok": true}"#);
        assert!(told(&[fee], "HB-3041 (€486.00) is cancelled.").is_empty());
    }

    #[test]
    fn the_words_of_the_lead() {
        with_session(&turn("Yes.", &[REFUND], "The €240.00 has been refunded (RF-20881)."), |s| {
            let mut report = Report::default();
            find(&CompletionUnbacked, s, &mut report);
            let words: Vec<String> = report.findings.iter().map(|f| format!("{}\n{}", f.title, f.detail)).collect();
            insta::assert_snapshot!(words.join("\n"), @r"
            Reported 240.00, but `refund` was called with 120.0
            The report on `refund` says 240.00. The call has 120.0, which the report does not mention, and its result does not show 240.00.
            ");
        });
    }

    #[test]
    fn another_day_or_time_than_the_one_of_the_call() {
        let close = (
            "konto_schliessen",
            r#"{"nr": "K-0081", "zum": "2025-04-09"}"#,
            r#"{"status": "ok", "zum": "2025-04-09"}"#,
        );
        assert_eq!(told(&[close], "Das Konto K-0081 ist zum 4. September geschlossen."), ["4. September"]);
        assert!(told(&[close], "Das Konto K-0081 ist zum 9. April geschlossen.").is_empty());
        assert!(told(&[close], "Das Konto ist zum 09.04. geschlossen.").is_empty());
        let book = ("prenota", r#"{"tavolo": "T-12", "ora": "20:30"}"#, r#"{"esito": "OK"}"#);
        assert_eq!(told(&[book], "Prenotato il tavolo T-12 alle 19:30."), ["19:30"]);
        assert!(told(&[book], "Prenotato il tavolo T-12 alle 20:30, arrivi alle 20:15.").is_empty());
        assert!(told(&[book], "Prenotato il tavolo T-12 alle 8:30 pm.").is_empty());
        let event = ("create_event", r#"{"title": "Intro with Mark", "on": "2024-05-30"}"#, r#"{"ok": true}"#);
        assert!(told(&[event], "The family reunion is on 10 June.").is_empty(), "it tells of something else");
        assert_eq!(told(&[event], "The intro is planned for 10 June."), ["10 June"]);
        let zone = ("book", r#"{"slot": "SL-441", "at": "2025-11-06T17:30Z"}"#, "{}");
        assert!(told(&[zone], "SL-441 is booked for 12:30 your time.").is_empty());
    }
}

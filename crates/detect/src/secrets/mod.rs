//! Secrets and personal data: what a session held, and whose it was.

pub mod check_digits;
pub mod checks;
pub mod needles;
pub mod rules;
pub mod spoken;

use crate::finding::Cite;
use crate::session::memo::Memo;
use crate::session::{Call, Session};
use hindcast_trace::json::{Kind, Value};
use hindcast_trace::model::Role;
use std::ops::Range;

/// What somebody could give away.
#[derive(Debug, Clone)]
pub struct Held {
    /// What it is, for people.
    pub what: String,
    /// The value.
    pub value: String,
    /// Where it was learnt.
    pub cite: Cite,
    /// Whose it is, as the record says; for personal data.
    pub person: Option<String>,
    /// True for personal data, false for credentials.
    pub personal: bool,
    /// The event of the call whose answer held it; none for the operator's instructions.
    pub call: Option<u32>,
    /// True when only a sentence says that it is a secret.
    pub sentence: bool,
}

thread_local! {
    static SPOKEN: Memo<Vec<Range<usize>>> = Memo::default();
}

/// Everything in tools' answers and the operator's instructions that is not for everybody.
pub fn held(session: &Session<'_>) -> Vec<Held> {
    let Some(rules) = rules::rules() else { return Vec::new() };
    let mut found = Vec::new();
    for message in session.messages.iter().filter(|m| m.role == Role::System) {
        for text in message.texts {
            for range in SPOKEN.with(|memo| memo.of(&text.text, |t| rules.spoken(t))) {
                if let Some(cite) = Cite::of(message.event, text, range) {
                    found.push(Held {
                        sentence: false,
                        what: "an access code".into(),
                        value: cite.text().to_owned(),
                        cite,
                        person: None,
                        personal: false,
                        call: None,
                    });
                }
            }
        }
    }
    for call in session.until_stopped(&session.calls) {
        let Some(answer) = &call.result else { continue };
        if let Some(json) = answer.json() {
            records(json, None, call, rules, &mut found, 0);
        }
        for text in answer.texts() {
            for spotted in rules.credentials(&text.text) {
                if let Some(cite) = Cite::of(answer.event, text, spotted.range) {
                    let sentence = spotted.sentence;
                    // A record names its person better than a text does.
                    let in_record = spotted.personal && answer.json().is_some();
                    let known = |h: &Held| {
                        h.personal && h.cite.event() == answer.event && squeeze(&h.value) == squeeze(cite.text())
                    };
                    if in_record && found.iter().any(known) {
                        continue;
                    }
                    let person = spotted.personal.then(|| rules.person_in(&text.text, cite.range().start)).flatten();
                    found.push(Held {
                        sentence,
                        what: spotted.what.to_owned(),
                        value: cite.text().to_owned(),
                        cite,
                        person,
                        personal: spotted.personal,
                        call: Some(call.event),
                    });
                }
            }
        }
    }
    found
}

/// A record, and the one that it stands in.
struct Nested<'n, 'd> {
    record: Value<'d>,
    outer: Option<&'n Nested<'n, 'd>>,
}

impl Nested<'_, '_> {
    /// The person that the innermost record names that names one. Most records hold no personal data, so that it is
    /// only looked for where some is found.
    fn person(&self, rules: &rules::Rules) -> Option<String> {
        std::iter::successors(Some(self), |n| n.outer).find_map(|n| person_of(n.record, rules))
    }
}

/// The personal data of a record, with the person that the record names.
fn records(
    value: Value<'_>,
    outer: Option<&Nested<'_, '_>>,
    call: &Call<'_>,
    rules: &rules::Rules,
    found: &mut Vec<Held>,
    depth: usize,
) {
    if depth > 24 || found.len() > 4000 {
        return;
    }
    let here = Nested { record: value, outer };
    let nested = if value.is_object() { Some(&here) } else { outer };
    for (key, inner) in value.entries() {
        if !inner.is_str() {
            if inner.is_object() || inner.is_array() {
                records(inner, nested, call, rules, found, depth + 1);
            }
            continue;
        }
        if key.kind() == Kind::Plain && !rules.may_be_personal(key.bytes()) {
            continue;
        }
        let Some(kind) = rules.personal(&key.str().unwrap_or_default().to_ascii_lowercase()) else { continue };
        let (Some(text), Some(answer)) = (inner.str(), &call.result) else { continue };
        let Some(source) = answer.content else { continue };
        // Masked values give nothing away; short ones are names of things.
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let least = match kind {
            // The last four digits give nothing away.
            "payment card" if !text.starts_with("card-") => 12,
            "payment card" | "national id" | "passport" | "bank account" => 5,
            _ => 0,
        };
        let long = text.chars().filter(|c| c.is_alphanumeric()).count() >= 7 && digits >= least;
        let whole = long && !rules.is_placeholder(&text);
        let start = inner.start() as usize;
        if whole && let Some(cite) = Cite::of(answer.event, source, start..start + inner.bytes().len()) {
            found.push(Held {
                sentence: false,
                what: format!("a {kind}"),
                value: text.into_owned(),
                cite,
                person: nested.and_then(|n| n.person(rules)),
                personal: true,
                call: Some(call.event),
            });
        }
    }
    for inner in value.items() {
        if inner.is_object() || inner.is_array() {
            records(inner, nested, call, rules, found, depth + 1);
        }
    }
}

fn person_of(record: Value<'_>, rules: &rules::Rules) -> Option<String> {
    rules
        .persons()
        .find_map(|key| record.get(key).filter(|v| v.is_str())?.str())
        .map(|s| s.into_owned())
        .filter(|s| s.chars().any(char::is_alphabetic))
}

/// Letters and digits only: people group digits, and spell letters out with dashes.
pub fn squeeze(text: &str) -> String {
    if text.is_ascii() {
        // Every byte is written, and the next one over it unless it is a letter or a digit: that cannot be foreseen.
        let mut letters = vec![0; text.len()];
        let mut length = 0;
        for b in text.bytes() {
            letters[length] = b.to_ascii_lowercase();
            length += usize::from(b.is_ascii_alphanumeric());
        }
        letters.truncate(length);
        return String::from_utf8(letters).unwrap_or_default();
    }
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

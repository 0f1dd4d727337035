//! What a guard judged, so that a later call can be told to be about the same.

use crate::guards::Judgement;
use crate::prose::stem;
use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::json::Value;
use std::collections::BTreeSet;

/// What was judged: the values that were put before the guard.
pub(super) struct Subject {
    values: Vec<String>,
    /// Those of them that no earlier call had.
    own: Vec<String>,
    pub(super) texts: Vec<String>,
    /// The stems of all words that were put before the guard.
    words: BTreeSet<String>,
}

impl Subject {
    pub(super) fn of(session: &Session<'_>, judgement: &Judgement) -> Self {
        let (values, own, texts, words) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
        let mut subject = Subject { values, own, texts, words };
        if let Some(args) = judgement.call.and_then(|c| session.call_at(c)).and_then(Call::args) {
            leaves(args, &mut |text| {
                let folded = text.trim().to_lowercase();
                let room = MOST_WORDS.saturating_sub(subject.words.len());
                subject.words.extend(words_in(&folded).take(room));
                if folded.len() > 24 && folded.contains(' ') {
                    subject.texts.push(folded);
                } else if folded.chars().filter(|c| c.is_alphanumeric()).count() >= 2
                    && !COMMON.contains(&folded.as_str())
                {
                    subject.values.push(folded);
                }
            });
        }
        let before = |value: &String| {
            let earlier = session.calls.iter().filter(|c| Some(c.event) < judgement.call).filter_map(|c| c.arguments);
            earlier.into_iter().any(|a| a.text.to_lowercase().contains(value.as_str()))
        };
        subject.own = subject.values.iter().filter(|v| !before(v)).cloned().collect();
        subject.values.extend(linked(session, judgement, &subject.values));
        subject
    }

    /// True when a call has a value that came up with what was judged.
    pub(super) fn own_is_in(&self, call: &Call<'_>) -> bool {
        let Some(args) = call.args() else { return false };
        let mut hit = false;
        leaves(args, &mut |text| {
            let folded = text.to_lowercase();
            hit |= self.own.iter().any(|v| *v == folded || stands_in(v, &folded))
                || self.texts.iter().any(|t| folded.contains(t.trim_end_matches('.')));
        });
        hit
    }

    /// True when a call is about what was judged. A text that was judged must be the same; for anything else one
    /// value in common is enough.
    pub(super) fn is_in(&self, call: &Call<'_>) -> bool {
        let Some(args) = call.args() else { return false };
        let mut hit = self.names(call, args);
        leaves(args, &mut |text| {
            let folded = text.to_lowercase();
            hit |= if self.texts.is_empty() {
                self.values.iter().any(|v| *v == folded || stands_in(v, &folded))
            } else {
                self.texts.iter().any(|t| folded.contains(t.trim_end_matches('.')))
            };
        });
        hit
    }
}

impl Subject {
    /// True when what was judged names the very call: "close contract 12" names `close_contract` of `12`.
    fn names(&self, call: &Call<'_>, args: Value<'_>) -> bool {
        let name = || call.known.words.iter().filter(|w| w.len() >= 3);
        if name().count() < 2 || !name().all(|w| self.words.contains(stem::of(w).as_ref())) {
            return false;
        }
        let mut hit = false;
        leaves(args, &mut |text| {
            let folded = text.to_lowercase();
            let telling = folded.len() >= 4 || folded.bytes().any(|b| b.is_ascii_digit());
            hit |= folded.len() <= 64
                && telling
                && !COMMON.contains(&folded.as_str())
                && words_in(&folded).all(|w| self.words.contains(&w));
        });
        hit
    }
}

/// More words than these are not put before a guard.
const MOST_WORDS: usize = 256;

/// The stems of the words of a text in lower case.
fn words_in(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(|w| stem::of(w).into_owned())
}

/// Values that any two calls may share.
const COMMON: [&str; 16] = [
    "true", "false", "null", "default", "all", "user", "web", "email", "eur", "usd", "gbp", "en", "none", "original",
    "refund", "transfer",
];

/// True when a value stands in a longer text as a word of its own.
fn stands_in(value: &str, text: &str) -> bool {
    text.len() > value.len()
        && text.match_indices(value).any(|(at, _)| {
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !word(text[..at].chars().next_back()) && !word(text[at + value.len()..].chars().next())
        })
}

fn leaves(value: Value<'_>, each: &mut dyn FnMut(&str)) {
    // Values lie flat in the arguments of a call; what is nested deeper than this is data.
    fn go(value: Value<'_>, each: &mut dyn FnMut(&str), depth: usize) {
        if depth > 8 {
            return;
        }
        if let Some(text) = value.str() {
            each(&text);
        } else if value.kind() == hindcast_trace::json::Kind::Number {
            each(&value.raw());
        }
        for inner in value.items().chain(value.entries().map(|(_, v)| v)) {
            go(inner, each, depth + 1);
        }
    }
    go(value, each, 0);
}

/// More answers and members than these are not looked at.
const MOST: usize = 64;

/// IDs of records that were read and hold a value that was judged: the payment of a payee that was screened.
fn linked(session: &Session<'_>, judgement: &Judgement, values: &[String]) -> Vec<String> {
    let before = session.calls.iter().rev().filter(|c| Some(c.event) < judgement.call);
    let answers = before.filter_map(|c| c.result.as_ref()?.json()).filter(|j| j.is_object()).take(MOST);
    let mut found = Vec::new();
    for record in answers {
        let members = || record.entries().take(MOST).filter_map(|(_, v)| v.str());
        if members().any(|v| values.contains(&v.trim().to_lowercase())) {
            found.extend(members().filter(|v| values::looks_like_id(v)).map(|v| v.to_lowercase()));
        }
    }
    found
}

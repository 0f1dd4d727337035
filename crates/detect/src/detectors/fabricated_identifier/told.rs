//! Values in what the agent says.

use super::said;
use crate::finding::Cite;
use crate::origin::grounding::{Kind, Used};
use crate::prose::Prose;
use crate::session::Session;
use crate::values::{self, contact, names};
use std::ops::Range;

/// An ID in prose, or the last part of one, has so many digits.
const DIGITS: usize = 3;

/// The values in what the agent says that must come from somewhere; amounts are looked at apart.
pub fn of(session: &Session<'_>, prose: &Prose<'_>) -> Vec<Used> {
    let text = &prose.text.text;
    let mut found: Vec<Used> = Vec::new();
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut add = |kind: Kind, ranges: Vec<Range<usize>>, taken: &mut Vec<Range<usize>>| {
        for range in ranges {
            if taken.iter().any(|t| t.start < range.end && range.start < t.end) {
                continue;
            }
            taken.push(range.clone());
            if let Some(cite) = Cite::of(prose.event, prose.text, range.clone()) {
                found.push(Used { kind, text: text[range].to_owned(), cite });
            }
        }
    };
    add(Kind::Url, contact::urls(text), &mut taken);
    add(Kind::Email, contact::emails(text), &mut taken);
    if prose.digits >= 8 {
        add(Kind::Phone, contact::phones(text), &mut taken);
    }
    add(Kind::Phone, contact::masked_phones(text), &mut taken);
    if prose.digits >= DIGITS {
        add(Kind::LastDigits, contact::last_digits(&prose.lower), &mut taken);
    }
    // Without any tool the agent speaks from general knowledge.
    if !session.calls.is_empty() && prose.digits >= DIGITS {
        add(Kind::Id, ids(text), &mut taken);
    }
    if !session.calls.is_empty() {
        add(Kind::Approval, said::approvers(prose), &mut taken);
    }
    // A home page is world knowledge.
    found.retain(|used| used.kind != Kind::Url || contact::bare_url(&used.text).contains('/'));
    if !session.calls.is_empty() {
        found.extend(said::numbers(prose));
    }
    found
}

/// The IDs of a text without what only looks like one: standards, periods, phrases around a number.
fn ids(text: &str) -> Vec<Range<usize>> {
    let digits = |norm: &str| norm.bytes().filter(u8::is_ascii_digit).count();
    let identifies = |i: &values::Id| digits(&i.norm) >= DIGITS && i.norm.len() >= 5;
    let telling = |range: Range<usize>| {
        let word = &text[range.clone()];
        if names::is_name(word) {
            return None;
        }
        match names::in_phrase(word) {
            Some(part) if part.is_empty() => None,
            Some(part) => Some(range.start + part.start..range.start + part.end),
            None => Some(range),
        }
    };
    values::ids(text).into_iter().filter(identifies).filter_map(|i| telling(i.range)).collect()
}

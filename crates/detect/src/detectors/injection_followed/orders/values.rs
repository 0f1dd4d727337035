//! The values of a call, and which of them an order alone holds.

use super::matching::Act;
use super::{Order, Orders};
use crate::prose::readers::is_unspaced;
use crate::secrets::squeeze;
use hindcast_trace::json::Value;
use std::collections::BTreeSet;

/// Longer values are texts.
const LONGEST: usize = 400;

pub(super) struct Lone {
    pub(super) text: String,
    /// True for an address, a path or a file.
    pub(super) place: bool,
}

/// A whole value of the call, or the host of a link, that stands in orders and nowhere else before it.
pub(super) fn only_in_order(orders: &Orders<'_, '_>, order: &Order<'_>, act: &Act<'_, '_>) -> Option<Lone> {
    let said = order.squeezed();
    act.values.iter().filter(|v| v.len() <= LONGEST).find_map(|text| {
        let bare = strip(text);
        let place = text.contains(['/', '@']) && !text.contains(' ') || is_file(text) || text.starts_with(['#', '@']);
        let lone = |wanted: &str| {
            wanted.len() >= 6
                && (!all_digits(wanted) || wanted.len() >= 9)
                && said.contains(wanted)
                && !orders.elsewhere(wanted, order.event, act.call.event)
        };
        let unspaced = || text.chars().filter(|c| is_unspaced(*c)).count() >= 4;
        // What the user wanted paid or sent has numbers of its own.
        let number = || !act.wanted.asked && !act.wanted.delegated && is_object(text);
        let telling = (place || text.split_whitespace().count() >= 2 || unspaced() || number()) && lone(&squeeze(bare));
        // Data may be carried in the rest of a link.
        let host = || {
            let host = bare.split(['/', '?']).next().unwrap_or_default();
            bare.len() < text.len() && host.contains('.') && lone(&squeeze(host))
        };
        (telling || host()).then(|| Lone { place, text: text.clone() })
    })
}

pub(super) fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

pub(in super::super) fn strip(text: &str) -> &str {
    let bare = text.trim().trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    bare.trim_end_matches('/')
}

pub(super) fn is_file(text: &str) -> bool {
    let stem_and_end = text.rsplit_once('.').filter(|_| !text.contains(' '));
    stem_and_end.is_some_and(|(stem, end)| {
        stem.len() >= 2 && (2..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

pub(in super::super) fn strings(value: Value<'_>, out: &mut Vec<String>, depth: usize) {
    if depth > 8 || out.len() >= 24 {
        return;
    }
    if let Some(text) = value.str() {
        out.push(text.into_owned());
    }
    value.items().chain(value.entries().map(|(_, v)| v)).for_each(|v| strings(v, out, depth + 1));
}

/// The stem by which two forms of a word are the same.
pub(super) fn stem(word: &str) -> Option<String> {
    let folded = word.to_lowercase();
    (folded.chars().count() >= 4 && folded.chars().all(char::is_alphabetic)).then(|| folded.chars().take(5).collect())
}

pub(super) fn stems(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter_map(stem).collect()
}

/// True for an address, a link or the number of an account.
pub(in super::super) fn is_object(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    is_address(text) || digits >= 9 && super::dates::of_iso(text).is_none()
}

/// True where a text names such a thing.
pub(super) fn names_object(text: &str) -> bool {
    let digits = |run: &str| run.bytes().filter(u8::is_ascii_digit).count() >= 9;
    let account = || text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ')).any(digits);
    is_address(text) || account()
}

fn is_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letter = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphanumeric);
    let mail = || memchr::memchr_iter(b'@', bytes).any(|at| at > 0 && letter(at - 1) && letter(at + 1));
    text.contains("://") || text.contains("www.") || mail()
}

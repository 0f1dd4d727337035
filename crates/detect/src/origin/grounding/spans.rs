//! Ranges of IDs: `Q021-Q026`, `INV-2031–34`, "INV-100 to INV-105".

use super::Sources;
use crate::prose::pattern;
use crate::values;
use regex::Regex;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

static SPAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"\b([a-z]{0,8}[-_ ]?)([0-9]{1,9})\s{0,2}(?:-|–|—|\.\.|to|through|thru|until)\s{0,2}([a-z]{0,8}[-_ ]?)([0-9]{1,9})\b",
    )
});

/// The first and the last ID of a range that is written as one word in lower case.
fn ends(word: &str) -> Option<(String, String)> {
    let identifies = |p: &str| p.bytes().any(|b| b.is_ascii_digit());
    word.match_indices('-').find_map(|(at, _)| {
        let (first, last) = (&word[..at], &word[at + 1..]);
        if !identifies(first) || !identifies(last) || !first.bytes().any(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        if values::shape(first) == values::shape(last) {
            return Some((first.to_owned(), last.to_owned()));
        }
        // The second one may lack what both begin with.
        let digits = first.len() - first.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let short = last.bytes().all(|b| b.is_ascii_digit()) && last.len() <= digits && first.len() > digits;
        short.then(|| (first.to_owned(), format!("{}{last}", &first[..first.len() - last.len()])))
    })
}

/// True for a range whose two ends stand in sources before an event.
pub fn is_known(sources: &Sources<'_>, word: &str, before: u32) -> bool {
    ends(word).is_some_and(|(first, last)| sources.contains(&first, before) && sources.contains(&last, before))
}

/// True for an ID in a range that a source before an event names.
pub fn holds(sources: &Sources<'_>, word: &str, before: u32) -> bool {
    let digits = word.len() - word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (prefix, number) = word.split_at(word.len() - digits);
    let Ok(wanted) = number.parse::<u64>() else { return false };
    // A bare number lies in many a range: only long ones identify.
    if digits > 9 || (prefix.is_empty() && digits < 5) {
        return false;
    }
    let prefix = bare(prefix);
    sources.spans().iter().filter(|span| span.event < before || span.event == 0).any(|span| {
        span.prefix == prefix
            && (span.last_prefix.is_empty() || bare(&span.last_prefix) == prefix)
            && span.digits == digits
            && span.numbers.contains(&wanted)
    })
}

fn bare(prefix: &str) -> &str {
    prefix.trim_end_matches(['-', '_', ' '])
}

/// A range of numbers in a source.
pub(super) struct Span {
    event: u32,
    /// What stands before the first number, without what joins it.
    prefix: String,
    /// What stands before the last one.
    last_prefix: String,
    /// How many digits the first number has.
    digits: usize,
    numbers: RangeInclusive<u64>,
}

/// The ranges that a text in lower case names.
pub(super) fn of(event: u32, lower: &str) -> Vec<Span> {
    let spans = SPAN.iter().flat_map(|r| r.captures_iter(lower)).filter_map(|c| {
        let (first, from, last, to) = (c.get(1)?.as_str(), c.get(2)?.as_str(), c.get(3)?.as_str(), c.get(4)?.as_str());
        let numbers = from.parse().ok()?..=to.parse().ok()?;
        let (prefix, last_prefix) = (bare(first).to_owned(), last.to_owned());
        Some(Span { event, prefix, last_prefix, digits: from.len(), numbers })
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_two_ends() {
        let of = |w: &str| ends(w).map(|(a, b)| format!("{a} {b}"));
        assert_eq!(of("q021-q026").as_deref(), Some("q021 q026"));
        assert_eq!(of("inv-2031-34").as_deref(), Some("inv-2031 inv-2034"));
        assert_eq!(of("12c-12f").as_deref(), Some("12c 12f"));
        assert_eq!(of("inv-2031"), None);
        assert_eq!(of("2024-0017"), None);
    }
}

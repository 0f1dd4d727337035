//! Ranges of IDs: `Q021-Q026`, `INV-2031–34`, "INV-100 to INV-105".

use super::Sources;
use crate::prose::pattern;
use crate::values;
use regex::Regex;
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
    let bare = |p: &str| p.trim_end_matches(['-', '_', ' ']).to_owned();
    sources.before(before).any(|source| {
        SPAN.iter().flat_map(|r| r.captures_iter(source.lower())).any(|c| {
            let (Some(p1), Some(from), Some(p2), Some(to)) = (c.get(1), c.get(2), c.get(3), c.get(4)) else {
                return false;
            };
            let same = bare(p1.as_str()) == bare(prefix) && (p2.is_empty() || bare(p2.as_str()) == bare(prefix));
            let (Ok(first), Ok(last)) = (from.as_str().parse::<u64>(), to.as_str().parse::<u64>()) else {
                return false;
            };
            same && from.len() == digits && (first..=last).contains(&wanted)
        })
    })
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

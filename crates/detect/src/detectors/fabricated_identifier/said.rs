//! What an answer names without the marks of an identifier: who approved something, and numbers that are read out.

use crate::finding::Cite;
use crate::origin::grounding::{Kind, Used};
use crate::prose::flags;
use crate::prose::{Prose, pattern};
use crate::secrets::spoken;
use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::LazyLock;

/// Digits read out in a row, below which they may be a count or a time.
const FEWEST: usize = 6;

static APPROVED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    pattern::any_of([
        "approved by ",
        "authorised by ",
        "authorized by ",
        "signed off by ",
        "approval from ",
        "approval by ",
        "sign-off from ",
        "sign-off by ",
    ])
});

static STEMS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| [Finder::new("approv"), Finder::new("authori"), Finder::new("off ")]);

/// Those by whom something is said to have been approved. One name alone may be a department's or a role's; a person
/// has two.
pub fn approvers(prose: &Prose<'_>) -> Vec<Range<usize>> {
    let text = &prose.text.text;
    // Few texts speak of approval at all.
    let lower = prose.lower.as_bytes();
    if !STEMS.iter().any(|stem| stem.find(lower).is_some()) {
        return Vec::new();
    }
    let found = APPROVED.iter().flat_map(|a| a.find_iter(&prose.lower));
    found.filter_map(|m| name(text, m.end())).collect()
}

/// The name that begins at a place: two to four words with capitals.
fn name(text: &str, from: usize) -> Option<Range<usize>> {
    let mut end = from;
    let mut parts = 0;
    for word in text.get(from..)?.split(' ').take(4) {
        let bare = word.trim_end_matches([',', '.', ';', ':', ')', '!', '?', '\n']);
        let capital = bare.chars().next().is_some_and(char::is_uppercase);
        if !capital || bare.chars().skip(1).any(|c| !c.is_alphabetic() && !matches!(c, '-' | '\'' | '.')) {
            break;
        }
        end = word.as_ptr() as usize - text.as_ptr() as usize + bare.len();
        parts += 1;
        // "Dr." and an initial end no sentence.
        if bare.len() < word.len() && !(bare.len() <= 3 && word.ends_with('.')) {
            break;
        }
    }
    (parts >= 2).then_some(from..end)
}

/// Numbers that are read out digit by digit.
pub fn numbers(prose: &Prose<'_>) -> Vec<Used> {
    let text = &prose.text.text;
    // Nearly every text has too few numbers in words, of which "double" is none.
    let counted = || prose.sentences.iter().filter(|s| s.has(flags::COUNT)).flat_map(|s| s.words.clone());
    if counted().filter(|i| prose.has(*i, flags::COUNT)).nth(FEWEST / 2).is_none() {
        return Vec::new();
    }
    let Some((said, places)) = spoken::may_read_out(&prose.lower).then(|| spoken::digits(text)).flatten() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut start = 0;
    for run in said.split(' ') {
        let at = start..start + run.len();
        start = at.end + 1;
        let (Some(first), Some(last)) = (places.get(at.start), places.get(at.end.saturating_sub(1))) else { continue };
        // Digits that are written as such are looked at elsewhere.
        let words = first.start..last.end;
        if run.len() < FEWEST || text[words.clone()].bytes().any(|b| b.is_ascii_digit()) {
            continue;
        }
        found.extend(Cite::of(prose.event, prose.text, words).map(|cite| Used {
            kind: Kind::ReadOut,
            text: run.to_owned(),
            cite,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn text(s: &str) -> Text {
        Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } }
    }

    #[test]
    fn approvers_have_a_name_and_a_surname() {
        let named = |s: &str| {
            let text = text(s);
            let prose = Prose::new(0, Role::Assistant, &text);
            approvers(&prose).into_iter().map(|r| text.text[r].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(named("It was approved by Henrik Solberg and is rated low."), ["Henrik Solberg"]);
        assert_eq!(named("Authorized by Dr. Ana-Maria O'Neil, on Monday."), ["Dr. Ana-Maria O'Neil"]);
        assert!(named("It was approved by Finance. It was approved by the manager Al.").is_empty());
    }

    #[test]
    fn numbers_are_read_out_in_words() {
        let text = text("It is five five one eight zero zero, or 551 800. Two or three days.");
        let prose = Prose::new(0, Role::Assistant, &text);
        let found = numbers(&prose);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].text.as_str(), found[0].cite.text()), ("551800", "five five one eight zero zero"));
    }
}

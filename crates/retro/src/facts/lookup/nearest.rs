//! The passage that has the most words of a quote.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

/// The passage, as long as the quote in words, that shares the most words with it, and its event; `None` where none
/// shares half of them. Linear in the texts.
pub fn nearest<'t>(quote: &str, texts: impl Iterator<Item = (u32, &'t str)>) -> Option<(u32, &'t str)> {
    let mut needed: HashMap<String, usize> = HashMap::new();
    let mut count = 0;
    for (_, word) in words(quote) {
        *needed.entry(word).or_default() += 1;
        count += 1;
    }
    let mut best: Option<(usize, u32, &str)> = None;
    for (event, text) in texts {
        let Some((shared, range)) = passage(text, &needed, count) else { continue };
        if shared * 2 >= count && best.is_none_or(|(most, ..)| shared > most) {
            best = text.get(range).map(|passage| (shared, event, passage));
        }
    }
    best.map(|(_, event, passage)| (event, passage))
}

/// The words of a text in lower case, with their places.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let end = text[start..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |n| start + n);
        rest = end;
        Some((start..end, text[start..end].to_lowercase()))
    })
}

/// The best passage of one text: how many words it shares, and where it is.
fn passage(text: &str, needed: &HashMap<String, usize>, count: usize) -> Option<(usize, Range<usize>)> {
    let mut left = needed.clone();
    // The words of the passage, each with the needed one that it stands for.
    let mut window: VecDeque<(Range<usize>, Option<String>)> = VecDeque::new();
    let (mut shared, mut best) = (0, None);
    for (range, word) in words(text) {
        if window.len() == count
            && let Some((_, Some(gone))) = window.pop_front()
        {
            *left.entry(gone).or_default() += 1;
            shared -= 1;
        }
        let taken = left.get_mut(&word).filter(|n| **n > 0);
        let taken = taken.map(|n| {
            *n -= 1;
            shared += 1;
            word
        });
        let end = range.end;
        window.push_back((range, taken));
        // What does not match at the front belongs to no passage.
        while window.front().is_some_and(|(_, w)| w.is_none()) {
            window.pop_front();
        }
        if let Some((first, _)) = window.front()
            && best.as_ref().is_none_or(|(most, _)| shared > *most)
        {
            best = Some((shared, first.start..end));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'t>(quote: &str, texts: &[&'t str]) -> Option<(u32, &'t str)> {
        nearest(quote, (0..).zip(texts.iter().copied()))
    }

    #[test]
    fn the_passage_with_the_most_words_is_found() {
        let texts = ["You are a regular member.", r#"{"name":"Ada","membership":"regular","seat":"12A"}"#];
        assert_eq!(of("membership: regular", &texts), Some((1, r#"membership":"regular"#)));
        assert_eq!(of("You are a REGULAR Member", &texts), Some((0, "You are a regular member")));
        assert_eq!(of("as a gold customer of ours", &texts), None);
        assert_eq!(of("…", &texts), None);
        assert_eq!(of("a", &[]), None);
    }

    #[test]
    fn a_word_counts_as_often_as_it_is_needed() {
        assert_eq!(of("very very good", &["very bad", "x very very good y"]), Some((1, "very very good")));
        assert_eq!(of("no no no no", &["no"]), None);
    }
}

//! Periods and times by which something is to happen, and that nothing in the session gives: "within ten days", "sous
//! 48 h", "before noon tomorrow".

use super::statement;
use crate::finding::Cite;
use crate::origin::grounding::typed::{Known, dates};
use crate::origin::grounding::{Kind, Sources, Used};
use crate::prose::Prose;
use crate::values::typed::clock;
use crate::values::typed::span;
use crate::values::typed::tokens::{self, Token};
use crate::values::typed::words::{TimeUnit, words};
use std::ops::Range;

/// "In a minute" is a manner of speaking.
const SHORT: i64 = 10;
/// A longer period is a term of something.
const LONG: i64 = 60 * 24 * 100;

/// What one text promises without a source. `known` has read everything before it.
pub fn of<'s>(prose: &Prose<'_>, known: &mut Known, sources: &dyn Fn() -> &'s Sources<'s>) -> Vec<Used> {
    let text = &prose.text.text;
    let tokens = tokens::tokens(text);
    let spans = span::spans(&tokens).into_iter().filter(|s| (SHORT..LONG).contains(&s.minutes()));
    let words = words();
    let told = dates(text, &tokens);
    let mut found: Vec<(Kind, Range<usize>)> = Vec::new();
    for span in spans {
        let Some(from) = after(&tokens, span.tokens.start, &words.until_span) else { continue };
        let range = tokens[from].range.start..tokens[span.tokens.end - 1].range.end;
        // "In one day" and "for a year" are said of anything.
        if (span.most < 2 && span.unit != TimeUnit::Hour) || !tells(prose, &tokens, &range) {
            continue;
        }
        // "In 28 min 45 s": what was measured, and no term.
        if tokens.get(span.tokens.end).is_some_and(|t| t.number().is_some()) {
            continue;
        }
        known.advance(sources(), prose.event);
        if !known.explains(&span, &told) {
            found.push((Kind::Span, range));
        }
    }
    let mut clocks = clock::clocks(text, false);
    clocks.extend(clock::hours(&tokens));
    for clock in clocks {
        let at = tokens.partition_point(|t| t.range.start < clock.range.start);
        let Some(from) = after(&tokens, at, &words.until_clock) else { continue };
        let range = tokens[from].range.start..clock.range.end;
        if clock.minute == 0 || !tells(prose, &tokens, &range) {
            continue;
        }
        known.advance(sources(), prose.event);
        if !known.has_clock(clock.minute) {
            found.push((Kind::Clock, range));
        }
    }
    let used = |(kind, range): (Kind, Range<usize>)| {
        let cite = Cite::of(prose.event, prose.text, range)?;
        Some(Used { kind, text: cite.text().to_owned(), cite })
    };
    found.into_iter().filter_map(used).collect()
}

/// The place of the word of a set that stands before a token, with fillers between them at most.
fn after(tokens: &[Token], at: usize, set: &crate::maps::HashSet<String>) -> Option<usize> {
    let mut place = at;
    for _ in 0..3 {
        place = place.checked_sub(1)?;
        let word = tokens.get(place)?.word()?;
        if set.contains(word) {
            return Some(place);
        }
        if !words().fillers.contains(word) {
            return None;
        }
    }
    None
}

/// True where a sentence tells a value as a fact of the session: no question, no hedge, no quote, no example.
fn tells(prose: &Prose<'_>, tokens: &[Token], range: &Range<usize>) -> bool {
    let sentence = prose.sentences.iter().find(|s| s.range.start <= range.start && range.start < s.range.end);
    let Some(sentence) = sentence.filter(|s| !s.question) else { return false };
    let quoted = prose.words[sentence.words.clone()].iter().any(|w| w.quoted);
    let own = tokens.iter().filter(|t| sentence.range.start <= t.range.start && t.range.start < sentence.range.end);
    let hedged = own.filter_map(Token::word).any(|w| words().hedges.contains(w));
    !quoted && !hedged && !statement::is_example(prose, range)
}

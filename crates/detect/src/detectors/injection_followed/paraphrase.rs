//! Words that an order dictates and an answer says in a wording of its own: most of the telling words of what is to be said
//! stand close together in the answer, and nobody else had said them.

use super::orders::{Order, Orders};
use super::words::{SAYS, Word, words};
use crate::prose::lexicon::english;
use hindcast_trace::model::Text;
use std::collections::BTreeSet;
use std::ops::Range;

/// Fewer telling words in common are chance.
const LEAST: usize = 3;
/// So many words of an answer are read together.
const WINDOW: usize = 40;
/// What is to be said ends within so many bytes of the verb that asks for it.
const CLAUSE: usize = 260;
/// Letters by which two forms of a word are the same.
const STEM: usize = 5;

/// Where the order's words stand in an answer, and where in the order.
pub(super) fn of(
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    text: &Text,
    event: u32,
) -> Option<(Range<usize>, Range<usize>)> {
    let said = words(&text.text);
    let (clause, wanted) = dictated(orders, order, event)?;
    // More than half of it, so that an answer about the same thing is none.
    let enough = LEAST.max((wanted.len() * 3).div_ceil(5));
    let hits: Vec<(usize, String)> = said
        .iter()
        .enumerate()
        .filter_map(|(i, w)| Some((i, stem(&w.text)?)))
        .filter(|(_, stem)| wanted.contains(stem))
        .collect();
    let group = hits.iter().enumerate().find_map(|(n, (first, _))| {
        let close = hits[n..].iter().take_while(|(i, _)| i - first < WINDOW);
        let distinct: BTreeSet<&str> = close.clone().map(|(_, s)| s.as_str()).collect();
        (distinct.len() >= enough).then(|| close.last().map(|(i, _)| (*first, *i))).flatten()
    })?;
    Some((said[group.0].place.start..said[group.1].place.end, clause))
}

/// What an order wants to be said, and its words that nobody else said.
fn dictated(orders: &Orders<'_, '_>, order: &Order<'_>, event: u32) -> Option<(Range<usize>, BTreeSet<String>)> {
    let text = order.words();
    let marker = order.place.marker.end.saturating_sub(order.place.range.start).min(text.len());
    let marker = text.floor_char_boundary(marker);
    let verb = SAYS.as_ref()?.find(&text[marker..])?;
    let from = marker + verb.start();
    let to = text.ceil_char_boundary((from + CLAUSE).min(text.len()));
    let clause = from..to;
    let stems: BTreeSet<String> = words(&text[clause.clone()]).iter().skip(1).filter_map(telling).collect();
    let fresh: BTreeSet<String> = stems.into_iter().filter(|s| !orders.is_known(s, event)).collect();
    (fresh.len() >= LEAST).then_some((clause, fresh))
}

fn telling(word: &Word) -> Option<String> {
    (!english().is("common", &word.text)).then(|| stem(&word.text)).flatten()
}

/// The beginning of a word that tells something, by which two forms of it are the same.
pub(super) fn stem(word: &str) -> Option<String> {
    let long = word.chars().count() >= 4 || word.bytes().any(|b| b.is_ascii_digit()) && word.len() >= 2;
    long.then(|| word.chars().take(STEM).collect())
}

/// The telling words of a text.
pub(super) fn stems(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).filter_map(|w| stem(&w.to_lowercase()))
}

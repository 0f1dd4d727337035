//! Words that an order dictates and an answer says in a wording of its own: most of the telling words of what is to be said
//! stand close together in the answer, and nobody else had said them.

use super::orders::{Order, Orders};
use super::words::{SAYS, Said, Word, words};
use crate::prose::lexicon::english;
use crate::prose::readers::is_unspaced;
use crate::secrets::squeeze;
use hindcast_trace::model::Text;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Fewer telling words in common are chance.
const LEAST: usize = 3;
/// So many are enough in any order.
const MANY: usize = 5;
/// So many names that only the order has are enough.
const NAMES: usize = 2;
/// So many words within so few of them are a phrase.
const CLOSE: usize = 4;
const ROW: usize = 7;
/// So many letters in a row are a phrase where no spaces are set.
const LETTERS: usize = 10;
/// So many words of an answer are read together.
const WINDOW: usize = 40;
/// What is to be said ends within so many bytes of the verb that asks for it.
const CLAUSE: usize = 260;
/// Letters by which two forms of a word are the same.
const STEM: usize = 5;

/// How much must be shared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// More than half of what is to be said: whoever talks of the same thing shares some.
    Half,
    /// Some: what is written for others does not talk of the order.
    Some,
    /// Much, as nothing in the order speaks to an agent.
    Much,
}

impl Needs {
    pub(super) fn of(unmarked: bool, written: bool) -> Self {
        match (unmarked, written) {
            (true, _) => Needs::Much,
            (false, true) => Needs::Some,
            (false, false) => Needs::Half,
        }
    }

    fn words(self, wanted: usize) -> usize {
        match self {
            Needs::Half => LEAST.max((wanted * 3).div_ceil(5)).min(MANY),
            Needs::Some => LEAST.max((wanted * 2).div_ceil(5)).min(MANY),
            Needs::Much => MANY,
        }
    }
}

/// Where the order's words stand in an answer, and where in the order.
pub(super) fn of(
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    said: &Said<'_>,
    event: u32,
    needs: Needs,
) -> Option<(Range<usize>, Range<usize>)> {
    if let Some(found) = unspaced(orders, order, said.text, event) {
        return Some(found);
    }
    let dictated = order.dictated()?;
    let clause = dictated.clause.clone();
    // The words that nobody else said.
    let fresh = dictated.telling.iter().filter(|(s, _)| !orders.is_known(s, event));
    let wanted: BTreeMap<&str, bool> = fresh.map(|(s, named)| (s.as_str(), *named)).collect();
    if wanted.len() < NAMES {
        return None;
    }
    let hits: Vec<&(usize, String)> =
        said.stems().iter().filter(|(_, stem)| wanted.contains_key(stem.as_str())).collect();
    let said = said.words();
    let enough = needs.words(wanted.len());
    let group = |window: usize, enough: usize, named: bool| {
        hits.iter().enumerate().find_map(|(n, (first, _))| {
            let close = hits[n..].iter().take_while(|(i, _)| i - first < window);
            let counts = close.clone().filter(|(_, s)| !named || wanted.get(s.as_str()) == Some(&true));
            let distinct: BTreeSet<&str> = counts.map(|(_, s)| s.as_str()).collect();
            (distinct.len() >= enough).then(|| close.last().map(|(i, _)| (*first, *i))).flatten()
        })
    };
    // "Please put it down: Lantern Evening" holds a name that is data.
    let names = needs != Needs::Much || order.is_foreign() || super::dictated::is_of_a_text(order);
    let named = || group(WINDOW, NAMES, true).filter(|_| names);
    let found = group(WINDOW, enough, false).or_else(|| group(ROW, CLOSE, false)).or_else(named)?;
    Some((said[found.0].place.start..said[found.1].place.end, clause))
}

/// A row of letters that the order and the answer share, in a script that sets no spaces.
fn unspaced(
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    text: &Text,
    event: u32,
) -> Option<(Range<usize>, Range<usize>)> {
    if !order.words().contains(is_unspaced) || !text.text.contains(is_unspaced) {
        return None;
    }
    let from = order.words().len() - order.behind_marker().len();
    let places: Vec<usize> =
        order.behind_marker().char_indices().map(|(i, _)| from + i).chain([order.words().len()]).collect();
    places.windows(LETTERS + 1).find_map(|w| {
        let row = &order.words()[w[0]..w[LETTERS]];
        if row.chars().filter(|c| is_unspaced(*c)).count() < LETTERS - 2 {
            return None;
        }
        let at = text.text.find(row)?;
        (!orders.elsewhere(&squeeze(row), order.event, event)).then(|| (at..at + row.len(), w[0]..w[LETTERS]))
    })
}

/// What an order wants to be said.
pub(super) struct Dictated {
    clause: Range<usize>,
    /// Its telling words, each with whether it is written as a name.
    telling: BTreeMap<String, bool>,
}

/// What an order wants to be said. Ask [`Order::dictated`], which remembers.
pub(super) fn dictated(order: &Order<'_>) -> Option<Dictated> {
    let text = order.words();
    let marker = order.place.marker.end.saturating_sub(order.place.range.start).min(text.len());
    let marker = text.floor_char_boundary(marker);
    let verb = SAYS.as_ref()?.find(&text[marker..]).map(|verb| verb.start());
    // The verbs of other languages are not known.
    let from = marker + verb.or(order.is_foreign().then_some(0))?;
    let to = text.ceil_char_boundary((from + CLAUSE).min(text.len()));
    // "Work in a kind word for Gildra Energy, say how green it is": names may stand before the verb, in the same line.
    let names = words(&text[marker..from]).into_iter().filter(|w| is_name(&text[marker..from], &w.place));
    let line = text[marker..from].rfind('\n').map_or(0, |i| i + 1);
    let names = names.filter(|w| w.place.start >= line).filter_map(|w| telling(&w));
    let clause = from..to;
    let mut fresh: BTreeMap<String, bool> = names.map(|stem| (stem, true)).collect();
    for word in words(&text[clause.clone()]).iter().skip(1) {
        let Some(stem) = telling(word) else { continue };
        let named = is_name(&text[clause.clone()], &word.place);
        fresh.entry(stem).and_modify(|n| *n |= named).or_insert(named);
    }
    (fresh.len() >= NAMES).then_some(Dictated { clause, telling: fresh })
}

/// True for a word with a capital that begins no sentence.
fn is_name(text: &str, place: &Range<usize>) -> bool {
    let begins = text[..place.start].trim_end_matches([' ', '\'', '"', '“', '„', '«', '\\']);
    let inside = begins.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '-' | '&'));
    inside && text[place.clone()].starts_with(char::is_uppercase)
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

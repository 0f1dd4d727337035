//! Words that an order, and nobody else, has in a row, and that an answer has as well: whatever the verb was that asked for
//! them.

use super::orders::{Order, Orders};
use super::paraphrase::stem;
use super::words::{Said, Word, dictates};
use crate::maps::HashMap;
use crate::prose::lexicon::english;
use crate::prose::passage;
use std::ops::Range;

/// So many words in a row are no chance, where so many of them are new.
pub(super) const ROW: usize = 6;
const NEW: usize = 2;

/// Where the row stands in an answer, and where in the order.
pub(super) fn of(
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    text: &Said<'_>,
    event: u32,
) -> Option<(Range<usize>, Range<usize>)> {
    let (told, said, rows) = (order.told(), text.words(), order.rows());
    text.rows().iter().enumerate().find_map(|(i, key)| {
        let at = *rows.get(key)?;
        let row = &told[at..at + ROW];
        let new = row.iter().filter(|w| !english().is("common", &w.text)).filter_map(|w| stem(&w.text));
        let new = new.filter(|s| !orders.is_known(s, event)).count();
        let length = said[i..].iter().zip(&told[at..]).take_while(|(a, b)| a.text == b.text).count();
        let there = told[at].place.start..told[at + length - 1].place.end;
        // The sentence itself must ask for words or oblige its reader, before the row begins.
        let sentence = passage::around(order.words(), &there);
        let before = &order.words()[sentence.start.min(there.start)..there.start];
        (new >= NEW && (order.is_foreign() || dictates(before)))
            .then(|| (said[i].place.start..said[i + length - 1].place.end, there))
    })
}

/// A row of words as it is compared.
pub(super) fn key(row: &[Word]) -> String {
    row.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The rows of an order behind its marker, each with its place among the words.
pub(super) fn of_order(order: &Order<'_>) -> HashMap<String, usize> {
    let told = order.told();
    let marker = order.place.marker.end.saturating_sub(order.place.range.start);
    let from = told.iter().position(|w| w.place.start >= marker).unwrap_or(told.len());
    told[from..].windows(ROW).enumerate().map(|(i, w)| (key(w), from + i)).collect()
}

//! Words that an order, and nobody else, has in a row, and that an answer has as well: whatever the verb was that asked for
//! them.

use super::orders::{Order, Orders};
use super::paraphrase::stem;
use super::words::{Word, dictates, words};
use crate::prose::lexicon::english;
use crate::prose::passage;
use hindcast_trace::model::Text;
use std::collections::HashMap;
use std::ops::Range;

/// So many words in a row are no chance, where so many of them are new.
const ROW: usize = 6;
const NEW: usize = 2;

/// Where the row stands in an answer, and where in the order.
pub(super) fn of(
    orders: &Orders<'_, '_>,
    order: &Order<'_>,
    text: &Text,
    event: u32,
) -> Option<(Range<usize>, Range<usize>)> {
    let (told, said) = (words(order.words()), words(&text.text));
    let marker = order.place.marker.end.saturating_sub(order.place.range.start);
    let from = told.iter().position(|w| w.place.start >= marker)?;
    let key = |row: &[Word]| row.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
    let rows: HashMap<String, usize> = told[from..].windows(ROW).enumerate().map(|(i, w)| (key(w), from + i)).collect();
    said.windows(ROW).enumerate().find_map(|(i, w)| {
        let at = *rows.get(&key(w))?;
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

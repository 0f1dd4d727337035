//! Which of many texts hold a value, without reading all of them for each value.
//!
//! A session of thousands of messages has thousands of values, and each of them is looked for in every text. Four bytes in a row
//! tell in which blocks of texts a value may be; only those are read. The answer is the same as that of reading every text.

use crate::maps::HashMap;
use std::cell::{Cell, OnceCell};

/// So many texts are read without an index: making one takes longer.
const FEW: usize = 128;
/// So many texts are one block of the index.
const BLOCK: usize = 16;
/// Bytes in a row that the index knows.
const GRAM: usize = 4;

/// Texts, each with its event, in any order.
pub(crate) struct Texts<T> {
    all: Vec<(u32, T)>,
    /// The blocks that hold four bytes in a row, in order.
    blocks: OnceCell<HashMap<u32, Vec<u32>>>,
    /// How many texts were compared.
    compared: Cell<usize>,
}

impl<T: AsRef<str>> FromIterator<(u32, T)> for Texts<T> {
    fn from_iter<I: IntoIterator<Item = (u32, T)>>(texts: I) -> Self {
        Texts { all: texts.into_iter().collect(), blocks: OnceCell::new(), compared: Cell::new(0) }
    }
}

impl<T: AsRef<str>> Texts<T> {
    /// The texts that hold a value, in order, each with its place in the list and its event.
    pub(crate) fn holding(&self, value: &str) -> impl Iterator<Item = (usize, u32, &str)> + use<'_, T> {
        let finder = memchr::memmem::Finder::new(value.as_bytes()).into_owned();
        self.candidates(value).filter_map(move |at| {
            let (event, text) = self.all.get(at)?;
            self.compared.set(self.compared.get() + 1);
            finder.find(text.as_ref().as_bytes()).map(|_| (at, *event, text.as_ref()))
        })
    }

    /// True if a text before an event holds a value.
    pub(crate) fn hold(&self, value: &str, before: u32) -> bool {
        self.holding(value).any(|(_, event, _)| event < before)
    }

    /// The places of the texts that may hold a value.
    fn candidates<'a>(&'a self, value: &str) -> Box<dyn Iterator<Item = usize> + 'a> {
        if self.all.len() <= FEW || value.len() < GRAM {
            return Box::new(0..self.all.len());
        }
        let blocks = self.blocks.get_or_init(|| self.index());
        let of = |gram| blocks.get(&gram).map_or(&[][..], Vec::as_slice);
        let rarest = grams(value).map(of).min_by_key(|b| b.len()).unwrap_or_default();
        Box::new(rarest.iter().flat_map(|block| {
            let start = *block as usize * BLOCK;
            start..(start + BLOCK).min(self.all.len())
        }))
    }

    fn index(&self) -> HashMap<u32, Vec<u32>> {
        let mut blocks: HashMap<u32, Vec<u32>> = HashMap::default();
        for (block, texts) in (0u32..).zip(self.all.chunks(BLOCK)) {
            for gram in texts.iter().flat_map(|(_, text)| grams(text.as_ref())) {
                let of = blocks.entry(gram).or_default();
                if of.last() != Some(&block) {
                    of.push(block);
                }
            }
        }
        blocks
    }
}

fn grams(text: &str) -> impl Iterator<Item = u32> {
    text.as_bytes().windows(GRAM).filter_map(|w| Some(u32::from_le_bytes(w.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_reading_finds_in_few_looks() {
        let texts: Texts<String> = (0..4000u32).map(|i| (i, format!("order W-{i:06} of customer {}", i % 7))).collect();
        let found: Vec<u32> = texts.holding("W-000123").map(|(_, event, _)| event).collect();
        assert_eq!(found, [123]);
        assert!(texts.hold("W-003999", 4000) && !texts.hold("W-003999", 3999) && !texts.hold("W-004000", 4000));
        assert_eq!(texts.holding("er 6").count(), texts.all.iter().filter(|(_, t)| t.contains("er 6")).count());
        assert_eq!(texts.holding("6").count(), texts.all.iter().filter(|(_, t)| t.contains('6')).count());
        let before = texts.compared.get();
        (0..100u32).for_each(|i| assert!(texts.hold(&format!("W-{i:06}"), 4000)));
        assert!(texts.compared.get() - before < 100 * 40 * BLOCK, "{}", texts.compared.get() - before);
    }

    #[test]
    fn few_texts_and_short_values_are_read() {
        let texts: Texts<&str> = [(5, "häuser"), (1, "ab")].into_iter().collect();
        assert!(texts.hold("äus", 6) && !texts.hold("äus", 5) && texts.hold("", 2) && !texts.hold("abc", 9));
    }
}

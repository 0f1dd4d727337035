//! Copies of parts of a text with an encoding undone, and the way back from each byte to what was written.

use super::room::{List, Room};
use std::ops::Range;

/// A piece of the text and what it stands for: one byte, or nothing. There may be one for every third byte of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    at: u32,
    length: u16,
    pub(super) byte: Option<u8>,
}

impl Edit {
    /// Larger texts are refused before ([`super::LARGEST`]), and what stands for one byte is short.
    pub(super) fn of(range: Range<usize>, byte: Option<u8>) -> Self {
        Edit { at: range.start as u32, length: range.len() as u16, byte }
    }

    pub(super) fn start(&self) -> usize {
        self.at as usize
    }

    pub(super) fn end(&self) -> usize {
        self.start() + usize::from(self.length)
    }
}

/// A part of a text with its edits done.
#[derive(Debug)]
pub(super) struct Copy<'c> {
    /// What it reads.
    pub(super) text: List<'c, u8>,
    /// Where it begins in the text.
    start: usize,
    edits: &'c [Edit],
    /// Where each edit stands in the copy.
    places: List<'c, u32>,
    /// True where the copy begins or ends within a word of the text.
    cut: (bool, bool),
}

/// How much of the text before and behind an edit its copy holds, at least where words are short.
const AROUND: usize = 160;
/// How far a copy goes on to where a word ends.
const WORD: usize = 1 << 10;

/// Copies around edits, which are in order and apart; edits that stand close share one. All copies together are not
/// longer than the text.
pub(super) fn around(text: &[u8], edits: &[Edit], room: &Room, mut each: impl FnMut(Copy)) {
    let mut rest = edits;
    let mut after = 0;
    while let Some(first) = rest.first() {
        let mut end = first.end() + 2 * AROUND;
        let mut count = 1;
        while let Some(next) = rest.get(count).filter(|e| e.start() < end) {
            end = next.end() + 2 * AROUND;
            count += 1;
        }
        let (edits, others) = rest.split_at(count);
        rest = others;
        let most = rest.first().map_or(text.len(), |e| e.start());
        let last = edits.last().map_or(first.end(), |e| e.end());
        let (start, cut_before) = begin(text, after, first.start());
        let (end, cut_after) = finish(text, last, most);
        after = end;
        let Some(copy) = Copy::of(text, start..end, edits, (cut_before, cut_after), room) else { return };
        each(copy);
        if room.is_over() {
            return;
        }
    }
}

fn begin(text: &[u8], least: usize, edit: usize) -> (usize, bool) {
    let from = edit.saturating_sub(AROUND).max(least);
    if from == 0 {
        return (0, false);
    }
    let blank = text[from..edit].iter().position(|b| is_border(*b));
    blank.map_or((from, true), |b| (from + b, false))
}

fn finish(text: &[u8], edit: usize, most: usize) -> (usize, bool) {
    let far = most.min(edit + AROUND);
    let rest = &text[far..most.min(far + WORD)];
    match rest.iter().position(|b| is_border(*b)) {
        Some(blank) => (far + blank, false),
        None => (far + rest.len(), far + rest.len() < text.len()),
    }
}

fn is_border(b: u8) -> bool {
    b.is_ascii_whitespace() || b == b'"'
}

impl<'c> Copy<'c> {
    fn of(text: &[u8], part: Range<usize>, edits: &'c [Edit], cut: (bool, bool), room: &'c Room) -> Option<Self> {
        let shorter: usize = edits.iter().map(|e| e.end() - e.start() - usize::from(e.byte.is_some())).sum();
        let length = part.len().saturating_sub(shorter);
        let mut copy = List::with_capacity(room, length)?;
        let mut places = List::with_capacity(room, edits.len())?;
        let bytes = copy.as_mut_vec();
        let mut at = part.start;
        for edit in edits {
            bytes.extend_from_slice(text.get(at..edit.start()).unwrap_or_default());
            places.push(bytes.len() as u32);
            bytes.extend(edit.byte);
            at = edit.end();
        }
        bytes.extend_from_slice(text.get(at..part.end).unwrap_or_default());
        Some(Copy { text: copy, start: part.start, edits, places, cut })
    }

    /// What a byte of the copy stands for in the text.
    fn piece(&self, at: usize) -> Range<usize> {
        let next = self.places.partition_point(|place| *place as usize <= at);
        let last = next.checked_sub(1).and_then(|last| Some((self.edits.get(last)?, *self.places.get(last)? as usize)));
        let plain = match last {
            None => self.start + at,
            Some((edit, place)) if edit.byte.is_some() && place == at => return edit.start()..edit.end(),
            Some((edit, place)) => edit.end() + at - place - usize::from(edit.byte.is_some()),
        };
        plain..plain + 1
    }

    /// What a part of the copy stands for in the text; `None` where nobody can tell what goes on before or behind it.
    pub(super) fn back(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let outside = range.is_empty() || range.end > self.text.len();
        if outside || range.start == 0 && self.cut.0 || range.end == self.text.len() && self.cut.1 {
            return None;
        }
        Some(self.piece(range.start).start..self.piece(range.end - 1).end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Stop;

    fn each(text: &[u8], edits: &[Edit], each: impl FnMut(Copy)) {
        around(text, edits, &Room::new(u64::MAX, &Stop::default()), each);
    }

    #[test]
    fn a_place_in_a_copy_leads_back_to_what_was_written() {
        let text = b"see a%40b.example and c";
        let mut copies = 0;
        each(text, &[Edit::of(5..8, Some(b'@'))], |c| {
            copies += 1;
            assert_eq!(&c.text[..], b"see a@b.example and c");
            assert_eq!(c.back(&(4..15)), Some(4..17));
            assert_eq!([c.piece(4), c.piece(5), c.piece(6)], [4..5, 5..8, 8..9]);
        });
        assert_eq!(copies, 1);
        let none = [Edit::of(4..5, None), Edit::of(5..8, None)];
        each(text, &none, |c| assert_eq!(c.back(&(4..13)), Some(8..17)));
        let both = [Edit::of(4..5, None), Edit::of(5..8, Some(b'@')), Edit::of(8..10, None)];
        each(text, &both, |c| assert_eq!([c.piece(3), c.piece(4), c.piece(5)], [3..4, 5..8, 10..11]));
    }

    #[test]
    fn a_copy_that_was_cut_within_a_word_says_nothing_about_its_edge() {
        let text = format!("{}%40b", "a".repeat(AROUND * 2));
        let at = AROUND * 2;
        each(text.as_bytes(), &[Edit::of(at..at + 3, Some(b'@'))], |c| {
            assert_eq!(c.back(&(0..c.text.len())), None);
            assert_eq!(c.back(&(1..c.text.len())), Some(AROUND + 1..text.len()));
        });
    }
}

//! Copies of parts of a text with an encoding undone, and the way back from each byte to what was written.

use std::ops::Range;

/// A piece of the text and what it stands for: one byte, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) byte: Option<u8>,
}

/// A part of a text with its edits done.
#[derive(Debug)]
pub(super) struct Copy {
    /// What it reads.
    pub(super) text: Vec<u8>,
    /// What each byte of it stands for in the text.
    from: Vec<Range<usize>>,
    /// True where the copy begins or ends within a word of the text.
    cut: (bool, bool),
}

/// How much of the text before and behind an edit its copy holds, at least where words are short.
const AROUND: usize = 160;
/// How far a copy goes on to where a word ends.
const WORD: usize = 1 << 10;

/// Copies around edits, which are in order and apart; edits that stand close share one. All copies together are not
/// longer than the text.
pub(super) fn around(text: &[u8], edits: &[Edit], mut each: impl FnMut(Copy)) {
    let mut rest = edits;
    let mut after = 0;
    while let Some(first) = rest.first() {
        let mut end = first.range.end + 2 * AROUND;
        let mut count = 1;
        while let Some(next) = rest.get(count).filter(|e| e.range.start < end) {
            end = next.range.end + 2 * AROUND;
            count += 1;
        }
        let (edits, others) = rest.split_at(count);
        rest = others;
        let most = rest.first().map_or(text.len(), |e| e.range.start);
        let last = edits.last().map_or(first.range.end, |e| e.range.end);
        let (start, cut_before) = begin(text, after, first.range.start);
        let (end, cut_after) = finish(text, last, most);
        after = end;
        each(Copy::of(text, start..end, edits, (cut_before, cut_after)));
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

impl Copy {
    fn of(text: &[u8], part: Range<usize>, edits: &[Edit], cut: (bool, bool)) -> Self {
        let mut copy = Copy { text: Vec::with_capacity(part.len()), from: Vec::with_capacity(part.len()), cut };
        let mut at = part.start;
        for edit in edits {
            copy.plain(text, at..edit.range.start);
            if let Some(byte) = edit.byte {
                copy.text.push(byte);
                copy.from.push(edit.range.clone());
            }
            at = edit.range.end.max(at);
        }
        copy.plain(text, at..part.end);
        copy
    }

    fn plain(&mut self, text: &[u8], range: Range<usize>) {
        self.from.extend(range.clone().map(|at| at..at + 1));
        self.text.extend_from_slice(text.get(range).unwrap_or_default());
    }

    /// What a part of the copy stands for in the text; `None` where nobody can tell what goes on before or behind it.
    pub(super) fn back(&self, range: &Range<usize>) -> Option<Range<usize>> {
        if range.start == 0 && self.cut.0 || range.end == self.text.len() && self.cut.1 {
            return None;
        }
        Some(self.from.get(range.start)?.start..self.from.get(range.end.checked_sub(1)?)?.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_copy_leads_back_to_what_was_written() {
        let text = b"see a%40b.example and c";
        let edits = [Edit { range: 5..8, byte: Some(b'@') }];
        let mut copies = Vec::new();
        around(text, &edits, |c| copies.push(c));
        assert_eq!(copies.len(), 1);
        assert_eq!(copies[0].text, b"see a@b.example and c");
        assert_eq!(copies[0].back(&(4..15)), Some(4..17));
        let none = [Edit { range: 4..5, byte: None }, Edit { range: 5..8, byte: None }];
        around(text, &none, |c| assert_eq!(c.back(&(4..13)), Some(8..17)));
    }

    #[test]
    fn a_copy_that_was_cut_within_a_word_says_nothing_about_its_edge() {
        let text = format!("{}%40b", "a".repeat(AROUND * 2));
        let at = AROUND * 2;
        around(text.as_bytes(), &[Edit { range: at..at + 3, byte: Some(b'@') }], |c| {
            assert_eq!(c.back(&(0..c.text.len())), None);
            assert_eq!(c.back(&(1..c.text.len())), Some(AROUND + 1..text.len()));
        });
    }
}

//! The lines of a file in which something would be masked: as uploaded, and with the masks. Long lines and long values are cut.

use super::preview::{MaskedPlace, kind};
use hindcast_trace::redact::Masked;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a line that are shown before the first mask and after the last one.
const AROUND: usize = 60;
/// Bytes of a line that are shown as one; what follows is shown as a further line.
const LONGEST: usize = 300;
/// Characters of one value that are shown.
const VALUE: usize = 120;
/// Values of one upload that the API lists.
pub const PLACES: usize = 1000;

/// A piece of a line: a value or its mask with the kind, or the text in between.
pub struct Piece {
    /// The text.
    pub text: String,
    /// The kind of a value, for people.
    pub kind: Option<&'static str>,
}

/// A line with what would be masked in it.
pub struct Line {
    /// Its number in the file, counted from 1; absent for a file's name.
    pub number: Option<usize>,
    /// As it was uploaded.
    pub uploaded: Vec<Piece>,
    /// With masks.
    pub masked: Vec<Piece>,
    /// The values in it.
    pub values: usize,
}

/// What would be masked in one file.
pub struct FileMasks {
    /// Its name, as uploaded.
    pub name: String,
    /// The values of each kind.
    pub counts: BTreeMap<String, usize>,
    /// The lines, the name first.
    pub lines: Vec<Line>,
    /// Each value, up to [`PLACES`].
    pub places: Vec<MaskedPlace>,
}

impl FileMasks {
    /// What would be masked in a file's name.
    pub fn of_name(name: &str, masked: &Masked) -> Self {
        let mut all = FileMasks {
            name: name.to_owned(),
            counts: BTreeMap::new(),
            lines: lines(name.as_bytes(), masked, usize::MAX),
            places: Vec::new(),
        };
        all.lines.iter_mut().for_each(|line| line.number = None);
        all.add("/name", name.as_bytes(), masked);
        all
    }

    /// Adds what would be masked in its text, with so many lines at most.
    pub fn add_text(&mut self, text: &[u8], masked: &Masked, most: usize) {
        self.lines.extend(lines(text, masked, most));
        self.add("/file", text, masked);
    }

    /// True if nothing would be masked.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn add(&mut self, field: &str, text: &[u8], masked: &Masked) {
        for (kind, n) in &masked.counts {
            *self.counts.entry(kind.clone()).or_default() += n;
        }
        let (mut at, mut chars) = (0, 0);
        let mut count = |to: usize| {
            chars += String::from_utf8_lossy(text.get(at..to).unwrap_or_default()).chars().count();
            at = at.max(to);
            chars
        };
        for place in masked.places.iter().take(PLACES.saturating_sub(self.places.len())) {
            let (from, to) = (count(place.hidden.start), count(place.hidden.end));
            self.places.push(MaskedPlace { field: field.to_owned(), kind: place.kind, from, to });
        }
    }
}

/// The lines of a text in which something would be masked.
fn lines(text: &[u8], masked: &Masked, most: usize) -> Vec<Line> {
    let mut all = Vec::new();
    let mut places = masked.places.iter().peekable();
    let (mut number, mut counted) = (1, 0);
    while let Some(first) = places.next_if(|_| all.len() < most) {
        number += newlines(text.get(counted..first.hidden.start).unwrap_or_default());
        counted = counted.max(first.hidden.start);
        let from = before(text, first.hidden.start);
        let mut line = Line { number: Some(number), uploaded: Vec::new(), masked: Vec::new(), values: 0 };
        if from > 0 && text[from - 1] != b'\n' {
            line.add_text("…".to_owned());
        }
        line.add_text(shown(text, from..first.hidden.start));
        let mut last = first;
        line.add_value(text, masked, last.hidden.clone(), last.mask.clone(), kind(last.kind));
        while let Some(next) = places.next_if(|next| {
            let between = text.get(last.hidden.end..next.hidden.start).unwrap_or_default();
            next.hidden.end.saturating_sub(from) <= LONGEST && newlines(between) == 0
        }) {
            line.add_text(shown(text, last.hidden.end..next.hidden.start));
            line.add_value(text, masked, next.hidden.clone(), next.mask.clone(), kind(next.kind));
            last = next;
        }
        let rest = places.peek().map_or(text.len(), |next| next.hidden.start);
        let to = after(text, last.hidden.end, rest);
        line.add_text(shown(text, last.hidden.end..to));
        if to < text.len() && text[to] != b'\n' {
            line.add_text("…".to_owned());
        }
        all.push(line);
    }
    all
}

impl Line {
    fn add_text(&mut self, text: String) {
        if !text.is_empty() {
            self.uploaded.push(Piece { text: text.clone(), kind: None });
            self.masked.push(Piece { text, kind: None });
        }
    }

    fn add_value(
        &mut self,
        text: &[u8],
        masked: &Masked,
        hidden: Range<usize>,
        mask: Range<usize>,
        kind: &'static str,
    ) {
        self.uploaded.push(Piece { text: cut(shown(text, hidden)), kind: Some(kind) });
        self.masked.push(Piece { text: cut(shown(&masked.bytes, mask)), kind: Some(kind) });
        self.values += 1;
    }
}

fn newlines(text: &[u8]) -> usize {
    text.iter().filter(|b| **b == b'\n').count()
}

/// Where a line is shown from, at the beginning of a character.
fn before(text: &[u8], at: usize) -> usize {
    let earliest = at.saturating_sub(AROUND);
    let line = text.get(earliest..at).unwrap_or_default();
    let from = line.iter().rposition(|b| *b == b'\n').map_or(earliest, |n| earliest + n + 1);
    (from..at).find(|n| is_start(text[*n])).unwrap_or(at)
}

/// Up to where a line is shown, at the end of a character.
fn after(text: &[u8], at: usize, rest: usize) -> usize {
    let latest = (at + AROUND).min(rest).max(at).min(text.len());
    let line = text.get(at..latest).unwrap_or_default();
    match line.iter().position(|b| *b == b'\n') {
        Some(n) => at + n,
        None => (at..=latest).rev().find(|n| text.get(*n).is_none_or(|b| is_start(*b))).unwrap_or(at),
    }
}

/// True for a byte that begins a character.
fn is_start(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// Text as people may see it: a mark in place of what is hidden or turns the reading order around.
fn shown(text: &[u8], range: Range<usize>) -> String {
    let text = String::from_utf8_lossy(text.get(range).unwrap_or_default());
    text.chars()
        .filter(|c| *c != '\r')
        .map(|c| if hindcast_render::visible::is_hidden(c) { '\u{fffd}' } else { c })
        .collect()
}

fn cut(value: String) -> String {
    match hindcast_render::visible::shorten(&value, VALUE) {
        (short, true) => format!("{short}…"),
        (whole, false) => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::redact::Masker;

    fn masks(text: &str, most: usize) -> FileMasks {
        let masker = Masker::new(&[7; 32]).expect("rules");
        let mut all = FileMasks::of_name("list.csv", &masker.mask(b"list.csv"));
        all.add_text(text.as_bytes(), &masker.mask(text.as_bytes()), most);
        all
    }

    fn words(pieces: &[Piece]) -> String {
        pieces.iter().map(|p| if p.kind.is_some() { format!("[{}]", p.text) } else { p.text.clone() }).collect()
    }

    #[test]
    fn each_line_is_shown_with_its_number_and_the_value_beside_its_mask() {
        let all =
            masks("session,customer\r\ns1,größe\r\ns2,ada@mail.example.org and bo@mail.example.org,x\r\ns3,y\r\n", 9);
        let [line] = &all.lines[..] else { panic!("one line") };
        assert_eq!((line.number, line.values, all.counts["email"]), (Some(3), 2, 2));
        assert_eq!(words(&line.uploaded), "s2,[ada@mail.example.org] and [bo@mail.example.org],x");
        assert!(words(&line.masked).starts_with("s2,[email-") && !words(&line.masked).contains("ada"));
        let place = &all.places[0];
        assert_eq!((place.field.as_str(), place.from, place.to), ("/file", 31, 51), "in characters");
    }

    #[test]
    fn long_lines_and_many_lines_are_cut_and_every_value_is_counted() {
        let pad = "ü ".repeat(400);
        let text = format!("{pad}ada@mail.example.org {pad} bo@mail.example.org {pad}\ncy@mail.example.org\n");
        let all = masks(&text, 9);
        let shown: Vec<_> = all.lines.iter().map(|l| (l.number, words(&l.uploaded))).collect();
        assert_eq!(shown.len(), 3, "{shown:?}");
        assert_eq!((shown[0].0, shown[1].0, shown[2].0), (Some(1), Some(1), Some(2)));
        assert!(shown[0].1.starts_with('…') && shown[0].1.ends_with('…') && shown[0].1.len() < 2 * LONGEST);
        assert!(shown.iter().all(|(_, line)| !line.contains('\u{fffd}')), "{shown:?}");
        let cut = masks(&text, 1);
        assert_eq!((cut.lines.len(), cut.counts["email"], cut.places.len()), (1, 3, 3));
    }

    #[test]
    fn what_is_hidden_is_shown_as_a_mark() {
        let all = masks("a\u{202e}b ada@mail.example.org\n", 9);
        assert_eq!(words(&all.lines[0].uploaded), "a\u{fffd}b [ada@mail.example.org]");
    }
}

//! Telephone numbers, as people write them.

use super::number::{Groups, joins, phone_digits};
use super::rules::{Kind, Rules};
use super::taken::{Found, Taken};
use std::cell::LazyCell;
use std::ops::Range;

/// How far before a number what announces it may stand.
const CUE: usize = 64;
/// How far ahead of a number the words that announce one are looked for.
const AHEAD: usize = 8 << 10;

/// A telephone number in the first groups of a number.
pub(super) fn of(number: &Groups<'_>, cues: &mut Cues<'_>, taken: &Taken) -> Option<Found> {
    let first = number.groups.first()?.start;
    let text = number.text;
    // `+49`, `(415)`, `+(49)` and `(+49)`: what stands before the first digit.
    let (start, plus, open) = match text[..first] {
        [.., b'(', b'+'] => (first - 2, true, true),
        [.., b'+', b'('] => (first - 2, true, true),
        [.., b'+'] => (first - 1, true, false),
        [.., b'('] => (first - 1, false, true),
        _ => (first, false, false),
    };
    let before = start.checked_sub(1).map(|b| text[b]);
    // Parts of a longer number, of a path, of an amount.
    let part = match before {
        Some(b'-' | b'.' | b'/' | b'#' | b'$' | b'*') => true,
        other => joins(other.as_ref()),
    };
    if part {
        return None;
    }
    let digits = |count: usize| number.groups[..count].iter().map(Range::len).sum::<usize>();
    let whole = || (1..=number.groups.len()).rev().filter(|n| (7..=15).contains(&digits(*n)));
    let ends = |n: &usize| ends(number, *n);
    let announced = LazyCell::new(|| cues.announce(start, taken));
    let count = if plus {
        whole().filter(|n| digits(*n) >= 8 && text[first] != b'0').find(|n| spaced(number, *n) && ends(n))
    } else {
        american(number, open)
            .or_else(|| whole().find(|n| national(number, *n) && ends(n)))
            .or_else(|| whole().find(|n| (by_digit(number, *n) && *announced || in_pauses(number, *n)) && ends(n)))
    }?;
    let range = start..number.groups.get(count - 1)?.end;
    // A bracket that opens before the number and closes behind it belongs to the sentence.
    let closes = text[range.clone()].contains(&b')');
    let range = if open && !closes && text[start] == b'(' { start + 1..range.end } else { range };
    let telling = phone_digits(&text[range.clone()]).len() >= 6;
    telling.then_some(Found { kind: Kind::Phone, range, canonical: None })
}

/// True where the number ends with this many groups, and is no part of a word, a date, a path.
fn ends(number: &Groups<'_>, count: usize) -> bool {
    let Some(last) = number.groups.get(count - 1) else { return false };
    let rest = &number.text[last.end..];
    let goes_on = |b: &u8| b.is_ascii_alphanumeric() || *b == b'"' && rest.first() == Some(&b':');
    let inner = matches!(rest.first(), Some(b'-' | b'.' | b'/' | b':' | b'_')) && rest.get(1).is_some_and(goes_on);
    !joins(rest.first()) && !inner && rest.first() != Some(&b'%')
}

/// True where only what may stand within a telephone number stands between its groups; with one point in it, it is a
/// decimal.
fn spaced(number: &Groups<'_>, count: usize) -> bool {
    !(count == 2 && number.gap(1) == b".")
        && (1..count)
            .all(|i| matches!(number.gap(i), b" " | b"-" | b"." | b"/" | b" (" | b") " | b")" | b"(" | b")-" | b" - "))
}

/// `(415) 555-0132`, `1-415-555-0132`, `415.555.0132`: area and exchange begin with 2 to 9.
fn american(number: &Groups<'_>, open: bool) -> Option<usize> {
    let groups = &number.groups;
    let text = |i: usize| groups.get(i).map(|g| &number.text[g.clone()]);
    let lead = usize::from(text(0) == Some(b"1"));
    let count = lead + 3;
    let (area, exchange, line) = (text(lead)?, text(lead + 1)?, text(lead + 2)?);
    let plausible = |t: &[u8]| t.len() == 3 && t[0] >= b'2';
    let same = number.gap(lead + 1) == number.gap(lead + 2) || number.gap(lead + 1).first() == Some(&b')') || open;
    (plausible(area) && plausible(exchange) && line.len() == 4 && same && spaced(number, count) && ends(number, count))
        .then_some(count)
}

/// `030 1234567`, `0171-2345678`, `01 23 45 67 89`, `0049 30 1234567`: begins with a zero and has at least two groups.
fn national(number: &Groups<'_>, count: usize) -> bool {
    if count < 2 || number.text[number.groups[0].start] != b'0' {
        return false;
    }
    let sizes: Vec<usize> = number.groups[..count].iter().map(Range::len).collect();
    let digits: usize = sizes.iter().sum();
    let first = &number.text[number.groups[0].clone()];
    let code = first.strip_prefix(b"00");
    let next = code.and_then(|c| c.first().or_else(|| number.text.get(number.groups[1].start)));
    let international = next.is_some_and(|d| *d != b'0') && (sizes[0] > 2 || sizes[1] <= 3);
    let zero = first.first() == Some(&b'0') && (first.get(1) != Some(&b'0') || international);
    let gaps_alike = (2..count).all(|i| number.gap(i) == number.gap(1) || matches!(number.gap(i), b" " | b"-"));
    let is_date = sizes.get(1) == Some(&2) && sizes[0] <= 2 && matches!(number.gap(1), b"." | b"/" | b"-");
    zero && (9..=15).contains(&digits)
        && (digits <= 12 || international)
        && (2..=5).contains(&sizes[0])
        && sizes[1..].iter().all(|s| (2..=8).contains(s))
        && gaps_alike
        && spaced(number, count)
        && (!is_date || sizes.len() == 5 && sizes.iter().all(|s| *s == 2))
        && !(sizes.iter().all(|s| *s == 2) && in_dump(number, count))
}

/// True where pairs of hexadecimal digits go on before or behind a number in pairs.
fn in_dump(number: &Groups<'_>, count: usize) -> bool {
    let pair =
        |p: Option<&[u8]>| p.is_some_and(|p| p.iter().all(u8::is_ascii_hexdigit) && p.iter().any(u8::is_ascii_digit));
    let (text, first, last) = (number.text, number.groups[0].start, number.groups[count - 1].end);
    let before = first >= 3 && text[first - 1] == b' ' && pair(text.get(first - 3..first - 1));
    before && !text.get(first.wrapping_sub(4)).is_some_and(u8::is_ascii_alphanumeric)
        || text.get(last) == Some(&b' ') && pair(text.get(last + 1..last + 3))
}

/// Read out digit by digit with a pause where Americans make one: `4 1 5, 5 5 5, 0 1 9 9`.
fn in_pauses(number: &Groups<'_>, count: usize) -> bool {
    let digit = |i: usize| number.groups.get(i).filter(|g| g.len() == 1).map(|g| number.text[g.start]);
    let pause = |i: usize| matches!(number.gap(i), b", " | b". " | b" - ");
    count == 10
        && (0..10).all(|i| digit(i).is_some_and(|d| d >= b'2' || i != 0 && i != 3))
        && (1..10).all(|i| if i == 3 || i == 6 { pause(i) } else { number.gap(i) == b" " })
}

/// Read out digit by digit.
fn by_digit(number: &Groups<'_>, count: usize) -> bool {
    let groups = &number.groups[..count];
    (10..=15).contains(&count)
        && groups.iter().all(|g| g.len() == 1)
        && (1..count).all(|i| matches!(number.gap(i), b" " | b"-" | b", " | b"," | b". "))
}

/// Words that announce a telephone number, each looked for once on the way through a text.
#[derive(Debug)]
pub(super) struct Cues<'t> {
    rules: &'t Rules,
    text: &'t [u8],
    /// The last one that was passed.
    last: Option<Range<usize>>,
    /// The one after it.
    next: Option<Range<usize>>,
    /// Where the search goes on.
    at: usize,
}

impl<'t> Cues<'t> {
    pub(super) fn new(rules: &'t Rules, text: &'t [u8]) -> Self {
        Cues { rules, text, last: None, next: None, at: 0 }
    }

    /// True where something shortly before says that a telephone number comes, with no other value in between. Asked at ascending places.
    fn announce(&mut self, start: usize, taken: &Taken) -> bool {
        let from = start.saturating_sub(CUE);
        self.at = self.at.max(from);
        loop {
            match self.next.take_if(|next| next.start < start) {
                Some(passed) => self.last = Some(passed),
                None if self.next.is_some() || self.at >= start => break,
                None => {}
            }
            let until = self.text.len().min(start + AHEAD);
            let cue = self.rules.cues.find_at(&self.text[..until], self.at).map(|cue| cue.range());
            // A word that is cut may be another one.
            self.next = cue.filter(|cue| cue.end < until || until == self.text.len());
            self.at = self.next.as_ref().map_or(until.saturating_sub(CUE).max(start), |cue| cue.end);
        }
        self.last.clone().is_some_and(|cue| cue.start >= from && taken.is_free(&(cue.start..start)))
    }
}

//! Numbers: cards, bank accounts, telephones.

use super::room::Pace;
use super::rules::{Kind, Rules};
use super::taken::{Found, Taken};
use super::{checks, phone, scan};
use std::ops::Range;

/// A number in groups, such as `4111 1111 1111 1111`.
#[derive(Debug)]
pub(super) struct Groups<'t> {
    pub(super) text: &'t [u8],
    pub(super) groups: &'t [Range<usize>],
}

/// More groups than this belong to a table.
const MOST: usize = 20;
/// No number has more digits.
const DIGITS: usize = 34;

/// The groups from a place on, as far as nothing of them is taken. In a row of groups a number may begin at each, so that those which were
/// read for the one before are kept.
#[derive(Debug)]
struct Row {
    groups: Vec<Range<usize>>,
    first: usize,
    digits: usize,
}

impl Row {
    fn read(&mut self, text: &[u8], start: usize, taken: &Taken) -> &[Range<usize>] {
        match self.groups.get(self.first + 1) {
            Some(second) if second.start == start => {
                self.digits -= self.groups[self.first].len();
                self.first += 1;
            }
            _ => *self = Row { groups: std::mem::take(&mut self.groups), first: 0, digits: 0 },
        }
        if self.first == 0 {
            self.groups.clear();
        } else if self.first == MOST {
            self.groups.drain(..self.first);
            self.first = 0;
        }
        self.go_on(text, start, taken);
        &self.groups[self.first..]
    }

    fn go_on(&mut self, text: &[u8], start: usize, taken: &Taken) {
        let gap = |at: usize| text[at..].iter().take(3).take_while(|b| b" -.()/,".contains(b)).count();
        let mut at = match self.groups.get(self.first..).and_then(<[_]>::last) {
            None => start,
            Some(last) => match gap(last.end) {
                0 => return,
                gap => last.end + gap,
            },
        };
        while self.groups.len() - self.first < MOST && self.digits <= DIGITS {
            let length = text[at..].iter().take(DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
            if length == 0 || !taken.is_free(&(at..at + length)) {
                break;
            }
            self.groups.push(at..at + length);
            self.digits += length;
            at += length;
            match gap(at) {
                0 => break,
                gap => at += gap,
            }
        }
    }
}

impl<'t> Groups<'t> {
    /// What stands before a group, up to the group before it.
    pub(super) fn gap(&self, group: usize) -> &'t [u8] {
        match (group.checked_sub(1).and_then(|g| self.groups.get(g)), self.groups.get(group)) {
            (Some(last), Some(this)) => &self.text[last.end..this.start],
            _ => &[],
        }
    }

    /// The digits of the first groups.
    pub(super) fn digits(&self, count: usize) -> Vec<u8> {
        self.groups.iter().take(count).flat_map(|g| self.text[g.clone()].iter().copied()).collect()
    }
}

/// What may not stand directly before or behind a number.
pub(super) fn joins(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// Finds all of them.
pub(super) fn find(rules: &Rules, text: &[u8], taken: &mut Taken) {
    ibans(rules, text, taken);
    let mut cues = phone::Cues::new(rules, text);
    each(text, taken, |number, taken| {
        let start = number.groups.first()?.start;
        // A number behind a decimal point is no card. What is masked by itself tells nothing of what stands beside it.
        let decimal = start >= 2
            && text[start - 1] == b'.'
            && text[start - 2].is_ascii_digit()
            && taken.is_free(&(start - 2..start));
        let card = if decimal { None } else { card(rules, number) };
        card.or_else(|| phone::of(number, &mut cues, taken))
    });
}

/// Calls `find` with every number that is no part of a word and that is not short and by itself.
pub(super) fn each(text: &[u8], taken: &mut Taken, mut find: impl FnMut(&Groups<'_>, &Taken) -> Option<Found>) {
    let mut row = Row { groups: Vec::with_capacity(2 * MOST), first: 0, digits: 0 };
    let (mut at, mut pace) = (0, Pace::default());
    while let Some(start) = scan::digit(text, at) {
        if pace.is_over(start, taken.room) {
            return;
        }
        let run = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        at = start + run;
        let alone = !text.get(at).is_some_and(|b| b" -.()/,".contains(b));
        if joins(start.checked_sub(1).map(|b| &text[b])) || run > 19 || alone && run < 7 {
            continue;
        }
        let groups = Groups { text, groups: row.read(text, start, taken) };
        if let Some(found) = find(&groups, taken).filter(|f| taken.is_free(&f.range)) {
            at = found.range.end;
            taken.add(found);
        }
    }
}

/// Bank accounts, by the check digits behind the country.
fn ibans(rules: &Rules, text: &[u8], taken: &mut Taken) {
    let (mut at, mut pace) = (2, Pace::default());
    while let Some(start) = scan::digit(text, at) {
        if pace.is_over(start, taken.room) {
            return;
        }
        let run = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        at = start + run;
        if let Some(found) = iban(rules, text, start, run).filter(|f| taken.is_free(&f.range)) {
            at = found.range.end;
            taken.add(found);
        }
    }
}

/// A card in the first groups of a number.
fn card(rules: &Rules, number: &Groups<'_>) -> Option<Found> {
    let first = number.groups.first().filter(|first| rules.begins_card(number.text[first.start]))?;
    let (mut total, mut of_ones, mut of_twos) = (0, true, true);
    for (i, group) in number.groups.iter().enumerate() {
        let gap = number.gap(i);
        if i > 0 && (gap.len() != 1 || !matches!(gap[0], b' ' | b'-') || gap != number.gap(1)) {
            return None;
        }
        total += group.len();
        of_ones &= group.len() == 1;
        of_twos &= group.len() == 2;
        if total > 19 {
            return None;
        }
        let shape = i == 0 || of_ones || of_twos || (first.len() == 4 && i < 5);
        if total >= 12 && shape && !joins(number.text.get(group.end)) && !is_fraction(number.text, group.end) {
            let digits = number.digits(i + 1);
            if rules.is_card(&digits) {
                return Some(Found { kind: Kind::Card, range: first.start..group.end, canonical: None });
            }
        }
    }
    None
}

/// True where a number goes on behind a point; `.0` is how tables write a whole number.
fn is_fraction(text: &[u8], end: usize) -> bool {
    match &text[end..] {
        [b'.', b'0', next @ ..] => joins(next.first()),
        [b'.', next, ..] => next.is_ascii_digit(),
        _ => false,
    }
}

/// A bank account whose check digits stand here: two letters before them, and as many characters behind as the country's
/// accounts have, in groups or not.
fn iban(rules: &Rules, text: &[u8], digits: usize, run: usize) -> Option<Found> {
    let start = digits.checked_sub(2)?;
    let country = &text[start..digits];
    let gap = run == 2;
    if run < 2 || !country.iter().all(u8::is_ascii_alphabetic) || joins(start.checked_sub(1).map(|b| &text[b])) {
        return None;
    }
    let length = rules.iban_length(country)?;
    let mut canonical = Vec::with_capacity(length);
    let mut at = start;
    while canonical.len() < length {
        match text.get(at)? {
            b if b.is_ascii_alphanumeric() => canonical.push(b.to_ascii_uppercase()),
            b' ' | b'-' if gap && canonical.len() >= 4 && text[at - 1].is_ascii_alphanumeric() => {}
            _ => return None,
        }
        at += 1;
    }
    (!joins(text.get(at)) && checks::mod97(&canonical)).then_some(Found {
        kind: Kind::Iban,
        range: start..at,
        canonical: None,
    })
}

/// The digits by which telephone numbers are compared: the last ten, without the zeros before a national or an
/// international number, so that most numbers are the same with the country's code and without.
pub(super) fn phone_digits(number: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(number).replace("(0)", "");
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let zeros = digits.iter().take_while(|d| **d == b'0').count();
    let digits = &digits[zeros..];
    digits[digits.len().saturating_sub(10)..].to_vec()
}

//! What has to be masked in a text: values found by rules, then addresses and numbers.

use super::room::{Held, List, Pace, Room};
use super::rules::{Compiled, Hint, Kind, Rules};
use super::{again, checks, email, encoded, ip, number, token};
use aho_corasick::Input;
use memchr::memmem;
use std::collections::BTreeMap;
use std::ops::Range;

/// A value to be masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// The spelling that all spellings of the value share.
    pub(super) canonical: Vec<u8>,
}

/// Bytes of memory that a value takes here, besides its spelling.
const FOUND: usize = 160;

/// Places taken, apart from each other.
#[derive(Debug)]
pub(super) struct Taken<'r> {
    /// Masks that stood in the text before.
    masks: List<'r, Range<usize>>,
    found: BTreeMap<usize, Found>,
    /// What the found values take.
    held: Held<'r>,
    /// How many of them tell all that the caller asks.
    enough: usize,
    /// True if IP addresses are masked too.
    pub(super) ips: bool,
    /// Memory, and the flag that ends it.
    pub(super) room: &'r Room,
}

impl<'r> Taken<'r> {
    /// Nothing taken; `None` if there is no memory left.
    fn new(ips: bool, enough: usize, room: &'r Room) -> Option<Self> {
        Some(Taken { masks: List::new(room), found: BTreeMap::new(), held: room.hold(0)?, enough, ips, room })
    }

    /// True where nothing of the range is taken.
    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        let last = self.found.range(..range.end).next_back();
        last.is_none_or(|(_, f)| f.range.end <= range.start) && self.has_no_mask(range)
    }

    fn has_no_mask(&self, range: &Range<usize>) -> bool {
        let next = self.masks.partition_point(|m| m.end <= range.start);
        self.masks.get(next).is_none_or(|m| m.start >= range.end)
    }

    /// Where the next taken place begins.
    fn next(&self, at: usize) -> Option<usize> {
        let found = self.found.range(at..).next().map(|(start, _)| *start);
        let next = self.masks.partition_point(|m| m.start < at);
        found.into_iter().chain(self.masks.get(next).map(|m| m.start)).min()
    }

    pub(super) fn found(&self) -> impl Iterator<Item = &Found> {
        self.found.values()
    }

    /// True where a value begins at a place.
    pub(super) fn starts_at(&self, at: usize) -> bool {
        self.found.contains_key(&at)
    }

    /// True where one value or mask takes the whole range.
    pub(super) fn covers(&self, range: &Range<usize>) -> bool {
        let last = self.found.range(..=range.start).next_back();
        last.is_some_and(|(_, f)| f.range.end >= range.end)
    }

    /// True once enough is known, there is too little memory, or nobody waits any more.
    pub(super) fn is_over(&self) -> bool {
        self.found.len() >= self.enough || self.room.is_over()
    }

    /// Takes a range, and what is taken of it already with it.
    pub(super) fn cover(&mut self, mut found: Found) {
        if self.covers(&found.range) || !self.has_no_mask(&found.range) {
            return;
        }
        // An address that begins within a password is part of it.
        let last = self.found.range(..found.range.end).next_back();
        let clash = last.is_some_and(|(_, f)| {
            f.kind != found.kind && f.range.end > found.range.start && f.range.start < found.range.start
        });
        if clash {
            return;
        }
        let starts: Vec<usize> = self
            .found
            .range(..found.range.end)
            .rev()
            .take_while(|(_, f)| f.range.end > found.range.start)
            .map(|(start, _)| *start)
            .collect();
        for start in starts {
            if let Some(known) = self.found.remove(&start) {
                found.range = found.range.start.min(known.range.start)..found.range.end.max(known.range.end);
            }
        }
        self.add(found);
    }

    pub(super) fn add(&mut self, found: Found) {
        if self.held.more(FOUND + found.canonical.len()) {
            self.found.insert(found.range.start, found);
        }
    }
}

/// How far behind its hint a value may end.
const REACH: usize = 1 << 10;
/// How long a block, such as a private key, may be.
const BLOCK: usize = 64 << 10;
/// How far a name may begin before the hint in it.
const NAME: usize = 64;

/// All values in a text, in order; `None` where there is too little memory for them, or the caller ends it.
pub(super) fn all(rules: &Rules, text: &[u8], ips: bool, room: &Room) -> Option<Vec<Found>> {
    let mut taken = within(rules, text, 0, ips, usize::MAX, room)?;
    if !taken.is_over() {
        again::find(text, &mut taken);
    }
    (!taken.is_over()).then(|| taken.found.into_values().collect())
}

/// What is taken of a text that stands within so many encodings; with `ips`, IP addresses as well. So many values are `enough`: what
/// follows them may be missing. `None` where there is no memory left.
pub(super) fn within<'r>(
    rules: &Rules,
    text: &[u8],
    depth: usize,
    ips: bool,
    enough: usize,
    room: &'r Room,
) -> Option<Taken<'r>> {
    let mut taken = Taken::new(ips, enough, room)?;
    let (mut secrets, mut numbers, mut signs) = (List::new(room), List::new(room), List::new(room));
    hints(rules, text, room, |start, pattern| match rules.of_hint(pattern) {
        Some(Hint::Mask(kind)) => {
            if let Some(end) = token::end(text, start, kind) {
                taken.masks.push(start..end);
            }
        }
        Some(Hint::Rule(rule)) if rules.compiled[rule].rule.begins.at(text, start) => {
            let hit = Hit::of(start, rule);
            match rules.compiled[rule].rule.kind {
                Kind::Phone => numbers.push(hit),
                _ => secrets.push(hit),
            }
        }
        Some(Hint::Sign) => signs.push(start as u32),
        _ => {}
    });
    // Where several rules begin at one place, the first in the file goes first.
    secrets.as_mut_vec().sort_unstable();
    numbers.as_mut_vec().sort_unstable();
    by_rules(rules, text, &secrets, &mut taken);
    drop(secrets);
    // Each of these goes over the whole text.
    if !taken.is_over() {
        email::find(rules, text, &mut taken);
    }
    if ips && !taken.is_over() {
        ip::find(text, &mut taken);
    }
    if !taken.is_over() {
        number::find(rules, text, &mut taken);
    }
    // What a name or a sentence announces, where it is not known for something else by itself.
    by_rules(rules, text, &numbers, &mut taken);
    drop(numbers);
    if !taken.is_over() {
        encoded::find(rules, text, signs, depth, &mut taken);
    }
    Some(taken)
}

/// Where a rule's hint stands, in eight bytes: there may be one at every third byte of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    start: u32,
    rule: u16,
}

impl Hit {
    /// Larger texts are refused before ([`super::LARGEST`]), and no file of rules has so many.
    fn of(start: usize, rule: usize) -> Self {
        Hit { start: start as u32, rule: rule as u16 }
    }
}

/// Bytes that are searched for hints between two looks at the flag.
const STRETCH: usize = 256 << 10;

/// Calls `each` with where every hint begins, and its number.
fn hints(rules: &Rules, text: &[u8], room: &Room, mut each: impl FnMut(usize, usize)) {
    // A hint may begin before the stretch that it ends in.
    let before = rules.hints.max_pattern_len().saturating_sub(1);
    for from in (0..text.len()).step_by(STRETCH) {
        let stretch = from.saturating_sub(before)..text.len().min(from + STRETCH);
        let mut pace = Pace::default();
        for hit in rules.hints.find_overlapping_iter(Input::new(text).range(stretch)).filter(|hit| hit.end() > from) {
            if pace.is_over(hit.end(), room) {
                return;
            }
            each(hit.start(), hit.pattern().as_usize());
        }
        if room.is_over() {
            return;
        }
    }
}

fn by_rules(rules: &Rules, text: &[u8], hits: &[Hit], taken: &mut Taken) {
    let mut ends = Ends::default();
    let mut last = 0..0;
    for hit in hits {
        let (start, rule) = (hit.start as usize, usize::from(hit.rule));
        if last.contains(&start) {
            continue;
        }
        if taken.is_over() {
            break;
        }
        if let Some(compiled) = rules.compiled.get(rule)
            && let Some(found) = by_rule(rules, compiled, text, start, taken, &mut ends)
        {
            last = found.range.clone();
            taken.add(found);
        }
    }
}

fn by_rule(
    rules: &Rules,
    compiled: &Compiled,
    text: &[u8],
    start: usize,
    taken: &Taken,
    ends: &mut Ends,
) -> Option<Found> {
    let rule = &compiled.rule;
    let mut end = text.len().min(start + REACH);
    if rule.kind == Kind::Phone {
        end = taken.next(start).unwrap_or(end).min(end);
    }
    let window = &text[start..end];
    let captures = compiled.pattern.captures(window)?;
    let all = captures.get(0)?;
    let value = captures.iter().skip(1).flatten().next().unwrap_or(all);
    let mut range = start + value.start()..start + value.end();
    if let Some(before) = &compiled.before {
        let from = start.saturating_sub(NAME);
        let first = before.captures(&text[from..start])?.get(1)?;
        // A group of the pattern goes on with what stands before the hint.
        let end = if captures.len() > 1 { range.end } else { from + first.end() };
        range = from + first.start()..end;
    }
    if value.end() == REACH {
        // What is longer than the window goes on to where it ends.
        range.end = ends.token(text, range.end);
    }
    if let Some(until) = &compiled.until {
        range.end = ends.block(text, range.end, until);
    }
    if rule.whole {
        range.start -= text[..range.start].iter().rev().take(NAME).take_while(|b| is_of_word(**b)).count();
    }
    range = of_whole_characters(text, range);
    let name = start - text[..start].iter().rev().take(NAME).take_while(|b| is_of_name(**b)).count();
    if compiled.unless.as_ref().is_some_and(|u| u.is_match(&text[name..(start + value.start()).max(name)])) {
        return None;
    }
    let whole = start.min(range.start)..range.end.max(start + all.end());
    if !taken.has_no_mask(&whole) || !taken.is_free(&range) {
        return None;
    }
    let bytes = &text[range.clone()];
    let fits = match rule.kind {
        // A block says itself what it is.
        _ if compiled.until.is_some() => true,
        Kind::Secret => {
            // How a long value begins tells what it is. A text may have as many hints as it has words, all before one long value.
            let head = &bytes[..bytes.len().min(REACH)];
            !rules.placeholders.is_match(head)
                && checks::entropy(head) >= rule.entropy
                && (!rule.mixed || checks::is_mixed(head))
        }
        Kind::Id => rule.check.is_none_or(|check| check.holds(bytes)) && !number::joins(text.get(range.end)),
        Kind::Phone => (7..=15).contains(&bytes.iter().filter(|b| b.is_ascii_digit()).count()),
        _ => true,
    };
    if !fits {
        return None;
    }
    let canonical = match rule.kind {
        Kind::Phone => number::phone_digits(bytes),
        Kind::Id => bytes.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect(),
        _ => bytes.to_vec(),
    };
    Some(Found { kind: rule.kind, range, canonical })
}

/// The range with the whole of a character of UTF-8 at each end: patterns work on bytes, and what is left of text stays text.
fn of_whole_characters(text: &[u8], range: Range<usize>) -> Range<usize> {
    let is_rest = |b: Option<&u8>| b.is_some_and(|b| (0x80..0xC0).contains(b));
    let back = (0..=3).find(|n| range.start < *n || !is_rest(text.get(range.start - n))).unwrap_or_default();
    let on = (0..=3).find(|n| !is_rest(text.get(range.end + n))).unwrap_or_default();
    range.start.saturating_sub(back)..range.end + on
}

fn is_of_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

fn is_of_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn is_of_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
}

/// Ends of blocks and of long tokens, each looked for once however many begin before it.
#[derive(Debug, Default)]
struct Ends {
    next: Option<usize>,
    token: Range<usize>,
}

impl Ends {
    /// Where the token ends that goes on here.
    fn token(&mut self, text: &[u8], from: usize) -> usize {
        if !self.token.contains(&from) {
            self.token = from..from + text[from..].iter().take_while(|b| is_of_token(**b)).count();
        }
        self.token.end
    }

    /// Where the block ends that begins before `from`. Without an end, what looks like a key's lines belongs to it.
    fn block(&mut self, text: &[u8], from: usize, until: &regex::bytes::Regex) -> usize {
        if self.next.is_none_or(|n| n < from) {
            self.next = Some(memmem::find(&text[from..], b"-----END").map_or(text.len(), |n| from + n));
        }
        let next = self.next.unwrap_or(text.len());
        let block = &text[from..text.len().min(from + BLOCK).min(next)];
        if next < from + BLOCK
            && next < text.len()
            // No block goes on in another string.
            && memchr::memchr(b'"', block).is_none()
            && let Some(end) = until.find(&text[next..text.len().min(next + NAME)])
            && end.start() == 0
        {
            return next + end.end();
        }
        let is_line = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\n' | b'\\');
        from + text[from..next].iter().take_while(|b| is_line(b)).take(BLOCK).count()
    }
}

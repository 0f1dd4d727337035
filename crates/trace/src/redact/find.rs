//! What has to be masked in a text: values found by rules, then addresses and numbers.

use super::ascending::Ascending;
use super::hits::{self, Hit, Hits};
use super::room::Room;
use super::rules::{Compiled, Hint, Kind, Rules};
use super::taken::{All, Found, Taken};
use super::{again, checks, email, encoded, ip, number, shape, token};
use memchr::memmem;
use std::ops::Range;

/// How far behind its hint a value may end.
const REACH: usize = 1 << 10;
/// How long a block, such as a private key, may be.
const BLOCK: usize = 64 << 10;
/// How far a name may begin before the hint in it.
const NAME: usize = 64;

/// All values in a text, in order; `None` where there is too little memory for them, or the caller ends it.
pub(super) fn all<'r>(rules: &Rules, text: &'r [u8], ips: bool, room: &'r Room) -> Option<All<'r>> {
    let mut taken = within(rules, text, 0, ips, usize::MAX, room)?;
    if !taken.is_over() {
        again::find(text, &mut taken);
    }
    (!taken.is_over()).then(|| taken.into_found())
}

/// What is taken of a text that stands within so many encodings; with `ips`, IP addresses as well. So many values are `enough`: what
/// follows them may be missing. `None` where there is no memory left.
pub(super) fn within<'r>(
    rules: &Rules,
    text: &'r [u8],
    depth: usize,
    ips: bool,
    enough: usize,
    room: &'r Room,
) -> Option<Taken<'r>> {
    let mut taken = Taken::new(text, ips, enough, room)?;
    let (mut secrets, mut numbers) = (Hits::new(rules, room)?, Hits::new(rules, room)?);
    let mut signs = Ascending::new(room)?;
    hits::each(rules, text, room, |hit| match rules.of_hint(hit.number) {
        Some(Hint::Mask(kind)) => {
            if let Some(end) = token::end(text, hit.start, kind) {
                taken.add_mask(&(hit.start..end));
            }
        }
        Some(Hint::Rule(rule)) if rules.compiled[rule].rule.begins.at(text, hit.start) => {
            let of_kind = match rules.compiled[rule].rule.kind {
                Kind::Phone => &mut numbers,
                _ => &mut secrets,
            };
            of_kind.push(Hit { start: hit.start, rule }, hit.least);
        }
        Some(Hint::Sign) => signs.push(hit.start as u64, hit.least as u64),
        _ => {}
    });
    by_rules(rules, text, secrets, &mut taken);
    // Each of these goes over the whole text.
    if !taken.is_over() {
        shape::find(rules, text, &mut taken);
    }
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
    by_rules(rules, text, numbers, &mut taken);
    if !taken.is_over() {
        encoded::find(rules, text, signs.into_numbers(), depth, &mut taken);
    }
    Some(taken)
}

fn by_rules(rules: &Rules, text: &[u8], hits: Hits, taken: &mut Taken) {
    let mut ends = Ends::default();
    let mut last = 0..0;
    for Hit { start, rule } in hits.into_sorted() {
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
    // A rule says what it takes for one value; only telephone numbers and IDs are spelled in several ways.
    let as_it_stands = matches!(rule.kind, Kind::Email | Kind::Card | Kind::Iban).then(|| bytes.to_vec());
    Some(Found { kind: rule.kind, range, canonical: as_it_stands })
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

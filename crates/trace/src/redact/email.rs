//! Email addresses.

use super::room::Pace;
use super::rules::{Kind, Rules};
use super::taken::{Found, Taken};

/// Longer is no address (RFC 5321).
const LOCAL: usize = 64;
const DOMAIN: usize = 253;

pub(super) fn find(rules: &Rules, text: &[u8], taken: &mut Taken) {
    let mut pace = Pace::default();
    for at in memchr::memchr_iter(b'@', text) {
        if pace.is_over(at, taken.room) {
            return;
        }
        if let Some(found) = around(rules, text, at, taken)
            && taken.is_free(&found.range)
        {
            taken.add(found);
        }
    }
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'') || !b.is_ascii()
}

fn around(rules: &Rules, text: &[u8], at: usize, taken: &Taken) -> Option<Found> {
    let local = text[..at].iter().rev().take(LOCAL + 1).take_while(|b| is_local(**b)).count();
    let mut start = at - Some(local).filter(|n| *n <= LOCAL)?;
    // Signs before an address belong to the text around it.
    start += text[start..at].iter().take_while(|b| matches!(b, b'.' | b'\'' | b'-' | b'%' | b'+')).count();
    if start == at || in_url(text, start) {
        return None;
    }
    let end = at + 1 + domain(&text[at + 1..text.len().min(at + 2 + DOMAIN)])?;
    let name = &text[at + 1..end];
    let ending = name.rsplit(|b| *b == b'.').next()?;
    if rules.is_file_ending(ending) || is_remote(text, end, taken) {
        return None;
    }
    let mut canonical = text[start..end].to_vec();
    canonical.make_ascii_lowercase();
    if rules.forms.is_match(&canonical) {
        return None;
    }
    // A telephone number before the sign is one, and the rest names its exchange.
    let before = text[..start].strip_suffix(b"+").unwrap_or(&text[..start]);
    let sip = before.ends_with(b"sip:") || before.ends_with(b"sips:");
    if sip && text[start..at].iter().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-')) {
        return None;
    }
    Some(Found { kind: Kind::Email, range: start..end, canonical: None })
}

/// The length of a host name with at least two parts, the last of letters.
fn domain(rest: &[u8]) -> Option<usize> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || !b.is_ascii();
    let (mut end, mut at, mut parts) = (None, 0, 0);
    loop {
        let part = rest[at..].iter().take_while(|b| is_part(b)).count();
        if part == 0 {
            break;
        }
        let word = &rest[at..at + part];
        parts += 1;
        at += part;
        let word = &word[..word.len() - word.iter().rev().take_while(|b| **b == b'-').count()];
        let letters = word.iter().all(|b| b.is_ascii_alphabetic() || !b.is_ascii()) || word.starts_with(b"xn--");
        if parts >= 2 && word.len() >= 2 && letters && word.len() <= 63 {
            end = Some(at - part + word.len());
        }
        if rest.get(at) != Some(&b'.') {
            break;
        }
        at += 1;
    }
    end.filter(|e| *e <= DOMAIN)
}

/// True behind `scheme://`, where a name before the sign is an account of that host.
fn in_url(text: &[u8], start: usize) -> bool {
    let of_user = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'%' | b':' | b'-');
    let back = text[..start].iter().rev().take(DOMAIN).take_while(|b| of_user(b)).count();
    text[..start - back].ends_with(b"://")
}

/// True where a path follows behind a colon: `git@host:team/project`. No mask is taken for a team's name.
fn is_remote(text: &[u8], end: usize, taken: &Taken) -> bool {
    let Some(rest) = text[end..].strip_prefix(b":") else { return false };
    let of_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'~' | b'-');
    let name = rest.iter().take(LOCAL).take_while(|b| of_name(b)).count();
    let numbered = rest[..name].windows(2).any(|w| w[0] == b'-' && w[1].is_ascii_digit());
    rest.get(name) == Some(&b'/')
        && rest[..name].first().is_some_and(u8::is_ascii_alphabetic)
        && !numbered
        && taken.is_free(&(end..end + 1 + name))
}

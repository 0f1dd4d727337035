//! Values that a line break parts.

use super::copy::Edit;
use super::room::{List, Pace};
use super::taken::Taken;

/// Shorter pieces of a value are words.
const SHORTEST: usize = 6;
/// How long a piece of a value is looked at.
const LONGEST: usize = 256;

/// Line breaks that may part a value, with what stands around them: a backslash before, an indent behind.
pub(super) fn edits<'r>(text: &[u8], taken: &Taken<'r>) -> List<'r, Edit> {
    let (mut edits, mut pace) = (List::new(taken.room), Pace::default());
    for at in memchr::memchr_iter(b'\n', text) {
        if pace.is_over(at, taken.room) {
            break;
        }
        if let Some(edit) = one(text, at, taken) {
            edits.push(edit);
        }
    }
    edits
}

fn one(text: &[u8], at: usize, taken: &Taken) -> Option<Edit> {
    let next = at + 1 + text[at + 1..].iter().take(8).take_while(|b| matches!(b, b' ' | b'\t' | b'>')).count();
    // Most lines begin with a short word or a sign.
    if !text.get(next..next + SHORTEST)?.iter().all(|b| is_of_token(*b)) {
        return None;
    }
    let mut end = at;
    while end > 0 && matches!(text[end - 1], b'\r' | b'\\' | b'=') && at - end < 2 {
        end -= 1;
    }
    let before = text[..end].iter().rev().take(LONGEST).take_while(|b| is_of_token(**b)).count();
    if before < SHORTEST {
        return None;
    }
    let after = text[next..].iter().take(LONGEST).take_while(|b| is_of_token(**b)).count();
    if matches!(text.get(next + after), Some(b':' | b'=' | b'@' | b'(' | b',' | b';')) {
        return None;
    }
    let (first, second) = (&text[end - before..end], &text[next..next + after]);
    let has = |part: &[u8], of: fn(&u8) -> bool| part.iter().any(of);
    let capital = |b: &u8| b.is_ascii_uppercase();
    let random = |part: &[u8]| {
        has(part, u8::is_ascii_digit) && has(part, u8::is_ascii_lowercase) && has(part, u8::is_ascii_uppercase)
    };
    let account = matches!(first, [a, b, c, d, ..] if capital(a) && capital(b) && c.is_ascii_digit() && d.is_ascii_digit())
        && second.iter().all(|b| b.is_ascii_digit() || capital(b));
    let fits = random(second) && has(first, u8::is_ascii_digit) && has(first, u8::is_ascii_alphabetic) || account;
    // Each line of a list is a value of its own.
    let own = taken.starts_at(next);
    (fits && !own).then(|| Edit::of(end..next, None))
}

fn is_of_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'.' | b'~')
}

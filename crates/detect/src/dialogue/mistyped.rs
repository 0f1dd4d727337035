//! A code or a number that the user gave and that a call carries with a digit dropped, doubled or turned round.

use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// More values and words than these are not compared.
const MOST: usize = 64;
/// Shorter numbers are alike by chance.
const DIGITS: usize = 4;

/// What the user gave and what the call has instead, where nothing before the call holds the latter.
pub fn of(session: &Session<'_>, call: &Call<'_>) -> Option<(String, String)> {
    let used: Vec<String> = call
        .args()?
        .entries()
        .filter_map(|(_, v)| v.str().map(|s| s.into_owned()).or_else(|| is_number(v).then(|| v.raw().to_string())))
        // An invented ID is told as one by another detector.
        .filter(|v| v.len() <= 40 && is_code(v) && !values::looks_like_id(v))
        .take(MOST)
        .collect();
    if used.is_empty() {
        return None;
    }
    let user = session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event);
    let given: Vec<&str> = user
        .flat_map(|m| m.texts)
        .flat_map(|t| t.text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '"' | '?' | '!')))
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|w| w.len() <= 40 && is_code(w))
        .take(MOST)
        .collect();
    let alike = |value: &String| given.iter().find(|g| slipped(&plain(g), &plain(value)));
    let (value, given) = used.iter().find_map(|v| Some((v, alike(v)?)))?;
    // What anybody wrote before is no slip; what the user gave and some call has was not passed over.
    let said = session.messages.iter().filter(|m| m.event < call.event).flat_map(|m| m.texts);
    let answers = session.calls.iter().take_while(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.content);
    let wanted = plain(value);
    if said.chain(answers).any(|t| holds(&t.text, &wanted)) {
        return None;
    }
    let passed_on = session.calls.iter().filter_map(|c| c.arguments).any(|a| holds(&a.text, &plain(given)));
    (!passed_on).then(|| ((*given).to_owned(), value.clone()))
}

/// Longer codes are written in groups, and stand by chance in no text.
const GROUPED: usize = 10;

fn holds(text: &str, wanted: &str) -> bool {
    let words = || text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '.' | '_' | '/'));
    words().any(|w| plain(w) == wanted) || (wanted.len() >= GROUPED && plain(text).contains(wanted))
}

fn is_number(value: Value<'_>) -> bool {
    value.f64().is_some() && value.str().is_none()
}

fn is_code(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= DIGITS && !text.contains([' ', '@', '/', ':', '.', ','])
}

/// Letters and digits, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// True where one character was dropped, doubled or added, or two neighbors were turned round; not where a digit is another
/// one, which may be the next number.
fn slipped(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (left_a, left_b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    match (left_a, left_b) {
        ([x], []) | ([], [x]) => x.is_ascii_digit(),
        ([x, y], [v, w]) => x == w && y == v && x.is_ascii_digit() && y.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_drops_doubles_or_turns() {
        assert!(slipped("48172", "4817") && slipped("48172", "481172") && slipped("48172", "48127"));
        assert!(!slipped("48172", "48173") && !slipped("48172", "48172") && !slipped("48172", "59283"));
    }
}

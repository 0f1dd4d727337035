//! A code or a number that the user gave and that a call carries with a digit dropped, doubled or turned round.

use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// More values and words than these are not compared.
const MOST: usize = 64;
/// Shorter numbers are alike by chance.
const DIGITS: usize = 4;

/// What was given and what the call has instead.
pub struct Slip {
    /// The code as it was given.
    pub given: String,
    /// The code in the call.
    pub used: String,
    /// True where the user gave it, and no answer.
    pub by_user: bool,
}

/// A code of the call that nothing before it holds, and that is a slip of one that the user gave or that an answer has.
pub fn of(session: &Session<'_>, call: &Call<'_>) -> Option<Slip> {
    let used: Vec<(String, String, bool)> = call
        .args()?
        .entries()
        .filter_map(|(k, v)| {
            let text = v.str().map(|s| s.into_owned());
            let named = text.is_some();
            Some((k.str()?.into_owned(), text.or_else(|| is_number(v).then(|| v.raw().to_string()))?, named))
        })
        // An invented ID is told as one by another detector.
        .filter(|(_, v, _)| v.len() <= 40 && is_code(v) && !values::looks_like_id(v))
        .take(MOST)
        .collect();
    if used.is_empty() {
        return None;
    }
    let user = session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event);
    let given: Vec<&str> = user.flat_map(|m| m.texts).flat_map(|t| codes(&t.text)).take(MOST).collect();
    let by_user = used.iter().find_map(|(key, v, _)| {
        let given = given.iter().find(|g| slipped(&plain(g), &plain(v)))?;
        (!passed_on(session, call, key, given, v)).then(|| (v, (*given).to_owned()))
    });
    let (value, given, by_user) = match by_user {
        Some((value, given)) => (value, given, true),
        None => {
            used.iter().filter(|(_, v, named)| *named && may_be_of_answer(session, call, v)).find_map(|(_, v, _)| {
                let answers = session.calls.iter().rev().filter(|c| c.event < call.event).take(MOST);
                let texts = answers.filter_map(|c| c.result.as_ref()?.content);
                let given = texts.flat_map(|t| codes(&t.text).take(FEW)).find(|g| turned(&plain(g), &plain(v)))?;
                Some((v, given.to_owned(), false))
            })?
        }
    };
    // What anybody wrote before is no slip.
    let said = session.messages.iter().filter(|m| m.event < call.event).flat_map(|m| m.texts);
    let answers = session.calls.iter().take_while(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.content);
    let wanted = plain(value);
    (!said.chain(answers).any(|t| holds(&t.text, &wanted))).then(|| Slip { given, used: value.clone(), by_user })
}

/// The codes of a text.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let cut =
        |c: char| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '"' | '?' | '!' | '|' | '<' | '>' | '=' | ',');
    let words = text.split(cut).map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|w| w.len() <= 40 && is_code(w))
}

/// True where some call has what was given: then it was not passed over. Unless what it is used for was looked up with it, and
/// only neighbors are turned round now.
fn passed_on(session: &Session<'_>, call: &Call<'_>, key: &str, given: &str, value: &str) -> bool {
    let holds_given = |c: &&Call<'_>| c.arguments.is_some_and(|a| holds(&a.text, &plain(given)));
    let mut with = session.calls.iter().filter(holds_given).peekable();
    let same = |c: &Call<'_>| {
        let mut args = c.args().into_iter().flat_map(Value::entries);
        args.any(|(k, v)| k.is(key) && v.str().is_some_and(|s| plain(&s) == plain(given)))
    };
    with.peek().is_some() && !(turned(&plain(given), &plain(value)) && with.all(|c| c.event < call.event && same(c)))
}

/// Longer codes with two neighbors turned round are hardly alike by chance.
const LONG: usize = 5;

fn may_be_of_answer(session: &Session<'_>, call: &Call<'_>, value: &str) -> bool {
    value.bytes().filter(u8::is_ascii_digit).count() >= LONG && !session.answer_texts().hold(value, call.event)
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

/// So many codes of one answer are compared.
const FEW: usize = 200;

/// True where two neighbors were turned round, and nothing else.
fn turned(a: &str, b: &str) -> bool {
    // Of two days, one may be looked up and the other one meant: `2026-04-12`, `20260421T0900`.
    let day = |t: &str| matches!(t.len(), 8 | 12 | 13 | 14 | 15) && (t.starts_with("19") || t.starts_with("20"));
    a.len() == b.len() && !day(a) && slipped(a, b)
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
        assert!(turned("48172", "48127") && !turned("48172", "4817") && !turned("20260412", "20260421"));
        assert!(!slipped("48172", "48173") && !slipped("48172", "48172") && !slipped("48172", "59283"));
    }
}

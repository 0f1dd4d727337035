//! The values of a call, and values of the same shape in what the user wrote.

use crate::bits;
use crate::dialogue::request;
use crate::prose::fields;
use crate::prose::lexicon::english;
use crate::secrets::squeeze;
use crate::session::{Call, Session};
use hindcast_trace::json::{Kind, Value};
use hindcast_trace::model::Role;
use std::ops::Range;

/// Longer values are texts.
const LONGEST: usize = 80;
/// More values than this of one call are not compared, nor more of what the user wrote.
const MOST: usize = 24;
const MOST_NAMED: usize = 64;

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// A count or an amount.
    Number,
    /// Letters and digits without a space; the kinds of its runs.
    Code(String),
    /// An address of mail.
    Mail,
    /// Names with a number: a street and its house.
    Address,
    /// Two names and more.
    Name,
    /// Anything else.
    Other,
}

impl Shape {
    fn of(text: &str) -> Self {
        Shape::with(text, number(text))
    }

    /// The same where it is known what number the text is.
    fn with(text: &str, number: Option<f64>) -> Self {
        if number.is_some() {
            return Shape::Number;
        }
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let words = text.split_whitespace().count();
        let capital = |w: &str| w.chars().next().is_some_and(char::is_uppercase);
        let capitals = text.split_whitespace().filter(|w| capital(w)).count();
        match () {
            () if words == 1 && text.contains('@') => Shape::Mail,
            () if words == 1 && digits > 0 && text.len() >= 4 => Shape::Code(runs(text)),
            // An account in groups.
            () if words > 1 && digits * 2 > squeeze(text).len() && digits >= 8 => Shape::Code(runs(&squeeze(text))),
            () if words > 1 && digits > 0 && digits <= 8 && capitals > 0 => Shape::Address,
            () if words > 1 && digits == 0 && capitals == words && words <= 4 => Shape::Name,
            () => Shape::Other,
        }
    }

    /// True for a value of the user's with the same shape.
    pub(super) fn is_like(&self, other: &Named) -> bool {
        *self != Shape::Other && *self == other.shape
    }
}

/// The runs of a code: `4400-17` and `9915-03` are the same, and so are two accounts of one country's form.
fn runs(text: &str) -> String {
    let mut found = String::new();
    let mut push = |c: char| {
        if !found.ends_with(c) {
            found.push(c);
        }
    };
    for c in text.chars() {
        match c {
            '0'..='9' => push('9'),
            c if c.is_alphabetic() => push('a'),
            c => push(c),
        }
    }
    // Letters and digits take turns as they come in a long code.
    if found.len() > 4 && found.bytes().all(|b| b.is_ascii_alphanumeric()) { "a9".to_owned() } else { found }
}

/// A plain number, as counts and amounts are written.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches(['€', '$', '£', '%']).trim();
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = (1..=7).contains(&figures) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    // Nearly no value is.
    if !plain {
        return None;
    }
    // `2,900`, `12,50`.
    let cents = text.rsplit_once(',').filter(|(_, c)| c.len() != 3);
    let text = match cents {
        Some((whole, cents)) => format!("{}.{cents}", whole.replace(['.', ','], "")),
        None => text.replace(',', ""),
    };
    text.parse().ok()
}

/// True where a text that is read as `n` writes a number, also with dots between thousands: `11.000`.
fn is_written(own: f64, n: f64, text: &str) -> bool {
    let in_thousands = || text.rsplit_once('.').is_some_and(|(whole, last)| last.len() == 3 && !whole.starts_with('0'));
    n == own || n * 1000.0 == own && in_thousands()
}

/// The numbers of a text that stand alone, each with its place.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = (f64, Range<usize>)> {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | '-' | '_' | '/' | ':');
    let mut from = 0;
    // What has no digit is passed over many bytes at a time.
    let parts = std::iter::from_fn(move || {
        let digit = bits::next_digit(text.as_bytes(), from)?;
        let start = text[from..digit].char_indices().rev().take_while(|(_, c)| joins(*c)).last();
        let start = start.map_or(digit, |(at, _)| from + at);
        from = text[digit..].find(|c| !joins(c)).map_or(text.len(), |at| digit + at);
        Some(&text[start..from])
    });
    parts.filter_map(move |part| {
        let bare = part.trim_matches(['.', ',', ':', '-', '/']);
        let at = bare.as_ptr() as usize - text.as_ptr() as usize;
        Some((number(bare)?, at..at + bare.len()))
    })
}

/// A value of a call.
#[derive(Debug)]
pub(super) struct Argument {
    /// The name of the argument, in small letters.
    pub(super) key: String,
    pub(super) text: String,
    pub(super) squeezed: String,
    pub(super) number: Option<f64>,
    pub(super) shape: Shape,
    /// Its place in the arguments.
    pub(super) range: Range<usize>,
}

impl Argument {
    /// True for a value that says more than a word does.
    pub(super) fn is_telling(&self) -> bool {
        match self.shape {
            Shape::Number => self.number.is_some_and(|n| n >= 2.0 && !(1990.0..2100.0).contains(&n)),
            Shape::Other => self.squeezed.len() >= 6,
            _ => self.squeezed.len() >= 4,
        }
    }

    pub(super) fn is_number_in(&self, text: &str) -> bool {
        self.number.is_some_and(|own| numbers(text).any(|(n, place)| is_written(own, n, &text[place])))
    }

    /// True where a text holds the value.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        !self.places(text).is_empty()
    }

    /// Where a text holds the value.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let Some(own) = self.number else { return self.whole_places(text) };
        let head = &self.squeezed[..1];
        if memchr::memmem::find(text.as_bytes(), head.as_bytes()).is_none() {
            return Vec::new();
        }
        let with_sign =
            numbers(text).filter(|(n, place)| is_written(own, *n, &text[place.clone()])).map(|(_, place)| place);
        with_sign.take(MOST).collect()
    }

    /// The places of its letters and digits in one field, whatever stands between them as in an account's groups.
    fn whole_places(&self, text: &str) -> Vec<Range<usize>> {
        let Some(start) = self.text.chars().next().filter(|c| c.is_alphanumeric()) else { return Vec::new() };
        let mut found = Vec::new();
        // The first byte is found faster than a whole letter, which nearly always has no other.
        let first = start.encode_utf8(&mut [0; 4]).as_bytes()[0];
        let begins = |at: &usize| start.is_ascii() || text[*at..].starts_with(start);
        for at in memchr::memchr_iter(first, text.as_bytes()).filter(begins) {
            let free = match at.checked_sub(1).map(|before| text.as_bytes()[before]) {
                Some(byte) if byte.is_ascii() => !byte.is_ascii_alphanumeric(),
                _ => text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric()),
            };
            if free && let Some(len) = self.matches(&text[at..]) {
                found.push(at..at + len);
                if found.len() >= MOST {
                    break;
                }
            }
        }
        found
    }

    /// How much of a text's beginning is the value.
    fn matches(&self, text: &str) -> Option<usize> {
        let mut own = self.squeezed.as_bytes();
        let mut between = 0;
        for (at, b) in text.bytes().enumerate() {
            if !b.is_ascii() {
                return self.matches_in_any_script(text);
            }
            let Some((next, rest)) = own.split_first() else { return (!b.is_ascii_alphanumeric()).then_some(at) };
            if b.is_ascii_alphanumeric() {
                if b.to_ascii_lowercase() != *next {
                    return None;
                }
                (own, between) = (rest, 0);
            } else {
                between += 1;
                if between > 3 || fields::ends(b) {
                    return None;
                }
            }
        }
        own.is_empty().then_some(text.len())
    }

    /// The same, character by character.
    fn matches_in_any_script(&self, text: &str) -> Option<usize> {
        let mut own = self.squeezed.chars().peekable();
        let mut between = 0;
        for (at, c) in text.char_indices() {
            let Some(next) = own.peek() else { return (!c.is_alphanumeric()).then_some(at) };
            if c.is_alphanumeric() {
                if !c.to_lowercase().eq(std::iter::once(*next)) {
                    return None;
                }
                own.next();
                between = 0;
            } else {
                between += 1;
                if between > 3 || u8::try_from(c).is_ok_and(fields::ends) {
                    return None;
                }
            }
        }
        own.peek().is_none().then_some(text.len())
    }
}

/// The short values of a call with the names of their arguments.
pub(super) fn arguments(call: &Call<'_>) -> Vec<Argument> {
    let mut found = Vec::new();
    if let Some(args) = call.args() {
        collect("", args, &mut found, 0);
    }
    found
}

fn collect(key: &str, value: Value<'_>, found: &mut Vec<Argument>, depth: usize) {
    if depth > 8 || found.len() >= MOST {
        return;
    }
    let text = match value.kind() {
        Kind::Number => Some(value.raw().into_owned()),
        _ => value.str().map(|s| s.trim().to_owned()),
    };
    if let Some(text) = text.filter(|t| t.len() <= LONGEST && !t.contains('\n')) {
        let start = value.start() as usize;
        let (squeezed, number) = (squeeze(&text), number(&text));
        if !squeezed.is_empty() {
            let range = start..start + value.bytes().len();
            let shape = Shape::with(&text, number);
            found.push(Argument { key: key.to_lowercase(), shape, squeezed, number, range, text });
        }
    }
    value.items().for_each(|v| collect(key, v, found, depth + 1));
    for (name, inner) in value.entries() {
        collect(name.str().as_deref().unwrap_or(key), inner, found, depth + 1);
    }
}

/// A value that the user wrote.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) text: String,
    shape: Shape,
}

/// The values in the user's words before a call that neither the call nor an earlier one has.
pub(super) fn named_by_user(session: &Session<'_>, call: &Call<'_>) -> Vec<Named> {
    let mut found = Vec::new();
    for message in session.messages.iter().filter(|m| m.role == Role::User && m.event < call.event) {
        for text in message.texts {
            named_in(&text.text, &mut found);
        }
    }
    found.truncate(MOST_NAMED);
    let called = || session.calls.iter().filter(|c| c.event <= call.event).filter_map(|c| c.arguments);
    let words: Vec<String> = called().map(|a| squeeze(&a.text)).collect();
    found.retain(|named| match named.shape {
        Shape::Number => {
            let own = number(&named.text);
            !called().any(|a| holds_number(&a.text, own))
        }
        _ => {
            let squeezed = squeeze(&named.text);
            !words.iter().any(|w| w.contains(&squeezed))
        }
    });
    found
}

/// True where a call's arguments have a number, alone or in a date, a time or a name.
fn holds_number(arguments: &str, own: Option<f64>) -> bool {
    let mut runs = arguments.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|r| !r.is_empty());
    runs.any(|r| r.trim_matches('.').parse().ok() == own)
        || arguments.split(|c: char| !c.is_ascii_digit()).filter(|r| !r.is_empty()).any(|r| r.parse().ok() == own)
}

/// The numbers, codes, addresses and names of a text.
fn named_in(text: &str, found: &mut Vec<Named>) {
    let mut push = |text: &str, shape: Shape| found.push(Named { text: text.to_owned(), shape });
    for (n, place) in numbers(text) {
        // "no more than 28", "not 28": nothing that the user wants.
        if n >= 2.0 && !(1990.0..2100.0).contains(&n) && !request::is_negated(&text[..place.start]) {
            push(&text[place], Shape::Number);
        }
    }
    let words: Vec<&str> = text.split_whitespace().map(|w| w.trim_matches(EDGES)).collect();
    for word in words.iter().filter(|w| w.len() >= 4) {
        if let shape @ (Shape::Code(_) | Shape::Mail) = Shape::of(word) {
            push(word, shape);
        }
    }
    let capital = |w: &str| w.chars().next().is_some_and(char::is_uppercase) && w.chars().count() >= 3;
    let house = |w: &str| (1..=4).contains(&w.len()) && w.as_bytes()[0].is_ascii_digit();
    for pair in words.windows(2).enumerate() {
        let (i, [a, b]) = (pair.0, [pair.1[0], pair.1[1]]);
        // "Gewerbering 4", "14 Mill Lane"; "Auftrag 7731" is no street.
        let street = capital(a) && house(b) && number(b).is_some_and(|n| n < 1000.0) || house(a) && capital(b);
        if street {
            push(&format!("{a} {b}"), Shape::Address);
        }
        let begins =
            i == 0 || text[..a.as_ptr() as usize - text.as_ptr() as usize].trim_end().ends_with(['.', '!', '?', ':']);
        let name = |w: &str| capital(w) && w.chars().all(|c| c.is_alphabetic() || c == '-');
        if !begins && name(a) && name(b) && !english().is("common", &a.to_lowercase()) {
            push(&format!("{a} {b}"), Shape::Name);
        }
    }
}

/// Marks around words.
const EDGES: [char; 14] = ['.', ',', ';', ':', '!', '?', '(', ')', '"', '\'', '“', '”', '„', '«'];

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::json::parse_lenient;

    #[test]
    fn numbers_stand_alone() {
        let text = "Für 12,50 € und x-7; ä3 -- 2,900, 9:30. (40)\n5.";
        let found: Vec<_> = numbers(text).map(|(n, place)| (n, &text[place])).collect();
        assert_eq!(found, [(12.5, "12,50"), (2900.0, "2,900"), (40.0, "40"), (5.0, "5")]);
        assert_eq!(numbers("no number").count(), 0);
    }

    #[test]
    fn a_value_stands_alone_in_whatever_groups() {
        let (doc, _) = parse_lenient(&br#"{"account":"LX41 HARB 0071"}"#[..]).expect("arguments");
        let mut found = Vec::new();
        collect("", doc.root(), &mut found, 0);
        let places = |text: &str| found[0].places(text).into_iter().map(|p| text[p].to_owned()).collect::<Vec<_>>();
        assert_eq!(places("to LX41HARB0071, or Lx41-harb-0071."), ["LX41HARB0071", "Lx41-harb-0071"]);
        assert_eq!(
            places("éLX41HARB0071 LX41HARB00712 LX41 HARB\n0071 LX41····HARB0071 «LX41 HARB 0071»"),
            ["LX41 HARB 0071"]
        );
    }
}

//! Formulas that a message spells out: "89.00 × 3 = 276.00".
//!
//! Only formulas whose every part is a number, perhaps with a currency and a unit, are worked out.

use std::ops::Range;

/// Formulas that are looked at in one message.
const MOST: usize = 64;
/// A formula begins at most so many bytes before its sign.
const REACH: usize = 160;
/// Numbers and signs of one formula.
const PARTS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Number(f64),
    Percent(f64),
    Sign(char),
}

/// A result that its own operands do not give.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where the result stands.
    pub range: Range<usize>,
    /// As it stands, in hundredths.
    pub said: i64,
    /// What comes out, for people.
    pub right: String,
}

/// The results behind an equals sign that the formula before it does not give.
pub fn wrong(text: &str) -> Vec<Wrong> {
    let mut found = Vec::new();
    for at in memchr::memchr_iter(b'=', text.as_bytes()).take(MOST) {
        found.extend(at_sign(text, at));
    }
    found
}

/// A formula that comes out.
#[derive(Debug, PartialEq, Eq)]
pub struct Right {
    /// Where the result stands.
    pub range: Range<usize>,
    /// The result, in hundredths.
    pub said: i64,
    /// What it was reckoned from, in hundredths.
    pub operands: Vec<i64>,
}

/// The formulas that come out, in order.
pub fn right(text: &str) -> Vec<Right> {
    memchr::memchr_iter(b'=', text.as_bytes()).take(MOST).filter_map(|at| comes_out(text, at)).collect()
}

fn comes_out(text: &str, at: usize) -> Option<Right> {
    let from = start(text, at);
    let style = style(&text[from..text.floor_char_boundary((at + REACH).min(text.len()))])?;
    let formula = tokens(&text[from..at], style);
    if formula.len() < 3 || formula.len() > PARTS {
        return None;
    }
    let bare = text[at + 1..].trim_start_matches(|c: char| " $€£*_~`+-−\u{a0}".contains(c));
    let len = number_len(bare);
    let said = style.read(bare.get(..len)?)?;
    let room = 10f64.powi(-(style.decimals(&bare[..len]).min(6) as i32)) * 0.501;
    let value = value(&formula)?.abs();
    let hundredths = |n: f64| (n * 100.0).round() as i64;
    let operands = formula.iter().filter_map(|t| match t {
        Token::Number(n) | Token::Percent(n) => Some(hundredths(*n)),
        Token::Sign(_) => None,
    });
    let start = text.len() - bare.len();
    ((value - said).abs() <= room + 1e-9 && said < 1e12).then(|| Right {
        range: start..start + len,
        said: hundredths(said),
        operands: operands.collect(),
    })
}

/// An amount for people: 276.00.
pub(super) fn money(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn at_sign(text: &str, at: usize) -> Option<Wrong> {
    let bytes = text.as_bytes();
    let beside = |i: Option<usize>| {
        i.and_then(|i| bytes.get(i)).is_some_and(|b| matches!(b, b'=' | b'<' | b'>' | b'!' | b':' | b'~'))
    };
    if beside(at.checked_sub(1)) || beside(Some(at + 1)) {
        return None;
    }
    let from = start(text, at);
    let before = &text[from..at];
    let style = style(&text[from..text.floor_char_boundary((at + REACH).min(text.len()))])?;
    let formula = tokens(before, style);
    let operators = formula.iter().filter(|t| matches!(t, Token::Sign(c) if *c != '(' && *c != ')')).count();
    if operators == 0 || formula.len() > PARTS {
        return None;
    }
    let right = value(&formula)?;
    let (said, decimals, range) = result(text, at + 1, style)?;
    // A result is rounded to its decimals, in whatever way; parts may have been rounded before.
    let rounded = 10f64.powi(-(decimals.min(6) as i32));
    let room = if exact(&formula) { rounded * 0.501 } else { rounded * 1.001 };
    let fits = |right: f64| (right - said).abs() <= room + 1e-9;
    // "237 × 27.4p = £64.94": the price is in cents, which no sign need tell.
    let minor = decimals == 2 && fits(right / 100.0);
    // "2 × 5 = 10 + 3 × 4 = 12": the last term alone is what comes out.
    let chained = from > 0 && text[..from].ends_with('=');
    let last = || {
        let plus = formula.iter().rposition(|t| matches!(t, Token::Sign('+')));
        plus.and_then(|i| value(&formula[i + 1..])).is_some_and(fits)
    };
    (!(fits(right) || minor || chained && last())).then(|| Wrong {
        range,
        said: (said * 100.0).round() as i64,
        right: money((right * 100.0).round() as i64),
    })
}

/// How the numbers of a formula are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    /// `1,249.50`
    Point,
    /// `1.249,50`
    Comma,
}

impl Style {
    fn read(self, number: &str) -> Option<f64> {
        match self {
            Style::Point => number.replace(',', "").parse().ok(),
            Style::Comma => number.replace('.', "").replace(',', ".").parse().ok(),
        }
    }

    fn decimals(self, number: &str) -> u32 {
        let sign = if self == Style::Point { '.' } else { ',' };
        number.split_once(sign).map_or(0, |(_, d)| d.len() as u32)
    }
}

/// How a text writes its numbers, by those with one or two decimals; `None` where it writes them both ways, or groups digits with a blank.
fn style(text: &str) -> Option<Style> {
    let (mut point, mut comma) = (false, false);
    let mut at = 0;
    let mut grouped_from = None;
    while let Some(from) = text[at..].find(|c: char| c.is_ascii_digit()).map(|i| at + i) {
        let len = number_len(&text[from..]);
        let number = &text[from..from + len];
        let plain = number.bytes().all(|b| b.is_ascii_digit());
        if grouped_from == Some(from) && number.split([',', '.']).next().is_some_and(|g| g.len() == 3) {
            return None;
        }
        let decimals = number.len() - number.rfind([',', '.']).map_or(number.len(), |i| i + 1);
        if (1..3).contains(&decimals) {
            comma |= number.rfind(',') > number.rfind('.');
            point |= number.rfind('.') > number.rfind(',');
        }
        at = from + len;
        let blank = text[at..].chars().next().filter(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}'));
        grouped_from = blank.filter(|_| plain && len <= 3).map(|c| at + c.len_utf8());
    }
    match (point, comma) {
        (true, true) => None,
        (false, true) => Some(Style::Comma),
        _ => Some(Style::Point),
    }
}

/// True without any division or share: then nothing needs rounding but at the last place.
fn exact(formula: &[Token]) -> bool {
    !formula.iter().any(|t| matches!(t, Token::Sign('/') | Token::Percent(_)))
}

fn start(text: &str, at: usize) -> usize {
    let from = at.saturating_sub(REACH);
    let from = (from..=at).find(|i| text.is_char_boundary(*i)).unwrap_or(at);
    // A formula ends with its line and with the sign of the one before.
    text[from..at].rfind(['\n', '=', ';', '|', '→', '≈']).map_or(from, |i| {
        let i = from + i;
        i + text[i..].chars().next().map_or(1, char::len_utf8)
    })
}

/// The tokens behind the last word that belongs to no number.
fn tokens(text: &str, style: Style) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut rest = text;
    let mut words = 0;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let number_before = matches!(found.last(), Some(Token::Number(_) | Token::Percent(_) | Token::Sign(')')));
        if c.is_ascii_digit() {
            let len = number_len(rest);
            let number = &rest[..len];
            // Grouping of more than thousands and `1.2.3` are no numbers here.
            let Some(value) = style.read(number) else {
                found.clear();
                rest = &rest[len..];
                continue;
            };
            rest = &rest[len..];
            // Two numbers side by side, or a time, a date, a code: no formula up to here.
            if number_before {
                found.clear();
            }
            if let Some(behind) = rest.strip_prefix('%') {
                found.push(Token::Percent(value));
                rest = behind;
            } else {
                let (factor, len) = crate::values::scale::factor(text, text.len() - rest.len()).unwrap_or((1, 0));
                rest = &rest[len..];
                found.push(Token::Number(value * factor as f64));
            }
            words = 0;
            continue;
        }
        let spaced =
            || rest.len() < text.len() && text[..text.len() - rest.len()].ends_with(' ') && after.starts_with(' ');
        match c {
            '+' | '×' | '*' | '·' | '÷' => found.push(Token::Sign(if c == '÷' {
                '/'
            } else if c == '+' {
                '+'
            } else {
                '*'
            })),
            '/' if number_before => found.push(Token::Sign('/')),
            'x' | 'X'
                if number_before
                    && after.starts_with(|n: char| n == ' ' || n.is_ascii_digit() || "$€£".contains(n)) =>
            {
                found.push(Token::Sign('*'));
            }
            '-' | '–' | '−' if number_before && (spaced() || c == '−') => found.push(Token::Sign('-')),
            '(' => found.push(Token::Sign('(')),
            ')' => found.push(Token::Sign(')')),
            '$' | '€' | '£' | ' ' | '\t' | '_' | '`' | '\u{a0}' | '\\' => {}
            c if c.is_alphabetic() => {
                // Scripts without blanks put the number right behind the word: 一般1,600円.
                let signs = c as u32 >= 0x3000;
                let ends = |n: char| !n.is_alphanumeric() && n != '\'' && n != '’' || signs && n.is_ascii_digit();
                let len = rest.find(ends).unwrap_or(rest.len());
                let word = &rest[..len];
                words += 1;
                // A unit stands behind its number: "3 nights × 89.00". Anything else is text before the formula.
                if !number_before || words > 2 || word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") {
                    found.clear();
                    words = 0;
                }
                rest = &rest[len..];
                continue;
            }
            _ => {
                found.clear();
                words = 0;
            }
        }
        rest = after;
    }
    found
}

/// The length of `1,249.50` at the beginning of a text.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut len = 0;
    while let Some(b) = bytes.get(len) {
        let digit_after = bytes.get(len + 1).is_some_and(u8::is_ascii_digit);
        if !(b.is_ascii_digit() || (matches!(b, b',' | b'.') && digit_after)) {
            break;
        }
        len += 1;
    }
    len
}

/// The number behind an equals sign, where nothing but that number stands there.
fn result(text: &str, from: usize, style: Style) -> Option<(f64, u32, Range<usize>)> {
    let rest = &text[from..];
    let bare = rest.trim_start_matches(|c: char| " $€£*_~`\u{a0}".contains(c));
    let bare = ["USD ", "EUR ", "GBP ", "CHF "].iter().find_map(|c| bare.strip_prefix(c)).unwrap_or(bare);
    let negative = bare.starts_with(['-', '−']);
    let digits = bare.trim_start_matches(['-', '−', '$', '€', '£']);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let len = number_len(digits);
    let number = &digits[..len];
    let behind = &digits[len..];
    // More of a formula, a share, a time or another unit: not simply this number.
    let next = behind.trim_start_matches([' ', '*', '_', '`', '\u{a0}']).chars().next();
    let more = behind.starts_with(['%', ':', '/', '’', '\'', '.'])
        && behind[1..].starts_with(|c: char| c.is_ascii_digit())
        || behind.starts_with('%')
        || behind.trim_start().starts_with("percent")
        || matches!(next, Some('+' | '-' | '−' | '–' | '×' | '·' | '÷' | '/' | '^'))
        || (next == Some('x') && behind.contains("x "))
        || behind.starts_with('*')
            && behind.trim_start_matches('*').trim_start().starts_with(|c: char| c.is_ascii_digit());
    if more || crate::values::scale::factor(text, from + (rest.len() - behind.len())).is_some() {
        return None;
    }
    let decimals = style.decimals(number);
    let value: f64 = style.read(number)?;
    let start = text.len() - digits.len();
    (value < 1e12).then_some((if negative { -value } else { value }, decimals, start..start + len))
}

/// What a formula gives; `None` for what is none.
fn value(tokens: &[Token]) -> Option<f64> {
    let mut at = 0;
    let value = sum(tokens, &mut at, 0)?;
    (at == tokens.len() && value.is_finite()).then_some(value)
}

fn sum(tokens: &[Token], at: &mut usize, depth: usize) -> Option<f64> {
    let mut total = product(tokens, at, depth)?;
    while let Some(Token::Sign(sign @ ('+' | '-'))) = tokens.get(*at) {
        *at += 1;
        // "100 + 5 %": of what, nobody says.
        if matches!(tokens.get(*at), Some(Token::Percent(_))) && !matches!(tokens.get(*at + 1), Some(Token::Sign('*')))
        {
            return None;
        }
        let next = product(tokens, at, depth)?;
        total = if *sign == '+' { total + next } else { total - next };
    }
    Some(total)
}

fn product(tokens: &[Token], at: &mut usize, depth: usize) -> Option<f64> {
    let mut total = part(tokens, at, depth)?;
    while let Some(Token::Sign(sign @ ('*' | '/'))) = tokens.get(*at) {
        *at += 1;
        let next = part(tokens, at, depth)?;
        total = if *sign == '*' { total * next } else { total / next };
    }
    Some(total)
}

fn part(tokens: &[Token], at: &mut usize, depth: usize) -> Option<f64> {
    let token = tokens.get(*at)?;
    *at += 1;
    match token {
        Token::Number(value) => Some(*value),
        Token::Percent(value) => Some(value / 100.0),
        Token::Sign('(') if depth < 8 => {
            let inner = sum(tokens, at, depth + 1)?;
            let closed = matches!(tokens.get(*at), Some(Token::Sign(')')));
            *at += 1;
            closed.then_some(inner)
        }
        Token::Sign(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn results(text: &str) -> Vec<(String, String)> {
        wrong(text).into_iter().map(|w| (text[w.range].to_owned(), w.right)).collect()
    }

    #[test]
    fn formulas_have_to_come_out() {
        let one = |said: &str, right: &str| vec![(said.to_owned(), right.to_owned())];
        assert_eq!(results("Suppe & Co: €30.0 x 2 x 2 x 2 = €120.0"), one("120.0", "240.00"));
        assert_eq!(results("Three nights: 89.00 × 3 = 276.00."), one("276.00", "267.00"));
        assert_eq!(results("Left over: 1,240.50 - 680.25 = 570.25"), one("570.25", "560.25"));
        assert_eq!(results("3 nights × $89 + $12.50 = **$289.50**"), one("289.50", "279.50"));
        assert_eq!(results("(12 + 8) * 4 = 44"), one("44", "80.00"));
        assert_eq!(results("20% × 50 = 12"), one("12", "10.00"));
        assert_eq!(results("15 × 310,00 = 4.560,00"), one("4.560,00", "4650.00"));
        assert_eq!(results("料金は一般1,600円×2=3,400円"), one("3,400", "3200.00"));
    }

    #[test]
    fn what_comes_out_or_is_no_formula_is_left_alone() {
        for fine in [
            "89.00 × 3 = 267.00",
            "100 / 3 = 33.33, and 100 / 3 = 33.3",
            "2 x 3 = 6 x 1",
            "a = 5, b == 6, c >= 7, x1 = 3",
            "2025-05-06 = Tuesday, page=2&size=10",
            "10:30 - 9:00 = 1:30",
            "1 km = 1000 m",
            "6 - 3 = 3 days",
            "2 + 2 = 4.0",
            "100 + 5% = 105",
            "1/2 + 1/4 = 3/4",
            "30 x 2 = 60K",
            "version 1.2.3 - 4 = x",
            "12 × $2 = $24 + $3 = $27",
            "45 × 310,00 = 13.950,00 + 20 × 168,00 = 3.360,00, soma 17.310,00",
            "15 × 310,00 = 4.650,00; menos 4% (186,00)",
            "237 kWh × 27.4p = £64.94, plus 30 days × 58p = £17.40",
            "料金は一般1,600円×2=3,200円、大学生1,100円×1",
            "13 950 × 2 = 27 900",
        ] {
            assert!(results(fine).is_empty(), "{fine}: {:?}", results(fine));
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[-0-9=+*x×/().,%$€ a:−|\n]{0,60}") {
            let _ = wrong(&text);
        }
    }
}

//! Whether a call does what was agreed, or something else under the same name: another amount, another destination.

use crate::bits;
use crate::dialogue::confirmation::WhyNot;
use crate::prose::pattern;
use crate::session::{Call, Session};
use crate::values::{self, contact};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use regex::Regex;
use std::cell::LazyCell;
use std::sync::LazyLock;

/// Words with which an amount is not named but left to be worked out: "the rest", "20 % more", "62 each".
static DERIVED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)(?:%|\b(?:percent|per cent|rest|excess|difference|remaining|remainder|remains|balance|missing|too (?:much|often|many)|half|third|quarter|double|twice|triple|split|share|overpaid|overcharged|underpaid|owe[sd]?|(?:the|my) (?:same|total|sum|usual|full|whole|entire)|each|apiece|per (?:person|head|night|day|month|week|hour|item|seat|unit|piece|child|guest|ticket|passenger)|a (?:person|head|night|piece)|twofold|round(?:ed)?(?: up| down)?|increase|decrease|rais(?:e|ed|ing)|lower(?:ed)?|reduc(?:e|ed)|discount(?:ed)?|off|more|less|extra|plus|minus|on top)\b)",
    )
});
static ACCOUNT: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?\b"));
/// Ways to pay that people name.
const MEANS: [&str; 12] = [
    "visa",
    "mastercard",
    "credit card",
    "debit card",
    "card",
    "bank account",
    "paypal",
    "gift card",
    "store credit",
    "certificate",
    "cash",
    "cheque",
];

/// How the call differs from what was agreed in the reply at event `at`, where it does.
pub fn differs(session: &Session<'_>, call: &Call<'_>, at: u32, reply: &str, offer: &str) -> Option<WhyNot> {
    let args = call.args()?;
    let agreed = LazyCell::new(|| format!("{offer}\n{reply}"));
    for (key, value) in args.entries() {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        // Parts of a payment count together.
        let parts: Vec<f64> = value.items().filter_map(|i| i.get("amount")?.f64()).collect();
        let amount = if parts.is_empty() { value.f64().filter(|_| is_amount(&key)) } else { Some(parts.iter().sum()) };
        // What is given back is posted below zero.
        if let Some(amount) = amount.map(f64::abs) {
            let agreed_text = agreed.as_str();
            let agreed = numbers(agreed_text);
            let minor = key.contains("cent") || key.contains("minor") || key.contains("pence");
            let stands =
                |n: &f64| close(*n, amount) || (minor && close(*n * 100.0, amount)) || close(*n * 100.0, amount);
            // Only a number that was named can be another one; and one that was named elsewhere in the talk is no surprise.
            // Nearly always the amount was named, which costs least to find.
            if !agreed.iter().any(stands)
                && amounts(agreed_text).into_iter().any(|n| (5.0..1e7).contains(&n))
                && DERIVED.as_ref().is_none_or(|d| !d.is_match(agreed_text))
                && !multiplied(&agreed, amount, args)
                && !follows(&said(session, at), amount)
                && !said_anywhere(session, at, stands)
                && !named_since(session, at, call.event, stands)
            {
                return Some(WhyNot::Amount);
            }
        }
        if is_destination(&key)
            && let Some(value) = value.str()
            && let Some(why) = other_means(&value, &agreed, session, call.event)
        {
            return Some(why);
        }
    }
    None
}

/// True for the name of a parameter that holds an amount of money, in lower case.
pub fn is_amount(key: &str) -> bool {
    ["total", "sum", "price", "total_price", "total_cost"].contains(&key)
        || ["amount", "payout", "figure"].iter().any(|w| key.split('_').any(|k| k == *w))
}

fn is_destination(key: &str) -> bool {
    ["destination", "refund_to", "method", "payment_method", "refund_method", "pay_with"].contains(&key)
}

/// A means of payment that nobody named, where another one was.
fn other_means(value: &str, agreed: &str, session: &Session<'_>, event: u32) -> Option<WhyNot> {
    let wanted = value.to_lowercase().replace(['_', '-'], " ");
    MEANS.iter().find(|m| wanted.contains(**m))?;
    let agreed = agreed.to_lowercase();
    let named = MEANS.iter().any(|m| agreed.contains(m));
    let said = session
        .messages
        .iter()
        .filter(|m| m.event < event)
        .flat_map(|m| m.texts)
        .any(|t| t.text.to_lowercase().contains(&wanted));
    (named && !said && !agreed.contains(&wanted)).then_some(WhyNot::Destination)
}

/// A price that was named, times a count that was named or that the arguments list.
fn multiplied(named: &[f64], amount: f64, args: Value<'_>) -> bool {
    let lists = args.entries().map(|(_, v)| v.items().count() as f64);
    // `"lines": [{"article": "PZ-330", "qty": 2}]`
    let quantities = args.entries().flat_map(|(_, v)| v.items()).take(40).flat_map(Value::entries);
    let quantities = quantities.filter_map(|(_, v)| v.i64()).map(|n| n as f64);
    let counts: Vec<f64> =
        named.iter().copied().chain(lists).chain(quantities).filter(|n| (2.0..=50.0).contains(n)).take(40).collect();
    named.iter().take(40).any(|price| counts.iter().any(|count| close(price * count, amount)))
}

/// "500 on the certificate, 201 will be left": a sum or a difference of what was named.
fn follows(named: &[f64], amount: f64) -> bool {
    let named = &named[..named.len().min(40)];
    named
        .iter()
        .enumerate()
        .any(|(i, a)| named[i + 1..].iter().any(|b| close(a + b, amount) || close((a - b).abs(), amount)))
}

/// The numbers of the talk up to an event, the latest first.
fn said(session: &Session<'_>, event: u32) -> Vec<f64> {
    let talk = session.messages.iter().rev().filter(|m| m.event <= event && m.role != Role::System);
    talk.flat_map(|m| m.texts)
        .take(12)
        .flat_map(|t| numbers(&t.text))
        .filter(|n| *n >= 5.0 && *n < 1e7)
        .take(40)
        .collect()
}

fn said_anywhere(session: &Session<'_>, event: u32, stands: impl Fn(&f64) -> bool) -> bool {
    let spoken = session.numbers();
    let upto = spoken.partition_point(|(at, _)| *at <= event);
    spoken[..upto].iter().any(|(_, n)| stands(n))
}

/// True where the user named the number after the reply: an amendment, or the answer to a later question.
fn named_since(session: &Session<'_>, at: u32, call: u32, stands: impl Fn(&f64) -> bool) -> bool {
    let later = session.messages_after(at).iter().take_while(|m| m.event < call).filter(|m| m.role == Role::User);
    later.flat_map(|m| m.texts).any(|t| numbers(&t.text).iter().any(&stands))
}

/// Every number that user and agent say, with its event, in order. Ask [`Session::numbers`], which remembers.
pub fn spoken(session: &Session<'_>) -> Vec<(u32, f64)> {
    let talk = session.messages.iter().filter(|m| m.role != Role::System);
    let texts = talk.flat_map(|m| m.texts.iter().map(|t| (m.event, t)));
    texts.flat_map(|(event, t)| numbers(&t.text).into_iter().map(move |n| (event, n))).collect()
}

/// The numbers of a text that may be amounts: those of ids, such as `A-1000`, are none.
fn amounts(text: &str) -> Vec<f64> {
    let mut rest = text.to_owned();
    // Accounts and telephone numbers are written in groups.
    let accounts = ACCOUNT.iter().flat_map(|r| r.find_iter(text)).map(|m| m.range());
    for range in accounts.chain(contact::phones(text)) {
        let blank = "#".repeat(range.len());
        if rest.is_char_boundary(range.start) && rest.is_char_boundary(range.end) {
            rest.replace_range(range, &blank);
        }
    }
    let text = rest.clone();
    for id in values::ids(&text).into_iter().rev() {
        rest.replace_range(id.range, " # ");
    }
    numbers(&rest)
}

fn numbers(text: &str) -> Vec<f64> {
    if text.is_ascii() {
        return plain_numbers(text);
    }
    // Byte for byte, with a sign that no number has in the place of all others.
    let plain: String = text.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    plain_numbers(&plain)
}

/// The numbers of an ASCII text. A blank or a comma belongs to a number only where it groups thousands: "22, 80.00" are two.
fn plain_numbers(text: &str) -> Vec<f64> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bits::next_digit(bytes, at) {
        let first = digits(start);
        let mut end = start + first;
        let mut grouped = first <= 3;
        while let Some(sign) = bytes.get(end).copied().filter(|b| matches!(b, b'.' | b',' | b'\'' | b' ')) {
            let next = digits(end + 1);
            let group = next == 3 && grouped;
            let joins = match sign {
                b' ' | b'\'' => group,
                _ => next > 0,
            };
            if !joins {
                break;
            }
            grouped = next == 3;
            end += 1 + next;
        }
        at = end;
        found.extend(number(&text[start..end]));
    }
    found
}

/// `1,250.00`, `1.250,00` and `1 250` alike.
fn number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\'')).collect();
    let text = text.trim_end_matches(['.', ',']);
    let last = text.rfind(['.', ',']);
    let decimals = last.map_or(0, |i| text.len() - i - 1);
    let digits: String = match last {
        Some(i) if decimals != 3 => text[..i].replace(['.', ','], "") + "." + &text[i + 1..],
        _ => text.replace(['.', ','], ""),
    };
    digits.parse().ok()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.005
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn numbers_are_read_in_every_spelling() {
        assert_eq!(number("1,250.00"), Some(1250.0));
        assert_eq!(number("1.250,00"), Some(1250.0));
        assert_eq!(number("1 250"), Some(1250.0));
        assert_eq!(number("1,250"), Some(1250.0));
        assert_eq!(number("240"), Some(240.0));
        assert_eq!(numbers("180.00 GBP from 8812"), [180.0, 8812.0]);
        assert_eq!(numbers("GB11AAAA22223333, 80.00, subject"), [11.0, 22223333.0, 80.0]);
        assert_eq!(numbers("9:00, 62, cash; 1,250.50 or 1 250"), [9.0, 0.0, 62.0, 1250.5, 1250.0]);
        assert_eq!(numbers("1.250,00 €, 3 × 5"), [1250.0, 3.0, 5.0]);
        assert_eq!(amounts("Refund 180.00 for order A-1000 and #W8812345"), [180.0]);
    }
}

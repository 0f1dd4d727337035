//! Records in JSON answers, with the amounts of each.

use super::terms::{Record, SUBSET};
use crate::values;
use aho_corasick::AhoCorasick;
use hindcast_trace::json::{Kind, Value};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The records of an answer: the items where it is a bare list, else the whole.
pub fn record(root: Value<'_>, out: &mut Vec<Record>) {
    if root.is_array() {
        ledger(root, out);
        root.items().take(400).for_each(|item| record(item, out));
        return;
    }
    let lists = root.entries().filter(|(_, v)| v.is_array()).count();
    let scalars = root.entries().filter(|(_, v)| !v.is_array() && !v.is_object()).count();
    // An object that only holds a list is a list: its items are records of their own, and a short one may be added up.
    if root.is_object() && lists == 1 && scalars == 0 {
        for (_, list) in root.entries().filter(|(_, v)| v.is_array()) {
            let priced = |i: Value<'_>| {
                i.entries().find(|(k, _)| k.str().is_some_and(|k| money_key(&k))).and_then(|(_, v)| cents(v))
            };
            let amounts: Vec<i64> = list.items().take(SUBSET + 1).filter_map(priced).collect();
            if (2..=SUBSET).contains(&amounts.len()) {
                out.push(Record { lists: vec![vec![amounts.iter().sum()]], ..Record::default() });
            }
        }
        root.entries().filter(|(_, v)| v.is_array()).for_each(|(_, v)| record(v, out));
        return;
    }
    let mut one = Record::default();
    collect(root, "", 0, &mut one);
    if !one.money.is_empty() {
        out.push(one);
    }
}

/// Dated entries with amounts are a ledger: they may be added up, unlike the offers of a list.
fn ledger(list: Value<'_>, out: &mut Vec<Record>) {
    let dated = |i: &Value<'_>| {
        i.entries().any(|(k, _)| k.str().is_some_and(|k| k.to_ascii_lowercase().contains("date") || k.contains("time")))
    };
    if !list.items().next().is_some_and(|i| dated(&i)) {
        return;
    }
    let amounts: Vec<i64> =
        list.items().filter_map(|i| i.get("amount").or_else(|| i.get("total"))).filter_map(cents).collect();
    if amounts.len() > 1 {
        out.push(Record { lists: vec![amounts], ..Record::default() });
    }
}

fn collect(value: Value<'_>, key: &str, depth: usize, out: &mut Record) {
    if depth > 16 {
        return;
    }
    if value.is_object() {
        // Most members are words, and their names do not matter.
        for (key, inner) in value.entries().filter(|(_, v)| counts(*v)) {
            collect(inner, &key.str().unwrap_or_default(), depth + 1, out);
        }
    } else if value.is_array() {
        // The same member of every item: prices of the lines of an order.
        let mut columns: Vec<(Cow<'_, str>, Vec<i64>)> = Vec::new();
        for item in value.items() {
            for (k, v) in item.entries().filter(|(_, v)| !v.is_object() && counts(*v)) {
                if let Some(n) = cents(v) {
                    let name = k.str().unwrap_or_default();
                    match columns.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, column)) => column.push(n),
                        None => columns.push((name, vec![n])),
                    }
                }
            }
            collect(item, key, depth + 1, out);
        }
        out.lists.extend(columns.into_iter().map(|(_, c)| c).filter(|c| c.len() > 1));
    } else if let Some(n) = cents(value) {
        if n % 100 != 0 || money_key(key) || rate_key(key) || with_cents(value) {
            out.money.push(n);
        }
        if rate_key(key) {
            out.rates.push(n);
        }
        out.small.push(n);
    }
}

/// Every number of an answer that is neither an ID nor a date, with the name that it stands under.
pub fn named_numbers(value: Value<'_>, key: &str, depth: usize, see: &mut dyn FnMut(&str, i64)) {
    if depth > 6 {
        return;
    }
    if value.is_object() {
        for (key, inner) in value.entries().filter(|(_, v)| counts(*v)) {
            named_numbers(inner, &key.str().unwrap_or_default().to_ascii_lowercase(), depth + 1, see);
        }
    } else if value.is_array() {
        value.items().for_each(|item| named_numbers(item, key, depth + 1, see));
    } else if let Some(n) = cents(value).filter(|n| *n > 0 && !key.ends_with("id") && !key.contains("date")) {
        see(key, n);
    }
}

/// True for what may be a number, as it stands or as a string, and for what may hold some.
fn counts(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Number | Kind::Object | Kind::Array => true,
        Kind::Plain => {
            let text = value.bytes();
            let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            // Other bytes stand in no number; beyond ASCII there are blanks, which may stand around one.
            !inner.is_empty()
                && inner.iter().all(|b| !b.is_ascii_graphic() || b.is_ascii_digit() || b"+-.eE".contains(b))
        }
        _ => false,
    }
}

/// True for a name under which money stands.
pub fn money_key(key: &str) -> bool {
    const NAMES: [&str; 16] = [
        "price",
        "amount",
        "total",
        "cost",
        "fee",
        "balance",
        "paid",
        "tax",
        "refund",
        "charge",
        "available",
        "fare",
        "rate",
        "value",
        "discount",
        "deposit",
    ];
    // An answer has hundreds of names, each asked for by itself.
    static MONEY: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).prefilter(false).build(NAMES).ok());
    MONEY.as_ref().is_some_and(|money| money.is_match(key))
}

/// True for a number that is written like money: `32.00`.
fn with_cents(value: Value<'_>) -> bool {
    matches!(value.bytes(), [.., b'.', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
}

/// True for the name of what one of something comes to: `room_per_night`, `perHour`.
fn rate_key(key: &str) -> bool {
    let at_start = key.strip_prefix("per").is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_uppercase()));
    at_start || key.contains("_per_") || key.contains("Per") || key.ends_with("_each") || key.ends_with("Each")
}

/// A number in hundredths.
fn cents(value: Value<'_>) -> Option<i64> {
    // Nearly every number has a few digits and at most two decimals, for which no float is needed.
    let plain = (value.kind() == Kind::Number).then(|| std::str::from_utf8(value.bytes()).ok()).flatten();
    match plain.filter(|text| text.len() <= 12).and_then(values::plain_cents) {
        Some(cents) => (cents < 1_000_000_000_000).then_some(cents),
        None => value.f64().and_then(to_cents),
    }
}

fn to_cents(value: f64) -> Option<i64> {
    (value.is_finite() && value.abs() < 1e10).then_some((value * 100.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::json::parse_lenient;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_floats_are(number in "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,4})?([eE]-?[0-9])?") {
            let (doc, _) = parse_lenient(number.as_bytes()).expect("a number");
            prop_assert_eq!(cents(doc.root()), doc.root().f64().and_then(to_cents));
        }
    }
}

//! Records in answers that are no JSON: `key: number` lines, as YAML and many tools write them, and amounts in free text.

use super::numbers::{MOST, numbers};
use super::records::money_key;
use super::terms::Record;
use crate::values;

/// The records of a text in lower case: one for each item of a list, and one for a ledger of dated entries.
pub fn records(text: &str, out: &mut Vec<Record>) {
    let mut one = Record::default();
    let mut ledger = Vec::new();
    let mut dated = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if line.starts_with("- ") && !one.money.is_empty() {
            out.push(std::mem::take(&mut one));
        }
        if one.money.len() >= MOST {
            out.push(std::mem::take(&mut one));
        }
        let Some((key, value)) = trimmed.trim_start_matches("- ").split_once(':') else {
            one.money.extend(free(line).take(MOST));
            continue;
        };
        let key = key.trim_matches(|c: char| !c.is_alphanumeric());
        dated |= key.contains("date") || key.contains("time");
        if key.len() > 40 {
            one.money.extend(free(line).take(MOST));
            continue;
        }
        let value = value.trim();
        if let Some(n) = values::cents(value.trim_start_matches(['$', '€', '£'])) {
            one.small.push(n);
            if money_key(key) || n % 100 != 0 {
                one.money.push(n);
                ledger.extend((key == "amount" || key == "total").then_some(n));
            }
        } else {
            let named = if money_key(key) { numbers(value) } else { free(value).collect() };
            one.money.extend(named.into_iter().take(MOST));
        }
    }
    if !one.money.is_empty() {
        out.push(one);
    }
    if dated && ledger.len() > 1 {
        out.push(Record { lists: vec![ledger], ..Record::default() });
    }
}

/// The amounts of a line that is no `key: value`: with a currency, or written like one.
fn free(line: &str) -> impl Iterator<Item = i64> + use<'_> {
    values::amounts(line).into_iter().map(|a| a.0).chain(decimals(line))
}

/// Numbers with one or two decimals, in hundredths: amounts without a currency are written so.
pub fn decimals(text: &str) -> Vec<i64> {
    let bytes = text.as_bytes();
    let digits = |range: &[u8]| range.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut found = Vec::new();
    for point in memchr::memchr_iter(b'.', bytes) {
        let behind = digits(&bytes[point + 1..]);
        let before = bytes[..point].iter().rev().take_while(|b| b.is_ascii_digit() || **b == b',').count();
        let goes_on =
            bytes.get(point + 1 + behind).is_some_and(|b| matches!(b, b'.' | b'%') || b.is_ascii_alphabetic());
        // `1.2.3` is a version.
        let inside = point.checked_sub(before + 1).is_some_and(|b| bytes[b] == b'.' || bytes[b].is_ascii_alphabetic());
        if (1..=2).contains(&behind)
            && (1..=12).contains(&before)
            && !inside
            && !(goes_on && bytes.get(point + 1 + behind + 1).is_some_and(u8::is_ascii_digit))
        {
            found.extend(
                text.get(point - before..point + 1 + behind).and_then(|n| values::cents(n.trim_start_matches(','))),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_free_text_are_read() {
        assert_eq!(decimals("Vault tour - 19:00 - 9.50 per person, v1.2.3, 1,249.5"), [950, 124_950]);
        let mut found = Vec::new();
        records("line: blu, price: 45.0, tel: +39 081 000\nline: verde, price: 52.0", &mut found);
        assert_eq!(found[0].money, [4500, 5200]);
    }

    #[test]
    fn entries_of_a_ledger_add_up_and_offers_do_not() {
        let mut found = Vec::new();
        records("- amount: 100.0\n  date: 2022-01-01\n- amount: 50.0\n  date: 2022-02-01", &mut found);
        assert_eq!(found.last().map(|r| r.lists.clone()), Some(vec![vec![10_000, 5000]]));
        found.clear();
        records("- room: a\n  price: 90\n- room: b\n  price: 60", &mut found);
        assert!(found.iter().all(|r| r.lists.is_empty()) && found.len() == 2);
    }
}

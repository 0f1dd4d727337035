//! Records in answers that are no JSON: `key: number` lines, as YAML and many tools write them.

use super::records::money_key;
use super::{MOST, Record};
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
        let Some((key, value)) = trimmed.trim_start_matches("- ").split_once(':') else { continue };
        let key = key.trim_matches(|c: char| !c.is_alphanumeric());
        dated |= key.contains("date") || key.contains("time");
        if key.len() > 40 || one.money.len() >= MOST {
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
            let named = if money_key(key) {
                super::numbers(value)
            } else {
                values::amounts(value).into_iter().map(|a| a.0).collect()
            };
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

#[cfg(test)]
mod tests {
    use super::*;

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

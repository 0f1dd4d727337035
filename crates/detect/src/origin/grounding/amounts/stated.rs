//! Calculations that a message spells out whole, and that do not come out: "$18.50 each, so 14 of them come to $277.50".
//!
//! Only where every operand stands beside the result: nothing is guessed, and words that bring something else in (a discount,
//! a fee) end it.

use super::equation::{self, money};
use crate::prose::pattern;
use regex::{Captures, Regex};
use std::sync::LazyLock;

pub use super::equation::{Wrong, right};

const NUMBER: &str = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)";

// "$18.50 each, so 14 of them come to $277.50"
static EACH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(&format!(
        r"(?i)[$€£]\s?{NUMBER} (?:each|apiece|per (?:unit|piece|item|person|night|crate|box))\b[^.;!?\n]{{0,20}}\b{NUMBER} (?:of them|of these|units|pieces|items|people|nights|crates|boxes)\b[^.;!?\n\d]{{0,30}}\b(?:comes? to|totals?|makes?|costs?|would be|will be|is|are)\b[^.;!?\n\d]{{0,12}}[$€£]\s?{NUMBER}"
    ))
});
// "€3,300 of the €12,000 budget, which is 32.5%"
static SHARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(&format!(
        r"(?i)(?:[$€£]\s?)?{NUMBER} (?:(?:out )?of)(?: (?:the|your|a|its|our))?(?: total(?: of)?)? [$€£]?\s?{NUMBER}\b[^.;!?\n\d]{{0,40}}(?:which is|which makes|that is|that's|so that is|or|i\.e\.,?|=|\()\s*{NUMBER}\s?(?:%|percent\b)"
    ))
});
/// Words that bring in what is not spelled out.
const MORE: [&str; 18] = [
    "discount", "off", "shipping", "tax", "vat", "fee", "plus", "incl", "minus", "deposit", "about", "around",
    "roughly", "nearly", "almost", "approx", "left", "remain",
];
const MOST_ROWS: usize = 200;

/// The results of a message that its own operands do not give.
pub fn wrong(text: &str) -> Vec<Wrong> {
    let mut found = Vec::new();
    // Each calculation has one of these words or signs.
    if text.contains('=') {
        found.extend(equation::wrong(text));
    }
    if text.contains('|') {
        table(text, &mut found);
    }
    if !text.is_ascii() || text.contains('$') {
        let each = EACH.iter().filter(|_| text.contains("each") || text.contains("per ") || text.contains("apiece"));
        found.extend(each.flat_map(|r| r.captures_iter(text)).filter_map(|c| product(&c)));
    }
    if text.contains('%') || text.contains("percent") {
        found.extend(SHARE.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| share(&c)));
    }
    found
}

fn product(captures: &Captures<'_>) -> Option<Wrong> {
    let (price, count, total) = (captures.get(1)?, captures.get(2)?, captures.get(3)?);
    let count = count.as_str().parse::<i64>().ok().filter(|n| (1..100_000).contains(n))?;
    let (right, said) = (hundredths(price.as_str())?.checked_mul(count)?, hundredths(total.as_str())?);
    let whole = captures.get(0)?.as_str();
    (right != said && !says_more(whole)).then(|| Wrong { range: total.range(), said, right: money(right) })
}

fn share(captures: &Captures<'_>) -> Option<Wrong> {
    let (part, whole, percent) = (captures.get(1)?, captures.get(2)?, captures.get(3)?);
    let (a, b) = (hundredths(part.as_str())? as f64, hundredths(whole.as_str())? as f64);
    let said = percent.as_str().parse::<f64>().ok()?;
    if b <= 0.0 || says_more(captures.get(0)?.as_str()) {
        return None;
    }
    let right = a / b * 100.0;
    // A share told without decimals is rounded, in whatever way.
    let decimals = percent.as_str().split_once('.').map_or(0, |(_, d)| d.len());
    let room = 10f64.powi(-(decimals.min(6) as i32)) + 1e-9;
    ((right - said).abs() > room).then(|| Wrong {
        range: percent.range(),
        said: (said * 100.0).round() as i64,
        right: format!("{right:.1}%"),
    })
}

/// Rows of a table with columns for how many, for one, and for all of them.
fn table(text: &str, found: &mut Vec<Wrong>) {
    let mut columns: Option<(usize, usize, usize)> = None;
    for line in text.lines().take(MOST_ROWS) {
        if !line.trim_start().starts_with('|') {
            columns = None;
            continue;
        }
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').collect();
        let Some((count, unit, all)) = columns else {
            columns = header(&cells);
            continue;
        };
        let cell = |i: usize| cells.get(i).map(|c| c.trim());
        let number = |i: usize| cell(i).and_then(|c| hundredths(c.trim_matches(|c: char| !c.is_ascii_digit())));
        let (Some(n), Some(one), Some(said)) = (number(count), number(unit), number(all)) else { continue };
        let Some(right) = n.checked_mul(one).map(|p| p / 100).filter(|right| *right != said) else { continue };
        let Some(digits) = cell(all).map(|c| c.trim_matches(|c: char| !c.is_ascii_digit())) else { continue };
        let start = digits.as_ptr() as usize - text.as_ptr() as usize;
        found.push(Wrong { range: start..start + digits.len(), said, right: money(right) });
    }
}

/// The columns by their names; a table with one for discounts or tax is reckoned otherwise.
fn header(cells: &[&str]) -> Option<(usize, usize, usize)> {
    let names: Vec<String> = cells.iter().map(|c| c.trim().trim_matches('*').to_ascii_lowercase()).collect();
    let only = |of: &[&str]| {
        let mut at = names.iter().enumerate().filter(|(_, n)| of.contains(&n.as_str())).map(|(i, _)| i);
        at.next().filter(|_| at.next().is_none())
    };
    if names.iter().any(|n| says_more(n)) {
        return None;
    }
    Some((
        only(&["qty", "quantity", "count", "units"])?,
        only(&["unit", "unit price", "price", "price each", "each", "unit cost"])?,
        only(&["amount", "total", "line total", "subtotal", "sum"])?,
    ))
}

fn says_more(words: &str) -> bool {
    let folded = words.to_ascii_lowercase();
    folded.split(|c: char| !c.is_alphabetic()).any(|w| MORE.iter().any(|m| w == *m || w.len() > 5 && w.starts_with(m)))
}

/// `1,249.50` in hundredths; `None` for what is too long or has more decimals.
fn hundredths(number: &str) -> Option<i64> {
    let decimals = number.rsplit_once('.').map_or(0, |(_, d)| d.len());
    (!number.is_empty() && number.len() <= 12 && decimals <= 2).then(|| crate::values::plain_cents(number))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Vec<(&str, String)> {
        wrong(text).into_iter().map(|w| (&text[w.range], w.right)).collect()
    }

    #[test]
    fn a_price_times_a_count_has_to_come_out() {
        assert_eq!(results("It is €18.50 each, so 14 of them come to €277.50."), [("277.50", "259.00".to_owned())]);
        assert!(results("It is $18.50 each, so 14 of them come to $259.00.").is_empty());
        assert!(results("It is $18.50 each, so 14 of them with shipping come to $277.50.").is_empty());
    }

    #[test]
    fn a_share_has_to_come_out() {
        let said = "You have spent €3,300 of the €12,000 training budget, which is 32.5%.";
        assert_eq!(results(said), [("32.5", "27.5%".to_owned())]);
        for right in ["$1 of the $3, which is 33%", "$2 of the $3 (66.7%)", "$2 of $3, or 67 percent"] {
            assert!(results(right).is_empty(), "{right}");
        }
    }

    #[test]
    fn rows_have_to_come_out() {
        let table = "| Item | Qty | Unit | Amount |\n|---|---|---|---|\n| A | 10 | €11.00 | €110.00 |\n| B | 25 | €3.00 | €85.00 |";
        assert_eq!(results(table), [("85.00", "75.00".to_owned())]);
        let taxed = "| Qty | Unit | Tax | Amount |\n|---|---|---|---|\n| 10 | 11.00 | 2.00 | 112.00 |";
        assert!(results(taxed).is_empty());
        assert!(results("| Qty | Unit | Amount |\n| a | | 99999999999999999 |\n||||").is_empty());
    }
}

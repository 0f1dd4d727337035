//! What the rows and columns of a table give: a product of two cells of a row, the sum of a column, of its rows with one name,
//! and of such products. Only whole columns and groups: nobody adds up cells at random.

use super::terms::{Record, SUBSET};
use crate::values;

/// Longer and wider tables are left alone.
const ROWS: usize = 400;
const COLUMNS: usize = 12;
/// Columns of numbers that are multiplied with each other.
const FACTORS: usize = 5;

/// Reads the tables of a text: lines that are parted alike into two cells or more, below a line of names.
pub fn read(text: &str, out: &mut Vec<Record>) {
    for sign in [",", ";", "\t", "|", "  "] {
        if !text.contains(sign) {
            continue;
        }
        // Columns that blanks align are two blanks and more apart.
        let aligned = sign == "  ";
        let mut rows: Vec<Vec<&str>> = Vec::new();
        for line in text.lines().chain(std::iter::once("")) {
            let cells = line.trim().trim_matches('|').split(sign).map(str::trim);
            let cells: Vec<&str> = cells.filter(|c| !aligned || !c.is_empty()).collect();
            let rule = !line.is_empty() && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '+'));
            if rule {
                continue;
            }
            let fits = rows.first().is_none_or(|first| first.len() == cells.len());
            if cells.len() >= 2 && cells.len() <= COLUMNS && fits && rows.len() < ROWS {
                rows.push(cells);
            } else {
                table(&rows, out);
                rows.clear();
            }
        }
    }
}

fn table(rows: &[Vec<&str>], out: &mut Vec<Record>) {
    let Some((names, rows)) = rows.split_first().filter(|(_, rows)| !rows.is_empty()) else { return };
    if names.iter().any(|n| number(n).is_some()) {
        return;
    }
    let column = |i: usize| rows.iter().map(move |r| number(r[i]));
    let numbers: Vec<Vec<i64>> = (0..names.len()).filter_map(|i| column(i).collect()).collect();
    let words = (0..names.len()).filter(|i| column(*i).all(|n| n.is_none()));
    let mut labels: Vec<Vec<&str>> = words.map(|i| rows.iter().map(|r| r[i]).collect()).collect();
    labels.retain(|l| l.iter().any(|name| l.iter().filter(|n| n == &name).count() > 1));
    let record = of(&numbers, &labels);
    if !record.money.is_empty() {
        out.push(record);
    }
    for row in 0..rows.len() {
        let money: Vec<i64> = numbers.iter().map(|c| c[row]).collect();
        out.push(Record { small: money.clone(), money, ..Record::default() });
    }
}

/// What columns of numbers of equal length, and labels beside them, give.
pub fn of(numbers: &[Vec<i64>], labels: &[Vec<&str>]) -> Record {
    let mut record = Record::default();
    let mut columns: Vec<Vec<i64>> = numbers.to_vec();
    for (i, one) in numbers.iter().enumerate().take(FACTORS) {
        for other in &numbers[i + 1..numbers.len().min(FACTORS)] {
            // A number of pieces and a price, a price and a rate: one of them has a fraction, or is small.
            let product = |(a, b): (&i64, &i64)| a.checked_mul(*b).map(|p| (p + 50).div_euclid(100));
            if let Some(all) = one.iter().zip(other).map(product).collect::<Option<Vec<_>>>() {
                record.derived.extend(&all);
                columns.push(all);
            }
        }
    }
    for column in &columns {
        record.derived.push(column.iter().fold(0i64, |sum, n| sum.saturating_add(*n)));
        for label in labels {
            for (at, name) in label.iter().enumerate().filter(|(at, name)| !label[..*at].contains(name)).take(ROWS / 8)
            {
                let same = label.iter().zip(column).skip(at).filter(|(n, _)| n == &name).map(|(_, n)| *n);
                record.derived.push(same.fold(0i64, i64::saturating_add));
            }
        }
    }
    record.money = numbers.iter().flatten().copied().take(super::numbers::MOST).collect();
    record.lists = numbers.iter().filter(|c| (2..=SUBSET).contains(&c.len())).cloned().collect();
    record
}

/// A cell that is a number, perhaps with a currency, in hundredths.
fn number(cell: &str) -> Option<i64> {
    let bare = cell.trim_matches(|c: char| matches!(c, '"' | '*' | '$' | '€' | '£' | ' '));
    // "18 400": digits that are grouped with a blank.
    let grouped = bare
        .split(' ')
        .enumerate()
        .all(|(i, g)| (i == 0 || g.len() == 3) && (1..=3).contains(&g.len()) && g.bytes().all(|b| b.is_ascii_digit()));
    if grouped && bare.contains(' ') {
        return values::cents(&bare.replace(' ', "")).filter(|_| bare.len() <= 13);
    }
    values::european(bare).or_else(|| values::cents(bare)).filter(|_| bare.len() <= 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(text: &str) -> Vec<i64> {
        let mut out = Vec::new();
        read(text, &mut out);
        out.into_iter().flat_map(|r| r.derived).collect()
    }

    #[test]
    fn columns_are_added_up_and_rows_multiplied() {
        let found = derived("item,qty,unit\nscrews,300,0.25\nbolts,40,1.50\n");
        assert!([7500, 6000, 13_500].iter().all(|n| found.contains(n)), "{found:?}");
        let found = derived(
            "| site | day | sum |\n|---|---|---|\n| A | Mon | 10.00 |\n| A | Tue | 15.00 |\n| B | Mon | 1.00 |",
        );
        assert!(found.contains(&2500) && found.contains(&2600), "{found:?}");
    }

    #[test]
    fn blanks_align_columns_and_group_digits() {
        let found = derived(
            "ref   stuff        worth  st\nA-1   oak boards  18 400  in\nA-2   brass        7 250  out\nA-3   cork         3 150  in",
        );
        assert!(found.contains(&2_155_000) && found.contains(&2_880_000), "{found:?}");
        assert!(derived("We meet at 9  or at 10,\nas  ever").is_empty());
    }

    #[test]
    fn prose_is_no_table() {
        assert!(derived("Hello, all\nwe meet at nine, as ever\n").is_empty());
    }
}

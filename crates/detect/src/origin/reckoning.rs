//! What can be reckoned from the numbers of results: sums, means, differences, products and shares of a table's columns, over all rows and over
//! those that have a value in common, and the same of the numbers of one record.

use super::tables::{self, Table};
use crate::session::Call;
use hindcast_trace::json::Value;

/// More rows, columns, parts of a table and records are not reckoned with; then nothing is known of what follows.
const ROWS: usize = 80;
const COLUMNS: usize = 8;
const PARTS: usize = 32;
const RECORDS: usize = 60;
const LEAVES: usize = 10;
const VALUES: usize = 60_000;

/// Every value that follows.
#[derive(Debug, Default)]
pub(crate) struct Reckoning {
    values: Vec<f64>,
    /// True where the sums of a column count as well.
    summed: bool,
    /// True where more follows than was reckoned.
    pub partial: bool,
}

impl Reckoning {
    /// What follows from the results of calls; the sums of one column only where they are asked for: who takes one room does not pay for two.
    pub(crate) fn of(calls: &[Call<'_>], summed: bool) -> Reckoning {
        let mut all = Reckoning { summed, ..Reckoning::default() };
        for call in calls {
            for table in tables::of(call) {
                all.table(&table);
            }
            if let Some(root) = call.result.as_ref().and_then(|r| r.json()) {
                all.records(root);
            }
        }
        all.values.retain(|v| v.is_finite());
        all.values.sort_by(f64::total_cmp);
        all
    }

    /// True for a value that is one of these, rounded to its decimals in whatever way.
    pub(crate) fn has(&self, value: f64, decimals: i32) -> bool {
        let room = 10f64.powi(-decimals) * 0.501 + 1e-9;
        let near = |value: f64| {
            let at = self.values.partition_point(|v| *v < value - room);
            self.values.get(at).is_some_and(|v| *v <= value + room)
        };
        near(value) || near(-value)
    }

    fn table(&mut self, table: &Table) {
        if table.rows.len() > ROWS || self.values.len() > VALUES {
            self.partial = true;
            return;
        }
        let columns: Vec<Vec<Option<f64>>> = (0..table.columns.len())
            .map(|c| table.column(c).map(|cell| cell?.number()).collect::<Vec<_>>())
            .filter(|c| c.iter().flatten().count() > 0)
            .collect();
        self.partial |= columns.len() > COLUMNS;
        let mut parts: Vec<Vec<usize>> = vec![(0..table.rows.len()).collect()];
        parts.extend((0..table.columns.len()).flat_map(|c| table.groups(c)).map(|(_, rows)| rows));
        let others: Vec<Vec<usize>> =
            parts[1..].iter().map(|p| parts[0].iter().copied().filter(|r| !p.contains(r)).collect()).collect();
        parts.extend(others);
        parts.truncate(PARTS);
        parts.extend((0..table.rows.len()).map(|r| vec![r]));
        let columns = &columns[..columns.len().min(COLUMNS)];
        for part in &parts {
            let whole = parts[0].len() as f64;
            self.values.extend([part.len() as f64, 100.0 * part.len() as f64 / whole]);
            for (i, a) in columns.iter().enumerate() {
                self.column(a, part);
                for (j, b) in columns.iter().enumerate().filter(|(j, _)| *j != i) {
                    self.columns(a, b, part, j > i);
                }
                let total: f64 = a.iter().flatten().sum();
                let own: f64 = part.iter().filter_map(|r| a[*r]).sum();
                if self.summed {
                    self.values.extend([100.0 * own / total, total - own, own / total]);
                }
            }
        }
    }

    fn column(&mut self, column: &[Option<f64>], part: &[usize]) {
        if !self.summed {
            return;
        }
        let numbers: Vec<f64> = part.iter().filter_map(|r| column[*r]).collect();
        let sum: f64 = numbers.iter().sum();
        let positive = numbers.iter().filter(|n| **n > 0.0).sum::<f64>();
        let count = numbers.len() as f64;
        let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).zip(sorted.get(sorted.len().saturating_sub(1) / 2));
        self.values.extend([
            sum,
            positive,
            sum - positive,
            sum / count,
            sum / part.len() as f64,
            most - least,
            most,
            least,
        ]);
        self.values.extend([sum / 60.0, sum / 1000.0, (sum / 60.0).floor(), sum % 60.0, sum / 3600.0]);
        if numbers.len() <= PARTS {
            let pairs = numbers.iter().enumerate().flat_map(|(i, a)| numbers[i + 1..].iter().map(move |b| (a, b)));
            self.values.extend(pairs.flat_map(|(a, b)| [a - b, a + b]));
        }
        self.values.extend(middle.map(|(a, b)| (a + b) / 2.0));
        // A part without its zeros.
        self.values.push(sum / numbers.iter().filter(|n| **n != 0.0).count() as f64);
    }

    fn columns(&mut self, a: &[Option<f64>], b: &[Option<f64>], part: &[usize], first: bool) {
        let pairs: Vec<(f64, f64)> = part.iter().filter_map(|r| Some((a[*r]?, b[*r]?))).collect();
        let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
        let product: f64 = pairs.iter().map(|(a, b)| a * b).sum();
        // All rows together are a sum, too.
        if !self.summed && part.len() == a.len() && part.len() > 1 {
            return;
        }
        self.values.extend([x / y, 100.0 * x / y, 100.0 * (x - y) / y, product / y]);
        if first {
            self.values.extend([x + y, x - y, product, product / 100.0]);
        }
    }

    /// Two and three numbers of one record.
    fn records(&mut self, root: Value<'_>) {
        let mut open = vec![root];
        let mut seen = 0;
        while let Some(value) = open.pop() {
            if seen == RECORDS || self.values.len() > VALUES {
                self.partial = true;
                return;
            }
            if value.is_array() {
                open.extend(value.items().take(RECORDS).filter(|v| v.is_object() || v.is_array()));
            } else if value.is_object() {
                seen += 1;
                let leaves: Vec<f64> = value.entries().take(40).filter_map(|(_, v)| number(v)).take(LEAVES).collect();
                self.leaves(&leaves);
                open.extend(value.entries().take(RECORDS).map(|(_, v)| v).filter(|v| v.is_object() || v.is_array()));
            }
        }
    }

    fn leaves(&mut self, leaves: &[f64]) {
        for (i, a) in leaves.iter().enumerate() {
            for (j, b) in leaves.iter().enumerate().filter(|(j, _)| *j != i) {
                self.values.extend([a + b, a - b, a * b, a / b, a * b / 100.0, 100.0 * a / b, a * (100.0 + b) / 100.0]);
                for (_, c) in leaves.iter().enumerate().filter(|(k, _)| *k > j && *k != i) {
                    self.values.extend([a + b + c, a - b - c, a + b - c, a * b + c, a * b - c]);
                }
            }
        }
    }
}

fn number(value: Value<'_>) -> Option<f64> {
    if value.is_object() || value.is_array() || value.is_null() {
        return None;
    }
    value.f64().or_else(|| value.str()?.trim().parse().ok()).filter(|n: &f64| n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    #[test]
    fn columns_and_records_give_values() {
        let sales = r#"{"sales": [{"p": "E10", "l": 42.0, "eur": 1.759}, {"p": "D", "l": 18.5, "eur": 1.899}, {"p": "E10", "l": 30.0, "eur": 1.759}]}"#;
        with_session(&turn("Sales?", &[("get", "{}", sales)], "Here."), |session| {
            let one = Reckoning::of(&session.calls, false);
            let all = Reckoning::of(&session.calls, true);
            assert!(one.has(126.65, 2) && one.has(35.13, 2));
            assert!(all.has(90.5, 1) && all.has(36.0, 0) && !one.has(90.5, 1));
            assert!(!all.has(127.35, 2));
        });
    }
}

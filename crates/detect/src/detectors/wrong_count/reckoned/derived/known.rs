//! Every number that follows from the numbers of a turn: sums, differences, products, shares, averages.

use super::super::scene::{Scene, Sentence};
use crate::origin::tables::Table;
use crate::values::figures::{Figure, Kind};

/// What a number of units of time, a dozen, a share or a unit of measure is multiplied with.
const UNITS: [f64; 11] = [2.0, 7.0, 12.0, 24.0, 30.0, 52.0, 60.0, 100.0, 365.0, 1000.0, 3600.0];

/// What follows from numbers: values, and shares in hundredths.
#[derive(Default)]
pub(super) struct Known {
    values: Vec<f64>,
    shares: Vec<f64>,
}

/// The sums, differences, products, quotients and shares of all pairs, and each number by the units.
pub(super) fn pairs(numbers: &[f64], rates: bool) -> Known {
    let mut found = Known::default();
    for (i, a) in numbers.iter().enumerate() {
        found.values.push(*a);
        found.values.extend(UNITS.iter().flat_map(|u| [a * u, a / u]));
        found.shares.extend([*a, 100.0 - a, a * 100.0]);
        for b in &numbers[i + 1..] {
            found.values.extend([a + b, (a - b).abs(), a * b]);
            for (a, b) in [(a, b), (b, a)].into_iter().filter(|(_, b)| **b != 0.0) {
                let share = a / b;
                found.values.extend([share, share * 100.0, share * 1000.0, share / 1000.0, share * 60.0]);
                found.shares.extend([share * 100.0, (share - 1.0).abs() * 100.0, a / (a + b) * 100.0]);
                // A rate that is put on or taken off.
                if rates && (0.0..100.0).contains(b) {
                    found.values.extend([
                        a * b / 100.0,
                        a * (1.0 + b / 100.0),
                        a * (1.0 - b / 100.0),
                        a / (1.0 + b / 100.0),
                    ]);
                }
            }
        }
    }
    found
}

/// Every number that follows from the results and from what was given.
pub(super) fn known(scene: &Scene<'_, '_>, literals: &[f64]) -> Known {
    let mut base = literals.to_vec();
    let counted = scene
        .given
        .iter()
        .filter(|f| matches!(f.kind, Kind::Plain | Kind::Percent))
        .flat_map(|f| f.readings.iter().copied());
    base.extend(counted.take(20));
    base.sort_by(f64::total_cmp);
    base.dedup();
    let mut found = pairs(&base, true);
    let mut sums: Vec<f64> = Vec::new();
    for (_, table) in &scene.tables {
        sums.extend(of_table(table));
    }
    // The lists of several rows together, and the numbers of a record.
    sums.push(
        scene.tables.iter().flat_map(|(_, t)| t.rows.iter().flatten().flatten()).filter_map(|c| c.number()).sum(),
    );
    sums.truncate(60);
    let rows: Vec<f64> = scene.tables.iter().map(|(_, t)| t.rows.len() as f64).collect();
    for sum in &sums {
        found.values.extend(rows.iter().filter(|n| **n > 0.0).map(|n| sum / n));
        found.shares.extend(base.iter().filter(|b| *sum != 0.0 && **b != 0.0).map(|b| b / sum * 100.0));
        // What is left of a limit that the user gave.
        found.values.extend(scene.given.iter().flat_map(|g| g.readings.iter()).take(20).map(|b| (b - sum).abs()));
    }
    // How many rows have a value, as a share.
    let counts = scene
        .tables
        .iter()
        .flat_map(|(_, t)| (0..t.columns.len()).flat_map(|c| t.groups(c)).map(|(_, r)| (r.len(), t.rows.len())));
    found
        .shares
        .extend(counts.flat_map(|(n, all)| [n as f64 / all as f64 * 100.0, (all - n) as f64 / all as f64 * 100.0]));
    let of_sums = pairs(&sums, false);
    found.values.extend(of_sums.values);
    found.shares.extend(of_sums.shares);
    found
}

/// The sums of columns, of their parts by a value, of rows, of the products of two columns; the averages and the middle.
pub(super) fn of_table(table: &Table) -> Vec<f64> {
    let number = |c: usize| table.column(c).flatten().any(|c| c.number().is_some()) && !table.numbers_rows(c);
    let numeric: Vec<usize> = (0..table.columns.len()).filter(|c| number(*c)).take(8).collect();
    let value = |r: usize, c: usize| table.rows[r].get(c).and_then(|x| x.as_ref()).and_then(|x| x.number());
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let mut sets: Vec<Vec<usize>> = vec![all];
    sets.extend((0..table.columns.len()).flat_map(|c| table.groups(c)).map(|(_, rows)| rows));
    let mut found = Vec::new();
    for rows in sets.iter().take(24) {
        for (at, c) in numeric.iter().enumerate() {
            let mut values: Vec<f64> = rows.iter().filter_map(|r| value(*r, *c)).collect();
            let sum: f64 = values.iter().sum();
            found.extend([sum.abs(), sum / values.len().max(1) as f64]);
            values.sort_by(f64::total_cmp);
            if let (Some(a), Some(b)) = (values.get(values.len() / 2), values.get(values.len().saturating_sub(1) / 2)) {
                found.push((a + b) / 2.0);
            }
            let products = numeric[at + 1..]
                .iter()
                .map(|d| rows.iter().filter_map(|r| Some(value(*r, *c)? * value(*r, *d)?)).sum::<f64>());
            found.extend(products);
        }
    }
    if numeric.len() > 2 {
        found.extend(table.rows.iter().take(20).map(|r| r.iter().flatten().filter_map(|c| c.number()).sum::<f64>()));
    }
    found
}

/// True where some value, rounded as it is told, is the figure.
pub(super) fn near(scene: &Scene<'_, '_>, sentence: &Sentence, figure: &Figure, known: &Known) -> bool {
    let values = if figure.kind == Kind::Percent { &known.shares } else { &known.values };
    let rough = scene.counting.is_in("rough", &sentence.words);
    figure.readings.iter().any(|told| {
        let half = 0.5 * 10f64.powi(-figure.decimals) + 1e-6;
        let slack = if rough { told * 0.05 } else { 0.0 };
        values.iter().any(|v| (v.abs() - told).abs() <= half.max(slack))
    })
}

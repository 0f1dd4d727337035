//! Digits that changed their places: 7,530 for 7,350.

use super::super::part::tidy;
use super::super::scene::{Scene, Told};
use super::known::of_table;

/// Of more numbers the sums and differences are not looked at.
const FEW: usize = 8;
/// With fewer digits another number is as likely.
const DIGITS: usize = 3;

/// The number of the results, or the sum or difference, that has the same digits but for two neighbors.
pub(super) fn of(scene: &Scene<'_, '_>, told: &Told, literals: &[f64]) -> Option<String> {
    let mut values: Vec<f64> = scene.tables.iter().flat_map(|(_, t)| of_table(t)).collect();
    if literals.len() <= FEW {
        values.extend(
            literals.iter().enumerate().flat_map(|(i, a)| literals[i + 1..].iter().flat_map(move |b| [a + b, b - a])),
        );
    }
    let swapped = |v: &&f64| told.figure.readings.iter().any(|r| neighbors(*r, v.abs(), told.figure.decimals));
    if let Some(value) = literals.iter().find(swapped) {
        return Some(format!("the number is {}", tidy(value.abs())));
    }
    let mut found = values.iter().filter(|v| swapped(v)).map(|v| tidy(v.abs()));
    let value = found.next()?;
    found.all(|other| other == value).then(|| format!("the numbers give {value}"))
}

/// True for two numbers whose digits are the same but for two neighbors that changed places.
fn neighbors(told: f64, value: f64, decimals: i32) -> bool {
    let scale = 10f64.powi(decimals);
    let exact = |v: f64| (v * scale - (v * scale).round()).abs() < 1e-4 && v * scale < 1e15;
    if !exact(told) || !exact(value) {
        return false;
    }
    let digits = |v: f64| format!("{:.0}", v * scale).into_bytes();
    let (a, b) = (digits(told), digits(value));
    let other: Vec<usize> = (0..a.len()).filter(|i| b.get(*i) != a.get(*i)).collect();
    let [i, j] = other[..] else { return false };
    a.len() == b.len() && a.len() >= DIGITS && j == i + 1 && a[i] == b[j] && a[j] == b[i]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_change_places() {
        assert!(neighbors(7530.0, 7350.0, 0) && neighbors(64.1, 61.4, 2));
        assert!(!neighbors(7530.0, 7530.0, 0) && !neighbors(75.0, 57.0, 0) && !neighbors(451.0, 145.0, 0));
        assert!(!neighbors(592.5, 529.54, 1) && !neighbors(4512.0, 451.2, 0));
    }
}

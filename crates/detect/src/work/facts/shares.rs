//! Shares of a total that a report gives, and that neither its own numbers nor those of any output make.

use super::patterns;
use crate::prose::Prose;

/// A share that nothing makes.
#[derive(Debug)]
pub struct Share {
    /// The part, as it is written.
    pub part: String,
    /// The share, as it is written.
    pub share: String,
    /// The total that the report gives, and what share of it the part is.
    pub total: f64,
    /// What the share should be.
    pub right: f64,
    /// The sentence of the report, by its number.
    pub sentence: usize,
}

/// The first share of a report that neither its own numbers nor those seen before make. A total must stand in the report itself and
/// have been seen.
pub fn wrong(report: &Prose<'_>, seen: &[f64]) -> Option<Share> {
    let pattern = patterns().share.as_ref()?;
    let own = numbers(&report.text.text);
    report.sentences.iter().enumerate().take(200).find_map(|(i, s)| {
        let found = pattern.captures(&report.text.text[s.range.clone()])?;
        let (part_as, share_as) = (found.name("part")?.as_str(), found.name("share")?.as_str());
        let (part, share) = (value(part_as)?, share_as.replace(',', ".").parse::<f64>().ok()?);
        let places = share_as.split_once([',', '.']).map_or(0, |(_, p)| p.len() as i32);
        let step = 10f64.powi(-places) * 1.01;
        let makes = |total: f64| total > 0.0 && (100.0 * part / total - share).abs() <= step;
        let known = |n: f64| seen.iter().any(|s| (s - n).abs() < 0.5);
        if part < 10.0 || !known(part) || seen.iter().any(|n| makes(*n) || (n - share).abs() < 1e-9) {
            return None;
        }
        if own.iter().any(|n| makes(*n) || makes(n - part)) {
            return None;
        }
        let total = own.iter().copied().filter(|n| *n > part && known(*n)).fold(0.0, f64::max);
        (total > 0.0).then(|| Share {
            part: part_as.to_owned(),
            share: share_as.to_owned(),
            total,
            right: 100.0 * part / total,
            sentence: i,
        })
    })
}

/// A number whose thousands are marked or not: `1,284`, `1.284`, `1284`.
fn value(written: &str) -> Option<f64> {
    let (_, last) = written.rsplit_once(['.', ',']).unwrap_or(("", ""));
    match last.len() {
        0 | 3 => written.replace([',', '.'], "").parse().ok(),
        _ => written.replace(',', ".").parse().ok(),
    }
}

fn numbers(text: &str) -> Vec<f64> {
    let all = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
    all.map(|w| w.trim_matches(['.', ',']))
        .filter(|w| !w.is_empty() && w.len() <= 12)
        .take(500)
        .filter_map(value)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn wrong_in(said: &str, seen: &[f64]) -> bool {
        let text = Text { text: said.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        wrong(&Prose::new(0, Role::Assistant, &text), seen).is_some()
    }

    #[test]
    fn shares_that_no_numbers_make() {
        assert!(wrong_in("Of 8,000 rows, 240 (0.3 % of the total) have no key.", &[8000.0, 240.0]));
        assert!(wrong_in("Datos (48.210 peticiones): 5xx: 1.284, es decir un 0,27 % del total", &[48210.0, 1284.0]));
    }

    #[test]
    fn shares_that_are_right_rounded_or_of_something_else() {
        assert!(!wrong_in("Of 8,000 rows, 240 (3 % of the total) have no key.", &[8000.0, 240.0]));
        assert!(!wrong_in("Of 48,210 requests, 1,284 failed, 2.7 % of the total.", &[48210.0, 1284.0]));
        assert!(!wrong_in("240 rows, 12 % of the total, of 8,000 in two files.", &[8000.0, 240.0, 2000.0]));
        assert!(!wrong_in("240 rows are gone, and latency fell by 0.3 %.", &[8000.0, 240.0]));
    }
}

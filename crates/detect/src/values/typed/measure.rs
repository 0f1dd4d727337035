//! Measures: "120 kg", `"weight_lb": 120`, `{"value": 120, "unit": "lb"}`.

use super::tokens::Token;
use super::words::{Unit, words};
use std::ops::Range;

/// A number with a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// In hundredths.
    pub number: i64,
    /// The unit.
    pub unit: &'static Unit,
    /// From the number to the unit, or the other way round.
    pub range: Range<usize>,
}

impl Measure {
    /// True where both are as much, give or take the rounding of either.
    pub fn equals(&self, other: &Measure) -> bool {
        let (a, b) = (self.number as f64 * self.unit.factor, other.number as f64 * other.unit.factor);
        self.unit.kind == other.unit.kind && (a - b).abs() <= 0.03 * a.abs().max(b.abs())
    }
}

/// How far from a number its unit may stand in a record, in tokens: `"value": 120, "unit": "lb"`.
const NEAR: usize = 9;

/// The measures of a text. In a record, the name of a field may give the unit.
pub fn measures(tokens: &[Token], record: bool) -> Vec<Measure> {
    let unit = |t: Option<&Token>| t.and_then(Token::word).and_then(|w| words().units.get(w));
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(number) = token.number() else { continue };
        // "80-100 kg": the first is no 80 of another unit.
        let mut with = |unit: &'static Unit, from: usize, to: usize| {
            found.push(Measure { number, unit, range: tokens[from].range.start..tokens[to].range.end });
        };
        if let Some(unit) = unit(tokens.get(at + 1)) {
            with(unit, at, at + 1);
            continue;
        }
        if !record {
            continue;
        }
        // `weight_lb": 120`, `weight_lb=120`, `<weight_lb>120`.
        let back = (1..=4).take_while(|k| *k <= at).find(|k| tokens[at - k].word().is_some());
        if let Some(back) = back
            && let Some(unit) = unit(tokens.get(at - back))
            && at.checked_sub(back + 1).is_some_and(|k| tokens[k].is('_'))
        {
            with(unit, at - back, at);
            continue;
        }
        let names_unit = |t: &Token| t.word().is_some_and(|w| matches!(w, "unit" | "units" | "uom"));
        let close = |i: usize| tokens[at..i].iter().all(|t| !t.is('}') && !t.is('\n'));
        let named = (at + 1..tokens.len().min(at + NEAR)).find(|i| names_unit(&tokens[*i]) && close(*i));
        if let Some(named) = named
            && let Some(to) = (named + 1..tokens.len().min(named + 5)).find(|i| tokens[*i].word().is_some())
            && let Some(unit) = unit(tokens.get(to))
        {
            with(unit, at, to);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::typed::tokens::tokens;

    #[test]
    fn fields_and_words_give_the_unit() {
        let of = |text: &str| {
            measures(&tokens(text), true)
                .into_iter()
                .map(|m| (m.number / 100, m.unit.name.as_str()))
                .collect::<Vec<_>>()
        };
        assert_eq!(of("it weighs 120 kg"), [(120, "kg")]);
        assert_eq!(of(r#"{"weight_lb": 120, "floor": 3}"#), [(120, "lb")]);
        assert_eq!(of(r#"{"value": 120, "unit": "lb"}, {"value": 7}"#), [(120, "lb")]);
        assert!(of("in 5 minutes").is_empty());
    }

    #[test]
    fn measures_are_converted() {
        let all = measures(&tokens("120 lb, 54.4 kg, 120 kg, 54 l"), false);
        assert!(all[0].equals(&all[1]) && !all[0].equals(&all[2]) && !all[1].equals(&all[3]));
    }
}

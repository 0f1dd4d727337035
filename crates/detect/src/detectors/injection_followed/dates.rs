//! Days, spelled as people spell them: an order says "the 9th of June", the call `2025-06-09`.

use std::fmt;

/// A day of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    month: usize,
    day: u32,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
];

/// The day that a value such as `2025-06-09` or `2025-06-09 10:00` names.
pub(super) fn of_iso(value: &str) -> Option<Day> {
    let mut parts = value.get(..10)?.split('-');
    let year = parts.next()?;
    let (month, day) = (parts.next()?.parse::<usize>().ok()?, parts.next()?.parse::<u32>().ok()?);
    (year.len() == 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && (1..=12).contains(&month)
        && (1..=31).contains(&day))
    .then_some(Day { month, day })
}

impl Day {
    /// True where a text names the day by its month.
    pub(super) fn is_in(self, text: &str) -> bool {
        let folded = text.to_lowercase();
        let month = MONTHS[self.month - 1];
        let words: Vec<&str> =
            folded.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty()).collect();
        let number = |w: &str| {
            let digits = w.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            digits.parse() == Ok(self.day) || w == ORDINALS[self.day as usize - 1]
        };
        let is_month = |w: &&str| *w == month || w.len() == 3 && month.starts_with(*w);
        words
            .iter()
            .enumerate()
            .filter(|(_, w)| is_month(w))
            .any(|(i, _)| words[i.saturating_sub(3)..(i + 3).min(words.len())].iter().any(|w| number(w)))
    }

    /// The beginning of the name of its weekday, as stems are cut, in the year of the value that names it.
    pub(super) fn weekday_stem(self, value: &str) -> Option<String> {
        const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
        const SHIFTS: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year: usize = value.get(..4)?.parse().ok()?;
        // Sakamoto's rule counts January and February with the year before.
        let year = year.checked_sub(usize::from(self.month < 3))?;
        let day = (year + year / 4 - year / 100 + year / 400 + SHIFTS[self.month - 1] + self.day as usize) % 7;
        Some(DAYS[day].chars().take(5).collect())
    }

    /// The beginning of its month's name, as stems are cut.
    pub(super) fn month_stem(self) -> String {
        MONTHS[self.month - 1].chars().take(5).collect()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", MONTHS[self.month - 1], self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_same_in_figures_and_in_words() {
        let day = of_iso("2026-09-12 10:00").expect("a day");
        for text in ["due on the twelfth of September 2026", "Sept. 1, then September 12th", "12 Sep"] {
            assert!(day.is_in(text), "{text}");
        }
        for text in ["on the 13th of September", "12 October", "twelve"] {
            assert!(!day.is_in(text), "{text}");
        }
        assert_eq!(day.weekday_stem("2026-09-12").as_deref(), Some("satur"));
        assert!(of_iso("2026-13-12").is_none() && of_iso("tomorrow!!").is_none());
    }
}

//! The numbers of a text, in hundredths: as they stand, in words, as percentages, and as prices for one of something.

use super::words::WORDS;
use crate::bits;
use crate::values;
use crate::values::scale;

/// Amounts of one record; more than this are a table, over which no subset is tried.
pub(super) const MOST: usize = 48;

/// The numbers of a text, in hundredths.
pub(super) fn numbers(text: &str) -> Vec<i64> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bits::next_digit(bytes, at) {
        at = start;
        while at < bytes.len()
            && (bytes[at].is_ascii_digit()
                || (matches!(bytes[at], b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)))
        {
            at += 1;
        }
        let part_of_word = start > 0 && (bytes[start - 1].is_ascii_alphabetic() || bytes[start - 1] == b'_');
        if !part_of_word && at - start <= 13 {
            let run = &bytes[start..at];
            let number = hundredths(run);
            found.push(number);
            if may_scale(&bytes[at..])
                && let Some((factor, _)) = scale::factor(text, at)
            {
                found.push(number.saturating_mul(factor));
            }
            if memchr::memchr2(b',', b'.', run).is_some() {
                found.extend(text.get(start..at).and_then(values::european));
            }
            if memchr::memchr(b',', run).is_some()
                && !grouped(run, bytes.get(at) == Some(&b',') || start > 0 && bytes[start - 1] == b',')
            {
                found.extend(run.split(|b| *b == b',').map(hundredths));
            }
        } else if !part_of_word && memchr::memchr(b',', &bytes[start..at]).is_some() {
            // A row of a table: nobody groups so many digits.
            found.extend(bytes[start..at].split(|b| *b == b',').filter(|c| c.len() <= 13).map(hundredths));
        }
    }
    found
}

/// A run of digits, commas and dots in hundredths, without going through a float: a session has very many of them.
fn hundredths(run: &[u8]) -> i64 {
    let mut value = 0i64;
    let mut decimals = None;
    for b in run {
        match (b, decimals) {
            (b'.', _) => decimals = Some(0),
            (b',', _) => {}
            (_, Some(2)) => return value + i64::from(*b >= b'5'),
            (digit, _) => {
                value = value * 10 + i64::from(digit - b'0');
                decimals = decimals.map(|d| d + 1);
            }
        }
    }
    value * [100, 10, 1][decimals.unwrap_or(0).min(2)]
}

/// False where no word for a factor can begin: nearly everywhere, and this is asked of every number.
fn may_scale(behind: &[u8]) -> bool {
    match behind {
        [b' ', next, ..] => matches!(next, b't' | b'm' | b'b' | b'T' | b'M' | b'B'),
        [first, ..] => matches!(first, b'k' | b'K' | b'm' | b'M' | b'b' | b'B' | b't'),
        [] => false,
    }
}

/// True where commas group the digits of one number: 1,249.00 and not 71000,0 or 1,204,118,185000. Between other cells
/// they part cells.
fn grouped(run: &[u8], among_cells: bool) -> bool {
    let whole = run.split(|b| *b == b'.').next().unwrap_or_default();
    let mut groups = whole.split(|b| *b == b',');
    let first = groups.next().map_or(0, <[u8]>::len);
    !among_cells && (1..=3).contains(&first) && groups.clone().all(|g| g.len() == 3) && groups.count() == 1
}

/// The percentages of a text, in hundredths.
pub(super) fn percents(text: &str) -> impl Iterator<Item = i64> + '_ {
    text.match_indices('%').filter_map(|(at, _)| {
        let before = text[..at].trim_end();
        let start = before
            .rfind(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let run = before[start..].replace(',', ".");
        run.ends_with(|c: char| c.is_ascii_digit()).then(|| hundredths(run.as_bytes()))
    })
}

/// The prices for one of something in a text: "45 per hour", "$12 a night", "3.50 each".
pub(super) fn rates(text: &str) -> Vec<i64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    let priced = words.iter().enumerate().filter(|(at, _)| {
        let (next, unit) = (words.get(at + 1).map(|w| bare(w)), words.get(at + 2).map(|w| bare(w)));
        // A currency may stand between.
        let after = |word: &Option<String>, unit: &Option<String>| match word.as_deref() {
            Some("per" | "each" | "apiece") => true,
            Some("a" | "an") => unit.as_deref().is_some_and(|u| WORDS.rate_units.contains(u)),
            _ => false,
        };
        after(&next, &unit) || after(&unit, &words.get(at + 3).map(|w| bare(w)))
    });
    let joined = words
        .iter()
        .filter(|w| w.split_once('/').is_some_and(|(_, u)| WORDS.rate_units.contains(&bare(u)) || bare(u) == "h"));
    let all = priced.map(|(_, w)| w).chain(joined);
    all.flat_map(|w| numbers(w)).filter(|n| *n > 0).take(MOST).collect()
}

/// Small numbers in words: "for two of us", "five nights".
pub(super) fn in_words(text: &str) -> impl Iterator<Item = i64> + use<'_> {
    let begins = |w: &str| matches!(w.as_bytes()[0] | 0x20, b'b' | b'c' | b'e' | b'f' | b'n' | b'p' | b's' | b't');
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| (3..=6).contains(&w.len()));
    words.filter(move |w| begins(w)).filter_map(|w| WORDS.counts.get(&w.to_ascii_lowercase()).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_text() {
        assert_eq!(numbers("$1,249.00 and 12, ch_7, 0.5, 1.005, 3.999"), [124_900, 1200, 50, 101, 400]);
        let cells = numbers("8,South,41,Female,71000,0\n2,310,122,179500,68");
        assert!([7_100_000, 17_950_000, 12_200].iter().all(|n| cells.contains(n)), "{cells:?}");
        assert_eq!(numbers("64K"), [6400, 6_400_000]);
    }

    #[test]
    fn counts_and_rates_in_words() {
        assert_eq!(in_words("Breakfast for Two, a couple of nights, twelve").collect::<Vec<_>>(), [2, 2, 12]);
        assert_eq!(rates("45 per hour, $12 a night, 7 a.m., 3.50 each"), [4500, 1200, 350]);
    }
}

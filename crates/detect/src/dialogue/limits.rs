//! Limits of amounts in the operator's instructions, and words that tell everything as done, in several languages.

use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use aho_corasick::AhoCorasick;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    most: Vec<String>,
    over: Vec<String>,
    leave: Vec<String>,
    unit: Vec<String>,
    per: Vec<String>,
    total: Vec<String>,
    all: Vec<String>,
    count: Vec<String>,
    times: Vec<String>,
    between: Vec<String>,
    counted: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<Vec<Words>> = LazyLock::new(|| {
    parse(include_str!("../../data/limits.yaml")).map_or_else(Vec::new, |l| l.into_values().collect())
});
// A number with its currency before or behind it.
static MONEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:(€|\$|£|\b(?:eur|usd|gbp|chf|pln|sek|nok|dkk|cad|aud|brl|czk)\b)\s?([0-9]+(?:[., ][0-9]{3})*(?:[.,][0-9]{1,2})?)\b|\b([0-9]+(?:[., ][0-9]{3})*(?:[.,][0-9]{1,2})?)\s?(€|\$|£|\b(?:eur|euros?|usd|dollars?|gbp|pounds?|chf|pln|zł|sek|kr|nok|dkk|cad|aud|brl|czk)\b))",
    )
    .ok()
});

fn parse(file: &str) -> Option<BTreeMap<String, Words>> {
    serde_saphyr::from_str(file).ok()
}

/// An upper limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// In hundredths.
    pub cents: i64,
    /// The currency in one spelling.
    pub currency: &'static str,
    /// True where it holds for a sum over several operations.
    pub total: bool,
}

/// The only amount of money that a text names, in hundredths, with its currency.
fn only_amount(text: &str) -> Option<(i64, &'static str)> {
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let all: Vec<_> = MONEY.as_ref()?.captures_iter(text).take(3).collect();
    let [one] = &all[..] else { return None };
    let number = one.get(2).or_else(|| one.get(3))?;
    Some((cents(number.as_str())?, currency(one.get(1).or_else(|| one.get(4))?.as_str())))
}

/// The only amount of a sentence, in hundredths, where it speaks of what lies above it.
pub(crate) fn above(text: &str) -> Option<i64> {
    let (cents, _) = only_amount(text)?;
    let line = line(text);
    LANGUAGES.iter().flat_map(|l| &l.over).any(|w| line.contains(&format!(" {w} "))).then_some(cents)
}

/// The only limit that a sentence sets.
pub fn of(text: &str) -> Option<Limit> {
    let (cents, currency) = only_amount(text)?;
    let line = line(text);
    let any =
        |list: fn(&Words) -> &Vec<String>| LANGUAGES.iter().flat_map(list).any(|w| line.contains(&format!(" {w} ")));
    let leave = line.split(' ').any(is_leave);
    let words: Vec<&str> = line.split(' ').collect();
    let each_time = |l: &Words| {
        let has = |list: &[String], word: &str| list.iter().any(|w| w == word);
        words.windows(2).any(|two| has(&l.per, two[0]) && has(&l.unit, two[1]))
    };
    if LANGUAGES.iter().any(each_time) || !(any(|w| &w.most) || any(|w| &w.over) && leave) {
        return None;
    }
    Some(Limit { cents, currency, total: any(|w| &w.total) })
}

/// The words of a text in small letters without accents, with a space on both sides.
fn line(text: &str) -> String {
    words(&unaccented(text))
}

fn words(folded: &str) -> String {
    format!(" {} ", each(folded).collect::<Vec<_>>().join(" "))
}

/// True for a word of an approval, without accents.
pub fn is_leave(word: &str) -> bool {
    LANGUAGES.iter().flat_map(|l| &l.leave).any(|w| word.starts_with(w.as_str()))
}

/// True for a line of words without accents that sets an upper limit.
pub fn is_upper(line: &str) -> bool {
    let line = format!(" {line} ");
    LANGUAGES.iter().flat_map(|l| &l.most).any(|w| line.contains(&format!(" {w} ")))
}

/// The number that a word without accents is: `12`, "twelve", "zweimal".
pub fn count(word: &str) -> Option<i64> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return word.parse().ok();
    }
    let of = |l: &Words| {
        let plain = l.times.iter().find_map(|t| word.strip_suffix(t.as_str())).unwrap_or(word);
        l.count.iter().position(|w| w == plain)
    };
    LANGUAGES.iter().find_map(of).and_then(|at| i64::try_from(at).ok()).map(|at| at + 2)
}

/// True for the word between the two ends of a range.
pub fn is_between(word: &str) -> bool {
    LANGUAGES.iter().flat_map(|l| &l.between).any(|w| w == word)
}

/// True for the name of a member that only says how many there are.
pub fn is_count_key(key: &str) -> bool {
    each(key).flat_map(|k| k.split('_')).any(|k| LANGUAGES.iter().flat_map(|l| &l.counted).any(|w| w == k))
}

/// The longest word of each phrase that tells everything as done: nearly no text has one, and it is read no further.
static TELLING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let longest = LANGUAGES.iter().flat_map(|l| &l.all).filter_map(|p| p.split(' ').max_by_key(|w| w.len()));
    AhoCorasick::new(longest).ok()
});

/// True where a text tells everything as done.
pub fn tells_all(text: &str) -> bool {
    let folded = unaccented(text);
    if TELLING.as_ref().is_some_and(|words| !words.is_match(&folded)) {
        return false;
    }
    let line = words(&folded);
    LANGUAGES.iter().flat_map(|l| &l.all).any(|w| line.contains(&format!(" {w} ")))
}

/// One spelling for each currency.
pub fn currency(text: &str) -> &'static str {
    match text.to_lowercase().as_str() {
        "€" | "eur" | "euro" | "euros" => "EUR",
        "$" | "usd" | "dollar" | "dollars" => "USD",
        "£" | "gbp" | "pound" | "pounds" => "GBP",
        "chf" => "CHF",
        "pln" | "zł" => "PLN",
        "sek" => "SEK",
        "nok" => "NOK",
        "dkk" => "DKK",
        "kr" => "KR",
        "cad" => "CAD",
        "aud" => "AUD",
        "brl" => "BRL",
        "czk" => "CZK",
        _ => "",
    }
}

/// A number in either notation, in hundredths: `1.200,50`, `1,200.50`, `45`.
pub fn cents(number: &str) -> Option<i64> {
    let plain = number.replace(' ', "");
    let last = plain.rfind(['.', ',']).filter(|at| plain.len() - at - 1 <= 2);
    let (whole, part) = last.map_or((plain.as_str(), ""), |at| (&plain[..at], &plain[at + 1..]));
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    if whole.is_empty() || whole.len() > 12 {
        return None;
    }
    let part = format!("{part:0<2}");
    Some(whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        assert_eq!(parse(include_str!("../../data/limits.yaml")).expect("a readable file").len(), 9);
    }

    #[test]
    fn numbers_and_words() {
        assert_eq!(cents("1.200,50"), Some(120_050));
        assert_eq!(cents("1,200"), Some(120_000));
        assert_eq!(cents("45.5"), Some(4550));
        assert!(tells_all("¡Todo listo! Hasta pronto.") && !tells_all("I set the alarm."));
        assert_eq!(
            ["3", "four", "zweimal", "quatre", "tre", "many"].map(count),
            [Some(3), Some(4), Some(2), Some(4), Some(3), None]
        );
        assert!(is_upper("at most 3 rooms") && !is_upper("at least 3 rooms"));
        assert!(is_leave("genehmigung") && is_leave("supervisor") && !is_leave("refund"));
    }
}

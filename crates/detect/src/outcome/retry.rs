//! Whether an error asks for the same call again after a while, and whether a call does nothing but wait.

use crate::maps::{HashMap, HashSet};
use crate::outcome::failure::fields;
use crate::session::{Answered, Call};
use crate::tools::command;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    fields: HashSet<String>,
    moments: HashSet<String>,
    again: Vec<String>,
    units: HashSet<String>,
    waits: HashSet<String>,
    fillers: HashSet<String>,
    tries: Vec<String>,
    times: HashSet<String>,
    repeats: Vec<String>,
    until: Vec<String>,
    counted: HashMap<String, usize>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static WORDS: LazyLock<Words> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/retry.yaml")).unwrap_or_default());

/// Only so much of an error is read.
const READ_AT_MOST: usize = 4096;

/// How long an answer asks to wait before the same call is made again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pause {
    /// In seconds, where the answer tells it in a way that can be read.
    pub seconds: Option<f64>,
}

/// What an answer asks for, where it names a time after which to try again: in a field, or as a number with a unit in a
/// sentence that speaks of another try. "Try again later" names none.
pub fn asked(answer: &Answered<'_>) -> Option<Pause> {
    if let Some(root) = answer.json() {
        for field in fields(root) {
            let key = field.key.str().unwrap_or_default().to_lowercase().replace(['_', '-', ' ', '.'], "");
            let number = field.value.f64().or_else(|| field.value.str()?.trim_end_matches('s').trim().parse().ok());
            if WORDS.fields.contains(&key) && number.is_some_and(|n| n > 0.0) {
                let factor = if key.ends_with("ms") { 0.001 } else { 1.0 };
                // A reset is mostly told as a time of the clock.
                return Some(Pause { seconds: number.map(|n| n * factor).filter(|n| *n < 86_400.0) });
            }
            let moment = field.value.str().is_some_and(|t| t.bytes().any(|b| b.is_ascii_digit()));
            if WORDS.moments.contains(&key) && (moment || number.is_some_and(|n| n > 0.0)) {
                return Some(Pause { seconds: None });
            }
        }
    }
    answer.texts().find_map(|t| in_words(&t.text[..t.text.floor_char_boundary(READ_AT_MOST)]))
}

/// "Busy, retry in 20 s", "erneut versuchen in 20 Sekunden".
fn in_words(text: &str) -> Option<Pause> {
    let folded = text.to_lowercase();
    folded.split([';', '\n', '!', '"']).flat_map(|s| s.split(". ")).find_map(|sentence| {
        let words = || sentence.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let again = WORDS.again.iter().any(|a| {
            let spaced = a.contains(' ') || !a.starts_with(|c: char| c.is_alphabetic() && (c as u32) < 0x2E80);
            if spaced { sentence.contains(a.as_str()) } else { words().any(|w| w.starts_with(a.as_str())) }
        });
        again.then(|| time_in(sentence)).flatten()
    })
}

/// A number with a unit of time: "20 s", "20s", "1.5 minutes", "20秒".
fn time_in(sentence: &str) -> Option<Pause> {
    let mut rest = sentence;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[at..];
        let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
        let behind = number[end..].trim_start_matches([' ', '-', '\u{a0}']);
        let unit = &behind[..behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len())];
        let joined = rest[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let cjk = ["秒", "分", "時間"].iter().find(|u| unit.starts_with(**u)).copied();
        let unit = cjk.unwrap_or(unit);
        if !joined && WORDS.units.contains(unit) {
            let factor = match unit {
                "ms" => 0.001,
                "時間" => 3600.0,
                "分" => 60.0,
                u if u.starts_with('s') || u == "秒" => 1.0,
                u if u.starts_with('m') => 60.0,
                _ => 3600.0,
            };
            let number = number[..end].trim_end_matches('.').parse::<f64>().ok();
            return Some(Pause { seconds: number.map(|n| n * factor) });
        }
        rest = &number[end..];
    }
    None
}

/// How often a text that tells how to work allows the same call to be made: "try up to three times", "at most 4 retries".
pub fn allowed(text: &str) -> Option<usize> {
    const MOST: usize = 50;
    const NEAR: usize = 3;
    let folded = text[..text.floor_char_boundary(READ_AT_MOST * 8)].to_lowercase();
    let begins = |list: &[String], w: &str| list.iter().any(|b| w.starts_with(b.as_str()));
    let sentences = folded.split([';', '\n', '!', '?']).flat_map(|s| s.split(". "));
    sentences
        .filter_map(|sentence| {
            let words: Vec<&str> =
                sentence.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty()).collect();
            let at = words.iter().position(|w| begins(&WORDS.tries, w))?;
            if WORDS.until.iter().any(|u| sentence.contains(u.as_str())) {
                return Some(usize::MAX);
            }
            let (i, count) = words.iter().enumerate().find_map(|(i, w)| {
                let number = w.parse().ok().or_else(|| WORDS.counted.get(*w).copied())?;
                let next = words.get(i + 1).copied().unwrap_or_default();
                let counts = WORDS.times.contains(next) || begins(&WORDS.tries, next);
                let timed = WORDS.units.contains(next);
                let itself = WORDS.counted.contains_key(*w) && (w.ends_with("mal") || *w == "twice");
                ((counts || itself || !timed && i.abs_diff(at) <= NEAR && i > at) && (2..=MOST).contains(&number))
                    .then_some((i, number))
            })?;
            let again = words.iter().take(i + NEAR).any(|w| begins(&WORDS.repeats, w));
            Some(count + usize::from(again))
        })
        .max()
}

/// True for a call that only lets time pass: `wait`, `sleep_seconds`, or `sleep 20` in a shell.
pub fn waits(call: &Call<'_>) -> bool {
    let words = &call.known.words;
    let named = words.iter().any(|w| WORDS.waits.contains(w))
        && words.iter().all(|w| WORDS.waits.contains(w) || WORDS.fillers.contains(w));
    named
        || command::script(call).is_some_and(|script| {
            let mut parts = script.split([';', '\n', '&', '|']).map(str::trim).filter(|p| !p.is_empty());
            parts.any(|p| {
                let mut words = p.split_whitespace();
                let program = words.next().unwrap_or_default().to_ascii_lowercase();
                matches!(program.as_str(), "sleep" | "start-sleep")
                    && words.next().is_some_and(|w| w.bytes().any(|b| b.is_ascii_digit()) || w.starts_with('-'))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let words: Words = serde_saphyr::from_str(include_str!("../../data/retry.yaml")).expect("a readable file");
        assert!(words.fields.contains("retryafter") && words.again.iter().all(|a| a.chars().count() > 1));
    }

    #[test]
    fn how_often_a_call_may_be_made() {
        for (text, often) in [
            ("If a system is unavailable, try up to three times.", 3),
            ("Retry at most 4 times, then apologize.", 5),
            ("On a 503, make no more than five attempts.", 5),
            ("Bei einem Timeout bis zu viermal versuchen.", 4),
            ("En cas d'échec, faites trois tentatives.", 3),
            ("Keep trying until it succeeds.", usize::MAX),
        ] {
            assert_eq!(allowed(text), Some(often), "{text}");
        }
        for text in [
            "Do not retry a declined card.",
            "Customers may book up to three times a week.",
            "Try again in 30 seconds.",
            "You help with 3 systems.",
        ] {
            assert_eq!(allowed(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_after_which_to_try_again() {
        for (text, seconds) in [
            ("warehouse busy, retry in 20 s", 20.0),
            ("Overloaded. Please wait 2 minutes and call again.", 120.0),
            ("Dienst ausgelastet, bitte in 30 Sekunden erneut versuchen", 30.0),
            ("Servicio ocupado: reintente en 15 segundos", 15.0),
            ("Service saturé, réessayez dans 1 minute", 60.0),
            ("混雑しています。10秒後に再試行してください", 10.0),
            ("rate limited, try again in 500ms", 0.5),
        ] {
            assert_eq!(in_words(text), Some(Pause { seconds: Some(seconds) }), "{text}");
        }
        for text in [
            "service offline",
            "Please try again later.",
            "request timed out after 30 seconds",
            "error 503 for hs 9504",
            "expected 8 digits, try again",
            "Die Verbindung wurde nach 30 Sekunden getrennt",
        ] {
            assert_eq!(in_words(text), None, "{text}");
        }
    }
}

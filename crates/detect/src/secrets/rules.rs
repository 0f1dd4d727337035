//! The rules of `data/secrets.yaml`, compiled once.

use super::check_digits::CheckDigits;
use super::checks;
use crate::maps::{HashMap, HashSet};
use crate::prose::pattern;
use aho_corasick::{AhoCorasick, AhoCorasickKind, packed};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    credentials: Vec<Credential>,
    spoken: Spoken,
    placeholders: String,
    harmless_names: String,
    test_cards: HashSet<String>,
    personal: BTreeMap<String, Vec<String>>,
    persons: Vec<String>,
    check_digits: BTreeMap<String, CheckDigits>,
    asked_as: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credential {
    what: String,
    hints: Vec<String>,
    pattern: String,
    #[serde(default)]
    entropy: f64,
    #[serde(default)]
    sentence: bool,
    /// Somebody's data, not a key to anything.
    #[serde(default)]
    personal: bool,
    /// One of these check digits must be right; any value will do where there are none.
    #[serde(default)]
    check: Vec<String>,
    /// True where a plain word is none.
    #[serde(default)]
    no_word: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    pattern: String,
    confidential: String,
}

/// The rules, ready for use.
pub struct Rules {
    credentials: Vec<(Credential, Late)>,
    hints: AhoCorasick,
    /// One of these finds something in a text in lower case that has any hint; none where the machine lacks the
    /// instructions for it.
    any_hint: Vec<packed::Searcher>,
    /// The rule that each hint belongs to.
    of_hint: Vec<usize>,
    spoken: Late,
    confidential: Late,
    placeholders: Late,
    harmless_names: Late,
    test_cards: HashSet<String>,
    personal: HashMap<String, String>,
    /// For each first letter, a bit for each length that a name of personal data has.
    lengths: [u32; 32],
    persons: Vec<String>,
    person: Late,
    check_digits: BTreeMap<String, CheckDigits>,
    asked_as: BTreeMap<String, Vec<String>>,
}

/// A pattern that is compiled when it is first asked for: most are never asked for in one run, and to compile them all takes
/// longer than to read a session.
struct Late {
    pattern: String,
    regex: OnceLock<Option<Regex>>,
}

impl Late {
    fn new(pattern: String) -> Self {
        Late { pattern, regex: OnceLock::new() }
    }

    /// `None` only where the program's own file is broken, which a test forbids.
    fn get(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| pattern::compile(&self.pattern)).as_ref()
    }

    fn is_match(&self, text: &str) -> bool {
        self.get().is_some_and(|regex| regex.is_match(text))
    }
}

/// A credential in a text.
#[derive(Debug, Clone)]
pub struct Spotted<'r> {
    /// What it is, for people.
    pub what: &'r str,
    /// Where it stands.
    pub range: Range<usize>,
    /// True when only a sentence says that it is one.
    pub sentence: bool,
    /// True for somebody's data.
    pub personal: bool,
}

static RULES: LazyLock<Option<Rules>> = LazyLock::new(|| compile(include_str!("../../data/secrets.yaml")));

/// The rules; `None` only where the program's own file is broken, which a test forbids.
pub fn rules() -> Option<&'static Rules> {
    RULES.as_ref()
}

fn compile(yaml: &str) -> Option<Rules> {
    let file: File = serde_saphyr::from_str(yaml).ok()?;
    let mut credentials = Vec::new();
    let mut hints = Vec::new();
    let mut of_hint = Vec::new();
    for mut rule in file.credentials {
        for hint in &rule.hints {
            hints.push(hint.clone());
            of_hint.push(credentials.len());
        }
        let pattern = Late::new(std::mem::take(&mut rule.pattern));
        credentials.push((rule, pattern));
    }
    let mut lengths = [0; 32];
    let mut personal = HashMap::default();
    for (kind, keys) in file.personal {
        for key in keys {
            // `passport_number`, `Passport Number` and `passportNumber` are one name.
            let squeezed = super::squeeze(&key);
            lengths[initial(key.as_bytes())] |= 1 << key.len().min(31) | 1 << squeezed.len().min(31);
            personal.insert(squeezed, kind.clone());
        }
    }
    let persons = file.persons.join("|");
    let person = Late::new(format!(
        r#"(?i)(?:^|[\n,;{{"])\s*["']?(?:{persons})["']?\s*[:=]\s*["']?(?-i:([A-Z][\w'.-]+(?:[ ][A-Z][\w'.-]+){{0,3}}))"#
    ));
    Some(Rules {
        any_hint: any_of(&hints).unwrap_or_default(),
        lengths,
        credentials,
        // Overlapping hits have no prefilter to help them; the table of states is small, and the fastest.
        hints: AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&hints)
            .ok()?,
        of_hint,
        spoken: Late::new(file.spoken.pattern),
        confidential: Late::new(file.spoken.confidential),
        placeholders: Late::new(file.placeholders),
        harmless_names: Late::new(file.harmless_names),
        test_cards: file.test_cards,
        personal,
        persons: file.persons,
        person,
        check_digits: file.check_digits,
        asked_as: file.asked_as,
    })
}

/// A searcher takes no more than 64 words, and is twice as fast with half as many.
const AT_ONCE: usize = 32;

/// Searchers that find something wherever a hint stands. Those of four bytes and more are searched for apart from the
/// shorter ones, since four bytes tell far better than three where none stands.
fn any_of(hints: &[String]) -> Option<Vec<packed::Searcher>> {
    // A hint within another one tells of both.
    let telling = hints.iter().filter(|h| !hints.iter().any(|o| o.len() < h.len() && h.contains(o.as_str())));
    let (short, long): (Vec<&String>, Vec<&String>) = telling.partition(|h| h.len() < 4);
    short.chunks(AT_ONCE).chain(long.chunks(AT_ONCE)).map(packed::Searcher::new).collect()
}

/// A small number for the first letter, whatever its case.
fn initial(name: &[u8]) -> usize {
    usize::from(name.first().copied().unwrap_or_default() & 0x1f)
}

/// How far around a hint a pattern may reach.
const BEFORE: usize = 64;
const AFTER: usize = 400;
/// Personal data stand close behind the name of their kind.
const AFTER_NAME: usize = 80;
/// More hints than this in one text are its subject, not its secrets.
const MOST_WINDOWS: usize = 2000;

impl Rules {
    /// The credentials in a text.
    pub fn credentials<'r>(&'r self, text: &str) -> Vec<Spotted<'r>> {
        // Only what stands around a hint is searched: patterns are dear, hints are not.
        let mut windows: Vec<(usize, Range<usize>)> = Vec::new();
        for (hint, hit) in self.hits(text.as_bytes()) {
            let Some(&rule) = self.of_hint.get(hint) else { continue };
            // Names of personal data are words; as parts of others they are everywhere.
            let personal = self.credentials.get(rule).is_some_and(|(r, _)| r.personal);
            if personal && !stands_alone(text.as_bytes(), hit.start, hit.end) {
                continue;
            }
            let after = if personal { AFTER_NAME } else { AFTER };
            let window =
                text.floor_char_boundary(hit.start.saturating_sub(BEFORE))..text.ceil_char_boundary(hit.end + after);
            match windows.iter_mut().rev().find(|(r, _)| *r == rule) {
                Some((_, last)) if window.start <= last.end => last.end = window.end,
                _ => windows.push((rule, window)),
            }
        }
        let mut found: Vec<Spotted<'r>> = Vec::new();
        for (number, window) in windows.into_iter().take(MOST_WINDOWS) {
            let Some((rule, pattern)) = self.credentials.get(number) else { continue };
            let Some(regex) = pattern.get() else { continue };
            for captures in regex.captures_iter(&text[window.clone()]).take(64) {
                let (Some(all), Some(secret)) = (captures.get(0), captures.get(1)) else { continue };
                let value = secret.as_str().trim_end_matches(['.', ',', ')', '\\']);
                let name = &all.as_str()[..secret.start() - all.start()];
                let start = window.start + secret.start();
                let range = start..start + value.len();
                let known = found.iter().any(|f| f.range.start < range.end && range.start < f.range.end);
                if known
                    || is_prose(text, &range)
                    || self.placeholders.is_match(value)
                    || self.harmless_names.is_match(name)
                    || checks::entropy(value) < rule.entropy
                    || (rule.no_word && (is_word(value) || is_uuid(value)))
                    || !self.checks_out(&rule.check, value)
                {
                    continue;
                }
                found.push(Spotted { what: &rule.what, range, sentence: rule.sentence, personal: rule.personal });
            }
        }
        found
    }

    /// Every hint in a text by its number, in the order of their ends.
    fn hits(&self, text: &[u8]) -> impl Iterator<Item = (usize, Range<usize>)> {
        self.stretches(text).into_iter().flat_map(move |stretch| {
            let found = self.hints.find_overlapping_iter(&text[stretch.clone()]);
            found.map(move |hit| (hit.pattern().as_usize(), stretch.start + hit.start()..stretch.start + hit.end()))
        })
    }

    /// The stretches of a text in which every hint lies, in order and apart. Searchers find where some stand, many bytes
    /// at a time; whatever they pass over has a byte in common with what they find.
    fn stretches(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.any_hint.is_empty() {
            return std::iter::once(0..text.len()).collect();
        }
        let folded = text.to_ascii_lowercase();
        let found = self.any_hint.iter().flat_map(|any| any.find_iter(&folded));
        let reach = self.hints.max_pattern_len();
        let mut all: Vec<Range<usize>> =
            found.map(|m| m.start().saturating_sub(reach)..(m.end() + reach).min(text.len())).collect();
        all.sort_unstable_by_key(|stretch| stretch.start);
        all.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        all
    }

    /// The secrets that an operator's instructions name and call confidential.
    pub fn spoken(&self, text: &str) -> Vec<Range<usize>> {
        if !self.confidential.is_match(text) {
            return Vec::new();
        }
        let long = |r: &Range<usize>| r.len() >= 5 && !self.placeholders.is_match(&text[r.clone()]);
        let spoken = self.spoken.get().into_iter().flat_map(|regex| regex.captures_iter(text));
        spoken.filter_map(|c| c.get(1)).map(|m| m.range()).filter(long).take(16).collect()
    }

    /// False where the kind need not be asked for: no name of personal data begins so and is as long. Takes a name
    /// without escapes as it stands in a record, with its quotes.
    pub fn may_be_personal(&self, quoted: &[u8]) -> bool {
        let name = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        self.lengths[initial(name)] & (1 << name.len().min(31)) != 0
    }

    /// The kind of personal data that stands under a name, in any spelling of it.
    pub fn personal(&self, key: &str) -> Option<&str> {
        self.personal.get(&super::squeeze(key)).map(String::as_str)
    }

    fn checks_out(&self, checks: &[String], value: &str) -> bool {
        checks.is_empty() || checks.iter().filter_map(|name| self.check_digits.get(name)).any(|c| c.holds(value))
    }

    /// The words with which people ask for a kind of personal data.
    pub fn asked_as(&self, kind: &str) -> &[String] {
        self.asked_as.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The person whom a text names next before a place, under a name that says whose record it is.
    pub fn person_in(&self, text: &str, place: usize) -> Option<String> {
        let named = self.person.get()?.captures_iter(text).filter_map(|c| c.get(1)).take(64);
        let (before, after): (Vec<_>, Vec<_>) = named.partition(|m| m.start() < place);
        before.last().or(after.first()).map(|m| m.as_str().to_owned())
    }

    /// The names under which a record says whose it is, the most telling first.
    pub fn persons(&self) -> impl Iterator<Item = &str> {
        self.persons.iter().map(String::as_str)
    }

    /// True for a card that a provider publishes for tests.
    pub fn is_test_card(&self, digits: &str) -> bool {
        self.test_cards.contains(digits)
    }

    /// True for what stands in a secret's place.
    pub fn is_placeholder(&self, text: &str) -> bool {
        self.placeholders.is_match(text)
    }
}

/// True where no letter joins a word from before, nor a short one from behind.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let letter = |at: Option<usize>| at.and_then(|i| text.get(i)).is_some_and(u8::is_ascii_lowercase);
    !letter(start.checked_sub(1)) && (end - start > 4 || !letter(Some(end)))
}

/// True for a word in lower case with another one behind it: "password: forgotten by everyone" tells of one.
fn is_prose(text: &str, range: &Range<usize>) -> bool {
    let small = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let next = text[range.end..].strip_prefix(' ').and_then(|rest| rest.split(|c: char| !c.is_alphabetic()).next());
    let line = text[..range.start].rsplit('\n').next().unwrap_or_default().trim();
    let heads = line.len() <= 20 && line.ends_with(':') && !line.contains(' ');
    heads && small(&text[range.clone()]) && next.is_some_and(|n| n.len() >= 2 && small(n) && n != "for" && n != "and")
}

/// True for an ordinary word or a name in code: `includes`, `config.keys.SIGNING`.
fn is_word(value: &str) -> bool {
    value.len() <= 60 && value.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'(' | b')' | b'$'))
}

/// True for a UUID: it names a thing and opens nothing.
fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        rules().expect("readable").credentials(text).into_iter().map(|s| &text[s.range]).collect()
    }

    #[test]
    fn every_pattern_can_be_compiled() {
        let rules = rules().expect("readable");
        assert!(rules.credentials.len() > 20);
        for (rule, pattern) in &rules.credentials {
            assert!(pattern.get().is_some(), "{}", rule.what);
        }
        for late in [&rules.spoken, &rules.confidential, &rules.placeholders, &rules.harmless_names, &rules.person] {
            assert!(late.get().is_some(), "{}", late.pattern);
        }
    }

    #[test]
    fn every_hint_is_hit_once() {
        let rules = rules().expect("readable");
        assert!(!rules.any_hint.is_empty() || !cfg!(target_arch = "x86_64"), "the hints fit into the searchers");
        let hints: Vec<&str> = rules.credentials.iter().flat_map(|(r, _)| r.hints.iter().map(String::as_str)).collect();
        let mut text = String::from("Ärger ");
        for (i, hint) in hints.iter().enumerate() {
            // One in the other, one behind the other, and far apart.
            let far = ["", " ", "x", " - nothing that anybody would hide stands between these two of them - "][i % 4];
            text.extend([hint, &hint[hint.floor_char_boundary(hint.len() / 2)..], &hint.to_uppercase(), far]);
        }
        let all = rules.hints.find_overlapping_iter(&text).map(|h| (h.pattern().as_usize(), h.range()));
        assert_eq!(rules.hits(text.as_bytes()).collect::<Vec<_>>(), all.collect::<Vec<_>>());
    }

    #[test]
    fn credentials_are_found_by_name_and_by_shape() {
        assert_eq!(found(r#"{"user": "svc", "password": "Trellis-Moth-4471"}"#), ["Trellis-Moth-4471"]);
        assert_eq!(found("at postgres://orders_app:q8Zv-lumbar-20@db3.internal:5432/orders, pool"), ["q8Zv-lumbar-20"]);
        assert_eq!(found("signing_key: acme_live_wh_7hRk29QmTzXv4LpB8sNd\n"), ["acme_live_wh_7hRk29QmTzXv4LpB8sNd"]);
        assert_eq!(found(r#"{"otp": "884201"}"#), ["884201"]);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "password=<your-password>",
            "export KEY=acme_live_xxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            r#"{"next_page_token": "c_9f2aab31"}"#,
            "total_tokens: 123456789",
            "password: forgotten by everyone on Mondays",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn instructions_name_what_is_confidential() {
        let text = "For the meter portal use operator 310 with code tarn-meter-95521. Never tell it to callers.";
        assert_eq!(
            rules().expect("readable").spoken(text).into_iter().map(|r| &text[r]).collect::<Vec<_>>(),
            ["tarn-meter-95521"]
        );
        assert!(rules().expect("readable").spoken("Offer code SAVE-2020 to everybody.").is_empty());
    }
}

//! The rules of `data/redaction.yaml`, compiled.

use super::checks;
use super::ids::Check;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Secret,
    Email,
    Card,
    Iban,
    Phone,
    Id,
    Birthdate,
    Street,
    Ip,
}

impl Kind {
    pub(super) const ALL: [Kind; 9] = [
        Kind::Secret,
        Kind::Email,
        Kind::Card,
        Kind::Iban,
        Kind::Phone,
        Kind::Id,
        Kind::Birthdate,
        Kind::Street,
        Kind::Ip,
    ];

    /// As it stands in masks and counts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Secret => "secret",
            Kind::Email => "email",
            Kind::Card => "card",
            Kind::Iban => "iban",
            Kind::Phone => "phone",
            Kind::Id => "id",
            Kind::Birthdate => "birthdate",
            Kind::Street => "street",
            Kind::Ip => "ip",
        }
    }
}

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// The file is no YAML of this shape.
    #[error("the redaction rules are not readable: {0}")]
    Unreadable(String),
    /// A pattern does not compile, or is too large.
    #[error("the pattern of `{rule}` in the redaction rules cannot be used: {why}")]
    Pattern {
        /// The rule's name.
        rule: String,
        /// What is wrong with it.
        why: String,
    },
    /// An example in the file does not come out as the file says.
    #[error("the example `{example}` of `{rule}` in the redaction rules becomes `{became}`")]
    Example {
        /// The rule's name.
        rule: String,
        /// The example.
        example: String,
        /// What masking makes of it.
        became: String,
    },
    /// A rule would never be looked at.
    #[error("`{rule}` in the redaction rules has no hint of three characters or more")]
    NoHint {
        /// The rule's name.
        rule: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    assigned: String,
    beside: String,
    date: String,
    placeholders: String,
    pub(super) rules: Vec<Rule>,
    pub(super) cards: BTreeMap<String, Issuer>,
    pub(super) ibans: BTreeMap<String, usize>,
    pub(super) phones: Phones,
    pub(super) emails: Emails,
}

/// Where a hint may stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Begins {
    /// Where a word begins.
    #[default]
    Word,
    /// Where a part of a name begins: `home_phone`, `homePhone`.
    Part,
    /// Anywhere.
    Anywhere,
}

impl Begins {
    /// True where a hint may stand at a place.
    pub(super) fn at(self, text: &[u8], start: usize) -> bool {
        let Some(before) = start.checked_sub(1).map(|b| text[b]) else { return true };
        match self {
            Begins::Word => !before.is_ascii_alphanumeric() && before != b'_',
            Begins::Part => {
                !before.is_ascii_alphanumeric() || before.is_ascii_lowercase() && text[start].is_ascii_uppercase()
            }
            Begins::Anywhere => true,
        }
    }
}

/// A value known by what stands at its beginning or before it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    pub(super) name: String,
    hints: Vec<String>,
    pattern: String,
    unless: Option<String>,
    until: Option<String>,
    before: Option<String>,
    pub(super) check: Option<Check>,
    #[serde(default)]
    pub(super) begins: Begins,
    #[serde(default)]
    pub(super) whole: bool,
    #[serde(default)]
    pub(super) entropy: f64,
    #[serde(default)]
    pub(super) mixed: bool,
    #[serde(default)]
    pub(super) masks: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) keeps: Vec<Vec<String>>,
}

/// The numbers of one card brand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issuer {
    pub(super) prefixes: Vec<(u32, u32)>,
    pub(super) lengths: Vec<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phones {
    cues: String,
    #[serde(default)]
    pub(super) masks: Vec<String>,
    #[serde(default)]
    pub(super) keeps: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Emails {
    placeholders: String,
    signs: Vec<String>,
    endings: Vec<String>,
    #[serde(default)]
    pub(super) masks: Vec<String>,
    #[serde(default)]
    pub(super) keeps: Vec<String>,
}

/// A rule ready for use.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) rule: Rule,
    pub(super) pattern: Regex,
    pub(super) unless: Option<Regex>,
    /// What ends a block that the pattern begins.
    pub(super) until: Option<Regex>,
    /// The value where it stands before the hint.
    pub(super) before: Option<Regex>,
}

/// What a hint announces.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hint {
    Rule(usize),
    Mask(Kind),
    /// An address in words.
    Sign,
}

/// All rules, ready for use.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) file: File,
    pub(super) compiled: Vec<Compiled>,
    pub(super) hints: AhoCorasick,
    of_hint: Vec<Hint>,
    /// The digits that card numbers begin with.
    card_digits: [bool; 10],
    pub(super) placeholders: Regex,
    pub(super) cues: Regex,
    /// Addresses that only show what one looks like.
    pub(super) forms: Regex,
}

/// Bytes that one compiled pattern may take.
const SIZE: usize = 4 << 20;

fn compile(rule: &str, pattern: &str) -> Result<Regex, RulesError> {
    // Texts may be broken UTF-8, and no rule names a letter beyond ASCII.
    let built = RegexBuilder::new(pattern).unicode(false).size_limit(SIZE).dfa_size_limit(SIZE).build();
    built.map_err(|e| RulesError::Pattern { rule: rule.to_owned(), why: e.to_string() })
}

impl Rules {
    pub(super) fn parse(yaml: &str) -> Result<Self, RulesError> {
        let mut file: File = serde_saphyr::from_str(yaml).map_err(|e| RulesError::Unreadable(e.to_string()))?;
        let (mut hints, mut of_hint, mut compiled) = (Vec::new(), Vec::new(), Vec::new());
        for kind in Kind::ALL {
            hints.push(format!("{}-", kind.name()));
            of_hint.push(Hint::Mask(kind));
        }
        for sign in &file.emails.signs {
            hints.push(sign.clone());
            of_hint.push(Hint::Sign);
        }
        for rule in std::mem::take(&mut file.rules) {
            if rule.hints.is_empty() || rule.hints.iter().any(|h| h.len() < 3) {
                return Err(RulesError::NoHint { rule: rule.name });
            }
            for hint in &rule.hints {
                hints.push(hint.clone());
                of_hint.push(Hint::Rule(compiled.len()));
            }
            let full = |pattern: &str| {
                compile(
                    &rule.name,
                    &pattern.replace("{=}", &file.assigned).replace("{:}", &file.beside).replace("{date}", &file.date),
                )
            };
            let pattern = full(&format!(r"\A(?:{})", rule.pattern))?;
            let unless = rule.unless.as_deref().map(full).transpose()?;
            let until = rule.until.as_deref().map(full).transpose()?;
            let before = rule.before.as_deref().map(|b| full(&format!("(?:{b})$"))).transpose()?;
            compiled.push(Compiled { pattern, unless, until, before, rule });
        }
        let placeholders = compile("placeholders", &file.placeholders)?;
        let cues = compile("cues", &file.phones.cues)?;
        let forms = compile("placeholders of addresses", &file.emails.placeholders)?;
        let hints = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&hints)
            .map_err(|e| RulesError::Unreadable(e.to_string()))?;
        let mut card_digits = [false; 10];
        for (from, to) in file.cards.values().flat_map(|issuer| &issuer.prefixes) {
            let first = |prefix: &u32| (prefix / 10u32.pow(prefix.checked_ilog10().unwrap_or_default())) as usize;
            (first(from)..=first(to)).for_each(|digit| card_digits[digit] = true);
        }
        Ok(Rules { file, compiled, hints, of_hint, card_digits, placeholders, cues, forms })
    }

    pub(super) fn of_hint(&self, number: usize) -> Option<Hint> {
        self.of_hint.get(number).copied()
    }

    /// True for a digit that a card number of some brand begins with.
    pub(super) fn begins_card(&self, digit: u8) -> bool {
        self.card_digits.get(usize::from(digit.wrapping_sub(b'0'))).is_some_and(|begins| *begins)
    }

    /// True for a card number of a known brand with its check digit.
    pub(super) fn is_card(&self, digits: &[u8]) -> bool {
        let head = digits.iter().take(6).fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
        let brand = |i: &Issuer| {
            let fits = |&(from, to): &(u32, u32)| {
                let length = from.checked_ilog10().unwrap_or_default() + 1;
                let prefix = head / 10u32.pow(6u32.saturating_sub(length));
                (from..=to).contains(&prefix)
            };
            i.lengths.contains(&digits.len()) && i.prefixes.iter().any(fits)
        };
        digits.len() >= 12 && self.file.cards.values().any(brand) && checks::luhn(digits)
    }

    /// How long an IBAN of this country is.
    pub(super) fn iban_length(&self, country: &[u8]) -> Option<usize> {
        let country = std::str::from_utf8(country).ok()?.to_ascii_uppercase();
        self.file.ibans.get(&country).copied()
    }

    /// True for the ending of a file's name, which `logo@2x.png` has like an address.
    pub(super) fn is_file_ending(&self, ending: &[u8]) -> bool {
        self.file.emails.endings.iter().any(|e| e.as_bytes().eq_ignore_ascii_case(ending))
    }
}
